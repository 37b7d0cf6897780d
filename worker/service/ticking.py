"""What the service does by itself: the tick of the schedule, its chores, and the sweep.

Any worker may do either at any time, and two at once do no harm: what is due is taken by a
compare-and-set, and what is hinted at twice is done once.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import structlog

from config.settings import Settings
from reconcile.scope import Scope
from worker.clock import Clock
from worker.house import House, open_store
from worker.run import leases
from worker.run.requests import Request
from worker.service import celery, chores, period_counts, poll_slices, queue, schedule
from worker.service.schedule import BEAT, DAILY, SWEEP, WEEKLY, DueJob, Job, sign
from worker.store import PlannedJob, StoreError
from worker.store.schedule import STOPPED

log = structlog.get_logger(__name__)

#: The name of the sign of life that the sweep leaves.
#: Seconds that the goodbye of a service may take.
GOODBYE_PATIENCE = 3.0
#: The digests of a day wait for the runs of that morning, but no longer than this.
DIGEST_WAITS = timedelta(hours=2)


def tick(house: House) -> list[str]:
    """Record the runs that are due and hint at them; their ids.

    Rests while the machine's clock is wrong, for a run judges by its day.
    """
    store, now = house.store, house.clock.now()
    if problem := clock_problem(house, now):
        log.error("clock.wrong", problem=problem)
        return []
    made: list[str] = []
    chores: list[str] = []
    for one in _due(house, _planned(house, now), now):
        if one.job.name in schedule.CHORES and one.runs:
            chores.append(one.job.name)  # moved on when it is done, not before
            continue
        request = request_of(one.job, house.clock.today()) if one.runs else None
        wish = queue.wish(house, request, by="schedule") if request else None
        run_id = store.schedule.tick(one.seen, one.after, wish, at=now)
        log.info("schedule.ticked", job=one.job.name, run=run_id or "", made=bool(run_id))
        if run_id is not None:
            made.append(run_id)
    for run_id in made:
        queue.hint(house.settings, run_id)
    for name in chores:
        queue.send(house.settings, celery.CHORE, name)
    return made


def request_of(job: Job, today: date) -> Request:
    """What a job asks of the workers on that day.

    None waits for a system that is being read: what is known is judged, and what a poll brings is
    judged when it is over. Polling and the nightly sweep keep the machine's files only; the weekly
    report speaks of the seven days before its day and polls nothing.
    """
    trigger = f"schedule:{job.name}"
    if job.name == WEEKLY:
        last = today - timedelta(days=1)
        scope = Scope(as_of=last, starts=today - timedelta(days=7), ends=last)
        return Request(scope, trigger=trigger, poll=False)
    if job.name == DAILY:
        return Request(Scope(as_of=today), trigger=trigger, wait=False)
    sweep = job.name == SWEEP
    return Request(Scope(as_of=today), trigger=trigger, sweep=sweep, wait=False, formats=("json",))


def _planned(house: House, now: datetime) -> list[PlannedJob]:
    """What is planned, after new and changed jobs were planned and old ones forgotten."""
    times = house.store.schedule
    wanted, planned = _wanted(house), times.planned()
    anew = schedule.to_plan(wanted, planned, now, house.tables.calendar, house.clock.zone)
    names = [job.name for job in wanted]
    if not anew and {one.name for one in planned} <= set(names):
        return planned
    times.plan(anew, keep=names)
    return times.planned()


def _wanted(house: House) -> tuple[schedule.Job, ...]:
    return schedule.jobs(house.settings.schedule, house.settings.mail.at)


def _due(house: House, planned: Sequence[PlannedJob], now: datetime) -> list[DueJob]:
    return schedule.due(_wanted(house), planned, now, house.tables.calendar, house.clock.zone)


def chore(house: House, name: str) -> bool:
    """Do a chore that is still due, alone; False when there was nothing to do here.

    Its job moves on after the work: a worker that dies in between leaves it due.
    """
    now = house.clock.now()
    found = [one for one in _due(house, _planned(house, now), now) if one.job.name == name]
    if not found or not found[0].runs or _must_wait(house, found[0], now):
        return False
    one, times = found[0], house.store.schedule
    seconds = house.settings.service.lease.total_seconds()
    try:
        with leases.held(house.store, "", house.clock, name=sign(name), seconds=seconds):
            problem = chores.do(house, name)
            times.tick(one.seen, one.after, None, at=now)
            host = socket.gethostname()
            times.beat(sign(name), clock=house.clock.now(), host=host, problem=problem)
    except leases.Busy:
        return False
    log.info("chore.done", chore=name, well=not problem)
    return True


def _must_wait(house: House, one: DueJob, now: datetime) -> bool:
    """The digest waits for the runs of the morning: it is to tell what they find."""
    if one.job.name != schedule.DIGEST or now - one.seen.next_at > DIGEST_WAITS:
        return False
    works = house.store.leases.holder(leases.ALL) is not None
    return works or house.store.queue.waiting().count > 0


def deliver(house: House) -> bool:
    """Send the mails that are due, one sender at a time; False when another one is at it."""
    try:
        with leases.held(house.store, "", house.clock, name="mail"):
            chores.deliver(house)
    except leases.Busy:
        return False
    return True


def sweep(house: House) -> str | None:
    """Leave a sign of life, put right what dead workers left, hint at the run that may begin."""
    now = house.clock.now()
    last = house.store.schedule.last_beat(BEAT)
    if schedule.went_back(now, last):
        log.error("clock.went_back", now=now.isoformat())
    problem = clock_problem(house, now)
    changed = house.store.queue.tidy(at=now)
    if changed:
        log.warning("queue.tidied", runs=changed)
    # A leap of the clock stays visible until a person has looked at it.
    shown = last.clock if problem and last is not None else now
    house.store.schedule.beat(BEAT, clock=shown, host=socket.gethostname(), problem=problem)
    if lost := house.store.outbox.find_lost(at=now):
        log.warning("mail.lost", mails=lost)
    if house.store.outbox.due(now) and not house.store.outbox.switch().frozen:
        queue.send(house.settings, celery.DELIVER)
    poll_slices.hint_due(house)
    period_counts.hint_due(house)
    return queue.hint_next(house)


def say_goodbye(settings: Settings) -> None:
    """Leave word that the service was stopped on purpose: it is not dead, and it does not live.

    Whoever stops it is not kept waiting for a database that does not answer.
    """
    speaker = threading.Thread(target=_goodbye, args=(settings,), name="goodbye", daemon=True)
    speaker.start()
    speaker.join(GOODBYE_PATIENCE)


def _goodbye(settings: Settings) -> None:
    try:
        store = open_store(settings, make=False)
    except StoreError as error:
        log.warning("service.goodbye_not_written", error=type(error).__name__)
        return
    try:
        clock = Clock(settings.office.timezone)
        store.schedule.beat(STOPPED, clock=clock.now(), host=socket.gethostname(), problem="")
    except StoreError as error:
        log.warning("service.goodbye_not_written", error=type(error).__name__)
    finally:
        store.close()


def clock_problem(house: House, now: datetime) -> str:
    """What is wrong with the machine's clock; empty when nothing is."""
    times = house.store.schedule
    database = datetime.fromtimestamp(times.clock(), UTC)
    return schedule.clock_problem(
        now, database, times.last_beat(BEAT), times.last_asked_by_hand(), house.clock.zone
    )
