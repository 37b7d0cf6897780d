"""Whether the people of a row and of a dossier that share a code contradict it.

Only what is plain is told here: a name that may well be the same and no date against it. Where
there is doubt the whole of the two papers is weighed (``people``).
"""

from __future__ import annotations

from enum import Enum

from rapidfuzz.distance import OSA, JaroWinkler

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking.lexicon import initial
from reconcile.linking.names import Given, Level, compare_keys
from reconcile.linking.owners import Owners, owned
from reconcile.policy import Owner
from reconcile.text import codes
from reconcile.text.rarity import GIVEN_NAMES, is_given, plain_word
from reconcile.text.vietnamese import mother_in, name_key, plain_key


class Persons(Enum):
    """What the people of a row and of a dossier say of a shared code."""

    AGREE = "agree"
    SILENT = "silent"  # one of the two names nobody
    DOUBTFUL = "doubtful"  # some agree and some do not
    DIFFER = "differ"


def compare(row: Claim, dossier: Dossier, owners: Owners) -> Persons:
    """Compare every person of the row with every person of the dossier."""
    own = codes.person_id(row.subject_id)
    if own and any(own == codes.person_id(claim.subject_id) for claim in dossier.claims):
        return Persons.AGREE
    verdicts = [_compare(row, claim, owners) for claim in dossier.claims]
    for verdict in (Persons.AGREE, Persons.DOUBTFUL, Persons.DIFFER):
        if verdict in verdicts:
            return verdict
    return Persons.SILENT


def _compare(row: Claim, claim: Claim, owners: Owners) -> Persons:
    row, claim = (owned(c) if owners.of(c) is Owner.SUBJECT else c for c in (row, claim))
    ours, theirs = _subjects(row, owners), _subjects(claim, owners)
    same_name = row.subject == claim.subject and bool(name_key(row.subject))
    if same_name or any(alike(a, b) or nearly(a, b) for a in ours for b in theirs):
        agrees = _of_one_day(row, claim) and not _are_twins(row, claim, ours, theirs)
        return Persons.AGREE if agrees else Persons.DOUBTFUL
    # An applicant's id is the family's: brothers and sisters share it.
    family_agrees = bool(_ids(row) & _ids(claim)) or any(
        alike(a, b) for a in _people(row) for b in _people(claim)
    )
    if name_key(row.subject) and name_key(claim.subject):
        # Twins share mother, father and applicant: the child's own name decides.
        return Persons.DOUBTFUL if family_agrees else Persons.DIFFER
    if family_agrees:
        agrees = _of_one_day(row, claim) and not _another_owner(row, claim, owners)
        return Persons.AGREE if agrees else Persons.DOUBTFUL
    if not (ours or _people(row)) or not (theirs or _people(claim)):
        return Persons.SILENT if _of_one_day(row, claim) else Persons.DOUBTFUL
    return Persons.DIFFER if _same_part(row, claim) else Persons.DOUBTFUL


def _are_twins(row: Claim, claim: Claim, ours: list[str], theirs: list[str]) -> bool:
    """Given names that are two names, though a slip apart: twins are called Tiến and Tín."""
    dead = row.death_date and row.death_date == claim.death_date
    if not ours or not theirs or dead:
        return False
    a, b = ours[0].split()[-1], theirs[0].split()[-1]
    if any(key.isascii() and not any(map(str.isdigit, key)) for key in (ours[0], theirs[0])):
        plain = {plain_word(a), plain_word(b)}
        return len(plain) == 2 and plain <= GIVEN_NAMES
    return a != b and is_given(a) and is_given(b)


def _another_owner(row: Claim, claim: Claim, owners: Owners) -> bool:
    """The software names its owner alone, and the paper tells somebody else at the counter."""
    owner = name_key(claim.applicant)
    if name_key(claim.subject) or not owner:
        return False
    counter = name_key(row.applicant)
    if counter:
        return not alike(counter, owner)
    parents = filter(None, map(name_key, (claim.mother, claim.father)))
    return owners.of(claim) is Owner.MIXED and not any(alike(owner, one) for one in parents)


def _of_one_day(row: Claim, claim: Claim) -> bool:
    """No birth or death date contradicts."""
    return all(
        not ours or not theirs or _one_day(ours, theirs)
        for ours, theirs in (
            (row.birth_date, claim.birth_date),
            (row.death_date, claim.death_date),
        )
    )


def _one_day(one: str, other: str) -> bool:
    """Whether two ISO dates, of a year alone or with day and month swapped, may be one."""
    return one.startswith(other) or other.startswith(one) or sorted(one) == sorted(other)


def _same_part(row: Claim, claim: Claim) -> bool:
    """Some person is named in the same part on both sides, so a difference means something."""
    parts = (
        (row.subject, claim.subject),
        (row.applicant, claim.applicant),
        (row.mother, claim.mother),
    )
    return any(name_key(ours) and name_key(theirs) for ours, theirs in parts)


def _ids(claim: Claim) -> set[str]:
    return {codes.person_id(text) for text in (claim.subject_id, claim.applicant_id)} - {""}


def _subjects(claim: Claim, owners: Owners) -> list[str]:
    """The subject; where none is named the applicant, if that may be the one."""
    key = name_key(claim.subject) if claim.subject else ""
    if not key and not claim.subject and owners.of(claim) is Owner.MIXED:
        key = name_key(claim.applicant)
    return [key] if key else []


def _people(claim: Claim) -> list[str]:
    names = (claim.applicant, claim.mother, claim.father, mother_in(claim.subject))
    return [key for key in map(name_key, names) if key]


def alike(one: str, other: str) -> bool:
    """Two name keys that may well be one name: accents, slips, initials, a lost middle name."""
    a, b = plain_key(one), plain_key(other)
    if a == b:
        return True
    ours, theirs = a.split(), b.split()
    if _abbreviates(ours, theirs) or _abbreviates(theirs, ours):
        return True
    if OSA.distance(a, b, score_cutoff=2) <= (1 if min(len(a), len(b)) < 8 else 2):
        return _near(ours[-1], theirs[-1])
    return JaroWinkler.similarity(a, b) >= 0.93 and _near(ours[-1], theirs[-1])


def nearly(one: str, other: str) -> bool:
    """Two names with more than one thing wrong, the given name no other that people bear."""
    level, given = compare_keys(one, other)
    return level <= Level.SLIP and given <= Given.SLIP


def _near(one: str, other: str) -> bool:
    """Two given names, equal or one slip apart."""
    return OSA.distance(one, other, score_cutoff=1) <= 1


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Every word of the short name is, in order, a word of the long one or its beginning."""
    if not short or not long or not (long[-1].startswith(short[-1])):
        return False
    if len(short) == 1:
        return len(short[0]) > 1 and short[0] == long[-1]
    at = 0
    for word in short:
        while at < len(long) and not (
            long[at] == word or (_is_initial(word) and _starts(long[at], word))
        ):
            at += 1
        if at == len(long):
            return False
        at += 1
    return initial(short[0]) == initial(long[0])


def _starts(word: str, beginning: str) -> bool:
    return word.startswith(beginning) or initial(word) == beginning


def _is_initial(word: str) -> bool:
    return len(word) == 1 or not any(char in "aeiouy" for char in word)
