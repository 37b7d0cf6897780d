"""Due dates: what moves them, what an end means for them, and the computed ones."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.claims import Claim, Procedure, Role
from reconcile.judging.due import (
    Due,
    DueReason,
    Timeliness,
    computed,
    due,
    late_by_post,
    late_by_proof,
    pace,
)
from reconcile.policy import Policy
from reconcile.workdays import Calendar

FIRST, NEW = date(2024, 3, 6), date(2024, 3, 11)  # a Wednesday, the Monday after
POLICY = Policy()
KIND = Policy(apology_is_on_time=True)
HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=HERE)


def claim(**facts: object) -> Claim:
    return Claim(key="motcua:1", source="motcua", role=Role.ONE_STOP, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "expected", "decides", "decides_if_kind"),
    [
        ({}, Due(None, None), None, None),
        ({"due_on": FIRST}, Due(FIRST, FIRST), FIRST, FIRST),
        (
            {"due_on": FIRST, "supplement_given_on": FIRST, "new_due_on": NEW},
            Due(FIRST, NEW, DueReason.SUPPLEMENT),
            NEW,
            NEW,
        ),
        # A supplement without a new due date moves nothing.
        ({"due_on": FIRST, "supplement_asked_on": FIRST}, Due(FIRST, FIRST), FIRST, FIRST),
        (
            {"due_on": FIRST, "apology": "số 12/XL", "new_due_on": NEW},
            Due(FIRST, NEW, DueReason.APOLOGY),
            FIRST,
            NEW,
        ),
        # Apologised for after a supplement: the new date is the apology's.
        (
            {
                "due_on": FIRST,
                "supplement_given_on": FIRST,
                "apology": "số 12/XL",
                "new_due_on": NEW,
            },
            Due(FIRST, NEW, DueReason.APOLOGY),
            FIRST,
            NEW,
        ),
        ({"due_on": FIRST, "new_due_on": NEW}, Due(FIRST, NEW, DueReason.EXTENSION), FIRST, NEW),
        ({"due_on": NEW, "new_due_on": FIRST}, Due(NEW, NEW), NEW, NEW),
        ({"new_due_on": NEW, "apology": "x"}, Due(None, NEW, DueReason.APOLOGY), NEW, NEW),
    ],
)
def test_what_moves_a_due_date(
    facts: dict[str, object], expected: Due, decides: date | None, decides_if_kind: date | None
) -> None:
    found = due(claim(**facts))
    assert found == expected
    assert found.day(POLICY) == decides
    assert found.day(KIND) == decides_if_kind


@pytest.mark.parametrize(
    ("ended", "due_day", "expected"),
    [
        (FIRST - timedelta(days=1), FIRST, Timeliness.EARLY),
        (FIRST, FIRST, Timeliness.ON_TIME),
        (FIRST + timedelta(days=1), FIRST, Timeliness.LATE),
        (FIRST, None, Timeliness.ON_TIME),
    ],
)
def test_the_form_compares_days(ended: date, due_day: date | None, expected: Timeliness) -> None:
    assert pace(ended, due_day) is expected


def test_a_hand_over_after_the_due_day_proves_neither_late_nor_on_time() -> None:
    assert late_by_proof(NEW, FIRST, exact=True) is True
    assert late_by_proof(NEW, FIRST, exact=False) is None
    assert late_by_proof(FIRST, FIRST, exact=False) is False
    assert late_by_proof(NEW, None, exact=False) is False


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (at(2024, 3, 6, 14, 59), date(2024, 3, 6)),
        (at(2024, 3, 6, 15, 0), date(2024, 3, 7)),
        (at(2024, 3, 8, 16, 30), date(2024, 3, 11)),  # Friday afternoon: Monday
        (date(2024, 3, 6), date(2024, 3, 6)),  # no hour: the exception is not presumed
        (at(2024, 3, 9, 8, 0), date(2024, 3, 11)),  # a Saturday, online
    ],
)
def test_civil_status_is_due_the_same_day_before_15_hours(received: date, expected: date) -> None:
    assert computed(received, 0, POLICY) == expected


def test_the_day_of_reception_is_not_counted() -> None:
    assert computed(date(2024, 3, 6), 3, POLICY) == date(2024, 3, 11)
    assert computed(at(2024, 3, 6, 16, 0), 3, POLICY) == date(2024, 3, 11)


LAND = {"procedure": Procedure.OTHER, "unit": "Tân Minh", "due_on": FIRST}


@pytest.mark.parametrize(
    ("facts", "ended", "expected"),
    [
        (LAND, FIRST, False),  # on time
        (LAND, date(2024, 3, 8), True),  # two working days
        (LAND, date(2024, 3, 10), True),  # and the weekend after
        (LAND, date(2024, 3, 11), False),  # three
        (LAND | {"procedure": Procedure.BIRTH}, date(2024, 3, 7), False),  # carried nowhere
        (
            LAND | {"procedure": Procedure.BIRTH, "receiving_unit": "Tân Hà"},
            date(2024, 3, 7),
            True,
        ),
        (LAND | {"due_on": None}, date(2024, 3, 7), False),
    ],
)
def test_late_by_no_more_than_the_carriage(
    facts: dict[str, object], ended: date, expected: bool
) -> None:
    assert late_by_post(claim(**facts), ended, POLICY) is expected


def test_the_allowance_may_be_in_calendar_days() -> None:
    policy = Policy(post_working_days=False)
    assert late_by_post(claim(**LAND), date(2024, 3, 8), policy)
    assert not late_by_post(claim(**LAND), date(2024, 3, 10), policy)


@given(
    st.dates(date(2024, 1, 1), date(2024, 12, 1)),
    st.integers(0, 40),
    st.integers(0, 6),
    st.frozensets(st.dates(date(2024, 1, 1), date(2024, 12, 31)), max_size=20),
)
def test_the_allowance_is_what_the_calendar_counts(
    first: date, gap: int, allowance: int, off: frozenset[date]
) -> None:
    policy = Policy(calendar=Calendar(off=off), post_allowance_days=allowance)
    ended = first + timedelta(days=gap)
    expected = gap > 0 and policy.calendar.between(first, ended) <= allowance
    assert late_by_post(claim(**LAND | {"due_on": first}), ended, policy) is expected
