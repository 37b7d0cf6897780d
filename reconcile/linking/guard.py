"""The guard: what two people share proves nothing, and what is missing is no difference.

Twins have one mother, one father, one birth date, one applicant, often one day of reception:
however much of that agrees, only what they do not share may tell which of them a row speaks of.
The same holds for two people of one name in one commune, and for children of one mother.
"""

from __future__ import annotations

import numpy as np

from reconcile.linking.candidates import mixed, once, whole_day
from reconcile.linking.columns import ENDED, Side
from reconcile.linking.dates import Days, Nearby, compare_days
from reconcile.linking.fragments import WHOLE_CODE
from reconcile.linking.lexicon import Array, Flags, Floats, Lexicon, NameParts
from reconcile.linking.names import Given, Level, compare_names
from reconcile.linking.scoring import AT, Scored, fits

#: Nobody else is in sight: so much must speak for the pair besides name and unit, in bits, and
#: more for each thing that contradicts it. A DOUBT is often a slip; AGAINST, a person may well be
#: written so; ANOTHER, it is a person's own and seldom wrong; NEVER, two people are likelier.
DOUBT, AGAINST, ANOTHER, NEVER = 4.0, 8.0, 12.0, 100.0
#: A whole name that one in 65,000 bears, in bits.
RARE_NAME = 16.0
#: So much from an id, a register number or a whole code speaks for the pair by itself, in bits.
OWN = 12.0
#: A pair this much worse than the best is no rival, whatever it shares, in bits.
OUT_OF_SIGHT = 40.0


class Guard:
    """Which pairs may be linked without asking."""

    def __init__(
        self,
        scored: Scored,
        rows: Side,
        dossiers: Side,
        lexicon: Lexicon,
        margin: float,
    ) -> None:
        parts = lexicon.parts()
        self.fits = fits(scored)  # the pairs whose class does not contradict
        twins = _twins_in_sight(scored, dossiers)
        self._alone = self_evident(scored, margin, twins) & _may_take(scored, dossiers, parts)
        self._alone &= ~_of_twins(scored, rows, parts) | (independent(scored) >= OWN)
        self._same: Flags = (scored.given <= Given.SLIP) & (scored.birth <= Nearby.DIGIT)
        whole = (scored.given == Given.EQUAL) & (scored.subject <= Level.SHORT)
        dated = (scored.birth == Nearby.EQUAL) | (scored.death == Nearby.EQUAL)
        self._named: Flags = whole & dated & (scored.mother < Level.OTHER)
        self._event = dossiers.person_event[scored.dossier]
        self._nameless: Flags = (dossiers.subject == 0)[scored.dossier]
        self._same_applicant = scored.same_applicant & (scored.birth == Nearby.EQUAL)
        self._shadowed = _shadowed(scored, dossiers, lexicon, parts, margin)

    def allows(self, pair: int) -> bool:
        return bool(self._alone[pair]) and pair not in self._shadowed

    def of_one_event(self, pair: int, other: int) -> bool:
        """The dossiers of two pairs of a row are of one person's event, or may be.

        They may where one of them names nobody, and the birth day and the applicant are the row's.
        """
        maybe = self._same_applicant[pair] and self._same_applicant[other]
        maybe = maybe and (self._nameless[pair] or self._nameless[other])
        return bool(maybe or self._event[pair] == self._event[other])

    def names_the_person(self, pair: int) -> bool:
        """The row names the dossier's person and day: another row that does is a second entry."""
        return bool(self._named[pair])

    def same_person(self, pair: int) -> bool:
        """Nothing in the pair tells another person: the row may be a second entry."""
        return bool(self._same[pair])


def independent(scored: Scored) -> Floats:
    """What an id, a whole code or a number says: nobody shares it."""
    of = scored.weights
    code = of[AT["code"]]
    total: Floats = of[AT["subject_id"]] + of[AT["number"]] + np.where(code >= WHOLE_CODE, code, 0)
    return total


def which(scored: Scored) -> Floats:
    """What tells, besides codes and numbers, which of one person's dossiers is meant."""
    of = scored.weights
    total: Floats = of[AT["time"]] + of[AT["procedure"]] + of[AT["status"]]
    return total


def self_evident(scored: Scored, least: float, twins: Flags) -> Flags:
    """The pair stands even if somebody very like it was never entered."""
    of = scored.weights
    besides = scored.speaking - of[AT["subject"]] - of[AT["unit"]]
    against = contradictions(scored)
    named = np.isin(scored.given, (Given.EQUAL, Given.SLIP)) & (scored.subject < Level.PART)
    named |= _known_without_a_name(scored)
    # An owner of that name may be another, and who is not named may be a twin.
    named &= (against == 0) | ~(scored.as_owner | (scored.given == Given.MISSING))
    told = (independent(scored) >= OWN) & ~another_person(scored, twins)
    told &= (scored.given != Given.MISSING) | (against == 0)
    flags: Flags = fits(scored) & (told | (named & (besides >= least + against)))
    return flags


