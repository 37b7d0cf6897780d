"""Reporting periods (kỳ báo cáo): from a short text to the first and the last day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

#: ``calendar``: whole months. ``nd09``: every month closes on the 14th.
PeriodRule = Literal["calendar", "nd09"]

_CLOSES_ON = 14  # the reporting rule that the setting is named for

_SHAPE = re.compile(
    r"(?P<year>(?:19|20)\d\d)"
    r"(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|(?P<first>[69])[TM]|H(?P<half>[12])))?",
    re.IGNORECASE,
)


class Period(NamedTuple):
    """The first and the last day, both counted."""

    starts: date
    ends: date


class BadPeriod(ValueError):
    """The text names no period."""


def period(text: str, rule: PeriodRule = "calendar") -> Period:
    """The days of ``2024``, ``2024-Q1``, ``2024-03``, ``2024-6T``, ``2024-9T``, ``2024-H2``.

    ``6T`` and ``9T`` are the first six and nine months, as offices report them; ``H1`` and ``H2``
    are the halves of the year. Raises BadPeriod.
    """
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise BadPeriod(text)
    first, last = _months(found)
    return _days(int(found["year"]), first, last, rule)


def name_of(starts: date, ends: date, rule: PeriodRule = "calendar") -> str:
    """The name of the period of exactly these days; empty: no period has them."""
    parts = (*(f"-Q{at}" for at in range(1, 5)), *(f"-{at:02}" for at in range(1, 13)))
    names = (f"{ends.year}{part}" for part in (*parts, "-6T", "-9T", "-H2", ""))
    return next((name for name in names if period(name, rule) == (starts, ends)), "")


def _months(found: re.Match[str]) -> tuple[int, int]:
    if found["month"]:
        return int(found["month"]), int(found["month"])
    if found["quarter"]:
        last = 3 * int(found["quarter"])
        return last - 2, last
    if found["first"]:
        return 1, int(found["first"])
    if found["half"]:
        last = 6 * int(found["half"])
        return last - 5, last
    return 1, 12


def _days(year: int, first: int, last: int, rule: PeriodRule) -> Period:
    before = (year - 1, 12) if first == 1 else (year, first - 1)
    if rule == "nd09":
        return Period(date(*before, _CLOSES_ON + 1), date(year, last, _CLOSES_ON))
    after = date(year + 1, 1, 1) if last == 12 else date(year, last + 1, 1)
    return Period(date(year, first, 1), after - timedelta(days=1))
