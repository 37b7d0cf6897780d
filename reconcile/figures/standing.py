"""Where one dossier stands in form II.06a: by the software alone, and by what the paper proves.

The columns are those of Circular 01/2020/TT-VPCP, form II.06a/VPCP/KSTT. The software's own rules
compare days only and take the end of processing (ngày kết thúc xử lý), never the hand-over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconcile.claims import Claim, Status
from reconcile.judging.due import Timeliness, due, late_by_proof, pace
from reconcile.judging.proof import Ending
from reconcile.policy import Policy
from reconcile.scope import Scope


class Column(StrEnum):
    """The columns that a received dossier can stand in; each stands in exactly one."""

    EARLY = "resolved.early"
    ON_TIME = "resolved.on_time"
    LATE = "resolved.late"
    IN_TIME = "in_progress.in_time"
    OVERDUE = "in_progress.overdue"
    ENDED_BEFORE = "ended_before"  # đã kết thúc từ kỳ trước

    @property
    def short(self) -> str:
        """The column's own name, without its group."""
        return self.value.rpartition(".")[2]

    @property
    def is_open(self) -> bool:
        return self in (Column.IN_TIME, Column.OVERDUE)


class SubLine(StrEnum):
    """The line of its own, inside a column, on which a dossier is shown."""

    NONE = ""
    END_UNKNOWN = "end_unknown"  # of late: chưa đủ căn cứ
    WAITING = "waiting"  # of in_time: chờ công dân
    UNKNOWN = "unknown"  # of in_time: chưa rõ
    UNDATED = "undated"  # of on_time: done, "không rõ ngày"; no line of the files
    LATE_TYPED = "late_typed"  # of on_time: nhập bù, lateness not judged; no line of the files


class Treatment(StrEnum):
    """What form II.06a does with a status; ``statuses.csv`` may set it per source kind."""

    NOT_RECEIVED = "not_received"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    UNCLEAR = "unclear"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


