"""What was frozen is told dossier by dossier: every difference of figures has its dossiers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.freezing import Cause, Placed, differences, handed_over, tables
from reconcile.standing import Column, Line

ONE = Placed(
    key="motcua:1",
    code="1",
    unit="X01",
    procedure="birth",
    carried=False,
    online=True,
    before=Column.OVERDUE,
    before_line=Line.NONE,
    after=Column.ON_TIME,
    after_line=Line.NONE,
    proof="Sổ theo dõi – quyển 1 – số 2",
)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"unit": "X02"}, Cause.UNIT),
        ({"carried": True}, Cause.INTAKE),
        ({"online": False}, Cause.INTAKE),
        ({"before": Column.ON_TIME}, Cause.SOFTWARE),
        ({"before": Column.LATE, "after": Column.LATE}, Cause.SOFTWARE),
        ({"after": Column.LATE, "after_line": Line.END_UNKNOWN}, Cause.PROOF),
    ],
)
def test_a_difference_says_why(changed: dict[str, object], cause: Cause) -> None:
    (found,) = differences([ONE], [replace(ONE, **changed)])
    assert found.cause is cause


def test_what_is_new_and_what_is_gone_are_differences() -> None:
    other = replace(ONE, key="motcua:2", code="2")
    assert [one.cause for one in differences([ONE], [ONE, other])] == [Cause.ADDED]
    assert [one.cause for one in differences([ONE, other], [ONE])] == [Cause.GONE]


def test_another_book_for_the_same_places_is_no_difference() -> None:
    assert differences([ONE], [replace(ONE, proof="Sổ khai sinh")]) == ()


def test_what_was_left_open_must_be_carried_and_nothing_else() -> None:
    left = replace(ONE, key="motcua:left", code="left")
    ended = replace(ONE, key="motcua:ended", code="ended", before=Column.LATE)
    carried = replace(ONE, carried=True)
    kept = replace(left, key="motcua:kept", code="kept")
    gaps = handed_over([left, ended, kept], [carried, replace(kept, carried=True)])
    assert [(gap.one.code, gap.now is None) for gap in gaps] == [("1", False), ("left", True)]


places = st.builds(
    Placed,
    key=st.integers(0, 2).map(str),
    code=st.just("c"),
    unit=st.just("X01"),
    procedure=st.just("birth"),
    carried=st.booleans(),
    online=st.just(False),
    before=st.sampled_from(Column),
    before_line=st.just(Line.NONE),
    after=st.sampled_from(Column),
    after_line=st.just(Line.NONE),
)
lists = st.lists(places, max_size=3, unique_by=lambda one: one.key)


@given(lists, lists)
def test_the_differences_explain_the_tables_to_the_last_dossier(was, now) -> None:
    """Take the old table, apply every difference: the new table, column by column."""
    for which, attribute in ((0, "before"), (1, "after")):
        old, new = tables(was)[which], tables(now)[which]
        change: Counter[Column] = Counter()
        received = 0
        for step in differences(was, now):
            if step.was:
                change[getattr(step.was, attribute)] -= 1
                received -= 1
            if step.now:
                change[getattr(step.now, attribute)] += 1
                received += 1
        assert {c: new.count(c) - old.count(c) for c in Column} == {c: change[c] for c in Column}
        assert new.received - old.received == received
        assert old.received == old.resolved + old.in_progress + old.ended_before
