"""A Word document as an office writes one: A4, Times New Roman, letterhead, tables, signatures.

The same calls give the same bytes: no clock, no name of a program, fixed dates inside.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from worker import words

FONT = "Times New Roman"
BODY = 13  # points
SMALL = 7.5  # points: a list of fifteen columns on A4
#: The date that stands inside of the file instead of a clock's.
FIXED = datetime(2024, 1, 1)  # noqa: DTZ001 - Word keeps no zone
_ZIP_DAY = (2024, 1, 1, 0, 0, 0)
_HEADER_FILL = "E7E6E6"
_GROUP_FILL = "F2F2F2"
#: A table of so many lines stands on one page.
KEPT_WHOLE = 16
#: Usable width between the margins, in millimetres.
PORTRAIT = 165
LANDSCAPE = 279

Cell = str | int | date | None
ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a table: its title, its share of the width, how its cells stand."""

    title: str
    width: float
    align: str = "left"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table. ``wide``: a single cell over all columns."""

    cells: tuple[Cell, ...]
    bold: bool = False
    wide: bool = False


class WordDocument:
    """A document being written from top to bottom."""

    def __init__(self, title: str, body: float = BODY) -> None:
        self.document = Document()
        self.body = body  # points
        self.width: float = PORTRAIT
        _bare(self.document, title)
        style = self.document.styles["Normal"]
        style.font.name = FONT
        style.font.size = Pt(body)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:eastAsia", "w:cs", "w:hAnsi"):
            fonts.set(qn(script), FONT)
        style.paragraph_format.space_after = Pt(6)
        style.paragraph_format.space_before = Pt(0)
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin, section.right_margin = Mm(30), Mm(15)
        section.top_margin = section.bottom_margin = Mm(20)

    def letterhead(self, office: str) -> None:
        """Quốc hiệu, tiêu ngữ and the office's name; number and date are left to be filled in."""
        left, right = 0.42 * self.width, 0.58 * self.width
        self._bare_table(
            (left, right),
            (
                (
                    _text(office.upper(), 12, "center", bold=True),
                    _text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, "center", bold=True)
                    + _text("Độc lập - Tự do - Hạnh phúc", 13, "center", bold=True, line=True),
                ),
                (
                    _text("Số: ……/……", BODY, "center"),
                    _text("……………, ngày …… tháng …… năm ……", BODY, "center", italic=True),
                ),
            ),
        )
        self.text("")

    def title(self, *lines: str) -> None:
        """The name of the document in capitals, then what it is about."""
        for number, line in enumerate(lines):
            self.text(line, size=14, bold=True, align="center", after=0 if number == 0 else 6)

    def heading(self, text: str) -> None:
        paragraph = self.text(text, bold=True, before=8)
        paragraph.paragraph_format.keep_with_next = True

    def text(
        self,
        text: str,
        *,
        size: float | None = None,
        bold: bool = False,
        italic: bool = False,
        align: str = "justify",
        before: float = 0,
        after: float = 6,
        keep: bool = False,
    ) -> Any:
        """One paragraph. ``keep``: on one page with what comes next."""
        paragraph = self.document.add_paragraph()
        paragraph.alignment = ALIGN[align]
        paragraph.paragraph_format.space_before = Pt(before)
        paragraph.paragraph_format.space_after = Pt(after)
        paragraph.paragraph_format.keep_with_next = keep or None
        run = paragraph.add_run(words.clean(text))
        run.font.size = Pt(size or self.body)
        run.bold, run.italic = bold, italic
        return paragraph

    def notes(self, texts: Iterable[str], size: float = 11) -> None:
        """The small print under a table."""
        for text in texts:
            self.text(text, size=size, italic=True, after=3)

    def boxed(self, texts: Sequence[str]) -> None:
        """What nobody may overlook: bold, in a frame."""
        for text in texts:
            paragraph = self.text(text, bold=True, after=0)
            sides = "".join(
                f'<w:{side} w:val="single" w:sz="8" w:space="4" w:color="000000"/>'
                for side in ("top", "left", "bottom", "right")
            )
            border = parse_xml(f"<w:pBdr {nsdecls('w')}>{sides}</w:pBdr>")
            paragraph.paragraph_format.element.get_or_add_pPr().insert_element_before(
                border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
            )
        self._gap()

    def table(
        self,
        heads: Sequence[Head],
        lines: Iterable[TableRow],
        *,
        size: float = 11,
        signed: bool = False,
    ) -> None:
        """A table whose header comes again on every page; a row is never torn apart.

        ``signed``: the signatures come next.
        """
        scale = self.width / sum(head.width for head in heads)
        widths = [head.width * scale for head in heads]
        header = "".join(
            _cell(_text(head.title, size, "center", bold=True, keep=True), width, _HEADER_FILL)
            for head, width in zip(heads, widths, strict=True)
        )
        rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{header}</w:tr>"]
        found = list(lines)
        # A short table is not torn apart. The last row goes to the next page together with the
        # signatures below it: nobody signs a page without a line of what is signed.
        whole = len(found) <= KEPT_WHOLE
        rows += [
            _row(line, heads, widths, size, keep=signed if line is found[-1] else whole)
            for line in found
        ]
        self._add(_table(widths, rows, border=True))
        self._gap(keep=signed)

    def signatures(self, titles: Sequence[str]) -> None:
        """Who signs, side by side, kept together on one page."""
        widths = [self.width / len(titles)] * len(titles)
        signing = "(Ký, ghi rõ họ tên)"
        cells = tuple(
            _text(title, BODY if len(titles) < 3 else 12, "center", bold=True, keep=True)
            + _text(signing, 12, "center", italic=True, keep=True)
            + _text("", BODY, "center", keep=True) * 3
            + _text("……………………………", BODY, "center")
            for title in titles
        )
        self._bare_table(widths, (cells,))
        self._gap()

    def landscape(self, *, apart: bool = True) -> None:
        """Go on on a new page that lies on its side; not ``apart``: the first page lies so."""
        sections = self.document.sections
        section = self.document.add_section(WD_SECTION.NEW_PAGE) if apart else sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.left_margin = section.right_margin = Mm(9)
        section.top_margin, section.bottom_margin = Mm(10), Mm(12)
        section.footer_distance = Mm(5)
        self.width = LANDSCAPE

    def footer(self, text: str) -> None:
        """At the bottom of every page: where it is from, and its number."""
        paragraph = self.document.sections[0].footer.paragraphs[0]
        paragraph.alignment = ALIGN["center"]
        run = paragraph.add_run(f"{words.clean(text)} – Trang ")
        run.font.size = Pt(10)
        for part, after in (("PAGE", "/"), ("NUMPAGES", "")):
            field = parse_xml(
                f'<w:fldSimple {nsdecls("w")} w:instr="{part}">'
                '<w:r><w:rPr><w:sz w:val="20"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
            )
            paragraph.runs[-1].element.addnext(field)
            if after:
                run = paragraph.add_run(after)
                run.font.size = Pt(10)

    def save(self, file: BinaryIO) -> None:
        """Write the document; the archive says nothing of when or where."""
        made = io.BytesIO()
        self.document.save(made)
        with zipfile.ZipFile(made) as source, zipfile.ZipFile(file, "w") as target:
            for name in source.namelist():
                info = zipfile.ZipInfo(name, _ZIP_DAY)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                target.writestr(info, source.read(name))

    def _bare_table(self, widths: Sequence[float], rows: Sequence[Sequence[str]]) -> None:
        """A table without lines, to set texts side by side."""
        drawn = [
            "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
            + "".join(_cell(text, width) for text, width in zip(row, widths, strict=True))
            + "</w:tr>"
            for row in rows
        ]
        self._add(_table(widths, drawn, border=False))

    def _gap(self, *, keep: bool = False) -> None:
        """A thin empty line; two tables in a row would grow together."""
        paragraph = self.text("", after=0, keep=keep)
        paragraph.paragraph_format.line_spacing = Pt(8)

    def _add(self, xml: str) -> None:
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(xml))  # the last one is the section


