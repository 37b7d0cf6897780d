"""How far a run is, source by source and unit by unit, read from the store alone.

So whoever follows it, a command line or a console, sees the same, whichever machine does the work:
a file that was tried since the run began is done, and a system that is asked over the network says
how many of its dossiers were asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from config.settings import Settings
from worker.store import FileFacts, Poll, PollState, Run, RunState, Store

#: Runs of the same kind whose duration the estimate is made of.
ALIKE = 5


@dataclass(frozen=True, slots=True)
class RunPart:
    """A source or a unit of a run: files done of those that are known, or of a system the dossiers
    that were asked for."""

    name: str
    done: int
    total: int
    now: bool = False  # it is being read at this moment
    problem: str = ""

    @property
    def is_done(self) -> bool:
        return self.total > 0 and self.done >= self.total and not self.now


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run as it stands; ``left`` is about how long it will still take, None when unknown."""

    sources: tuple[RunPart, ...]
    units: tuple[RunPart, ...]
    left: timedelta | None


def standing(store: Store, settings: Settings, run: Run, now: datetime) -> RunProgress:
    """Where the run stands now."""
    files = {source.name: store.readings.files(source.name) for source in settings.sources}
    polls = store.asked.all()
    sources = tuple(
        _system(polls[name], run) if name in polls else _source(name, found, run)
        for name, found in files.items()
    )
    left = _until_read(time_left(store, run, now), polls.values())
    return RunProgress(sources, _units(files.values(), run), left)


def _until_read(usual: timedelta | None, polls: Iterable[Poll]) -> timedelta | None:
    """A run is not over before the polls that go on."""
    known = [one.seconds_left for one in polls if one.seconds_left is not None]
    if not known:
        return usual
    return max(usual or timedelta(), timedelta(seconds=round(max(known))))


def _system(poll: Poll, run: Run) -> RunPart:
    """A system that is asked over the network; what its poll is not counted in is one."""
    reading = poll.state is PollState.READING
    if not poll.total:
        return RunPart(poll.source, int(not reading), 1, now=reading, problem=poll.problem)
    now = reading and run.state is RunState.RUNNING
    return RunPart(poll.source, poll.done, poll.total, now=now, problem=poll.problem)


def _is_tried(file: FileFacts, run: Run) -> bool:
    return file.tried_at is not None and file.tried_at >= run.started


def _source(name: str, files: Sequence[FileFacts], run: Run) -> RunPart:
    there = [file for file in files if file.present or _is_tried(file, run)]
    tried = [file for file in there if _is_tried(file, run)]
    problem = next((file.problem for file in tried if file.problem), "")
    reading = run.state is RunState.RUNNING and run.progress.source == name
    return RunPart(name, len(tried), max(len(there), 1), now=reading, problem=problem)


def _units(files: Iterable[Sequence[FileFacts]], run: Run) -> tuple[RunPart, ...]:
    done: dict[str, int] = {}
    total: dict[str, int] = {}
    for found in files:
        for file in found:
            for unit in filter(None, file.units if file.present else ()):
                total[unit] = total.get(unit, 0) + 1
                done[unit] = done.get(unit, 0) + _is_tried(file, run)
    return tuple(RunPart(unit, done[unit], total[unit]) for unit in sorted(total))


def time_left(store: Store, run: Run, now: datetime) -> timedelta | None:
    """By the last runs that were asked for in the same way, else by any; None when unknown."""
    if run.state is not RunState.RUNNING:
        return None
    done = [
        one
        for one in store.runs.newest(50)
        if one.state is RunState.DONE and one.finished is not None
    ]
    alike = [one for one in done if one.trigger == run.trigger] or done
    took = [
        (one.finished - one.started).total_seconds()
        for one in alike[:ALIKE]
        if one.finished is not None
    ]
    if not took:
        return None
    left = median(took) - (now - run.started).total_seconds()
    return timedelta(seconds=max(round(left), 0))
