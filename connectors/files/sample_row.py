"""The sample row of our own register templates: it is no entry of anybody's book.

It is known by the whole of it: every cell that the sample fills says the same under the same
header, and every other cell of the row is empty. One letter changed, and it is an entry like any
other: somebody may have typed over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from config.templates import TEMPLATES
from connectors import cells as read
from connectors.files.headers import HeaderColumn, words
from connectors.sheets.messages import Cell

SAMPLE_ROW = "dòng mẫu của biểu mẫu, không nhập"


@dataclass(frozen=True, slots=True)
class Sample:
    """What each column of a table holds in the sample row, by the column's place."""

    cells: tuple[tuple[int, str | date], ...]
    first: int  # a column whose text decides nearly every time

    def is_it(self, cells: Sequence[Cell]) -> bool:
        """This row is the sample, cell for cell."""
        if self.first >= len(cells) or not isinstance(cells[self.first], str):
            return False
        expected = dict(self.cells)
        return all(_says(cell, expected.pop(at, "")) for at, cell in enumerate(cells)) and not any(
            expected.values()
        )


def of(columns: Sequence[HeaderColumn]) -> Sample | None:
    """The sample of the template whose headers these are, in whatever order; None: of none."""
    places = {words(column.label): column.index for column in columns}
    for sample in _samples():
        if all(header in places for header, text in sample if text):
            cells = [(places[header], text) for header, text in sample if header in places]
            return Sample(tuple(sorted(cells, key=lambda one: one[0])), places[words("Ghi chú")])
    return None


@cache
def _samples() -> tuple[tuple[tuple[str, str | date], ...], ...]:
    return tuple(
        tuple((words(field.header), field.sample) for field in template.fields)
        for template in TEMPLATES.values()
    )


def _says(cell: Cell, sample: str | date) -> bool:
    if isinstance(sample, date):
        return read.partial_date(cell)[0] == sample.isoformat()
    return read.shown(cell) == sample
