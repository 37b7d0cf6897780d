"""Reporting periods, by the calendar and by Decree 09/2019."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from reconcile.scope import BadPeriod, PeriodRule, period


@pytest.mark.parametrize(
    ("text", "rule", "starts", "ends"),
    [
        ("2024-Q1", "calendar", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-q4", "calendar", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024-02", "calendar", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024", "calendar", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-6T", "calendar", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024-9T", "calendar", date(2024, 1, 1), date(2024, 9, 30)),
        ("2024-H2", "calendar", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024-Q1", "nd09", date(2023, 12, 15), date(2024, 3, 14)),
        ("2024-Q2", "nd09", date(2024, 3, 15), date(2024, 6, 14)),
        ("2024-Q3", "nd09", date(2024, 6, 15), date(2024, 9, 14)),
        ("2024-Q4", "nd09", date(2024, 9, 15), date(2024, 12, 14)),
        ("2024-6T", "nd09", date(2023, 12, 15), date(2024, 6, 14)),
        ("2024-9T", "nd09", date(2023, 12, 15), date(2024, 9, 14)),
        ("2024", "nd09", date(2023, 12, 15), date(2024, 12, 14)),
        ("2024-01", "nd09", date(2023, 12, 15), date(2024, 1, 14)),
        ("2024-03", "nd09", date(2024, 2, 15), date(2024, 3, 14)),
    ],
)
def test_a_period_names_its_first_and_last_day(
    text: str, rule: PeriodRule, starts: date, ends: date
) -> None:
    assert period(text, rule) == (starts, ends)


@pytest.mark.parametrize("text", ["", "Q1", "2024-Q5", "2024-13", "2024-00", "24-Q1", "2024-Q1x"])
def test_nonsense_is_no_period(text: str) -> None:
    with pytest.raises(BadPeriod):
        period(text)


@pytest.mark.parametrize("rule", ["calendar", "nd09"])
@pytest.mark.parametrize(
    "texts",
    [
        [f"{year}-Q{quarter}" for year in (2023, 2024) for quarter in range(1, 5)],
        [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)],
        ["2022", "2023", "2024"],
    ],
)
def test_periods_follow_each_other_without_gap(texts: list[str], rule: PeriodRule) -> None:
    days = [period(text, rule) for text in texts]
    for before, after in pairwise(days):
        assert before.ends + timedelta(days=1) == after.starts
