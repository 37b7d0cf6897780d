"""From scores to decisions: sure, ask a person, or nobody.

Sure is a pair that is likely by itself, clearly better than every rival on either side, and not
of the kind where two people differ in nothing that the row tells (see ``guard``).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import numpy as np

from reconcile.cases import LinkState
from reconcile.linking.assignment import assign
from reconcile.linking.columns import Side
from reconcile.linking.guard import Guard
from reconcile.linking.lexicon import Array, Flags
from reconcile.linking.scoring import Scored
from reconcile.policy import Linking

#: Scores are compared as whole hundredths of a bit, so that no rounding decides.
HUNDREDTH = 100


@dataclass(frozen=True, slots=True)
class RowDecision:
    """What was decided for one row; pairs are positions in the scored pairs."""

    row: int
    decision: LinkState
    pair: int | None  # the dossier's pair
    rival: int | None  # the best other dossier's pair


def bits(probability: float) -> float:
    return log2(probability / (1 - probability))


def probability(score: float) -> float:
    """The probability of a score in bits."""
    if score > 60:
        return 1.0
    return float(2.0**score / (1 + 2.0**score)) if score > -60 else 0.0


def decide(
    scored: Scored, rows: Side, guard: Guard, policy: Linking, taken: Flags
) -> list[RowDecision]:
    """One verdict for each row that has a thinkable pair.

    ``taken`` marks pairs whose dossier has a surer row of the same register already (by a code or
    by a person's answer): they may be shown as rivals, never chosen; nor is a dossier of another
    class, whose code the row bears.
    """
    whole = in_hundredths(scored)
    near = thinkable(scored, policy)
    never = taken | ~guard.fits
    floor = round(bits(policy.review) * HUNDREDTH)
    chosen = _assign(scored, rows, whole, near[~never[near]], floor)
    field = _Field(scored, rows, whole, taken, chosen, guard, policy)
    return [field.verdict(row, pairs) for row, pairs in _by_row(scored.row, near)]


def in_hundredths(scored: Scored) -> Array:
    whole: Array = np.rint(scored.total * HUNDREDTH).astype(np.int64)
    return whole


def thinkable(scored: Scored, policy: Linking) -> Array:
    """Pairs that a person would be asked about if nothing better were there."""
    return np.flatnonzero(in_hundredths(scored) >= round(bits(policy.review) * HUNDREDTH))


def _assign(scored: Scored, rows: Side, whole: Array, open_: Array, floor: int) -> dict[int, int]:
    """The pair chosen for each row, all rows of a register together."""
    place = scored.dossier[open_].astype(np.int64) * 8 + rows.register[scored.row[open_]]
    gain = whole[open_] - floor + 1
    edges = list(zip(scored.row[open_].tolist(), place.tolist(), gain.tolist(), strict=True))
    pair_of = {(row, at): pair for (row, at, _), pair in zip(edges, open_.tolist(), strict=True)}
    return {row: pair_of[row, at] for row, at in assign(edges).items()}


def _by_row(row: Array, pairs: Array) -> list[tuple[int, list[int]]]:
    """Pairs come sorted by row: the pairs of each row, in one go."""
    rows, first = np.unique(row[pairs], return_index=True)
    parts = np.split(pairs, first[1:]) if len(rows) else []
    return list(zip(rows.tolist(), [part.tolist() for part in parts], strict=True))


class _Field:
    """All thinkable pairs with what was chosen: who is whose rival."""

    def __init__(
        self,
        scored: Scored,
        rows: Side,
        whole: Array,
        taken: Flags,
        chosen: dict[int, int],
        guard: Guard,
        policy: Linking,
    ) -> None:
        self.whole = whole
        self.fits = guard.fits
        self.row = scored.row
        self.taken = taken
        self.chosen, self.guard = chosen, guard
        self.auto = round(bits(policy.auto) * HUNDREDTH)
        self.margin = round(policy.margin * HUNDREDTH)
        self.place = scored.dossier.astype(np.int64) * 8 + rows.register[scored.row]
        self.holder = {int(self.place[pair]): row for row, pair in chosen.items()}
        self.claimants: dict[int, list[int]] = {}
        for at in np.flatnonzero(whole >= round(bits(policy.review) * HUNDREDTH)).tolist():
            self.claimants.setdefault(int(self.place[at]), []).append(at)

    def verdict(self, row: int, pairs: list[int]) -> RowDecision:
        mine = self.chosen.get(row)
        ranked = sorted(pairs, key=lambda pair: (-self.whole[pair], pair))
        if mine is None:
            return self._left_alone(row, ranked)
        others = [pair for pair in ranked if pair != mine]
        rival = others[0] if others else None
        sure = (
            self.whole[mine] >= self.auto
            and all(self._clear_of(mine, other) for other in others)
            and all(self._clear_of(mine, other) for other in self._rows_after(mine))
            and self.guard.allows(mine)
        )
        return RowDecision(row, LinkState.AUTO if sure else LinkState.REVIEW, mine, rival)

    def _clear_of(self, mine: int, other: int) -> bool:
        """The other pair is clearly worse, or its parties are clearly better served elsewhere."""
        if self.whole[mine] - self.whole[other] >= self.margin:
            return True
        if self.row[mine] == self.row[other] and self.guard.of_one_event(mine, other):
            return False  # a second entry of the person may be of either dossier
        return not self.fits[other] or self._served(other)

    def _served(self, pair: int) -> bool:
        """The pair's dossier has a surer row, or its row a surer dossier, by the margin."""
        if self.taken[pair]:
            return True
        row = int(self.row[pair])
        for better in (self._pair_of(self.holder.get(int(self.place[pair]))), self._pair_of(row)):
            if (
                better is not None
                and better != pair
                and self.whole[better] >= self.auto
                and self.whole[better] - self.whole[pair] >= self.margin
            ):
                return True
        return False

    def _pair_of(self, row: int | None) -> int | None:
        return None if row is None else self.chosen.get(row)

    def _rows_after(self, mine: int) -> list[int]:
        """Other rows for the same dossier; a second entry of the same person is no rival."""
        claimants = self.claimants[int(self.place[mine])]
        again = self.guard.names_the_person(mine)
        return [
            pair
            for pair in claimants
            if pair != mine and not (again and self.guard.names_the_person(pair))
        ]

    def _left_alone(self, row: int, ranked: list[int]) -> RowDecision:
        """Every thinkable dossier went to another row: a doubt, unless clearly not this one's."""
        open_ = [pair for pair in ranked if not self._surely_another(pair)]
        if not open_:
            return RowDecision(row, LinkState.NONE, None, ranked[0])
        rival = next((pair for pair in ranked if pair != open_[0]), None)
        return RowDecision(row, LinkState.REVIEW, open_[0], rival)

    def _surely_another(self, pair: int) -> bool:
        """The dossier's own row is better by the margin and this row tells another person."""
        if self.taken[pair]:
            return self.whole[pair] < self.auto or not self.guard.same_person(pair)
        holder = self._pair_of(self.holder.get(int(self.place[pair])))
        return (
            holder is not None
            and self.whole[holder] >= self.auto
            and self.whole[holder] - self.whole[pair] >= self.margin
            and not self.guard.same_person(pair)
        )
