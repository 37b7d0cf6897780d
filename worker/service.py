"""What the service does by itself: the tick of the schedule, and the sweep.

Any worker may do either at any time, and two at once do no harm: what is due is taken by a
compare-and-set, and what is hinted at twice is done once.
"""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import structlog

from worker import queueing, schedule
from worker.house import House

log = structlog.get_logger(__name__)

#: The name of the sign of life that the sweep leaves.
BEAT = "sweep"


def tick(house: House) -> list[str]:
    """Record the runs that are due and hint at them; their ids.

    Rests while the machine's clock is wrong, for a run judges by its day.
    """
    store, calendar, zone = house.store, house.tables.calendar, house.clock.zone
    now = house.clock.now()
    if problem := clock_problem(house, now):
        log.error("clock.wrong", problem=problem)
        return []
    wanted = schedule.jobs(house.settings.schedule)
    planned = store.schedule.planned()
    anew = schedule.to_plan(wanted, planned, now, calendar, zone)
    names = [job.name for job in wanted]
    if anew or {one.name for one in planned} - set(names):
        store.schedule.plan(anew, keep=names)
        planned = store.schedule.planned()
    made: list[str] = []
    for one in schedule.due(wanted, planned, now, calendar, zone):
        request = schedule.request(one.job, house.clock.today())
        wish = queueing.wish(house, request, by="schedule") if one.runs else None
        run_id = store.schedule.tick(one.seen, one.after, wish, at=now)
        log.info("schedule.ticked", job=one.job.name, run=run_id or "", made=bool(run_id))
        if run_id is not None:
            made.append(run_id)
    for run_id in made:
        queueing.hint(house.settings, run_id)
    return made


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
    return queueing.hint_next(house)


def clock_problem(house: House, now: datetime) -> str:
    """What is wrong with the machine's clock; empty when nothing is."""
    times = house.store.schedule
    database = datetime.fromtimestamp(times.clock(), UTC)
    return schedule.clock_problem(now, database, times.last_beat(BEAT), times.last_asked_by_hand())
