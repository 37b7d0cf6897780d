"""Which dossiers a row may be: pairs that share at least one key.

Every key joins two or three things that survive most mistakes: a name without accents, a date
whatever the order of day and month, the unit. A key never looks at how many share it, so that
one dossier more takes no pair away from another.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reconcile.linking.columns import Side
from reconcile.linking.lexicon import Array, Ints, NameParts

#: Reception on paper and in the software may differ by so many days.
DAYS_AROUND = 3


#: The keys of one kind in order, and who bears each.
Sorted = tuple[Array, Array]


def index(dossiers: Side, parts: NameParts) -> list[Sorted]:
    """The keys of the dossiers, each kind sorted: made once for any number of rows."""
    found = []
    for keys, at in _keys(dossiers, parts, False):
        order = np.argsort(keys, kind="stable")
        found.append((keys[order], at[order]))
    return found


def pairs(
    rows: Side, dossiers: Side, parts: NameParts, indexed: list[Sorted] | None = None
) -> tuple[Array, Array]:
    """Row and dossier of every candidate pair, sorted by row and then dossier, once each."""
    known = index(dossiers, parts) if indexed is None else indexed
    found = []
    for ours, theirs in zip(_keys(rows, parts, True), known, strict=True):
        found.append(_join(ours, theirs, len(dossiers)))
    together = once(np.concatenate(found))
    size = max(len(dossiers), 1)
    row, dossier = together // size, together % size
    event = rows.event[row], dossiers.event[dossier]
    fitting = (event[0] == 0) | (event[1] == 0) | (event[0] == event[1])
    return row[fitting], dossier[fitting]


def once(values: Array) -> Array:
    """The values sorted, each once (sorting beats hashing for numbers that are nearly sorted)."""
    values = np.sort(values, kind="stable")
    return values[np.r_[True, values[1:] != values[:-1]]] if len(values) else values


def _join(ours: tuple[Array, Array], theirs: Sorted, size: int) -> Array:
    """All pairs of equal keys; each side is (keys, positions)."""
    our_keys, our_at = ours
    sorted_keys, sorted_at = theirs
    first = np.searchsorted(sorted_keys, our_keys, side="left")
    count = np.searchsorted(sorted_keys, our_keys, side="right") - first
    total = int(count.sum())
    starts = np.repeat(first - np.concatenate(([0], np.cumsum(count)[:-1])), count)
    matched = sorted_at[starts + np.arange(total)]
    joined: Array = np.repeat(our_at, count).astype(np.int64) * size + matched
    return joined


def _keys(side: Side, parts: NameParts, is_row: bool) -> Iterator[tuple[Array, Array]]:
    """Each kind of key in turn, in the same order for both sides."""
    subject = side.subject
    plain, family, given = parts.plain[subject], parts.family[subject], parts.given[subject]
    birth = _whole_day(side.birth_year, side.birth_month, side.birth_day)
    death = _whole_day(side.death_year, side.death_month, side.death_day)
    unit = side.unit
    yield _key(1, plain)
    for kind, day in ((2, birth), (3, death)):
        yield _key(10 + kind, day, given)
        yield _key(20 + kind, day, unit)
        yield _key(30 + kind, day, family, side.event)
    yield _key(4, unit, family, given)
    yield _key(5, unit, given, side.birth_year)
    yield _key(6, unit, family, side.birth_year, side.mother)
    yield from _people(side, parts, is_row)
    yield _many(_key(7, side.subject_id), _key(7, side.applicant_id))
    received = np.where(side.received > 0, side.received, side.registered)
    around = range(-DAYS_AROUND, DAYS_AROUND + 1) if is_row else (0,)
    shifted = [np.where(received > 0, received + days, 0) for days in around]
    yield _many(*(_key(8, day, unit, given) for day in shifted))
    yield _many(*(_key(9, day, unit, family) for day in shifted))


def _people(side: Side, parts: NameParts, is_row: bool) -> Iterator[tuple[Array, Array]]:
    """Parents and applicants: any of them may stand for another in the other source."""
    mother, father = parts.plain[side.mother], parts.plain[side.father]
    applicant, subject = parts.plain[side.applicant], parts.plain[side.subject]
    given = parts.given[side.subject]
    owner = np.where(side.subject == 0, applicant, subject)
    for kind, near in ((40, side.unit), (50, given)):
        yield _many(*(_key(kind, near, name) for name in (mother, father, applicant)))
    # Some software names the child or the dead as the dossier's owner.
    yield _many(_key(60, owner, side.unit), _key(60, applicant, side.unit))
    yield _key(61, mother, father)


def _whole_day(year: Ints, month: Ints, day: Ints) -> Array:
    """The same number for a date with day and month swapped; 0 where the day is unknown."""
    low, high = np.minimum(month, day), np.maximum(month, day)
    serial = (year.astype(np.int64) * 32 + low) * 32 + high
    return np.where((day > 0) & (month > 0), serial, 0)


def _key(kind: int, *columns: Array) -> tuple[Array, Array]:
    """One key an entry from several columns; entries that lack one have none."""
    there = np.logical_and.reduce([column > 0 for column in columns])
    at = np.flatnonzero(there)
    mixed = np.full(len(at), kind, dtype=np.uint64)
    for column in columns:
        mixed = _mix(mixed, column[at].astype(np.uint64))
    return mixed, at


def _many(*keys: tuple[Array, Array]) -> tuple[Array, Array]:
    return np.concatenate([key for key, _ in keys]), np.concatenate([at for _, at in keys])


def _mix(state: Array, value: Array) -> Array:
    """Two numbers mixed to one (the finish of SplitMix64): a clash only costs a comparison."""
    mixed = (state * np.uint64(0x9E3779B97F4A7C15)) ^ (value + np.uint64(0x632BE59BD9B4E019))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
