"""The families' world: our linker on several seeds, and beside its peers on raw and clean files."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.families import PROFILES, build
from bench.kinds import Counted, count
from bench.linking import OUT, PEER_POLICY, interleaved, our_answers, peer_versions
from bench.measure_families import measure, put_right
from bench.oracle import Oracle
from bench.report import Section, number, percent, table
from bench.tables import load_pairs, save
from bench.thresholds import decided, linked_at

PEERS = ("doisoat", "Splink", "plain scorer")
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


def seeds_table(profiles: Iterable[str], seeds: Sequence[int]) -> tuple[list[str], Counter[str]]:
    """Our linker alone, in this process; and its wrong links that the rows could tell, by kind."""
    rows, kinds = [], Counter[str]()
    for profile in profiles:
        for seed in seeds:
            found, _links, seconds = measure(build(profile, seed))
            print(f"  families {profile} {seed}: {seconds:.1f} s", file=sys.stderr)
            kinds.update(f"{profile}: {one.kind}" for one in found.wrong if one.tellable)
            rows.append([profile, str(seed), *quality(found), number(seconds, 1)])
    return table(["profile", "seed", *HEAD, "s"], rows), kinds


def compare(profile: str, seed: int, rounds: int) -> list[str]:
    """Every linker on one world, its files as they are and after a careful user."""
    world = build(profile, seed)
    oracle = Oracle(world)
    lines = []
    for title, given in (("raw", replace(world, written=world.rows)), ("clean", put_right(world))):
        folder = OUT / f"families-{profile}-{seed}-{title}"
        save(given, folder)
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
        lines += [f"**families {profile}, {title} files** ({size}, seed {seed})", ""]
        lines += [*table(["linker", *HEAD, "s", "MiB"], rows), ""]
    return lines


def section(profile: str, seed: int, rounds: int) -> Section:
    """The profiles on three seeds each, the wrong links by kind, and the peers on the first."""
    profiles = [*PROFILES] if profile == "all" else [profile]
    seeds = [seed + step for step in range(3)]
    measured, kinds = seeds_table(profiles, seeds)
    lines = [
        "Families over seventy years, several dossiers a child, four ways to export, clerks with",
        "habits. Seeds 201 to 205 are for tuning, 211 to 213 for figures. An oracle with the truth",
        "in hand says which wrong links the row itself speaks against. A code trap is a row that",
        "bears another dossier's code; in `traps` nearly every row with a code does.",
        "",
        *measured,
        "",
        "Wrong links that the rows could tell, by kind:",
        "",
        *([f"- {kind}: {how_many}" for kind, how_many in kinds.most_common()] or ["- none"]),
        "",
        f"Peers: {peer_versions()}. Raw: as the clerks left it. Clean: fonts, Telex, titles, lost",
        "spaces, columns and years in two digits put right. “Best threshold” is chosen by F1 with",
        f"the truth in hand; “three decisions” uses thresholds fixed beforehand ({PEER_POLICY}).",
        "",
    ]
    for one in profiles:
        if one != "traps":
            lines += compare(one, seeds[0], rounds)
    return Section("families", "A third world: families that live on", lines)
