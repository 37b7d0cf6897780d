"""P6: a province's year from files to report, cold and once more with nothing changed.

``python -m bench.province`` makes the files once (in ``bench/out``) and runs the command line on
them. Variants: ``third`` (a third of the rows without a code) and ``coded`` (every row has one).
"""

from __future__ import annotations

import argparse
import compileall
import json
import shutil
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.files import write_world
from bench.memory import Usage, run_measured
from bench.population import Size
from bench.report import Section, number, put, table
from bench.worlds import EASY, HARD, Mistakes, Preset, assemble

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parent.parent
COMMUNES = 124
SIZES = ((10_000, 1), (30_000, 1), (60_000, 1), (200_000, 1), (200_000, 10))
#: Tables in which a run with nothing new must write nothing.
COUNTED = {"claim", "link", "change", "discrepancy", "status_step", "answer", "mail", "outbox"}
VARIANTS: Mapping[str, tuple[Mistakes, float | None]] = {
    "third": (EASY.mistakes, None),
    "coded": (Mistakes(no_code=0.0, no_id=0.4, one_slip=0.1), 1.0),
    "hard": (HARD.mistakes, None),
}


@dataclass(frozen=True)
class Outcome:
    """One run of the command line."""

    usage: Usage
    run: dict[str, object]  # run.json
    right: int = 0
    wrong: int = 0
    review: int = 0
    missed: int = 0


def folder_of(variant: str, dossiers: int, seed: int, years: int = 1) -> Path:
    return OUT / f"province-{variant}-{dossiers}-{seed}{f'-{years}' if years > 1 else ''}"


