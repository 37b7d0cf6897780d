"""P2: the civil-registry worlds, our linker and its peers on the same files, interleaved."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure_linking import measure, world_of
from bench.memory import Usage, run_measured
from bench.report import Section, number, percent, table
from bench.scoring import Answer, Score, score
from bench.tables import load_pairs, save
from bench.thresholds import best_of, with_review
from bench.worlds import World, build

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out"
#: Where the peers are installed, when not beside the product (``make bench`` puts them there).
PEERS_PYTHON = os.environ.get("BENCH_PYTHON", sys.executable)
PEERS = {
    "doisoat": "bench.ours",
    "Splink": "bench.peers.splink_peer",
    "plain scorer": "bench.peers.plain_peer",
    "recordlinkage": "bench.peers.recordlinkage_peer",
}
#: Fixed before any truth was opened: probabilities, and bits between best and second best.
PEER_POLICY = {"auto": 0.995, "review": 0.05, "margin": 6.0}


@dataclass(frozen=True)
class Timing:
    """All runs of one linker on one world."""

    seconds: list[float]
    peak_mib: list[float]
    wall: list[float] = field(default_factory=list)  # of the whole process

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def shown(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{number(self.median, 1)} ({number(low, 1)}-{number(high, 1)})"


def run_one(name: str, folder: Path, modules: Mapping[str, str] = PEERS) -> tuple[float, Usage]:
    out = folder / f"{name.split(maxsplit=1)[0]}.pairs"
    python = sys.executable if name == "doisoat" else PEERS_PYTHON
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    usage = run_measured(
        [python, "-m", modules[name], str(folder), str(out)], cwd=ROOT, environ=environ
    )
    if usage.exit_code:
        raise SystemExit(f"{name} failed:\n{usage.stderr[-3000:]}")
    return json.loads(usage.stdout.splitlines()[-1])["seconds"], usage


def interleaved(
    names: Sequence[str], folder: Path, rounds: int, modules: Mapping[str, str] = PEERS
) -> dict[str, Timing]:
    """A, B, C, A, B, C, …: a slow minute of the machine hits everybody alike."""
    timings = {name: Timing([], []) for name in names}
    for turn in range(rounds):
        for name in names:
            seconds, usage = run_one(name, folder, modules)
            timings[name].seconds.append(seconds)
            timings[name].peak_mib.append(usage.peak_mib)
            timings[name].wall.append(usage.seconds)
            print(f"  {folder.name} round {turn + 1} {name}: {seconds:.1f} s", file=sys.stderr)
    return timings


def our_score(world: World, folder: Path) -> Score:
    return score(world, our_answers(folder))


def our_answers(folder: Path) -> list[Answer]:
    answers = []
    with (folder / "doisoat.pairs").open(encoding="utf-8") as lines:
        for text in lines:
            row, dossier, decision, rival = json.loads(text)
            kept = dossier if decision != "none" else None
            answers.append(Answer(row, kept, decision == "auto", (rival,) if rival else ()))
    return answers


def compare(name: str, preset: str, seed: int, rounds: int, names: Sequence[str]) -> list[str]:
    """One table: every linker on one world."""
    world = build(name, preset, seed)
    folder = OUT / f"{name}-{preset}-{seed}"
    save(world, folder)
    timings = interleaved(names, folder, rounds)
    rows = []
    for who in names:
        timing = timings[who]
        cost = [timing.shown, number(statistics.median(timing.peak_mib), 0)]
        if who == "doisoat":
            rows.append([f"**{who}**", *_quality(our_score(world, folder)), *cost])
            continue
        pairs = load_pairs(folder / f"{who.split()[0]}.pairs")
        best = best_of(world, pairs)[0]
        rows.append([f"{who}, best threshold {best.threshold:g}", *_quality(best.score), *cost])
        three = with_review(world, pairs, **PEER_POLICY)
        rows.append([f"{who}, three decisions", *_quality(three), "same", "same"])
    head = ["linker", "auto P", "auto R", "with review", "review", "wrong", "F1", "s", "MiB"]
    size = f"{len(world.dossiers):,} × {len(world.rows):,}"
    return [f"**{name} {preset}** ({size}, seed {seed})", "", *table(head, rows), ""]


def _quality(result: Score) -> list[str]:
    return [
        number(result.precision, 5),
        number(result.recall, 4),
        number(result.recall_with_review, 4),
        percent(result.review_share),
        str(result.wrong),
        number(result.f1, 4),
    ]


def seeds_table(worlds: Iterable[tuple[str, str]], seeds: Sequence[int]) -> list[str]:
    """Our linker alone, on more seeds; in this process."""
    rows = []
    for name, preset in worlds:
        for seed in seeds:
            result, _links, seconds = measure(world_of(name, preset, seed))
            print(f"  {name} {preset} {seed}: {seconds:.1f} s", file=sys.stderr)
            rows.append(
                [
                    f"{name} {preset}",
                    str(seed),
                    *_quality(result)[:5],
                    number(result.wrong_per_million, 0),
                    str(result.never_linked),
                    number(seconds, 1),
                ]
            )
    head = ["world", "seed", "auto P", "auto R", "with review", "review", "wrong"]
    return table([*head, "wrong per million", "of them never in software", "s"], rows)


def peer_versions() -> str:
    names = ("splink", "duckdb", "recordlinkage", "pandas")
    code = f"from importlib.metadata import version as v\nfor n in {names!r}: print(n, v(n))"
    told = subprocess.run(
        [PEERS_PYTHON, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    return ", ".join(told.split("\n")).strip(", ")


def linking(rounds: int, seed: int) -> Section:
    """P2 with every peer."""
    lines = [
        f"Peers: {peer_versions()}.",
        "Peers get the rows with every legacy font already converted; we get half of them raw.",
        "“Best threshold” is chosen with the truth in hand, in the peer's favour;",
        f"“three decisions” uses thresholds fixed beforehand ({PEER_POLICY}).",
        "Seconds: load, normal forms and linking; median and range of all rounds.",
        "",
    ]
    for name in ("coast", "clans"):
        for preset in ("easy", "hard"):
            names = (
                [*PEERS] if preset == "easy" else [who for who in PEERS if who != "recordlinkage"]
            )
            lines += compare(name, preset, seed, rounds, names)
    return Section("linking", "P2: linking in two invented registries", lines)


def seeds(seed: int) -> Section:
    worlds = [(name, preset) for name in ("coast", "clans") for preset in ("easy", "hard", "bare")]
    worlds += [("scans", "hard")]
    chosen = [seed + step for step in range(3)]
    lines = [
        "`bare` is a world of our own: hard's mistakes, and registers with the fewest columns.",
        "`scans` has hard's shares and other mistakes: letters and digits that look alike, hỏi for",
        "ngã, a hat or a space lost, the family name cut off, the promised day for the received.",
        "",
        *seeds_table(worlds, chosen),
    ]
    return Section("seeds", "P2: our linker on other seeds", lines)


def planted(seed: int) -> Section:
    lines = seeds_table([("planted", "10000")], [seed + step for step in range(3)])
    return Section("planted", "Planted traps: 10,000 rows, each beside a tempting dossier", lines)
