"""Codes in every form that clerks write, and ids that spreadsheets damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.text import codes

OLD, NEW, HUB = "H56-210531-0001", "H21.129-250812-0035", "G22.99.08-260921-896048"


@pytest.mark.parametrize(
    "written",
    [
        "000.17.22.H56-210531-0001",
        "h56-210531-0001",
        "H56-21O531-OOO1",
        " H56 - 210531 - 0001 ",
        "H56\u00a0\u2013\u00a0210531\u20140001",
        "H56 210531 0001",
        "000 .17.22.H56-210531-0001",
        "H56\u2011210531\u22120001",
        "H562105310001",
        "\u200bH56-210531-0001\ufeff",
    ],
)
def test_one_code_in_every_form(written):
    assert codes.normal(written) == OLD


@pytest.mark.parametrize("code", [OLD, NEW, HUB, "H56.14-240823-0001", "G22.99-251225-020175"])
def test_a_printed_code_stays_as_it_is(code):
    assert codes.normal(code) == code


def test_leading_zeros_of_the_number_are_kept():
    assert codes.normal("H56-210531-0010") != codes.normal("H56-210531-10")


@pytest.mark.parametrize("text", ["", "không có", "x", "–"])
def test_nothing_like_a_code_is_empty(text):
    assert codes.normal(text) == ""


def test_a_code_of_another_shape_is_kept_without_spaces():
    assert codes.normal("g22.99.3-241219795252") == "G22.99.3-241219795252"
    assert codes.normal("HS 001/2024") == "HS001/2024"


def test_the_code_inside_a_subject_line():
    line = "Đăng ký khai sinh – thường trú – BHYT (G22.99.08-260921-896048), số 12/2024"
    assert codes.in_text(line) == [HUB]
    assert codes.in_text("Số 0912345678, ngày 12/03/2024") == []
    assert codes.in_text(f"{OLD} thay cho 000.17.22.{OLD} và {NEW}") == [OLD, NEW]


@pytest.mark.parametrize("written", ["210531-0001", "-210531-0001", "21O531 - 0001"])
def test_a_short_form_keeps_day_and_number(written):
    assert codes.short(written) == "210531-0001"


def test_a_short_form_needs_a_day():
    assert codes.short("999999-0001") == ""
    assert codes.short(OLD) == ""


def test_procedure_codes_lose_the_suffix_of_the_agency():
    assert codes.procedure("1.001193.000.00.00.H56") == "1.001193"
    assert codes.procedure("2.000986.H21") == "2.000986"
    assert codes.procedure("khai sinh") == ""


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("060199001234", "060199001234"),
        ("60199001234", "060199001234"),  # a spreadsheet took the zero
        ("060 199 001 234", "060199001234"),
        ("60199001234.0", "060199001234"),
        ("260123456", "260123456"),
        ("26012345", "026012345"),
        ("000000001", ""),
        ("0000-00001", ""),
        ("không có", ""),
        ("12345", ""),
    ],
)
def test_citizen_ids(written, known):
    assert codes.person_id(written) == known


@given(st.text(max_size=40))
def test_comparable_forms_are_idempotent(text):
    once = codes.normal(text)
    assert codes.normal(once) == once
    assert codes.person_id(codes.person_id(text)) == codes.person_id(text)
    assert codes.own(codes.own(text)) == codes.own(text)
