"""What calamine does not tell of an .xls: a password, hidden rows, legacy fonts, crossed-out cells.

Only the few records that say so are looked at ([MS-XLS] 2.4: BoundSheet8, Font, XF, Row and the
cells' XF index); the cells themselves come from calamine.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sheets.batches import Fonts, Struck
from connectors.sheets.marks import LEGACY, Marks

BOF, EOF = 0x0809, 0x000A
MOST_BEFORE_PASS = 30  # records; a password stands right after the first ones
FILE_PASS = 0x002F  # all that follows is encrypted
BOUND_SHEET, FONT, XF, ROW = 0x0085, 0x0031, 0x00E0, 0x0208
#: Cells that may hold text: Label, LabelSst, RString, Formula.
CELLS = frozenset({0x0204, 0x00FD, 0x00D6, 0x0006})
#: Any other cell: Number, RK, MulRk, Blank are dates and numbers.
NUMBERS = frozenset({0x0203, 0x027E})
ROW_HIDDEN = 0x20
STRUCK = 0x08  # of a font
MISSING_FONT = 4  # there is no font number 4; those above count one more
HEADER = struct.Struct("<HH")
LAST_SECTORS = 0xFFFFFFF8  # numbers from here on mark the end of a chain


@dataclass(frozen=True, slots=True)
class BiffRecord:
    """One record of the workbook stream."""

    kind: int
    data: bytes


def marks(content: bytes) -> dict[str, Marks]:
    """Marks by sheet name; what cannot be followed has none."""
    try:
        stream = workbook_stream(content)
        return _marks(stream) if stream else {}
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}  # calamine says what is broken


def is_locked(content: bytes) -> bool:
    """Whether the workbook has a password: its first records say so."""
    try:
        stream = workbook_stream(content)
        for count, record in enumerate(records(stream, 0)):
            if record.kind == FILE_PASS:
                return True
            if count > MOST_BEFORE_PASS:
                return False
    except (struct.error, IndexError):
        return False
    return False


def _marks(stream: bytes) -> dict[str, Marks]:
    names: dict[int, str] = {}
    fonts: list[str] = []
    crossing: set[int] = set()
    styles: list[int] = []
    for record in records(stream, 0):
        if record.kind == BOUND_SHEET:
            names[struct.unpack_from("<I", record.data)[0]] = _text(record.data[6:])
        elif record.kind == FONT:
            if record.data[2] & STRUCK:
                crossing.add(len(fonts))
            fonts.append(_text(record.data[14:]))
        elif record.kind == XF:
            styles.append(struct.unpack_from("<H", record.data)[0])
    known = [font - (font > MISSING_FONT) for font in styles]
    legacy = {
        style: fonts[font]
        for style, font in enumerate(known)
        if font < len(fonts) and LEGACY.match(fonts[font])
    }
    struck = {style for style, font in enumerate(known) if font in crossing}
    return {name: _sheet_marks(stream, at, legacy, struck) for at, name in names.items()}


def _sheet_marks(stream: bytes, at: int, legacy: dict[int, str], crossing: set[int]) -> Marks:
    hidden: list[int] = []
    fonts: Fonts = {}
    struck: Struck = set()
    for record in records(stream, at):
        if record.kind == ROW:
            number, flags = struct.unpack_from("<H10xH", record.data)
            if flags & ROW_HIDDEN:
                hidden.append(number + 1)
        elif (legacy or crossing) and (record.kind in CELLS or record.kind in NUMBERS):
            row, column, style = struct.unpack_from("<HHH", record.data)
            if style in legacy and record.kind in CELLS:
                fonts[row + 1, column] = legacy[style]
            if style in crossing:
                struck.add((row + 1, column))
    return Marks(_ranges(sorted(hidden)), fonts, struck=struck)


def records(stream: bytes, at: int) -> Iterator[BiffRecord]:
    """The records of one substream, its end left out; embedded charts are passed over."""
    depth = 0
    while at + HEADER.size <= len(stream):
        kind, length = HEADER.unpack_from(stream, at)
        data = stream[at + HEADER.size : at + HEADER.size + length]
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield BiffRecord(kind, data)
        at += HEADER.size + length


def workbook_stream(content: bytes) -> bytes:
    """The stream ``Workbook`` of an OLE file ([MS-CFB]); empty when it is too small or missing."""
    sector = 1 << struct.unpack_from("<H", content, 30)[0]
    first_folder = struct.unpack_from("<I", content, 48)[0]
    smallest = struct.unpack_from("<I", content, 56)[0]
    table = _table(content, sector)
    folder = _chain(content, table, first_folder, sector)
    for at in range(0, len(folder), 128):
        entry = folder[at : at + 128]
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace")
        start, size = struct.unpack_from("<II", entry, 116)
        if name in ("Workbook", "Book") and size >= smallest:
            return _chain(content, table, start, sector)[:size]
    return b""


def _table(content: bytes, sector: int) -> list[int]:
    """The table of sectors, put together from the list in the header and its continuation."""
    places = list(struct.unpack_from("<109I", content, 76))
    more, count = struct.unpack_from("<II", content, 68)
    for _ in range(min(count, len(content) // sector)):
        block = _sector(content, more, sector)
        *further, more = struct.unpack(f"<{sector // 4}I", block)
        places.extend(further)
    numbers: list[int] = []
    for place in places:
        if place < LAST_SECTORS:
            numbers.extend(struct.unpack(f"<{sector // 4}I", _sector(content, place, sector)))
    return numbers


def _chain(content: bytes, table: list[int], start: int, sector: int) -> bytes:
    parts: list[bytes] = []
    while start < len(table) and len(parts) <= len(table):
        parts.append(_sector(content, start, sector))
        start = table[start]
    return b"".join(parts)


def _sector(content: bytes, number: int, sector: int) -> bytes:
    return content[(number + 1) * sector : (number + 2) * sector]


def _text(data: bytes) -> str:
    """A short string: its length, how wide its letters are, the letters."""
    length, wide = data[0], data[1] & 1
    return data[2 : 2 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1")


def _ranges(rows: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    return ranges
