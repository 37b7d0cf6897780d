"""When each job of the schedule is due next, and the service's sign of life.

A due job is taken by a compare-and-set: of two schedulers that look at the same moment one wins,
and the run that it records is recorded in the same transaction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from worker.store import queue
from worker.store.engine import Room, reads, upsert, writes
from worker.store.leases import seconds_now
from worker.store.queue import Wish
from worker.store.tables import heartbeat, run, schedule

#: The sign that a service leaves that is stopped on purpose.
STOPPED = "stopped"
#: Seconds by which a sign of life may lie ahead, for clocks are put right by a little.
AHEAD = 60.0


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job of the schedule: ``rule`` is the setting that ``next_at`` was computed from."""

    name: str
    rule: str
    next_at: datetime
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: its age in seconds, the machine's clock then, and what was wrong with it.

    One from the future is no sign of life: its age is infinite.
    """

    age: float
    clock: datetime
    host: str
    problem: str


class Schedule(Room):
    """The schedule, one method a question or an act."""

    @reads
    def planned(self, connection: Connection) -> list[PlannedJob]:
        """Every job that is known, by name."""
        rows = connection.execute(select(schedule).order_by(schedule.c.name))
        return [PlannedJob(row.name, row.rule, row.next_at, row.last_at) for row in rows]

    @writes
    def plan(
        self, connection: Connection, jobs: Sequence[PlannedJob], *, keep: Sequence[str]
    ) -> None:
        """Write when these jobs are due; jobs that are neither these nor kept are forgotten."""
        names = {*keep, *(job.name for job in jobs)}
        connection.execute(schedule.delete().where(schedule.c.name.not_in(names)))
        for job in jobs:
            values = {"rule": job.rule, "next_at": job.next_at}
            connection.execute(
                upsert(connection, schedule)
                .values(name=job.name, last_at=job.last_at, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )

    @writes
    def tick(
        self,
        connection: Connection,
        seen: PlannedJob,
        after: PlannedJob,
        wish: Wish | None,
        *,
        at: datetime,
    ) -> str | None:
        """Take a due job: move it on from what was ``seen`` and record its run.

        The id of the run; None when another scheduler was first, or the job has no run.
        """
        moved = connection.execute(
            update(schedule)
            .where(schedule.c.name == seen.name, schedule.c.next_at == seen.next_at)
            .values(next_at=after.next_at, last_at=after.last_at)
        )
        if moved.rowcount != 1 or wish is None:
            return None
        return queue.record(connection, wish, at)

    @writes
    def beat(
        self, connection: Connection, name: str, *, clock: datetime, host: str, problem: str
    ) -> None:
        """Leave a sign of life."""
        values = {"at": seconds_now(connection), "clock": clock, "host": host, "problem": problem}
        connection.execute(
            upsert(connection, heartbeat)
            .values(name=name, **values)
            .on_conflict_do_update(index_elements=["name"], set_=values)
        )

    @reads
    def last_beat(self, connection: Connection, name: str) -> Beat | None:
        """The last sign of life of that name."""
        return _last_beat(connection, name)

    def stopped(self, name: str) -> Beat | None:
        """When the service that leaves this sign said goodbye; None where it lived after that."""
        goodbye, last = self.last_beat(STOPPED), self.last_beat(name)
        if goodbye is None or (last is not None and last.age < goodbye.age):
            return None
        return goodbye

    def is_stopped(self, name: str) -> bool:
        """Whether somebody stopped it on purpose."""
        return self.stopped(name) is not None

    @reads
    def clock(self, connection: Connection) -> float:
        """The database's clock, in seconds since 1970."""
        return float(connection.execute(select(seconds_now(connection))).scalar_one())

    @reads
    def last_asked_by_hand(self, connection: Connection) -> datetime | None:
        """When a person last started a run: somebody looked at the machine then."""
        query = select(func.max(run.c.started)).where(run.c.trigger == "cli")
        return connection.execute(query).scalar()


def _last_beat(connection: Connection, name: str) -> Beat | None:
    age = (seconds_now(connection) - heartbeat.c.at).label("age")
    query = select(age, heartbeat).where(heartbeat.c.name == name)
    row = connection.execute(query).first()
    if row is None:
        return None
    age = math.inf if row.age < -AHEAD else max(row.age, 0.0)
    return Beat(age, row.clock, row.host, row.problem)
