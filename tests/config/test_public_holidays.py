"""What is kept of the library's public holidays is what the library says."""

from __future__ import annotations

import holidays

from config.public_holidays import OFF, WORKED, days

#: Fixed bounds: the same configuration gives the same calendar whatever today is.
FIRST_YEAR, LAST_YEAR = 2015, 2035


def test_the_kept_days_are_the_librarys():
    known = holidays.country_holidays("VN", years=range(FIRST_YEAR, LAST_YEAR + 1))
    assert set(days(OFF)) == set(known)
    worked = {day for day in known.weekend_workdays if FIRST_YEAR <= day.year <= LAST_YEAR}
    assert set(days(WORKED)) == worked
