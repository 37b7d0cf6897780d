"""Vietnamese text as the old fonts store it: TCVN3 (.VnTime) and VNI (VNI-Times).

Only for inventing registers; the product's own tables read the other way round.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class Font(StrEnum):
    TCVN3 = ".VnTime"
    TCVN3_CAPITALS = ".VnTimeH"  # shows capitals for small letters
    VNI = "VNI-Times"


#: grave, hook, tilde, acute, dot below
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_TCVN3_ROWS = {
    "a": "µ¶·¸¹",
    "ă": "»¼½¾Æ",
    "â": "ÇÈÉÊË",
    "e": "ÌÎÏÐÑ",
    "ê": "ÒÓÔÕÖ",
    "i": "×ØÜÝÞ",
    "o": "ßáâãä",
    "ô": "åæçèé",
    "ơ": "êëìíî",
    "u": "ïñòóô",
    "ư": "õö÷øù",
    "y": "úûüýþ",
}
_TCVN3_PLAIN = dict(zip("ăâêôơưđĂÂÊÔƠƯĐ", "¨©ª«¬\xad®¡¢£¤¥¦§", strict=True))

_VNI_TONE = dict(zip(_TONES, "øûõùï", strict=True))
_VNI_BREVE = dict(zip(_TONES, "èúüéë", strict=True))  # replaces ê of aê
_VNI_HAT = dict(zip(_TONES, "àåãáä", strict=True))  # replaces â of aâ
_VNI_ALONE = {
    "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "đ": "ñ", "ơ": "ô", "ư": "ö",
}  # fmt: skip


def _split(letter: str) -> tuple[str, str]:
    """The base letter (with its hat, breve or horn) and the tone."""
    parts = unicodedata.normalize("NFD", letter)
    tone = next((mark for mark in parts if mark in _TONES), "")
    return unicodedata.normalize("NFC", parts.replace(tone, "") if tone else parts), tone


def to_tcvn3(text: str) -> str:
    """As .VnTime stores it; a capital with a tone has no code of its own and turns small."""
    return "".join(map(_tcvn3_letter, unicodedata.normalize("NFC", text)))


def _tcvn3_letter(letter: str) -> str:
    base, tone = _split(letter)
    if tone and base.lower() in _TCVN3_ROWS:
        return _TCVN3_ROWS[base.lower()][_TONES.index(tone)]
    return _TCVN3_PLAIN.get(letter, letter)


def to_vni(text: str) -> str:
    """As VNI-Times stores it: most accents are a second character after the vowel."""
    return "".join(map(_vni_letter, unicodedata.normalize("NFC", text)))


def _vni_letter(letter: str) -> str:
    small = letter.lower()
    base, tone = _split(small)
    if small in _VNI_ALONE:
        coded = _VNI_ALONE[small]
    elif base in "ơư":
        coded = _VNI_ALONE[base] + (_VNI_TONE[tone] if tone else "")
    elif base == "ă":
        coded = "a" + (_VNI_BREVE[tone] if tone else "ê")
    elif base in "âêô":
        plain = {"â": "a", "ê": "e", "ô": "o"}[base]
        coded = plain + (_VNI_HAT[tone] if tone else "â")
    elif tone:
        coded = base + _VNI_TONE[tone]
    else:
        return letter
    return coded.upper() if letter != small else coded


def encode(text: str, font: Font) -> str:
    if font is Font.VNI:
        return to_vni(text)
    return to_tcvn3(text.lower() if font is Font.TCVN3_CAPITALS else text)
