"""Tables of what persons hand in: files that they took in, slips that they scanned."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from worker.store.rows import Instant, StoredRow, table_of, text


class IntakeRow(StoredRow):
    """A file that a person handed in; the fields are those of ``intakes.Intake``.

    ``before`` is all that lay under the file's name, packed, while it can be put back; ``after``
    is how the files under the name stood when it was taken in.
    """

    __tablename__ = "intake"
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text, index=True)
    name: str = Field(sa_type=Text)
    path: str = text()
    unit: str = text()
    state: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    sha256: str = text()
    taken: str = text()  # JSON
    before: bytes | None = Field(default=None, sa_type=LargeBinary)
    after: str = text()  # JSON
    undone_at: datetime | None = Field(default=None, sa_type=Instant)
    undone_by: str = text()
    reason: str = text()


class AdditionRow(StoredRow):
    """What a person typed for a cell that could not be read, until somebody takes it back; the
    fields are those of ``additions.TypedCell``."""

    __tablename__ = "addition"
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text)
    file: str = Field(sa_type=Text)
    mark: str = Field(sa_type=Text, index=True)
    unit: str = text()
    sheet: str = text()
    row: int
    column: str = text()
    written: str = text()
    typed: str = text()
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = text()


class SlipBatchRow(StoredRow):
    """A stack of papers of one unit that a person scanned: the clerk's own word until a second
    person opens the papers of ``drawn`` (JSON list of slips) and approves it."""

    __tablename__ = "slip_batch"
    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(sa_type=Text, index=True)
    day: date = Field(sa_type=Date)  # on the papers
    expected: int | None = None  # how many papers the person counted
    state: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    drawn: str = text()
    settled_by: str = text()
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str = text()


class SlipRow(StoredRow):
    """One scanned paper. ``client_id`` is the scanner's page's own: sent twice, it is one.

    ``said`` is what was answered when it was scanned: a value of ``slips.SlipAnswer``.
    """

    __tablename__ = "slip"
    __table_args__ = (UniqueConstraint("batch_id", "client_id"),)
    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="slip_batch.id", index=True)
    client_id: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)  # as it was scanned
    own_key: str = Field(sa_type=Text, index=True)  # comparable
    said: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


intake = table_of(IntakeRow)
addition = table_of(AdditionRow)
slip_batch = table_of(SlipBatchRow)
slip = table_of(SlipRow)
