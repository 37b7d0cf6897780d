"""What can be wrong with a case: the kinds of finding, and one small function a kind.

Each rule looks at one case and answers with a finding, with None (judged, and the sources agree),
or with an Unjudged: what it needs was not read, so that nothing opens and nothing resolves. The
kinds and their conditions are those of the reconciliation model, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from reconcile.cases import LinkState
from reconcile.claims import ENDED_BADLY, ENDED_WELL, RUNNING, RegisterType, Role, Status
from reconcile.findings import (
    Finding,
    Kind,
)
from reconcile.judging import proof as proofs
from reconcile.judging.absence import (
    DOUBT,
    NO_BOOK,
    NO_SOFTWARE,
    NOT_DECLARED,
    books_incomplete,
    far_side_silent,
    is_circular,
    no_proof,
    not_whole,
    silent_list,
    wanted_books,
)
from reconcile.judging.case_view import Bench, Unjudged, View
from reconcile.judging.due import late_by_post
from reconcile.judging.evidence import Details, finding, proven_on
from reconcile.judging.lateness import impossible_dates, late_variant, swaps_lateness

Outcome = Finding | Unjudged | None
Rule = Callable[[View, Bench], Outcome]


#: Words of a source for a result that was never on paper.
_ELECTRONIC = ("điện tử", "trực tuyến", "online")


# --- Paper against software ------------------------------------------------------------------


def returned_still_pending(view: View, on: Bench) -> Outcome:
    """Handed over, or registered, on paper; the software has not ended it. The core finding."""
    proof = view.proof
    if proof is None or view.base is None:
        return no_proof(view, on)
    open_in = tuple(
        role
        for role in view.states
        if view.pending(role)
        and proofs.result_proven(view.case.software[role].procedure, proof, on.policy)
    )
    if not open_in or view.state in ENDED_BADLY:
        return view.any_unheard or view.row_unheard
    given = proofs.handed_over(proof)
    dated = proof.registered_on or proof.returned_on
    details = Details(
        open_in=open_in,
        variant=("" if dated else "undated") if given else "registered_only",
        missing_fact="end_in_software" if dated else "return_date",
        grace_from=proven_on(view),
    )
    return finding(Kind.RETURNED_STILL_PENDING, view, on, details)


def ended_but_returned(view: View, on: Bench) -> Outcome:
    """The software says refused, withdrawn or stopped, and the register says handed over."""
    if view.proof is None or view.base is None or view.waits:
        return no_proof(view, on)
    if view.state not in ENDED_BADLY:
        return view.row_unheard
    details = Details(open_in=(view.base.role,), missing_fact="true_outcome")
    return finding(Kind.ENDED_BUT_RETURNED, view, on, details)


def done_not_handed_over(view: View, on: Bench) -> Outcome:
    """The software says done; the paper says that the citizen already has the result."""
    if view.proof is None or view.base is None or not proofs.handed_over(view.proof):
        return no_proof(view, on)
    if view.state is not Status.DONE:
        return view.row_unheard
    details = Details(
        open_in=(view.base.role,),
        missing_fact="hand_over_confirmed",
        unit=view.receiving_unit,
        grace_from=view.proof.returned_on,
    )
    return finding(Kind.DONE_NOT_HANDED_OVER, view, on, details)


def returned_late(view: View, on: Bench) -> Outcome:
    """Ended after the due date; where only the hand-over is known, lateness stays unknown."""
    if view.proof is None or view.base is None or view.waits:
        return no_proof(view, on)
    variant = late_variant(view, on)
    if variant is None:
        return view.row_unheard
    asked = "explanation" if view.base.apology else "apology"
    if variant:
        group = view.base.procedure in on.policy.group_scope
        asked = "result_date" if group else "registration_date"
    open_in = tuple(role for role in view.states if view.pending(role))
    details = Details(open_in=open_in, variant=variant, missing_fact=asked)
    return finding(Kind.RETURNED_LATE, view, on, details)


def by_post(view: View, on: Bench) -> Outcome:
    """Late by no more than the carriage between agencies: a label beside the lateness."""
    if view.proof is None or view.base is None or view.waits:
        return no_proof(view, on)
    end = proofs.ending(view.case, view.proof, on.policy)
    carried = end is not None and late_by_post(view.base, end.on, on.policy)
    if not carried or late_variant(view, on) is None:
        return view.row_unheard
    return finding(Kind.LATE_BY_POST, view, on, Details())


def truly_overdue(view: View, on: Bench) -> Outcome:
    """Past due, still in progress, and the complete registers of the unit hold no proof."""
    if view.base is None:
        return None
    if not is_overdue(view, on) or view.proof is not None:
        return view.row_unheard
    if reason := no_proof(view, on) or books_incomplete(view, on):
        return reason
    open_in = tuple(role for role in view.states if view.pending(role))
    details = Details(open_in=open_in, missing_fact="result")
    return finding(Kind.TRULY_OVERDUE, view, on, details)


def is_overdue(view: View, on: Bench) -> bool:
    """In progress by the software's last known word, and past the due date."""
    due_on = view.due_on
    return view.state in RUNNING and due_on is not None and due_on < on.as_of


