"""Working days, given the office's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)

#: The days of the week as the settings write them.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off (Monday to Friday) and Saturdays or Sundays that are worked instead.

    Source: the yearly notices of the Government Office on public holidays and swapped days;
    Civil Code 2015 art. 147-148 for the rules of counting.
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def next_workday(self, day: date) -> date:
        """The first working day after ``day``."""
        return self.add(day, 1)

    def add(self, day: date, workdays: int) -> date:
        """The working day that lies ``workdays`` (≥ 0) after ``day``, which is not counted."""
        while workdays > 0:
            day += _DAY
            if self.is_workday(day):
                workdays -= 1
        return day

    def is_one_of(self, days: str, day: date) -> bool:
        """Whether it is one of ``days``: "working", "all", or weekdays between commas."""
        if days == "working":
            return self.is_workday(day)
        return days == "all" or WEEKDAYS[day.weekday()] in days.split(",")

    def between(self, start: date, end: date) -> int:
        """How many working days lie after ``start`` up to and with ``end``; 0 when end ≤ start."""
        count = 0
        while start < end:
            start += _DAY
            count += self.is_workday(start)
        return count
