"""What every field of a pair weighs, in bits (Fellegi and Sunter, 1969).

A field that agrees weighs how unlikely that is by chance, one that differs how unlikely it is for
one person. The weights are frozen: they come from the policy's tables, never from the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from reconcile.claims import Procedure
from reconcile.linking.candidates import mixed, of_one_class, once
from reconcile.linking.columns import CLASSES, ENDED, EVENTS, Side
from reconcile.linking.dates import (
    BIRTHS,
    DEATHS,
    ELDERS,
    Days,
    Nearby,
    TimeOf,
    compare_days,
    time_weight,
)
from reconcile.linking.lexicon import Array, Flags, Floats, Ints, Lexicon, NameParts
from reconcile.linking.names import Given, Level, Nearness, compare_names
from reconcile.policy import SizeClass

#: The fields of a pair, in the order in which an official reads the reasons.
FIELDS = (
    *("code", "number", "subject", "subject_id", "birth", "death", "mother", "mother_year"),
    *("father", "applicant", "applicant_id", "time", "unit", "procedure", "status", "sex"),
)
AT = {name: at for at, name in enumerate(FIELDS)}
#: What tells who: the dossiers of one person's event say it together. The rest tells which.
WHO = ("subject", "subject_id", "birth", "death", "mother", "mother_year", "father", "sex")
#: Weights are whole parts of a bit, so many a bit.
GRAIN = np.float32(4096)
#: log2 of the odds that a pair taken at random is one, of the smallest class: one in 60,000.
PRIOR = SizeClass.UP_TO_60K.prior

SUBJECT_ID_EQUAL, SUBJECT_ID_SLIP, SUBJECT_ID_OTHER = 24.0, 12.0, -14.0
APPLICANT_ID_EQUAL, APPLICANT_ID_SLIP, APPLICANT_ID_OTHER = 18.0, 10.0, -3.0
UNIT_EQUAL, UNIT_OTHER = 4.5, -4.5
SEX_EQUAL, SEX_OTHER = 1.0, -4.0
#: Single and linked procedures. A clerk who writes "liên thông" means it; one who writes "khai
#: sinh" may mean either. A birth is no death and no residence.
SINGLE_BOTH, LINKED_BOTH, LINKED_IN_SOFTWARE, LINKED_ON_PAPER = 1.0, 3.0, 0.5, -3.0
CLASS_OTHER = -40.0
#: The dossier was refused, withdrawn or stopped, and the row tells nothing of it.
ENDED_BADLY = -10.0
MOTHER_YEAR_EQUAL, MOTHER_YEAR_NEAR, MOTHER_YEAR_OTHER = 4.0, 1.0, -3.0
#: How much a parent or applicant who is clearly another takes away.
MOTHER_OTHER, FATHER_OTHER, APPLICANT_OTHER = -9.0, -7.0, -4.0
#: The row's applicant is husband or wife of the dossier's. Names of a couple may be borne by
#: another couple of the commune, so it is worth less than a name.
SPOUSE = 4.0
#: Nothing that names the child agrees, and it was born at another time.
SIBLING = -40.0
#: Children of one mother who are no twins are born at least so far apart, in days.
EIGHT_MONTHS = 240
#: Where the applicant is the mother, one agreement is not counted twice: this share of it is.
ONCE_MORE = 0.3


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs with the weight of every field and what the guard needs to know of them."""

    row: Array
    dossier: Array
    weights: Floats  # one line a field of FIELDS, one column a pair
    subject: Array  # Level
    given: Array  # Given
    mother: Array  # Level
    mother_given: Array  # Given
    father: Array  # Level
    applicant: Array  # Level
    birth: Array  # Nearby
    death: Array  # Nearby
    declared: Flags  # received or registered on the very day
    years_apart: Flags  # born so far apart that one mother may have borne both
    unnamed: Flags  # one side says itself that the newborn has no name yet
    as_owner: Flags  # the child or the dead is named as the dossier's owner, who may be another
    another_owner: Flags  # the dossier names its owner alone, and the row tells somebody else
    same_applicant: Flags  # both sides name one, in that place
    strangers: Flags  # both sides name people, and nobody is named on both
    prior: float = field(
        default=PRIOR, kw_only=True
    )  # a whole number of bits, so that a total is exact

    @property
    def speaking(self) -> Floats:
        """What the fields say together, in bits: whole 4096ths, the same in any order."""
        total: Floats = self.weights.sum(axis=0, dtype=np.float32)
        return total

    @property
    def total(self) -> Floats:
        return self.speaking + np.float32(self.prior)

    def at(self, where: Array) -> Scored:
        """Some of the pairs, or all of them in another order."""
        return Scored(
            self.row[where],
            self.dossier[where],
            self.weights[:, where],
            *(getattr(self, name)[where] for name in _LEVELS),
            prior=self.prior,
        )


