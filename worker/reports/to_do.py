"""Which findings are to be worked on, and which stand on the list for closing."""

from __future__ import annotations

from reconcile.findings import Finding
from reconcile.kinds import KINDS
from reconcile.lifecycle import State
from reconcile.steps import CLOSING, step_of

OPEN_STATES = frozenset({State.OPEN, State.ACKNOWLEDGED})


def is_for_closing(finding: Finding, state: State) -> bool:
    """Ready to be ended on the software: proven, not waiting for a synchronisation or an agency."""
    return is_to_do(finding, state) and step_of(finding) in CLOSING


def is_to_do(finding: Finding, state: State) -> bool:
    """Somebody in the unit can do something about it now."""
    return state in OPEN_STATES and KINDS[finding.kind].mailed and not finding.waits_for
