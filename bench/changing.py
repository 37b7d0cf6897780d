"""P17a: 100 changed claims of both sides in a province's year, from the end of the poll to files.

``python -m bench.changing`` makes the province of ``bench.province`` once and runs it cold; then it
changes 50 dossiers and 50 register rows in the store and decides in a new process.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench import province
from bench.memory import run_measured
from bench.report import Section, number, table
from reconcile.claims import Claim, Snapshot
from reconcile.scope import Scope
from worker.house import House, open_house
from worker.run import story
from worker.run.requests import Request

CHANGED = 100
FILES = ("findings.jsonl", "links.jsonl", "statistics.json")


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


def decide(folder: Path, out: Path) -> None:
    """Decide by what is known now, and write the files; in a process of its own."""
    house = _house(folder)
    started = time.perf_counter()
    asked = Request(scope=Scope(house.clock.today()), poll=False, formats=("json",), out=out)
    outcome = story.run(house, asked)
    seconds, worked = time.perf_counter() - started, time.process_time()
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = outcome.contents.run.decided
    print(json.dumps({"seconds": seconds, "cpu": worked, "mib": mib, "decided": told}))


def _decided(folder: Path, name: str) -> dict[str, object]:
    command = [sys.executable, "-m", "bench.changing", "decide", str(folder), str(folder / name)]
    usage = run_measured(command, cwd=Path(__file__).parent.parent, environ=dict(os.environ))
    return dict(json.loads(usage.stdout.splitlines()[-1]))


def measure(dossiers: int = 60_000, rows: int = 50_000) -> list[list[str]]:
    folder = province.make("third", dossiers, rows)
    province.forget(folder)
    lines = []

    def told(label: str, one: dict[str, object]) -> None:
        seconds, mib = float(str(one["seconds"])), float(str(one["mib"]))
        cpu = number(float(str(one["cpu"])), 1)
        decided = json.dumps(one["decided"])
        lines.append([label, number(seconds, 1), cpu, number(mib, 0), decided])
        print(lines[-1], file=sys.stderr, flush=True)

    cold = province.run(folder)
    lines.append(["cold, with reading", number(cold.usage.seconds, 1), "", "", ""])
    print(lines[-1], file=sys.stderr, flush=True)
    told("the standing scope, first", _decided(folder, "first"))
    count = change(folder)
    told(f"{count} claims changed", _decided(folder, "by-change"))
    for path in (folder / "data" / "prepared").iterdir():
        path.unlink()
    change(folder)
    told("everything, nothing prepared", _decided(folder, "in-full"))
    return lines


def section(dossiers: int = 60_000) -> Section:
    lines = [
        f"{dossiers:,} dossiers in the one-stop's export, the same in the portal's; seconds and",
        "memory of a new process from the end of the poll to findings, links and statistics.",
        "To reach: 3 s, 300 MiB.",
        "",
        *table(
            ["run", "s", "s of CPU, with start", "MiB", "decided"],
            measure(dossiers, dossiers * 5 // 6),
        ),
    ]
    return Section("changing", "P17a: what changed in a province's year", lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["decide"]:
        decide(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        measure(*map(int, sys.argv[1:]))
