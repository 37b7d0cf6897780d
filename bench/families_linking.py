"""The families' world: our linker on several seeds, and beside its peers on raw and clean files."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.families import PROFILES, FamilyWorld, build
from bench.kinds import Counted, count
from bench.linking import OUT, PEER_POLICY, interleaved, our_answers, peer_versions
from bench.measure_families import measure, put_right, told
from bench.oracle import Oracle
from bench.report import Section, number, percent, table
from bench.tables import load_pairs, save
from bench.thresholds import decided, linked_at

#: The first of the seeds that nobody tunes on; look into one, and it is no longer among them.
SEED = 231
PEERS = ("doisoat", "Splink", "plain scorer")
#: The rows as the clerks left them, and put right by a careful user.
TITLES = ("raw", "clean")
HEAD = (
    "auto P", "auto R", "with review", "review", "wrong", "the row could tell", "per million",
    "it could not", "code traps taken", "per million",
)  # fmt: skip


def quality(found: Counted) -> list[str]:
    result = found.score
    told, _not_told = found.per_million
    return [
        number(result.precision, 5),
        number(result.recall, 4),
        number(result.recall_with_review, 4),
        percent(result.review_share),
        str(len(found.wrong)),
        str(found.tellable),
        number(told, 0),
        str(len(found.wrong) - found.tellable),
        f"{found.traps_taken} of {found.traps}",
        number(found.traps_per_million, 0),
    ]


def seeds_table(profiles: Iterable[str], seeds: Sequence[int]) -> list[str]:
    """Our linker alone, in this process; all seeds together, and by kind what went wrong."""
    rows, together = [], []
    for profile in profiles:
        every = []
        for seed in seeds:
            found, _links, seconds = measure(build(profile, seed))
            print(f"  families {profile} {seed}: {seconds:.1f} s", file=sys.stderr)
            every.append(found)
            rows.append([profile, str(seed), *quality(found), number(seconds, 1)])
        together += [pooled(profile, every), ""]
    return [*table(["profile", "seed", *HEAD, "s"], rows), "", *together]


def pooled(profile: str, every: Sequence[Counted]) -> str:
    """One sentence on all seeds of a profile."""
    auto = sum(found.score.auto for found in every)
    told = sum(found.tellable for found in every)
    not_told = sum(len(found.wrong) - found.tellable for found in every)
    taken, traps = (sum(getattr(found, of) for found in every) for of in ("traps_taken", "traps"))
    kinds = Counter(one.kind for found in every for one in found.wrong)
    asked, missed = Counter[str](), Counter[str]()
    for found in every:
        asked.update(found.reviews)
        missed.update(found.missed)
    said = [
        f"**{profile}**, {auto:,} automatic links together: {told} wrong that the row could tell"
        f" ({number(1e6 * told / max(auto, 1), 0)} per million), {not_told} that it could not;"
        f" {taken} of {traps:,} code traps taken ({number(1e6 * taken / max(traps, 1), 0)} per"
        " million).",
        f"Wrong by kind: {_counts(kinds)}. Asked: {_counts(asked)}. Missed: {_counts(missed)}.",
    ]
    return " ".join(said)


def _counts(of: Counter[str]) -> str:
    return "; ".join(f"{what} {how_many}" for what, how_many in of.most_common()) or "none"


def compare(profile: str, seed: int, rounds: int, titles: Sequence[str] = TITLES) -> list[str]:
    """Every linker on one world, its files as they are and after a careful user."""
    world = build(profile, seed)
    oracle = Oracle(world)
    return [line for title in titles for line in _beside(world, oracle, profile, title, rounds)]


def _beside(world: FamilyWorld, oracle: Oracle, profile: str, title: str, rounds: int) -> list[str]:
    given = put_right(world) if title == "clean" else replace(world, written=world.rows)
    folder = OUT / f"families-{profile}-{world.seed}-{title}"
    save(given, folder, told(given))
    timings = interleaved(PEERS, folder, rounds)
    rows = []
    for who in PEERS:
        seconds, mib = timings[who].shown, statistics.median(timings[who].peak_mib)
        cost = [seconds, number(mib, 0)]
        if who == "doisoat":
            found = count(world, our_answers(folder), oracle)
            rows.append([f"**{who}**", *quality(found), *cost])
            continue
        pairs = load_pairs(folder / f"{who.split()[0]}.pairs")
        tried = [
            (count(world, answers, oracle), threshold)
            for threshold, answers in linked_at(world, pairs)
        ]
        best, threshold = max(tried, key=lambda one: one[0].score.f1)
        rows.append([f"{who}, best threshold {threshold:g}", *quality(best), *cost])
        three = count(world, decided(world, pairs, **PEER_POLICY), oracle)
        rows.append([f"{who}, three decisions", *quality(three), "same", "same"])
    size = f"{len(world.dossiers):,} × {len(world.rows):,}"
    lines = [f"**families {profile}, {title} files** ({size}, seed {world.seed})", ""]
    return [*lines, *table(["linker", *HEAD, "s", "MiB"], rows), ""]


def section(profile: str, seed: int, rounds: int) -> Section:
    """The profiles on three seeds each, the wrong links by kind, and the peers on the first."""
    profiles = [*PROFILES] if profile == "all" else [profile]
    seeds = [seed + step for step in range(3)]
    lines = [
        "Families over seventy years, several dossiers a child, four ways to export, clerks with",
        "habits. Seeds 201 to 205 were tuned on; 211 to 217 and 221 to 223 were looked into and",
        "what they showed was mended; figures come from others. An oracle with the truth in hand",
        "says which wrong links the row itself speaks against. A code trap is a row that bears",
        "another dossier's code; in `traps` nearly every row with a code does. Whom a commune's",
        "export calls the owner is told to our linker, as its office would tell.",
        "",
        *seeds_table(profiles, seeds),
        f"Peers: {peer_versions()}. Raw: as the clerks left it. Clean: fonts, Telex, titles, lost",
        "spaces, columns and years in two digits put right. “Best threshold” is chosen by F1 with",
        f"the truth in hand; “three decisions” uses thresholds fixed beforehand ({PEER_POLICY}).",
        "",
    ]
    for one in profiles:
        if one != "traps":
            lines += compare(one, seeds[0], rounds)
    return Section("families", "A third world: families that live on", lines)
