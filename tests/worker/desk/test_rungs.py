"""Down to where the threshold is certified, from what people answered of pairs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reconcile.linking.controls import WhyAsked
from tests.worker.making import NOW
from worker.desk.quality import rungs
from worker.store.pairs import PairReading

AUTO = Fraction("0.9995")
Told = tuple[int, int, str, WhyAsked]  # how many, how many wrong, how probable, why asked


def read(*told: Told) -> dict[tuple[str, str], list[PairReading]]:
    found = {}
    for count, wrong, probability, why in told:
        for at in range(count):
            row = f"so#{len(found)}"
            one = PairReading(row, "m:1", why, float(probability), at >= wrong, "An", NOW)
            found[row, "m:1"] = [one]
    return found


LINKED, DOUBTFUL, PLANTED = WhyAsked.LINKED, WhyAsked.DOUBTFUL, WhyAsked.PLANTED
#: checking.md §4: 420 without a wrong one, 520 without, 610 with one, 700 with five.
EXAMPLE: tuple[Told, ...] = (
    (420, 0, "0.99995", LINKED),
    (100, 0, "0.9996", LINKED),
    (90, 1, "0.996", DOUBTFUL),
    (90, 4, "0.991", DOUBTFUL),
)


def test_the_example_may_go_down_to_0_995() -> None:
    found, certified = rungs(read(*EXAMPLE), AUTO)
    assert certified == Fraction("0.995")
    told = {float(one.threshold.value): one for one in found}
    counts = [(told[v].threshold.controls, told[v].threshold.wrong)
              for v in (0.9999, 0.9995, 0.995, 0.98)]  # fmt: skip
    assert counts == [(420, 0), (520, 0), (610, 1), (700, 5)]
    assert [round(float(told[v].chance), 3) for v in (0.9999, 0.9995, 0.995, 0.98)] == [
        0.015, 0.005, 0.016, 0.299,
    ]  # fmt: skip
    assert [one.passed for one in found] == [True, True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((300, 300, "0.99995", PLANTED), "planted pairs say of people, not of links"),
        ((300, 300, "0.99995", DOUBTFUL), "a doubt above the threshold has another reason"),
    ],
)
def test_what_says_nothing_of_a_threshold_does_not_count(more: Told, why: str) -> None:
    assert rungs(read(*EXAMPLE, more), AUTO)[1] == Fraction("0.995"), why


def test_too_few_controls_certify_nothing() -> None:
    assert rungs(read((298, 0, "1", LINKED)), AUTO)[1] is None
    assert rungs(read((299, 0, "1", LINKED)), AUTO)[1] == Fraction("0.95")


@pytest.mark.parametrize(("second", "wrong"), [(True, 0), (False, 1)])
def test_a_link_is_wrong_unless_most_say_otherwise(second: bool, wrong: int) -> None:
    (said,) = read((1, 0, "1", LINKED)).values()
    two = [said[0], PairReading(*said[0].__getstate__()[:4], second, "Bình", NOW)]
    assert rungs({("so#0", "m:1"): two}, AUTO)[0][0].threshold.wrong == wrong
