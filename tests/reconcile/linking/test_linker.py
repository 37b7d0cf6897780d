"""Linking by answers and codes."""

from __future__ import annotations

from datetime import date

import pytest

from reconcile import link
from reconcile.cases import Answer, LinkState, Method
from reconcile.claims import Claim, Procedure, RegisterType, Role
from reconcile.linking.dossiers import dossiers
from reconcile.policy import Policy

CODE, HUB_CODE = "H11.36-240304-0001", "G22.99.08-240304-000017"


def dossier(code: str = CODE, role: Role = Role.ONE_STOP, **facts) -> Claim:
    facts = {
        "unit": "UBND xã Tân Hà",
        "subject": "Nguyễn Gia Bảo",
        "procedure": Procedure.BIRTH,
        "received_on": date(2024, 3, 4),
    } | facts
    return Claim(f"{role}:{code}", str(role), role, own_code=code, **facts)


def row(code: str = "", key: str = "so#1", **facts) -> Claim:
    facts = {"register_type": RegisterType.TRACKING, "procedure": Procedure.BIRTH} | facts
    return Claim(key, "so", Role.REGISTER, own_code=code, **facts)


def only(*claims: Claim, answers=()):
    (found,) = link(claims, answers, Policy())
    return found


@pytest.mark.parametrize(
    "written",
    [CODE, "h11.36 – 24O304 – 0001", "000.00.36.H11.36-240304-0001", "H11.36 240304 0001"],
)
def test_a_code_in_any_form_links(written):
    found = only(dossier(), row(written, subject="Nguyễn Gia Bảo"))
    assert (found.dossier, found.method, found.decision) == (
        f"one_stop:{CODE}",
        Method.CODE,
        LinkState.AUTO,
    )


def test_the_national_code_links_to_the_one_stop():
    here = dossier(national_code=HUB_CODE)
    portal = dossier(HUB_CODE, Role.PORTAL)
    assert only(here, portal, row(HUB_CODE)).dossier == here.key


def test_a_code_inside_the_note_links():
    found = only(dossier(), row(note=f"Giấy hẹn của hồ sơ {CODE}, đã trả", subject="Trần B"))
    assert found.conflict == f"one_stop:{CODE}"  # the note's code is another person's
    found = only(dossier(), row(note=f"Giấy hẹn của hồ sơ {CODE}, đã trả"))
    assert found.decision is LinkState.AUTO


def test_a_code_of_another_person_is_a_conflict_and_no_link():
    found = only(dossier(), row(CODE, subject="Phan Thị Cúc", applicant="Phan Văn Tám"))
    assert found.dossier is None
    assert found.decision is LinkState.NONE
    assert found.conflict == f"one_stop:{CODE}"


def test_a_conflict_of_codes_does_not_hide_the_persons_own_dossier():
    own = dossier(
        "H11.36-240304-0009",
        subject="Phan Thị Cúc",
        birth_date="2024-02-11",
        mother="Lê Thị Hường",
        applicant="Phan Văn Tám",
    )
    paper = row(
        CODE,
        subject="Phan Thị Cúc",
        birth_date="2024-02-11",
        mother="Lê Thị Hường",
        applicant="Phan Văn Tám",
        unit="Xã Tân Hà",
        received_on=date(2024, 3, 4),
    )
    found = only(dossier(), own, paper)
    assert found.conflict == f"one_stop:{CODE}"
    assert found.dossier == own.key


@pytest.mark.parametrize(
    "subject",
    [
        "NGUYỄN GIA BẢO",
        "Nguyen Gia Bao",
        "Ng. G. Bảo",
        "Nguyễn Bảo",
        "Nguyễn Gia Bảp",
        "NguyÔn Gia B¶o",
    ],
)
def test_a_damaged_name_is_no_other_person(subject):
    assert only(dossier(), row(CODE, subject=subject)).decision is LinkState.AUTO


def test_a_twins_code_is_a_doubt():
    mother = {"mother": "Trần Thị Lý", "birth_date": "2024-02-28"}
    found = only(dossier(**mother), row(CODE, subject="Nguyễn Minh Khôi", **mother))
    assert found.decision is LinkState.REVIEW


NAMESAKE = {
    "birth_date": "1943-02-11",
    "death_date": "2024-12-27",
    "applicant": "Hồ Thị Kim Trang",
}


def test_a_namesakes_code_is_a_doubt():
    """The name agrees and nothing besides; one thing that agrees is enough, and so is one slip."""
    here = dossier(birth_date="1942-05-30", death_date="2024-12-24", applicant="Nguyễn Văn An")
    found = only(here, row(CODE, subject="Nguyễn Bảo", **NAMESAKE))
    assert (found.decision, found.dossier) == (LinkState.REVIEW, here.key)
    assert found.reasons[0].level == (
        "là mã của hồ sơ cùng gia đình hoặc cùng tên, có điều không khớp"
    )
    for agreeing in (
        {"birth_date": "1942"},
        {"death_date": "2024-12-24"},
        {"birth_date": "1942-30-05"},
        {"applicant": "Nguyen Van An"},
        {"birth_date": "", "death_date": ""},
    ):
        paper = row(CODE, subject="Nguyễn Bảo", **NAMESAKE | agreeing)
        assert only(here, paper).decision is LinkState.AUTO