_LEVELS = Scored.__slots__[3:-1]


def fits(scored: Scored) -> Flags:
    """The class of the procedure does not contradict."""
    found: Flags = scored.weights[AT["procedure"]] > CLASS_OTHER
    return found


def of_one_person(scored: Scored, person_event: Ints) -> Scored:
    """The pairs, those of one row and one person's event with the same answer to *who*.

    It is the best that any of the event's dossiers gives: what a dossier lacks, another has.
    """
    group, size = np.unique(person_event, return_counts=True)
    several = np.isin(person_event[scored.dossier], group[size > 1])
    at = np.flatnonzero(several)
    if not len(at):
        return scored
    fields = np.array([AT[name] for name in WHO])
    told = scored.weights[np.ix_(fields, at)].sum(axis=0, dtype=np.float64)
    row, event = scored.row[at], person_event[scored.dossier[at]]
    order = np.lexsort((at, -told, event, row))
    new = np.r_[True, (np.diff(row[order]) != 0) | (np.diff(event[order]) != 0)]
    best = np.empty(len(at), dtype=np.int64)
    best[order] = at[order][np.maximum.accumulate(np.where(new, np.arange(len(at)), 0))]
    weights = scored.weights.copy()
    weights[np.ix_(fields, at)] = scored.weights[np.ix_(fields, best)]
    # An applicant or an id that only one of the dossiers names, or tells more of, is no difference
    # between them; another one is.
    first = np.flatnonzero(new)
    for line in (AT["applicant"], AT["applicant_id"]):
        told = weights[line, at[order]]
        most = np.repeat(np.maximum.reduceat(told, first), np.diff([*first, len(at)]))
        weights[line, at[order]] = np.where(told >= 0, most, told)
    levels = {name: getattr(scored, name).copy() for name in _WHO_LEVELS}
    for name, level in levels.items():
        level[at] = getattr(scored, name)[best]
    return replace(scored, weights=weights, **levels)


_WHO_LEVELS = (
    *("subject", "given", "mother", "mother_given", "father", "birth", "death"),
    *("years_apart", "unnamed", "as_owner"),
)


#: Compares two columns of names.
Compare = Callable[[Ints, Ints], Nearness]
#: So many pairs are compared at once: the columns of both sides stay within the caches.
AT_ONCE = 65_536


def score(
    rows: Side, dossiers: Side, at: tuple[Array, Array], lexicon: Lexicon, parts: NameParts
) -> Scored:
    """Score the pairs (row, dossier) given by their positions."""
    wed = couples(dossiers, parts)
    starts = range(0, max(len(at[0]), 1), AT_ONCE)
    scored = [
        _score(
            rows, dossiers, (at[0][i : i + AT_ONCE], at[1][i : i + AT_ONCE]), wed, lexicon, parts
        )
        for i in starts
    ]
    return scored[0] if len(scored) == 1 else joined(scored)


def joined(parts: Sequence[Scored]) -> Scored:
    """Pairs that were scored apart, one part after the other."""
    return Scored(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.dossier for part in parts]),
        np.concatenate([part.weights for part in parts], axis=1),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _LEVELS),
        prior=parts[0].prior,
    )


