"""Which pairs are looked at: few more in ten years than in one, and the right one among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bench.population import Size
from bench.worlds import HARD, assemble
from reconcile.claims import Claim
from reconcile.linking.candidates import pairs
from reconcile.linking.linker import link_all
from reconcile.policy import Policy
from tests.reconcile.linking.test_by_people import dossier, row


def pairs_a_row(name: str, years: int, a_year: int = 200) -> float:
    chosen = replace(HARD, dossiers=a_year * years, rows=a_year * years * 5 // 6)
    made = assemble(name, "hard", 41, chosen, Size(units=2, days=365 * years))
    return met(made.claims) / len(made.rows)


def met(claims: list[Claim]) -> int:
    ground = link_all(claims, [], Policy())[1].ground
    return len(pairs(ground.rows, ground.dossiers, ground.lexicon.parts())[0])


@pytest.mark.parametrize("name", ["coast", "clans"])
def test_ten_years_bring_a_row_hardly_more_candidates_than_one(name):
    assert pairs_a_row(name, 10) <= 1.2 * pairs_a_row(name, 1)


NOBODY = {"mother": "", "father": "", "applicant": ""}
#: A row that shares the child's whole name with the dossier, and neither birthday nor unit.
NAMESAKE = {"birth_date": "2023-11-05", "unit": "Xã Tân Minh", **NOBODY}
NO_DAY = {"registered_on": None}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, 1),
        (NAMESAKE | {"registered_on": date(2024, 3, 15)}, 0),  # the name alone, no day near
        (NAMESAKE, 1),  # received on that very day
        (NAMESAKE | {"registered_on": date(2024, 3, 15), "unit": "Xã Tân Hà"}, 1),
        (NAMESAKE | {"registered_on": date(2025, 3, 15), "unit": "Xã Tân Hà"}, 0),
        (NAMESAKE | NO_DAY, 0),
        (NAMESAKE | NO_DAY | {"unit": "Xã Tân Hà"}, 1),
        (NAMESAKE | NO_DAY | {"birth_date": "2023-02-28"}, 1),  # another year
        (NAMESAKE | NO_DAY | {"birth_date": "2024-09-09"}, 1),  # nothing but the year
        # Fetched late, and nothing else tells the time.
        (NAMESAKE | NO_DAY | {"unit": "Xã Tân Hà", "returned_on": date(2024, 5, 20)}, 1),
        # The birthday and the unit alone are those of strangers, unless nobody is named.
        ({"subject": "Lê Văn Tú", "registered_on": date(2024, 6, 4), **NOBODY}, 0),
        ({"subject": "", "registered_on": date(2024, 6, 4), **NOBODY}, 1),
        ({"subject": "Krăng Văn Tú", "registered_on": date(2024, 6, 4), **NOBODY}, 1),
    ],
)
def test_a_key_that_strangers_share_asks_for_one_thing_more(facts, expected):
    assert met([dossier(), row(**facts)]) == expected


def test_the_applicant_on_paper_may_be_the_mother_of_the_software():
    facts = {**NAMESAKE, "registered_on": date(2024, 3, 15), "applicant": "Ng. T. Lý"}
    assert met([dossier(), row(**facts)]) == 1
