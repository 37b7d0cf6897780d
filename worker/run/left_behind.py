"""What a run leaves behind of every case, and the file of ``data_dir/prepared`` that holds it.

The file is named by its digest, which the store's row of ``prepared`` knows. Where it is lost, or
the program, the policy or how the sources were read is another, all is judged anew.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from reconcile.coverage import Coverage, SourceCoverage
from reconcile.judging.judge import Owned, Unowned
from reconcile.judging.remembering import CaseLook, under_key
from reconcile.judging.verdicts import Counted, Remembered
from reconcile.linking.lexicon import Array
from reconcile.scope import Scope
from reconcile.text.packed import PackedTexts, checksum, checksums, laid, lying, merge_order
from worker.house import House
from worker.run.program import PROGRAM

#: Sets in one order, calendars and the like as text.
_plain = msgspec.msgpack.Encoder(enc_hook=str, order="deterministic").encode
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Remembered).decode
#: No day: time alone changes nothing.
NEVER = np.iinfo(np.int32).max
#: What the arrays in the file hold: texts, ends and checksums of the anchors, then of each case.
_KINDS = (np.uint8, np.int64, np.uint32, np.int64, np.int32, np.bool_, np.uint32, np.int32)
#: Bytes, wherever they lie.
Bytes = bytes | memoryview


class VerdictFile(msgspec.Struct, array_like=True, frozen=True):
    """What is left behind of all cases together; the arrays of ``Verdicts`` lie behind it."""

    basis: bytes
    linking: str  # the digest of what linking left behind with it
    day: date
    coverage: Coverage
    files: list[tuple[int, str]]  # that counted, the newest reading first
    names: list[tuple[Any, ...]]
    totals: list[int]


_decode_file = msgspec.msgpack.Decoder(VerdictFile).decode


def is_standing(scope: Scope) -> bool:
    """The scope of the service's own runs: everything known, today."""
    return scope == Scope(as_of=scope.as_of)


@dataclass(slots=True)
class Verdicts:
    """Every case that was judged, by anchor; those that changed lie beside, until they are kept.

    ``told`` is what is remembered of each, one behind the other, and ``ends`` where it ends.
    """

    anchors: PackedTexts
    told: memoryview
    ends: Array
    until: Array
    tells: Array
    under: tuple[Array, Array]  # checksums in order, and the place of each
    counted: Counted
    fresh: dict[str, CaseLook] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)
    _owners: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, looks: Iterable[CaseLook]) -> Verdicts:
        counted = Counted()
        anchors: list[str] = []
        told, ends = bytearray(), array("q")
        until, tells = array("i"), bytearray()
        sums, places = array("I"), array("i")
        for place, look in enumerate(looks):
            numbers = tuple(map(counted.add, look.counts))
            anchors.append(look.anchor)
            told += _encode(replace(look.remembered, counts=numbers))
            ends.append(len(told))
            until.append(_ordinal(look.until))
            tells.append(look.remembered.tells)
            sums.extend(map(checksum, look.under))
            places.extend([place] * len(look.under))
        under = np.frombuffer(sums, dtype=np.uint32), np.frombuffer(places, dtype=np.int32)
        order = np.argsort(under[0], kind="stable")
        return cls(
            PackedTexts.of(anchors),
            memoryview(told),
            np.frombuffer(ends, dtype=np.int64),
            np.frombuffer(until, dtype=np.int32),
            np.frombuffer(tells, dtype=np.bool_),
            (under[0][order], under[1][order]),
            counted,
        )

    def get(self, anchor: str) -> Remembered | None:
        """What is remembered of a case now."""
        if anchor in self.fresh:
            return self.fresh[anchor].remembered
        place = self._place(anchor)
        return None if place is None else self._at(place)

    def find(self, under: Collection[str]) -> list[str]:
        """The cases of before that may be found so; now and then checksums clash."""
        sums, places = self.under
        asked = checksums(under)
        edges = zip(
            np.searchsorted(sums, asked).tolist(),
            np.searchsorted(sums, asked, side="right").tolist(),
            strict=True,
        )
        found = {at for start, end in edges for at in places[start:end].tolist()}
        return [self.anchors[at] for at in sorted(found - self._gone)]

    def due(self, day: date) -> list[str]:
        """The cases of before that time alone may have changed."""
        found = np.flatnonzero(self.until <= day.toordinal()).tolist()
        return [self.anchors[at] for at in found if at not in self._gone]

    def drop(self, anchor: str) -> None:
        """The case is not there any more, or is put anew."""
        if (look := self.fresh.pop(anchor, None)) is not None:
            self.counted.take_back(look.remembered.counts)
        elif (place := self._place(anchor)) is not None:
            self.counted.take_back(self._at(place).counts)
            self._gone.add(place)

    def put(self, look: CaseLook) -> None:
        self.drop(look.anchor)
        numbers = tuple(map(self.counted.add, look.counts))
        self.fresh[look.anchor] = replace(
            look, remembered=replace(look.remembered, counts=numbers), counts=()
        )
        for key in look.remembered.owned:
            self._owners[key] = look.anchor

    def telling(self) -> Iterator[Remembered]:
        """The cases of which more is to be told than that they are there."""
        for at in np.flatnonzero(self.tells).tolist():
            if at not in self._gone:
                yield self._at(at)
        for look in self.fresh.values():
            if look.remembered.tells:
                yield look.remembered

    def owner(self, key: str) -> Owned:
        """What is remembered of the case that a dossier or row is of."""
        for anchor in (self._owners.get(key, ""), *self.find([under_key(key)])):
            known = self.get(anchor) if anchor else None
            if known is not None and key in known.owned:
                return known if known.spoken else None
        return Unowned.UNOWNED

    def kept(self) -> tuple[Verdicts, list[Bytes]]:
        """The same in one piece, but for what is remembered, which comes in pieces."""
        stays = np.ones(len(self.anchors), dtype=np.bool_)
        stays[sorted(self._gone)] = False
        left = np.flatnonzero(stays)
        place = np.cumsum(stays) - 1
        looks = list(self.fresh.values())
        sums, places = self.under
        there = stays[places]
        sums, places = sums[there], place[places[there]]
        fresh = sorted(
            (checksum(text), len(left) + n) for n, one in enumerate(looks) for text in one.under
        )
        new_sums: Array = np.array([one for one, _ in fresh], dtype=np.uint32)
        new_places: Array = np.array([at for _, at in fresh], dtype=np.int32)
        order = merge_order(sums, new_sums)
        until = [_ordinal(one.until) for one in looks]
        tells = [one.remembered.tells for one in looks]
        new = [_encode(one.remembered) for one in looks]
        sizes = np.concatenate((np.diff(self.ends, prepend=0)[stays], list(map(len, new))))
        whole = Verdicts(
            self.anchors.take(left).with_more(PackedTexts.of(one.anchor for one in looks)),
            memoryview(b""),
            np.cumsum(sizes.astype(np.int64)),
            np.concatenate((self.until[stays], np.array(until, dtype=np.int32))),
            np.concatenate((self.tells[stays], np.array(tells, dtype=np.bool_))),
            (
                np.concatenate((sums, new_sums))[order],
                np.concatenate((places.astype(np.int32), new_places))[order],
            ),
            self.counted,
        )
        return whole, [*self._between(sorted(self._gone)), *new]

    def _between(self, gone: Iterable[int]) -> Iterator[Bytes]:
        """What is remembered of the cases between these places."""
        start = 0
        for at in gone:
            yield self.told[start : self._start(at)]
            start = int(self.ends[at])
        yield self.told[start:]

    def _at(self, place: int) -> Remembered:
        return _decode(self.told[self._start(place) : self.ends[place]])

    def _start(self, place: int) -> int:
        return int(self.ends[place - 1]) if place else 0

    def _place(self, anchor: str) -> int | None:
        at = self.anchors.find(anchor)
        return None if at < 0 or at in self._gone else at


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day is not None else int(NEVER)


