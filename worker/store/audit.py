"""The audit: acts that a person answers for, only ever added to.

Each act bears a seal, a hash of itself and of the seal before it; the head knows the last one. A
changed, a dropped or a cut-off act is found by ``problems``. Whoever may write to the whole
database could forge a new chain: so the last seal is also told to the log, which lies elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from worker.store.act_tables import audit, audit_head
from worker.store.engine import Room, reads, upsert, writes

#: The one row of the head.
HEAD = "audit"
#: Among so many of the last acts one is looked for that was written already.
JUST_NOW = 500
#: Acts of the program: each holds the sum over all that it sealed.
SEALS = ("source.sealed", "run.sealed", "purge.sealed", "store.sealed")


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
    digest: str = ""  # of all that is sealed, where the act moved it


class Audit(Room):
    """The list of such acts, oldest first."""

    @writes
    def append(
        self,
        connection: Connection,
        *,
        actor: str,
        act: str,
        object: str,  # noqa: A002
        reason: str,
        at: datetime,
    ) -> int:
        """Keep one act and tell its number; once this returns it is on the disk."""
        return append(connection, actor=actor, act=act, object=object, reason=reason, at=at)

    @reads
    def acts(self, connection: Connection) -> list[Act]:
        """What persons did; the program's own seals stand between in the chain."""
        query = (
            select(
                *(audit.c.seq, audit.c.at, audit.c.actor, audit.c.act),
                *(audit.c.object, audit.c.reason),
            )
            .where(audit.c.act.not_in(SEALS))
            .order_by(audit.c.seq)
        )
        return [Act(*row) for row in connection.execute(query)]

    @reads
    def knows(self, connection: Connection, act: str, object: str) -> bool:  # noqa: A002
        """Whether such an act stands there of this object."""
        query = select(audit.c.seq).where(audit.c.act == act, audit.c.object == object).limit(1)
        return connection.scalar(query) is not None

    @reads
    def names_seen(self, connection: Connection, before: int = 0, limit: int = 50) -> list[Act]:
        """The newest acts by which whole names were shown, of numbers below ``before`` (0: all)."""
        columns = (audit.c.seq, audit.c.at, audit.c.actor, audit.c.act, audit.c.object)
        query = select(*columns, audit.c.reason).where(audit.c.act.contains("names"))
        if before:
            query = query.where(audit.c.seq < before)
        query = query.order_by(audit.c.seq.desc()).limit(limit)
        return [Act(*row) for row in connection.execute(query)]

    @reads
    def head(self, connection: Connection) -> tuple[int, str]:
        """The last number and its seal, to be kept somewhere else; (0, "") before the first."""
        query = select(audit_head.c.seq, audit_head.c.seal).where(audit_head.c.name == HEAD)
        row = connection.execute(query).first()
        return (row.seq, row.seal) if row else (0, "")


def append(
    connection: Connection,
    *,
    actor: str,
    act: str,
    object: str,  # noqa: A002
    reason: str,
    at: datetime,
    digest: str = "",
) -> int:
    """Keep one act inside the transaction of what was done; its number.

    The same act at the same moment is one: a repeated transaction adds nothing. ``digest`` is the
    sum over everything that is sealed (``seals``), where the act moved it.
    """
    head = locked_head(connection)
    values = {"at": at, "actor": actor, "act": act, "object": object, "reason": reason}
    values["digest"] = digest
    same = [audit.c[name] == value for name, value in values.items()]
    same.append(audit.c.seq > head.seq - JUST_NOW)
    known = connection.scalar(select(audit.c.seq).where(*same))
    if known is not None:
        return int(known)
    seq = head.seq + 1
    seal = sealed(head.seal, Act(seq, at, actor, act, object, reason, digest))
    connection.execute(insert(audit).values(seq=seq, seal=seal, **values))
    _move_head(connection, seq=seq, seal=seal)
    return int(seq)


def sealed(before: str, act: Act) -> str:
    """The seal of an act that follows the act with the seal ``before``."""
    told = [
        act.seq,
        act.at.astimezone(UTC).isoformat(),
        act.actor,
        act.act,
        act.object,
        act.reason,
        *([act.digest] if act.digest else []),
    ]
    line = before + json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def forget(connection: Connection, before: datetime) -> int:
    """Remove the oldest acts, those before that moment; the chain begins after them. How many."""
    head = locked_head(connection)
    kept = select(func.min(audit.c.seq)).where(audit.c.at >= before)
    first_kept = connection.scalar(kept) or head.seq + 1
    last = connection.execute(
        select(audit.c.seq, audit.c.seal)
        .where(audit.c.seq < first_kept)
        .order_by(audit.c.seq.desc())
        .limit(1)
    ).first()
    if last is None:
        return 0
    _move_head(connection, purged_to=last.seq, purged_seal=last.seal)
    return connection.execute(delete(audit).where(audit.c.seq <= last.seq)).rowcount


def problems(connection: Connection) -> list[str]:
    """What was changed, dropped or cut off, in Vietnamese; empty when the chain holds."""
    head = connection.execute(select(audit_head).where(audit_head.c.name == HEAD)).first()
    if head is None:
        return ["Nhật ký thao tác: mất dòng cuối chuỗi"]
    seq, seal = head.purged_to, head.purged_seal
    query = select(audit).order_by(audit.c.seq).execution_options(yield_per=5000)
    with connection.execute(query) as rows:
        for row in rows:
            if row.seq != seq + 1:
                return [f"Nhật ký thao tác: thiếu dòng số {seq + 1}"]
            act = Act(row.seq, row.at, row.actor, row.act, row.object, row.reason, row.digest)
            if row.seal != sealed(seal, act):
                return [f"Nhật ký thao tác: dòng số {row.seq} đã bị sửa"]
            seq, seal = row.seq, row.seal
    if (seq, seal) != (head.seq, head.seal):
        return [f"Nhật ký thao tác: bị cắt bớt sau dòng số {seq}"]
    return []


def locked_head(connection: Connection) -> Any:
    """The head, held until the transaction ends: who appends waits for who appends."""
    empty = {"name": HEAD, "seq": 0, "seal": "", "purged_to": 0, "purged_seal": ""}
    connection.execute(upsert(connection, audit_head).values(**empty).on_conflict_do_nothing())
    query = select(audit_head).where(audit_head.c.name == HEAD).with_for_update()
    return connection.execute(query).one()


def _move_head(connection: Connection, **values: Any) -> None:
    connection.execute(update(audit_head).where(audit_head.c.name == HEAD).values(**values))
