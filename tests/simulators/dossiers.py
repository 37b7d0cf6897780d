"""A dossier of an invented district: what is true of it, and what the software says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconcile.claims import Channel, Procedure, Status
from reconcile.workdays import Calendar
from tests.simulators.people import Person

FIRST_DAY, PERIOD_STARTS, AS_OF = date(2023, 12, 11), date(2024, 1, 1), date(2024, 3, 31)
_TET = frozenset(date(2024, 2, day) for day in range(8, 15))
CALENDAR = Calendar(off=_TET | {date(2024, 1, 1)})

#: Invented units of an invented district: code, name.
DISTRICT = ("901", "Huyện Hàm Mỹ")
COMMUNES = (
    ("90101", "Thị trấn Tân Lộc"),
    ("90102", "Xã Sông Trà"),
    ("90103", "Xã Tân Hòa"),
    ("90104", "Xã Tân Lạc"),
    ("90105", "Xã Thắng Lợi"),
    ("90106", "Xã Mỹ Sơn"),
    ("90107", "Xã Tân Phước"),
    ("90108", "Xã Đồng Phú"),
    ("90109", "Xã Hòa Thuận"),
    ("90110", "Xã An Khê"),
)


class Story(StrEnum):
    """What happened to a dossier, on paper and in the software."""

    AGREED = "agreed"  # everything agrees, in time
    AGREED_LATE = "agreed_late"
    OPEN = "open"  # in progress, not due yet
    STUCK = "stuck"  # handed over in time, the software still pending: the core finding
    STUCK_LATE = "stuck_late"  # the same, handed over late
    ENDED_BEFORE = "ended_before"  # the same, handed over before the period began
    FRESH = "fresh"  # handed over a moment ago: the software may still follow
    NOT_ACCEPTED = "not_accepted"  # never accepted in the software, handed over on paper
    WAITING = "waiting"  # left at "supplement asked", handed over on paper
    REGISTERED_ONLY = "registered_only"  # in the civil-status register, not handed over
    GROUP_WAITING = "group_waiting"  # linked: registered, other agencies not done
    HIDDEN_LATE = "hidden_late"  # closed in time in the software, registered late: it hurts
    REFUSED_RETURNED = "refused_returned"  # refused in the software, handed over on paper
    REFUSED = "refused"  # refused, and the paper says so
    WITHDRAWN = "withdrawn"
    DONE_NOT_HANDED = "done_not_handed"  # software says done, paper says handed over
    OVERDUE = "overdue"  # truly overdue: no proof anywhere
    PORTAL_PENDING = "portal_pending"  # one-stop done, portal not told
    PORTAL_AHEAD = "portal_ahead"  # portal says done, one-stop pending, no proof
    MISSING_IN_PORTAL = "missing_in_portal"
    MISSING_IN_ONE_STOP = "missing_in_one_stop"
    MISSING_IN_SOFTWARE = "missing_in_software"  # only in the register
    NOT_IN_REGISTER = "not_in_register"
    DUPLICATE = "duplicate"  # entered a second time at the counter
    OTHER = "other"  # another field: counted, not judged


@dataclass(frozen=True, slots=True)
class Dossier:
    """One real dossier: what is true of it, and what the software says."""

    story: Story
    procedure: Procedure
    procedure_code: str
    procedure_name: str
    unit: str  # code of units.csv
    applicant: Person
    channel: Channel
    received_on: date
    due_on: date
    code: str = ""  # the one-stop's; empty where it never was in it
    national_code: str = ""
    subject: Person | None = None
    died_on: date | None = None
    mother: Person | None = None
    father: Person | None = None
    # the truth on paper, as known on the day of judgement
    registered_on: date | None = None
    returned_on: date | None = None
    # the one-stop software
    status: Status = Status.UNKNOWN
    finished_on: date | None = None
    software_returned_on: date | None = None
    portal_status: Status | None = None  # None: not on the portal
    tracking_number: int = 0
    register_number: int = 0

    @property
    def unit_name(self) -> str:
        return dict((DISTRICT, *COMMUNES))[self.unit]

    @property
    def ended_on(self) -> date | None:
        """The day on which processing really ended."""
        return self.registered_on or self.returned_on

    @property
    def is_vital(self) -> bool:
        return self.procedure is not Procedure.OTHER

    @property
    def in_one_stop(self) -> bool:
        return self.story not in (Story.MISSING_IN_ONE_STOP, Story.MISSING_IN_SOFTWARE)

    @property
    def in_register(self) -> bool:
        return self.is_vital and self.story not in (Story.NOT_IN_REGISTER, Story.DUPLICATE)