def _known_without_a_name(scored: Scored) -> Flags:
    """One side names nobody, and what it tells is one person's, twins apart.

    "Con bà …", as she herself says; the mother and the birth day, or both days of the dead, and
    the same applicant at the counter on that day. An applicant alone names no child.
    """
    nameless = scored.given == Given.MISSING
    born = scored.same_applicant & (scored.birth == Nearby.EQUAL)
    born &= scored.declared
    dead = scored.death == Nearby.EQUAL
    mother = (scored.mother > Level.MISSING) & (scored.mother <= Level.SHORT)
    known: Flags = nameless & (scored.unnamed | (born & (mother | dead)))
    return known


def fits_twins(scored: Scored) -> Flags:
    """Nobody is named on one side, and mother and birth day agree: any of her twins fits."""
    fits_all: Flags = (scored.given == Given.MISSING) & (scored.birth == Nearby.EQUAL)
    return fits_all & _agrees(scored.mother)


def _of_twins(scored: Scored, rows: Side, parts: NameParts) -> Flags:
    """Rows that name several children fit a dossier that names none."""
    fits_all = fits_twins(scored)
    at = np.flatnonzero(fits_all)
    named = mixed(scored.dossier[at], parts.plain[rows.subject[scored.row[at]]])
    _, first = np.unique(named, return_index=True)
    dossier, names = np.unique(scored.dossier[at[first]], return_counts=True)
    found: Flags = fits_all & np.isin(scored.dossier, dossier[names > 1])
    return found


def _may_take(scored: Scored, dossiers: Side, parts: NameParts) -> Flags:
    """A dossier without a result takes no row, unless by its code where nothing else is there.

    Else is what ``replaced`` tells.
    """
    of = scored.weights
    own_code = (of[AT["code"]] >= WHOLE_CODE) & ~replaced(dossiers, parts)[scored.dossier]
    taken: Flags = (of[AT["status"]] == 0) | own_code
    return taken


def replaced(dossiers: Side, parts: NameParts) -> Flags:
    """Of each dossier whether a living one may stand for it.

    One of the same person, of the same mother and birth day, or of one born and dead on the same
    days.
    """
    alive = dossiers.ended != ENDED
    ended = ~alive  # few; a living one stands for itself
    born = whole_day(dossiers.birth_year, dossiers.birth_month, dossiers.birth_day)
    mother = parts.plain[dossiers.mother]
    of_mother = np.where((mother > 0) & (born > 0), mixed(dossiers.event, mother, born), 0)
    found: Flags = alive.copy()
    found[ended] = _among(dossiers.person_event[ended], dossiers.person_event[alive])
    dead = whole_day(dossiers.death_year, dossiers.death_month, dossiers.death_day)
    of_days = np.where((born > 0) & (dead > 0), mixed(dossiers.event, born, dead), 0)
    for same in (of_mother, of_days):
        found[ended] |= (same[ended] > 0) & _among(same[ended], same[alive])
    return found


def _among(few: Array, many: Array) -> Flags:
    """Of each of the few whether it is one of the many, which are not put in order for that."""
    wanted = once(few)
    if not len(wanted):
        return np.zeros(0, dtype=np.bool_)
    at = np.minimum(np.searchsorted(wanted, many), len(wanted) - 1)
    there = np.zeros(len(wanted), dtype=np.bool_)
    there[at[wanted[at] == many]] = True
    found: Flags = there[np.searchsorted(wanted, few)]
    return found


def _twins_in_sight(scored: Scored, dossiers: Side) -> Flags:
    """The row's family has dossiers of two persons born on that day."""
    kin = (scored.birth == Nearby.EQUAL) & (_agrees(scored.mother) | _agrees(scored.applicant))
    event = dossiers.person_event[scored.dossier[kin]]
    persons = np.unique(np.stack((scored.row[kin], event)), axis=1)[0]
    row, many = np.unique(persons, return_counts=True)
    return np.isin(scored.row, row[many > 1])


def _agrees(level: Array) -> Flags:
    agrees: Flags = (level > Level.MISSING) & (level <= Level.SLIP)
    return agrees


