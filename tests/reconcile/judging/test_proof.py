"""What a register row proves, and what it does not."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile.cases import Case, LinkedRow, Method
from reconcile.claims import Origin, Place, Procedure, RegisterType, Role, Status
from reconcile.findings import Strength
from reconcile.judging.proof import (
    Ending,
    blocks,
    ending,
    handed_over,
    procedure_of,
    prove,
    result_proven,
)
from reconcile.policy import Policy
from reconcile.scope import Scope
from tests.reconcile.make import (
    AFTER_DUE,
    AS_OF,
    BEFORE_DUE,
    POLICY,
    SCOPE,
    circular,
    make_case,
    make_claim,
    make_coverage,
    make_link,
    make_row,
    make_source,
    silent,
)

COVERAGE = make_coverage()
CIVIL = {"book": "01/2024", "number": "15", "page": "8"}


def proven(*claims, coverage=COVERAGE, scope=SCOPE):
    return prove(make_case(make_claim(), *claims), coverage, scope)


def test_a_return_date_proves_a_hand_over():
    proof = proven(make_row(returned_on=BEFORE_DUE))
    assert proof.what == "hand_over"
    assert proof.returned_on == BEFORE_DUE
    assert proof.places == (Place("inbox/so.xlsx", "Sổ", 9),)
    assert proof.rows == ("so-giay#so_theo_doi15.0",)


def test_a_registration_proves_the_end_and_outranks_the_hand_over():
    case = make_case(
        make_claim(),
        make_row(returned_on=AFTER_DUE),
        make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, **CIVIL),
    )
    proof = prove(case, COVERAGE, SCOPE)
    assert (proof.registered_on, proof.returned_on) == (BEFORE_DUE, AFTER_DUE)
    assert proof.what == "registration"
    assert proof.strength is Strength.CIVIL_STATUS
    assert proof.book == "Sổ đăng ký khai sinh – quyển 01/2024 – số 15 – trang 8"
    assert ending(case, proof, POLICY) == Ending(BEFORE_DUE, exact=True)


def test_a_row_without_any_result_proves_nothing():
    assert proven(make_row()) is None
    assert proven() is None


@pytest.mark.parametrize(
    ("row", "strength"),
    [
        (make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, **CIVIL), Strength.CIVIL_STATUS),
        (
            make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, **CIVIL | {"page": ""}),
            Strength.TYPED_DATE,
        ),
        (make_row(returned_on=BEFORE_DUE, book="02", page="7"), Strength.TRACKING_BOOK),
        (make_row(returned_on=BEFORE_DUE, book="02"), Strength.TYPED_DATE),
        (make_row(returned_on=BEFORE_DUE), Strength.TYPED_DATE),
    ],
)
def test_the_strength_of_a_proof(row, strength):
    assert proven(row).strength is strength


def test_an_export_of_the_civil_status_software_is_the_strongest():
    source = make_source(Role.REGISTER, origin=Origin.CIVIL_STATUS_SOFTWARE)
    row = make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE)
    assert proven(row, coverage=make_coverage(source)).strength is Strength.CIVIL_STATUS


def test_the_civil_status_software_itself_proves_a_registration():
    asked = make_claim(Role.CIVIL_STATUS, status=Status.DONE, registered_on=BEFORE_DUE)
    coverage = make_coverage(make_source(Role.CIVIL_STATUS))
    proof = proven(asked, coverage=coverage)
    assert (proof.registered_on, proof.strength) == (BEFORE_DUE, Strength.CIVIL_STATUS)
    refused = make_claim(Role.CIVIL_STATUS, status=Status.NOT_ACCEPTED, registered_on=BEFORE_DUE)
    assert proven(refused, coverage=coverage) is None
    assert proven(asked, coverage=make_coverage(silent(Role.CIVIL_STATUS))) is None


def test_a_register_printed_from_the_software_proves_nothing():
    row = make_row(returned_on=BEFORE_DUE, signed=True)
    assert proven(row, coverage=make_coverage(circular())) is None


@pytest.mark.parametrize(
    "note",
    [
        "Từ chối",
        "TRẢ LẠI HỒ SƠ",
        "trả lại hs cho công dân",
        "Yêu cầu bổ sung giấy chứng sinh",
        "Công dân xin rút hồ sơ",
        "xin lỗi, hẹn lại",
        "Hẹn ngày 15/3 lại",
        "Chuyển cơ quan công an",
        "chuyển đơn vị khác",
        "chuyển sang đơn vị thụ lý",
        "tra lai ho so, bo sung",
        "TU CHOI",
    ],
)
def test_a_note_that_says_no_result_blocks_the_return_date(note):
    assert blocks(make_row(note=note))
    assert proven(make_row(returned_on=BEFORE_DUE, signed=True, note=note)) is None


@pytest.mark.parametrize(
    "note",
    [
        "Chuyển bưu điện",
        "chuyển bưu điện huyện",
        "Đã chuyển phát nhanh",
        "chuyển qua đơn vị bưu chính",
        "Rút ngắn thời gian giải quyết",
        "Đã nhận đủ",
        "Mẹ nhận thay",
        "chuyển khoản lệ phí",
        "trả lại tiền thừa",
        "",
    ],
)
def test_other_notes_block_nothing(note):
    assert not blocks(make_row(note=note))
    assert proven(make_row(returned_on=BEFORE_DUE, note=note)).returned_on == BEFORE_DUE


def test_a_note_on_the_entry_of_a_civil_status_book_leaves_the_registration():
    row = make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, note="Bổ sung quê quán", **CIVIL)
    assert proven(row).registered_on == BEFORE_DUE


def test_a_signature_without_a_date_is_a_hand_over_of_unknown_day():
    case = make_case(make_claim(), make_row(signed=True))
    proof = prove(case, COVERAGE, SCOPE)
    assert handed_over(proof)
    assert (proof.registered_on, proof.returned_on) == (None, None)
    assert ending(case, proof, POLICY) is None


def test_a_row_that_contradicts_itself_proves_no_day():
    proof = proven(make_row(received_on=AFTER_DUE, returned_on=BEFORE_DUE))
    assert handed_over(proof)
    assert proof.returned_on is None


def test_what_is_dated_after_the_day_of_judgement_is_not_known():
    row = make_row(returned_on=AFTER_DUE, signed=True)
    assert proven(row, scope=Scope(as_of=BEFORE_DUE)) is None
    assert proven(row, scope=Scope(as_of=AFTER_DUE)).returned_on == AFTER_DUE


def test_a_date_after_the_day_of_reading_is_no_fact():
    assert proven(make_row(returned_on=AFTER_DUE, read_on=BEFORE_DUE)) is None


def test_rows_of_a_silent_file_are_not_heard_and_the_others_are():
    quiet = silent(Role.REGISTER, silent_files=frozenset({"inbox/so.xlsx"}))
    row = make_row(returned_on=BEFORE_DUE)
    elsewhere = make_row(returned_on=BEFORE_DUE, places=(Place("inbox/khac.xlsx", "Sổ", 2),))
    both = make_row(returned_on=BEFORE_DUE, places=row.places + elsewhere.places)
    coverage = make_coverage(quiet)
    assert proven(row, coverage=coverage) is None
    assert proven(elsewhere, coverage=coverage) is not None
    assert proven(both, coverage=coverage) is not None


def test_a_register_that_did_not_answer_at_all_proves_nothing():
    coverage = make_coverage(silent(Role.REGISTER))
    assert proven(make_row(returned_on=BEFORE_DUE), coverage=coverage) is None


def test_a_doubtful_row_proves_nothing():
    case = make_case(make_claim(), doubtful=[make_row(returned_on=BEFORE_DUE)])
    assert prove(case, COVERAGE, SCOPE) is None


def test_a_linked_group_ends_with_the_hand_over_of_its_results():
    group = make_claim(procedure=Procedure.BIRTH_LINKED)
    civil = make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, signed=True, **CIVIL)
    first_step = make_case(group, civil)
    proof = prove(first_step, COVERAGE, SCOPE)
    assert not result_proven(Procedure.BIRTH_LINKED, proof, POLICY)
    assert ending(first_step, proof, POLICY) is None
    whole = make_case(group, civil, make_row(returned_on=AFTER_DUE))
    proof = prove(whole, COVERAGE, SCOPE)
    assert result_proven(Procedure.BIRTH_LINKED, proof, POLICY)
    assert ending(whole, proof, POLICY) == Ending(AFTER_DUE, exact=False)


def test_an_office_may_say_that_its_linked_dossiers_are_its_own_step():
    policy = Policy(group_scope=frozenset())
    case = make_case(
        make_claim(procedure=Procedure.BIRTH_LINKED),
        make_row(RegisterType.BIRTHS, registered_on=BEFORE_DUE, **CIVIL),
    )
    proof = prove(case, COVERAGE, SCOPE)
    assert ending(case, proof, policy) == Ending(BEFORE_DUE, exact=True)


def test_the_weakest_link_is_named():
    claim, row = make_claim(), make_row(returned_on=BEFORE_DUE)
    other = make_row(number="16", returned_on=BEFORE_DUE)
    by_people = make_link(other, claim.key, method=Method.PEOPLE, probability=0.997)
    rows = (LinkedRow(row, make_link(row, claim.key)), LinkedRow(other, by_people))
    proof = prove(Case(claim.key, {Role.ONE_STOP: claim}, rows), COVERAGE, SCOPE)
    assert (proof.method, proof.probability) == (Method.PEOPLE, 0.997)


def test_a_stronger_row_decides_the_day_and_among_equals_the_later_one():
    strong = make_row(RegisterType.BIRTHS, registered_on=AFTER_DUE, **CIVIL)
    weak = make_row(RegisterType.BIRTHS, number="16", registered_on=BEFORE_DUE)
    assert proven(strong, weak).registered_on == AFTER_DUE
    early, later = make_row(returned_on=BEFORE_DUE), make_row(number="2", returned_on=AFTER_DUE)
    assert proven(early, later).returned_on == AFTER_DUE


def test_the_class_of_a_case_is_the_first_that_anybody_tells():
    unknown = make_claim(procedure=Procedure.UNKNOWN)
    assert procedure_of(make_case(unknown, make_row(RegisterType.DEATHS))) is Procedure.DEATH
    portal = make_claim(Role.PORTAL, procedure=Procedure.BIRTH_LINKED)
    assert procedure_of(make_case(unknown, portal)) is Procedure.BIRTH_LINKED
    assert procedure_of(make_case(unknown)) is Procedure.UNKNOWN


def test_the_day_of_judgement_itself_is_known():
    assert proven(make_row(returned_on=AS_OF)).returned_on == date(2024, 3, 31)
