"""How the cells of each field are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from connectors import cells as read
from connectors.said import DAYS
from connectors.sheets.messages import Cell

#: Makes the value of a cell; says, in Vietnamese, why it is empty where something stood there.
Checked = Callable[[Cell], tuple[Any, str]]

DAY_READERS: Mapping[str, Callable[..., tuple[Any, str]]] = {
    name: read.day_in(name) for name in DAYS
}

#: Fields that hold a text, each row its own, or few texts many times; and single words.
PLAIN: tuple[tuple[str, Callable[[Cell], Any]], ...] = (
    *((name, read.shown) for name in ("applicant", "subject", "mother", "father", "note")),
    *((name, read.repeated) for name in ("procedure_name", "unit", "receiving_unit", "status")),
    *((name, read.repeated) for name in ("taken_by", "registration_kind", "apology")),
    ("sex", read.sex),
    ("channel", read.channel),
)


def checked_in(fields: frozenset[str], date1904: bool) -> tuple[tuple[str, Checked], ...]:
    """How the cells of these fields are read, in the order in which their mistakes are told."""
    days: list[tuple[str, Checked]] = [
        (name, partial(DAY_READERS[name], date1904=True) if date1904 else DAY_READERS[name])
        for name in DAYS
        if name in fields
    ]
    partial_date: Checked = (
        partial(read.partial_date, date1904=True) if date1904 else read.partial_date
    )
    parsers: tuple[tuple[tuple[str, ...], Checked], ...] = (
        (("own_code", "national_code", "procedure_code"), read.code),
        (("applicant_id", "subject_id"), read.person_id),
        (("birth_date", "death_date", "mother_birth_year"), partial_date),
        (("book", "number", "page"), read.code),
        (("signed",), read.signed),
    )
    return (
        *days,
        *((name, parse) for names, parse in parsers for name in names if name in fields),
    )
