"""Units by code, name and alias, before and after 1 July 2025."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config import scaffold
from config.units import Units
from tests.config.offices import table_problems, tables

BEFORE, AFTER = date(2024, 3, 31), date(2025, 8, 1)
HAM_TAN = (scaffold.TABLES / "units.ham-tan.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Units:
    return tables(tmp_path_factory.mktemp("office"), units=HAM_TAN).units


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("23257", BEFORE, "23257"),
        ("23257.0", BEFORE, "23257"),
        ("Xã Tân Hà", BEFORE, "23257"),
        ("XÃ TÂN HÀ", BEFORE, "23257"),
        ("ubnd xa tan ha", BEFORE, "23257"),
        ("UBND xã Tân Hà, huyện Hàm Tân", BEFORE, "23257"),
        ("Tân Hà", BEFORE, "23257"),
        ("TT. Tân Nghĩa", BEFORE, "23236"),
        ("TT Tân Nghĩa", BEFORE, "23236"),
        ("Bộ phận Một cửa UBND xã Tân Hà", BEFORE, "23257"),
        ("Huyện Hàm Tân", BEFORE, "601"),
        ("Hàm Tân", BEFORE, "601"),
        ("Hàm Tân", AFTER, "23236"),
        ("Xã Hàm Tân", AFTER, "23236"),
        ("Thị trấn Tân Minh", BEFORE, "23230"),
        ("Xã Tân Minh", AFTER, "23230"),
        ("Xã Tân Phúc", AFTER, "23242"),  # the old name goes on being used: still the old unit
        ("Xã Tân Lập", BEFORE, "23134"),
        ("Xã Tân Hà", None, "23257"),
        ("Phường Không Có", BEFORE, None),
        ("Nguyễn Văn Tân", BEFORE, None),
        ("", BEFORE, None),
    ],
)
def test_a_text_names_a_unit_on_a_day(
    units: Units, text: str, day: date | None, code: str | None
) -> None:
    assert units.resolve(text, day) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ỦY BAN NHÂN DÂN HUYỆN HÀM TÂN – UBND XÃ SÔNG PHAN", "23239"),
        ("so-giay-tan-ha-quy-1.xlsx", "23257"),
        ("Sổ theo dõi xã Tân Đức và xã Tân Hà", None),
        ("Sổ theo dõi hồ sơ", None),
    ],
)
def test_a_name_is_found_inside_a_title_or_a_file_name(
    units: Units, text: str, code: str | None
) -> None:
    assert units.find_in(text, BEFORE) == code


def test_a_code_that_was_given_again_is_two_units(units: Units) -> None:
    assert units.name("23230", BEFORE) == "Thị trấn Tân Minh"
    assert units.name("23230", AFTER) == "Xã Tân Minh"
    assert units.name("23236", date(2025, 6, 30)) == "Thị trấn Tân Nghĩa"
    assert units.name("23236", date(2025, 7, 1)) == "Xã Hàm Tân"
    old, new = units.at("23266", BEFORE), units.at("23266", AFTER)
    assert old is not None
    assert new is not None
    assert (old.name, old.parent, new.name, new.parent) == ("Xã Sơn Mỹ", "601", "Xã Sơn Mỹ", "68")
    assert units.name("lạ", BEFORE) == "lạ"


def test_children_are_every_unit_below(units: Units) -> None:
    assert len(units.children("601")) == 11
    assert "23257" in units.children("60")
    assert units.children("23257") == {"23257"}


@pytest.mark.parametrize(
    ("code", "known_on", "answers"),
    [
        ("23257", BEFORE, "Xã Hàm Tân"),
        ("23239", BEFORE, "Xã Tân Lập"),
        ("23230", BEFORE, "Xã Tân Minh"),
        ("601", BEFORE, None),  # the dissolved district names no successor
    ],
)
def test_the_successor_answers(
    units: Units, code: str, known_on: date, answers: str | None
) -> None:
    unit = units.answering(code, known_on, AFTER)
    assert (unit.name if unit else None) == answers


def test_recipients_follow_the_successor(units: Units) -> None:
    assert [one.email for one in units.recipients("23257", BEFORE, BEFORE)] == [
        "tanha@example.invalid"
    ]
    assert [one.email for one in units.recipients("23257", BEFORE, AFTER)] == [
        "hamtan.moi@example.invalid"
    ]
    assert units.recipients("601", BEFORE, AFTER) == ()


def test_several_recipients_are_several_lines(tmp_path: Path) -> None:
    text = """\
code;name;aliases;parent;successor;recipient;role;email;valid_from;valid_to
01;Xã Một;Mot|Xã 1;;;Bà A;Chủ tịch;a@x.example.vn;;31/05/2024
01;Xã Một;;;;Bà B;Chủ tịch;b@x.example.vn;01/06/2024;
;;;;;Ông C;Giám đốc trung tâm;c@x.example.vn;;
"""
    units = tables(tmp_path, units=text.encode("utf-8-sig")).units
    assert len(units.all) == 1
    assert units.resolve("xã 1", BEFORE) == "01"
    on = [one.email for one in units.recipients("01", None, date(2024, 6, 2))]
    assert on == ["b@x.example.vn", "c@x.example.vn"]


def test_without_a_table_nothing_is_resolved(tmp_path: Path) -> None:
    units = tables(tmp_path).units
    assert not units
    assert units.resolve("Xã Tân Hà", BEFORE) is None
    assert units.find_in("Xã Tân Hà", BEFORE) is None
    assert units.name("Xã Tân Hà", BEFORE) == "Xã Tân Hà"
    assert units.children("Xã Tân Hà") == {"Xã Tân Hà"}


def test_every_mistake_of_the_table_is_told_with_its_line(tmp_path: Path) -> None:
    text = """\
code,name,aliases,parent,successor,recipient,role,email,valid_from,valid_to
# các xã
01,Xã Một,,09,,,,,,
02,Xã Hai,,,08,,,,2024-13-01,

02,Xã Ba,,,,,,khong phai thu,,
,Xã Bốn,,,,,,,,
05,Xã Năm,,05,,,,,2025-01-01,2024-01-01
"""
    told = table_problems(tmp_path, units=text)
    assert [one.split(":")[0].removeprefix("tables/units.csv, dòng ") for one in told] == [
        *("3", "4", "4", "6", "6", "7", "8", "8")
    ]
    assert "không có đơn vị mã «09»" in told[0]
    assert "cấp trên của chính mình" in "".join(told)


def test_names_that_two_units_bear_are_not_guessed(tmp_path: Path) -> None:
    text = "code,name\n01,Xã Tân Hà\n02,Phường Tân Hà\n"
    units = tables(tmp_path, units=text).units
    assert units.resolve("Tân Hà", BEFORE) is None
    assert units.find_in("so-tan-ha.xlsx", BEFORE) is None
    assert units.resolve("Phường Tân Hà", BEFORE) == "02"
