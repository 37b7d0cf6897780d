"""Files that a person handed in: what each replaced, so that its intake can be undone.

What lay under the file's name before is kept whole, packed, until another file is laid over it:
undoing puts exactly that back. Only the newest intake of a name can be undone, and only while
nothing stands on it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Date, delete, func, insert, select, update

from reconcile.claims import Snapshot
from worker.store import audit, claims, leases, seals
from worker.store.act_tables import book, frozen_period
from worker.store.engine import Room, many, reads, writes
from worker.store.file_changes import Taken
from worker.store.hand_tables import intake
from worker.store.leases import Lease
from worker.store.tables import answer, claim, rejected, source_file, status_step
from worker.store.versions import FileStanding

#: What else is written in the transaction of an intake, or of its undoing, with its number.
Also = Callable[[Connection, int], None]
#: In the audit: a person took a file in, and took that back.
TAKE, UNDO = "intake.taken", "intake.undone"


def _nothing(_connection: Connection, _number: int) -> None:
    """Write nothing else."""


class _Rehearsed(Exception):
    """Roll everything back."""


class IntakeState(StrEnum):
    """What became of a file that a person handed in."""

    WAITING = "waiting"  # looked at, not taken in
    TAKEN = "taken"
    UNDONE = "undone"
    DROPPED = "dropped"  # the person decided against it


@dataclass(frozen=True, slots=True)
class Intake:
    """One file that a person handed in; ``taken`` is what it brought, once it was taken in.

    ``name`` is the file's name as its owner knows it, ``path`` the one under which it is read.
    """

    id: int
    source: str
    name: str
    path: str
    unit: str
    state: IntakeState
    by: str
    at: datetime
    sha256: str
    taken: Taken | None
    undone_at: datetime | None
    undone_by: str
    reason: str
    undoable: bool  # nothing else was laid over it


@dataclass(frozen=True, slots=True)
class StandsOnIt:
    """What a person must take back before an intake can be undone.

    ``read_again``: the file was read anew, or somebody said what its older version is.
    """

    read_again: bool = False
    periods: tuple[str, ...] = ()  # frozen since
    books: tuple[int, ...] = ()  # declared since
    answers: int = 0  # pairs answered of rows that would be gone

    def __bool__(self) -> bool:
        return bool(self.read_again or self.periods or self.books or self.answers)


class Intakes(Room):
    """The files that persons handed in, oldest first."""

    @reads
    def one(self, connection: Connection, number: int) -> Intake | None:
        found = connection.execute(_QUERY.where(intake.c.id == number)).first()
        return _intake(found) if found else None

    @reads
    def newest(
        self,
        connection: Connection,
        *,
        before: int | None = None,
        limit: int,
        units: Collection[str] | None = None,
        by: str = "",
        but: str = "",
        states: Collection[IntakeState] = (IntakeState.TAKEN, IntakeState.UNDONE),
    ) -> list[Intake]:
        """A page of them, newest first: of these units (None: all) or of this person, and of all
        sources ``but`` one."""
        query = _QUERY.where(intake.c.state.in_([one.value for one in states]))
        if before is not None:
            query = query.where(intake.c.id < before)
        if units is not None:
            query = query.where(intake.c.unit.in_(sorted(units)) | (intake.c.by == by))
        if but:
            query = query.where(intake.c.source != but)
        query = query.order_by(intake.c.id.desc()).limit(limit)
        return [_intake(row) for row in connection.execute(query)]

    @reads
    def under(self, connection: Connection, source: str, path: str) -> Intake | None:
        """The newest intake under this name that stands."""
        this = (intake.c.source == source, intake.c.path == path)
        query = _QUERY.where(*this, intake.c.state == IntakeState.TAKEN.value)
        query = query.order_by(intake.c.id.desc()).limit(1)
        found = connection.execute(query).first()
        return _intake(found) if found else None

    @writes
    def hand_in(
        self, connection: Connection, source: str, name: str, *, unit: str, by: str, at: datetime
    ) -> int:
        """Note a file that is about to be looked at; its number."""
        values = {"source": source, "name": name, "unit": unit, "by": by, "at": at}
        values["state"] = IntakeState.WAITING.value
        return _added(connection, values)

    @writes
    def note(self, connection: Connection, /, number: int, **facts: Any) -> None:
        """Keep what was learned of a file that waits: its sha256, its unit, its state."""
        waits = (intake.c.id == number, intake.c.state == IntakeState.WAITING.value)
        connection.execute(update(intake).where(*waits).values(**facts))

    @reads
    def same_content(self, connection: Connection, source: str, sha256: str) -> str:
        """The path of a file of the source that counts and holds the very same bytes; or empty."""
        query = select(source_file.c.path).where(
            source_file.c.source == source,
            source_file.c.sha256 == sha256,
            source_file.c.lay_as == "",
            source_file.c.standing != FileStanding.REPLACED.value,
        )
        return connection.scalar(query.limit(1)) or ""

    def take(
        self,
        snapshot: Snapshot,
        *,
        by: str,
        at: datetime,
        on: date,
        lease: Lease | None = None,
        word: FileStanding = FileStanding.ASKED,
        number: int | None = None,
        also: Also = _nothing,
    ) -> Taken:
        """Take a file in for a person, so that it can be undone; ``number`` where it waits.

        A file that is not complete, or says nothing new, changes nothing and leaves nothing to
        undo. ``also`` belongs to the same act: it gets the number of the intake.
        """
        prepared = claims.prepare(snapshot)

        def act(connection: Connection) -> Taken:
            leases.guard(connection, lease)
            before = _image(connection, snapshot.source, snapshot.file)
            taken = claims.take_in(connection, prepared, at, on, word)
            if taken.complete and (taken.writes or taken.kept or number is not None):
                facts = {"before": before, "sha256": snapshot.sha256}
                if number is None and len(prepared.units) == 1:
                    facts |= {"unit": prepared.units[0]}
                also(connection, _keep(connection, taken, facts, number, by=by, at=at))
            return taken

        return self.database.write(act)

    def rehearse(
        self, snapshots: Iterable[Snapshot], *, at: datetime, on: date, word: FileStanding
    ) -> list[Taken]:
        """What taking these files in would bring, one after the other; nothing is kept."""
        prepared = [claims.prepare(one) for one in snapshots]
        found: list[Taken] = []

        def act(connection: Connection) -> None:
            found[:] = [claims.take_in(connection, one, at, on, word) for one in prepared]
            raise _Rehearsed

        try:
            self.database.write(act)
        except _Rehearsed:
            return found
        raise AssertionError("a rehearsal must end by its own hand")

    @writes
    def undo(
        self,
        connection: Connection,
        number: int,
        *,
        by: str,
        at: datetime,
        reason: str,
        lease: Lease | None = None,
        also: Also = _nothing,
    ) -> StandsOnIt | None:
        """Put back what the file replaced; what stands on it where that is not possible."""
        leases.guard(connection, lease)
        row = _row(connection, number)
        if row.state == IntakeState.UNDONE.value:
            return None  # the reply to the first COMMIT was lost
        if stands := _stands_on(connection, row):
            return stands
        moved = seals.SealMoves()
        _put_back(connection, row.source, row.path, _unpack(row.before), moved)
        done = {"state": IntakeState.UNDONE.value, "undone_at": at, "undone_by": by}
        done |= {"reason": reason, "before": None}
        connection.execute(update(intake).where(intake.c.id == number).values(**done))
        also(connection, number)
        told = {"actor": by, "act": UNDO, "object": f"{number}: {row.source} {row.path}"}
        seals.keep(connection, moved, **told, reason=reason, at=at, again=True)
        return None


_QUERY = select(
    *(column for column in intake.c if column.name not in ("before", "after")),
    intake.c.before.is_not(None).label("undoable"),
)


def _intake(row: Any) -> Intake:
    taken = msgspec.json.decode(row.taken, type=Taken) if row.taken else None
    return Intake(
        **{
            name: getattr(row, name)
            for name in Intake.__slots__
            if name not in ("state", "taken", "undoable")
        },
        state=IntakeState(row.state),
        taken=taken,
        undoable=row.undoable and row.state == IntakeState.TAKEN.value,
    )


def _row(connection: Connection, number: int) -> Any:
    return connection.execute(select(intake).where(intake.c.id == number)).one()


def _added(connection: Connection, values: Mapping[str, Any]) -> int:
    made = connection.execute(insert(intake).values(**values).returning(intake.c.id))
    return int(made.scalar_one())


def _keep(
    connection: Connection,
    taken: Taken,
    known: Mapping[str, Any],
    number: int | None,
    *,
    by: str,
    at: datetime,
) -> int:
    """The number of what was taken in, kept with what it replaced; older intakes of the name can
    be undone no more."""
    this = (intake.c.source == taken.source, intake.c.path == taken.file)
    connection.execute(update(intake).where(*this).values(before=None))
    facts = {
        "path": taken.file,
        "state": IntakeState.TAKEN.value,
        "at": at,
        "taken": msgspec.json.encode(taken).decode(),
        "after": _stands(connection, taken.source, taken.file),
        **known,
    }
    if number is None:
        name = taken.file.rpartition("/")[2]
        number = _added(connection, {"source": taken.source, "name": name, "by": by} | facts)
    else:
        connection.execute(update(intake).where(intake.c.id == number).values(**facts))
    told = f"{taken.read} dòng: {taken.new} mới, {taken.changed} đổi, {taken.gone} bỏ đi"
    what = f"{number}: {taken.source} {taken.file}"
    audit.append(connection, actor=by, act=TAKE, object=what, reason=told, at=at)
    return number


# What lay under a name


class _Image(msgspec.Struct, array_like=True):
    """All that the store holds under one name of a file: its row, those put aside, their claims."""

    files: list[list[Any]]
    claims: list[list[Any]]
    rejected: list[list[Any]]
    last_step: int


_FILE, _CLAIM = list(source_file.c), list(claim.c)
_REJECTED = [column for column in rejected.c if column.name != "id"]


def _under(source: str, path: str) -> Any:
    name = (source_file.c.path == path) | (source_file.c.lay_as == path)
    return (source_file.c.source == source) & name


def _image(connection: Connection, source: str, path: str) -> bytes:
    files = [list(row) for row in connection.execute(select(*_FILE).where(_under(source, path)))]
    ids = [row[0] for row in files]
    image = _Image(
        files,
        _rows(connection, _CLAIM, claim.c.file_id.in_(ids)) if ids else [],
        _rows(connection, _REJECTED, rejected.c.file_id.in_(ids)) if ids else [],
        connection.scalar(select(func.max(status_step.c.id))) or 0,
    )
    return zlib.compress(msgspec.msgpack.encode(image), 1)


def _rows(connection: Connection, columns: list[Column[Any]], where: Any) -> list[list[Any]]:
    return [list(row) for row in connection.execute(select(*columns).where(where))]


def _unpack(packed: bytes) -> _Image:
    return msgspec.msgpack.decode(zlib.decompress(packed), type=_Image)


def _values(columns: list[Column[Any]], rows: list[list[Any]]) -> list[dict[str, Any]]:
    """Packed rows as they are inserted; a day was packed as text."""
    days = {column.name for column in columns if isinstance(column.type, Date)}
    return [
        {
            column.name: date.fromisoformat(value) if value and column.name in days else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in rows
    ]


def _put_back(
    connection: Connection, source: str, path: str, image: _Image, moved: seals.SealMoves
) -> None:
    """Everything under the name as it was; ``moved`` learns of it."""
    ids = list(connection.scalars(select(source_file.c.id).where(_under(source, path))))
    here = claim.c.file_id.in_(ids)
    steps = (status_step.c.file_id.in_(ids), status_step.c.id > image.last_step)
    moved.take_rows("claims", seals.rows_of(connection, "claims", here))
    moved.take_rows("history", seals.rows_of(connection, "history", *steps))
    connection.execute(delete(claim).where(here))
    connection.execute(delete(rejected).where(rejected.c.file_id.in_(ids)))
    connection.execute(delete(status_step).where(*steps))
    files = _values(_FILE, image.files)
    made = set(ids) - {file["id"] for file in files}
    connection.execute(delete(source_file).where(source_file.c.id.in_(made)))
    for number in ids:  # two of them may change their names with each other
        aside = update(source_file).where(source_file.c.id == number)
        connection.execute(aside.values(path=f"\x1f{number}"))
    for file in files:
        connection.execute(update(source_file).where(source_file.c.id == file["id"]).values(**file))
    for table, rows in (
        (claim, _values(_CLAIM, image.claims)),
        (rejected, _values(_REJECTED, image.rejected)),
    ):
        many(connection, insert(table), rows)
    moved.add_rows("claims", seals.rows_of(connection, "claims", here))


# What stands on it


def _stands(connection: Connection, source: str, path: str) -> str:
    """How the files under a name stand now: another reading or answer changes it."""
    columns = ("id", "path", "fingerprint", "standing", "lay_as")
    query = select(*(source_file.c[name] for name in columns)).where(_under(source, path))
    found = sorted(list(row) for row in connection.execute(query))
    return msgspec.json.encode(found).decode()


def _stands_on(connection: Connection, row: Any) -> StandsOnIt:
    if row.before is None or row.after != _stands(connection, row.source, row.path):
        return StandsOnIt(read_again=True)
    frozen = select(frozen_period.c.name).where(frozen_period.c.at > row.at).distinct()
    declared = select(book.c.id).where(
        book.c.source == row.source, book.c.declared_at > row.at, book.c.withdrawn_at.is_(None)
    )
    return StandsOnIt(
        periods=tuple(sorted(connection.scalars(frozen))),
        books=tuple(sorted(connection.scalars(declared))),
        answers=_answered(connection, row),
    )


def _answered(connection: Connection, row: Any) -> int:
    """How many pairs have an answer by a person of rows that are gone once this is undone."""
    known = {one[1] for one in _unpack(row.before).claims}
    here = select(claim.c.key).join(source_file).where(_under(row.source, row.path))
    newest = select(func.max(answer.c.id)).group_by(answer.c.row, answer.c.dossier)
    query = select(answer.c.row).where(
        answer.c.row.in_(here), answer.c.id.in_(newest), answer.c.same.is_not(None)
    )
    return sum(key not in known for key in connection.scalars(query))
