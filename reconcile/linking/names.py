"""How near two names are: a level an official understands, and its weight in bits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from reconcile.linking.lexicon import Array, Flags, Floats, Index, Ints, Lexicon, NameParts
from reconcile.linking.spelling import explained_better, sound
from reconcile.text.rarity import FAMILY_NAMES, GIVEN_NAMES, MIDDLE_NAMES, family_bits


class Level(IntEnum):
    """The nearness of two names, best first."""

    MISSING = 0
    EQUAL = 1
    BARE = 2  # equal, one side without accents
    SHORT = 3  # a middle name missing, or initials; the family name cut off
    ACCENTS = 4  # equal but for an accent
    SLIP = 5  # a letter swapped, lost or wrong
    PART = 6  # family and given name agree, the middle name does not
    OTHER = 7


class Given(IntEnum):
    """What the given names alone say: it tells twins apart."""

    MISSING = 0
    EQUAL = 1
    INITIAL = 2
    SLIP = 3  # a slip: one of the two is no name that people bear
    NEAR = 4  # a slip apart, yet both are names, or the slip is rather one of another name
    OTHER = 5


@dataclass(frozen=True, slots=True)
class Nearness:
    """Of many pairs of names: level, the given names alone, and the weight in bits."""

    level: Array
    given: Array
    weight: Floats
    given_weight: Floats


#: Bits for what differs; what agrees is worth its rarity.
FAMILY_OTHER, FAMILY_NEAR, SLIPPED = -6.0, -4.0, 3.5
MIDDLE_OTHER, MIDDLE_MISSING, MIDDLE_PART = -4.0, -0.7, -1.0
MIDDLE_INITIALS_OTHER, MIDDLE_NEAR = -2.0, -1.0
GIVEN_NEAR, GIVEN_OTHER = -5.0, -9.0
ACCENTS_EQUAL, ACCENTS_OTHER = 0.7, -2.5
#: A family name that one in so many bears, in bits: a name that begins with it has its own.
COMMON_FAMILY = 8.0
#: A name of common words is never taken for rarer than this, in bits.
MOST = 24.0
#: Pairs of words from which on threads are worth their start: on a busy machine it takes 10 ms.
MANY = 50_000


def compare_names(ours: Ints, theirs: Ints, lexicon: Lexicon, parts: NameParts) -> Nearness:
    """Compare names pair by pair; equal pairs of names are compared once."""
    both = ours.astype(np.int64) * len(lexicon.names) + theirs
    unique, back = np.unique(both, return_inverse=True)
    a = (unique // len(lexicon.names)).astype(np.int32)
    b = (unique % len(lexicon.names)).astype(np.int32)
    near = _compare(a, b, lexicon, parts)
    return Nearness(near.level[back], near.given[back], near.weight[back], near.given_weight[back])


@lru_cache(maxsize=16_384)
def compare_keys(one: str, other: str) -> tuple[Level, Given]:
    """The nearness of two names alone, given by their keys."""
    lexicon = Lexicon()
    a, b = (np.array([lexicon.names.number(key)], dtype=np.int32) for key in (one, other))
    near = compare_names(a, b, lexicon, lexicon.parts())
    return Level(int(near.level[0])), Given(int(near.given[0]))


def _compare(a: Ints, b: Ints, lexicon: Lexicon, parts: NameParts) -> Nearness:
    missing = (a == 0) | (b == 0)
    equal = a == b
    bare = parts.bare[a] ^ parts.bare[b]
    plain = parts.plain[a] == parts.plain[b]
    accents_differ = ~equal & ~parts.bare[a] & ~parts.bare[b]

    family, family_slip = _family(a, b, lexicon, parts)
    middle, middle_state = _middle(a, b, lexicon, parts)
    given, given_weight = _given(a, b, lexicon, parts)
    cut = _family_cut(a, b, (family == FAMILY_OTHER) & (given == Given.EQUAL), lexicon, parts)
    family[cut] = 0.0
    middle[cut] = np.maximum(parts.middle_bits[a[cut]], parts.middle_bits[b[cut]])
    middle_state[cut] = 0
    weight = family + middle + given_weight
    weight += np.where(equal, ACCENTS_EQUAL, 0.0)
    weight += np.where(plain & accents_differ, ACCENTS_OTHER, 0.0)
    weight = np.minimum(weight, MOST)

    whole_family = parts.family[a] == parts.family[b]
    same_given = given == Given.EQUAL
    level = np.full(len(a), Level.OTHER, dtype=np.int8)
    level[whole_family & same_given & (middle_state == 4)] = Level.PART
    slipped = (given <= Given.NEAR) & (family > FAMILY_OTHER) & (middle_state <= 3)
    level[slipped] = Level.SLIP
    short = (given <= Given.INITIAL) & ~family_slip & (family > -2) & (middle_state <= 2)
    level[short] = Level.SHORT
    level[plain] = Level.ACCENTS
    level[plain & bare] = Level.BARE
    level[equal] = Level.EQUAL
    level[missing] = Level.MISSING
    return Nearness(
        level,
        np.where(missing, Given.MISSING, given).astype(np.int8),
        np.where(missing, 0.0, weight).astype(np.float32),
        np.where(missing, 0.0, given_weight).astype(np.float32),
    )


def _family(a: Ints, b: Ints, lexicon: Lexicon, parts: NameParts) -> tuple[Floats, Flags]:
    ours, theirs = parts.family[a], parts.family[b]
    bits = np.minimum(parts.family_bits[a], parts.family_bits[b])
    short = parts.family_short[a] | parts.family_short[b]
    initial = short & (parts.family_initial[a] == parts.family_initial[b])
    misheard = short & (parts.family_initial_by_ear[a] == parts.family_initial_by_ear[b])
    equal = ours == theirs
    absent = (ours == 0) | (theirs == 0)
    open_ = ~(equal | initial | absent)
    near, both_known = _near_words(ours, theirs, open_, lexicon, FAMILY_NAMES)
    weight = np.full(len(a), FAMILY_OTHER, dtype=np.float32)
    weight[near] = np.maximum(bits[near] - SLIPPED, 0.0)
    weight[near & both_known] = FAMILY_NEAR
    weight[misheard] = 0.0
    weight[initial] = 0.7
    weight[absent] = 0.0
    weight[equal] = bits[equal]
    return weight, near | (misheard & ~initial)


def _family_cut(a: Ints, b: Ints, where: Flags, lexicon: Lexicon, parts: NameParts) -> Flags:
    """Where one name is the other without its first word: Văn Anh for Lê Văn Anh.

    What begins with a common family name is whole: Nguyễn Khánh Linh is not Trần Nguyễn Khánh Linh.
    """
    cut = np.zeros(len(a), dtype=np.bool_)
    texts = lexicon.words
    for at in np.flatnonzero(where).tolist():
        one, other = sorted((texts[parts.plain[a[at]]], texts[parts.plain[b[at]]]), key=len)
        first, _, more = one.partition(" ")
        whole = family_bits(first) < COMMON_FAMILY
        cut[at] = bool(more) and not whole and other.partition(" ")[2] == one
    return cut


def _middle(a: Ints, b: Ints, lexicon: Lexicon, parts: NameParts) -> tuple[Floats, Array]:
    """Weight, and: 0 equal, 1 missing, 2 initials, 3 slip or a part of it, 4 other.

    Thị alone is a part of Thị Kim; Thị Ngọc is another.
    """
    ours, theirs = parts.middle[a], parts.middle[b]
    bits = np.minimum(parts.middle_bits[a], parts.middle_bits[b])
    equal = ours == theirs
    absent = (ours == 0) | (theirs == 0)
    either_short = parts.middle_short[a] | parts.middle_short[b]
    initials = either_short & (parts.middle_initials[a] == parts.middle_initials[b])
    part = (parts.middle_last[a] == parts.middle_last[b]) | (
        parts.middle_first[a] == parts.middle_first[b]
    )
    part &= parts.middle_words[a] != parts.middle_words[b]
    misheard = either_short & (parts.middle_initials_by_ear[a] == parts.middle_initials_by_ear[b])
    initials_part = either_short & (
        (parts.middle_words[a] != parts.middle_words[b])
        & (parts.middle_initial[a] == parts.middle_initial[b])
    )
    both_short = parts.middle_short[a] & parts.middle_short[b]
    open_ = ~(equal | absent | initials | part | both_short)
    near, both_borne = _near_words(ours, theirs, open_, lexicon, MIDDLE_NAMES)
    weight = np.full(len(a), MIDDLE_OTHER, dtype=np.float32)
    state = np.full(len(a), 4, dtype=np.int8)
    for where, value, what in (
        (either_short, MIDDLE_INITIALS_OTHER, 4),
        (initials_part, MIDDLE_INITIALS_OTHER, 3),
        (misheard, MIDDLE_MISSING, 3),
        (part, MIDDLE_PART, 3),
        (near, np.maximum(bits - SLIPPED, 0.0), 3),
        (near & both_borne, MIDDLE_NEAR, 3),
        (initials, np.float32(1.5), 2),
        (absent, MIDDLE_MISSING, 1),
        (equal, bits, 0),
    ):
        weight = np.where(where, value, weight)
        state[where] = what
    return weight.astype(np.float32), state


def _given(a: Ints, b: Ints, lexicon: Lexicon, parts: NameParts) -> tuple[Array, Floats]:
    ours, theirs = parts.given[a], parts.given[b]
    bits = np.minimum(parts.given_bits[a], parts.given_bits[b])
    equal = ours == theirs
    initial = (parts.given_short[a] | parts.given_short[b]) & (
        parts.given_initial[a] == parts.given_initial[b]
    )
    near, _ = _near_words(ours, theirs, ~(equal | initial), lexicon, GIVEN_NAMES)
    both_names = parts.given_known[a] & parts.given_known[b]
    # Hùng and Hưng are two names; Hùng and Hugn are one and a slip.
    unlike = equal & (parts.given_full[a] != parts.given_full[b])
    unlike &= ~parts.bare[a] & ~parts.bare[b]
    given = np.full(len(a), Given.OTHER, dtype=np.int8)
    given[near] = Given.SLIP
    given[near & both_names] = Given.NEAR
    given[initial] = Given.INITIAL
    given[equal] = Given.EQUAL
    given[unlike] = Given.SLIP
    given[unlike & both_names] = Given.NEAR
    weight = np.full(len(a), GIVEN_OTHER, dtype=np.float32)
    weight[near] = np.maximum(bits[near] - SLIPPED, 0.0)
    weight[near & both_names] = GIVEN_NEAR
    weight[initial] = 2.0
    weight[equal] = bits[equal]
    weight[unlike & both_names] -= 2.0
    rather = _rather_another(a, b, given == Given.SLIP, lexicon, parts)
    given[rather] = Given.NEAR
    weight[rather] = np.minimum(weight[rather], 0.0)
    return given, weight


def _rather_another(a: Ints, b: Ints, slipped: Flags, lexicon: Lexicon, parts: NameParts) -> Flags:
    """Slips by which a third name is nearer: Dũnng is rather Dũng than Dương."""
    known = parts.given_known
    at = np.flatnonzero(slipped & (known[a] ^ known[b]))
    rather = np.zeros(len(a), dtype=np.bool_)
    if not len(at):
        return rather
    first = known[b[at]]
    written = np.where(first, parts.given_full[a[at]], parts.given_full[b[at]])
    borne = np.where(first, parts.given_full[b[at]], parts.given_full[a[at]])
    bare = parts.bare[a[at]] | parts.bare[b[at]]
    size = len(lexicon.words)
    coded = (written.astype(np.int64) * size + borne) * 2 + bare
    unique, back = np.unique(coded, return_inverse=True)
    texts = lexicon.words
    verdicts = [
        explained_better(texts[one // 2 // size], texts[one // 2 % size], bare=bool(one % 2))
        for one in unique.tolist()
    ]
    rather[at] = np.array(verdicts, dtype=np.bool_)[back]
    return rather


def _near_words(
    ours: Ints, theirs: Ints, where: Flags, lexicon: Lexicon, borne: frozenset[str]
) -> tuple[Flags, Flags]:
    """Where two words are one slip of the hand or the ear apart; and where both are borne."""
    near = np.zeros(len(ours), dtype=np.bool_)
    known = np.zeros(len(ours), dtype=np.bool_)
    at = np.flatnonzero(where)
    if not len(at):
        return near, known
    size = len(lexicon.words)
    unique, back = np.unique(ours[at].astype(np.int64) * size + theirs[at], return_inverse=True)
    words, place = np.unique(np.concatenate((unique // size, unique % size)), return_inverse=True)
    a, b = place[: len(unique)], place[len(unique) :]
    # A key left over after y (Quys for Quý) is one slip, not two.
    texts = [lexicon.words[word].replace("y", "i") for word in words.tolist()]
    sounds = Index()
    by_ear = np.array([sounds.number(sound(text)) for text in texts])
    is_borne = np.array([text in borne for text in texts])
    apart = process.cpdist(
        [texts[one] for one in a.tolist()],
        [texts[one] for one in b.tolist()],
        scorer=OSA.distance,
        score_cutoff=1,
        dtype=np.uint8,
        workers=-1 if len(unique) > MANY else 1,
    )
    near[at] = ((apart <= 1) | (by_ear[a] == by_ear[b]))[back]
    known[at] = (is_borne[a] & is_borne[b])[back]
    return near, known
