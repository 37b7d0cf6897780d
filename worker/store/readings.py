"""What is known now: the claims that count, the rejected rows, and how each file was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from connectors.connector import FileMemory, Memory
from reconcile.claims import Claim, Place, RejectedRow, Role
from reconcile.text.vietnamese import one_spelling
from worker import no_collection
from worker.store import versions
from worker.store.codec import Loader
from worker.store.engine import BATCH, Room, in_parts, reads
from worker.store.tables import claim, rejected, source_file
from worker.store.versions import FileStanding

#: Broken files that are named; the rest are counted.
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of a source: its last complete reading and its last attempt.

    ``fingerprint`` and ``read_at`` are empty when it was never read in full. ``rejected`` counts
    rows and cells. ``units`` are named as the claims name them.
    """

    source: str
    path: str
    role: Role
    fingerprint: str
    sha256: str
    rows: int
    rejected: int
    covers_from: date | None
    covers_to: date | None
    received_from: date | None
    received_to: date | None
    units: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    warnings: tuple[str, ...]
    read_at: datetime | None
    present: bool
    answered: bool
    problem: str
    tried_at: datetime | None
    silent_since: date | None
    cursor: str = ""
    swept_on: date | None = None
    announced: int | None = None
    silent_at: datetime | None = None
    trail_problem: str = ""
    #: Over which another file was laid: its name then, why it still counts, what a person said.
    lay_as: str = ""
    doubt: str = ""  # reconcile.versions.Doubt
    standing: FileStanding = FileStanding.ASKED
    aside_on: date | None = None
    asks: bool = False  # a person must say whether it was replaced

    @property
    def is_stray(self) -> bool:
        """Nothing in it ever looked like a list: it is told, and hurts no other file."""
        return self.answered and bool(self.problem) and not self.fingerprint

    @property
    def starts(self) -> date | None:
        """The first day that the reading covers: announced, else received."""
        return self.covers_from or self.received_from

    @property
    def ends(self) -> date | None:
        return self.covers_to or self.received_to


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What ``reconcile.coverage.SourceCoverage`` needs to know of a source's readings.

    ``starts``/``ends`` is the newest stretch of days that the readings cover without a gap, and
    ``units`` are those that appear in it, as the claims name them. ``unread_at`` is the hour of
    ``unread_since``, where it is known.
    """

    source: str
    files: tuple[FileFacts, ...]
    answered: bool
    silent_files: frozenset[str]
    problem: str
    unread_since: date | None
    starts: date | None
    ends: date | None
    units: frozenset[str]
    unread_at: datetime | None = None

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files if file.present)

    @property
    def announced(self) -> int | None:
        """How many dossiers the source says that it has, where it says it."""
        told = [file.announced for file in self.files if file.present and file.announced]
        return sum(told) if told else None

    @property
    def trail_problem(self) -> str:
        """Why the status trail of its dossiers could not be read, in Vietnamese; empty: it was."""
        return next((file.trail_problem for file in self.files if file.trail_problem), "")

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files if file.present)

    def by_unit(self) -> list[UnitFacts]:
        """What is proven of each unit, sorted by unit: by the files in which the unit appears."""
        seen = {unit for file in self.files if file.present for unit in file.units}
        return [self._of(unit) for unit in sorted(seen)]

    def _of(self, unit: str) -> UnitFacts:
        files = [file for file in self.files if file.present and unit in file.units]
        silent = [file for file in files if not file.answered]
        starts = [file.starts for file in files if file.starts]
        ends = [file.ends for file in files if file.ends]
        return UnitFacts(
            unit=unit,
            answered=self.answered or not silent,
            starts=min(starts, default=None),
            ends=max(ends, default=None),
            unread_since=min((f.silent_since for f in silent if f.silent_since), default=None),
            unread_at=_silent_at(silent),
        )


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What the readings of one source prove of one unit; the unit as the claims name it.

    ``answered``: every file in which the unit appears could be read at the newest attempt.
    """

    unit: str
    answered: bool
    starts: date | None
    ends: date | None
    unread_since: date | None
    unread_at: datetime | None = None


