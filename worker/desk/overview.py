"""How the office stands now: sources, runs, queue, mails, copies, the health of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from config.sources import PolledSource
from reconcile.claims import Role as SourceRole
from reconcile.labels import ROLES
from reconcile.lifecycle import State
from worker.desk import runs
from worker.desk.actor import Actor, Right
from worker.desk.runs import PastRun, RunNow
from worker.house import House
from worker.run import uneven
from worker.run.notices import Notice, notices
from worker.service import chores, health, quarantine
from worker.service.health import Check, Health
from worker.service.quarantine import Quarantined
from worker.service.schedule import BEAT
from worker.store import (
    Beat,
    MailState,
    PlannedJob,
    PollState,
    QueueLength,
    RunState,
    SourceFacts,
    Switch,
)
from worker.words import hour

__all__ = ["MailState", "Notice"]

JOBS = {
    "poll": "hỏi các nguồn",
    "daily": "đối soát hằng ngày",
    "weekly": "báo cáo tuần",
    "sweep": "đọc lại toàn bộ",
    "backup": "sao lưu",
    "purge": "dọn theo thời hạn lưu",
    "verify": "kiểm tra toàn vẹn",
    "digest": "thư cho thủ trưởng",
}
#: Runs that are shown beside the rest.
NEWEST = 5


@dataclass(frozen=True, slots=True)
class UnitOfSource:
    """What a source proves of one unit, until when its book is declared, and what is wrong."""

    unit: str  # as the claims name it
    name: str
    answered: bool
    starts: date | None
    ends: date | None
    unread_since: date | None
    declared_until: date | None
    problem: str


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A source as it was read last; ``wrong`` keeps it from being read in full, ``asked`` is how it
    is asked, ``otherwise`` which of its units are read otherwise than the others: Vietnamese."""

    facts: SourceFacts
    role: str
    asked: str
    reading: bool  # a poll of it is not through
    wrong: tuple[str, ...]
    otherwise: tuple[str, ...]
    units: tuple[UnitOfSource, ...]

    @property
    def name(self) -> str:
        return self.facts.source


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """The service: its last sign of life, whether it was stopped on purpose, what is not well."""

    beat: Beat | None
    stopped: Beat | None
    waiting: QueueLength
    planned: Sequence[PlannedJob]
    backup: date | None
    health: Health

    @property
    def every_problem(self) -> Sequence[Check]:
        """What is not well, what stops the service first."""
        return health.problems(self.health)

    @property
    def problems(self) -> Sequence[Check]:
        """The same without the sources' own troubles."""
        return [one for one in self.every_problem if not one.name.startswith("source:")]


@dataclass(frozen=True, slots=True)
class OfficeNow:
    """Everything about the office, looked up at one moment."""

    sources: Sequence[SourceNow]
    runs: Sequence[PastRun]
    running: RunNow | None
    states: Counter[State]
    mails: Counter[MailState]
    switch: Switch
    service: ServiceNow
    notices: Sequence[Notice]
    quarantined: Sequence[Quarantined]

    @property
    def in_quarantine(self) -> Sequence[str]:
        """The files of the inboxes that wait for somebody, in words: how many, the newest, and at
        the end what to do; empty while there are none."""
        told = quarantine.told(self.quarantined)
        return [*told, quarantine.TO_DO] if told else []


def look(house: House, actor: Actor) -> OfficeNow:
    """How everything stands now. Raises Refused where the actor may not ask."""
    actor.need(Right.HEALTH)
    store = house.store
    shown = runs.past(house, actor, limit=NEWEST).runs
    running = next((one for one in shown if one.run.state is RunState.RUNNING), None)
    return OfficeNow(
        sources=[_source(house, source.name) for source in house.settings.sources],
        runs=shown,
        running=None if running is None else runs.as_it_is(house, actor, running.id),
        states=Counter(store.search.states()),
        mails=Counter(store.outbox.counts()),
        switch=store.outbox.switch(),
        service=service(house, actor),
        notices=notices(house.settings, store, house.clock.today()),
        quarantined=quarantine.waiting(house.settings, store),
    )


def service(house: House, actor: Actor) -> ServiceNow:
    """The service as it stands now. Raises Refused where the actor may not ask."""
    actor.need(Right.HEALTH)
    schedule = house.store.schedule
    return ServiceNow(
        beat=schedule.last_beat(BEAT),
        stopped=schedule.stopped(BEAT),
        waiting=house.store.queue.waiting(),
        planned=sorted(schedule.planned(), key=lambda one: one.next_at),
        backup=chores.newest_backup(house.settings),
        health=health.look(house.settings),
    )


def sources(house: House, actor: Actor) -> list[SourceNow]:
    """Every configured source, of the actor's units alone."""
    return [_of_actor(_source(house, one.name), actor) for one in house.settings.sources]


def _of_actor(source: SourceNow, actor: Actor) -> SourceNow:
    if actor.units is None:
        return source
    units = tuple(one for one in source.units if actor.sees(one.unit))
    return replace(source, otherwise=(), units=units)


def _source(house: House, name: str) -> SourceNow:
    facts = house.store.readings.coverage_facts(name)
    source = house.settings.source(name)
    role = source.role if source else SourceRole.REGISTER
    declared = uneven.declared(house.settings, house.tables, house.store, name)
    poll = house.store.asked.of(name)
    found = uneven.uneven(facts, role, declared, house.tables.units.name, house.clock.zone)
    return SourceNow(
        facts=facts,
        role=ROLES[role],
        asked=_asked(house, name),
        reading=poll is not None and poll.state is PollState.READING,
        wrong=tuple(_wrong(house, facts)),
        otherwise=(*found.unread, *found.otherwise),
        units=tuple(_units(house, facts, declared)),
    )


def _asked(house: House, name: str) -> str:
    """How a system is asked over the network; an office of files need not load what asks."""
    if not isinstance(house.settings.source(name), PolledSource):
        return ""
    from worker.run import look_ups

    return look_ups.told(house, name)


def _wrong(house: House, facts: SourceFacts) -> Iterator[str]:
    """What keeps a source from being read in full."""
    if facts.problem and not runs.is_being_read(facts.problem):  # ``asked`` says it
        yield _since(facts.problem, facts.unread_at or facts.unread_since, house)
    if facts.trail_problem:
        yield f"nhật ký liên thông chưa đọc được: {facts.trail_problem.rstrip('.')}"


def _units(house: House, facts: SourceFacts, declared: uneven.Declared) -> Iterator[UnitOfSource]:
    for one in facts.by_unit():
        unread = _since("Tệp của đơn vị chưa đọc được", one.unread_at or one.unread_since, house)
        yield UnitOfSource(
            unit=one.unit,
            name=house.tables.units.name(one.unit) or one.unit,
            answered=one.answered,
            starts=one.starts,
            ends=one.ends,
            unread_since=one.unread_since,
            declared_until=uneven.declared_until(declared, one.unit),
            problem="" if one.answered else unread,
        )


def _since(problem: str, since: date | datetime | None, house: House) -> str:
    return f"từ {hour(since, house.clock.zone)}: {problem}" if since else problem
