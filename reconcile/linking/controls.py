"""Pairs whose answer is known, to stand among the doubtful ones: who answers is judged by them.

Two sorts, half of each where there are enough: a pair that was linked automatically, drawn at
random; and a planted twin, a row beside a near namesake's dossier, where row and dossier are each
linked elsewhere with certainty. Nobody who answers is to tell them from a doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reconcile.cases import Link, LinkState, Method, Reason
from reconcile.claims import Claim
from reconcile.text.vietnamese import name_key


class WhyAsked(StrEnum):
    """Why a person is asked of a pair."""

    DOUBTFUL = "doubtful"  # nobody knows
    LINKED = "linked"  # it was linked automatically: is the link right?
    PLANTED = "planted"  # it is known to be two


@dataclass(frozen=True, slots=True)
class AskedPair:
    """A pair as a person is asked of it: the link in the state of a doubt."""

    link: Link
    why: WhyAsked


#: Links that nothing but their code tells apart from no doubt at all are no controls.
_BY_LIKENESS = frozenset({Method.PEOPLE, Method.BOOK_NUMBER, Method.CIVIL_STATUS_NUMBER})
#: What a doubt of namesakes says of itself.
NAMESAKES = (
    Reason("họ tên người được đăng ký", "khớp", 9.0),
    Reason("ngày sinh", "khác", -6.0),
)
#: A whole day: ``2024-01-15``.
_DAY = 10

Pair = tuple[str, str]


def draw(
    links: Sequence[Link],
    claims: Mapping[str, Claim],
    *,
    one_in: int,
    standing: Collection[Pair] = (),
    asked: Collection[Pair] = (),
) -> tuple[AskedPair, ...]:
    """New controls, so that one stands beside so many doubts; 0: none.

    ``standing`` are the controls that wait for an answer already, ``asked`` every pair that was
    one before: nobody is asked twice. The same links draw the same controls.
    """
    doubts = [one for one in links if one.decision is LinkState.REVIEW]
    count, seed = wanted(doubts, one_in, len(standing)), _seed(doubts)
    if count <= 0:
        return ()
    seen = [*(one.row for one in doubts), *(row for row, _ in standing)]
    looks = {_look(claims[row]) for row in seen if row in claims}
    sorts = [_linked(links), _planted(links, claims)]
    if int(seed, 16) // one_in % 2:
        sorts.reverse()
    found: list[AskedPair] = []
    queues = [iter(_by_lot(one, seed)) for one in sorts]
    while queues and len(found) < count:
        queue = queues.pop(0)
        for one in queue:
            look = _look(claims[one.link.row])
            if _pair(one) not in asked and look not in looks:
                looks.add(look)
                found.append(AskedPair(replace(one.link, decision=LinkState.REVIEW), one.why))
                queues.append(queue)
                break
    return tuple(found)


def wanted(doubts: Sequence[Link], one_in: int, standing: int) -> int:
    """How many new controls the doubts want, where so many stand; not above 0: none."""
    if not one_in or not doubts:
        return 0
    return (len(doubts) + int(_seed(doubts), 16) % one_in) // one_in - standing


def _seed(doubts: Iterable[Link]) -> str:
    return hashlib.sha256(repr([(one.row, one.dossier) for one in doubts]).encode()).hexdigest()


def lot(row: str, dossier: str, seed: str = "") -> str:
    """Where a pair stands in a queue: 64 hex digits that tell nothing of it."""
    return hashlib.sha256(f"{seed}:{row}:{dossier}".encode()).hexdigest()


def _pair(one: AskedPair) -> Pair:
    return one.link.row, str(one.link.dossier)


def _by_lot(pairs: Iterable[AskedPair], seed: str) -> list[AskedPair]:
    return sorted(pairs, key=lambda one: lot(*_pair(one), seed))


def _look(row: Claim) -> tuple[str, str, str]:
    """What would strike a reader who sees it a second time."""
    return name_key(row.subject or row.applicant), name_key(row.mother), row.birth_date


def _linked(links: Iterable[Link]) -> Iterator[AskedPair]:
    for one in links:
        if one.decision is LinkState.AUTO and one.method in _BY_LIKENESS and one.dossier:
            yield AskedPair(one, WhyAsked.LINKED)


def _planted(links: Iterable[Link], claims: Mapping[str, Claim]) -> Iterator[AskedPair]:
    """A row beside the dossier of a namesake: both linked by code, born on days far apart."""
    certain: dict[str, list[Link]] = {}
    for one in links:
        row = claims.get(one.row)
        if one.decision is LinkState.AUTO and one.method is Method.CODE and row and row.subject:
            certain.setdefault(name_key(row.subject), []).append(one)
    for namesakes in certain.values():
        for mine, other in zip(namesakes, namesakes[1:] + namesakes[:1], strict=True):
            if _surely_two(mine, other, claims):
                link = Link(
                    mine.row, other.dossier, Method.PEOPLE, 0.0, LinkState.REVIEW, None, NAMESAKES
                )
                yield AskedPair(link, WhyAsked.PLANTED)


def _surely_two(mine: Link, other: Link, claims: Mapping[str, Claim]) -> bool:
    """Two persons beyond doubt: each dossier and each row tells another month of birth."""
    sides = [
        [claims[key] for key in (link.row, str(link.dossier)) if key in claims]
        for link in (mine, other)
    ]
    if mine.dossier == other.dossier or any(len(side) < 2 for side in sides):
        return False
    months = [{claim.birth_date[:7] for claim in side} for side in sides]
    whole = all(len(claim.birth_date) == _DAY for side in sides for claim in side)
    return whole and all(len(one) == 1 for one in months) and months[0] != months[1]
