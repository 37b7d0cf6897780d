"""The words of all claims, each kept once and known by a number.

Names are taken apart once: family name, middle name, given name, with and without accents, their
rarity, and whether they are abbreviated. Comparing a million pairs is then work on numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from reconcile.linking.spelling import sound
from reconcile.text.packed import PackedTexts
from reconcile.text.rarity import (
    CLANS,
    FAMILY_NAMES,
    GIVEN_NAMES,
    PARTICLES,
    family_bits,
    given_bits,
    is_given,
    middle_bits,
    plain_word,
)
from reconcile.text.vietnamese import name_key

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Array = NDArray[Any]

#: What a consonant group alone can only be: the beginning of a longer word.
_GROUPS = frozenset(("ng", "nh", "th", "tr", "ph", "kh", "ch", "gi", "qu", "ngh"))


class Index:
    """Strings and their numbers; number 0 is the empty string.

    ``known`` are strings that have their numbers already, however many.
    """

    def __init__(self, known: PackedTexts | None = None) -> None:
        self._known = known if known is not None else PackedTexts.of(())
        self._before = len(self._known)
        self._fresh: list[str] = [] if self._before else [""]
        self._numbers = {} if self._before else {"": 0}

    def number(self, text: str) -> int:
        """Its number, from now on."""
        found = self._numbers.get(text)
        if found is None:
            found = self._known.find(text) if self._before else -1
            if found < 0:
                found = len(self)
                self._fresh.append(text)
            self._numbers[text] = found
        return found

    def __len__(self) -> int:
        return self._before + len(self._fresh)

    def __getitem__(self, number: int) -> str:
        before = self._before
        return self._known[number] if number < before else self._fresh[number - before]

    def since(self, number: int) -> list[str]:
        """The strings from this number on."""
        return [*self._known[number:], *self._fresh[max(0, number - self._before) :]]

    def packed(self) -> PackedTexts:
        """All of them, by number."""
        return self._known.with_more(PackedTexts.of(self._fresh))


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of every name, by the number of the name; each part a number of a word."""

    plain: Ints  # the whole name without accents
    family: Ints
    middle: Ints
    given: Ints
    given_full: Ints  # with its accents
    family_initial: Ints
    family_initial_by_ear: Ints
    middle_initials: Ints
    middle_initials_by_ear: Ints
    middle_first: Ints
    middle_last: Ints
    middle_initial: Ints  # of its first word
    middle_words: Ints  # how many
    given_initial: Ints
    given_initial_by_ear: Ints
    family_short: Flags
    middle_short: Flags
    given_short: Flags
    bare: Flags  # no accent in the whole name
    family_bits: Floats
    middle_bits: Floats
    given_bits: Floats
    given_known: Flags  # the given name, as far as accents are written, is one that people bear


_PARTS = tuple(NameParts.__slots__)
_KINDS = [np.int32] * 15 + [np.bool_] * 4 + [np.float32] * 3 + [np.bool_]


