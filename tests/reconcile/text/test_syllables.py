"""One way to leave the accents out: what every comparison of words stands on."""

import ast

import pytest

from config.fields import environment_name
from config.folding import fold
from connectors.files.headers import words
from reconcile.text.syllables import bare
from reconcile.text.vietnamese import plain
from tests import product


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Đã trả kết quả", "Da tra ket qua"),
        ("\u0110a\u0303 tra\u0309", "Da tra"),  # decomposed letters
        ("ưỡn ỆCH", "uon ECH"),
        ("a\u0591\u0335", "a"),  # marks of other scripts, too
        ("Łø 中", "Łø 中"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_the_accents_go_and_all_else_stays(text, without):
    assert bare(text) == without


def test_the_keys_that_are_stored_are_those_of_before():
    assert fold("Đã trả kết quả (đúng hạn), Ðông") == "da tra ket qua dung han dong"
    assert words("Ngày HẸN trả – Kết quả") == "ngay hen tra ket qua"
    assert plain("Xã  Tân Nghĩa, Đức") == "xa tan nghia, duc"
    assert environment_name("Sổ giấy", "Đường dẫn") == "DOISOAT_SO_GIAY__DUONG_DAN"


def test_nobody_else_takes_letters_apart_to_leave_the_accents_out():
    """``combining`` is asked in one place, and NFD is written by who reads the tones alone."""
    found = {"combining": set(), "NFD": set()}
    for file in product.SOURCES:
        for node in product.nodes(file):
            if isinstance(node, ast.Attribute) and node.attr == "combining":
                found["combining"].add(product.name(file))
            if isinstance(node, ast.Constant) and node.value == "NFD":
                found["NFD"].add(product.name(file))
    only = {"reconcile/text/syllables.py"}
    assert found == {"combining": only, "NFD": only}
