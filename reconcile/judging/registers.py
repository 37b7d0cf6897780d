"""What registers say of themselves: gaps, a book that was printed, signs of one that was made up.

A register that was printed from the one-stop software proves nothing (it is circular); when its
rows and their order equal the export's, letter for letter, it is suspected to be one. A register
that was typed to please looks different from one that was kept: these are signs to look at, never
a verdict, and no figure moves by them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

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


@dataclass(frozen=True, slots=True)
class _Typed:
    """A register row and the dossier that it was joined to."""

    row: Claim
    dossier: Claim
    pending: bool
    due_on: date | None


@dataclass(slots=True)
class _Kept:
    """What the registers hold of one unit."""

    rows: list[_Typed] = field(default_factory=list)
    pending: int = 0  # dossiers of the unit that the software shows as pending
    helps: int = 0
    hurts: int = 0


def suspects(
    cases: Collection[Case],
    moved: Iterable[Move],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
) -> tuple[Suspect, ...]:
    """Every sign of a made-up register in the scope, by unit and for the whole office."""
    units = _kept(cases, moved, coverage, scope, policy)
    whole = _Kept(
        rows=[one for kept in units.values() for one in kept.rows],
        pending=sum(kept.pending for kept in units.values()),
        helps=sum(kept.helps for kept in units.values()),
        hurts=sum(kept.hurts for kept in units.values()),
    )
    first = _first_read(cases)
    found = [
        one
        for unit, kept in ({"": whole} | units).items()
        for one in _signs(unit, kept, whole, first, scope, policy)
    ]
    return tuple(sorted(found, key=lambda one: (one.sign, one.unit, one.file)))


def _kept(
    cases: Collection[Case],
    moved: Iterable[Move],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
) -> dict[str, _Kept]:
    paper = {
        source.name for source in coverage.by_role(Role.REGISTER) if source.origin is Origin.PAPER
    }
    units: dict[str, _Kept] = defaultdict(_Kept)
    for case in cases:
        dossier = case[Role.ONE_STOP] or case[Role.PORTAL]
        if dossier is None or not in_scope(case, scope) or not is_judged(case, policy):
            continue
        kept = units[dossier.unit]
        pending = status_at(dossier, scope.as_of) in PENDING
        kept.pending += pending
        promised = due(dossier).day(policy)
        kept.rows += [
            _Typed(row.claim, dossier, pending, promised)
            for row in case.rows
            if row.claim.source in paper and row.claim.returned_on
        ]
    for move in moved:
        units[move.unit].helps += move.effect == "helps"
        units[move.unit].hurts += move.effect == "hurts"
    return dict(sorted(units.items()))


def _first_read(cases: Collection[Case]) -> dict[str, date]:
    """By source, the day on which a row of it was read first."""
    first: dict[str, date] = {}
    for case in cases:
        for row in (*case.rows, *case.doubtful):
            on = row.claim.read_on
            if on is not None and on < first.get(row.claim.source, date.max):
                first[row.claim.source] = on
    return first


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
    promised = [
        one
        for one in kept.rows
        # What is due on the day of reception is returned on it by everybody.
        if one.due_on and one.dossier.received_on and one.due_on > one.dossier.received_on
    ]
    kept_word = sum(one.row.returned_on == one.due_on for one in promised)
    if _many(kept_word, len(promised), limit.return_is_due, limit):
        yield Suspect(Sign.RETURN_IS_DUE, unit, kept_word, len(promised))
    few = FEWEST_ALIKE <= len(promised) == kept_word < limit.rows
    if unit and few and kept.helps >= FEWEST_ALIKE and not kept.hurts:
        yield Suspect(Sign.FEW_ALIKE, unit, kept_word, len(promised))
    days = [one.row.returned_on for one in kept.rows if one.row.returned_on]
    off = sum(not policy.calendar.is_workday(day) for day in days)
    if _many(off, len(days), limit.days_off, limit):
        yield Suspect(Sign.DAYS_OFF, unit, off, len(days))
    yield from _one_weekday(unit, days, limit)
    yield from _typed(unit, kept, first, scope, limit)


def _many(count: int, of: int, share: float, limit: Suspicion) -> bool:
    return of >= limit.rows and count >= share * of


def _pending_only(unit: str, kept: _Kept, limit: Suspicion) -> Iterator[Suspect]:
    """A file that holds what the software shows as pending, in whatever order, and little else."""
    files: dict[str, list[_Typed]] = defaultdict(list)
    for one in kept.rows:
        for place in one.row.places:
            files[place.file].append(one)
    for file, rows in sorted(files.items()):
        held = len({one.dossier.key for one in rows if one.pending})
        if (
            _many(sum(one.pending for one in rows), len(rows), limit.pending, limit)
            and held >= limit.pending_held * kept.pending
        ):
            yield Suspect(Sign.PENDING_ONLY, unit, held, kept.pending, file=file)


def _signed_alike(unit: str, kept: _Kept, whole: _Kept, limit: Suspicion) -> Iterator[Suspect]:
    signed = sum(one.row.signed for one in kept.rows)
    others = len(whole.rows) - len(kept.rows)
    elsewhere = sum(one.row.signed for one in whole.rows) - signed
    if others < limit.rows or elsewhere > others / 2:
        return
    if _many(signed, len(kept.rows), limit.signed_alike, limit):
        yield Suspect(Sign.SIGNED_ALIKE, unit, signed, len(kept.rows))


def _one_weekday(unit: str, days: Sequence[date], limit: Suspicion) -> Iterator[Suspect]:
    if not days or max(days) - min(days) < timedelta(weeks=limit.weeks):
        return
    ((weekday, count),) = Counter(day.weekday() for day in days).most_common(1)
    if _many(count, len(days), limit.weekday, limit):
        day = next(day for day in days if day.weekday() == weekday)
        yield Suspect(Sign.ONE_WEEKDAY, unit, count, len(days), day=day)


def _typed(
    unit: str, kept: _Kept, first: Mapping[str, date], scope: Scope, limit: Suspicion
) -> Iterator[Suspect]:
    """When rows were first read; of a register that was read for the first time it tells nothing.

    How long after the period that first reading was is said on page one for the whole register.
    """
    on = [
        one.row.read_on
        for one in kept.rows
        if one.row.read_on and one.row.read_on > first[one.row.source]
    ]
    if not on:
        return
    ((day, count),) = Counter(on).most_common(1)
    if _many(count, len(kept.rows), limit.one_day, limit):
        yield Suspect(Sign.ONE_DAY, unit, count, len(kept.rows), day=day)
    if scope.ends is None:
        return
    late = [day for day in on if (day - scope.ends).days >= limit.late_days]
    if _many(len(late), len(kept.rows), limit.late, limit):
        latest = (max(late) - scope.ends).days
        yield Suspect(Sign.TYPED_LATE, unit, len(late), len(kept.rows), days=latest)
