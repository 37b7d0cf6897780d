"""How a file was understood, column by column, for a person to look at before it is taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from connectors.files import headers
from connectors.files.additions import UnreadCell
from connectors.files.entries import Records
from connectors.files.header_words import LABELS
from connectors.files.headers import Header, HeaderColumn
from connectors.files.sheet_rows import HeaderedTable
from connectors.sheets.messages import Cell, Message, Rows, Sheet
from reconcile.claims import RejectedRow, Snapshot

MANY = 8  # row numbers that one line names
SAMPLES = 3  # cells of a column that nobody knows
FIRST_ROWS = 2000  # of a sheet, among which they are looked for


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """One column: its letter, how the file names it, the field it is, or why it is none."""

    place: str
    label: str
    field: str  # of a Claim; empty: none of ours
    said: str  # Vietnamese: the field in the words of an office, or the reason
    unknown: bool = False  # nobody knows what it is


@dataclass(frozen=True, slots=True)
class SeenTable:
    """One table of a sheet. ``lacking``: the choices of needed columns that it has none of."""

    sheet: str
    first_row: int  # of the header, as Excel counts
    last_row: int
    columns: tuple[SeenColumn, ...]
    lacking: tuple[str, ...] = ()
    register_type: str = ""
    unit: str = ""  # a code of units.csv or a name; empty: each row tells, or nobody does
    unit_from: str = ""  # Vietnamese: what told it
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """One file as it would be taken in; ``snapshot`` holds its claims and what was rejected."""

    snapshot: Snapshot
    format: str = ""  # xlsx | xls | html | xml2003 | csv
    encoding: str = ""  # of a text
    fonts: tuple[tuple[str, int], ...] = ()  # legacy fonts and how many cells they converted
    twins: int = 0  # rows that say the same as one before them, word for word
    tables: tuple[SeenTable, ...] = ()
    #: Cells of columns that nobody knows, by sheet, row of the header and letter: for the person
    #: who handed the file in, and for nobody else.
    samples: Mapping[tuple[str, int, str], tuple[str, ...]] = field(default_factory=dict)
    blanks: tuple[UnreadCell, ...] = ()  # with what is written there: for that person alone, too


def unseen(_message: Message) -> None:
    """Look at no message: nobody asked for samples."""


@dataclass(slots=True)
class Notes:
    """Kept while a file is read; made into a Preview afterwards."""

    format: str = ""
    encoding: str = ""
    fonts: Counter[str] = field(default_factory=Counter)
    tables: list[tuple[HeaderedTable, int]] = field(default_factory=list)  # rows before it
    first: dict[str, list[tuple[int, list[Cell]]]] = field(default_factory=dict)  # by sheet

    def see(self, message: Message) -> None:
        """Keep the first rows of each sheet."""
        match message:
            case Sheet():
                self.first[message.name] = []
            case Rows() if self.first:
                kept = self.first[next(reversed(self.first))]
                kept += message.rows[: FIRST_ROWS - len(kept)]

    def preview(self, snapshot: Snapshot, records: Records) -> Preview:
        """What was noted, put into the words of an office."""
        ends = [*(before for _, before in self.tables), records.rows][1:]
        return Preview(
            snapshot=snapshot,
            format=self.format,
            encoding=self.encoding,
            fonts=tuple(sorted(self.fonts.items())),
            twins=records.twins,
            tables=tuple(
                _seen(table, records, after - before)
                for (table, before), after in zip(self.tables, ends, strict=True)
            ),
            samples=dict(self._samples(register=records.is_register)),
            blanks=tuple(records.blanks),
        )

    def _samples(self, *, register: bool) -> Iterator[tuple[tuple[str, int, str], tuple[str, ...]]]:
        for table, _ in self.tables:
            header = table.header
            below = [
                cells for row, cells in self.first.get(table.sheet, ()) if row > header.last_row
            ]
            for column in header.columns:
                if column.field or not _not_ours(column, header, register)[1]:
                    continue
                filled = (cells[column.index] for cells in below if column.index < len(cells))
                texts = dict.fromkeys(str(cell).strip() for cell in filled if cell is not None)
                found = tuple(islice(filter(None, texts), SAMPLES))
                yield (table.sheet, header.first_row, letters(column.index)), found


def _seen(table: HeaderedTable, records: Records, rows: int) -> SeenTable:
    header = table.header
    unit, told_by = records.unit_of(table)
    return SeenTable(
        sheet=table.sheet,
        first_row=header.first_row,
        last_row=header.last_row,
        columns=tuple(_columns(header, register=records.is_register)),
        lacking=tuple(" hoặc ".join(LABELS[name] for name in choice) for choice in table.lacking),
        register_type="" if table.lacking else records.register_type(table).value,
        unit=unit,
        unit_from=told_by,
        rows=0 if table.lacking else rows,
    )


def _columns(header: Header, *, register: bool) -> Iterator[SeenColumn]:
    for column in header.columns:
        place = letters(column.index)
        if column.field:
            yield SeenColumn(place, column.label, column.field, LABELS[column.field])
        else:
            said, unknown = _not_ours(column, header, register)
            yield SeenColumn(place, column.label, "", said, unknown)


def _not_ours(column: HeaderColumn, header: Header, register: bool) -> tuple[str, bool]:
    """Why a column is no field, and whether that is because nobody knows it."""
    levels = tuple(headers.words(text) for text in column.label.split(" – "))
    name, _, _ = headers.meaning(levels, register)
    if name in header.index:
        better = letters(header.index[name])
        return f"không dùng: cột {better} đã là {LABELS[name]}", False
    if headers.is_known(levels):
        return "không dùng trong đối soát", False
    return "CHƯA HIỂU", True


def letters(index: int) -> str:
    """A column as Excel names it: 0 is A, 27 is AB."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Rows or cells that were rejected for one reason, and where."""

    sheet: str
    column: str  # empty: the whole row
    reason: str
    kept: bool  # the row counts all the same
    rows: tuple[int, ...]

    @property
    def told(self) -> str:
        """In Vietnamese, without any cell's value."""
        shown = ", ".join(map(str, self.rows[:MANY])) + (", …" if len(self.rows) > MANY else "")
        what = "dòng không lấy"
        if self.kept:
            what = f"ô ở cột «{self.column}» để trống" if self.column else "ô để trống"
        where = f"trang tính «{self.sheet}», dòng {shown}"
        return f"{len(self.rows)} {what}: {self.reason} ({where})"


def reasons(rejected: tuple[RejectedRow, ...]) -> tuple[RejectReason, ...]:
    """Whole rows first, then the most frequent reason."""
    grouped: dict[tuple[bool, str, str, str], list[int]] = {}
    for one in rejected:
        grouped.setdefault((one.kept, one.sheet, one.column, one.reason), []).append(one.row)
    ordered = sorted(grouped.items(), key=lambda item: (item[0][0], -len(item[1]), item[0]))
    return tuple(
        RejectReason(sheet, column, reason, kept, tuple(rows))
        for (kept, sheet, column, reason), rows in ordered
    )
