"""The store: what the product remembers, a room for each kind of question and act.

Every act is one transaction, all or nothing. Acts that belong to a run take the run's lease and
write nothing once it was taken over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import URL

from worker.store import restoring, schema
from worker.store.accounts import Accounts
from worker.store.additions import TypedCells
from worker.store.api_tokens import ApiTokens
from worker.store.asked import Polls
from worker.store.audit import Audit
from worker.store.books import Books
from worker.store.checks import Checks
from worker.store.claims import TakenClaims
from worker.store.decisions import Decisions
from worker.store.engine import Room, connect
from worker.store.findings import Findings
from worker.store.inbox import Sightings
from worker.store.intakes import Intakes
from worker.store.judged import JudgedClaims
from worker.store.learned import Learned
from worker.store.leases import Leases
from worker.store.mails import Outbox
from worker.store.open_work import OpenWork
from worker.store.pair_answers import PairAnswers
from worker.store.pairs import Pairs
from worker.store.papers import Papers
from worker.store.periods import Periods
from worker.store.prepared import PreparedRows
from worker.store.queue import Queue
from worker.store.readings import Readings
from worker.store.restoring import Restored
from worker.store.runs import Runs
from worker.store.schedule import Schedule
from worker.store.schema import Upgrade
from worker.store.search import Search
from worker.store.slips import Slips
from worker.store.sources import KnownSources
from worker.store.ticks import Batches
from worker.store.upkeep import Upkeep
from worker.store.versions import Versions

OneRoom = TypeVar("OneRoom", bound=Room)


class RoomDoor(Generic[OneRoom]):
    """The room of that kind of the store that is asked for it."""

    def __init__(self, room: type[OneRoom]) -> None:
        self.room = room

    def __get__(self, store: Store, _owner: type[Store]) -> OneRoom:
        return self.room(store.database, store.sources)


@dataclass(frozen=True, slots=True)
class Store(Room):
    """Everything that is remembered, in one SQLite file or one PostgreSQL database.

    What sources said that do not count stays, and nobody is told of it until they count again.
    """

    # What was read
    claims = RoomDoor(TakenClaims)
    readings = RoomDoor(Readings)
    asked = RoomDoor(Polls)
    known_sources = RoomDoor(KnownSources)
    intakes = RoomDoor(Intakes)
    slips = RoomDoor(Slips)
    sightings = RoomDoor(Sightings)
    learned = RoomDoor(Learned)
    typed_cells = RoomDoor(TypedCells)
    versions = RoomDoor(Versions)
    books = RoomDoor(Books)
    # What was decided of it
    decisions = RoomDoor(Decisions)
    answers = RoomDoor(PairAnswers)
    findings = RoomDoor(Findings)
    batches = RoomDoor(Batches)
    pairs = RoomDoor(Pairs)
    papers = RoomDoor(Papers)
    open_work = RoomDoor(OpenWork)
    periods = RoomDoor(Periods)
    checks = RoomDoor(Checks)
    prepared = RoomDoor(PreparedRows)
    judged = RoomDoor(JudgedClaims)
    search = RoomDoor(Search)
    # The work itself
    runs = RoomDoor(Runs)
    leases = RoomDoor(Leases)  # worker/run/leases.py is the door
    queue = RoomDoor(Queue)
    schedule = RoomDoor(Schedule)
    outbox = RoomDoor(Outbox)
    accounts = RoomDoor(Accounts)
    tokens = RoomDoor(ApiTokens)
    audit = RoomDoor(Audit)
    upkeep = RoomDoor(Upkeep)

    @classmethod
    def open(
        cls,
        url: str | URL,
        *,
        password: str = "",
        upgrade_if_missing: bool = True,
        sources: frozenset[str] | None = None,
    ) -> Store:
        """Open the database; a missing one is made.

        Raises OldSchema, NoDatabase, NewSchema, StoreUnavailable, StoreDamaged.
        """
        database = connect(url, password)
        try:
            schema.settle(database, make=upgrade_if_missing)
        except BaseException:
            database.close()
            raise
        return cls(database, sources)

    def close(self) -> None:
        self.database.close()


def upgrade(url: str | URL, *, password: str = "", folder: Path | None = None) -> Upgrade:
    """Bring a database to this version; it is copied before. Raises NewSchema.

    ``folder`` is where the copy of a PostgreSQL goes; a SQLite file is copied beside itself.
    """
    database = connect(url, password)
    try:
        return schema.upgrade(database, folder)
    finally:
        database.close()


def restore(
    url: str | URL, file: Path, folder: Path, *, by: str, at: datetime, zone: tzinfo = UTC
) -> Restored:
    """Replace a database by a copy; mails are frozen, the replaced one is put aside, its name with
    the hour of the zone. Raises StoreError (no copy of ours, in use), NewSchema, StoreDamaged."""
    database = connect(url)
    try:
        return restoring.restore(database, file, folder, by=by, at=at, zone=zone)
    finally:
        database.close()
