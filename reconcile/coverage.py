"""What each source is proven to have covered: absence is evidence only there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from reconcile.claims import Claim, Origin, RegisterType, Role
from reconcile.scope import Scope
from reconcile.text.vietnamese import unit_key

Window = tuple[date, date]
_DAY = timedelta(1)
_SOFTWARE = frozenset({Role.ONE_STOP, Role.PORTAL, Role.HUB})


@dataclass(frozen=True, slots=True)
class Declaration:
    """A book that somebody declared complete (sổ đã nhập đủ): until when, by whom."""

    until: date
    by: str
    unit: str = ""  # empty: every unit of the source
    register_type: RegisterType = RegisterType.NONE  # NONE: every type of the source
    first_number: int | None = None
    last_number: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Days of which a reading speaks, both ends included.

    ``starts_told`` and ``ends_told``: the source announced that end itself; else it is the day of
    the first or the last dossier, and how far the reading reaches beyond it is not known.
    """

    starts: date
    ends: date
    starts_told: bool = False
    ends_told: bool = False


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What is known of one source now.

    ``answered``: its newest attempt was complete (for files: every file of the source that is
    there could be read). ``silent_files``: files that could not be read this time; rows known
    only from them are not heard. ``unheard``: of a source that is asked code by code and is not
    through, the keys of the claims that it was not yet asked for again; None: it is no such source,
    or is through. ``starts``/``ends``: the window that its readings prove whole;
    ``units``: the units that appear in them (comparable keys), None when it has no unit column.
    """

    name: str
    role: Role
    kind: str
    origin: Origin = Origin.PAPER
    since: date | None = None  # nothing is missing before it
    answered: bool = False
    silent_files: frozenset[str] = frozenset()
    unheard: frozenset[str] | None = None
    problem: str = ""  # Vietnamese, for page one
    unread_since: date | None = None  # since when it was not read in full
    starts: date | None = None
    ends: date | None = None
    windows: tuple[Stretch, ...] = ()  # of every reading that is known, whether they touch or not
    units: frozenset[str] | None = None
    has_list: bool = True  # False: asked code by code, absence proves nothing
    declared: tuple[Declaration, ...] = ()

    def hears(self, key: str) -> bool:
        """What the source says of this dossier was read at the newest attempt."""
        return self.answered or (self.unheard is not None and key not in self.unheard)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of every configured source."""

    sources: tuple[SourceCoverage, ...]

    def of(self, name: str) -> SourceCoverage | None:
        for source in self.sources:
            if source.name == name:
                return source
        return None

    def by_role(self, role: Role) -> tuple[SourceCoverage, ...]:
        return tuple(source for source in self.sources if source.role is role)


def covers(source: SourceCoverage, unit: str, day: date | None, edge_days: int) -> bool:
    """The window and the unit that hold this day are proven whole: absence is evidence there.

    ``edge_days`` is the margin at both edges: what lies nearer to an edge may stand in the next
    file.
    """
    if day is None or not source.answered or not source.has_list:
        return False
    if source.since is not None and day < source.since:
        return False
    if source.starts is None or source.ends is None:
        return False
    edge = timedelta(days=edge_days)
    return source.starts + edge <= day <= source.ends - edge and _has_unit(source.units, unit)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Days of a period of which no source of the needed role speaks.

    ``known`` is what they do speak of, first and last day. ``whole``: of the period nothing at
    all is known, so that its silence says nothing of its dossiers.
    """

    role: Role
    days: tuple[Window, ...]
    known: Window
    whole: bool


def base_role(coverage: Coverage) -> Role:
    """Whose dossiers an office counts: the one-stop software's, the portal's where it has none."""
    return Role.ONE_STOP if coverage.by_role(Role.ONE_STOP) else Role.PORTAL


def uncovered(
    coverage: Coverage, scope: Scope, *, edge_days: int, untold_days: int
) -> Uncovered | None:
    """The days of the scope's period that the counted software does not speak of; None: none.

    Where a reading announces its end, what lies more than ``edge_days`` beyond is not covered.
    Where it does not, a quiet stretch may be just that: more than ``untold_days`` are needed, or
    a period that lies wholly outside. Without any reading there is nothing to compare with: the
    source is not read in full anyhow.
    """
    role = base_role(coverage)
    known = sorted(one for source in coverage.by_role(role) for one in source.windows)
    period = _period(scope, known)
    if not known or period is None:
        return None
    whole = (known[0].starts, max(one.ends for one in known))
    if not any(one.starts <= period[1] and period[0] <= one.ends for one in known):
        near = any(_reaches(one, period, edge_days) for one in known)
        return None if near else Uncovered(role, (period,), whole, whole=True)
    reach = {True: timedelta(edge_days), False: timedelta(untold_days)}
    stretched = [
        (one.starts - reach[one.starts_told], one.ends + reach[one.ends_told]) for one in known
    ]
    left = _less(period, stretched)
    days = tuple(
        gap
        for gap in _less(period, [(one.starts, one.ends) for one in known])
        if any(gap[0] <= last and first <= gap[1] for first, last in left)
    )
    return Uncovered(role, days, whole, whole=False) if days else None


def silenced(coverage: Coverage, missing: Uncovered | None) -> Coverage:
    """The coverage in which software that speaks of no day of the period has not answered.

    So nothing opens and nothing resolves, as with any source that was not read.
    """
    if missing is None or not missing.whole:
        return coverage
    first, last = missing.days[0]
    since = max(first, missing.known[1] + _DAY)
    return Coverage(
        tuple(
            replace(one, answered=False, unread_since=one.unread_since or since)
            if one.role in _SOFTWARE and not _touches(one, first, last)
            else one
            for one in coverage.sources
        )
    )


def _touches(source: SourceCoverage, first: date, last: date) -> bool:
    return any(one.starts <= last and first <= one.ends for one in source.windows)


def _period(scope: Scope, known: Sequence[Stretch]) -> Window | None:
    """The days that are asked of the sources: the period, as far as it lies before the cut-off."""
    if not known or (scope.starts is None and scope.ends is None):
        return None
    last = min(scope.ends or scope.as_of, scope.as_of)
    first = scope.starts or min(known[0].starts, last)
    return (first, last) if first <= last else None


def _reaches(one: Stretch, period: Window, edge_days: int) -> bool:
    """The period is so short and lies so near to the reading's edge that nothing is missing."""
    edge = timedelta(edge_days)
    return one.starts - edge <= period[0] and period[1] <= one.ends + edge


