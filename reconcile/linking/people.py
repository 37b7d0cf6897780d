"""Links by people, dates, numbers and what is left of a code, for the rows that no code settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking import candidates
from reconcile.linking.columns import CIVIL_REGISTERS, Side, side
from reconcile.linking.deciding import Verdict, decide, probability, thinkable
from reconcile.linking.explaining import method, reasons
from reconcile.linking.fragments import EMPTY, Fragments, Trace, weigh_seen
from reconcile.linking.guard import Guard
from reconcile.linking.lexicon import Array, Lexicon, NameParts
from reconcile.linking.scoring import AT, Scored, score
from reconcile.links import Decision, Link, Method, Rival
from reconcile.policy import Linking

#: A register row's place in a dossier: the register's number and the dossier's anchor.
Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Open:
    """What is still to be linked: rows, and what persons and codes said already."""

    rows: Sequence[Claim]  # sorted by key
    taken: frozenset[Place]  # places that a code or a person filled
    forbidden: frozenset[tuple[str, str]]  # row and dossier: a person said no


@dataclass(frozen=True, slots=True)
class Ground:
    """Rows and dossiers made comparable: computed once, kept by the store if it likes."""

    lexicon: Lexicon
    rows: Side
    dossiers: Side
    row_traces: list[str]
    dossier_traces: list[str]
    indexed: list[candidates.Sorted] | None = None  # the dossiers' keys, where known already

    @classmethod
    def of(cls, rows: Sequence[Claim], dossiers: Sequence[Dossier]) -> Ground:
        lexicon = Lexicon()
        return cls(
            lexicon,
            side(((row.key, (row,)) for row in rows), lexicon),
            side(((dossier.anchor, dossier.claims) for dossier in dossiers), lexicon),
            [Trace.of_row(row) for row in rows],
            [Trace.of_dossier(dossier) for dossier in dossiers],
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The links, and the pairs that were thinkable: who may become whose rival."""

    links: list[Link]
    thinkable: tuple[Array, Array]


def by_people(
    ground: Ground,
    taken: frozenset[Place],
    forbidden: frozenset[tuple[str, str]],
    policy: Linking,
) -> Outcome:
    """A link for each row of the ground, in its order."""
    parts = ground.lexicon.parts()
    scored = score_pairs(ground, forbidden, parts)
    rows, known = ground.rows, ground.dossiers
    guard = Guard(scored, known, ground.lexicon, parts, policy.margin)
    filled = _taken(scored, rows, known, taken)
    verdicts = {v.row: v for v in decide(scored, rows, guard, policy, filled)}
    total = scored.total
    links = [_link(ground, at, verdicts.get(at), scored, total) for at in range(len(rows))]
    near = thinkable(scored, policy)
    return Outcome(links, (scored.row[near], scored.dossier[near]))


def score_pairs(ground: Ground, forbidden: frozenset[tuple[str, str]], parts: NameParts) -> Scored:
    """Every candidate pair with its weights, sorted by row and then dossier."""
    rows, known = ground.rows, ground.dossiers
    told = {at: line for at, line in enumerate(ground.row_traces) if Trace.read(line) is not EMPTY}
    fragments = Fragments(ground.dossier_traces, told.values())
    clues = fragments.clues(told.items())
    at = _together(candidates.pairs(rows, known, parts, ground.indexed), clues.pairs(), len(known))
    at = _allowed(at, rows, known, forbidden)
    scored = score(rows, known, at, ground.lexicon, parts)
    position = _Positions(at, len(known))
    coded = {row: line for row, line in told.items() if Trace.codes_of(line) != [""]}
    of_coded = np.isin(at[0], np.array(list(coded), dtype=np.int64))
    seen = list(zip(at[0][of_coded].tolist(), at[1][of_coded].tolist(), strict=True))
    for row, dossier, bits in weigh_seen(fragments, coded, seen):
        scored.weights[AT["code"], position.of(row, dossier)] = bits
    for (row, dossier), bits in clues.number.items():
        scored.weights[AT["number"], position.of(row, dossier)] = bits
    return scored


class _Positions:
    """Where a pair stands among the sorted pairs; past the end for one that is not there."""

    def __init__(self, at: tuple[Array, Array], size: int) -> None:
        self._size = size
        self._both = at[0].astype(np.int64) * size + at[1]

    def of(self, row: int, dossier: int) -> slice:
        wanted = row * self._size + dossier
        first = int(np.searchsorted(self._both, wanted))
        there = first < len(self._both) and self._both[first] == wanted
        return slice(first, first + 1) if there else slice(0, 0)


def _together(
    found: tuple[Array, Array], more: list[tuple[int, int]], size: int
) -> tuple[Array, Array]:
    """Candidate pairs and pairs that a fragment of a code points to, sorted, once each."""
    size = max(size, 1)
    extra = np.array([row * size + dossier for row, dossier in more], dtype=np.int64)
    both = candidates.once(np.concatenate((found[0] * size + found[1], extra)))
    return both // size, both % size


def _allowed(
    at: tuple[Array, Array], rows: Side, known: Side, forbidden: frozenset[tuple[str, str]]
) -> tuple[Array, Array]:
    if not forbidden:
        return at
    keep = np.fromiter(
        (
            (rows.keys[row], known.keys[dossier]) not in forbidden
            for row, dossier in zip(at[0].tolist(), at[1].tolist(), strict=True)
        ),
        np.bool_,
        len(at[0]),
    )
    return at[0][keep], at[1][keep]


def _taken(scored: Scored, rows: Side, known: Side, taken: frozenset[Place]) -> Array:
    """Pairs whose dossier has its row in this register already."""
    position = {key: at for at, key in enumerate(known.keys)}
    places = np.array(
        [position[anchor] * 8 + register for register, anchor in taken if anchor in position],
        dtype=np.int64,
    )
    return np.isin(scored.dossier * 8 + rows.register[scored.row], places)


def _link(ground: Ground, row: int, verdict: Verdict | None, scored: Scored, total: Array) -> Link:
    key, known = ground.rows.keys[row], ground.dossiers.keys
    if verdict is None:
        return Link(key, None, Method.NONE, 0.0, Decision.NONE)
    rival = None
    if verdict.rival is not None:
        anchor = known[int(scored.dossier[verdict.rival])]
        rival = Rival(anchor, _shown(total[verdict.rival]))
    if verdict.pair is None:
        return Link(key, None, Method.NONE, 0.0, Decision.NONE, rival)
    return Link(
        key,
        known[int(scored.dossier[verdict.pair])],
        method(scored, verdict.pair, int(ground.rows.register[row]) in CIVIL_REGISTERS),
        _shown(total[verdict.pair]),
        verdict.decision,
        rival,
        reasons(scored, verdict.pair),
    )


def _shown(score_bits: float) -> float:
    return round(probability(float(score_bits)), 6)
