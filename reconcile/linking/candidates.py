"""Which dossiers a row may be: pairs that share at least one key.

Every key joins two or three things that survive most mistakes: a name without accents, a date
whatever the order of day and month, the unit. Where strangers share them, and more of them in a
larger office or a longer list, it asks for one thing more, any of several (``_Besides``). A key
never looks at how many share it, so that one dossier more takes no pair away from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reconcile.linking.columns import EVENTS, Side
from reconcile.linking.lexicon import Array, Flags, Ints, NameParts
from reconcile.text.rarity import RARE_FAMILY

#: Reception on paper and in the software may differ by so many days.
DAYS_AROUND = 3
#: Names alone bring together what was entered so near in time: the same stretch of so many days, or
#: the one before or after it.
STRETCH = 31
#: Whose return alone is told may have been received so many stretches before it.
FETCHED_LATE = 3
#: A whole name that fewer than one in 65,000 bear, in bits.
RARE_NAME = 16.0
#: Keys are told apart roughly by their last bits before they are sorted; a power of two.
_SIEVE = 2**18
_LOW = np.uint64(_SIEVE - 1)


def pairs(rows: Side, dossiers: Side, parts: NameParts) -> tuple[Array, Array]:
    """Row and dossier of every candidate pair, sorted by row and then dossier, once each."""
    size = max(len(dossiers), 1)
    found = []
    for ours, theirs in zip(
        keys_of(rows, parts, True), keys_of(dossiers, parts, False), strict=True
    ):
        row, dossier = sharing(ours, theirs)
        found.append(row.astype(np.int64) * size + dossier)
    together = once(np.concatenate(found))
    row, dossier = together // size, together % size
    fitting = of_one_class(rows.event[row], dossiers.event[dossier])
    return row[fitting], dossier[fitting]


def of_one_class(ours: Ints, theirs: Ints) -> Flags:
    """A birth is no death, and neither is a residence; what is unknown may be any."""
    fitting: Flags = (ours == 0) | (theirs == 0) | (ours == theirs)
    return fitting


def with_siblings(row: Array, dossier: Array, person_event: Ints) -> tuple[Array, Array]:
    """The pairs, and each row with every dossier of the same person's event; sorted, once each."""
    group, count = np.unique(person_event, return_counts=True)
    several = np.isin(person_event, group[count > 1])
    keys, at = in_order(person_event[several], np.flatnonzero(several))
    asked = several[dossier]
    more = equal_keys(person_event[dossier[asked]], row[asked], keys, at)
    size = max(len(person_event), 1)
    both = once(np.concatenate((row * size + dossier, more[0] * size + more[1])))
    return both // size, both % size


def once(values: Array) -> Array:
    """The values sorted, each once (sorting beats hashing for numbers that are nearly sorted)."""
    values = np.sort(values, kind="stable")
    return values[np.r_[True, values[1:] != values[:-1]]] if len(values) else values


class Key(NamedTuple):
    """What two must share: each of the columns, and any of the things, where there are some."""

    kind: int
    columns: tuple[Array, ...]
    things: Sequence[Thing] = ()


def sharing(ours: Sequence[Key], theirs: Sequence[Key]) -> tuple[Array, Array]:
    """Every pair of those who share any of these keys, by their positions; some more than once."""
    our, their = ([key(one.kind, *one.columns) for one in side] for side in (ours, theirs))
    asked, told = _sieve(our), _sieve(their)
    rows = _many(
        *(_with_any(one.things, *_kept(*found, told)) for one, found in zip(ours, our, strict=True))
    )
    dossiers = _many(
        *(
            _with_any(one.things, *_kept(*found, asked))
            for one, found in zip(theirs, their, strict=True)
        )
    )
    return equal_keys(*rows, *in_order(*_kept(*dossiers, _sieve([rows]))))


def _sieve(keys: Iterable[tuple[Array, Array]]) -> Flags:
    """Which last bits there are: where a few rows meet a province, it lets few pass."""
    sieve = np.zeros(_SIEVE, dtype=np.bool_)
    for values, _ in keys:
        sieve[values & _LOW] = True
    return sieve


def _kept(keys: Array, at: Array, sieve: Flags) -> tuple[Array, Array]:
    """The entries that some key on the other side may equal."""
    kept = sieve[keys & _LOW]
    return keys[kept], at[kept]


def in_order(keys: Array, at: Array) -> tuple[Array, Array]:
    order = np.argsort(keys, kind="stable")
    return keys[order], at[order]


