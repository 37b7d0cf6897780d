"""Cases that a linker of the first two worlds got wrong, each with its family and its reverse.

``asked`` means: no automatic link. The reverse of a case is the row that can be told, which must
be linked without asking.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconcile import link
from reconcile.cases import Link, LinkState, Method
from reconcile.claims import Claim, Procedure, RegisterType, Role, Status
from reconcile.policy import Linking, Owner, Policy

BIRTH, LINKED = Procedure.BIRTH, Procedure.BIRTH_LINKED
DEATH, DEATH_LINKED = Procedure.DEATH, Procedure.DEATH_LINKED
DAY = date(2024, 3, 11)
UNIT = "Xã Tân Hà"


def dossier(number: int = 1, **facts) -> Claim:
    code = facts.pop("own_code", f"H11.36-240311-{number:04d}")
    facts = {"unit": UNIT, "procedure": BIRTH, "received_on": DAY, "status": Status.DONE} | facts
    return Claim(f"motcua:{code}", "motcua", Role.ONE_STOP, own_code=code, **facts)


def row(code: int | str = "", key: str = "so#1", **facts) -> Claim:
    code = f"H11.36-240311-{code:04d}" if isinstance(code, int) else code
    facts = {
        "unit": UNIT,
        "procedure": BIRTH,
        "received_on": DAY,
        "register_type": RegisterType.TRACKING,
    } | facts
    return Claim(key, "so", Role.REGISTER, own_code=code, **facts)


def only(*claims: Claim, owners=()) -> Link:
    (found,) = link(claims, [], Policy(linking=Linking(owners=tuple(owners))))
    return found


def auto(found: Link) -> str | None:
    """The dossier that was linked without asking; None if somebody is asked, or nobody found."""
    return found.dossier if found.decision is LinkState.AUTO else None


def said(found: Link, field: str) -> list[str]:
    return [reason.level for reason in found.reasons if reason.field == field]


CHILD = {"subject": "Nguyễn Gia Bảo", "birth_date": "2024-03-05", "mother": "Trần Thị Lan"}
DEAD = {"subject": "Phạm Ngọc Thủy", "birth_date": "1950-04-02", "death_date": "2024-03-06"}


# 1. The owner (chủ hồ sơ) is the child, the subject's column is empty


def owner_is(name: str, **facts) -> Claim:
    return dossier(applicant=name, **facts)


@pytest.mark.parametrize("applicant", ["Trần Thị Lan", "Lê Văn Tám", ""])
def test_an_owner_who_is_the_child_is_the_child_whoever_came_to_the_counter(applicant):
    here = owner_is("Nguyễn Gia Bảo", birth_date="2024-03-05")
    paper = row(subject="Nguyễn Gia Bảo", birth_date="2024-03-05", applicant=applicant)
    assert auto(only(here, paper)) == here.key


def test_an_owner_who_is_the_dead_is_the_dead():
    here = owner_is(
        "Phạm Ngọc Thủy", procedure=DEATH, birth_date="1950-04-02", death_date="2024-03-06"
    )
    paper = row(procedure=DEATH, applicant="Nguyễn Thị Nga", **DEAD)
    assert auto(only(here, paper)) == here.key


def test_an_owner_that_a_person_said_to_be_the_applicant_names_no_child():
    here = owner_is("Nguyễn Gia Bảo", birth_date="2024-03-05")
    paper = row(subject="Nguyễn Gia Bảo", birth_date="2024-03-05", applicant="Trần Thị Lan")
    assert auto(only(here, paper, owners=[("motcua", "", Owner.APPLICANT)])) is None


@pytest.mark.parametrize("unit", ["", "tan ha"])
def test_an_owner_that_a_person_said_to_be_the_child_is_another_child_if_the_name_differs(unit):
    told = [("motcua", unit, Owner.SUBJECT)]
    paper = row(subject="Nguyễn Gia Bảo", birth_date="2024-03-05", mother="Trần Thị Lan")
    own = owner_is("Nguyễn Gia Bảo", birth_date="2024-03-05")
    sister = owner_is("Nguyễn Minh Khuê", birth_date="2024-03-05", mother="Trần Thị Lan")
    assert auto(only(own, paper, owners=told)) == own.key
    assert auto(only(sister, paper, owners=told)) is None
    assert "khác tên" in said(only(sister, paper, owners=told), "họ tên người được đăng ký")


def test_a_setting_of_one_unit_says_nothing_of_another():
    own = owner_is("Nguyễn Gia Bảo", birth_date="2024-03-05")
    paper = row(subject="Nguyễn Gia Bảo", birth_date="2024-03-05")
    told = [("motcua", "son my", Owner.APPLICANT), ("khac", "", Owner.APPLICANT)]
    assert auto(only(own, paper, owners=told)) == own.key


# 2. A whole code and an applicant of another dossier


def test_a_code_against_the_applicant_is_asked_and_both_dossiers_are_shown():
    one, other = owner_is("Nguyễn Văn Nam"), dossier(2, applicant="Trần Thị Lan")
    found = only(one, other, row(1, subject="Nguyễn Gia Bảo", applicant="Trần Thị Lan"))
    assert auto(found) is None
    assert {found.dossier, found.rival and found.rival.dossier} == {one.key, other.key}
    assert said(found, "mã hồ sơ")[0] == "là mã của hồ sơ mang tên người khác"


def test_a_code_of_another_person_keeps_nobody_from_the_own_dossier():
    other = dossier(1, subject="Phan Thị Cúc", birth_date="2024-01-30", mother="Lê Thị Hường")
    own = dossier(2, applicant="Trần Thị Lan", **CHILD)
    paper = row(1, applicant="Trần Thị Lan", **CHILD)
    found = only(other, own, paper)
    assert found.dossier == own.key
    assert found.conflict == other.key


def test_a_code_that_nothing_contradicts_links():
    here = owner_is("Trần Thị Lan")
    assert auto(only(here, row(1, subject="Nguyễn Gia Bảo", applicant="Trần Thị Lan"))) == here.key
    assert auto(only(here, row(1))) == here.key


# 3. Classes


INFANT = {"subject": "Lê Công Thiên", "birth_date": "2024-03-01", "applicant": "Trần Thị Loan"}


@pytest.mark.parametrize("code", [8, 3, "", "240311-0003"])
@pytest.mark.parametrize("procedure", [DEATH, DEATH_LINKED])
@pytest.mark.parametrize("entered", [BIRTH, LINKED])
def test_the_death_of_an_infant_is_not_its_birth(code, procedure, entered):
    born = dossier(3, procedure=entered, mother="Trần Thị Loan", **INFANT)
    paper = row(code, procedure=procedure, death_date="2024-03-06", **INFANT)
    assert auto(only(born, paper)) is None
    dead = dossier(8, procedure=procedure, death_date="2024-03-06", **INFANT)
    assert auto(only(born, dead, paper)) == dead.key


def test_the_birth_of_an_infant_is_not_its_death():
    dead = dossier(8, procedure=DEATH, death_date="2024-03-06", **INFANT)
    for code in (8, 3, ""):
        assert auto(only(dead, row(code, **INFANT))) is None


@pytest.mark.parametrize("name", ["Đăng ký thường trú", "Cấp thẻ BHYT cho trẻ em dưới 6 tuổi"])
def test_a_birth_is_not_the_childs_residence_or_insurance_whatever_the_code_says(name):
    facts = {"applicant": "Trần Thị Lan", **CHILD}
    other = dossier(1, procedure=Procedure.OTHER, procedure_name=name, **facts)
    found = only(other, row(1, **facts))
    assert auto(found) is None
    assert said(found, "mã hồ sơ")[0] == "là mã của hồ sơ khác loại thủ tục"
    own = dossier(2, **facts)
    assert auto(only(other, own, row(1, **facts))) in (own.key, None)
    assert auto(only(other, own, row(2, **facts))) == own.key
    assert auto(only(other, own, row(**facts))) == own.key


def test_a_residence_row_takes_its_own_code():
    other = dossier(1, procedure=Procedure.OTHER, **CHILD)
    assert auto(only(other, row(1, procedure=Procedure.OTHER, **CHILD))) == other.key
    assert auto(only(other, row(1, procedure=Procedure.UNKNOWN, **CHILD))) == other.key


# 4. Another dossier of the right child


FULL = {"applicant": "Trần Thị Lan", **CHILD}
ID = "066190123456"


@pytest.mark.parametrize("ended", [Status.WITHDRAWN, Status.NOT_ACCEPTED, Status.STOPPED])
@pytest.mark.parametrize("told", [{}, {"subject_id": ID}, {"applicant_id": ID}])
def test_what_stands_in_the_withdrawn_dossier_alone_is_no_difference(ended, told):
    gone = dossier(2, received_on=date(2024, 3, 1), status=ended, **FULL, **told)
    alive = dossier(7, **FULL)
    assert auto(only(gone, alive, row(**FULL, **told))) == alive.key


def test_a_parent_in_one_dossier_only_is_no_difference():
    less = {name: value for name, value in FULL.items() if name != "mother"}
    gone = dossier(2, received_on=date(2024, 3, 1), status=Status.WITHDRAWN, **FULL)
    assert auto(only(gone, dossier(7, **less), row(**FULL))) == dossier(7).key


@pytest.mark.parametrize("code", [2, "240311-0002"])
def test_the_code_of_the_withdrawn_dossier_is_asked_beside_the_living(code):
    gone = dossier(2, status=Status.WITHDRAWN, **FULL)
    alive = dossier(7, **FULL)
    found = only(gone, alive, row(code, **FULL))
    assert auto(found) != gone.key
    assert auto(only(gone, alive, row(7, **FULL))) == alive.key


def test_a_withdrawn_dossier_alone_takes_its_own_code_and_nothing_else():
    """Else nobody would hear that something was handed over for a dossier that was withdrawn."""
    gone = dossier(2, status=Status.WITHDRAWN, **FULL)
    found = only(gone, row(2, **FULL))
    assert (auto(found), found.method) == (gone.key, Method.CODE)
    assert only(gone, row(**FULL)).decision is LinkState.REVIEW


def test_a_row_that_tells_of_the_withdrawal_speaks_of_that_dossier():
    gone = dossier(2, received_on=date(2024, 3, 1), status=Status.WITHDRAWN, **FULL)
    paper = row(received_on=date(2024, 3, 1), note="Công dân xin rút hồ sơ", **FULL)
    assert auto(only(gone, dossier(7, **FULL), paper)) == gone.key


@pytest.mark.parametrize("day", [1, 11])
def test_the_day_tells_the_single_dossier_from_the_linked_one(day):
    single = dossier(1, received_on=date(2024, 3, 1), **FULL)
    linked = dossier(2, procedure=LINKED, **FULL)
    found = only(single, linked, row(**FULL | {"received_on": date(2024, 3, day)}))
    assert auto(found) == {1: single.key, 11: linked.key}[day]


def test_the_procedure_tells_the_linked_dossier_from_the_single_one():
    single, linked = dossier(1, **FULL), dossier(2, procedure=LINKED, **FULL)
    assert auto(only(single, linked, row(procedure=LINKED, **FULL))) == linked.key


@pytest.mark.parametrize("registered", [date(2024, 8, 1), date(2024, 1, 31)])
def test_a_registration_months_away_is_of_a_dossier_that_was_never_entered(registered):
    here = dossier(**CHILD, applicant="Trần Thị Lan", father="Nguyễn Văn Tám")
    facts = CHILD | {"applicant": "Trần Thị Lan", "father": "Nguyễn Văn Tám"}
    book = {"register_type": RegisterType.BIRTHS, "received_on": None}
    assert auto(only(here, row(**facts, **book, registered_on=DAY))) == here.key
    asked = only(here, row(**facts, **book, registered_on=registered))
    assert asked.dossier == here.key
    assert auto(asked) is None
    assert auto(only(here, row(1, **facts, **book, registered_on=registered))) == here.key


def test_dossiers_that_fit_equally_are_asked_about_with_both_shown():
    single, linked = dossier(1, **FULL), dossier(2, procedure=LINKED, **FULL)
    found = only(single, linked, row(**FULL))
    assert found.decision is LinkState.REVIEW
    assert {found.dossier, found.rival and found.rival.dossier} == {single.key, linked.key}


def test_a_death_has_its_withdrawn_dossier_too():
    facts = {"procedure": DEATH, "applicant": "Nguyễn Thị Nga", **DEAD}
    gone = dossier(2, received_on=date(2024, 3, 8), status=Status.WITHDRAWN, **facts)
    alive = dossier(7, **facts)
    assert auto(only(gone, alive, row(**facts))) == alive.key


# 5. Another child is the owner; nothing names the child


def test_another_child_of_that_day_is_asked():
    twin = owner_is("Bá Văn Khoa", birth_date="2011-04-02", mother="Thành Thị Khuê")
    paper = row(
        subject="Bá Bảo Thanh",
        birth_date="2011-04-02",
        mother="Thành Thị Khuê",
        father="Bá Văn An",
        applicant="Thành Thị Khuê",
    )
    assert auto(only(twin, paper)) is None
    own = owner_is("Bá Bảo Thanh", birth_date="2011-04-02", mother="Thành Thị Khuê")
    assert auto(only(own, paper)) == own.key


PARENTS = {"mother": "Trần Thị Lan", "father": "Nguyễn Văn Tám"}


@pytest.mark.parametrize("facts", [{}, {"father": "Nguyễn Văn Tám"}, PARENTS])
def test_a_dossier_that_names_only_an_applicant_is_asked(facts):
    """A sister, a twin, a namesake's child may be meant."""
    here = dossier(applicant="Trần Thị Lan", **facts)
    found = only(here, row(applicant="Trần Thị Lan", father="Nguyễn Văn Tám", **CHILD))
    assert (found.decision, found.dossier) == (LinkState.REVIEW, here.key)


