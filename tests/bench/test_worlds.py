"""The invented registries: the same seed the same world, and the mistakes that were promised."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from bench.planted import KINDS, planted
from bench.population import Size
from bench.worlds import BUILDERS, EASY, HARD, World, assemble
from reconcile.claims import Claim

SMALL = Size(units=6, days=366)


@cache
def small(name: str, seed: int = 1, rows: int = 1_500) -> World:
    preset = replace(HARD, dossiers=rows * 6 // 5, rows=rows)
    return assemble(name, "hard", seed, preset, SMALL)


def test_the_presets_have_the_agreed_sizes_and_shares() -> None:
    assert (EASY.dossiers, EASY.rows, HARD.dossiers, HARD.rows) == (4_917, 4_261, 20_000, 17_317)
    assert (HARD.mistakes.no_code, HARD.mistakes.no_id, EASY.mistakes.no_id) == (0.9, 1.0, 0.4)


@pytest.mark.parametrize("name", BUILDERS)
def test_a_seed_is_a_world(name: str) -> None:
    again = small.__wrapped__(name, rows=200)
    assert again == small(name, rows=200)
    assert again.rows != small(name, seed=2, rows=200).rows


@pytest.mark.parametrize("name", BUILDERS)
def test_every_row_has_a_truth_and_one_in_twenty_five_was_never_entered(name: str) -> None:
    world = small(name)
    dossiers = {dossier.key for dossier in world.dossiers}
    assert {row.key for row in world.rows} == set(world.truth)
    assert len(world.rows) == 1_500
    assert len(dossiers) == len(world.dossiers) == 1_800
    assert {dossier for dossier in world.truth.values() if dossier} <= dossiers
    assert 50 <= sum(dossier is None for dossier in world.truth.values()) <= 75


@pytest.mark.parametrize("name", BUILDERS)
def test_mistakes_are_as_frequent_as_promised(name: str) -> None:
    world = small(name)
    noted = Counter(slip for slips in world.noted.values() for slip in slips)
    rows = len(world.rows)
    assert noted["subject:accents"] / rows == pytest.approx(1 / 3, abs=0.05)
    assert noted["subject:slip"] / rows == pytest.approx(1 / 8, abs=0.04)
    assert noted["birth:wrong"] / rows == pytest.approx(1 / 8, abs=0.04)
    assert noted["birth:swapped"] / rows == pytest.approx(1 / 6, abs=0.05)
    assert noted["received:off"] / rows == pytest.approx(1 / 4, abs=0.05)
    assert noted["received:absent"] / rows == pytest.approx(1 / 8, abs=0.04)
    assert noted["legacy"] / rows == pytest.approx(1 / 6, abs=0.04)
    assert not any(row.applicant_id or row.subject_id for row in world.rows)
    whole = sum(len(row.own_code) > 14 for row in world.rows)
    assert whole / rows == pytest.approx(0.12, abs=0.04)  # one in ten, and some with a wrong digit


def test_the_two_worlds_write_differently() -> None:
    coast, clans = small("coast", rows=600), small("clans", rows=600)
    assert not any(row.subject.isupper() for row in coast.written)
    assert any(row.subject.isupper() for row in clans.written)
    twice = Counter(dossier for dossier in clans.truth.values() if dossier)
    assert max(twice.values()) == 2  # in the sổ theo dõi and in the civil-status book
    assert max(Counter(d for d in coast.truth.values() if d).values()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_planted_rows_stand_beside_a_tempting_dossier(kind: str) -> None:
    world = planted(60, seed=1, kinds=(kind,))
    tempted = sum(
        any(
            dossier.key != world.truth[row.key] and alike(row, dossier)
            for dossier in world.dossiers
        )
        for row in world.written
    )
    # Of some the partner was never entered, of some the clerk hid the likeness.
    assert tempted > len(world.rows) / 2
    assert any(dossier is None for dossier in world.truth.values())


def alike(row: Claim, dossier: Claim) -> bool:
    """As near as a trap must be, whatever the clerk's hand did to one of the names."""
    same_day = row.birth_date[5:] == dossier.birth_date[5:] and row.applicant == dossier.applicant
    family = same_day or (row.birth_date == dossier.birth_date and row.unit[3:] in dossier.unit)
    return family or row.subject == dossier.subject
