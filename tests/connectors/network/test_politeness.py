"""The breaker and the budget: pure steps, windows of the office's clock, polls that keep them."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from config.sections import AskingWindow
from connectors.connector import Codes, FileMemory, Memory
from connectors.errors import BudgetSpent, SourceUnavailable
from connectors.politeness import (
    CALLS,
    FAILED_POLLS,
    LONGEST_REST,
    Budget,
    Courtesy,
    window_at,
)
from reconcile.claims import Snapshot
from reconcile.workdays import Calendar
from tests.connectors.contract import TODAY, claims, poll
from tests.connectors.sites import DvcltSite, DvcqgSite, IgateSite
from tests.simulators import dvcqg, igate, web
from tests.simulators.web import Fault

NOW = datetime(2024, 4, 1, 1, tzinfo=UTC)
OFFICE = AskingWindow(hours="07:00-18:00", days="working", requests=100, minutes=30)
NIGHT = AskingWindow(hours="18:00-07:00", requests_per_second=10)
CALENDAR = Calendar()


# The breaker


def fail(times: int, one: Courtesy, spread: float = 0.0) -> Courtesy:
    for _ in range(times):
        one = one.failed("hỏng", NOW, spread)
    return one


def test_the_breaker_opens_after_five_failed_polls_in_a_row():
    assert not fail(FAILED_POLLS - 1, Courtesy("a")).is_open(NOW)
    opened = fail(FAILED_POLLS, Courtesy("a"))
    assert opened.is_open(NOW)
    assert opened.retry_at == NOW + timedelta(seconds=60)
    assert not opened.is_open(NOW + timedelta(seconds=60))


def test_a_good_poll_in_between_begins_the_count_anew():
    assert not fail(1, fail(FAILED_POLLS - 1, Courtesy("a")).well()).is_open(NOW)


def test_it_opens_when_more_than_half_of_twenty_questions_failed():
    half = Courtesy("a", recent="+-" * (CALLS // 2))
    assert not half.failed("hỏng", NOW, 0).is_open(NOW)
    more = replace(half, recent="-" + half.recent[1:])
    assert more.failed("hỏng", NOW, 0).is_open(NOW)
    few = Courtesy("a", recent="-" * (CALLS - 1))
    assert not few.failed("hỏng", NOW, 0).is_open(NOW)


def test_a_trial_that_fails_rests_longer_and_never_longer_than_ten_minutes():
    one, rests = fail(FAILED_POLLS, Courtesy("a")), []
    for _ in range(6):
        assert one.retry_at is not None
        rests.append((one.retry_at - NOW).total_seconds())
        one = one.failed("hỏng", NOW, 0)
    assert rests == [60, 120, 240, 480, 600, 600]
    spread = fail(FAILED_POLLS + 9, Courtesy("a"), spread=1.0)
    assert spread.retry_at == NOW + LONGEST_REST * 1.25


def test_one_good_trial_closes_it():
    closed = fail(FAILED_POLLS, Courtesy("a")).well()
    assert (closed.failures, closed.trips, closed.retry_at, closed.problem) == (0, 0, None, "")


# The windows


@pytest.mark.parametrize(
    ("at", "window", "day"),
    [
        ("2024-04-01 07:00", OFFICE, "2024-04-01"),
        ("2024-04-01 17:59", OFFICE, "2024-04-01"),
        ("2024-04-01 18:00", NIGHT, "2024-04-01"),
        ("2024-04-02 06:59", NIGHT, "2024-04-01"),  # the night of the day before
        ("2024-03-31 08:00", None, ""),  # a Sunday
    ],
)
def test_the_window_is_that_of_the_offices_clock(at: str, window: Any, day: str):
    local = datetime.fromisoformat(at)
    assert window_at((OFFICE, NIGHT), local, CALENDAR) == (window, day)


def test_hours_that_are_no_hours_are_refused():
    for hours in ("07:00", "7-8-9", "08:00-08:00", "25:00-26:00"):
        with pytest.raises(ValidationError):
            AskingWindow(hours=hours)


# The budget


def window(**more: Any) -> AskingWindow:
    return AskingWindow(hours=(time(0), time(23, 59)), **more)


def budget(known: Courtesy | None = None, day: str = "2024-03-31", **more: Any) -> Budget:
    return Budget(known or Courtesy("a"), window(**more), day)


def test_what_was_asked_in_this_window_counts_and_in_another_does_not():
    first = budget(requests=5)
    for _ in range(3):
        first.take()
    again = budget(first.courtesy(), requests=5)
    assert again.left == 2
    again.take()
    again.take()
    with pytest.raises(BudgetSpent, match="00:00-23:59"):
        again.take()
    assert again.courtesy().requests == 5
    assert budget(again.courtesy(), "2024-04-01", requests=5).left == 5


def test_time_is_a_budget_too():
    asked = budget(Courtesy("a", hours="2024-03-31 00:00-23:59", seconds=60.0), minutes=1)
    with pytest.raises(BudgetSpent):
        asked.take()
    budget(minutes=1).take()


def test_a_window_has_its_own_pace():
    assert budget(requests_per_second=7).per_second == 7
    assert Budget().per_second is None


def test_a_poll_stops_by_itself_when_most_of_it_fails():
    one = Budget()
    for _ in range(CALLS):
        one.take()
        one.answered(well=False)
    with pytest.raises(SourceUnavailable, match="một nửa"):
        one.take()


CODES = tuple(Codes(f"H11.08-240102-{number:04d}") for number in range(25))


def test_what_was_heard_before_the_budget_ended_is_kept():
    """Nothing is asked twice, day after day, by whoever asks for the rest."""
    site = DvcqgSite()
    with dvcqg.Portal(copies=[dvcqg.Copy(one.own) for one in CODES]) as portal:
        connector = site.connector(portal, max_parallel=1)
        left = CODES
        for day in range(5):
            today = date(2024, 4, 1 + day)
            known = Memory(today=today, sweep=True, codes=left, budget=budget(requests=8))
            seen: list[Snapshot] = []
            with suppress(BudgetSpent):
                seen.extend(connector.fetch(known))
            asked = {own for one in seen for own in one.asked}
            left = tuple(one for one in left if one.own not in asked)
            if not seen[-1].more_to_come:
                break
        assert left == ()
        assert seen[-1].swept
        # 25 look-ups, and a login a poll: eight questions a day are four days.
        assert portal.served() == [one.own for one in CODES]
        assert day == 3


def changed(served: igate.Igate) -> None:
    served.change(served.rows[3].code, datetime(2024, 3, 31, tzinfo=UTC), status="Đã có kết quả")


def test_a_sweep_that_does_not_fit_is_not_begun_and_what_changed_is_read():
    site = IgateSite()
    truths = site.world(100)
    with site.serve(truths) as served:
        connector = site.connector(served)
        last = poll(connector, site.memory(truths))[-1]
        changed(served)
        served.ledger.clear()
        files = {"": FileMemory(last.fingerprint, len(truths))}
        memory = Memory(
            today=TODAY, sweep=True, files=files, cursor=last.cursor, budget=budget(requests=12)
        )
        (snapshot,) = poll(connector, memory)
        assert (snapshot.partial, snapshot.swept) == (True, False)
        assert served.rows[3].code in {claim.own_code for claim in snapshot.claims}
        assert len(served.ledger) <= 12


def test_a_first_reading_that_does_not_fit_asks_next_to_nothing():
    site = IgateSite()
    truths = site.world(47)
    with site.serve(truths) as served:
        memory = replace(site.memory(truths), budget=budget(requests=8))
        with pytest.raises(BudgetSpent, match="cần khoảng 9 lượt"):
            poll(site.connector(served), memory)
        assert len(served.ledger) == 2  # the login and the first page
        enough = replace(memory, budget=budget(requests=11))
        assert len(claims(poll(site.connector(served), enough))) == 47


def test_a_hub_that_does_not_fit_is_asked_for_its_list_alone():
    site = DvcltSite()
    truths = site.world(25)
    with site.serve(truths) as served:
        with pytest.raises(BudgetSpent):
            poll(site.connector(served), replace(site.memory(truths), budget=budget(requests=9)))
        assert len(served.ledger) == 2


def test_a_portal_that_falls_over_in_the_middle_is_soon_left_alone():
    """Many dossiers, none answered: the repeats end with the breaker, not with the list."""
    site = DvcqgSite()
    with dvcqg.Portal(copies=[dvcqg.Copy(one.own) for one in CODES]) as portal:
        portal.faults.append(Fault(web.status(503), dvcqg.SHARE_PATH))
        known = Courtesy("cong", recent="-" * 11 + "+" * 9)
        memory = Memory(today=TODAY, sweep=True, codes=CODES, budget=Budget(known))
        with pytest.raises(SourceUnavailable, match="một nửa"):
            poll(site.connector(portal), memory)
        assert len(portal.ledger) == 0