@dataclass(slots=True)
class Lexicon:
    """Names, words, ids and units of both sides."""

    names: Index = field(default_factory=Index)
    words: Index = field(default_factory=Index)
    texts: Index = field(default_factory=Index)  # ids, units, books: compared whole
    _raw: dict[str, int] = field(default_factory=dict)
    _parts: NameParts | None = None

    @classmethod
    def known(
        cls, names: PackedTexts, words: PackedTexts, texts: PackedTexts, parts: NameParts
    ) -> Lexicon:
        """A lexicon that was stored, its names taken apart already."""
        return cls(Index(names), Index(words), Index(texts), {}, parts)

    def name(self, text: str) -> int:
        """The number of a name as written."""
        if not text:
            return 0
        found = self._raw.get(text)
        if found is None:
            found = self._raw[text] = self.names.number(name_key(text))
        return found

    def parts(self) -> NameParts:
        """The parts of all names; those that came since the last time are taken apart now."""
        done = len(self._parts.plain) if self._parts else 0
        if done < len(self.names):
            rows = [self._apart(key) for key in self.names.since(done)]
            table = np.array(rows, dtype=np.float64).T
            new = [column.astype(kind) for column, kind in zip(table, _KINDS, strict=True)]
            old = [] if self._parts is None else [getattr(self._parts, n) for n in _PARTS]
            self._parts = NameParts(
                *map(np.concatenate, zip(old, new, strict=True)) if old else new
            )
        assert self._parts is not None  # noqa: S101 - number 0 is always there
        return self._parts

    def _apart(self, key: str) -> tuple[float, ...]:
        full = key.split()
        if not full:
            return (0,) * 23
        plain = [plain_word(word) for word in full]
        number = self.words.number
        by_clan = clan_last(plain)
        # A single word is a given name: people are called by it.
        family = plain[0] if len(plain) > 1 else ""
        middle, given, given_full = plain[1:-1], plain[-1], full[-1]
        if by_clan:
            middle, given, family = by_clan
            given_full = full[len(plain) - len(family.split()) - 1]
            if plain_word(given_full).startswith(middle[0] if middle else "-") and len(plain) == 2:
                given_full = given_full[1:]
            plain = [*middle, *given.split(), *family.split()]
        initials = "".join(map(initial, middle))
        bare = key.isascii() and not any(char.isdigit() for char in key)
        return (
            number(" ".join(plain)),
            number(family),
            number(" ".join(middle)),
            number(given),
            number(given_full),
            number(initial(family)),
            number(initial_by_ear(family)),
            number(initials),
            number("".join(map(initial_by_ear, middle))),
            number(middle[0] if middle else ""),
            number(middle[-1] if middle else ""),
            number(initial(middle[0]) if middle else ""),
            len(middle),
            number(initial(given)),
            number(initial_by_ear(sound(given))),
            is_short(family),
            bool(middle) and all(map(is_short, middle)),
            is_short(given) and len(plain) > 1,
            bare,
            family_bits(family) if family else 0.0,
            middle_bits(" ".join(middle)),
            given_bits(given),
            # Nobody counted the names of the clans: any may be borne.
            bool(by_clan) or (given in GIVEN_NAMES if bare else is_given(given_full)),
        )


def clan_last(plain: list[str]) -> tuple[list[str], str, str] | None:
    """Particle, given name and clan of a name of the Ê Đê and their neighbours: ``H'Lan Niê``."""
    size = next((n for n in (3, 2, 1) if " ".join(plain[-n:]) in CLANS and len(plain) > n), 0)
    if not size and len(plain) > 2 and plain[0] in PARTICLES and _nearly_a_clan(plain[-1]):
        size = 1
    if not size:
        return None
    rest, clan = plain[:-size], " ".join(plain[-size:])
    if rest[0] in PARTICLES and len(rest) > 1:
        return rest[:1], " ".join(rest[1:]), clan
    if rest[0] in FAMILY_NAMES:
        return None
    if rest[0][0] in "hy" and len(rest[0]) > 2 and rest[0][1] not in "aeiouy":  # HLan, YBlă
        particle = initial(rest[0])
        return [particle], " ".join([rest[0][1:], *rest[1:]]), clan
    return [], " ".join(rest), clan


@lru_cache(maxsize=4_096)
def _nearly_a_clan(word: str) -> bool:
    """A clan's name with a letter wrong, lost or doubled."""
    return len(word) > 2 and any(OSA.distance(word, clan, score_cutoff=1) <= 1 for clan in CLANS)


def initial(word: str) -> str:
    """The first letter; y and i are one, as in the names themselves."""
    return "i" if word[:1] == "y" else word[:1]


def initial_by_ear(word: str) -> str:
    """The first letter as the ear takes it: l and n, s and x, tr and ch, d, r and v are one."""
    return _EAR.get(word[:1], word[:1])


_EAR = {"l": "n", "s": "x", "y": "i", "r": "d", "v": "d", "t": "c"}


def is_short(word: str) -> bool:
    """An initial or the consonants before a point: ``N``, ``Ng``, ``Th``."""
    return len(word) == 1 or word in _GROUPS
