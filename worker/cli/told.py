"""What the reports of past runs told of a discrepancy: the newest that judged it counts.

A run of one unit, or one that could not read a source, tells nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from worker import reports
from worker.house import House
from worker.reports import Contents
from worker.reports.machine import FindingLine
from worker.reports.work import WorkRow
from worker.store import RunState

#: Reports that are opened at most: each takes a while to unpack in a large office.
LOOK_BACK = 10


@dataclass(frozen=True, slots=True)
class KnownDiscrepancy:
    """A discrepancy as people and as scripts read it."""

    row: WorkRow
    line: FindingLine | None


def told_of(house: House, wanted: Iterable[str]) -> dict[str, KnownDiscrepancy]:
    """The evidence of these discrepancies, by id; one that no recent report told of is left out."""
    missing, found = set(wanted), dict[str, KnownDiscrepancy]()
    for contents in _reports(house):
        if not missing:
            break
        rows = {row.id: row for row in contents.work if row.id in missing}
        lines = {line.id: line for line in contents.findings if line.id in rows} if rows else {}
        found |= {name: KnownDiscrepancy(row, lines.get(name)) for name, row in rows.items()}
        missing -= rows.keys()
    return found


def _reports(house: House) -> Iterator[Contents]:
    """The newest first; behind it only those that had read every source."""
    done = [one for one in house.store.runs() if one.state is RunState.DONE]
    useful = done[:1] + [one for one in done[1:] if one.exit_code in (0, 1)]
    for one in useful[:LOOK_BACK]:
        packed = house.store.contents(one.id)
        if packed is not None:
            yield reports.unpack(packed)
