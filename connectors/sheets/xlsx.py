"""Workbooks: .xlsx and .xlsm (zip of XML), .xls (OLE), read with calamine.

calamine is fast and knows neither fonts nor hidden rows: those two are looked up in the XML
(``marks.py``) or in the records (``biff.py``), so that every file is read with the same parser.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator

import python_calamine as calamine

from connectors.sheets import biff, marks
from connectors.sheets.batches import MAX_COLUMNS, MAX_SHEETS, Struck, batches, tidy
from connectors.sheets.marks import Marks
from connectors.sheets.messages import (
    UNCALCULATED,
    Cell,
    End,
    FileHead,
    Message,
    Sheet,
    Unreadable,
)

MAX_ENTRIES = 2000
UNPACKED_FLOOR = 200 << 20  # declared bytes after unpacking that any file may have
UNPACKED_PER_BYTE = 40  # an honest large export unpacks to some 10 times its size
MAX_RATIO = 200
RATIO_FLOOR = 1 << 20
MAX_MERGES = 200_000


def read(content: bytes, digest: str, only: str, unpacked: int) -> Iterator[Message]:
    """An .xlsx or .xlsm."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as broken:
        raise Unreadable("cut") from broken
    check_archive(archive, min(unpacked, max(UNPACKED_FLOOR, UNPACKED_PER_BYTE * len(content))))
    try:
        book = marks.Parts(archive)
    except (zipfile.BadZipFile, EOFError, KeyError, OSError) as broken:
        raise Unreadable("cut") from broken
    yield FileHead("xlsx", digest, date1904=book.date1904)
    yield from _sheets(content, only, book.marks)


def read_ole(content: bytes, digest: str, only: str) -> Iterator[Message]:
    """An .xls, or the envelope in which Excel locks an .xlsx with a password."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Unreadable("encrypted")
    if biff.is_locked(content):
        raise Unreadable("encrypted")
    yield FileHead("xls", digest)
    found = biff.marks(content)
    yield from _sheets(content, only, lambda name: found.get(name, Marks()))


def check_archive(archive: zipfile.ZipFile, most: int) -> None:
    """Refuse bombs and things that are no workbook before anything is unpacked."""
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES or len(names) != len(entries):
        raise Unreadable("bomb")
    if sum(entry.file_size for entry in entries) > most:
        raise Unreadable("bomb")
    for entry in entries:
        if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.split("/"):
            raise Unreadable("not_workbook")
        if entry.file_size > RATIO_FLOOR and entry.file_size > MAX_RATIO * entry.compress_size:
            raise Unreadable("bomb")
        if entry.flag_bits & 1:
            raise Unreadable("encrypted")
    if any(name.endswith("xl/workbook.bin") for name in names):
        raise Unreadable("xlsb")
    if not any(name.endswith("workbook.xml") for name in names):
        raise Unreadable("not_workbook")


def _sheets(content: bytes, only: str, look_up: Callable[[str], Marks]) -> Iterator[Message]:
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError as locked:
        raise Unreadable("encrypted") from locked
    except calamine.CalamineError as broken:
        raise Unreadable("broken") from broken
    metadata = [
        sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if len(metadata) > MAX_SHEETS:
        raise Unreadable("too_many_sheets", str(MAX_SHEETS))
    if only and only not in [sheet.name for sheet in metadata]:
        raise Unreadable("no_such_sheet", only)
    total = 0
    for sheet in metadata:
        if only and sheet.name != only:
            continue
        for message in _sheet(workbook, sheet, look_up):
            total += len(getattr(message, "rows", ()))
            yield message
    yield End(total)


def _sheet(
    workbook: calamine.CalamineWorkbook,
    sheet: calamine.SheetMetadata,
    look_up: Callable[[str], Marks],
) -> Iterator[Message]:
    try:
        marked = look_up(sheet.name)
    except (zipfile.BadZipFile, EOFError, OSError) as broken:
        raise Unreadable("cut") from broken
    try:
        cells = workbook.get_sheet_by_name(sheet.name)
    except calamine.CalamineError as broken:
        raise Unreadable("broken") from broken
    merges = list(cells.merged_cell_ranges or ())[:MAX_MERGES]
    yield Sheet(
        name=sheet.name,
        hidden=sheet.visible != calamine.SheetVisibleEnum.Visible,
        hidden_rows=marked.hidden_rows,
        uncalculated=marked.uncalculated,
        merges=[(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in merges],
    )
    rows = _rows(cells)
    if marked.not_calculated:
        rows = _with_uncalculated(rows, marked.not_calculated)
    yield from batches(rows, marked.fonts, marked.struck)


def _rows(cells: calamine.CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    # iter_rows begins at Excel's first row and column whatever the used range is.
    for number, values in enumerate(cells.iter_rows(), 1):
        row = tidy(values)
        if row:
            yield number, row


def _with_uncalculated(
    rows: Iterator[tuple[int, list[Cell]]], places: Struck
) -> Iterator[tuple[int, list[Cell]]]:
    """A formula without a value looks like an empty cell; it is marked as none."""
    by_row: dict[int, list[int]] = {}
    for number, column in places:
        if column < MAX_COLUMNS:
            by_row.setdefault(number, []).append(column)
    for number, row in rows:
        for column in by_row.get(number, ()):
            row.extend([None] * (column + 1 - len(row)))
            if row[column] is None:
                row[column] = UNCALCULATED
        yield number, row
