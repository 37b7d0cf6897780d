"""What the dates of a case say together: late or not, impossible, at odds with each other."""

from __future__ import annotations

from datetime import date

from reconcile.claims import ENDED_BADLY, ENDED_WELL, RUNNING, Role
from reconcile.judging import proof as proofs
from reconcile.judging.absence import is_circular
from reconcile.judging.case_view import Bench, View
from reconcile.judging.due import late, late_by_proof


def lateness(view: View, on: Bench) -> bool | None:
    """Late, on time, or None where the evidence cannot tell ("chưa đủ căn cứ")."""
    due_on = view.due_on
    if view.proof is None:
        return _late_by_software(view, due_on, on)
    if proofs.late_typing(view.received_on, view.proof):
        return _late_by_paper(view)
    end = proofs.ending(view.case, view.proof, on.policy)
    if end is None or due_on is None:
        return None
    finished_on = _finished_on(view)
    if not end.exact and finished_on is not None and finished_on <= end.on:
        return late(finished_on, due_on)  # the software's own end is nearer to the truth
    return late_by_proof(end.on, due_on, exact=end.exact)


def late_variant(view: View, on: Bench) -> str | None:
    """``""`` for late, ``"hand_over_only"`` where the paper cannot tell, None for not late."""
    if view.state in ENDED_BADLY or view.proof is None:
        return None
    is_late = lateness(view, on)
    if is_late is not None:
        return "" if is_late else None
    due_on, returned_on = view.due_on, view.proof.returned_on
    typed_in = proofs.late_typing(view.received_on, view.proof)
    after = returned_on is not None and late(returned_on, due_on)
    return "hand_over_only" if after and not typed_in else None


def swaps_lateness(view: View, on: Bench) -> bool:
    """The software and the paper disagree on whether it was late."""
    base, due_on = view.base, view.due_on
    if base is None or view.proof is None or due_on is None or view.state not in ENDED_WELL:
        return False
    end = proofs.ending(view.case, view.proof, on.policy)
    recorded = base.finished_on or base.returned_on
    if end is None or recorded is None or (not end.exact and end.on >= recorded):
        return False  # people collect late: a later hand-over contradicts nothing
    return late(end.on, due_on) != late(recorded, due_on)


def impossible_dates(view: View, on: Bench) -> str:
    """Dates of one source that cannot be true: the variant of DATE_CONFLICT, or empty."""
    rows = [row.claim for row in view.case.rows if not is_circular(row.claim, on)]
    one_stop = view.case[Role.ONE_STOP]
    claims = [*rows, one_stop] if one_stop and Role.ONE_STOP not in view.unheard else rows
    for claim in claims:
        ends = (claim.returned_on, claim.registered_on, claim.finished_on)
        known = [day for day in ends if day is not None]
        if not known:
            continue
        if claim.received_on and min(known) < claim.received_on:
            return "late_typing" if claim.is_row else "returned_before_received"
        if claim.read_on and max(known) > claim.read_on:
            return "after_read"
    return ""


def _finished_on(view: View) -> date | None:
    return view.base.finished_on if view.base and view.state in ENDED_WELL else None


def _late_by_software(view: View, due_on: date | None, on: Bench) -> bool | None:
    if due_on is None or view.base is None:
        return None
    if view.state in RUNNING:
        return due_on < on.as_of
    ended = view.base.finished_on or view.base.returned_on
    return late(ended, due_on) if ended and view.state in ENDED_WELL else None


def _late_by_paper(view: View) -> bool | None:
    """Typed in late: lateness by the paper's own dates of reception and promise, or not at all."""
    for row in view.case.rows:
        claim = row.claim
        ended = claim.registered_on or claim.returned_on
        if claim.received_on and claim.due_on and ended and claim.received_on <= ended:
            return late_by_proof(ended, claim.due_on, exact=claim.registered_on is not None)
    return None
