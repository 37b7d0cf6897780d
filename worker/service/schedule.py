"""When the service works by itself: from the settings, the calendar and a moment to what is due.

Pure: the moment is handed in. What was missed while the machine was off is made up once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from config.sections import ScheduleSettings as Times
from reconcile.workdays import Calendar
from worker.store import Beat, PlannedJob

#: The name under which the schedule shows that it works.
BEAT = "sweep"
_DAY = timedelta(days=1)
#: No calendar has as many days off in a row.
_FAR = 400

#: The machine's clock and the database's may differ by this much.
SKEW = timedelta(seconds=60)
#: A clock that went back by more was wrong before, or is wrong now.
BACK = timedelta(minutes=5)
#: No office is closed for so long: a clock that leapt over it is rather wrong.
LEAP = timedelta(days=45)
#: Long before the product existed: the battery of the machine's clock is empty.
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)

POLL, DAILY, WEEKLY, SWEEP = "poll", "daily", "weekly", "sweep"
BACKUP, PURGE, VERIFY, DIGEST = "backup", "purge", "verify", "digest"
#: Jobs that are no runs: they read no source and judge nothing.
CHORES = frozenset({BACKUP, PURGE, VERIFY, DIGEST})


def sign(chore_name: str) -> str:
    """The name of a chore's sign of life, which keeps what went wrong the last time."""
    return f"chore:{chore_name}"


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes again: ``at`` a time of its days, or ``every`` so often in their hours."""

    name: str
    days: str  # "working", "all", or weekdays between commas
    at: time
    until: time | None = None
    every: timedelta | None = None

    @property
    def rule(self) -> str:
        """The settings as text: when it changes, what was planned is planned anew."""
        often = f"{self.every} {self.until}" if self.every else ""
        return f"{self.days} {self.at} {often}".strip()


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job to be taken: what was planned, what comes after, and whether its run is made now."""

    job: Job
    seen: PlannedJob
    after: PlannedJob
    runs: bool


def jobs(times: Times, mail_at: time | None = None) -> tuple[Job, ...]:
    """What the settings ask for; ``mail_at`` is when the digests of the day are prepared."""
    opens, closes = times.hours
    return (
        Job(POLL, times.days, opens, closes, times.every),
        Job(DAILY, times.days, times.at),
        Job(WEEKLY, times.report_day, times.at),
        Job(SWEEP, "all", times.sweep_at),
        Job(BACKUP, "all", times.care_at),
        Job(PURGE, "all", times.care_at),
        Job(VERIFY, times.report_day, times.care_at),
        *((Job(DIGEST, "working", mail_at),) if mail_at else ()),
    )


def next_after(job: Job, now: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """The first moment after ``now`` at which the job is due (UTC).

    Moments are counted from the opening hour, not from the last run, so that every scheduler
    computes the same ones.
    """
    today = now.astimezone(zone).date()
    for ahead in range(_FAR):
        day = today + ahead * _DAY
        if not calendar.is_one_of(job.days, day):
            continue
        for moment in _moments(job, day, zone):
            if moment > now:
                return moment
    raise ValueError(f"{job.name}: no day of {job.days} within {_FAR} days")


def _moments(job: Job, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    moment = datetime.combine(day, job.at, zone).astimezone(UTC)
    yield moment
    if job.every is None or job.until is None:
        return
    last = datetime.combine(day, job.until, zone).astimezone(UTC)
    while (moment := moment + job.every) <= last:
        yield moment


def fits(job: Job, now: datetime, calendar: Calendar, zone: ZoneInfo) -> bool:
    """Whether a job that is due, perhaps late, may run at this moment.

    Late work is made up on a day of the job; polling only in its hours.
    """
    local = now.astimezone(zone)
    if not calendar.is_one_of(job.days, local.date()):
        return False
    return job.until is None or job.at <= local.time().replace(second=0, microsecond=0) <= job.until


def to_plan(
    wanted: Sequence[Job],
    planned: Sequence[PlannedJob],
    now: datetime,
    calendar: Calendar,
    zone: ZoneInfo,
) -> list[PlannedJob]:
    """Jobs that are new, whose setting changed, or that were planned by a clock that ran ahead."""
    known: Mapping[str, PlannedJob] = {one.name: one for one in planned}
    found: list[PlannedJob] = []
    for job in wanted:
        moment = next_after(job, now, calendar, zone)
        seen = known.get(job.name)
        if seen is None or seen.rule != job.rule or seen.next_at > moment:
            found.append(PlannedJob(job.name, job.rule, moment, seen.last_at if seen else None))
    return found


def due(
    wanted: Sequence[Job],
    planned: Sequence[PlannedJob],
    now: datetime,
    calendar: Calendar,
    zone: ZoneInfo,
) -> list[DueJob]:
    """What is due now. However many times a job was missed, it is due once."""
    by_name = {job.name: job for job in wanted}
    found: list[DueJob] = []
    for seen in planned:
        job = by_name.get(seen.name)
        if job is None or seen.rule != job.rule or seen.next_at > now:
            continue
        after = PlannedJob(seen.name, seen.rule, next_after(job, now, calendar, zone), now)
        found.append(DueJob(job, seen, after, runs=fits(job, now, calendar, zone)))
    return found


def clock_problem(
    now: datetime,
    database: datetime,
    last: Beat | None,
    by_hand: datetime | None,
    zone: tzinfo = UTC,
) -> str:
    """What is wrong with the machine's clock, in Vietnamese; empty when nothing is.

    Days are those of the zone.

    While it is wrong the schedule rests: a run that judges by a wrong day does harm for long. A
    run that a person starts says that the clock was looked at.
    """
    if now < FIRST_DAY:
        return f"đồng hồ máy chỉ {now.astimezone(zone):%d/%m/%Y}, sớm hơn ngày phần mềm ra đời"
    if abs(now - database) > SKEW:
        seconds = round(abs(now - database).total_seconds())
        return f"đồng hồ máy lệch {seconds} giây so với cơ sở dữ liệu"
    alive = last.clock if last is not None and not math.isinf(last.age) else None
    seen = max((moment for moment in (alive, by_hand) if moment), default=None)
    if seen is not None and now - seen > LEAP:
        return (
            f"đồng hồ máy nhảy từ {seen.astimezone(zone):%d/%m/%Y} "
            f"đến {now.astimezone(zone):%d/%m/%Y}; "
            "nếu đúng, hãy chạy tay một lần: doisoat run"
        )
    return ""


def went_back(now: datetime, last: Beat | None) -> bool:
    """Whether the clock shows an earlier time than it did at the last sign of life."""
    return last is not None and last.clock - now > BACK
