"""Entries made claims: every cell parsed, the unit and the book settled, the key given.

Shared by exports and registers; what differs between the two is a handful of lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from config.office_tables import Tables
from config.sources import FileSource
from connectors import cells as read
from connectors.files import hand_over, table_titles
from connectors.files.additions import WHOSE, Additions, UnreadCell
from connectors.files.fields import PLAIN, Checked, checked_in
from connectors.files.headers import words
from connectors.files.sheet_rows import Entry, HeaderedTable, LeftOut
from connectors.files.swapped import FEWEST, DayColumn
from connectors.said import DAYS, NATIONAL, Claims, day_of, national_in_note, row_parts
from connectors.sheets.messages import Cell
from reconcile.claims import Claim, Place, Procedure, RegisterType, RejectedRow, Role
from reconcile.text import codes, vietnamese

NOBODY = "dòng không có mã hồ sơ và không có tên người được đăng ký"
#: What a row is known by; without all of them it is nobody's.
IDENTIFYING = ("own_code", "national_code", "subject", "applicant", "mother")
#: What would prove something in a register: where it cannot be read, the row is not without it.
PROOFS = ("returned_on", "registered_on", "signed")


@dataclass(frozen=True, slots=True)
class BookFacts:
    """What holds for every entry of one table."""

    sheet: str
    register_type: RegisterType
    procedure: Procedure  # where no column tells
    has_procedure: bool
    named_by_note: bool  # the column "Trích yếu" holds the procedure's name
    unit_texts: tuple[str, ...]  # texts that may name the unit, in the contract's order
    checked: tuple[tuple[str, Checked], ...]  # of the columns that there are
    plain: tuple[tuple[str, Callable[[Cell], Any]], ...]


class Records:
    """The rows of one file, in order, as claims; remembers what could not be read."""

    def __init__(
        self,
        source: FileSource,
        tables: Tables,
        file: str,
        typed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.source = source
        self.tables = tables
        self.file = file
        self.blanks: list[UnreadCell] = []  # cells that could not be read, for who looks at them
        self._additions = Additions(typed)
        self._typed: tuple[str, ...] = ()  # marks of the row at hand that a person typed
        self.date1904 = False  # serial numbers count from 1904
        self.swapped: list[str] = []  # columns whose true days may be months
        self._unread: tuple[str, ...] = ()  # fields of the row at hand in which something stands
        self._suspects: dict[str, DayColumn] = {}
        self.is_register = source.role is Role.REGISTER
        self.rejected: list[RejectedRow] = []
        self.rows = 0
        self._claims = Claims(source, tables, source.statuses)
        self._stale = False  # the keys are not those of the rows as they are now
        self._units_by_sheet: dict[str, str] = {}  # of sheets whose title or name tells it
        self._table: HeaderedTable | None = None
        self._book: BookFacts | None = None
        self._named: dict[tuple[tuple[str, ...], date | None], str] = {}
        self._section: tuple[str, ...] = ()  # a heading inside the table

    @property
    def claims(self) -> tuple[Claim, ...]:
        """In the order in which they stand."""
        return tuple(self._claims.by_key.values())

    @property
    def repeated(self) -> int:
        """Lines of an export that say a dossier again."""
        return self._claims.repeated

    @property
    def twins(self) -> int:
        """Rows of a register that say the same as one before them."""
        return self._claims.twins

    # One table

    def begin(self, table: HeaderedTable) -> None:
        """A table begins: settle what holds for all of it."""
        fields = table.header.fields
        kind = self.register_type(table)
        has_procedure = bool(fields & {"procedure_code", "procedure_name"})
        self._settle_suspects()
        self._table = table
        self._section = ()
        self._suspects = {name: DayColumn() for name in DAYS if name in fields}
        self._book = BookFacts(
            sheet=table.sheet,
            register_type=kind,
            procedure=self._procedure_of(table, kind),
            has_procedure=has_procedure,
            named_by_note="trich yeu" in words(table.header.label("note")),
            unit_texts=self._unit_texts(table),
            checked=checked_in(fields, self.date1904),
            plain=tuple(one for one in PLAIN if one[0] in fields),
        )

    def register_type(self, table: HeaderedTable) -> RegisterType:
        """Which book a table is; where titles and columns leave it open, the rows tell."""
        if not self.is_register:
            return RegisterType.NONE
        same = self._table is not None and self._table.header.columns == table.header.columns
        known = self._book if same else None
        titled = table_titles.register_type([*reversed(table.titles)])
        if titled is RegisterType.NONE and known and known.sheet == table.sheet:
            return known.register_type  # the header printed again on the next page
        titled = titled or table_titles.register_type([table.sheet, self.file])
        return table_titles.by_columns(table.header.fields, titled)

    def unit_of(self, table: HeaderedTable) -> tuple[str, str]:
        """The unit of a table's rows, and what tells it; for a person to look at."""
        if label := table.header.label("unit"):
            return "", f"theo từng dòng, cột «{label}»"
        if self.source.unit:
            return self._claims.unit(self.source.unit, None), "khóa unit của nguồn"
        places = ("dòng phía trên tiêu đề",) * len(table.titles)
        places += ("tên trang tính", "tên tệp", *("tên thư mục",) * self.file.count("/"))
        for text, place in zip(self._unit_texts(table), places, strict=False):
            if unit := self._unit_in(text, None):
                return unit, place
        return "", ""

    def units_of(self, texts: Sequence[str]) -> frozenset[str]:
        """The comparable names of the unit that a source, a title, a sheet or a file names."""
        named = self.source.unit or next(
            (unit for text in (*texts, *self._file_texts()) if (unit := self._unit_in(text, None))),
            "",
        )
        if not named:
            return frozenset()
        code = self._claims.unit(named, None)
        return frozenset(map(vietnamese.unit_key, (code, self.tables.units.name(code))))

    def _procedure_of(self, table: HeaderedTable, kind: RegisterType) -> Procedure:
        """The class that the book itself tells: by its type, else by the subject's column."""
        if not self.is_register:
            return Procedure.UNKNOWN
        if kind is RegisterType.BIRTHS:
            return Procedure.BIRTH
        if kind is RegisterType.DEATHS:
            return Procedure.DEATH
        for text in (table.header.label("subject"), *reversed(table.titles), table.sheet):
            births, deaths = "khai sinh" in words(text), "khai tu" in words(text)
            if births or deaths:
                one = Procedure.BIRTH if births else Procedure.DEATH
                return Procedure.UNKNOWN if births and deaths else one
        return Procedure.UNKNOWN

    def _unit_texts(self, table: HeaderedTable) -> tuple[str, ...]:
        """What may name the unit: the titles, the sheet, the file, its folders."""
        return (*reversed(table.titles), table.sheet, *self._file_texts())

    def _file_texts(self) -> tuple[str, ...]:
        file = self.file.rpartition("/")[2].rpartition(".")[0]
        return (file, *self.file.rpartition("/")[0].split("/")[::-1])

    def _unit_named(self, texts: tuple[str, ...], when: date | None) -> str:
        """The first unit that the texts name on that day."""
        known = self._named.get((texts, when))
        if known is None:
            known = next((unit for text in texts if (unit := self._unit_in(text, when))), "")
            self._named[texts, when] = known
        return known

    def _unit_in(self, text: str, when: date | None) -> str:
        """The unit that a text names: of the table, or, without one, as it names itself."""
        spaced = text.replace("_", " ").replace("-", " ")
        for one in (text, spaced):
            if self.tables.units:
                unit = self.tables.units.find_in(one, when) or ""
            else:
                unit = table_titles.unit_named(one)
            if unit:
                return unit
        return ""

    # The whole file

    def close(self) -> None:
        """The file is over: settle what only all of its rows tell."""
        self._settle_suspects()
        self._name_units()
        if self._stale and self.is_register:
            self._claims.rekey_rows()

    def _settle_suspects(self) -> None:
        """True days all up to the 12th beside typed days all after it: Excel read the others with
        day and month swapped, as it does where Windows is set to English (US)."""
        for name, suspect in self._suspects.items():
            if min(len(suspect.true), suspect.typed) < FEWEST:
                continue
            label = self._table.header.label(name) if self._table else ""
            self.swapped.append(label)
            for key, row in suspect.true:
                claim = self._claims.by_key[key]
                unread = claim.unread
                if self.is_register and name in PROOFS:
                    unread = tuple(one for one in PROOFS if one in (*unread, name))
                said = {one: getattr(claim, one) for one in (*WHOSE, name)}
                written = f"{said[name]:%d/%m/%Y}" if said[name] else ""
                mark = self._blank(row, said, name, written, read.MAYBE_SWAPPED)
                known: dict[str, Any] = {name: said[name] if mark else None}
                known |= {"typed": (*claim.typed, mark)} if mark else {"unread": unread}
                self._claims.by_key[key] = replace(claim, **known)
            self._stale = True
        self._suspects = {}

    def _name_units(self) -> None:
        """Sheets that name no unit are of the one that the file's other sheets name."""
        by_key = self._claims.by_key
        named = {claim.unit for claim in by_key.values() if claim.unit}
        told = len(named) == 1 and self.is_register and bool(self._units_by_sheet)
        if not told or all(claim.unit for claim in by_key.values()):
            return
        (unit,) = named
        if unit not in self._units_by_sheet.values():
            return  # a column names it, row by row: the other rows may be of anybody
        by_key |= {key: replace(one, unit=unit) for key, one in by_key.items() if not one.unit}
        self._stale = True

    # One entry

    def add(self, entry: Entry) -> Claim | None:
        """An entry made a claim, or a rejected row."""
        book = self._book
        if book is None:
            return None
        self.rows += 1
        values = self._values(entry, book)
        if not any(map(values.get, IDENTIFYING)):
            self._reject(entry.row, "", NOBODY, kept=False)
            return None
        if self.is_register:
            key = self._claims.add_row(values)
        else:
            key = self._claims.add_dossier(values, lambda: ".".join(row_parts(values.get)))
        if self._suspects:
            self._watch(entry, key)
        return self._claims.by_key[key]

    def _watch(self, entry: Entry, key: str) -> None:
        """Look for columns in which Excel may have swapped day and month."""
        for name in [one for one in self._suspects if one in entry.values]:
            if not self._suspects[name].sees(entry.values[name], key, entry.row):
                del self._suspects[name]  # an ordinary column, as nearly all are

    def left_out(self, part: LeftOut) -> None:
        """A row that is no entry, not counted; or a cell of a row that counts all the same."""
        self._reject(part.row, part.field, part.reason, kept=bool(part.field))

    def _values(self, entry: Entry, book: BookFacts) -> dict[str, Any]:
        """What an entry says: values of Claim's fields."""
        values = self._read(entry, book)
        if self._unread:
            values["unread"] = tuple(name for name in PROOFS if name in self._unread)
        status = values.pop("status", "")
        self._claims.settle(values, (status,) if status else ())
        self._take_codes(values)
        when = day_of(values)
        procedure = values["procedure"] = self._procedure(book, values)
        kind = values["register_type"] = self._type(book, procedure, entry.values)
        self._short_years(entry, values, event_in(kind, procedure), when)
        if self._typed:
            values["typed"] = self._typed
        values["unit"] = self._unit(entry, book, values.get("unit", ""), when)
        values["places"] = (Place(self.file, book.sheet, entry.row),)
        return values

    def _type(self, book: BookFacts, procedure: Procedure, values: dict[str, Cell]) -> RegisterType:
        """A civil-status book that holds births and deaths: each row tells its own."""
        if not self.is_register or book.register_type is not RegisterType.NONE:
            return book.register_type
        if procedure.event == Procedure.DEATH or "death_date" in values:
            return RegisterType.DEATHS
        return RegisterType.BIRTHS if procedure.event == Procedure.BIRTH else RegisterType.TRACKING

    def _procedure(self, book: BookFacts, values: dict[str, Any]) -> Procedure:
        name = values.get("procedure_name", "")
        if not book.has_procedure and book.named_by_note:
            name = values.get("note") or name
        if not (name or values.get("procedure_code")):
            return book.procedure
        return self._claims.procedure(values, name)

    def _unit(self, entry: Entry, book: BookFacts, said: str, when: date | None) -> str:
        """The unit of an entry, in the contract's order."""
        if entry.aside and self._unit_named(entry.aside, when):
            self._section = entry.aside
        if written := said or self.source.unit:
            return self._claims.unit(written, when)
        if unit := self._unit_named(self._section, when):
            return unit
        if unit := self._unit_named(book.unit_texts, when):
            self._units_by_sheet[book.sheet] = unit
        return unit

    def _take_codes(self, values: dict[str, Any]) -> None:
        """A code inside a subject line or note, taken by its shape where the column is empty."""
        note, own, national = map(values.get, ("note", "own_code", "national_code"))
        if not note or (own and national):
            return
        found = codes.in_text(note)
        local = [code for code in found if not code.startswith(NATIONAL)]
        if not own and len(local) == 1:
            own = values["own_code"] = local[0]
        # A register's note may speak of somebody else's dossier: only where no code is given.
        if not national and (not own or not self.is_register):
            national_in_note(values, found)

    # Cells

    def _read(self, entry: Entry, book: BookFacts) -> dict[str, Any]:
        """The value of every field that the entry has; what cannot be read is empty, and told."""
        values = entry.values
        said: dict[str, Any] = {}
        self._unread, self._typed = entry.crossed_out, ()
        unread: list[tuple[str, str]] = []
        for name, checked in book.checked:
            if name in values:
                said[name], reason = checked(values[name])
                if reason and reason is not read.SHORT_YEAR:
                    unread.append((name, read.fault(values[name]) or reason))
        for name, plain in book.plain:
            if name in values:
                said[name] = plain(values[name])
        for name, reason in unread:
            self._fill(entry, said, name, reason)
        if said.get("signed") is False and said.get("returned_on") is not None:
            self._against_signature(entry, said)
        return said

    def _against_signature(self, entry: Entry, said: dict[str, Any]) -> None:
        """A day of hand-over beside "chưa đến nhận" is a day that somebody only expected."""
        if "signed" not in self._unread and hand_over.not_yet(read.text(entry.values["signed"])):
            said["returned_on"] = None
            self._unread = (*self._unread, "returned_on")
            self._reject(entry.row, "signed", hand_over.AGAINST_DAY, kept=True)

    def _short_years(
        self, entry: Entry, said: dict[str, Any], event: str, when: date | None
    ) -> None:
        """Dates with a year of two digits: the one that is possible, else none, and told."""
        for name in ("birth_date", "death_date", "mother_birth_year"):
            cell = entry.values.get(name)
            if said.get(name) != "" or read.partial_date(cell)[1] is not read.SHORT_YEAR:
                continue
            if name != "mother_birth_year":
                said[name] = read.short_year(cell, name, event, when)
            if not said[name]:
                self._fill(entry, said, name, read.SHORT_YEAR)

    def _fill(self, entry: Entry, said: dict[str, Any], name: str, reason: str) -> None:
        """A cell that could not be read: what a person typed for it, else nothing, and told."""
        mark = self._blank(entry.row, said, name, read.text(entry.values.get(name)), reason)
        if mark:
            self._typed = (*self._typed, mark)
        else:
            self._unread = (*self._unread, name)

    def _blank(self, row: int, said: dict[str, Any], name: str, written: str, reason: str) -> str:
        """The mark of such a cell where a person typed something for it, which is said now."""
        sheet = self._table.sheet if self._table else ""
        whose = (said.get(one) for one in WHOSE if one != name)
        mark = self._additions.mark(sheet, name, written, whose)
        value, wrong = self._additions.value(mark)
        at = self._rejected(row, name, reason, kept=True)
        if wrong:
            self.rejected.append(at)
            self.blanks.append(UnreadCell(at, mark, written))
            return ""
        said[name] = value
        self.blanks.append(UnreadCell(at, mark, written, self._additions.typed[mark]))
        return mark

    def _reject(self, row: int, name: str, reason: str, kept: bool) -> None:
        self.rejected.append(self._rejected(row, name, reason, kept))
        self.blanks.append(UnreadCell(self.rejected[-1], "", ""))

    def _rejected(self, row: int, name: str, reason: str, kept: bool) -> RejectedRow:
        table = self._table
        label = table.header.label(name) if table and name else ""
        return RejectedRow(self.file, table.sheet if table else "", row, label, reason, kept)


def event_in(kind: RegisterType, procedure: Procedure) -> str:
    """Birth or death, by the procedure, else by the book; empty where neither tells."""
    by_book = {RegisterType.BIRTHS: "birth", RegisterType.DEATHS: "death"}
    return procedure.event or by_book.get(kind, "")
