"""What was seen in the watched inboxes, from one look to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from worker.store.engine import Room, reads, writes
from worker.store.tables import sighting


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a file looked: ``times`` looks found it unchanged since, the last of them ``at``."""

    size: int
    mtime_ns: int
    at: datetime
    times: int = 0


class Sightings(Room):
    """By the file's path."""

    @reads
    def known(self, connection: Connection) -> dict[str, Sighting]:
        """Every file that lay in an inbox at the last look."""
        query = select(sighting)
        return {
            row.path: Sighting(row.size, row.mtime_ns, row.at, row.times)
            for row in connection.execute(query)
        }

    @writes
    def keep(
        self, connection: Connection, seen: Mapping[str, Sighting], *, forget: Collection[str]
    ) -> None:
        """Write what this look saw; ``forget`` are paths that are gone or were taken."""
        rows = [
            {"path": path, "size": one.size, "mtime_ns": one.mtime_ns, "at": one.at}
            | {"times": one.times}
            for path, one in sorted(seen.items())
        ]
        gone = sorted({*seen, *forget})
        for path in gone:
            connection.execute(delete(sighting).where(sighting.c.path == path))
        if rows:
            connection.execute(insert(sighting), rows)
