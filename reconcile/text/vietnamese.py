"""Vietnamese text made comparable: Unicode forms, legacy fonts, names, units.

Two people type one name in many ways: composed or decomposed letters, tone marks placed by the
old or the new habit, y or i, capitals, no accents at all. A name's *full* key keeps the accents
(weaker agreement where they are missing), its *plain* key is without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from reconcile.text import keystrokes, legacy_fonts
from reconcile.text.rarity import FAMILY_NAMES, family_bits, syllable_key
from reconcile.text.syllables import bare, fold, is_syllable

#: Letters that look like đ and are none.
_LOOK_ALIKES = str.maketrans("ÐƉðɖ", "ĐĐđđ")
#: Signs without width: joiners, marks of direction, the byte order mark, the soft hyphen.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_SOFT_HYPHEN = "\u00ad"
#: What _shown would change in a composed text: any of the above.
_UNTIDY = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeffÐƉðɖ]")
#: Letters that no legacy font has: nine in ten Vietnamese names hold one.
_BEYOND_LEGACY = legacy_fonts.BEYOND


def to_unicode(text: str, font: str | None = None) -> str:
    """The text as people see it: NFC, legacy fonts read, look-alikes of đ, single spaces.

    ``font`` is the cell's font where the file gives it; without it a text is read as TCVN3 or
    VNI only where it is Vietnamese after conversion and not before.
    """
    if text.isascii():
        return " ".join(text.split())
    if (
        _BEYOND_LEGACY.search(text)
        and not _UNTIDY.search(text)
        and unicodedata.is_normalized("NFC", text)
    ):
        return " ".join(text.split())  # nothing of what follows would change it, in any font
    shown = _shown(text, font)
    while shown != (again := _shown(shown, None)):
        shown = again
    return shown


def _shown(text: str, font: str | None) -> str:
    tidy = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
    shown = legacy_fonts.by_font(tidy, font) if font else tidy
    if shown == tidy:
        shown = legacy_fonts.by_reading(tidy)
    shown = shown.replace(_SOFT_HYPHEN, "").translate(_LOOK_ALIKES)
    return " ".join(unicodedata.normalize("NFC", shown).split())


def plain(text: str) -> str:
    """Lower case without accents, as is otherwise: ``"Tân Nghĩa"`` gives ``"tan nghia"``."""
    return bare(to_unicode(text).casefold())


def initials(name: str) -> str:
    """``"Nguyễn Văn An"`` gives ``"N.V.A."``: for logs and mails, never for comparing."""
    return "".join(f"{word[0].upper()}." for word in to_unicode(name).split() if word[0].isalpha())


# Names


_NOT_LETTERS = re.compile(r"[\W\d_]+")
_TITLES = frozenset(
    ("ông", "bà", "cháu", "anh", "chị", "cụ", "bé", "em", "cô", "chú", "bác", "trẻ", "mr", "mrs")
)
#: Titles that are nobody's family name.
_NEVER_A_NAME = frozenset(("bà", "cháu", "chị", "cụ", "trẻ", "mr", "mrs"))
#: Titles without their accents: some of them are names too.
_BARE_TITLES = frozenset(("ong", "ba", "chau", "chi", "anh", "cu", "be", "em", "co", "tre"))
#: Words at the head of a name that may be no part of it.
_OPENINGS = _TITLES | _BARE_TITLES | {"con", "chưa", "không", "sơ", "chua", "khong", "so"}
#: How a newborn without a name is written: "con bà Nguyễn Thị Lan", "chưa đặt tên".
_CHILD_OF = re.compile(
    r"^(?:cháu |bé |trẻ |chau |be |tre )?con (?:của |cua )?"
    r"(?:bà|chị|cô|mẹ|ba|chi|co|me)(?: là| la)? (.+)$"
)
_NO_NAME = re.compile(
    r"^(?:trẻ |cháu |bé |tre |chau |be )?"
    r"(?:chưa (?:đặt|có) tên|không tên|sơ sinh|chua (?:dat|co) ten|khong ten|so sinh)\b"
)
#: A family name that one in 128 bears at least, in bits: after a bare title it begins the name.
_COMMON = 7.0


@lru_cache(maxsize=32_768)
def name_key(name: str) -> str:
    """The comparable form of a name, accents kept: ``"Bà Lý  Thị HOÀ"`` gives ``"li2 thi5 hoa1"``.

    Each syllable is its letters and the number of its tone, so that neither the place of the
    mark nor the case nor y for i matters. Empty for a newborn that has no name yet.
    """
    words = name.split()
    keys = [_clean_key(word) for word in words]
    if not all(keys) or (words and words[0].casefold() in _OPENINGS):
        return _repaired_key(name)
    return " ".join(keys)


@lru_cache(maxsize=65_536)
def _clean_key(word: str) -> str:
    """The key of a word that is a well-formed syllable as it stands; empty for any other."""
    return syllable_key(word) if is_syllable(word) and word.isalpha() else ""


def _repaired_key(name: str) -> str:
    shown = legacy_fonts.by_letters(to_unicode(name))
    text = shown.casefold()
    if _NO_NAME.match(text) or _CHILD_OF.match(text):
        return ""
    typed = " ".join(keystrokes.read(shown.split()))
    words = _NOT_LETTERS.sub(" ", typed.casefold()).split()
    while len(words) > 2 and words[0] in _TITLES and _begins_a_name(words[0], words[1]):
        words = words[1:]
    if _has_bare_title(words):
        words = words[1:]
    return " ".join(map(_word_key, words))


def _has_bare_title(words: list[str]) -> bool:
    """A title without its accent: the family name follows, and the name is whole without it."""
    if len(words) < 3 or words[0] not in _BARE_TITLES:
        return False
    accented = not all(word.isascii() for word in words)  # then Châu would bear its hat
    return (accented and _is_family(words[1])) or (
        len(words) > 3 and family_bits(plain(words[1])) <= _COMMON
    )


def mother_in(name: str) -> str:
    """The mother's name in ``"con bà Nguyễn Thị Lan"``; empty for any other name."""
    found = _CHILD_OF.match(to_unicode(name).casefold())
    return found.group(1) if found else ""


