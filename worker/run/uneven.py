"""Where the units of one source are not equally read: who is behind, and since when.

Page one, ``check`` and ``status`` tell a source on one line. Only where its units differ is each
that differs named, and many only by their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from config.office_tables import Tables
from config.settings import Settings
from reconcile.claims import Role
from reconcile.text.vietnamese import unit_key
from worker import words
from worker.store import SourceFacts, Store, UnitFacts

#: Units that one line names; the rest is counted.
MOST_NAMED = 4
#: A source that announces no period is as long as its rows: so far apart they are no news.
EDGE = timedelta(days=31)
#: Files that fell silent within this time did so in one poll.
ONE_POLL = timedelta(hours=1)

#: Whose books were declared complete (empty: everybody's), and until when.
Declared = Sequence[tuple[str, date]]


def declared(settings: Settings, tables: Tables, store: Store, source: str) -> Declared:
    """The books of a source that somebody declared complete, by unit as the claims name it."""
    configured = settings.source(source)
    books = (*(configured.declared if configured else ()), *store.books.of(source))
    resolve = tables.units.resolve
    return [(resolve(one.unit, one.until) or one.unit, one.until) for one in books]


def declared_until(books: Declared, unit: str) -> date | None:
    """Until when the unit's book was declared complete, if ever."""
    key = unit_key(unit)
    return max(
        (until for whose, until in books if not whose or unit_key(whose) == key), default=None
    )


@dataclass(frozen=True, slots=True)
class Uneven:
    """In Vietnamese, a sentence for each way in which the units of a source differ.

    ``unread``: whose files could not be read now; ``otherwise``: who is behind the others though
    all was read. Both are empty where every unit is read alike.
    """

    unread: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()


def uneven(
    facts: SourceFacts,
    role: Role,
    books: Declared,
    name: Callable[[str], str],
    zone: tzinfo | None = None,
) -> Uneven:
    """How the units of one source differ; ``name`` tells a unit as people call it."""
    units = facts.by_unit()
    read = [one for one in units if one.answered]
    return Uneven(
        tuple(_unread(facts, units, name, zone)),
        (
            *_behind(facts, read, name),
            *(_not_declared(units, books, name) if role is Role.REGISTER else ()),
        ),
    )


def _unread(
    facts: SourceFacts,
    units: Sequence[UnitFacts],
    name: Callable[[str], str],
    zone: tzinfo | None,
) -> Iterable[str]:
    """Whose files could not be read, by the hour since when; nothing where all are alike."""
    silent = [one for one in units if not one.answered]
    groups = _together(silent)
    unheard = [one for one in facts.files if one.path in facts.silent_files and not one.fingerprint]
    if len(silent) == len(units) and len(groups) < 2 and not unheard:
        return
    for group in groups:
        first = group[0]
        since = first.unread_at.astimezone(zone) if first.unread_at else first.unread_since
        yield f"Chưa đọc được từ {words.moment(since)}: {_named(name(one.unit) for one in group)}."
    if unheard and units:
        yield (
            f"Có {words.number(len(unheard))} tệp chưa đọc được lần nào nên chưa rõ là của "
            "đơn vị nào."
        )
    if 0 < len(silent) < len(units):
        yield f"{words.number(len(units) - len(silent))} đơn vị còn lại của nguồn vẫn đọc đủ."


def _together(silent: Iterable[UnitFacts]) -> list[list[UnitFacts]]:
    """Silent units by the poll in which they fell silent, the first of each group the earliest.

    One poll reads its files one after the other, so their hours differ a little.
    """
    groups: list[list[UnitFacts]] = []
    for one in sorted(silent, key=_since):
        if groups and _since(one) - _since(groups[-1][0]) <= ONE_POLL:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _since(one: UnitFacts) -> datetime:
    if one.unread_at is not None:
        return one.unread_at
    return datetime.combine(one.unread_since or date.min, time(), UTC)


def _behind(
    facts: SourceFacts, units: Sequence[UnitFacts], name: Callable[[str], str]
) -> Iterable[str]:
    """Whose readings end earlier than the source's, or are announced to begin later."""
    announced = {unit for file in facts.files if file.covers_to for unit in file.units}
    ends: dict[date, list[str]] = {}
    starts: dict[date, list[str]] = {}
    for one in units:
        is_announced = one.unit in announced
        edge = timedelta(0) if is_announced else EDGE
        if facts.ends and one.ends and one.ends < facts.ends - edge:
            ends.setdefault(one.ends, []).append(name(one.unit))
        # Where nothing is announced the first row came when it came.
        if is_announced and facts.starts and one.starts and one.starts > facts.starts:
            starts.setdefault(one.starts, []).append(name(one.unit))
    yield from _told("Mới có dữ liệu đến ngày", ends)
    yield from _told("Chỉ có dữ liệu từ ngày", starts)


def _not_declared(
    units: Sequence[UnitFacts], books: Declared, name: Callable[[str], str]
) -> Iterable[str]:
    """Whose books are declared until another day than most, or not at all while others are."""
    until = {one.unit: declared_until(books, one.unit) for one in units}
    days = Counter(day for day in until.values() if day)
    if not days:
        return
    usual = max(days, key=lambda day: (days[day], day))
    others: dict[date, list[str]] = {}
    for unit, day in until.items():
        if day and day != usual:
            others.setdefault(day, []).append(name(unit))
    yield from _told("Sổ khai đã nhập đủ chỉ đến ngày", others)
    if missing := [name(unit) for unit, day in until.items() if day is None]:
        yield f"Sổ chưa khai đã nhập đủ: {_named(missing)}."


def _told(label: str, by_day: Mapping[date, Sequence[str]]) -> Iterable[str]:
    """One sentence for all days, the oldest first; the units over the limit are counted."""
    if not by_day:
        return
    parts = []
    left = MOST_NAMED
    more = 0
    for day, names in sorted(by_day.items()):
        shown = sorted(names)[:left]
        left -= len(shown)
        more += len(names) - len(shown)
        if shown:
            parts.append(f"{words.day(day)} ({', '.join(shown)})")
    yield f"{label} {'; '.join(parts)}{_more(more)}."


def _named(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:MOST_NAMED]) + _more(len(ordered) - MOST_NAMED)


def _more(count: int) -> str:
    return f" và {words.number(count)} đơn vị khác" if count > 0 else ""
