"""What a mail says of one finding, and in whose hands the dossier is."""

from __future__ import annotations

from reconcile import labels
from reconcile.claims import Role
from reconcile.findings import Finding
from reconcile.kinds import KINDS, Kind, Officer
from reconcile.steps import BY_SOFTWARE, dossiers_of, step_of
from reconcile.text.vietnamese import initials
from worker import words
from worker.alerts.digest_values import Hands, MailLine
from worker.reports.work import code_of, evidence_of

OFFICERS = {
    Officer.REGISTRAR: "công chức làm công tác hộ tịch",
    Officer.COUNTER: "bộ phận tiếp nhận và trả kết quả",
}


def is_told(finding: Finding) -> bool:
    """Whether mails speak of it at all: a mere cause of lateness is no work of anybody."""
    return KINDS[finding.kind].mailed


def line_of(finding: Finding) -> MailLine:
    """The finding as a mail may show it."""
    step = step_of(finding)
    return MailLine(
        kind=finding.kind,
        label=labels.label(finding),
        remedy=labels.remedy(finding),
        hands=_hands(finding),
        waits_for=finding.waits_for,
        procedure=labels.PROCEDURES[finding.procedure],
        code=words.clean(code_of(finding)),
        person=initials(finding.subject or finding.applicant),
        due_on=finding.due_on,
        received_on=finding.received_on,
        evidence=words.clean("; ".join(evidence_of(finding))),
        roles=_roles(finding),
        count=finding.count,
        step=step,
        dossiers=dossiers_of(finding),
    )


def who_acts(kind: Kind) -> str:
    """Which officer of the unit is asked."""
    return OFFICERS[KINDS[kind].acts]


def _hands(finding: Finding) -> Hands:
    if finding.waits_for:
        return Hands.AGENCY
    return Hands.SOFTWARE if step_of(finding) in BY_SOFTWARE else Hands.UNIT


def _roles(finding: Finding) -> tuple[Role, ...]:
    """Every source that the finding leans on: while one is silent, nobody is reminded of it."""
    used = {role for role, _ in finding.codes} | {role for role, _ in finding.recorded}
    if finding.register or finding.proof:
        used.add(Role.REGISTER)
    return tuple(role for role in Role if role in used)
