"""A plain scorer of sixty lines: the reference that everything else must beat.

Hand-written weights in bits, candidates by shared keys, best against second best.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from datetime import date
from itertools import combinations
from math import log2
from pathlib import Path

from rapidfuzz.distance import JaroWinkler

from bench.peers.cleaning import clean
from bench.tables import save_pairs

Record = dict[str, str | None]
EXACT = {"code": 20, "applicant_id": 14, "subject_id": 18}
KEYS = ("birth", "subject_given", "applicant_given", "mother_given", "received", "death", "unit")


def keys(record: Record, birth: str) -> list[tuple[str, ...]]:
    parts = {**record, "birth": record[birth]}
    pairs = [(a, b, parts[a], parts[b]) for a, b in combinations(KEYS, 2) if parts[a] and parts[b]]
    single = [(name, record[name]) for name in ("code", "applicant_id") if record[name]]
    return [*single, *pairs]


def name_bits(a: Record, b: Record, who: str, rarity: dict[str, float]) -> float:
    left, right = a[f"{who}_plain"], b[f"{who}_plain"]
    if not left or not right:
        return 0.0
    if left == right:
        return rarity[left] + (1 if a[who] == b[who] else -1)
    if a[f"{who}_short"] == b[f"{who}_short"]:
        return 6.0
    alike = JaroWinkler.similarity(left, right)
    return 7.0 if alike > 0.94 else 3.0 if alike > 0.88 else -1.0 if alike > 0.75 else -5.0


def date_bits(a: str | None, b: str | None, swapped: str | None, bits: float) -> float:
    if not a or not b:
        return 0.0
    if a == b:
        return bits
    if swapped == b:
        return bits - 4
    if len(a) != 10 or len(b) != 10:
        return 2.0 if a[:4] == b[:4] else -4.0
    days = abs((date.fromisoformat(a) - date.fromisoformat(b)).days)
    return bits - 4 if days <= 3 else -2.0 if a[:4] == b[:4] else -3.5


def score(row: Record, dossier: Record, rarity: dict[str, float]) -> float:
    if row["event"] and dossier["event"] and row["event"] != dossier["event"]:
        return -20.0
    bits = -13.0 + (2.0 if row["unit"] == dossier["unit"] else -4.0)
    for who in ("subject", "applicant", "mother", "father"):
        bits += name_bits(row, dossier, who, rarity) * (1.0 if who == "subject" else 0.7)
    for name, weight in EXACT.items():
        if row[name] and dossier[name]:
            bits += weight if row[name] == dossier[name] else -2.0
    bits += date_bits(row["birth"], dossier["birth"], row["birth_swapped"], 8.0)
    bits += date_bits(row["death"], dossier["death"], None, 7.0)
    return bits + date_bits(row["received"], dossier["received"], None, 5.0)


def main(folder: Path, out: Path) -> None:
    started = time.perf_counter()
    dossiers, rows = clean(folder / "dossiers.jsonl"), clean(folder / "rows.clean.jsonl")
    count = Counter(str(d[f"{who}_plain"]) for d in dossiers for who in ("subject", "applicant"))
    rarity = defaultdict(lambda: 12.0, {n: log2(2 * len(dossiers) / c) for n, c in count.items()})
    index = defaultdict(list)
    for at, dossier in enumerate(dossiers):
        for key in keys(dossier, "birth"):
            index[key].append(at)
    pairs = []
    for row in rows:
        found = {key for birth in ("birth", "birth_swapped") for key in keys(row, birth)}
        near = {at for key in found for at in (index.get(key, ()))}
        best = sorted(((score(row, dossiers[at], rarity), at) for at in near), reverse=True)[:3]
        pairs += [(row["unique_id"], dossiers[at]["unique_id"], s) for s, at in best if s > -7]
    save_pairs(out, pairs)
    print(json.dumps({"seconds": time.perf_counter() - started, "pairs": len(pairs)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
