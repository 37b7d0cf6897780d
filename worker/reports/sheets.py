"""A sheet of a report: titles, one table, signatures, and how it prints.

Every text is written as text: ``write_string`` in a cell of the format "text", so that nothing
that came from data can become a formula, not even after somebody edits the cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

#: Thousands with a dot whatever the language of the computer: the dots are literal.
NUMBER_FORMAT = r"[>=1000000]0\.000\.000;[>=1000]0\.000;0"
SIGNED_FORMAT = r"+0;\−0;0"
DATE_FORMAT = "dd/mm/yyyy"
FONT = "Times New Roman"
HEADER_FILL = "#E7E6E6"
ALARM_FILL = "#9C0006"

#: Letters of the small font (10 points) that stand in one unit of width, words kept whole.
LETTERS = 1.2

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a table: its header, its width in characters, and where its cell is from."""

    title: str
    width: float
    get: Callable[[Any], Cell]
    align: str = "left"
    whole: bool = False  # one line whatever its length: a code is never broken

    @property
    def letters(self) -> float:
        """How many letters of the small font stand on one line, words kept whole."""
        return math.inf if self.whole else self.width * LETTERS


class Styles:
    """The cell formats of a workbook, made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}
        self.text = self.of(border=1, text_wrap=True, valign="top", num_format="@", font_size=10)
        self.centre = self.of(
            border=1, text_wrap=True, valign="top", align="center", num_format="@", font_size=10
        )
        self.whole = self.of(border=1, shrink=True, valign="top", num_format="@", font_size=10)
        self.day = self.of(
            border=1, valign="top", align="center", num_format=DATE_FORMAT, font_size=10
        )
        self.number = self.of(
            border=1, valign="top", align="right", num_format=NUMBER_FORMAT, font_size=10
        )
        self.order = self.of(border=1, valign="top", align="center", num_format="0", font_size=10)
        self.signed = self.of(
            border=1, valign="top", align="right", num_format=SIGNED_FORMAT, font_size=10
        )
        self.header = self.of(
            bold=True,
            border=1,
            text_wrap=True,
            align="center",
            valign="vcenter",
            bg_color=HEADER_FILL,
            font_size=10,
        )
        self.group = self.of(
            bold=True,
            border=1,
            text_wrap=True,
            valign="vcenter",
            bg_color="#F2F2F2",
            num_format="@",
            font_size=10,
        )
        self.title = self.of(bold=True, font_size=16, align="center", valign="vcenter")
        self.subtitle = self.of(italic=True, text_wrap=True, align="center", valign="vcenter")
        self.plain = self.of(text_wrap=True, valign="top", num_format="@")
        self.note = self.of(text_wrap=True, valign="top", italic=True, font_size=10)
        self.section = self.of(bold=True, font_size=13, valign="vcenter")
        self.sign = self.of(bold=True, align="center", text_wrap=True, valign="top")
        self.sign_hint = self.of(italic=True, align="center", font_size=10)

    def of_column(self, column: SheetColumn) -> Any:
        """The format of a column's texts."""
        if column.whole:
            return self.whole
        return self.centre if column.align == "center" else self.text

    def of(self, **properties: object) -> Any:
        """The format with these properties, in the office's font."""
        wanted = {"font_name": FONT, "font_size": 11, **properties}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(wanted)
        return self._made[key]


