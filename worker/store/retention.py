"""What is kept too long is removed, by the office's own numbers of days.

A trial is the same work in a transaction that is rolled back, so that its figures are true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from reconcile.lifecycle import ITSELF, Discrepancy, State
from worker.store import audit, piles, seals
from worker.store.act_tables import batch_item, paper, tick
from worker.store.engine import Database, batches, forget_log
from worker.store.hand_tables import intake
from worker.store.mail_tables import outbox, told
from worker.store.mails import Body, MailState
from worker.store.seals import SealMoves
from worker.store.tables import change, discrepancy, finding, queue, run, run_contents, run_page

#: Instead of a reason that a person wrote.
MASKED = "(đã che theo thời hạn lưu)"
_DAY = timedelta(days=1)

_encode = msgspec.json.Encoder().encode
_discrepancy = msgspec.json.Decoder(Discrepancy).decode


@dataclass(frozen=True, slots=True)
class Terms:
    """How many days what is kept. Frozen periods stay for ever: they hold codes and places only."""

    runs: int
    discrepancies: int
    mask_after: int
    audit: int


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each were, or in a trial would be, removed; and which runs lost their files."""

    counts: Mapping[str, int]
    runs: tuple[str, ...]


class _Trial(Exception):
    """Roll everything back."""


def purge(database: Database, terms: Terms, now: datetime, *, trial: bool = False) -> Purged:
    """Remove what is older than the terms. SQLite overwrites it on the disk too."""
    found: list[Purged] = []

    def act(connection: Connection) -> None:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        found[:] = [_purge(connection, terms, now, seals.SealMoves())]
        if trial:
            raise _Trial

    try:
        database.write(act)
    except _Trial:
        return found[0]
    if database.is_sqlite:
        forget_log(database.file)
    return found[0]


def _purge(connection: Connection, terms: Terms, now: datetime, moved: SealMoves) -> Purged:
    old_runs = _old_runs(connection, now - terms.runs * _DAY)
    closed = _closed(connection, now - terms.discrepancies * _DAY)
    counts = {
        "run_contents": _each(connection, old_runs, _drop_contents),
        "queue": _each(connection, old_runs, _drop_orders),
        "discrepancies": _each(
            connection, closed, lambda connection, ids: _drop_discrepancies(connection, ids, moved)
        ),
        "masked": _mask(connection, now - terms.mask_after * _DAY, moved),
        "mails": _mails(connection, now - terms.runs * _DAY),
        "intakes": _intakes(connection, now - terms.runs * _DAY),
        "audit": 0,
    }
    oldest = now - terms.audit * _DAY
    sealed_at = seals.last_sealed_at(connection)
    # The sum over all that is sealed stands in the newest act that moved it: such an act stays.
    ends_here = sealed_at is not None and sealed_at < oldest
    seals.keep(
        connection,
        moved,
        actor=seals.ITSELF,
        act=seals.PURGED,
        object="-",
        at=now,
        again=ends_here,
    )
    counts["audit"] = audit.forget(connection, oldest)
    return Purged(counts, tuple(old_runs))


def _intakes(connection: Connection, before: datetime) -> int:
    """What a file replaced holds whole names: it is kept as long as a run's contents."""
    old = (intake.c.at < before, intake.c.before.is_not(None))
    return connection.execute(update(intake).where(*old).values(before=None)).rowcount


def _old_runs(connection: Connection, before: datetime) -> list[str]:
    query = select(run.c.id).where(run.c.finished < before).order_by(run.c.id)
    return list(connection.scalars(query))


def _closed(connection: Connection, before: datetime) -> list[str]:
    """Resolved, and not moved since; one that a person put aside may still be seen every day."""
    late = select(change.c.discrepancy_id).where(change.c.at >= before)
    query = (
        select(discrepancy.c.id)
        .where(discrepancy.c.state == State.RESOLVED.value, discrepancy.c.id.not_in(late))
        .order_by(discrepancy.c.id)
    )
    return list(connection.scalars(query))


def _each(
    connection: Connection, ids: Sequence[str], drop: Callable[[Connection, Sequence[str]], int]
) -> int:
    return sum(drop(connection, part) for part in batches(ids))


def _drop_contents(connection: Connection, ids: Sequence[str]) -> int:
    connection.execute(delete(run_page).where(run_page.c.run_id.in_(ids)))
    return connection.execute(delete(run_contents).where(run_contents.c.run_id.in_(ids))).rowcount


def _drop_orders(connection: Connection, ids: Sequence[str]) -> int:
    done = (queue.c.run_id.in_(ids), queue.c.wanted.is_(None))
    return connection.execute(delete(queue).where(*done)).rowcount


def _drop_discrepancies(connection: Connection, ids: Sequence[str], moved: SealMoves) -> int:
    moved.take_rows("steps", seals.rows_of(connection, "steps", change.c.discrepancy_id.in_(ids)))
    moved.take_rows("paper", seals.rows_of(connection, "paper", paper.c.discrepancy_id.in_(ids)))
    for table, column in (
        (change, change.c.discrepancy_id),
        (finding, finding.c.discrepancy_id),
        (told, told.c.item),
        (paper, paper.c.discrepancy_id),
        (tick, tick.c.discrepancy_id),
        (batch_item, batch_item.c.discrepancy_id),
    ):
        connection.execute(delete(table).where(column.in_(ids)))
    query = select(discrepancy.c.dossier).where(discrepancy.c.id.in_(ids))
    dossiers = set(connection.scalars(query))
    dropped = connection.execute(delete(discrepancy).where(discrepancy.c.id.in_(ids))).rowcount
    piles.settle(connection, dossiers)
    return dropped


def _mask(connection: Connection, before: datetime, moved: SealMoves) -> int:
    """Reasons that persons wrote of discrepancies that were closed long ago: they may name one."""
    closed = _closed(connection, before)
    count = 0
    for part in batches(closed):
        steps = select(change).where(change.c.discrepancy_id.in_(part))
        for row in connection.execute(steps).all():
            reason = MASKED if row.by != ITSELF and row.reason else row.reason
            payload = _masked(row.payload)
            if (reason, payload) != (row.reason, bytes(row.payload)):
                values = {"reason": reason, "payload": payload}
                this = change.c.id == row.id
                moved.take_rows("steps", [row])
                connection.execute(update(change).where(this).values(**values))
                moved.add_rows("steps", seals.rows_of(connection, "steps", this))
                count += 1
        later = select(discrepancy.c.id, discrepancy.c.payload).where(discrepancy.c.id.in_(part))
        for row in connection.execute(later).all():
            if (hidden := _masked(row.payload)) != bytes(row.payload):
                connection.execute(
                    update(discrepancy).where(discrepancy.c.id == row.id).values(payload=hidden)
                )
    return count


def _masked(payload: Any) -> bytes:
    found = _discrepancy(bytes(payload))
    return _encode(replace(found, reason=MASKED) if found.reason else found)


def _mails(connection: Connection, before: datetime) -> int:
    """Mails settled long ago. One that says who was told of what stays, without its words."""
    settled = [
        state.value for state in MailState if state not in (MailState.PENDING, MailState.SENDING)
    ]
    old = (outbox.c.state.in_(settled), outbox.c.settled_at < before)
    needed = select(told.c.outbox_id)
    gone = connection.execute(delete(outbox).where(*old, outbox.c.id.not_in(needed))).rowcount
    empty = _encode(Body("", "", ""))
    emptied = connection.execute(
        update(outbox).where(*old, outbox.c.payload != empty).values(payload=empty)
    ).rowcount
    return gone + emptied
