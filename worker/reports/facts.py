"""Everything a report needs of one run, as plain values; the pipeline fills it in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from reconcile.cases import Link
from reconcile.claims import Claim, Origin, RejectedRow, Role
from reconcile.figures.checking import ClaimOutcome, PlannedClaim, SeenPaper
from reconcile.figures.form import Statistics, Table
from reconcile.figures.frozen import Difference, Placed
from reconcile.figures.standing import Column
from reconcile.findings import (
    Finding,
    Kind,
    NotJudged,
    Reach,
    Undecided,
    Undetermined,
    WaitingGroup,
)
from reconcile.judging.registers import Suspect
from reconcile.lifecycle import Discrepancy, State
from reconcile.scope import Scope
from reconcile.text.vietnamese import unit_key
from worker.reports.decided import Decided


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What one source gave to this run: the lines of page one."""

    name: str
    role: Role
    kind: str = "export"
    origin: Origin = Origin.PAPER
    complete: bool = True
    problem: str = ""  # Vietnamese; why it was not read in full
    unread_since: date | datetime | None = None  # since when it was not read in full
    read: int = 0  # data rows or dossiers
    rejected: int = 0
    new: int = 0
    changed: int = 0
    covers_from: date | None = None
    covers_to: date | None = None
    units: int | None = None  # how many units appear in it; None: no unit column
    typed_by: Mapping[str, str] = field(default_factory=dict)  # unit_key -> who; "": of any unit
    warnings: tuple[str, ...] = ()  # Vietnamese
    unknown_columns: tuple[str, ...] = ()
    announced: int | None = None  # dossiers that the source says it has
    unread_units: tuple[str, ...] = ()  # Vietnamese: whose files could not be read, since when
    uneven: tuple[str, ...] = ()  # Vietnamese: which units are behind the others
    trail_problem: str = ""  # Vietnamese: why its status trail could not be read
    read_at: datetime | None = None  # its newest reading, in the office's time zone
    dropped: int = 0  # rows among ``rejected`` that do not count at all; the rest are cells
    folder: str = ""  # where its files are to be put, where there is none
    missing: str = ""  # Vietnamese: of which days of the period it does not speak

    def typist(self, unit: str) -> str:
        """Who typed the rows of this unit, as far as the office says."""
        return self.typed_by.get(unit_key(unit), "") or self.typed_by.get("", "")


@dataclass(frozen=True, slots=True)
class Tracked:
    """A finding together with what is remembered of it."""

    finding: Finding
    state: State
    first_seen: date
    by: str = ""  # who acknowledged or waived
    reason: str = ""
    waived_until: date | None = None


@dataclass(frozen=True, slots=True)
class SubmittedFigures:
    """The figures of form II.06a as the office submitted them; None where it left one out."""

    unit: str = ""  # empty: the whole office
    received: int | None = None
    online: int | None = None
    direct_post: int | None = None
    carried: int | None = None
    resolved: int | None = None
    early: int | None = None
    on_time: int | None = None
    late: int | None = None
    in_progress: int | None = None
    in_time: int | None = None
    overdue: int | None = None


def counted(found: int, left: object) -> int | None:
    """A number for a report: never 0 where something is ``left`` that could not be judged."""
    return found or (None if left else 0)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who answered for a register row, and when."""

    by: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """New, still there and gone since one earlier moment."""

    since: date
    title: str  # Vietnamese: "lần đối soát trước", "đầu quý"
    new: int = 0
    still: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How many discrepancies were open after an earlier run."""

    on: date
    open: int
    unit: str = ""  # empty: the whole office


@dataclass(frozen=True, slots=True)
class Version:
    """The figures of a period as they were frozen (number 0) or corrected (1, 2, …)."""

    number: int
    at: datetime
    by: str
    reason: str
    recorded: Table
    reconciled: Table
    changes: tuple[Difference, ...] = ()  # from the version before
    unread: tuple[str, ...] = ()  # sources that were not read in full then


@dataclass(frozen=True, slots=True)
class Freeze:
    """A frozen period: its versions, and what the data say now that the newest does not."""

    name: str
    versions: tuple[Version, ...]
    since: tuple[Difference, ...] = ()
    submitted_changed: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """What was carried over, against what the last period closed with; None: nobody said."""

    carried: int
    recount: int
    submitted: int | None = None
    frozen: int | None = None
    frozen_name: str = ""
    gaps: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimProof:
    """What the papers drawn for one claim prove; no outcome while one of them is unanswered."""

    planned: PlannedClaim
    drawn: int
    unanswered: int
    outcome: ClaimOutcome | None