def test_mother_and_birthday_name_a_child_unless_twins_are_in_sight():
    here = dossier(applicant="Trần Thị Lan", birth_date="2024-03-05", **PARENTS)
    paper = row(applicant="Trần Thị Lan", father="Nguyễn Văn Tám", **CHILD)
    assert auto(only(here, paper)) == here.key
    twin_dossier = dossier(2, applicant="Trần Thị Lan", birth_date="2024-03-05", **PARENTS)
    assert auto(only(here, twin_dossier, paper)) is None
    twin = row(key="so#2", applicant="Trần Thị Lan", **CHILD | {"subject": "Nguyễn Minh Khuê"})
    assert [auto(one) for one in link([here, paper, twin], [], Policy())] == [None, None]
    for other in (
        {"birth_date": "2024-03-15"},
        {"birth_date": "2022-03-05"},
        {"mother": "Trần Thị Loan"},
        {"applicant": "Lê Thị Sáu"},
        {"received_on": date(2024, 4, 30)},
    ):
        there = row(father="Nguyễn Văn Tám", **{"applicant": "Trần Thị Lan"} | CHILD | other)
        assert auto(only(here, there)) is None


def test_a_row_that_names_no_child_is_asked():
    paper = row(applicant="Trần Thị Lan", birth_date="2024-03-05")
    assert only(dossier(**FULL), paper).decision is LinkState.REVIEW


