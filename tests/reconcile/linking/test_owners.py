"""Whom the owner (chủ hồ sơ) of a source is: proposed from what codes linked."""

from __future__ import annotations

import pytest

from reconcile.claims import Claim, Procedure, RegisterType, Role
from reconcile.linking.linker import link
from reconcile.linking.owner_proposals import Proposal, proposals
from reconcile.policy import Owner, Policy

GIVEN = ("An", "Bình", "Chi", "Dung", "Giang", "Hà", "Khôi", "Linh", "Minh", "Nga")


def office(many: int, owner: str, unit: str = "Tân Hà", first: int = 1) -> list[Claim]:
    """Dossiers of a unit without a subject column, and their rows with the code."""
    claims = []
    for number in range(first, first + many):
        code = f"H11.36-240311-{number:04d}"
        child = f"Nguyễn {GIVEN[number % 10]} {GIVEN[number // 10 % 10]}"
        people = {"child": child, "mother": f"Trần Thị {GIVEN[number % 7]}"}
        whole = {"unit": unit, "procedure": Procedure.BIRTH}
        claims += [
            Claim(f"motcua:{code}", "motcua", Role.ONE_STOP, own_code=code,
                  applicant=people[owner], **whole),
            Claim(f"so#{number}", "so", Role.REGISTER, own_code=code, subject=child,
                  applicant=people["mother"], register_type=RegisterType.TRACKING, **whole),
        ]  # fmt: skip
    return claims


def proposed(claims: list[Claim]) -> list[Proposal]:
    return proposals(claims, link(claims, [], Policy()))


@pytest.mark.parametrize(
    ("names", "owner"), [("child", Owner.SUBJECT), ("mother", Owner.APPLICANT)]
)
def test_what_the_codes_tell_is_proposed(names, owner):
    (told,) = proposed(office(30, names))
    assert (told.source, told.unit, told.owner) == ("motcua", "", owner)
    assert told.subjects + told.applicants == 30


def test_nothing_is_proposed_of_a_few_dossiers():
    assert proposed(office(19, "child")) == []


def test_a_unit_that_differs_from_its_source_is_proposed_apart():
    here, there = office(60, "mother"), office(30, "child", "Sơn Mỹ", first=101)
    assert [(one.unit, one.owner) for one in proposed(here + there)] == [
        ("", Owner.MIXED),
        ("Sơn Mỹ", Owner.SUBJECT),
        ("Tân Hà", Owner.APPLICANT),
    ]
