"""A VNPT iGate 2 on loopback: Keycloak token, Spring pages, dates in UTC, its own ledger."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any

from tests.simulators.web import Reply, Request, Simulator

VIETNAM = timezone(timedelta(hours=7))
TOKEN_PATH = "/auth/realms/digo/protocol/openid-connect/token"
SEARCH_PATH = "/pa/dossier/search"
LOG_PATH = "/ad/api/lienthongDVCLT/getLog"
USER, PASSWORD, CLIENT = "doisoat", "mat-khau-bi-mat-igate", "test-public"


@dataclass(frozen=True, slots=True)
class Row:
    """A dossier as the software keeps it."""

    id: str
    code: str
    agency: str = "a1"
    unit: str = "UBND Xã Sông Trà"
    nation_code: str = ""
    status: str = "Đang xử lý"
    applicant: str = "Nguyễn Văn Mẫu"
    applicant_id: str = ""
    subject: str = ""
    subject_id: str = ""  # of a deceased
    sex: str = ""
    mother: str = ""
    mother_born: str = ""
    father: str = ""
    birth_date: str = ""
    died_on: date | None = None
    procedure_code: str = "1.001193"
    procedure: str = "Đăng ký khai sinh"
    kind: str = "KS"
    channel: str = "Trực tiếp"
    received_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None
    returned_on: date | None = None
    updated: datetime = datetime(2024, 1, 2, tzinfo=UTC)


@dataclass
class Igate(Simulator):
    """``rows`` may be changed while it serves; ``between`` is called before each page."""

    rows: list[Row] = field(default_factory=list)
    between: Callable[[int], None] = lambda _page: None
    token_seconds: float = 300.0
    filters: bool = True  # False: it does not understand the filter by reception date
    #: What the hub was told of a dossier, by its national code: step, moment, the hub's answer.
    trails: dict[str, list[tuple[int, datetime, dict[str, Any]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Simulator.__init__(self)
        self.tokens: set[str] = set()
        self._numbers = itertools.count(1)

    READS_BY_POST = (TOKEN_PATH,)

    def expire(self) -> None:
        """Every session is over."""
        self.tokens.clear()

    def change(self, code: str, updated: datetime, **facts: Any) -> None:
        self.rows = [
            replace(row, updated=updated, **facts) if row.code == code else row for row in self.rows
        ]

    def reply(self, request: Request) -> Reply:
        if request.path == TOKEN_PATH:
            return self._token(request)
        if request.path not in (SEARCH_PATH, LOG_PATH):
            raise LookupError(request.path)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply({"error": "invalid_token"}, 401)
        return self._page(request) if request.path == SEARCH_PATH else self._log(request)

    def _log(self, request: Request) -> Reply:
        """Newest first; what was sent is an object or JSON in text, as versions differ."""
        code = request.query["nationCode"]
        told = sorted(self.trails.get(code, []), key=lambda one: one[1], reverse=True)
        lines = []
        for number, (step, at, answer) in enumerate(told):
            sent = {"trangThai": step, "soHoSoLT": code, "maTTHC": "2.000986"}
            stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"
            body = json.dumps(sent) if number % 2 else sent
            lines.append({"callTime": stamp, "requestBody": body, "responseBody": answer})
        return Reply({"content": lines, "last": True}, served=(code,))

    def _token(self, request: Request) -> Reply:
        form = request.form()
        known = {"username": USER, "password": PASSWORD, "client_id": CLIENT}
        if any(form.get(name) != value for name, value in known.items()):
            return Reply({"error": "invalid_grant"}, 401)
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return Reply({"access_token": token, "expires_in": self.token_seconds})

    def _page(self, request: Request) -> Reply:
        number, size = int(request.query["page"]), int(request.query["size"])
        self.between(number)
        agency = request.query.get("ancestor-agency-id", "")
        code = request.query.get("code", "")
        rows = [
            row
            for row in self.rows
            if agency in ("", row.agency) and code in ("", row.code, row.nation_code)
        ]
        if self.filters and "accepted-from" in request.query:
            first, last = (moment(request.query[f"accepted-{end}"]) for end in ("from", "to"))
            rows = [row for row in rows if row.received_on and first <= midnight(row) <= last]
        rows.sort(key=lambda row: (row.updated, row.id), reverse=True)
        shown = rows[number * size : (number + 1) * size]
        body: dict[str, Any] = {
            "content": [item(row, spoken=index % 2 == 0) for index, row in enumerate(shown)],
            "number": number,
            "size": size,
            "last": (number + 1) * size >= len(rows),
            "pageable": {"pageNumber": number},
        }
        if request.query.get("spec") == "page":
            body |= {"totalElements": len(rows), "totalPages": -(-len(rows) // size)}
        return Reply(body, served=tuple(row.code for row in shown))


def moment(text: str) -> datetime:
    """As the filters of the list write it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z").replace(tzinfo=UTC)


