"""When a dossier is due (hạn trả), and what an end on some day means for it.

Three kinds of due date are kept apart: the one on the receipt, the one it was moved to, and the
one that we could compute from a deadline ("hạn tính"), which is shown and enters no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from reconcile.claims import Claim, Procedure
from reconcile.policy import Policy
from reconcile.workdays import Calendar


class DueReason(StrEnum):
    """Why a due date is no longer the first one."""

    NOT = ""
    SUPPLEMENT = "supplement"  # bổ sung giấy tờ: the office's clock stood
    APOLOGY = "apology"  # văn bản xin lỗi, hẹn lại
    EXTENSION = "extension"  # hẹn lại without a stated ground


@dataclass(frozen=True, slots=True)
class Due:
    """The due date as first given and as it stands now, with the reason of the difference."""

    first: date | None
    now: date | None
    reason: DueReason = DueReason.NOT

    def day(self, policy: Policy) -> date | None:
        """The day that decides between on time and late.

        A supplement moves it. An apology, or a new date without a ground, does not make a
        dossier on time unless the office's policy says so.
        """
        if self.reason is DueReason.SUPPLEMENT or policy.apology_is_on_time:
            return self.now
        return self.first or self.now


def due(claim: Claim) -> Due:
    """The due dates that one source tells of a dossier.

    The date as the source gives it is the one on the receipt, and nothing computed replaces it.
    A new date that comes with an apology is the apology's, even after a supplement: that is the
    cautious reading. A new date never brings the due date nearer.
    """
    first, new = claim.due_on, claim.new_due_on
    if new is None or (first is not None and new <= first):
        return Due(first, first)
    if claim.apology:
        return Due(first, new, DueReason.APOLOGY)
    if claim.supplement_asked_on or claim.supplement_given_on:
        return Due(first, new, DueReason.SUPPLEMENT)
    return Due(first, new, DueReason.EXTENSION)


# --- What an end means ---------------------------------------------------------------------


class Timeliness(StrEnum):
    EARLY = "early"  # trước hạn
    ON_TIME = "on_time"  # đúng hạn
    LATE = "late"  # quá hạn


def pace(ended: date, due_day: date | None) -> Timeliness:
    """Form II.06a compares days only; without a due date a dossier counts as on time."""
    if due_day is None or ended == due_day:
        return Timeliness.ON_TIME
    return Timeliness.EARLY if ended < due_day else Timeliness.LATE


def late(ended: date, due_day: date | None) -> bool:
    return pace(ended, due_day) is Timeliness.LATE


def late_by_proof(ended: date, due_day: date | None, *, exact: bool) -> bool | None:
    """Whether the paper proves the dossier late; None where it cannot tell.

    ``exact``: a registration, the end of processing itself. A hand-over only shows that
    processing had ended by then, for people collect late: on or before the due day it proves on
    time, after it nothing.
    """
    if late(ended, due_day):
        return True if exact else None
    return False


def late_by_post(claim: Claim, ended: date, policy: Policy) -> bool:
    """Late by no more than the carriage between agencies that the appointment left out.

    Births and deaths that one office receives and resolves are carried nowhere: the post is no
    excuse for them. What is still open has no end to measure.
    """
    due_day = due(claim).day(policy)
    if due_day is None or ended <= due_day or not _is_carried(claim, policy):
        return False
    if not policy.post_working_days:
        return (ended - due_day).days <= policy.post_allowance_days
    return ended < policy.calendar.add(due_day, policy.post_allowance_days + 1)


def _is_carried(claim: Claim, policy: Policy) -> bool:
    if claim.receiving_unit and claim.receiving_unit != claim.unit:
        return True
    return claim.procedure is not Procedure.UNKNOWN and claim.procedure not in policy.judged


# --- Computed due dates ("hạn tính") ---------------------------------------------------------


def computed(received: date, workdays: int, policy: Policy) -> date:
    """The due date by the deadline alone, that many working days after the reception; 0 is the
    same day. ``received`` with an hour (datetime, local) is better.

    It is shown as "hạn tính" where no receipt names a date, and enters no table.
    """
    if workdays == 0:
        return same_day(received, policy.calendar, policy.same_day_until)
    return policy.calendar.add(_day(received), workdays)


def same_day(received: date, calendar: Calendar, until: time) -> date:
    """Law 60/2014/QH13 art. 5(3): received before 15:00 due the same day, else the next workday.

    Without an hour the rule holds and the exception is not presumed. What arrives on a day off
    (online) is due on the next working day.
    """
    day = _day(received)
    if not calendar.is_workday(day):
        return calendar.next_workday(day)
    if isinstance(received, datetime) and received.time() >= until:
        return calendar.next_workday(day)
    return day


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
