"""P17: a few changed claims of both sides, from the end of the poll to files.

``python -m bench.changing`` makes the province of ``bench.province`` once and runs it cold; then it
changes dossiers and register rows in the store and decides in a new process.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import province
from bench.memory import peak_mib, run_measured
from bench.report import Section, number, table
from reconcile.claims import Claim, Snapshot
from reconcile.scope import Scope
from worker.house import House, open_house
from worker.run import story
from worker.run.requests import Request

CHANGED = 100
FILES = ("findings.jsonl", "links.jsonl", "statistics.json")
COLUMNS = ["run", "s", "s of CPU, with start", "MiB", "decided"]


def _house(folder: Path) -> House:
    return open_house(folder / "doisoat.toml", os.environ)


def change(folder: Path, count: int = CHANGED) -> int:
    """Change so many dossiers and rows, half of each, as their files would tell it."""
    house, each = _house(folder), count // 2
    claims = house.store.readings.claims()
    rows = [one for one in claims if one.is_row]
    software = [one for one in claims if not one.is_row and one.source == "motcua"]
    picked = [one for side in (rows, software) for one in side[:: len(side) // each][:each]]
    new = {one.key: _otherwise(one) for one in picked}
    by_file: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for one in claims:
        by_file[one.source, one.places[0].file].append(one)
    touched = {(one.source, one.places[0].file) for one in picked}
    for source, file in sorted(touched):
        told = tuple(new.get(one.key, one) for one in by_file[source, file])
        known = next(one for one in house.store.readings.files(source) if one.path == file)
        snapshot = Snapshot(
            source=source,
            role=told[0].role,
            file=file,
            sha256=f"changed {known.sha256}",
            fingerprint=f"changed {known.fingerprint}",
            rows=len(told),
            claims=told,
            covers_from=known.covers_from,
            covers_to=known.covers_to,
        )
        house.store.claims.take_in(snapshot, at=house.clock.now(), on=house.clock.today())
    house.store.close()
    return len(picked)


def _otherwise(one: Claim) -> Claim:
    """Returned a day later; the mother's name as another clerk would write it."""
    day = one.returned_on + timedelta(days=1) if one.returned_on else None
    return replace(one, returned_on=day, mother=one.mother.upper(), note=one.note + "đã sửa")


def decide(folder: Path, out: Path, *, whole: bool) -> None:
    """Decide by what is known now, ``whole`` of everything, and write the files."""
    house = _house(folder)
    started = time.perf_counter()
    scope = Scope(house.clock.today())
    asked = Request(scope=scope, poll=False, sweep=whole, formats=("json",), out=out)
    outcome = story.run(house, asked)
    seconds, worked = time.perf_counter() - started, time.process_time()
    mib = peak_mib()
    told = outcome.contents.run.decided
    print(json.dumps({"seconds": seconds, "cpu": worked, "mib": mib, "decided": told}))


def _decided(folder: Path, name: str, how: str = "decide") -> dict[str, object]:
    """As ``decide``, in a process of its own; what it tells."""
    command = [sys.executable, "-m", "bench.changing", how, str(folder), str(folder / name)]
    usage = run_measured(command, cwd=Path(__file__).parent.parent, environ=dict(os.environ))
    return dict(json.loads(usage.stdout.splitlines()[-1]))


def measure(
    dossiers: int = 60_000, rows: int = 50_000, years: int = 1, changed: int = CHANGED
) -> list[list[str]]:
    """A line for each run: cold with reading, nothing changed, a few changed, everything anew."""
    folder = province.make("third", dossiers, rows, years=years)
    province.forget(folder)
    lines = []

    def told(label: str, one: dict[str, object]) -> None:
        seconds, mib = float(str(one["seconds"])), float(str(one["mib"]))
        cpu = number(float(str(one["cpu"])), 1)
        decided = json.dumps(one["decided"])
        lines.append([label, number(seconds, 1), cpu, number(mib, 0), decided])
        print(lines[-1], file=sys.stderr, flush=True)

    cold = province.run(folder)
    cost = number(cold.usage.seconds, 1), "", number(cold.usage.peak_mib, 0)
    lines.append(["cold, with reading", *cost, ""])
    print(lines[-1], province.describe("", cold), file=sys.stderr, flush=True)
    _decided(folder, "first")
    told("nothing changed", _decided(folder, "nothing"))
    count = change(folder, changed)
    told(f"{count:,} claims changed", _decided(folder, "by-change"))
    for path in (folder / "data" / "prepared").iterdir():
        path.unlink()
    told("everything, nothing prepared", _decided(folder, "in-full", "whole"))
    both = folder / "by-change", folder / "in-full"
    same = [len({_sha256(one / name) for one in both}) == 1 for name in FILES]
    lines[-1][-1] += f"; SHA-256 as by change: {sum(same)} of {len(same)} files"
    return lines


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def section(dossiers: int = 60_000) -> Section:
    """P17a."""
    lines = [
        f"{dossiers:,} dossiers in the one-stop's export, the same in the portal's; seconds and",
        "memory of a new process from the end of the poll to findings, links and statistics.",
        "To reach: 3 s, 300 MiB.",
        "",
        *table(COLUMNS, measure(dossiers, dossiers * 5 // 6)),
    ]
    return Section("changing", "P17a: what changed in a province's year", lines)


def five_years(dossiers: int = 350_000) -> Section:
    """P17b."""
    lines = [
        f"{dossiers:,} dossiers in the one-stop's export, the same in the portal's, and 292,000",
        "register rows: 992,000 claims of 124 communes over five years. Otherwise as P17a.",
        "To reach: 1,000 changed in 10 s, nothing changed in 3 s, cold in 30 min and 1.5 GB.",
        "",
        *table(COLUMNS, measure(dossiers, dossiers * 5 // 6, 5, 1_000)),
    ]
    return Section("five-years", "P17b: what changed in a million claims", lines)


if __name__ == "__main__":
    if sys.argv[1:2] in (["decide"], ["whole"]):
        decide(Path(sys.argv[2]), Path(sys.argv[3]), whole=sys.argv[1] == "whole")
    else:
        measure(*map(int, sys.argv[1:]))
