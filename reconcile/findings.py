"""What can be wrong with a case, and what proves it: frozen values, no rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reconcile.cases import Method
from reconcile.claims import Place, Procedure, Role, Status
from reconcile.kinds import Kind

__all__ = [
    "STRONG",
    "Finding",
    "Judgement",
    "Kind",
    "NotJudged",
    "Proof",
    "Reach",
    "Recorded",
    "Strength",
    "Undecided",
    "Undetermined",
    "WaitingGroup",
    "finding_id",
    "pair_anchor",
    "parts",
]


class Strength(StrEnum):
    """How strong a proof is, strongest first; printed with every figure."""

    CIVIL_STATUS = "civil_status"  # the Ministry's software, or a book with number, book, page
    TRACKING_BOOK = "tracking_book"  # sổ theo dõi on paper with book and page
    TYPED_DATE = "typed_date"  # a typed hand-over date
    APPROVED_STATEMENT = "approved_statement"  # scanned by a clerk, approved by a second person
    STATEMENT = "statement"  # a clerk's own word: moves no figure until a second person approves


STRONG = frozenset({Strength.CIVIL_STATUS, Strength.TRACKING_BOOK})
#: Between the keys of an anchor that is of two dossiers.
_JOINED = "|"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the paper proves of a case, as far as it is known on the day of judgement.

    ``registered_on`` proves the end of processing on that day; ``returned_on`` only that it had
    ended by then. ``signed`` without any date proves a hand-over of unknown day. ``rows`` are the
    keys of the register rows that prove it. ``strength`` and ``book`` are the registration's where
    there is one; the hand-over has its own, for a group is moved by that alone.
    """

    registered_on: date | None
    returned_on: date | None
    signed: bool
    strength: Strength
    rows: tuple[str, ...]
    places: tuple[Place, ...]
    book: str = ""  # "sổ – quyển – số – trang" as an official reads it
    method: Method = Method.CODE  # the weakest link behind it
    probability: float = 1.0
    hand_over_strength: Strength | None = None
    hand_over_book: str = ""

    @property
    def what(self) -> str:
        """``registration`` or ``hand_over``: what the files print as ``proof``."""
        return "registration" if self.registered_on else "hand_over"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one software says of the dossier, with the day on which it was read."""

    status: Status
    raw: str
    read_on: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement seen now, with its evidence; it has no memory.

    ``late`` is None where lateness cannot be known. ``days_open`` counts calendar days from the
    proof, else the due date, to the day of judgement. ``variant`` picks a second label of the
    same kind (e.g. ``registered_only``). ``missing_fact`` is the smallest fact that would close
    it: the report groups a unit's work by it. ``weak`` findings need a look before any act.
    ``count`` is above 1 for a grouped line (nhập bù), ``members`` are then its dossiers.
    ``subject``/``applicant`` are full names, for reports that may show initials only.
    """

    id: str
    kind: Kind
    anchor: str
    unit: str
    procedure: Procedure
    open_in: tuple[Role, ...] = ()
    codes: tuple[tuple[Role, str], ...] = ()
    national_code: str = ""
    recorded: tuple[tuple[Role, Recorded], ...] = ()
    register: tuple[Place, ...] = ()
    proof: str | None = None
    strength: Strength | None = None
    book: str = ""
    received_on: date | None = None
    due_on: date | None = None
    returned_on: date | None = None
    registered_on: date | None = None
    late: bool | None = None
    days_open: int = 0
    method: Method = Method.NONE
    probability: float = 0.0
    variant: str = ""
    missing_fact: str = ""
    waits_for: str = ""  # the agency that a linked group waits for
    stuck: str = ""  # which step of a linked dossier is missing, as the status trail proves
    weak: bool = False
    count: int = 1
    members: tuple[str, ...] = ()  # the dossiers of a grouped line, the first one first
    other: str = ""  # the other dossier's or row's code or key (duplicate, conflict)
    subject: str = ""
    applicant: str = ""
    procedure_name: str = ""
    grace_from: date | None = None  # SUSPECTED runs from here


def finding_id(kind: Kind, anchor: str) -> str:
    """16 hex digits of sha256(kind, anchor): never the unit, a time or chance."""
    return hashlib.sha256(f"{kind.value}\n{anchor}".encode()).hexdigest()[:16]


def pair_anchor(one: str, other: str) -> str:
    """The anchor of a finding on two dossiers: both keys, sorted."""
    return _JOINED.join(sorted((one, other)))


def parts(anchor: str) -> list[str]:
    """The keys in an anchor: two for a pair, else one."""
    return anchor.split(_JOINED)


@dataclass(frozen=True, slots=True)
class NotJudged:
    """What could not be judged, and why: never silently left out of the first page.

    ``source`` is a source's name, empty where none is the cause; ``unit`` is empty for a reason
    that holds for the whole office.
    """

    kind: Kind
    source: str
    unit: str
    reason: str  # Vietnamese
    cases: int


@dataclass(frozen=True, slots=True)
class Undetermined:
    """In progress and past due, but no complete register tells ("quá hạn, chưa kết luận")."""

    anchor: str
    code: str
    unit: str
    due_on: date | None
    received_on: date | None = None
    procedure: Procedure = Procedure.UNKNOWN
    subject: str = ""
    status: Status = Status.UNKNOWN
    raw_status: str = ""
    reason: str = ""  # Vietnamese: why it is not told
    source: str = ""  # the one that was not read, where that is why
    book: str = ""  # a register row that names it and proves nothing


@dataclass(frozen=True, slots=True)
class Undecided:
    """Dossiers and rows of one unit that could not be decided for one reason, each counted once.

    Where several questions of a dossier are open, the reason is that of the gravest; ``kinds`` are
    all that were asked of any of them.
    """

    reason: str  # Vietnamese
    unit: str
    kinds: frozenset[Kind]
    cases: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one question was judged: in which units it was not, and why in words.

    A unit is in ``unjudged`` where nothing was found and the rule could not be judged for some
    dossier, or where it asks for a book that nobody declared complete.
    """

    units: frozenset[str] = frozenset()  # every unit that was looked at
    unjudged: Mapping[str, str] = field(default_factory=dict)  # unit → reason

    @property
    def nowhere(self) -> bool:
        return len(self.unjudged) >= len(self.units)


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """A linked dossier whose registration is done while another agency still works."""

    anchor: str
    code: str
    unit: str
    procedure: Procedure
    subject: str
    registered_on: date | None
    waits_for: str  # Vietnamese
    book: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one run found, and for what it may say that all agrees.

    ``judged(kind, anchor)``: the rule was judged for that anchor and found agreement. Only then
    may a known discrepancy be resolved. ``unjudged(kind, anchor)``: the anchor is in the scope and
    the rule could not be judged for it, as a source was not read.
    """

    findings: tuple[Finding, ...]
    judged: Callable[[Kind, str], bool]
    unjudged: Callable[[Kind, str], bool]
    not_judged: tuple[NotJudged, ...] = ()
    undetermined_overdue: tuple[Undetermined, ...] = ()
    waiting_groups: tuple[WaitingGroup, ...] = ()
    reach: Mapping[Kind, Reach] = field(default_factory=dict)
    undecided: tuple[Undecided, ...] = ()
