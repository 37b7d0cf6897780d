"""Độ phủ: unit × week of each source, proven, partial or silent; a click opens the files."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter
from fastapi.responses import Response

from worker.console.drawing import render
from worker.console.here import Here, Visit, needs
from worker.desk import coverage
from worker.desk.actor import Right, Unseen

router = APIRouter(prefix="/do-phu")


@router.get("", dependencies=[needs(Right.VIEW)])
def calendar(here: Here) -> Response:
    """A quarter of weeks of one source."""
    sources = coverage.sources(here.house)
    source = here.request.query_params.get("nguon") or (sources[0][0] if sources else "")
    if source not in dict(sources):
        raise Unseen(source)
    first = _day(here, "tu") or coverage.newest_quarter(here.house, here.actor, source, here.today)
    found = coverage.calendar(here.house, here.actor, source, first, here.units)
    step = timedelta(weeks=coverage.WEEKS)
    return render(
        here,
        "coverage_calendar.html",
        calendar=found,
        sources=sources,
        earlier=found.mondays[0] - step,
        later=found.mondays[0] + step,
    )


@router.get("/tep", dependencies=[needs(Right.VIEW)])
def files(here: Here) -> Response:
    """The files of one cell of the calendar."""
    asked = here.request.query_params
    source, unit = asked.get("nguon", ""), asked.get("cua", "")
    monday = _day(here, "tuan")
    if monday is None or source not in dict(coverage.sources(here.house)):
        raise Unseen(source)
    return render(
        here,
        "coverage_files.html",
        files=coverage.files_of(here.house, here.actor, source, unit, monday),
        source=dict(coverage.sources(here.house))[source],
        back=source,
        unit=here.house.tables.units.name(unit),
        monday=monday,
        sunday=monday + timedelta(days=6),
    )


def _day(here: Visit, name: str) -> date | None:
    try:
        return date.fromisoformat(here.request.query_params.get(name, ""))
    except ValueError:
        return None
