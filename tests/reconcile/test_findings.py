"""What a finding tells beside its kind: evidence, dates, days, the unit that acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconcile.cases import Case, Method
from reconcile.claims import Status
from reconcile.coverage import Coverage
from reconcile.findings import Finding, Kind, finding_id
from reconcile.judging.judge import judge
from reconcile.policy import Policy
from tests.reconcile.make import (
    BEFORE_DUE,
    CODE,
    DECLARED,
    DONE,
    DUE,
    ENTERED,
    ENTERED_LATE,
    HANDED,
    HANDED_LATE,
    NEIGHBOUR,
    ONE_STOP,
    PENDING,
    POLICY,
    PORTAL,
    RECEIVED,
    RETURNED,
    SCOPE,
    make_case,
    make_claim,
    make_coverage,
    make_row,
)

RSP, LATE = Kind.RETURNED_STILL_PENDING, Kind.RETURNED_LATE


def only(
    case: Case, kind: Kind, coverage: Coverage | None = None, policy: Policy = POLICY
) -> Finding:
    judgement = judge([case], coverage or make_coverage(), SCOPE, policy)
    (one,) = (finding for finding in judgement.findings if finding.kind is kind)
    return one


def test_a_finding_carries_its_evidence():
    row = replace(HANDED, book="02", page="7")
    one = only(make_case(*PENDING, row), RSP)
    assert one.id == finding_id(RSP, f"motcua:{CODE}")
    assert one.open_in == (ONE_STOP, PORTAL)
    assert dict(one.codes) == {ONE_STOP: CODE, PORTAL: CODE}
    recorded = dict(one.recorded)[ONE_STOP]
    assert (recorded.status, recorded.raw) == (Status.PROCESSING, "Đang xử lý")
    assert one.register == row.places
    assert one.book == "Sổ theo dõi hồ sơ – quyển 02 – số 15 – trang 7"
    assert (one.proof, one.returned_on, one.late) == ("hand_over", BEFORE_DUE, False)
    assert one.days_open == 25  # from 06/03 to 31/03
    assert (one.received_on, one.due_on) == (RECEIVED, DUE)
    assert (one.method, one.probability) == (Method.CODE, 1.0)
    assert one.missing_fact == "Trạng thái kết thúc trên phần mềm"
    assert one.grace_from == BEFORE_DUE


@pytest.mark.parametrize(
    ("row", "late"),
    [
        (HANDED, False),
        (make_row(returned_on=DUE), False),
        (HANDED_LATE, None),
        (ENTERED, False),
        (ENTERED_LATE, True),
        (make_row(signed=True), None),
    ],
)
def test_late_is_true_false_or_unknown(row, late):
    assert only(make_case(*PENDING, row), RSP).late is late


def test_what_was_typed_in_late_is_late_by_the_papers_own_dates_or_not_at_all():
    early = {"returned_on": date(2024, 3, 1)}
    unknown = make_row(**early)
    in_time = make_row(**early, received_on=date(2024, 2, 28), due_on=date(2024, 3, 1))
    assert only(make_case(*PENDING, unknown), RSP).late is None
    assert only(make_case(*PENDING, in_time), RSP).late is False


def test_an_overdue_dossier_counts_its_days_from_the_due_date():
    judgement = judge([make_case(*PENDING), NEIGHBOUR], DECLARED, SCOPE, POLICY)
    one = next(one for one in judgement.findings if one.kind is Kind.TRULY_OVERDUE)
    assert (one.late, one.proof, one.days_open) == (True, None, 23)


def test_a_supplement_moves_the_due_date_and_an_apology_does_not():
    new = {"new_due_on": date(2024, 3, 20)}
    supplement = make_claim(**new, supplement_asked_on=DUE)
    assert only(make_case(supplement, ENTERED_LATE), RSP).late is False
    apology = make_claim(**new, apology="số 12/XL")
    late = only(make_case(apology, ENTERED_LATE), LATE)
    assert late.late is True
    assert late.missing_fact == "Giải trình nguyên nhân quá hạn"
    lenient = Policy(apology_is_on_time=True)
    assert only(make_case(apology, ENTERED_LATE), RSP, policy=lenient).late is False


def test_the_portals_word_alone_is_weak():
    one = only(
        make_case(make_claim(), make_claim(PORTAL, **RETURNED)), Kind.PORTAL_DONE_LOCAL_PENDING
    )
    assert one.weak


def test_hand_over_follows_the_receiving_unit_and_the_rest_the_resolving_one():
    claim = make_claim(receiving_unit="Tân Nghĩa", **DONE)
    assert only(make_case(claim, HANDED), Kind.DONE_NOT_HANDED_OVER).unit == "Tân Nghĩa"
    pending = make_claim(receiving_unit="Tân Nghĩa")
    assert only(make_case(pending, HANDED), RSP).unit == "Tân Minh"