@dataclass(frozen=True, slots=True)
class PaperAgainst:
    """A drawn dossier whose paper says something else than the frozen figures, or is missing."""

    placed: Placed
    paper: SeenPaper
    says: Column | None  # None: not found


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """The risk-limiting check of the frozen version that a report speaks of."""

    name: str
    version: int
    manifest_hash: str
    seed: str
    witnesses: str
    program: str  # its version
    ended_on: date | None
    claims: tuple[ClaimProof, ...]
    against: tuple[PaperAgainst, ...]
    earlier: int = 0  # checks of the same figures that were drawn before this one


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """What a run knows of itself, whatever it decided; each field is as in RunFacts."""

    run_id: str
    trigger: str
    started: datetime
    finished: datetime
    read_at: datetime
    exit_code: int
    writes: Mapping[str, int]
    sources: tuple[SourceLine, ...]
    decided: Decided | None = None


#: What the row of a finding was made of, and what it holds.
MadeRow = tuple[bytes, bytes]


def nothing_written(_: Collection[str]) -> Mapping[str, MadeRow]:
    """No row may be taken from an earlier run."""
    return {}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run, told in plain values.

    ``claims`` holds, by claim key, at least every register row in store and every dossier that a
    link, a finding or a moved line names, or has them at hand when they are asked for.
    ``confirmed`` is by the key of the register row that a person answered for. ``full_names``: only
    with the explicit, audited option; else initials.
    """

    run_id: str
    trigger: str  # "cli" | "console" | "schedule"
    office: str
    scope: Scope
    started: datetime
    finished: datetime
    read_at: datetime  # up to when the sources were read, in the office's time zone
    statistics: Statistics
    exit_code: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)  # claims, links, changes written
    sources: tuple[SourceLine, ...] = ()
    findings: tuple[Tracked, ...] = ()
    left_open: tuple[Discrepancy, ...] = ()  # known from before, this time not judged
    links: tuple[Link, ...] = ()
    controls: tuple[Link, ...] = ()  # pairs whose answer is known, shown as doubts
    claims: Mapping[str, Claim] = field(default_factory=dict)
    rejected: tuple[RejectedRow, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    undetermined_overdue: tuple[Undetermined, ...] = ()
    waiting_groups: tuple[WaitingGroup, ...] = ()
    unit_names: Mapping[str, str] = field(default_factory=dict)  # code -> name
    submitted: tuple[SubmittedFigures, ...] = ()
    confirmed: Mapping[str, Confirmed] = field(default_factory=dict)
    movements: tuple[Movement, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    full_names: bool = False
    freeze: Freeze | None = None
    opening: Opening | None = None
    check: CheckFacts | None = None
    papers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by finding, in words
    reach: Mapping[Kind, Reach] = field(default_factory=dict)  # how far each question was judged
    undecided: tuple[Undecided, ...] = ()
    suspects: tuple[Suspect, ...] = ()  # signs of a made-up register
    unit: str = ""  # the one that the report is of; empty: the whole office, or several
    decided: Decided | None = None  # how the links came about
    #: Of these findings those of which no claim changed since their rows were made.
    written: Callable[[Collection[str]], Mapping[str, MadeRow]] = nothing_written
    #: links.jsonl, where it was made of the one before; ``links`` are then those of doubts alone.
    link_blocks: tuple[bytes, ...] | None = None
    #: The register row at each place (file, sheet, row): its key, its source, and the day on which
    #: it was read first, where that is known. None: as ``claims`` tell it.
    rows_at: Mapping[tuple[str, str, int], tuple[str, str, date | None]] | None = None

    @property
    def base(self) -> Role:
        """Whose dossiers are counted."""
        roles = {source.role for source in self.sources}
        return Role.PORTAL if Role.PORTAL in roles and Role.ONE_STOP not in roles else Role.ONE_STOP

    @property
    def looked_at(self) -> bool:
        """Something could be judged at all: the core question, in some unit."""
        reach = self.reach.get(Kind.RETURNED_STILL_PENDING)
        return reach is None or (bool(reach.units) and not reach.nowhere)

    @property
    def is_counted(self) -> bool:
        """There is something to count: the counted software was read, and of this period."""
        lines = [source for source in self.sources if source.role is self.base]
        return not lines or (
            any(line.read or line.covers_from for line in lines)
            and (self.statistics.covered or bool(self.statistics.all.recorded.in_period))
        )