def another_person(scored: Scored, twins: Flags) -> Flags:
    """What even an id or a whole code does not outweigh."""
    of = scored.weights
    another_name = (scored.subject > Level.SLIP) | (scored.given == Given.OTHER)
    another_name |= (scored.given == Given.NEAR) & twins  # who are called Tiến and Tín
    no_date = (scored.birth >= Nearby.PART) & (scored.death != Nearby.EQUAL)
    no_date &= scored.years_apart | (scored.death >= Nearby.DIGIT)
    # Whoever declares a death seldom declares that of a namesake too; a mother has many children.
    no_date &= ~((of[AT["applicant"]] > 0) & (scored.death > Nearby.MISSING))
    another: Flags = another_name | no_date | scored.strangers | scored.another_owner
    return another


def contradictions(scored: Scored) -> Floats:
    """What must speak for the pair besides the least that always must, in bits."""
    of = scored.weights
    birth, death, time = scored.birth, scored.death, of[AT["time"]]
    another_applicant = (scored.applicant == Level.OTHER) & (of[AT["applicant"]] < 0)
    # Any of the family may declare a death. A rare name, written in full with its accents, dead on
    # that day and declared on that day, is hardly borne by two of one commune.
    of_one_day = scored.declared & (death == Nearby.EQUAL)
    of_one_day &= (of[AT["subject"]] >= RARE_NAME) & (scored.subject == Level.EQUAL)
    another_mother = scored.mother == Level.OTHER
    unconfirmed = (time <= 0) & (death == Nearby.MISSING)
    # The dossier names its owner, not its applicant: of the old only a year is known then.
    no_applicant = (scored.applicant == Level.OTHER) & (of[AT["applicant"]] == 0)
    no_applicant &= (death > Nearby.MISSING) & ~np.isin(birth, (Nearby.EQUAL, Nearby.SWAPPED))
    bits = np.zeros(len(scored.row), dtype=np.float32)
    for contradicts, demanded in (
        (of[AT["code"]] < 0, NEVER),
        (of[AT["subject_id"]] < 0, NEVER),
        (birth == Nearby.DAY_OFF, DOUBT),  # a source that speaks UTC, or another person
        (birth >= Nearby.DIGIT, AGAINST),
        (scored.years_apart, NEVER),  # a brother or sister
        ((birth >= Nearby.DIGIT) & (time <= -3), NEVER),
        (np.isin(birth, (Nearby.YEAR_DIGIT, Nearby.OTHER)) & unconfirmed, NEVER),
        ((birth >= Nearby.PART) & (death > Nearby.YEAR), NEVER),  # father and son, a namesake
        (death >= Nearby.DIGIT, ANOTHER),
        (another_mother, ANOTHER),
        (another_mother & (scored.mother_given == Given.OTHER), NEVER),
        (of[AT["mother_year"]] < 0, DOUBT),
        (scored.father == Level.OTHER, ANOTHER),
        (another_applicant & ~of_one_day, ANOTHER),
        (another_applicant & of_one_day, AGAINST),
        (no_applicant, ANOTHER),
        (time <= -3, AGAINST),
        (time <= -5, NEVER),  # more than a month off: another event, perhaps never entered
        (of[AT["unit"]] < 0, AGAINST),
        (of[AT["sex"]] < 0, AGAINST),
    ):
        bits += np.where(contradicts, np.float32(demanded), np.float32(0))
    return bits


def _shadowed(
    scored: Scored, dossiers: Side, lexicon: Lexicon, parts: NameParts, margin: float
) -> set[int]:
    """Pairs with a rival for the same row that only shared things tell apart."""
    one, other = _couples(scored)
    a, b = scored.dossier[one], scored.dossier[other]
    # The dossiers of one event are no rivals; ``deciding`` asks which of them it is. Only a code
    # may be of the one and everything else of the other.
    of_one = dossiers.person_event[a] == dossiers.person_event[b]
    besides = which(scored)
    of_that_day = scored.declared[other] & ~scored.declared[one]
    class_ = scored.weights[AT["procedure"]]
    of_that_class = (class_[other] > class_[one]) & ~scored.declared[one]
    of_that_class &= scored.weights[AT["status"], other] == 0
    better = of_that_day | of_that_class | (besides[other] - besides[one] >= DOUBT)
    wrong_code = one[of_one & better]
    others = ~of_one & fits(scored)[other]
    one, other, a, b = one[others], other[others], a[others], b[others]
    alike, namesakes = _alike(dossiers, a, b, parts)
    maybe = _maybe_the_same(scored, one, other)
    alike |= maybe
    kept = np.flatnonzero(alike | namesakes)
    one, other, a, b = one[kept], other[kept], a[kept], b[kept]
    apart = _apart(scored, dossiers, (one, other), (a, b), lexicon, parts)
    # An id says who, and not which of the two.
    of = scored.weights[[AT["code"], AT["number"]]].sum(axis=0) + besides
    apart = np.where(maybe[kept], of[one] - of[other], apart)
    family = _family_apart(scored, dossiers, (one, other), (a, b))
    apart += np.where(namesakes[kept] & ~alike[kept], family, 0)
    return {*wrong_code.tolist(), *one[apart < margin].tolist()}


