"""Tổng quan: how many, whose fault, who does it by when, in ten seconds on a phone."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from worker.console.drawing import render
from worker.console.here import Here, needs
from worker.desk import front, scans
from worker.desk.actor import Right
from worker.desk.front import FrontPage

router = APIRouter(prefix="/tong-quan")


@router.get("", dependencies=[needs(Right.VIEW)])
def overview(here: Here) -> Response:
    found = front.front_page(here.house, here.actor, here.units)
    stacks = scans.to_approve(here.house, here.actor, here.units)
    return render(here, "overview.html", found=found, chart=_chart(found), stacks=stacks)


def _chart(found: FrontPage) -> str:
    """The line of a chart of 300 × 60; nothing of less than two runs."""
    points = found.trend
    if len(points) < 2:
        return ""
    top = max(point.open for point in points) or 1
    step = 300 / (len(points) - 1)
    return " ".join(
        f"{at * step:.0f},{58 - 56 * point.open / top:.0f}" for at, point in enumerate(points)
    )
