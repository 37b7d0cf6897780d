"""Fresh rows against what is known: the same links as a full run."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import pytest

from bench.planted import planted
from bench.population import Size
from bench.worlds import HARD, assemble
from reconcile import link
from reconcile.linking.dossiers import dossiers
from reconcile.linking.fragments import Fragments, Traces
from reconcile.linking.incremental import link_more
from reconcile.linking.linker import link_all
from reconcile.linking.storing import from_bytes, to_bytes
from reconcile.links import Answer, LinkState
from reconcile.policy import Policy

WORLD = planted(300, seed=21)
POLICY = Policy()
DOSSIERS = {dossier.anchor: dossier for dossier in dossiers(WORLD.dossiers)}


def _dossiers_of(anchors):
    return [DOSSIERS[anchor] for anchor in anchors]


def _in_two_goes(fresh_keys, answers=()):
    """Links of a full run without the fresh rows, then brought up to date with them."""
    old = [row for row in WORLD.rows if row.key not in fresh_keys]
    fresh = [row for row in WORLD.rows if row.key in fresh_keys]
    links, known = link_all([*WORLD.dossiers, *old], [], POLICY)
    stored = from_bytes(to_bytes(known))
    more = link_more(stored, fresh, _dossiers_of, answers, POLICY)
    merged = {found.row: found for found in [*links, *more]}
    return [merged[key] for key in sorted(merged)], more


@pytest.mark.parametrize("start", range(4))
def test_two_goes_give_the_links_of_one(start):
    fresh = {row.key for row in WORLD.rows[start::4]}
    assert _in_two_goes(fresh)[0] == link(WORLD.claims, [], POLICY)


@pytest.mark.parametrize("name", ["coast", "clans"])
def test_two_goes_in_the_hard_registries(name):
    """Damaged codes, conflicts, couples, rows in both books: all that a fresh row may meet."""
    chosen = replace(HARD, dossiers=900, rows=800, mistakes=replace(HARD.mistakes, no_code=0.5))
    world = assemble(name, "hard", 31, chosen, Size(units=3, days=200))
    merged = {dossier.anchor: dossier for dossier in dossiers(world.dossiers)}
    fresh = [row for row in world.rows if int(row.key[-6:-2], 16) % 3 == 0]
    keys = {row.key for row in fresh}
    old = [row for row in world.rows if row.key not in keys]
    links, known = link_all([*world.dossiers, *old], [], POLICY)
    stored = from_bytes(to_bytes(known))
    more = link_more(stored, fresh, lambda found: [merged[key] for key in found], [], POLICY)
    now = {found.row: found for found in [*links, *more]}
    assert [now[key] for key in sorted(now)] == link(world.claims, [], POLICY)


def test_codes_whose_checksums_clash_are_told_apart():
    """The well-known clash of CRC-32: it costs a comparison and adds nothing."""
    one, other = "plumless", "buckeroo"
    assert crc32(one.encode()) == crc32(other.encode())
    traces = Traces([f"\x1d\x1d{one}", f"\x1d\x1d{other}"])
    assert sorted(traces.bearing([one])) == [(0, 0), (0, 1)]
    assert Fragments(traces).clues([(7, f"\x1d\x1d{one}")]).number == {(7, 0)}


def test_one_fresh_row_touches_few():
    _, more = _in_two_goes({WORLD.rows[0].key})
    assert 1 <= len(more) < len(WORLD.rows) / 4


def test_an_answer_on_a_fresh_row_counts():
    whole = link(WORLD.claims, [], POLICY)
    doubt = next(found for found in whole if found.decision is LinkState.REVIEW)
    yes = Answer(doubt.row, doubt.dossier, same=True, by="vt", on="2024-04-01")
    both, _ = _in_two_goes({doubt.row}, [yes])
    assert both == link(WORLD.claims, [yes], POLICY)


def test_bytes_of_another_version_are_refused(monkeypatch):
    _, known = link_all(WORLD.claims, [], POLICY)
    data = to_bytes(known)
    monkeypatch.setattr("reconcile.linking.storing.FORMAT", "0 another table")
    assert from_bytes(data) is None
