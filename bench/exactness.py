"""P15: the same links to the byte, in any order, in parts, and decided by what changed.

``python -m bench.exactness`` prints the SHA-256 of the links of each way, and of the files that
runs of the product write on both databases. ``tests/worker/run/test_by_change.py`` does the latter
after each step of random histories.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import Connection, delete, update

from bench import families, measure_families
from bench.incremental import few_of
from bench.ours import policy
from bench.population import Size
from bench.report import Section, table
from bench.worlds import HARD, World, assemble
from reconcile.cases import Link
from reconcile.claims import Claim, Place, Snapshot
from reconcile.linking.by_people import by_people, score_pairs
from reconcile.linking.dossiers import dossiers
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Settled, link, link_all, merge
from reconcile.linking.scoring import joined
from reconcile.linking.storing import from_bytes, to_bytes
from reconcile.policy import Policy
from reconcile.scope import Scope
from tests.worker.conftest import pg_database, short_folder
from tests.worker.office import CONFIG, make
from tests.worker.servers import postgres
from worker.clock import StoppedClock
from worker.house import House, open_house
from worker.run import story
from worker.run.requests import Request
from worker.store import FileStanding
from worker.store.tables import prepared, run_contents

PARTS = (1, 2, 4, 8)
SEEDS = range(251, 256)
SIZE = 800
#: Of the worlds that whole runs decide, on two databases.
SMALL, LATE = 300, 9
TODAY, NOW = date(2024, 3, 31), datetime(2024, 3, 31, 1, tzinfo=UTC)
FILES = ("findings.jsonl", "links.jsonl", "statistics.json")
SOURCES = ("motcua", "so-giay")


def worlds(seed: int, size: int = SIZE) -> Iterator[tuple[str, World, Policy]]:
    preset = replace(HARD, dossiers=size, rows=size * 5 // 6)
    yield "coast hard", assemble("coast", "hard", seed, preset, Size(4, 200)), Policy()
    made = families.assemble("harsh", replace(families.HARSH, dossiers=size, units=6), seed)
    yield "families harsh", made, policy(measure_families.told(made))


def digest(links: Sequence[Link]) -> str:
    return hashlib.sha256("\n".join(map(repr, links)).encode()).hexdigest()


def in_parts(made: World, settings: Policy, parts: int) -> list[Link]:
    """The pairs of each part of the rows scored by themselves."""
    whole, known = link_all(made.claims, [], settings)
    ground, taken = known.ground, known.settled.places()
    scored = []
    for part in range(parts):
        at = np.arange(part, len(ground.rows), parts)
        found = score_pairs(ground.among(at), known.forbidden)
        scored.append(replace(found, row=at[found.row]))
    all_ = joined(scored)
    pairs = all_.at(np.lexsort((all_.dossier, all_.row)))
    found = by_people(ground, pairs, taken, settings.linking).links
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
    stored = from_bytes(b"".join(to_bytes(known)))
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


# The product, on both databases


def told(house: House, claims: Sequence[Claim], edition: str) -> None:
    """Take in these claims as the newest files of the office's two sources."""
    now = house.clock.now()
    for source in SOURCES:
        file = f"inbox/{source}/a.xlsx"
        mine = [
            replace(claim, places=(Place(file, "Trang1", row),))
            for row, claim in enumerate((one for one in claims if one.source == source), start=2)
        ]
        snapshot = Snapshot(
            source=source,
            role=mine[0].role,
            file=file,
            sha256=edition,
            fingerprint=edition,
            rows=len(mine),
            claims=tuple(mine),
        )
        house.store.claims.take_in(
            snapshot, at=now, on=house.clock.today(), word=FileStanding.REPLACED
        )


def files(house: House) -> tuple[str, str]:
    """The SHA-256 of what a run writes for machines, and how it decided."""
    with tempfile.TemporaryDirectory() as out:
        request = Request(Scope(TODAY), poll=False, formats=("json",), out=Path(out))
        run = story.run(house, request).contents.run
        content = b"".join((Path(out) / name).read_bytes() for name in FILES)
    return hashlib.sha256(content).hexdigest(), str(run.decided["by"])


def forget(house: House) -> None:
    """Nothing is left of what was decided before."""

    def act(connection: Connection) -> None:
        connection.execute(delete(prepared))
        connection.execute(update(run_contents).values(fingerprint=""))

    house.store.database.write(act)
    shutil.rmtree(house.settings.office.data_dir / "prepared", ignore_errors=True)


def of_product(made: World, url: str) -> tuple[str, str, str]:
    """How the last run decided, the digest of its files, and that of deciding all of it anew."""
    with tempfile.TemporaryDirectory() as folder:
        office = make(Path(folder), CONFIG + f'\n[database]\nurl = "{url}"\n')
        house = replace(open_house(office.config, {}), clock=StoppedClock(at=NOW))
        claims = [*made.dossiers, *made.rows]
        first = [one for at, one in enumerate(claims) if at % LATE]
        told(house, first, "1")
        files(house)
        told(house, [*first, *claims[::LATE]], "2")  # at the end: the others keep their places
        changed, by = files(house)
        forget(house)
        anew, _ = files(house)
        house.store.close()
    return by, changed, anew


def measure_product() -> list[list[str]]:
    lines = []
    with short_folder() as folder, postgres(folder) as server:
        for seed in SEEDS:
            for name, made, _ in worlds(seed, SMALL):
                with pg_database(server.url()) as url, tempfile.TemporaryDirectory() as place:
                    found = [of_product(made, one) for one in (f"sqlite:///{place}/a.db", url)]
                digests = {digest for _, *both in found for digest in both}
                equal = "all equal" if len(digests) == 1 else "DIFFERENT"
                if {by for by, *_ in found} != {"change"}:
                    equal += ", not by change"
                lines.append([name, str(seed), found[0][1][:16], equal])
                print(lines[-1], file=sys.stderr, flush=True)
    return lines


def section() -> Section:
    lines = [
        f"{SIZE} dossiers a world. SHA-256 of the links of a full run, and how many of nine other",
        "ways give the same: mixed order; pairs scored in 1, 2, 4, 8 parts; a half, a third, a",
        "fifth, a ninth of rows and dossiers taken in later, by change, through the stored bytes.",
        "",
        *table(["world", "seed", "SHA-256", "equal"], measure()),
        *of_files(),
    ]
    return Section("same-bytes", "P15: the same links, whatever the way", lines)


def of_files() -> list[str]:
    return [
        "",
        f"The product, {SMALL} dossiers a world: a run, then one in {LATE} of rows and dossiers",
        "more and a run by change, then the same decided anew. SHA-256 of findings.jsonl,",
        "links.jsonl and statistics.json, by change and anew, on SQLite and on PostgreSQL:",
        "",
        *table(["world", "seed", "SHA-256", "four ways"], measure_product()),
    ]


if __name__ == "__main__":
    print("\n".join(of_files() if "product" in sys.argv else section().lines))
