"""The queue of runs that were asked of the workers, as rows.

A run is recorded first; a message only hints that there is something to do. Whoever takes a run
holds the lease of its scope, and the attempt is counted before the work begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update

from reconcile.scope import Scope
from worker.store import leases, runs
from worker.store.asked import PollState
from worker.store.engine import Room, reads, upsert, writes
from worker.store.file_changes import Taken
from worker.store.leases import ALL, INTERRUPTED, SLACK, Lease, seconds_now
from worker.store.tables import RunState, lease, poll, queue, run

#: A run that ended its worker this often is put aside: the sixth try would end it as well.
MOST_ATTEMPTS = 5
#: Seconds before the next try, by the attempts made: the first interruption costs nothing.
PAUSES = (0.0, 0.0, 15.0, 30.0, 60.0, 60.0)
GIVEN_UP = (
    f"Đã thử {MOST_ATTEMPTS} lần, lần nào tiến trình cũng dừng giữa chừng; "
    "không tự chạy lại nữa. Xem nhật ký, rồi chạy lại: doisoat run"
)
CANCELLED = "Đã hủy theo yêu cầu"


@dataclass(frozen=True, slots=True)
class Wish:
    """A run that is wanted: the scope, and as JSON what else is to be done.

    ``key`` is equal for wishes that one run can fulfil.
    """

    run_id: str
    key: str
    trigger: str
    scope: Scope
    request: str
    asked_by: str = ""


class Awaited(msgspec.Struct, frozen=True):
    """What a run waits for, the rounds of its sources, and what its files brought before."""

    rounds: dict[str, int]
    files: dict[str, tuple[Taken, ...]] = {}


@dataclass(frozen=True, slots=True)
class Order:
    """A recorded run as the worker that takes it sees it."""

    run_id: str
    trigger: str
    scope: Scope
    request: str
    attempts: int
    awaited: Awaited | None = None  # the polls that it waited for, which are over


@dataclass(frozen=True, slots=True)
class QueueLength:
    """How much is in the queue; the age in seconds is that of the oldest that is due."""

    count: int
    oldest: float


class Queue(Room):
    """The runs that were asked of the workers, one method a question or an act."""

    @writes
    def ask(self, connection: Connection, wish: Wish, *, at: datetime) -> str:
        """Record the run; who wants the same as somebody before shares that run. Its id."""
        return record(connection, wish, at)

    @writes
    def take(
        self, connection: Connection, run_id: str, held: Lease, *, at: datetime
    ) -> Order | None:
        """Start the run under the lease of its scope; None when there is nothing to do.

        The attempt is counted in this transaction, before any work. Raises LeaseLost.
        """
        leases.guard(connection, held)
        query = (
            select(queue, run.c.trigger, run.c.scope)
            .join(run, run.c.id == queue.c.run_id)
            .where(
                queue.c.run_id == run_id,
                queue.c.wanted.is_not(None),
                _is_due(connection),
            )
        )
        row = connection.execute(query).first()
        if row is None:
            return None
        if row.cancelled_by:
            runs.end(connection, run_id, RunState.CANCELLED, at, problem=CANCELLED)
            return None
        if row.attempts >= MOST_ATTEMPTS:
            runs.end(connection, run_id, RunState.QUARANTINED, at, exit_code=2, problem=GIVEN_UP)
            return None
        if not _is_ready(connection, row.awaits):
            return None
        connection.execute(
            update(queue).where(queue.c.run_id == run_id).values(attempts=row.attempts + 1)
        )
        begun = {} if row.awaits else {"started": at, "progress": ""}
        values = {"state": RunState.RUNNING.value, "finished": None, "problem": "", **begun}
        connection.execute(update(run).where(run.c.id == run_id).values(**values))
        scope = msgspec.json.decode(row.scope, type=Scope)
        awaited = _awaited(row.awaits)
        return Order(run_id, row.trigger, scope, row.request, row.attempts + 1, awaited)

    @writes
    def give_back(
        self, connection: Connection, run_id: str, held: Lease, *, counts: bool, problem: str = ""
    ) -> None:
        """The run could not be finished here; the next worker begins it again.

        ``counts``: the try counts as one of the few; not when the service merely shuts down.
        """
        leases.guard(connection, held)
        _again(connection, run_id, counts=counts, problem=problem)

    @writes
    def park(self, connection: Connection, run_id: str, held: Lease, awaited: Awaited) -> None:
        """The run goes on once these polls are over; until then nobody works on it.

        Raises LeaseLost.
        """
        leases.guard(connection, held)
        waits = msgspec.json.encode(awaited).decode()
        connection.execute(
            update(queue)
            .where(queue.c.run_id == run_id, queue.c.wanted.is_not(None))
            .values(awaits=waits, attempts=0)
        )

    @reads
    def awaited(self, connection: Connection, run_id: str) -> Awaited | None:
        """What a run that began waits for; None: for nothing."""
        query = select(queue.c.awaits).where(queue.c.run_id == run_id, queue.c.wanted.is_not(None))
        return _awaited(connection.scalar(query))

    @reads
    def is_awaited(self, connection: Connection, source: str) -> bool:
        """Whether some run waits for the poll of this source."""
        query = select(queue.c.awaits).where(queue.c.wanted.is_not(None), queue.c.awaits != "")
        waits = connection.scalars(query).all()
        return any((one := _awaited(text)) and source in one.rounds for text in waits)

    @reads
    def due(self, connection: Connection) -> str | None:
        """The run to start next; None while its scope is worked on or nothing waits."""
        held = select(lease.c.name).where(lease.c.name == ALL, leases.stands(connection))
        if connection.execute(held).first():
            return None
        query = (
            select(queue.c.run_id, queue.c.awaits)
            .where(queue.c.wanted.is_not(None), _is_due(connection))
            .order_by(queue.c.next_at, queue.c.run_id)
        )
        rows = connection.execute(query).all()
        return next((str(row.run_id) for row in rows if _is_ready(connection, row.awaits)), None)

    @writes
    def tidy(self, connection: Connection, *, at: datetime) -> int:
        """Put right what workers left that are no more: how many runs were changed.

        An asked run waits again (or is put aside after too many tries); any other ends.
        """
        working = select(lease.c.run_id).where(leases.stands(connection))
        left = connection.execute(
            select(run.c.id, queue.c.wanted, queue.c.attempts, queue.c.cancelled_by, queue.c.awaits)
            .outerjoin(queue, queue.c.run_id == run.c.id)
            .where(run.c.state == RunState.RUNNING.value, run.c.id.not_in(working))
        ).all()
        left = [row for row in left if not _is_parked(row)]
        for row in left:
            if row.wanted is None:
                runs.end(connection, row.id, RunState.FAILED, at, problem=INTERRUPTED)
            elif row.cancelled_by:
                runs.end(connection, row.id, RunState.CANCELLED, at, problem=CANCELLED)
            else:
                _again(connection, row.id, counts=True, problem=INTERRUPTED)
        worn = connection.scalars(
            select(queue.c.run_id)
            .where(queue.c.wanted.is_not(None), queue.c.attempts >= MOST_ATTEMPTS)
            .where(queue.c.run_id.not_in(working))
        ).all()
        for run_id in worn:
            runs.end(connection, run_id, RunState.QUARANTINED, at, exit_code=2, problem=GIVEN_UP)
        return len(left) + len(worn)

    @writes
    def cancel(
        self, connection: Connection, run_id: str, by: str, *, at: datetime
    ) -> RunState | None:
        """Take a wish back: a waiting run ends here, a running one at its next step.

        The state of the run after it; None for a run that nobody queued.
        """
        query = (
            select(run.c.state, queue.c.wanted, queue.c.awaits, queue.c.attempts)
            .join(queue, queue.c.run_id == run.c.id)
            .where(run.c.id == run_id)
            .with_for_update()
        )
        row = connection.execute(query).first()
        if row is None:
            return None
        state = RunState(row.state)
        if row.wanted is None:
            return state
        if state is RunState.QUEUED or _is_parked(row):
            runs.end(connection, run_id, RunState.CANCELLED, at, problem=CANCELLED)
            return RunState.CANCELLED
        connection.execute(
            update(queue).where(queue.c.run_id == run_id).values(cancelled_by=by or "?")
        )
        return state

    @reads
    def is_cancelled(self, connection: Connection, run_id: str) -> bool:
        query = select(queue.c.cancelled_by).where(queue.c.run_id == run_id)
        return bool(connection.scalar(query))

    @writes
    def end_cancelled(
        self, connection: Connection, run_id: str, held: Lease, *, at: datetime
    ) -> None:
        """The worker stopped because it was asked to. Raises LeaseLost."""
        leases.guard(connection, held)
        runs.end(connection, run_id, RunState.CANCELLED, at, problem=CANCELLED)

    @reads
    def waiting(self, connection: Connection) -> QueueLength:
        """How many runs wait and since when the oldest could have begun."""
        now = seconds_now(connection)
        query = (
            select(func.count(), (now - func.min(queue.c.next_at)).label("oldest"))
            .join(run, run.c.id == queue.c.run_id)
            .where(queue.c.wanted.is_not(None), run.c.state == RunState.QUEUED.value)
        )
        count, oldest = connection.execute(query).one()
        return QueueLength(int(count), max(float(oldest or 0.0), 0.0))


def record(connection: Connection, wish: Wish, at: datetime) -> str:
    """Doing it twice is doing it once, and two who want the same share one run."""
    shared = select(queue.c.run_id).where(queue.c.wanted == wish.key)
    found = connection.execute(shared).scalar()
    if found is not None:
        return str(found)
    if connection.execute(select(run.c.id).where(run.c.id == wish.run_id)).first():
        return wish.run_id  # the reply to our COMMIT was lost, and the run has ended since
    savepoint = connection.begin_nested()
    runs.begin(connection, wish.run_id, wish.trigger, wish.scope, at, state=RunState.QUEUED)
    made = connection.execute(
        upsert(connection, queue)
        .values(
            run_id=wish.run_id,
            wanted=wish.key,
            request=wish.request,
            asked_by=wish.asked_by,
            next_at=seconds_now(connection),
            attempts=0,
            cancelled_by="",
            awaits="",
        )
        .on_conflict_do_nothing(index_elements=["wanted"])
        .returning(queue.c.run_id)
    ).first()
    if made is not None:
        savepoint.commit()
        return wish.run_id
    savepoint.rollback()  # somebody was quicker by a moment
    return str(connection.execute(shared).scalar() or wish.run_id)


def _awaited(text: str | None) -> Awaited | None:
    return msgspec.json.decode(text, type=Awaited) if text else None


def _is_ready(connection: Connection, awaits: str) -> bool:
    """What the run waits for is over."""
    awaited = _awaited(awaits)
    if awaited is None:
        return True
    query = select(poll.c.source, poll.c.round, poll.c.state)
    polls = {row.source: row for row in connection.execute(query)}
    return not any(
        source in polls
        and polls[source].round == wanted
        and polls[source].state == PollState.READING.value
        for source, wanted in awaited.rounds.items()
    )


def _again(connection: Connection, run_id: str, *, counts: bool, problem: str) -> None:
    attempts = connection.execute(
        select(queue.c.attempts).where(queue.c.run_id == run_id, queue.c.wanted.is_not(None))
    ).scalar()
    if attempts is None:
        return
    connection.execute(
        update(queue)
        .where(queue.c.run_id == run_id)
        .values(
            attempts=attempts if counts else max(attempts - 1, 0),
            next_at=seconds_now(connection) + (PAUSES[min(attempts, 5)] if counts else 0.0),
        )
    )
    connection.execute(
        update(run)
        .where(run.c.id == run_id)
        .values(state=RunState.QUEUED.value, progress="", problem=problem)
    )


def _is_due(connection: Connection) -> Any:
    """Its time has come, or lies farther away than any pause: the clock was ahead once."""
    now = seconds_now(connection)
    return (queue.c.next_at <= now) | (queue.c.next_at > now + max(PAUSES) + SLACK)


def _is_parked(row: Any) -> bool:
    """It waits for its polls, and nobody works on it."""
    return bool(row.wanted and row.awaits) and not row.attempts
