"""What two claims say of one code or of one event: conflicts and repeated dossiers.

Both are found by looking at all cases at once; the rules then ask these tables case by case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from reconcile import codes
from reconcile.cases import Case
from reconcile.claims import ENDED_WELL, Claim, Procedure, Role
from reconcile.scope import ENDED
from reconcile.vietnamese import name_key

#: The key of a second row of one source with the same code but clearly another person.
_SECOND = re.compile(r"^(?P<first>.+)~\d+$")
_JOINED = "|"

DuplicateKey = tuple[str, ...]


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
            second = _SECOND.match(claim.key)
            if second and second["first"] in owner:
                found[owner[second["first"]]][claim.key] = claim
    return {anchor: tuple(found[anchor][key] for key in sorted(found[anchor])) for anchor in found}


def duplicates(cases: Iterable[Case], days: int) -> dict[str, Claim]:
    """By the anchor of the later dossier: the earlier one for the same event.

    Two dossiers of one class in one software, of one subject with the same birth or death date or
    the same mother, received within ``days``. Twins differ in the given name and are never one;
    neither are two dossiers of which one was refused, withdrawn or stopped.
    """
    near: dict[DuplicateKey, dict[str, Claim]] = defaultdict(dict)
    for case in cases:
        claim = case[Role.ONE_STOP]
        if claim is None or claim.status in ENDED - ENDED_WELL or _SECOND.match(claim.key):
            continue
        for key in _keys(claim):
            near[key][case.anchor] = claim
    found: dict[str, Claim] = {}
    for same in near.values():
        if len(same) > 1:
            ordered = sorted(same.items(), key=lambda item: (_received(item[1]), item[0]))
            for (_, earlier), (anchor, later) in pairwise(ordered):
                if _one_event(earlier, later, days):
                    known = found.get(anchor, earlier)
                    found[anchor] = min(known, earlier, key=lambda claim: claim.key)
    return found


def _keys(claim: Claim) -> Iterable[DuplicateKey]:
    if claim.procedure in (Procedure.OTHER, Procedure.UNKNOWN):
        return
    name = name_key(claim.subject) if claim.subject else ""
    if not name:
        return
    first = (claim.source, claim.procedure.value, name)
    if len(_event_day(claim)) == len("2024-03-05"):
        yield (*first, "day", _event_day(claim))
    if claim.mother and (mother := name_key(claim.mother)):
        yield (*first, "mother", mother)
    if claim.national_code and (code := codes.normal(claim.national_code)):
        yield (*first, "code", code)


def _event_day(claim: Claim) -> str:
    return claim.death_date if claim.procedure.event == "death" else claim.birth_date


def _received(claim: Claim) -> str:
    day = claim.received_on or claim.submitted_on
    return day.isoformat() if day else ""


def _one_event(one: Claim, other: Claim, days: int) -> bool:
    """Nothing that both tell separates them, and they came near to each other."""
    told = (
        (_event_day(one), _event_day(other)),
        (name_key(one.mother), name_key(other.mother)),
        (codes.person_id(one.subject_id), codes.person_id(other.subject_id)),
    )
    if any(a and b and a != b for a, b in told):
        return False
    first, second = one.received_on, other.received_on
    return first is not None and second is not None and abs((second - first).days) <= days


Conflicts = Mapping[str, tuple[Claim, ...]]
Duplicates = Mapping[str, Claim]
