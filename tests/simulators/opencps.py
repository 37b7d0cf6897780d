"""An OpenCPS 2 on loopback: its REST list of dossiers, days as local text."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.web import Reply, Request, Simulator

LIST_PATH = "/o/rest/v2/dossiers"
USER, PASSWORD, GROUP = "doisoat", "mat-khau-bi-mat-opencps", "55301"


@dataclass
class Opencps(Simulator):
    """``rows`` are items of the list as they go over the wire, any order."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        Simulator.__init__(self)

    def reply(self, request: Request) -> Reply:
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {token}":
            return Reply({"error": "unauthorized"}, 401)
        if request.path != LIST_PATH or request.headers.get("groupid") != GROUP:
            raise LookupError(request.path)
        rows = sorted(self.rows, key=lambda row: _order(row["modifiedDate"]), reverse=True)
        shown = rows[int(request.query["start"]) : int(request.query["end"])]
        served = tuple(row["dossierNo"] for row in shown)
        return Reply({"total": len(rows), "data": shown}, served=served)


def _order(text: str) -> tuple[str, str]:
    day, _, clock = text.partition(" ")
    return "".join(reversed(day.split("/"))), clock
