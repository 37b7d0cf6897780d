"""Books that a person declared complete (khai báo sổ đã nhập đủ), on the command line.

Nothing is ever changed: a declaration stands until it is withdrawn, and both are audited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from reconcile.claims import RegisterType
from reconcile.coverage import Declaration
from reconcile.judging.registers import NumberedRow
from worker.store import seals
from worker.store.act_tables import book
from worker.store.engine import Room, reads, writes
from worker.store.seals import SealMoves
from worker.store.tables import claim, source_file
from worker.store.versions import FileStanding

_NUMBERED = msgspec.json.Decoder(NumberedRow).decode
DECLARED, WITHDRAWN = "book.declared", "book.withdrawn"


@dataclass(frozen=True, slots=True)
class DeclaredBook:
    """A declared book: of which source, what was declared, by whose hand and when."""

    id: int
    source: str
    declaration: Declaration
    declared_at: datetime
    declared_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    reason: str = ""

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None


class Books(Room):
    """The list of declared books, oldest first."""

    @reads
    def all(self, connection: Connection) -> list[DeclaredBook]:
        """Every one, also those that were withdrawn."""
        query = select(book).order_by(book.c.id)
        return list(map(_book, connection.execute(query)))

    def of(self, source: str) -> tuple[Declaration, ...]:
        """What stands for a source."""
        return tuple(one.declaration for one in self.all() if one.stands and one.source == source)

    @reads
    def rows(self, connection: Connection, source: str) -> list[NumberedRow]:
        """The rows of a source's registers that count, as far as they are of a numbered book."""
        query = (
            select(claim.c.payload)
            .join(source_file)
            .where(
                source_file.c.source == source,
                source_file.c.standing != FileStanding.REPLACED.value,
            )
        )
        return [
            _NUMBERED(payload)
            for payload in connection.scalars(query.execution_options(yield_per=5000))
        ]

    @writes
    def declare(
        self, connection: Connection, source: str, said: Declaration, *, by: str, at: datetime
    ) -> int:
        """Keep a declaration and tell its number; one that stands already is not kept twice."""
        standing = select(book).where(book.c.source == source, book.c.withdrawn_at.is_(None))
        for row in connection.execute(standing.with_for_update()):
            if _book(row).declaration == said:
                return int(row.id)
        values = _values(said) | {"source": source, "declared_at": at, "declared_by": by}
        row_id = connection.execute(insert(book).values(**values).returning(book.c.id))
        number = int(row_id.scalar_one())
        _note(
            connection,
            DECLARED,
            number,
            by=by,
            at=at,
            reason=f"{said.by}, {said.until}",
            moved=_sealed(connection, number, SealMoves()),
        )
        return number

    @writes
    def withdraw(
        self, connection: Connection, number: int, *, by: str, at: datetime, reason: str
    ) -> bool:
        """Take a declaration back; False when there is none of that number that stands."""
        moved = SealMoves()
        moved.take_rows("book", seals.rows_of(connection, "book", book.c.id == number))
        done = connection.execute(
            update(book)
            .where(book.c.id == number, book.c.withdrawn_at.is_(None))
            .values(withdrawn_at=at, withdrawn_by=by, reason=reason)
        )
        if done.rowcount:
            _sealed(connection, number, moved)
            _note(connection, WITHDRAWN, number, by=by, at=at, reason=reason, moved=moved)
        return bool(done.rowcount)


def _values(said: Declaration) -> dict[str, Any]:
    return {
        "until": said.until,
        "said_by": said.by,
        "unit": said.unit,
        "register_type": said.register_type.value,
        "first_number": said.first_number,
        "last_number": said.last_number,
        "withdrawn_by": "",
        "reason": "",
    }


def _sealed(connection: Connection, number: int, moved: SealMoves) -> SealMoves:
    """The book as it stands now, sealed."""
    moved.add_rows("book", seals.rows_of(connection, "book", book.c.id == number))
    return moved


def _note(
    connection: Connection,
    act: str,
    number: int,
    *,
    by: str,
    at: datetime,
    reason: str,
    moved: SealMoves,
) -> None:
    seals.keep(connection, moved, actor=by, act=act, object=str(number), reason=reason, at=at)


def _book(row: Any) -> DeclaredBook:
    said = Declaration(
        until=row.until,
        by=row.said_by,
        unit=row.unit,
        register_type=RegisterType(row.register_type),
        first_number=row.first_number,
        last_number=row.last_number,
    )
    return DeclaredBook(
        row.id,
        row.source,
        said,
        row.declared_at,
        row.declared_by,
        row.withdrawn_at,
        row.withdrawn_by,
        row.reason,
    )
