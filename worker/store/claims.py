"""Taking in what one file said, and only the difference to what it said before.

One transaction a file: whoever reads sees the file's old version or its new one, never half of
either, and a process killed in the middle has written nothing, so the next run reads the file
again. The rows are made ready before the transaction begins; inside, only SQL runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from reconcile.claims import Claim, Snapshot
from reconcile.versions import Doubt, VersionVerdict
from worker.store import asked, codec, keys, leases, polls, seals, tables, versions
from worker.store.codec import Stored
from worker.store.engine import Room, batches, many, writes
from worker.store.file_changes import FileChanges, Taken, step, take_back
from worker.store.leases import Lease
from worker.store.tables import claim, rejected, source_file, status_step
from worker.store.versions import FileStanding

json = msgspec.json.Encoder().encode

_KEYS = ", ".join(keys.COLUMNS)
_COLUMNS = f'file_id, key, hash, payload, status, sheet, "row", read_on, {_KEYS}'
_MARKS = ", ".join("?" * (_COLUMNS.count(",") + 1))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A snapshot made ready for the tables, outside of any transaction."""

    snapshot: Snapshot
    rows: tuple[Stored, ...]
    received_from: date | None
    received_to: date | None
    units: tuple[str, ...]


class TakenClaims(Room):
    """What is written of what the sources say."""

    def take_in(
        self,
        snapshot: Snapshot,
        *,
        at: datetime,
        on: date,
        lease: Lease | None = None,
        word: FileStanding = FileStanding.ASKED,
        step: polls.PollStep | None = None,
    ) -> Taken:
        """Keep what one file said; ``on`` is today at the office. Only differences are written.

        An incomplete snapshot changes nothing but the note that the file was not read. ``word``:
        what a person says of the file that had this name before; ``step``: how far the poll is.
        """
        prepared = prepare(snapshot)

        def act(connection: Connection) -> Taken:
            leases.guard(connection, lease)
            taken = take_in(connection, prepared, at, on, word, step)
            asked.store_step(connection, taken, step, at)
            return taken

        return self.database.write(act)

    @writes
    def finish_poll(
        self,
        connection: Connection,
        source: str,
        seen: Collection[str],
        *,
        lease: Lease | None = None,
    ) -> None:
        """Files that are not in ``seen`` are no longer there; their claims stay."""
        leases.guard(connection, lease)
        there = (source_file.c.source == source) & source_file.c.present
        gone = update(source_file).where(there, source_file.c.path.not_in(list(seen)))
        connection.execute(gone.values(present=False))


def prepare(snapshot: Snapshot) -> Prepared:
    """Encode the claims. Raises ValueError when one key stands twice: a connector's bug."""
    rows = tuple(codec.store(snapshot.claims)) if snapshot.complete else ()
    if len({row.key for row in rows}) < len(rows):
        raise ValueError(f"a claim key stands twice in one snapshot of {snapshot.source}")
    received = received_days(snapshot.claims)
    return Prepared(
        snapshot=snapshot,
        rows=rows,
        received_from=min(received, default=None),
        received_to=max(received, default=None),
        units=tuple(sorted({claim.unit for claim in snapshot.claims} - {""})),
    )


def received_days(claims: Iterable[Claim]) -> list[date]:
    return [claim.received_on for claim in claims if claim.received_on]


def take_in(
    connection: Connection,
    prepared: Prepared,
    at: datetime,
    day: date,
    word: FileStanding = FileStanding.ASKED,
    step: polls.PollStep | None = None,
) -> Taken:
    """Write what is new in a file; ``at`` is this moment, ``day`` today at the office.

    ``word``: what a person says of the file that lay under this name before; ``step``: how far the
    poll is with it.
    """
    snapshot = prepared.snapshot
    file = _file(connection, snapshot)
    if not snapshot.complete:
        return _fail(connection, file, snapshot, at, day)
    attempt = {"present": True, "answered": True, "problem": "", "tried_at": at}
    attempt |= {"silent_since": None, "silent_at": None}
    if snapshot.unchanged:
        if not file.fingerprint:
            raise ValueError(f"a file of {snapshot.source} is unchanged, but was never read")
        _update_file(connection, file.id, attempt)
        return Taken(snapshot.source, snapshot.file, True, read=file.rows, same=file.rows)
    moved = seals.SealMoves()
    laid = Laid(file, _difference(connection, file.id, prepared.rows, day))
    if snapshot.file:
        laid = _laid(connection, laid, prepared, day, word, moved)
    elif not snapshot.partial or (step and step.whole):
        for key in polls.held(connection, snapshot.source, step) if step else ():
            laid.found.silent.pop(key, None)
        polls.withdraw(connection, file.id, laid.found, {row.key for row in prepared.rows}, day)
    file, found = laid.file, laid.found
    seals.taken_in(
        connection,
        file.id,
        day,
        new=found.new,
        changed=found.changed,
        gone=found.gone,
        steps=found.steps,
        into=moved,
    )
    _write(connection, file.id, found, day)
    if not snapshot.partial:
        _write_rejected(connection, file.id, snapshot)
    if snapshot.more_to_come and not (step and step.fresh and file.answered):
        problem = (step and step.told) or polls.UNDER_WAY
        attempt |= {"answered": False, "problem": problem} | _silence(file, at, day)
    reading = _reading(prepared, at)
    if not snapshot.file:
        reading |= polls.merged(connection, file, snapshot, reading, day)
    _update_file(connection, file.id, attempt | reading)
    seals.keep(
        connection,
        moved,
        actor=seals.ITSELF,
        act=seals.READ,
        object=f"{snapshot.source} {snapshot.file}".strip(),
        at=at,
    )
    return Taken(
        source=snapshot.source,
        file=snapshot.file,
        complete=True,
        read=snapshot.rows,
        rejected=len(snapshot.rejected),
        new=len(found.new),
        changed=len(found.changed),
        same=len(prepared.rows) - len(found.new) - len(found.changed),
        gone=len(found.gone),
        moved=len(found.moved),
        doubt=laid.doubt.value if laid.doubt else "",
        kept=laid.kept,
    )