# 6. Another birthday


MOTHER = {"mother": "Nguyễn Kim Hà", "applicant": "Nguyễn Kim Hà", "subject": "Vũ Tấn Vỹ"}


@pytest.mark.parametrize("other", ["2009-04-21", "2012-08-14", "2009-09-02"])
@pytest.mark.parametrize("code", ["", 1])
def test_a_name_given_again_to_a_later_child_is_asked(other, code):
    here = dossier(1, birth_date="2011-09-12", **MOTHER)
    assert auto(only(here, row(code, birth_date=other, **MOTHER))) is None


@pytest.mark.parametrize("slip", ["2011-12-09", "2011-09-13", "2011-09-22", "2011-09", ""])
def test_a_slip_in_the_birthday_is_forgiven(slip):
    here = dossier(1, birth_date="2011-09-12", **MOTHER)
    assert auto(only(here, row(birth_date=slip, **MOTHER))) == here.key


# 7. A sister's code


LAN = {"subject": "H'Lan Niê", "birth_date": "2011-02-22"}
BLA = {"subject": "H'Blă Niê", "birth_date": "2015-04-02"}
YAM = {"mother": "H'Yăm Niê", "applicant": "H'Yăm Niê"}


def test_a_sisters_code_is_asked_and_both_are_shown():
    one, other = dossier(1, **LAN, **YAM), dossier(2, **BLA, **YAM)
    found = only(one, other, row(1, **BLA, **YAM))
    assert found.decision is LinkState.REVIEW
    assert {found.dossier, found.rival and found.rival.dossier} == {one.key, other.key}
    assert auto(only(one, other, row(2, **BLA, **YAM))) == other.key
    assert auto(only(one, other, row(**BLA, **YAM))) == other.key
    assert auto(only(one, row(**BLA, **YAM))) is None
    assert auto(only(one, row(1, **BLA, **YAM))) is None


