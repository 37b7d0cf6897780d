"""Runs as rows: what was asked, how far it is, how it ended, and its contents."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from reconcile.scope import Scope
from worker.store.tables import queue, run, run_contents, run_page


class RunState(StrEnum):
    """Where a run stands; the last four are ends."""

    QUEUED = "queued"  # recorded; a worker will start it
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # could not finish: its problem says why
    CANCELLED = "cancelled"  # a person changed their mind before anything was decided
    QUARANTINED = "quarantined"  # it ended its worker too often: nobody tries it again by itself


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


def report_progress(connection: Connection, run_id: str, progress: Progress) -> None:
    text = msgspec.json.encode(progress).decode()
    connection.execute(update(run).where(run.c.id == run_id).values(progress=text))


def finish(
    connection: Connection, run_id: str, finished: datetime, exit_code: int, summary: str
) -> None:
    end(connection, run_id, RunState.DONE, finished, exit_code=exit_code, summary=summary)


def fail(connection: Connection, run_id: str, finished: datetime, problem: str) -> None:
    """The run could not finish; ``problem`` is Vietnamese and holds no personal data."""
    end(connection, run_id, RunState.FAILED, finished, exit_code=2, problem=problem)


def end(
    connection: Connection, run_id: str, state: RunState, finished: datetime, **more: Any
) -> None:
    """The end of a run; who waits for the same again gets a new one."""
    values = {"state": state.value, "finished": finished, "progress": "", **more}
    connection.execute(update(run).where(run.c.id == run_id).values(**values))
    connection.execute(update(queue).where(queue.c.run_id == run_id).values(wanted=None))


def one(connection: Connection, run_id: str) -> Run | None:
    found = connection.execute(select(run).where(run.c.id == run_id)).first()
    return _run(found) if found else None


def newest(connection: Connection, limit: int | None = None) -> list[Run]:
    """The runs, newest first."""
    query = select(run).order_by(run.c.started.desc(), run.c.id.desc()).limit(limit)
    return [_run(row) for row in connection.execute(query)]


def behind(
    connection: Connection, after: str, limit: int, state: RunState | None = None
) -> list[Run]:
    """The runs that began before another one (empty: before now), newest first."""
    query = select(run).order_by(run.c.started.desc(), run.c.id.desc()).limit(limit)
    if after:
        then = select(run.c.started).where(run.c.id == after).scalar_subquery()
        query = query.where(
            or_(run.c.started < then, and_(run.c.started == then, run.c.id < after))
        )
    if state is not None:
        query = query.where(run.c.state == state.value)
    return [_run(row) for row in connection.execute(query)]


def newest_in(connection: Connection, state: RunState) -> Run | None:
    """The newest run in this state."""
    query = select(run).where(run.c.state == state.value)
    found = connection.execute(query.order_by(run.c.started.desc(), run.c.id.desc()).limit(1))
    return next(map(_run, found), None)


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


def judged_days(connection: Connection, before: date, limit: int) -> list[date]:
    """The newest days of judgement before a day, oldest first, each once."""
    query = select(run.c.judged_as_of).where(run.c.judged_as_of < before).distinct()
    newest = connection.execute(query.order_by(run.c.judged_as_of.desc()).limit(limit))
    return sorted(newest.scalars())


def keep_contents(
    connection: Connection, run_id: str, compressed: bytes, fingerprint: str = "", page: bytes = b""
) -> None:
    values = {"run_id": run_id, "contents": compressed, "fingerprint": fingerprint}
    connection.execute(delete(run_contents).where(run_contents.c.run_id == run_id))
    connection.execute(insert(run_contents).values(**values))
    connection.execute(delete(run_page).where(run_page.c.run_id == run_id))
    if page:
        connection.execute(insert(run_page).values(run_id=run_id, payload=page))


def contents(connection: Connection, run_id: str) -> bytes | None:
    query = select(run_contents.c.contents).where(run_contents.c.run_id == run_id)
    found = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def page(connection: Connection, run_id: str) -> bytes | None:
    """The first page of a run; None where none was kept."""
    found = connection.scalar(select(run_page.c.payload).where(run_page.c.run_id == run_id))
    return None if found is None else bytes(found)


def contents_of(connection: Connection, fingerprint: str) -> tuple[str, bytes] | None:
    """The newest run that decided upon the same and ended well, and its contents."""
    query = select(run_contents.c.run_id, run_contents.c.contents).join(run)
    same = (run_contents.c.fingerprint == fingerprint) & (run.c.state == RunState.DONE.value)
    found = connection.execute(query.where(same).order_by(run.c.started.desc()).limit(1)).first()
    return None if found is None else (found.run_id, bytes(found.contents))


def compress(contents: bytes) -> bytes:
    """Outside of any transaction. Quickly: most of a run's contents are compressed already."""
    return zlib.compress(contents, 1)


def decompress(stored: bytes) -> bytes:
    return zlib.decompress(stored)
