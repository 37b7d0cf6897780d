"""What changed since the newest decision is found by comparing what is stored, whoever wrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update

from reconcile.claims import Claim, RejectedRow
from tests.worker.making import dossier, snapshot
from worker.store import LeftBehind, Store
from worker.store.judged import Differing
from worker.store.tables import claim, judged_claim

NOW, TODAY = datetime(2024, 4, 1, 1, 30, tzinfo=UTC), date(2024, 4, 1)
ROW = LeftBehind("basis", "digest", "links")


def tell(store: Store, claims: list[Claim], **more: object) -> None:
    store.claims.take_in(replace(snapshot(claims), **more), at=NOW, on=TODAY)  # type: ignore[arg-type]


@pytest.fixture
def told(store: Store) -> Store:
    """Twelve dossiers, taken as they are."""
    tell(store, [dossier(number) for number in range(12)])
    store.judged.renew()
    return store


def found(store: Store) -> Differing:
    return store.judged.differing()


def test_before_the_first_decision_nothing_is_known_of_what_changed(store: Store):
    tell(store, [dossier(1)])
    assert not found(store).known
    store.judged.renew()
    assert found(store).known


def test_nothing_changed_is_nothing_found(told: Store):
    one = found(told)
    assert (one.keys, one.fresh, one.stale, one.of) == (frozenset(), [], [], 12)


def test_what_came_changed_and_went_is_found_and_then_kept(told: Store):
    before = found(told).said
    others = [dossier(number) for number in range(2, 12)]
    tell(told, [replace(dossier(0), note="khác"), *others, dossier(20)])
    one = found(told)
    assert one.keys == {dossier(number).key for number in (0, 1, 20)}
    assert (len(one.fresh), len(one.stale)) == (2, 2)
    assert one.said != before
    told.prepared.keep(ROW, one)
    again = found(told)
    assert (again.keys, again.said, again.total) == (frozenset(), one.said, one.total)
    assert told.judged.renew().total == one.total  # added up row by row, the same


def test_what_goes_and_comes_back_says_the_same(told: Store):
    before = found(told).said
    tell(told, [dossier(number) for number in range(11)])
    told.prepared.keep(ROW, found(told))
    assert found(told).said != before
    tell(told, [dossier(number) for number in range(12)])
    assert found(told).said == before


@pytest.mark.parametrize("column", ["hash", "read_on", "sheet", "row"])
def test_a_row_that_somebody_put_right_by_hand_is_found(told: Store, column: str):
    value = {"hash": b"1" * 16, "read_on": date(2024, 1, 1), "sheet": "khác", "row": 999}[column]
    key = dossier(3).key
    told.database.write(
        lambda c: c.execute(update(claim).where(claim.c.key == key).values({column: value}))
    )
    assert found(told).keys == {key}


def test_only_what_went_is_found_too(told: Store):
    key = dossier(3).key
    told.database.write(lambda c: c.execute(delete(claim).where(claim.c.key == key)))
    assert found(told).keys == {key}


def test_what_changed_while_a_run_decided_is_found_by_the_next(told: Store):
    tell(told, [replace(dossier(0), note="một"), *(dossier(n) for n in range(1, 12))])
    one = found(told)
    tell(told, [replace(dossier(0), note="hai"), *(dossier(n) for n in range(1, 12))])
    told.prepared.keep(ROW, one)
    assert found(told).keys == {dossier(0).key}


def test_a_rejected_row_is_said_too(told: Store):
    before = found(told).said
    one = RejectedRow("a.xlsx", "Trang1", 7, "", "thiếu mã", kept=False)
    tell(told, [dossier(n) for n in range(12)], rejected=(one,), fingerprint="2", sha256="2")
    assert found(told).said != before


def test_what_stood_on_another_taking_is_forgotten(told: Store):
    told.prepared.keep(ROW)
    assert told.prepared.newest() == ROW
    told.judged.renew()
    assert told.prepared.newest() is None


def test_what_is_compared_is_what_was_taken(told: Store):
    def count(table: object) -> int:
        return len(told.database.read(lambda c: c.execute(select(table)).all()))  # type: ignore

    assert count(judged_claim) == count(claim) == 12
