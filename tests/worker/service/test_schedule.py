"""What is due when, by the office's calendar; of two schedulers one ticks."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.sections import ScheduleSettings as Times
from reconcile.scope import Scope
from reconcile.workdays import Calendar
from worker.service import schedule, ticking
from worker.service.schedule import DAILY, POLL, SWEEP, WEEKLY
from worker.store import Beat, PlannedJob, Store, Wish

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
#: The Hùng Kings' day of 2026, and a Saturday that is worked instead.
CALENDAR = Calendar(off=frozenset({date(2026, 4, 27)}), worked=frozenset({date(2026, 4, 25)}))
JOBS = {job.name: job for job in schedule.jobs(Times())}


def at(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    """A moment by the office's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def after(name: str, moment: datetime) -> datetime:
    return schedule.next_after(JOBS[name], moment, CALENDAR, ZONE).astimezone(ZONE)


@pytest.mark.parametrize(
    ("name", "moment", "expected"),
    [
        (POLL, at(22, 7, 1), at(22, 7, 15)),
        (POLL, at(22, 17, 50), at(22, 18)),
        (POLL, at(22, 18), at(23, 7)),  # the office is closed
        (POLL, at(24, 18, 5), at(25, 7)),  # Saturday, worked instead
        (POLL, at(25, 18, 5), at(28, 7)),  # Sunday and a holiday between
        (DAILY, at(22, 7, 29), at(22, 7, 30)),
        (DAILY, at(22, 7, 30), at(23, 7, 30)),
        (DAILY, at(25, 8), at(28, 7, 30)),
        (SWEEP, at(25, 8), at(26, 1)),  # every night
        (WEEKLY, at(22, 8), at(27, 7, 30)),  # Monday, holiday or not
    ],
)
def test_the_next_time(name: str, moment: datetime, expected: datetime):
    assert after(name, moment) == expected


@given(st.integers(0, 400 * 24 * 60), st.sampled_from(sorted(JOBS)))
def test_the_next_time_is_later_on_its_day_and_the_first(minutes: int, name: str):
    now = at(1, 0, month=1) + timedelta(minutes=minutes)
    found = schedule.next_after(JOBS[name], now, CALENDAR, ZONE)
    assert found > now
    assert schedule.fits(JOBS[name], found, CALENDAR, ZONE)
    assert schedule.next_after(JOBS[name], found - timedelta(seconds=1), CALENDAR, ZONE) == found


def planned(name: str, moment: datetime) -> PlannedJob:
    return PlannedJob(name, JOBS[name].rule, moment.astimezone(UTC))


def due(moment: datetime, *known: PlannedJob) -> list[tuple[str, bool, datetime]]:
    found = schedule.due(list(JOBS.values()), known, moment, CALENDAR, ZONE)
    return [(one.job.name, one.runs, one.after.next_at.astimezone(ZONE)) for one in found]


def test_what_was_missed_is_made_up_once():
    late = at(23, 10, 20)
    assert due(late, planned(POLL, at(20, 9)), planned(DAILY, at(20, 7, 30))) == [
        (POLL, True, at(23, 10, 30)),
        (DAILY, True, at(24, 7, 30)),
    ]


def test_nothing_is_made_up_on_a_day_off_or_at_night():
    sunday, night = at(26, 10), at(23, 22)
    assert due(sunday, planned(DAILY, at(24, 7, 30))) == [(DAILY, False, at(28, 7, 30))]
    assert due(night, planned(POLL, at(23, 17))) == [(POLL, False, at(24, 7))]


def test_what_is_not_due_or_was_changed_waits():
    assert due(at(23, 10), planned(POLL, at(23, 10, 15))) == []
    assert due(at(23, 10), replace(planned(POLL, at(23, 9)), rule="all 08:00")) == []


