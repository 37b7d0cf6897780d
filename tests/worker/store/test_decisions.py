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
    applied = store.decisions.apply(LINKS, [])
    assert (applied.links_new, applied.links_changed, applied.links_gone) == (3, 0, 0)
    assert store.decisions.links() == LINKS


def test_only_links_that_differ_are_written(store: Store):
    store.decisions.apply(LINKS, [])
    doubtful = replace(LINKS[0], decision=LinkState.REVIEW, probability=0.6)
    applied = store.decisions.apply([doubtful, LINKS[1]], [])
    assert (applied.links_new, applied.links_changed, applied.links_gone) == (0, 1, 1)
    assert store.decisions.links() == [doubtful, LINKS[1]]


def test_links_may_be_left_alone(store: Store):
    store.decisions.apply(LINKS, [])
    store.decisions.apply(None, [step(OPEN)])
    assert store.decisions.links() == LINKS


def test_a_discrepancy_is_remembered_with_its_history(store: Store):
    store.decisions.apply(None, [step(OPEN)])
    taken = replace(OPEN, state=State.ACKNOWLEDGED, by="can-bo-1", since=LATER)
    act = step(
        taken, before=State.OPEN, at=NOW + timedelta(days=8), by="can-bo-1", reason="đã nhận"
    )
    store.decisions.apply(None, [act])
    assert store.decisions.discrepancies() == [taken]
    assert store.decisions.changes(of=OPEN.id) == [step(OPEN), act]
    assert store.decisions.changes(since=NOW) == [act]
    assert store.decisions.changes(until=NOW) == [step(OPEN)]
    assert store.upkeep.verify() == []


def test_two_steps_at_once_are_two_lines(store: Store):
    suspected = replace(OPEN, state=State.SUSPECTED)
    store.decisions.apply(None, [step(suspected), step(OPEN, before=State.SUSPECTED)])
    assert store.decisions.discrepancies() == [OPEN]
    assert [change.after for change in store.decisions.changes()] == [State.SUSPECTED, State.OPEN]


def test_who_comes_second_is_told_and_writes_nothing(store: Store):
    store.decisions.apply(None, [step(OPEN)])
    resolved = replace(OPEN, state=State.RESOLVED)
    store.decisions.apply(None, [step(resolved, before=State.OPEN)])
    late = step(replace(OPEN, state=State.WAIVED), before=State.OPEN, by="can-bo-2")
    other = step(discrepancy("motcua:2"))
    with pytest.raises(Overtaken):
        store.decisions.apply(LINKS, [other, late])
    assert store.decisions.discrepancies() == [resolved]
    assert len(store.decisions.changes()) == 2
    assert store.decisions.links() == []  # all or nothing


def test_a_step_whose_commit_was_not_heard_is_not_taken_twice(store: Store):
    changes = [step(OPEN), step(discrepancy("motcua:2"))]
    assert store.decisions.apply(None, changes, run_id="r1").changes == 2
    assert store.decisions.apply(None, changes, run_id="r1").changes == 0
    assert len(store.decisions.changes()) == 2
    with pytest.raises(Overtaken):
        store.decisions.apply(None, changes, run_id="r2")  # another run that did not know of them


def test_a_scope_gives_its_units_and_classes(store: Store):
    mine, theirs = OPEN, discrepancy("motcua:2", unit="Xã Mẫu 2")
    death = discrepancy("motcua:3", procedure="death")
    store.decisions.apply(None, [step(mine), step(theirs), step(death)])

    def ids(**more: object) -> set[str]:
        return {one.id for one in store.decisions.discrepancies(Scope(as_of=TODAY, **more))}

    assert ids() == {mine.id, theirs.id, death.id}
    assert ids(units=frozenset({"Xã Mẫu 1"})) == {mine.id, death.id}
    assert ids(procedures=frozenset({"death"})) == {death.id}
    assert ids(procedures=frozenset({"2.000528"})) == {mine.id, theirs.id, death.id}


def test_the_day_of_judgement_is_the_newest_of_the_runs(store: Store):
    assert store.decisions.last_judged() is None
    for run_id, day in (("r1", date(2024, 3, 31)), ("r2", date(2024, 2, 29))):
        store.runs.begin(run_id, "cli", Scope(as_of=day), at=NOW)
        store.decisions.apply([], [], run_id=run_id, judged=day)
    assert store.decisions.last_judged() == date(2024, 3, 31)


def test_answers_are_kept_taken_back_and_never_doubled(store: Store):
    yes = Answer(ROWS[0].key, "motcua:1", True, "can-bo-1", "2024-04-01")
    assert store.answers.add(yes)
    assert not store.answers.add(replace(yes, by="can-bo-2"))
    assert store.answers.all() == [yes]
    no = replace(yes, same=False, by="can-bo-2")
    assert store.answers.add(no)
    assert store.answers.all() == [no]
    assert store.answers.take_back(yes.row, yes.dossier, by="can-bo-1", on=LATER)
    assert not store.answers.take_back(yes.row, yes.dossier, by="can-bo-1", on=LATER)
    assert store.answers.all() == []
