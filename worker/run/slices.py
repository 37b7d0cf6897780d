"""One slice of a poll: a source is asked for some minutes, and all that it says is kept.

Whoever has time takes a slice: a worker of the service, or a thread of ``doisoat run``. A slice
ends at the edge of a batch; the poll goes on with the next one, wherever that is. What a batch
brought and how far the poll is are one transaction, so that a process that is killed makes at most
one batch be asked for again.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from config.sources import PolledSource
from connectors import Connector, Memory
from connectors.errors import BudgetSpent, SourceError, SourceUnavailable
from connectors.politeness import Budget, Courtesy
from reconcile.claims import Snapshot
from worker.house import House
from worker.run import leases, look_ups
from worker.run.taking_in import take_in
from worker.store import HeardOf, Lease, LeaseLost, Poll, PollState, PollStep
from worker.store.asked import SOURCE

log = structlog.get_logger(__name__)

#: Dossiers that one slice asks for at most: their codes are held in memory.
MOST_CODES = 20_000
FEWEST_CODES = 200
LOST = "Nguồn không còn trong cấu hình."


def work_on(
    house: House, source: str, *, stopping: Callable[[], bool] = lambda: False
) -> Poll | None:
    """Take one slice of the poll of a source; the poll after it.

    None where there was nothing to do here: nobody asked for it, or somebody else reads it.
    """
    store, seconds = house.store, house.settings.service.lease.total_seconds()
    try:
        with leases.held(store, "", house.clock, name=f"{SOURCE}{source}", seconds=seconds) as held:
            poll = store.asked.begin(source, held, at=house.clock.now())
            if poll is None:
                return None
            _work(house, poll, held, stopping)
    except leases.Busy:
        return None
    except LeaseLost:
        log.warning("poll.overtaken", source=source)  # whoever has it now goes on
        return None
    return store.asked.of(source)


def _work(house: House, poll: Poll, held: Lease, stopping: Callable[[], bool]) -> None:
    connector = next((one for one in house.connectors if one.source.name == poll.source), None)
    if connector is None:
        at = house.clock.now()
        house.store.asked.end(poll.source, held, PollState.FAILED, at=at, problem=LOST)
        return
    known = house.store.asked.courtesy(poll.source)
    if known.is_open(house.clock.now()):
        log.info("source.left_alone", source=poll.source, failures=known.failures)
        _Slice(house, connector, poll, held).give_up(look_ups.left_alone(house, known))
        return
    over = _over(house.settings.service.slice, stopping)
    _Slice(house, connector, poll, held).take(
        look_ups.budget_for(house, connector.source, known, over)
    )


def _over(lasts: timedelta, stopping: Callable[[], bool]) -> Callable[[], bool]:
    """Whether the slice is over: by its time, or because whoever takes it is to end."""
    until = time.monotonic() + lasts.total_seconds()
    return lambda: time.monotonic() >= until or stopping()


@dataclass
class _Slice:
    """A slice at work: of which poll, under which lease, and what is still to be asked."""

    house: House
    connector: Connector
    poll: Poll
    held: Lease
    left: int = 1  # dossiers that are not asked for yet; of a list, whether there is more
    wanted: dict[str, HeardOf] = field(default_factory=dict)  # by own code
    done: int = 0
    spent: float = 0.0
    since: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        return self.poll.source

    def take(self, budget: Budget) -> None:
        """Ask until the slice is over or everything is asked, and say how the poll stands."""
        store = self.house.store
        error: SourceError | None = None
        try:
            told = replace(self._memory(budget), budget=budget)
            with closing(look_ups.guarded(self.connector, told)) as snapshots:
                for snapshot in snapshots:
                    self._keep(snapshot)
                    store.asked.keep_courtesy(budget.courtesy(), lease=self.held)
        except SourceError as raised:
            error = raised
        if self.done and budget.is_over and _may_pass(error):
            log.info("slice.ended_unanswered", source=self.name, problem=str(error))
            return  # it answered before, and no time was left to ask again: the next slice does
        store.asked.keep_courtesy(_after(self.house, budget.courtesy(), error), lease=self.held)
        if error is not None:
            state = PollState.PAUSED if isinstance(error, BudgetSpent) else PollState.FAILED
            self.give_up(f"{error}", state)
        elif not self.left:
            store.claims.finish_poll(self.name, [""], lease=self.held)
            self._end(PollState.DONE)

    def give_up(self, problem: str, state: PollState = PollState.FAILED) -> None:
        """The source was not read in full, and why."""
        source = self.connector.source
        unread = Snapshot(source.name, source.role, complete=False, problem=problem)
        take_in(self.house, unread, self.held)
        self._end(state, problem)

    def _end(self, state: PollState, problem: str = "") -> None:
        at = self.house.clock.now()
        self.house.store.asked.end(self.name, self.held, state, at=at, problem=problem)
        log.info(
            "poll.ended",
            source=self.name,
            state=state.value,
            slices=self.poll.slice,
            done=self.done,
        )

    @property
    def _by_code(self) -> bool:
        return not self.connector.source.HAS_LIST

    def _memory(self, budget: Budget) -> Memory:
        source, sweep = self.connector.source, self.poll.sweep
        if not self._by_code:
            told = look_ups.memory(self.house, source, sweep=sweep)
            return replace(told, left=self.poll.cursor)
        found = look_ups.to_ask(self.house, source, self.poll, self._most(budget))
        self.left = found.count
        self.wanted = {one.codes.own: one.heard for one in found.first}
        if found.count:
            self._begin_codes()
        codes = tuple(one.codes for one in found.first)
        known = self.house.store.readings.memory(self.name)
        return replace(known, today=self.house.clock.today(), sweep=sweep, codes=codes)

    def _begin_codes(self) -> None:
        """Say at once how much there is to ask: the first answers may take a minute."""
        total, part = self.poll.done + self.left, look_ups.BY_CODE
        told = self._told(replace(self.poll, total=total, part=part))
        step = PollStep(self.poll.round, total=total, part=part, told=told)
        clock = self.house.clock
        self.house.store.asked.begin_codes(step, self.held, at=clock.now(), on=clock.today())

    def _told(self, at: Poll) -> str:
        """Why the source is not whole: it is being read, so far."""
        far = look_ups.how_far(self.house, at)
        return far and f"{look_ups.BEING_READ}: {far}"

    def _most(self, budget: Budget) -> int:
        """As many dossiers as this slice can ask for."""
        source = self.connector.source
        assert isinstance(source, PolledSource)  # noqa: S101 - what has no list is asked over the net
        rate = budget.per_second or source.requests_per_second
        fits = math.ceil(rate * self.house.settings.service.slice.total_seconds())
        return min(max(fits, FEWEST_CODES), MOST_CODES)

    def _keep(self, snapshot: Snapshot) -> None:
        """Take in what was heard, and with it how far the poll is."""
        now = time.monotonic()
        seconds, self.since = now - self.since, now
        self.spent += seconds
        step = self._by_codes(snapshot) if self._by_code else self._of_list(snapshot)
        self.done += step.done
        at = replace(
            self.poll,
            done=self.poll.done + self.done,
            total=step.total,
            part=step.part,
            seconds=self.poll.seconds + self.spent,
        )
        fresh = self.poll.asked_on == self.house.clock.today()
        told = self._told(at)
        step = replace(step, after=at.done, seconds=seconds, fresh=fresh, told=told)
        if self._by_code:
            swept = self.poll.sweep and not self.left
            snapshot = replace(snapshot, more_to_come=self.left > 0, swept=swept)
        take_in(self.house, snapshot, self.held, step=step)

    def _by_codes(self, snapshot: Snapshot) -> PollStep:
        heard = [self.wanted[own] for own in snapshot.asked if own in self.wanted]
        self.left -= len(heard)
        total = self.poll.done + self.done + len(heard) + self.left
        return PollStep(self.poll.round, heard, done=len(heard), total=total, part=look_ups.BY_CODE)

    def _of_list(self, snapshot: Snapshot) -> PollStep:
        """A list is read at once, or part by part; only then it is remembered what each held."""
        self.left = int(snapshot.more_to_come)
        count = len(snapshot.claims)
        if not snapshot.part:
            return PollStep(self.poll.round, done=count, total=self.poll.done + count)
        return PollStep(
            self.poll.round,
            [HeardOf(claim.key) for claim in snapshot.claims],
            done=count,
            total=max(snapshot.total or 0, self.poll.done + self.done + count),
            part=snapshot.part,
            left=snapshot.left,
            whole=snapshot.swept,
        )


def _may_pass(error: SourceError | None) -> bool:
    """A question that is worth asking again."""
    return isinstance(error, SourceUnavailable) and not isinstance(error, BudgetSpent)


def _after(house: House, courtesy: Courtesy, error: SourceError | None) -> Courtesy:
    if isinstance(error, BudgetSpent):
        return courtesy  # nobody's fault
    if error is None:
        return courtesy.well()
    after = courtesy.failed(str(error), house.clock.now(), secrets.randbelow(1000) / 1000)
    if after.retry_at is not None:
        log.warning("source.breaker_open", source=courtesy.source, failures=after.failures)
    return after