class Readings(Room):
    """What the sources said, as their newest readings leave it."""

    @reads
    def claims(self, connection: Connection) -> list[Claim]:
        """The claims that count now, sorted by key."""
        return claims(connection, self.sources)

    @reads
    def rejected(self, connection: Connection, source: str | None = None) -> list[RejectedRow]:
        """What could not be read in the last complete reading of each file, sorted."""
        columns = (source_file.c.path, rejected.c.sheet, rejected.c.row, rejected.c.column)
        query = (
            select(*columns, rejected.c.reason, rejected.c.kept).join(source_file).where(_counts())
        )
        if source is not None:
            query = query.where(source_file.c.source == source)
        if self.sources is not None:
            query = query.where(source_file.c.source.in_(sorted(self.sources)))
        return sorted(RejectedRow(*row) for row in connection.execute(query))

    @reads
    def files(self, connection: Connection, source: str | None = None) -> list[FileFacts]:
        """How each file of a source, or of all, was read."""
        found = files(connection, source)
        return [file for file in found if self.sources is None or file.source in self.sources]

    def memory(self, source: str) -> Memory:
        """What was last read in full of each file; of a polled source, how far the poll came."""
        files = self.files(source)
        polled = next((file for file in files if not file.path), None)
        return Memory(
            {
                file.path: FileMemory(file.fingerprint, file.rows, file.covers_from, file.covers_to)
                for file in files
                if file.fingerprint
            },
            cursor=polled.cursor if polled else "",
            swept_on=polled.swept_on if polled else None,
        )

    @reads
    def coverage_facts(self, connection: Connection, source: str) -> SourceFacts:
        """Whether a source answered in full, since when not, and what its readings cover."""
        return _source_facts(source, files(connection, source))

    @reads
    def coverage_facts_of(
        self, connection: Connection, sources: Collection[str]
    ) -> list[SourceFacts]:
        """The same of each of these sources, in their order, asked for all at once."""
        found: dict[str, list[FileFacts]] = {source: [] for source in sources}
        for file in files(connection):
            if file.source in found:
                found[file.source].append(file)
        return [_source_facts(source, its) for source, its in found.items()]


def claims(
    connection: Connection,
    sources: Collection[str] | None = None,
    keys: Sequence[str] | None = None,
) -> list[Claim]:
    """The claims that count, sorted by key; of these sources and keys, None: of all.

    A dossier counts as its newest reading says: by the end of the announced period, then by file
    name. Identical register rows of several files are one claim with all its places.
    """
    files = newest_first(connection, sources)
    names = {unit for file in files for unit in _texts(file.units)} if keys is not None else set()
    said = _as_said(connection, files, keys)
    return in_one_spelling(said, one_spelling(names_in(said) | names))


def claims_as_said(
    connection: Connection,
    sources: Collection[str] | None = None,
    keys: Sequence[str] | None = None,
) -> list[Claim]:
    """As ``claims``, with units named as each source names them."""
    return _as_said(connection, newest_first(connection, sources), keys)


def _as_said(connection: Connection, files: list[Any], keys: Sequence[str] | None) -> list[Claim]:
    loader = Loader()
    found: dict[str, Claim] = {}
    hashes: dict[str, bytes] = {}
    again: dict[str, list[tuple[bytes, date, Place]]] = {}
    with no_collection():
        for file, rows in _by_file(connection, files, keys):
            for _, key, content, payload, read_on, sheet, row in rows:
                place = loader.place(file.path, sheet, row)
                if key in found:
                    again.setdefault(key, []).append((bytes(content), read_on, place))
                else:
                    found[key] = loader.load(payload, read_on, (place,))
                    hashes[key] = content
        for key, others in again.items():
            found[key] = _with_others(found[key], bytes(hashes[key]), others)
        return [found[key] for key in sorted(found)]


def _by_file(
    connection: Connection, files: list[Any], keys: Sequence[str] | None
) -> Iterator[tuple[Any, Iterable[Any]]]:
    """The stored claims of each file in turn; only those with these keys, None: all."""
    names = ("file_id", "key", "hash", "payload", "read_on", "sheet", "row")
    query = select(*(claim.c[name] for name in names))
    if keys is not None:
        there: dict[int, list[Any]] = {}
        for one in in_parts(connection, query, claim.c.key, keys):
            there.setdefault(one.file_id, []).append(one)
        yield from ((file, there[file.id]) for file in files if file.id in there)
        return
    for file in files:
        of_file = connection.execute(query.where(claim.c.file_id == file.id)).partitions(BATCH)
        yield file, chain.from_iterable(of_file)


def names_in(claims: Iterable[Claim]) -> set[str]:
    """The units as they are named there."""
    return {name for claim in claims for name in (claim.unit, claim.receiving_unit)}


def in_one_spelling(claims: list[Claim], chosen: Mapping[str, str]) -> list[Claim]:
    """Case is no difference in a unit's name: each is called in one way."""
    if not chosen:
        return claims
    return [
        replace(
            claim,
            unit=chosen.get(claim.unit, claim.unit),
            receiving_unit=chosen.get(claim.receiving_unit, claim.receiving_unit),
        )
        if claim.unit in chosen or claim.receiving_unit in chosen
        else claim
        for claim in claims
    ]


def newest_first(connection: Connection, sources: Collection[str] | None) -> list[Any]:
    """The files that count and were read in full, source by source, the newest reading first.

    No key is of two sources: which of them speaks of later days says nothing.
    """
    names = ("id", "source", "role", "path", "covers_to", "lay_as", "units")
    query = select(*(source_file.c[name] for name in names))
    query = query.where(source_file.c.fingerprint != "", _counts())
    if sources is not None:
        query = query.where(source_file.c.source.in_(sorted(sources)))
    return sorted(
        connection.execute(query),
        # One over which another was laid is the older of the two.
        key=lambda file: (file.source, file.covers_to or date.min, not file.lay_as, file.path),
        reverse=True,
    )


