"""What persons typed in the place of cells that could not be read; never removed, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from worker.store import seals
from worker.store.engine import Room, reads, writes
from worker.store.hand_tables import addition
from worker.store.tables import claim, source_file

#: In the audit: a cell was filled, that was taken back, its file is known by another name.
FILLED, EMPTIED, MOVED = "addition.typed", "addition.taken_back", "addition.moved"


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A cell of a file and what a person typed in its place; where it stood then, what it said.

    ``withdrawn_at`` is None while it counts.
    """

    id: int
    source: str
    file: str
    mark: str
    unit: str
    sheet: str
    row: int
    column: str
    written: str
    typed: str
    by: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


class _HeldMarks(msgspec.Struct):
    """What a claim's payload tells of cells that were typed."""

    typed: tuple[str, ...] = ()


_HOLDS = b'"typed":['
_typed = msgspec.json.Decoder(_HeldMarks).decode
_THIS = select(*(addition.c[name] for name in TypedCell.__slots__)).order_by(addition.c.id)
_STANDS = addition.c.withdrawn_at.is_(None)


class TypedCells(Room):
    """Only ever added to, or taken back: of one cell, one stands."""

    def standing(self, source: str = "", file: str | None = None) -> list[TypedCell]:
        """Those that count, of all files or of one, oldest first."""
        query = _THIS.where(_STANDS)
        if file is not None:
            query = query.where(addition.c.source == source, addition.c.file == file)
        return self._read(query)

    def all(self) -> list[TypedCell]:
        """Every one, whether it stands or not, oldest first."""
        return self._read(_THIS)

    @reads
    def read_in(self, connection: Connection, source: str, file: str) -> set[str]:
        """The marks of what was typed that rows of a file hold as it was last read."""
        query = select(claim.c.payload).join(source_file)
        query = query.where(source_file.c.source == source, source_file.c.path == file)
        rows = connection.scalars(query.execution_options(yield_per=5000))
        return {mark for row in rows if _HOLDS in row for mark in _typed(row).typed}

    def of_marks(self, marks: Iterable[str]) -> list[TypedCell]:
        """What was typed for these cells, whether it stands or not, oldest first."""
        wanted = sorted(set(marks))
        return self._read(_THIS.where(addition.c.mark.in_(wanted))) if wanted else []

    def one(self, number: int) -> TypedCell | None:
        return next(iter(self._read(_THIS.where(addition.c.id == number))), None)

    @reads
    def _read(self, connection: Connection, query: Any) -> list[TypedCell]:
        return [TypedCell(*row) for row in connection.execute(query)]

    @writes
    def fill(
        self, connection: Connection, cells: Sequence[TypedCell], *, by: str, at: datetime
    ) -> None:
        """Keep what a person typed for cells; what stood for the same cell is taken back.

        Their ``id`` is not looked at.
        """

        moved = seals.SealMoves()
        for one in cells:
            this = (addition.c.source == one.source, addition.c.file == one.file)
            _end(connection, moved, *this, addition.c.mark == one.mark, by=by, at=at)
            names = (name for name in TypedCell.__slots__ if name != "id")
            values = {name: getattr(one, name) for name in names} | {"by": by, "at": at}
            made = connection.execute(insert(addition).values(**values).returning(addition.c.id))
            here = addition.c.id == made.scalar_one()
            moved.add_rows("addition", seals.rows_of(connection, "addition", here))
        _keep(connection, moved, FILLED, cells, by=by, at=at)

    @writes
    def take_back(self, connection: Connection, cell: TypedCell, *, by: str, at: datetime) -> bool:
        """The file counts again; False where that was taken back before."""
        moved = seals.SealMoves()
        done = _end(connection, moved, addition.c.id == cell.id, by=by, at=at)
        if done:
            _keep(connection, moved, EMPTIED, [cell], by=by, at=at)
        return done

    @writes
    def move(
        self, connection: Connection, source: str, file: str, to: str, *, by: str, at: datetime
    ) -> None:
        """A file that was not taken in yet is known by another name: what was typed goes along."""
        here = (addition.c.source == source, addition.c.file == file, _STANDS)
        rows = list(connection.scalars(select(addition.c.id).where(*here)))
        if not rows:
            return
        moved, these = seals.SealMoves(), addition.c.id.in_(rows)
        moved.take_rows("addition", seals.rows_of(connection, "addition", these))
        connection.execute(update(addition).where(these).values(file=to))
        moved.add_rows("addition", seals.rows_of(connection, "addition", these))
        seals.keep(connection, moved, actor=by, act=MOVED, object=f"{source} {to}", at=at)


def _end(
    connection: Connection, moved: seals.SealMoves, *where: Any, by: str, at: datetime
) -> bool:
    rows = list(connection.scalars(select(addition.c.id).where(*where, _STANDS)))
    these = addition.c.id.in_(rows)
    moved.take_rows("addition", seals.rows_of(connection, "addition", these))
    ended = {"withdrawn_at": at, "withdrawn_by": by}
    connection.execute(update(addition).where(these).values(**ended))
    moved.add_rows("addition", seals.rows_of(connection, "addition", these))
    return bool(rows)


def _keep(
    connection: Connection,
    moved: seals.SealMoves,
    act: str,
    cells: Sequence[TypedCell],
    *,
    by: str,
    at: datetime,
) -> None:
    """One act of the audit; where the cells stand, never what they say."""
    what = "; ".join(dict.fromkeys(f"{one.source} {one.file}" for one in cells))
    where = "; ".join(f"{one.sheet}, dòng {one.row}, cột {one.column}" for one in cells)
    seals.keep(connection, moved, actor=by, act=act, object=what, reason=where, at=at, again=True)
