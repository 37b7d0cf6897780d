"""Words made comparable for tables and keys: no accents, no case, no punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOT_WORD = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``"Đã trả kết quả (đúng hạn)"`` → ``"da tra ket qua dung han"``."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D").replace("Ð", "D"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", letters.lower()).strip()


def has_words(text: str, words: str) -> bool:
    """Whether folded ``words`` stand in folded ``text`` as whole words, next to each other."""
    return f" {words} " in f" {text} "
