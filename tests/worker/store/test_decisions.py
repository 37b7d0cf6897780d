"""Decisions are kept as they were made; each step of a discrepancy once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconcile.lifecycle import State
from reconcile.links import Answer, LinkState
from reconcile.scope import Scope
from tests.worker.making import (
    LATER,
    NOW,
    TODAY,
    discrepancy,
    dossier,
    link,
    register_row,
    step,
)
from worker.store import Overtaken, Store

ROWS = [register_row(n) for n in range(3)]
LINKS = sorted([link(row, dossier(n)) for n, row in enumerate(ROWS)], key=lambda one: one.row)
OPEN = discrepancy()


def test_links_come_back_as_they_were(store: Store):
    applied = store.apply(LINKS, [])
    assert (applied.links_new, applied.links_changed, applied.links_gone) == (3, 0, 0)
    assert store.links() == LINKS


def test_only_links_that_differ_are_written(store: Store):
    store.apply(LINKS, [])
    doubtful = replace(LINKS[0], decision=LinkState.REVIEW, probability=0.6)
    applied = store.apply([doubtful, LINKS[1]], [])
    assert (applied.links_new, applied.links_changed, applied.links_gone) == (0, 1, 1)
    assert store.links() == [doubtful, LINKS[1]]


def test_links_may_be_left_alone(store: Store):
    store.apply(LINKS, [])
    store.apply(None, [step(OPEN)])
    assert store.links() == LINKS


def test_a_discrepancy_is_remembered_with_its_history(store: Store):
    store.apply(None, [step(OPEN)])
    taken = replace(OPEN, state=State.ACKNOWLEDGED, by="can-bo-1", since=LATER)
    act = step(
        taken, before=State.OPEN, at=NOW + timedelta(days=8), by="can-bo-1", reason="đã nhận"
    )
    store.apply(None, [act])
    assert store.discrepancies() == [taken]
    assert store.changes(of=OPEN.id) == [step(OPEN), act]
    assert store.changes(since=NOW) == [act]
    assert store.changes(until=NOW) == [step(OPEN)]
    assert store.verify() == []


def test_two_steps_at_once_are_two_lines(store: Store):
    suspected = replace(OPEN, state=State.SUSPECTED)
    store.apply(None, [step(suspected), step(OPEN, before=State.SUSPECTED)])
    assert store.discrepancies() == [OPEN]
    assert [change.after for change in store.changes()] == [State.SUSPECTED, State.OPEN]


def test_who_comes_second_is_told_and_writes_nothing(store: Store):
    store.apply(None, [step(OPEN)])
    resolved = replace(OPEN, state=State.RESOLVED)
    store.apply(None, [step(resolved, before=State.OPEN)])
    late = step(replace(OPEN, state=State.WAIVED), before=State.OPEN, by="can-bo-2")
    other = step(discrepancy("motcua:2"))
    with pytest.raises(Overtaken):
        store.apply(LINKS, [other, late])
    assert store.discrepancies() == [resolved]
    assert len(store.changes()) == 2
    assert store.links() == []  # all or nothing


def test_a_step_whose_commit_was_not_heard_is_not_taken_twice(store: Store):
    changes = [step(OPEN), step(discrepancy("motcua:2"))]
    assert store.apply(None, changes, run_id="r1").changes == 2
    assert store.apply(None, changes, run_id="r1").changes == 0
    assert len(store.changes()) == 2
    with pytest.raises(Overtaken):
        store.apply(None, changes, run_id="r2")  # another run that did not know of them


def test_a_scope_gives_its_units_and_classes(store: Store):
    mine, theirs = OPEN, discrepancy("motcua:2", unit="Xã Mẫu 2")
    death = discrepancy("motcua:3", procedure="death")
    store.apply(None, [step(mine), step(theirs), step(death)])

    def ids(**more: object) -> set[str]:
        return {one.id for one in store.discrepancies(Scope(as_of=TODAY, **more))}

    assert ids() == {mine.id, theirs.id, death.id}
    assert ids(units=frozenset({"Xã Mẫu 1"})) == {mine.id, death.id}
    assert ids(procedures=frozenset({"death"})) == {death.id}
    assert ids(procedures=frozenset({"2.000528"})) == {mine.id, theirs.id, death.id}


def test_the_day_of_judgement_is_the_newest_of_the_runs(store: Store):
    assert store.last_judged() is None
    for run_id, day in (("r1", date(2024, 3, 31)), ("r2", date(2024, 2, 29))):
        store.begin_run(run_id, "cli", Scope(as_of=day), at=NOW)
        store.apply([], [], run_id=run_id, judged=day)
    assert store.last_judged() == date(2024, 3, 31)


def test_answers_are_kept_taken_back_and_never_doubled(store: Store):
    yes = Answer(ROWS[0].key, "motcua:1", True, "can-bo-1", "2024-04-01")
    assert store.add_answer(yes)
    assert not store.add_answer(replace(yes, by="can-bo-2"))
    assert store.answers() == [yes]
    no = replace(yes, same=False, by="can-bo-2")
    assert store.add_answer(no)
    assert store.answers() == [no]
    assert store.take_back_answer(yes.row, yes.dossier, by="can-bo-1", on=LATER)
    assert not store.take_back_answer(yes.row, yes.dossier, by="can-bo-1", on=LATER)
    assert store.answers() == []
