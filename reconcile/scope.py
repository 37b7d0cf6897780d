"""Which dossiers findings and figures speak of, and on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconcile.cases import Case
from reconcile.claims import ENDED_WELL, Claim, Procedure, Role, Status
from reconcile.text.vietnamese import unit_key

#: States that end a dossier, with or without a result.
ENDED_BADLY = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED})
ENDED = ENDED_WELL | ENDED_BADLY
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