def test_new_and_changed_jobs_are_planned_and_those_of_a_clock_that_ran_ahead():
    now = at(22, 10, 5)
    wanted = [JOBS[POLL], JOBS[DAILY], JOBS[SWEEP]]
    known = [
        planned(POLL, datetime(2031, 1, 1, tzinfo=UTC)),
        replace(planned(DAILY, at(23, 7, 30)), rule="all 05:00"),
        planned(SWEEP, at(22, 1)),  # overdue is no reason to plan anew
    ]
    found = schedule.to_plan(wanted, known, now, CALENDAR, ZONE)
    assert [(one.name, one.next_at) for one in found] == [
        (POLL, at(22, 10, 15)),
        (DAILY, at(23, 7, 30)),
    ]
    assert len(schedule.to_plan(wanted, [], now, CALENDAR, ZONE)) == 3


def test_what_each_job_asks_for():
    monday = date(2026, 4, 20)
    weekly = ticking.request_of(JOBS[WEEKLY], monday)
    assert weekly.scope == Scope(
        as_of=date(2026, 4, 19), starts=date(2026, 4, 13), ends=date(2026, 4, 19)
    )
    assert not weekly.poll
    assert ticking.request_of(JOBS[SWEEP], monday).sweep
    daily = ticking.request_of(JOBS[DAILY], monday)
    assert (daily.scope.as_of, daily.poll, daily.trigger) == (monday, True, "schedule:daily")


def beat(clock: datetime) -> Beat:
    return Beat(0.0, clock, "may-1", "")


def test_a_wrong_clock_is_noticed():
    now = at(22, 10)
    fine = beat(now - timedelta(seconds=30))
    assert schedule.clock_problem(now, now, fine, None) == ""
    assert schedule.clock_problem(now, now, None, None) == ""
    assert "lệch 120 giây" in schedule.clock_problem(now, now - timedelta(minutes=2), fine, None)
    empty = datetime(2000, 1, 1, tzinfo=UTC)
    assert "01/01/2000" in schedule.clock_problem(empty, empty, None, None)
    holidays = beat(now - timedelta(days=12))
    assert schedule.clock_problem(now, now, holidays, None) == ""
    leapt = beat(now - timedelta(days=300))
    assert "nhảy" in schedule.clock_problem(now, now, leapt, None)
    assert schedule.clock_problem(now, now, leapt, now - timedelta(hours=1)) == ""
    assert schedule.went_back(now, beat(now + timedelta(hours=2)))
    assert not schedule.went_back(now, fine)


PLANNED = PlannedJob("daily", "working 07:30:00", datetime(2026, 4, 22, 0, 30, tzinfo=UTC))
THEN = datetime(2026, 4, 22, 0, 31, tzinfo=UTC)
AFTER = replace(PLANNED, next_at=PLANNED.next_at + timedelta(days=1), last_at=THEN)


def tick(store: Store, number: int) -> str | None:
    wish = Wish(f"r{number}", f"k{number}", "schedule:daily", Scope(as_of=date(2026, 4, 22)), "{}")
    return store.schedule.tick(PLANNED, AFTER, wish, at=THEN)


def test_of_many_schedulers_one_ticks(store: Store):
    store.schedule.plan([PLANNED], keep=())
    made: list[str | None] = []
    threads = [
        threading.Thread(target=lambda n=number: made.append(tick(store, n))) for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = [run_id for run_id in made if run_id]
    assert len(runs) == 1
    assert [run.id for run in store.runs.newest()] == runs
    assert store.schedule.planned() == [AFTER]


def test_jobs_that_are_no_longer_wanted_are_forgotten(store: Store):
    store.schedule.plan([PLANNED, replace(PLANNED, name="poll")], keep=())
    moved = replace(PLANNED, rule="all 05:00:00")
    store.schedule.plan([moved], keep=("daily",))
    assert store.schedule.planned() == [moved]


def test_a_sign_of_life_has_an_age_by_the_database(store: Store):
    assert store.schedule.last_beat("sweep") is None
    store.schedule.beat("sweep", clock=THEN, host="may-1", problem="")
    store.schedule.beat("sweep", clock=THEN, host="may-2", problem="lệch")
    found = store.schedule.last_beat("sweep")
    assert found is not None
    assert (found.host, found.problem, found.clock) == ("may-2", "lệch", THEN)
    assert 0 <= found.age < 30


def test_times_of_day_are_the_offices():
    assert JOBS[DAILY].at == time(7, 30)
    assert after(DAILY, at(22, 7)).utcoffset() == timedelta(hours=7)
