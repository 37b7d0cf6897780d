"""P4: 1,000 fresh rows against 60,000 known dossiers, with loading, and the same as a full run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from bench.population import Size
from bench.report import Section, number, table
from bench.worlds import EASY, HARD, Preset, assemble
from reconcile.linking.dossiers import dossiers
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, link, link_all
from reconcile.linking.storing import from_bytes, to_bytes
from reconcile.policy import Policy

FRESH = 1_000


T = TypeVar("T")


def few_of(known: Mapping[str, T]) -> Callable[[Collection[str]], dict[str, T]]:
    """Of some keys what is known of them: how linking asks."""
    return lambda keys: {key: known[key] for key in keys if key in known}


def measure(rounds: int, known: int, preset: str) -> list[str]:
    """One line: how long fresh rows take, how large what is kept, and whether all agrees."""
    mistakes = (HARD if preset == "hard" else EASY).mistakes
    chosen = Preset(known, known * 5 // 6, mistakes)
    world = assemble("coast", preset, 21, chosen, Size(124, 366))
    # Spread over the province: neighbours in the list are neighbours in a commune.
    step = len(world.rows) // FRESH
    fresh = world.rows[::step][:FRESH]
    picked = {row.key for row in fresh}
    old = [row for row in world.rows if row.key not in picked]
    before, kept = link_all([*world.dossiers, *old], (), Policy())
    stored = b"".join(to_bytes(kept))
    merged = dossiers(world.dossiers)
    by_anchor = {one.anchor: one for one in merged}
    rows = {row.key: row for row in world.rows}
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        again = from_bytes(stored)
        assert again is not None
        said = Answers.of((), merged)
        changed = link_changed(
            again, Changed(frozenset(picked)), few_of(rows), few_of(by_anchor), said, Policy()
        ).links
        seconds.append(time.perf_counter() - started)
    started = time.perf_counter()
    full = link(world.claims, (), Policy())
    whole = time.perf_counter() - started
    now = {found.row: found for found in before} | {found.row: found for found in changed}
    agrees = [now[row] for row in sorted(now)] == full
    median = statistics.median(seconds)
    return [
        f"{preset}, {known:,} dossiers, {len(old):,} rows",
        f"{number(median, 2)} ({number(min(seconds), 2)}-{number(max(seconds), 2)})",
        number(whole, 1),
        number(len(stored) / 2**20, 1),
        str(len(changed)),
        "yes" if agrees else "**NO**",
    ]


def section(rounds: int) -> Section:
    rows = [measure(rounds, 60_000, preset) for preset in ("easy", "hard")]
    lines = [
        f"{FRESH:,} fresh rows; loading what is kept is counted. To reach: 1 s, identical.",
        "",
        *table(
            ["known", "s", "full run, s", "kept, MiB", "rows decided anew", "identical"],
            rows,
        ),
    ]
    return Section("incremental", "P4: fresh rows against what is known", lines)
