"""Our linker on the families' world: ``python -m bench.measure_families --profile harsh``.

Prints one line a world and seed, then the wrong links by kind; ``--explain N`` adds N examples of
each. Seeds 201 to 205 are for tuning; a seed that was explained once gives no more figures.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.families import PROFILES, FamilyWorld, build
from bench.family_office import Owner
from bench.kinds import Counted, Wrong, count
from bench.measure_linking import answers_of
from bench.oracle import Oracle
from bench.ours import policy
from reconcile.cases import Link
from reconcile.claims import Claim
from reconcile.linking.linker import link

HEAD = (
    f"{'world':16} seed {'autoP':>8} {'autoR':>7} {'+review':>8} {'review':>7} {'wrong':>5}"
    f" {'tell':>5} {'/M told':>8} {'/M not':>7} {'traps':>10} {'/M':>6} {'seconds':>8}"
)


def told(world: FamilyWorld) -> dict[str, str]:
    """Whom each unit's export calls the owner, in the words of the product's setting."""
    words = {Owner.SUBJECT: "subject", Owner.MIXED: "mixed"}
    return {unit: words.get(owner, "applicant") for unit, owner in world.owners.items()}


def measure(
    world: FamilyWorld, oracle: Oracle | None = None, *, tell: bool = True
) -> tuple[Counted, list[Link], float]:
    gc.collect()
    settings = policy(told(world) if tell else {})
    started = time.perf_counter()
    links = link(world.claims, (), settings)
    seconds = time.perf_counter() - started
    return count(world, answers_of(links), oracle), links, seconds


def put_right(world: FamilyWorld) -> FamilyWorld:
    """The same world after a careful user: fonts, Telex, titles, columns, years in two digits."""
    return replace(world, rows=world.written)


def line(label: str, seed: int, found: Counted, seconds: float) -> str:
    result = found.score
    told, not_told = found.per_million
    return (
        f"{label:16} {seed:4} {result.precision:8.5f} {result.recall:7.4f}"
        f" {result.recall_with_review:8.4f} {result.review_share:7.4f} {result.wrong:5}"
        f" {found.tellable:5} {told:8.0f} {not_told:7.0f}"
        f" {f'{found.traps_taken} of {found.traps}':>10} {found.traps_per_million:6.0f}"
        f" {seconds:8.2f}"
    )


def explain(world: FamilyWorld, found: Counted, links: Sequence[Link], examples: int) -> None:
    """Wrong links by kind, the doubtful and the missed by what stands behind them."""
    rows = {claim.key: claim for claim in world.rows}
    dossiers = {claim.key: claim for claim in world.dossiers}
    by_row = {one.row: one for one in links}
    kinds = Counter((one.kind, one.tellable) for one in found.wrong)
    for (kind, tells), number in kinds.most_common():
        print(f"  wrong {number:5}  {kind}{'' if tells else ' (nobody could tell)'}")
        chosen = [one for one in found.wrong if (one.kind, one.tellable) == (kind, tells)]
        for one in chosen[:examples]:
            _show(world, one, rows, dossiers, by_row)
    for title, counted in (("review", found.reviews), ("missed", found.missed)):
        for what, number in counted.most_common(12):
            print(f"  {title} {number:5}  {what}")
    if examples > 0:
        _slips(world, links)


def _show(
    world: FamilyWorld,
    one: Wrong,
    rows: dict[str, Claim],
    dossiers: dict[str, Claim],
    by_row: dict[str, Link],
) -> None:
    found, true = by_row[one.row], world.truth[one.row]
    print("     row  ", _brief(rows[one.row]), "|", world.noted[one.row], found.method.value)
    if true:
        print("     true ", _brief(dossiers[true]))
    print("     given", _brief(dossiers[one.dossier]), "| status", dossiers[one.dossier].status)


def _slips(world: FamilyWorld, links: Sequence[Link]) -> None:
    """Which mistakes of clerks stand in the rows that were not linked, against in all rows."""
    every = Counter(slip for slips in world.noted.values() for slip in slips)
    asked = Counter(
        slip for one in links if one.decision.value != "auto" for slip in world.noted[one.row]
    )
    for slip, number in asked.most_common(16):
        print(f"  not linked {number:5} of {every[slip]:5}  {slip}")


def _brief(claim: Claim) -> str:
    people = (claim.subject, claim.birth_date, claim.death_date, "by", claim.applicant)
    parents = (claim.mother, claim.father, claim.received_on or claim.registered_on)
    return " | ".join(
        str(part or "–")
        for part in (claim.own_code, *people, *parents, claim.unit, claim.procedure.value)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--seed", "--seeds", dest="seeds", default="201", help="such as 201,202")
    parser.add_argument("--clean", action="store_true", help="the rows as a careful user has them")
    parser.add_argument("--untold", action="store_true", help="not whom an export calls the owner")
    parser.add_argument("--oracle", action="store_true", help="count the rows that tell too little")
    parser.add_argument("--explain", type=int, default=0, metavar="EXAMPLES")
    chosen = parser.parse_args()
    made: Callable[[FamilyWorld], FamilyWorld] = put_right if chosen.clean else lambda world: world
    print(HEAD)
    for profile in [*PROFILES] if chosen.profile == "all" else [chosen.profile]:
        for seed in map(int, chosen.seeds.split(",")):
            world = made(build(profile, seed))
            found, links, seconds = measure(world, tell=not chosen.untold)
            print(line(f"families {profile}", seed, found, seconds), flush=True)
            explain(world, found, links, chosen.explain)
            if chosen.oracle:
                oracle = Oracle(world)
                doubtful = [row for row in world.truth if oracle.cannot_tell(row)]
                linkable = sum(world.truth[row] is not None for row in doubtful)
                print(f"  rows that nobody could tell: {len(doubtful)}, {linkable} with a dossier")


if __name__ == "__main__":
    main()
