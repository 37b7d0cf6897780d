"""The national portal behind its adapter, on loopback: look-ups by code, its own ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.simulators.web import Reply, Request, Simulator

LOGIN_PATH = "/XrdAdapter/RestService/forward/mapi/login"
SHARE_PATH = "/XrdAdapter/RestService/forward/mapi/g"
DSTCODE = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
USER, PASSWORD, MADONVI = "doisoat", "mat-khau-bi-mat-cong", "000.00.00.H11"
READ_SERVICES = frozenset({"TraCuuHoSo"})


@dataclass(frozen=True, slots=True)
class Copy:
    """The portal's copy of a dossier."""

    code: str
    status: int = 4
    applicant: str = "Nguyễn Văn Mẫu"
    applicant_id: str = "000000001"  # what some software sends where it has none
    unit: str = "UBND Xã Sông Trà"
    procedure_code: str = "1.001193.000.00.00.H11"
    subject_line: str = ""
    received_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None
    returned_on: date | None = None


@dataclass
class Portal(Simulator):
    """``names`` renames fields, as a site may; ``text_codes`` gives error codes as text."""

    copies: list[Copy] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    text_codes: bool = False
    delay: float = 0.0

    def __post_init__(self) -> None:
        Simulator.__init__(self, latency=self.delay)
        self.sessions: set[str] = set()

    def is_read(self, request: Request) -> bool:
        """A POST writes unless it is the login or a service that reads by its name."""
        if request.path == LOGIN_PATH:
            return True
        return request.path == SHARE_PATH and request.json().get("service") in READ_SERVICES

    def expire(self) -> None:
        self.sessions.clear()

    def reply(self, request: Request) -> Reply:
        sent = request.query.get("dstcode") or request.headers.get("dstcode")
        if request.method != "POST" or sent != DSTCODE:
            return Reply({"error_code": self._code(-1), "message": "dstcode"}, 400)
        body = request.json()
        if request.path == LOGIN_PATH:
            return self._login(body)
        if request.path != SHARE_PATH:
            raise LookupError(request.path)
        if body.get("session") not in self.sessions:
            return Reply({"error_code": self._code(-3), "message": "Phiên làm việc đã hết hạn"})
        if body.get("service") not in READ_SERVICES or body.get("madonvi") != MADONVI:
            return Reply({"error_code": self._code(-1), "message": "Sai tham số"})
        found = [copy for copy in self.copies if copy.code == body["mahoso"]]
        return Reply(
            {"result": [self._item(copy) for copy in found], "error_code": self._code(0)},
            served=tuple(copy.code for copy in found),
        )

    def _login(self, body: dict[str, str]) -> Reply:
        if (body.get("username"), body.get("password")) != (USER, PASSWORD):
            return Reply({"error_code": self._code(1), "message": "Sai tài khoản"})
        session = secrets.token_hex(16)
        self.sessions.add(session)
        return Reply({"session": session, "error_code": self._code(0)})

    def _code(self, number: int) -> int | str:
        return f"{number}" if self.text_codes else number

    def _item(self, copy: Copy) -> dict[str, Any]:
        item = {
            "MaHoSo": copy.code,
            "MaTTHC": copy.procedure_code,
            "TenTTHC": "Đăng ký khai sinh",
            "ChuHoSo": copy.applicant,
            "SoGiayToChuHoSo": "",
            "DinhDanhCHS": [{"LoaiDinhDanh": "2", "SoDinhDanh": copy.applicant_id}],
            "TrichYeuHoSo": copy.subject_line,
            "KenhThucHien": "2",
            "DonViXuLy": copy.unit,
            "TrangThaiHoSo": f"{copy.status}",
            "NgayTiepNhan": stamp(copy.received_on, "081500"),
            "NgayHenTra": stamp(copy.due_on, "170000"),
            "NgayKetThucXuLy": stamp(copy.finished_on, "100000"),
            "NgayTra": stamp(copy.returned_on, "235959"),
        }
        return {self.names.get(name, name): value for name, value in item.items()}


def stamp(day: date | None, clock: str) -> str:
    return "" if day is None else f"{day:%Y%m%d}{clock}"
