"""The words and codes of each software for the ten states of a dossier (TrangThaiHoSo)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.complaints import nearest
from config.csvfile import Row, TableColumn, TableReader
from config.folding import fold
from config.sources import KINDS
from reconcile.claims import Status
from reconcile.figures.standing import Treatment

COLUMNS = (
    TableColumn("kind", ("source kind", "source_kind", "loại nguồn", "nguồn"), needed=True),
    TableColumn(
        "raw", ("raw code or name", "mã hoặc tên", "mã", "tên", "trạng thái gốc"), needed=True
    ),
    TableColumn("status", ("TrangThaiHoSo", "trạng thái"), needed=True),
    TableColumn("ii06a", ("ii06a column", "cột ii06a", "cột II.06a")),
    TableColumn("note", ("ghi chú",)),
)
EVERY_KIND = "*"
#: Kinds whose numbers are those of TrangThaiHoSo; others number their states themselves.
_TEN_CODES = frozenset({"export", "sql", "dvcqg"})
_IN_TIME_OR_NOT = re.compile(r"\b(?:dung|truoc|som|tre|qua|trong|con)\s+han\b")
_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[-–.:)]\s*(\D.*)$")


@dataclass(slots=True)
class Statuses:
    """Every known word and code, by source kind."""

    known: Mapping[tuple[str, str], Status] = field(default_factory=dict)
    ii06a: Mapping[tuple[str, Status], str] = field(default_factory=dict)
    _answers: dict[tuple[str, str], Status] = field(default_factory=dict)

    def status(self, kind: str, raw: str) -> Status:
        """The state that a raw code or name means in a source of this kind; else UNKNOWN."""
        key = (kind, raw)
        if key not in self._answers:
            self._answers[key] = self._read(kind, raw)
        return self._answers[key]

    def _read(self, kind: str, raw: str) -> Status:
        numbered = _NUMBERED.match(raw)
        if numbered:
            return self._agreed(kind, numbered[1], numbered[2])
        plain = fold(raw.strip().removesuffix(".0"))
        shorter = (
            plain,
            " ".join(_IN_TIME_OR_NOT.sub(" ", plain).split()),
            fold(re.sub(r"\(.*?\)", " ", raw)),
            re.sub(r" \d+$", "", plain) if not plain.isdigit() else plain,  # "processing_200"
        )
        for text in shorter:
            status = self._look_up(kind, text)
            if status is not Status.UNKNOWN:
                return status
        return Status.UNKNOWN

    def _agreed(self, kind: str, number: str, name: str) -> Status:
        """``"4 - Đang xử lý"``: the name counts; a number that says otherwise makes it unknown."""
        by_name = self._read(kind, name)
        by_number = self._look_up(kind, number.lstrip("0"))
        if by_name is Status.UNKNOWN or by_number in (Status.UNKNOWN, by_name):
            return by_name or by_number
        return Status.UNKNOWN

    def _look_up(self, kind: str, text: str) -> Status:
        if not text:
            return Status.UNKNOWN
        for one in (kind, EVERY_KIND):
            if (one, text) in self.known:
                return self.known[one, text]
        if kind in _TEN_CODES and text.isdigit() and 1 <= int(text) <= 10:
            return Status(int(text))
        return Status.UNKNOWN


def build(defaults: TableReader, own: TableReader | None) -> Statuses:
    """The shipped table with the office's lines over it."""
    known: dict[tuple[str, str], Status] = {}
    ii06a: dict[tuple[str, Status], str] = {}
    for sheet in (defaults, own):
        for row in sheet.rows if sheet else ():
            _take_in(row, known, ii06a)
    return Statuses(known, ii06a)


def _take_in(
    row: Row, known: dict[tuple[str, str], Status], ii06a: dict[tuple[str, Status], str]
) -> None:
    kind, raw = row["kind"].lower() or EVERY_KIND, fold(row["raw"])
    if kind != EVERY_KIND and kind not in KINDS:
        row.problem(f"cột kind: không có loại nguồn «{kind}»; gần nhất là «{nearest(kind, KINDS)}»")
        return
    if not raw:
        row.problem("thiếu mã hoặc tên trạng thái của phần mềm (raw)")
        return
    number = row["status"]
    if not number.isdigit() or not 0 <= int(number) <= 10:
        row.problem(f"cột status: «{number}» không phải là số từ 0 đến 10 (0: chưa rõ)")
        return
    status = Status(int(number))
    known[kind, raw] = status
    if row["ii06a"]:
        _fix_column(row, kind, status, ii06a)


def _fix_column(row: Row, kind: str, status: Status, ii06a: dict[tuple[str, Status], str]) -> None:
    columns = [one.value for one in Treatment]
    if row["ii06a"] not in columns:
        close = nearest(row["ii06a"], columns)
        row.problem(
            f"cột ii06a: không có «{row['ii06a']}»; gần nhất là «{close}» "
            f"(có: {', '.join(columns)})"
        )
        return
    for one in KINDS if kind == EVERY_KIND else (kind,):
        before = ii06a.setdefault((one, status), row["ii06a"])
        if before != row["ii06a"]:
            row.problem(f"trạng thái {status.value} của nguồn {one} đã xếp vào cột «{before}»")
            return
