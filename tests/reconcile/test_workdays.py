"""Working days: examples of the law, and properties over any calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.workdays import Calendar

DAYS = st.dates(date(2023, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(
    Calendar,
    off=st.frozensets(DAYS.filter(lambda day: day.weekday() < 5), max_size=40),
    worked=st.frozensets(DAYS.filter(lambda day: day.weekday() >= 5), max_size=10),
)
#: 29 April 2024 was off and worked on Saturday 4 May instead; 30 April and 1 May are holidays.
SPRING = Calendar(
    off=frozenset({date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1)}),
    worked=frozenset({date(2024, 5, 4)}),
)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2024, 4, 26), True),  # a Friday
        (date(2024, 4, 27), False),  # a Saturday
        (date(2024, 4, 29), False),  # a swapped Monday
        (date(2024, 5, 4), True),  # the Saturday that is worked for it
        (date(2024, 5, 5), False),  # a Sunday
    ],
)
def test_a_calendar_knows_holidays_and_swapped_days(day: date, worked: bool) -> None:
    assert SPRING.is_workday(day) is worked


def test_three_working_days_skip_the_holidays_and_count_the_swapped_saturday() -> None:
    assert SPRING.add(date(2024, 4, 26), 3) == date(2024, 5, 4)
    assert SPRING.next_workday(date(2024, 4, 26)) == date(2024, 5, 2)


@given(CALENDARS, DAYS, st.integers(1, 30))
def test_add_and_between_undo_each_other(calendar: Calendar, day: date, count: int) -> None:
    end = calendar.add(day, count)
    assert calendar.is_workday(end)
    assert calendar.between(day, end) == count
    assert calendar.between(day, end - timedelta(days=1)) == count - 1


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_working_days_between_add_up(calendar: Calendar, a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    assert calendar.between(first, middle) + calendar.between(middle, last) == calendar.between(
        first, last
    )
    assert calendar.between(last, first) == 0


@given(CALENDARS, DAYS, st.integers(0, 20))
def test_later_never_becomes_earlier(calendar: Calendar, day: date, count: int) -> None:
    assert calendar.add(day, count) <= calendar.add(day + timedelta(days=1), count)
    assert calendar.add(day, count) <= calendar.add(day, count + 1)
    assert day < calendar.next_workday(day)


@pytest.mark.parametrize(
    ("days", "day", "holds"),
    [
        ("all", date(2024, 5, 5), True),
        ("working", date(2024, 5, 4), True),  # a Saturday that is worked instead
        ("working", date(2024, 4, 29), False),
        ("mon,fri", date(2024, 4, 29), True),  # a Monday off is a Monday all the same
        ("mon,fri", date(2024, 4, 30), False),
    ],
)
def test_the_days_of_a_setting(days: str, day: date, holds: bool) -> None:
    assert SPRING.is_one_of(days, day) is holds