def _bare(document: Any, title: str) -> None:
    """Without the traces of the library's own template."""
    properties = document.core_properties
    properties.title = words.clean(title)
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.keywords = properties.subject = properties.category = ""
    properties.created = properties.modified = FIXED
    properties.revision = 1
    properties.language = "vi-VN"
    package = document.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del package.rels[name]


def shown(value: Cell) -> str:
    """A cell as an official reads it."""
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, int):
        return words.number(value)
    return words.clean(value or "")


def _row(
    line: TableRow, heads: Sequence[Head], widths: Sequence[float], size: float, *, keep: bool
) -> str:
    if line.wide:
        text = _text(shown(line.cells[0]), size, "left", bold=True, keep=True)
        cells = _cell(text, sum(widths), _GROUP_FILL, span=len(heads))
    else:
        cells = "".join(
            _cell(_text(shown(value), size, head.align, bold=line.bold, keep=keep), width)
            for value, head, width in zip(line.cells, heads, widths, strict=True)
        )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _table(widths: Sequence[float], rows: Sequence[str], *, border: bool) -> str:
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    borders = f"<w:tblBorders>{lines}</w:tblBorders>" if border else ""
    margins = '<w:tblCellMar><w:left w:w="43" w:type="dxa"/><w:right w:w="43" w:type="dxa"/>'
    grid = "".join(f'<w:gridCol w:w="{_dxa(width)}"/>' for width in widths)
    return (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblW w:w="{sum(map(_dxa, widths))}" w:type="dxa"/><w:jc w:val="center"/>{borders}'
        f'<w:tblLayout w:type="fixed"/>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _cell(content: str, width: float, fill: str = "", span: int = 1) -> str:
    spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_dxa(width)}" w:type="dxa"/>{spans}{shade}</w:tcPr>'
        f"{content}</w:tc>"
    )


def _text(
    text: str,
    size: float,
    align: str,
    *,
    bold: bool = False,
    italic: bool = False,
    line: bool = False,
    keep: bool = False,
) -> str:
    """A paragraph of a cell. ``line``: underlined; ``keep``: on one page with the next."""
    look = "<w:b/>" * bold + "<w:i/>" * italic
    mark = f'<w:sz w:val="{round(size * 2)}"/>'  # the end of a paragraph has a height, too
    look += mark + '<w:u w:val="single"/>' * line
    kept = "<w:keepNext/>" * keep
    return (
        f'<w:p><w:pPr>{kept}<w:spacing w:before="10" w:after="10"/><w:jc w:val="{align}"/>'
        f"<w:rPr>{mark}</w:rPr></w:pPr>"
        f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(words.clean(text))}</w:t>'
        "</w:r></w:p>"
    )


def _dxa(millimetres: float) -> int:
    """Twentieths of a point."""
    return round(millimetres * 1440 / 25.4)
