"""The tables: rows without logic. Queries stand in the modules beside, each with a name."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlmodel import Field

from worker.store import act_tables as act_tables  # noqa: PLC0414 - who knows one knows all
from worker.store import hand_tables as hand_tables  # noqa: PLC0414
from worker.store import mail_tables as mail_tables  # noqa: PLC0414
from worker.store.rows import Instant, StoredRow, table_of, text


class RunState(StrEnum):
    """Where a run stands; the last four are ends."""

    QUEUED = "queued"  # recorded; a worker will start it
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # could not finish: its problem says why
    CANCELLED = "cancelled"  # a person changed their mind before anything was decided
    QUARANTINED = "quarantined"  # it ended its worker too often: nobody tries it again by itself


class SourceFileRow(StoredRow):
    """A file of a source: its last complete reading, and how the last attempt went.

    A polled source is one row with an empty ``path``. ``fingerprint`` is empty until the first
    complete reading. ``present``: it was there when the source was last read as a whole.
    """

    __tablename__ = "source_file"
    __table_args__ = (UniqueConstraint("source", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Text)
    path: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    # the last complete reading
    fingerprint: str = text()
    sha256: str = text()
    rows: int = 0
    covers_from: date | None = Field(default=None, sa_type=Date)
    covers_to: date | None = Field(default=None, sa_type=Date)
    received_from: date | None = Field(default=None, sa_type=Date)
    received_to: date | None = Field(default=None, sa_type=Date)
    units: str = text()  # JSON list, as the claims name them
    unknown_columns: str = text()  # JSON list
    warnings: str = text()  # JSON list
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    # the last attempt
    present: bool = True
    answered: bool = False
    problem: str = text()
    tried_at: datetime | None = Field(default=None, sa_type=Instant)
    silent_since: date | None = Field(default=None, sa_type=Date)
    silent_at: datetime | None = Field(default=None, sa_type=Instant)
    # a polled source: from where the next poll goes on, and when everything was last read
    cursor: str = text()
    swept_on: date | None = Field(default=None, sa_type=Date)
    announced: int | None = None
    trail_problem: str = text()  # why the status trail could not be read at the newest reading
    lay_as: str = text()  # of a file over which another was laid: ``worker/store/versions.py``
    doubt: str = text()
    standing: str = text()
    aside_on: date | None = Field(default=None, sa_type=Date)


class ClaimRow(StoredRow):
    """What one file says of one dossier. ``payload`` is JSON of the fields that are not default;
    ``hash`` is its hash; ``read_on`` is the day on which this content was first read. The keys are
    those under which it is looked up (``worker/store/keys.py``)."""

    __tablename__ = "claim"
    __table_args__ = (
        Index(
            "ix_claim_noted_keys",
            "noted_keys",
            sqlite_where=sql("noted_keys <> ''"),
            postgresql_where=sql("noted_keys <> ''"),
        ),
        Index("ix_claim_key", "key"),
        # What changed is found off this alone.
        Index("ix_claim_taken", "file_id", "key", "hash", "read_on", "sheet", "row"),
    )
    file_id: int = Field(primary_key=True, foreign_key="source_file.id")
    key: str = Field(primary_key=True, sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    payload: bytes = Field(sa_type=LargeBinary)
    status: int
    sheet: str = text()
    row: int = 0
    read_on: date = Field(sa_type=Date)
    own_key: str = text(index=True)
    national_key: str = text(index=True)
    name_key: str = text(index=True)
    noted_keys: str = text()


class JudgedClaimRow(StoredRow):
    """A row of ``claim`` as the newest decision took it."""

    __tablename__ = "judged_claim"
    __table_args__ = ({"sqlite_with_rowid": False},)
    file_id: int = Field(primary_key=True, sa_type=Integer)
    key: str = Field(primary_key=True, sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    read_on: date = Field(sa_type=Date)
    sheet: str = text()
    row: int = 0


class AbsenceRow(StoredRow):
    """A dossier that the newest full readings of a polled source did not hold, and how many."""

    __tablename__ = "absence"
    file_id: int = Field(primary_key=True, foreign_key="source_file.id")
    key: str = Field(primary_key=True, sa_type=Text)
    times: int
    since: date = Field(sa_type=Date)


class CourtesyRow(StoredRow):
    """How a polled source is treated: the breaker, and what was asked of it in this window; the
    fields are those of ``connectors.politeness.Courtesy``."""

    __tablename__ = "courtesy"
    source: str = Field(primary_key=True, sa_type=Text)
    failures: int = 0
    recent: str = text()
    trips: int = 0
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    problem: str = text()
    hours: str = text()
    requests: int = 0
    seconds: float = Field(default=0.0, sa_type=Float)


class HostRow(StoredRow):
    """When an address may be asked next (seconds since 1970 by the database's clock), whichever
    source it is; and of each window of hours, how much was asked there in it."""

    __tablename__ = "host"
    address: str = Field(primary_key=True, sa_type=Text)
    hours: str = Field(primary_key=True, sa_type=Text)  # empty: whatever the hour
    turn: float = Field(default=0.0, sa_type=Float)
    requests: int = 0


class PollRow(StoredRow):
    """The newest poll of a source: who asked for it, how far it is, what it brought; the fields
    are those of ``polls.Poll``. It lasts as long as it must, slice after slice."""

    __tablename__ = "poll"
    source: str = Field(primary_key=True, sa_type=Text)
    round: int = 0  # raised by every poll that begins anew
    state: str = text()
    sweep: bool = False
    asked_by: str = text()
    asked_on: date = Field(sa_type=Date)
    asked_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    part: str = text()  # what is being read now, in Vietnamese
    cursor: str = text()  # what is left of a list that is read in windows
    done: int = 0
    total: int | None = None
    slice: int = 0  # how many were begun
    tries: int = 0  # begun in a row without any that came to anything
    seconds: float = Field(default=0.0, sa_type=Float)  # of reading
    brought: str = text()  # JSON of a ``claims.Taken``
    problem: str = text()


class HeardRow(StoredRow):
    """A dossier of which a source was asked, or which its list held: in which poll, and when.

    ``key`` is its comparable code; ``said`` the hash of what the office knew of it by then, so that
    what changed since is asked for before what did not.
    """

    __tablename__ = "heard"
    source: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    national_key: str = text()
    round: int
    at: datetime = Field(sa_type=Instant)
    said: bytes = Field(sa_type=LargeBinary)


class StatusStepRow(StoredRow):
    """A status that a file changed, or took back (``after`` is empty): the history stays.
    ``before_on`` is the day on which the content with the status before was first read."""

    __tablename__ = "status_step"
    id: int | None = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="source_file.id")
    key: str = Field(sa_type=Text, index=True)
    before: int
    before_on: date = Field(sa_type=Date)
    after: int | None = None
    day: date = Field(sa_type=Date)


class RejectedRowRow(StoredRow):
    """A row or cell of the last complete reading that could not be read."""

    __tablename__ = "rejected"
    id: int | None = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="source_file.id", index=True)
    sheet: str = Field(sa_type=Text)
    row: int
    column: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    kept: bool


class LinkRow(StoredRow):
    """What was decided for one register row; ``payload`` is the whole link as JSON."""

    __tablename__ = "link"
    row: str = Field(primary_key=True, sa_type=Text)
    dossier: str | None = Field(default=None, sa_type=Text, index=True)
    method: str = Field(sa_type=Text)
    decision: str = Field(sa_type=Text, index=True)
    payload: bytes = Field(sa_type=LargeBinary)


class AnswerRow(StoredRow):
    """What a person said of a pair, never overwritten: the newest counts, an empty ``same`` takes
    the earlier ones back."""

    __tablename__ = "answer"
    id: int | None = Field(default=None, primary_key=True)
    row: str = Field(sa_type=Text, index=True)
    dossier: str = Field(sa_type=Text)
    same: bool | None = None
    by: str = Field(sa_type=Text)
    day: str = Field(sa_type=Text)


class AskedPairRow(StoredRow):
    """A pair that people are asked about, as the newest run left it: the doubts, and among them
    controls whose answer is known. ``why`` is a ``reconcile.linking.controls.WhyAsked``, ``lot``
    its place in the queue, ``probability`` that of the link when it was first asked, ``payload``
    the link in the state of a doubt. ``readers`` people are to answer it; ``waits``: an answer
    helps the unit of who gave it, and counts when a second person gives the same."""

    __tablename__ = "asked_pair"
    row: str = Field(primary_key=True, sa_type=Text)
    dossier: str = Field(primary_key=True, sa_type=Text)
    unit: str = text(index=True)
    why: str = Field(sa_type=Text)
    lot: str = text(index=True)
    probability: float = Field(sa_type=Float)
    readers: int = 1
    waits: bool = False
    payload: bytes = Field(sa_type=LargeBinary)


class DiscrepancyRow(StoredRow):
    """A finding with a history, as it is now.

    ``dossier`` to ``shelf`` are as the newest run that found it wrote them down. ``pile`` is a
    ``reconcile.steps.Pile`` on the one discrepancy that stands for its dossier, else empty.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (
        Index("ix_discrepancy_pile", "pile", "unit", "step", "id"),
        Index("ix_discrepancy_by_urgency", "urgency", "first_seen", "id"),
        Index("ix_discrepancy_by_book", "unit", "shelf", "id"),
        # What is counted and listed (``open_work``) is read off these alone.
        Index("ix_discrepancy_counted", "unit", "kind", "state", "step", "waits", "pile"),
        Index("ix_discrepancy_listed", "kind", "unit", "shelf", "id", "state", "step", "waits"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    anchor: str = Field(sa_type=Text, index=True)
    unit: str = Field(sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    payload: bytes = Field(sa_type=LargeBinary)
    first_seen: date | None = Field(default=None, sa_type=Date)
    dossier: str = text(index=True)
    step: str = text()
    waits: bool = False
    urgency: int = 0
    shelf: int = 0
    pile: str = text()


class FindingRow(StoredRow):
    """What a person reads of a discrepancy, as the newest run that found it wrote it down.

    ``payload`` is a ``reports.known.KnownDiscrepancy``; it is other than before where ``run_id``
    is. ``made_of`` is a digest of all that it was made of, but for claims, as long as the newest
    decision found it. The keys are the comparable codes of the dossier.
    """

    __tablename__ = "finding"
    discrepancy_id: str = Field(primary_key=True, foreign_key="discrepancy.id", sa_type=Text)
    run_id: str = Field(sa_type=Text)
    unit: str = text(index=True)
    kind: str = Field(sa_type=Text)
    own_key: str = text(index=True)
    national_key: str = text(index=True)
    due_on: date | None = Field(default=None, sa_type=Date)
    payload: bytes = Field(sa_type=LargeBinary)
    made_of: bytes | None = Field(default=None, sa_type=LargeBinary)


class UndeterminedRow(StoredRow):
    """A dossier that the newest run called overdue and could not decide; ``payload`` is a
    ``reports.undecided.UndecidedRow``."""

    __tablename__ = "undetermined"
    anchor: str = Field(primary_key=True, sa_type=Text)
    unit_key: str = text(index=True)  # as its findings name it
    due_on: date | None = Field(default=None, sa_type=Date)
    payload: bytes = Field(sa_type=LargeBinary)


class ChangeRow(StoredRow):
    """One step of a discrepancy's history. Mails are sent off these rows: ``processed_at`` is
    empty until one was prepared."""

    __tablename__ = "change"
    id: int | None = Field(default=None, primary_key=True)
    discrepancy_id: str = Field(foreign_key="discrepancy.id", sa_type=Text, index=True)
    before: str | None = Field(default=None, sa_type=Text)
    after: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant, index=True)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    run_id: str = text(index=True)
    payload: bytes = Field(sa_type=LargeBinary)  # the discrepancy after the step
    processed_at: datetime | None = Field(default=None, sa_type=Instant, index=True)


class RunRow(StoredRow):
    """One run: what was asked, how far it is, how it ended."""

    __tablename__ = "run"
    id: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    trigger: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)  # JSON
    started: datetime = Field(sa_type=Instant)
    finished: datetime | None = Field(default=None, sa_type=Instant)
    exit_code: int | None = None
    judged_as_of: date | None = Field(default=None, sa_type=Date)
    progress: str = text()  # JSON
    summary: str = text()  # run.json as it was written
    problem: str = text()
    kept_rows: bool = False  # it wrote what it found as rows: runs of before 0016 did not


class RunContentsRow(StoredRow):
    """The compressed contents of a run, to write its files again. ``fingerprint`` is of everything
    that they depend on; empty where that was not noted."""

    __tablename__ = "run_contents"
    run_id: str = Field(primary_key=True, foreign_key="run.id", sa_type=Text)
    contents: bytes = Field(sa_type=LargeBinary)
    fingerprint: str = text(index=True)


class RunPageRow(StoredRow):
    """The first page of a run and its units' numbers: a ``reports.run_page.RunPage`` as JSON."""

    __tablename__ = "run_page"
    run_id: str = Field(primary_key=True, foreign_key="run.id", sa_type=Text)
    payload: bytes = Field(sa_type=LargeBinary)


class PreparedRow(StoredRow):
    """What a run left behind so that the next need not do all of it again: the digest of the file
    that holds it, and of what it stands on. ``whole_same``: the newest full run came to the same,
    NULL where there was nothing to compare with."""

    __tablename__ = "prepared"
    name: str = Field(primary_key=True, sa_type=Text)
    basis: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    links: str = Field(sa_type=Text)
    whole_at: datetime | None = Field(default=None, sa_type=Instant)
    whole_same: bool | None = None


class LeaseRow(StoredRow):
    """Who works on a scope until when (seconds since 1970 by the database's clock).

    ``token`` only grows: whoever writes with an older one has been overtaken.
    """

    __tablename__ = "lease"
    name: str = Field(primary_key=True, sa_type=Text)
    token: int = 0
    owner: str = text()
    run_id: str = text()
    until: float = Field(default=0.0, sa_type=Float)
    lasts: float = Field(default=0.0, sa_type=Float)  # seconds; it never stands longer from now


class QueueRow(StoredRow):
    """A run that was asked of the workers. A message to them is only a hint to look here.

    ``wanted`` names what is to be done while it is not done, so that two who ask for the same
    share one run; it is empty (NULL) once the run has ended. Times are seconds since 1970 by the
    database's clock.
    """

    __tablename__ = "queue"
    run_id: str = Field(primary_key=True, foreign_key="run.id", sa_type=Text)
    wanted: str | None = Field(default=None, sa_type=Text, unique=True)
    request: str = text()  # JSON: what is to be done beside the scope
    asked_by: str = text()
    next_at: float = Field(default=0.0, sa_type=Float)
    attempts: int = 0  # raised before the work begins: a file that kills workers is found out
    cancelled_by: str = text()
    awaits: str = text()  # JSON: the polls that it waits for, and what it read before


class ScheduleRow(StoredRow):
    """When a job of the schedule is due next; ``rule`` is the setting it was computed from."""

    __tablename__ = "schedule"
    name: str = Field(primary_key=True, sa_type=Text)
    rule: str = text()
    next_at: datetime = Field(sa_type=Instant)
    last_at: datetime | None = Field(default=None, sa_type=Instant)


class HeartbeatRow(StoredRow):
    """A sign of life that went through the broker: ``at`` by the database's clock, ``clock`` by
    the machine's, and what is wrong with the latter."""

    __tablename__ = "heartbeat"
    name: str = Field(primary_key=True, sa_type=Text)
    at: float = Field(default=0.0, sa_type=Float)
    clock: datetime = Field(sa_type=Instant)
    host: str = text()
    problem: str = text()


class SightingRow(StoredRow):
    """A file in a watched inbox, as it looked: it is taken once it stayed so for two looks."""

    __tablename__ = "sighting"
    path: str = Field(primary_key=True, sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    mtime_ns: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)  # of the last look that counted
    times: int = 0


source_file = table_of(SourceFileRow)
claim = table_of(ClaimRow)
judged_claim = table_of(JudgedClaimRow)
absence = table_of(AbsenceRow)
courtesy = table_of(CourtesyRow)
host = table_of(HostRow)
poll = table_of(PollRow)
heard = table_of(HeardRow)
status_step = table_of(StatusStepRow)
rejected = table_of(RejectedRowRow)
link = table_of(LinkRow)
answer = table_of(AnswerRow)
asked_pair = table_of(AskedPairRow)
discrepancy = table_of(DiscrepancyRow)
finding = table_of(FindingRow)
undetermined = table_of(UndeterminedRow)
change = table_of(ChangeRow)
run = table_of(RunRow)
run_contents = table_of(RunContentsRow)
run_page = table_of(RunPageRow)
prepared = table_of(PreparedRow)
lease = table_of(LeaseRow)
queue = table_of(QueueRow)
schedule = table_of(ScheduleRow)
heartbeat = table_of(HeartbeatRow)
sighting = table_of(SightingRow)
