"""What is to be done next: each finding asks for one step, and a dossier for the first of them.

A dossier may carry several findings at once (handed over and still pending, late, a date that
contradicts another). An official works on dossiers: the first step is the one instruction, the
other findings are its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconcile.claims import ENDED_WELL, Role
from reconcile.findings import Finding, Kind, Strength
from reconcile.judging.same_event import parts


class Step(StrEnum):
    """What a finding asks for, in the order in which the steps of one dossier are taken.

    What may be wrong in substance is looked at before anything is ended; what only the people of
    the software can do, and what is written afterwards, comes last.
    """

    CHECK = "check"  # the software says refused or stopped, the paper says handed over
    APPROVE = "approve"  # only a clerk's own statement says so
    CODE = "code"  # one code stands for two people
    WHICH = "which"  # two dossiers for one event
    RESOLVE = "resolve"  # truly overdue
    END = "end"  # the one-stop software has not ended it
    ENTER = "enter"  # no software, or not the one-stop software, has it
    HAND_OVER = "hand_over"  # ended, and the hand-over is not confirmed
    LOOK = "look"  # the portal alone says done
    REGISTER = "register"  # the register has no entry
    RESEND = "resend"  # the one-stop software has ended it, what stands behind it does not know
    SEND = "send"  # the portal does not have it
    DATE = "date"
    EXPLAIN = "explain"
    NOTHING = "nothing"


_STEPS: Mapping[Kind, Step] = {
    Kind.RETURNED_STILL_PENDING: Step.END,
    Kind.ENDED_BUT_RETURNED: Step.CHECK,
    Kind.DONE_NOT_HANDED_OVER: Step.HAND_OVER,
    Kind.LOCAL_DONE_PORTAL_PENDING: Step.RESEND,
    Kind.PORTAL_DONE_LOCAL_PENDING: Step.LOOK,
    Kind.MISSING_IN_ONE_STOP: Step.ENTER,
    Kind.MISSING_IN_PORTAL: Step.SEND,
    Kind.MISSING_IN_SOFTWARE: Step.ENTER,
    Kind.NOT_IN_REGISTER: Step.REGISTER,
    Kind.DUPLICATE_DOSSIER: Step.WHICH,
    Kind.CODE_CONFLICT: Step.CODE,
    Kind.DATE_CONFLICT: Step.DATE,
    Kind.RETURNED_LATE: Step.EXPLAIN,
    Kind.TRULY_OVERDUE: Step.RESOLVE,
    Kind.LATE_BY_POST: Step.NOTHING,
}
ORDER: Mapping[Step, int] = {step: place for place, step in enumerate(Step)}

#: Only the people who run the software can take these.
BY_SOFTWARE = frozenset({Step.RESEND, Step.SEND})
#: What stands on the worklist that a head signs, once each dossier was looked at.
CLOSING = frozenset({Step.END, Step.HAND_OVER, Step.RESEND})


def usual_step(kind: Kind) -> Step:
    """What a finding of the kind asks for where nothing speaks against it."""
    return _STEPS[kind]


def step_of(finding: Finding) -> Step:
    """The step that the finding asks for, by where it is open and what the one-stop says.

    Nobody is asked to end a dossier that the one-stop software has ended already, or that it does
    not have; a clerk's own statement closes nothing until a second person approves it.
    """
    step = _STEPS[finding.kind]
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
