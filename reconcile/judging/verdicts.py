"""What the rules say of one case, what that stands on, and until when time alone leaves it so.

A verdict that was reached before counts again where everything that it stands on is the same: the
case, what bears its code or repeats it, what is known to be read of its units on its days, and the
day of judgement, as long as none of its dates has come meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from reconcile.cases import Case
from reconcile.claims import Claim, RegisterType
from reconcile.coverage import covers
from reconcile.findings import Finding, Kind, Undetermined, WaitingGroup
from reconcile.judging.case_view import Bench, Unjudged
from reconcile.judging.evidence import days_open
from reconcile.policy import Policy

_DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """All that the rules say of one case."""

    unit: str
    findings: tuple[Finding, ...] = ()
    unjudged: tuple[tuple[Kind, Unjudged], ...] = ()
    undetermined: Undetermined | None = None
    waiting: WaitingGroup | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """A verdict, reached on ``since``; from ``until`` on time alone may change it (None: never)."""

    verdict: CaseVerdict
    since: date
    until: date | None = None

    def on(self, day: date) -> CaseVerdict | None:
        """The verdict as it is on that day; None where it must be reached anew."""
        if day < self.since or (self.until is not None and day >= self.until):
            return None
        found = self.verdict
        if day == self.since or not found.findings:
            return found
        return replace(found, findings=tuple(_older(one, day) for one in found.findings))


def _older(one: Finding, day: date) -> Finding:
    since = one.registered_on or one.returned_on or one.due_on
    return replace(one, days_open=days_open(since, day))


@dataclass(slots=True)
class Verdicts:
    """The verdicts of the run before, by what they stand on, and those of this run.

    ``digest`` makes a short name of plain values.
    """

    digest: Callable[[object], bytes]
    known: Mapping[bytes, Remembered] = field(default_factory=dict)
    now: dict[bytes, Remembered] = field(default_factory=dict)
    anew: int = 0  # cases that were looked at again

    def of(self, case: Case, asked: Grounds, reach: Callable[[], CaseVerdict]) -> CaseVerdict:
        """The verdict on a case, reached anew only where it must be."""
        on = asked.on
        name = self.digest(asked.stands_on(case))
        before = self.known.get(name)
        if before is not None and (found := before.on(on.as_of)) is not None:
            self.now[name] = before
            return found
        found = reach()
        self.anew += 1
        self.now[name] = Remembered(found, on.as_of, until(case, on.as_of, on.policy))
        return found


@dataclass(slots=True)
class Grounds:
    """What the rules may ask of the coverage, answered once for each unit and day."""

    on: Bench
    _books: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _covered: dict[tuple[str, date], tuple[bool, ...]] = field(default_factory=dict)

    def stands_on(self, case: Case) -> tuple[object, ...]:
        """Everything but the day that a verdict on the case depends on, as plain values."""
        claims = [*case.software.values(), *(row.claim for row in case.rows)]
        units = sorted({unit for one in claims for unit in (one.unit, one.receiving_unit)})
        days = sorted({day for one in claims for day in _read_days(one)})
        twin = self.on.duplicates.get(case.anchor)
        return (
            case,
            self.on.conflicts.get(case.anchor, ()),
            twin.key if twin is not None else "",
            [self._of_books(unit) for unit in units],
            [self._is_covered(unit, day) for unit in units for day in days],
        )

    def _of_books(self, unit: str) -> tuple[object, ...]:
        if unit not in self._books:
            known = self.on.registers
            self._books[unit] = tuple(
                (bool(known.of(kind, unit)), known.window(kind, unit)) for kind in RegisterType
            )
        return self._books[unit]

    def _is_covered(self, unit: str, day: date) -> tuple[bool, ...]:
        if (unit, day) not in self._covered:
            edge = self.on.policy.edge_days
            self._covered[unit, day] = tuple(
                covers(source, unit, day, edge) for source in self.on.coverage.sources
            )
        return self._covered[unit, day]


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
