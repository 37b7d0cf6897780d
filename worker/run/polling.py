"""Gather: read what is new in every source, take it in, and say what is known of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.exc import DataError

from config.sources import FileSource
from connectors import Connector, Memory
from connectors.errors import unforeseen
from reconcile.claims import Snapshot
from reconcile.coverage import Coverage, SourceCoverage, Stretch
from reconcile.text.vietnamese import unit_key
from worker.house import House
from worker.run import look_ups
from worker.store import FileStanding, Lease, Progress, SourceFacts, Taken

log = structlog.get_logger(__name__)

#: Told of each step, for a progress bar: what is being done and where it stands.
Tell = Callable[[Progress], None]


def quiet(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources brought in this run, and what is known of all of them."""

    intakes: Mapping[str, tuple[Taken, ...]]  # by source
    sources: tuple[SourceFacts, ...]
    coverage: Coverage

    @property
    def claims_written(self) -> int:
        return sum(intake.writes for taken in self.intakes.values() for intake in taken)


def poll(
    house: House,
    connectors: Iterable[Connector],
    tell: Tell = quiet,
    lease: Lease | None = None,
    *,
    sweep: bool = False,
) -> dict[str, tuple[Taken, ...]]:
    """Read what is new in every source and take it in; a broken source stops no other.

    While one source is being stored, the files of the next are being read. A system is asked in
    its turn, for it may need what the others brought.
    """
    by_name = {connector.source.name: connector for connector in connectors}
    order = [by_name[name] for name in look_ups.lists_first(one.source for one in by_name.values())]
    taken: dict[str, tuple[Taken, ...]] = {}
    with ThreadPoolExecutor(1) as reader:
        read = _read_ahead(house, reader, [one for one in order if _is_file(one)])
        for one in order:
            tell(Progress("Đọc nguồn", one.source.name))
            snapshots = (
                next(read) if _is_file(one) else look_ups.visit(house, one, lease, sweep=sweep)
            )
            taken[one.source.name] = tuple(
                _poll_one(house, one.source.name, snapshots, tell, lease)
            )
    return taken


def _is_file(connector: Connector) -> bool:
    return isinstance(connector.source, FileSource)


def _read_ahead(
    house: House, reader: ThreadPoolExecutor, connectors: Iterable[Connector]
) -> Iterator[list[Snapshot]]:
    """What the files of each source say, in order; the next source is under way by then."""
    under_way: Future[list[Snapshot]] | None = None
    for connector in connectors:
        told = look_ups.memory(house, connector.source)
        following = reader.submit(_all_of, connector, told)
        if under_way is not None:
            yield under_way.result()
        under_way = following
    if under_way is not None:
        yield under_way.result()


def _all_of(connector: Connector, told: Memory) -> list[Snapshot]:
    return list(look_ups.fetched(connector, told))


def _poll_one(
    house: House, source: str, snapshots: Iterable[Snapshot], tell: Tell, lease: Lease | None
) -> Iterable[Taken]:
    seen: list[str] = []
    for snapshot in snapshots:
        intake = _take_in(house, snapshot, lease)
        seen.append(snapshot.file)
        tell(Progress("Đọc nguồn", source, done=len(seen)))
        yield intake
    house.store.finish_poll(source, seen, lease=lease)


def _stored(
    house: House, snapshot: Snapshot, lease: Lease | None, word: FileStanding, by: str
) -> Taken:
    now, today = house.clock.now(), house.clock.today()
    if by:
        intakes = house.store.intakes
        return intakes.take(snapshot, by=by, at=now, on=today, lease=lease, word=word)
    return house.store.take_in(snapshot, at=now, on=today, lease=lease, word=word)


def _take_in(
    house: House,
    snapshot: Snapshot,
    lease: Lease | None,
    word: FileStanding = FileStanding.ASKED,
    by: str = "",
) -> Taken:
    try:
        intake = _stored(house, snapshot, lease, word, by)
    except (ValueError, TypeError, OverflowError, DataError) as error:
        # Protects the other sources and files: what cannot be stored is not taken in, and told.
        if not snapshot.complete:
            raise
        problem = str(unforeseen(error, snapshot.source, snapshot.file))
        told = replace(snapshot, complete=False, problem=problem, claims=(), rejected=())
        intake = _stored(house, told, lease, word, by)
    log.info(
        "snapshot.taken_in",
        source=snapshot.source,
        file=snapshot.file,
        complete=intake.complete,
        problem=intake.problem,
        read=intake.read,
        rejected=intake.rejected,
        new=intake.new,
        changed=intake.changed,
        gone=intake.gone,
        doubt=intake.doubt,
        kept=intake.kept,
        unknown_columns=list(snapshot.unknown_columns),
    )
    return intake


def take_in_files(
    house: House,
    connectors: Iterable[Connector],
    lease: Lease | None = None,
    word: FileStanding = FileStanding.ASKED,
    by: str = "",
) -> list[Taken]:
    """Take in single files that somebody hands over; what else the source has stays as it is.

    ``word``: what a person says of the files that lay under their names before. What a person
    vouches for is read as it is, however few rows it holds. ``by`` is that person: each intake
    can be undone.
    """
    taken: list[Taken] = []
    for connector in connectors:
        memory = (
            house.store.memory(connector.source.name) if word is FileStanding.ASKED else Memory()
        )
        taken += [
            _take_in(house, snapshot, lease, word, by) for snapshot in connector.fetch(memory)
        ]
    return taken


def gather(house: House, intakes: Mapping[str, tuple[Taken, ...]]) -> Gathered:
    """What is known of every configured source now, whatever was polled in this run."""
    facts = tuple(house.store.coverage_facts(source.name) for source in house.settings.sources)
    return Gathered(intakes, facts, Coverage(tuple(_coverage(house, one) for one in facts)))


def _windows(facts: SourceFacts) -> Iterator[Stretch]:
    """Of which days every reading of the source speaks, and which ends it announced itself."""
    for file in facts.files:
        if file.fingerprint and file.starts and file.ends:
            yield Stretch(
                file.starts, file.ends, file.covers_from is not None, file.covers_to is not None
            )


def _coverage(house: House, facts: SourceFacts) -> SourceCoverage:
    source = house.settings.source(facts.source)
    assert source is not None  # noqa: S101 - facts were asked for by the settings' own names
    units = {unit_key(unit) for unit in facts.units if unit} | {
        unit for unit in facts.units if unit
    }
    return SourceCoverage(
        name=source.name,
        role=source.role,
        kind=source.kind,
        origin=source.origin,
        since=source.since or house.settings.office.since,
        answered=facts.answered,
        silent_files=facts.silent_files,
        problem=facts.problem,
        unread_since=facts.unread_since,
        starts=facts.starts,
        ends=facts.ends,
        windows=tuple(sorted(set(_windows(facts)))),
        units=frozenset(units) or None,
        has_list=source.HAS_LIST,
        declared=tuple(
            replace(one, unit=house.tables.units.resolve(one.unit, one.until) or one.unit)
            for one in (*source.declared, *house.store.books.of(source.name))
        ),
    )
