"""``python -m bench.run [name…]``: measure, and write bench/RESULTS.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from bench import (
    asking,
    changing,
    checking,
    draining,
    exactness,
    families_linking,
    febrl_linking,
    incremental,
    ingest,
    linking,
    long_polls,
    million_linking,
    pages,
    polling,
    province,
    workbook,
)
from bench.families import PROFILES
from bench.report import Section, put

SEED = 11
BENCHES: dict[str, Callable[[argparse.Namespace], Section]] = {
    "planted": lambda chosen: linking.planted(chosen.seed or SEED),
    "seeds": lambda chosen: linking.seeds(chosen.seed or SEED),
    "linking": lambda chosen: linking.linking(chosen.rounds, chosen.seed or SEED),
    "families": lambda chosen: families_linking.section(
        chosen.profile, chosen.seed or families_linking.SEED, chosen.rounds
    ),
    "febrl": lambda chosen: febrl_linking.section(chosen.rounds),
    "million": lambda chosen: million_linking.section(min(chosen.rounds, 3)),
    "incremental": lambda chosen: incremental.section(chosen.rounds),
    "register": lambda chosen: ingest.section(chosen.rounds),
    "polling": lambda chosen: polling.section(chosen.rounds),
    "long-polls": lambda _chosen: long_polls.through(),
    "side-by-side": lambda _chosen: long_polls.beside(),
    "province": lambda chosen: province.section(chosen.rounds),
    "draining": lambda _chosen: draining.section(),
    "growth": lambda _chosen: province.growth(),
    "same-bytes": lambda _chosen: exactness.section(),
    "changing": lambda _chosen: changing.section(),
    "five-years": lambda _chosen: changing.five_years(),
    "asking": lambda _chosen: asking.section(),
    "pages": lambda _chosen: pages.section(),
    "checking": lambda _chosen: checking.section(),
    "workbook": lambda chosen: workbook.section(chosen.rounds),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, help="default: 11, families 231")
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all", help="of families")
    parser.add_argument("--note", default="", help="such as 'preliminary: other work was going on'")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(BENCHES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    for name in chosen.names or BENCHES:
        started = time.perf_counter()
        print(f"{name} …", file=sys.stderr)
        put(BENCHES[name](chosen), chosen.note)
        print(f"{name} done in {time.perf_counter() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
