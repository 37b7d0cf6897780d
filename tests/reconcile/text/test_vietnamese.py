"""Vietnamese text made comparable, and never damaged."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from viparse.normalize.encodings import CHARMAPS

from reconcile.text import legacy_fonts, rarity
from reconcile.text.syllables import is_syllable
from reconcile.text.vietnamese import initials, mother_in, name_key, plain_key, to_unicode, unit_key
from tests.reconcile.text.every_syllable import every_syllable

SYLLABLES = every_syllable()
NAMES = st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=4).map(
    lambda words: " ".join(word.capitalize() for word in words)
)


def test_every_syllable_survives_in_every_case_and_form():
    assert len(SYLLABLES) > 15_000
    for word in SYLLABLES:
        for text in (word, word.upper(), word.capitalize()):
            assert to_unicode(text) == text
            assert to_unicode(unicodedata.normalize("NFD", text)) == text
            assert is_syllable(text)


@pytest.mark.parametrize(
    "text",
    ["François Müller", "José García", "Zoë Noël", "Trần Thị Lan", "LÊ HÀ", "K'Brếp", "café 3 m²"],
)
def test_text_that_is_no_legacy_text_is_left_alone(text):
    assert to_unicode(text) == text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("NguyÔn V¨n An", "Nguyễn Văn An"),
        ("§Æng Minh §øc", "Đặng Minh Đức"),
        ("TrÇn ThÞ H­¬ng", "Trần Thị Hương"),
        ("Nguyeãn Vaên An", "Nguyễn Văn An"),
        ("Traàn Thò Höông", "Trần Thị Hương"),
        ("Ñoã Vaên Haûi", "Đỗ Văn Hải"),
        ("UBND x· T©n NghÜa", "UBND xã Tân Nghĩa"),
    ],
)
def test_legacy_text_is_read_without_a_font(typed, shown):
    assert to_unicode(typed) == shown


def test_the_font_tells_what_reading_cannot():
    assert to_unicode("Hµ", ".VnTime") == "Hà"
    assert to_unicode("nguyÔn v¨n an", ".VnTimeH") == "NGUYỄN VĂN AN"
    assert to_unicode("Thò", "VNI-Times") == "Thị"
    assert to_unicode("Thò") == "Thò"
    assert to_unicode("Nguyễn", ".VnTime") == "Nguyễn"  # Unicode already, whatever the font
    assert to_unicode("Thò", "Times New Roman") == "Thò"


@pytest.mark.parametrize(("table", "read"), [("tcvn3", 0), ("vni", 1)])
def test_our_tables_agree_with_the_oracle(table, read):
    ours = (legacy_fonts.from_tcvn3, legacy_fonts.from_vni)[read]
    assert [ours(typed) for typed, _ in CHARMAPS[table].pairs] == [
        letter for _, letter in CHARMAPS[table].pairs
    ]


def _typed(text: str, table: str) -> str | None:
    """The text as the oracle's table types it; None where the font lacks a letter."""
    letters: dict[str, str] = {}
    for typed, letter in CHARMAPS[table].pairs:
        letters.setdefault(letter, typed)
    typed = [letters.get(letter, letter if letter.isascii() else None) for letter in text]
    return None if None in typed else "".join(typed)


@given(NAMES, st.sampled_from(["tcvn3", "vni"]))
def test_a_name_in_a_legacy_font_is_that_name(name, table):
    typed = _typed(name, table)
    if typed is not None:
        font = {"tcvn3": ".VnTime", "vni": "VNI-Times"}[table]
        assert name_key(to_unicode(typed, font)) == name_key(name)


@given(st.text(max_size=30))
def test_normal_forms_are_idempotent(text):
    assert to_unicode(to_unicode(text)) == to_unicode(text)
    assert unit_key(unit_key(text)) == unit_key(text)


@given(NAMES)
def test_case_and_form_never_change_a_name(name):
    key = name_key(name)
    for form in ("NFC", "NFD"):
        for text in (name, name.upper(), name.lower(), f"  {name.replace(' ', chr(0xA0) + ' ')} "):
            assert name_key(unicodedata.normalize(form, text)) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nguyễn Văn Hoà", "Nguyễn Văn Hòa"),
        ("Lê Thuý", "Lê Thúy"),
        ("Lý Mỹ", "Lí Mĩ"),
        ("Trần Quý", "Trần Quí"),
        ("Ðặng Văn Ðức", "Đặng Văn Đức"),  # Icelandic letters that look the same
        ("Bà Nguyễn Thị Lan", "Nguyễn Thị Lan"),
        ("Cháu Lê Gia Bảo", "LÊ GIA BẢO"),
    ],
)
def test_two_ways_to_type_one_name(one, other):
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hoàn", "Hòan An"), ("Thuý", "Thúi"), ("Hùng", "Hưng"), ("Lan", "Lân"), ("Yến", "Iến")],
)
def test_two_names_stay_two(one, other):
    assert name_key(f"Lê {one}") != name_key(f"Lê {other}")


def test_a_newborn_without_a_name_has_its_mothers():
    assert name_key("Con bà Nguyễn Thị Lan") == ""
    assert name_key(mother_in("Con bà Nguyễn Thị Lan")) == name_key("Nguyễn Thị Lan")
    assert name_key("Chưa đặt tên") == ""
    assert mother_in("Nguyễn Thị Lan") == ""


def test_a_title_is_no_family_name_but_may_be_one():
    assert plain_key(name_key("Ông Thị Lan")) == "ong thi lan"
    assert plain_key(name_key("Ông Lê Lan")) == "le lan"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UBND xã Tân Nghĩa, huyện Hàm Tân", "Xã Tân Nghĩa"),
        ("Uỷ ban nhân dân thị trấn Tân Minh", "TT. Tân Minh"),
        ("P.1", "Phường 01"),
        ("X. Tân Hà", "TÂN HÀ"),
    ],
)
def test_one_unit_in_many_words(one, other):
    assert unit_key(one) == unit_key(other)


def test_the_new_commune_is_not_the_old_district():
    assert unit_key("Xã Hàm Tân") != unit_key("UBND huyện Hàm Tân")


def test_initials_hide_the_name():
    assert initials("Nguyễn  Văn An") == "N.V.A."
    assert initials("đặng ức") == "Đ.Ứ."


def test_common_names_weigh_less_than_rare_ones():
    assert rarity.family_bits("nguyen") < 2 < rarity.family_bits("quach")
    assert rarity.given_bits("anh") < rarity.given_bits("khue") <= rarity.RARE_GIVEN
    assert rarity.middle_bits("thi") < rarity.middle_bits("thi ngoc") <= rarity.MOST_MIDDLE
    assert rarity.is_given(rarity.syllable_key("Hưng"))
    assert not rarity.is_given(rarity.syllable_key("Hugn"))