def _counts() -> ColumnElement[bool]:
    """The file was not replaced by another, as a person said."""
    return source_file.c.standing != FileStanding.REPLACED.value


def _with_others(
    newest: Claim, content: bytes, others: Sequence[tuple[bytes, date, Place]]
) -> Claim:
    """The newest reading, knowing where else the row stands and when it was first read so."""
    days = [read_on for other, read_on, _ in others if other == content]
    places = newest.places
    if newest.is_row:
        places = tuple(sorted({*places, *(place for *_, place in others)}))
    first = min([*days, *([newest.read_on] if newest.read_on else [])])
    return replace(newest, read_on=first, places=places)


def files(connection: Connection, source: str | None = None) -> list[FileFacts]:
    """The files of a source, or of all, by source and path."""
    counted = (
        select(rejected.c.file_id, func.count().label("count"))
        .group_by(rejected.c.file_id)
        .subquery()
    )
    query = select(source_file, counted.c.count).outerjoin(
        counted, counted.c.file_id == source_file.c.id
    )
    if source is not None:
        query = query.where(source_file.c.source == source)
    asked = versions.asking(connection)
    rows = list(connection.execute(query))
    every = connection.scalars(select(source_file.c.units))  # of other sources, too
    chosen = one_spelling(unit for units in every for unit in _texts(units))
    found = (_facts(row, chosen, asks=row.id in asked) for row in rows)
    return sorted(found, key=lambda file: (file.source, file.path))


def _source_facts(source: str, its_files: Iterable[FileFacts]) -> SourceFacts:
    known = [file for file in its_files if file.standing is not FileStanding.REPLACED]
    there = [file for file in known if file.present and not file.is_stray]
    silent = [file for file in there if not file.answered]
    whole = newest_stretch([file for file in known if file.fingerprint])
    return SourceFacts(
        source=source,
        files=tuple(known),
        answered=bool(there) and not silent,
        silent_files=frozenset(file.path for file in silent),
        problem=_problem(silent),
        unread_since=min((file.silent_since for file in silent if file.silent_since), default=None),
        starts=min((file.starts for file in whole if file.starts), default=None),
        ends=max((file.ends for file in whole if file.ends), default=None),
        units=frozenset(unit for file in whole for unit in file.units),
        unread_at=_silent_at(silent),
    )


def _facts(row: Any, chosen: Mapping[str, str], *, asks: bool) -> FileFacts:
    return FileFacts(
        source=row.source,
        path=row.path,
        role=Role(row.role),
        fingerprint=row.fingerprint,
        sha256=row.sha256,
        rows=row.rows,
        rejected=row.count or 0,
        covers_from=row.covers_from,
        covers_to=row.covers_to,
        received_from=row.received_from,
        received_to=row.received_to,
        units=tuple(dict.fromkeys(chosen.get(unit, unit) for unit in _texts(row.units))),
        unknown_columns=_texts(row.unknown_columns),
        warnings=_texts(row.warnings),
        read_at=row.read_at,
        present=row.present,
        answered=row.answered,
        problem=row.problem,
        tried_at=row.tried_at,
        silent_since=row.silent_since,
        cursor=row.cursor,
        swept_on=row.swept_on,
        announced=row.announced,
        silent_at=row.silent_at,
        trail_problem=row.trail_problem,
        lay_as=row.lay_as,
        doubt=row.doubt,
        standing=FileStanding(row.standing),
        aside_on=row.aside_on,
        asks=asks,
    )


def _texts(json: str) -> tuple[str, ...]:
    return msgspec.json.decode(json, type=tuple[str, ...]) if json else ()


def _silent_at(silent: Sequence[FileFacts]) -> datetime | None:
    """The hour of the first failure; None where the file that failed first does not tell it."""
    first = min((file.silent_since for file in silent if file.silent_since), default=None)
    hours = [file.silent_at for file in silent if first and file.silent_since == first]
    known = [hour for hour in hours if hour is not None]
    return min(known) if known and len(known) == len(hours) else None


def _problem(silent: Sequence[FileFacts]) -> str:
    """What is wrong, file by file; many broken files are one long line less."""
    told = [f"{file.path}: {file.problem}" if file.path else file.problem for file in silent]
    more = [f"và {len(told) - MOST_TOLD} tệp khác"] if len(told) > MOST_TOLD else []
    *others, last = told[:MOST_TOLD] + more or [""]
    return "; ".join([*(text.rstrip(".") for text in others), last])


def newest_stretch(known: Sequence[FileFacts]) -> list[FileFacts]:
    """The files whose windows hang together, up to the newest: a gap ends the stretch."""
    dated = [file for file in known if file.starts and file.ends]
    stretch: list[FileFacts] = []
    reach: date | None = None
    for file in sorted(dated, key=lambda file: file.ends or date.min, reverse=True):
        if file.starts is None or file.ends is None:
            continue
        if reach is not None and file.ends < reach - timedelta(days=1):
            break
        stretch.append(file)
        reach = min(reach or file.starts, file.starts)
    return stretch
