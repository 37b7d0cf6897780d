"""links.jsonl in blocks, so that a run makes anew only those in which a line is another.

A block holds the lines of some neighbouring rows of one sheet, compressed; the same lines give the
same blocks, however they came about.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from reconcile.claims import Claim, Place
from reconcile.links import Link
from worker.reports.machine import PlaceLine, link_line
from worker.reports.packing import LEVEL

#: Rows of a sheet that share a block.
ROWS = 64
#: Behind the place of a line: inside of a text its quotes would be escaped.
_BEHIND = b'},"dossier":'
#: A place is found in so many bytes of a block.
_HEAD = 4096

Blocks = tuple[bytes, ...]
Block = tuple[str, str, int]


class _Placed(msgspec.Struct):
    register: PlaceLine


_json = msgspec.json.Encoder().encode
_placed = msgspec.json.Decoder(_Placed).decode


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What differs from the blocks of a run before.

    ``gone`` are the places that rows had which moved, went or were decided anew, once for each row;
    ``links`` those that are told now, at their ``places``.
    """

    before: Blocks
    gone: Sequence[Place]
    links: Sequence[Link]
    claims: Mapping[str, Claim]  # the rows of the links, and the dossiers that these name


def blocks(links: Iterable[Link], claims: Mapping[str, Claim]) -> Blocks:
    """A line for each place of each register row, in the order of the files."""
    placed = [(place, link) for link in links for place in claims[link.row].places]
    placed.sort(key=lambda one: (one[0].file, one[0].sheet, one[0].row, one[1].row))
    found = groupby(placed, key=lambda one: _block(one[0]))
    return tuple(
        _packed(_json(link_line(place, link, claims)) for place, link in some) for _, some in found
    )


def changed(change: LinkChange) -> Blocks | None:
    """As ``blocks`` of everything; None where rows share a place, so that all must be made."""
    fresh: dict[Block, dict[Place, bytes]] = {}
    for link in change.links:
        for place in change.claims[link.row].places:
            lines = fresh.setdefault(_block(place), {})
            if place in lines:
                return None
            lines[place] = _json(link_line(place, link, change.claims))
    gone = Counter(change.gone)
    touched = {*map(_block, gone), *fresh}
    found: dict[Block, bytes] = {}
    for packed in change.before:
        name = _block(_place(zlib.decompressobj().decompress(packed, _HEAD)))
        found[name] = packed
        if name in touched:
            kept, added = _without(packed, gone), fresh.pop(name, {})
            if kept is None or kept.keys() & added.keys():
                return None
            found[name] = _packed(line for _, line in sorted({**kept, **added}.items()))
    found |= {name: _packed(line for _, line in sorted(one.items())) for name, one in fresh.items()}
    if any(gone.values()):
        return None
    return tuple(packed for _, packed in sorted(found.items()) if packed != _EMPTY)


def _without(packed: bytes, gone: Counter[Place]) -> dict[Place, bytes] | None:
    """The lines of a block by their place, but for those that are ``gone``, which is told."""
    left: dict[Place, bytes] = {}
    for line in unpacked(packed):
        place = _place(line)
        if gone[place]:
            gone[place] -= 1
        elif place in left:
            return None
        else:
            left[place] = line
    return left


def unpacked(block: bytes) -> list[bytes]:
    """The lines of a block, without their line ends."""
    return zlib.decompress(block).split(b"\n")[:-1]


def _packed(lines: Iterable[bytes]) -> bytes:
    return zlib.compress(b"".join(line + b"\n" for line in lines), LEVEL)


_EMPTY = _packed(())


def _block(place: Place) -> Block:
    return place.file, place.sheet, place.row // ROWS


def _place(line: bytes) -> Place:
    told = _placed(line[: line.index(_BEHIND)] + b"}}").register
    return Place(told.file, told.sheet, told.row)
