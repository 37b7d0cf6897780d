"""Polls as rows: which sources are to be read, how far each of them is, what each brought.

One row a source: its newest poll. A poll lasts as long as it must; it is worked on in slices, each
by whoever holds the lease of the source, and what a slice heard is stored together with how far the
poll is. So a process that is killed loses what it had not yet stored, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connectors.politeness import Courtesy
from reconcile.claims import Claim
from worker.store import leases, polls, worth
from worker.store.engine import Room, reads, writes
from worker.store.file_changes import Taken
from worker.store.leases import Lease
from worker.store.polls import HeardOf, PollStep
from worker.store.tables import heard, source_file
from worker.store.tables import lease as lease_table
from worker.store.tables import poll as table
from worker.store.worth import AskedFor, LookUps

#: A slice that never comes to anything this often in a row ends its poll.
MOST_TRIES = 5
GIVEN_UP = (
    f"Đã thử {MOST_TRIES} lần, lần nào cũng dừng giữa chừng khi chưa đọc được gì thêm. Xem nhật "
    "ký; danh sách đọc lâu thì tăng slice ở mục [service]."
)
#: The lease of a source is called so, its name behind it.
SOURCE = "source:"
#: Rows a statement.
BATCH = 500


class PollState(StrEnum):
    """Where a poll stands; but for the first, nobody works on it any more."""

    READING = "reading"  # it is to be worked on, or somebody does
    DONE = "done"
    FAILED = "failed"  # the source did not answer: its problem says why
    PAUSED = "paused"  # our own budget is spent, or a person stopped it; the next one goes on


@dataclass(frozen=True, slots=True)
class Poll:
    """The newest poll of a source.

    ``done`` of ``total`` are dossiers asked for one by one, or parts of a list (None: not known);
    ``part`` says in Vietnamese what is being read. ``seconds`` were spent reading. ``brought`` is
    what all its slices took in.
    """

    source: str
    round: int
    state: PollState
    sweep: bool
    asked_by: str
    asked_on: date
    asked_at: datetime
    ended_at: datetime | None
    part: str
    cursor: str
    done: int
    total: int | None
    slice: int
    tries: int
    seconds: float
    brought: Taken
    problem: str

    @property
    def seconds_left(self) -> float | None:
        """About how long it still reads; None where that is not known."""
        if self.state is not PollState.READING or not self.total or not self.done:
            return None
        return self.seconds / self.done * max(self.total - self.done, 0)


class Polls(Room):
    """The polls of the sources, one method a question or an act."""

    @writes
    def ask(
        self,
        connection: Connection,
        sources: Collection[str],
        *,
        sweep: Collection[str],
        by: str,
        at: datetime,
        on: date,
    ) -> dict[str, int]:
        """Have these sources read, those of ``sweep`` from the beginning; the rounds to wait for.

        Who asks for a source that is being read shares that poll. One that our budget ended goes
        on, whatever the day; one that the source ended goes on the same day, for later what it
        said before is old.
        """
        return {name: _ask(connection, name, name in sweep, by, at, on) for name in sorted(sources)}

    @reads
    def of(self, connection: Connection, source: str) -> Poll | None:
        """The newest poll of a source."""
        query = select(table).where(table.c.source == source)
        row = connection.execute(query).first()
        return None if row is None else _poll(row)

    @reads
    def all(self, connection: Connection) -> dict[str, Poll]:
        """The newest poll of every source that was ever polled, by source."""
        query = select(table).order_by(table.c.source)
        rows = connection.execute(query).all()
        return {row.source: _poll(row) for row in rows}

    @reads
    def due(self, connection: Connection) -> list[str]:
        """The sources that are to be read and that nobody reads now."""
        waiting = select(table.c.source).where(table.c.state == PollState.READING.value)
        read = _at_work(connection)
        return [
            name
            for name in connection.scalars(waiting.order_by(table.c.source))
            if name not in read
        ]

    @writes
    def begin(
        self, connection: Connection, source: str, held: Lease, *, at: datetime
    ) -> Poll | None:
        """Begin a slice; None when there is nothing to do. The try is counted before any work.

        Raises LeaseLost.
        """
        leases.guard(connection, held)
        this = table.c.source == source
        row = connection.execute(select(table).where(this).with_for_update()).first()
        if row is None or row.state != PollState.READING.value:
            return None
        if row.tries >= MOST_TRIES:
            _end(connection, source, PollState.FAILED, at, GIVEN_UP)
            return None
        values = {"tries": row.tries + 1, "slice": row.slice + 1}
        connection.execute(update(table).where(this).values(**values))
        return replace(_poll(row), **values)

    @writes
    def begin_codes(
        self, connection: Connection, step: PollStep, held: Lease, *, at: datetime, on: date
    ) -> None:
        """Say what a slice begins to ask for, before anything is heard. Raises LeaseLost.

        Who was asked for nothing so far, for no code was known, answered nothing: it is not whole
        until these are asked for.
        """
        source = held.name.removeprefix(SOURCE)
        never = update(source_file).where(source_file.c.source == source, source_file.c.rows == 0)
        silent = {"silent_since": on, "silent_at": at, "problem": step.told, "answered": False}
        leases.guard(connection, held)
        counted = update(table).where(table.c.source == source)
        connection.execute(counted.values(total=step.total, part=step.part))
        connection.execute(never.where(source_file.c.answered).values(**silent))

    @writes
    def end(
        self,
        connection: Connection,
        source: str,
        held: Lease,
        state: PollState,
        *,
        at: datetime,
        problem: str = "",
    ) -> None:
        """The poll came to an end. Raises LeaseLost."""
        leases.guard(connection, held)
        _end(connection, source, state, at, problem)

    @writes
    def reopen(self, connection: Connection, source: str, round_: int) -> bool:
        """Go on with a poll that came to its end, for there is more to ask; False when it is not
        that poll any more."""
        this = (table.c.source == source) & (table.c.round == round_)
        goes_on = table.c.state.in_([PollState.DONE.value, PollState.READING.value])
        values = {"state": PollState.READING.value, "ended_at": None}
        going_on = update(table).where(this, goes_on).values(**values)
        return connection.execute(going_on).rowcount == 1

    @reads
    def at_work(self, connection: Connection) -> dict[str, str]:
        """Who reads which source now: the holder of its lease, by source."""
        return _at_work(connection)

    @reads
    def to_ask(self, connection: Connection, wanted: AskedFor, limit: int) -> LookUps:
        """Whom a source without a list is still to be asked for, the worthiest first."""
        return worth.to_ask(connection, wanted, limit)

    @reads
    def unheard(self, connection: Connection, source: str) -> frozenset[str]:
        """The keys of what a source said before and was not asked for again in its newest poll."""
        round_ = connection.scalar(select(table.c.round).where(table.c.source == source))
        return worth.unheard(connection, source, round_ or 0)

    @reads
    def said_by(self, connection: Connection, source: str, *, pending: bool = False) -> list[Claim]:
        """What a polled source said, by key; only of the dossiers that are pending there."""
        return worth.claims_of(connection, source, pending=pending)

    @reads
    def courtesy(self, connection: Connection, source: str) -> Courtesy:
        """The breaker of a polled source, and what was asked of it in the present window."""
        return polls.courtesy(connection, source)

    @writes
    def keep_courtesy(
        self, connection: Connection, courtesy: Courtesy, *, lease: Lease | None = None
    ) -> None:
        leases.guard(connection, lease)
        polls.keep_courtesy(connection, courtesy)


def ended(known: Mapping[str, Poll], rounds: Mapping[str, int]) -> bool:
    """Whether nobody works on any of these rounds any more."""
    return all(
        source not in known
        or known[source].round > wanted
        or known[source].state is not PollState.READING
        for source, wanted in rounds.items()
    )


def store_step(connection: Connection, taken: Taken, step: PollStep | None, at: datetime) -> None:
    """Keep how far the poll is, what was heard and what it brought, beside what was taken in."""
    if step is None:
        return  # of a file
    row = connection.execute(
        select(table).where(table.c.source == taken.source).with_for_update()
    ).first()
    if row is None or row.round != step.round:
        return  # somebody renamed the source meanwhile
    if step.done and step.after is not None and row.done >= step.after:
        return  # it was stored, and the reply to our COMMIT was lost
    _hear(connection, taken.source, step.heard, step.round, at)
    if step.whole:  # from here on it is known of the list itself what it holds
        connection.execute(delete(heard).where(heard.c.source == taken.source))
    done = row.done + step.done
    connection.execute(
        update(table)
        .where(table.c.source == taken.source)
        .values(
            done=done,
            total=step.total if step.total is None else max(step.total, done),
            part=step.part,
            cursor=step.left,
            seconds=row.seconds + step.seconds,
            tries=0 if step.done or step.left else row.tries,
            brought=_json(_sum(_poll(row).brought, taken)).decode(),
        )
    )


_json = msgspec.json.Encoder().encode


def _sum(before: Taken, more: Taken) -> Taken:
    return replace(
        more,
        read=before.read + more.read,
        rejected=before.rejected + more.rejected,
        new=before.new + more.new,
        changed=before.changed + more.changed,
        same=before.same + more.same,
        gone=before.gone + more.gone,
    )


def _poll(row: Any) -> Poll:
    values = dict(row._mapping)
    brought = (
        msgspec.json.decode(row.brought, type=Taken)
        if row.brought
        else Taken(row.source, "", complete=True)
    )
    return Poll(**values | {"state": PollState(row.state), "brought": brought})


def _ask(connection: Connection, source: str, sweep: bool, by: str, at: datetime, on: date) -> int:
    row = connection.execute(
        select(table).where(table.c.source == source).with_for_update()
    ).first()
    this = update(table).where(table.c.source == source)
    if row is not None and row.state == PollState.READING.value:
        if sweep and not row.sweep:
            connection.execute(this.values(sweep=True))
        return int(row.round)
    again: dict[str, Any] = {"state": PollState.READING.value, "asked_by": by, "ended_at": None}
    again |= {"tries": 0, "problem": "", "brought": ""}
    if row is not None and _goes_on(row, on):
        connection.execute(this.values(**again, sweep=row.sweep or sweep))
        return int(row.round)
    anew = again | {"sweep": sweep, "asked_on": on, "asked_at": at, "part": "", "cursor": ""}
    anew |= {"done": 0, "total": None, "slice": 0, "seconds": 0.0}
    if row is not None:
        connection.execute(this.values(**anew, round=row.round + 1))
        return int(row.round) + 1
    inserting = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"source": source, "round": 1, **anew}
    connection.execute(inserting(table).values(**values).on_conflict_do_nothing())
    return 1


def _goes_on(row: Any, on: date) -> bool:
    """What the poll heard still counts, though it came to its end before it was through."""
    failed_today = row.state == PollState.FAILED.value and row.asked_on == on
    return bool(failed_today or row.state == PollState.PAUSED.value)


def _at_work(connection: Connection) -> dict[str, str]:
    query = select(lease_table.c.name, lease_table.c.owner).where(
        lease_table.c.name.like(f"{SOURCE}%"), leases.stands(connection)
    )
    return {row.name.removeprefix(SOURCE): row.owner for row in connection.execute(query)}


def _end(connection: Connection, source: str, state: PollState, at: datetime, problem: str) -> None:
    connection.execute(
        update(table)
        .where(table.c.source == source)
        .values(state=state.value, ended_at=at, problem=problem, tries=0)
    )


def _hear(
    connection: Connection, source: str, ones: Iterable[HeardOf], round_: int, at: datetime
) -> None:
    rows = [
        {
            "source": source,
            "key": one.key,
            "national_key": one.national_key,
            "round": round_,
            "at": at,
            "said": one.said,
        }
        for one in {one.key: one for one in ones}.values()
    ]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        keys = [row["key"] for row in part]
        connection.execute(delete(heard).where(heard.c.source == source, heard.c.key.in_(keys)))
        connection.execute(insert(heard), part)
