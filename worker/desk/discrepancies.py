"""What is known of a discrepancy: as the newest run that found it wrote it down."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from reconcile.lifecycle import Change, Discrepancy
from worker.house import House
from worker.reports import known
from worker.reports.known import KnownDiscrepancy
from worker.reports.undecided import UndecidedRow
from worker.store import Paper, Store

#: Of an office whose newest run was one of before findings were rows.
RUN_ONCE = "Chưa có chi tiết của các việc: chạy doisoat run một lần sau khi nâng cấp."


def known_of(store: Store, ids: Collection[str]) -> dict[str, KnownDiscrepancy]:
    """The evidence of these discrepancies, by id; one that no run wrote down is left out."""
    found = {name: known.unpack(payload) for name, payload in store.findings.of(ids).items()}
    return {name: one for name, one in found.items() if one is not None}


def undecided_of(store: Store, anchors: Collection[str]) -> dict[str, UndecidedRow]:
    """Of these dossiers those that the newest run called overdue and undecided, by anchor."""
    packed = store.findings.undetermined(anchors)
    found = {anchor: known.unpack_undecided(payload) for anchor, payload in packed.items()}
    return {anchor: row for anchor, row in found.items() if row is not None}


def lacks_rows(house: House) -> bool:
    """Whether what the newest run found does not stand in rows yet."""
    newest = house.store.runs.newest_done()
    return newest is not None and not newest.kept_rows


def history(house: House, one: Discrepancy) -> list[Change]:
    """Every step of a discrepancy that the actor found before, the first one first."""
    return house.store.decisions.changes(of=one.id)


def papers(house: House, one: Discrepancy) -> Sequence[Paper]:
    """The papers that people noted at it."""
    return house.store.papers.of(one.id)


def first_written(house: House, found: Iterable[Discrepancy]) -> dict[str, datetime]:
    """When each of these was first written down, by id."""
    return house.store.search.written_first([one.id for one in found])