@dataclass(frozen=True, slots=True)
class Laid:
    """A reading laid over what lay under its name: the file's row, and how the two differ."""

    file: Any
    found: FileChanges
    doubt: Doubt | None = None
    kept: int = 0


def _laid(
    connection: Connection,
    laid: Laid,
    prepared: Prepared,
    day: date,
    word: FileStanding,
    moved: seals.SealMoves,
) -> Laid:
    """The file of which a reading is a newer version, or a new one; what it takes back is gone."""
    file, found = laid.file, laid.found
    if word is FileStanding.REPLACED:
        kept = len(found.silent)
        versions.hold(connection, file, found.silent, word, day, moved)
        return Laid(file, _difference(connection, file.id, prepared.rows, day)) if kept else laid
    verdict = _verdict(connection, laid, prepared)
    if word is FileStanding.KEPT and found.silent and verdict.doubt is None:
        verdict = VersionVerdict(Doubt.ROWS)  # a person says that it is another file
    if verdict.doubt is not None:
        kept = len(found.silent)
        return replace(_beside(connection, file, verdict.doubt, prepared, day, word), kept=kept)
    take_back(found, file.id, sorted(verdict.gone), day)
    if not verdict.held:
        return laid
    versions.hold(connection, file, verdict.held, word, day, moved)
    return Laid(file, found, Doubt.PART, len(verdict.held))


def _verdict(connection: Connection, laid: Laid, prepared: Prepared) -> VersionVerdict:
    """The same bytes, read in another way, are the same file."""
    file, found, snapshot = laid.file, laid.found, prepared.snapshot
    if snapshot.sha256 and snapshot.sha256 == file.sha256:
        return VersionVerdict(None, frozenset(found.silent))
    fresh = frozenset(row.key for row in found.new)
    window = (snapshot.covers_from, snapshot.covers_to)
    return versions.compared(connection, file, found.silent, fresh, snapshot.claims, window)


def _beside(
    connection: Connection,
    file: Any,
    doubt: Doubt,
    prepared: Prepared,
    day: date,
    word: FileStanding,
) -> Laid:
    """Another file bears this name now: a new one, or one that bore it before."""
    before = versions.editions(connection, file)
    versions.put_aside(connection, file, doubt, word, day)
    for edition in before:
        again = Laid(edition, _difference(connection, edition.id, prepared.rows, day), doubt)
        verdict = _verdict(connection, again, prepared)
        if verdict.doubt is None and not verdict.held:
            versions.give_back(connection, edition)
            take_back(again.found, edition.id, sorted(verdict.gone), day)
            return again
    fresh = _file(connection, prepared.snapshot)
    return Laid(fresh, _difference(connection, fresh.id, prepared.rows, day), doubt)


def _file(connection: Connection, snapshot: Snapshot) -> Any:
    """The file's row, made when it is seen for the first time, locked until the end."""
    this = (source_file.c.source == snapshot.source) & (source_file.c.path == snapshot.file)
    query = select(source_file).where(this).with_for_update()
    if (found := connection.execute(query).first()) is None:
        row = tables.SourceFileRow(
            source=snapshot.source, path=snapshot.file, role=snapshot.role.value
        )
        connection.execute(insert(source_file).values(**row.model_dump(exclude={"id"})))
        found = connection.execute(query).one()
    return found


def _fail(connection: Connection, file: Any, snapshot: Snapshot, at: datetime, day: date) -> Taken:
    """Only remember that it was not read: its earlier rows stay as they are.

    What never held a table and holds none now is nobody's list: it silences no other file.
    """
    failed: dict[str, Any] = {
        "present": True,
        "answered": False,
        "problem": snapshot.problem,
        "tried_at": at,
    }
    if snapshot.no_table and not file.fingerprint:
        failed |= {"answered": True, "silent_since": None, "silent_at": None}
    else:
        failed |= _silence(file, at, day)
    _update_file(connection, file.id, failed)
    return Taken(
        source=snapshot.source,
        file=snapshot.file,
        complete=False,
        problem=snapshot.problem,
        read=snapshot.rows,
        rejected=len(snapshot.rejected),
    )


