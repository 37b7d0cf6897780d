"""What a mail says of one finding, and in whose hands the dossier is."""

from __future__ import annotations

from reconcile import labels
from reconcile.claims import Role
from reconcile.findings import Finding, Kind
from reconcile.vietnamese import initials
from worker.alerts.facts import Hands, Line
from worker.reports import words
from worker.reports.kinds import NO_WORK
from worker.reports.work import code_of, evidence_of

#: Only the people who run the software can put it right.
_SOFTWARE = frozenset({Kind.LOCAL_DONE_PORTAL_PENDING, Kind.MISSING_IN_PORTAL})
#: What the registrar answers for; the rest is the counter's.
_REGISTRAR = frozenset(
    {Kind.TRULY_OVERDUE, Kind.NOT_IN_REGISTER, Kind.RETURNED_LATE, Kind.DATE_CONFLICT}
)
REGISTRAR = "công chức làm công tác hộ tịch"
COUNTER = "bộ phận tiếp nhận và trả kết quả"


def is_told(finding: Finding) -> bool:
    """Whether mails speak of it at all: a mere cause of lateness is no work of anybody."""
    return finding.kind not in NO_WORK


def line_of(finding: Finding) -> Line:
    """The finding as a mail may show it."""
    hands = _hands(finding)
    # Open in the portal alone: the unit has done its part, whatever the finding is called.
    kind = Kind.LOCAL_DONE_PORTAL_PENDING if _is_only_in_portal(finding) else finding.kind
    return Line(
        kind=finding.kind,
        label=labels.KINDS[kind] if kind is not finding.kind else labels.label(finding),
        remedy=labels.remedy(finding),
        hands=hands,
        waits_for=finding.waits_for,
        procedure=labels.PROCEDURES[finding.procedure],
        code=words.clean(code_of(finding)),
        person=initials(finding.subject or finding.applicant),
        due_on=finding.due_on,
        received_on=finding.received_on,
        evidence=words.clean("; ".join(evidence_of(finding))),
        roles=_roles(finding),
        count=finding.count,
    )


def who_acts(kind: Kind) -> str:
    """Which officer of the unit is asked."""
    return REGISTRAR if kind in _REGISTRAR else COUNTER


def _hands(finding: Finding) -> Hands:
    if finding.waits_for:
        return Hands.AGENCY
    is_software = finding.kind in _SOFTWARE or _is_only_in_portal(finding)
    return Hands.SOFTWARE if is_software else Hands.UNIT


def _is_only_in_portal(finding: Finding) -> bool:
    """Handed over on paper and ended in the one-stop software; the portal lags behind."""
    return (
        finding.kind is Kind.RETURNED_STILL_PENDING
        and bool(finding.open_in)
        and Role.ONE_STOP not in finding.open_in
        and Role.ONE_STOP in dict(finding.codes)
    )


def _roles(finding: Finding) -> tuple[Role, ...]:
    """Every source that the finding leans on: while one is silent, nobody is reminded of it."""
    used = {role for role, _ in finding.codes} | {role for role, _ in finding.recorded}
    if finding.register or finding.proof:
        used.add(Role.REGISTER)
    return tuple(role for role in Role if role in used)