def midnight(row: Row) -> datetime:
    """When the day began on which the dossier was accepted."""
    assert row.received_on is not None
    return datetime.combine(row.received_on, time.min, VIETNAM).astimezone(UTC)


@lru_cache(maxsize=200_000)
def item(row: Row, *, spoken: bool = True) -> dict[str, Any]:
    """One dossier on the wire; names as text or as a list of languages."""

    def name(text: str) -> Any:
        english = {"languageId": 46, "name": "In English"}
        return text if spoken else [english, {"languageId": 228, "name": text}]

    return {
        "id": row.id,
        "code": row.code,
        "nationCode": row.nation_code or None,
        "dossierStatus": {"id": 2, "name": name(row.status)},
        "dossierTaskStatus": {"id": "60ebf17309cbf91d41f87f8e", "name": name(row.status)},
        "applicant": {"data": {"fullname": row.applicant, "identityNumber": row.applicant_id}},
        "procedure": {"code": row.procedure_code, "translate": {"name": name(row.procedure)}},
        "agency": {"id": row.agency, "code": "000.00.00.H11", "name": name(row.unit)},
        "applyMethod": {"id": 1, "name": name(row.channel)},
        "appliedDate": utc(row.received_on),
        "acceptedDate": utc(row.received_on),
        "appointmentDate": local(row.due_on),
        "completedDate": utc(row.finished_on),
        "returnedDate": utc(row.returned_on),
        "updatedDate": f"{row.updated.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000",
        "eForm": {"data": {"loaiHTTP": row.kind, **(_death(row) if row.died_on else _birth(row))}},
    }


def _birth(row: Row) -> dict[str, str]:
    """The fields of the civil-status form of a child."""
    return {
        "nksHoTen": row.subject,
        "nksNgaySinh": row.birth_date,
        "nksGioiTinh": row.sex,
        "meHoTen": row.mother,
        "meNgaySinh": row.mother_born,
        "chaHoTen": row.father,
    }


def _death(row: Row) -> dict[str, str]:
    """The fields of the civil-status form of a deceased."""
    return {
        "nktHoTen": row.subject,
        "nktNgaySinh": row.birth_date,
        "nktGioiTinh": row.sex,
        "nktSoGiayToTuyThan": row.subject_id,
        "nktNgayChet": f"{row.died_on:%d.%m.%Y}",
    }


def utc(day: date | None) -> str | None:
    """Midnight in Viet Nam, as UTC: the date that one reads is the day before."""
    if day is None:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"


def local(day: date | None) -> str | None:
    return None if day is None else f"{day:%Y-%m-%d}T17:00:00.000+0700"


def rows(count: int, *, agency: str = "a1", first: date = date(2024, 1, 2)) -> list[Row]:
    """Invented dossiers, each changed six hours after the one before."""
    start = datetime(first.year, first.month, first.day, 1, tzinfo=UTC)
    return [
        Row(
            id=f"{agency}{number:022x}",
            code=f"H11.08-{first + timedelta(days=number // 40):%y%m%d}-{number:04d}",
            agency=agency,
            nation_code=f"G22.99.09-{first:%y%m%d}-{number:04d}" if number % 3 == 0 else "",
            subject=f"Trần Thị Mẫu {_letters(number)}",
            received_on=first + timedelta(days=number // 40),
            due_on=first + timedelta(days=number // 40 + 1),
            updated=start + timedelta(hours=6 * number),
        )
        for number in range(count)
    ]


def _letters(number: int) -> str:
    syllables: Sequence[str] = ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Lan", "Mai", "Nga")
    return " ".join(syllables[(number // 9**place) % 9] for place in range(3))
