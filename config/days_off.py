"""Days off and swapped working days: public holidays, our corrections, the office's own."""

from __future__ import annotations

from datetime import date

from config.csvfile import Row, TableColumn, TableReader
from config.folding import fold
from config.public_holidays import OFF, WORKED, days
from reconcile.workdays import Calendar

COLUMNS = (
    TableColumn("date", ("ngày",), needed=True),
    TableColumn("day", ("off|work", "kind", "type", "off_or_work", "loại"), needed=True),
    TableColumn("note", ("ghi chú",)),
)
_WORDS = {"off": "off", "nghi": "off", "0": "off", "work": "work", "lam": "work"}
_WORDS |= {"lam bu": "work", "lam viec": "work", "1": "work"}


def build(defaults: TableReader, own: TableReader | None) -> Calendar:
    """The calendar; a later line wins over an earlier one, a line over the library."""
    off, worked = set(days(OFF)), set(days(WORKED))
    for sheet in (defaults, own):
        for row in sheet.rows if sheet else ():
            _take_in(row, off, worked)
    return Calendar(frozenset(off), frozenset(worked))


def _take_in(row: Row, off: set[date], worked: set[date]) -> None:
    day = row.day("date")
    word = _WORDS.get(fold(row["day"]))
    if day is None:
        if not row["date"]:
            row.problem("thiếu ngày (date)")
        return
    if word is None:
        row.problem(f"cột day: «{row['day']}» không dùng được; viết off (nghỉ) hoặc work (làm bù)")
        return
    (off if word == "off" else worked).add(day)
    (worked if word == "off" else off).discard(day)
