"""Findings as rows: what a person reads of each discrepancy, and of what could not be decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from worker.store import digests, pairs, piles
from worker.store.engine import BATCH, Room, batches, in_parts, many, reads
from worker.store.pairs import AskedRows
from worker.store.piles import LaidDiscrepancy
from worker.store.tables import finding, run, undetermined


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as its row holds it; ``payload`` is a ``reports.known.KnownDiscrepancy``,
    ``made_of`` a digest of all that it was made of, but for claims; None: nobody knows."""

    discrepancy_id: str
    unit: str
    kind: str
    own_key: str
    national_key: str
    due_on: date | None
    payload: bytes
    standing: LaidDiscrepancy | None = None  # None: as its kind alone tells it
    made_of: bytes | None = None


@dataclass(frozen=True, slots=True)
class UndecidedDossier:
    """A dossier that could not be decided: its unit as findings name it; ``payload`` is a
    ``reports.undecided.UndecidedRow``."""

    unit_key: str
    due_on: date | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class FoundRows:
    """What a run writes down: ``findings`` is gone through anew at each try of the transaction.

    ``undetermined`` is by anchor, of this run alone; ``asked`` the pairs that people are asked
    about from now on, None: those of before. ``standing`` are the findings that there are in the
    office, written anew or not; None: this run does not know.
    """

    findings: Iterable[StoredFinding]
    undetermined: Mapping[str, UndecidedDossier]
    asked: AskedRows | None = None
    standing: frozenset[str] | None = None


def keep(connection: Connection, found: FoundRows, run_id: str) -> None:
    """Write what is other than before. What this run did not find stays as it was found last."""
    rest, touched = iter(found.findings), set[str]()
    while batch := list(islice(rest, BATCH)):
        _keep(connection, batch, run_id)
        touched |= piles.keep(connection, [one.standing for one in batch if one.standing])
    piles.settle(connection, touched)
    if found.standing is not None:
        _forget(connection, found.standing)
    _keep_undetermined(connection, found.undetermined)
    if found.asked is not None:
        pairs.keep(connection, found.asked)
    connection.execute(update(run).where(run.c.id == run_id).values(kept_rows=True))


def _keep(connection: Connection, batch: list[StoredFinding], run_id: str) -> None:
    ids = [one.discrepancy_id for one in batch]
    query = select(finding.c.discrepancy_id, finding.c.made_of, finding.c.payload)
    known = {
        name: (made_of, bytes(payload))
        for name, made_of, payload in connection.execute(
            query.where(finding.c.discrepancy_id.in_(ids))
        )
    }
    new = [one for one in batch if known.get(one.discrepancy_id) != (one.made_of, one.payload)]
    old = [one.discrepancy_id for one in new if one.discrepancy_id in known]
    if old:
        connection.execute(delete(finding).where(finding.c.discrepancy_id.in_(old)))
    if new:
        connection.execute(insert(finding), [_values(one, run_id) for one in new])


def _values(one: StoredFinding, run_id: str) -> dict[str, Any]:
    return {
        "discrepancy_id": one.discrepancy_id,
        "run_id": run_id,
        "unit": one.unit,
        "kind": one.kind,
        "own_key": one.own_key,
        "national_key": one.national_key,
        "due_on": one.due_on,
        "payload": one.payload,
        "made_of": one.made_of,
    }


def _forget(connection: Connection, standing: Collection[str]) -> None:
    """What a row was made of counts no longer where a run did not find it."""
    query = select(finding.c.discrepancy_id).where(finding.c.made_of.is_not(None))
    gone = [name for name in connection.scalars(query).all() if name not in standing]
    for part in batches(gone):
        this = finding.c.discrepancy_id.in_(part)
        connection.execute(update(finding).where(this).values(made_of=None))


def _keep_undetermined(connection: Connection, found: Mapping[str, UndecidedDossier]) -> None:
    rows = connection.execute(select(undetermined)).mappings()
    known = {row["anchor"]: _undecided(row) for row in rows}
    is_new = {name: known.get(name) != one for name, one in found.items()}
    new = [{"anchor": name} | asdict(one) for name, one in found.items() if is_new[name]]
    gone = [name for name in known if is_new.get(name, True)]
    for part in batches(gone):
        connection.execute(delete(undetermined).where(undetermined.c.anchor.in_(part)))
    many(connection, insert(undetermined), new)


def _undecided(row: Any) -> UndecidedDossier:
    return UndecidedDossier(row["unit_key"], row["due_on"], bytes(row["payload"]))


class Findings(Room):
    """The rows that runs wrote."""

    @reads
    def of(self, connection: Connection, ids: Collection[str]) -> dict[str, bytes]:
        """The payload of each of these discrepancies that a run wrote down, by id."""
        query = select(finding.c.discrepancy_id, finding.c.payload)
        rows = in_parts(connection, query, finding.c.discrepancy_id, ids)
        return {name: bytes(payload) for name, payload in rows}

    @reads
    def made(self, connection: Connection) -> set[str]:
        """The rows that are as the newest decision has them."""
        query = select(finding.c.discrepancy_id).where(finding.c.made_of.is_not(None))
        return set(connection.scalars(query).all())

    @reads
    def made_of(
        self, connection: Connection, ids: Collection[str]
    ) -> dict[str, tuple[bytes, bytes]]:
        """Of each of these rows that is so: what it was made of, its payload."""
        query = select(finding.c.discrepancy_id, finding.c.made_of, finding.c.payload)
        query = query.where(finding.c.made_of.is_not(None))
        rows = in_parts(connection, query, finding.c.discrepancy_id, ids)
        return {name: (bytes(made), bytes(payload)) for name, made, payload in rows}

    @reads
    def fingerprint(self, connection: Connection) -> str:
        """A hash of what every row says."""
        return digests.of_findings(connection)

    @reads
    def undetermined(self, connection: Connection, anchors: Collection[str]) -> dict[str, bytes]:
        """Of these dossiers those that the newest run called overdue and undecided."""
        query = select(undetermined.c.anchor, undetermined.c.payload)
        rows = in_parts(connection, query, undetermined.c.anchor, anchors)
        return {anchor: bytes(payload) for anchor, payload in rows}

    def bearing(self, key: str) -> list[str]:
        """The discrepancies of the dossiers that bear a comparable code, by id."""
        return sorted(set(self.bearing_each([key]).get(key, [])))

    @reads
    def bearing_each(self, connection: Connection, keys: Collection[str]) -> dict[str, list[str]]:
        """By comparable code the discrepancies of the dossiers that bear it."""
        found: dict[str, list[str]] = {}
        for column in (finding.c.own_key, finding.c.national_key):
            query = select(column, finding.c.discrepancy_id)
            for key, name in in_parts(connection, query, column, keys):
                found.setdefault(key, []).append(name)
        return found
