"""What is particular to polled sources: partial readings, when silence means gone, courtesy.

A dossier is withdrawn when three full readings in a row did not hold it, and the first of them is
more than a day old: lists shift, agencies are regrouped, software is upgraded over night.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from connectors.politeness import Courtesy
from reconcile.claims import Snapshot
from worker.store.file_changes import FileChanges, take_back
from worker.store.tables import absence, claim, heard
from worker.store.tables import courtesy as table

UNDER_WAY = "Lần đọc trước dừng giữa chừng, chưa hỏi hết."
ABSENT_TIMES = 3
ABSENT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HeardOf:
    """A dossier of which a source was asked: its comparable codes, and a hash of what the office
    knew of it by then."""

    key: str
    national_key: str = ""
    said: bytes = b""


@dataclass(frozen=True, slots=True)
class PollStep:
    """How far a poll is with what is being stored: it is written in the same transaction."""

    round: int
    heard: Sequence[HeardOf] = ()
    done: int = 0  # more than before
    total: int | None = None
    part: str = ""
    left: str = ""  # parts of a list
    seconds: float = 0.0  # more than before
    fresh: bool = False  # it began today: what the source answered before still counts
    told: str = ""  # how far it is, in Vietnamese
    after: int | None = None  # how many are done with it: whoever stores it twice is found out
    whole: bool = False  # the last part of a list: what no part of this poll held is absent


def withdraw(
    connection: Connection, file_id: int, found: FileChanges, read: Collection[str], day: date
) -> None:
    """Count a full reading against the stored dossiers that it does not hold."""

    this = absence.c.file_id == file_id
    rows = connection.execute(select(absence.c.key, absence.c.times, absence.c.since).where(this))
    counted = {key: (times, since) for key, times, since in rows}
    gone = [
        key
        for key in sorted(found.silent)
        if key in counted
        and counted[key][0] + 1 >= ABSENT_TIMES
        and day - counted[key][1] > ABSENT_FOR
    ]
    take_back(found, file_id, gone, day)
    over = [key for key in counted if key in read or key in gone or key not in found.silent]
    for key in over:
        connection.execute(delete(absence).where(this, absence.c.key == key))
    for key in sorted(set(found.silent) - set(gone)):
        if key in counted:
            times = counted[key][0] + 1
            connection.execute(
                update(absence).where(this, absence.c.key == key).values(times=times)
            )
        else:
            connection.execute(insert(absence).values(file_id=file_id, key=key, times=1, since=day))


def held(connection: Connection, source: str, step: PollStep) -> list[str]:
    """What earlier parts of this reading of a list held."""
    this = (heard.c.source == source) & (heard.c.round == step.round)
    return list(connection.scalars(select(heard.c.key).where(this)))


def merged(
    connection: Connection, file: Any, snapshot: Snapshot, reading: dict[str, Any], day: date
) -> dict[str, Any]:
    """What is known of the source after this reading; a partial one adds to what was known."""
    always: dict[str, Any] = {"trail_problem": snapshot.trail_problem}
    always |= {"swept_on": day} if snapshot.swept else {}
    if not snapshot.partial:
        return {"cursor": snapshot.cursor} | always
    known = msgspec.json.decode(file.units, type=list[str]) if file.units else []
    units = sorted({*known, *msgspec.json.decode(reading["units"], type=list[str])})
    rows = connection.execute(
        select(func.count()).select_from(claim).where(claim.c.file_id == file.id)
    ).scalar_one()
    warned = msgspec.json.decode(file.warnings, type=list[str]) if file.warnings else []
    return {
        "rows": rows,
        "units": msgspec.json.encode(units).decode(),
        "announced": file.announced if snapshot.announced is None else snapshot.announced,
        "covers_from": file.covers_from or snapshot.covers_from,
        "covers_to": max(filter(None, (file.covers_to, snapshot.covers_to)), default=None),
        "received_from": min(
            filter(None, (file.received_from, reading["received_from"])), default=None
        ),
        "received_to": max(filter(None, (file.received_to, reading["received_to"])), default=None),
        "warnings": msgspec.json.encode(sorted({*warned, *snapshot.warnings})).decode(),
        "cursor": snapshot.cursor,
    } | always


def courtesy(connection: Connection, source: str) -> Courtesy:
    """What is remembered of how a source is asked; nothing yet for a new one."""
    row = connection.execute(select(table).where(table.c.source == source)).mappings().first()
    return Courtesy(**row) if row else Courtesy(source)


def keep_courtesy(connection: Connection, one: Courtesy) -> None:
    facts = asdict(one)
    written = connection.execute(update(table).where(table.c.source == one.source).values(**facts))
    if not written.rowcount:
        connection.execute(insert(table).values(**facts))
