"""What a mail says of one discrepancy, and which officer is asked."""

from __future__ import annotations

from reconcile import labels
from reconcile.claims import Procedure, Role
from reconcile.kinds import KINDS, Kind, Officer
from reconcile.steps import usual_step
from worker.alerts.digest_values import MailLine
from worker.reports.known import KnownDiscrepancy
from worker.reports.machine import FindingLine

OFFICERS = {
    Officer.REGISTRAR: "công chức làm công tác hộ tịch",
    Officer.COUNTER: "bộ phận tiếp nhận và trả kết quả",
}


def line_of(known: KnownDiscrepancy) -> MailLine:
    """The discrepancy as a mail may show it."""
    row, line = known.row, known.line
    kind = Kind(line.kind)
    return MailLine(
        kind=kind,
        label=row.label,
        remedy=row.remedy,
        waits_for=line.waits_for,
        procedure=labels.PROCEDURES[Procedure(line.procedure)],
        code=row.code,
        person=row.person.partition(" ")[0],  # initials alone, no year of birth
        due_on=row.due_on,
        received_on=row.received_on,
        evidence=known.evidence,
        roles=_roles(line),
        step=known.step or usual_step(kind),
        dossiers=known.dossiers,
    )


def who_acts(kind: Kind) -> str:
    """Which officer of the unit is asked."""
    return OFFICERS[KINDS[kind].acts]


def _roles(line: FindingLine) -> tuple[Role, ...]:
    """Every source that the finding leans on: while one is silent, nobody is reminded of it."""
    used = {*line.codes, *line.recorded}
    if line.register or line.proof:
        used.add(Role.REGISTER.value)
    return tuple(role for role in Role if role.value in used)
