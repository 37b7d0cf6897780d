"""``hotich``: the civil-status system of the Ministry of Justice, asked for three codes at a time.

What it proves is the registration: number, book, page and day. Wire facts: ``trangThai`` is a
number or text (1 waiting, 2 supplement, 3 processing, 4 registered, 6 refused, anything else: not
there); the result is JSON inside text; names may come in parts and dates as year, month, day.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from config.folding import fold
from config.office_tables import Tables
from config.sources import HotichSource
from connectors.connector import Codes, Memory
from connectors.errors import SourceGarbled, SourceRefused
from connectors.network.answers import inside, told
from connectors.network.lookups import Heard, Lookups
from connectors.network.transport import Ask, Patience, Transport, by_json
from connectors.said import Said
from reconcile.claims import Procedure, Snapshot
from reconcile.text import codes

#: What the system calls the class of a dossier.
MODULES = {
    Procedure.BIRTH: "KS",
    Procedure.BIRTH_LINKED: "LTKS",
    Procedure.DEATH: "KT",
    Procedure.DEATH_LINKED: "LTKT",
}
THERE = frozenset({"1", "2", "3", "4", "6"})
REGISTERED = "4"
NOBODY = (Codes("H00-000000-0000", procedure=Procedure.BIRTH),)
NOT_THERE = ("khong ton tai", "khong tim thay", "khong co")


class Answered(msgspec.Struct, rename={"own": "maHoSoMCDT", "national": "maHoSoLT"}):
    """What is said of one dossier."""

    own: Any = None
    national: Any = None
    trangThai: Any = None  # noqa: N815 - wire names
    thoiGianThucHien: Any = None  # noqa: N815
    ketQuaXuLy: Any = None  # noqa: N815
    ghiChu: Any = None  # noqa: N815


class BatchAnswer(msgspec.Struct):
    status: int | str | bool
    value: list[Answered] | None = None
    statusDescription: Any = None  # noqa: N815


class HotichConnector:
    """Asks for the births and deaths that the office knows, a few codes at a time."""

    def __init__(
        self, source: HotichSource, tables: Tables, patience: Patience | None = None
    ) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """A snapshot a batch."""
        lookups = Lookups(self.source, self.tables, memory)
        groups = _grouped(lookups.codes, self.source.batch)
        source, budget = self.source, memory.budget
        with Transport(source, source.base_url, self.patience, budget) as transport:

            def heard(group: Sequence[Codes]) -> Heard:
                return group, self._ask(transport, group)

            if not groups:
                self._ask(transport, NOBODY)  # nothing to ask is no proof that it answers
            yield from lookups.snapshots(transport.all(groups, heard), len(groups))

    def knock(self) -> str:
        """Ask for a code that does not exist."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            self._ask(transport, NOBODY)
        return "Đăng nhập được; hệ thống chỉ tra từng mã, không có danh sách."

    def _ask(self, transport: Transport, group: Sequence[Codes]) -> list[Said]:
        answer = transport.answer(self._question(group), BatchAnswer)
        if told(answer.status) not in ("1", "true") and not answer.value:
            if any(word in fold(told(answer.statusDescription)) for word in NOT_THERE):
                return []
            raise SourceRefused("Hệ thống hộ tịch báo lỗi, không trả lời câu hỏi.")
        if answer.value is None:
            raise SourceGarbled("Hệ thống hộ tịch trả lời không có kết quả (value).", "value")
        ours = {codes.normal(code) for one in group for code in (one.own, one.national) if code}
        module = MODULES[group[0].procedure]
        return [
            _said(row, module)
            for row in answer.value
            if told(row.trangThai).strip() in THERE
            and ours & {codes.normal(told(row.own)), codes.normal(told(row.national))}
        ]

    def _question(self, group: Sequence[Codes]) -> Ask:
        body = {
            "maDinhDanhHoSo": [one.own for one in group],
            "maTinh": self.source.province,
            "module": MODULES[group[0].procedure],
        }
        url = f"{self.source.base_url}{self.source.path}"
        return by_json(url, body, Authorization=_basic(self.source))


def _basic(source: HotichSource) -> str:
    """Basic authorization, as the sharing gateways of the provinces use it."""
    secret = source.password.get_secret_value() if source.password else ""
    return f"Basic {base64.b64encode(f'{source.username}:{secret}'.encode()).decode()}"


def _grouped(wanted: Sequence[Codes], size: int) -> list[Sequence[Codes]]:
    """So many of one class a question, as nearly in the order of their worth as that allows."""
    groups: list[list[Codes]] = []
    filling: dict[Procedure, list[Codes]] = {}
    for one in wanted:
        if one.procedure not in MODULES:
            continue
        last = filling.get(one.procedure)
        if last is None or len(last) == size:
            last = filling[one.procedure] = []
            groups.append(last)
        last.append(one)
    return [tuple(group) for group in groups]


def _said(row: Answered, module: str) -> Said:
    result = _result(row.ketQuaXuLy)
    state = told(row.trangThai).strip()
    death = module.endswith("KT")
    who = "nkt" if death else "nks"

    def text(name: str) -> str:
        return _text(result.get(name))

    return Said(
        own_code=told(row.own),
        national_code=told(row.national),
        procedure_hint=module,
        subject=text(f"{who}HoTen"),
        subject_id=text("soDinhDanh") or text(f"{who}SoGiayTo"),
        birth_date=text(f"{who}NgaySinh"),
        death_date=text("nktNgayChet"),
        mother=text("meHoTen"),
        father=text("chaHoTen"),
        applicant=text("nycHoTen"),
        applicant_id=text("nycSoGiayTo"),
        registered_on=text("ngayDangKy"),
        finished_on=told(row.thoiGianThucHien) if state == REGISTERED else "",
        statuses=(state,),
        book=text("quyenSo"),
        number=text("soDangKy"),
        page=text("trangSo"),
        note=told(row.ghiChu),
    )


def _result(said: Any) -> Mapping[str, Any]:
    """An object, or JSON of one inside text; empty while nothing was registered."""
    try:
        said = inside(said)
    except ValueError:
        raise SourceGarbled("Kết quả hộ tịch không đọc được.", "ketQuaXuLy") from None
    return said if isinstance(said, Mapping) else {}


def _text(value: Any) -> str:
    """Plain, or in parts: a name as Ho, ChuDem, Ten; a date as namSinh, thangSinh, ngaySinh."""
    if isinstance(value, Mapping):
        if "namSinh" in value:
            parts = [value.get(name) for name in ("namSinh", "thangSinh", "ngaySinh")]
            return "-".join(told(part).zfill(2) for part in parts if part)
        return " ".join(told(value.get(name)).strip() for name in ("Ho", "ChuDem", "Ten"))
    return told(value)