def make(
    variant: str, dossiers: int = 60_000, rows: int = 50_000, seed: int = 1, years: int = 1
) -> Path:
    """The files of one variant, made once."""
    folder = folder_of(variant, dossiers, seed, years)
    if (folder / "truth.json").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    mistakes, tracking = VARIANTS[variant]
    preset = Preset(dossiers, rows, mistakes)
    communes = min(COMMUNES, max(5, dossiers // years // 480))
    habits = "hard" if variant == "hard" else "easy"
    world = assemble("coast", habits, seed, preset, Size(communes, 366 * years), tracking=tracking)
    write_world(world, folder)
    return folder


def forget(folder: Path) -> None:
    """Back to the day before the first run; the input files stay."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    shutil.rmtree(folder / "out", ignore_errors=True)
    # As installed: compiled before the first run, not in it.
    for house in ("config", "connectors", "reconcile", "worker"):
        compileall.compile_dir(ROOT / house, quiet=2)


def run(folder: Path, *options: str) -> Outcome:
    """``doisoat run`` as an operator starts it, measured from outside."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    program = str(Path(sys.executable).with_name("doisoat"))
    command = [program, "run", "--json", "--out", str(out), *options]
    usage = run_measured(command, cwd=folder)
    if usage.exit_code not in (0, 3):
        raise SystemExit(f"doisoat run ended with {usage.exit_code}:\n{usage.stderr[-4000:]}")
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return _checked(folder, out, Outcome(usage, told))


def _checked(folder: Path, out: Path, outcome: Outcome) -> Outcome:
    """The links against the truth that was written beside the files."""
    truth = {
        (file, sheet, row): code
        for file, sheet, row, code in json.loads(
            (folder / "truth.json").read_text(encoding="utf-8")
        )
    }
    counts = {"right": 0, "wrong": 0, "review": 0, "missed": 0}
    with (out / "links.jsonl").open(encoding="utf-8") as lines:
        for text in lines:
            link = json.loads(text)
            place = link["register"]
            true = truth[place["file"], place["sheet"], place["row"]]
            given = link["dossier"]["code"] if link["dossier"] else None
            if link["decision"] == "auto":
                counts["right" if given == true else "wrong"] += 1
            elif link["decision"] == "review":
                counts["review"] += 1
            elif true:
                counts["missed"] += 1
    return Outcome(outcome.usage, outcome.run, **counts)


def count_writes(folder: Path) -> None:
    """From now on the database counts every write of a row, even one that changes nothing."""
    with closing(sqlite3.connect(folder / "data" / "doisoat.db")) as base, base:
        there = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
        base.execute("CREATE TABLE bench_writes (name TEXT)")
        for name in COUNTED & there:
            for what in ("INSERT", "UPDATE", "DELETE"):
                base.execute(
                    f'CREATE TRIGGER bench_{name}_{what} AFTER {what} ON "{name}" BEGIN'
                    f" INSERT INTO bench_writes VALUES ('{name}'); END"
                )


def writes(folder: Path) -> dict[str, int]:
    """Rows written since, by table."""
    with closing(sqlite3.connect(folder / "data" / "doisoat.db")) as base:
        return dict(base.execute("SELECT name, count(*) FROM bench_writes GROUP BY name"))


def describe(label: str, outcome: Outcome) -> str:
    usage = outcome.usage
    return (
        f"{label:24} {usage.seconds:7.1f} s {usage.peak_mib:7.0f} MiB  right {outcome.right}"
        f" wrong {outcome.wrong} review {outcome.review} missed {outcome.missed}"
    )


def section(rounds: int, variants: Sequence[str] = ()) -> Section:
    """P6 in both variants, and the growth of its time and memory (P12)."""
    rows = []
    before = plain_loop()
    for variant in variants or VARIANTS:
        folder = make(variant)
        for turn in range(rounds):
            forget(folder)
            rows.append(_row(f"{variant}, cold, round {turn + 1}", run(folder), None))
        count_writes(folder)
        rows.append(_row(f"{variant}, nothing changed", run(folder), writes(folder)))
    head = ["run", "s", "MiB", "right", "wrong", "review", "missed", "rows written"]
    lines = [
        "60,000 dossiers in the one-stop's export, the same in the portal's, 50,000 register rows",
        "in 124 workbooks; the whole of `doisoat run` in a new process, with report and database.",
        "To reach: 60 s and 768 MB cold; 8 s and no row written when nothing changed.",
        _machine_now(before),
        "",
        *table(head, rows),
    ]
    return Section("province", "P6: a province's year, from files to report", lines)


def growth(sizes: Sequence[tuple[int, int]] = SIZES) -> Section:
    """P12; ``sizes`` are dossiers, and the years over which they were received."""
    rows = []
    before = plain_loop()
    for dossiers, years in sizes:
        folder = make("hard", dossiers, dossiers * 5 // 6, years=years)
        forget(folder)
        label = f"{dossiers:,} dossiers{f', {years} years' if years > 1 else ''}"
        rows.append(_row(label, run(folder), None))
        print(rows[-1], file=sys.stderr, flush=True)
    lines = [
        "Cold, from files to report, in the world of the hard mistakes; two exports and five",
        "register rows for six dossiers. To reach: time and memory as n log n, or less.",
        _machine_now(before),
        "",
        *table(["size", "s", "MiB", "right", "wrong", "review", "missed", "rows written"], rows),
    ]
    return Section("growth", "P12: how P6 grows", lines)


def plain_loop() -> float:
    """Seconds for ten million additions: how fast this machine is at this moment."""
    started = time.perf_counter()
    total = 0
    for _ in range(10_000_000):
        total += 1  # noqa: SIM113 - the addition is what is measured
    return time.perf_counter() - started


def _machine_now(before: float) -> str:
    return (
        f"A plain loop of 10 million additions, inside a function, took {number(before, 2)} s "
        f"before and {number(plain_loop(), 2)} s after (at the top of a file: 2 to 3 times that)."
    )


def _row(label: str, outcome: Outcome, written: Mapping[str, int] | None) -> list[str]:
    usage = outcome.usage
    counts = (outcome.right, outcome.wrong, outcome.review, outcome.missed)
    told = "" if written is None else ", ".join(f"{k} {v}" for k, v in written.items()) or "0"
    cost = [number(usage.seconds, 1), number(usage.peak_mib, 0)]
    return [label, *cost, *(f"{count:,}" for count in counts), told]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", choices=[*VARIANTS], default="third")
    parser.add_argument("--dossiers", type=int, default=60_000)
    parser.add_argument("--rows", type=int, default=0, help="default: five sixths of the dossiers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--only-files", action="store_true")
    parser.add_argument("--record", action="store_true", help="write bench/RESULTS.md, one round")
    parser.add_argument("--growth", type=int, nargs="*", metavar="DOSSIERS", help="record P12")
    chosen = parser.parse_args()
    if chosen.growth is not None:
        put(growth([(size, chosen.years) for size in chosen.growth] or SIZES), "one round")
        return
    if chosen.record:
        put(section(1, [chosen.variant]), "one round")
        return
    rows = chosen.rows or chosen.dossiers * 5 // 6
    started = time.perf_counter()
    folder = make(chosen.variant, chosen.dossiers, rows, chosen.seed, chosen.years)
    print(f"{folder} ({time.perf_counter() - started:.0f} s)", file=sys.stderr)
    if chosen.only_files:
        return
    forget(folder)
    first = run(folder)
    print(describe(f"{chosen.variant} cold", first))
    count_writes(folder)
    second = run(folder)
    print(describe(f"{chosen.variant} unchanged", second), "writes", writes(folder))


if __name__ == "__main__":
    main()
