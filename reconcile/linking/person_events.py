"""Which dossiers speak of one event of one person: first who, then which.

A child has a dossier that was withdrawn and the one handed in after it, or the single one and the
linked one. For the question *who* they are one: what stands in one of them only is missing in the
other, and no difference. Which of them a row speaks of is asked afterwards. It is read from the
dossiers alone, so it never depends on the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reconcile.linking.candidates import equal_keys, in_order, key, once, who, whole_day
from reconcile.linking.columns import EVENTS, Side
from reconcile.linking.dates import Days, Nearby, compare_days
from reconcile.linking.lexicon import Array, Flags, Ints, Lexicon, NameParts
from reconcile.linking.names import Given, Level, compare_names


def person_events(side: Side, lexicon: Lexicon, parts: NameParts) -> Ints:
    """A number for each dossier, the same for those of one person's one event."""
    size = max(len(side), 1)
    met = [_sharing(*in_order(*keys)) for keys in _keys(side, parts)]
    both = once(np.concatenate([one * size + other for one, other in met if len(one)] or [_NONE]))
    one, other = both // size, both % size
    apart = one < other
    one, other = one[apart], other[apart]
    found = _of_one(side, one, other, lexicon, parts)
    return _groups(len(side), one[found], other[found])


_NONE = np.zeros(0, dtype=np.int64)


def _sharing(keys: Array, at: Array) -> tuple[Array, Array]:
    """Every pair of equal keys, which are in order: most stand alone."""
    same, several = keys[1:] == keys[:-1], np.zeros(len(keys), dtype=np.bool_)
    several[1:] |= same
    several[:-1] |= same
    keys, at = keys[several], at[several]
    return equal_keys(keys, at, keys, at)


def _keys(side: Side, parts: NameParts) -> Iterator[tuple[Array, Array]]:
    """Things that the dossiers of one event share, two of them at least."""
    judged = np.where(np.isin(side.event, (EVENTS["birth"], EVENTS["death"])), side.event, 0)
    name = parts.plain[who(side)]
    born = whole_day(side.birth_year, side.birth_month, side.birth_day)
    yield key(1, judged, name, born)
    yield key(2, judged, name, whole_day(side.death_year, side.death_month, side.death_day))
    yield key(3, judged, name, parts.plain[side.mother])
    yield key(4, judged, side.subject_id)
    yield key(5, judged, parts.plain[side.mother], born)


def _of_one(side: Side, one: Array, other: Array, lexicon: Lexicon, parts: NameParts) -> Flags:
    """Nothing tells two people, and something besides the name tells one."""
    a, b = side.take_table(one), side.take_table(other)

    def names(ours: Ints, theirs: Ints) -> Array:
        return compare_names(ours, theirs, lexicon, parts).level

    def days(what: str) -> Array:
        first, second = (
            Days(*(getattr(each, f"{what}_{part}") for part in ("year", "month", "day")))
            for each in (a, b)
        )
        return compare_days(first, second)

    subject = compare_names(who(a), who(b), lexicon, parts)
    mother, father = names(a.mother, b.mother), names(a.father, b.father)
    applicant = names(a.applicant, b.applicant)
    birth, death = days("birth"), days("death")
    same_id = (a.subject_id > 0) & (a.subject_id == b.subject_id)
    # An owner who is a parent is no child: nobody is named.
    nameless = [(who(x) == 0) | (who(x) == x.mother) | (who(x) == x.father) for x in (a, b)]
    one_name = (subject.level <= Level.SLIP) & (subject.given == Given.EQUAL)
    one_name &= ~(nameless[0] | nameless[1])
    # Where neither names a child, mother, birthday and applicant stand for the name; if they are
    # twins', the day of reception is all that tells them apart either way.
    of_one_mother = nameless[0] & nameless[1] & _agree(mother) & _agree(applicant)
    one_name |= of_one_mother & (birth == Nearby.EQUAL)
    no_other = (birth <= Nearby.YEAR) & (death <= Nearby.YEAR)
    no_other &= (mother <= Level.SLIP) & (father <= Level.SLIP)
    no_other &= same_id | (a.subject_id == 0) | (b.subject_id == 0)
    no_other &= (a.sex == b.sex) | (a.sex == 0) | (b.sex == 0)
    one_day = (birth == Nearby.EQUAL) | (death == Nearby.EQUAL)
    known = (mother > Level.MISSING) | (one_day & _agree(father, applicant))
    known |= (death == Nearby.EQUAL) & (birth > Nearby.MISSING) & (a.unit == b.unit)
    found: Flags = one_name & no_other & (same_id | known)
    return found


def _agree(*levels: Array) -> Flags:
    agree: Flags = np.logical_or.reduce(
        [(level > Level.MISSING) & (level <= Level.SLIP) for level in levels]
    )
    return agree


def _groups(size: int, one: Array, other: Array) -> Ints:
    """The first of those that belong together, plus one; where not all fit all, each is alone."""
    first = np.arange(size)
    members: dict[int, set[int]] = {}
    links: dict[int, int] = {}
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        ours, theirs = int(first[a]), int(first[b])
        low, high = min(ours, theirs), max(ours, theirs)
        links[low] = links.get(low, 0) + 1
        if low != high:
            joined = members.pop(low, {low}) | members.pop(high, {high})
            members[low] = joined
            links[low] += links.pop(high, 0)
            first[list(joined)] = low
    for low, joined in members.items():
        if links[low] < len(joined) * (len(joined) - 1) // 2:
            first[list(joined)] = list(joined)
    return (first + 1).astype(np.int32)
