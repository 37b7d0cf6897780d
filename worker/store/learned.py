"""What persons said that the headers of an office's files mean, so that they say it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, delete, insert, select
from sqlmodel import Field

from worker.store import audit
from worker.store.engine import Room, reads, writes
from worker.store.rows import Instant, StoredRow, table_of, text

#: In the audit: a column was learned, or forgotten.
LEARN, FORGET = "column.learn", "column.forget"


class LearnedColumnRow(StoredRow):
    """One column; the fields are those of ``LearnedColumn``."""

    __tablename__ = "learned_column"
    source: str = Field(primary_key=True, sa_type=Text)
    unit: str = Field(primary_key=True, sa_type=Text)
    header: str = Field(primary_key=True, sa_type=Text)
    field: str = text()
    label: str = text()
    by: str = text()
    at: datetime = Field(sa_type=Instant)


learned_column = table_of(LearnedColumnRow)


@dataclass(frozen=True, slots=True, order=True)
class LearnedColumn:
    """A header of the files of a source, and the field that it is; ``unit`` empty: of every unit.

    ``header`` and ``unit`` are comparable, ``label`` is the header as a person typed it.
    """

    source: str
    unit: str
    header: str
    field: str
    label: str
    by: str
    at: datetime


class Learned(Room):
    """The columns that were learned, by source, unit and header."""

    @reads
    def all(self, connection: Connection) -> list[LearnedColumn]:
        query = select(learned_column)
        return sorted(
            LearnedColumn(row.source, row.unit, row.header, row.field, row.label, row.by, row.at)
            for row in connection.execute(query)
        )

    @writes
    def learn(self, connection: Connection, one: LearnedColumn) -> None:
        """Remember a column; what was known of the same header is replaced. Audited."""
        _drop(connection, one)
        facts = {name: getattr(one, name) for name in LearnedColumn.__slots__}
        connection.execute(insert(learned_column).values(**facts))
        _note(connection, LEARN, one, by=one.by, at=one.at)

    @writes
    def forget(self, connection: Connection, one: LearnedColumn, *, by: str, at: datetime) -> bool:
        """Remember it no more; False when it was not known. Audited."""
        known = _drop(connection, one)
        if known:
            _note(connection, FORGET, one, by=by, at=at)
        return known


def _drop(connection: Connection, one: LearnedColumn) -> bool:
    this = (
        learned_column.c.source == one.source,
        learned_column.c.unit == one.unit,
        learned_column.c.header == one.header,
    )
    return bool(connection.execute(delete(learned_column).where(*this)).rowcount)


def _note(connection: Connection, act: str, one: LearnedColumn, *, by: str, at: datetime) -> None:
    said = f"{one.label} = {one.field}"
    name = f"{one.source}:{one.unit}"
    audit.append(connection, actor=by, act=act, object=name, reason=said, at=at)
