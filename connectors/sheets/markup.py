"""Tables that call themselves .xls and are HTML or "XML Spreadsheet 2003" inside.

Web software "exports to Excel" this way. Entities are never resolved and nothing is fetched.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from lxml import etree

from connectors.sheets.batches import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    Fonts,
    Struck,
    batches,
    tidy,
)
from connectors.sheets.marks import LEGACY
from connectors.sheets.messages import Cell, End, FileHead, Message, Sheet, Unreadable

Lines = list[tuple[int, list[Cell]]]
Merges = list[tuple[int, int, int, int]]

HEAD = 4096
SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
HTML = re.compile(r"<(?:!doctype\s+html|html|table|meta|body|head|style)\b", re.IGNORECASE)
ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
BLANKS = re.compile(r"\s+")
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DIGITS = re.compile(r"[0-9]{1,9}")
STRUCK_TAGS = frozenset({"s", "strike", "del"})
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)


def kind(content: bytes) -> str:
    """``html``, ``xml2003`` or nothing, by the beginning of the text."""
    head = _head(content)
    if not head.lstrip("\ufeff \t\r\n").startswith("<"):
        return ""
    if SPREADSHEET in head:
        return "xml2003"
    return "html" if HTML.search(head) else ""


def read_html(content: bytes, digest: str, only: str) -> Iterator[Message]:
    """Every table of the page is a sheet (``Bảng 1`` …); nested tables stay in their cell."""
    if b"</table" not in content.replace(b"\x00", b"").lower():
        raise Unreadable("cut")
    encoding = _encoding(content)
    parser = etree.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
    root = etree.parse(io.BytesIO(content), parser).getroot()
    if root is None:
        raise Unreadable("broken")
    yield FileHead("html", digest, encoding=encoding)
    total = 0
    tables = (table for table in root.iter("table") if not any(table.iterancestors("table")))
    for index, table in enumerate(tables, 1):
        if index > MAX_SHEETS:
            raise Unreadable("too_many_sheets", str(MAX_SHEETS))
        name = f"Bảng {index}"
        if only and name != only:
            continue
        rows, merges, struck = _html_rows(table)
        yield Sheet(name, merges=merges)
        yield from batches(rows, struck=struck)
        total += len(rows)
    yield End(total)


def _html_rows(table: etree._Element) -> tuple[Lines, Merges, Struck]:
    lines: Lines = []
    merges: Merges = []
    struck: Struck = set()
    taken: set[tuple[int, int]] = set()
    rows = (row for row in table.iter("tr") if next(row.iterancestors("table")) is table)
    for number, row in enumerate(rows, 1):
        values: list[object] = []
        for item in row.iterchildren("td", "th"):
            while (number, len(values)) in taken:
                values.append(None)
            left, down, across = len(values), _span(item, "rowspan"), _span(item, "colspan")
            values.append(BLANKS.sub(" ", " ".join(str(text) for text in item.itertext())).strip())
            if _is_struck(item):
                struck.add((number, left))
            values.extend([None] * (across - 1))
            if down > 1 or across > 1:
                merges.append((number, left, number + down - 1, left + across - 1))
                below = range(number + 1, number + down)
                taken.update((line, left + step) for line in below for step in range(across))
        if cells := tidy(values):
            lines.append((number, cells))
    return lines, merges, struck


def _is_struck(item: etree._Element) -> bool:
    """A cell of a page that is crossed out: by itself, its row, or something inside it."""
    around = (item, *item.iterancestors("tr"), *item.iterdescendants())
    return any(
        one.tag in STRUCK_TAGS or STRUCK_STYLE.search(one.get("style", "")) for one in around
    )


def _span(item: etree._Element, name: str) -> int:
    text = item.get(name, "1").strip()
    return min(max(int(text), 1), MAX_COLUMNS) if DIGITS.fullmatch(text) else 1


def read_xml2003(content: bytes, digest: str, only: str) -> Iterator[Message]:
    """An XML Spreadsheet: sheets, rows and cells may skip ahead with ``ss:Index``."""
    if ENTITY.search(content[:HEAD]):
        raise Unreadable("entities")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as broken:
        raise Unreadable("cut") from broken
    sheets = list(root.iterchildren(_ss("Worksheet")))
    if len(sheets) > MAX_SHEETS:
        raise Unreadable("too_many_sheets", str(MAX_SHEETS))
    if only and only not in [sheet.get(_ss("Name")) for sheet in sheets]:
        raise Unreadable("no_such_sheet", only)
    date1904 = next(root.iter("{*}Date1904"), None) is not None
    yield FileHead("xml2003", digest, date1904)
    styles = _style_fonts(root)
    crossing = frozenset(
        style.get(_ss("ID"), "")
        for style in root.iter(_ss("Style"))
        for font in style.iterchildren(_ss("Font"))
        if font.get(_ss("StrikeThrough")) == "1"
    )
    total = 0
    for sheet in sheets:
        name = sheet.get(_ss("Name"), "")
        if only and name != only:
            continue
        table = XmlTable(sheet, styles, crossing)
        yield Sheet(name, _hidden_sheet(sheet), table.hidden_rows, merges=table.merges)
        yield from batches(table.lines, table.fonts, table.struck)
        total += len(table.lines)
    yield End(total)


class XmlTable:
    """The rows of one sheet of an XML Spreadsheet, with their marks."""

    def __init__(
        self, sheet: etree._Element, styles: dict[str, str], crossing: frozenset[str]
    ) -> None:
        self.crossing = crossing  # the styles that strike a cell through
        self.lines: Lines = []
        self.merges: Merges = []
        self.hidden_rows: list[tuple[int, int]] = []
        self.fonts: Fonts = {}
        self.struck: Struck = set()
        number = 0
        for row in sheet.iterfind(f"{_ss('Table')}/{_ss('Row')}"):
            number = _number(row, "Index", number + 1)
            if number > MAX_ROWS:
                raise Unreadable("too_many_rows", str(MAX_ROWS))
            if row.get(_ss("Hidden")) == "1":
                self.hidden_rows.append((number, number))
            cells = tidy(self._values(row, number, styles))
            if cells:
                self.lines.append((number, cells))

    def _values(self, row: etree._Element, number: int, styles: dict[str, str]) -> list[object]:
        values: list[object] = []
        for item in row.iterchildren(_ss("Cell")):
            left = _number(item, "Index", len(values) + 1) - 1
            if left > MAX_COLUMNS:
                raise Unreadable("too_many_columns", str(MAX_COLUMNS))
            values.extend([None] * (left - len(values)))
            values.append(_value(item))
            across, down = _number(item, "MergeAcross", 0), _number(item, "MergeDown", 0)
            if across or down:
                self.merges.append((number, left, number + down, left + across))
                values.extend([None] * min(across, MAX_COLUMNS))
            font = styles.get(item.get(_ss("StyleID"), "Default"), "")
            if LEGACY.match(font):
                self.fonts[number, left] = font
            if item.get(_ss("StyleID"), "Default") in self.crossing:
                self.struck.add((number, left))
        return values


def _value(cell: etree._Element) -> object:
    data = next(cell.iterchildren(_ss("Data")), None)
    if data is None:
        return None
    text = "".join(str(part) for part in data.itertext()).strip()
    if data.get(_ss("Type")) == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _style_fonts(root: etree._Element) -> dict[str, str]:
    return {
        style.get(_ss("ID"), ""): font.get(_ss("FontName"), "")
        for style in root.iter(_ss("Style"))
        for font in style.iterchildren(_ss("Font"))
    }


def _hidden_sheet(sheet: etree._Element) -> bool:
    visible = next(sheet.iter("{*}Visible"), None)
    return visible is not None and (visible.text or "").strip() != "SheetVisible"


def _number(element: etree._Element, name: str, default: int) -> int:
    text = element.get(_ss(name), "")
    return int(text) if DIGITS.fullmatch(text) else default


def _ss(name: str) -> str:
    return f"{{{SPREADSHEET}}}{name}"


def _head(content: bytes) -> str:
    head = content[:HEAD]
    if head.count(0) > len(head) // 4:
        return head.decode("utf-16", errors="replace")
    return head.decode("latin-1").removeprefix("ï»¿")


def _encoding(content: bytes) -> str:
    """The mark at the beginning; UTF-8 where more than ASCII fits it; what the page says of itself;
    else the old Vietnamese code. Pages that software writes often name another code than theirs.
    """
    for mark, name in BOMS:
        if content.startswith(mark):
            return name
    if content[:HEAD].count(0) > len(content[:HEAD]) // 4:
        return "utf-16"
    named = CHARSET.search(_head(content))
    said = _known(named.group(1)) if named else ""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1258" if said in ("", "utf-8") else said
    return said if said and content.isascii() else "utf-8"


def _known(name: str) -> str:
    """A code that can be read; empty where nobody knows the name."""
    try:
        return codecs.lookup(name).name if etree.HTMLParser(encoding=name) is not None else ""
    except LookupError:
        return ""
