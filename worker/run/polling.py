"""Gather: read the files, have the systems read, and say what is known of all of them.

Files lie here and are read at once, under the lease of the office. A system is asked over the
network, for as long as that takes: its poll is work of its own (``worker/run/slices.py``), which a
run asks for and follows, holding nobody up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from config.sources import FileSource
from connectors import Connector, Memory
from reconcile.claims import Snapshot
from reconcile.coverage import Coverage, SourceCoverage, Stretch
from reconcile.text.vietnamese import unit_key
from worker.clock import pause
from worker.house import House
from worker.run import look_ups, slices
from worker.run.taking_in import take_in
from worker.store import FileStanding, Lease, Poll, PollState, Progress, SourceFacts, Taken
from worker.store.asked import ended

#: Told of each step, for a progress bar: what is being done and where it stands.
Tell = Callable[[Progress], None]
#: What the sources brought, by source, file by file.
Brought = Mapping[str, tuple[Taken, ...]]
#: The polls that a run waits for: the round of each source.
Rounds = Mapping[str, int]

READING = "Đọc nguồn"
#: Seconds between two looks at polls that others work on.
LOOK = 0.2
#: Seconds that whoever stops waits for the questions under way.
LAST_ANSWERS = 20.0


def quiet(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources brought in this run, and what is known of all of them."""

    intakes: Brought
    sources: tuple[SourceFacts, ...]
    coverage: Coverage

    @property
    def claims_written(self) -> int:
        return sum(intake.writes for taken in self.intakes.values() for intake in taken)


# Files


def read_files(
    house: House, tell: Tell = quiet, lease: Lease | None = None
) -> dict[str, tuple[Taken, ...]]:
    """Read what is new in every file source and take it in; a broken file stops no other.

    While one source is being stored, the files of the next are being read.
    """
    taken: dict[str, tuple[Taken, ...]] = {}
    files = [one for one in house.connectors if isinstance(one.source, FileSource)]
    with ThreadPoolExecutor(1) as reader:
        for connector, snapshots in zip(files, _read_ahead(house, reader, files), strict=True):
            name = connector.source.name
            tell(Progress(READING, name))
            taken[name] = tuple(_kept(house, name, snapshots, tell, lease))
    return taken


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


def _kept(
    house: House, source: str, snapshots: Iterable[Snapshot], tell: Tell, lease: Lease | None
) -> Iterable[Taken]:
    seen: list[str] = []
    for snapshot in snapshots:
        intake = take_in(house, snapshot, lease)
        seen.append(snapshot.file)
        tell(Progress(READING, source, done=len(seen)))
        yield intake
    house.store.claims.finish_poll(source, seen, lease=lease)


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
            house.store.readings.memory(connector.source.name)
            if word is FileStanding.ASKED
            else Memory()
        )
        taken += [
            take_in(house, snapshot, lease, word, by=by) for snapshot in connector.fetch(memory)
        ]
    return taken


# Systems


def ask(house: House, *, sweep: bool, by: str) -> Rounds:
    """Have every system read; the polls to wait for. Who reads them is not said here."""
    systems = [one for one in house.settings.sources if not isinstance(one, FileSource)]
    anew = [one.name for one in systems if sweep or look_ups.is_sweep_due(house, one)]
    if not systems:
        return {}
    names = [one.name for one in systems]
    at, on = house.clock.now(), house.clock.today()
    return house.store.asked.ask(names, sweep=anew, by=by, at=at, on=on)


def ask_on(house: House, rounds: Rounds) -> bool:
    """Whether some of these polls, which are over, have more to ask and go on now: the lists that
    were read meanwhile named dossiers that a system without a list was never asked for."""
    more = False
    for source in house.settings.sources:
        poll = house.store.asked.of(source.name)
        if source.HAS_LIST or poll is None or poll.round != rounds.get(source.name):
            continue
        if poll.state is PollState.DONE and look_ups.to_ask(house, source, poll, 0).count:
            more |= house.store.asked.reopen(source.name, poll.round)
    return more


def brought(house: House, rounds: Rounds) -> Brought:
    """What these polls took in, by source."""
    polls = house.store.asked.all()
    return {name: (polls[name].brought,) for name in rounds if name in polls}


def read_here(house: House, rounds: Rounds, tell: Tell = quiet) -> None:
    """Read these systems in this process, side by side, and tell how far they are.

    What another process reads is waited for. Whoever interrupts it keeps what was heard.
    """
    over = threading.Event()
    broken: list[BaseException] = []

    def read(source: str) -> None:
        try:
            while not over.is_set() and not ended(
                house.store.asked.all(), {source: rounds[source]}
            ):
                if slices.work_on(house, source, stopping=over.is_set) is None:
                    pause(LOOK)
        except BaseException as error:
            broken.append(error)  # raised where the run is followed

    threads = [threading.Thread(target=read, args=(name,), daemon=True) for name in rounds]
    for thread in threads:
        thread.start()
    try:
        for polls in _following(house, rounds):
            tell(progress_of(house, polls, rounds))
            if broken:
                raise broken[0]
    finally:
        over.set()
        for thread in threads:
            thread.join(LAST_ANSWERS)


def _following(house: House, rounds: Rounds) -> Iterator[Mapping[str, Poll]]:
    """The polls as they go on, until all of them are over."""
    while not ended(polls := house.store.asked.all(), rounds):
        yield polls
        pause(LOOK)


def progress_of(house: House, polls: Mapping[str, Poll], rounds: Rounds) -> Progress:
    """How far the poll is that will be the last: it decides when the run goes on."""
    going = [
        polls[name] for name in rounds if name in polls and polls[name].state is PollState.READING
    ]
    if not going:
        return Progress(READING)
    last = max(going, key=lambda one: (one.seconds_left or 0.0, one.source))
    told = look_ups.how_far(house, last)
    return Progress(READING, last.source, done=last.done, total=last.total or 0, told=told)


# What is known


def gather(house: House, intakes: Brought) -> Gathered:
    """What is known of every configured source now, whatever was polled in this run."""
    facts = tuple(house.source_facts())
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
    by_code = not source.HAS_LIST and not facts.answered
    return SourceCoverage(
        name=source.name,
        role=source.role,
        kind=source.kind,
        origin=source.origin,
        since=source.since or house.settings.office.since,
        answered=facts.answered,
        silent_files=facts.silent_files,
        unheard=house.store.asked.unheard(source.name) if by_code else None,
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
