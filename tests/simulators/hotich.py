"""The civil-status system behind a sharing gateway: asked by POST, three codes at most."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.web import Reply, Request, Simulator

ASK_PATH = "/hotich/1.0/trangThai"
USER, PASSWORD, PROVINCE = "doisoat", "mat-khau-bi-mat-ho-tich", "60"


@dataclass
class Hotich(Simulator):
    """``rows`` by own code, as they go over the wire."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    READS_BY_POST = (ASK_PATH,)

    def __post_init__(self) -> None:
        Simulator.__init__(self)

    def reply(self, request: Request) -> Reply:
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {token}":
            return Reply({"error": "unauthorized"}, 401)
        if request.path != ASK_PATH or request.method != "POST":
            raise LookupError(request.path)
        asked = request.json()
        if len(asked["maDinhDanhHoSo"]) > 3 or asked["maTinh"] != PROVINCE:
            return Reply({"status": 0, "statusDescription": "Tham số không hợp lệ"})
        found = [self.rows[code] for code in asked["maDinhDanhHoSo"] if code in self.rows]
        if not found:
            return Reply({"status": 0, "statusDescription": "Hồ sơ không tồn tại", "value": None})
        served = tuple(row["maHoSoMCDT"] for row in found)
        return Reply({"status": 1, "statusDescription": "", "value": found}, served=served)
