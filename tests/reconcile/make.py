"""Small factories: a test shows only what matters to it. All people are invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from reconcile.cases import ANCHOR_ORDER, Case, Link, LinkedRow, LinkState, Method
from reconcile.claims import Claim, Origin, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, Declaration, SourceCoverage
from reconcile.findings import Kind, finding_id
from reconcile.lifecycle import Discrepancy, State
from reconcile.policy import Policy
from reconcile.scope import Scope

RECEIVED = date(2024, 3, 4)  # a Monday
DUE = date(2024, 3, 8)
BEFORE_DUE = date(2024, 3, 6)
AFTER_DUE = date(2024, 3, 13)
AS_OF = date(2024, 3, 31)
NOW = datetime(2024, 4, 1, 0, 30, tzinfo=UTC)
SCOPE = Scope(as_of=AS_OF)
POLICY = Policy()
UNIT = "Tân Minh"
CODE = "H11.36-240304-0001"

#: The source of each role in these tests.
SOURCES = {
    Role.ONE_STOP: "motcua",
    Role.PORTAL: "cong",
    Role.HUB: "lienthong",
    Role.CIVIL_STATUS: "hotich",
    Role.REGISTER: "so-giay",
}


def make_claim(role: Role = Role.ONE_STOP, code: str = CODE, **facts: Any) -> Claim:
    """A dossier of one software: received on 04/03, due on 08/03/2024, in progress."""
    values: dict[str, Any] = {
        "key": f"{SOURCES[role]}:{code}",
        "source": SOURCES[role],
        "role": role,
        "own_code": code,
        "procedure": Procedure.BIRTH,
        "unit": UNIT,
        "subject": "Trần Thị Bưởi",
        "received_on": RECEIVED,
        "due_on": DUE,
        "status": Status.PROCESSING,
        "raw_status": "Đang xử lý",
    }
    return Claim(**values | facts)


def make_row(register_type: RegisterType = RegisterType.TRACKING, **facts: Any) -> Claim:
    """A row of a paper register, without any date of a result."""
    number = facts.get("number", "15")
    values: dict[str, Any] = {
        "key": f"so-giay#{register_type.value or 'x'}{number}.0",
        "source": "so-giay",
        "role": Role.REGISTER,
        "register_type": register_type,
        "unit": UNIT,
        "subject": "Trần Thị Bưởi",
        "number": number,
        "places": (Place("inbox/so.xlsx", "Sổ", 9),),
    }
    return Claim(**values | facts)


def make_link(row: Claim, dossier: str | None, **facts: Any) -> Link:
    values: dict[str, Any] = {
        "row": row.key,
        "dossier": dossier,
        "method": Method.CODE if dossier else Method.NONE,
        "probability": 1.0 if dossier else 0.0,
        "decision": LinkState.AUTO if dossier else LinkState.NONE,
    }
    return Link(**values | facts)


def make_case(*claims: Claim, doubtful: Iterable[Claim] = (), **link: Any) -> Case:
    """The claims of one dossier, its rows linked by code; rows alone are a case of their own."""
    software = {claim.role: claim for claim in claims if not claim.is_row}
    rows = [claim for claim in claims if claim.is_row]
    anchor = next((software[role].key for role in ANCHOR_ORDER if role in software), None)
    return Case(
        anchor=anchor or rows[0].key,
        software=software,
        rows=tuple(LinkedRow(row, make_link(row, anchor, **link)) for row in rows),
        doubtful=tuple(
            LinkedRow(row, make_link(row, anchor, decision=LinkState.REVIEW, probability=0.6))
            for row in doubtful
        ),
    )


def make_source(role: Role, **facts: Any) -> SourceCoverage:
    """A source that answered in full for the first quarter of 2024."""
    values: dict[str, Any] = {
        "name": SOURCES[role],
        "role": role,
        "kind": "register" if role is Role.REGISTER else "export",
        "answered": True,
        "starts": date(2024, 1, 1),
        "ends": AS_OF,
    }
    return SourceCoverage(**values | facts)


def make_coverage(*others: SourceCoverage, without: Iterable[Role] = ()) -> Coverage:
    """One-stop, portal and register, all heard; ``others`` replace those of the same name."""
    roles = (Role.ONE_STOP, Role.PORTAL, Role.REGISTER)
    sources = {SOURCES[role]: make_source(role) for role in roles if role not in without}
    return Coverage(tuple((sources | {source.name: source for source in others}).values()))


def silent(role: Role, **facts: Any) -> SourceCoverage:
    """The source did not answer this time."""
    return make_source(role, answered=False, unread_since=date(2024, 3, 20), **facts)


def declared(until: date = AS_OF, **facts: Any) -> SourceCoverage:
    """The paper register, declared complete up to a day."""
    return make_source(
        Role.REGISTER, declared=(Declaration(until=until, by="Nguyễn Thị Cúc"),), **facts
    )


def circular() -> SourceCoverage:
    return make_source(Role.REGISTER, origin=Origin.PRINTED_FROM_ONE_STOP)


def make_discrepancy(
    kind: Kind = Kind.RETURNED_STILL_PENDING,
    state: State = State.OPEN,
    anchor: str = f"motcua:{CODE}",
    **facts: Any,
) -> Discrepancy:
    known = Discrepancy(
        id=finding_id(kind, anchor),
        kind=kind,
        anchor=anchor,
        unit=UNIT,
        state=state,
        first_seen=date(2024, 3, 15),
        procedure="birth",
    )
    return replace(known, **facts)


# Rows and dossiers that many examples speak of

PORTAL, ONE_STOP, HUB = Role.PORTAL, Role.ONE_STOP, Role.HUB
BIRTHS = RegisterType.BIRTHS
DONE = {"status": Status.DONE, "raw_status": "Đã xử lý xong", "finished_on": BEFORE_DUE}
RETURNED = {**DONE, "status": Status.RETURNED, "returned_on": BEFORE_DUE}
HANDED = make_row(returned_on=BEFORE_DUE)
HANDED_LATE = make_row(returned_on=AFTER_DUE)
ENTERED = make_row(BIRTHS, registered_on=BEFORE_DUE, book="01/2024", page="8")
ENTERED_LATE = replace(ENTERED, registered_on=AFTER_DUE)
GROUP = {"procedure": Procedure.BIRTH_LINKED}
#: A dossier of the one-stop software that agrees with the portal.
PENDING = (make_claim(), make_claim(PORTAL))
CLOSED = (make_claim(**RETURNED), make_claim(PORTAL, **RETURNED))
DECLARED = make_coverage(declared())
NEIGHBOUR = make_case(make_row(number="1", received_on=date(2024, 1, 2)))
