"""What a linker's answers are worth, counted the same way for every linker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.worlds import World


@dataclass(frozen=True)
class Answer:
    """One linker's word on one row: the dossier, and whether it is sure or asks a person.

    ``also`` are further dossiers that the person is shown.
    """

    row: str
    dossier: str | None
    sure: bool
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """Counts of register rows."""

    rows: int
    linkable: int  # rows that have a dossier
    auto: int
    auto_right: int
    review: int
    review_right: int  # the right dossier is among those shown
    never_linked: int  # rows that have no dossier and were linked all the same

    @property
    def wrong(self) -> int:
        return self.auto - self.auto_right

    @property
    def precision(self) -> float:
        return self.auto_right / self.auto if self.auto else 1.0

    @property
    def recall(self) -> float:
        return self.auto_right / self.linkable if self.linkable else 1.0

    @property
    def recall_with_review(self) -> float:
        return (self.auto_right + self.review_right) / self.linkable if self.linkable else 1.0

    @property
    def review_share(self) -> float:
        return self.review / self.rows if self.rows else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def wrong_per_million(self) -> float:
        return 1e6 * self.wrong / self.auto if self.auto else 0.0


def score(world: World, answers: Iterable[Answer]) -> Score:
    auto = right = review = review_right = never = 0
    for answer in answers:
        true = world.truth[answer.row]
        if answer.sure and answer.dossier:
            auto += 1
            right += answer.dossier == true
            never += true is None
        elif answer.dossier:
            review += 1
            review_right += true is not None and true in (answer.dossier, *answer.also)
    linkable = sum(dossier is not None for dossier in world.truth.values())
    return Score(len(world.truth), linkable, auto, right, review, review_right, never)
