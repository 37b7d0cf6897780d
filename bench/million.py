"""P3: two lists of 500,000 invented people, linked by an adapter that stands here only.

``python -m bench.million FOLDER OUT`` links ``a.csv`` and ``b.csv`` of the folder. Of the core it
uses what is general, as ``bench.febrl`` does: pairs of equal keys, the assignment of all rows
together, the margin and the refusal of ties. The weights are estimated on ``known.csv``, people of
another seed, each time anew and within the time that is measured.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bench.febrl import EDITS, MISSING, OTHER, Strangers, bits_of_levels
from reconcile.cases import LinkState
from reconcile.linking.candidates import equal_keys, mixed, once
from reconcile.linking.columns import COLUMNS, Side
from reconcile.linking.deciding import bits, decide
from reconcile.linking.lexicon import Array, Floats
from reconcile.linking.scoring import PRIOR, Scored
from reconcile.policy import Linking
from reconcile.text.packed import PackedTexts

FIELDS = ("family", "middle", "given", "born", "commune", "mother", "phone")
#: Names and places repeat: agreement on a rare one says more.
REPEATED = ("family", "middle", "given", "commune")
#: Two records are compared when they share all of one of these.
KEYS = (
    ("phone",),
    ("born", "given"),
    ("born", "commune"),
    ("born", "family", "middle"),
    ("mother", "given"),
    ("mother", "born"),
    ("family", "middle", "given", "commune"),
)
STRANGERS = 100_000
BATCH = 50_000
#: Nine in ten is enough (looked at on a list of 100,000); the margin is the product's.
POLICY = Linking(auto=0.9, review=0.05)
_USED = ("row", "dossier", "weights", "prior")
_UNUSED = [
    field for field in fields(Scored) if field.name not in ("row", "dossier", "weights", "prior")
]


class Texts:
    """The texts of one column in every file, as numbers; 0 is unknown."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": 0}

    def of(self, column: Sequence[str]) -> Array:
        numbers = self.numbers
        return np.array([numbers.setdefault(text, len(numbers)) for text in column], np.int32)


Columns = dict[str, Array]


@dataclass(frozen=True)
class People:
    """One file: the keys of its records, and each column as numbers of its texts."""

    keys: list[str]
    columns: Columns

    def take(self, at: Array) -> Columns:
        return {name: column[at] for name, column in self.columns.items()}


@dataclass(frozen=True)
class Preset:
    """What the known people teach, in bits."""

    levels: Floats  # one line a field, one column a level; equal: but for the rarity of the value
    rarity: dict[str, Floats]  # of every text of a column


def load(path: Path, texts: dict[str, Texts]) -> People:
    keys: list[str] = []
    parts: dict[str, list[Array]] = {name: [] for name in FIELDS}
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        while batch := list(islice(reader, BATCH)):
            key, *columns = zip(*batch, strict=True)
            keys += key
            for name, column in zip(FIELDS, columns, strict=True):
                parts[name].append(texts[name].of(column))
    return People(keys, {name: np.concatenate(part) for name, part in parts.items()})


def compare(a: Columns, b: Columns, texts: dict[str, Texts]) -> Array:
    """For each pair the level of every field, a line each."""
    return np.stack([_apart(a[name], b[name], texts[name]) for name in FIELDS])


