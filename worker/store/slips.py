"""Returned papers that a clerk scanned, stack by stack, and what a second person said of each.

A stack moves nothing while it waits: it is the clerk's own word. Approved, its papers are the rows
of a register of their own (``SOURCE``), taken in like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from config.sources import SCANNED_SOURCE
from reconcile.claims import Snapshot
from worker.store import seals
from worker.store.engine import Room, reads, writes
from worker.store.errors import StoreError
from worker.store.file_changes import Taken
from worker.store.hand_tables import slip, slip_batch
from worker.store.intakes import Intakes, StandsOnIt
from worker.store.leases import Lease
from worker.store.tables import source_file

#: The source whose rows approved papers are.
SOURCE = SCANNED_SOURCE
#: In the audit: what became of a stack.
ACT = "slips"


class BatchState(StrEnum):
    """What became of a stack of papers."""

    OPEN = "open"  # being scanned
    WAITING = "waiting"  # for a second person
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # it was approved


class BatchSettled(StoreError):
    """A stack is no longer in the state from which it was to be moved."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Xấp giấy số {number} vừa được người khác xử lý: hãy tải lại")


class SlipAnswer(StrEnum):
    """What was answered when a paper was scanned."""

    KNOWN = "known"
    TWICE = "twice"
    UNKNOWN = "unknown"
    RETURNED = "returned"  # the software knew already that the result was handed over


#: Papers that are evidence once their stack is approved.
COUNTED = (SlipAnswer.KNOWN, SlipAnswer.RETURNED)


@dataclass(frozen=True, slots=True)
class Slip:
    """One scanned paper; ``code`` as it was scanned, ``own_key`` comparable."""

    id: int
    batch_id: int
    client_id: str
    code: str
    own_key: str
    said: SlipAnswer
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class SlipBatch:
    """A stack of papers of one unit and day; ``drawn`` are the papers to be opened."""

    id: int
    unit: str
    day: date
    expected: int | None
    state: BatchState
    by: str
    at: datetime
    closed_at: datetime | None
    drawn: tuple[int, ...]
    settled_by: str
    settled_at: datetime | None
    reason: str


