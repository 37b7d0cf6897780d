"""Everything that is kept of one case, looked at once: its verdict, its figures, what it stands on.

All that a run tells is a sum over cases, so a case that changed is taken away and added anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from reconcile.cases import Case
from reconcile.claims import Claim, RegisterType, Role
from reconcile.figures.form import Move, Statistics
from reconcile.figures.statistics import LINE, Found, Line, Placing, explaining, found_of, summed
from reconcile.findings import Judgement, Kind
from reconcile.judging.case_view import Bench
from reconcile.judging.judge import ASKED, UNDECIDED, UNIT, UNJUDGED, Owned, counts, owned, verdict
from reconcile.judging.judge import judgement as judgement_of
from reconcile.judging.registers import Mark, MarkNames, Suspect, marks, paper_sources, signs
from reconcile.judging.same_event import first_of, namesake
from reconcile.judging.verdicts import Count, Counted, Remembered, asked_of, until
from reconcile.policy import Policy

#: The first place of a count, beside those of verdicts, lines and marks.
SOFTWARE, NAME, DAY = "software", "name", "day"
BOOK, BOOK_DAY, CONFLICT, SECOND = "book", "book.day", "conflict", "second"
#: What claims are to others, whatever is judged.
OF_CLAIMS = (SOFTWARE, NAME, DAY, BOOK, BOOK_DAY, CONFLICT, SECOND)


@dataclass(frozen=True, slots=True)
class CaseLook:
    """One case as it is to be remembered.

    ``counts`` is what it adds to what is counted of all, ``under`` what it is found by, ``until``
    the day from which on time alone may change it.
    """

    anchor: str
    remembered: Remembered
    counts: tuple[Count, ...]
    under: frozenset[str]
    until: date | None


@dataclass(frozen=True)
class Looking:
    """Looks at cases; ``base`` is whose dossiers are counted.

    ``said``: claims with the units as their sources name them, where that is another spelling.
    """

    on: Bench
    base: Role
    said: Mapping[str, Claim]

    @cached_property
    def _place(self) -> Placing:
        return Placing(self.base, self.on.coverage, self.on.scope, self.on.policy, {})

    @cached_property
    def _paper(self) -> frozenset[str]:
        return paper_sources(self.on.coverage)

    def at(self, case: Case) -> CaseLook:
        on = self.on
        said = verdict(case, on)
        line, move = self._place.of_case(case)
        found = said is not None and any(one.kind is Kind.TRULY_OVERDUE for one in said.findings)
        told = [] if line is None else [line._replace(undetermined=line.undetermined and not found)]
        twin = on.duplicates.get(case.anchor)
        remembered = Remembered(
            owned=tuple(sorted(owned(case))),
            doubtful=tuple(row.claim.key for row in case.doubtful),
            spoken=said is not None,
            findings=said.findings if said else (),
            left=said.left if said else (),
            undetermined=said.undetermined if said else None,
            waiting=said.waiting if said else None,
            move=move,
            twin=twin.key if twin is not None else "",
            name=name_of(case, on.policy),
        )
        return CaseLook(
            case.anchor,
            remembered,
            (
                *(counts(said) if said else ()),
                *told,
                *marks(case, self._paper, on.scope, on.policy),
                *of_claims(case, self.said),
            ),
            frozenset(_under(case, on.policy)),
            until(case, on.as_of, on.policy),
        )


def of_claims(case: Case, said: Mapping[str, Claim]) -> Iterator[Count]:
    """What the claims of the case are to others, whatever is judged."""
    for claim in case.software.values():
        yield SOFTWARE, claim.role.value
        if first := first_of(claim.key):
            yield SECOND, first, claim.key
    for row in (*case.rows, *case.doubtful):
        if row.link.conflict is not None:
            yield CONFLICT, row.link.conflict, row.claim.key
    for claim in (row.claim for row in case.rows):
        book = claim.source, claim.register_type.value
        yield from ((BOOK, *book, unit) for unit in {"", claim.unit, claim.receiving_unit})
        days = [day for day in (claim.received_on, claim.registered_on, claim.returned_on) if day]
        if days:
            yield (BOOK_DAY, *book, min(days).toordinal())
    for claim in (*case.software.values(), *(row.claim for row in case.rows)):
        as_said = said.get(claim.key, claim)
        yield from ((NAME, unit) for unit in (as_said.unit, as_said.receiving_unit) if unit)
    units, on = asked_of(case)
    yield from ((DAY, unit, day.toordinal()) for unit in units for day in on)


def name_of(case: Case, policy: Policy) -> str:
    """What dossiers share with it that may be of one event; empty where it repeats none."""
    claim = case.software.get(Role.ONE_STOP)
    return namesake(claim, policy.duplicate_days) if claim is not None else ""


def under_key(key: str) -> str:
    """What a dossier or row is found by."""
    return f"key {key}"


def under_unit(unit: str) -> str:
    """What the cases are found by that ask for the books of a unit."""
    return f"unit {unit}"


def under_day(unit: str, day: date) -> str:
    """What the cases are found by that ask whether this day of a unit was read."""
    return f"day {day.toordinal()} {unit}"


def under_name(name: str) -> str:
    """What the dossiers are found by that may repeat one another."""
    return f"name {name}"


def _under(case: Case, policy: Policy) -> Iterator[str]:
    yield from map(under_key, owned(case))
    yield from (under_key(row.claim.key) for row in case.doubtful)
    units, days = asked_of(case)
    yield from map(under_unit, units)
    yield from (under_day(unit, day) for unit in units for day in days)
    if name := name_of(case, policy):
        yield under_name(name)


# --- What all of it comes to -----------------------------------------------------------------


def books(counted: Iterable[Count]) -> Iterator[Claim]:
    """Rows that say of each book which units it has and when it begins, and no more."""
    for what, *rest in counted:
        if what == BOOK:
            source, kind, unit = rest
            book = RegisterType(kind)
            yield Claim("", source, Role.REGISTER, register_type=book, unit=unit)
        elif what == BOOK_DAY:
            source, kind, day = rest
            on, book = date.fromordinal(day), RegisterType(kind)
            yield Claim("", source, Role.REGISTER, register_type=book, received_on=on)


def by_first(counted: Iterable[Count], kind: str) -> dict[str, list[str]]:
    """Of CONFLICT by anchor the rows that bear its code and clearly speak of another person; of
    SECOND by key the second dossiers of the source with the same code."""
    found: dict[str, list[str]] = {}
    for what, *rest in counted:
        if what == kind:
            found.setdefault(rest[0], []).append(rest[1])
    return found


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What all cases come to."""

    judgement: Judgement
    statistics: Statistics
    suspects: tuple[Suspect, ...]


def reckoned(
    telling: Iterable[Remembered], counted: Counted, on: Bench, owner: Callable[[str], Owned]
) -> Reckoned:
    """The judgement, the figures and the signs: of those that tell something, and of counts."""
    said, kinds = list(telling), counted.by_kind()
    of_verdicts = {
        name: count
        for what in (UNIT, UNJUDGED, UNDECIDED, ASKED)
        for name, count in kinds[what].items()
    }
    judged = judgement_of(said, of_verdicts, on, owner)
    found = found_of(judged.findings)
    moves = [_pointing(one.move, found) for one in said if one.move is not None]
    lines = {Line(*line): count for line, count in kinds[LINE].items()}
    statistics = summed(lines, moves, on.coverage, on.scope, on.policy)
    if not statistics.covered:
        return Reckoned(judged, statistics, ())
    seen = {Mark(*mark): count for what in MarkNames.ALL for mark, count in kinds[what].items()}
    return Reckoned(judged, statistics, signs(seen, statistics.moved, on.scope, on.policy))


def _pointing(move: Move, found: Found) -> Move:
    return replace(move, finding=explaining(found, move.anchor))
