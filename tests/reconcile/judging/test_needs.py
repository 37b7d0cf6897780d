"""What a kind needs is asked in one place: the reasons it gives, and that nothing gets past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from reconcile.cases import Case
from reconcile.claims import Claim, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage
from reconcile.findings import Finding, Kind
from reconcile.judging import judge as judging
from reconcile.judging.case_view import Unjudged, ground, look
from reconcile.judging.evidence import Details, finding
from reconcile.judging.rules import RULES
from reconcile.kinds import KINDS, Grade, Need
from tests.reconcile.make import (
    DONE,
    ENTERED,
    GROUP,
    HANDED,
    HUB,
    ONE_STOP,
    PENDING,
    POLICY,
    PORTAL,
    RETURNED,
    SCOPE,
    make_case,
    make_claim,
    make_coverage,
    make_row,
    make_source,
    silent,
)

# --- The reason that page one prints, and its order where several sources are silent --------------

PAPER, CIVIL = Role.REGISTER, Role.CIVIL_STATUS
NOT_THERE = "nguồn không còn trong cấu hình"
UNREAD = "chưa đọc đủ nguồn từ ngày 20/03/2024"
UNKNOWN = "trạng thái chưa rõ, chưa có trong bảng ánh xạ"
LOST = replace(make_row(number="16"), key="so-cu#tracking16.0", source="so-cu")
ALL_SILENT = make_coverage(silent(ONE_STOP), silent(PORTAL), silent(PAPER))
#: By what was not read: a case and its coverage.
PINNED = {
    "the rows, the one-stop and the portal": (make_case(*PENDING, HANDED), ALL_SILENT),
    "the one-stop and the portal": (
        make_case(*PENDING, HANDED),
        make_coverage(silent(ONE_STOP), silent(PORTAL)),
    ),
    "the one-stop alone": (make_case(*PENDING, HANDED), make_coverage(silent(ONE_STOP))),
    "the portal alone": (
        make_case(make_claim(**RETURNED), make_claim(PORTAL), HANDED),
        make_coverage(silent(PORTAL)),
    ),
    "one of two rows, and the one-stop, of a group that is only registered": (
        make_case(make_claim(**GROUP), ENTERED, LOST),
        make_coverage(silent(ONE_STOP), without=[PORTAL]),
    ),
    "one of two rows, and the one-stop, where the other row proves it": (
        make_case(make_claim(**DONE), HANDED, LOST),
        make_coverage(silent(ONE_STOP), without=[PORTAL]),
    ),
    "a status that the tables do not know, and the hub": (
        make_case(make_claim(status=Status.UNKNOWN), make_claim(HUB), make_row()),
        make_coverage(silent(HUB), without=[PORTAL]),
    ),
    "a row that stands alone": (make_case(HANDED), ALL_SILENT),
    "the portal, where the hub was read": (
        make_case(make_claim(PORTAL), make_claim(HUB)),
        make_coverage(silent(PORTAL), make_source(HUB)),
    ),
}
#: What most kinds say of it, and what the others say.
REASONS = {
    "the rows, the one-stop and the portal": (
        f"motcua: {UNREAD}",
        {
            Kind.DATE_CONFLICT: f"so-giay: {UNREAD}",
            Kind.DONE_NOT_HANDED_OVER: f"so-giay: {UNREAD}",
            Kind.ENDED_BUT_RETURNED: f"so-giay: {UNREAD}",
            Kind.LATE_BY_POST: f"so-giay: {UNREAD}",
            Kind.RETURNED_LATE: f"so-giay: {UNREAD}",
            Kind.RETURNED_STILL_PENDING: f"so-giay: {UNREAD}",
        },
    ),
    "the one-stop and the portal": (
        f"motcua: {UNREAD}",
        {},
    ),
    "the one-stop alone": (
        f"motcua: {UNREAD}",
        {
            Kind.RETURNED_STILL_PENDING: "found",
        },
    ),
    "the portal alone": (
        f"cong: {UNREAD}",
        {
            Kind.DONE_NOT_HANDED_OVER: "agrees",
            Kind.DUPLICATE_DOSSIER: "agrees",
            Kind.ENDED_BUT_RETURNED: "agrees",
            Kind.LATE_BY_POST: "agrees",
            Kind.MISSING_IN_ONE_STOP: "agrees",
            Kind.NOT_IN_REGISTER: ": chưa nạp loại sổ này",
            Kind.RETURNED_LATE: "agrees",
            Kind.TRULY_OVERDUE: "agrees",
        },
    ),
    "one of two rows, and the one-stop, of a group that is only registered": (
        f"motcua: {UNREAD}",
        {
            Kind.DATE_CONFLICT: f"so-cu: {NOT_THERE}",
            Kind.DONE_NOT_HANDED_OVER: f"so-cu: {NOT_THERE}",
            Kind.ENDED_BUT_RETURNED: f"so-cu: {NOT_THERE}",
            Kind.LATE_BY_POST: f"so-cu: {NOT_THERE}",
            Kind.RETURNED_LATE: f"so-cu: {NOT_THERE}",
        },
    ),
    "one of two rows, and the one-stop, where the other row proves it": (
        f"motcua: {UNREAD}",
        {
            Kind.DATE_CONFLICT: f"so-cu: {NOT_THERE}",
        },
    ),
    "a status that the tables do not know, and the hub": (
        f"motcua: {UNKNOWN}",
        {},
    ),
    "a row that stands alone": (
        f"so-giay: {UNREAD}",
        {
            Kind.DUPLICATE_DOSSIER: "agrees",
            Kind.LOCAL_DONE_PORTAL_PENDING: "agrees",
            Kind.MISSING_IN_ONE_STOP: "agrees",
            Kind.MISSING_IN_PORTAL: "agrees",
            Kind.NOT_IN_REGISTER: "agrees",
            Kind.TRULY_OVERDUE: "agrees",
        },
    ),
    "the portal, where the hub was read": (
        f"cong: {UNREAD}",
        {
            Kind.DUPLICATE_DOSSIER: "agrees",
        },
    ),
}


def said(case: Case, coverage: Coverage) -> dict[Kind, str]:
    on = ground([case], coverage, SCOPE, POLICY)
    outcomes = {kind: judging.judge_one(kind, look(case, on), on) for kind in Kind}
    return {kind: _said(outcome) for kind, outcome in outcomes.items()}


def _said(outcome: Finding | Unjudged | None) -> str:
    if isinstance(outcome, Unjudged):
        return f"{outcome.source}: {outcome.reason}"
    return "found" if outcome else "agrees"


@pytest.mark.parametrize("unread", PINNED)
def test_the_reason_is_the_one_that_was_always_printed(unread):
    usual, others = REASONS[unread]
    assert said(*PINNED[unread]) == dict.fromkeys(Kind, usual) | others


# --- No unmet need ever opens or resolves ---------------------------------------------------------

DAYS = st.none() | st.dates(date(2024, 3, 1), date(2024, 3, 30))
PROGRAMS = (ONE_STOP, PORTAL, HUB)


@st.composite
def claims(draw: st.DrawFn, role: Role) -> Claim:
    return make_claim(
        role,
        status=draw(st.sampled_from(Status)),
        procedure=draw(st.sampled_from([Procedure.BIRTH, Procedure.BIRTH_LINKED])),
        finished_on=draw(DAYS),
        returned_on=draw(DAYS),
    )


@st.composite
def rows(draw: st.DrawFn) -> Claim:
    return make_row(
        draw(st.sampled_from(RegisterType)),
        returned_on=draw(DAYS),
        registered_on=draw(DAYS),
        received_on=draw(DAYS),
        signed=draw(st.booleans()),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Case, Coverage]:
    """A case of any software and at most one row, and a source a role, each read or silent."""
    roles = draw(st.sets(st.sampled_from(PROGRAMS)))
    found = [draw(claims(role)) for role in PROGRAMS if role in roles]
    if not found or draw(st.booleans()):
        found.append(draw(rows()))
    heard = {role: draw(st.booleans()) for role in (*PROGRAMS, PAPER)}
    sources = (make_source(role) if heard[role] else silent(role) for role in heard)
    return make_case(*found), Coverage(tuple(sources))


def is_unread(need: Need, case: Case, coverage: Coverage) -> bool:
    """All that the case has of the roles comes from silent sources: told without the product.

    Any software will do where the one-stop or the portal will.
    """
    programs = {*PROGRAMS} if {ONE_STOP, PORTAL} <= set(need.roles) else set()
    known = [*case.software.values(), *(row.claim for row in case.rows)]
    of_it = [claim for claim in known if claim.role in {*need.roles, *programs}]
    silent_ones = {source.name for source in coverage.sources if not source.answered}
    return bool(of_it) and all(claim.source in silent_ones for claim in of_it)


def gets_past(kind: Kind, case: Case, coverage: Coverage) -> bool:
    """A finding was opened, or agreement told, though a need of the kind was not met."""
    judgement = judging.judge([case], coverage, SCOPE, POLICY)
    opened = any(one.kind is kind for one in judgement.findings)
    needs = KINDS[kind].needs
    whole = [need for need in needs if need.grade is Grade.COMPLETE]
    case_by_case = [need for need in needs if need.grade not in (Grade.COMPLETE, Grade.CASE)]
    for need in case_by_case:
        # A row that stands alone is asked for only where it does.
        alone = need.grade is Grade.BASE and PAPER in need.roles and bool(case.software)
        if not alone and is_unread(need, case, coverage):
            return opened or judgement.judged(kind, case.anchor)
    return opened and any(
        not any(source.answered for role in need.roles for source in coverage.by_role(role))
        for need in whole
    )


def opens_always(kind: Kind):
    """A rule that does not look whether anything was read."""
    return lambda view, on: finding(kind, view, on, Details())


def agrees_always(_kind: Kind):
    return lambda _view, _on: None


RULES_TO_TRY = {
    "as they are": lambda kind: RULES[kind],
    "opening always": opens_always,
    "agreeing always": agrees_always,
}


@pytest.mark.parametrize("rule", RULES_TO_TRY)
def test_a_rule_with_an_unmet_need_never_opens_and_never_resolves(monkeypatch, rule):
    tried = {kind: {**RULES, kind: RULES_TO_TRY[rule](kind)} for kind in Kind}

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(worlds())
    def never(world: tuple[Case, Coverage]) -> None:
        past = []
        for kind, rules in tried.items():
            monkeypatch.setattr(judging, "RULES", rules)
            if gets_past(kind, *world):
                past.append(kind)
        assert past == []

    never()


@pytest.mark.parametrize("rule", ["opening always", "agreeing always"])
def test_where_nobody_asks_the_needs_such_a_rule_is_caught(monkeypatch, rule):
    kind = Kind.RETURNED_STILL_PENDING
    monkeypatch.setattr(judging, "RULES", {**RULES, kind: RULES_TO_TRY[rule](kind)})
    monkeypatch.setattr(judging, "unmet", lambda _needs, _view: None)
    found = find(worlds(), lambda world: gets_past(kind, *world), settings=settings(deadline=None))
    assert gets_past(kind, *found)
