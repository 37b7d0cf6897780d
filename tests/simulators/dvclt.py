"""The hub of linked services on loopback: token, list, detail with JSON and XML inside."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from tests.simulators.web import Reply, Request, Simulator

TOKEN_PATH, LIST_PATH = "/api/token", "/api/danh-sach"
DETAIL_PATH = "/api/lienthongdvclt/hosolienthong/"
USER, PASSWORD = "doisoat", "mat-khau-bi-mat-hub"


@dataclass
class Hub(Simulator):
    """``items`` of the list, and the form of each by its id."""

    items: list[dict[str, Any]] = field(default_factory=list)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)

    READS_BY_POST = (TOKEN_PATH,)

    def __post_init__(self) -> None:
        Simulator.__init__(self)
        self.tokens: set[str] = set()

    def expire(self) -> None:
        self.tokens.clear()

    def reply(self, request: Request) -> Reply:
        if request.path == TOKEN_PATH:
            if request.json() != {"userName": USER, "password": PASSWORD}:
                return Reply({"title": "Unauthorized", "status": 401}, 401)
            token = secrets.token_hex(16)
            self.tokens.add(token)
            return Reply({"token": token, "refreshToken": "r", "refreshTokenExpiryTime": ""})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply({"title": "Unauthorized", "status": 401}, 401)
        if request.path == LIST_PATH:
            return Reply({"data": self.items})
        name = request.path.removeprefix(DETAIL_PATH)
        if name not in self.forms:
            raise LookupError(request.path)
        fields = "".join(f"<{tag}>{escape(said)}</{tag}>" for tag, said in self.forms[name].items())
        inner = {"data": f"<hoSo><hoTich>{fields}</hoTich></hoSo>", "fileDinhKem": []}
        return Reply({"data": {"data": json.dumps(inner)}}, served=(name,))
