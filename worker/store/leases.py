"""Who works on a scope: a lease for some seconds by the database's clock, and a fencing token.

A claim is one conditional UPDATE. Every claim raises the token, and whoever writes under a lease
first checks its token in the same transaction: a process that slept beyond its lease writes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Float, and_, literal_column, select, update

from worker.store.engine import Room, reads, upsert, writes
from worker.store.errors import LeaseLost
from worker.store.tables import RunState, lease, queue, run

SECONDS_NOW = {
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}
#: Seconds by which a clock may be put back while somebody holds a lease.
SLACK = 5.0
#: The lease of the whole office: a run links and judges everything.
ALL = "all"
INTERRUPTED = "Lần chạy bị ngắt giữa chừng (tiến trình dừng hoặc máy tắt); lần sau chạy lại từ đầu"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a scope, as long as nobody took it over."""

    name: str
    token: int
    owner: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease now."""

    owner: str
    run_id: str
    seconds_left: float


def seconds_now(connection: Connection) -> Any:
    return literal_column(SECONDS_NOW[connection.dialect.name], Float)


def stands(connection: Connection) -> Any:
    """Whether a lease is held now: it has not run out, and it is no longer than it can be.

    One that was taken while the clock was ahead would otherwise stand until that day comes.
    """
    now = seconds_now(connection)
    return and_(lease.c.until > now, lease.c.until <= now + lease.c.lasts + SLACK)


class Leases(Room):
    """Who holds which lease, and for how long."""

    @writes
    def claim(
        self, connection: Connection, wanted: Lease, *, seconds: float, at: datetime
    ) -> Lease | None:
        """Take the lease if it is free or has run out; None while somebody else holds it.

        ``wanted`` has no token yet; its owner is unique to this claim, so that one whose COMMIT
        reply was lost finds itself. A run that the former holder left unfinished is marked as
        interrupted, at the moment ``at``.
        """
        _make(connection, wanted.name)
        mine = lease.c.name == wanted.name
        this = select(lease).where(mine).with_for_update()
        before = connection.execute(this).one()
        if before.owner == wanted.owner:
            return replace(wanted, token=before.token)
        now = seconds_now(connection)
        taken = connection.execute(
            update(lease)
            .where(mine, lease.c.token == before.token, ~stands(connection))
            .values(
                token=before.token + 1,
                owner=wanted.owner,
                run_id=wanted.run_id,
                until=now + seconds,
                lasts=seconds,
            )
        )
        if taken.rowcount != 1:
            return None
        left = (run.c.id == before.run_id) & (run.c.state == RunState.RUNNING.value)
        # A run of the queue is begun again by the sweep, which counts its attempts.
        queued = select(queue.c.run_id).where(queue.c.wanted.is_not(None))
        connection.execute(
            update(run)
            .where(left, run.c.id != wanted.run_id, run.c.id.not_in(queued))
            .values(state=RunState.FAILED.value, finished=at, problem=INTERRUPTED, progress="")
        )
        return replace(wanted, token=before.token + 1)

    @writes
    def renew(self, connection: Connection, held: Lease, *, seconds: float) -> None:
        """Hold it for ``seconds`` from now. Raises LeaseLost."""
        until = seconds_now(connection) + seconds
        kept = connection.execute(
            update(lease).where(*_is(held)).values(until=until, lasts=seconds)
        )
        if kept.rowcount != 1:
            raise LeaseLost(held.name)

    @writes
    def release(self, connection: Connection, held: Lease) -> None:
        """Give it back; one that was taken over is left alone."""
        free = {"owner": "", "run_id": "", "until": 0.0, "lasts": 0.0}
        connection.execute(update(lease).where(*_is(held)).values(**free))

    @reads
    def holder(self, connection: Connection, name: str) -> Holder | None:
        """Who holds the lease now; None when it is free."""
        left = (lease.c.until - seconds_now(connection)).label("left")
        query = select(lease.c.owner, lease.c.run_id, left)
        found = connection.execute(query.where(lease.c.name == name, stands(connection))).first()
        if found is None:
            return None
        return Holder(found.owner, found.run_id, found.left)


def _make(connection: Connection, name: str) -> None:
    """The row of a lease, with token 0; two that make it at once make one."""
    values = {"name": name, "token": 0, "owner": "", "run_id": "", "until": 0.0, "lasts": 0.0}
    connection.execute(upsert(connection, lease).values(**values).on_conflict_do_nothing())


def guard(connection: Connection, held: Lease | None) -> None:
    """Let the transaction go on only while the lease is ours; it cannot be taken until the end.

    Raises LeaseLost. Without a lease (a person's single act) there is nothing to check.
    """
    if held is None:
        return
    if connection.execute(select(lease.c.token).where(*_is(held)).with_for_update()).first():
        return
    raise LeaseLost(held.name)


def _is(held: Lease) -> tuple[Any, ...]:
    return (lease.c.name == held.name, lease.c.token == held.token, lease.c.owner == held.owner)
