"""Dossiers of one quarter for the tests of form II.06a, and their count."""

from __future__ import annotations

from datetime import date, timedelta

from reconcile.cases import Case, Link, LinkedRow, LinkState, Method
from reconcile.claims import Channel, Claim, Origin, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.figures.form import Figures, Statistics
from reconcile.figures.standing import Column
from reconcile.figures.statistics import tabulate
from reconcile.findings import Finding
from reconcile.policy import Policy
from reconcile.scope import Scope
from tests.reconcile.identities import identities

FROM, TO = date(2024, 1, 1), date(2024, 3, 31)
QUARTER = Scope(as_of=TO, starts=FROM, ends=TO)
POLICY = Policy()
COVERAGE = Coverage(
    (
        SourceCoverage("motcua", Role.ONE_STOP, "export", answered=True),
        SourceCoverage("so", Role.REGISTER, "register", answered=True),
        SourceCoverage(
            "in-lai",
            Role.REGISTER,
            "register",
            origin=Origin.PRINTED_FROM_ONE_STOP,
            answered=True,
        ),
    )
)
RECEIVED, DUE = date(2024, 2, 1), date(2024, 2, 5)
BEFORE_DUE, AFTER_DUE = date(2024, 2, 2), date(2024, 2, 9)
BASE: dict[str, object] = {
    "procedure": Procedure.BIRTH,
    "unit": "Tân Minh",
    "received_on": RECEIVED,
    "due_on": DUE,
    "status": Status.PROCESSING,
    "channel": Channel.ONLINE,
}
PENDING: dict[str, object] = {"status": Status.PROCESSING}
DONE_ON_TIME: dict[str, object] = {"status": Status.DONE, "finished_on": DUE}
DONE_LATE: dict[str, object] = {"status": Status.DONE, "finished_on": AFTER_DUE}
LATER = AFTER_DUE + timedelta(days=3)
CARRIED: dict[str, object] = {"received_on": date(2023, 12, 1), "due_on": date(2023, 12, 5)}


def software(code: str = "H11.1-240201-0001", **facts: object) -> Claim:
    values = BASE | facts
    return Claim(
        key=f"motcua:{code}",
        source="motcua",
        role=Role.ONE_STOP,
        own_code=code,
        **values,  # type: ignore[arg-type]
    )


def paper(source: str = "so", **facts: object) -> Claim:
    values: dict[str, object] = {"register_type": RegisterType.BIRTHS, "book": "01/2024"} | facts
    return Claim(
        key=f"{source}#1.0",
        source=source,
        role=Role.REGISTER,
        number="15",
        page="8",
        places=(Place("so.xlsx", "Sổ", 9),),
        **values,  # type: ignore[arg-type]
    )


def case(claim: Claim, *rows: Claim) -> Case:
    links = [Link(row.key, claim.key, Method.CODE, 1.0, LinkState.AUTO) for row in rows]
    return Case(
        claim.key,
        {claim.role: claim},
        tuple(LinkedRow(*pair) for pair in zip(rows, links, strict=True)),
    )


def count(
    *cases: Case,
    scope: Scope = QUARTER,
    policy: Policy = POLICY,
    findings: list[Finding] | None = None,
) -> Statistics:
    found = tabulate(cases, COVERAGE, scope, policy, findings)
    assert identities(found) == []
    return found


def columns(found: Figures) -> tuple[list[str], list[str]]:
    """The columns that hold a dossier, as recorded and as reconciled."""
    names = [column for column in Column if column is not Column.ENDED_BEFORE]
    return (
        [str(c) for c in names if found.recorded.count(c)],
        [str(c) for c in Column if found.reconciled.count(c)],
    )