def equal_keys(
    our_keys: Array, our_at: Array, sorted_keys: Array, sorted_at: Array
) -> tuple[Array, Array]:
    """Every pair of equal keys, given and told by the positions of those who bear them."""
    first = np.searchsorted(sorted_keys, our_keys, side="left")
    count = np.searchsorted(sorted_keys, our_keys, side="right") - first
    total = int(count.sum())
    starts = np.repeat(first - np.concatenate(([0], np.cumsum(count)[:-1])), count)
    return np.repeat(our_at, count), sorted_at[starts + np.arange(total)]


def keys_of(side: Side, parts: NameParts, is_row: bool) -> Iterator[list[Key]]:
    """Each kind of key in turn, in the same order for both sides."""
    subject = who(side)
    plain, family, given = parts.plain[subject], parts.family[subject], parts.given[subject]
    initial, unit = parts.given_initial_by_ear[subject], side.unit
    near, besides = _Nearby.of(side, is_row), _Besides.of(side, parts, is_row)
    dated = besides.any("year_of_death", "day", "unit", "kin")
    yield near.keys(1, plain, also=dated, untold=besides.any("year", "day", "unit", "rare_kin"))
    for kind, day in ((2, _born(side)), (3, _died(side))):
        yield [Key(10 + kind, (day, given))]
        one_more = besides.any("year_of_death", "initial", "kin", "strange")
        yield [Key(20 + kind, (day, unit), one_more)]
        one_more = besides.any("year_of_death", "kin")
        yield [Key(30 + kind, (day, family, initial, side.event), one_more)]
    yield near.keys(4, unit, family, given, untold=besides.any("day", "kin"))
    yield near.keys(5, unit, given, side.birth_year, also=besides.any("family", "day", "kin"))
    yield [Key(6, (unit, family, side.birth_year, side.mother))]
    yield from _people(side, parts, near, besides)
    yield [Key(7, (side.subject_id,)), Key(7, (side.applicant_id,))]
    received = np.where(side.received > 0, side.received, side.registered)
    around = range(-DAYS_AROUND, DAYS_AROUND + 1) if is_row else (0,)
    shifted = [np.where(received > 0, received + days, 0) for days in around]
    one_more = besides.any("initial", "day", "kin")
    yield [Key(8, (day, unit, given)) for day in shifted]
    yield [Key(9, (day, unit, family), one_more) for day in shifted]
    yield [Key(10, (day, plain)) for day in shifted]
    # The only person named, with a slip in the name.
    applicant = parts.given[side.applicant]
    yield [Key(11, (day, unit, applicant)) for day in shifted]


def who(side: Side) -> Ints:
    """The child or the dead: the subject, else the owner where that may be the one meant."""
    named: Ints = np.where((side.subject == 0) & (side.owner > 0), side.applicant, side.subject)
    return named


def _people(side: Side, parts: NameParts, near: _Nearby, besides: _Besides) -> Iterator[list[Key]]:
    """Parents and applicants: any of them may stand for another in the other source."""
    mother, father = parts.plain[side.mother], parts.plain[side.father]
    applicant, subject = parts.plain[side.applicant], parts.plain[side.subject]
    people = (mother, father, applicant)
    owner = np.where(side.subject == 0, applicant, subject)
    in_unit = besides.any("year", "day", "given", "initial")
    yield [one for name in people for one in near.keys(40, side.unit, name, untold=in_unit)]
    given, anywhere = parts.given[side.subject], besides.any("year", "day", "unit")
    yield [one for name in people for one in near.keys(50, given, name, untold=anywhere)]
    # Some software names the child or the dead as the dossier's owner.
    as_owner = besides.any("year", "day", "kin")
    yield [
        *near.keys(60, owner, side.unit, untold=as_owner),
        *near.keys(60, applicant, side.unit, untold=in_unit),
    ]
    yield near.keys(61, mother, father)


@dataclass(frozen=True, slots=True)
class _Besides:
    """What two that share a key may share besides: each thing under its number."""

    things: Mapping[str, Sequence[Thing]]

    @classmethod
    def of(cls, side: Side, parts: NameParts, is_row: bool) -> _Besides:
        subject, given = who(side), parts.given
        # Whoever is an applicant on paper may be the mother or the father in the software.
        applicants = (side.applicant,) if is_row else (side.applicant, side.mother, side.father)
        kin = [*((8, given[name]) for name in applicants), (9, given[side.mother])]
        bits = parts.family_bits[subject] + parts.middle_bits[subject] + parts.given_bits[subject]
        # Who is not named, or by a name that cannot be taken apart, may be anybody.
        strange = (side.subject == 0) | (parts.family_bits[subject] >= RARE_FAMILY)
        strange, anybody = strange.astype(np.int32), np.ones_like(side.unit)
        died = side.event == EVENTS["death"]
        things: dict[str, Sequence[Thing]] = {
            "year": [(1, side.birth_year)],
            "year_of_death": [(1, np.where(died, side.birth_year, 0))],
            "day": [(2, _born(side) % _YEAR), (3, _died(side) % _YEAR)],
            "unit": [(4, side.unit)],
            "family": [(5, parts.family[subject])],
            "given": [(6, given[subject])],
            "initial": [(7, parts.given_initial_by_ear[subject])],
            "kin": kin,
            "rare_kin": [(number, np.where(bits >= RARE_NAME, name, 0)) for number, name in kin],
            "strange": [(10, strange if is_row else anybody), (11, anybody if is_row else strange)],
        }
        return cls(things)

    def any(self, *names: str) -> list[Thing]:
        return [thing for name in names for thing in self.things[name]]


