"""Text files: which encoding, which delimiter, and was the end cut off.

Offices save as UTF-8 with BOM, as "Unicode text" (UTF-16 with tabs) and, from old software, in
windows-1258 (marks after the vowel) or in the bytes of a legacy font.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from connectors.sheets.batches import MAX_CELL, batches, tidy
from connectors.sheets.messages import Cell, End, FileHead, Message, Rows, Sheet, Unreadable

SHEET = "csv"
DELIMITERS = ";,\t|"
SAMPLE_RECORDS = 40
SEPARATOR_LINE = re.compile(r"\A\s*\"?sep=(.)\"?\s*\r?\n", re.IGNORECASE)
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Letters of the font TCVN3 that are signs, never letters, in windows-1258.
TCVN3_LETTERS = frozenset(b"\xa8\xa9\xaa\xab\xac\xae\xb5\xb6\xb7\xb8\xb9")
#: The five combining tone marks of windows-1258.
TONE_MARKS = frozenset(b"\xcc\xd2\xde\xec\xf2")
FONT_ENCODINGS = {"tcvn3": ".VnTime", "abc": ".VnTime", "vni": "VNI-Times"}


def read(content: bytes, digest: str, encoding: str) -> Iterator[Message]:
    """A csv, a semicolon or tab separated text."""
    font = FONT_ENCODINGS.get(encoding.lower(), "")
    text, encoding = decode(content, "cp1252" if font else encoding)
    if "\x00" in text:
        raise Unreadable("not_table")
    separator = SEPARATOR_LINE.match(text)
    delimiter = separator.group(1) if separator else guess_delimiter(text)
    yield FileHead("csv", digest, encoding=encoding)
    yield Sheet(SHEET)
    total = 0
    for message in batches(_rows(text, delimiter, skip=1 if separator else 0)):
        total += len(message.rows)
        yield Rows(message.rows, _everywhere(font, message)) if font else message
    yield End(total)


def _everywhere(font: str, message: Rows) -> list[tuple[int, int, str]]:
    return [(row, at, font) for row, cells in message.rows for at in range(len(cells))]


def decode(content: bytes, encoding: str) -> tuple[str, str]:
    """The text and its encoding: the configured one, the one a mark names, UTF-8, or an old one
    byte code."""
    try:
        if encoding:
            return content.decode(encoding), encoding
        for bom, name in BOMS:
            if content.startswith(bom):
                return content.decode(name), name
        zeros = content[:4000].count(0)
        if zeros > len(content[:4000]) // 4:
            wide = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
            return content.decode(wide), wide
    except (UnicodeDecodeError, LookupError) as broken:
        raise Unreadable("encoding") from broken
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as broken:
        if is_cut_utf8(content, broken):
            raise Unreadable("cut") from broken
    counts = Counter(content)
    legacy = sum(counts[byte] for byte in TCVN3_LETTERS)
    marked = sum(counts[byte] for byte in TONE_MARKS)
    try:
        old = "cp1252" if legacy > marked else "cp1258"
        return content.decode(old), old
    except UnicodeDecodeError as broken:
        raise Unreadable("encoding") from broken


def is_cut_utf8(content: bytes, broken: UnicodeDecodeError) -> bool:
    """The only wrong bytes are the last: the file ends inside a letter."""
    return broken.reason == "unexpected end of data" and broken.end >= len(content)


def guess_delimiter(text: str) -> str:
    """The sign that splits most of the first records, the header among them, into one same number
    of fields. Commas inside addresses split the more fields and the fewer records alike."""
    return max(DELIMITERS, key=lambda sign: _splits(text, sign))


def _splits(text: str, delimiter: str) -> tuple[float, int]:
    """Which share of the records has the usual number of fields, and how many fields that is."""
    widths: Counter[int] = Counter()
    records = 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(record):
                records += 1
                widths[len(record)] += 1
            if records >= SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0.0, 0
    split = {width: times for width, times in widths.items() if width > 1}
    if not split:
        return 0.0, 0
    width = max(split, key=lambda one: (split[one], one))
    return split[width] / records, width


def _rows(text: str, delimiter: str, skip: int) -> Iterator[tuple[int, list[Cell]]]:
    csv.field_size_limit(4 * MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    widths: Counter[int] = Counter()
    number, last = 0, 0
    try:
        for number, record in enumerate(reader, 1):
            last = len(record)
            row = tidy(record) if number > skip else []
            if row:
                widths[last] += 1
                yield number, row
    except csv.Error as broken:
        # An open quote at the end, or a field that never ends.
        raise Unreadable("cut", str(number + 1)) from broken
    usual = widths.most_common(1)[0][0] if widths else 0
    if not text.endswith(("\n", "\r")) and last < usual:
        raise Unreadable("cut", str(number))
