"""What calamine does not tell of an .xlsx: hidden rows, legacy fonts, crossed-out cells, formulas
that nobody calculated, the date system, a cut sheet.

All of it stands in the XML parts. A sheet is scanned as bytes for hidden rows, and walked as XML
only when the workbook names a legacy font or strikes something through.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO

from lxml import etree

from connectors.sheets.batches import Fonts, Struck
from connectors.sheets.messages import Unreadable

CHUNK = 1 << 20
LONGEST_TAG = 1 << 16
ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']""")
NUMBER = re.compile(rb"""\br=["'](\d+)["']""")
NO_VALUE = re.compile(
    rb"<c\b(?P<cell>[^>]*)>\s*<f\b[^<]*(?:</f>|(?<=/>))\s*(?:</c>|<v\s*/>|<v></v>)"
)
PLACE = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
SHEET_END = re.compile(rb"</(?:\w+:)?worksheet>\s*\Z")
DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
LEGACY = re.compile(r"\.vn|vni", re.IGNORECASE)
REFERENCE = re.compile(r"([A-Z]+)")
SHARED_STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"


@dataclass(frozen=True)
class Marks:
    """Marks of one sheet: inclusive ranges of hidden rows, the legacy font of a cell."""

    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    fonts: Fonts = field(default_factory=dict)
    uncalculated: int = 0
    not_calculated: Struck = field(default_factory=set)  # where these formulas stand
    struck: Struck = field(default_factory=set)  # cells that are crossed out


class Parts:
    """The parts of one workbook that say where the sheets are and which fonts they use."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = set(archive.namelist())
        self.date1904 = False
        self.parts = self._parts()
        self.struck_styles: set[int] = set()
        self.style_fonts = self._style_fonts()
        self.struck_strings: set[int] = set()
        self.string_fonts = self._string_fonts()

    def marks(self, sheet: str) -> Marks:
        """Scan the XML of one sheet; a sheet that ends too early is a cut file."""
        part = self.parts.get(sheet, "")
        if part not in self.names:
            return Marks()
        marks = self._scan(part)
        if self.style_fonts or self.string_fonts or self.struck_styles or self.struck_strings:
            self._mark_cells(part, marks)
        return marks

    def _parts(self) -> dict[str, str]:
        """Sheet name → its part in the archive."""
        workbook = min(name for name in self.names if name.endswith("workbook.xml"))
        folder = workbook.rpartition("/")[0]
        relations = f"{folder}/_rels/workbook.xml.rels".lstrip("/")
        targets: dict[str, str] = {}
        for element in self._elements(relations, "Relationship"):
            target = element.get("Target", "")
            path = target if target.startswith("/") else f"{folder}/{target}"
            targets[element.get("Id", "")] = path.lstrip("/")
        parts: dict[str, str] = {}
        for element in self._elements(workbook, "workbookPr", "sheet"):
            if local(element) == "workbookPr":
                self.date1904 = element.get("date1904", "") in ("1", "true")
                continue
            link = next((str(value) for name, value in element.items() if "}id" in str(name)), "")
            parts[element.get("name", "")] = targets.get(link, "")
        return parts

    def _style_fonts(self) -> dict[int, str]:
        """Style number → legacy font, for the cells' ``s`` attribute."""
        fonts: list[str] = []
        used: list[int] = []
        struck: set[int] = set()
        for element in self._elements(STYLES, "fonts", "cellXfs"):
            if local(element) == "fonts":
                fonts = [font_name(font) for font in element]
                struck = {at for at, font in enumerate(element) if is_struck(font)}
            else:
                used = [_whole(style.get("fontId", "0")) for style in element]
        self.struck_styles = {style for style, font in enumerate(used) if font in struck}
        named = {style: fonts[font] for style, font in enumerate(used) if font < len(fonts)}
        return {style: font for style, font in named.items() if LEGACY.match(font)}

    def _string_fonts(self) -> dict[int, str]:
        """Shared string number → the legacy font of its runs."""
        if SHARED_STRINGS not in self.names or not self._mentions_marks(SHARED_STRINGS):
            return {}
        found = {}
        for index, item in enumerate(self._elements(SHARED_STRINGS, "si")):
            if any(map(is_struck, item.iter("{*}rPr"))):
                self.struck_strings.add(index)
            font = font_name(item)
            if LEGACY.match(font):
                found[index] = font
        return found

    def _mentions_marks(self, part: str) -> bool:
        with self.archive.open(part) as stream:
            rest = b""
            while chunk := stream.read(CHUNK):
                text = (rest + chunk).lower()
                if b'rfont val=".vn' in text or b'rfont val="vni' in text or b"<strike" in text:
                    return True
                rest = chunk[-40:]
        return False

    def _scan(self, part: str) -> Marks:
        """Hidden rows, and which formulas have no value."""
        marks = Marks()
        uncalculated = 0
        rest = end = b""
        with self._open(part) as stream:
            while chunk := stream.read(CHUNK):
                end = (end + chunk)[-100:]
                text = rest + chunk
                cut = text.rfind(b"<c ")
                if cut < 0 or len(text) - cut > LONGEST_TAG:
                    cut = text.rfind(b"<")
                text, rest = text[:cut], text[cut:]
                if len(rest) > LONGEST_TAG:
                    raise Unreadable("broken")
                uncalculated += _scan_piece(marks, text)
        uncalculated += _scan_piece(marks, rest)
        if not SHEET_END.search(end):
            raise Unreadable("cut")
        return replace(marks, uncalculated=uncalculated)

    def _mark_cells(self, part: str, marks: Marks) -> None:
        """The legacy fonts of the cells, and which are crossed out."""
        number = 0
        for row in self._elements(part, "row"):
            number = _whole(row.get("r", "0")) or number + 1
            for position, item in enumerate(row):
                style = _whole(item.get("s", "0"))
                font = self.style_fonts.get(style, "")
                is_struck_out = style in self.struck_styles
                if item.get("t") == "s" and (self.string_fonts or self.struck_strings):
                    text = next((child.text for child in item if local(child) == "v"), None)
                    index = _whole(text or "", -1)
                    font = self.string_fonts.get(index, font)
                    is_struck_out = is_struck_out or index in self.struck_strings
                elif item.get("t") == "inlineStr":
                    is_struck_out = is_struck_out or any(map(is_struck, item.iter("{*}rPr")))
                if font or is_struck_out:
                    place = number, column(item.get("r", ""), position)
                    if font:
                        marks.fonts[place] = font
                    if is_struck_out:
                        marks.struck.add(place)

    def _elements(self, part: str, *tags: str) -> Iterator[etree._Element]:
        """The elements of these names, each freed after use; none when there is no such part."""
        if part not in self.names:
            return
        try:
            with self._open(part) as stream:
                for _, element in etree.iterparse(
                    stream,
                    tag=[f"{{*}}{tag}" for tag in tags],
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                ):
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        except etree.XMLSyntaxError as broken:
            raise Unreadable("cut") from broken

    def _open(self, part: str) -> IO[bytes]:
        """A part of the archive; one that declares entities is refused (billion laughs, XXE)."""
        with self.archive.open(part) as stream:
            if DECLARATION.search(stream.read(4096)):
                raise Unreadable("entities")
        return self.archive.open(part)


