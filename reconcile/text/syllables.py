"""Vietnamese syllables: taken apart into letters and tone, and told from what is none.

Spelling follows the national alphabet (chữ Quốc ngữ). A syllable is an onset, a rhyme and a
tone; where the tone mark is put (hoà, hòa) is a habit of typing and says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Combining marks of the five written tones: huyền, sắc, hỏi, ngã, nặng. No mark is tone 0.
TONES = {"\u0300": 1, "\u0301": 2, "\u0309": 3, "\u0303": 4, "\u0323": 5}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ONSETS = _words("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph r s t th tr v x") | {""}
_RHYMES = _words(
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăp oăt "
    "oc oe oen oeo oet oi om on ong ooc oong op ot "
    "ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "u ua uc ui um un ung up ut uân uâng uât uây uê uêch uên uênh uêu "
    "uơ uy uya uych uyên uyêt uyn uynh uyp uyt uyu uôc uôi uôm uôn uông uôt "
    "ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu "
    "y yêm yên yêng yêt yêu"
)
#: After q the u belongs to the onset: "qu" and one of these.
_AFTER_QU = _words(
    "a ac ach ai an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng ât âu ây "
    "e en eo et ê êch ên ênh êt êu i ich in inh it iên iêt o oc ot ô ôc ôi ôn ông ôt ơ ơi ơn "
    "y ych yên yêt yn ynh yt"
)
_CLOSED = ("c", "ch", "p", "t")
#: Combining marks, those of Vietnamese among them; and the one letter that is not composed.
_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]")
_BARRED = str.maketrans("đĐ", "dD")
_TELLS_NOTHING = str.maketrans("ăâêôơưđ", "aaeooud")


@lru_cache(maxsize=65_536)
def apart(word: str) -> tuple[str, int]:
    """Letters without the tone, lower case, and the tone: ``"Hoà"`` gives ``("hoa", 1)``."""
    tone = 0
    letters = []
    for char in unicodedata.normalize("NFD", word.casefold()):
        if char in TONES:
            tone = TONES[char]
        else:
            letters.append(char)
    return unicodedata.normalize("NFC", "".join(letters)), tone


def bare(text: str) -> str:
    """The text without accents, all else as it is: ``"Đã trả"`` gives ``"Da tra"``."""
    letters = _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_BARRED)
    if letters.isascii():
        return letters
    return "".join(char for char in letters if not unicodedata.combining(char))


def fold(letters: str) -> str:
    """Toneless letters as plain ASCII letters: ``"đương"`` gives ``"duong"``."""
    return letters.translate(_TELLS_NOTHING)


@lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Whether the word is a well-formed Vietnamese syllable, written as people write one."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False  # a capital inside a word betrays a legacy font
    letters, tone = apart(word)
    rhyme = _rhyme(letters)
    return rhyme is not None and (not rhyme.endswith(_CLOSED) or tone in (2, 5) or tone == 0)


def _rhyme(letters: str) -> str | None:
    if letters.startswith("qu"):
        return letters[2:] if letters[2:] in _AFTER_QU else None
    if letters.startswith("gi"):
        # "gì" and "giếng" write one i for two: onset gi, rhyme i or iêng.
        for rhyme in (letters[2:], letters[1:]):
            if rhyme in _RHYMES:
                return rhyme
    for size in (3, 2, 1, 0):
        if letters[:size] in _ONSETS and letters[size:] in _RHYMES and len(letters) >= size:
            return letters[size:]
    return None


_BARE_ONSETS = frozenset(map(fold, _ONSETS))
_BARE_RHYMES = frozenset(map(fold, _RHYMES))
_BARE_AFTER_QU = frozenset(map(fold, _AFTER_QU))


def is_bare_syllable(word: str) -> bool:
    """Whether the word is a syllable whose accents and hats were left out: ``"Phuong"``."""
    letters = word.lower()
    if letters.startswith("qu") and letters[2:] in _BARE_AFTER_QU:
        return True
    return any(
        letters[:size] in _BARE_ONSETS and letters[size:] in _BARE_RHYMES for size in range(4)
    )
