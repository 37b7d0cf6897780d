"""The rows of one sheet made entries: which rows are data, and what each of them says.

Title rows, numbering rows, subtotals, footers and printed page headers are none. Ditto marks,
vertically merged cells and entries that run over several rows are filled in here, so that an
entry is complete in itself. A second header further down begins a second book.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors import cells as read
from connectors.files import headers, sample_row
from connectors.files.headers import Header, Needed, words
from connectors.sheets.messages import Cell, Rows, Sheet
from reconcile.text import codes
from reconcile.text.vietnamese import to_unicode

HEAD_ROWS = 60  # a header stands among the first rows that are not blank
DIGIT = re.compile(r"\d")
SERIALS = ("stt", "tt", "so tt", "stt tt")
#: A subtotal; "Tống" is a family name, so without accents only the whole phrase counts.
SUBTOTAL = re.compile(r"(?:cộng|tổng|lũy kế|luỹ kế)\b", re.IGNORECASE)
SUBTOTAL_LETTERS = frozenset("cCtTlL")  # in every font
PLAIN_SUBTOTALS = ("cong", "tong cong", "tong", "tong so", "tong so ho so", "cong trang", "luy ke")
#: A row is an entry when it says at least one of these.
FACTS = frozenset(
    ("own_code", "national_code", "subject", "applicant", "number", "received_on", "due_on",
     "finished_on", "returned_on", "registered_on", "signed", "status", "submitted_on",
     "birth_date", "death_date", "mother")
)  # fmt: skip
#: A row that says one of these begins an entry of its own.
OWN_FACTS = frozenset(
    ("own_code", "national_code", "number", "received_on", "due_on", "returned_on",
     "registered_on", "finished_on", "submitted_on", "status")
)  # fmt: skip
#: Facts that people forget to cross out with the rest, or write beside the crossed-out line.
WRITTEN_BESIDE = frozenset({"number", "signed", "status"})
#: Words of the signatures under a table.
FOOTERS = (
    "nguoi lap", "nguoi ghi", "chu tich", "ky ten", "ky ghi ro", "thu truong", "phu trach",
    "uy ban nhan dan", "xac nhan cua",
)  # fmt: skip
#: How a ditto mark may begin; most cells are told apart by their first letter alone.
DITTO_SIGNS = frozenset("\"'“”″〃’‘´,/\\-–—nN ")
LONGEST_BLANK = 6
NOT_REPEATED = frozenset({"number", "page", "note"})


@dataclass(slots=True)
class Entry:
    """One entry of a table: field → cell, dittos filled in."""

    row: int
    values: dict[str, Cell]
    has_serial: bool
    aside: tuple[str, ...] = ()  # texts that stand alone above it: "Xã Tân Hà"
    crossed_out: tuple[str, ...] = ()  # fields in which something stood and is struck through


@dataclass(frozen=True, slots=True)
class HeaderedTable:
    """A table begins: its header with the texts that stand above it.

    ``lacking``: the choices of needed columns of which it has none; its rows are not read.
    """

    header: Header
    titles: tuple[str, ...]
    sheet: str
    lacking: Needed = ()

    @property
    def serial(self) -> int | None:
        """The column of the running number (STT), which is no number of a book."""
        columns = self.header.columns
        return next((one.index for one in columns if words(one.label) in SERIALS), None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no entry; with a ``field``: a cell without value of a row that counts."""

    row: int
    reason: str
    field: str = ""


#: What the rows of a sheet are made of.
Part = HeaderedTable | Entry | LeftOut

CROSSED_OUT = "dòng đã bị gạch bỏ nên không tính"
CROSSED_OUT_CELL = "ô đã bị gạch bỏ nên không dùng"
NOTHING_ABOVE = "dấu lặp lại (nt, //) nhưng không có gì ở trên"
NOT_FOR_NUMBERS = "dấu lặp lại không dùng được cho số thứ tự, số đăng ký"


