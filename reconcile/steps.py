"""What is to be done next: each finding asks for one step, and a dossier for the first of them.

A dossier may carry several findings at once (handed over and still pending, late, a date that
contradicts another). An official works on dossiers: the first step is the one instruction, the
other findings are its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile.claims import ENDED_WELL, Role
from reconcile.findings import Finding, Strength
from reconcile.judging.same_event import parts
from reconcile.kinds import CLOSING, KINDS, Kind, Step

__all__ = ["BY_SOFTWARE", "CLOSING", "ORDER", "Step", "dossiers_of", "step_of", "usual_step"]


ORDER: Mapping[Step, int] = {step: place for place, step in enumerate(Step)}

#: Only the people who run the software can take these.
BY_SOFTWARE = frozenset({Step.RESEND, Step.SEND})


def usual_step(kind: Kind) -> Step:
    """What a finding of the kind asks for where nothing speaks against it."""
    return KINDS[kind].step


def step_of(finding: Finding) -> Step:
    """The step that the finding asks for, by where it is open and what the one-stop says.

    Nobody is asked to end a dossier that the one-stop software has ended already, or that it does
    not have; a clerk's own statement closes nothing until a second person approves it.
    """
    step = usual_step(finding.kind)
    if step in CLOSING and finding.strength is Strength.STATEMENT:
        return Step.APPROVE
    if step not in (Step.END, Step.HAND_OVER) or Role.ONE_STOP in finding.open_in:
        return step
    if Role.ONE_STOP not in dict(finding.codes):
        return Step.ENTER
    said = dict(finding.recorded).get(Role.ONE_STOP)
    return Step.RESEND if said is None or said.status in ENDED_WELL else Step.CHECK


def dossiers_of(finding: Finding) -> tuple[str, ...]:
    """The keys of the dossiers that the finding speaks of, the one that it is found at first.

    A duplicate is found at the later of its two dossiers; a grouped line speaks of many.
    """
    if finding.members:
        return finding.members
    keys = parts(finding.anchor)
    return (next((key for key in keys if key != finding.other), keys[0]),)
