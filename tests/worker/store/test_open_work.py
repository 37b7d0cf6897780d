"""What is open is counted and listed by one filter, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconcile.findings import Kind
from reconcile.lifecycle import State
from reconcile.steps import usual_step
from tests.worker.making import LATER, NOW, TODAY, discrepancy, dossier, snapshot, step
from worker.store import Store
from worker.store.findings import FoundRows, StoredFinding, UndecidedDossier
from worker.store.open_work import OpenFilter, Ticked
from worker.store.ticks import Batch

STUCK, OVERDUE = Kind.RETURNED_STILL_PENDING, Kind.TRULY_OVERDUE


def known(store: Store, count: int = 7) -> list:
    """Discrepancies of three units, the later ones due earlier; each written down by a run."""
    found = [
        discrepancy(f"motcua:{number}", unit=f"Xã Mẫu {number % 3}")
        for number in range(1, count + 1)
    ]
    rows = [
        StoredFinding(
            one.id, one.unit, one.kind.value, "", "", TODAY - timedelta(days=place), b"{}"
        )
        for place, one in enumerate(found)
    ]
    store.decisions.apply(
        None, [step(one) for one in found], run_id="r1", found=FoundRows(rows, {})
    )
    return found


def everything(store: Store, chosen: OpenFilter, part: int, *, by_book: bool = True) -> list[str]:
    keys: list[str] = []
    while rows := store.open_work.page(
        chosen, part, after=keys[-1] if keys else "", by_book=by_book
    ):
        keys += [row.id for row in rows]
    return keys


@pytest.mark.parametrize("by_book", [True, False])
@pytest.mark.parametrize("part", [1, 2, 50])
@pytest.mark.parametrize(
    "chosen",
    [
        OpenFilter(),
        OpenFilter(frozenset({"Xã Mẫu 1"})),
        OpenFilter(kinds=(STUCK,)),
        OpenFilter(kinds=(OVERDUE,)),
        OpenFilter(kinds=(STUCK, OVERDUE), leads=True),
        OpenFilter(parts=()),
        OpenFilter(leads=True),
        OpenFilter(piles=frozenset({"end"}), settled=None),
        OpenFilter(frozenset({"Xã Mẫu 1"}), piles=frozenset({"end"})),
        OpenFilter(leads=True, dossier_kinds=frozenset({STUCK})),
        OpenFilter(leads=True, dossier_states=frozenset({State.OPEN}), settled=None),
        OpenFilter(leads=True, ticked=Ticked.NO),
        OpenFilter(leads=True, ticked=Ticked.WAITS),
        OpenFilter(leads=True, ticked=Ticked.STILL, read_at=NOW + timedelta(days=1)),
        OpenFilter(run="r1", settled=None, steps=((None, State.OPEN),)),
    ],
)
def test_a_list_is_as_long_as_its_number_however_it_is_paged(
    store: Store, chosen: OpenFilter, part: int, by_book: bool
):
    ticked = known(store)[2]
    made = Batch("lo-1", "An", NOW, "Đánh dấu đã làm: 1 hồ sơ")
    store.batches.do(made, {ticked.id: usual_step(ticked.kind).value}, [])
    keys = everything(store, chosen, part, by_book=by_book)
    assert len(keys) == len(set(keys)) == store.open_work.count(chosen)
    if chosen.ticked is not None:
        assert len(keys) == (6 if chosen.ticked is Ticked.NO else 1)


def test_a_list_goes_unit_by_unit_whatever_the_keys_are(store: Store):
    known(store)
    bare = discrepancy("motcua:99", unit="Xã Mẫu 1")  # no run wrote it down
    store.decisions.apply(None, [step(bare)], run_id="r2")
    by_id = {one.id: one.unit for one in store.decisions.discrepancies()}
    units = [by_id[key] for key in everything(store, OpenFilter(), 3)]
    assert len(units) == 8
    assert units == sorted(units)


def test_what_moved_since_a_moment_is_told_by_the_other_side_of_being_settled(store: Store):
    old, new, gone, back = (discrepancy(f"motcua:{at}") for at in range(1, 5))
    store.decisions.apply(None, [step(one) for one in (old, gone, back)], run_id="r1")
    settled = replace(gone, state=State.RESOLVED)
    away = replace(back, state=State.RESOLVED)
    later = NOW + timedelta(days=9)
    store.decisions.apply(None, [
        step(new, at=later),
        step(settled, before=State.OPEN, at=later),
        step(away, before=State.OPEN, at=later),
    ], run_id="r2")  # fmt: skip
    store.decisions.apply(None, [step(back, before=State.RESOLVED, at=later)], run_id="r3")
    since = NOW + timedelta(days=1)
    came = everything(store, OpenFilter(since=since), 50)
    went = everything(store, OpenFilter(since=since, settled=True), 50)
    assert came == [new.id], "what went and came back within the week did not move"
    assert went == [gone.id]


def test_what_a_source_said_that_does_not_count_is_in_no_number(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    known(store, 3)
    assert store.open_work.count(OpenFilter()) == 3
    without = replace(store, sources=frozenset({"so-giay"}))
    assert without.open_work.counts(OpenFilter()) == []


def test_the_undecided_are_counted_and_listed_by_unit(store: Store):
    rows = {
        f"motcua:{number}": UndecidedDossier(
            f"Xã Mẫu {number % 2}", LATER - timedelta(days=number), b"{}"
        )
        for number in range(5)
    }
    store.decisions.apply(None, [], run_id="r1", found=FoundRows((), rows))
    asked = store.open_work
    assert asked.undecided(None) == {"Xã Mẫu 0": 3, "Xã Mẫu 1": 2}
    first = asked.undecided_rows(frozenset({"Xã Mẫu 0"}), "", 2)
    rest = asked.undecided_rows(frozenset({"Xã Mẫu 0"}), first[-1].key, 2)
    assert [one.key for one in (*first, *rest)] == ["motcua:4", "motcua:2", "motcua:0"]
    store.decisions.apply(None, [], run_id="r2", found=FoundRows((), {}))
    assert asked.undecided(None) == {}


def test_a_register_in_the_order_of_an_export_is_found_by_its_places(store: Store):
    rows = [
        replace(dossier(number, "so-giay", file="inbox/so.xlsx"), role=dossier(1).role.REGISTER)
        for number in range(1, 13)
    ]
    store.claims.take_in(snapshot([dossier(number) for number in range(1, 13)]), at=NOW, on=TODAY)
    register = snapshot(rows, source="so-giay", role=rows[0].role, file="inbox/so.xlsx")
    store.claims.take_in(register, at=NOW, on=TODAY)
    assert len(store.search.in_order_of_exports(10)) == 24
    assert store.search.in_order_of_exports(13) == []
    places = [one.places for one in rows]
    mixed = [replace(one, places=at) for one, at in zip(rows, places[6:] + places[:6], strict=True)]
    again = snapshot(mixed, source="so-giay", role=rows[0].role, file="inbox/so.xlsx", content="2")
    store.claims.take_in(again, at=NOW, on=TODAY)
    assert store.search.in_order_of_exports(10) == []


def test_mails_and_runs_come_a_page_at_a_time(store: Store):
    from reconcile.scope import Scope

    for number in range(5):
        at = NOW + timedelta(minutes=number // 2)  # some at the same moment
        store.runs.begin(f"r{number}", "cli", Scope(as_of=date(2024, 3, 31)), at=at)
    found: list[str] = []
    while batch := store.runs.behind(found[-1] if found else "", 2):
        found += [one.id for one in batch]
    assert found == ["r4", "r3", "r2", "r1", "r0"]
    assert store.outbox.newest(3) == []


def test_a_token_lets_in_until_it_is_ended_and_both_stand_in_the_audit(store: Store):
    tokens = store.tokens
    number = tokens.make("hash", "kho dữ liệu", frozenset({"1"}), by="it", at=NOW)
    kept = tokens.of("hash")
    assert kept is not None
    assert (kept.id, kept.units) == (number, frozenset({"1"}))
    assert tokens.end(number, by="it", at=NOW)
    assert not tokens.end(number, by="it", at=NOW)
    assert tokens.of("hash") is None
    assert [one.act for one in store.audit.acts()] == ["token.made", "token.ended"]
    assert store.upkeep.verify() == []