@dataclass(frozen=True, slots=True)
class _Nearby:
    """Keys of names that ask for the same time, too, so that a list of ten years brings a row no
    more pairs than one of a year does. A row that tells no day (``untold``) is near to everybody
    with whom it shares something else.
    """

    #: Of a dossier its stretch of days; of a row those around its own. 0 is nothing.
    stretches: tuple[Array, ...]
    untold: Array  # of a row 1 where it tells no day; 1 of every dossier

    @classmethod
    def of(cls, side: Side, is_row: bool) -> _Nearby:
        entered = np.where(side.received > 0, side.received, side.registered)
        day = np.where(entered > 0, entered, side.returned if is_row else side.finished)
        stretch, dated = day // STRETCH, day > 0
        if not is_row:
            return cls((np.where(dated, stretch, _UNTOLD),), np.ones_like(stretch))
        around = [np.where(dated, stretch + step, 0) for step in (-1, 0, 1)]
        fetched = dated & (entered == 0)
        around += [np.where(fetched, stretch - step, 0) for step in range(2, FETCHED_LATE + 1)]
        return cls((*around, np.where(dated, _UNTOLD, 0)), np.where(dated, 0, 1))

    def keys(
        self, kind: int, *columns: Array, also: Sequence[Thing] = (), untold: Sequence[Thing] = ()
    ) -> list[Key]:
        """Keys of those near in time who share any of ``also``, if there is any.

        And of rows that tell no day, with whom they share any of ``untold``.
        """
        dated = [Key(kind, (*columns, day), also) for day in self.stretches]
        return [*dated, Key(kind + 100, (*columns, self.untold), untold)]


#: A number of its own, and the value of each entry; 0 is nothing.
Thing = tuple[int, Array]
#: The stretch of a dossier that tells no day.
_UNTOLD = 1
#: What is left of a whole day without its year.
_YEAR = 32 * 32


def _born(side: Side) -> Array:
    return whole_day(side.birth_year, side.birth_month, side.birth_day)


def _died(side: Side) -> Array:
    return whole_day(side.death_year, side.death_month, side.death_day)


def whole_day(year: Ints, month: Ints, day: Ints) -> Array:
    """The same number for a date with day and month swapped; 0 where the day is unknown."""
    low, high = np.minimum(month, day), np.maximum(month, day)
    serial = (year.astype(np.int64) * 32 + low) * 32 + high
    return np.where((day > 0) & (month > 0), serial, 0)


def key(kind: int, *columns: Array) -> tuple[Array, Array]:
    """One key an entry from several columns; entries that lack one have none."""
    there = np.logical_and.reduce([column > 0 for column in columns])
    at = np.flatnonzero(there)
    return mixed(*(column[at] for column in columns), kind=kind), at


def _with_any(things: Sequence[Thing], keys: Array, at: Array) -> tuple[Array, Array]:
    """The keys with each of these things; where there are none, as they are."""
    if not things:
        return keys, at
    found = []
    for number, column in things:
        value = column[at]
        there = value > 0
        more = _mix(keys[there] + np.uint64(number), value[there].astype(np.uint64))
        found.append((more, at[there]))
    return _many(*found)


def mixed(*columns: Array, kind: int = 0) -> Array:
    """One number for each line of several columns."""
    state = np.full(len(columns[0]), kind, dtype=np.uint64)
    for column in columns:
        state = _mix(state, column.astype(np.uint64))
    return state


def _many(*keys: tuple[Array, Array]) -> tuple[Array, Array]:
    return np.concatenate([found for found, _ in keys]), np.concatenate([at for _, at in keys])


def _mix(state: Array, value: Array) -> Array:
    """Two numbers mixed to one (the finish of SplitMix64): a clash only costs a comparison."""
    mixed = (state * np.uint64(0x9E3779B97F4A7C15)) ^ (value + np.uint64(0x632BE59BD9B4E019))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
