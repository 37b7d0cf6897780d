"""Rows kept small: a report of 100,000 lines must not fill the memory of an office machine.

Rows are held in compressed blocks and read one block after another. The same rows give the same
bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)
#: One stream, or blocks that each are one.
Packed = bytes | tuple[bytes, ...]

#: So many rows lie in one block: about a megabyte while it is open.
BLOCK = 1000
#: Fast: most of the gain comes from the words that all rows share.
LEVEL = 3


class PackedRows(msgspec.Struct, frozen=True):
    """How many rows there are, and the blocks that hold them."""

    count: int
    blocks: tuple[bytes, ...]

    def __len__(self) -> int:
        return self.count


def keep(rows: Iterable[msgspec.Struct]) -> PackedRows:
    """Put rows away, in their order."""
    encoder = msgspec.msgpack.Encoder()
    rest = iter(rows)
    count, blocks = 0, []
    while block := list(islice(rest, BLOCK)):
        count += len(block)
        blocks.append(zlib.compress(encoder.encode(block), LEVEL))
    return PackedRows(count, tuple(blocks))


def each(rows: PackedRows, kind: type[Row]) -> Iterator[Row]:
    """The rows again, one block open at a time."""
    decoder = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
    for block in rows.blocks:
        yield from decoder.decode(zlib.decompress(block))


def as_json(rows: Iterable[msgspec.Struct]) -> Iterator[bytes]:
    """Each row as a line of JSON, without its line end."""
    return map(msgspec.json.Encoder().encode, rows)


def keep_lines(lines: Iterable[bytes]) -> bytes:
    """Lines, compressed as one stream."""
    squeeze = zlib.compressobj(LEVEL)
    rest, parts = iter(lines), []
    while block := list(islice(rest, BLOCK)):
        parts.append(squeeze.compress(b"\n".join([*block, b""])))
    return b"".join([*parts, squeeze.flush()])


def pieces(packed: Packed) -> Iterator[bytes]:
    """What ``keep_lines`` (or ``zlib.compress``) put away, a megabyte or a block at a time."""
    if isinstance(packed, tuple):
        yield from map(zlib.decompress, packed)
        return
    stretch = zlib.decompressobj()
    piece = stretch.decompress(packed, 1 << 20)
    while piece:
        yield piece
        piece = stretch.decompress(stretch.unconsumed_tail, 1 << 20)


def lines(packed: Packed) -> Iterator[bytes]:
    """The lines that ``keep_lines`` put away, without their line ends."""
    rest = b""
    for piece in pieces(packed):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
