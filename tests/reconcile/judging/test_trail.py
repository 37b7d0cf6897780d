"""Where a linked dossier is stuck: in the order 1, 3, 7, 4, 5 a missing step blocks the rest."""

from datetime import date

import pytest

from reconcile.claims import Procedure, RegisterType, Role, Sent, Status, Verdict
from reconcile.judging.judge import judge
from reconcile.judging.trail import Stuck, Why, kept, stuck, told
from tests.reconcile.make import (
    AS_OF,
    BEFORE_DUE,
    POLICY,
    SCOPE,
    make_case,
    make_claim,
    make_coverage,
    make_row,
    make_source,
    silent,
)

TAKEN, NOT_TAKEN, WRONG = Verdict.TAKEN, Verdict.NOT_TAKEN, Verdict.OUT_OF_ORDER


def sent(step: int, day: int = 4, verdict: Verdict = TAKEN) -> Sent:
    return Sent(step, date(2024, 3, day), verdict)


@pytest.mark.parametrize(
    ("trail", "found"),
    [
        ([], None),
        ([sent(1)], Stuck(3, Why.AWAITED)),
        ([sent(1), sent(3), sent(7)], Stuck(4, Why.AWAITED)),
        ([sent(1), sent(3), sent(4)], Stuck(7, Why.MISSING)),
        ([sent(3), sent(7)], Stuck(1, Why.MISSING)),
        ([sent(1), sent(3), sent(7), sent(4)], Stuck(5, Why.AWAITED)),
        ([sent(1), sent(3), sent(7), sent(4), sent(5)], None),
        ([sent(1), sent(3, verdict=NOT_TAKEN)], Stuck(3, Why.NOT_TAKEN)),
        ([sent(1), sent(4, verdict=WRONG)], Stuck(3, Why.MISSING)),
        ([sent(1), sent(3), sent(7), sent(4, verdict=WRONG)], Stuck(4, Why.OUT_OF_ORDER)),
        ([sent(1), sent(2, 5)], Stuck(2, Why.SUPPLEMENT)),
        ([sent(1), sent(2, 5), sent(3, 6)], Stuck(7, Why.AWAITED)),
        ([sent(1), sent(6, 5)], Stuck(6, Why.REFUSED)),
    ],
)
def test_the_first_step_that_is_not_there(trail: list[Sent], found: Stuck | None):
    assert stuck(kept(trail), AS_OF) == found


def test_what_was_taken_once_is_taken_whatever_is_sent_again():
    again = [sent(1, 4), sent(1, 6, NOT_TAKEN), sent(3, 5, NOT_TAKEN), sent(3, 7)]
    assert kept(again) == (sent(1, 4), sent(3, 7))
    assert kept(reversed(again)) == kept(again)


def test_a_step_after_the_day_of_judgement_is_not_known_yet():
    later = Sent(3, date(2024, 4, 2), TAKEN)
    assert stuck([sent(1), later], AS_OF) == Stuck(3, Why.AWAITED)


def test_every_cause_has_words_and_says_who_acts():
    assert "bước 7 (chuyển cán bộ tư pháp)" in told(Stuck(7, Why.MISSING), None)
    assert "công chức hộ tịch" in told(Stuck(4, Why.AWAITED), None)
    assert told(None, Status.PROCESSING) == "Phần mềm hộ tịch: đang xử lý"
    for why in Why:
        assert "{" not in told(Stuck(4, why), None)
    assert told(None, None) == told(None, Status.UNKNOWN) == ""


GROUP = {"procedure": Procedure.BIRTH_LINKED}
TRAIL = kept([sent(1), sent(3), sent(4, verdict=WRONG)])
PAPER = make_row(RegisterType.TRACKING, returned_on=BEFORE_DUE, **GROUP)


def finding(*claims, coverage=None, **facts):
    case = make_case(make_claim(**GROUP, **facts), *claims, PAPER)
    found = judge([case], coverage or make_coverage(), SCOPE, POLICY).findings
    return next(one for one in found if one.kind.value == "RETURNED_STILL_PENDING")


def test_the_core_finding_says_where_it_is_stuck():
    found = finding(trail=TRAIL)
    assert "thiếu bước 7" in found.stuck
    assert finding().stuck == ""


def test_the_civil_status_system_is_heard_only_when_it_answered():
    civil = make_claim(Role.CIVIL_STATUS, status=Status.PROCESSING, raw_status="3", **GROUP)
    heard = make_coverage(make_source(Role.CIVIL_STATUS))
    assert finding(civil, trail=TRAIL, coverage=heard).stuck.endswith("đang xử lý")
    quiet = make_coverage(silent(Role.CIVIL_STATUS))
    assert "hộ tịch:" not in finding(civil, trail=TRAIL, coverage=quiet).stuck
