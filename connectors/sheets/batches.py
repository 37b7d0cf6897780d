"""Rows on their way out: blank ones dropped, wide ones refused, sent some hundred at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from connectors.sheets.messages import Cell, Rows, Unreadable

MAX_ROWS = 1_048_576
MAX_COLUMNS = 200
MAX_CELL = 32_767  # what Excel itself allows
MAX_SHEETS = 64
BATCH_ROWS = 400
BATCH_CHARACTERS = 2_000_000
EXACT = 10**15  # beyond it a float has lost digits

Fonts = dict[tuple[int, int], str]
Struck = set[tuple[int, int]]


def cell(value: object) -> Cell:
    """A value as the messages carry it."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if value[0] in "='":
            value = typed(value)
        return value if len(value) <= MAX_CELL else value[:MAX_CELL]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    if isinstance(value, int):
        return value
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)[:MAX_CELL]


def typed(value: str) -> str:
    """What was meant where a sign keeps Excel from changing it: ``="0601"``, ``'09/01/2024``."""
    if value.startswith('="') and value.endswith('"') and len(value) > 2:
        return value[2:-1].replace('""', '"')
    if value.startswith("'") and value[1:2].isalnum():
        return value[1:]
    return value


def batches(
    rows: Iterable[tuple[int, list[Cell]]],
    fonts: Fonts | None = None,
    struck: Struck | None = None,
) -> Iterator[Rows]:
    """Rows of one sheet in messages of bounded size."""
    batch: list[tuple[int, list[Cell]]] = []
    weight = 0
    for count, (number, values) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise Unreadable("too_many_rows", str(MAX_ROWS))
        batch.append((number, values))
        # A long cell is rare; a sample of the row is enough to keep messages small.
        weight += sum(len(value) for value in values if isinstance(value, str))
        if len(batch) >= BATCH_ROWS or weight >= BATCH_CHARACTERS:
            yield Rows(batch, _fonts(batch, fonts), _struck(batch, struck))
            batch, weight = [], 0
    if batch:
        yield Rows(batch, _fonts(batch, fonts), _struck(batch, struck))


def tidy(values: Iterable[object]) -> list[Cell]:
    """One row without its blank tail; empty when nothing stands in it."""
    row = [cell(value) for value in values]
    while row and (row[-1] is None or (isinstance(row[-1], str) and not row[-1].strip())):
        row.pop()
    if len(row) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", str(MAX_COLUMNS))
    return row


def _struck(batch: list[tuple[int, list[Cell]]], struck: Struck | None) -> list[tuple[int, int]]:
    if not struck:
        return []
    return [
        (number, column)
        for number, values in batch
        for column in range(len(values))
        if (number, column) in struck
    ]


def _fonts(batch: list[tuple[int, list[Cell]]], fonts: Fonts | None) -> list[tuple[int, int, str]]:
    if not fonts:
        return []
    return [
        (number, column, fonts[number, column])
        for number, values in batch
        for column in range(len(values))
        if (number, column) in fonts
    ]
