"""Pairs whose answer is known, to stand among the doubtful ones: who answers is judged by them.

Two sorts, half of each where there are enough: a pair that was linked automatically, drawn at
random; and a planted twin, a row beside a near namesake's dossier, where row and dossier are each
linked elsewhere with certainty. Nobody who answers is to tell them from a doubt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

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


class SurePair(NamedTuple):
    """A row and the dossier that it was linked to automatically; ``subject`` is the row's own."""

    row: str
    dossier: str
    method: Method
    subject: str = ""


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


class _Drawn(NamedTuple):
    """A pair that may be asked; beside the dossier of an ``other`` it is a planted one."""

    pair: Pair
    sure: SurePair
    other: SurePair | None = None


def draw(
    doubts: Sequence[Link],
    sure: Sequence[SurePair],
    links: Callable[[Collection[str]], Iterable[Link]],
    claims: Mapping[str, Claim],
    *,
    one_in: int,
    standing: Collection[Pair] = (),
    asked: Collection[Pair] = (),
) -> tuple[AskedPair, ...]:
    """New controls, so that one stands beside so many doubts; 0: none.

    ``sure`` are by row, ``links`` gives those of some rows; few of the ``claims`` are asked for.
    ``standing`` are the controls that wait for an answer already, ``asked`` every pair that was
    one before: nobody is asked twice. The same links draw the same controls.
    """
    count, seed = wanted(doubts, one_in, len(standing)), _seed(doubts)
    if count <= 0:
        return ()
    seen = [*(one.row for one in doubts), *(row for row, _ in standing)]
    looks = {_look(claims[row]) for row in seen if row in claims}
    sorts = [_by_lot(_linked(sure), seed), _surely_two(_by_lot(_planted(sure), seed), claims)]
    if int(seed, 16) // one_in % 2:
        sorts.reverse()
    found: list[_Drawn] = []
    queues = list(map(iter, sorts))
    while queues and len(found) < count:
        queue = queues.pop(0)
        for one in queue:
            if one.pair in asked or one.pair[0] not in claims:
                continue
            look = _look(claims[one.pair[0]])
            if look not in looks:
                looks.add(look)
                found.append(one)
                queues.append(queue)
                break
    linked = {link.row: link for link in links({one.pair[0] for one in found if not one.other})}
    return tuple(_as_asked(one, linked) for one in found)


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


def _by_lot(drawn: Iterable[_Drawn], seed: str) -> Iterable[_Drawn]:
    return sorted(drawn, key=lambda one: lot(one.pair[0], one.pair[1], seed))


def _look(row: Claim) -> tuple[str, str, str]:
    """What would strike a reader who sees it a second time."""
    return name_key(row.subject or row.applicant), name_key(row.mother), row.birth_date


def _linked(sure: Iterable[SurePair]) -> Iterator[_Drawn]:
    for one in sure:
        if one.method in _BY_LIKENESS:
            yield _Drawn((one.row, one.dossier), one)


def _planted(sure: Iterable[SurePair]) -> Iterator[_Drawn]:
    """A row beside the dossier of a namesake, both linked by code."""
    certain: dict[str, list[SurePair]] = {}
    for one in sure:
        if one.method is Method.CODE and one.subject:
            certain.setdefault(name_key(one.subject), []).append(one)
    for namesakes in certain.values():
        for mine, other in zip(namesakes, namesakes[1:] + namesakes[:1], strict=True):
            if mine.dossier != other.dossier:
                yield _Drawn((mine.row, other.dossier), mine, other)


def _surely_two(drawn: Iterable[_Drawn], claims: Mapping[str, Claim]) -> Iterator[_Drawn]:
    """Two persons beyond doubt: each dossier and each row tells another month of birth."""
    for one in drawn:
        pairs = [pair for pair in (one.sure, one.other) if pair is not None]
        sides = [
            [claims[key].birth_date for key in (pair.row, pair.dossier) if key in claims]
            for pair in pairs
        ]
        months = [{day[:7] for day in side} for side in sides]
        whole = all(len(side) == 2 and {*map(len, side)} == {_DAY} for side in sides)
        if whole and all(len(each) == 1 for each in months) and months[0] != months[1]:
            yield one


def _as_asked(one: _Drawn, linked: Mapping[str, Link]) -> AskedPair:
    row, dossier = one.pair
    if one.other is None:
        return AskedPair(replace(linked[row], decision=LinkState.REVIEW), WhyAsked.LINKED)
    link = Link(row, dossier, Method.PEOPLE, 0.0, LinkState.REVIEW, None, NAMESAKES)
    return AskedPair(link, WhyAsked.PLANTED)
