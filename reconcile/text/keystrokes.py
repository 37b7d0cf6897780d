"""Words left as they were typed: the keys of Telex and VNI, and a space that was not hit.

Only a word that is no Vietnamese syllable is read so, with accents or without, and only where it
becomes one, or the name of a clan.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from reconcile.text.rarity import CLANS, NAME_FORMS, syllable_key
from reconcile.text.syllables import TONES, apart, bare, is_bare_syllable, is_syllable

_VOWELS = "aeiouyăâêôơư"
_MARKS = {tone: mark for mark, tone in TONES.items()}
_TELEX_TONES = {"f": 1, "s": 2, "r": 3, "x": 4, "j": 5}
_VNI_TONES = {"2": 1, "1": 2, "3": 3, "4": 4, "5": 5}
#: What the keys make, the longest first.
_TELEX = (
    *(("uwow", "ươ"), ("uow", "ươ"), ("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô")),
    *(("aw", "ă"), ("ow", "ơ"), ("uw", "ư"), ("w", "ư")),
)
_VNI = (
    *(("u7o7", "ươ"), ("uo7", "ươ"), ("d9", "đ"), ("a6", "â"), ("e6", "ê"), ("o6", "ô")),
    *(("a8", "ă"), ("o7", "ơ"), ("u7", "ư")),
)
_DIGITS = re.compile("[1-9]")
#: A vowel whose circumflex was typed at the word's end: "Nguyene" for Nguyên.
_LATE = re.compile(r"^(.*)([aeo])([^aeiouy]+)\2$")


def read(words: list[str]) -> list[str]:
    """The words of a name as they were meant: ``["Luwowmj"]`` gives ``["lượm"]``.

    A name is one hand's: where one word is surely Telex, so are the others. A single word that
    becomes nothing but some syllable may be a slip instead, and is left.
    """
    if all(map(_is_plain, words)):
        return words
    sure = any(_typed(word, sure=False) != (word,) for word in words if word.isascii())
    read_as = [_typed(word, sure=sure) for word in words]
    if all(map(str.isascii, words)) and not any(_has_tone(part) for one in read_as for part in one):
        # No tone in the whole name: a doubled letter in a name without accents, perhaps.
        read_as = [tuple(map(_plain, parts)) for parts in read_as]
    return [part for parts in read_as for part in parts]


def _has_tone(word: str) -> bool:
    return apart(word)[1] > 0


def _is_plain(word: str) -> bool:
    return is_syllable(word) or is_bare_syllable(word)


@lru_cache(maxsize=16_384)
def _typed(word: str, *, sure: bool) -> tuple[str, ...]:
    if _is_plain(word):
        return (word,)
    if word.isascii():
        small = word.lower()
        for typed in (_of_telex(small), _with_keys(small, _TELEX)):
            if typed != small and (_is_name(typed) or (sure and is_syllable(typed))):
                return (typed,)
        if typed := _of_vni(small):  # a digit inside a word is no part of any name
            return (typed,)
    return _apart(word)


def _is_name(word: str) -> bool:
    return syllable_key(word) in NAME_FORMS or _plain(word) in CLANS


def _of_telex(word: str) -> str:
    if not word.isalpha():
        return ""
    first = next((at for at, letter in enumerate(word) if letter in "aeiouyw"), len(word))
    tail = word[first:]
    tones = [letter for letter in tail if letter in _TELEX_TONES]
    if len(tones) > 1:
        return ""
    letters = word[:first] + "".join(letter for letter in tail if letter not in _TELEX_TONES)
    tone = _TELEX_TONES[tones[0]] if tones else 0
    shown = _with_keys(letters, _TELEX)
    late = _LATE.match(shown)
    if late and not is_syllable(shown):
        shown = f"{late[1]}{late[2]}\u0302{late[3]}"
    return _toned(shown, tone)


def _of_vni(word: str) -> str:
    if not word.isalnum() or not _DIGITS.search(word) or not word[0].isalpha():
        return ""
    tones = [sign for sign in word if sign in _VNI_TONES]
    if len(tones) > 1:
        return ""
    letters = "".join(sign for sign in word if sign not in _VNI_TONES)
    shown = _with_keys(letters, _VNI)
    if not shown.isalpha():
        return ""
    return _toned(shown, _VNI_TONES[tones[0]] if tones else 0)


def _with_keys(letters: str, keys: tuple[tuple[str, str], ...]) -> str:
    for typed, shown in keys:
        letters = letters.replace(typed, shown)
    return letters


def _toned(letters: str, tone: int) -> str:
    """The tone on the last vowel: where it stands says nothing."""
    letters = unicodedata.normalize("NFC", letters)
    at = max((at for at, letter in enumerate(letters) if letter in _VOWELS), default=-1)
    if not tone or at < 0:
        return letters
    return unicodedata.normalize("NFC", letters[: at + 1] + _MARKS[tone] + letters[at + 1 :])


_CAPITALS = frozenset("ABCDEGHIKLMNOPQRSTUVXYĐ")


def _apart(word: str) -> tuple[str, ...]:
    """Two names without the space between: at a capital, else where only one cut gives names."""
    # Another capital inside a word (NguyÔn) is a sign of an old font.
    capitals = [
        at for at in range(1, len(word)) if word[at] in _CAPITALS and word[at - 1].islower()
    ]
    if capitals:
        cuts = [0, *capitals, len(word)]
        parts = tuple(word[a:b] for a, b in pairwise(cuts))
        return parts if all(len(part) > 1 and is_syllable(part) for part in parts) else (word,)
    halves = [
        (word[:at], word[at:])
        for at in range(3, len(word) - 2)
        if syllable_key(word[:at]) in NAME_FORMS and syllable_key(word[at:]) in NAME_FORMS
    ]
    return halves[0] if len(halves) == 1 else (word,)


def _plain(word: str) -> str:
    return bare(word.casefold())
