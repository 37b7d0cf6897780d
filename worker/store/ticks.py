"""What a person did at once: ticks and steps in one transaction, told once, undone at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from reconcile.lifecycle import Change
from worker.store import audit, decisions, seals
from worker.store.act_tables import batch, batch_item, tick
from worker.store.engine import Room, in_parts, reads, writes
from worker.store.errors import Overtaken
from worker.store.tables import discrepancy

#: In the audit.
DONE, UNDONE = "batch.done", "batch.undone"
TICK = "tick"
PART = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """Acts of one person at one moment; ``what`` says them in Vietnamese."""

    id: str
    by: str
    at: datetime
    what: str
    file: str = ""
    sha256: str = ""
    undone_by: str = ""
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One act of a batch; ``after`` is the state it led to, empty for a tick."""

    discrepancy_id: str
    act: str
    after: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Who says that a step was done, and when."""

    discrepancy_id: str
    step: str
    by: str
    at: datetime
    batch: str


class Batches(Room):
    """Acts of persons on many dossiers."""

    @writes
    def do(
        self, connection: Connection, made: Batch, ticks: Mapping[str, str], steps: Sequence[Change]
    ) -> None:
        """Tick these discrepancies for their step, and take these steps: all of it or nothing.

        Raises Overtaken when a discrepancy was moved meanwhile.
        """
        if connection.execute(select(batch.c.id).where(batch.c.id == made.id)).first():
            return  # the reply to our COMMIT was lost
        connection.execute(insert(batch).values(**_values(made)))
        items = [_item(made, name, TICK, "") for name in ticks]
        items += [_item(made, one.id, one.after.value, one.after.value) for one in steps]
        if items:
            connection.execute(insert(batch_item), items)
        _tick(connection, made, ticks)
        _take(connection, made, steps, DONE)

    @writes
    def undo(
        self, connection: Connection, made: Batch, by: str, at: datetime, steps: Sequence[Change]
    ) -> None:
        """Take the ticks of a batch away, take these steps back, and note that it was undone."""
        open_ = (batch.c.id == made.id, batch.c.undone_at.is_(None))
        values = {"undone_by": by, "undone_at": at}
        if not connection.execute(update(batch).where(*open_).values(**values)).rowcount:
            return
        connection.execute(delete(tick).where(tick.c.batch == made.id))
        _take(connection, Batch(made.id, by, at, made.what), steps, UNDONE)

    def of(self, name: str) -> Batch | None:
        """The batch of this id."""
        return next(iter(self._batches(batch.c.id == name)), None)

    def of_file(self, sha256: str) -> Batch | None:
        """The batch that a file led to and that was not undone."""
        where = (batch.c.sha256 == sha256, batch.c.undone_at.is_(None))
        return next(iter(self._batches(*where)), None)

    def newest(self, by: str, limit: int) -> list[Batch]:
        """The newest batches of a person, the last one first."""
        return self._batches(batch.c.by == by, limit=limit)

    @reads
    def items(self, connection: Connection, name: str) -> list[BatchItem]:
        columns = (batch_item.c.discrepancy_id, batch_item.c.act, batch_item.c.after)
        query = select(*columns).where(batch_item.c.batch == name).order_by(*columns)
        return [BatchItem(*row) for row in connection.execute(query)]

    @reads
    def ticks(self, connection: Connection, ids: Collection[str]) -> dict[str, Tick]:
        """The ticks on these discrepancies, by id."""
        names = ("discrepancy_id", "step", "by", "at", "batch")
        query = select(*(tick.c[name] for name in names))
        rows = in_parts(connection, query, tick.c.discrepancy_id, ids)
        return {row.discrepancy_id: Tick(*row) for row in rows}

    @reads
    def _batches(self, connection: Connection, *where: Any, limit: int = 1) -> list[Batch]:
        names = ("id", "by", "at", "what", "file", "sha256", "undone_by", "undone_at")
        query = select(*(batch.c[name] for name in names)).where(*where)
        query = query.order_by(batch.c.at.desc(), batch.c.id).limit(limit)
        return [Batch(*row) for row in connection.execute(query)]


def _values(made: Batch) -> dict[str, Any]:
    names = ("id", "by", "at", "what", "file", "sha256", "undone_by", "undone_at")
    return {name: getattr(made, name) for name in names}


def _item(made: Batch, name: str, act: str, after: str) -> dict[str, str]:
    return {"batch": made.id, "discrepancy_id": name, "act": act, "after": after}


def _tick(connection: Connection, made: Batch, ticks: Mapping[str, str]) -> None:
    """Raises Overtaken where a discrepancy asks for another step by now."""
    names = sorted(ticks)
    for start in range(0, len(names), PART):
        part = names[start : start + PART]
        query = select(discrepancy.c.id, discrepancy.c.step).where(discrepancy.c.id.in_(part))
        now = {row.id: row.step for row in connection.execute(query)}
        if moved := next((name for name in part if now.get(name) != ticks[name]), None):
            raise Overtaken(moved)
        connection.execute(delete(tick).where(tick.c.discrepancy_id.in_(part)))
        told = {"by": made.by, "at": made.at, "batch": made.id}
        connection.execute(
            insert(tick),
            [{"discrepancy_id": name, "step": ticks[name]} | told for name in part],
        )


def _take(connection: Connection, made: Batch, steps: Sequence[Change], act: str) -> None:
    """Apply the steps, and seal them as this one act of the person."""
    moved = seals.SealMoves()
    decisions.apply_changes(connection, steps, "", moved)
    if moved.groups():
        seals.keep(
            connection,
            moved,
            actor=made.by,
            act=act,
            object=made.id,
            reason=made.what,
            at=made.at,
        )
        return
    audit.append(connection, actor=made.by, act=act, object=made.id, reason=made.what, at=made.at)