@pytest.mark.parametrize(
    ("software", "paper"),
    [
        ("H'Lan Niê", "H’Lan Niê"),
        ("H'Lan Niê", "H Lan Nie"),
        ("H'Lan Niê", "HLan Niê"),
        ("H'Lan Niê", "Lan Niê"),
        ("Y Blă Êban", "Y BLA EBAN"),
        ("Y Thắng Mlô", "Y-Thắng Mlô"),
        ("Y Moan Niê Kdăm", "Y Moan Nie Kdam"),
        ("K'Brêu", "K’Brêu"),
        ("Ksor H'Mơ", "KSOR H’MO"),
    ],
)
def test_minority_names_in_other_spellings_are_one_name(software, paper):
    facts = {"birth_date": "2024-03-05", "mother": "H'Yăm Niê", "applicant": "H'Yăm Niê"}
    here = dossier(subject=software, **facts)
    assert auto(only(here, row(subject=paper, **facts))) == here.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H'Lan Niê", "H'Blă Niê"),
        ("Y Thắng Mlô", "Y Thanh Mlô"),
        ("H'Lan Niê", "Y Lan Niê"),
        ("H'Loan Êban", "H'Lan Êban"),
        ("Thành Thị Khuê", "Thành Thị Khoa"),
        ("Qua Đình An", "Qua Đình Ân"),
    ],
)
def test_two_of_one_clan_are_two(one, other):
    facts = {"birth_date": "2024-03-05", "mother": "H'Yăm Niê", "applicant": "H'Yăm Niê"}
    assert auto(only(dossier(subject=one, **facts), row(subject=other, **facts))) is None


