"""A table that the office edits in Excel or an editor, read row by row with line numbers.

UTF-8 with or without BOM; ``;``, ``,`` or tab between the cells; blank lines and lines that
begin with ``#`` say nothing. Headers are known by their contract names or in Vietnamese; a
needed column with an unknown header is taken from its place in the contract.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from config.errors import Problem
from config.fields import parse_day
from config.folding import fold, visible


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of a table: its name, other headers it may bear, whether it must be there."""

    name: str
    headers: tuple[str, ...] = ()
    needed: bool = False

    def is_headed(self, header: str) -> bool:
        return fold(header) in {fold(one) for one in (self.name, *self.headers)}


@dataclass(slots=True)
class TableReader:
    """A table being read: its rows, and the problems met on the way."""

    label: str  # as a problem names it: "tables/units.csv"
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)  # said all the same, and no mistake of ours

    def problem(self, line: int | None, text: str) -> None:
        self.problems.append(Problem(self.label, line, text))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    sheet: TableReader
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def problem(self, text: str) -> None:
        self.sheet.problem(self.line, text)

    def note(self, text: str) -> None:
        """Something that a person should look at; the line counts as it is."""
        self.sheet.notes.append(Problem(self.sheet.label, self.line, text))

    def day(self, name: str) -> date | None:
        """A day, or None when the cell is empty or no day (then a problem is noted)."""
        text = self[name]
        day = parse_day(text) if text else None
        if text and day is None:
            self.problem(
                f"cột {name}: «{text}» không phải là ngày; viết 2024-03-31 hoặc 31/03/2024"
            )
        return day

    def validity(self) -> tuple[date | None, date | None]:
        """``valid_from`` and ``valid_to``, both days included; empty means no bound."""
        start, end = self.day("valid_from"), self.day("valid_to")
        if start and end and start > end:
            self.problem("valid_from muộn hơn valid_to")
        return start, end


def read(path: Path, label: str, columns: Sequence[TableColumn]) -> TableReader:
    """Read one table; what is wrong stands in ``problems``."""
    sheet = TableReader(label)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        sheet.problem(None, "tệp không ở bảng mã UTF-8; trong Excel chọn «CSV UTF-8»")
        return sheet
    except OSError as error:
        sheet.problem(None, f"không mở được tệp ({error.strerror})")
        return sheet
    if "\0" in text:
        sheet.problem(None, "tệp không phải là CSV (có ký tự NUL)")
        return sheet
    _fill(sheet, list(_lines(text)), columns)
    return sheet


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that says something, with the number of its first line in the file."""
    first = next((line for line in text.splitlines() if _says(line)), "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    for cells in reader:
        line, before = before + 1, reader.line_num
        tidy = [" ".join(visible(cell).split()) for cell in cells]
        if any(tidy) and not tidy[0].startswith("#"):
            yield line, tidy


def _says(line: str) -> bool:
    return bool(line.strip(" ;,\t")) and not line.lstrip('" ').startswith("#")


def _fill(
    sheet: TableReader, lines: list[tuple[int, list[str]]], columns: Sequence[TableColumn]
) -> None:
    if not lines:
        return
    number, header = lines[0]
    places = _places(header, columns)
    missing = [column.name for column in columns if column.needed and column.name not in places]
    if missing:
        sheet.problem(number, f"thiếu cột {', '.join(missing)}")
        return
    for line, cells in lines[1:]:
        named = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
        row = Row(sheet, line, named)
        if len(cells) > len(header) and any(cells[len(header) :]):
            row.problem("nhiều ô hơn dòng tiêu đề; ô có dấu phân cách phải đặt trong ngoặc kép")
            continue
        sheet.rows.append(row)


def _places(header: Sequence[str], columns: Sequence[TableColumn]) -> dict[str, int]:
    """Where each column stands: by its header, else by its place in the contract."""
    places: dict[str, int] = {}
    for place, text in enumerate(header):
        for column in columns:
            if column.name not in places and column.is_headed(text):
                places[column.name] = place
                break
    taken = set(places.values())
    for place, column in enumerate(columns):
        is_lost = column.needed and column.name not in places
        if is_lost and place < len(header) and place not in taken:
            places[column.name] = place
    return places
