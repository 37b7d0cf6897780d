"""What a child is asked, and what it tells its parent: one JSON line a message.

Row numbers are Excel's (from 1), columns count from 0. Blank rows are left out. A date cell comes
as ISO text, a whole number as an int, so that an id of 12 digits keeps its digits.
"""

from __future__ import annotations

import msgspec

Cell = str | int | float | None

#: Stands in a cell whose formula nobody calculated: it looks empty, and it is not.
UNCALCULATED = "#CHƯA TÍNH"
#: What Excel shows where a formula fails; nobody's name and no day.
FAULTS = frozenset(
    ("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
     UNCALCULATED)
)  # fmt: skip


class ReadRequest(msgspec.Struct, frozen=True):
    """How one file is to be read, and what that may cost."""

    memory: int  # bytes
    cpu: int  # seconds
    unpacked: int  # bytes that a zip may unpack to
    encoding: str = ""  # of a text file; empty: any
    sheet: str = ""  # the only one wanted; empty: all


class FileHead(msgspec.Struct, tag="book", frozen=True):
    """The first message: what the content is, and which content was read."""

    format: str  # xlsx | xls | html | xml2003 | csv
    sha256: str
    date1904: bool = False  # serial numbers count from 1904
    encoding: str = ""  # of a text: csv, html


class Sheet(msgspec.Struct, tag="sheet", frozen=True):
    """A sheet begins. Ranges are inclusive."""

    name: str
    hidden: bool = False
    hidden_rows: list[tuple[int, int]] = []
    uncalculated: int = 0  # formulas that nobody calculated: their cells look empty
    merges: list[tuple[int, int, int, int]] = []  # first row, first column, last row, last column


class Rows(msgspec.Struct, tag="rows", frozen=True):
    """Some rows of the sheet that began last, with the marks of their cells."""

    rows: list[tuple[int, list[Cell]]]
    fonts: list[tuple[int, int, str]] = []  # row, column, name of the font
    struck: list[tuple[int, int]] = []  # row and column of each cell that is crossed out


class Failure(msgspec.Struct, tag="failure", frozen=True):
    """The file cannot be read in full; ``code`` is one of ``files.workbook.PROBLEMS``."""

    code: str
    detail: str = ""  # a number or a sheet's name, never a cell


class End(msgspec.Struct, tag="end", frozen=True):
    """Everything was sent; without this message the reading is not complete."""

    rows: int


Message = FileHead | Sheet | Rows | Failure | End


class Unreadable(Exception):
    """The file cannot be read in full, raised inside the child."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
