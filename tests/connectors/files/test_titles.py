"""What titles, sheets and files call themselves."""

from __future__ import annotations

from datetime import date

import pytest

from connectors.files import table_titles
from connectors.files.table_titles import DayWindow
from reconcile.claims import RegisterType

QUARTER = DayWindow(date(2024, 1, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    "text",
    [
        "(Từ ngày 01/01/2024 đến ngày 31/03/2024)", "Từ ngày 1/1/2024 đến 31/3/2024",
        "01/01/2024 - 31/03/2024", "từ ngày 01 tháng 01 năm 2024 đến ngày 31 tháng 03 năm 2024",
        "TỪ 01.01.2024 ĐẾN HẾT NGÀY 31.03.2024", "Quý I/2024", "Quý 1 năm 2024",
        "BÁO CÁO QUÝ I NĂM 2024",
    ],
)  # fmt: skip
def test_the_announced_period(text):
    assert table_titles.period(["BÁO CÁO", text]) == QUARTER


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Tháng 02/2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("Năm 2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("6 tháng đầu năm 2024", date(2024, 1, 1), date(2024, 6, 30)),
        ("9 tháng năm 2024", date(2024, 1, 1), date(2024, 9, 30)),
        ("Tính đến ngày 31/03/2024", None, date(2024, 3, 31)),
    ],
)
def test_other_periods(text, start, end):
    assert table_titles.period([text]) == DayWindow(start, end)


@pytest.mark.parametrize(
    "text",
    ["Hàm Mẫu, ngày 31 tháng 3 năm 2024", "SỔ THEO DÕI HỒ SƠ", "Từ ngày 31/02/2024 đến 01/03/2024",
     "Từ ngày 31/03/2024 đến 01/03/2024", "Quý V/2024", "Tháng 13/2024"],
)  # fmt: skip
def test_no_period(text):
    assert table_titles.period([text]) is None


def test_periods_of_an_office_that_closes_on_the_14th():
    assert table_titles.period(["Quý I/2024"], closes_on_14th=True) == DayWindow(
        date(2023, 12, 15), date(2024, 3, 14)
    )
    assert table_titles.period(["Từ 01/01/2024 đến 31/03/2024"], closes_on_14th=True) == QUARTER


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SỔ THEO DÕI HỒ SƠ", RegisterType.TRACKING),
        ("Sổ theo dõi hồ sơ khai sinh", RegisterType.TRACKING),
        ("SỔ ĐĂNG KÝ KHAI SINH", RegisterType.BIRTHS),
        ("so dang ky khai tu 2024", RegisterType.DEATHS),
        ("Khai sinh, khai tử", RegisterType.NONE),
        ("Sheet1", RegisterType.NONE),
    ],
)
def test_the_book_by_its_title(text, kind):
    assert table_titles.register_type([text]) is kind


@pytest.mark.parametrize(
    ("fields", "titled", "kind"),
    [
        ("own_code received_on due_on", RegisterType.NONE, RegisterType.TRACKING),
        ("own_code received_on due_on", RegisterType.BIRTHS, RegisterType.TRACKING),
        ("subject mother registered_on", RegisterType.NONE, RegisterType.BIRTHS),
        ("subject death_date registered_on", RegisterType.NONE, RegisterType.DEATHS),
        ("subject registered_on birth_date death_date", RegisterType.NONE, RegisterType.DEATHS),
        ("subject registered_on mother death_date", RegisterType.NONE, RegisterType.NONE),
        ("subject registered_on", RegisterType.DEATHS, RegisterType.DEATHS),
        ("own_code returned_on", RegisterType.NONE, RegisterType.TRACKING),
    ],
)
def test_the_book_by_its_columns(fields, titled, kind):
    assert table_titles.by_columns(frozenset(fields.split()), titled) is kind


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("UBND XÃ TÂN HÀ", "UBND XÃ TÂN HÀ"),
        ("ỦY BAN NHÂN DÂN THỊ TRẤN MẪU", "ỦY BAN NHÂN DÂN THỊ TRẤN MẪU"),
        ("xã Tân Hà - năm 2024", "xã Tân Hà"),
        ("Xã Tân Hà quý I năm 2024", "Xã Tân Hà"),
        ("xã Tân Hà tháng 3/2024", "xã Tân Hà"),
        ("UBND xã Tân Hà năm 2024", "UBND xã Tân Hà"),
        ("Thị trấn Năm Căn", "Thị trấn Năm Căn"),
        ("UBND xã Quý Sơn", "UBND xã Quý Sơn"),
        ("Phường 5", "Phường 5"),
        ("Sổ theo dõi", ""),
        ("Sheet1", ""),
    ],
)
def test_a_unit_that_names_itself(text, unit):
    assert table_titles.unit_named(text) == unit
