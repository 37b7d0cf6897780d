"""What two claims say of one code or of one event: conflicts and repeated dossiers.

Both are found by looking at all cases at once; the rules then ask these tables case by case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from reconcile.cases import Case
from reconcile.claims import Claim, Procedure, Role
from reconcile.scope import ENDED_BADLY
from reconcile.text import codes
from reconcile.text.vietnamese import name_key

#: The key of a second row of one source with the same code but clearly another person.
_SECOND = re.compile(r"^(?P<first>.+)~\d+$")
_JOINED = "|"


def pair_anchor(one: str, other: str) -> str:
    """The anchor of a finding on two dossiers: both keys, sorted."""
    return _JOINED.join(sorted((one, other)))


def parts(anchor: str) -> list[str]:
    """The keys in an anchor: two for a pair, else one."""
    return anchor.split(_JOINED)


def conflicts(cases: Iterable[Case]) -> dict[str, tuple[Claim, ...]]:
    """By the dossier's anchor: what bears its code and clearly speaks of another person."""
    known = list(cases)
    found: dict[str, dict[str, Claim]] = defaultdict(dict)
    owner = {claim.key: case.anchor for case in known for claim in case.software.values()}
    for case in known:
        for row in (*case.rows, *case.doubtful):
            if row.link.conflict is not None:
                found[row.link.conflict][row.claim.key] = row.claim
        for claim in case.software.values():
            if (first := first_of(claim.key)) in owner:
                found[owner[first]][claim.key] = claim
    return {anchor: tuple(found[anchor][key] for key in sorted(found[anchor])) for anchor in found}


def duplicates(cases: Iterable[Case], days: int) -> dict[str, Claim]:
    """By the anchor of the later dossier: the earlier one for the same event.

    Two dossiers of one class in one software, of one subject with the same birth or death date,
    the same mother or the same national code, received within ``days``. Twins differ in the given
    name and are never one; neither are two dossiers of which one was refused or withdrawn.
    """
    namesakes: dict[str, list[Claim]] = defaultdict(list)
    for case in cases:
        claim = case.software.get(Role.ONE_STOP)
        if claim is not None and (name := namesake(claim)):
            namesakes[name].append(claim)
    found: dict[str, Claim] = {}
    for same in namesakes.values():
        if len(same) > 1:
            ordered = sorted(same, key=lambda claim: (claim.received_on or date.min, claim.key))
            for at, later in enumerate(ordered):
                nearest_first = reversed(ordered[:at])
                earlier = next((one for one in nearest_first if _one_event(one, later, days)), None)
                if earlier is not None:
                    found[later.key] = earlier
    return found


def first_of(key: str) -> str:
    """The key of which this is the second with the same code; empty where it is none."""
    second = _SECOND.match(key)
    return second["first"] if second else ""


def namesake(claim: Claim) -> str:
    """What dossiers share that may be of one event; empty where it repeats none."""
    if not _may_repeat(claim) or not (name := name_key(claim.subject)):
        return ""
    return _JOINED.join((claim.source, claim.procedure.value, name))


def _may_repeat(claim: Claim) -> bool:
    if not claim.subject or claim.received_on is None or _SECOND.match(claim.key):
        return False
    if claim.procedure is Procedure.OTHER or claim.procedure is Procedure.UNKNOWN:
        return False
    return claim.status not in ENDED_BADLY


def _event_day(claim: Claim) -> str:
    return claim.death_date if claim.procedure.event == "death" else claim.birth_date


def _one_event(one: Claim, other: Claim, days: int) -> bool:
    """Near to each other; something tells that they are one, and nothing that they are two."""
    first, second = one.received_on, other.received_on
    if first is None or second is None or abs((second - first).days) > days:
        return False
    day = _event_day(one)
    told = (
        (day, _event_day(other)),
        (name_key(one.mother), name_key(other.mother)),
        (codes.person_id(one.subject_id), codes.person_id(other.subject_id)),
    )
    if any(a and b and a != b for a, b in told):
        return False
    whole_day = len(day) == len("2024-03-05") and day == _event_day(other)
    same_code = bool(one.national_code) and (
        codes.normal(one.national_code) == codes.normal(other.national_code)
    )
    return whole_day or same_code or bool(one.mother and other.mother)


Conflicts = Mapping[str, tuple[Claim, ...]]
Duplicates = Mapping[str, Claim]