def _silence(file: Any, at: datetime, day: date) -> dict[str, Any]:
    """Since when it does not answer. A silence from before hours were kept has its day alone."""
    if file.silent_since is not None:
        return {"silent_since": file.silent_since, "silent_at": file.silent_at}
    return {"silent_since": day, "silent_at": at}


def _update_file(connection: Connection, file_id: int, values: dict[str, Any]) -> None:
    connection.execute(update(source_file).where(source_file.c.id == file_id).values(**values))


def _reading(prepared: Prepared, at: datetime) -> dict[str, Any]:
    snapshot = prepared.snapshot
    return {
        "role": snapshot.role.value,
        "fingerprint": snapshot.fingerprint,
        "sha256": snapshot.sha256,
        "rows": snapshot.rows,
        "announced": snapshot.announced,
        "covers_from": snapshot.covers_from,
        "covers_to": snapshot.covers_to,
        "received_from": prepared.received_from,
        "received_to": prepared.received_to,
        "units": json(prepared.units).decode(),
        "unknown_columns": json(snapshot.unknown_columns).decode(),
        "warnings": json(snapshot.warnings).decode(),
        "read_at": at,
    }


def _difference(
    connection: Connection, file_id: int, rows: Sequence[Stored], day: date
) -> FileChanges:
    """Compare by hash. What silence means is decided by others."""
    columns = (claim.c.key, claim.c.hash, claim.c.status, claim.c.read_on)
    query = select(*columns, claim.c.sheet, claim.c.row).where(claim.c.file_id == file_id)
    known: dict[str, Sequence[Any]] = {key: rest for key, *rest in connection.execute(query)}
    found = FileChanges([], [], [], [], [], known)
    for row in rows:
        before = known.pop(row.key, None)
        if before is None:
            found.new.append(row)
        elif bytes(before[0]) != row.hash:
            found.changed.append(row)
            if before[1] != row.status:
                found.steps.append(step(file_id, row.key, before, row.status, day))
        elif (before[3], before[4]) != (row.sheet, row.row):
            found.moved.append(row)
    return found


def _write(connection: Connection, file_id: int, found: FileChanges, day: date) -> None:
    this = (claim.c.file_id == file_id) & (claim.c.key == bindparam("its_key"))
    content = ("hash", "payload", "status", "sheet", "row")
    changing = (*content, "read_on", *keys.COLUMNS)
    add_claims(connection, file_id, found.new, day)
    many(
        connection,
        update(claim).where(this).values({name: bindparam(f"to_{name}") for name in changing}),
        [
            {"its_key": row.key, "to_read_on": day}
            | {f"to_{name}": getattr(row, name) for name in content}
            | {f"to_{name}": key for name, key in keys.keys_of(row.payload)._asdict().items()}
            for row in found.changed
        ],
    )
    many(
        connection,
        update(claim).where(this).values(sheet=bindparam("to_sheet"), row=bindparam("to_row")),
        [{"its_key": row.key, "to_sheet": row.sheet, "to_row": row.row} for row in found.moved],
    )
    many(connection, delete(claim).where(this), [{"its_key": key} for key in found.gone])
    many(connection, insert(status_step), found.steps)


def add_claims(connection: Connection, file_id: int, new: Sequence[Stored], day: date) -> None:
    """In the driver's own words: of 100,000 rows, SQLAlchemy's part would be the larger half."""
    for part in batches(new):
        rows = [
            (
                *(
                    file_id,
                    one.key,
                    one.hash,
                    one.payload,
                    one.status,
                    one.sheet,
                    one.row,
                    f"{day}",
                ),
                *keys.keys_of(one.payload),
            )
            for one in part
        ]
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"INSERT INTO claim ({_COLUMNS}) VALUES ({_MARKS})", rows)
        else:
            _copy(connection, rows)


def _copy(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """PostgreSQL's way for many rows; its errors are told as SQLAlchemy tells all others."""
    driver: Any = connection.connection.driver_connection
    error: type[Exception] = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY claim ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except error as raised:
        raise DBAPIError.instance(
            "COPY claim", None, raised, error, hide_parameters=True, dialect=connection.dialect,
            connection_invalidated=driver.closed,
        ) from raised  # fmt: skip


def _write_rejected(connection: Connection, file_id: int, snapshot: Snapshot) -> None:
    connection.execute(delete(rejected).where(rejected.c.file_id == file_id))
    many(
        connection,
        insert(rejected),
        [
            {
                "file_id": file_id,
                "sheet": row.sheet,
                "row": row.row,
                "column": row.column,
                "reason": row.reason,
                "kept": row.kept,
            }
            for row in snapshot.rejected
        ],
    )
