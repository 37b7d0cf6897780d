"""Judging a whole run: where a rule may be judged, and what is shown where it may not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from reconcile.cases import Case, LinkedRow, LinkState
from reconcile.claims import Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Declaration, covers, gaps
from reconcile.findings import Judgement, Kind, finding_id
from reconcile.judging.judge import judge
from reconcile.policy import Policy
from reconcile.scope import Scope, in_scope, status_at
from tests.reconcile.make import (
    AFTER_DUE,
    AS_OF,
    BEFORE_DUE,
    CODE,
    DUE,
    POLICY,
    RECEIVED,
    SCOPE,
    declared,
    make_case,
    make_claim,
    make_coverage,
    make_link,
    make_row,
    make_source,
    silent,
)

PORTAL, ONE_STOP, REGISTER = Role.PORTAL, Role.ONE_STOP, Role.REGISTER
RSP = Kind.RETURNED_STILL_PENDING
ANCHOR = f"motcua:{CODE}"
HANDED = make_row(returned_on=BEFORE_DUE)
DONE = {"status": Status.RETURNED, "finished_on": BEFORE_DUE, "returned_on": BEFORE_DUE}
PENDING = (make_claim(), make_claim(PORTAL))
CLOSED = (make_claim(**DONE), make_claim(PORTAL, **DONE))


def run(*cases: Case, coverage=None, scope: Scope = SCOPE, policy: Policy = POLICY) -> Judgement:
    return judge(cases, coverage or make_coverage(), scope, policy)


# --- What may be resolved ---------------------------------------------------------------------


def test_agreement_is_judged():
    judgement = run(make_case(*CLOSED, HANDED))
    assert judgement.judged(RSP, ANCHOR)


def test_a_finding_is_no_agreement():
    assert not run(make_case(*PENDING, HANDED)).judged(RSP, ANCHOR)


@pytest.mark.parametrize(
    "coverage",
    [
        make_coverage(silent(ONE_STOP)),
        make_coverage(silent(PORTAL)),
        make_coverage(silent(REGISTER)),
        make_coverage(silent(REGISTER, silent_files=frozenset({"inbox/so.xlsx"}))),
        make_coverage(without=[ONE_STOP]),
    ],
)
def test_a_silent_source_resolves_nothing(coverage):
    judgement = run(make_case(*CLOSED, HANDED), coverage=coverage)
    assert not judgement.judged(RSP, ANCHOR)


def test_a_silent_file_leaves_the_other_files_judged():
    coverage = make_coverage(silent(REGISTER, silent_files=frozenset({"inbox/hong.xlsx"})))
    assert run(make_case(*CLOSED, HANDED), coverage=coverage).judged(RSP, ANCHOR)
    # Without its row it might stand in the file that could not be read.
    assert not run(make_case(*PENDING), coverage=coverage).judged(RSP, ANCHOR)


def test_a_row_that_became_doubtful_is_no_agreement():
    doubtful = make_case(*PENDING, doubtful=[HANDED])
    assert not run(doubtful).judged(RSP, ANCHOR)
    assert run(make_case(*PENDING)).judged(RSP, ANCHOR)  # corrected in a newer version


def test_a_row_that_was_withdrawn_counts_only_if_its_source_answered():
    missing = Kind.MISSING_IN_SOFTWARE
    assert run().judged(missing, HANDED.key)
    assert not run(coverage=make_coverage(silent(REGISTER))).judged(missing, HANDED.key)
    assert not run(coverage=make_coverage(without=[REGISTER])).judged(missing, HANDED.key)


def test_a_missing_row_that_was_linked_is_agreement_and_one_in_review_is_not():
    missing = Kind.MISSING_IN_SOFTWARE
    assert run(make_case(*CLOSED, HANDED)).judged(missing, HANDED.key)
    review = make_case(HANDED, decision=LinkState.REVIEW)
    assert not run(review).judged(missing, HANDED.key)


def test_a_portal_dossier_that_reached_the_one_stop_is_agreement():
    assert run(make_case(*CLOSED)).judged(Kind.MISSING_IN_ONE_STOP, f"cong:{CODE}")


def test_only_the_scope_is_judged():
    case = make_case(*CLOSED, HANDED)
    for scope in (
        replace(SCOPE, units=frozenset({"Tân Nghĩa"})),
        replace(SCOPE, procedures=frozenset({"death"})),
        Scope(as_of=AS_OF, starts=date(2024, 3, 15), ends=AS_OF),
    ):
        assert not run(case, scope=scope).judged(RSP, ANCHOR)


def test_a_pair_is_judged_by_both_dossiers():
    gone = "motcua:H11.36-240306-0007"
    anchor = f"{ANCHOR}|{gone}"
    assert run(make_case(*PENDING)).judged(Kind.DUPLICATE_DOSSIER, anchor)
    silent_now = run(make_case(*PENDING), coverage=make_coverage(silent(ONE_STOP)))
    assert not silent_now.judged(Kind.DUPLICATE_DOSSIER, anchor)


def test_an_unmapped_status_resolves_nothing():
    case = make_case(make_claim(status=Status.UNKNOWN), HANDED)
    assert not run(case, coverage=make_coverage(without=[PORTAL])).judged(RSP, ANCHOR)


# --- What is shown where nothing is judged ----------------------------------------------------


def test_page_one_says_which_source_was_not_read_since_when():
    judgement = run(make_case(make_claim(PORTAL)), coverage=make_coverage(silent(ONE_STOP)))
    assert judgement.findings == ()
    (line,) = (
        one for one in judgement.not_judged if one.kind is Kind.MISSING_IN_ONE_STOP and one.cases
    )
    assert (line.source, line.unit, line.cases) == ("motcua", "", 1)
    assert line.reason == "chưa đọc đủ nguồn từ ngày 20/03/2024"


def test_a_silent_source_is_named_even_without_any_case():
    judgement = run(coverage=make_coverage(silent(PORTAL)))
    kinds = {one.kind for one in judgement.not_judged if one.source == "cong"}
    assert Kind.LOCAL_DONE_PORTAL_PENDING in kinds
    assert Kind.MISSING_IN_PORTAL in kinds


def test_a_source_that_was_never_configured_is_named():
    judgement = run(coverage=make_coverage(without=[PORTAL]))
    reasons = {one.kind: one.reason for one in judgement.not_judged}
    assert reasons[Kind.MISSING_IN_PORTAL] == "chưa khai báo nguồn Cổng DVCQG"


def test_a_portal_without_a_list_is_said_once_and_not_for_every_dossier():
    coverage = make_coverage(make_source(PORTAL, has_list=False))
    judgement = run(make_case(make_claim()), coverage=coverage)
    (line,) = (one for one in judgement.not_judged if one.kind is Kind.MISSING_IN_PORTAL)
    assert line.reason == "nguồn chỉ tra được từng mã, không có danh sách"
    assert (line.source, line.cases) == ("cong", 0)


def test_an_office_without_a_civil_status_book_is_not_told_so_for_every_dossier():
    judgement = run(make_case(*CLOSED, HANDED))
    assert [one for one in judgement.not_judged if one.cases] == []


def test_overdue_without_complete_registers_stays_visible():
    judgement = run(make_case(*PENDING))
    (one,) = judgement.undetermined_overdue
    assert (one.anchor, one.code, one.unit, one.due_on) == (ANCHOR, CODE, "Tân Minh", DUE)
    assert judgement.findings == ()


def test_overdue_stays_visible_even_when_the_software_was_not_read():
    judgement = run(make_case(*PENDING), coverage=make_coverage(silent(ONE_STOP)))
    assert [one.anchor for one in judgement.undetermined_overdue] == [ANCHOR]


def test_what_is_proven_or_truly_overdue_is_not_undetermined():
    assert run(make_case(*PENDING, HANDED)).undetermined_overdue == ()
    neighbour = make_case(make_row(number="1", received_on=date(2024, 1, 2)))
    judgement = run(make_case(*PENDING), neighbour, coverage=make_coverage(declared()))
    assert judgement.undetermined_overdue == ()
    assert [one.kind for one in judgement.findings if one.anchor == ANCHOR] == [Kind.TRULY_OVERDUE]


def test_a_group_that_waits_for_another_agency_is_shown_and_accused_of_nothing():
    group = {"procedure": Procedure.BIRTH_LINKED}
    entered = make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, book="01", page="8")
    case = make_case(make_claim(**group), make_claim(PORTAL, **group), entered)
    judgement = run(case, coverage=make_coverage(declared()))
    assert judgement.findings == ()
    assert judgement.undetermined_overdue == ()
    (one,) = judgement.waiting_groups
    assert (one.anchor, one.registered_on) == (ANCHOR, BEFORE_DUE)
    assert one.waits_for == "cư trú (Công an), BHYT (Bảo hiểm xã hội)"


# --- Typed in late ----------------------------------------------------------------------------


def late_typed(number: int, unit: str = "Tân Minh") -> Case:
    row = make_row(number=str(number), unit=unit, returned_on=date(2024, 3, 1))
    claim = make_claim(code=f"H11.36-240304-{number:04}", unit=unit, **DONE)
    return make_case(claim, row)


def conflicts(judgement: Judgement) -> list[tuple[str, str, int]]:
    return [
        (one.unit, one.anchor, one.count)
        for one in judgement.findings
        if one.kind is Kind.DATE_CONFLICT
    ]


def test_from_three_rows_a_unit_typing_in_late_is_one_line():
    cases = [*map(late_typed, (3, 1, 2)), late_typed(4, "Sơn Mỹ"), late_typed(5, "Sơn Mỹ")]
    coverage = make_coverage(without=[PORTAL])
    judgement = run(*cases, coverage=coverage)
    assert set(conflicts(judgement)) == {
        ("Sơn Mỹ", "motcua:H11.36-240304-0004", 1),
        ("Sơn Mỹ", "motcua:H11.36-240304-0005", 1),
        ("Tân Minh", "motcua:H11.36-240304-0001", 3),
    }
    # The dossiers behind the one line are not in agreement: theirs are not resolved by it.
    assert not judgement.judged(Kind.DATE_CONFLICT, "motcua:H11.36-240304-0002")
    assert len(conflicts(run(*cases, coverage=coverage, policy=Policy(late_typing_rows=9)))) == 5


# --- The scope --------------------------------------------------------------------------------

QUARTER = Scope(as_of=AS_OF, starts=date(2024, 1, 1), ends=AS_OF)
BEFORE = date(2023, 12, 20)


@pytest.mark.parametrize(
    ("facts", "inside"),
    [
        ({}, True),
        ({"received_on": date(2024, 4, 1)}, False),
        ({"received_on": BEFORE}, True),
        ({"received_on": BEFORE, "status": Status.DONE, "finished_on": date(2024, 1, 3)}, True),
        ({"received_on": BEFORE, "status": Status.DONE, "finished_on": date(2023, 12, 28)}, False),
        ({"received_on": BEFORE, "status": Status.WITHDRAWN, "finished_on": BEFORE}, False),
        ({"received_on": None, "submitted_on": RECEIVED}, True),
    ],
)
def test_the_period_holds_what_was_received_in_it_or_carried_over(facts, inside):
    assert in_scope(make_case(make_claim(**facts)), QUARTER) is inside


def test_carried_over_by_the_knowledge_of_any_software():
    ended = {"received_on": BEFORE, "status": Status.DONE, "finished_on": BEFORE}
    pending = make_claim(PORTAL, received_on=BEFORE)
    assert in_scope(make_case(make_claim(**ended), pending), QUARTER)


def test_a_row_without_a_dossier_goes_by_its_own_days():
    assert in_scope(make_case(HANDED), QUARTER)
    assert not in_scope(make_case(make_row(returned_on=BEFORE)), QUARTER)
    assert not in_scope(make_case(make_row(returned_on=date(2024, 4, 2))), QUARTER)


def test_without_a_period_everything_known_on_the_day_is_inside():
    assert in_scope(make_case(make_claim(received_on=date(2019, 1, 1))), SCOPE)
    assert not in_scope(make_case(make_claim(received_on=date(2024, 4, 2))), SCOPE)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"status": Status.DONE, "finished_on": AS_OF}, Status.DONE),
        ({"status": Status.DONE, "finished_on": date(2024, 4, 1)}, Status.PROCESSING),
        ({"status": Status.RETURNED, "returned_on": date(2024, 4, 1)}, Status.PROCESSING),
        (
            {"status": Status.RETURNED, "finished_on": DUE, "returned_on": date(2024, 4, 1)},
            Status.DONE,
        ),
        ({"status": Status.RETURNED}, Status.RETURNED),
        ({"status": Status.WITHDRAWN, "finished_on": date(2024, 4, 1)}, Status.PROCESSING),
        ({"status": Status.PROCESSING, "finished_on": DUE}, Status.PROCESSING),
    ],
)
def test_the_state_on_the_day_of_judgement(facts, status):
    assert status_at(make_claim(**facts), AS_OF) is status


def test_a_finding_of_another_unit_than_asked_is_left_out_and_resolves_nothing():
    claim = make_claim(status=Status.DONE, finished_on=BEFORE_DUE, receiving_unit="Tân Nghĩa")
    scope = replace(SCOPE, units=frozenset({"Tân Minh"}))
    coverage = make_coverage(without=[PORTAL])
    judgement = run(make_case(claim, HANDED), scope=scope, coverage=coverage)
    assert judgement.findings == ()
    assert not judgement.judged(Kind.DONE_NOT_HANDED_OVER, ANCHOR)


# --- Coverage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "day", "whole"),
    [
        ({}, RECEIVED, True),
        ({}, date(2024, 1, 3), False),
        ({}, date(2024, 1, 4), True),
        ({}, date(2024, 3, 29), False),
        ({}, None, False),
        ({"answered": False}, RECEIVED, False),
        ({"has_list": False}, RECEIVED, False),
        ({"since": date(2024, 3, 5)}, RECEIVED, False),
        ({"starts": None}, RECEIVED, False),
        ({"units": frozenset({"tan minh"})}, RECEIVED, True),
        ({"units": frozenset({"son my"})}, RECEIVED, False),
    ],
)
def test_a_window_is_whole_for_its_units_and_not_near_its_edges(facts, day, whole):
    source = make_source(ONE_STOP, **facts)
    assert covers(source, "UBND xã Tân Minh", day, POLICY.edge_days) is whole


def test_the_gaps_of_a_declared_book_are_ranges():
    book = Declaration(AS_OF, "Nguyễn Thị Cúc", first_number=1, last_number=9)
    assert gaps(book, [1, 2, 5, 6, 8]) == ((3, 4), (7, 7), (9, 9))
    assert gaps(replace(book, last_number=None), [1]) == ()


# --- The same input, the same output ----------------------------------------------------------


def test_any_order_of_cases_gives_the_same_findings():
    cases = [late_typed(n) for n in range(1, 9)]
    cases += [
        make_case(make_claim(code=f"H11.36-240304-1{n:03}"), doubtful=[HANDED]) for n in range(5)
    ]
    shuffled = cases[:]
    random.Random(7).shuffle(shuffled)
    one, other = run(*cases), run(*shuffled)
    assert one.findings == other.findings
    assert one.not_judged == other.not_judged
    assert one.undetermined_overdue == other.undetermined_overdue
    units = [(f.unit, f.kind.value, f.id) for f in one.findings]
    assert units == sorted(units)


def test_the_id_never_depends_on_the_unit():
    here = run(make_case(*PENDING, HANDED)).findings[0]
    moved = [replace(claim, unit="Sơn Mỹ") for claim in PENDING]
    there = run(make_case(*moved, HANDED)).findings[0]
    assert here.id == there.id == finding_id(RSP, ANCHOR)


def test_one_row_in_two_files_is_one_proof_with_two_places():
    places = (Place("a.xlsx", "Sổ", 2), Place("b.xlsx", "Sổ", 5))
    assert run(make_case(*PENDING, replace(HANDED, places=places))).findings[0].register == places


def test_a_refused_but_returned_dossier_is_found_even_with_a_late_paper():
    row = make_row(returned_on=AFTER_DUE)
    case = make_case(make_claim(status=Status.WITHDRAWN), row)
    kinds = [one.kind for one in run(case, coverage=make_coverage(without=[PORTAL])).findings]
    assert kinds == [Kind.ENDED_BUT_RETURNED]


def test_a_code_conflict_is_open_while_its_row_is_heard():
    row = make_row(own_code=CODE, returned_on=BEFORE_DUE)
    alone = Case(row.key, {}, (LinkedRow(row, make_link(row, None, conflict=ANCHOR)),))
    cases = [make_case(*PENDING), alone]
    assert [one.kind for one in run(*cases).findings] == [Kind.CODE_CONFLICT]
    quiet = run(*cases, coverage=make_coverage(silent(REGISTER)))
    assert quiet.findings == ()
    assert not quiet.judged(Kind.CODE_CONFLICT, ANCHOR)
    assert run(make_case(*PENDING)).judged(Kind.CODE_CONFLICT, ANCHOR)