def _score(
    rows: Side,
    dossiers: Side,
    at: tuple[Array, Array],
    wed: Array,
    lexicon: Lexicon,
    parts: NameParts,
) -> Scored:
    a, b = rows.take_table(at[0]), dossiers.take_table(at[1])
    weights = np.zeros((len(FIELDS), len(at[0])), dtype=np.float32)

    def names(ours: Ints, theirs: Ints) -> Nearness:
        return compare_names(ours, theirs, lexicon, parts)

    subject, owner = _subject(a, b, names(a.subject, b.subject), names)
    weights[AT["subject"]] = subject.weight
    birth, death = _dates(a, b, weights)
    mother, father, applicant, same_applicant = _family(a, b, names, weights, owner, wed, parts)
    weights[AT["mother_year"]] = _mother_year(a, b)
    _ids(a, b, lexicon, weights)
    weights[AT["time"]] = _time(a, b, birth, death)
    weights[AT["unit"]] = _unit(a, b)
    weights[AT["procedure"]] = _procedure(a, b)
    weights[AT["status"]] = np.where((b.ended == ENDED) & (a.ended != ENDED), ENDED_BADLY, 0.0)
    weights[AT["sex"]] = _two_ways(a.sex, b.sex, SEX_EQUAL, SEX_OTHER)
    declared = (a.received > 0) & (a.received == b.received)
    declared |= (a.received == 0) & (a.registered > 0) & (a.registered == b.received)
    apart = _years_apart(a, b, birth)
    # Another name or none, born at another time: a sister or brother, whatever else agrees.
    sibling = apart & ~_one_name(subject)
    weights[AT["birth"], sibling] = SIBLING
    # Whole 4096ths of a bit: a sum of them is exact, in whatever order it is taken.
    np.divide(np.rint(weights * GRAIN), GRAIN, out=weights)
    people = [subject.level, mother.level, father.level, applicant]
    agree = np.logical_or.reduce([(p > Level.MISSING) & (p <= Level.SLIP) for p in people])
    return Scored(
        *at,
        weights,
        subject.level,
        subject.given,
        mother.level,
        mother.given,
        father.level,
        applicant,
        birth,
        death,
        declared,
        years_apart=apart,
        unnamed=(a.unnamed > 0) | (b.unnamed > 0),
        as_owner=owner,
        another_owner=_another_owner(a, b, owner | same_applicant, parts),
        same_applicant=same_applicant,
        strangers=_names_somebody(a) & _names_somebody(b) & ~agree,
    )


def _one_name(near: Nearness) -> Flags:
    found: Flags = (near.level > Level.MISSING) & (near.level <= Level.SLIP)
    return found & (near.given <= Given.SLIP)


def _names_somebody(side: Side) -> Flags:
    named: Flags = (side.subject > 0) | (side.applicant > 0) | (side.mother > 0) | (side.father > 0)
    return named


def _subject(a: Side, b: Side, near: Nearness, names: Compare) -> tuple[Nearness, Flags]:
    """The child or the dead, and where the other side's owner proved to be that person."""
    owner = np.zeros(len(near.level), dtype=np.bool_)
    for where, ours, theirs in (
        ((a.subject > 0) & (b.owner > 0), a.subject, b.applicant),
        ((a.owner > 0) & (b.subject > 0), a.applicant, b.subject),
    ):
        at = np.flatnonzero(where)
        if len(at):
            other = names(ours[at], theirs[at])
            kept = (other.level <= Level.SLIP) & (other.given <= Given.SLIP)
            agrees = at[kept]
            near.level[agrees] = other.level[kept]
            near.given[agrees] = other.given[kept]
            near.weight[agrees] = other.weight[kept] - 1
            owner[agrees] = True
    return near, owner


def _another_owner(a: Side, b: Side, told: Flags, parts: NameParts) -> Flags:
    """Whom the software names is not at the counter on paper; nor, if nobody is, a parent."""
    owner = parts.plain[b.applicant]
    parent = (owner == parts.plain[b.mother]) | (owner == parts.plain[b.father])
    unsaid = (a.applicant == 0) & (parent | (b.owner == 0))
    another: Flags = (b.subject == 0) & (b.applicant > 0) & ~told & ~unsaid
    return another


def _dates(a: Side, b: Side, weights: Floats) -> tuple[Array, Array]:
    birth = compare_days(
        Days(a.birth_year, a.birth_month, a.birth_day),
        Days(b.birth_year, b.birth_month, b.birth_day),
    )
    death = compare_days(
        Days(a.death_year, a.death_month, a.death_day),
        Days(b.death_year, b.death_month, b.death_day),
    )
    dead = (a.event == EVENTS["death"]) | (b.event == EVENTS["death"])
    weights[AT["birth"]] = np.where(dead, ELDERS[birth], BIRTHS[birth])
    weights[AT["death"]] = DEATHS[death]
    return birth, death


