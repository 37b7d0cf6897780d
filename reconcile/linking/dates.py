"""How near two dates are that clerks wrote, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from reconcile.linking.lexicon import Array, Flags, Floats, Ints


class Nearby(IntEnum):
    """The nearness of two birth or death dates, best first."""

    MISSING = 0
    EQUAL = 1
    SWAPPED = 2  # day and month changed places
    MONTH = 3  # the same month, no day on one side
    YEAR = 4  # the same year, no more on one side
    DAY_OFF = 5  # one day off: a source that speaks UTC
    DIGIT = 6  # day or month is wrong by a digit
    YEAR_DIGIT = 7  # the year is wrong by a digit: a brother or sister may be meant
    PART = 8  # two of the three parts agree
    YEAR_OFF = 9  # years alone, another digit
    OTHER = 10


@dataclass(frozen=True, slots=True)
class Days:
    """Year, month and day of many dates; 0 where unknown."""

    year: Ints
    month: Ints
    day: Ints


def compare_days(a: Days, b: Days) -> Array:
    """The nearness, pair by pair."""
    y, m, d = a.year == b.year, a.month == b.month, a.day == b.day
    whole = (a.day > 0) & (b.day > 0)
    months = (a.month > 0) & (b.month > 0)
    level = np.full(len(a.year), Nearby.OTHER, dtype=np.int8)
    level[whole & (y.astype(np.int8) + m + d == 2)] = Nearby.PART
    level[~whole & _year_slipped(a, b)] = Nearby.YEAR_OFF
    level[whole & m & d & _year_slipped(a, b)] = Nearby.YEAR_DIGIT
    level[_digit_wrong(a, b, whole)] = Nearby.DIGIT
    level[whole & (np.abs(_serial(a) - _serial(b)) <= 1)] = Nearby.DAY_OFF
    level[~months & y] = Nearby.YEAR
    level[months & ~whole & y & m] = Nearby.MONTH
    level[whole & y & (a.day == b.month) & (a.month == b.day)] = Nearby.SWAPPED
    level[whole & y & m & d] = Nearby.EQUAL
    # A year alone on both sides is all that is known of the old.
    level[(a.month == 0) & (b.month == 0) & y] = Nearby.YEAR
    level[(a.year == 0) | (b.year == 0)] = Nearby.MISSING
    return level


def _serial(days: Days) -> Array:
    """Days in a row, months taken for 31: one day off stays near but for the month's end."""
    return days.year.astype(np.int64) * 372 + days.month * 31 + days.day


def _digit_wrong(a: Days, b: Days, whole: Flags) -> Flags:
    y, m, d = a.year == b.year, a.month == b.month, a.day == b.day
    day = y & m & _one_digit(a.day, b.day)
    month = y & d & _one_digit(a.month, b.month)
    wrong: Flags = whole & (day | month)
    return wrong


def _year_slipped(a: Days, b: Days) -> Flags:
    slipped: Flags = _one_digit(a.year % 100, b.year % 100) | (np.abs(a.year - b.year) == 100)
    return slipped


def _one_digit(a: Ints, b: Ints) -> Flags:
    """Two numbers of two digits of which one digit differs, or whose digits changed places."""
    tens, ones = a // 10 == b // 10, a % 10 == b % 10
    turned = (a // 10 == b % 10) & (a % 10 == b // 10)
    wrong: Flags = (tens ^ ones) | turned
    return wrong


#: Bits by nearness: of a birth date in births, of one in deaths (any of 80 years), of a death date.
BIRTHS = np.array([0, 9, 6.5, 4.5, 1.0, 4.0, 1.5, 1.5, -1.5, -3, -6], dtype=np.float32)
ELDERS = np.array([0, 13, 10.5, 8, 5, 7.0, 5.0, 5.0, 1.0, -2, -7], dtype=np.float32)
DEATHS = np.array([0, 9, 6, 4.5, 1.0, 3.5, 0.5, 0.5, -2.0, -4, -8], dtype=np.float32)


def time_weight(row: TimeOf, dossier: TimeOf) -> Floats:
    """What reception, registration and return say: the surest that both sides know, in bits."""
    received = _known(row.received, dossier.received)
    registered = _known(row.registered, dossier.received)
    finished = _known(row.registered, dossier.finished)
    returned = _known(row.returned, dossier.received)
    weight = np.zeros(len(row.received), dtype=np.float32)
    weight = np.where(returned, _after(row.returned - dossier.received, 12, 45), weight)
    by_registration = np.where(
        registered, _registration(row.registered - dossier.received), np.float32(-9)
    )
    end = np.abs(row.registered - dossier.finished)
    by_end = np.where(finished, _steps(end, (0, 3), (5.5, 3.0), -9.0), np.float32(-9))
    best = np.maximum(by_registration, by_end)
    weight = np.where(registered | finished, np.maximum(best, -6.0), weight)
    off = np.abs(row.received - dossier.received)
    by_reception = _steps(off, (0, 1, 3, 7, 31, 92), (6.5, 4.5, 3.5, 0.0, -3.0, -5.0), -7.0)
    return np.where(received, by_reception, weight).astype(np.float32)


@dataclass(frozen=True, slots=True)
class TimeOf:
    """The days on which things happened to a dossier, as ordinals; 0 where unknown."""

    received: Ints
    registered: Ints
    returned: Ints
    finished: Ints


def _known(a: Ints, b: Ints) -> Flags:
    return (a > 0) & (b > 0)


def _registration(lag: Ints) -> Floats:
    """Registration follows reception at once; a few days before it is a slip."""
    early = _steps(-lag, (0, 3), (5.5, 2.5), -7.0)
    late = _steps(lag, (0, 1, 3, 7, 15, 45), (5.5, 5.0, 4.0, 2.0, 0.0, -3.0), -7.0)
    return np.where(lag < 0, early, late)


def _after(lag: Ints, soon: int, late: int) -> Floats:
    early = _steps(-lag, (0, 3), (2.5, 0.0), -5.0)
    return np.where(lag < 0, early, _steps(lag, (soon, late), (2.5, 0.5), -4.0))


def _steps(value: Ints, limits: tuple[int, ...], bits: tuple[float, ...], else_: float) -> Floats:
    """Bits of the first limit that the value does not pass."""
    table = np.array([*bits, else_], dtype=np.float32)
    return table[np.searchsorted(np.array(limits), value, side="left")]
