"""Reading a filled-in blind sheet of a check: the papers it speaks of, and what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from connectors import cells
from connectors.errors import SourceGarbled
from connectors.files import workbook
from connectors.files.workbook import Limits
from connectors.sheets.messages import Cell, Rows, Sheet
from reconcile.figures.checking import Seen, SeenPaper
from reconcile.text.vietnamese import unit_key
from worker.desk.refused import Refused
from worker.reports.check_sheets import (
    FIRST,
    KEY,
    MISSING,
    NAME,
    PENDING,
    REGISTERED,
    RETURNED,
    SECOND,
    SEEN,
)

#: Compared without accents and case: nothing else is understood.
_SEEN = {unit_key(PENDING): Seen.PENDING, unit_key(MISSING): Seen.MISSING}


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """What two checkers wrote; ``problems`` name the row and column that Excel shows."""

    papers: tuple[SeenPaper, ...]
    first: str
    second: str
    blank: int
    problems: tuple[str, ...]


def read(file: Path, settings: Settings) -> FilledSheet:
    """The answers of a sheet. Raises Refused where it is none of ours or cannot be read."""
    try:
        return _read(file, settings)
    except SourceGarbled as error:
        raise Refused(str(error)) from None


def _read(file: Path, settings: Settings) -> FilledSheet:
    intake = settings.intake
    limits = Limits(file_megabytes=intake.max_file_mb, unpacked_megabytes=intake.max_unpacked_mb)
    with workbook.opened(file, limits) as content:
        messages = workbook.read(content, workbook.digest(content), limits, sheet=NAME)
        rows = list(_rows(messages))
    header = next((at for at, (_, row) in enumerate(rows) if {SEEN, KEY} <= set(row)), None)
    if header is None:
        raise SourceGarbled(f"không thấy dòng tiêu đề có cột “{SEEN}” và “{KEY}”; đừng sửa chúng")
    columns = {str(name): place for place, name in enumerate(rows[header][1]) if name}
    lines = [_line(columns, place, row) for place, row in rows[header + 1 :]]
    found = [one for one in lines if one is not None]
    return FilledSheet(
        papers=tuple(one for one in found if isinstance(one, SeenPaper)),
        first=_beside(rows[:header], FIRST),
        second=_beside(rows[:header], SECOND),
        blank=sum(one == "" for one in found),
        problems=tuple(one for one in found if isinstance(one, str) and one),
    )


def _line(columns: dict[str, int], place: int, row: Sequence[Cell]) -> SeenPaper | str | None:
    """A paper, what is wrong with the row, "" for a row left blank, None for what is no row."""

    def cell(name: str) -> Cell:
        at = columns.get(name)
        return row[at] if at is not None and at < len(row) else None

    key = cells.text(cell(KEY))
    if not key:
        return None
    days = []
    for name in (REGISTERED, RETURNED):
        found, why = cells.day(cell(name))
        if why:
            return f"{NAME}, dòng {place}, cột “{name}”: {why}"
        days.append(found)
    said = unit_key(cells.text(cell(SEEN)))
    if said and said not in _SEEN:
        return f"{NAME}, dòng {place}, cột “{SEEN}”: chỉ ghi “{PENDING}” hoặc “{MISSING}”"
    if said and any(days):
        return f"{NAME}, dòng {place}: vừa có ngày vừa ghi “{cells.text(cell(SEEN))}”"
    if said:
        return SeenPaper(key, _SEEN[said])
    return SeenPaper(key, Seen.FOUND, *days) if any(days) else ""


def _beside(rows: Sequence[tuple[int, Sequence[Cell]]], label: str) -> str:
    """The name behind a label, in its own cell or in a later one of the row."""
    for _, row in rows:
        texts = [cells.text(one) for one in row if one is not None]
        if texts and texts[0].startswith(label):
            return " ".join(texts)[len(label) :].strip(" .…")
    return ""


def _rows(messages: Iterator[object]) -> Iterator[tuple[int, list[Cell]]]:
    here = False
    for message in messages:
        if isinstance(message, Sheet):
            here = message.name == NAME
        elif isinstance(message, Rows) and here:
            yield from message.rows
