"""Linking fresh rows against what is known, without doing all of it again.

Scores never look at the data at hand, so old pairs keep theirs. Fresh rows can only change the
rows that are thinkable for the same dossiers, and those in turn: exactly these are decided anew,
and the result is the one of a full run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking.by_code import CodeIndex, codes_in_row
from reconcile.linking.by_people import PLACES, Comparable, by_people, score_pairs
from reconcile.linking.columns import Side, side
from reconcile.linking.deciding import thinkable
from reconcile.linking.fragments import Trace
from reconcile.linking.lexicon import Array
from reconcile.linking.linker import Answers, Known, merge, settle
from reconcile.linking.owners import Owners
from reconcile.linking.scoring import Scored, together
from reconcile.links import Answer, Link
from reconcile.policy import Policy

#: Gives the dossiers with these anchors; the store answers it.
DossiersOf = Callable[[Sequence[str]], Sequence[Dossier]]


def link_more(
    known: Known,
    fresh: Iterable[Claim],
    dossiers_of: DossiersOf,
    answers: Sequence[Answer],
    policy: Policy,
) -> list[Link]:
    """The links of the fresh rows and of every known row that they may change, sorted by row.

    ``answers`` are those on the fresh rows, by the anchors of the dossiers. Links of other rows
    stay as they were.
    """
    rows = sorted(fresh, key=lambda claim: claim.key)
    borne = dossiers_of(_bearing(known.ground, rows))
    asked = dossiers_of(sorted({answer.dossier for answer in answers}))
    said = Answers.of(answers, [*borne, *asked])
    owners = Owners(policy.linking.owners)
    index = CodeIndex.of(sorted(borne, key=lambda dossier: dossier.anchor))
    settled = settle(rows, index, owners, said)
    left = settled.still_open(rows, said)
    forbidden = known.forbidden | left.forbidden
    taken = np.union1d(known.taken, known.ground.places(left.taken))

    # A pair's score looks at the pair alone: what is fresh and what it touches are scored apart.
    new = _fresh(known.ground, left.rows, owners)
    of_new = score_pairs(new, forbidden)
    old = _among(known.ground, _touched(of_new, known, taken, policy))
    of_old = score_pairs(old, forbidden)
    ground, scored = _together(old, of_old, new, of_new)
    settled.contradicted |= known.contradicted
    return merge(settled, by_people(ground, scored, taken, policy.linking).links)


def _bearing(ground: Comparable, rows: Sequence[Claim]) -> list[str]:
    """Anchors of the dossiers that bear a code which some row gives."""
    wanted = {code for row in rows for written in codes_in_row(row) for code in written}
    found = {at for _, at in ground.dossier_traces.bearing(sorted(wanted))}
    return [ground.dossiers.keys[at] for at in sorted(found)]


def _fresh(known: Comparable, rows: Sequence[Claim], owners: Owners) -> Comparable:
    """The fresh rows, and all dossiers."""
    fresh = side(((row.key, (row,)) for row in rows), known.lexicon, owners)
    return known.among(fresh, list(map(Trace.of_row, rows)))


def _among(known: Comparable, at: Array) -> Comparable:
    """Some known rows, and all dossiers."""
    return known.among(known.rows.take(at), [known.row_traces[i] for i in at.tolist()])


def _together(
    old: Comparable, of_old: Scored, new: Comparable, of_new: Scored
) -> tuple[Comparable, Scored]:
    """Old and new rows in the order of their keys, with their pairs."""
    keys = [*old.rows.keys, *new.rows.keys]
    traces = [*old.row_traces, *new.row_traces]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    place = np.argsort(order)
    table = np.concatenate((old.rows.table, new.rows.table), axis=1)
    rows = Side(keys, table).take(order)
    parts = (of_old.renumbered(place[: len(old.rows)]), of_new.renumbered(place[len(old.rows) :]))
    return new.among(rows, [traces[at] for at in order.tolist()]), together(parts)


def _touched(fresh: Scored, known: Known, taken: Array, policy: Policy) -> Array:
    """The known rows that share a dossier with the fresh ones, or with such rows in turn."""
    reached = np.zeros(len(known.ground.dossiers), dtype=np.bool_)
    reached[fresh.dossier[thinkable(fresh, policy.linking)]] = True
    reached[np.setdiff1d(taken, known.taken) // PLACES] = True
    rows, of_dossier = known.near
    marked = np.zeros(len(known.ground.rows), dtype=np.bool_)
    while True:
        before = int(reached.sum())
        marked[rows[reached[of_dossier]]] = True
        reached[of_dossier[marked[rows]]] = True
        if int(reached.sum()) == before:
            return np.flatnonzero(marked)