@dataclass(slots=True)
class SheetWriter:
    """Writes one sheet from the top down; rows that were passed are on the disk already."""

    page: Any  # xlsxwriter's worksheet
    styles: Styles
    columns: int
    row: int = 0
    _widths: list[float] = field(default_factory=list)
    _sections: int = 0

    @property
    def last(self) -> int:
        return self.columns - 1

    def set_up(
        self, widths: Sequence[float], *, printed: int | None = None, fit: bool = True
    ) -> None:
        """Widths, A4 landscape, one page wide, page numbers, margins of an office document."""
        self._widths = list(widths)
        for index, width in enumerate(widths):
            self.page.set_column(index, index, width)
        self.page.set_landscape()
        self.page.set_paper(9)
        if fit:
            self.page.fit_to_pages(1, 0)
        self.page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.page.set_footer(f'&L&"{FONT},Regular"&9&A&R&"{FONT},Regular"&9Trang &P/&N')
        self.page.hide_gridlines(2)
        if printed is not None:
            self.columns = printed

    def line(
        self, text: str, style: Any, first: int = 0, last: int | None = None, *, height: int = 0
    ) -> None:
        """A text across the columns ``first`` to ``last``, on the current row."""
        last = self.last if last is None else last
        if last > first:
            self.page.merge_range(self.row, first, self.row, last, "", style)
        self.page.write_string(self.row, first, guarded(text), style)
        self._grow(height)

    def count(self, value: int | None, style: Any, column: int) -> None:
        """A number, or a dash where there is none."""
        if value is None:
            self.page.write_string(self.row, column, "–", style)
        else:
            self.page.write_number(self.row, column, value, style)

    def _grow(self, height: int) -> None:
        if height:
            self.page.set_row(self.row, height)

    def down(self, rows: int = 1) -> None:
        self.row += rows

    def paragraph(self, text: str, style: Any | None = None) -> None:
        """A text over the whole width, its height measured: merged cells do not grow."""
        self.line(text, style or self.styles.plain, height=self.height_of(text))
        self.down()

    def height_of(self, text: str, first: int = 0, last: int | None = None) -> int:
        """Points that a wrapped text takes over these columns."""
        width = sum(self._widths[first : (self.last if last is None else last) + 1]) * LETTERS
        lines = sum(max(1, -(-len(part) // int(width))) for part in text.split("\n"))
        return 15 * lines + 1

    def heading(self, title: str, subtitles: Iterable[str] = ()) -> None:
        self.line(title, self.styles.title, height=26)
        self.down()
        for text in subtitles:
            self.line(text, self.styles.subtitle, height=self.height_of(text))
            self.down()
        self.down()

    def section(self, text: str) -> None:
        self.down()
        self.line(text, self.styles.section, height=22)
        self.down()

    def numbered(self, text: str) -> None:
        """A section with the next Roman number."""
        self._sections += 1
        self.section(f"{_ROMAN[self._sections - 1]}. {text}")

    def header(
        self, columns: Sequence[SheetColumn], *, height: int = 45, repeat: bool = True
    ) -> None:
        """The row of column titles: repeated on each printed page, and frozen."""
        for index, column in enumerate(columns):
            self.page.write_string(self.row, index, column.title, self.styles.header)
        self._grow(height)
        if repeat:
            self.page.repeat_rows(self.row)
            self.page.freeze_panes(self.row + 1, 2)
        self.down()

    def band(self, text: str) -> None:
        """What stands above the lines of one group, over the printed width."""
        # Bold letters are wider: a text that just fits in plain ones takes another line.
        self.line(text, self.styles.group, height=self.height_of(text + " " * (len(text) // 6)))
        self.down()

    def table(self, columns: Sequence[SheetColumn], items: Iterable[Any], *, start: int = 1) -> int:
        """The rows of a table, numbered in the first column; how many there were."""
        day, number = self.styles.day, self.styles.number
        plan = [
            (column.get, self.styles.of_column(column), column.letters) for column in columns[1:]
        ]
        row = self.row
        count = start
        for item in items:
            lines = 1.0
            cells: list[Cell] = [count]
            formats = [self.styles.order]
            for get, style, letters in plan:
                value = get(item)
                if isinstance(value, str):
                    value = guarded(value)
                    if len(value) > letters * lines:
                        lines = len(value) / letters
                    formats.append(style)
                elif value is None:
                    formats.append(style)
                else:
                    formats.append(day if isinstance(value, date) else number)
                cells.append(value)
            # Not every program grows a row with its text, so each row is given its height.
            self.page.write_line(row, 13 * math.ceil(lines) + 2, cells, formats)
            row += 1
            count += 1
        self.row = row
        return count - start

    def filter(self, header_row: int, columns: int) -> None:
        """Filter buttons on the header of the table that ended just above."""
        last = max(self.row - 1, header_row)
        self.page.autofilter(header_row, 0, last, columns - 1)
        self.page.ignore_errors({"number_stored_as_text": f"A{header_row + 1}:XFD{last + 1}"})

    def signatures(self, titles: Sequence[str]) -> None:
        """Where people sign: titles side by side over the printed width."""
        self.down()
        span = self.columns // len(titles)
        for row, style, height in (
            (titles, self.styles.sign, 18),
            (["(Ký, ghi rõ họ tên)"] * len(titles), self.styles.sign_hint, 15),
        ):
            for index, text in enumerate(row):
                last = self.last if index == len(titles) - 1 else (index + 1) * span - 1
                self.line(text, style, index * span, last, height=height)
            self.down()
        self.down(5)


def guarded(text: str) -> str:
    """XlsxWriter takes a text in ``<r>`` for ready-made XML when it writes row by row."""
    return f" {text}" if text.startswith("<r>") else text


_FORBIDDEN = str.maketrans("[]:*?/\\", "       ")


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts: at most 31 characters, no ``[]:*?/\\``, not taken before."""
    base = " ".join(wanted.translate(_FORBIDDEN).split()).strip("'")[:31].strip(" '")
    base = base or "Đơn vị"
    if base.casefold() == "history":
        base = "History."
    name, count = base, 1
    while name.casefold() in taken:
        count += 1
        tail = f" ({count})"
        name = base[: 31 - len(tail)].rstrip() + tail
    taken.add(name.casefold())
    return name
