"""Many texts in one piece of bytes, as they are kept between runs.

A list of a million texts costs a hundred megabytes and a second to make. Here they lie as they were
written, perhaps in a file that is mapped into memory, and each is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]


def checksum(text: str) -> int:
    """The same in every process, unlike ``hash``: 32 bits, so that now and then two clash."""
    return crc32(text.encode())


def checksums(texts: Iterable[str]) -> _Array:
    """Their checksums in order, once each."""
    return np.unique(np.fromiter(map(checksum, texts), np.uint32))


def bearing(sums: _Array, wanted: _Array) -> _Array:
    """The places of the many checksums at which one of the few stands, which are in order."""
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    at = np.searchsorted(wanted, sums)
    at[at == len(wanted)] = 0
    return np.flatnonzero(wanted[at] == sums)


def merge_order(known: _Array, new: _Array) -> _Array:
    """Both in one order: places of what is known, and behind those the places of what is new."""
    behind = len(known) + np.arange(len(new))
    return np.insert(np.arange(len(known)), np.searchsorted(known, new, side="right"), behind)


class PackedTexts(Sequence[str]):
    """Texts by their place: ``data`` holds one behind the other, ``ends`` where each ends."""

    __slots__ = ("_order", "data", "ends", "sums")

    def __init__(self, data: _Array, ends: _Array, sums: _Array) -> None:
        self.data = data  # uint8
        self.ends = ends  # int64
        self.sums = sums  # uint32, the checksum of each
        self._order: tuple[_Array, _Array] | None = None

    @classmethod
    def of(cls, texts: Iterable[str]) -> PackedTexts:
        """These texts, in their order."""
        each = [text.encode() for text in texts]
        ends = np.cumsum(np.fromiter(map(len, each), np.int64, len(each)))
        sums = np.fromiter(map(crc32, each), np.uint32, len(each))
        return cls(np.frombuffer(b"".join(each), dtype=np.uint8), ends, sums)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> PackedTexts: ...
    def __getitem__(self, at: int | slice) -> str | PackedTexts:
        if isinstance(at, slice):
            return self.take(np.arange(len(self))[at])
        if at < 0:
            at += len(self)
        start = int(self.ends[at - 1]) if at else 0
        return str(self.data[start : int(self.ends[at])].data, "utf-8")

    def __iter__(self) -> Iterator[str]:
        data, start = self.data.tobytes(), 0
        for end in self.ends.tolist():
            yield data[start:end].decode()
            start = end

    def sizes(self) -> _Array:
        """How many bytes each has."""
        return np.diff(self.ends, prepend=0)

    def take(self, at: _Array) -> PackedTexts:
        """Those at these places, in this order; what lies together is copied together."""
        if not len(at):
            return PackedTexts.of(())
        sizes = self.sizes()
        begins = np.flatnonzero(np.diff(at, prepend=at[0] - 2) != 1)
        firsts, lasts = at[begins], at[np.append(begins[1:], len(at)) - 1]
        starts, ends = self.ends[firsts] - sizes[firsts], self.ends[lasts]
        runs = zip(starts.tolist(), ends.tolist(), strict=True)
        data = np.concatenate([self.data[start:end] for start, end in runs])
        return PackedTexts(data, np.cumsum(sizes[at]), self.sums[at])

    def with_more(self, more: PackedTexts) -> PackedTexts:
        """These, and the others behind them."""
        behind = self.ends[-1] if len(self) else 0
        return PackedTexts(
            np.concatenate((self.data, more.data)),
            np.concatenate((self.ends, more.ends + behind)),
            np.concatenate((self.sums, more.sums)),
        )

    def where(self, texts: Collection[str]) -> _Array:
        """The places at which one of these stands, in order."""
        wanted = frozenset(texts)
        found = bearing(self.sums, checksums(wanted)).tolist()
        return np.array([at for at in found if self[at] in wanted], dtype=np.int64)

    def find(self, text: str) -> int:
        """The place at which it stands; -1: nowhere."""
        if self._order is None:
            order = np.argsort(self.sums, kind="stable")
            self._order = self.sums[order], order
        sums, order = self._order
        asked = np.uint32(checksum(text))
        at = int(np.searchsorted(sums, asked))
        while at < len(sums) and sums[at] == asked:
            if self[place := int(order[at])] == text:
                return place
            at += 1
        return -1


#: Where a piece begins, in bytes.
_EDGE = 8


def laid(*pieces: bytes | _Array) -> list[bytes | memoryview]:
    """Each with its size before it and as much behind that the next begins at an edge."""
    found: list[bytes | memoryview] = []
    for piece in pieces:
        data = memoryview(piece) if isinstance(piece, bytes) else np.ascontiguousarray(piece).data
        size = data.nbytes
        found += [size.to_bytes(_EDGE, "little"), data.cast("B") if size else b""]
        found.append(bytes(_padded(size) - size))
    return found


def lying(data: bytes | memoryview, start: int = 0) -> tuple[memoryview, int]:
    """What ``laid`` put at this byte, where it lies, and where the next begins."""
    begins = start + _EDGE
    size = int.from_bytes(data[start:begins], "little")
    return memoryview(data)[begins : begins + size], begins + _padded(size)


def _padded(size: int) -> int:
    return -(-size // _EDGE) * _EDGE
