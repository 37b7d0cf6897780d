"""Which dossiers findings and figures speak of, and on which day; the periods that are reported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from reconcile.cases import Case
from reconcile.claims import ENDED, Claim, Procedure, Role, Status
from reconcile.text.vietnamese import unit_key

_SOFTWARE = (Role.ONE_STOP, Role.PORTAL, Role.HUB)


@dataclass(frozen=True, slots=True)
class Scope:
    """Units, procedures and the period of a run, and the day of judgement.

    ``starts``/``ends`` choose dossiers received in the period or carried over into it; both None:
    everything known. Facts dated after ``as_of`` are not yet known. ``units`` and ``procedures``
    are None for all; ``units`` holds codes of units.csv and comparable names (``unit_key``).
    """

    as_of: date
    starts: date | None = None
    ends: date | None = None
    units: frozenset[str] | None = None
    procedures: frozenset[str] | None = None  # classes (Procedure values) and procedure codes
    as_of_given: bool = False  # read_at then prints the as-of day

    def has_unit(self, unit: str) -> bool:
        return self.units is None or unit in self.units or unit_key(unit) in self.units

    def has_procedure(self, procedure: Procedure, code: str) -> bool:
        return (
            self.procedures is None
            or procedure.value in self.procedures
            or (bool(code) and code in self.procedures)
        )


def status_at(claim: Claim, as_of: date) -> Status:
    """The state as it was known on a day: an end that is dated later was not there yet."""
    if claim.status not in ENDED:
        return claim.status
    ended = claim.finished_on or claim.returned_on
    if ended is not None and ended > as_of:
        return Status.PROCESSING
    if claim.status is Status.RETURNED and claim.returned_on and claim.returned_on > as_of:
        return Status.DONE
    return claim.status


def in_scope(case: Case, scope: Scope) -> bool:
    """Whether findings of this run speak of the case: its unit, its procedure, its period.

    Carried over means: received before the period and not ended before it began, by the knowledge
    of any software. A register row without a dossier goes by its own days.
    """
    claims = tuple(case.software.values()) or (case.main,)
    if not any(scope.has_unit(claim.unit) or _received_there(claim, scope) for claim in claims):
        return False
    if not any(scope.has_procedure(claim.procedure, claim.procedure_code) for claim in claims):
        return False
    if not case.software:
        return _row_in_period(case.main, scope)
    working = [case.software[role] for role in _SOFTWARE if role in case.software] or claims
    received = next((day for claim in working if (day := _received(claim))), None)
    if received is not None and received > min(scope.as_of, scope.ends or scope.as_of):
        return False
    if scope.starts is None or (received is not None and received >= scope.starts):
        return True
    return any(not _ended_before(claim, scope.starts) for claim in working)


def _received_there(claim: Claim, scope: Scope) -> bool:
    return bool(claim.receiving_unit) and scope.has_unit(claim.receiving_unit)


def _received(claim: Claim) -> date | None:
    return claim.received_on or claim.submitted_on


def _ended_before(claim: Claim, day: date) -> bool:
    if claim.status not in ENDED:
        return False
    ended = claim.finished_on or claim.returned_on
    return ended is not None and ended < day


def _row_in_period(row: Claim, scope: Scope) -> bool:
    days = [day for day in (row.received_on, row.registered_on, row.returned_on) if day]
    if not days:
        return True
    if min(days) > min(scope.as_of, scope.ends or scope.as_of):
        return False
    return scope.starts is None or max(days) >= scope.starts


#: ``calendar``: whole months. ``nd09``: every month closes on the 14th.
PeriodRule = Literal["calendar", "nd09"]

_CLOSES_ON = 14  # the reporting rule that the setting is named for

_SHAPE = re.compile(
    r"(?P<year>(?:19|20)\d\d)"
    r"(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|(?P<first>[69])[TM]|H(?P<half>[12])))?",
    re.IGNORECASE,
)


class Period(NamedTuple):
    """The first and the last day, both counted."""

    starts: date
    ends: date


class BadPeriod(ValueError):
    """The text names no period."""


def period(text: str, rule: PeriodRule = "calendar") -> Period:
    """The days of ``2024``, ``2024-Q1``, ``2024-03``, ``2024-6T``, ``2024-9T``, ``2024-H2``.

    ``6T`` and ``9T`` are the first six and nine months, as offices report them; ``H1`` and ``H2``
    are the halves of the year. Raises BadPeriod.
    """
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise BadPeriod(text)
    first, last = _months(found)
    return _days(int(found["year"]), first, last, rule)


def name_of(starts: date, ends: date, rule: PeriodRule = "calendar") -> str:
    """The name of the period of exactly these days; empty: no period has them."""
    parts = (*(f"-Q{at}" for at in range(1, 5)), *(f"-{at:02}" for at in range(1, 13)))
    names = (f"{ends.year}{part}" for part in (*parts, "-6T", "-9T", "-H2", ""))
    return next((name for name in names if period(name, rule) == (starts, ends)), "")


def _months(found: re.Match[str]) -> tuple[int, int]:
    if found["month"]:
        return int(found["month"]), int(found["month"])
    if found["quarter"]:
        last = 3 * int(found["quarter"])
        return last - 2, last
    if found["first"]:
        return 1, int(found["first"])
    if found["half"]:
        last = 6 * int(found["half"])
        return last - 5, last
    return 1, 12


def _days(year: int, first: int, last: int, rule: PeriodRule) -> Period:
    before = (year - 1, 12) if first == 1 else (year, first - 1)
    if rule == "nd09":
        return Period(date(*before, _CLOSES_ON + 1), date(year, last, _CLOSES_ON))
    after = date(year + 1, 1, 1) if last == 12 else date(year, last + 1, 1)
    return Period(date(year, first, 1), after - timedelta(days=1))
