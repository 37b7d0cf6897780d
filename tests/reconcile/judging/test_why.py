"""Why a rule says nothing: asked of the rule itself, by changing one fact after the other."""

from __future__ import annotations

import pytest

from reconcile.judging.case_view import ground, look
from reconcile.judging.judge import judge_one
from reconcile.judging.rules import RULES
from reconcile.judging.why import KindAnswer, KindVerdict, explain
from reconcile.kinds import Kind
from tests.reconcile.judging.test_rules import EXAMPLES, Example
from tests.reconcile.make import (
    CLOSED,
    HANDED,
    PENDING,
    POLICY,
    PORTAL,
    SCOPE,
    make_case,
    make_claim,
    make_coverage,
)


def explained(case, coverage=None, others=()) -> dict[Kind, KindVerdict]:
    on = ground([case, *others], coverage or make_coverage(), SCOPE, POLICY)
    return {one.kind: one for one in explain(case, on)}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.says)
def test_every_kind_has_a_verdict_and_those_that_are_found_are_found(example: Example):
    cases = [example.case, *example.others]
    on = ground(cases, example.coverage, example.scope, POLICY)
    told = explain(example.case, on)
    assert {one.kind for one in told} == set(RULES)
    found = {one.kind for one in told if one.verdict is KindAnswer.FOUND}
    view = look(example.case, on)
    assert found == {kind for kind in RULES if _is_finding(judge_one(kind, view, on))}
    assert all(one.unmet and one.change for one in told if one.verdict is KindAnswer.UNJUDGED)
    assert all(one.unmet for one in told if one.verdict is KindAnswer.NOT_SO)


def _is_finding(outcome: object) -> bool:
    return type(outcome).__name__ == "Finding"


STUCK = Kind.RETURNED_STILL_PENDING


def test_what_is_ended_is_told_by_its_status():
    [one] = [explained(make_case(*CLOSED, HANDED))[STUCK]]
    assert one.verdict is KindAnswer.NOT_SO
    assert "đang ghi" in one.unmet
    assert "còn đang giải quyết" in one.change


def test_what_has_no_row_is_told_by_the_book():
    one = explained(make_case(*PENDING))[STUCK]
    assert (one.unmet, one.change) == (
        "sổ chưa có dòng của hồ sơ này",
        "sổ có dòng ghi đã trả kết quả",
    )


def test_a_book_that_nobody_declared_says_who_can_declare_it():
    late = make_case(make_claim(due_on=SCOPE.as_of.replace(month=1)))
    one = explained(late)[Kind.TRULY_OVERDUE]
    assert one.verdict is KindAnswer.UNJUDGED
    assert "khai sổ" in one.change


def test_a_source_that_is_not_there_is_told_as_such():
    told = explained(make_case(make_claim(), HANDED), make_coverage(without=(PORTAL,)))
    one = told[Kind.PORTAL_DONE_LOCAL_PENDING]
    assert one.verdict is KindAnswer.UNJUDGED
    assert "chưa khai báo nguồn Cổng DVCQG" in one.unmet


def test_what_another_dossier_would_have_to_say_is_told():
    one = explained(make_case(*PENDING, HANDED))[Kind.DUPLICATE_DOSSIER]
    assert one.unmet == "không có hồ sơ thứ hai cho việc này"
