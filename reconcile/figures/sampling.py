"""The risk-limiting check of frozen figures: plan, draw, interval, bound, certify.

Papers are drawn at random from a frozen list and compared with what the report says of each. The
count of contradictions that the list can still hold is bounded by the prior-posterior-ratio
confidence sequence for drawing without replacement (Waudby-Smith and Ramdas, 2020): exact for a
finite list, and valid at every look and at every stop, so one may go on drawing until it is enough.

Whole numbers and fractions only: the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, perm, prod

#: Beyond this part of the list drawing saves nothing: all papers should be counted.
COUNT_ALL = Fraction(30, 100)


@dataclass(frozen=True, slots=True)
class Interval:
    """From where to where the true rate lies, as fractions of the list."""

    low: Fraction
    high: Fraction

    def within(self, reported: Fraction, margin: Fraction) -> bool:
        """True where both ends lie within the margin (a fraction of the list) of ``reported``."""
        return reported - self.low <= margin and self.high - reported <= margin


@dataclass(frozen=True, slots=True)
class Threshold:
    """What the blind controls say of one threshold of linking: how many, how many were wrong."""

    value: Fraction
    controls: int
    wrong: int


def bound(size: int, drawn: int, found: int, risk: Fraction) -> int:
    """The most contradictions that a list of ``size`` can hold, after ``found`` among ``drawn``.

    Wrong with a probability of at most ``risk``, whenever one stops. Raises ValueError where more
    were found than drawn, or more drawn than there are.
    """
    if not 0 <= found <= drawn <= size:
        raise ValueError("found <= drawn <= size")
    least, most = found, size - (drawn - found)
    likeliest = min(most, max(least, found * (size + 1) // drawn if drawn else size))
    low, high = likeliest, most
    while low < high:  # beyond the likeliest count the chance only falls
        middle = (low + high + 1) // 2
        if _possible(size, middle, drawn, found, risk):
            low = middle
        else:
            high = middle - 1
    return low


def interval(
    size: int,
    reported: int,
    drawn: int,
    *,
    too_kind: int,
    too_harsh: int,
    missing: int = 0,
    risk: Fraction,
) -> Interval:
    """Where the true rate of late dossiers lies, if ``reported`` of ``size`` are said to be late.

    ``too_kind``: papers that say late where we said on time; ``too_harsh``: the reverse;
    ``missing``: papers that were not found, torn or undated, each of which may be either.
    ``risk``: of both sides together, at every look. Raises ValueError as ``bound`` does.
    """
    kinder = bound(size, drawn, too_kind + missing, risk / 2)
    harsher = bound(size, drawn, too_harsh + missing, risk / 2)
    return Interval(
        Fraction(max(0, reported - harsher + too_kind), size),
        Fraction(min(size, reported + kinder - too_harsh), size),
    )


def papers_needed(size: int, allowed: int, found: int, risk: Fraction) -> int:
    """How many papers must be drawn so that ``found`` contradictions prove at most ``allowed``.

    The whole list where nothing less does. ``risk``: of this one side.
    """
    if found > allowed:
        return size
    low, high = found, size
    while low < high:
        middle = (low + high) // 2
        if _proves(size, middle, found, allowed, risk):
            high = middle
        else:
            low = middle + 1
    return low


def lot(seed: str, key: str) -> str:
    """The lot of a dossier under a seed: SHA-256 of ``seed:key``, as 64 hex digits."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def draw(keys: Iterable[str], seed: str, count: int) -> tuple[str, ...]:
    """The ``count`` keys with the lowest lots, in the order of their lots.

    A larger draw under the same seed begins with the smaller one. Raises ValueError where the
    list has fewer keys than are to be drawn.
    """
    lots = sorted((lot(seed, key), key) for key in set(keys))
    if not 0 <= count <= len(lots):
        raise ValueError(f"{count} of {len(lots)}")
    return tuple(key for _, key in lots[:count])


def chance(controls: int, wrong: int, rate: Fraction) -> Fraction:
    """How probable so few wrong ones are if ``rate`` of all were: P(Bin(n, rate) <= wrong)."""
    return sum(
        (comb(controls, k) * rate**k * (1 - rate) ** (controls - k) for k in range(wrong + 1)),
        Fraction(0),
    )


def certify(thresholds: Sequence[Threshold], rate: Fraction, risk: Fraction) -> Threshold | None:
    """The lowest threshold down to which at most ``rate`` of the links are wrong, or None.

    From the strictest down, each at the full ``risk``, until the first that does not pass: fixed
    sequence testing (learn then test), which needs no correction for the number of thresholds.
    """
    certified = None
    for threshold in sorted(thresholds, key=lambda one: one.value, reverse=True):
        if chance(threshold.controls, threshold.wrong, rate) > risk:
            break
        certified = threshold
    return certified


def _proves(size: int, drawn: int, found: int, allowed: int, risk: Fraction) -> bool:
    """True where ``bound`` is at most ``allowed``, told by one count instead of a search."""
    if size - (drawn - found) <= allowed:
        return True
    likeliest = found * (size + 1) // drawn if drawn else size
    return likeliest <= allowed and not _possible(size, allowed + 1, drawn, found, risk)


def _possible(size: int, contradictions: int, drawn: int, found: int, risk: Fraction) -> bool:
    """True unless the sequence excludes this count: HG(found) >= risk * BB(found).

    The binomial coefficient stands on both sides; falling factorials are left of the
    hypergeometric chance, rising ones of the beta-binomial.
    """
    above, below = _prior(drawn, found)
    agreed = drawn - found
    chances = perm(contradictions, found) * perm(size - contradictions, agreed)
    return chances * below * risk.denominator >= above * perm(size, drawn) * risk.numerator


@cache
def _prior(drawn: int, found: int) -> tuple[int, int]:
    """BB(found | drawn, ½, 100) without its binomial coefficient: numerator, denominator."""
    agreed = drawn - found
    above = prod(range(1, 2 * found, 2)) * perm(99 + agreed, agreed) * 2**agreed
    return above, prod(range(201, 201 + 2 * drawn, 2))
