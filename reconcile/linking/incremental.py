"""Linking fresh rows against what is known, without doing all of it again.

Scores never look at the data at hand, so old pairs keep theirs. Fresh rows can only change the
rows that are thinkable for the same dossiers, and those in turn: exactly these are decided anew,
and the result is the one of a full run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking.by_code import CodeIndex, codes_in_row
from reconcile.linking.candidates import index
from reconcile.linking.columns import Side, side
from reconcile.linking.deciding import thinkable
from reconcile.linking.fragments import Trace
from reconcile.linking.linker import Known, Said, Settled, merge, settle
from reconcile.linking.people import Ground, by_people, score_pairs
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
    said = Said.of(answers, [*borne, *asked])
    settled = settle(rows, CodeIndex.of(sorted(borne, key=lambda d: d.anchor)), said)
    left = settled.still_open(rows, said)
    forbidden, taken = known.forbidden | left.forbidden, known.taken | left.taken

    indexed = index(known.ground.dossiers, known.ground.lexicon.parts())
    alone = replace(_ground(known.ground, [], left.rows), indexed=indexed)
    touched = _touched(alone, settled, known, forbidden, policy)
    together = replace(_ground(known.ground, touched, left.rows), indexed=indexed)
    return merge(settled, by_people(together, taken, forbidden, policy.linking).links)


def _bearing(ground: Ground, rows: Sequence[Claim]) -> list[str]:
    """Anchors of the dossiers that bear a code which some row gives."""
    wanted = {code for row in rows for written in codes_in_row(row) for code in written}
    if not wanted:
        return []
    return [
        anchor
        for anchor, line in zip(ground.dossiers.keys, ground.dossier_traces, strict=True)
        if not wanted.isdisjoint(Trace.codes_of(line))
    ]


def _ground(known: Ground, old: Sequence[int], fresh: Sequence[Claim]) -> Ground:
    """Some known rows and the fresh ones, in the order of their keys, and all dossiers."""
    new = side(((row.key, (row,)) for row in fresh), known.lexicon)
    kept = known.rows.take(np.array(old, dtype=np.int64))
    keys = [*kept.keys, *new.keys]
    traces = [*(known.row_traces[at] for at in old), *map(Trace.of_row, fresh)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    table = np.concatenate((kept.table, new.table), axis=1)[:, np.array(order, dtype=np.int64)]
    return Ground(
        known.lexicon,
        Side([keys[at] for at in order], table),
        known.dossiers,
        [traces[at] for at in order],
        known.dossier_traces,
    )


def _touched(
    fresh: Ground,
    settled: Settled,
    known: Known,
    forbidden: frozenset[tuple[str, str]],
    policy: Policy,
) -> list[int]:
    """The known rows that share a dossier with the fresh ones, or with such rows in turn."""
    scored = score_pairs(fresh, forbidden, fresh.lexicon.parts())
    position = {anchor: at for at, anchor in enumerate(known.ground.dossiers.keys)}
    reached = np.zeros(len(position), dtype=np.bool_)
    reached[scored.dossier[thinkable(scored, policy.linking)]] = True
    reached[[position[anchor] for _, anchor in settled.taken]] = True
    rows, of_dossier = known.near
    marked = np.zeros(len(known.ground.rows), dtype=np.bool_)
    while True:
        before = int(reached.sum())
        marked[rows[reached[of_dossier]]] = True
        reached[of_dossier[marked[rows]]] = True
        if int(reached.sum()) == before:
            touched: list[int] = np.flatnonzero(marked).tolist()
            return touched
