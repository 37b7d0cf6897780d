"""What registers say of themselves: gaps, a book that was printed, signs of one that was made up.

A register that was printed from the one-stop software proves nothing (it is circular); when its
rows and their order equal the export's, letter for letter, it is suspected to be one. A register
that was typed to please looks different from one that was kept: these are signs to look at, never
a verdict, and no figure moves by them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, TypeVar

from reconcile.cases import Case
from reconcile.claims import PENDING, Claim, Origin, Place, RegisterType, Role
from reconcile.coverage import Coverage, Declaration, gaps
from reconcile.figures.form import Move
from reconcile.judging.due import due
from reconcile.judging.proof import is_judged
from reconcile.policy import Policy, Suspicion
from reconcile.scope import Scope, in_scope, status_at
from reconcile.text import codes
from reconcile.text.vietnamese import unit_key

_T = TypeVar("_T", int, date)
#: Fewer rows than this may well be kept in the order of the software by chance.
FEWEST = 10
#: So many rows of a unit, alike, are worth a look; they are too few to be a sign.
FEWEST_ALIKE = 2
#: Of the rows: how many bear a code of the export, and the same names letter for letter.
ALIKE = 0.98
#: Of the export's dossiers between the first and the last row: how many the register holds.
WHOLE = 0.9
_NUMBER = re.compile(r"\s*0*(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Printed:
    """A register file that looks like a print of the one-stop software's own list."""

    source: str
    file: str
    rows: int


def printed(claims: Iterable[Claim]) -> tuple[Printed, ...]:
    """Every register file whose rows and order equal the one-stop software's."""
    by_file: dict[tuple[str, str], list[tuple[Place, Claim]]] = defaultdict(list)
    listed: dict[tuple[str, str], list[tuple[Place, Claim]]] = defaultdict(list)
    for claim in claims:
        if not claim.is_row and claim.role is not Role.ONE_STOP:
            continue
        files = by_file if claim.is_row else listed
        for place in claim.places:
            files[claim.source, place.file].append((place, claim))
    exports = [_List.of(rows) for _, rows in sorted(listed.items())]
    return tuple(
        Printed(source, file, len(rows))
        for (source, file), rows in sorted(by_file.items())
        if len(rows) >= FEWEST and any(export.equals(_in_order(rows)) for export in exports)
    )