class SheetRows:
    """Reads the rows of one sheet, in order, as the parts that they are.

    ``find`` looks for a header among rows; the first one of a sheet may stand where the
    configuration says. ``needed`` are the columns that a table must have.
    """

    def __init__(
        self,
        sheet: Sheet,
        find: Callable[[Sequence[headers.Row], bool], Header | None],
        needed: Needed = (),
    ) -> None:
        self.sheet = sheet
        self.find = find
        self.needed = needed
        self.table: HeaderedTable | None = None
        self.waiting: list[headers.Row] = []  # rows that may be a header
        self.aside: list[str] = []  # texts between tables: titles of the next one
        self.last: Entry | None = None
        self.above: dict[str, Cell] = {}
        self.tall = {(top, left): bottom for top, left, bottom, _ in sheet.merges if bottom > top}
        self.merged: dict[int, tuple[int, Cell]] = {}  # column → last row and value of a merge
        self.columns: tuple[tuple[str, int], ...] = ()
        self.serial: int | None = None
        self.struck: dict[int, set[int]] = {}  # row → its cells that are crossed out
        self.sample: sample_row.Sample | None = None  # where the table is one of our templates
        self.since_header = 0
        self.hopeless = False  # no header among the first rows
        self.wanted = False  # the table is to be read
        self.seen = False  # some row is there

    def parts(self, batches: Iterable[Rows]) -> Iterator[Part]:
        """Each table that begins, its entries, and what is left out of it."""
        for batch in batches:
            self.seen = self.seen or bool(batch.rows)
            for number, at in batch.struck:
                self.struck.setdefault(number, set()).add(at)
            fonts = {(row, column): font for row, column, font in batch.fonts}
            for number, cells in batch.rows:
                if self.hopeless:
                    break
                if fonts:
                    self._shown(number, cells, fonts)
                yield from self._row(number, cells)
        while self.waiting:
            yield from self._settle()
        yield from self._flush()

    def _shown(self, number: int, cells: list[Cell], fonts: Mapping[tuple[int, int], str]) -> None:
        for at, cell in enumerate(cells):
            font = fonts.get((number, at))
            if font and isinstance(cell, str):
                cells[at] = to_unicode(cell, font)

    def _row(self, number: int, cells: Sequence[Cell]) -> Iterator[Part]:
        """A row may belong to a header, which the first rows or up to three later ones decide."""
        if self.table is not None and not self.waiting and not self._looks_like_header(cells):
            return self._data(number, cells)
        self.waiting.append((number, cells))
        most = HEAD_ROWS if self.table is None else headers.DEEPEST + 1
        return self._settle() if len(self.waiting) >= most else iter(())

    def _settle(self) -> Iterator[Part]:
        """Look for a header in the rows that wait; what is none is read as data."""
        waiting, self.waiting = self.waiting, []
        header = self.find(waiting, self.table is None)
        if header is not None and self.table is not None and not self._is_book(header):
            header = None
        if header is None:
            self.hopeless = self.table is None
            for number, cells in waiting if self.table is not None else ():
                yield from self._data(number, cells)
            return
        before = [cells for number, cells in waiting if number < header.first_row]
        titles = (*self.aside, *(text for cells in before for text in _texts(cells)))
        yield from self._begin(header, titles)
        for number, cells in waiting:
            if number > header.last_row:
                yield from self._row(number, cells)

    def _is_book(self, header: Header) -> bool:
        """A later header counts only when it is as good as a first one."""
        return len(header.index) > 2 and bool(
            header.fields & {"own_code", "national_code", "subject"}
        )

    def _begin(self, header: Header, titles: tuple[str, ...]) -> Iterator[Part]:
        yield from self._flush()
        known = self.table
        lacking = headers.missing(header, self.needed)
        self.table = HeaderedTable(header, titles, self.sheet.name, lacking)
        self.aside, self.above, self.merged = [], {}, {}
        self.columns = tuple(header.index.items())
        self.serial = self.table.serial
        self.sample = sample_row.of(header.columns)
        self.since_header = 0
        if known is None or known.header.columns != header.columns or titles:
            self.wanted = not lacking
            yield self.table

    def _looks_like_header(self, cells: Sequence[Cell]) -> bool:
        filled = 0
        for cell in cells:
            if cell is None:
                continue
            if not isinstance(cell, str) or DIGIT.search(cell):
                return False
            filled += 1
        if filled < 2:
            return False
        known = (headers.meaning((words(cell),), True)[0] for cell in cells if cell)
        return sum(map(bool, known)) > 1

    def _data(self, number: int, cells: Sequence[Cell]) -> Iterator[Part]:
        if not self.wanted:
            return
        self.since_header += 1
        if self.since_header <= 2 and headers.is_numbering(cells):
            return
        if self.sample is not None and self.sample.is_it(cells):
            yield LeftOut(number, sample_row.SAMPLE_ROW)
            return
        width = len(cells)
        values: dict[str, Cell] = {
            name: cell
            for name, at in self.columns
            if at < width
            and (cell := cells[at]) is not None
            and (
                cell.__class__ is not str
                or (len(cell) > LONGEST_BLANK and cell[0] not in read.DOTTED)
                or not read.is_blank_but_x(cell)
            )
        }
        crossed_out = self._cross_out(number, values) if number in self.struck else ()
        if crossed_out and not values:
            yield LeftOut(number, CROSSED_OUT)
            return
        own = dict(values) if self.tall else values
        self._fill_merged(number, values)
        at = self.serial
        has_serial = at is not None and at < width and not read.is_blank(cells[at])
        alone = len(own) == len(values)  # no merged cell from above reaches down here
        if FACTS.isdisjoint(values) or (alone and self._is_remark(cells, has_serial)):
            if own and self._is_continuation(own, has_serial):
                self._continue(own)
            else:
                self.aside.extend(_texts(cells))
                del self.aside[:-HEAD_ROWS]
            return
        if self._is_subtotal(cells):
            return
        yield from self._fill_dittos(number, values)
        if self._is_continuation(own, has_serial):
            self._continue(own)
            return
        if self.last is not None:
            yield self.last
        self.last = Entry(number, values, has_serial, tuple(self.aside), crossed_out)
        self.aside = []
        for name in crossed_out:
            yield LeftOut(number, CROSSED_OUT_CELL, name)

    def _cross_out(self, number: int, values: dict[str, Cell]) -> tuple[str, ...]:
        """Take out what is crossed out; its fields. Nothing is left of an entry that is void."""
        struck = self.struck[number]
        crossed_out = tuple(name for name, at in self.columns if at in struck and name in values)
        for name in crossed_out:
            del values[name]
        if (FACTS - WRITTEN_BESIDE).isdisjoint(values):
            values.clear()
        return crossed_out

    def _fill_merged(self, number: int, values: dict[str, Cell]) -> None:
        """A cell that was merged downwards says the same for every row it covers."""
        if not self.tall:
            return
        for name, at in self.columns:
            bottom = self.tall.get((number, at))
            if bottom is not None and name in values:
                self.merged[at] = (bottom, values[name])
            elif at in self.merged and name not in values and number <= self.merged[at][0]:
                values[name] = self.merged[at][1]

    def _fill_dittos(self, number: int, values: dict[str, Cell]) -> list[LeftOut]:
        """Marks that repeat what stands above are filled in; those that repeat nothing are left
        out."""
        marks = [
            name
            for name, cell in values.items()
            if cell.__class__ is str and cell[0] in DITTO_SIGNS and read.is_ditto(cell)
        ]
        left_out = []
        for name in marks:
            if name in NOT_REPEATED or name not in self.above:
                reason = NOT_FOR_NUMBERS if name in NOT_REPEATED else NOTHING_ABOVE
                left_out.append(LeftOut(number, reason, name))
                del values[name]
            else:
                values[name] = self.above[name]
        self.above |= values
        return left_out

    def _is_remark(self, cells: Sequence[Cell], has_serial: bool) -> bool:
        """Words alone: a heading, a signature block, the rest of a long cell."""
        if has_serial or any(cell.__class__ is not str for cell in cells if cell is not None):
            return False
        filled = [str(cell) for cell in cells if cell is not None]
        if any(DIGIT.search(text) for text in filled):
            return len(filled) == 1 and " " in filled[0].strip() and not codes.in_text(filled[0])
        return self.serial is not None or len(filled) == 1 or any(map(_is_footer, filled))

    def _is_subtotal(self, cells: Sequence[Cell]) -> bool:
        first = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "-")
        if first.lstrip()[0] not in SUBTOTAL_LETTERS:
            return False
        shown = to_unicode(first)
        return bool(SUBTOTAL.match(shown)) or words(shown) in PLAIN_SUBTOTALS

    def _is_continuation(self, own: Mapping[str, Cell], has_serial: bool) -> bool:
        """A further line of the entry above: nothing of its own but more names or text."""
        last = self.last
        if last is None or has_serial or not last.has_serial:
            return False
        if not OWN_FACTS.isdisjoint(own):
            return False
        # A second person is an entry of its own: twins share a line of the book, not a name.
        return not ("subject" in own and "subject" in last.values)

    def _continue(self, own: Mapping[str, Cell]) -> None:
        if self.last is None:
            return
        for name, cell in own.items():
            if name not in self.last.values:
                self.last.values[name] = cell
            elif name == "note":
                before = read.text(self.last.values[name])
                self.last.values[name] = f"{before} {read.text(cell)}"

    def _flush(self) -> Iterator[Entry]:
        """The entry above is complete."""
        entry, self.last = self.last, None
        if entry is not None and self.wanted:
            yield entry


def _is_footer(text: str) -> bool:
    return any(mark in words(text) for mark in FOOTERS)


def _texts(cells: Sequence[Cell]) -> Iterator[str]:
    return (to_unicode(cell) for cell in cells if isinstance(cell, str) and cell.strip())