# 9. A short code, a mistyped code: a second witness that is the person's own


@pytest.mark.parametrize("code", ["240311-0001", "H11.36-240311-0007", "0001"])
def test_a_damaged_code_needs_the_persons_own_name(code):
    facts = {"procedure": DEATH, "birth_date": "1950", "death_date": "2024-03-06"}
    here = dossier(1, subject="Phạm Ngọc Thủy", applicant="Huỳnh Văn Nam", **facts)
    stranger = row(code, subject="Nguyễn Ngọc Thủy", applicant="Nguyễn Thị Nga", **facts)
    unnamed = row(code, applicant="Huỳnh Văn Nam", **facts)
    own = row(code, subject="Phạm Ngọc Thủy", applicant="Huỳnh Văn Nam", **facts)
    assert auto(only(here, stranger)) is None
    assert auto(only(here, unnamed)) is None
    assert auto(only(here, own)) == here.key


# 10. Unnamed newborns


UNNAMED = {"subject": "Con bà Đặng Thị Lan", "father": "Lê Văn Tư", "birth_date": "2024-03-06"}


def test_an_unnamed_twin_who_died_another_day_is_asked():
    facts = {"procedure": DEATH, **UNNAMED}
    here = dossier(1, death_date="2024-03-06", **facts)
    assert auto(only(here, row(death_date="2024-03-09", **facts))) is None
    assert auto(only(here, row(death_date="2024-03-06", **facts))) == here.key


