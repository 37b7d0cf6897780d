"""Text typed for the fonts TCVN3 (.VnTime) and VNI, read as the Unicode text that it shows.

Both put Vietnamese letters on the places of western ones. TCVN3 has one byte a letter (TCVN
5712:1999, VN3); its capital fonts (.VnTimeH) show capitals for the same bytes. VNI writes a
vowel and then a mark.
"""

from __future__ import annotations

import re
import unicodedata

from reconcile.text.syllables import is_syllable

_TCVN3_BYTES = "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ"
_TCVN3_LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
_TCVN3 = str.maketrans(_TCVN3_BYTES, _TCVN3_LETTERS)

#: VNI: what the mark after a vowel adds; the second row of a, e and o carries the circumflex.
_VNI_TONES = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_CIRCUMFLEX = {"à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVE = {"è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ò": "ị", "æ": "ỉ", "ó": "ĩ", "ô": "ơ", "ö": "ư", "î": "ỵ"}
_VNI_VOWELS = {"a": "a", "e": "e", "i": "i", "o": "o", "u": "u", "y": "y", "ô": "ơ", "ö": "ư"}


def _vni_table() -> dict[str, str]:
    small: dict[str, str] = dict(_VNI_ALONE)
    for typed, vowel in _VNI_VOWELS.items():
        small |= {typed + mark: vowel + tone for mark, tone in _VNI_TONES.items()}
    for vowel in "aeo":
        small[vowel + "â"] = vowel + "\u0302"
        small |= {vowel + m: vowel + "\u0302" + tone for m, tone in _VNI_CIRCUMFLEX.items()}
    small["aê"] = "a\u0306"
    small |= {"a" + mark: "a\u0306" + tone for mark, tone in _VNI_BREVE.items()}
    small = {typed: unicodedata.normalize("NFC", shown) for typed, shown in small.items()}
    big = {typed.upper(): shown.upper() for typed, shown in small.items()}
    # A capital at the head of a word is often typed with the small mark.
    mixed = {t[0].upper() + t[1:]: shown.upper() for t, shown in small.items() if len(t) > 1}
    return small | mixed | big


_VNI = _vni_table()
_VNI_TYPED = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_FOREIGN = re.compile("[\u0080-\u00ff]")
#: Letters beyond the old fonts; a curly apostrophe is no letter.
BEYOND = re.compile("[^\u0000-\u00ff\u2018\u2019\u02bc]")


def from_tcvn3(text: str, capitals: bool = False) -> str:
    """Read the text as .VnTime shows it, or as .VnTimeH does (``capitals``)."""
    shown = text.translate(_TCVN3)
    if capitals:
        return shown.upper()
    # TCVN3 has few capital vowels: in a word typed in capitals the small ones are meant so.
    pairs = zip(text.split(" "), shown.split(" "), strict=True)
    return " ".join(_capitals(old, new) for old, new in pairs)


def _capitals(typed: str, shown: str) -> str:
    plain = [char for char in typed if char.isascii() and char.isalpha()]
    return shown.upper() if len(plain) > 1 and "".join(plain).isupper() else shown


def from_vni(text: str) -> str:
    """Read the text as VNI-Times shows it."""
    return _VNI_TYPED.sub(lambda typed: _VNI[typed.group()], text)


def by_font(text: str, font: str) -> str:
    """Read the text by the name of its font; any other font leaves it as it is."""
    name = font.strip().casefold()
    if BEYOND.search(text):
        return text  # letters beyond the old fonts: the text is Unicode already
    if name.startswith(".vn"):
        return from_tcvn3(text, capitals=name.endswith("h"))
    return from_vni(text) if name.startswith("vni") else text


def by_reading(text: str) -> str:
    """Read the text as legacy only where it is Vietnamese after conversion and not before."""
    if not _FOREIGN.search(text) or BEYOND.search(text):
        return text
    readings = {new for new in (from_tcvn3(text), from_vni(text)) if _only_now(text, new)}
    return readings.pop() if len(readings) == 1 else text


def by_letters(name: str) -> str:
    """Read a name with a slip in it, where signs that are no Vietnamese letters betray the font.

    Only for comparing: a slip keeps a word from being a syllable, so the strict reading leaves it.
    """
    if not _strange(name) or BEYOND.search(name):
        return name
    readings = [new for new in (from_tcvn3(name), from_vni(name)) if not _strange(new)]
    return max(readings, key=_syllables, default=name)


def _strange(text: str) -> bool:
    """Some sign beyond ASCII is no letter of Vietnamese, or is a capital inside a small word."""
    return any(
        not set(word.casefold()) <= _LETTERS
        or not (word.islower() or word.isupper() or word[1:].islower())
        for word in _WORDS.findall(text)
        if not word.isascii()
    )


def _syllables(text: str) -> int:
    return sum(is_syllable(word.casefold()) for word in text.split())


#: Every letter of Vietnamese, small, tones put on, and the plain ones.
_LETTERS = frozenset(set(_TCVN3_LETTERS.casefold()) | set("abcdefghijklmnopqrstuvwxyz"))
#: Words of letters and of the signs that TCVN3 puts letters on.
_WORDS = re.compile("[A-Za-z\u00a1-\u1eff]+")


def _only_now(before: str, after: str) -> bool:
    """Every word that the conversion touched is a syllable now, and some word was none."""
    old, new = before.split(), after.split()
    touched = [(o.strip(_EDGES), n.strip(_EDGES)) for o, n in zip(old, new, strict=True) if o != n]
    was_none = any(not is_syllable(word) for word, _ in touched)
    written = all(_ASCII_LETTER.search(word) for word, _ in touched)
    return was_none and written and all(_all_syllables(word) for _, word in touched)


#: A sign alone is a sign: ÷ is no word of a legacy font.
_ASCII_LETTER = re.compile("[A-Za-z]")
_EDGES = ".,;:()[]/\"'-"


def _all_syllables(word: str) -> bool:
    parts = [part for part in re.split(r"[-./,()]+", word) if part]
    return bool(parts) and all(part in "đĐ" or is_syllable(part.casefold()) for part in parts)
