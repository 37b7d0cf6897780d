"""The dossiers of a period as they were counted: opened once, for as long as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

from reconcile.figures.frozen import Placed, alike, differences
from reconcile.text.vietnamese import unit_key
from worker.house import House
from worker.run import periods as freezing
from worker.run.periods import Kept, RowsBehind

#: Versions that stay open: about 30 MB each where 60,000 dossiers were received.
KEPT = 2


@dataclass(frozen=True)
class CountedPeriod:
    """What a version keeps, and what pages ask of it again and again."""

    kept: Kept
    _rows: dict[str, RowsBehind] = field(default_factory=dict)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every dossier, by unit and code."""
        return tuple(sorted(self.kept.placed, key=lambda one: (one.unit, one.code)))

    @cached_property
    def groups(self) -> tuple[tuple[Placed, int], ...]:
        """One dossier for all that are counted alike, and how many they are."""
        return tuple(alike(self.kept.placed))

    @cached_property
    def moved(self) -> tuple[Placed, ...]:
        """The dossiers that stand elsewhere by the paper."""
        return tuple(one for one in self.kept.placed if one.before is not one.after)

    def rows(self, house: House) -> Mapping[str, RowsBehind]:
        """What moved each of these, by key: as it was noted then, else as it is now."""
        if self.kept.rows is not None:
            return self.kept.rows
        if not self._rows:
            self._rows.update(freezing.rows_behind(house, self.kept.placed))
        return self._rows

    def typed_after(
        self, house: House, ends: date | None, units: frozenset[str] | None
    ) -> dict[str, date]:
        """Dossiers moved by a row that was read after this day, and on which day it was."""
        rows = self.rows(house)
        found = {
            one.key: rows[one.key].read_on
            for one in self.moved
            if one.key in rows and is_of(one, units)
        }
        return {key: day for key, day in found.items() if day and ends and day > ends}

    def by_hand(self, house: House, units: frozenset[str] | None) -> frozenset[str]:
        """The dossiers moved by rows of registers typed from paper, and by no other."""
        rows = self.rows(house)
        return frozenset(
            one.key
            for one in self.moved
            if one.key in rows and rows[one.key].by_hand and is_of(one, units)
        )


@lru_cache(KEPT)
def counted(payload: bytes) -> CountedPeriod:
    """The version that is kept so; its bytes never change."""
    return CountedPeriod(freezing.unpack(payload))


@lru_cache(KEPT)
def moved_since(before: bytes, after: bytes) -> frozenset[str]:
    """The keys of the dossiers that stand elsewhere in one version than in another."""
    found = differences(counted(before).kept.placed, counted(after).kept.placed)
    return frozenset(one.one.key for one in found)


def is_of(one: Placed, units: frozenset[str] | None) -> bool:
    """Whether a dossier is of these units (None: of any)."""
    return _is_in(one.unit, units)


@lru_cache(10_000)
def _is_in(unit: str, units: frozenset[str] | None) -> bool:
    return units is None or unit in units or unit_key(unit) in units


def of_units(placed: Iterable[Placed], units: frozenset[str] | None) -> tuple[Placed, ...]:
    """Those of these units."""
    return tuple(one for one in placed if is_of(one, units))
