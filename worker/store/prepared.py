"""What the newest linking left behind: which file holds it, what it stands on, whether it held."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from worker.store import leases
from worker.store.engine import Room, reads, writes
from worker.store.leases import Lease
from worker.store.tables import prepared

LINKING = "linking"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """``basis`` is a digest of the program and the policy, ``digest`` of the file, ``links`` of the
    links that were stored with it. ``whole_same``: what the newest full run said of them."""

    basis: str
    digest: str
    links: str
    whole_at: datetime | None = None
    whole_same: bool | None = None


class PreparedRows(Room):
    """The one row that the newest run wrote."""

    @reads
    def newest(self, connection: Connection) -> LeftBehind | None:
        query = select(prepared).where(prepared.c.name == LINKING)
        row = connection.execute(query).first()
        if row is None:
            return None
        return LeftBehind(row.basis, row.digest, row.links, row.whole_at, row.whole_same)

    @writes
    def keep(
        self, connection: Connection, found: LeftBehind, *, lease: Lease | None = None
    ) -> None:
        leases.guard(connection, lease)
        connection.execute(delete(prepared).where(prepared.c.name == LINKING))
        connection.execute(insert(prepared).values(name=LINKING, **asdict(found)))
