"""A peer's scored pairs turned into answers, as well as its user could."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from bench.scoring import Answer, Score, score
from bench.tables import Pair
from bench.worlds import World

#: Tried for every peer; the best by F1 is quoted, although a user would not know which that is.
THRESHOLDS = (
    0.1,
    0.3,
    0.5,
    0.7,
    0.8,
    0.9,
    0.95,
    0.98,
    0.99,
    0.995,
    0.999,
    0.9999,
    0.99999,
    1 - 1e-7,
    1 - 1e-9,
)


@dataclass(frozen=True)
class Best:
    threshold: float
    score: Score


def one_to_one(pairs: Sequence[Pair], books: Mapping[str, str], threshold: float) -> list[Answer]:
    """Best pairs first; a row gets one dossier, a dossier one row of a kind of register."""
    taken: set[tuple[str, str]] = set()
    given: dict[str, Answer] = {}
    for pair in pairs:
        if pair.bits < bits_of(threshold):
            break
        place = (pair.dossier, books[pair.row])
        if pair.row not in given and place not in taken:
            taken.add(place)
            given[pair.row] = Answer(pair.row, pair.dossier, sure=True)
    return list(given.values())


def best_of(world: World, pairs: Sequence[Pair]) -> list[Best]:
    """Every threshold, best F1 first."""
    tried = [
        Best(threshold, score(world, answers)) for threshold, answers in linked_at(world, pairs)
    ]
    return sorted(tried, key=lambda best: -best.score.f1)


def linked_at(world: World, pairs: Sequence[Pair]) -> Iterator[tuple[float, list[Answer]]]:
    """What every threshold links."""
    books = {row.key: row.register_type.value for row in world.rows}
    ordered = sorted(pairs, key=lambda pair: (-pair.bits, pair.row, pair.dossier))
    for threshold in THRESHOLDS:
        yield threshold, one_to_one(ordered, books, threshold)


def with_review(
    world: World, pairs: Sequence[Pair], *, auto: float, review: float, margin: float
) -> Score:
    """The score of ``decided``."""
    return score(world, decided(world, pairs, auto=auto, review=review, margin=margin))


def decided(
    world: World, pairs: Sequence[Pair], *, auto: float, review: float, margin: float
) -> list[Answer]:
    """Three decisions with thresholds fixed beforehand: sure, ask, nothing.

    ``margin`` in bits by which the second best must be worse.
    """
    shown: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: -pair.bits):
        shown.setdefault(pair.row, []).append(pair)
    claimed: Counter[tuple[str, str]] = Counter()
    books = {row.key: row.register_type.value for row in world.rows}
    for row, best in shown.items():
        if best[0].bits >= bits_of(auto):
            claimed[best[0].dossier, books[row]] += 1
    answers = []
    for row, best in shown.items():
        if best[0].bits < bits_of(review):
            continue
        clear = len(best) == 1 or best[0].bits - best[1].bits >= margin
        alone = claimed[best[0].dossier, books[row]] <= 1
        sure = best[0].bits >= bits_of(auto) and clear and alone
        also = tuple(pair.dossier for pair in best[1:2])
        answers.append(Answer(row, best[0].dossier, sure, also))
    return answers


def bits_of(probability: float) -> float:
    return log2(probability / (1 - probability))
