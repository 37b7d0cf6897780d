"""How well pairs are answered: what contradicts, who erred on controls, how low the threshold may.

The threshold is a proposal that a person accepts by the configuration; nothing moves by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reconcile.claims import Claim
from reconcile.figures import sampling
from reconcile.figures.sampling import Threshold
from reconcile.linking import judges
from reconcile.linking.controls import Pair, WhyAsked
from reconcile.linking.judges import AnswersClash
from reconcile.links import Answer
from worker.desk.actor import Actor, Right
from worker.house import House
from worker.store.pairs import PairReading

#: Thresholds that may be proposed, the strictest first; fixed before any control is read.
LADDER = tuple(map(Fraction, ("0.9999", "0.9995", "0.999", "0.995", "0.99", "0.98", "0.95")))
#: At most so many of the automatic links may be wrong, and the risk of saying so untruly.
WRONG, RISK = Fraction(1, 100), Fraction(5, 100)


@dataclass(frozen=True, slots=True)
class Rung:
    """One threshold of the ladder with what the controls say of it."""

    threshold: Threshold
    chance: Fraction  # how probable so few wrong ones are if too many links were wrong
    passed: bool


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """How one person answered the pairs whose answer was known."""

    by: str
    answered: int
    wrong: int


@dataclass(frozen=True, slots=True)
class PairQuality:
    """All that is known of the answers to pairs."""

    answers: int
    people: int
    clashes: tuple[AnswersClash, ...]
    differ: tuple[tuple[Answer, Answer], ...]
    refused: tuple[tuple[Answer, ...], ...]  # rows of which every near dossier was refused
    read_twice: int  # pairs that two people answered
    agreed: int  # … and alike
    judges: tuple[JudgeRecord, ...]
    rungs: tuple[Rung, ...]
    now: Fraction  # the automatic threshold of today
    certified: Fraction | None

    @property
    def proposed(self) -> Fraction | None:
        """A lower threshold that a person may accept; None: there is none."""
        return self.certified if self.certified is not None and self.certified < self.now else None


def quality(house: House, actor: Actor) -> PairQuality:
    """What the answers and the controls say by now."""
    if not actor.may(Right.INSPECT):
        actor.need(Right.APPROVE)
    given, readings = house.store.answers.all(), house.store.pairs.readings()
    told = [_as_answer(one) for one in readings if one.why is WhyAsked.DOUBTFUL]
    auto = Fraction(str(house.policy.linking.auto))
    by_pair = _by_pair(readings)
    twice = [said for said in by_pair.values() if len(said) > 1]
    found, certified = rungs(by_pair, auto)
    return PairQuality(
        answers=len(given),
        people=len({one.by for one in given} | {one.by for one in told}),
        clashes=judges.clashes(given),
        differ=judges.otherwise((*house.store.answers.history(), *told)),
        refused=judges.refused_all(given),
        read_twice=len(twice),
        agreed=sum(len({one.same for one in said}) == 1 for said in twice),
        judges=_records(readings),
        rungs=found,
        now=auto,
        certified=certified,
    )


def claims_of(house: House, said: Iterable[Answer]) -> dict[str, Claim]:
    """The rows and dossiers that these answers are of, by key."""
    keys = {key for one in said for key in (one.row, one.dossier)}
    return {claim.key: claim for claim in house.store.search.claims(keys)}


def rungs(
    by_pair: dict[Pair, list[PairReading]], auto: Fraction
) -> tuple[tuple[Rung, ...], Fraction | None]:
    """The ladder by the answered controls, and down to where it is certified.

    Of every threshold speak the automatic links that were drawn, and the doubts that stood below
    ``auto``: a lower threshold would link those. All of these were asked, and they are the more
    doubtful ones, so the share of wrong ones is rather told too high.
    """
    labelled = [
        (Fraction(str(said[0].probability)), _is_wrong(said))
        for said in by_pair.values()
        if said[0].why is WhyAsked.LINKED
        or (said[0].why is WhyAsked.DOUBTFUL and Fraction(str(said[0].probability)) < auto)
    ]
    ladder = [
        Threshold(
            value,
            sum(one >= value for one, _ in labelled),
            sum(wrong for one, wrong in labelled if one >= value),
        )
        for value in LADDER
    ]
    certified = sampling.certify(ladder, WRONG, RISK)
    return tuple(
        Rung(
            one,
            sampling.chance(one.controls, one.wrong, WRONG),
            certified is not None and one.value >= certified.value,
        )
        for one in ladder
    ), certified.value if certified else None


def _by_pair(readings: Sequence[PairReading]) -> dict[Pair, list[PairReading]]:
    found: dict[Pair, list[PairReading]] = {}
    for one in readings:
        found.setdefault((one.row, one.dossier), []).append(one)
    return found


def _is_wrong(said: Sequence[PairReading]) -> bool:
    """Whether people say that the link of a pair is wrong; where they are even, it is."""
    return 2 * sum(one.same for one in said) <= len(said)


def _records(readings: Sequence[PairReading]) -> tuple[JudgeRecord, ...]:
    """By person, the planted pairs that they answered: these are two for certain."""
    answered: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for one in readings:
        if one.why is WhyAsked.PLANTED:
            answered[one.by] += 1
            wrong[one.by] += one.same
    return tuple(JudgeRecord(by, count, wrong[by]) for by, count in sorted(answered.items()))


def _as_answer(one: PairReading) -> Answer:
    return Answer(one.row, one.dossier, one.same, one.by, one.at.date().isoformat())
