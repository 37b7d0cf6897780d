"""What a digest is made of, and what it says: plain values, no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reconcile.claims import Role
from reconcile.findings import Kind, parts
from reconcile.lifecycle import Discrepancy
from reconcile.steps import Step
from worker.reports.dossiers import Tally, said_closing, said_total


@dataclass(frozen=True, slots=True)
class MailLine:
    """What a mail may say of one discrepancy: codes and initials, never a name or an id."""

    kind: Kind
    label: str
    remedy: str
    waits_for: str
    procedure: str
    code: str
    person: str
    due_on: date | None
    received_on: date | None
    evidence: str
    roles: tuple[Role, ...]
    step: Step
    dossiers: tuple[str, ...]  # the keys of those it speaks of; none where a run before kept none


@dataclass(frozen=True, slots=True)
class HeldDiscrepancy:
    """A discrepancy that is not settled, with its evidence and its history."""

    discrepancy: Discrepancy
    line: MailLine
    round: int  # how often it was opened
    opened_on: date  # the last time
    backlog: bool = False  # the very first run opened it

    @property
    def dossiers(self) -> tuple[str, ...]:
        """The keys of the dossiers that it speaks of."""
        return self.line.dossiers or tuple(parts(self.discrepancy.anchor)[:1])


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source was read."""

    name: str
    role: Role
    answered: bool = True
    problem: str = ""  # Vietnamese
    unread_since: date | None = None
    rows: int = 0
    partly: bool = False  # some of its files were read
    tried: bool = True
    unread_at: datetime | None = None  # the hour of unread_since where it is known, office's zone

    @property
    def silence(self) -> str:
        """Names this silence of the source: it is told once."""
        return f"source:{self.name}:{self.unread_since or ''}"


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides which mails there are.

    ``now`` and ``read_at`` are in the office's zone; ``as_of`` is the newest day of judgement.
    ``told``: recipient → item → round; ``last``: the day of each recipient's last digest;
    ``taken``: who has a digest of today already, whatever became of it.
    """

    now: datetime
    as_of: date
    read_at: datetime
    sources: tuple[SourceState, ...] = ()
    held: tuple[HeldDiscrepancy, ...] = ()
    #: By unit as it is called: overdue, and no complete register tells. None: no run has said.
    undetermined: Mapping[str, int | None] | None = None
    #: Units, as they are called, where no register was judged: what is overdue is not known.
    unjudged: frozenset[str] = frozenset()
    #: When the newest full run came to something else than the runs by change; None: it did not.
    differs_at: datetime | None = None
    resolved: frozenset[str] = frozenset()
    told: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    last: Mapping[str, date] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One dossier of a list."""

    number: int
    code: str
    person: str
    procedure: str
    unit: str  # only where it is not the one that the mail is for
    marks: tuple[str, ...]  # "mới", "quá hạn 12 ngày"
    evidence: str
    is_overdue: bool = False
    also: str = ""  # what else was found


@dataclass(frozen=True, slots=True)
class Group:
    """The dossiers of a list for which the same is asked of the same officer."""

    what: str
    remedy: str
    who: str
    entries: tuple[ListEntry, ...]


@dataclass(frozen=True, slots=True)
class MailSection:
    title: str
    groups: tuple[Group, ...]
    more: int  # dossiers that are not listed

    @property
    def entries(self) -> tuple[ListEntry, ...]:
        return tuple(entry for group in self.groups for entry in group.entries)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Work that is in other hands: the unit has nothing to do."""

    count: int
    label: str
    who: str


@dataclass(frozen=True, slots=True)
class UnreadSource:
    """A source that was not read in full."""

    source: str
    since: date | datetime | None  # the hour where it is known, in the office's zone
    name: str = ""  # as the configuration calls it
    problem: str = ""
    partly: bool = False

    @property
    def verb(self) -> str:
        return "Chưa đọc đủ" if self.partly else "Chưa đọc được"


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest to one recipient says; the templates only put it in words."""

    office: str
    unit: str  # "UBND xã Tân Minh"
    addressee: str
    asked: str
    compared: str
    read_at: datetime | date
    total: int
    new: int
    stuck: int
    overdue: int | None  # None: not judged
    check: int
    late: int  # of those to check: ended late, as is proven
    undetermined: int | None  # overdue, and nobody can say; None: not known
    tally: Tally  # as the report counts the unit's dossiers
    answer_by: date
    sections: tuple[MailSection, ...]
    backlog: int
    elsewhere: tuple[Elsewhere, ...]
    waived: int
    gone: int
    reminds_of: date | None
    unread: tuple[UnreadSource, ...]
    it_knows: bool
    dossiers: int
    rows: int
    next_on: date
    remind_on: date | None
    contact: str = ""  # who holds the whole list

    @property
    def agrees(self) -> str:
        """The numbers as the report has them."""
        return said_total(self.tally)

    @property
    def closing(self) -> str:
        """What of them stands on the list to sign."""
        return said_closing(self.tally) if self.tally.closing else ""

    @property
    def listed(self) -> bool:
        return any(section.entries for section in self.sections)


@dataclass(frozen=True, slots=True)
class SourcesDown:
    """What IT is told of sources that were not read."""

    office: str
    unread: tuple[UnreadSource, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class FullRunDiffers:
    """What IT is told of a full run, at this hour, that came to something else than the runs
    before it, which decided by what changed."""

    office: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnitLine:
    """The three numbers of one unit."""

    unit: str
    stuck: int
    overdue: int
    check: int
    oldest_on: date

    @property
    def total(self) -> int:
        return self.stuck + self.overdue + self.check


@dataclass(frozen=True, slots=True)
class Escalation:
    """What the office's own secretariat is told, where a named decision switched it on."""

    office: str
    read_at: datetime | date
    lines: tuple[UnitLine, ...]
    after_days: int
    next_on: date


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one recipient. ``shown`` are the discrepancies whose changes it settles."""

    kind: str
    recipient: str
    day: date
    says: Digest | SourcesDown | FullRunDiffers | Escalation
    detail: str = ""  # makes the key of a kind that may come twice a day
    told: Mapping[str, int] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
