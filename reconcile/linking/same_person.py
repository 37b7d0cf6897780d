"""Whether a row and a dossier that share a code speak of one person.

A code outweighs a weak name: only a name that is *clearly* another, with nothing else that
agrees, takes a link away from a code. It does not outweigh what a namesake looks like: the name
alone agrees, and two or more things that are a person's own are another's.
"""

from __future__ import annotations

from enum import Enum

from rapidfuzz.distance import OSA, JaroWinkler

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking.lexicon import initial
from reconcile.linking.names import Given, Level, compare_keys
from reconcile.text import codes
from reconcile.text.vietnamese import mother_in, name_key, plain_key


class Persons(Enum):
    """What the people of a row and of a dossier say of a shared code."""

    AGREE = "agree"
    SILENT = "silent"  # nothing to compare
    DOUBTFUL = "doubtful"  # the family agrees, the child's given name is another
    NAMESAKE = "namesake"  # the name agrees, and nothing besides
    DIFFER = "differ"


def compare(row: Claim, dossier: Dossier) -> Persons:
    """Compare every person of the row with every person of the dossier."""
    own = codes.person_id(row.subject_id)
    if own and any(own == codes.person_id(claim.subject_id) for claim in dossier.claims):
        return Persons.AGREE
    verdicts = [_compare(row, claim) for claim in dossier.claims]
    for verdict in (Persons.AGREE, Persons.NAMESAKE, Persons.DOUBTFUL, Persons.DIFFER):
        if verdict in verdicts:
            return verdict
    return Persons.SILENT


def _compare(row: Claim, claim: Claim) -> Persons:
    if row.subject and row.subject == claim.subject:
        return _of_that_name(row, claim)
    ours, theirs = _subjects(row), _subjects(claim)
    named = ours and theirs
    if any(alike(a, b) or nearly(a, b) for a in ours for b in theirs):
        return _of_that_name(row, claim)
    # An applicant's id is the family's: brothers and sisters share it.
    family_agrees = bool(_ids(row) & _ids(claim)) or any(
        alike(a, b) for a in _people(row) for b in _people(claim)
    )
    if named and name_key(row.subject) and name_key(claim.subject):
        # Twins share mother, father and applicant: the child's own name decides.
        return Persons.DOUBTFUL if family_agrees else Persons.DIFFER
    if family_agrees:
        return Persons.AGREE
    comparable = bool(named) or bool(_people(row) and _people(claim))
    return Persons.DIFFER if comparable and _same_part(row, claim) else Persons.SILENT


def _of_that_name(row: Claim, claim: Claim) -> Persons:
    """Two of one name are one person, unless two things speak against it and nothing for it."""
    against = 0
    for ours, theirs in (
        (row.birth_date, claim.birth_date),
        (row.death_date, claim.death_date),
    ):
        if ours and theirs:
            if _one_day(ours, theirs):
                return Persons.AGREE
            against += 1
    if not against:
        return Persons.AGREE
    family, known = _family(row), _family(claim)
    if any(alike(a, b) or nearly(a, b) for a in family for b in known):
        return Persons.AGREE
    against += bool(family and known)
    return Persons.NAMESAKE if against >= 2 else Persons.AGREE


def _one_day(one: str, other: str) -> bool:
    """Whether two ISO dates, of a year alone or with day and month swapped, may be one."""
    return one.startswith(other) or other.startswith(one) or sorted(one) == sorted(other)


def _family(claim: Claim) -> list[str]:
    """Whoever is named beside the subject; some software calls the subject the applicant."""
    own = name_key(claim.subject)
    return [key for key in _people(claim) if key != own]


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


def _subjects(claim: Claim) -> list[str]:
    """The subject; where none is named the applicant, whom some software calls the owner."""
    key = name_key(claim.subject) if claim.subject else ""
    if key:
        return [key]
    return [name_key(claim.applicant)] if name_key(claim.applicant) else []


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
