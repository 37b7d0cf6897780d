"""Links of the families' world counted: what is wrong by kind, and what the row could have told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.families import FamilyWorld
from bench.family_office import Owner, Sort
from bench.oracle import Oracle
from bench.scoring import Answer, Score, score
from reconcile.claims import Claim


@dataclass(frozen=True)
class Wrong:
    """One wrong automatic link."""

    row: str
    dossier: str
    kind: str
    tellable: bool
    trap: bool  # the row bears this dossier's code, planted


@dataclass(frozen=True)
class Counted:
    """A linker on the families' world: the score, and what only this world can count."""

    score: Score
    wrong: tuple[Wrong, ...]
    traps: int
    reviews: Counter[str]
    missed: Counter[str]

    @property
    def tellable(self) -> int:
        return sum(one.tellable for one in self.wrong)

    @property
    def per_million(self) -> tuple[float, float]:
        """Wrong links that the row could tell, and that it could not, in a million links."""
        auto = max(self.score.auto, 1)
        return 1e6 * self.tellable / auto, 1e6 * (len(self.wrong) - self.tellable) / auto

    @property
    def traps_taken(self) -> int:
        return sum(one.trap for one in self.wrong)

    @property
    def traps_per_million(self) -> float:
        return 1e6 * self.traps_taken / self.traps if self.traps else 0.0


def count(world: FamilyWorld, answers: Sequence[Answer], oracle: Oracle | None = None) -> Counted:
    """A row that stands a second time need not be linked; linked wrongly, it counts."""
    oracle = oracle or Oracle(world)
    rows = {claim.key: claim for claim in world.written}
    dossiers = {claim.key: claim for claim in world.dossiers}
    given = {answer.row: answer for answer in answers}
    wrong, reviews, missed = [], Counter[str](), Counter[str]()
    for key, true in world.truth.items():
        answer = given.get(key)
        if answer is None or not answer.dossier:
            if true is not None and key not in world.copies:
                missed[_situation(world, key, true, None)] += 1
        elif not answer.sure:
            reviews[_situation(world, key, true, answer.dossier)] += 1
        elif answer.dossier != true:
            kind = kind_of(world, rows[key], dossiers[answer.dossier])
            tells = oracle.can_tell(key, answer.dossier)
            trap = world.traps.get(key) == answer.dossier
            wrong.append(Wrong(key, answer.dossier, kind, tells, trap))
    scored = score(_without_copies(world, given), _counting(world, given))
    return Counted(scored, tuple(wrong), len(world.traps), reviews, missed)


def _counting(world: FamilyWorld, given: dict[str, Answer]) -> list[Answer]:
    return [answer for answer in given.values() if not _copied(world, answer)]


def _copied(world: FamilyWorld, answer: Answer) -> bool:
    """The second entry of a row, and nothing wrong with its answer."""
    if answer.row not in world.copies:
        return False
    return not (answer.sure and answer.dossier) or answer.dossier == world.truth[answer.row]


def _without_copies(world: FamilyWorld, given: dict[str, Answer]) -> FamilyWorld:
    wrong = {row for row in world.copies if row in given and not _copied(world, given[row])}
    truth = {
        row: dossier
        for row, dossier in world.truth.items()
        if row not in world.copies or row in wrong
    }
    return FamilyWorld(world.name, world.seed, [], [], truth)


def kind_of(world: FamilyWorld, row: Claim, dossier: Claim) -> str:
    """The kind of a wrong link, the plainest first."""
    own, other = world.who[row.key], world.who[dossier.key]
    if own.event != other.event:
        whose = "the same person" if own.person == other.person else "another person"
        return f"class, {whose}"
    if own.person == other.person:
        ended = other.sort is Sort.WITHDRAWN
        return "other dossier of the right person, " + ("withdrawn" if ended else "beside")
    if other.owner is Owner.UNNAMED:
        return "the dossier names no subject"
    if row.birth_date[:10] != dossier.birth_date[:10] and row.birth_date and dossier.birth_date:
        kin = "of the family" if own.family == other.family else "another family"
        return f"another birth date, {kin}"
    if own.family == other.family:
        return "the same day and family"
    return "namesake or stranger"


def _situation(world: FamilyWorld, row: str, true: str | None, given: str | None) -> str:
    """What stands behind a row that was asked or missed."""
    if true is None:
        return "never entered"
    owner = world.who[true].owner
    parts = [f"owner {owner}"]
    if row in world.traps:
        parts.append("code of another")
    if given is not None and given != true:
        same = world.who[given].person == world.who[true].person
        parts.append("other dossier shown" if same else "another person shown")
    return ", ".join(parts)
