"""S7, soi xét: what an inspector looks at, of one period and unit; read only."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from worker.console.drawing import render
from worker.console.here import Here, needs
from worker.desk import inspection, periods
from worker.desk.actor import Right, Unseen
from worker.desk.refused import Refused

router = APIRouter(prefix="/soi-xet")

#: Lines of the log on one page.
PAGE = 50


@router.get("", dependencies=[needs(Right.INSPECT)])
def look(here: Here, ky: str = "") -> Response:
    """A period to look at; the newest with figures or a run where none is named."""
    choices = periods.choices(here.house, here.actor)
    name = ky or next((one for one in choices if one.state), choices[0]).name
    try:
        found = inspection.inspect(here.house, here.actor, name, here.units)
    except Refused as error:
        raise Unseen(name) from error
    return render(here, "inspecting.html", found=found, choices=choices)


@router.get("/cap", dependencies=[needs(Right.INSPECT)])
def pairs(here: Here, nguoi: str = "", cung: bool = True) -> Response:
    """The pairs that a person answered so."""
    found = inspection.answered_pairs(here.house, here.actor, nguoi, same=cung, units=here.units)
    return render(here, "inspecting_pairs.html", found=found, who=nguoi, same=cung)


@router.get("/ho-ten", dependencies=[needs(Right.INSPECT)])
def names(here: Here, sau: int = 0) -> Response:
    """Who was shown whole names."""
    found = inspection.who_saw_names(here.house, here.actor, before=sau, limit=PAGE + 1)
    after = found[PAGE - 1].number if len(found) > PAGE else ""
    return render(here, "inspecting_names.html", found=found[:PAGE], after=after)
