"""What the rules say of one case, what else it adds, what that stands on, and until when.

What was reached before counts again where everything that it stands on is the same: the claims and
links of the case, what bears its code or repeats it, what is known to be read of its units on its
days, and the day of judgement, as long as none of its dates has come meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from operator import is_
from typing import Any, Protocol

from reconcile.cases import Case
from reconcile.claims import Claim, RegisterType
from reconcile.coverage import Coverage, Registers, covers
from reconcile.figures.form import Move
from reconcile.findings import Finding, Kind, Undetermined, WaitingGroup
from reconcile.judging.case_view import Unjudged
from reconcile.judging.evidence import days_open
from reconcile.policy import Policy

_DAY = timedelta(1)


#: One thing that is counted of all cases, in plain values; the first says what it is.
Count = tuple[Any, ...]


class SaidOfCase(Protocol):
    """What is asked of a verdict once all are there."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def undetermined(self) -> Undetermined | None: ...
    @property
    def waiting(self) -> WaitingGroup | None: ...
    @property
    def left(self) -> tuple[Kind, ...]:
        """The rules that could not be judged."""


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """All that the rules say of one case."""

    unit: str
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[tuple[Kind, Unjudged], ...] = ()
    undetermined: Undetermined | None = None
    waiting: WaitingGroup | None = None

    @property
    def left(self) -> tuple[Kind, ...]:
        """The rules that could not be judged."""
        return tuple(kind for kind, _ in self.unjudged)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a run leaves behind of one case.

    ``owned`` are its dossiers and rows, ``doubtful`` the rows that may be of it. ``counts`` are
    numbers of what it adds to what is counted of all; ``move`` points to no finding yet. ``name``
    is what dossiers share that may be of one event, ``twin`` the earlier one that is.
    """

    owned: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
    spoken: bool = False
    findings: tuple[Finding, ...] = ()
    left: tuple[Kind, ...] = ()
    undetermined: Undetermined | None = None
    waiting: WaitingGroup | None = None
    move: Move | None = None
    counts: tuple[int, ...] = ()
    twin: str = ""
    name: str = ""

    @property
    def tells(self) -> bool:
        """It is needed to tell what was found; the others only count."""
        return bool(self.findings or self.undetermined or self.waiting or self.move)

    def on(self, day: date) -> Remembered:
        """The same on another day, by time alone."""
        if not self.findings:
            return self
        findings = tuple(_older(one, day) for one in self.findings)
        unchanged = all(map(is_, findings, self.findings))
        return self if unchanged else replace(self, findings=findings)


def _older(one: Finding, day: date) -> Finding:
    days = days_open(one.registered_on or one.returned_on or one.due_on, day)
    return one if days == one.days_open else replace(one, days_open=days)


@dataclass(slots=True)
class Counted:
    """So many of each count; each has a number, which stays its own."""

    names: list[Count] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    _numbers: dict[Count, int] | None = None

    def add(self, one: Count) -> int:
        """Its number."""
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(self.names)}
        number = self._numbers.setdefault(one, len(self.names))
        if number == len(self.names):
            self.names.append(one)
            self.totals.append(0)
        self.totals[number] += 1
        return number

    def take_back(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.totals[number] -= 1

    def by_kind(self) -> dict[str, dict[Count, int]]:
        """What there is, by the first place."""
        found: dict[str, dict[Count, int]] = defaultdict(dict)
        for name, total in zip(self.names, self.totals, strict=True):
            if total:
                found[name[0]][name] = total
        return found

    def these(self, numbers: Iterable[int]) -> Iterator[Count]:
        """The counts of these numbers."""
        return (self.names[number] for number in numbers)


@dataclass(slots=True)
class Grounds:
    """What the rules may ask of the coverage, answered once for each unit and day."""

    registers: Registers
    coverage: Coverage
    edge_days: int
    _books: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _covered: dict[tuple[str, date], tuple[bool, ...]] = field(default_factory=dict)

    def of_books(self, unit: str) -> tuple[object, ...]:
        """Which books the unit has, and for which days each was declared complete."""
        if unit not in self._books:
            known = self.registers
            self._books[unit] = tuple(
                (bool(known.of(kind, unit)), known.window(kind, unit)) for kind in RegisterType
            )
        return self._books[unit]

    def is_covered(self, unit: str, day: date) -> tuple[bool, ...]:
        """Whether each source is proven whole for this day of the unit."""
        if (unit, day) not in self._covered:
            self._covered[unit, day] = tuple(
                covers(source, unit, day, self.edge_days) for source in self.coverage.sources
            )
        return self._covered[unit, day]


def asked_of(case: Case) -> tuple[set[str], set[date]]:
    """The units and the days of which a rule may ask what was read."""
    claims = [*case.software.values(), *(row.claim for row in case.rows)]
    units = {unit for one in claims for unit in (one.unit, one.receiving_unit)}
    return units, {day for one in claims for day in _read_days(one)}


def _read_days(claim: Claim) -> Iterator[date]:
    """The days of which a rule may ask whether they were read."""
    days = (claim.received_on, claim.submitted_on, claim.registered_on, claim.returned_on)
    yield from filter(None, days)


def until(case: Case, day: date, policy: Policy) -> date | None:
    """The next day on which the verdict may change by time alone; None: it never does.

    Rules compare the day of judgement with the dates of the case: before it, on it, after it. A
    book must be complete up to some days after a due date, day by day.
    """
    rows = (row.claim for row in (*case.rows, *case.doubtful))
    days = {on for claim in (*case.software.values(), *rows) for on in _turns(claim, policy)}
    return min((on for on in days if on > day), default=None)


def _turns(claim: Claim, policy: Policy) -> Iterator[date]:
    for due in filter(None, (claim.due_on, claim.new_due_on)):
        yield from (due + step * _DAY for step in range(policy.edge_days + 2))
    known = (claim.submitted_on, claim.received_on, claim.finished_on, claim.returned_on)
    more = (claim.registered_on, claim.supplement_asked_on, claim.supplement_given_on)
    for on in _told((*known, *more, *(sent.on for sent in claim.trail))):
        yield from (on, on + _DAY)


def _told(days: Iterable[date | None]) -> Iterator[date]:
    yield from (day for day in days if day is not None)
