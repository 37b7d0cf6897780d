"""P3: 500,000 invented people in each of two lists, ``bench.million`` beside Splink, once each.

Drawn one by one, a third with a brother or sister in the list; four in five of the one list stand
in the other, with a mistake in 8 to 12 % of every field.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from bench.febrl_linking import Truth
from bench.linking import OUT, Timing, interleaved, peer_versions
from bench.million import FIELDS, POLICY
from bench.names import CoastNames, Weighted
from bench.report import Section, number, table
from bench.scoring import Answer, Score, score
from bench.tables import load_pairs
from bench.thresholds import THRESHOLDS, one_to_one

LINKERS = {"doisoat": "bench.million", "Splink": "bench.peers.million_splink_peer"}
PEOPLE, KNOWN, COMMUNES = 500_000, 20_000, 320
IN_BOTH, SIBLINGS = 0.8, 0.33
#: Share of a field's values with a mistake, and of those that are empty in the second list.
TYPOS = dict(zip(FIELDS, (0.08, 0.09, 0.1, 0.1, 0.08, 0.12, 0.11), strict=True))
EMPTY = {"middle": 0.03, "mother": 0.08, "phone": 0.2}
FIRST_DAY, LAST_DAY = date(1940, 1, 1).toordinal(), date(2024, 12, 31).toordinal()
Lines = dict[str, list[str]]


def drawn(chance: np.random.Generator, people: int) -> Lines:
    """So many people, a column a field."""
    names = CoastNames()
    women = chance.random(people) < 0.5
    young = chance.random(people) < 0.6

    def pick(source: Weighted) -> np.ndarray:
        weights = np.array(source.weights) / sum(source.weights)
        return np.array(source.words, dtype=object)[chance.choice(len(weights), people, p=weights)]

    def given(of_women: np.ndarray, of_young: np.ndarray) -> np.ndarray:
        chosen = np.empty(people, dtype=object)
        for sex, women_ in (("nam", False), ("nữ", True)):
            for source, young_ in ((names._young, True), (names._old, False)):
                at = (of_women == women_) & (of_young == young_)
                chosen[at] = pick(source[sex])[at]
        return chosen

    middles = np.where(women, pick(names._middles["nữ"]), pick(names._middles["nam"]))
    family, commune = pick(names.families), chance.integers(COMMUNES, size=people)
    every, old = np.ones(people, dtype=bool), np.zeros(people, dtype=bool)
    mothers = pick(names.families) + " " + pick(names._middles["nữ"]) + " " + given(every, old)
    born = chance.integers(FIRST_DAY, LAST_DAY, size=people)
    # A brother or sister of the one before: the same parents and commune, another day.
    for at in np.flatnonzero(chance.random(people) < SIBLINGS)[1:].tolist():
        family[at], commune[at], mothers[at] = family[at - 1], commune[at - 1], mothers[at - 1]
        days = int(chance.integers(300, 4000))
        born[at] = born[at - 1] + (days if born[at - 1] + days <= LAST_DAY else -days)
    phones = chance.integers(10**8, 10**9, size=people)
    return {
        "family": family.tolist(),
        "middle": middles.tolist(),
        "given": given(women, young).tolist(),
        "born": [date.fromordinal(day).isoformat() for day in born.tolist()],
        "commune": [f"Xã {at + 1:03d}" for at in commune.tolist()],
        "mother": mothers.tolist(),
        "phone": [f"0{phone}" for phone in phones.tolist()],
    }


def mistaken(chance: np.random.Generator, people: Lines) -> Lines:
    """The same people as somebody else typed them."""
    copied = {name: list(column) for name, column in people.items()}
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    for name, column in copied.items():
        size = len(column)
        for at in np.flatnonzero(chance.random(size) < TYPOS[name]).tolist():
            kind, place = int(chance.integers(5)), float(chance.random())
            if kind == 0:  # another's value, from the line above
                column[at] = people[name][at - 1]
            else:
                pool = "0123456789" if column[at][-1:].isdigit() else letters
                column[at] = _typo(column[at], kind, place, pool[int(place * 1e6) % len(pool)])
        for at in np.flatnonzero(chance.random(size) < EMPTY.get(name, 0.0)).tolist():
            column[at] = ""
    return copied


def _typo(text: str, kind: int, place: float, letter: str) -> str:
    at = int(place * len(text))
    if kind == 1 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 2 and len(text) > 2:
        return text[:at] + text[at + 1 :]
    if kind == 3:
        return text[:at] + letter + text[at:]
    return text[:at] + letter + text[at + 1 :]


def save(folder: Path, people: int = PEOPLE, known: int = KNOWN, seed: int = 1) -> Truth:
    """Write what the linkers read; give what they must not."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng([seed, 1])
    everybody = drawn(chance, round(people * (2 - IN_BOTH)))
    a = {name: column[:people] for name, column in everybody.items()}
    b = mistaken(chance, {name: column[-people:] for name, column in everybody.items()})
    order_a, order_b = chance.permutation(people), chance.permutation(people)
    _write(folder / "a.csv", "a", order_a, a)
    _write(folder / "b.csv", "b", order_b, b)
    place_a = np.empty(people, dtype=np.int64)
    place_a[order_a] = np.arange(people)
    offset = len(everybody["given"]) - people
    truth: dict[str, str | None] = {}
    for at, person in enumerate(order_b.tolist()):
        there = person + offset
        truth[f"b{at:06}"] = f"a{place_a[there]:06}" if there < people else None
    other = np.random.default_rng([seed, 2])
    originals = drawn(other, known)
    copies = mistaken(other, originals)
    with (folder / "known.csv").open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["key", *FIELDS])
        for end, lot in (("org", originals), ("dup", copies)):
            columns = zip(*(lot[name] for name in FIELDS), strict=True)
            lines.writerows([f"{at:06}-{end}", *line] for at, line in enumerate(columns))
    return Truth(truth)


