"""What was frozen is told dossier by dossier: every difference of figures has its dossiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.figures.frozen import Cause, Difference, Placed, differences, handed_over, tables
from reconcile.figures.standing import Column, SubLine

ONE = Placed(
    key="motcua:1",
    code="1",
    unit="X01",
    procedure="birth",
    carried=False,
    online=True,
    before=Column.OVERDUE,
    before_line=SubLine.NONE,
    after=Column.ON_TIME,
    after_line=SubLine.NONE,
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
        ({"after": Column.LATE, "after_line": SubLine.END_UNKNOWN}, Cause.PROOF),
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


#: Every fact varies: what never varies in a property cannot be missed in it.
FACTS: dict[str, st.SearchStrategy[object]] = {
    "code": st.sampled_from(("c", "d")),
    "unit": st.sampled_from(("X01", "X02")),
    "procedure": st.sampled_from(("birth", "death")),
    "carried": st.booleans(),
    "online": st.booleans(),
    "before": st.sampled_from(Column),
    "before_line": st.sampled_from(SubLine),
    "after": st.sampled_from(Column),
    "after_line": st.sampled_from(SubLine),
    "proof": st.sampled_from(("", "Sổ theo dõi")),
}
places = st.builds(Placed, key=st.integers(0, 2).map(str), **FACTS)
lists = st.lists(places, max_size=3, unique_by=lambda one: one.key)


@st.composite
def one_fact_apart(draw: st.DrawFn) -> tuple[list[Placed], list[Placed]]:
    """Two lists where each dossier differs by one fact: chance alone rarely draws that."""
    was = draw(lists)
    names = [draw(st.sampled_from(sorted(FACTS))) for _ in was]
    other = [
        draw(FACTS[name].filter(lambda value, one=one, name=name: value != getattr(one, name)))
        for one, name in zip(was, names, strict=True)
    ]
    moved = zip(was, names, other, strict=True)
    return was, [replace(one, **{name: value}) for one, name, value in moved]


def figures(placed: Iterable[Placed]) -> Counter[tuple[str, ...]]:
    """Every figure of every unit and class of procedure, from the tables that a report prints."""
    groups: dict[tuple[str, str], list[Placed]] = {}
    for one in placed:
        groups.setdefault((one.unit, one.procedure), []).append(one)
    return Counter(
        {
            (*group, which, name): count
            for group, ones in groups.items()
            for which, table in zip(("recorded", "reconciled"), tables(ones), strict=True)
            for name, count in asdict(table).items()
        }
    )


@given(st.one_of(st.tuples(lists, lists), one_fact_apart()))
def test_the_differences_explain_the_tables_to_the_last_dossier(lists_of) -> None:
    """Take the old tables, apply every difference: the new tables, figure by figure, by unit."""
    was, now = lists_of
    found = differences(was, now)
    change = figures(one.now for one in found if one.now)
    change.subtract(figures(one.was for one in found if one.was))
    expected = figures(now)
    expected.subtract(figures(was))
    assert +change == +expected
    assert -change == -expected
    for table in (*tables(was), *tables(now)):
        assert table.received == table.resolved + table.in_progress + table.ended_before


@given(st.one_of(st.tuples(lists, lists), one_fact_apart()))
def test_nothing_but_differences_is_told_each_once_and_with_its_cause(lists_of) -> None:
    was, now = lists_of
    found = differences(was, now)
    keys = [one.one.key for one in found]
    assert len(keys) == len(set(keys))
    for one in found:
        if one.was and one.now:
            assert one.was.key == one.now.key
            assert figures([one.was]) != figures([one.now])
        assert one.cause in _possible(one)
    # Whoever is in neither list of differences stands where it stood.
    told = set(keys)
    still = {one.key: one for one in was if one.key not in told}
    assert {one.key for one in now if one.key not in told} == set(still)


def _possible(one: Difference) -> set[Cause]:
    """The causes that the facts allow, each by its own facts alone."""
    if one.was is None or one.now is None:
        return {Cause.ADDED if one.was is None else Cause.GONE}
    was, now = ({**asdict(it), "intake": it.intake} for it in (one.was, one.now))
    facts = {
        Cause.UNIT: ("unit",),
        Cause.INTAKE: ("intake",),
        Cause.SOFTWARE: ("before", "before_line"),
        Cause.PROOF: ("after", "after_line", "procedure"),
    }
    return {cause for cause, names in facts.items() if any(was[n] != now[n] for n in names)}


@given(lists, lists)
def test_what_is_carried_is_what_was_left_open_but_for_the_gaps(closing, now) -> None:
    gaps = handed_over(closing, now)
    left = {one.key for one in closing if one.before.is_open}
    carried = {one.key for one in now if one.carried}
    assert sorted(gap.one.key for gap in gaps) == sorted(left ^ carried)
    assert {gap.one.key for gap in gaps if gap.now is None} == left - carried
