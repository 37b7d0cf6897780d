"""The hub: details are asked for where the list moved, and for all in a sweep; its ledger tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from connectors import dvclt as module
from connectors.connector import Codes, FileMemory, Memory
from connectors.dvclt import DvcltConnector
from connectors.errors import BudgetSpent
from reconcile.claims import Snapshot, Status
from tests.connectors.contract import TODAY, poll
from tests.connectors.network.test_politeness import budget
from tests.connectors.sites import DvcltSite
from tests.simulators import dvclt
from worker.run.look_ups import as_listed

SITE = DvcltSite()
TRUTHS = SITE.world(25)


def detailed(served: dvclt.Hub) -> list[str]:
    """The dossiers whose details were asked for since the ledger was last cleared."""
    prefix = dvclt.DETAIL_PATH
    return sorted(
        entry.path.removeprefix(prefix) for entry in served.ledger if entry.path.startswith(prefix)
    )


def read(connector: DvcltConnector, memory: Memory) -> Snapshot:
    (snapshot,) = poll(connector, memory)
    return snapshot


def next_poll(last: Snapshot, **more: Any) -> Memory:
    """What the store remembers after that reading, which told everything."""
    return Memory(
        files={"": FileMemory(last.fingerprint, len(last.claims))},
        cursor=last.cursor,
        swept_on=TODAY,
        today=TODAY,
        codes=as_listed(last.claims),
        **more,
    )


def second_poll(kind: type[DvcltConnector] = DvcltConnector, **moved: Any) -> list[str]:
    """Whose details a second poll asks for, after the first dossier of the list moved."""
    with SITE.serve(TRUTHS) as served:
        usual = SITE.connector(served)
        connector = kind(usual.source, usual.tables, usual.patience)
        last = read(connector, SITE.memory(TRUTHS))
        assert len(detailed(served)) == len(TRUTHS)
        served.ledger.clear()
        served.items[0] |= moved
        again = read(connector, next_poll(last))
        assert (again.complete, again.partial, again.announced) == (True, True, len(TRUTHS))
        assert len(again.claims) == len(detailed(served))
        assert served.writes() == []
        return detailed(served)


MOVES: tuple[dict[str, Any], ...] = (
    {"trangThai": 5},
    {"trangThai": 99},
    {"maDonVi": 23258},
    {"maTTHC": "2.001023"},
    {"module": "KT", "maTTHC": ""},
    {"ngayTiepNhan": "05/02/2024 08:15:00"},
    {"maHoSoMCDT": "G22.99.09-240114-9999"},
)


def test_what_did_not_move_in_the_list_is_not_asked_for_again():
    assert second_poll() == []


@pytest.mark.parametrize("moved", MOVES, ids=lambda moved: next(iter(moved)))
def test_what_moved_in_the_list_is_asked_for(moved: dict[str, Any]):
    assert second_poll(**moved) == ["0"]


class AsksForAll(DvcltConnector):
    """As it was: each detail at every poll."""

    def _moved(self, listed: Any, codes: Any) -> Any:
        return list(listed)


class NeverAsksAgain(DvcltConnector):
    """A dossier that is known stays as it was first read."""

    def _moved(self, listed: Any, codes: Iterable[Codes]) -> Any:
        known = {one.own for one in codes}
        return [item for item in listed if item.maHoSo not in known]


class LooksAtTheStatusAlone(DvcltConnector):
    """A row counts as moved only where its status did."""

    def _row(self, item: Any) -> str:
        return super()._row(module.DvcltDossier(item.id, item.maHoSo, trangThai=item.trangThai))


@pytest.mark.parametrize("bug", [AsksForAll, NeverAsksAgain, LooksAtTheStatusAlone])
def test_a_planted_bug_is_noticed(bug: type[DvcltConnector]):
    asked = [second_poll(bug), *(second_poll(bug, **moved) for moved in MOVES)]
    assert asked != [[], *[["0"]] * len(MOVES)]


def test_a_new_dossier_is_asked_for_and_a_sweep_asks_for_all():
    with SITE.serve(TRUTHS) as served:
        new = served.items.pop()
        connector = SITE.connector(served)
        last = read(connector, SITE.memory(TRUTHS))
        served.items.append(new)
        served.ledger.clear()
        again = read(connector, next_poll(last))
        assert detailed(served) == [f"{len(TRUTHS) - 1}"]
        assert [one.own_code for one in again.claims] == [TRUTHS[-1].own_code]
        served.ledger.clear()
        swept = read(connector, replace(next_poll(last), sweep=True))
        assert (len(detailed(served)), swept.partial, swept.swept) == (25, False, True)


def test_what_is_understood_otherwise_is_asked_for_again():
    with SITE.serve(TRUTHS) as served:
        connector = SITE.connector(served)
        last = replace(read(connector, SITE.memory(TRUTHS)), fingerprint="other tables")
        served.ledger.clear()
        assert not read(connector, next_poll(last)).partial
        assert len(detailed(served)) == 25


def test_two_people_with_one_code_are_asked_for_together():
    """One that moved must not be taken for the other one."""
    with SITE.serve(TRUTHS) as served:
        served.items[1]["maHoSo"] = served.items[0]["maHoSo"]
        served.forms["1"]["nksHoTen"] = "Vi Đức Khang"
        connector = SITE.connector(served)
        last = read(connector, SITE.memory(TRUTHS))
        served.ledger.clear()
        served.items[1]["trangThai"] = 5
        again = read(connector, next_poll(last))
        assert detailed(served) == ["0", "1"]
        before = {one.key: one.subject for one in last.claims}
        assert {one.key: one.subject for one in again.claims}.items() <= before.items()
        assert sorted(one.status for one in again.claims)[-1] is Status.RETURNED


def test_a_list_that_is_suddenly_half_is_not_believed():
    with SITE.serve(TRUTHS) as served:
        connector = SITE.connector(served)
        last = read(connector, SITE.memory(TRUTHS))
        served.ledger.clear()
        del served.items[10:]
        again = read(connector, next_poll(last))
        assert (again.complete, detailed(served)) == (False, [])
        assert "chỉ còn 10 hồ sơ, lần trước có 25" in again.problem


def test_a_sweep_that_the_budget_does_not_allow_waits_and_what_moved_is_read():
    with SITE.serve(TRUTHS) as served:
        connector = SITE.connector(served)
        last = read(connector, SITE.memory(TRUTHS))
        served.items[0]["trangThai"] = 5
        served.ledger.clear()
        memory = replace(next_poll(last, budget=budget(requests=9)), sweep=True)
        again = read(connector, memory)
        assert (again.partial, again.swept, detailed(served)) == (True, False, ["0"])
        first = replace(SITE.memory(TRUTHS), budget=budget(requests=9))
        with pytest.raises(BudgetSpent):
            poll(connector, first)
