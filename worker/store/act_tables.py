"""Tables of what people answer for: their acts, answers and declarations, and the seals."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Date,
    Float,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from worker.store.rows import Instant, StoredRow, table_of, text


class AuditRow(StoredRow):
    """An act that a person answers for: only ever added, never changed. ``seal`` is a hash of the
    act and of the seal before it, so that a changed row breaks every seal after it."""

    __tablename__ = "audit"
    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=Text)
    act: str = Field(sa_type=Text)
    object: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    seal: str = text()
    digest: str = text()  # the sum over all that is sealed, where the act moved it


class SealRow(StoredRow):
    """The sum of the digests of a group of rows (``worker/store/seals.py``): ``value`` in hex."""

    __tablename__ = "seal"
    kind: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    count: int = 0
    value: str = text()


class SourceMarkRow(StoredRow):
    """What a person said of a source that is no longer configured: retired, so nobody is warned."""

    __tablename__ = "source_mark"
    source: str = Field(primary_key=True, sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    reason: str = text()


class AuditHeadRow(StoredRow):
    """Where the audit ends, and up to where it was removed by retention (one row)."""

    __tablename__ = "audit_head"
    name: str = Field(primary_key=True, sa_type=Text)
    seq: int = 0
    seal: str = text()
    purged_to: int = 0
    purged_seal: str = text()


class BookRow(StoredRow):
    """A book that a person declared complete, until somebody withdraws it; never changed else.

    ``unit`` and ``register_type`` are empty for every unit, every type of the source.
    """

    __tablename__ = "book"
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text, index=True)
    until: date = Field(sa_type=Date)
    said_by: str = Field(sa_type=Text)  # who vouches for the book
    unit: str = text()
    register_type: str = text()
    first_number: int | None = None
    last_number: int | None = None
    declared_at: datetime = Field(sa_type=Instant)
    declared_by: str = Field(sa_type=Text)  # who typed it
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str = text()
    reason: str = text()


class FrozenPeriodRow(StoredRow):
    """The figures of a period as a person froze them (``number`` 0) or corrected them (1, 2, …).

    Only ever added. ``payload`` is what ``worker/run/periods.py`` keeps, compressed.
    """

    __tablename__ = "frozen_period"
    __table_args__ = (UniqueConstraint("starts", "ends", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    starts: date = Field(sa_type=Date)
    ends: date = Field(sa_type=Date)
    number: int
    name: str = Field(sa_type=Text)
    as_of: date = Field(sa_type=Date)
    at: datetime = Field(sa_type=Instant)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    payload: bytes = Field(sa_type=LargeBinary)


class PeriodDraftRow(StoredRow):
    """The figures of a period as somebody looked at them, before they are frozen or corrected: one
    a period. ``by`` is empty until a person proposes them with a ``reason``; another one approves,
    and the draft is gone."""

    __tablename__ = "period_draft"
    starts: date = Field(primary_key=True, sa_type=Date)
    ends: date = Field(primary_key=True, sa_type=Date)
    name: str = Field(sa_type=Text)
    number: int
    at: datetime = Field(sa_type=Instant)
    by: str = text()
    reason: str = text()
    payload: bytes = Field(sa_type=LargeBinary)


class PeriodCountRow(StoredRow):
    """A counting of a period that somebody asked for: one a period, gone when it was done.
    ``freezes``: what was proposed is to be kept, and ``by`` approves it. With a ``problem`` it came
    to nothing and waits for nobody."""

    __tablename__ = "period_count"
    starts: date = Field(primary_key=True, sa_type=Date)
    ends: date = Field(primary_key=True, sa_type=Date)
    name: str = Field(sa_type=Text)
    freezes: bool = False
    by: str = text()
    at: datetime = Field(sa_type=Instant)
    attempts: int = 0
    problem: str = text()


class PairReadingRow(StoredRow):
    """What one person answered of a pair, whatever it counts for: only ever added, an empty
    ``same`` takes that person's earlier one back. ``why`` and ``probability`` are those of the pair
    when it was asked."""

    __tablename__ = "pair_reading"
    id: int | None = Field(default=None, primary_key=True)
    row: str = Field(sa_type=Text, index=True)
    dossier: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
    probability: float = Field(sa_type=Float)
    same: bool | None = None
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class SampleAnswerRow(StoredRow):
    """What a person found in the original book for a row of a random sample, never overwritten:
    the newest answer for a seed and row counts. ``method`` is how the row was linked."""

    __tablename__ = "sample_answer"
    id: int | None = Field(default=None, primary_key=True)
    seed: int = Field(sa_type=BigInteger, index=True)
    row: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    method: str = Field(sa_type=Text)
    matches: bool
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class CheckStepRow(StoredRow):
    """A step of a risk-limiting check of a frozen period, only ever added: its plan, its seed, a
    draw, what papers said, its end. ``number`` counts the steps of a check from 0."""

    __tablename__ = "check_step"
    __table_args__ = (UniqueConstraint("check", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    check: str = Field(sa_type=Text)  # 2024-Q1#0.1: the first check of the freeze of that period
    number: int
    payload: bytes = Field(sa_type=LargeBinary)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class PaperRow(StoredRow):
    """A paper that bears on a discrepancy, noted by a person: an apology, a supplement, a
    withdrawal, a technical ticket; ``number`` and ``day`` as they stand on it."""

    __tablename__ = "paper"
    id: int | None = Field(default=None, primary_key=True)
    discrepancy_id: str = Field(foreign_key="discrepancy.id", sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    day: date = Field(sa_type=Date)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class TickRow(StoredRow):
    """A clerk's "I have done it" on a discrepancy, for the step that it asked for then. It moves no
    figure: only the next reading of the software tells whether it is so."""

    __tablename__ = "tick"
    discrepancy_id: str = Field(primary_key=True, sa_type=Text)
    step: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    batch: str = text()


class BatchRow(StoredRow):
    """Many acts that a person did at once, and may undo at once. ``sha256`` is that of the
    filled-in worklist, empty where the acts were chosen on the screen."""

    __tablename__ = "batch"
    id: str = Field(primary_key=True, sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant, index=True)
    what: str = Field(sa_type=Text)
    file: str = text()
    sha256: str = text(index=True)
    undone_by: str = text()
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class BatchItemRow(StoredRow):
    """One act of a batch, and the state of its discrepancy after it; empty: a tick."""

    __tablename__ = "batch_item"
    batch: str = Field(primary_key=True, foreign_key="batch.id", sa_type=Text)
    discrepancy_id: str = Field(primary_key=True, sa_type=Text)
    act: str = Field(primary_key=True, sa_type=Text)
    after: str = text()


class ApiTokenRow(StoredRow):
    """A program that may read: the hash of its token, and the units that it sees (a JSON list of
    codes, ``null`` for the whole office)."""

    __tablename__ = "api_token"
    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    units: str = Field(sa_type=Text)
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    ended_by: str = text()
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class UserAccountRow(StoredRow):
    """A person of the console; never removed, for the audit names them. ``units`` is JSON, null
    for the whole office. ``secret`` is a hash, empty until they chose a password; ``ticket`` the
    hash of what they may do so with, once. ``code_secret`` is that of the codes which are asked
    beside the password, empty where none are; ``code_step`` the newest that was used."""

    __tablename__ = "user_account"
    name: str = Field(primary_key=True, sa_type=Text)
    full_name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    units: str = Field(sa_type=Text)
    secret: str = text()
    ticket: str = text(index=True)
    ticket_until: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    created_by: str = Field(sa_type=Text)
    left_at: datetime | None = Field(default=None, sa_type=Instant)
    code_secret: str = text()
    code_step: int = 0


class SessionRow(StoredRow):
    """A person at a browser. ``token`` is the hash of what the browser holds, ``confirmed_at`` when
    the password was last asked for again."""

    __tablename__ = "session"
    token: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(foreign_key="user_account.name", sa_type=Text, index=True)
    opened_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)


class LoginAttemptRow(StoredRow):
    """How often somebody failed to get in since they last did, and when; ``whose`` is the hash of
    an account's name or of an address."""

    __tablename__ = "login_attempt"
    whose: str = Field(primary_key=True, sa_type=Text)
    failures: int = 0
    at: datetime = Field(sa_type=Instant)


audit = table_of(AuditRow)
book = table_of(BookRow)
audit_head = table_of(AuditHeadRow)
seal = table_of(SealRow)
source_mark = table_of(SourceMarkRow)
frozen_period = table_of(FrozenPeriodRow)
pair_reading = table_of(PairReadingRow)
period_draft = table_of(PeriodDraftRow)
period_count = table_of(PeriodCountRow)
sample_answer = table_of(SampleAnswerRow)
paper = table_of(PaperRow)
check_step = table_of(CheckStepRow)
tick = table_of(TickRow)
batch = table_of(BatchRow)
batch_item = table_of(BatchItemRow)
api_token = table_of(ApiTokenRow)
user_account = table_of(UserAccountRow)
session = table_of(SessionRow)
login_attempt = table_of(LoginAttemptRow)