def _less(period: Window, known: Iterable[Window]) -> list[Window]:
    """What is left of the period once the known days are taken out."""
    left: list[Window] = []
    first = period[0]
    for starts, ends in sorted(known):
        if starts > first:
            left.append((first, min(starts - _DAY, period[1])))
        first = max(first, ends + _DAY)
        if first > period[1]:
            return left
    return [*left, (first, period[1])]


def _has_unit(units: frozenset[str] | None, unit: str) -> bool:
    if units is None:
        return True
    return bool(unit) and (unit in units or unit_key(unit) in units)


@dataclass(slots=True)
class _Book:
    """One register of one source as far as its rows are known."""

    source: SourceCoverage
    kind: RegisterType
    units: set[str] = field(default_factory=set)  # comparable keys
    first: date | None = None

    def take(self, row: Claim) -> None:
        self.units |= {unit_key(unit) for unit in (row.unit, row.receiving_unit) if unit}
        days = (row.received_on, row.registered_on, row.returned_on)
        self.first = min((day for day in (self.first, *days) if day), default=None)

    def holds(self, unit: str) -> bool:
        """The register is of this unit; one that names no unit at all is of every unit."""
        return not self.units or unit_key(unit) in self.units

    def window(self, unit: str) -> Window | None:
        """From when and until when it is declared complete for this unit; None: it is not.

        A declaration says until when; the book begins with its source or its own first row.
        """
        known = [day for day in (self.source.since, self.source.starts) if day]
        begins = max(known, default=self.first)
        until = max(
            (
                declared.until
                for declared in self.source.declared
                if declared.register_type in (RegisterType.NONE, self.kind)
                and (not declared.unit or unit_key(declared.unit) == unit_key(unit))
            ),
            default=None,
        )
        return (begins, until) if begins and until else None


class Registers:
    """Which books there are, of which units, and which of them were declared complete.

    A register that was printed from the one-stop software is circular and none of them.
    """

    def __init__(self, coverage: Coverage, rows: Iterable[Claim]) -> None:
        self._sources = {
            source.name: source
            for source in coverage.by_role(Role.REGISTER)
            if source.origin is not Origin.PRINTED_FROM_ONE_STOP
        }
        self._books: dict[tuple[str, RegisterType], _Book] = {}
        self._of: dict[tuple[RegisterType, str], list[_Book]] = {}
        self._windows: dict[tuple[RegisterType, str], Window | None] = {}
        for row in rows:
            if (source := self._sources.get(row.source)) is not None:
                key = (row.source, row.register_type)
                if key not in self._books:
                    self._books[key] = _Book(source, row.register_type)
                self._books[key].take(row)

    def __bool__(self) -> bool:
        return bool(self._sources)

    @property
    def silent(self) -> SourceCoverage | None:
        """A register that was not read in full this time, if any."""
        unread = (self._sources[name] for name in sorted(self._sources))
        return next((source for source in unread if not source.answered), None)

    def of(self, kind: RegisterType, unit: str) -> list[_Book]:
        """The books of this type that hold rows of this unit."""
        if (kind, unit) not in self._of:
            self._of[kind, unit] = [
                book
                for (_, type_), book in sorted(self._books.items(), key=lambda item: item[0])
                if type_ is kind and book.holds(unit)
            ]
        return self._of[kind, unit]

    def complete(self, kind: RegisterType, unit: str, first: date, last: date) -> bool:
        """There is such a book of the unit, and every one was declared complete for these days."""
        if (kind, unit) not in self._windows:
            self._windows[kind, unit] = self.window(kind, unit)
        window = self._windows[kind, unit]
        return window is not None and window[0] <= first and last <= window[1]

    def declared(self, unit: str) -> bool:
        """Some register of the unit was declared complete, for whatever days."""
        return any(
            self.window(kind, unit) is not None for kind in {kind for _, kind in self._books}
        )

    def window(self, kind: RegisterType, unit: str) -> Window | None:
        """The days for which every such book of the unit was declared complete."""
        windows = [window for book in self.of(kind, unit) if (window := book.window(unit))]
        if not windows or len(windows) < len(self.of(kind, unit)):
            return None
        return max(begins for begins, _ in windows), min(until for _, until in windows)


def gaps(declared: Declaration, numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """The numbers, as ranges, that a declared book should hold and does not."""
    if declared.first_number is None or declared.last_number is None:
        return ()
    known = set(numbers)
    missing = [
        number
        for number in range(declared.first_number, declared.last_number + 1)
        if number not in known
    ]
    found: list[tuple[int, int]] = []
    for number in missing:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
