"""One row, one dossier: the best choice for all rows of a register together, not one by one.

Shortest augmenting paths (Kuhn 1955, Jonker and Volgenant 1987) on the few pairs that are
thinkable; a row may also stay alone, which weighs nothing. Weights are whole numbers so that no
rounding decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

Edge = tuple[int, int, int]  # row, dossier, weight (all whole numbers)


def assign(edges: Sequence[Edge]) -> dict[int, int]:
    """The dossier of each row in a matching of the greatest weight; rows left alone are absent.

    Pairs that weigh nothing or less are never chosen.
    """
    chosen: dict[int, int] = {}
    for group in components([edge for edge in edges if edge[2] > 0]):
        if len(group) == 1:
            chosen[group[0][0]] = group[0][1]
        else:
            chosen |= _matched(group)
    return chosen


def components(edges: Sequence[Edge]) -> list[list[Edge]]:
    """The pairs in groups that share no row and no dossier, each sorted."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def find(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for row, dossier, _ in edges:
        one, other = find(("row", row)), find(("dossier", dossier))
        if one != other:
            parent[max(one, other)] = min(one, other)
    groups: dict[tuple[str, int], list[Edge]] = {}
    for edge in sorted(edges):
        groups.setdefault(find(("row", edge[0])), []).append(edge)
    return list(groups.values())


def _matched(edges: list[Edge]) -> dict[int, int]:
    """The best matching of one group."""
    options: dict[int, list[tuple[int, int]]] = {}
    for row, dossier, weight in edges:
        options.setdefault(row, []).append((dossier, weight))
    dossiers = {edge[1] for edge in edges}
    alone = {row: -1 - at for at, row in enumerate(options)}  # each row's own "nobody"
    price = dict.fromkeys([*dossiers, *alone.values()], 0)
    holder: dict[int, int] = {}  # of each dossier, the row that has it now
    place: dict[int, int] = {}  # the other way round
    for row in options:
        _augment(row, options, alone, price, holder, place)
    return {row: dossier for dossier, row in holder.items() if dossier in dossiers}


def _augment(
    start: int,
    options: dict[int, list[tuple[int, int]]],
    alone: dict[int, int],
    price: dict[int, int],
    holder: dict[int, int],
    place: dict[int, int],
) -> None:
    """Give one more row its place, moving others where that gains more than it loses."""
    distance: dict[int, int] = {}
    reached_by: dict[int, int] = {}
    heap: list[tuple[int, int]] = []

    def look_from(row: int, so_far: int) -> None:
        gains = [(w - price[d], d) for d, w in (*options[row], (alone[row], 0))]
        best = max(gain for gain, _ in gains)
        for gain, dossier in gains:
            length = so_far + best - gain
            if dossier not in distance or length < distance[dossier]:
                distance[dossier] = length
                reached_by[dossier] = row
                heappush(heap, (length, dossier))

    look_from(start, 0)
    done: dict[int, int] = {}
    while True:
        length, dossier = heappop(heap)
        if dossier in done:
            continue
        done[dossier] = length
        if dossier not in holder:
            break
        look_from(holder[dossier], length)
    for reached, reached_at in done.items():
        price[reached] += length - reached_at
    while True:
        row = reached_by[dossier]
        holder[dossier], place[row], before = row, dossier, place.get(row)
        if before is None:
            return
        del holder[before]
        dossier = before
