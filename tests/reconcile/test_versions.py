"""A file under a known name is a newer version only where it speaks of the same."""

from dataclasses import replace
from datetime import date

import pytest

from reconcile.claims import Claim, RegisterType, Role
from reconcile.versions import Doubt, judge


def row(number: int, **more: object) -> Claim:
    facts = {
        "unit": "Xã Tân Hà",
        "register_type": RegisterType.TRACKING,
        "subject": "Lò Thị Mận",
        "birth_date": f"2023-12-{number + 1:02}",
        "own_code": f"H11.20-240108-{number:04}",
        "received_on": date(2024, 1, 1 + number % 28),
        "returned_on": date(2024, 1, 3 + number % 26),
    }
    return Claim(key=f"so#{number}{more}", source="so", role=Role.REGISTER, **(facts | more))


ROWS = [row(number) for number in range(10)]


def laid(over: list[Claim], file: list[Claim], **windows: object):
    known, held = {one.key for one in over}, {one.key for one in file}
    return judge(
        [one for one in file if one.key in known],
        [one for one in over if one.key not in held],
        [one for one in file if one.key not in known],
        **windows,
    )


def test_a_row_that_is_gone_in_the_middle_is_gone():
    verdict = laid(ROWS, [one for one in ROWS if one is not ROWS[4]])
    assert (verdict.doubt, verdict.gone, verdict.held) == (None, {ROWS[4].key}, frozenset())


def test_a_file_that_only_grows_takes_nothing_back():
    assert laid(ROWS[:6], ROWS) == laid(ROWS, ROWS) == laid([], ROWS)
    assert laid(ROWS[:6], ROWS).gone == frozenset()


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"unit": "Xã Sông Phan"}, Doubt.UNIT),
        ({"register_type": RegisterType.BIRTHS}, Doubt.REGISTER),
        ({"received_on": date(2024, 2, 5), "returned_on": date(2024, 2, 7)}, Doubt.WINDOW),
    ],
)
def test_another_unit_register_or_month_is_another_file_whatever_its_codes(changes, doubt):
    other = [replace(one, key=f"{one.key}'", **changes) for one in ROWS]
    verdict = laid(ROWS, other)
    assert (verdict.doubt, verdict.gone) == (doubt, frozenset())


def test_fewer_than_half_of_the_rows_is_another_file():
    strangers = [row(number) for number in range(10, 20)]
    assert laid(ROWS, ROWS[:4] + strangers).doubt is Doubt.ROWS
    assert laid(ROWS, ROWS[:5] + strangers).doubt is None


def test_a_register_whose_rows_were_completed_is_a_newer_version():
    """The return day was typed later, so no row has the content that it had."""
    before = [replace(one, key=f"{one.key}-", returned_on=None) for one in ROWS]
    verdict = laid(before, ROWS)
    assert verdict.doubt is None
    assert verdict.gone == {one.key for one in before}


def test_a_corrected_day_far_out_is_gone_although_nobody_speaks_of_that_day():
    slip = replace(ROWS[9], key="slip", received_on=date(2042, 1, 9), returned_on=date(2042, 1, 9))
    verdict = laid([*ROWS[:9], slip], ROWS)
    assert (verdict.gone, verdict.held) == ({"slip"}, frozenset())


def test_rows_outside_of_what_the_newer_one_speaks_of_are_held():
    march = [row(40 + n, received_on=date(2024, 3, 5 + n), returned_on=None) for n in range(3)]
    verdict = laid(ROWS + march, ROWS[:9])
    assert (verdict.doubt, verdict.held) == (None, frozenset(one.key for one in march))
    assert verdict.gone == {ROWS[9].key}  # received on a day that others still speak of? its return

    announced = laid(ROWS + march, ROWS[:9], now=(date(2024, 1, 1), date(2024, 3, 31)))
    assert announced.held == frozenset()


def test_one_row_stands_for_one_corrected_row_only():
    """Two entries of one code, one of them left: the other may be outside of the window."""
    late = replace(ROWS[0], key="late", received_on=date(2024, 5, 2), returned_on=date(2024, 5, 3))
    mended = replace(ROWS[0], key="mended", mother="Vi Thị Mẫu")
    verdict = laid([*ROWS, late], [mended, *ROWS[1:]])
    assert verdict.gone == {ROWS[0].key}
    assert verdict.held == {"late"}
