"""How a word came to be written otherwise: by the hand, by the ear, or because it is another."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from reconcile.text.rarity import GIVEN_FORMS, GIVEN_NAMES, plain_word

_SOUNDS = (("ngh", "ng"), ("gh", "g"), ("tr", "ch"), ("gi", "d"), ("r", "d"), ("v", "d"))


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """A word as the ear takes it at a counter: tr is ch, s is x, l is n, final t is c."""
    for old, new in _SOUNDS:
        if word.startswith(old):
            word = new + word[len(old) :]
            break
    word = word.replace("s", "x").replace("l", "n").replace("y", "i")
    if word.endswith(("ng", "nh")):
        return word[:-1]
    return word[:-1] + "c" if word.endswith("t") else word


#: Keys beside a key (QWERTY), as far as Vietnamese names use them.
_BESIDE = {
    **{"a": "qswz", "b": "vghn", "c": "xdfv", "d": "serfcx", "e": "wsdr", "g": "ftyhbv"},
    **{"h": "gyujnb", "i": "ujko", "k": "jiolm", "l": "kop", "m": "njk", "n": "bhjm"},
    **{"o": "iklp", "p": "ol", "q": "wa", "r": "edft", "s": "awedxz", "t": "rfgy"},
    **{"u": "yhji", "v": "cfgb", "x": "zsdc", "y": "tghu"},
}
#: What a change of a word costs: one that hands and ears make all the time, any other, an accent.
USUAL, ANY, ACCENT = 0.5, 1.0, 0.5
#: Tones by the key that makes them (Telex): a key hit too late stays as a letter.
_TELEX = {"f": "1", "s": "2", "r": "3", "x": "4", "j": "5"}


def explained_better(written: str, borne: str, *, bare: bool) -> bool:
    """Whether some other given name that people bear explains the written word better.

    Both are syllable keys (letters and tone). ``bare``: one side is written without accents, so
    accents say nothing.
    """
    return _least(written, bare) < cost(written, borne, bare=bare)


@lru_cache(maxsize=16_384)
def _least(written: str, bare: bool) -> float:
    """The cost of the name that explains the word best."""
    plain = plain_word(written)
    near = [
        name
        for name, _, _ in process.extract(
            plain, _NAMES, scorer=OSA.distance, score_cutoff=1, limit=None
        )
    ]
    if bare:
        costs = [cost(written, name, bare=True) for name in near]
    else:
        costs = [cost(written, form, bare=False) for name in near for form in _FORMS[name]]
    return min(costs, default=float("inf"))


_NAMES = sorted(GIVEN_NAMES)
_FORMS: dict[str, list[str]] = {}
for _form in sorted(GIVEN_FORMS):
    _FORMS.setdefault(plain_word(_form), []).append(_form)


@lru_cache(maxsize=65_536)
def cost(written: str, borne: str, *, bare: bool) -> float:
    """How much had to go wrong for the borne name to be written so."""
    one, other = plain_word(written), plain_word(borne)
    if one[:-1] == other and _TELEX.get(one[-1:]) == _tone(borne):
        return USUAL
    total = _letters(one, other)
    if not bare:
        total += ACCENT * (_tone(written) != _tone(borne))
        marked = sorted(set(written) ^ set(borne))
        total += ACCENT * any(mark in "ăâđêôơư" for mark in marked)
    return total


def _tone(key: str) -> str:
    return key[-1] if key[-1:].isdigit() else ""


def _letters(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if sound(one) == sound(other):
        return USUAL
    if OSA.distance(one, other) > 1:
        return 2 * ANY
    if len(one) != len(other) or sorted(one) == sorted(other):
        return USUAL  # a letter lost, doubled or swapped with its neighbour
    if {one[-1], other[-1]} == {"t", "c"}:
        return USUAL
    hit, meant = next((x, y) for x, y in zip(one, other, strict=True) if x != y)
    return USUAL if meant in _BESIDE.get(hit, "") else ANY
