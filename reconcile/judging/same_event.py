"""What two claims say of one code or of one event: conflicts and repeated dossiers.

Both are found by looking at all cases at once; the rules then ask these tables case by case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from reconcile.cases import Case
from reconcile.claims import ENDED_BADLY, Claim, Procedure, Role
from reconcile.text import codes
from reconcile.text.vietnamese import name_key

#: The key of a second row of one source with the same code but clearly another person.
_SECOND = re.compile(r"^(?P<first>.+)~\d+$")


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
    namesakes: dict[str, list[tuple[date, Claim]]] = defaultdict(list)
    for case in cases:
        claim = case.software.get(Role.ONE_STOP)
        if claim is not None and claim.received_on is not None and (name := _name(claim)):
            namesakes[name].append((claim.received_on, claim))
    found: dict[str, Claim] = {}
    for same in namesakes.values():
        if len(same) > 1:
            ordered = sorted(same, key=lambda one: (one[0], one[1].key))
            for at, (received, later) in enumerate(ordered):
                for before, earlier in reversed(ordered[:at]):  # the nearest first
                    if (received - before).days > days:
                        break
                    if _one_event(earlier, later):
                        found[later.key] = earlier
                        break
    return found


def first_of(key: str) -> str:
    """The key of which this is the second with the same code; empty where it is none."""
    second = _SECOND.match(key)
    return second["first"] if second else ""


def namesake(claim: Claim, days: int) -> str:
    """What dossiers share that may be of one event, and about when; empty where it repeats none.

    Dossiers received within ``days`` have the same, or one is the next of the other: ``nearby``.
    """
    if claim.received_on is None or not (name := _name(claim)):
        return ""
    return f"{name}|{claim.received_on.toordinal() // max(days, 1)}"


def nearby(name: str, *steps: int) -> list[str]:
    """The same as ``namesake`` tells it of so many spans later."""
    whole, _, span = name.rpartition("|")
    return [f"{whole}|{int(span) + step}" for step in steps]


def _name(claim: Claim) -> str:
    if not _may_repeat(claim) or not (name := name_key(claim.subject)):
        return ""
    return "|".join((claim.source, claim.procedure.value, name))


def _may_repeat(claim: Claim) -> bool:
    if not claim.subject or _SECOND.match(claim.key):
        return False
    if claim.procedure is Procedure.OTHER or claim.procedure is Procedure.UNKNOWN:
        return False
    return claim.status not in ENDED_BADLY


def _event_day(claim: Claim) -> str:
    return claim.death_date if claim.procedure.event == "death" else claim.birth_date


def _one_event(one: Claim, other: Claim) -> bool:
    """Something tells that they are one, and nothing that they are two."""
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
