"""How often a wrong figure is certified: by the sequence, by a bound for one look, by 30 papers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from math import comb

from bench.report import Section, number, percent, table
from reconcile.figures import sampling

SIZE, HISTORIES, EVERY = 4917, 4000, 50
#: Seeds under which the two worlds around the margin are inspected to the end.
SEEDS = 2000
RISK = Fraction(1, 20)
ALLOWED = int(Fraction(1, 100) * SIZE)  # a point of the list
#: Where today's rule stops looking: so many papers, none of them wrong.
FEW = 30


def section() -> Section:
    """4,000 histories a case; every look is one at which one could stop and publish."""
    rows = []
    for wrong in (0, ALLOWED, ALLOWED + 1, ALLOWED + 10):
        rows.append([f"{wrong}", *_shares(wrong)])
    return Section(
        "checking",
        "The risk-limiting check: how often a figure is certified",
        [
            f"A list of {number(SIZE, 0)}, {number(HISTORIES, 0)} histories a line, a look every",
            f"{EVERY} papers until all are drawn; one side, risk {percent(float(RISK / 2))}.",
            f"More than {ALLOWED} wrong lie beyond the margin of a point: never to be certified.",
            "The last column is a rule without any bound: thirty papers, none wrong, published.",
            "",
            *table(
                [
                    "wrong in the list",
                    "sequence",
                    "papers, median",
                    "bound for one look",
                    "30 papers",
                ],
                rows,
            ),
            "",
            f"One world each with {ALLOWED} and {ALLOWED + 1} dossiers called in time that the",
            f"books call late, {number(SEEDS, 0)} seeds of twenty digits, papers in the order of",
            "the lots, looks as above and a last one at the whole list:",
            "",
            *table(
                ["planted", "certified before the whole list", "certified in the end", "refused"],
                [[f"{wrong}", *_worlds(wrong)] for wrong in (ALLOWED, ALLOWED + 1)],
            ),
        ],
    )


def _worlds(wrong: int) -> list[str]:
    """How many seeds certify a world with so many wrong dossiers."""
    keys = [f"motcua:H11.36-240104-{number:04}" for number in range(SIZE)]
    planted = frozenset(random.Random(SIZE).sample(keys, wrong))
    looks, allowed = (*range(EVERY, SIZE, EVERY), SIZE), _sequence()
    early, late = 0, 0
    for seed in range(SEEDS):
        lots = sampling.draw(keys, f"{seed:020}", SIZE)
        places = [at for at, key in enumerate(lots) if key in planted]
        at = _first(looks, allowed, places)
        early += at is not None and at < SIZE
        late += at is not None
    return [_part(early, SEEDS), _part(late, SEEDS), _part(SEEDS - late, SEEDS)]


def _shares(wrong: int) -> list[str]:
    looks = range(EVERY, SIZE + 1, EVERY)
    rng = random.Random(wrong)
    proven, once, few, papers = 0, 0, 0, []
    for _ in range(HISTORIES):
        places = sorted(rng.sample(range(SIZE), wrong))
        at = _first(looks, _sequence(), places)
        if at is not None:
            proven += 1
            papers.append(at)
        once += _first(looks, _fixed(), places) is not None
        few += not places or places[0] >= FEW
    median = number(sorted(papers)[len(papers) // 2], 0) if papers else "–"
    return [*(_share(proven), median), _share(once), _share(few)]


def _share(count: int) -> str:
    return _part(count, HISTORIES)


def _part(count: int, of: int) -> str:
    return f"{100 * count / of:.2f} %"


def _first(looks: Iterable[int], allowed: dict[int, int], places: list[int]) -> int | None:
    """The look at which it would be certified first; the last look sees all and proves itself."""
    found = 0
    for n in looks:
        while found < len(places) and places[found] < n:
            found += 1
        if found <= allowed[n]:
            return n
    return None


@cache
def _sequence() -> dict[int, int]:
    """Of each look, the most contradictions with which it is certified; -1: none."""
    needed = [
        sampling.papers_needed(SIZE, ALLOWED, found, RISK / 2) for found in range(ALLOWED + 1)
    ]
    looks = (*range(EVERY, SIZE, EVERY), SIZE)
    return {n: sum(one <= n for one in needed) - 1 for n in looks}


@cache
def _fixed() -> dict[int, int]:
    """The same by the usual bound for a sample of fixed size, as if one had looked once."""
    true, found = ALLOWED + 1, {}
    for n in range(EVERY, SIZE + 1, EVERY):
        limit = Fraction(comb(SIZE, n)) * RISK / 2
        ways, most = 0, -1
        while most < ALLOWED and (ways := ways + _ways(true, most + 1, n)) <= limit:
            most += 1
        found[n] = most
    return found


def _ways(true: int, found: int, drawn: int) -> int:
    return comb(true, found) * comb(SIZE - true, drawn - found)


if __name__ == "__main__":
    print("\n".join(section().lines))
