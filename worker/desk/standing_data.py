"""How far the data reach that a person looks at: the line at the head of every page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from config.sources import SourceSettings
from reconcile import labels
from reconcile.claims import Role
from worker import words
from worker.desk.actor import Actor
from worker.house import House
from worker.store import SourceFacts


@dataclass(frozen=True, slots=True)
class SourceReach:
    """What one kind of source is known to say: up to which day, read when, not read since when.

    ``unread`` is a sentence, empty where it was read in full.
    """

    title: str
    until: date | None
    read_at: datetime | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class DataReach:
    """Every source, in the order of the configuration, each kind once."""

    sources: tuple[SourceReach, ...]

    @property
    def read_at(self) -> datetime | None:
        """When the source was read that was read longest ago: all is as new as that."""
        return min((one.read_at for one in self.sources if one.read_at), default=None)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(one.unread for one in self.sources if one.unread)


def reach(house: House, actor: Actor, units: frozenset[str] | None = None) -> DataReach:
    """How far the data of these units reach (None: of all that the actor sees)."""
    wanted = actor.within(units)
    zone = house.clock.zone
    found: dict[str, SourceReach] = {}
    for source, facts in zip(house.settings.sources, house.source_facts(), strict=True):
        one = _of_all(source, facts, zone) if wanted is None else _of(source, facts, wanted, zone)
        found[one.title] = _joined(found[one.title], one) if one.title in found else one
    return DataReach(tuple(found.values()))


def title_of(source: SourceSettings) -> str:
    """What officials call a source of this kind."""
    if source.role is Role.REGISTER:
        return words.REGISTERS.get(source.origin, labels.ROLES[source.role])
    return labels.ROLES[source.role]


def titles(house: House) -> dict[str, str]:
    """What officials call each configured source, by its name; those of one kind are numbered."""
    found = {source.name: title_of(source) for source in house.settings.sources}
    kinds = Counter(found.values())
    told: Counter[str] = Counter()
    for name, title in found.items():
        told[title] += 1
        if kinds[title] > 1:
            found[name] = f"{title} {told[title]}"
    return found


def called(house: House, name: str) -> str:
    """What officials call the source of this name, or one that left data and is not configured."""
    return titles(house).get(name, "nguồn không còn dùng")


def _of_all(source: SourceSettings, facts: SourceFacts, zone: tzinfo) -> SourceReach:
    read = [file.read_at for file in facts.files if file.read_at]
    since = facts.unread_at or facts.unread_since
    return SourceReach(
        title_of(source),
        facts.ends,
        _latest(read, zone),
        "" if facts.answered else _unread(title_of(source), since, zone),
    )


def _of(
    source: SourceSettings, facts: SourceFacts, units: frozenset[str], zone: tzinfo
) -> SourceReach:
    """Of these units alone: another unit's broken file is no news here, and no business."""
    theirs = [one for one in facts.by_unit() if one.unit in units]
    files = [file for file in facts.files if units.intersection(file.units) or not file.path]
    silent = [one for one in theirs if not one.answered]
    nothing = not theirs and not facts.answered
    since = min((since for one in silent if (since := one.unread_since)), default=None)
    return SourceReach(
        title_of(source),
        max((one.ends for one in theirs if one.ends), default=None),
        _latest([file.read_at for file in files if file.read_at], zone),
        _unread(title_of(source), since, zone) if silent or nothing else "",
    )


def _latest(moments: Iterable[datetime], zone: tzinfo) -> datetime | None:
    newest = max(moments, default=None)
    return newest.astimezone(zone) if newest else None


def _unread(title: str, since: date | datetime | None, zone: tzinfo) -> str:
    local = since.astimezone(zone) if isinstance(since, datetime) else since
    return f"Chưa đọc đủ {title}" + (f" từ {words.moment(local)}" if local else "")


def _joined(one: SourceReach, other: SourceReach) -> SourceReach:
    """Two sources of one kind are one line: unread where one of them is."""
    return SourceReach(
        one.title,
        max((day for day in (one.until, other.until) if day), default=None),
        min((at for at in (one.read_at, other.read_at) if at), default=None),
        one.unread or other.unread,
    )
