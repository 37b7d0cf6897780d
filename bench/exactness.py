"""P15: the same links to the byte, in any order, in parts, and decided by what changed.

``python -m bench.exactness`` prints the SHA-256 of the links of each way; findings and figures, and
both databases, are compared by ``tests/worker/run/test_by_change.py``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import numpy as np

from bench import families
from bench.incremental import few_of
from bench.measure_families import told
from bench.ours import policy
from bench.population import Size
from bench.report import Section, table
from bench.worlds import HARD, World, assemble
from reconcile.linking.by_people import by_people, score_pairs
from reconcile.linking.dossiers import dossiers
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Settled, link, link_all, merge
from reconcile.linking.scoring import together
from reconcile.linking.storing import from_bytes, to_bytes
from reconcile.links import Link
from reconcile.policy import Policy

PARTS = (1, 2, 4, 8)
SEEDS = range(251, 256)
SIZE = 800


def worlds(seed: int) -> Iterator[tuple[str, World, Policy]]:
    preset = replace(HARD, dossiers=SIZE, rows=SIZE * 5 // 6)
    yield "coast hard", assemble("coast", "hard", seed, preset, Size(4, 200)), Policy()
    made = families.assemble("harsh", replace(families.HARSH, dossiers=SIZE, units=6), seed)
    yield "families harsh", made, policy(told(made))


def digest(links: Sequence[Link]) -> str:
    return hashlib.sha256("\n".join(map(repr, links)).encode()).hexdigest()


def in_parts(made: World, settings: Policy, parts: int) -> list[Link]:
    """The pairs of each part of the rows scored by themselves."""
    whole, known = link_all(made.claims, [], settings)
    ground, taken = known.ground, known.ground.places(frozenset(known.settled.values()))
    scored = []
    for part in range(parts):
        at = np.arange(part, len(ground.rows), parts)
        some = ground.among(ground.rows.take(at), [ground.row_traces[row] for row in at.tolist()])
        scored.append(score_pairs(some, known.forbidden).renumbered(at))
    found = by_people(ground, together(scored), taken, settings.linking).links
    settled = Settled(contradicted=known.contradicted)
    now = {one.row: one for one in whole} | {one.row: one for one in merge(settled, found)}
    return [now[row] for row in sorted(now)]


def by_change(made: World, settings: Policy, parts: int) -> list[Link]:
    """One part of the rows and of the dossiers came after the others."""
    rows = {claim.key: claim for claim in made.rows}
    merged = dossiers(made.dossiers)
    late_rows = frozenset(sorted(rows)[:: parts + 1])
    late = frozenset(one.anchor for one in merged[:: parts + 1])
    early = [claim for one in merged if one.anchor not in late for claim in one.claims]
    old = [claim for key, claim in rows.items() if key not in late_rows]
    links, known = link_all([*early, *old], [], settings)
    stored = from_bytes(to_bytes(known))
    assert stored is not None
    by_anchor = few_of({one.anchor: one for one in merged})
    said = Answers.of([], merged)
    more = link_changed(stored, Changed(late_rows, late), few_of(rows), by_anchor, said, settings)
    now = {one.row: one for one in (*links, *more.links)}
    return [now[row] for row in sorted(now)]


def measure() -> list[list[str]]:
    lines = []
    for seed in SEEDS:
        for name, made, settings in worlds(seed):
            full = digest(link(made.claims, [], settings))
            mixed = Random(seed).sample(made.claims, len(made.claims))
            ways = [digest(link(mixed, [], settings))]
            ways += [digest(in_parts(made, settings, parts)) for parts in PARTS]
            ways += [digest(by_change(made, settings, parts)) for parts in PARTS]
            equal = sum(way == full for way in ways)
            lines.append([name, str(seed), full[:16], f"{equal} of {len(ways)}"])
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def section() -> Section:
    lines = [
        f"{SIZE} dossiers a world. SHA-256 of the links of a full run, and how many of nine other",
        "ways give the same: mixed order; pairs scored in 1, 2, 4, 8 parts; a half, a third, a",
        "fifth, a ninth of rows and dossiers taken in later, by change, through the stored bytes.",
        "",
        *table(["world", "seed", "SHA-256", "equal"], measure()),
    ]
    return Section("same-bytes", "P15: the same links, whatever the way", lines)


if __name__ == "__main__":
    measure()
