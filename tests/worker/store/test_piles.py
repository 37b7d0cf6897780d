"""One discrepancy stands for each dossier, on one pile: lists by key, counts that equal them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
from sqlalchemy import event, select, text

from reconcile.findings import finding_id
from reconcile.kinds import Kind
from reconcile.lifecycle import State
from reconcile.steps import Pile, Step, urgency, usual_step
from tests.worker.making import NOW, TODAY, discrepancy, dossier, snapshot, step
from tests.worker.store.test_schema import make_at
from worker.store import Store, upgrade
from worker.store.engine import connect
from worker.store.findings import FoundRows, StoredFinding
from worker.store.open_work import OpenFilter, Ticked
from worker.store.piles import LaidDiscrepancy
from worker.store.tables import discrepancy as table
from worker.store.ticks import Batch

LATER = NOW + timedelta(hours=1)


def of_kind(kind: Kind, anchor: str, **more):
    return discrepancy(anchor, id=finding_id(kind, anchor), kind=kind, **more)


def laid(one, **more) -> StoredFinding:
    facts = {
        "id": one.id,
        "dossier": one.anchor,
        "step": usual_step(one.kind).value,
        "waits": False,
        "urgency": urgency(one.kind, usual_step(one.kind)),
        "shelf": 0,
    }
    place = LaidDiscrepancy(**(facts | more))
    return StoredFinding(one.id, one.unit, one.kind.value, "", "", None, b"{}", place)


EVERY = OpenFilter(leads=True, settled=None)


def leads(store: Store, wanted: OpenFilter = EVERY) -> dict[str, str]:
    """The pile of each dossier, by the discrepancy that stands for it."""
    return {one.id: one.pile for one in store.open_work.page(wanted, 100)}


END = Kind.RETURNED_STILL_PENDING
LATE = Kind.RETURNED_LATE


def test_the_most_urgent_stands_for_the_dossier_and_the_next_one_after_it(store: Store):
    first, second = of_kind(END, "motcua:1"), of_kind(LATE, "motcua:1")
    store.decisions.apply(None, [step(first), step(second)])
    assert leads(store) == {first.id: Pile.END}
    settled = of_kind(END, "motcua:1", state=State.RESOLVED)
    store.decisions.apply(None, [step(settled, State.OPEN)])
    assert leads(store) == {second.id: Pile.OVERDUE}
    gone = of_kind(LATE, "motcua:1", state=State.RESOLVED)
    store.decisions.apply(None, [step(gone, State.OPEN)])
    assert set(leads(store).values()) == {Pile.SETTLED}
    assert len(leads(store)) == 1


def test_what_was_put_aside_lies_apart_and_what_a_run_found_moves_it(store: Store):
    one = of_kind(END, "motcua:1")
    store.decisions.apply(None, [step(one)])
    found = FoundRows([laid(one, step=Step.RESEND.value)], {})
    store.decisions.apply(None, [], run_id="r1", found=found)
    assert leads(store) == {one.id: Pile.SOFTWARE}
    store.decisions.apply(None, [], run_id="r2", found=FoundRows([laid(one, waits=True)], {}))
    assert leads(store) == {one.id: Pile.AGENCY}
    waived = of_kind(END, "motcua:1", state=State.WAIVED)
    store.decisions.apply(None, [step(waived, State.OPEN)])
    assert leads(store) == {one.id: Pile.WAIVED}


def test_pages_follow_each_other_and_counts_equal_them(store: Store):
    many = [of_kind(END, f"motcua:{n:03}", unit=f"Xã {n % 3}") for n in range(25)]
    store.decisions.apply(None, [step(one) for one in many])
    store.decisions.apply(
        None,
        [],
        run_id="r1",
        found=FoundRows([laid(one, shelf=at) for at, one in enumerate(reversed(many))], {}),
    )
    for by_book in (False, True):
        seen, after = [], ""
        while part := store.open_work.page(EVERY, 7, after=after, by_book=by_book):
            seen += [one.id for one in part]
            after = part[-1].id
        assert len(seen) == len(set(seen)) == 25
    one_unit = OpenFilter(units=frozenset({"Xã 1"}), piles=frozenset({Pile.END.value}))
    listed = store.open_work.page(one_unit, 100, by_book=True)
    assert len(listed) == store.open_work.count(one_unit) == 8
    assert [one.dossier for one in listed] == sorted((o.dossier for o in listed), reverse=True)


def test_kinds_and_states_are_those_of_any_discrepancy_of_the_dossier(store: Store):
    first, second = of_kind(END, "motcua:1"), of_kind(LATE, "motcua:1")
    other = of_kind(END, "motcua:2")
    store.decisions.apply(None, [step(first), step(second), step(other)])
    assert list(leads(store, replace(EVERY, dossier_kinds=frozenset({LATE})))) == [first.id]
    settled = replace(EVERY, dossier_states=frozenset({State.RESOLVED}))
    assert leads(store, settled) == {}


def test_sources_that_do_not_count_are_on_no_pile(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    store.decisions.apply(None, [step(of_kind(END, "motcua:1"))])
    assert len(leads(store)) == 1
    without = replace(store, sources=frozenset({"igate"}))
    assert leads(without) == {}
    assert without.open_work.counts(EVERY) == []


def ticked(store: Store, **more) -> list[Ticked]:
    """As what the dossiers count that there are."""
    each = (replace(EVERY, ticked=one, **more) for one in Ticked)
    return [one.ticked for one in each if one.ticked and store.open_work.count(one)]


def test_a_tick_lies_apart_until_the_software_was_read_and_is_undone_with_its_batch(store: Store):
    one = of_kind(END, "motcua:1")
    store.decisions.apply(None, [step(one)])
    made = Batch("lo-1", "An", NOW, "Đánh dấu đã làm: 1 hồ sơ")
    store.batches.do(made, {one.id: Step.END.value}, [])
    store.batches.do(made, {one.id: Step.END.value}, [])  # the reply to COMMIT was lost
    assert ticked(store) == [Ticked.WAITS]
    assert ticked(store, read_at=LATER) == [Ticked.STILL]
    store.batches.undo(made, "An", LATER, [])
    assert ticked(store) == [Ticked.NO]
    assert [act.act for act in store.audit.acts()] == ["batch.done", "batch.undone"]


def test_a_list_asks_as_often_however_long_it_is(store: Store):
    many = [of_kind(END, f"motcua:{n:03}") for n in range(60)]
    store.decisions.apply(None, [step(one) for one in many])
    asked: list[str] = []
    event.listen(
        store.database.reader,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: asked.append(statement),
    )
    store.open_work.page(EVERY, 5)
    few = len(asked)
    asked.clear()
    store.open_work.page(EVERY, 50)
    assert len(asked) == few


def test_a_database_of_the_version_before_has_its_piles(tmp_path):
    url, one = f"sqlite:///{tmp_path}/old.db", of_kind(END, "motcua:1")
    make_at(url, "0016")
    old = connect(url)
    told = {"id": one.id, "kind": one.kind.value, "anchor": one.anchor, "unit": one.unit}
    told |= {"state": one.state.value, "payload": msgspec.json.encode(one)}
    names, places = ", ".join(told), ", ".join(f":{name}" for name in told)
    with old.writer.begin() as connection:
        connection.execute(text(f"INSERT INTO discrepancy ({names}) VALUES ({places})"), told)
    upgrade(url)
    old.close()
    store = Store.open(url)
    assert leads(store) == {one.id: Pile.END}
    with store.database.reader.begin() as connection:
        [row] = connection.execute(select(table.c.first_seen, table.c.dossier))
    assert tuple(row) == (one.first_seen, "motcua:1")
    store.close()