class Slips(Room):
    """The stacks, and the papers in them."""

    @writes
    def begin(
        self,
        connection: Connection,
        unit: str,
        day: date,
        expected: int | None,
        *,
        by: str,
        at: datetime,
    ) -> int:
        """The number of a new stack."""
        values = {"unit": unit, "day": day, "expected": expected, "by": by, "at": at}
        values |= {"state": BatchState.OPEN.value, "drawn": "", "settled_by": "", "reason": ""}
        made = connection.execute(insert(slip_batch).values(**values).returning(slip_batch.c.id))
        number = int(made.scalar_one())
        moved = seals.SealMoves()
        _seal(connection, number, moved)
        told = f"giấy ngày {day:%d/%m/%Y}"
        _note(connection, moved, f"{ACT}.begun", number, by=by, at=at, reason=told)
        return number

    @reads
    def batch(self, connection: Connection, number: int) -> SlipBatch | None:
        query = select(slip_batch).where(slip_batch.c.id == number)
        found = connection.execute(query).first()
        return _batch(found) if found else None

    @reads
    def batches(
        self,
        connection: Connection,
        *,
        limit: int,
        before: int | None = None,
        units: Collection[str] | None = None,
        states: Collection[BatchState] = tuple(BatchState),
        holding: Collection[str] | None = None,
    ) -> list[SlipBatch]:
        """A page of the stacks of these units (None: all), newest first; ``holding``: those with a
        paper of one of these codes, as they are compared."""
        query = select(slip_batch).where(slip_batch.c.state.in_([one.value for one in states]))
        if units is not None:
            query = query.where(slip_batch.c.unit.in_(sorted(units)))
        if holding is not None:
            there = (slip.c.own_key.in_(sorted(holding)), slip.c.undone_at.is_(None))
            query = query.where(slip_batch.c.id.in_(select(slip.c.batch_id).where(*there)))
        if before is not None:
            query = query.where(slip_batch.c.id < before)
        query = query.order_by(slip_batch.c.id.desc()).limit(limit)
        return [_batch(row) for row in connection.execute(query)]

    @reads
    def are_approved(self, connection: Connection) -> bool:
        """Whether papers of any stack count now."""
        query = select(source_file.c.id).where(source_file.c.source == SOURCE).limit(1)
        return connection.scalar(query) is not None

    @reads
    def counts(self, connection: Connection, numbers: Collection[int]) -> dict[int, int]:
        """How many papers are in each of these stacks."""
        query = (
            select(slip.c.batch_id, func.count().label("papers"))
            .where(slip.c.batch_id.in_(sorted(numbers)), slip.c.undone_at.is_(None))
            .where(slip.c.said != SlipAnswer.TWICE.value)
            .group_by(slip.c.batch_id)
        )
        return {row.batch_id: row.papers for row in connection.execute(query)}

    @reads
    def papers(self, connection: Connection, number: int, *, last: int | None = None) -> list[Slip]:
        """The papers of a stack in the order of scanning, those taken back left out; the ``last``
        of them, None: all."""
        query = (
            select(slip)
            .where(slip.c.batch_id == number, slip.c.undone_at.is_(None))
            .order_by(slip.c.id.desc())
            .limit(last)
        )
        return [_slip(row) for row in connection.execute(query)][::-1]

    @reads
    def sent(self, connection: Connection, number: int, client_id: str) -> Slip | None:
        """The paper that was sent under this name already."""
        this = (slip.c.batch_id == number, slip.c.client_id == client_id)
        query = select(slip).where(*this)
        found = connection.execute(query).first()
        return _slip(found) if found else None

    @reads
    def scanned_before(self, connection: Connection, unit: str, own_key: str) -> Slip | None:
        """The last time that this paper was scanned in a stack of the unit that still counts."""
        gone = [BatchState.REFUSED.value, BatchState.WITHDRAWN.value]
        query = (
            select(slip)
            .join(slip_batch)
            .where(
                slip_batch.c.unit == unit,
                slip_batch.c.state.not_in(gone),
                slip.c.own_key == own_key,
                slip.c.own_key != "",
                slip.c.undone_at.is_(None),
                slip.c.said != SlipAnswer.TWICE.value,
            )
            .order_by(slip.c.id.desc())
            .limit(1)
        )
        found = connection.execute(query).first()
        return _slip(found) if found else None

    @writes
    def scan(
        self,
        connection: Connection,
        number: int,
        client_id: str,
        code: str,
        own_key: str,
        said: SlipAnswer,
        *,
        at: datetime,
    ) -> Slip | None:
        """The paper, now in the stack; None where the stack is scanned no more."""
        state = _locked(connection, number).state
        this = (slip.c.batch_id == number, slip.c.client_id == client_id)
        known = connection.execute(select(slip).where(*this)).first()
        if known is None and state == BatchState.OPEN.value:
            values = {"batch_id": number, "client_id": client_id, "code": code}
            values |= {"own_key": own_key, "said": said.value, "at": at}
            connection.execute(insert(slip).values(**values))
            known = connection.execute(select(slip).where(*this)).one()
        return _slip(known) if known else None

    @writes
    def take_back(self, connection: Connection, number: int, *, at: datetime) -> Slip | None:
        """The last paper of an open stack, which is in it no more; None: there is none."""
        if _locked(connection, number).state != BatchState.OPEN.value:
            return None
        query = select(slip).where(slip.c.batch_id == number, slip.c.undone_at.is_(None))
        last = connection.execute(query.order_by(slip.c.id.desc()).limit(1)).first()
        if last is None:
            return None
        connection.execute(update(slip).where(slip.c.id == last.id).values(undone_at=at))
        return _slip(last)

    @writes
    def move(
        self,
        connection: Connection,
        number: int,
        before: BatchState,
        after: BatchState,
        *,
        by: str,
        at: datetime,
        reason: str = "",
        drawn: Sequence[int] = (),
    ) -> bool:
        """Whether the stack was ``before`` and is ``after`` now. One act of the audit."""
        return moved(connection, number, before, after, by=by, at=at, reason=reason, drawn=drawn)

    def approve(
        self, number: int, snapshot: Snapshot, *, by: str, at: datetime, on: date, lease: Lease
    ) -> Taken:
        """What the papers of a waiting stack bring, taken in as the register that they are.

        Raises BatchSettled where somebody settled it meanwhile.
        """

        def also(connection: Connection, _intake: int) -> None:
            _must(connection, number, BatchState.WAITING, BatchState.APPROVED, by=by, at=at)

        taking = Intakes(self.database)
        return taking.take(snapshot, by=by, at=at, on=on, lease=lease, also=also)

    def withdraw(
        self, number: int, intake: int, *, by: str, at: datetime, reason: str, lease: Lease
    ) -> StandsOnIt | None:
        """Take the papers of an approved stack back; what stands on them where that cannot be."""

        def also(connection: Connection, _intake: int) -> None:
            before, after = BatchState.APPROVED, BatchState.WITHDRAWN
            _must(connection, number, before, after, by=by, at=at, reason=reason)

        taking = Intakes(self.database)
        return taking.undo(intake, by=by, at=at, reason=reason, lease=lease, also=also)