TREATMENTS: Mapping[Status, Treatment] = {
    Status.UNKNOWN: Treatment.UNCLEAR,
    Status.SUBMITTED: Treatment.NOT_RECEIVED,
    Status.ACCEPTED: Treatment.IN_PROGRESS,
    Status.NOT_ACCEPTED: Treatment.WITHDRAWN,  # with a reception date, else not received
    Status.PROCESSING: Treatment.IN_PROGRESS,
    Status.SUPPLEMENT_ASKED: Treatment.WAITING,
    Status.PAYMENT_ASKED: Treatment.WAITING,
    Status.WITHDRAWN: Treatment.WITHDRAWN,
    Status.STOPPED: Treatment.UNCLEAR,
    Status.DONE: Treatment.RESOLVED,
    Status.RETURNED: Treatment.RESOLVED,
}
#: Only these may be moved by a proof: the others are a line under the table or another finding.
MOVABLE = frozenset(
    {
        Status.ACCEPTED,
        Status.PROCESSING,
        Status.SUPPLEMENT_ASKED,
        Status.PAYMENT_ASKED,
        Status.DONE,
        Status.RETURNED,
    }
)
_PACES = {
    Timeliness.EARLY: Column.EARLY,
    Timeliness.ON_TIME: Column.ON_TIME,
    Timeliness.LATE: Column.LATE,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The column of one dossier, its line there, and the day on which it ended (None: not yet)."""

    column: Column
    line: SubLine = SubLine.NONE
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class _SoftwareEnd:
    """The day by which the software says it ended. ``dated``: it gave that day itself."""

    on: date
    dated: bool = True


def treatment(claim: Claim, kind: str, policy: Policy) -> Treatment:
    """What the form does with this claim's status, read from a source of this kind."""
    if claim.status is Status.NOT_ACCEPTED and claim.received_on is None:
        return Treatment.NOT_RECEIVED
    given = policy.ii06a.get((kind, claim.status))
    return Treatment(given) if given else TREATMENTS[claim.status]


def received(claim: Claim) -> date | None:
    """The day of reception; the day of submission where the software left it empty."""
    return claim.received_on or claim.submitted_on


def is_carried(claim: Claim, scope: Scope) -> bool:
    """Received before the period. A dossier without any date is taken as an old one."""
    if scope.starts is None:
        return False
    day = received(claim)
    return day is None or day < scope.starts


def is_counted(claim: Claim, how: Treatment, scope: Scope) -> bool:
    """Received in the period, or carried over: received before, not ended before it began."""
    if how is Treatment.NOT_RECEIVED:
        return False
    day = received(claim)
    if day is not None and day > min(scope.as_of, scope.ends or scope.as_of):
        return False
    if scope.starts is None or not is_carried(claim, scope):
        return True
    end = _software_end(claim, how, scope)
    return end is None or end.on >= scope.starts


def recorded(claim: Claim, how: Treatment, scope: Scope, policy: Policy) -> Standing:
    """Where the software's own data and rules put a counted dossier on the day of judgement."""
    end = _software_end(claim, how, scope)
    if end is None or end.on > scope.as_of:
        return _in_progress(claim, how, scope, policy)
    if how is Treatment.WITHDRAWN:
        return Standing(Column.ON_TIME, ended=end.on)
    if not end.dated:
        return Standing(Column.ON_TIME, SubLine.UNDATED)
    return Standing(_PACES[pace(end.on, due(claim).day(policy))], ended=end.on)


def reconciled(
    claim: Claim,
    before: Standing,
    ending: Ending | None,
    scope: Scope,
    policy: Policy,
    *,
    paper_due: date | None = None,
) -> Standing:
    """Where a proven end puts a dossier that stood at ``before``; it works both ways.

    A registration replaces the software's date wherever they differ. A hand-over stands in where
    there is no end date and replaces one later than itself, and no other. ``paper_due`` is the
    paper's own promise, for dossiers that were typed in after they had ended (nhập bù).
    """
    if ending is None or claim.status not in MOVABLE:
        return before
    if before.ended is not None and (
        before.ended == ending.on or (not ending.exact and before.ended < ending.on)
    ):
        return before
    if scope.starts is not None and ending.on < scope.starts:
        return Standing(Column.ENDED_BEFORE, ended=ending.on)
    due_day = due(claim).day(policy)
    day = received(claim)
    if day is not None and ending.on < day:
        if paper_due is None:
            # A due date counted from the typing tells nothing of the pace: what the software
            # calls resolved stays as it is, and the rest is not called late.
            return (
                before if before.ended else Standing(Column.ON_TIME, SubLine.LATE_TYPED, ending.on)
            )
        due_day = paper_due
    unsure = late_by_proof(ending.on, due_day, exact=ending.exact) is None
    line = SubLine.END_UNKNOWN if unsure else SubLine.NONE
    return Standing(_PACES[pace(ending.on, due_day)], line, ending.on)


def _software_end(claim: Claim, how: Treatment, scope: Scope) -> _SoftwareEnd | None:
    """When the software ended it; None while it says that it has not."""
    if how in (Treatment.NOT_RECEIVED, Treatment.UNCLEAR):
        return None
    if how in (Treatment.IN_PROGRESS, Treatment.WAITING):
        # In progress with an end date: counted resolved by it.
        return _SoftwareEnd(claim.finished_on) if claim.finished_on else None
    given = claim.finished_on or claim.returned_on
    if given is not None:
        return _SoftwareEnd(given)
    # Ended without a date: by the day on which that status was first read, as far as is known.
    return _SoftwareEnd(min(claim.read_on or scope.as_of, scope.as_of), dated=False)


def _in_progress(claim: Claim, how: Treatment, scope: Scope, policy: Policy) -> Standing:
    asked_later = claim.supplement_asked_on is not None and claim.supplement_asked_on > scope.as_of
    if how is Treatment.WAITING and not asked_later:
        return Standing(Column.IN_TIME, SubLine.WAITING)
    if how is Treatment.UNCLEAR:
        return Standing(Column.IN_TIME, SubLine.UNKNOWN)
    due_day = due(claim).day(policy)
    overdue = due_day is not None and due_day < scope.as_of
    return Standing(Column.OVERDUE if overdue else Column.IN_TIME)
