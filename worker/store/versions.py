"""Files that lie where another lay: which rows they take back, and what is put aside.

What a file said before another was laid over it goes on counting under a name of its own
(``so.xlsx (bản cũ 1)``) until a person says that it was replaced; saying the other brings it back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from reconcile import versions
from reconcile.claims import Claim
from reconcile.versions import Doubt, VersionVerdict
from worker.store import audit, seals, tables
from worker.store.codec import Loader
from worker.store.engine import Room, writes
from worker.store.tables import claim, source_file

#: In the audit: a person said what a file is that lies where another lay.
REPLACES, ANOTHER = "file.replaces", "file.another"
_EDITION = re.compile(r" \(bản cũ \d+\)$")


class FileStanding(StrEnum):
    """What a person said of a file that was put aside; empty: nobody did, so it is asked."""

    ASKED = ""
    REPLACED = "replaced"  # it counts no more
    KEPT = "kept"  # another file: both count


class Versions(Room):
    """What persons say of files that were put aside."""

    @writes
    def decide(
        self,
        connection: Connection,
        source: str,
        path: str,
        standing: FileStanding,
        *,
        by: str,
        reason: str,
        at: datetime,
    ) -> int:
        """How many files that lay under a name are now said to be replaced, or kept.

        ``path`` may be the name of a file that is no longer there, too. One act in the audit.
        """
        lay = (source_file.c.lay_as == path) | (
            (source_file.c.path == path) & source_file.c.present.is_(False)
        )
        these = (source_file.c.source == source, lay, source_file.c.standing != standing.value)
        values = {"standing": standing.value}
        count = connection.execute(update(source_file).where(*these).values(**values)).rowcount
        if count:
            what = REPLACES if standing is FileStanding.REPLACED else ANOTHER
            name = f"{source}:{path}"
            audit.append(connection, actor=by, act=what, object=name, reason=reason, at=at)
        return count


def loaded(connection: Connection, file: Any, keys: Collection[str]) -> list[Claim]:
    """Stored rows of one file."""
    columns = (claim.c.key, claim.c.payload, claim.c.read_on)
    query = select(*columns).where(claim.c.file_id == file.id)
    loader = Loader()
    return [
        loader.load(payload, read_on, ())
        for key, payload, read_on in connection.execute(query)
        if key in keys
    ]


def compared(
    connection: Connection,
    file: Any,
    silent: Collection[str],
    fresh: Collection[str],
    rows: Sequence[Claim],
    window: tuple[date | None, date | None],
) -> VersionVerdict:
    """What follows from laying these ``rows`` over a stored file."""
    if not silent:
        return VersionVerdict(None)
    return versions.judge(
        [row for row in rows if row.key not in fresh],
        loaded(connection, file, silent),
        [row for row in rows if row.key in fresh],
        before=(file.covers_from, file.covers_to),
        now=window,
    )


def editions(connection: Connection, file: Any) -> list[Any]:
    """The whole files that lay under this file's name before, the newest first."""
    query = (
        select(source_file)
        .where(
            source_file.c.source == file.source,
            source_file.c.lay_as == file.path,
            source_file.c.doubt != Doubt.PART.value,
        )
        .order_by(source_file.c.id.desc())
    )
    return list(connection.execute(query))


def put_aside(
    connection: Connection, file: Any, doubt: Doubt, standing: FileStanding, day: date
) -> None:
    """The file gives its name to another; what it said stays."""
    values = {
        "path": _free_name(connection, file),
        "lay_as": file.path,
        "doubt": doubt.value,
        "standing": standing.value,
        "aside_on": day,
        "present": False,
    }
    connection.execute(update(source_file).where(source_file.c.id == file.id).values(**values))


def rename_edition(connection: Connection, edition: Any, taken: Collection[str]) -> None:
    """Another number for a file that was put aside: another source brings one of that name."""
    values = {"path": _free_name(connection, edition, taken)}
    connection.execute(update(source_file).where(source_file.c.id == edition.id).values(**values))


def give_back(connection: Connection, edition: Any) -> None:
    """A file that was put aside lies under its name again."""
    values = {"path": edition.lay_as, "lay_as": "", "doubt": "", "standing": "", "aside_on": None}
    connection.execute(update(source_file).where(source_file.c.id == edition.id).values(**values))


def hold(
    connection: Connection,
    file: Any,
    keys: Iterable[str],
    standing: FileStanding,
    day: date,
    moved: seals.SealMoves,
) -> None:
    """Rows that a newer version does not hold, and does not take back, stand aside.

    ``moved`` learns that they belong to another file now.
    """
    held = sorted(keys)
    if not held:
        return
    rows = loaded(connection, file, frozenset(held))
    facts = {name: getattr(file, name) for name in tables.SourceFileRow.model_fields}
    facts |= {
        "path": _free_name(connection, file),
        "lay_as": file.path,
        "doubt": Doubt.PART.value,
        "standing": standing.value,
        "aside_on": day,
        "present": False,
        "sha256": "",
        "rows": len(rows),
        "units": msgspec.json.encode(sorted({row.unit for row in rows} - {""})).decode(),
        "warnings": "",
        "unknown_columns": "",
        "received_from": min((one.received_on for one in rows if one.received_on), default=None),
        "received_to": max((one.received_on for one in rows if one.received_on), default=None),
    }
    facts.pop("id")
    connection.execute(insert(source_file).values(**facts))
    made = select(source_file.c.id).where(
        source_file.c.source == file.source, source_file.c.path == facts["path"]
    )
    number = connection.execute(made).scalar_one()
    for part in seals.in_parts(claim.c.key, held):
        here, there = (claim.c.file_id == file.id, part), (claim.c.file_id == number, part)
        moved.take_rows("claims", seals.rows_of(connection, "claims", *here))
        connection.execute(update(claim).where(*here).values(file_id=number))
        moved.add_rows("claims", seals.rows_of(connection, "claims", *there))


def _free_name(connection: Connection, file: Any, also: Collection[str] = ()) -> str:
    """Under which name it goes on: a number that no file of the source, nor ``also``, bears."""
    name = file.lay_as or _EDITION.sub("", file.path)
    query = select(source_file.c.path).where(source_file.c.source == file.source)
    taken = {*connection.scalars(query), *also}
    number = 1
    while (free := f"{name} (bản cũ {number})") in taken:
        number += 1
    return free


def asking(connection: Connection) -> frozenset[int]:
    """The files put aside of which a person must say what they are.

    Nobody is asked where every row stands in another file that counts: nothing depends on it.
    """
    counts = source_file.c.standing != FileStanding.REPLACED.value
    query = select(source_file.c.id, source_file.c.source).where(
        source_file.c.lay_as != "", source_file.c.standing == FileStanding.ASKED.value
    )
    found: set[int] = set()
    for number, source in connection.execute(query).all():
        others = (
            select(claim.c.key)
            .join(source_file, source_file.c.id == claim.c.file_id)
            .where(source_file.c.source == source, counts, source_file.c.id != number)
        )
        alone = (
            select(func.count())
            .select_from(claim)
            .where(claim.c.file_id == number, claim.c.key.not_in(others))
        )
        if connection.execute(alone).scalar_one():
            found.add(number)
    return frozenset(found)
