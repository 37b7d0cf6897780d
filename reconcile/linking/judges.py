"""Whether the answers that people gave of pairs can all be true.

An answer is kept for ever and applied before any rule, so one careless person would poison the
figures. What cannot be true together is found here, and shown; nothing is decided by it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconcile.cases import Answer


@dataclass(frozen=True, slots=True)
class AnswersClash:
    """Answers that cannot all be true: a refusal, and confirmations that join the same two.

    ``refused`` is None where one row was confirmed as two dossiers.
    """

    refused: Answer | None
    confirmed: tuple[Answer, ...]


def clashes(answers: Iterable[Answer]) -> tuple[AnswersClash, ...]:
    """Every refusal that confirmations contradict (A=B, B=C, A≠C), then rows of two dossiers."""
    known = sorted(answers, key=lambda one: (one.row, one.dossier))
    joined: dict[str, list[Answer]] = {}
    for one in known:
        if one.same:
            joined.setdefault(f"r{one.row}", []).append(one)
            joined.setdefault(f"d{one.dossier}", []).append(one)
    refused = (
        AnswersClash(one, chain) for one in known if not one.same and (chain := _chain(one, joined))
    )
    double = (
        AnswersClash(None, tuple(said))
        for end, said in sorted(joined.items())
        if end.startswith("r") and len(said) > 1
    )
    return (*refused, *double)


def otherwise(history: Sequence[Answer]) -> tuple[tuple[Answer, Answer], ...]:
    """Pairs of which two people said different things, however it was settled: both answers."""
    first: dict[tuple[str, str], Answer] = {}
    found: dict[tuple[str, str], tuple[Answer, Answer]] = {}
    for one in history:
        pair = (one.row, one.dossier)
        before = first.setdefault(pair, one)
        if before.same != one.same and before.by != one.by:
            found.setdefault(pair, (before, one))
    return tuple(found[pair] for pair in sorted(found))


def refused_all(answers: Iterable[Answer]) -> tuple[tuple[Answer, ...], ...]:
    """Rows of which two dossiers or more were refused and none confirmed: all were near to it."""
    by_row: dict[str, list[Answer]] = {}
    for one in sorted(answers, key=lambda one: (one.row, one.dossier)):
        by_row.setdefault(one.row, []).append(one)
    return tuple(
        tuple(said)
        for said in by_row.values()
        if len(said) > 1 and not any(one.same for one in said)
    )


def _chain(refused: Answer, joined: Mapping[str, Sequence[Answer]]) -> tuple[Answer, ...]:
    """The shortest way of confirmations from the row to the dossier; empty where there is none."""
    start, goal = f"r{refused.row}", f"d{refused.dossier}"
    ways: dict[str, tuple[Answer, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        for one in joined.get(at, ()):
            there = f"d{one.dossier}" if at.startswith("r") else f"r{one.row}"
            if there not in ways:
                ways[there] = (*ways[at], one)
                waiting.append(there)
    return ways.get(goal, ())
