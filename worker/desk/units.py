"""Lines for the table of units, proposed from the units that the files name."""

from __future__ import annotations

import csv
import io

from config.sources import FileSource
from config.units import COLUMNS
from connectors import Memory
from reconcile.text.vietnamese import one_spelling, unit_key
from worker.desk.actor import Actor, Right
from worker.house import House


def proposed(house: House, actor: Actor) -> list[str]:
    """The header of ``units.csv``, then a line for each unit that the table does not know.

    A code is proposed, for it must stand there; who gets the mails nobody can guess.
    """
    actor.need(Right.ACCOUNTS)
    known = house.tables.units
    wanted = sorted({name for name in _named(house) if name and known.resolve(name) is None})
    spelt = one_spelling(wanted)
    by_key: dict[str, list[str]] = {}
    for name in wanted:
        by_key.setdefault(unit_key(name), []).append(spelt.get(name, name))
    taken = {unit.code for unit in known.all}
    free = (code for number in range(1, 10_000) if (code := f"DV{number:02}") not in taken)
    header = [column.name for column in COLUMNS]
    rows = [
        [next(free), names[0], "|".join(dict.fromkeys(names[1:])).replace(names[0], "").strip("|")]
        for _, names in sorted(by_key.items())
    ]
    return [_line(header), *(_line([*row, *[""] * (len(header) - len(row))]) for row in rows)]


def _named(house: House) -> set[str]:
    """As the files name them that were read, and those that lie there now."""
    named = {unit for file in house.store.readings.files() for unit in file.units}
    for connector in house.connectors:
        if isinstance(connector.source, FileSource):
            named |= {claim.unit for shot in connector.fetch(Memory()) for claim in shot.claims}
    return named


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