def _family(
    a: Side, b: Side, names: Compare, weights: Floats, owner: Flags, wed: Array, parts: NameParts
) -> tuple[Nearness, Nearness, Array, Flags]:
    """Mother, father and the applicant's level; any of them may stand in another's place.

    And where the applicants themselves agree.

    Where the owner is the child or the dead (``owner``) no applicant is named.
    """
    mother, father = names(a.mother, b.mother), names(a.father, b.father)
    applicant = names(a.applicant, b.applicant)
    m = np.where(mother.level == Level.OTHER, MOTHER_OTHER, mother.weight)
    f = np.where(father.level == Level.OTHER, FATHER_OTHER, father.weight)
    # A father and a child of one family name are no second coincidence.
    shared = (f > 0) & (parts.family[b.father] == parts.family[b.subject])
    f = np.where(shared, np.maximum(f - parts.family_bits[b.father], 0.5), f)
    w = np.where(applicant.level == Level.OTHER, APPLICANT_OTHER, applicant.weight)
    w, level = np.where(owner, 0.0, w), np.where(owner, Level.MISSING, applicant.level)
    w, level, meant = _crossed(a, b, names, w, level)
    # The applicant is mostly the mother or the father: their name counts once, also where the
    # software names the child as the dossier's owner.
    for parent, own in (("mother", m), ("father", f)):
        one = (getattr(a, parent) > 0) & (b.applicant == getattr(b, parent)) | (meant == AT[parent])
        one &= (own > 0) & (w > 0)
        weights[AT[parent]] = np.where(one & (own < w), own * ONCE_MORE, own)
        w = np.where(one & (own >= w), w * ONCE_MORE, w)
    # Husband and wife stand for each other at the counter: the one on paper, the other in software.
    weights[AT["applicant"]] = np.where((w < 0) & _are_wed(a, b, wed, parts), SPOUSE, w)
    same = (applicant.level > Level.MISSING) & (applicant.level <= Level.SLIP)
    return mother, father, level, same


def couples(dossiers: Side, parts: NameParts) -> Array:
    """Who is married to whom, as the births of a unit tell: keys of ``mixed``, in order."""
    both = (dossiers.unit > 0) & (dossiers.mother > 0) & (dossiers.father > 0)
    mother, father = parts.plain[dossiers.mother[both]], parts.plain[dossiers.father[both]]
    return once(mixed(dossiers.unit[both], mother, father))


def _are_wed(a: Side, b: Side, wed: Array, parts: NameParts) -> Flags:
    """The row's applicant and the dossier's are father and mother of a child of the unit."""
    ours, theirs = parts.plain[a.applicant], parts.plain[b.applicant]
    found: Flags = np.isin(mixed(b.unit, ours, theirs), wed)
    found |= np.isin(mixed(b.unit, theirs, ours), wed)
    return found & (a.applicant > 0) & (b.applicant > 0)


def _crossed(
    a: Side, b: Side, names: Compare, w: Array, level: Array
) -> tuple[Array, Array, Array]:
    """The other parent as the applicant, the child as the dossier's owner: agreement counts.

    Also gives which parent of the dossier (a field of ``AT``) is the row's applicant; else -1.
    """
    meant = np.full(len(w), -1, dtype=np.int8)
    for ours, theirs, their_role in (
        (a.applicant, b.mother, "mother"),
        (a.applicant, b.father, "father"),
        (a.mother, b.applicant, ""),
        (a.father, b.applicant, ""),
    ):
        open_ = (w <= 0) & (ours > 0) & (theirs > 0)
        if not their_role:  # only where the dossier names no such parent itself
            open_ &= (b.mother == 0) & (b.father == 0)
        at = np.flatnonzero(open_)
        if len(at):
            near = names(ours[at], theirs[at])
            agrees = near.level <= Level.SLIP
            w = w.copy()
            w[at[agrees]] = np.maximum(near.weight[agrees] - 1.5, 0.5)
            level = level.copy()
            level[at[agrees]] = near.level[agrees]
            meant[at[agrees]] = AT[their_role] if their_role else -1
    # The owner is the child, or nobody knows who it is: another applicant on paper may be right.
    owner = (b.applicant == b.subject) & (b.subject > 0) | (b.owner > 0) | (a.owner > 0)
    return np.where(owner & (w < 0), 0.0, w), level, meant


