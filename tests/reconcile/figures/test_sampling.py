"""The risk-limiting check: what its formulas promise, held without simulation where it can be."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb, lgamma, log

import pytest

from reconcile.figures.sampling import (
    Interval,
    Threshold,
    bound,
    certify,
    chance,
    draw,
    interval,
    lot,
    papers_needed,
)

FIVE_PERCENT = Fraction(1, 20)
ONE_SIDE = FIVE_PERCENT / 2
N, LATE = 4917, 2188  # the published quarter's list, and its late ones after reconciliation


# ----------------------------------------------------------------------------- the promise


def ever_excluded(size: int, contradictions: int, risk: Fraction) -> Fraction:
    """The exact chance that some look excludes the true count, over all orders of drawing."""
    alive = {0: Fraction(1)}  # found so far → chance of being here with no look having excluded it
    lost = Fraction(0)
    for drawn in range(1, size + 1):
        after: dict[int, Fraction] = {}
        for found, weight in alive.items():
            left = size - drawn + 1
            hit = Fraction(contradictions - found, left)
            for seen, part in ((found + 1, hit), (found, 1 - hit)):
                if part:
                    after[seen] = after.get(seen, Fraction(0)) + weight * part
        alive = {}
        for found, weight in after.items():
            if bound(size, drawn, found, risk) < contradictions:
                lost += weight
            else:
                alive[found] = weight
    return lost


@pytest.mark.parametrize("risk", [ONE_SIDE, FIVE_PERCENT, Fraction(1, 4)])
def test_the_true_count_is_excluded_at_any_look_no_more_often_than_the_risk(risk):
    worst = [
        max(ever_excluded(size, true, risk) for true in range(size + 1)) for size in range(1, 41)
    ]
    assert max(worst) <= risk
    assert max(worst) > 0, "a bound that never excludes anything proves nothing"


def test_a_fixed_size_bound_looked_at_again_and_again_breaks_the_promise():
    """What the sequence is for: the same looks with a bound for one look alone."""

    def fixed(size: int, drawn: int, found: int, risk: Fraction) -> int:
        def few(true: int) -> Fraction:
            ways = sum(comb(true, k) * comb(size - true, drawn - k) for k in range(found + 1))
            return Fraction(ways, comb(size, drawn))

        return max(true for true in range(found, size + 1) if few(true) > risk)

    size, true, risk = 20, 6, Fraction(1, 10)
    rng = random.Random(7)
    histories, lost = 400, {fixed: 0, bound: 0}
    for _ in range(histories):
        papers = [1] * true + [0] * (size - true)
        rng.shuffle(papers)
        for rule in lost:
            looks = range(2, size)
            lost[rule] += any(rule(size, n, sum(papers[:n]), risk) < true for n in looks)
    assert lost[bound] <= histories * risk < lost[fixed]


def another_bound(size: int, drawn: int, found: int, risk: float) -> tuple[int, int]:
    """The bound by logarithms of gamma functions, every count tried; from, to where it is close."""

    def choose(n: float, k: float) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    def beta(x: float, y: float) -> float:
        return lgamma(x) + lgamma(y) - lgamma(x + y)

    expected = choose(drawn, found) + beta(found + 0.5, drawn - found + 100) - beta(0.5, 100)
    surely, perhaps = found, found
    for true in range(found, size - (drawn - found) + 1):
        chances = choose(true, found) + choose(size - true, drawn - found) - choose(size, drawn)
        gap = chances - (expected + log(risk))
        if gap >= -1e-7:
            perhaps = true
        if gap >= 1e-7:
            surely = true
    return surely, perhaps


def test_an_implementation_that_shares_no_code_agrees():
    rng = random.Random(11)
    for _ in range(300):
        size = rng.randint(1, 900)
        drawn = rng.randint(0, size)
        found = min(drawn, int(rng.expovariate(0.2)))
        risk = rng.choice([ONE_SIDE, FIVE_PERCENT, Fraction(3, 10)])
        surely, perhaps = another_bound(size, drawn, found, float(risk))
        assert surely <= bound(size, drawn, found, risk) <= perhaps, (size, drawn, found, risk)


# ----------------------------------------------------------------------------- golden numbers


@pytest.mark.parametrize(
    ("size", "margin", "papers"),
    [
        (4917, Fraction(1, 200), [861, 1350, 1706]),
        (4917, Fraction(1, 100), [423, 697, 901]),
        (4917, Fraction(2, 100), [205, 353, 465]),
        (4917, Fraction(5, 100), [77, 142, 192]),
        (15000, Fraction(1, 200), [926, 1488, 1913]),
        (15000, Fraction(1, 100), [442, 736, 960]),
        (15000, Fraction(2, 100), [209, 362, 479]),
        (15000, Fraction(5, 100), [78, 144, 194]),
    ],
)
def test_papers_for_a_margin_with_none_one_and_two_contradictions(size, margin, papers):
    allowed = int(margin * size)
    assert [papers_needed(size, allowed, found, ONE_SIDE) for found in range(3)] == papers


def test_papers_for_a_list_of_moved_dossiers_and_for_one_commune():
    moved = [papers_needed(636, 636 * part // 100, 0, FIVE_PERCENT) for part in (5, 2, 1)]
    assert moved == [60, 147, 257]
    assert papers_needed(480, 24, 0, ONE_SIDE) == 69


@pytest.mark.parametrize(
    ("drawn", "too_kind", "too_harsh", "low", "high"),
    [
        (423, 0, 0, "43.50", "45.50"),
        (423, 1, 0, "43.52", "46.17"),
        (697, 1, 0, "43.91", "45.50"),
        (901, 2, 1, "43.77", "45.47"),
    ],
)
def test_the_worked_example(drawn, too_kind, too_harsh, low, high):
    found = interval(N, LATE, drawn, too_kind=too_kind, too_harsh=too_harsh, risk=FIVE_PERCENT)
    assert (f"{float(found.low):.2%}", f"{float(found.high):.2%}") == (f"{low}%", f"{high}%")
    within = found.within(Fraction(LATE, N), Fraction(1, 100))
    assert within is (high != "46.17")


def test_the_thresholds_of_the_example():
    controls = [
        Threshold(Fraction("0.9999"), 420, 0),
        Threshold(Fraction("0.9995"), 520, 0),
        Threshold(Fraction("0.995"), 610, 1),
        Threshold(Fraction("0.98"), 700, 5),
    ]
    tolerated = Fraction(1, 100)
    chances = [round(float(chance(one.controls, one.wrong, tolerated)), 3) for one in controls]
    assert chances == [0.015, 0.005, 0.016, 0.299]
    certified = certify(controls, tolerated, FIVE_PERCENT)
    assert certified is not None
    assert certified.value == Fraction("0.995")
    assert certify(controls[3:], tolerated, FIVE_PERCENT) is None
    after_a_failure = [Threshold(Fraction("0.99999"), 10, 5), *controls]
    assert certify(after_a_failure, tolerated, FIVE_PERCENT) is None, "the first failure ends it"


# ----------------------------------------------------------------------------- shape


@pytest.mark.parametrize("size", [1, 7, 60, 500])
def test_no_paper_proves_nothing_and_all_papers_prove_the_count(size):
    assert bound(size, 0, 0, ONE_SIDE) == size
    assert [bound(size, size, found, ONE_SIDE) for found in (0, size)] == [0, size]


def test_one_more_contradiction_never_narrows_its_side():
    for drawn in (1, 10, 60, 200):
        bounds = [bound(300, drawn, found, ONE_SIDE) for found in range(drawn + 1)]
        assert bounds == sorted(bounds)
    for kind in range(4):
        for harsh in range(4):
            here = interval(300, 90, 80, too_kind=kind, too_harsh=harsh, risk=FIVE_PERCENT)
            more = interval(300, 90, 80, too_kind=kind + 1, too_harsh=harsh, risk=FIVE_PERCENT)
            assert more.high >= here.high


def test_a_paper_that_is_not_found_counts_against_us_on_both_sides():
    sure = interval(300, 90, 80, too_kind=0, too_harsh=0, risk=FIVE_PERCENT)
    lost = interval(300, 90, 80, too_kind=0, too_harsh=0, missing=1, risk=FIVE_PERCENT)
    late = interval(300, 90, 80, too_kind=1, too_harsh=0, risk=FIVE_PERCENT)
    early = interval(300, 90, 80, too_kind=0, too_harsh=1, risk=FIVE_PERCENT)
    assert lost.low < sure.low
    assert lost.high > sure.high
    assert lost == Interval(early.low, late.high)


def test_the_needed_papers_are_the_fewest():
    for size, allowed, found in ((60, 6, 0), (200, 10, 1), (480, 24, 2)):
        needed = papers_needed(size, allowed, found, ONE_SIDE)
        assert bound(size, needed, found, ONE_SIDE) <= allowed
        assert bound(size, needed - 1, found, ONE_SIDE) > allowed
    assert papers_needed(100, 2, 3, ONE_SIDE) == 100


@pytest.mark.parametrize(("drawn", "found"), [(5, 6), (11, 0), (-1, 0), (3, -1)])
def test_impossible_counts_are_refused(drawn, found):
    with pytest.raises(ValueError, match="found <= drawn <= size"):
        bound(10, drawn, found, ONE_SIDE)


# ----------------------------------------------------------------------------- the draw

KEYS = [f"motcua|H11.38.{number:04}" for number in range(200)]


def test_lots_are_the_same_on_every_machine():
    assert lot("12345678901234567890", KEYS[0]) == (
        "e25a68f413ba2747d97e5e91442fb4ff3038f60783a67e06a598fa5252c5d2c7"
    )


def test_a_draw_follows_the_seed_alone():
    drawn = draw(KEYS, "12345678901234567890", 40)
    assert drawn == draw(reversed(KEYS), "12345678901234567890", 40)
    assert len(set(drawn)) == 40
    assert drawn != draw(KEYS, "12345678901234567891", 40)
    assert draw(KEYS, "12345678901234567890", 60)[:40] == drawn


def test_the_lots_of_a_part_stand_in_the_order_of_the_whole():
    part = set(KEYS[::3])
    whole = [key for key in draw(KEYS, "7", len(KEYS)) if key in part]
    assert tuple(whole[:20]) == draw(part, "7", 20)


def test_more_papers_than_there_are_cannot_be_drawn():
    with pytest.raises(ValueError, match="201 of 200"):
        draw(KEYS, "7", 201)
