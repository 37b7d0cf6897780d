"""Figures and findings of the newest run, as a program reads them: initials, never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from reconcile.kinds import KINDS, Kind
from reconcile.lifecycle import State
from worker.alerts.situation import page_of
from worker.desk import runs
from worker.desk.actor import Actor, Right
from worker.desk.discrepancies import known_of
from worker.house import House
from worker.reports import known
from worker.store import Run
from worker.store.open_work import OpenFilter


@dataclass(frozen=True, slots=True)
class FiguresOfRun:
    """The figures of a run: of the office where all of it is seen, and of each unit in view."""

    run: Run
    period: dict[str, Any]
    all: dict[str, Any] | None
    by_unit: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FindingNow:
    """One discrepancy as it stands: codes and initials."""

    id: str
    kind: str
    label: str
    unit: str
    state: str
    code: str
    national_code: str
    person: str
    received_on: date | None
    due_on: date | None
    returned_on: date | None
    remedy: str


@dataclass(frozen=True, slots=True)
class FindingsNow:
    """A page of them; ``after`` begins the next one, empty at the end."""

    findings: tuple[FindingNow, ...]
    after: str
    total: int


def figures(house: House, actor: Actor) -> FiguresOfRun | None:
    """The figures of the newest run that the actor sees; None: there was none, or none is kept."""
    actor.need(Right.VIEW)
    run = runs.newest(house, actor, actor.units) or runs.newest(house, actor)
    page = page_of(house, run.id) if run is not None else None
    if run is None or page is None:
        return None
    told: dict[str, Any] = msgspec.json.decode(page.figures)
    by_unit = {unit: found for unit, found in told.get("by_unit", {}).items() if actor.sees(unit)}
    whole = told.get("all") if actor.units is None else None
    return FiguresOfRun(run, told.get("period", {}), whole, by_unit)


def findings(
    house: House,
    actor: Actor,
    *,
    units: frozenset[str] | None = None,
    kind: Kind | None = None,
    after: str = "",
    limit: int = 100,
) -> FindingsNow:
    """A page of the discrepancies that are not settled, by unit."""
    actor.need(Right.VIEW)
    work = house.store.open_work
    chosen = OpenFilter(actor.within(units), kinds=(kind,) if kind else ())
    rows = work.page(chosen, limit + 1, after=after, by_book=True)
    shown = [row.id for row in rows[:limit]]
    told = known_of(house.store, shown)
    now = {one.id: one for one in house.store.search.discrepancies(shown)}
    found = tuple(
        _finding(one.id, one.kind, one.unit, one.state, told.get(key))
        for key in shown
        if (one := now.get(key)) is not None
    )
    return FindingsNow(found, shown[-1] if len(rows) > limit else "", work.count(chosen))


def _finding(
    name: str, kind: Kind, unit: str, state: State, told: known.KnownDiscrepancy | None
) -> FindingNow:
    row = told.row if told is not None else None
    return FindingNow(
        id=name,
        kind=kind.value,
        label=KINDS[kind].label,
        unit=unit,
        state=state.value,
        code=row.code if row else "",
        national_code=row.national_code if row else "",
        person=row.person if row else "",
        received_on=row.received_on if row else None,
        due_on=row.due_on if row else None,
        returned_on=row.returned_on if row else None,
        remedy=row.remedy if row else KINDS[kind].remedy,
    )
