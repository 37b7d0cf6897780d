"""Runs as rows: what was asked, how far it is, how it ended, and its contents."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from reconcile.scope import Scope
from worker.store import leases
from worker.store.engine import Room, reads, writes
from worker.store.leases import Lease
from worker.store.tables import RunState, queue, run, run_contents, run_page

#: Contents of so many bytes are nearly all lists, which are compressed by themselves.
MUCH = 4 << 20
#: Nothing more happens to such a run.
ENDED = frozenset(RunState) - {RunState.QUEUED, RunState.RUNNING}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the step in Vietnamese, of which source, and how much of it is done;
    ``told`` says the latter in Vietnamese, where it lasts long enough to be estimated."""

    step: str = ""
    source: str = ""
    done: int = 0
    total: int = 0
    told: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it is remembered. ``summary`` is run.json as it was written."""

    id: str
    state: RunState
    trigger: str
    scope: Scope
    started: datetime
    finished: datetime | None = None
    exit_code: int | None = None
    judged_as_of: date | None = None
    progress: Progress = Progress()
    summary: str = ""
    problem: str = ""
    kept_rows: bool = False  # what it found stands in rows


class Runs(Room):
    """The runs as rows, from the wish to the end."""

    @writes
    def begin(
        self, connection: Connection, run_id: str, trigger: str, scope: Scope, *, at: datetime
    ) -> None:
        """A run is a row first. Doing it twice is doing it once."""
        begin(connection, run_id, trigger, scope, at)

    @writes
    def report_progress(self, connection: Connection, run_id: str, progress: Progress) -> None:
        text = msgspec.json.encode(progress).decode()
        connection.execute(update(run).where(run.c.id == run_id).values(progress=text))

    def finish(
        self,
        run_id: str,
        *,
        at: datetime,
        exit_code: int,
        summary: str = "",
        contents: bytes | None = None,
        page: bytes = b"",
        fingerprint: str = "",
        lease: Lease | None = None,
    ) -> None:
        """The run is done; ``summary`` is run.json, ``contents`` what its files come from, ``page``
        its first page, ``fingerprint`` of all that they depend on: ``same_contents`` finds it."""
        ended = {"exit_code": exit_code, "summary": summary}
        # Outside of any transaction, and quickly: most of it is compressed already, of much nearly
        # all, so that to compress it again would cost more than it saves.
        level = 1 if len(contents or b"") < MUCH else 0
        stored = None if contents is None else zlib.compress(contents, level)
        self._finish(run_id, at, ended, stored, fingerprint, page, lease)

    @writes
    def _finish(
        self,
        connection: Connection,
        run_id: str,
        at: datetime,
        ended: Mapping[str, Any],
        contents: bytes | None,
        fingerprint: str,
        page: bytes,
        lease: Lease | None,
    ) -> None:
        leases.guard(connection, lease)
        end(connection, run_id, RunState.DONE, at, **ended)
        if contents is None:
            return
        connection.execute(delete(run_contents).where(run_contents.c.run_id == run_id))
        values = {"run_id": run_id, "contents": contents, "fingerprint": fingerprint}
        connection.execute(insert(run_contents).values(**values))
        connection.execute(delete(run_page).where(run_page.c.run_id == run_id))
        if page:
            connection.execute(insert(run_page).values(run_id=run_id, payload=page))

    @writes
    def fail(self, connection: Connection, run_id: str, *, at: datetime, problem: str) -> None:
        """The run could not finish; ``problem`` is Vietnamese, without personal data."""
        end(connection, run_id, RunState.FAILED, at, exit_code=2, problem=problem)

    @reads
    def one(self, connection: Connection, run_id: str) -> Run | None:
        found = connection.execute(select(run).where(run.c.id == run_id)).first()
        return _run(found) if found else None

    @reads
    def newest(self, connection: Connection, limit: int | None = None) -> list[Run]:
        """The runs, newest first."""
        return [_run(row) for row in connection.execute(_NEWEST_FIRST.limit(limit))]

    @reads
    def newest_done(self, connection: Connection) -> Run | None:
        """The newest run that came to its end."""
        query = _NEWEST_FIRST.where(run.c.state == RunState.DONE.value).limit(1)
        return next(map(_run, connection.execute(query)), None)

    @reads
    def behind(
        self, connection: Connection, after: str, limit: int, state: RunState | None = None
    ) -> list[Run]:
        """At most ``limit`` runs, newest first, of those that began before the run ``after``
        (empty: before now)."""
        query = _NEWEST_FIRST.limit(limit)
        if after:
            then = select(run.c.started).where(run.c.id == after).scalar_subquery()
            query = query.where(
                or_(run.c.started < then, and_(run.c.started == then, run.c.id < after))
            )
        if state is not None:
            query = query.where(run.c.state == state.value)
        return [_run(row) for row in connection.execute(query)]

    @reads
    def judged_days(self, connection: Connection, before: date, limit: int) -> list[date]:
        """The newest days of judgement before a day, oldest first, each once."""
        query = select(run.c.judged_as_of).where(run.c.judged_as_of < before).distinct()
        newest = connection.execute(query.order_by(run.c.judged_as_of.desc()).limit(limit))
        return sorted(newest.scalars())

    @reads
    def contents(self, connection: Connection, run_id: str) -> bytes | None:
        """What the files of a run were written from; None when it is not kept."""
        query = select(run_contents.c.contents).where(run_contents.c.run_id == run_id)
        found = connection.scalar(query)
        return None if found is None else zlib.decompress(found)

    @reads
    def page(self, connection: Connection, run_id: str) -> bytes | None:
        """The first page of a run; None where none was kept."""
        found = connection.scalar(select(run_page.c.payload).where(run_page.c.run_id == run_id))
        return None if found is None else bytes(found)

    @reads
    def same_contents(self, connection: Connection, fingerprint: str) -> tuple[str, bytes] | None:
        """The newest run that depended on exactly the same and ended well, and its contents; None:
        there is none. An empty ``fingerprint`` is like no other."""
        query = select(run_contents.c.run_id, run_contents.c.contents).join(run)
        same = (run_contents.c.fingerprint == fingerprint) & (run.c.state == RunState.DONE.value)
        newest = query.where(same, run_contents.c.fingerprint != "").order_by(run.c.started.desc())
        found = connection.execute(newest.limit(1)).first()
        return None if found is None else (found.run_id, zlib.decompress(found.contents))


_NEWEST_FIRST = select(run).order_by(run.c.started.desc(), run.c.id.desc())


def begin(
    connection: Connection,
    run_id: str,
    trigger: str,
    scope: Scope,
    started: datetime,
    *,
    state: RunState = RunState.RUNNING,
) -> None:
    """A run is a row first. Doing it twice is doing it once."""
    if connection.execute(select(run.c.id).where(run.c.id == run_id)).first():
        return
    values = {
        "id": run_id,
        "state": state.value,
        "trigger": trigger,
        "scope": msgspec.json.encode(scope, order="deterministic").decode(),
        "started": started,
        "progress": "",
        "summary": "",
        "problem": "",
    }
    connection.execute(insert(run).values(**values))


def end(
    connection: Connection, run_id: str, state: RunState, finished: datetime, **more: Any
) -> None:
    """The end of a run; who waits for the same again gets a new one."""
    values = {"state": state.value, "finished": finished, "progress": "", **more}
    connection.execute(update(run).where(run.c.id == run_id).values(**values))
    connection.execute(update(queue).where(queue.c.run_id == run_id).values(wanted=None))


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        state=RunState(row.state),
        trigger=row.trigger,
        scope=msgspec.json.decode(row.scope, type=Scope),
        started=row.started,
        finished=row.finished,
        exit_code=row.exit_code,
        judged_as_of=row.judged_as_of,
        progress=msgspec.json.decode(row.progress, type=Progress) if row.progress else Progress(),
        summary=row.summary,
        problem=row.problem,
        kept_rows=row.kept_rows,
    )