def test_two_dossiers_with_one_short_code_are_told_apart_by_unit():
    here = dossier()
    there = dossier("H11.40-240304-0001", unit="UBND xã Tân Minh", subject="Lê Thị Nhàn")
    said = {"unit": "Xã Tân Hà", "received_on": date(2024, 3, 4)}
    paper = row("240304-0001", subject="Nguyễn Gia Bảo", **said)
    assert only(here, there, paper).dossier == here.key
    assert only(here, there, paper).decision is LinkState.AUTO
    # Without anybody's name the number of the day is a single witness.
    unnamed = only(here, there, row("240304-0001", **said))
    assert (unnamed.dossier, unnamed.decision) == (here.key, LinkState.REVIEW)
    silent = only(here, there, row("240304-0001"))
    assert silent.decision is not LinkState.AUTO


def test_one_digit_wrong_links_when_people_and_dates_agree():
    facts = {"birth_date": "2024-02-28", "mother": "Trần Thị Lý", "received_on": date(2024, 3, 4)}
    paper = row("H11.36-240304-0007", subject="Nguyễn Gia Bảo", unit="Xã Tân Hà", **facts)
    found = only(dossier(**facts), paper)
    assert (found.method, found.decision) == (Method.CODE_REPAIRED, LinkState.AUTO)
    stranger = row("H11.36-240304-0007", subject="Đinh Thị Sen", received_on=date(2024, 3, 4))
    assert only(dossier(**facts), stranger).decision is not LinkState.AUTO


def test_the_number_of_the_civil_status_book_links():
    said = {"book": "01/2024", "number": "15", "registered_on": date(2024, 3, 5)}
    ministry = dossier("HT-1", Role.CIVIL_STATUS, **said)
    paper = row(
        register_type=RegisterType.BIRTHS, unit="Xã Tân Hà", subject="Nguyễn G. Bảo", **said
    )
    found = only(ministry, paper)
    assert (found.method, found.decision) == (Method.CIVIL_STATUS_NUMBER, LinkState.AUTO)
    # A receipt number is another space.
    receipt = row(unit="Xã Tân Hà", subject="Lê Thị Sáu", **said | {"registered_on": None})
    assert only(ministry, receipt).decision is LinkState.NONE


def test_a_persons_answer_comes_before_the_code():
    other = dossier("H11.36-240304-0002", subject="Lê Thị Sáu")
    yes = Answer("so#1", other.key, same=True, by="vt", on="2024-04-01")
    found = only(dossier(), other, row(CODE, subject="Nguyễn Gia Bảo"), answers=[yes])
    assert (found.dossier, found.method) == (other.key, Method.OPERATOR)


def test_a_no_forbids_the_pair_and_the_newest_answer_counts():
    no = Answer("so#1", f"one_stop:{CODE}", same=False, by="vt", on="2024-04-01")
    yes = Answer("so#1", f"one_stop:{CODE}", same=True, by="vt", on="2024-04-02")
    paper = row(CODE, subject="Nguyễn Gia Bảo")
    assert only(dossier(), paper, answers=[no]).dossier is None
    assert only(dossier(), paper, answers=[yes, no]).method is Method.OPERATOR


def test_an_answer_outlives_the_change_of_the_anchor():
    portal = dossier(HUB_CODE, Role.PORTAL)
    yes = Answer("so#1", portal.key, same=True, by="vt", on="2024-04-01")
    here = dossier(national_code=HUB_CODE)
    assert only(portal, here, row(), answers=[yes]).dossier == here.key


def test_the_claims_of_one_dossier_meet_by_either_code():
    here = dossier(national_code=HUB_CODE)
    portal = dossier(CODE.lower(), Role.PORTAL)
    hub = dossier(HUB_CODE, Role.HUB)
    (found,) = dossiers([hub, portal, here])
    assert found.anchor == here.key
    assert [claim.role for claim in found.claims] == [Role.ONE_STOP, Role.PORTAL, Role.HUB]


def test_two_claims_of_one_software_never_meet():
    one, other = (
        dossier(national_code=HUB_CODE),
        dossier("H11.36-240304-0002", national_code=HUB_CODE),
    )
    portal = dossier(HUB_CODE, Role.PORTAL, national_code="H11.36-240304-0002")
    found = dossiers([one, other, portal])
    assert [len(group.claims) for group in found] == [2, 1] or [
        len(group.claims) for group in found
    ] == [1, 2]


def test_a_row_of_each_register_may_stand_for_one_dossier():
    facts = {"birth_date": "2024-02-28", "mother": "Trần Thị Lý", "subject": "Nguyễn Gia Bảo"}
    births = row(key="so#2", register_type=RegisterType.BIRTHS, registered_on=date(2024, 3, 4),
                 unit="Xã Tân Hà", **facts)  # fmt: skip
    links = link([dossier(**facts), row(CODE, **facts), births], [], Policy())
    assert [found.dossier for found in links] == [f"one_stop:{CODE}"] * 2


def test_two_rows_of_one_register_never_share_a_dossier_by_people():
    facts = {"birth_date": "2024-02-28", "mother": "Trần Thị Lý", "unit": "Xã Tân Hà"}
    first = row(key="so#1", subject="Nguyễn Gia Bảo", received_on=date(2024, 3, 4), **facts)
    again = row(key="so#2", subject="Nguyễn Gia Bảo", received_on=date(2024, 3, 5), **facts)
    links = link([dossier(**facts), first, again], [], Policy())
    assert [found.decision for found in links].count(LinkState.AUTO) <= 1
