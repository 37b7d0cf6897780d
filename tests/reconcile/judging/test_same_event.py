"""Two dossiers that are one, and one code of two people."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile.cases import Case, LinkedRow
from reconcile.claims import Place, Procedure, Status
from reconcile.findings import Finding, Kind, finding_id
from reconcile.judging.judge import judge
from tests.reconcile.make import (
    BEFORE_DUE,
    CODE,
    PENDING,
    POLICY,
    PORTAL,
    SCOPE,
    make_case,
    make_claim,
    make_coverage,
    make_link,
    make_row,
)

BORN = {"birth_date": "2024-03-01", "mother": "Lê Thị Mận"}


def two(first: dict, second: dict) -> list[Finding]:
    cases = [
        make_case(make_claim(code="H11.36-240304-0001", **BORN | first)),
        make_case(
            make_claim(code="H11.36-240306-0007", **BORN | {"received_on": BEFORE_DUE} | second)
        ),
    ]
    judgement = judge(cases, make_coverage(without=[PORTAL]), SCOPE, POLICY)
    return [one for one in judgement.findings if one.kind is Kind.DUPLICATE_DOSSIER]


def test_two_dossiers_for_one_child_are_one_finding_of_the_sorted_pair():
    (one,) = two({}, {})
    assert one.anchor == "motcua:H11.36-240304-0001|motcua:H11.36-240306-0007"
    assert one.id == finding_id(Kind.DUPLICATE_DOSSIER, one.anchor)
    assert one.other == "motcua:H11.36-240304-0001"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"subject": "Trần Thị Cam"}),  # twins
        ({"subject": "Trần Văn Hòa"}, {"subject": "Trần Văn Hoa"}),  # twins, one mark apart
        ({}, {"birth_date": "2024-03-02"}),
        ({}, {"mother": "Phạm Thị Đào"}),  # namesakes of one day
        ({}, {"status": Status.WITHDRAWN}),
        ({}, {"procedure": Procedure.BIRTH_LINKED}),
        ({}, {"received_on": date(2024, 6, 20)}),
        ({"subject": ""}, {"subject": ""}),
        ({"birth_date": "2024", "mother": ""}, {"birth_date": "2024", "mother": ""}),
    ],
)
def test_these_two_are_no_duplicates(first, second):
    assert two(first, second) == []


def test_one_code_for_two_people_is_found_at_the_dossier():
    row = make_row(own_code=CODE, returned_on=BEFORE_DUE, subject="Võ Văn Mít")
    alone = Case(row.key, {}, (LinkedRow(row, make_link(row, None, conflict=f"motcua:{CODE}")),))
    judgement = judge([make_case(*PENDING), alone], make_coverage(), SCOPE, POLICY)
    (one,) = judgement.findings
    assert (one.kind, one.anchor, one.other) == (Kind.CODE_CONFLICT, f"motcua:{CODE}", row.key)
    assert one.register == (Place("inbox/so.xlsx", "Sổ", 9),)


def test_one_code_twice_in_the_software_is_a_conflict():
    second = make_claim(key=f"motcua:{CODE}~2", subject="Võ Văn Mít")
    cases = [make_case(make_claim()), make_case(second)]
    judgement = judge(cases, make_coverage(without=[PORTAL]), SCOPE, POLICY)
    (one,) = judgement.findings
    assert (one.kind, one.other) == (Kind.CODE_CONFLICT, second.key)
