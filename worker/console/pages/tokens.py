"""Mã truy cập: programs that read figures and lists by the API, each with a token of some units."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from worker.console.drawing import redirect, render
from worker.console.here import Here, Visit, needs, weighty
from worker.desk import tokens
from worker.desk.actor import Right
from worker.desk.refused import Refused
from worker.desk.tokens import NewToken

router = APIRouter(prefix="/quan-tri/ma-truy-cap")


@router.get("", dependencies=[needs(Right.ACCOUNTS)])
def every(here: Here) -> Response:
    return _page(here)


@router.post("", dependencies=[weighty(Right.ACCOUNTS)])
def make(
    here: Here, ten: Annotated[str, Form()] = "", don_vi: Annotated[str, Form()] = ""
) -> Response:
    """The token is there; its secret is shown this once, so it is drawn at once."""
    try:
        made = tokens.make(here.house, here.actor, ten, (don_vi,) if don_vi else ())
    except Refused as refused:
        return _page(here, error=refused)
    return _page(here, made=made)


@router.post("/{number}/het-hieu-luc", dependencies=[weighty(Right.ACCOUNTS)])
def end(here: Here, number: int) -> Response:
    tokens.end(here.house, here.actor, number)
    return redirect(here, "/quan-tri/ma-truy-cap", "Mã này không còn đọc được gì nữa.")


def _page(here: Visit, made: NewToken | None = None, error: Refused | None = None) -> Response:
    return render(
        here,
        "tokens.html",
        status=409 if error else 200,
        units=[
            (unit.code, unit.name)
            for unit in here.house.tables.units.all
            if unit.is_valid(here.today) and here.actor.sees(unit.code)
        ],
        tokens=tokens.all_of(here.house, here.actor),
        made=made,
        error=error,
    )