def not_in_register(view: View, on: Bench) -> Outcome:
    """The software says done; the complete book of that unit and time has no such entry."""
    base = view.base
    if base is None:
        return None
    if view.state not in ENDED_WELL or _is_electronic(base.taken_by):
        return None
    wanted = wanted_books(view)
    if not wanted:
        return view.row_unheard
    if view.case.doubtful:
        return DOUBT
    if on.registers.silent is not None:
        return on.silent_proof
    first = base.received_on
    last = base.finished_on or base.returned_on or first
    if first is None or last is None:
        return NOT_DECLARED
    last += timedelta(days=on.policy.edge_days)
    for book, unit in wanted:
        if on.registers.complete(book, unit, first, last):
            variant = "not_in_civil_register" if book.is_civil_status else ""
            details = Details(variant=variant, missing_fact="register_entry", unit=unit)
            return finding(Kind.NOT_IN_REGISTER, view, on, details)
    kept = any(on.registers.of(book, unit) for book, unit in wanted)
    return NOT_DECLARED if kept else NO_BOOK


# --- Software against software ---------------------------------------------------------------


def local_done_portal_pending(view: View, on: Bench) -> Outcome:
    """The one-stop software has ended it, the portal or the hub does not know yet."""
    one_stop = view.case[Role.ONE_STOP]
    if one_stop is None:
        return view.any_unheard
    behind = tuple(role for role in (Role.PORTAL, Role.HUB) if _is_behind(view, role, on))
    if view.states[Role.ONE_STOP] not in ENDED_WELL or not behind:
        return view.any_unheard or far_side_silent(view, on)
    ended = one_stop.finished_on or one_stop.returned_on
    details = Details(open_in=behind, missing_fact="portal_status", grace_from=ended)
    return finding(Kind.LOCAL_DONE_PORTAL_PENDING, view, on, details)


def portal_done_local_pending(view: View, on: Bench) -> Outcome:
    """The portal says done and nothing else does: weak, for some software pushes 5, 6, 8 as 9."""
    done = view.states.get(Role.PORTAL) in ENDED_WELL
    if not done or not view.pending(Role.ONE_STOP) or view.proof is not None:
        return view.row_unheard
    if on.silent_proof:
        return on.silent_proof
    details = Details(open_in=(Role.ONE_STOP,), missing_fact="paper_proof", weak=True)
    return finding(Kind.PORTAL_DONE_LOCAL_PENDING, view, on, details)


def missing_in_one_stop(view: View, on: Bench) -> Outcome:
    """On the portal or the hub, and not in the one-stop software."""
    base = view.base
    if base is None or base.role is Role.ONE_STOP:
        return None
    if view.state in (Status.NOT_ACCEPTED, Status.WITHDRAWN):
        return None
    day = base.received_on or base.submitted_on
    sides = ((base.role,), (Role.ONE_STOP,))
    if reason := next((r for roles in sides if (r := not_whole(roles, view, day, on))), None):
        return reason
    details = Details(missing_fact="one_stop_entry", grace_from=day)
    return finding(Kind.MISSING_IN_ONE_STOP, view, on, details)


def missing_in_portal(view: View, on: Bench) -> Outcome:
    """In the one-stop software, and not on the portal."""
    base = view.base
    if base is None or base.role is not Role.ONE_STOP or Role.PORTAL in view.states:
        return view.any_unheard
    if view.state is Status.SUBMITTED or base.received_on is None:
        return None  # software sends a dossier once it is received
    sides = ((Role.ONE_STOP,), (Role.PORTAL,))
    for roles in sides:
        if reason := not_whole(roles, view, base.received_on, on):
            return reason
    details = Details(missing_fact="portal_entry", grace_from=base.received_on)
    return finding(Kind.MISSING_IN_PORTAL, view, on, details)


