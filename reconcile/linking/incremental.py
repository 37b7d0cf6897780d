"""Linking what changed, without doing all of it again: the links are those of a full run.

Scores never look at the data at hand, so a pair keeps its score while its row, its dossier and
the dossiers of the same person do. What changed is taken out and put in anew; the rows that met
any of it, and those that share a thinkable dossier with them, in turn, are decided anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reconcile.cases import Dossier, Link
from reconcile.claims import Claim
from reconcile.linking import candidates
from reconcile.linking.by_code import CodeIndex, codes_in_row
from reconcile.linking.by_people import PLACES, Comparable, by_people, near, score_pairs
from reconcile.linking.columns import Merged, Side, side
from reconcile.linking.fragments import Fragments, Trace, Traces, telling
from reconcile.linking.guard import replaced
from reconcile.linking.lexicon import Array, Flags, Ints
from reconcile.linking.linker import Answers, Known, SettledRows, merge, settle
from reconcile.linking.owners import Owners
from reconcile.linking.person_events import person_events
from reconcile.linking.scoring import Scored, couples, joined
from reconcile.policy import Linking, Policy
from reconcile.text.packed import PackedTexts


@dataclass(frozen=True, slots=True)
class Changed:
    """Keys of rows and anchors of dossiers that are new, other than before, or gone."""

    rows: frozenset[str] = frozenset()
    dossiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Relinked:
    """The links that were decided anew; those of other rows stay as they were."""

    links: list[Link]
    gone: frozenset[str]  # rows that are no longer there
    known: Known


#: Of these rows those that are there, by key; of these anchors the dossiers, by anchor.
RowsOf = Callable[[Collection[str]], Mapping[str, Claim]]
DossiersOf = Callable[[Collection[str]], Mapping[str, Dossier]]


def link_changed(
    known: Known,
    changed: Changed,
    rows: RowsOf,
    dossiers: DossiersOf,
    said: Answers,
    policy: Policy,
) -> Relinked:
    """The links of all rows that the change may have moved.

    ``rows`` and ``dossiers`` are those of now, and are asked for few: rows that changed, that give
    a code of a changed dossier, or of which persons said something else; dossiers that changed, or
    bear a code of such a row.
    """
    owners = Owners(policy.linking.owners)
    moved = _moved(known.ground, changed.dossiers, dossiers(changed.dossiers), owners)
    again = changed.rows | known.codes.giving(moved.codes()) | _answered_otherwise(known, said)
    there_by_key = rows(again)
    there = [there_by_key[key] for key in sorted(there_by_key)]
    settled = settle(there, _bearing(moved, dossiers, there), owners, said)
    open_ = [row for row in there if row.key not in settled.links]
    ground, place = _with_rows(known.ground, moved, again, open_, owners)

    anew = SettledRows.of(settled.places, ground.dossiers)
    filled = known.settled.standing(moved.stands)
    places = filled.changed(again, anew)
    freed = np.setxor1d(places.places(), filled.places(), assume_unique=True) // PLACES
    before = place[known.near[0]], moved.place[known.near[1]]  # -1: asked again, or gone
    first = _met(ground, moved)
    first[np.setdiff1d(np.arange(len(first)), place)] = True
    seeds = [freed, moved.replaced]
    touched, scored = _decided_anew(ground, first, before, seeds, said.never, policy.linking)
    outcome = by_people(ground.among(touched), scored, places.places(), policy.linking)
    stays = (before[0] >= 0) & ~np.isin(before[0], touched)
    row = np.concatenate((before[0][stays], touched[outcome.near[0]]))
    dossier = np.concatenate((before[1][stays], outcome.near[1]))
    order = np.lexsort((dossier, row))
    contradicted = {key: why for key, why in known.contradicted.items() if key not in again}
    contradicted |= settled.contradicted
    settled.contradicted = contradicted
    after = Known(
        ground,
        (row[order], dossier[order]),
        places,
        said.never,
        said.same,
        contradicted,
        known.codes.changed(again, there),
    )
    gone = frozenset(key for key in changed.rows if key not in there_by_key)
    return Relinked(merge(settled, outcome.links), gone, after)


@dataclass(frozen=True, slots=True)
class _Moved:
    """The dossiers of now, and what is other than before."""

    side: Side
    traces: Traces
    place: Array  # of each known dossier where it stands now, -1: changed or gone
    stands: Array  # the same; -1: gone
    new: Array  # positions of those that are new or changed
    old: Side  # what changed, as it was
    old_lines: PackedTexts
    regrouped: Array  # positions of those that stand with others for one person now
    replaced: Array  # positions of those that a living one begins or ceases to stand for
    wed: Ints  # names of those who may be a couple now, or no longer

    def codes(self) -> set[str]:
        """Every code that a changed dossier bears or bore."""
        lines = [*self.old_lines, *(self.traces.lines[at] for at in self.new.tolist())]
        return {code for line in lines for code in Trace.codes_of(line) if code}


def _moved(
    known: Comparable, changed: Collection[str], dossiers: Mapping[str, Dossier], owners: Owners
) -> _Moved:
    before, lexicon = known.dossiers, known.lexicon
    goes = before.keys.where(changed)
    fresh = [dossiers[anchor] for anchor in sorted(dossiers)]
    added = side(((one.anchor, one.claims) for one in fresh), lexicon, owners)
    order = Merged.of(before.keys, goes, added.keys)
    now, place, old = order.side(before, added), order.place, before.take(goes)
    parts = lexicon.parts()
    now.person_event[:] = person_events(now, lexicon, parts)
    stays = place >= 0
    there, stands = place[stays], place.copy()
    stands[goes] = [order.new[at] if (at := added.keys.find(key)) >= 0 else -1 for key in old.keys]
    far = len(now) + np.arange(len(before))  # who is gone stands nowhere else
    groups_before = _groups(before.person_event, np.where(place >= 0, place, far))[stays]
    groups_now = _groups(now.person_event, np.arange(len(now)))[there]
    shadows = replaced(before, parts)[stays] != replaced(now, parts)[there]
    wed = np.zeros(0, dtype=np.int32)
    if not np.array_equal(couples(before, parts), couples(now, parts)):
        both = [one for each in (old, added) for one in (each.mother, each.father)]
        wed = np.setdiff1d(parts.plain[np.concatenate(both)], [0])
    return _Moved(
        now,
        known.dossier_traces.merged(order, list(map(Trace.of_dossier, fresh))),
        place,
        stands,
        order.new,
        old,
        known.dossier_traces.lines.take(goes),
        there[groups_before != groups_now],
        there[shadows],
        wed,
    )


def _groups(number: Ints, names: Array) -> Array:
    """Of each member of a group the same sum as another group has only if it is the same group."""
    _, group = np.unique(number, return_inverse=True)
    sums = np.zeros(len(number) + 1, dtype=np.uint64)
    np.add.at(sums, group, candidates.mixed(names))
    found: Array = sums[group]
    return found


def _answered_otherwise(known: Known, said: Answers) -> set[str]:
    """Rows of which persons say something else than they did."""
    pairs = known.same.items() ^ said.same.items()
    return {row for row, _ in pairs} | {row for row, _ in known.forbidden ^ said.never}


def _bearing(moved: _Moved, dossiers: DossiersOf, rows: Iterable[Claim]) -> CodeIndex:
    """The dossiers that bear a code which some row gives."""
    wanted = {code for row in rows for written in codes_in_row(row) for code in written}
    places = {at for _, at in moved.traces.bearing(sorted(wanted))}
    found = dossiers([moved.side.keys[at] for at in places])
    return CodeIndex.of([found[anchor] for anchor in sorted(found)])


def _with_rows(
    known: Comparable, moved: _Moved, again: Collection[str], open_: list[Claim], owners: Owners
) -> tuple[Comparable, Array]:
    """The open rows and dossiers of now; where each row that was known stands, -1: nowhere."""
    added = side(((row.key, (row,)) for row in open_), known.lexicon, owners)
    order = Merged.of(known.rows.keys, known.rows.keys.where(again), added.keys)
    rows = order.side(known.rows, added)
    traces = order.texts(known.row_traces, PackedTexts.of(map(Trace.of_row, open_)))
    return Comparable(known.lexicon, rows, moved.side, traces, moved.traces), order.place


def _met(ground: Comparable, moved: _Moved) -> Flags:
    """The rows that any changed dossier, as it is or was, may be compared with."""
    parts = ground.lexicon.parts()
    at = np.union1d(moved.new, moved.regrouped)
    some = np.concatenate((ground.dossiers.table[:, at], moved.old.table), axis=1)
    lines = ground.dossier_traces.lines.take(at).with_more(moved.old_lines)
    found = np.zeros(len(ground.rows), dtype=np.bool_)
    if len(lines):
        found[candidates.pairs(ground.rows, Side(lines, some), parts)[0]] = True
        pairs = Fragments(Traces(lines)).clues(telling(ground.row_traces).items()).pairs()
        found[np.array([row for row, _ in pairs], dtype=np.int64)] = True
    found |= np.isin(parts.plain[ground.rows.applicant], moved.wed)
    return found


def _scored(
    ground: Comparable, at: Array, forbidden: frozenset[tuple[str, str]], prior: float
) -> Scored:
    """The candidate pairs of some of the rows, by the places of all."""
    scored = score_pairs(ground.among(at), forbidden, prior)
    return replace(scored, row=at[scored.row])


def _decided_anew(
    ground: Comparable,
    first: Flags,
    before: tuple[Array, Array],
    seeds: Sequence[Array],
    forbidden: frozenset[tuple[str, str]],
    policy: Linking,
) -> tuple[Array, Scored]:
    """The rows that are decided anew, and their pairs.

    As if the first rows were near to the same dossiers as before it is mostly right whom they
    touch, so their pairs are scored with those of the first; what is missing then, after them.
    """
    row, dossier = before
    stays = (row >= 0) & (dossier >= 0) & np.append(first, False)[row]
    likely = _touched(ground, first, before, (row[stays], dossier[stays]), seeds)
    scored = _scored(ground, likely, forbidden, policy.size.prior)
    now = near(scored, policy)
    of_first = first[now[0]]
    touched = _touched(ground, first, before, (now[0][of_first], now[1][of_first]), seeds)
    more = np.setdiff1d(touched, likely)
    if len(more):
        scored = joined([scored, _scored(ground, more, forbidden, policy.size.prior)])
    scored = scored.at(np.flatnonzero(np.isin(scored.row, touched)))
    scored = scored.at(np.lexsort((scored.dossier, scored.row)))
    return touched, replace(scored, row=np.searchsorted(touched, scored.row))


def _touched(
    ground: Comparable,
    first: Flags,
    before: tuple[Array, Array],
    now: tuple[Array, Array],
    seeds: Sequence[Array],
) -> Array:
    """The rows that are decided anew: the first, and those they share a dossier with, in turn.

    ``before`` are the near pairs as they were, ``now`` those of the first rows.
    """
    row, dossier = before
    stays = (row >= 0) & (dossier >= 0)
    again = stays & np.append(first, False)[row]  # -1: no row
    left = (dossier >= 0) & ((row < 0) | again)  # whom rows leave that are no longer near to them
    rows = np.concatenate((row[stays & ~again], now[0]))
    of_dossier = np.concatenate((dossier[stays & ~again], now[1]))
    reached = np.zeros(len(ground.dossiers), dtype=np.bool_)
    reached[np.concatenate((dossier[left], now[1], *seeds))] = True
    marked = first.copy()
    while True:
        count = int(reached.sum()) + int(marked.sum())
        marked[rows[reached[of_dossier]]] = True
        reached[of_dossier[marked[rows]]] = True
        if int(reached.sum()) + int(marked.sum()) == count:
            return np.flatnonzero(marked)