def _couples(scored: Scored) -> tuple[Array, Array]:
    """The two best pairs of each row, each with every other pair of that row within sight."""
    total = scored.total
    order = np.lexsort((np.arange(len(total)), -total, scored.row))
    row = scored.row[order]
    start = np.searchsorted(row, row, side="left")
    rank = np.arange(len(row)) - start
    one, other = [], []
    for lead in (0, 1):
        at = start + lead
        there = (at < len(row)) & (rank != lead)
        there[there] = row[at[there]] == row[there]
        best, every = order[at[there]], order[there]
        near = total[every] > total[best] - OUT_OF_SIGHT
        one.append(best[near])
        other.append(every[near])
    return np.concatenate(one), np.concatenate(other)


def _alike(side: Side, a: Array, b: Array, parts: NameParts) -> tuple[Flags, Flags]:
    """Whether two dossiers share family and birth (twins), or name and unit (namesakes)."""

    def same(name: str) -> Flags:
        column = getattr(side, name)
        return (column[a] == column[b]) & (column[a] > 0)  # type: ignore[no-any-return]

    def same_name(name: str) -> Flags:
        column = parts.plain[getattr(side, name)]
        return (column[a] == column[b]) & (column[a] > 0)  # type: ignore[no-any-return]

    born = same("birth_year") & same("birth_month") & same("birth_day")
    family = parts.family[side.subject]
    of_one_family = (family[a] == family[b]) & (family[a] > 0)
    owner = parts.plain[side.applicant] == parts.plain[side.subject]  # no applicant at all
    applicant = same_name("applicant") & ~owner[a] & ~owner[b]
    kin = same_name("mother") | same_name("father") | applicant
    twins = born & (same_name("mother") | (of_one_family & kin))
    namesakes = same_name("subject") & same("unit")
    return twins, namesakes


def _maybe_the_same(scored: Scored, one: Array, other: Array) -> Flags:
    """The other dossier names nobody, and both days of the dead are the row's in both."""
    days = (scored.birth == Nearby.EQUAL) & (scored.death == Nearby.EQUAL)
    found: Flags = (scored.given[other] == Given.MISSING) & days[one] & days[other]
    return found


def _apart(
    scored: Scored,
    side: Side,
    pairs: tuple[Array, Array],
    dossiers: tuple[Array, Array],
    lexicon: Lexicon,
    parts: NameParts,
) -> Floats:
    """The bits by which fields that the two do not share speak for the first."""
    (one, other), (a, b) = pairs, dossiers
    of = scored.weights
    apart = independent(scored)[one] - independent(scored)[other]
    ids = side.applicant_id[a], side.applicant_id[b]
    two_ids = (ids[0] > 0) & (ids[1] > 0) & (ids[0] != ids[1])
    apart += two_ids * np.maximum(of[AT["applicant_id"], one] - of[AT["applicant_id"], other], 0)
    for name in ("birth", "death"):
        days = [
            Days(*(getattr(side, f"{name}_{part}")[at] for part in ("year", "month", "day")))
            for at in (a, b)
        ]
        differ = compare_days(*days) > Nearby.EQUAL
        apart += np.where(differ, of[AT[name], one] - of[AT[name], other], 0)
    names = compare_names(side.subject[a], side.subject[b], lexicon, parts)
    # Hùng Anh and Vân Anh: twins' names are told apart by the middle where it is written in full.
    in_full = scored.subject[one] <= Level.BARE
    told = (names.given == Given.OTHER) | (in_full & (names.level >= Level.PART))
    apart += np.where(told, of[AT["subject"], one] - of[AT["subject"], other], 0)
    # A dossier that names nobody may be the same child's: then it is asked which of the two.
    named = (scored.subject[one] <= Level.SHORT) & (scored.given[one] == Given.EQUAL)
    named &= scored.given[other] == Given.MISSING
    apart += np.where(named, which(scored)[one] - which(scored)[other], 0)
    return apart


def _family_apart(
    scored: Scored, side: Side, pairs: tuple[Array, Array], dossiers: tuple[Array, Array]
) -> Floats:
    """Two people of one name have other parents and applicants, where both dossiers name them."""
    (one, other), (a, b) = pairs, dossiers
    total = np.zeros(len(one), dtype=np.float32)
    for name in ("mother", "father", "applicant", "mother_year"):
        weight, column = scored.weights[AT[name]], getattr(side, name)
        total += np.where((column[a] > 0) & (column[b] > 0), weight[one] - weight[other], 0)
    return total
