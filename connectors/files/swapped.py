"""Columns in which Excel read day and month the wrong way round, as with English (US) settings.

A day up to the 12th became a true date with the two swapped, a later one stayed as it was typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors import cells as read
from connectors.sheets.messages import Cell

MONTHS = 12
FEWEST = 2  # true days, and typed ones, before anybody speaks of a pattern


@dataclass(slots=True)
class DayColumn:
    """A column of days while it may be one in which Excel swapped day and month."""

    typed: int = 0  # days typed as text, all after the 12th
    true: list[tuple[str, int]] = field(default_factory=list)  # claim and row of the true ones

    def sees(self, cell: Cell, key: str, row: int) -> bool:
        """False where this cell proves that nothing was swapped."""
        if cell.__class__ is not str:
            return True  # a bare number: nobody's word
        if read.ISO_DATE.fullmatch(cell):
            self.true.append((key, row))
            return int(cell[8:10]) <= MONTHS
        found, _ = read.day(cell)
        if found is not None:
            self.typed += 1
            return found.day > MONTHS
        return True
