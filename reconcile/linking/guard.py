"""The guard for twins and namesakes: likeness that two people share proves nothing.

Twins have one mother, one father, one birth date, one applicant, often one day of reception:
however much of that agrees, only what they do not share may tell which of them a row speaks of.
The same holds for two people of one name in one commune.
"""

from __future__ import annotations

import numpy as np

from reconcile.linking.columns import Side
from reconcile.linking.dates import Days, Nearby, compare_days
from reconcile.linking.lexicon import Array, Flags, Floats, Lexicon, NameParts
from reconcile.linking.names import Given, Level, compare_names
from reconcile.linking.scoring import AT, PRIOR, Scored

#: Nobody else is in sight: what besides name and unit must still speak for the pair, in bits;
#: each field that says it is another person demands more.
DEMANDED = {
    "always": 6.0,
    "code": 60.0,
    "subject_id": 60.0,
    "birth": 8.0,
    "birth a day off": 4.0,
    "death": 10.0,
    "mother": 14.0,
    "mother_year": 4.0,
    "father": 10.0,
    "applicant": 12.0,
    "applicant, of one day": 8.0,
    "time": 6.0,
    "unit": 8.0,
    "sex": 6.0,
    "another mother": 60.0,
    "birth and death": 60.0,
    "birth and time": 60.0,
    "birth alone": 16.0,
    "owner": 14.0,
}
#: A whole name that one in 65,000 bears, in bits.
RARE_NAME = 16.0
#: So much from an id or a whole code speaks for the pair by itself, in bits.
OWN = 12.0
#: A pair this much worse than the best is no rival, whatever it shares, in bits.
OUT_OF_SIGHT = 40.0


class Guard:
    """Which pairs may be linked without asking, as far as twins and namesakes go."""

    def __init__(
        self,
        scored: Scored,
        dossiers: Side,
        lexicon: Lexicon,
        parts: NameParts,
        margin: float,
    ) -> None:
        self._alone = self_evident(scored)
        self._same: Flags = (scored.given <= Given.SLIP) & (scored.birth <= Nearby.DIGIT)
        self._shadowed = _shadowed(scored, dossiers, lexicon, parts, margin)

    def allows(self, pair: int) -> bool:
        return bool(self._alone[pair]) and pair not in self._shadowed

    def same_person(self, pair: int) -> bool:
        """Nothing in the pair tells another person: the row may be a second entry."""
        return bool(self._same[pair])


def independent(scored: Scored) -> Floats:
    """What an id, a code or a number says: nobody shares it."""
    of = scored.weights
    total: Floats = of[AT["subject_id"]] + of[AT["code"]] + of[AT["number"]]
    return total


def self_evident(scored: Scored) -> Flags:
    """The pair stands even if somebody very like it was never entered."""
    own = independent(scored)
    total = scored.total - np.float32(PRIOR)
    besides = total - scored.weights[AT["subject"]] - scored.weights[AT["unit"]]
    named = np.isin(scored.given, (Given.MISSING, Given.EQUAL, Given.SLIP))
    named &= scored.subject < Level.PART
    plain = named & (besides >= demanded(scored))
    flags: Flags = plain | ((own >= OWN) & (scored.given != Given.OTHER))
    return flags


def demanded(scored: Scored) -> Floats:
    """What must speak for the pair besides name and unit, in bits: more for what contradicts."""
    of = scored.weights
    bits = np.full(len(scored.row), DEMANDED["always"], dtype=np.float32)
    another_applicant = (scored.applicant == Level.OTHER) & (of[AT["applicant"]] < 0)
    # Any of the family may declare a death. A rare name, written in full with its accents, dead on
    # that day and declared on that day, is hardly borne by two of one commune.
    of_one_day = scored.declared & (scored.death == Nearby.EQUAL)
    of_one_day &= (of[AT["subject"]] >= RARE_NAME) & (scored.subject == Level.EQUAL)
    for field, says_no in (
        ("code", of[AT["code"]] < 0),
        ("subject_id", of[AT["subject_id"]] < 0),
        ("birth", scored.birth >= Nearby.DIGIT),
        # A source that speaks UTC, or another person: alone it is a reason to look twice.
        ("birth a day off", scored.birth == Nearby.DAY_OFF),
        ("death", scored.death >= Nearby.DIGIT),
        ("mother", scored.mother == Level.OTHER),
        ("another mother", (scored.mother == Level.OTHER) & (scored.mother_given == Given.OTHER)),
        ("mother_year", of[AT["mother_year"]] < 0),
        ("father", scored.father == Level.OTHER),
        ("applicant", another_applicant & ~of_one_day),
        ("applicant, of one day", another_applicant & of_one_day),
        ("time", of[AT["time"]] <= -3),
        ("unit", of[AT["unit"]] < 0),
        ("sex", of[AT["sex"]] < 0),
    ):
        bits += np.where(says_no, np.float32(DEMANDED[field]), np.float32(0))
    # Born another day and declared at another time: a brother or sister, or a namesake.
    time = of[AT["time"]]
    unconfirmed = (time <= 0) & (scored.death == Nearby.MISSING)
    both = (scored.birth >= Nearby.DIGIT) & (time <= -3)
    both |= (scored.birth == Nearby.YEAR_DIGIT) & unconfirmed
    bits += np.where(both, np.float32(DEMANDED["birth and time"]), np.float32(0))
    alone = (scored.birth == Nearby.OTHER) & unconfirmed & ~both
    bits += np.where(alone, np.float32(DEMANDED["birth alone"]), np.float32(0))
    # Born another day and dead another day: a father and a son, or a namesake.
    dates = (scored.birth >= Nearby.PART) & (scored.death > Nearby.YEAR)
    bits += np.where(dates, np.float32(DEMANDED["birth and death"]), np.float32(0))
    # The dossier names its owner, not its applicant: of the old only a year is known then.
    owner = (scored.applicant == Level.OTHER) & (of[AT["applicant"]] == 0)
    owner &= scored.death > Nearby.MISSING
    bits += np.where(owner & ~_whole_day(scored), np.float32(DEMANDED["owner"]), np.float32(0))
    return bits


def _whole_day(scored: Scored) -> Flags:
    return np.isin(scored.birth, (Nearby.EQUAL, Nearby.SWAPPED))


def _shadowed(
    scored: Scored, dossiers: Side, lexicon: Lexicon, parts: NameParts, margin: float
) -> set[int]:
    """Pairs with a rival for the same row that only shared things tell apart."""
    one, other = _couples(scored)
    a, b = scored.dossier[one], scored.dossier[other]
    alike, namesakes = _alike(dossiers, a, b, parts)
    kept = np.flatnonzero(alike | namesakes)
    one, other, a, b = one[kept], other[kept], a[kept], b[kept]
    apart = _apart(scored, dossiers, (one, other), (a, b), lexicon, parts)
    apart += np.where(namesakes[kept] & ~alike[kept], _family_apart(scored, one, other), 0)
    return set(one[apart < margin].tolist())


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
    apart += np.maximum(of[AT["applicant_id"], one] - of[AT["applicant_id"], other], 0) * (
        side.applicant_id[a] != side.applicant_id[b]
    )
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
    return apart


def _family_apart(scored: Scored, one: Array, other: Array) -> Floats:
    """Two people of one name have other parents and applicants: these are their own."""
    of = scored.weights
    total = np.zeros(len(one), dtype=np.float32)
    for name in ("mother", "father", "applicant", "mother_year"):
        total += of[AT[name], one] - of[AT[name], other]
    return total
