"""What the newest linking left behind: which file holds it, what it stands on, whether it held."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from worker.store import judged, leases
from worker.store.engine import Room, reads, writes
from worker.store.judged import Differing
from worker.store.leases import Lease
from worker.store.tables import prepared

LINKING, VERDICTS = "linking", "verdicts"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """``basis`` is a digest of the program and the policy, ``digest`` of the file, ``links`` of the
    links that were stored with it, ``verdicts`` of the file with what was judged. ``whole_same``:
    what the newest full run said of them."""

    basis: str
    digest: str
    links: str
    whole_at: datetime | None = None
    whole_same: bool | None = None
    verdicts: str = ""


class PreparedRows(Room):
    """What the newest run wrote of it."""

    @reads
    def newest(self, connection: Connection) -> LeftBehind | None:
        query = select(prepared).where(prepared.c.name.in_((LINKING, VERDICTS)))
        rows = {row.name: row for row in connection.execute(query)}
        if (row := rows.get(LINKING)) is None:
            return None
        judged = rows[VERDICTS].digest if VERDICTS in rows else ""
        return LeftBehind(row.basis, row.digest, row.links, row.whole_at, row.whole_same, judged)

    @writes
    def keep(
        self,
        connection: Connection,
        found: LeftBehind,
        taken: Differing | None = None,
        *,
        lease: Lease | None = None,
    ) -> None:
        """From now on this is what was left behind, upon the claims as they were ``taken``."""
        values = asdict(found)
        verdicts = {"basis": "", "digest": values.pop("verdicts"), "links": ""}
        leases.guard(connection, lease)
        if taken is not None:
            judged.keep(connection, taken)
        both = prepared.c.name.in_((LINKING, VERDICTS))
        connection.execute(delete(prepared).where(both))
        connection.execute(insert(prepared).values(name=LINKING, **values))
        if found.verdicts:
            connection.execute(insert(prepared).values(name=VERDICTS, **verdicts))
