"""The order of urgency of the kinds, and which of them stand on which list."""

from __future__ import annotations

from reconcile.findings import Finding, Kind
from reconcile.lifecycle import State
from reconcile.steps import CLOSING, step_of

#: Most urgent first: what may be wrong in substance, then what is late, then what is untidy.
URGENCY = {
    kind: place
    for place, kind in enumerate(
        (
            Kind.ENDED_BUT_RETURNED,
            Kind.TRULY_OVERDUE,
            Kind.RETURNED_STILL_PENDING,
            Kind.CODE_CONFLICT,
            Kind.MISSING_IN_SOFTWARE,
            Kind.MISSING_IN_ONE_STOP,
            Kind.MISSING_IN_PORTAL,
            Kind.NOT_IN_REGISTER,
            Kind.DONE_NOT_HANDED_OVER,
            Kind.LOCAL_DONE_PORTAL_PENDING,
            Kind.PORTAL_DONE_LOCAL_PENDING,
            Kind.DATE_CONFLICT,
            Kind.DUPLICATE_DOSSIER,
            Kind.RETURNED_LATE,
            Kind.LATE_BY_POST,
        )
    )
}

#: Labels of a cause or an explanation: shown, but nobody is asked to do anything on a software.
NO_WORK = frozenset({Kind.LATE_BY_POST})

OPEN_STATES = frozenset({State.OPEN, State.ACKNOWLEDGED})


def is_for_closing(finding: Finding, state: State) -> bool:
    """Ready to be ended on the software: proven, not waiting for a synchronisation or an agency."""
    return is_to_do(finding, state) and step_of(finding) in CLOSING


def is_to_do(finding: Finding, state: State) -> bool:
    """Somebody in the unit can do something about it now."""
    return state in OPEN_STATES and finding.kind not in NO_WORK and not finding.waits_for