def _write(path: Path, side: str, order: np.ndarray, people: Lines) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(["key", *FIELDS])
        for at, person in enumerate(order.tolist()):
            lines.writerow([f"{side}{at:06}", *(people[name][person] for name in FIELDS)])


def ours(truth: Truth, folder: Path) -> Score:
    return score(truth, _answers(folder / "doisoat.pairs"))


def _answers(path: Path) -> Iterable[Answer]:
    with path.open(encoding="utf-8") as lines:
        for row, record, decision in map(json.loads, lines):
            yield Answer(row, record, decision == "auto")


def section(rounds: int) -> Section:
    folder = OUT / "million"
    truth = save(folder)
    timings = interleaved([*LINKERS], folder, rounds, LINKERS)
    rows = [_row("**doisoat**", ours(truth, folder), timings["doisoat"])]
    pairs = sorted(
        load_pairs(folder / "Splink.pairs"), key=lambda pair: (-pair.bits, pair.row, pair.dossier)
    )
    places = dict.fromkeys(truth.truth, "")
    scores = {limit: score(truth, one_to_one(pairs, places, limit)) for limit in THRESHOLDS}
    rows.append(_row("Splink, p ≥ 0.5", scores[0.5], timings["Splink"]))
    best = max(scores, key=lambda limit: (scores[limit].f1, limit))
    rows.append(_row(f"Splink, best threshold {best:g}", scores[best], timings["Splink"]))
    head = ["linker", "P", "R", "F1", "wrong", "missed", "asked", "s", "whole process, s"]
    head += ["processor, s", "MiB"]
    lines = [
        f"{PEOPLE:,} × {PEOPLE:,} invented people, {IN_BOTH:.0%} of them in both lists, a",
        "mistake in 8 to 12 % of every field, a third with a brother or sister.",
        f"Peer: {peer_versions()}.",
        "Our weights are estimated on 20,000 people of another seed, within the time; the",
        f"threshold is {POLICY.auto:g} (the product's default is 0.9995), the margin",
        f"({POLICY.margin:g} bits) the product's. Splink estimates on the lists; its pairs are",
        "made one to one, best first, in its favour. To reach: P ≥ 0.9999, F1 no less than",
        "Splink's, within twice its time and memory.",
        "",
        *table(head, rows),
    ]
    return Section("million", "P3: two lists of 500,000 people, by an adapter of the bench", lines)


def _row(name: str, result: Score, timing: Timing) -> list[str]:
    return [
        name,
        number(result.precision, 5),
        number(result.recall, 4),
        number(result.f1, 4),
        f"{result.wrong:,}",
        f"{result.linkable - result.auto_right:,}",
        f"{result.review:,}",
        timing.shown,
        number(statistics.median(timing.wall), 1),
        number(statistics.median(timing.processor), 1),
        number(statistics.median(timing.peak_mib), 0),
    ]
