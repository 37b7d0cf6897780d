"""The same links, field for field, in any order of input and in however many parts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest

from bench import families
from bench.incremental import few_of
from bench.measure_families import told
from bench.ours import policy
from bench.population import Size
from bench.worlds import HARD, World
from bench.worlds import assemble as assemble_registry
from reconcile import link
from reconcile.cases import Link
from reconcile.linking.by_people import by_people, score_pairs
from reconcile.linking.dossiers import dossiers
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Known, link_all
from reconcile.linking.scoring import joined
from reconcile.policy import Policy, SizeClass

WORLDS = ("clans", "families")
PARTS = (1, 2, 4, 8)


@cache
def world(name: str, size: int = 500, seed: int = 5) -> tuple[World, Policy]:
    if name == "families":
        chosen = replace(families.HARSH, dossiers=size, units=6)
        made = families.assemble("harsh", chosen, seed)
        return made, policy(told(made))
    preset = replace(HARD, dossiers=size, rows=size * 9 // 10)
    return assemble_registry(name, "hard", seed, preset, Size(units=6, days=300)), Policy()


@cache
def at_once(name: str) -> tuple[list[Link], Known]:
    made, settings = world(name)
    return link_all(made.claims, [], settings)


def in_parts(name: str, parts: int) -> list[Link]:
    """The links where the pairs of each part of the rows were scored apart."""
    _, settings = world(name)
    whole, known = at_once(name)
    ground = known.ground
    taken = known.settled.places()
    scored = []
    for part in range(parts):
        at = np.arange(part, len(ground.rows), parts)
        found = score_pairs(ground.among(at), known.forbidden)
        scored.append(replace(found, row=at[found.row]))
    all_ = joined(scored)
    pairs = all_.at(np.lexsort((all_.dossier, all_.row)))
    found = by_people(ground, pairs, taken, settings.linking).links
    again = {one.row: one for one in whole} | {
        # A code that is not believed adds its reason afterwards.
        one.row: one
        for one in found
        if one.row not in known.contradicted
    }
    return [again[row] for row in sorted(again)]


def in_two_goes(made: World, settings: Policy, parts: int) -> list[Link]:
    """The links where one part of the rows came after the others."""
    rows = {claim.key: claim for claim in made.rows}
    fresh = frozenset(sorted(rows)[::parts])
    merged = dossiers(made.dossiers)
    old = [claim for key, claim in rows.items() if key not in fresh]
    links, known = link_all([*made.dossiers, *old], [], settings, merged)
    by_anchor = few_of({one.anchor: one for one in merged})
    said = Answers.of([], merged)
    more = link_changed(known, Changed(fresh), few_of(rows), by_anchor, said, settings).links
    now = {one.row: one for one in (*links, *more)}
    return [now[row] for row in sorted(now)]


def in_another_order(made: World, settings: Policy, seed: int) -> list[Link]:
    return link(Random(seed).sample(made.claims, len(made.claims)), [], settings)


@pytest.mark.parametrize("name", WORLDS)
def test_the_order_of_the_claims_says_nothing(name):
    made, settings = world(name)
    whole, _ = at_once(name)
    assert any(one.reasons for one in whole)
    for seed in (1, 2):
        assert in_another_order(made, settings, seed) == whole


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("name", WORLDS)
def test_rows_scored_in_parts_are_linked_as_at_once(name, parts):
    assert in_parts(name, parts) == at_once(name)[0]


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("name", WORLDS)
def test_rows_that_came_later_are_linked_as_at_once(name, parts):
    made, settings = world(name)
    assert in_two_goes(made, settings, parts) == at_once(name)[0]


@pytest.mark.parametrize("name", WORLDS)
def test_how_the_weights_lie_in_memory_says_nothing(name):
    _, settings = world(name)
    whole, known = at_once(name)
    scored = score_pairs(known.ground, known.forbidden)
    strided = np.repeat(scored.weights, 2, axis=1)[:, ::2]
    taken = known.settled.places()
    laid = [
        by_people(known.ground, replace(scored, weights=weights), taken, settings.linking).links
        for weights in (scored.weights, np.asfortranarray(scored.weights), strided)
    ]
    assert laid[0] == laid[1] == laid[2]
    assert {one.row for one in laid[0]} <= {one.row for one in whole}


@pytest.mark.parametrize("size", SizeClass)
def test_the_odds_of_a_pair_are_a_whole_number_of_bits(size):
    assert size.prior == round(size.prior)


@pytest.mark.parametrize("name", WORLDS)
def test_weights_are_whole_4096ths_of_a_bit_so_their_sum_is_exact(name):
    _, known = at_once(name)
    grains = score_pairs(known.ground, known.forbidden).weights * np.float32(4096)
    assert grains.any()
    assert (grains == np.rint(grains)).all()
