"""P1: Febrl4, 5,000 × 5,000 invented Australians, linked by an adapter that stands here only.

``python -m bench.febrl FOLDER OUT`` links ``a.csv`` and ``b.csv`` of the folder. Of the core it
uses what is general: pairs of equal keys, the assignment of all rows together, the margin and the
refusal of ties. The preset is estimated on Febrl 1 to 3 (``known.csv``), each time anew and within
the time that is measured. Keys of ``a.csv`` and ``b.csv`` tell nothing: see ``febrl_linking``.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from reconcile.linking.candidates import equal_keys, mixed, once
from reconcile.linking.columns import COLUMNS, Side
from reconcile.linking.deciding import RowDecision, decide
from reconcile.linking.guard import Guard
from reconcile.linking.lexicon import Array, Floats
from reconcile.linking.scoring import PRIOR, Scored
from reconcile.policy import Linking
from reconcile.text.packed import PackedTexts

#: What the guard of the core would ask of a pair and ours does not.
_USED = ("row", "dossier", "weights", "prior")
_UNUSED = [
    field for field in fields(Scored) if field.name not in ("row", "dossier", "weights", "prior")
]
#: Two columns whose contents may stand in each other's place.
TWINS = (("given_name", "surname"), ("address_1", "address_2"))
FIELDS = (
    *(name for twins in TWINS for name in twins),
    *("suburb", "postcode", "street_number", "state", "date_of_birth", "soc_sec_id"),
)
AT = {name: at for at, name in enumerate(FIELDS)}
#: Values that hardly two people share make a key by themselves, others two by two.
RARE = ("address_1", "address_2", "suburb", "postcode", "date_of_birth", "soc_sec_id")
COMMON = ("given_name", "surname", "street_number")
#: A field's level: so many edits (a neighbour's exchange is one), clearly other, or not told.
EDITS, OTHER, MISSING = 3, 4, 5
#: So many pairs of different people tell what agrees by chance.
STRANGERS = 100_000
#: The product's margin; as likely as not is enough, as for the peer. On Febrl 1 to 3 every true
#: pair is above 19 bits and every other below -6: the threshold stands between.
POLICY = Linking(auto=0.5)


@dataclass(frozen=True)
class People:
    """One file: the keys of its records, and each column as an array of texts ("" is unknown)."""

    keys: list[str]
    columns: dict[str, Array]

    def take(self, at: Array) -> dict[str, Array]:
        return {name: column[at] for name, column in self.columns.items()}


@dataclass(frozen=True)
class Preset:
    """What Febrl 1 to 3 teach, in bits."""

    levels: Floats  # one line a field, one column a level; equal: but for the rarity of the value
    crossed: Floats  # one line a couple of TWINS: in place, and crossed
    rarity: dict[str, dict[str, float]]  # of values seen twice and more
    rarest: dict[str, float]  # of all others


def load(path: Path) -> People:
    with path.open(encoding="utf-8", newline="") as text:
        head, *lines = csv.reader(text)
    table = np.array(lines, dtype=object).T
    return People(table[0].tolist(), dict(zip(head[1:], table[1:], strict=True)))


def compare(a: dict[str, Array], b: dict[str, Array]) -> tuple[Array, Array]:
    """For each pair the level of every field (a line each) and whether each of TWINS is crossed."""
    levels = np.stack([_apart(a[name], b[name]) for name in FIELDS])
    crossed = np.zeros((len(TWINS), levels.shape[1]), dtype=np.int8)
    for at, (one, other) in enumerate(TWINS):
        straight = levels[[AT[one], AT[other]]]
        over = np.stack([_apart(a[one], b[other]), _apart(a[other], b[one])])
        # By two edits better at least: chance alone must not look like a mistake.
        where = np.minimum(over, OTHER).sum(axis=0) + 1 < np.minimum(straight, OTHER).sum(axis=0)
        levels[[AT[one], AT[other]]] = np.where(where, over, straight)
        crossed[at] = where
    return levels, crossed


def _apart(a: Array, b: Array) -> Array:
    apart = process.cpdist(
        a.tolist(), b.tolist(), scorer=OSA.distance, score_cutoff=EDITS, dtype=np.uint8
    )
    return np.where((a == "") | (b == ""), np.uint8(MISSING), apart)


def estimate(known: People) -> Preset:
    """The preset from originals and their duplicates, whose keys tell who is who."""
    person = [key.rpartition("-org")[0] or key.rpartition("-dup")[0] for key in known.keys]
    is_copy = np.array(["-dup" in key for key in known.keys])
    original = {person[at]: at for at in np.flatnonzero(~is_copy).tolist()}
    copies, people = np.flatnonzero(is_copy), np.array(list(original.values()))
    first = np.array([original[person[at]] for at in copies.tolist()])
    same = compare(known.take(first), known.take(copies))
    chance = np.random.default_rng(1)
    one = chance.integers(len(people), size=STRANGERS)
    other = (one + chance.integers(1, len(people), size=STRANGERS)) % len(people)
    strange = compare(known.take(people[one]), known.take(people[other]))
    levels = bits_of_levels(same[0], strange[0], OTHER + 1)
    # More edits never speak more for one person than fewer do.
    levels = np.maximum.accumulate(levels[:, ::-1], axis=1)[:, ::-1].copy()
    rarity, rarest = {}, {}
    for at, name in enumerate(FIELDS):
        count = Counter(known.columns[name][people].tolist())
        count.pop("", None)
        size = count.total()
        alike = sum(n * (n - 1) for n in count.values()) + 1
        rarest[name] = float(np.log2(max(2 * size, size * (size - 1) / alike)))
        rarity[name] = {value: float(np.log2(size / n)) for value, n in count.items() if n > 1}
        equal = same[0][at] == 0
        levels[at, 0] = np.log2(equal.sum() / (same[0][at] != MISSING).sum())
    # What is not told weighs nothing.
    return Preset(
        np.pad(levels, ((0, 0), (0, 1))), bits_of_levels(same[1], strange[1], 2), rarity, rarest
    )


def bits_of_levels(same: Array, strange: Array, count: int) -> Floats:
    """log2 of how much likelier each level is in one person than by chance.

    What no person of the sample shows is taken for what one pair of strangers among them would.
    """
    seen, chance = (
        np.stack([np.bincount(line[line < count], minlength=count) for line in lines])
        for lines in (same, strange)
    )
    by_chance = (chance + 0.5) / (chance + 0.5).sum(axis=1, keepdims=True)
    return np.log2((seen + by_chance) / (seen.sum(axis=1, keepdims=True) + 1) / by_chance)


def candidates(a: People, b: People) -> tuple[Array, Array]:
    """Pairs with a rare value in common or two common ones, in place or crossed."""
    size = len(a.keys)
    ours, theirs = _numbers(a, b)
    kinds = [((name,), (name,)) for name in RARE]
    kinds += [(pair, pair) for pair in combinations(COMMON, 2)]
    kinds += [(TWINS[0], TWINS[0][::-1]), *(((x,), (y,)) for x, y in (TWINS[1], TWINS[1][::-1]))]
    found = []
    for left, right in kinds:
        one, other = _keys(ours, left), _keys(theirs, right)
        order = np.argsort(other[0], kind="stable")
        at, met = equal_keys(*one, other[0][order], other[1][order])
        found.append(met.astype(np.int64) * size + at)
    pairs = once(np.concatenate(found))
    return pairs // size, pairs % size


def _numbers(*files: People) -> list[dict[str, Array]]:
    """Every text as a number, the same in both files and all columns; 0 is unknown."""
    numbers: dict[str, int] = {"": 0}
    return [
        {
            name: np.array([numbers.setdefault(v, len(numbers)) for v in column.tolist()])
            for name, column in people.columns.items()
        }
        for people in files
    ]


def _keys(numbers: dict[str, Array], names: Sequence[str]) -> tuple[Array, Array]:
    at = np.flatnonzero(np.logical_and.reduce([numbers[name] > 0 for name in names]))
    return mixed(*(numbers[name][at] for name in names)), at


def weigh(preset: Preset, a: People, b: People, at: tuple[Array, Array]) -> Floats:
    """The bits of each pair (row of ``b``, record of ``a``)."""
    levels, crossed = compare(a.take(at[1]), b.take(at[0]))
    bits = np.full(len(at[0]), -np.log2(max(len(a.keys), len(b.keys))))
    for line, name in enumerate(FIELDS):
        rare = preset.rarity[name].get
        column = [rare(v, preset.rarest[name]) for v in a.columns[name].tolist()]
        bits += preset.levels[line, levels[line]]
        bits += np.where(levels[line] == 0, np.array(column)[at[1]], 0)
    for line in range(len(TWINS)):
        bits += preset.crossed[line, crossed[line]]
    return bits


class Strangers(Guard):
    """Nobody here is a twin or a namesake by design: nothing but the weights speaks."""

    def __init__(self, pairs: int) -> None:
        """Every pair may be linked."""
        self.fits = np.ones(pairs, dtype=np.bool_)

    def allows(self, pair: int) -> bool:
        return True

    def same_person(self, pair: int) -> bool:
        return False

    def names_the_person(self, pair: int) -> bool:
        return False

    def of_one_event(self, pair: int, other: int) -> bool:
        return False


def link(preset: Preset, a: People, b: People) -> tuple[Scored, list[RowDecision]]:
    """One verdict for each row of ``b`` that has a thinkable record of ``a``."""
    row, record = candidates(a, b)
    weights = (weigh(preset, a, b, (row, record)) - PRIOR).astype(np.float32)[None]
    scored = Scored(row, record, weights, *[np.zeros(0)] * len(_UNUSED))
    rows = Side(PackedTexts.of(b.keys), np.zeros((len(COLUMNS), len(b.keys)), dtype=np.int32))
    taken = np.zeros(len(row), dtype=np.bool_)
    return scored, decide(scored, rows, Strangers(len(row)), POLICY, taken)


def main(folder: Path, out: Path) -> None:
    started = time.perf_counter()
    preset = estimate(load(folder / "known.csv"))
    a, b = load(folder / "a.csv"), load(folder / "b.csv")
    scored, verdicts = link(preset, a, b)
    with out.open("w", encoding="utf-8") as lines:
        for verdict in verdicts:
            if verdict.pair is not None:
                key = a.keys[scored.dossier[verdict.pair]]
                told = [b.keys[verdict.row], key, verdict.decision]
                lines.write(json.dumps(told) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(scored.row)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
