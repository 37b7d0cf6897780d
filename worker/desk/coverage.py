"""The coverage calendar: of which weeks each source proves something, unit by unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from config.sources import SourceSettings
from reconcile.claims import Role
from reconcile.text.vietnamese import unit_key
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.standing_data import title_of, titles
from worker.house import House
from worker.store import FileFacts, FileStanding

WEEK = timedelta(days=7)
#: Weeks that one page shows: a quarter.
WEEKS = 13


class Covered(StrEnum):
    """What a source proves of a unit and week."""

    PROVEN = "proven"
    PARTIAL = "partial"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One unit: what is proven of each week of the calendar."""

    unit: str
    name: str
    weeks: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class CoverageCalendar:
    """One source: its weeks by their Monday, a row a unit."""

    source: str
    title: str
    is_register: bool
    mondays: tuple[date, ...]
    rows: tuple[CalendarRow, ...]


@dataclass(frozen=True, slots=True)
class CoveringFile:
    """A file that speaks of a unit and week; ``name`` without the way to it.

    ``blanks`` counts its cells and rows that could not be read.
    """

    name: str
    path: str
    blanks: int
    rows: int
    starts: date | None
    ends: date | None
    read_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True)
class _Until:
    """Up to when the books of a unit (empty: of all) were declared complete."""

    unit: str
    day: date


def sources(house: House) -> list[tuple[str, str]]:
    """Name and title of each source, in the order of the configuration."""
    return list(titles(house).items())


def newest_quarter(house: House, actor: Actor, source: str, today: date) -> date:
    """The first of the weeks up to the newest day that the source tells of, today at the latest."""
    actor.need(Right.VIEW)
    ends = [one.ends for one in _counting(house, source) if one.ends]
    return min(max(ends, default=today), today) - WEEK * (WEEKS - 1)


def calendar(
    house: House,
    actor: Actor,
    source: str,
    first: date,
    units: frozenset[str] | None = None,
    weeks: int = WEEKS,
) -> CoverageCalendar:
    """What a source proves of so many weeks from the week of a day on, of these units.

    Raises Refused where there is no such source.
    """
    actor.need(Right.VIEW)
    settings = _source(house, source)
    monday = first - timedelta(days=first.weekday())
    mondays = tuple(monday + WEEK * number for number in range(weeks))
    files = _counting(house, source)
    until = list(_declared(house, settings))
    rows = (
        CalendarRow(
            unit,
            house.tables.units.name(unit),
            tuple(
                _covered(settings, _of(files, unit), _latest(until, unit), one) for one in mondays
            ),
        )
        for unit in _units(house, actor, files, units)
    )
    found = tuple(sorted(rows, key=lambda row: row.name))
    is_register = settings.role is Role.REGISTER
    return CoverageCalendar(source, title_of(settings), is_register, mondays, found)


def files_of(
    house: House, actor: Actor, source: str, unit: str, monday: date
) -> list[CoveringFile]:
    """The files of a source that speak of a unit and week, newest reading first. Raises Unseen."""
    actor.need(Right.VIEW)
    if not actor.sees(unit):
        raise Unseen(unit)
    _source(house, source)
    found = [
        CoveringFile(
            one.path.rpartition("/")[2] or "hỏi trực tiếp phần mềm",
            one.path,
            one.rejected,
            one.rows,
            one.starts,
            one.ends,
            one.read_at.astimezone(house.clock.zone) if one.read_at else None,
            one.problem,
        )
        for one in _of(_counting(house, source), unit)
        if _touches(one, monday)
    ]
    return sorted(found, key=lambda one: (str(one.read_at or ""), one.name), reverse=True)


def _source(house: House, name: str) -> SourceSettings:
    found = house.settings.source(name)
    if found is None:
        raise Refused(f"Không có nguồn “{name}”.")
    return found


def _counting(house: House, source: str) -> list[FileFacts]:
    found = house.store.readings.files(source)
    return [one for one in found if one.fingerprint and one.standing is not FileStanding.REPLACED]


def _units(
    house: House, actor: Actor, files: Sequence[FileFacts], units: frozenset[str] | None
) -> set[str]:
    """The units of the office's table that answer for themselves, and those that files name."""
    wanted = actor.within(units)
    today = house.clock.today()
    named = {one for file in files for one in file.units if one}
    known = {one.code for one in house.tables.units.all if one.is_valid(today)}
    parents = {one.parent for one in house.tables.units.all if one.parent}
    found = named | (known - parents)
    return found if wanted is None else found & wanted


def _of(files: Iterable[FileFacts], unit: str) -> list[FileFacts]:
    return [one for one in files if unit in one.units]


def _touches(file: FileFacts, monday: date) -> bool:
    sunday = monday + WEEK - timedelta(days=1)
    return bool(file.starts and file.ends and file.starts <= sunday and file.ends >= monday)


def _covered(
    source: SourceSettings, files: Sequence[FileFacts], until: date | None, monday: date
) -> Covered:
    """A book of paper proves a week once somebody declared it complete; a software by itself."""
    near = [one for one in files if _touches(one, monday)]
    if not near:
        return Covered.SILENT
    sunday = monday + WEEK - timedelta(days=1)
    if source.role is Role.REGISTER:
        return Covered.PROVEN if until and until >= sunday else Covered.PARTIAL
    whole = [one for one in near if one.answered and _holds(one, monday, sunday)]
    return Covered.PROVEN if whole else Covered.PARTIAL


def _holds(file: FileFacts, monday: date, sunday: date) -> bool:
    return bool(file.starts and file.ends and file.starts <= monday and file.ends >= sunday)


def _declared(house: House, source: SourceSettings) -> Iterator[_Until]:
    for one in (*source.declared, *house.store.books.of(source.name)):
        yield _Until(house.tables.units.resolve(one.unit, one.until) or one.unit, one.until)


def _latest(until: Iterable[_Until], unit: str) -> date | None:
    mine = (one.day for one in until if not one.unit or unit_key(one.unit) == unit_key(unit))
    return max(mine, default=None)
