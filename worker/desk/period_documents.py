"""The documents of a period: those of its newest run, by the names that people use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconcile.scope import Scope
from worker.alerts.situation import page_of
from worker.desk.actor import Actor, Right, Unseen
from worker.house import House
from worker.reports.files import NOTE, PAGE, TO_SIGN, WORKBOOK
from worker.reports.signs import SignRow
from worker.store import Run, RunState

TITLES = {
    NOTE: "Giải trình chênh lệch số liệu (Word)",
    TO_SIGN: "Danh sách trình ký (Word)",
    WORKBOOK: "Báo cáo đối soát (Excel)",
    PAGE: "Báo cáo đối soát (trang)",
}
#: How many of the newest runs are looked through.
RUNS = 200


@dataclass(frozen=True, slots=True)
class PeriodDocument:
    """A file of the newest run of a period."""

    run: str
    file: str
    title: str
    at: datetime


def newest_run(house: House, scope: Scope) -> Run | None:
    """The newest run of the whole office for exactly these days; None: there is none."""
    for run in house.store.runs.newest(RUNS):
        same = (run.scope.starts, run.scope.ends, run.scope.units)
        if same == (scope.starts, scope.ends, None) and run.state is RunState.DONE:
            return run
    return None


def signs_of(
    house: House, scope: Scope, units: frozenset[str] | None
) -> tuple[SignRow, ...] | None:
    """The signs that the newest run of the period noted; of units those that show there.

    None: there was no such run, or what it wrote is not kept.
    """
    run = newest_run(house, scope)
    page = page_of(house, run.id) if run else None
    if page is None:
        return None
    signs = page.page.signs
    if units is None:
        return tuple(signs)
    names = {house.tables.units.name(unit) or unit for unit in units}
    parts = (
        SignRow(one.what, tuple(unit for unit in one.units if unit[0] in names)) for one in signs
    )
    return tuple(one for one in parts if one.units)


def newest(house: House, actor: Actor, scope: Scope) -> tuple[PeriodDocument, ...]:
    """The documents of the newest run of exactly these days that the actor may read."""
    actor.need(Right.VIEW)
    for run in house.store.runs.newest(RUNS):
        same = (run.scope.starts, run.scope.ends) == (scope.starts, scope.ends)
        if same and run.state is RunState.DONE and _may_read(actor, run):
            at = (run.finished or run.started).astimezone(house.clock.zone)
            folder = _folder(house, run.id)
            return tuple(
                PeriodDocument(run.id, file, title, at)
                for file, title in TITLES.items()
                if (folder / file).is_file()
            )
    return ()


def path_of(house: House, actor: Actor, run_id: str, file: str) -> Path:
    """Where a document lies. Raises Unseen where it is not for the actor, or not there."""
    actor.need(Right.VIEW)
    run = house.store.runs.one(run_id)
    if run is None or file not in TITLES or not _may_read(actor, run):
        raise Unseen(file)
    path = _folder(house, run.id) / file
    if not path.is_file():
        raise Unseen(file)
    return path


def _may_read(actor: Actor, run: Run) -> bool:
    """A report holds every unit of its run: it is for who sees them all."""
    units = run.scope.units
    return actor.units is None or (units is not None and units <= actor.units)


def _folder(house: House, run_id: str) -> Path:
    return house.settings.data_dir / "reports" / run_id
