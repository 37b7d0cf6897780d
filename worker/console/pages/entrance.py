"""The way in: the first page of whoever is signed in."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from worker.console import menu
from worker.console.drawing import render
from worker.console.here import Here, for_everybody

router = APIRouter()


@router.get("/", dependencies=[for_everybody])
def first(here: Here) -> Response:
    """On to the first page that the role may use."""
    for entry in menu.entries(here.request.app, here.actor):
        return RedirectResponse(entry.path, 303)
    return render(here, "first.html")