def missing_in_software(view: View, on: Bench) -> Outcome:
    """A register row with no dossier anywhere, after the office began to use the software."""
    if view.case.software:
        return view.any_unheard or view.row_unheard
    row = view.case.rows[0]
    if row.link.decision is LinkState.REVIEW:
        return DOUBT
    if row.link.conflict is not None or proofs.blocks(row.claim) or is_circular(row.claim, on):
        return None  # the code is wrong, nothing was accepted, or the row proves nothing
    day = row.claim.received_on or row.claim.registered_on or row.claim.returned_on
    if day is None or day > on.as_of:
        return NO_SOFTWARE
    if on.policy.since is not None and day < on.policy.since:
        return None
    if reason := not_whole((Role.ONE_STOP,), view, day, on, instead=Role.PORTAL) or silent_list(on):
        return reason
    unit = view.receiving_unit if row.claim.register_type is RegisterType.TRACKING else view.unit
    details = Details(missing_fact="dossier_code", unit=unit, grace_from=proven_on(view))
    return finding(Kind.MISSING_IN_SOFTWARE, view, on, details)


# --- One code, one event, one set of dates ---------------------------------------------------


def duplicate_dossier(view: View, on: Bench) -> Outcome:
    """Two dossiers of one class in one software for one event; found at the later one."""
    earlier = on.duplicates.get(view.case.anchor)
    if earlier is None:
        return None
    details = Details(
        open_in=tuple(role for role in view.states if view.pending(role)),
        missing_fact="which_dossier",
        other=earlier.key,
        pair=True,
    )
    return finding(Kind.DUPLICATE_DOSSIER, view, on, details)


def code_conflict(view: View, on: Bench) -> Outcome:
    """One code stands for two people: no link is made by it, and somebody must correct it."""
    others = [
        claim
        for claim in on.conflicts.get(view.case.anchor, ())
        if proofs.heard(claim, on.sources.get(claim.source)) and not is_circular(claim, on)
    ]
    if not others:
        return on.silent_proof
    places = tuple(sorted({place for claim in others for place in claim.places}))
    details = Details(missing_fact="right_code", other=others[0].key, places=places)
    return finding(Kind.CODE_CONFLICT, view, on, details)


def date_conflict(view: View, on: Bench) -> Outcome:
    """Dates that cannot both be true, or that swap on time and late."""
    variant = impossible_dates(view, on)
    if not variant and view.base is not None and view.proof is not None:
        if unheard := view.unheard.get(view.base.role):
            return unheard
        if proofs.late_typing(view.received_on, view.proof):
            variant = "late_typing"
        elif swaps_lateness(view, on):
            variant = "lateness_swapped"
    if not variant:
        return view.any_unheard or (None if view.case.rows else on.silent_proof)
    unit = view.receiving_unit if variant == "late_typing" else view.unit
    details = Details(variant=variant, missing_fact="right_date", unit=unit)
    return finding(Kind.DATE_CONFLICT, view, on, details)


def _is_electronic(taken_by: str) -> bool:
    """The result was never on paper."""
    text = taken_by.lower()
    return bool(text) and any(word in text for word in _ELECTRONIC)


def _is_behind(view: View, role: Role, on: Bench) -> bool:
    """Pending there, for the same thing: a group is not done because the commune's step is."""
    if not view.pending(role):
        return False
    groups = on.policy.group_scope
    here, there = view.case.software[Role.ONE_STOP], view.case.software[role]
    return there.procedure not in groups or here.procedure in groups or not here.procedure


RULES: Mapping[Kind, Rule] = {
    Kind.RETURNED_STILL_PENDING: returned_still_pending,
    Kind.ENDED_BUT_RETURNED: ended_but_returned,
    Kind.DONE_NOT_HANDED_OVER: done_not_handed_over,
    Kind.LOCAL_DONE_PORTAL_PENDING: local_done_portal_pending,
    Kind.PORTAL_DONE_LOCAL_PENDING: portal_done_local_pending,
    Kind.MISSING_IN_ONE_STOP: missing_in_one_stop,
    Kind.MISSING_IN_PORTAL: missing_in_portal,
    Kind.MISSING_IN_SOFTWARE: missing_in_software,
    Kind.NOT_IN_REGISTER: not_in_register,
    Kind.DUPLICATE_DOSSIER: duplicate_dossier,
    Kind.CODE_CONFLICT: code_conflict,
    Kind.DATE_CONFLICT: date_conflict,
    Kind.RETURNED_LATE: returned_late,
    Kind.TRULY_OVERDUE: truly_overdue,
    Kind.LATE_BY_POST: by_post,
}