def _must(
    connection: Connection,
    number: int,
    before: BatchState,
    after: BatchState,
    *,
    by: str,
    at: datetime,
    reason: str = "",
) -> None:
    if not moved(connection, number, before, after, by=by, at=at, reason=reason):
        raise BatchSettled(number)


def moved(
    connection: Connection,
    number: int,
    before: BatchState,
    after: BatchState,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    drawn: Sequence[int] = (),
) -> bool:
    """As ``Slips.move``, in the transaction of another act."""
    row = _locked(connection, number)
    if row.state != before.value:
        return False
    sealed = seals.SealMoves()
    this = slip_batch.c.id == number
    sealed.take_rows("slips", seals.rows_of(connection, "slips", this))
    values: dict[str, Any] = {"state": after.value, "reason": reason}
    if drawn:
        values["drawn"] = msgspec.json.encode(list(drawn)).decode()
    if after is BatchState.WAITING and before is BatchState.OPEN:
        values["closed_at"] = at
    if after not in (BatchState.OPEN, BatchState.WAITING):
        values |= {"settled_by": by, "settled_at": at}
    connection.execute(update(slip_batch).where(this).values(**values))
    _seal(connection, number, sealed)
    told = f"mở {len(drawn)} giấy" if drawn else reason
    name = f"{ACT}.drawn" if drawn else f"{ACT}.{after.value}"
    _note(connection, sealed, name, number, by=by, at=at, reason=told)
    return True


def _locked(connection: Connection, number: int) -> Any:
    query = select(slip_batch).where(slip_batch.c.id == number).with_for_update()
    return connection.execute(query).one()


def _seal(connection: Connection, number: int, into: seals.SealMoves) -> None:
    into.add_rows("slips", seals.rows_of(connection, "slips", slip_batch.c.id == number))


def _note(
    connection: Connection,
    sealed: seals.SealMoves,
    act: str,
    number: int,
    *,
    by: str,
    at: datetime,
    reason: str,
) -> None:
    seals.keep(connection, sealed, actor=by, act=act, object=str(number), reason=reason, at=at)


def _batch(row: Any) -> SlipBatch:
    return SlipBatch(
        **{name: getattr(row, name) for name in SlipBatch.__slots__ if name not in _READ},
        state=BatchState(row.state),
        drawn=tuple(msgspec.json.decode(row.drawn)) if row.drawn else (),
    )


_READ = ("state", "drawn")


def _slip(row: Any) -> Slip:
    values = {name: getattr(row, name) for name in Slip.__slots__ if name != "said"}
    return Slip(**values, said=SlipAnswer(row.said))