# Names as they are typed


@pytest.mark.parametrize(
    "written",
    [
        "Nguyeenx Gia Baor",  # Telex
        "NGUYEENX GIA BAOR",
        "Nguye6n4 Gia Ba3o",  # VNI
        "NguyễnGia Bảo",
        "Nguyễn GiaBảo",
        "CHAU NGUYEN GIA BAO",
        "Chau Nguyen Gia Bao",
        "Nguyễn Gia Bảo ’",
    ],
)
def test_a_name_typed_otherwise_is_that_name(written):
    here = dossier(**FULL)
    assert auto(only(here, row(**FULL | {"subject": written}))) == here.key
    paper = row(1, subject=written)
    assert auto(only(here, paper)) == here.key


@pytest.mark.parametrize(
    ("software", "written"),
    [
        ("Trần Đức Lượm", "Traanf DDuwsc Luwowmj"),
        ("Trần Phú Quốc", "Trần Phú Quoocs"),
        ("Trần Đức Toàn", "Trần ĐứcToàn"),
        ("H'Lan Nguyễn", "H’Lan NguyÔn"),
    ],
)
def test_whole_words_left_raw_are_read(software, written):
    here = dossier(**FULL | {"subject": software})
    found = only(here, row(**FULL | {"subject": written}))
    assert auto(found) == here.key
    assert said(found, "họ tên người được đăng ký") == ["khớp"]


def test_a_slip_in_the_only_person_named_still_finds_the_dossier():
    here = owner_is("Trần Thị Lnan")
    assert only(here, row(applicant="Trần Thị Lan")).dossier == here.key


# A code and a day that disagree on which of one person's dossiers is meant


@pytest.mark.parametrize("days", [1, 3, 9])
@pytest.mark.parametrize("named", [{"subject": "Nguyễn Gia Bảo"}, {}])
def test_the_code_of_one_dossier_and_the_day_of_another_are_asked(days, named):
    facts = {"applicant": "Trần Thị Lan", "mother": "Trần Thị Lan", "birth_date": "2024-03-05"}
    one = dossier(1, received_on=date(2024, 3, 11 - days), procedure=LINKED, **facts, **named)
    other = dossier(2, **facts, **named)
    paper = row(1, **facts, subject="Nguyễn Gia Bảo")
    assert only(one, other, paper).decision is LinkState.REVIEW
    # Alone it is the code's; but who is not named is asked about when the day is another too.
    assert auto(only(one, paper)) == (one.key if named or days < 9 else None)
    there = row(2, **facts, subject="Nguyễn Gia Bảo")
    assert auto(only(one, other, there)) == other.key


def test_a_second_entry_of_a_person_does_not_take_the_other_dossier():
    single, linked = dossier(1, **FULL), dossier(2, procedure=LINKED, **FULL)
    links = link([single, linked, row(1, **FULL), row(key="so#2", **FULL)], [], Policy())
    assert [auto(one) for one in links] == [single.key, None]


# A code of a sister's or brother's dossier that names its owner alone


