"""One hash of what is stored, so that a run sees whether anything changed at all.

Taken from the rows themselves, not from notes about them: whoever writes a row, and by whatever
way, changes the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select

from worker.store.engine import BATCH
from worker.store.tables import finding, link, rejected

#: Rows that are held in memory at once.

_REJECTED: tuple[Select[tuple[object, ...]], ...] = (
    select(
        rejected.c.file_id,
        rejected.c.sheet,
        rejected.c.row,
        rejected.c.column,
        rejected.c.reason,
        rejected.c.kept,
    ).order_by(
        rejected.c.file_id,
        rejected.c.sheet,
        rejected.c.row,
        rejected.c.column,
        rejected.c.reason,
        rejected.c.kept,
    ),
)
_LINKS = (select(link.c.row, link.c.payload).order_by(link.c.row),)
_FINDINGS = (
    select(finding.c.discrepancy_id, finding.c.payload).order_by(finding.c.discrepancy_id),
)


def of_rejected(connection: Connection) -> str:
    """32 hex digits over every rejected row, in a fixed order; for claims see ``judged``."""
    return _of(connection, _REJECTED)


def of_links(connection: Connection) -> str:
    """32 hex digits over every link, in a fixed order."""
    return _of(connection, _LINKS)


def of_findings(connection: Connection) -> str:
    """32 hex digits over what every row of a finding says, in a fixed order."""
    return _of(connection, _FINDINGS)


def _of(connection: Connection, queries: Iterable[Select[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    encode = msgspec.msgpack.Encoder().encode
    for query in queries:
        # The driver's own rows: no object of Python is made of 170,000 of them.
        cursor = connection.execute(query).cursor
        while rows := cursor.fetchmany(BATCH):
            digest.update(encode(rows))
        digest.update(b"\x1e")
    return digest.hexdigest()