@dataclass(frozen=True, slots=True)
class _List:
    """One export: its dossiers in order, and where each code stands."""

    dossiers: Sequence[Claim]
    at: Mapping[str, int]

    @classmethod
    def of(cls, rows: Sequence[tuple[Place, Claim]]) -> _List:
        dossiers = _in_order(rows)
        return cls(dossiers, {codes.normal(one.own_code): n for n, one in enumerate(dossiers)})

    def equals(self, rows: Sequence[Claim]) -> bool:
        """The rows are these dossiers, in this order or its reverse, typed alike."""
        found = [(row, self.at.get(codes.normal(row.own_code))) for row in rows if row.own_code]
        pairs = [(row, at) for row, at in found if at is not None]
        if len(pairs) < ALIKE * len(rows):
            return False
        places = [at for _, at in pairs]
        steps = [after - before for before, after in pairwise(places)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            return False
        alike = sum(_typed_alike(row, self.dossiers[at]) for row, at in pairs)
        units = {self.dossiers[at].unit for at in places}
        between = self.dossiers[min(places) : max(places) + 1]
        there = sum(one.unit in units for one in between)
        return alike >= ALIKE * len(pairs) and len(pairs) >= WHOLE * there


def _in_order(rows: Sequence[tuple[Place, Claim]]) -> list[Claim]:
    return [claim for _, claim in sorted(rows, key=lambda one: (one[0], one[1].key))]


def _typed_alike(row: Claim, dossier: Claim) -> bool:
    """Every name that both give is the same to the letter; a clerk's own typing seldom is."""
    pairs = ((row.subject, dossier.subject), (row.applicant, dossier.applicant))
    return row.own_code == dossier.own_code and all(a == b for a, b in pairs if a and b)


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """What of a register row tells which number of which book it is; the fields are a Claim's."""

    register_type: RegisterType = RegisterType.NONE
    unit: str = ""
    receiving_unit: str = ""
    number: str = ""
    registered_on: date | None = None
    received_on: date | None = None
    returned_on: date | None = None

    @property
    def day(self) -> date | None:
        return self.registered_on or self.received_on or self.returned_on


def missing_numbers(
    declared: Declaration, rows: Iterable[Claim | NumberedRow]
) -> tuple[tuple[int, int], ...]:
    """The numbers, as ranges, that a declared book of one source should hold and does not.

    Numbers begin again each year: only rows of the year up to which the book was declared count.
    """
    return gaps(declared, [number for row in rows for number in _number(declared, row)])


def _number(declared: Declaration, row: Claim | NumberedRow) -> Iterable[int]:
    day = row.registered_on or row.received_on or row.returned_on
    if day is not None and day.year != declared.until.year:
        return
    if declared.register_type not in (RegisterType.NONE, row.register_type):
        return
    units = {unit_key(unit) for unit in (row.unit, row.receiving_unit) if unit}
    if declared.unit and units and unit_key(declared.unit) not in units:
        return
    if found := _NUMBER.match(row.number):
        yield int(found.group(1))


class Sign(StrEnum):
    """What a register that was made up looks like; a register that was kept may, too."""

    RETURN_IS_DUE = "return_is_due"  # returned on the very day that was promised
    FEW_ALIKE = "few_alike"  # as above, of too few rows to be a sign, and all to the good
    ONE_SIDED = "one_sided"  # every moved dossier helps the figures
    PENDING_ONLY = "pending_only"  # holds the pending dossiers and hardly another
    ONE_DAY = "one_day"  # typed on one day
    TYPED_LATE = "typed_late"  # typed long after the period had ended
    SIGNED_ALIKE = "signed_alike"  # signed throughout where the other units are not
    DAYS_OFF = "days_off"  # returned on days off
    ONE_WEEKDAY = "one_weekday"  # returned on one and the same day of the week


@dataclass(frozen=True, slots=True, order=True)
class Suspect:
    """One sign at one unit: so many ``of`` so many; ``unit`` is empty for the whole office."""

    sign: Sign
    unit: str
    count: int
    of: int
    file: str = ""
    day: date | None = None
    days: int = 0


class Mark(NamedTuple):
    """What one row or dossier adds to the signs of its unit, in plain values."""

    what: str
    unit: str
    name: str = ""  # a file, or a source
    day: int = 0  # ordinal


class MarkNames:
    """The names of what is counted."""

    PENDING = "sign.pending"  # dossiers of the unit that the software shows as pending
    ROW = "sign.row"  # rows of paper with a return date, joined to a dossier
    PROMISED = "sign.promised"  # of them: due later than received
    KEPT = "sign.kept"  # of those: returned on the day that was promised
    SIGNED = "sign.signed"
    RETURNED = "sign.returned"  # by day
    READ = "sign.read"  # by source and day of the first reading
    FILE = "sign.file"  # rows by file
    FILE_PENDING = "sign.file_pending"  # of them: of a pending dossier
    HELD = "sign.held"  # pending dossiers by file
    FIRST = "sign.first"  # by source, the days on which any row was first read
    ALL = (PENDING, ROW, PROMISED, KEPT, SIGNED, RETURNED, READ, FILE, FILE_PENDING, HELD, FIRST)


def marks(case: Case, paper: Container[str], scope: Scope, policy: Policy) -> Iterator[Mark]:
    """What the case adds to the signs; ``paper`` are the sources that were kept on paper."""
    for one in (*case.rows, *case.doubtful):
        if (on := one.claim.read_on) is not None:
            yield Mark(MarkNames.FIRST, "", one.claim.source, on.toordinal())
    dossier = case[Role.ONE_STOP] or case[Role.PORTAL]
    if dossier is None or not in_scope(case, scope) or not is_judged(case, policy):
        return
    pending = status_at(dossier, scope.as_of) in PENDING
    if pending:
        yield Mark(MarkNames.PENDING, dossier.unit)
    rows = [one.claim for one in case.rows if one.claim.source in paper and one.claim.returned_on]
    for row in rows:
        yield from _of_row(row, dossier, pending, policy)
    if pending:
        for file in {place.file for row in rows for place in row.places}:
            yield Mark(MarkNames.HELD, dossier.unit, file)


def _of_row(row: Claim, dossier: Claim, pending: bool, policy: Policy) -> Iterator[Mark]:
    """What a register row that was joined to a dossier adds."""
    unit, promised = dossier.unit, due(dossier).day(policy)
    yield Mark(MarkNames.ROW, unit)
    # What is due on the day of reception is returned on it by everybody.
    if promised and dossier.received_on and promised > dossier.received_on:
        yield Mark(MarkNames.PROMISED, unit)
        if row.returned_on == promised:
            yield Mark(MarkNames.KEPT, unit)
    if row.signed:
        yield Mark(MarkNames.SIGNED, unit)
    if row.returned_on:
        yield Mark(MarkNames.RETURNED, unit, day=row.returned_on.toordinal())
    if row.read_on:
        yield Mark(MarkNames.READ, unit, row.source, row.read_on.toordinal())
    for place in row.places:
        yield Mark(MarkNames.FILE, unit, place.file)
        if pending:
            yield Mark(MarkNames.FILE_PENDING, unit, place.file)


@dataclass(slots=True)
class _Kept:
    """What the registers hold of one unit."""

    counts: Counter[str] = field(default_factory=Counter)
    returned: Counter[date] = field(default_factory=Counter)
    read: Counter[tuple[str, date]] = field(default_factory=Counter)
    files: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    helps: int = 0
    hurts: int = 0

    def add(self, mark: Mark, count: int) -> None:
        self.counts[mark.what] += count
        if mark.what == MarkNames.RETURNED:
            self.returned[date.fromordinal(mark.day)] += count
        elif mark.what == MarkNames.READ:
            self.read[mark.name, date.fromordinal(mark.day)] += count
        elif mark.name:
            self.files[mark.name][mark.what] += count

    @property
    def rows(self) -> int:
        return self.counts[MarkNames.ROW]


def paper_sources(coverage: Coverage) -> frozenset[str]:
    """The registers that were kept on paper."""
    return frozenset(
        source.name for source in coverage.by_role(Role.REGISTER) if source.origin is Origin.PAPER
    )


def suspects(
    cases: Iterable[Case],
    moved: Iterable[Move],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
) -> tuple[Suspect, ...]:
    """Every sign of a made-up register in the scope, by unit and for the whole office."""
    paper = paper_sources(coverage)
    counted = Counter(mark for case in cases for mark in marks(case, paper, scope, policy))
    return signs(counted, moved, scope, policy)


def signs(
    counted: Mapping[Mark, int], moved: Iterable[Move], scope: Scope, policy: Policy
) -> tuple[Suspect, ...]:
    """As ``suspects``, of so many of each mark."""
    units: dict[str, _Kept] = defaultdict(_Kept)
    whole, first = _Kept(), dict[str, date]()
    for mark, count in counted.items():
        if mark.what == MarkNames.FIRST:
            on = date.fromordinal(mark.day)
            first[mark.name] = min(on, first.get(mark.name, on))
        else:
            whole.add(mark, count)
            units[mark.unit].add(mark, count)
    for move in moved:
        effect = move.effect
        for kept in (whole, units[move.unit]):
            kept.helps += effect == "helps"
            kept.hurts += effect == "hurts"
    units.pop("", None)  # who names no unit is seen in the whole office alone
    found = [
        one
        for unit, kept in ({"": whole} | units).items()
        for one in _signs(unit, kept, whole, first, scope, policy)
    ]
    return tuple(sorted(found, key=lambda one: (one.sign, one.unit, one.file)))


def _signs(
    unit: str,
    kept: _Kept,
    whole: _Kept,
    first: Mapping[str, date],
    scope: Scope,
    policy: Policy,
) -> Iterator[Suspect]:
    limit = policy.suspicion
    moved = kept.helps + kept.hurts
    if kept.helps >= limit.helps and kept.hurts <= limit.hurts * moved:
        yield Suspect(Sign.ONE_SIDED, unit, kept.helps, moved)
    yield from _pending_only(unit, kept, limit)
    if unit:
        yield from _signed_alike(unit, kept, whole, limit)
    promised, on_the_day = kept.counts[MarkNames.PROMISED], kept.counts[MarkNames.KEPT]
    if _many(on_the_day, promised, limit.return_is_due, limit):
        yield Suspect(Sign.RETURN_IS_DUE, unit, on_the_day, promised)
    few = FEWEST_ALIKE <= promised == on_the_day < limit.rows
    if unit and few and kept.helps >= FEWEST_ALIKE and not kept.hurts:
        yield Suspect(Sign.FEW_ALIKE, unit, on_the_day, promised)
    returned = kept.returned.total()
    off = sum(n for day, n in kept.returned.items() if not policy.calendar.is_workday(day))
    if _many(off, returned, limit.days_off, limit):
        yield Suspect(Sign.DAYS_OFF, unit, off, returned)
    yield from _one_weekday(unit, kept.returned, limit)
    yield from _typed(unit, kept, first, scope, limit)


def _many(count: int, of: int, share: float, limit: Suspicion) -> bool:
    return of >= limit.rows and count >= share * of


def _pending_only(unit: str, kept: _Kept, limit: Suspicion) -> Iterator[Suspect]:
    """A file that holds what the software shows as pending, in whatever order, and little else."""
    of = kept.counts[MarkNames.PENDING]
    for file, counts in sorted(kept.files.items()):
        rows, pending, held = (counts[one] for one in _OF_FILE)
        if _many(pending, rows, limit.pending, limit) and held >= limit.pending_held * of:
            yield Suspect(Sign.PENDING_ONLY, unit, held, of, file=file)


_OF_FILE = (MarkNames.FILE, MarkNames.FILE_PENDING, MarkNames.HELD)


def _signed_alike(unit: str, kept: _Kept, whole: _Kept, limit: Suspicion) -> Iterator[Suspect]:
    signed = kept.counts[MarkNames.SIGNED]
    others = whole.rows - kept.rows
    elsewhere = whole.counts[MarkNames.SIGNED] - signed
    if others < limit.rows or elsewhere > others / 2:
        return
    if _many(signed, kept.rows, limit.signed_alike, limit):
        yield Suspect(Sign.SIGNED_ALIKE, unit, signed, kept.rows)


def _one_weekday(unit: str, returned: Counter[date], limit: Suspicion) -> Iterator[Suspect]:
    if not returned or max(returned) - min(returned) < timedelta(weeks=limit.weeks):
        return
    weekdays: Counter[int] = Counter()
    for day, count in returned.items():
        weekdays[day.weekday()] += count
    weekday, count = _most(weekdays)
    if _many(count, returned.total(), limit.weekday, limit):
        first = min(day for day in returned if day.weekday() == weekday)
        yield Suspect(Sign.ONE_WEEKDAY, unit, count, returned.total(), day=first)


def _most(counted: Counter[_T]) -> tuple[_T, int]:
    """The most frequent one, of equals the first in order, and how often."""
    most = min(counted, key=lambda one: (-counted[one], one))
    return most, counted[most]


def _typed(
    unit: str, kept: _Kept, first: Mapping[str, date], scope: Scope, limit: Suspicion
) -> Iterator[Suspect]:
    """When rows were first read; of a register that was read for the first time it tells nothing.

    How long after the period that first reading was is said on page one for the whole register.
    """
    on: Counter[date] = Counter()
    for (source, day), count in kept.read.items():
        if day > first[source]:
            on[day] += count
    if not on:
        return
    day, count = _most(on)
    if _many(count, kept.rows, limit.one_day, limit):
        yield Suspect(Sign.ONE_DAY, unit, count, kept.rows, day=day)
    if scope.ends is None:
        return
    late = {day: n for day, n in on.items() if (day - scope.ends).days >= limit.late_days}
    if _many(sum(late.values()), kept.rows, limit.late, limit):
        latest = (max(late) - scope.ends).days
        yield Suspect(Sign.TYPED_LATE, unit, sum(late.values()), kept.rows, days=latest)
