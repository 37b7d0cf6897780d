"""Which pairs are looked at: no more in a longer list, and the right one among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bench.population import Size
from bench.worlds import HARD, assemble
from reconcile.claims import Claim
from reconcile.linking.by_people import Comparable
from reconcile.linking.candidates import pairs
from reconcile.linking.linker import link_all
from reconcile.policy import Policy
from tests.reconcile.linking.test_by_people import dossier, row


def ground_of(claims: list[Claim]) -> Comparable:
    return link_all(claims, [], Policy())[1].ground


def met(claims: list[Claim]) -> int:
    ground = ground_of(claims)
    return len(pairs(ground.rows, ground.dossiers, ground.lexicon.parts())[0])


def years_later(claim: Claim, years: int) -> Claim:
    """The same people and units, everything that happened so many years later."""

    def moved(text: str) -> str:
        return f"{int(text[:4]) + years}{text[4:]}" if text else ""

    code = f"H99{claim.own_code[3:]}-{years}"
    assert claim.received_on
    return replace(
        claim,
        key=f"motcua:{code}",
        own_code=code,
        national_code="",
        birth_date=moved(claim.birth_date),
        death_date=moved(claim.death_date),
        received_on=claim.received_on + timedelta(days=365 * years),
        finished_on=None,
    )


def test_other_years_bring_a_row_that_tells_its_day_no_candidates():
    preset = replace(HARD, dossiers=150, rows=125)
    made = assemble("coast", "hard", 41, preset, Size(units=3, days=200))
    dated = [row for row in made.rows if row.received_on or row.registered_on or row.returned_on]
    # A year mistyped is that of a copy.
    rows = [row for row in dated if "birth:wrong" not in made.noted[row.key]]
    others = [years_later(one, years) for one in made.dossiers for years in range(-4, 5) if years]
    assert met([*made.dossiers, *others, *rows]) == met([*made.dossiers, *rows]) > len(rows)


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