@pytest.mark.parametrize("owner", ["Trần Tường Vy", "Trần Minh Tuấn"])
@pytest.mark.parametrize("applicant", ["Nguyễn Thị Thu Loan", ""])
def test_a_code_and_another_owner_are_asked(owner, applicant):
    facts = {"mother": "Nguyễn Thị Thu Loan", "birth_date": "2011-01-27"}
    here = dossier(applicant=owner, father="Trần Minh Tuấn", **facts)
    found = only(here, row(1, subject="Trần Tường Phương", applicant=applicant, **facts))
    named = owner == "Trần Minh Tuấn" and not applicant  # a parent is no other child
    assert auto(found) == (here.key if named else None)
    there = row(1, subject="Trần Tường Phương", applicant=owner, **facts)
    if owner == "Trần Minh Tuấn":
        assert auto(only(here, there)) == here.key


def test_a_code_of_a_dossier_that_names_nobody_asks_for_the_birthday():
    here = dossier(applicant="Trần Thị Lan", mother="Trần Thị Lan", birth_date="2024-03-05")
    paper = {"subject": "Nguyễn Gia Bảo", "applicant": "Trần Thị Lan", "mother": "Trần Thị Lan"}
    assert auto(only(here, row(1, birth_date="2024-01-05", **paper))) is None
    assert auto(only(here, row(1, birth_date="2024-03-05", **paper))) == here.key
    assert auto(only(here, row(1, birth_date="2024-05-03", **paper))) == here.key


def test_a_withdrawn_dossier_gives_way_to_one_of_the_same_mother_and_day():
    gone = dossier(2, status=Status.WITHDRAWN, **FULL)
    nameless = dossier(7, **{name: text for name, text in FULL.items() if name != "subject"})
    assert auto(only(gone, nameless, row(2, **FULL))) is None


@pytest.mark.parametrize("twin", ["Võ Thiên Tín", "Vo Thien Tin", "Võ Thiên Tiên"])
def test_a_code_and_a_twins_name_a_slip_apart_are_asked(twin):
    facts = {"mother": "Phạm Thị Thư", "birth_date": "2022-12-16", "applicant": "Phạm Thị Thư"}
    here = dossier(1, subject="Võ Thiên Tiến", **facts)
    born = dossier(3, **{name: text for name, text in facts.items() if name != "subject"})
    assert auto(only(here, born, row(1, subject=twin, **facts))) is None
    assert auto(only(here, row(1, subject=twin, **facts))) == here.key  # a slip, for all we know
    for slip in ("Võ Thiên Tiếnn", "Võ Thien Tién", "VO THIEN TIEN"):
        assert auto(only(here, row(1, subject=slip, **facts))) == here.key


def test_an_owner_of_the_name_and_a_dossier_that_names_nobody_are_asked_about():
    days = {"birth_date": "1949-07-31", "death_date": "2024-03-06", "procedure": DEATH}
    nameless = owner_is("Nguyễn Thanh Chánh", **days)
    named = dossier(2, applicant="Nguyễn Tấn Sơn", received_on=date(2024, 3, 16), **days)
    paper = row(subject="Nguyễn Sơn", received_on=date(2024, 3, 12), **days)
    assert only(nameless, named, paper).decision is LinkState.REVIEW
    known = replace(paper, subject_id=ID), replace(named, applicant_id=ID)
    assert only(nameless, *known).decision is LinkState.REVIEW
    gone = replace(named, status=Status.WITHDRAWN)
    assert auto(only(nameless, gone, replace(paper, own_code=gone.own_code))) is None
    assert auto(only(named, row(subject="Nguyễn Tấn Sơn", received_on=date(2024, 3, 16), **days)))


@pytest.mark.parametrize("off", [{"received_on": date(2024, 3, 29)}, {"birth_date": "2024-03-06"}])
def test_an_owner_of_the_name_is_asked_about_where_anything_contradicts(off):
    here = owner_is("Thái Thanh My", birth_date="2024-03-05", mother="Huỳnh Thị Thư")
    facts = {"birth_date": "2024-03-05", "mother": "Huỳnh Thị Thư", "subject": "Thái Thanh My"}
    assert auto(only(here, row(**facts))) == here.key
    assert auto(only(here, row(**facts | off))) is None