def _apart(a: Array, b: Array, texts: Texts) -> Array:
    level = np.zeros(len(a), dtype=np.uint8)
    missing = (a == 0) | (b == 0)
    at = np.flatnonzero((a != b) & ~missing)
    size = len(texts.numbers)
    unique, back = np.unique(a[at].astype(np.int64) * size + b[at], return_inverse=True)
    text = list(texts.numbers)
    apart = process.cpdist(
        [text[one] for one in (unique // size).tolist()],
        [text[one] for one in (unique % size).tolist()],
        scorer=OSA.distance,
        score_cutoff=EDITS,
        dtype=np.uint8,
        workers=-1,
    )
    level[at] = apart[back]
    level[missing] = MISSING
    return level


def estimate(known: People, texts: dict[str, Texts]) -> Preset:
    """The preset from originals and their copies, whose keys tell who is who."""
    original = {key[:-4]: at for at, key in enumerate(known.keys) if key.endswith("-org")}
    copies = np.array([at for at, key in enumerate(known.keys) if key.endswith("-dup")])
    first = np.array([original[known.keys[at][:-4]] for at in copies.tolist()])
    people = np.array(list(original.values()))
    same = compare(known.take(first), known.take(copies), texts)
    chance = np.random.default_rng(1)
    one = chance.integers(len(people), size=STRANGERS)
    other = (one + chance.integers(1, len(people), size=STRANGERS)) % len(people)
    strange = compare(known.take(people[one]), known.take(people[other]), texts)
    levels = bits_of_levels(same, strange, OTHER + 1)
    levels = np.maximum.accumulate(levels[:, ::-1], axis=1)[:, ::-1].copy()
    rarity = {}
    for at, name in enumerate(FIELDS):
        values = known.columns[name][people]
        count = Counter(values[values > 0].tolist())
        size = count.total()
        alike = sum(n * (n - 1) for n in count.values()) + 1
        rarest = float(np.log2(max(2 * size, size * (size - 1) / alike)))
        rarity[name] = np.full(len(texts[name].numbers), rarest)
        if name in REPEATED:
            for value, n in count.items():
                rarity[name][value] = np.log2(size / n)
        equal = same[at] == 0
        levels[at, 0] = np.log2(equal.sum() / (same[at] != MISSING).sum())
    return Preset(np.pad(levels, ((0, 0), (0, 1))), rarity)


def candidates(a: People, b: People) -> tuple[Array, Array]:
    """Row of ``b`` and record of ``a`` of every pair that shares a key, sorted, once each."""
    size = len(a.keys)
    found = []
    for kind, names in enumerate(KEYS):
        (one, at_one), (other, at_other) = _key(a, names, kind), _key(b, names, kind)
        order = np.argsort(other, kind="stable")
        at, met = equal_keys(one, at_one, other[order], at_other[order])
        found.append(met.astype(np.int64) * size + at)
    pairs = once(np.concatenate(found))
    return pairs // size, pairs % size


def _key(people: People, names: Sequence[str], kind: int) -> tuple[Array, Array]:
    at = np.flatnonzero(np.logical_and.reduce([people.columns[name] > 0 for name in names]))
    return mixed(*(people.columns[name][at] for name in names), kind=kind), at


def weigh(
    preset: Preset, a: People, b: People, pairs: tuple[Array, Array], texts: dict[str, Texts]
) -> Floats:
    """The bits of each pair (row of ``b``, record of ``a``)."""
    row, record = pairs
    bits_ = np.full(len(row), -np.log2(max(len(a.keys), len(b.keys))))
    for line, name in enumerate(FIELDS):
        ours, theirs = a.columns[name][record], b.columns[name][row]
        level = _apart(ours, theirs, texts[name])
        rarity = preset.rarity[name]
        # Texts that the known people never had are as rare as any.
        known = np.append(rarity, np.full(len(texts[name].numbers) - len(rarity), rarity.max()))
        bits_ += preset.levels[line, level]
        bits_ += np.where(level == 0, known[ours], 0)
    return bits_


def link(a: People, b: People, weights: Floats, row: Array, record: Array) -> Iterator[list[str]]:
    """Row, record and decision; a pair without any rival needs no choosing."""
    near = np.flatnonzero(weights >= bits(POLICY.review))
    alone = (np.bincount(row[near], minlength=len(b.keys))[row[near]] == 1) & (
        np.bincount(record[near], minlength=len(a.keys))[record[near]] == 1
    )
    for pair in near[alone].tolist():
        told = LinkState.AUTO if weights[pair] >= bits(POLICY.auto) else LinkState.REVIEW
        yield [b.keys[row[pair]], a.keys[record[pair]], told]
    left = near[~alone]
    numbers = (weights[left] - PRIOR).astype(np.float32)[None]
    scored = Scored(row[left], record[left], numbers, *[np.zeros(0)] * len(_UNUSED))
    rows = Side(PackedTexts.of(()), np.zeros((len(COLUMNS), len(b.keys)), dtype=np.int32))
    taken = np.zeros(len(left), dtype=np.bool_)
    for verdict in decide(scored, rows, Strangers(), POLICY, taken):
        if verdict.pair is not None:
            told = a.keys[scored.dossier[verdict.pair]]
            yield [b.keys[verdict.row], told, verdict.decision]


def main(folder: Path, out: Path) -> None:
    started = time.perf_counter()
    texts = {name: Texts() for name in FIELDS}
    preset = estimate(load(folder / "known.csv", texts), texts)
    a, b = load(folder / "a.csv", texts), load(folder / "b.csv", texts)
    row, record = candidates(a, b)
    weights = weigh(preset, a, b, (row, record), texts)
    with out.open("w", encoding="utf-8") as lines:
        for told in link(a, b, weights, row, record):
            lines.write(json.dumps(told) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(row)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