def _mother_year(a: Side, b: Side) -> Floats:
    off = np.abs(a.mother_year - b.mother_year)
    weight = np.where(off == 0, MOTHER_YEAR_EQUAL, MOTHER_YEAR_OTHER)
    weight = np.where(off == 1, MOTHER_YEAR_NEAR, weight)
    return np.where((a.mother_year > 0) & (b.mother_year > 0), weight, 0.0).astype(np.float32)


def _ids(a: Side, b: Side, lexicon: Lexicon, weights: Floats) -> None:
    """Ids of one kind only: a CMND of 9 digits says nothing of a CCCD of 12."""
    for name, equal, slip, other in (
        ("subject_id", SUBJECT_ID_EQUAL, SUBJECT_ID_SLIP, SUBJECT_ID_OTHER),
        ("applicant_id", APPLICANT_ID_EQUAL, APPLICANT_ID_SLIP, APPLICANT_ID_OTHER),
    ):
        ours, theirs = getattr(a, name), getattr(b, name)
        at = np.flatnonzero((ours > 0) & (theirs > 0))
        if not len(at):
            continue
        texts = lexicon.texts
        one = [texts[i] for i in ours[at].tolist()]
        two = [texts[i] for i in theirs[at].tolist()]
        apart = process.cpdist(one, two, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
        sizes = np.fromiter((len(x) == len(y) for x, y in zip(one, two, strict=True)), np.bool_)
        weight = np.where(sizes, other, 0.0)
        weight = np.where(sizes & (apart == 1), slip, weight)
        weights[AT[name], at] = np.where(apart == 0, equal, weight)
    for ours, theirs in ((a.subject_id, b.applicant_id), (a.applicant_id, b.subject_id)):
        crossed = (ours > 0) & (ours == theirs) & (weights[AT["subject_id"]] <= 0)
        weights[AT["subject_id"], crossed] = APPLICANT_ID_EQUAL


def _time(a: Side, b: Side, birth: Array, death: Array) -> Floats:
    weight = time_weight(
        TimeOf(a.received, a.registered, a.returned, a.finished),
        TimeOf(b.received, b.registered, b.returned, b.finished),
    )
    # Born or dead on one day, declared on one day: half of it is the same coincidence.
    young = (birth == Nearby.EQUAL) & (b.event == EVENTS["birth"])
    close = young | (death == Nearby.EQUAL)
    return np.where(close & (weight > 4), np.float32(4), weight)


def _unit(a: Side, b: Side) -> Floats:
    known = (a.unit > 0) & (b.unit > 0)
    equal = (a.unit == b.unit) | (a.unit == b.receiving) | (a.receiving == b.unit)
    return np.where(known, np.where(equal, UNIT_EQUAL, UNIT_OTHER), 0.0).astype(np.float32)


def _procedure(a: Side, b: Side) -> Floats:
    unknown = CLASSES[Procedure.UNKNOWN]
    known = (a.procedure != unknown) & (b.procedure != unknown)
    ours, theirs = np.isin(a.procedure, _LINKED), np.isin(b.procedure, _LINKED)
    agree = np.where(
        ours,
        np.where(theirs, LINKED_BOTH, LINKED_ON_PAPER),
        np.where(theirs, LINKED_IN_SOFTWARE, SINGLE_BOTH),
    )
    weight = np.where(of_one_class(a.event, b.event), np.where(known, agree, 0.0), CLASS_OTHER)
    return weight.astype(np.float32)


_LINKED = [CLASSES[one] for one in Procedure if one.is_group]


def _years_apart(a: Side, b: Side, birth: Array) -> Flags:
    """Two births of one mother lie some eight months apart; two dates of one child seldom do."""
    off = np.abs(
        (a.birth_year.astype(np.int64) - b.birth_year) * 372
        + (a.birth_month - b.birth_month) * 31
        + (a.birth_day - b.birth_day)
    )
    born = (a.event == EVENTS["birth"]) | (b.event == EVENTS["birth"])
    apart: Flags = born & (birth >= Nearby.PART) & (off >= EIGHT_MONTHS)
    return apart


def _two_ways(a: Ints, b: Ints, equal: float, other: float) -> Floats:
    known: Flags = (a > 0) & (b > 0)
    return np.where(known, np.where(a == b, equal, other), 0.0).astype(np.float32)


__all__ = ["AT", "FIELDS", "PRIOR", "Given", "Scored", "score"]
