"""A finding with its evidence: what every rule needs to say and prove the same way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconcile.cases import LinkedRow, Method
from reconcile.claims import Place, Role
from reconcile.findings import Finding, Kind, Recorded, finding_id, pair_anchor
from reconcile.judging import proof as proofs
from reconcile.judging import trail
from reconcile.judging.case_view import Bench, View
from reconcile.judging.lateness import lateness
from reconcile.kinds import KINDS
from reconcile.scope import status_at


@dataclass(frozen=True, slots=True)
class Details:
    """What one rule adds to the evidence that the case itself gives."""

    open_in: tuple[Role, ...] = ()
    variant: str = ""
    missing_fact: str = ""  # a key of what is missing of the kind
    weak: bool = False
    other: str = ""  # the other dossier's or row's key
    pair: bool = False  # the finding is of the pair, not of one dossier
    places: tuple[Place, ...] = ()
    unit: str | None = None  # None: the resolving unit
    grace_from: date | None = None


def finding(kind: Kind, view: View, on: Bench, details: Details) -> Finding:
    """Write the finding down, with every fact known on the day of judgement."""
    case, proof, base = view.case, view.proof, view.base
    anchor = pair_anchor(case.anchor, details.other) if details.pair else case.anchor
    claim = base or case.main
    method, probability = _linked_by(view)
    due_on = view.due_on
    registered_on = proof.registered_on if proof else None
    returned_on = proof.returned_on if proof else None
    return Finding(
        id=finding_id(kind, anchor),
        kind=kind,
        anchor=anchor,
        unit=view.unit if details.unit is None else details.unit,
        procedure=view.procedure,
        open_in=details.open_in,
        codes=_codes(view),
        national_code=claim.national_code,
        recorded=_recorded(view),
        register=details.places or _places(view),
        proof=proof.what if proof else None,
        strength=proof.strength if proof else None,
        book=proof.book if proof else _book(view),
        received_on=view.received_on,
        due_on=due_on,
        returned_on=returned_on,
        registered_on=registered_on,
        late=lateness(view, on),
        days_open=days_open(registered_on or returned_on or due_on, on.as_of),
        method=method,
        probability=probability,
        variant=details.variant,
        missing_fact=KINDS[kind].missing[details.missing_fact] if details.missing_fact else "",
        waits_for=_waits_for(view),
        stuck=_stuck(view, on),
        weak=details.weak,
        other=details.other,
        subject=_told(view, "subject"),
        applicant=_told(view, "applicant"),
        procedure_name=claim.procedure_name,
        grace_from=details.grace_from,
    )


def days_open(since: date | None, as_of: date) -> int:
    """Calendar days from the proof, else the due date, to the day of judgement."""
    return max((as_of - since).days, 0) if since else 0


def proven_on(view: View) -> date | None:
    """The day of the proof, from which the grace runs."""
    return (view.proof.registered_on or view.proof.returned_on) if view.proof else None


def _codes(view: View) -> tuple[tuple[Role, str], ...]:
    software = view.case.software
    if not software:
        code = view.case.main.own_code
        return ((Role.REGISTER, code),) if code else ()
    return tuple((role, software[role].own_code) for role in Role if role in software)


def _recorded(view: View) -> tuple[tuple[Role, Recorded], ...]:
    software = view.case.software
    return tuple(
        (
            role,
            Recorded(
                view.states.get(role, software[role].status),
                software[role].raw_status,
                software[role].read_on,
            ),
        )
        for role in Role
        if role in software
    )


def _places(view: View) -> tuple[Place, ...]:
    if view.proof is not None:
        return view.proof.places
    return tuple(sorted({place for row in view.case.rows for place in row.claim.places}))


def _book(view: View) -> str:
    return proofs.book_text(view.case.rows[0].claim) if view.case.rows else ""


def _linked_by(view: View) -> tuple[Method, float]:
    if view.proof is not None:
        return view.proof.method, view.proof.probability
    row: LinkedRow | None = next(iter(view.case.rows), None)
    return (row.link.method, row.link.probability) if row else (Method.NONE, 0.0)


def _told(view: View, field: str) -> str:
    """A name as the first source tells it that knows it."""
    claims = [*view.case.software.values(), *(row.claim for row in view.case.rows)]
    ordered = [view.base, *claims] if view.base else claims
    return next((text for claim in ordered if (text := getattr(claim, field))), "")


def _waits_for(view: View) -> str:
    """The agencies behind the registration of a linked group."""
    if view.proof is None or not view.procedure.is_group or proofs.handed_over(view.proof):
        return ""
    return WAITS_FOR[view.procedure.event]


def _stuck(view: View, on: Bench) -> str:
    """Which step blocks a pending linked dossier, by its trail and by the civil-status system."""
    claim = view.case[Role.ONE_STOP]
    if claim is None or not view.pending(Role.ONE_STOP) or not view.procedure.is_group:
        return ""
    civil = view.case[Role.CIVIL_STATUS]
    source = on.sources.get(civil.source) if civil is not None else None
    heard = civil is not None and source is not None and source.hears(civil.key)
    state = status_at(civil, on.as_of) if civil is not None and heard else None
    return trail.told(trail.stuck(claim.trail, on.as_of), state)


#: Which agencies a linked group waits for once the registration is done.
WAITS_FOR = {
    "birth": "cư trú (Công an), BHYT (Bảo hiểm xã hội)",
    "death": "cư trú (Công an), mai táng phí",
}
