"""How linking grows: pairs a row, true pairs that no key meets, seconds and memory.

``python -m bench.keys years`` holds ten years of an office against one, ``sizes`` larger offices
against smaller ones, ``met FILE`` writes the true pairs that the keys meet in several worlds, and
``lost FILE`` counts those of them that the keys of now do not meet (so the one is run on a tree as
it was before, the other on the tree as it is).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench import families
from bench.measure_families import told
from bench.measure_linking import answers_of, world_of
from bench.ours import policy
from bench.population import Size
from bench.report import number
from bench.scoring import score
from bench.worlds import HARD, World, assemble
from reconcile.linking import candidates
from reconcile.linking.by_people import by_people, score_pairs
from reconcile.linking.columns import Side
from reconcile.linking.dossiers import dossiers
from reconcile.linking.lexicon import NameParts
from reconcile.linking.linker import Known, Settled, link_all, merge
from reconcile.policy import Policy, SizeClass

SEED = 251
SIZES = (10_000, 30_000, 60_000, 200_000)
COMMUNES = 124
WORLDS = [(name, preset) for name in ("coast", "clans") for preset in ("hard", "bare")]
WORLDS += [("scans", "hard"), ("planted", "10000"), ("families", "mild"), ("families", "harsh")]


def hard(name: str, size: int, units: int, days: int, seed: int) -> World:
    chosen = replace(HARD, dossiers=size, rows=size * 5 // 6)
    return assemble(name, "hard", seed, chosen, Size(units, days))


def worlds(seed: int) -> Iterator[tuple[str, World, Policy]]:
    for name, preset in WORLDS:
        if name == "families":
            made = families.build(preset, seed)
            yield f"{name} {preset}", made, policy(told(made))
        else:
            yield f"{name} {preset}", world_of(name, preset, seed), Policy()


def known_of(made: World, settings: Policy) -> Known:
    """The open rows and the dossiers, as linking has them."""
    return link_all(made.claims, (), settings)[1]


def by_key(rows: Side, known: Side, parts: NameParts) -> list[int]:
    """How many pairs each kind of key brings, in the order of the keys."""
    counts = []
    both = zip(
        candidates.keys_of(rows, parts, True), candidates.keys_of(known, parts, False), strict=True
    )
    for ours, theirs in both:
        row, dossier = candidates.sharing(ours, theirs)
        together = candidates.once(row.astype(np.int64) * len(known) + dossier)
        row, dossier = together // len(known), together % len(known)
        counts.append(int(candidates.of_one_class(rows.event[row], known.event[dossier]).sum()))
    return counts


def met(made: World, settings: Policy) -> set[tuple[str, str]]:
    """The true pairs of open rows that some key brings together."""
    ground = known_of(made, settings).ground
    anchor = {claim.key: one.anchor for one in dossiers(made.dossiers) for claim in one.claims}
    row, dossier = candidates.pairs(ground.rows, ground.dossiers, ground.lexicon.parts())
    there = zip(row.tolist(), dossier.tolist(), strict=True)
    pairs = ((ground.rows.keys[a], ground.dossiers.keys[b]) for a, b in there)
    truth = {row: anchor[true] for row, true in made.truth.items() if true is not None}
    return {(row, dossier) for row, dossier in pairs if truth.get(row) == dossier}


def write_met(path: Path, seed: int) -> None:
    found = {}
    for name, made, settings in worlds(seed):
        found[name] = sorted(met(made, settings))
        print(f"{name} {seed}: {len(found[name]):,} true pairs met", flush=True)
    path.write_text(json.dumps(found), encoding="utf-8")


def lost(path: Path, seed: int) -> None:
    before = {
        name: {(row, dossier) for row, dossier in pairs}
        for name, pairs in json.loads(path.read_text(encoding="utf-8")).items()
    }
    for name, made, settings in worlds(seed):
        now = met(made, settings)
        gone = len(before[name] - now)
        print(f"{name} {seed}: {len(before[name]):,} met before, {gone} lost", flush=True)


def years(seed: int, a_year: int = 4_000) -> None:
    """Pairs a row, all and by kind of key, in one year and in ten."""
    for name in ("coast", "clans"):
        rows = []
        for count in (1, 10):
            made = hard(name, a_year * count, 20, 365 * count, seed)
            ground = known_of(made, Policy()).ground
            sides = ground.rows, ground.dossiers, ground.lexicon.parts()
            pairs = len(candidates.pairs(*sides)[0])
            rows.append([count_ / len(ground.rows) for count_ in (pairs, *by_key(*sides))])
        one, ten = rows
        print(f"{name} {seed}: {one[0]:.3f} and {ten[0]:.3f} pairs a row: {ten[0] / one[0]:.3f}")
        print("  by key:", ", ".join(f"{a:.2f} {b:.2f}" for a, b in zip(one, ten, strict=True)))


def size(name: str, dossiers_: int, seed: int, days: int = 366) -> None:
    """One line: what linking an office of this size costs, and wrong links by size class."""
    made = hard(name, dossiers_, min(COMMUNES, max(5, dossiers_ // 480)), days, seed)
    before, started = _peak(), time.process_time()
    known = known_of(made, Policy())
    seconds, peak = time.process_time() - started, _peak()
    taken = known.settled.places()
    scored = score_pairs(known.ground, known.forbidden)
    pairs, settled = len(scored.row) / len(known.ground.rows), Settled()
    print(
        f"{name} {dossiers_:,} dossiers, {days} days: {number(seconds, 1)} s of a processor,"
        f" {number(peak, 0)} MiB ({number(before, 0)} with the claims alone), {pairs:.2f} pairs",
        flush=True,
    )
    for class_ in SizeClass:
        linking = replace(Policy().linking, size=class_)
        links = by_people(known.ground, replace(scored, prior=class_.prior), taken, linking).links
        found = score(made, answers_of(merge(settled, links)))
        print(
            f"  {class_}: {found.wrong} wrong of {found.auto:,} linked by people"
            f" ({found.wrong_per_million:.0f} per million), review {found.review:,}",
            flush=True,
        )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    what, *rest = sys.argv[1:]
    seed = int(os.environ.get("SEED", SEED))
    if what == "years":
        years(seed)
    elif what == "met":
        write_met(Path(rest[0]), seed)
    elif what == "lost":
        lost(Path(rest[0]), seed)
    elif what == "size":
        size("coast", int(rest[0]), seed, int(rest[1]) if rest[1:] else 366)
    else:  # each in a process of its own, so that memory is its own
        for one in SIZES:
            subprocess.run([sys.executable, "-m", "bench.keys", "size", str(one)], check=True)


if __name__ == "__main__":
    main()
