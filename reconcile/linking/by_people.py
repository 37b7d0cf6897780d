"""Links by people, dates, numbers and what is left of a code, for the rows that no code settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reconcile.cases import Dossier, Link, LinkState, Method, Rival
from reconcile.claims import Claim
from reconcile.linking import candidates
from reconcile.linking.columns import CIVIL_REGISTERS, Side, side
from reconcile.linking.deciding import RowDecision, decide, probability, thinkable
from reconcile.linking.explaining import method, reasons
from reconcile.linking.fragments import (
    OTHER_CODE,
    SAME_NUMBER,
    WHOLE_CODE,
    Fragments,
    Trace,
    Traces,
    telling,
    weigh_seen,
)
from reconcile.linking.guard import Guard, fits_twins
from reconcile.linking.lexicon import Array, Lexicon
from reconcile.linking.owners import Owners
from reconcile.linking.person_events import person_events
from reconcile.linking.scoring import AT, PRIOR, Scored, fits, of_one_person, score
from reconcile.policy import Linking
from reconcile.text.packed import PackedTexts

#: A register row's place in a dossier: the register's number and the dossier's anchor.
Place = tuple[int, str]
#: A dossier has fewer places than this.
PLACES = 8


@dataclass(frozen=True, slots=True)
class Comparable:
    """Rows and dossiers made comparable: computed once, kept by the store if it likes."""

    lexicon: Lexicon
    rows: Side
    dossiers: Side
    row_traces: PackedTexts
    dossier_traces: Traces

    @classmethod
    def of(cls, rows: Sequence[Claim], dossiers: Sequence[Dossier], owners: Owners) -> Comparable:
        lexicon = Lexicon()
        ours = side(((row.key, (row,)) for row in rows), lexicon, owners)
        theirs = side(((one.anchor, one.claims) for one in dossiers), lexicon, owners)
        theirs.person_event[:] = person_events(theirs, lexicon, lexicon.parts())
        traces = Traces(PackedTexts.of(map(Trace.of_dossier, dossiers)))
        return cls(lexicon, ours, theirs, PackedTexts.of(map(Trace.of_row, rows)), traces)

    def among(self, at: Array) -> Comparable:
        """Some of the rows, and all dossiers."""
        rows, traces = self.rows.take(at), self.row_traces.take(at)
        return Comparable(self.lexicon, rows, self.dossiers, traces, self.dossier_traces)


@dataclass(frozen=True, slots=True)
class PeopleLinks:
    """The links, and the pairs that may decide one another."""

    links: list[Link]
    near: tuple[Array, Array]


def by_people(ground: Comparable, scored: Scored, taken: Array, policy: Linking) -> PeopleLinks:
    """A link for each row of the ground, in its order; ``taken`` are numbers of places."""
    rows, known = ground.rows, ground.dossiers
    guard = Guard(scored, rows, known, ground.lexicon, policy.margin)
    filled = np.isin(numbered(scored.dossier, rows.register[scored.row]), taken)
    verdicts = {v.row: v for v in decide(scored, rows, guard, policy, filled)}
    total = scored.total
    links = [_link(ground, at, verdicts.get(at), scored, total) for at in range(len(rows))]
    return PeopleLinks(links, near(scored, policy))


def near(scored: Scored, policy: Linking) -> tuple[Array, Array]:
    """The pairs (row, dossier) of which one may decide another's row: thinkable, or of twins."""
    deciding = fits_twins(scored)
    deciding[thinkable(scored, policy)] = True
    return scored.row[deciding], scored.dossier[deciding]


def score_pairs(
    ground: Comparable, forbidden: frozenset[tuple[str, str]], prior: float = PRIOR
) -> Scored:
    """Every candidate pair with its weights, sorted by row and then dossier."""
    rows, known, parts = ground.rows, ground.dossiers, ground.lexicon.parts()
    told = telling(ground.row_traces)
    fragments = Fragments(ground.dossier_traces)
    clues = fragments.clues(told.items())
    at = _together(candidates.pairs(rows, known, parts), clues.pairs(), len(known))
    at = candidates.with_siblings(*at, known.person_event)
    at = _allowed(at, rows, known, forbidden)
    scored = replace(score(rows, known, at, ground.lexicon, parts), prior=prior)
    coded = {row: line for row, line in told.items() if Trace.codes_of(line) != [""]}
    of_coded = np.isin(at[0], np.array(list(coded), dtype=np.int64))
    seen = list(zip(at[0][of_coded].tolist(), at[1][of_coded].tolist(), strict=True))
    scored.weights[AT["code"], of_coded] = list(weigh_seen(fragments, coded, seen))
    _of_others(scored, len(rows))
    numbered = [row * len(known) + dossier for row, dossier in clues.number]
    of_numbered = np.isin(at[0] * len(known) + at[1], np.array(numbered, dtype=np.int64))
    scored.weights[AT["number"], of_numbered] = SAME_NUMBER
    keep = fits(scored) | (scored.weights[AT["code"]] >= WHOLE_CODE)
    return of_one_person(scored.at(keep), known.person_event)


def _of_others(scored: Scored, rows: int) -> None:
    """A whole code that some dossier bears is no slip for another's, and speaks against others.

    Not where its bearer cannot be meant: of another class, without a result, or of strangers.
    """
    code = scored.weights[AT["code"]]
    bears = code >= WHOLE_CODE
    borne, meant = np.zeros((2, rows), dtype=np.bool_)
    borne[scored.row[bears]] = True
    possible = fits(scored) & (scored.weights[AT["status"]] == 0) & ~scored.strangers
    meant[scored.row[bears & possible]] = True
    others = borne[scored.row] & ~bears
    code[others] = np.where(meant[scored.row[others]], OTHER_CODE, 0)


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
    ours = rows.positions(row for row, _ in forbidden)
    theirs = known.positions(anchor for _, anchor in forbidden)
    barred = [
        ours[row] * len(known) + theirs[anchor]
        for row, anchor in forbidden
        if row in ours and anchor in theirs
    ]
    keep = ~np.isin(at[0] * len(known) + at[1], np.array(barred, dtype=np.int64))
    return at[0][keep], at[1][keep]


def numbered(dossier: Array, register: Array) -> Array:
    """A place as one number, of where its dossier stands and of its register."""
    return dossier.astype(np.int64) * PLACES + register


def _link(
    ground: Comparable, row: int, verdict: RowDecision | None, scored: Scored, total: Array
) -> Link:
    key, known = ground.rows.keys[row], ground.dossiers.keys
    if verdict is None:
        return Link(key, None, Method.NONE, 0.0, LinkState.NONE)
    rival = None
    if verdict.rival is not None:
        anchor = known[int(scored.dossier[verdict.rival])]
        rival = Rival(anchor, _shown(total[verdict.rival]))
    if verdict.pair is None:
        return Link(key, None, Method.NONE, 0.0, LinkState.NONE, rival)
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
