"""The audit: acts that a person answers for, only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from worker.store.engine import Database
from worker.store.tables import audit


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who did what to which object, and why. No names of citizens but in ``reason``,
    which the person writes."""

    seq: int
    at: datetime
    actor: str  # cli:<login>
    act: str  # a code: "report.full_names"
    object: str  # a code: the id of a run
    reason: str


def add(
    connection: Connection,
    *,
    actor: str,
    act: str,
    object: str,  # noqa: A002
    reason: str,
    at: datetime,
) -> int:
    """Keep one act inside of somebody's transaction; its number."""
    row = insert(audit).values(at=at, actor=actor, act=act, object=object, reason=reason)
    return int(connection.execute(row.returning(audit.c.seq)).scalar_one())


@dataclass(frozen=True, slots=True)
class Audit:
    """The list of such acts, oldest first."""

    database: Database

    def append(self, *, actor: str, act: str, object: str, reason: str, at: datetime) -> int:  # noqa: A002
        """Keep one act and tell its number; once this returns it is on the disk."""
        return self.database.write(
            lambda connection: add(
                connection, actor=actor, act=act, object=object, reason=reason, at=at
            )
        )

    def acts(self) -> list[Act]:
        query = select(
            audit.c.seq, audit.c.at, audit.c.actor, audit.c.act, audit.c.object, audit.c.reason
        ).order_by(audit.c.seq)
        return self.database.read(
            lambda connection: [Act(*row) for row in connection.execute(query)]
        )
