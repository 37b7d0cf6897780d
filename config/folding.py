"""Words made comparable for tables and keys: no accents, no case, no punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reconcile.text.syllables import bare

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_SOFT_HYPHEN = "\u00ad"  # in the font TCVN3 it is the letter ư
_SPACES = frozenset(("Zs", "Zl", "Zp"))
_UNSEEN = frozenset(("Cf", "Cc", "Cs"))


def visible(text: str) -> str:
    """The text without what nobody sees: direction marks, joiners, control characters, halves of
    characters; every kind of space is a space."""
    if text.isprintable():  # the usual case, told in no time
        return text
    return "".join(map(_seen, text))


@lru_cache(maxsize=4096)
def _seen(char: str) -> str:
    if char.isprintable() or char == _SOFT_HYPHEN:
        return char
    if char.isspace() or unicodedata.category(char) in _SPACES:
        return " "
    return "" if unicodedata.category(char) in _UNSEEN else char


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``"Đã trả kết quả (đúng hạn)"`` → ``"da tra ket qua dung han"``."""
    letters = bare(visible(text).replace("Ð", "D"))
    return _NOT_WORD.sub(" ", letters.lower()).strip()


def has_words(text: str, words: str) -> bool:
    """Whether folded ``words`` stand in folded ``text`` as whole words, next to each other."""
    return f" {words} " in f" {text} "