@lru_cache(maxsize=32_768)
def plain_key(key: str) -> str:
    """A name's key without accents: ``"li2 thi5 hoa1"`` gives ``"li thi hoa"``."""
    return fold(re.sub(r"\d", "", key))


def _begins_a_name(title: str, word: str) -> bool:
    """A family name or its initial, and not the thị or văn of somebody called like a title."""
    if plain_key(_word_key(word)) in ("thi", "van"):
        return False
    return title in _NEVER_A_NAME or _is_family(word)


def _is_family(word: str) -> bool:
    key = plain_key(_word_key(word))
    return key != "thi" and (len(key) == 1 or key == "ng" or key in FAMILY_NAMES)


@lru_cache(maxsize=65_536)
def _word_key(word: str) -> str:
    return syllable_key(word)


# Units


_OFFICE = re.compile(
    r"\b(?:ubnd|uy ban nhan dan|bo phan (?:tiep nhan va tra ket qua|mot cua)|"
    r"trung tam (?:phuc vu )?hanh chinh cong|hdnd)\b"
)
_LEVEL = re.compile(r"^(?:(?:xa|phuong|thi tran|tt|p|x)\b(?=.)\s*)+|^(?:p|x|tt)(?=\d)")
_ABOVE = re.compile(r"\s*(?:[,;–—(]|\s-\s).*$")


@lru_cache(maxsize=4_096)
def unit_key(text: str) -> str:
    """A unit's comparable name: ``"UBND xã Tân Hà, huyện Hàm Tân"`` gives ``"tan ha"``."""
    words = _ABOVE.sub("", plain(text)) or plain(text)
    words = " ".join(re.sub(r"[^a-z0-9.]+|\.(?!\d)|(?<!\d)\.", " ", words).split())
    words = " ".join(_OFFICE.sub(" ", words).split())
    bare = _LEVEL.sub("", words).strip()
    return bare.lstrip("0") if bare.isdigit() and len(bare) <= 2 else bare or words


def one_spelling(units: Iterable[str]) -> dict[str, str]:
    """Spellings that differ in case alone, each with the one that stands for all of them.

    Capitals throughout are a clerk's habit in titles, so any other spelling goes before them.
    """
    alike: dict[str, list[str]] = {}
    for unit in sorted(set(units)):
        alike.setdefault(to_unicode(unit).casefold(), []).append(unit)
    found: dict[str, str] = {}
    for spellings in alike.values():
        if len(spellings) > 1:
            chosen = min(spellings, key=lambda unit: (unit.isupper(), unit))
            found |= {unit: chosen for unit in spellings if unit != chosen}
    return found
