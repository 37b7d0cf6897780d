"""The blind sheets of a check: one a unit, in shelf order, for two checkers with a pen.

A sheet shows where to look and never what we found: no date and no column of ours. It is typed back
from the same file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from reconcile.claims import Procedure
from reconcile.figures.frozen import Placed
from reconcile.labels import PROCEDURES
from worker import words
from worker.reports.quick_rows import LinesWorksheet
from worker.reports.sheets import SheetColumn, SheetWriter, Styles

NAME = "Phiếu kiểm tra"
#: What the reader looks for when a sheet comes back.
REGISTERED, RETURNED, SEEN, KEY = "Ngày vào sổ", "Ngày trả kết quả", "Kết quả tìm", "Khóa"
FIRST, SECOND = "Người kiểm tra thứ nhất:", "Người kiểm tra thứ hai:"
PENDING, MISSING = "Chưa trả", "Không tìm thấy"
_HOW = (
    "Tìm từng hồ sơ trong sổ gốc hoặc hồ sơ giấy. Tìm thấy: ghi ngày vào sổ và ngày trả kết quả "
    "đúng như sổ ghi, theo dạng 05/03/2024. Hồ sơ giấy còn đó, chưa có ngày nào: ghi "
    f"“{PENDING}” ở cột “{SEEN}”. "
    f"Không thấy, rách mất hoặc không có ngày: ghi “{MISSING}”. Không được thay bằng hồ sơ khác."
)


#: Room for a name, written by hand or typed over.
_DOTS = "…" * 30


@dataclass(frozen=True, slots=True)
class BlindSheet:
    """The drawn dossiers of one unit, and what stands above them."""

    unit: str
    period: str
    check: str
    seed: str
    manifest_hash: str
    dossiers: tuple[Placed, ...]
    proves: tuple[str, ...] = ()  # what the whole check proves if no paper contradicts


def sheets(
    drawn: Iterable[Placed],
    names: Mapping[str, str],
    *,
    period: str,
    check: str,
    seed: str,
    manifest_hash: str,
    proves: tuple[str, ...] = (),
) -> tuple[BlindSheet, ...]:
    """One sheet a unit, each in shelf order (book, number, page as the proof names them, code)."""
    units: dict[str, list[Placed]] = {}
    for one in drawn:
        units.setdefault(one.unit, []).append(one)
    return tuple(
        BlindSheet(
            names.get(unit) or unit or "Chưa rõ đơn vị",
            period,
            check,
            seed,
            manifest_hash,
            tuple(
                sorted(units[unit], key=lambda one: (words.natural(one.proof), one.code, one.key))
            ),
            proves,
        )
        for unit in sorted(units)
    )


def write(sheet: BlindSheet, path: Path) -> None:
    """Write the sheet as a workbook that prints on A4, landscape."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet(NAME, worksheet_class=LinesWorksheet)
        _draw(SheetWriter(page, Styles(book), columns=len(_COLUMNS)), sheet)


def _draw(on: SheetWriter, sheet: BlindSheet) -> None:
    printed = len(_COLUMNS) - 1
    on.set_up([column.width for column in _COLUMNS], printed=printed)
    count = words.number(len(sheet.dossiers))
    on.heading(
        "Phiếu kiểm tra hồ sơ với sổ gốc",
        [f"{sheet.unit} – kỳ {sheet.period} – {count} hồ sơ"],
    )
    on.paragraph(_HOW)
    on.paragraph(
        f"Cuộc kiểm tra {sheet.check}. Số gieo {sheet.seed}. Mã băm của danh sách chốt: "
        f"{sheet.manifest_hash}.",
        on.styles.note,
    )
    for text in sheet.proves:
        on.paragraph(text, on.styles.note)
    on.paragraph(f"{FIRST} {_DOTS}")
    on.paragraph(f"{SECOND} {_DOTS}")
    on.down()
    on.header(_COLUMNS, height=32)
    first = on.row
    on.table(_COLUMNS, sheet.dossiers)
    seen = next(place for place, column in enumerate(_COLUMNS) if column.title == SEEN)
    choices = {"validate": "list", "source": [PENDING, MISSING], "ignore_blank": True}
    on.page.data_validation(first, seen, on.row - 1, seen, choices)
    on.page.print_area(0, 0, on.row + 8, printed - 1)
    on.signatures(["Người kiểm tra thứ nhất", "Người kiểm tra thứ hai", "Người chứng kiến"])


def _procedure(one: Placed) -> str:
    return PROCEDURES.get(Procedure(one.procedure), "") if one.procedure else ""


def _blank(_: Any) -> str:
    return ""


_COLUMNS: tuple[SheetColumn, ...] = (
    SheetColumn("STT", 5, _blank),
    SheetColumn("Mã hồ sơ", 25, lambda one: one.code),
    SheetColumn("Thủ tục", 20, _procedure),
    SheetColumn("Sổ, quyển, số, trang", 28, lambda one: one.proof),
    SheetColumn(REGISTERED, 13, _blank, "center"),
    SheetColumn(RETURNED, 13, _blank, "center"),
    SheetColumn(SEEN, 15, _blank, "center"),
    SheetColumn("Ghi chú của người kiểm tra", 20, _blank),
    SheetColumn(KEY, 20, lambda one: one.key),
)