def basis(house: House, coverage: Coverage) -> bytes:
    """A digest of everything that every verdict stands on."""
    policy = house.policy
    told = _plain(
        (
            PROGRAM,
            replace(policy, ii06a={}),
            sorted(policy.ii06a.items()),
            list(map(_read, coverage.sources)),
        )
    )
    return hashlib.blake2b(told, digest_size=16).digest()


def _read(source: SourceCoverage) -> SourceCoverage:
    """How the source was read; what it covers is asked for each case by itself."""
    whole = {"starts": None, "ends": None, "windows": (), "units": None, "declared": ()}
    return replace(source, problem="", **whole)  # type: ignore[arg-type]


def folder(house: House) -> Path:
    """Where a run leaves behind what the next need not do again."""
    return house.settings.office.data_dir / "prepared"


def read(house: House, digest: str) -> Bytes | None:
    """What lies there under its digest; None where it is lost or is something else."""
    try:
        with (folder(house) / digest).open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # it is not there, or empty
        return None
    return data if digest_of(data) == digest else None


def rest(data: Bytes) -> None:
    """Nothing of what is mapped stays in memory, until it is looked at again."""
    if isinstance(data, memoryview) and isinstance(data.obj, mmap.mmap):
        data.obj.madvise(mmap.MADV_DONTNEED)


def write(house: House, *parts: Bytes) -> str:
    """Lay it there under its digest, readable by its owner alone."""
    name, here = digest_of(*parts), folder(house)
    here.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = here / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for part in parts:
            file.write(part)
            rest(part)
    partial.replace(here / name)
    return name


def sweep(house: House, kept: Collection[str]) -> None:
    """Nothing lies there but what is kept."""
    here = folder(house)
    for path in here.iterdir() if here.is_dir() else ():
        if path.name not in kept and not path.name.startswith("."):
            path.unlink(missing_ok=True)


def digest_of(*parts: Bytes) -> str:
    digest = hashlib.sha256()  # twice as fast where the processor knows it
    for part in parts:
        digest.update(part)
        rest(part)
    return digest.hexdigest()


def to_bytes(
    verdicts: Verdicts,
    house: House,
    coverage: Coverage,
    day: date,
    linking: str,
    files: list[tuple[int, str]],
) -> list[Bytes]:
    """What is left behind of all cases, in pieces."""
    one, told = verdicts.kept()
    head = _encode(
        VerdictFile(
            basis(house, coverage),
            linking,
            day,
            coverage,
            files,
            one.counted.names,
            one.counted.totals,
        )
    )
    anchors, (sums, places) = one.anchors, one.under
    arrays = anchors.data, anchors.ends, anchors.sums, one.ends, one.until, one.tells, sums, places
    return [*laid(head, *arrays), *told]


def from_bytes(data: Bytes) -> tuple[VerdictFile, Verdicts]:
    """What ``to_bytes`` gave, in one piece."""
    head, at = lying(data)
    file, arrays = _decode_file(head), list[Array]()
    for kind in _KINDS:
        piece, at = lying(data, at)
        arrays.append(np.frombuffer(piece, dtype=kind))
    *anchors, ends, until, tells, sums, places = arrays
    return file, Verdicts(
        PackedTexts(*anchors),
        memoryview(data)[at:],
        ends,
        until,
        tells,
        (sums, places),
        Counted(file.names, file.totals),
    )