def _scan_piece(marks: Marks, text: bytes) -> int:
    """Note what a piece of a sheet says, which never ends inside a tag; how many formulas of it
    have no value."""
    uncalculated = 0
    if b"hidden=" in text:
        add_hidden(marks.hidden_rows, text)
    if b"<f" in text:
        for found in NO_VALUE.finditer(text):
            uncalculated += 1
            if place := PLACE.search(found["cell"]):
                marks.not_calculated.add((_whole(place[2].decode()), column(place[1].decode(), 0)))
    return uncalculated


def is_struck(font: etree._Element) -> bool:
    """A font, or the properties of a run of text, strike it through."""
    found = next(font.iter("{*}strike"), None)
    return found is not None and found.get("val", "1") not in ("0", "false")


def _whole(text: str, otherwise: int = 0) -> int:
    """A whole number as the file writes it; ``otherwise`` where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def add_hidden(ranges: list[tuple[int, int]], text: bytes) -> None:
    """Add the hidden rows that this piece of a sheet names."""
    for tag in ROW.findall(text):
        number = NUMBER.search(tag)
        if number is None or not HIDDEN.search(tag):
            continue
        row = int(number.group(1))
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))


def column(reference: str, position: int) -> int:
    """``"AB12"`` → 27; the position among its neighbours when there is no reference."""
    letters = REFERENCE.match(reference)
    if letters is None:
        return position
    number = 0
    for letter in letters.group(1):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def font_name(element: etree._Element) -> str:
    """The first font that an element names."""
    for child in element.iter("{*}name", "{*}rFont"):
        return child.get("val", "")
    return ""


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]
