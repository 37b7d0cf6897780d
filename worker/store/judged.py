"""The claims as the newest decision took them: what differs now has changed since.

Nobody notes a change. Both tables are compared as they stand, in one pass of the database itself;
no claim that is as it was is read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select

from worker.store import digests, leases
from worker.store.engine import BATCH, Room, batches, many, reads, writes
from worker.store.leases import Lease
from worker.store.readings import newest_first
from worker.store.tables import claim, judged_claim, prepared

#: The row of ``prepared`` that holds the sum over all claims as they were taken.
CLAIMS = "claims"
#: What a claim is made of, beside its file: ``hash`` stands for the payload.
COLUMNS = ("file_id", "key", "hash", "read_on", "sheet", "row")
_now = [claim.c[name] for name in COLUMNS]
_then = [judged_claim.c[name] for name in COLUMNS]
_SIZE = 16
#: Rows of a claim in one file alone, as it is and as it was.
ONCE_EACH = 2
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True)
class Differing:
    """What is other than the newest decision took it: rows as they are, and as they were.

    ``said`` stands for every claim and rejected row as they are; ``of`` is how many claims there
    were. ``known`` is False where nothing was left to compare with.
    """

    said: str
    total: int
    of: int
    fresh: Sequence[tuple[Any, ...]] = ()
    stale: Sequence[tuple[Any, ...]] = ()
    known: bool = True

    @cached_property
    def keys(self) -> frozenset[str]:
        """The claims that came, changed or went."""
        return frozenset(str(row[1]) for row in (*self.fresh, *self.stale))

    @cached_property
    def moved(self) -> frozenset[str]:
        """Of these those that say the same and only stand elsewhere in their file."""
        said, counts = {row[:4] for row in self.stale}, Counter(row[1] for row in self.fresh)
        counts.update(row[1] for row in self.stale)
        moved = (row[1] for row in self.fresh if row[:4] in said)
        return frozenset(str(key) for key in moved if counts[key] == ONCE_EACH)


class JudgedClaims(Room):
    """The table of the claims as they were taken."""

    @reads
    def differing(self, connection: Connection) -> Differing:
        """What changed since the newest decision, found without reading what did not."""
        return _differing(connection)

    @reads
    def links(self, connection: Connection) -> str:
        """A hash of every link that is stored."""
        return digests.of_links(connection)

    @reads
    def files(self, connection: Connection) -> list[tuple[int, str]]:
        """The number and path of each file that counts, the newest reading first."""
        return [(file.id, file.path) for file in newest_first(connection, self.sources)]

    @reads
    def of_files(self, connection: Connection, ids: Collection[int]) -> set[str]:
        """The claims of these files."""
        query = select(claim.c.key).where(claim.c.file_id.in_(sorted(ids)))
        return set(connection.scalars(query))

    @writes
    def renew(self, connection: Connection, *, lease: Lease | None = None) -> Differing:
        """From now on all claims count as taken as they stand; nothing that stands on what was
        taken before counts any longer."""
        leases.guard(connection, lease)
        connection.execute(delete(prepared))
        connection.execute(delete(judged_claim))
        connection.execute(insert(judged_claim).from_select(COLUMNS, select(*_now)))
        found = _all(connection)
        _keep_total(connection, found.total)
        return found


def keep(connection: Connection, found: Differing) -> None:
    """From now on the claims count as taken as they were found."""
    this = and_(
        judged_claim.c.file_id == bindparam("its_file"), judged_claim.c.key == bindparam("its_key")
    )
    gone = [{"its_file": row[0], "its_key": row[1]} for row in found.stale]
    many(connection, delete(judged_claim).where(this), gone)
    fresh = [dict(zip(COLUMNS, row, strict=True)) for row in found.fresh]
    many(connection, insert(judged_claim), fresh)
    _keep_total(connection, found.total)


def _keep_total(connection: Connection, total: int) -> None:
    connection.execute(delete(prepared).where(prepared.c.name == CLAIMS))
    values = {"name": CLAIMS, "basis": "", "digest": f"{total:032x}", "links": ""}
    connection.execute(insert(prepared).values(values))


def _differing(connection: Connection) -> Differing:
    query = select(prepared.c.digest).where(prepared.c.name == CLAIMS)
    total = connection.scalar(query)
    if total is None:
        return _all(connection)
    same = and_(*(one == other for one, other in zip(_now, _then, strict=True)))
    changed = select(*_now).outerjoin(judged_claim, same).where(judged_claim.c.key.is_(None))
    fresh = _plain(connection.execute(changed))
    there, before = (
        int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for table in (claim, judged_claim)
    )
    stale = _stale(connection, fresh, before - (there - len(fresh)))
    now = (int(total, 16) + _sum(fresh) - _sum(stale)) % (1 << 8 * _SIZE)
    return Differing(_said(connection, now), now, before, fresh, stale)


def _stale(
    connection: Connection, fresh: Sequence[tuple[Any, ...]], count: int
) -> list[tuple[Any, ...]]:
    """The rows as they were that are no longer so; there are ``count`` of them."""
    found: list[tuple[Any, ...]] = []
    by_file: dict[int, list[str]] = {}
    for row in fresh:
        by_file.setdefault(row[0], []).append(row[1])
    for file_id, keys in by_file.items():
        for part in batches(keys):
            here = and_(judged_claim.c.file_id == file_id, judged_claim.c.key.in_(part))
            found += _plain(connection.execute(select(*_then).where(here)))
    if len(found) == count:
        return found
    same = and_(claim.c.file_id == judged_claim.c.file_id, claim.c.key == judged_claim.c.key)
    gone = select(*_then).outerjoin(claim, same).where(claim.c.key.is_(None))
    return found + _plain(connection.execute(gone))


def _all(connection: Connection) -> Differing:
    total, there = 0, 0
    # The driver's own rows: no object of Python is made of 170,000 of them.
    cursor = connection.execute(select(*_now)).cursor
    while rows := cursor.fetchmany(BATCH):
        there += len(rows)
        total += _sum(_plain(rows))
    total %= 1 << 8 * _SIZE
    return Differing(_said(connection, total), total, there, known=False)


def _plain(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return [(row[0], row[1], bytes(row[2]), *row[3:]) for row in rows]


def _sum(rows: Iterable[tuple[Any, ...]]) -> int:
    """A sum that stands for the rows in any order: what comes is added, what goes taken away."""
    return sum(
        int.from_bytes(hashlib.blake2b(_encode(row), digest_size=_SIZE).digest()) for row in rows
    )


def _said(connection: Connection, total: int) -> str:
    """32 hex digits over every claim and rejected row."""
    told = f"{total:032x}{digests.of_rejected(connection)}"
    return hashlib.blake2b(told.encode(), digest_size=_SIZE).hexdigest()
