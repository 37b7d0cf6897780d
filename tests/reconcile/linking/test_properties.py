"""What must hold whatever the people are called and whatever else is in the registers."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.planted import planted
from reconcile import link
from reconcile.cases import Link
from reconcile.claims import Claim, Procedure, Role
from reconcile.linking.lexicon import Lexicon
from reconcile.linking.names import compare_names
from reconcile.policy import Policy

WORLD = planted(60, seed=11)
LINKS = link(WORLD.claims, [], Policy())
NAMES = ("subject", "applicant", "mother", "father")
FORMS = (
    str.upper,
    str.lower,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: f" {text}  ",
    lambda text: text.replace("oà", "òa").replace("oá", "óa").replace("uý", "úy"),
)


def _decisions(links: list[Link]) -> list[tuple[object, ...]]:
    return [(found.row, found.dossier, found.decision, found.probability) for found in links]


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_claims_never_matters(random):
    assert link(random.sample(WORLD.claims, len(WORLD.claims)), [], Policy()) == LINKS


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(FORMS), st.booleans())
def test_form_case_and_tone_placement_never_change_a_decision(form, of_rows):
    # Rows in a legacy font are left out: their letters are signs, and signs have no capitals.
    rows = [row for row in WORLD.rows if all(_is_unicode(getattr(row, name)) for name in NAMES)]
    claims = [*WORLD.dossiers, *rows]
    changed = [
        replace(claim, **{name: form(getattr(claim, name)) for name in NAMES})
        if claim.is_row == of_rows
        else claim
        for claim in claims
    ]
    assert _decisions(link(changed, [], Policy())) == _decisions(link(claims, [], Policy()))


def _is_unicode(name: str) -> bool:
    return all(unicodedata.category(char)[0] in "LZP" for char in name) and not any(
        "\u0080" < char < "\u0100" and char.casefold() not in "àáâãèéêìíòóôõùúý" for char in name
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 10_000))
def test_an_unrelated_dossier_changes_nothing(number):
    stranger = Claim(
        key=f"motcua:X{number}",
        source="motcua",
        role=Role.ONE_STOP,
        own_code=f"H99.01-190101-{number:05d}",
        procedure=Procedure.BIRTH,
        unit="UBND xã Nơi Khác",
        subject=f"Giàng Seo {'ABCDE'[number % 5]}ủ",
        mother="Thào Thị Mỷ",
        father="Giàng A Páo",
        birth_date="2019-01-01",
        received_on=date(2019, 1, 2),
    )
    assert link([*WORLD.claims, stranger], [], Policy()) == LINKS


def test_another_dossier_changes_others_only_as_a_rival_that_is_shown():
    known, removed = WORLD.dossiers[:-10], {claim.key for claim in WORLD.dossiers[-10:]}
    fewer = {found.row: found for found in link([*known, *WORLD.rows], [], Policy())}
    for found in LINKS:
        if found.dossier != fewer[found.row].dossier or found.decision != fewer[found.row].decision:
            seen = {found.dossier, found.rival.dossier if found.rival else None}
            rivals_row = _rows_that_moved(removed) & _rows_near(found)
            assert seen & removed or rivals_row


def _rows_that_moved(removed: set[str]) -> set[str]:
    return {found.row for found in LINKS if found.dossier in removed}


def _rows_near(found: Link) -> set[str]:
    near = {found.dossier, found.rival.dossier if found.rival else None} - {None}
    return {
        other.row
        for other in LINKS
        if {other.dossier, other.rival.dossier if other.rival else None} & near
    }


PEOPLE = st.sampled_from(
    sorted({getattr(claim, name) for claim in WORLD.claims for name in NAMES} - {""})
)


@settings(deadline=None)
@given(PEOPLE, PEOPLE)
def test_swapping_the_two_names_changes_nothing(one, other):
    lexicon = Lexicon()
    import numpy as np

    a = np.array([lexicon.name(one)], dtype=np.int32)
    b = np.array([lexicon.name(other)], dtype=np.int32)
    parts = lexicon.parts()
    there, back = compare_names(a, b, lexicon, parts), compare_names(b, a, lexicon, parts)
    assert there.level.tolist() == back.level.tolist()
    assert there.given.tolist() == back.given.tolist()
    assert there.weight.tolist() == back.weight.tolist()
