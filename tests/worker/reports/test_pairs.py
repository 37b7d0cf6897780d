"""Why a person is asked about a pair, and how a pair is shown at the terminal."""

import pytest

from reconcile.cases import Link, LinkState, Method, Reason, Rival
from reconcile.claims import Claim, Role
from worker.cli.review import _shown
from worker.reports.lists import doubts, short_key

AGREES = Reason("họ tên người được đăng ký", "khớp", 9.0)
ALMOST = Reason("họ tên mẹ", "khớp, khác dấu", 4.0)
DIFFERS = Reason("ngày sinh", "khác", -6.0)
RIVAL = Claim("motcua:H2", "motcua", Role.ONE_STOP, own_code="H2")


def link(*reasons: Reason, rival: bool = False) -> Link:
    return Link(
        row="so#abc.0",
        dossier="motcua:H1",
        method=Method.PEOPLE,
        probability=0.4,
        decision=LinkState.REVIEW,
        rival=Rival("motcua:H2", 0.3) if rival else None,
        reasons=reasons,
    )


def test_what_differs_is_said_before_what_agrees():
    assert doubts(link(AGREES, DIFFERS, ALMOST), None) == (
        "Khác nhau ở ngày sinh (khác); giống nhau ở họ tên người được đăng ký, "
        "họ tên mẹ (khớp, khác dấu)"
    )


def test_a_second_dossier_is_named_first_even_where_all_agrees():
    said = doubts(link(AGREES, rival=True), RIVAL)
    assert said.startswith("Hồ sơ H2 cũng gần giống như vậy; giống nhau ở")


def test_where_nothing_speaks_against_it_too_little_speaks_for_it():
    assert doubts(link(AGREES), None).startswith("Chưa đủ căn cứ để ghép chắc chắn; giống nhau")


def test_a_person_types_the_short_key():
    assert short_key(link()) == "abc.0"


@pytest.mark.parametrize(
    ("written", "shown"), [("1951-05-09", "09/05/1951"), ("1951-05", "05/1951"), ("1951", "1951")]
)
def test_days_are_as_people_write_them(written: str, shown: str):
    claim = Claim("so#a.0", "so", Role.REGISTER, birth_date=written)
    assert _shown(None, claim, "birth_date") == shown  # type: ignore[arg-type]
