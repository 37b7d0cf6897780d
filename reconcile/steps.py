"""What is to be done next: each finding asks for one step, and a dossier for the first of them.

A dossier may carry several findings at once (handed over and still pending, late, a date that
contradicts another). An official works on dossiers: the first step is the one instruction, the
other findings are its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reconcile.claims import ENDED_WELL, Role
from reconcile.findings import Finding, Strength, parts
from reconcile.kinds import CLOSING, KINDS, Kind, Step
from reconcile.lifecycle import State

__all__ = [
    "BY_SOFTWARE", "CLOSING", "ORDER", "PLACES", "InWhoseHands", "Pile", "Step", "dossiers_of",
    "part_of", "pile_of", "step_of", "urgency", "usual_step",
]  # fmt: skip


ORDER: Mapping[Step, int] = {step: place for place, step in enumerate(Step)}

#: Only the people who run the software can take these.
BY_SOFTWARE = frozenset({Step.RESEND, Step.SEND})


class InWhoseHands(StrEnum):
    """In whose hands a dossier is, or what it waits for; the order of a list."""

    UNIT = "unit"
    SOFTWARE = "software"
    AGENCY = "agency"  # police, social insurance
    SUSPECTED = "suspected"  # the software may still push its news
    NONE = "none"  # nothing is asked of anybody
    WAIVED = "waived"


#: Where a dossier comes in a list by whose hands it is in.
PLACES: Mapping[InWhoseHands, int] = {part: place for place, part in enumerate(InWhoseHands)}


class Pile(StrEnum):
    """Where a dossier lies on the table of whoever works on it: always on exactly one pile."""

    END = "end"  # to be ended on the one-stop software
    HAND_OVER = "hand_over"  # its hand-over is to be confirmed there
    ENTER = "enter"  # to be entered into the software
    BOOKS = "books"  # to be looked up in books and papers
    OVERDUE = "overdue"  # to be resolved now, or its lateness explained
    SOFTWARE = "software"  # waits for the portal or the people of the software
    AGENCY = "agency"
    SUSPECTED = "suspected"
    WAIVED = "waived"
    NOTED = "noted"  # a cause that is nobody's work
    SETTLED = "settled"  # the sources agree by now


def part_of(step: Step, state: State, waits_for: str) -> InWhoseHands:
    """Where a discrepancy stands that asks for this step."""
    if step is Step.NOTHING or state is State.RESOLVED:
        return InWhoseHands.NONE
    if state is State.WAIVED:
        return InWhoseHands.WAIVED
    if state is State.SUSPECTED:
        return InWhoseHands.SUSPECTED
    if waits_for:
        return InWhoseHands.AGENCY
    return InWhoseHands.SOFTWARE if step in BY_SOFTWARE else InWhoseHands.UNIT


_PILES = {
    Step.END: Pile.END,
    Step.HAND_OVER: Pile.HAND_OVER,
    Step.ENTER: Pile.ENTER,
    Step.RESOLVE: Pile.OVERDUE,
    Step.EXPLAIN: Pile.OVERDUE,
}


def pile_of(step: Step, state: State, waits_for: str) -> Pile:
    """The pile of a dossier whose first discrepancy asks for this step."""
    if state is State.RESOLVED:
        return Pile.SETTLED
    part = part_of(step, state, waits_for)
    if part is InWhoseHands.UNIT:
        return _PILES.get(step, Pile.BOOKS)
    return Pile.NOTED if part is InWhoseHands.NONE else Pile(part.value)


def urgency(kind: Kind, step: Step) -> int:
    """The place of a finding among those of its dossier that can be done now, smallest first."""
    derived = step is not usual_step(kind)
    return (ORDER[step] * 2 + derived) * 100 + KINDS[kind].urgency


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
