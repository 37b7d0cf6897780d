"""Our linker on the invented worlds: ``python -m bench.measure_linking --world coast``.

Prints one line a world and seed; ``--explain`` adds the wrong and the missed by kind of mistake.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence

from bench.planted import planted
from bench.scoring import Answer, Score, score
from bench.worlds import BUILDERS, PRESETS, World, build
from reconcile.cases import Link, LinkState
from reconcile.claims import Claim
from reconcile.linking.linker import link
from reconcile.policy import Policy

HEAD = (
    f"{'world':16} seed {'autoP':>8} {'autoR':>7} {'+review':>8} {'review':>7} {'wrong':>5}"
    f" {'/million':>8} {'never':>5} {'seconds':>8} {'MiB':>6}"
)


def world_of(name: str, preset: str, seed: int, raw_legacy: float = 0.5) -> World:
    if name == "planted":
        return planted(10_000, seed)
    return build(name, preset, seed, raw_legacy=raw_legacy)


def answers_of(links: Sequence[Link]) -> list[Answer]:
    return [
        Answer(
            row=found.row,
            dossier=found.dossier if found.decision is not LinkState.NONE else None,
            sure=found.decision is LinkState.AUTO,
            also=(found.rival.dossier,) if found.rival else (),
        )
        for found in links
    ]


def measure(world: World) -> tuple[Score, list[Link], float]:
    gc.collect()
    started = time.perf_counter()
    links = link(world.claims, (), Policy())
    seconds = time.perf_counter() - started
    return score(world, answers_of(links)), links, seconds


def line(label: str, seed: int, result: Score, seconds: float) -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if sys.platform == "darwin" else 1024
    )
    return (
        f"{label:16} {seed:4} {result.precision:8.5f} {result.recall:7.4f}"
        f" {result.recall_with_review:8.4f} {result.review_share:7.4f} {result.wrong:5}"
        f" {result.wrong_per_million:8.0f} {result.never_linked:5} {seconds:8.2f} {peak:6.0f}"
    )


def explain(world: World, links: Sequence[Link], examples: int) -> None:
    """Which mistakes of the clerk stand behind the linker's own."""
    rows = {row.key: row for row in world.rows}
    dossiers = {dossier.key: dossier for dossier in world.dossiers}
    wrong, doubtful, missed = [], [], []
    for found in links:
        true = world.truth[found.row]
        if found.decision is LinkState.AUTO and found.dossier != true:
            wrong.append(found)
        elif found.decision is LinkState.REVIEW:
            doubtful.append(found)
        elif found.decision is LinkState.NONE and true is not None:
            missed.append(found)
    for title, group in (("wrong", wrong), ("review", doubtful), ("missed", missed)):
        print(f"== {title}: {len(group)}")
        print("   ", Counter(_situation(found, world, rows, dossiers) for found in group))
        kinds = Counter(slip for found in group for slip in world.noted[found.row])
        print("   ", kinds.most_common(12))
        for found in group[:examples]:
            row, true = rows[found.row], world.truth[found.row]
            rival = found.rival.dossier if found.rival else None
            print("   row  ", _brief(row), "|", row.register_type, world.noted[found.row])
            for what, key in (("true ", true), ("given", found.dossier), ("rival", rival)):
                if key:
                    print(f"   {what}", _brief(dossiers[key]))
            print("       ", found.method, f"{found.probability:.5f}", found.conflict)


def _situation(
    found: Link, world: World, rows: dict[str, Claim], dossiers: dict[str, Claim]
) -> str:
    """What stands beside the row: its own dossier or none, a twin, a namesake."""
    true = world.truth[found.row]
    own = "in software" if true else "never in software"
    others = {found.dossier, found.rival.dossier if found.rival else None} - {true, None}
    if not others:
        return f"{own}, alone"
    reference = dossiers[true] if true else rows[found.row]
    kinds = set()
    for key in others:
        other = dossiers[str(key)]
        same_birth = other.birth_date == reference.birth_date
        if same_birth and (other.mother == reference.mother or other.father == reference.father):
            kinds.add("twin")
        elif other.subject == reference.subject:
            kinds.add("namesake")
        else:
            kinds.add("other")
    return f"{own}, beside {'/'.join(sorted(kinds))}"


def _brief(claim: Claim) -> str:
    return " | ".join(
        str(part)
        for part in (
            claim.own_code,
            claim.subject,
            claim.birth_date,
            claim.death_date,
            "by",
            claim.applicant,
            claim.mother,
            claim.father,
            claim.received_on or claim.registered_on,
            claim.unit,
            claim.procedure,
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", choices=[*BUILDERS, "planted", "all"], default="all")
    parser.add_argument("--preset", choices=[*PRESETS, "all"], default="all")
    parser.add_argument("--seeds", default="1", help="such as 1,2,3")
    parser.add_argument("--raw-legacy", type=float, default=0.5)
    parser.add_argument("--explain", type=int, default=-1, metavar="EXAMPLES")
    chosen = parser.parse_args()
    presets = [*PRESETS] if chosen.preset == "all" else [chosen.preset]
    names = [*BUILDERS, "planted"] if chosen.world == "all" else [chosen.world]
    print(HEAD)
    for name in names:
        for preset in presets if name != "planted" else ["10000"]:
            for seed in map(int, chosen.seeds.split(",")):
                world = world_of(name, preset, seed, chosen.raw_legacy)
                result, links, seconds = measure(world)
                print(line(f"{name} {preset}", seed, result, seconds), flush=True)
                if chosen.explain >= 0:
                    explain(world, links, chosen.explain)


if __name__ == "__main__":
    main()
