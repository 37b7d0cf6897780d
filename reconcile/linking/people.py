"""Links by people, dates, numbers and what is left of a code, for the rows that no code settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking import candidates
from reconcile.linking.columns import Side, side
from reconcile.linking.deciding import Verdict, decide, probability
from reconcile.linking.explaining import method, reasons
from reconcile.linking.fragments import Fragments, weigh_seen
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


def by_people(open_: Open, dossiers: Sequence[Dossier], policy: Linking) -> list[Link]:
    """A link for each open row, in the order of the rows."""
    lexicon = Lexicon()
    rows = side(((row.key, (row,)) for row in open_.rows), lexicon)
    known = side(((dossier.anchor, dossier.claims) for dossier in dossiers), lexicon)
    parts = lexicon.parts()
    scored = _score(open_, dossiers, (rows, known), lexicon, parts)
    taken = _taken(scored, rows, known, open_.taken)
    guard = Guard(scored, known, lexicon, parts, policy.margin)
    verdicts = {v.row: v for v in decide(scored, rows, guard, policy, taken)}
    total = scored.total
    return [_link(row, verdicts.get(at), scored, total, known) for at, row in enumerate(open_.rows)]


def _score(
    open_: Open,
    dossiers: Sequence[Dossier],
    sides: tuple[Side, Side],
    lexicon: Lexicon,
    parts: NameParts,
) -> Scored:
    rows, known = sides
    fragments = Fragments(dossiers)
    coded = {at: row for at, row in enumerate(open_.rows) if row.own_code or row.national_code}
    told = [(at, row) for at, row in enumerate(open_.rows) if at in coded or row.number]
    clues = fragments.clues(told)
    at = _together(candidates.pairs(rows, known, parts), clues.pairs(), len(known))
    at = _allowed(at, rows, known, open_.forbidden)
    scored = score(rows, known, at, lexicon, parts)
    position = {pair: i for i, pair in enumerate(zip(at[0].tolist(), at[1].tolist(), strict=True))}
    seen = [pair for pair in position if pair[0] in coded]
    for row, dossier, bits in weigh_seen(fragments, coded, seen):
        scored.weights[AT["code"], position[row, dossier]] = bits
    for pair, bits in clues.number.items():
        if pair in position:
            scored.weights[AT["number"], position[pair]] = bits
    return scored


def _together(
    found: tuple[Array, Array], more: list[tuple[int, int]], size: int
) -> tuple[Array, Array]:
    """Candidate pairs and pairs that a fragment of a code points to, sorted, once each."""
    size = max(size, 1)
    extra = np.array([row * size + dossier for row, dossier in more], dtype=np.int64)
    both = np.unique(np.concatenate((found[0] * size + found[1], extra)))
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
    registers = rows.register[scored.row].tolist()
    return np.fromiter(
        (
            (register, known.keys[dossier]) in taken
            for register, dossier in zip(registers, scored.dossier.tolist(), strict=True)
        ),
        np.bool_,
        len(registers),
    )


def _link(row: Claim, verdict: Verdict | None, scored: Scored, total: Array, known: Side) -> Link:
    if verdict is None:
        return Link(row.key, None, Method.NONE, 0.0, Decision.NONE)
    rival = None
    if verdict.rival is not None:
        anchor = known.keys[int(scored.dossier[verdict.rival])]
        rival = Rival(anchor, _shown(total[verdict.rival]))
    if verdict.pair is None:
        return Link(row.key, None, Method.NONE, 0.0, Decision.NONE, rival)
    return Link(
        row.key,
        known.keys[int(scored.dossier[verdict.pair])],
        method(scored, verdict.pair, row.register_type.is_civil_status),
        _shown(total[verdict.pair]),
        verdict.decision,
        rival,
        reasons(scored, verdict.pair),
    )


def _shown(score_bits: float) -> float:
    return round(probability(float(score_bits)), 6)
