"""Polls as rows: shared, gone on with, given up; runs that wait."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reconcile.claims import Role, Snapshot
from reconcile.scope import Scope
from tests.worker.making import NOW
from worker.clock import Clock
from worker.run import leases
from worker.store import (
    Awaited,
    HeardOf,
    Lease,
    LeaseLost,
    PollState,
    PollStep,
    RunState,
    Store,
    Wish,
)
from worker.store.asked import MOST_TRIES, ended

DAY = date(2024, 3, 1)


def ask(store: Store, *sources: str, sweep: bool = False, days: int = 0) -> dict[str, int]:
    at, on = NOW + timedelta(days=days), DAY + timedelta(days=days)
    names = sources or ("cong",)
    return store.asked.ask(names, sweep=names if sweep else (), by="test", at=at, on=on)


def held(store: Store, name: str = "source:cong", run_id: str = "") -> Lease:
    lease = leases.claim(store, run_id, Clock(), name=name, seconds=600)
    assert lease is not None
    return lease


def over(store: Store, state: PollState = PollState.DONE) -> None:
    lease = held(store)
    store.asked.end("cong", lease, state, at=NOW)
    store.leases.release(lease)


def poll(store: Store):
    found = store.asked.of("cong")
    assert found is not None
    return found


def test_who_asks_for_what_is_being_read_shares_it(store: Store):
    assert ask(store) == ask(store) == {"cong": 1}
    assert store.asked.due() == ["cong"]
    ask(store, sweep=True)
    assert poll(store).sweep
    over(store)
    assert store.asked.due() == []
    assert ask(store) == {"cong": 2}
    assert not poll(store).sweep


@pytest.mark.parametrize(
    ("state", "days", "round_"),
    [
        (PollState.FAILED, 0, 1),  # the source ended it: the same day it goes on
        (PollState.FAILED, 1, 2),  # what it said yesterday is old
        (PollState.PAUSED, 0, 1),
        (PollState.PAUSED, 3, 1),  # our budget ended it: nobody's fault, whatever the day
        (PollState.DONE, 0, 2),
    ],
)
def test_when_a_poll_goes_on_and_when_it_begins_anew(
    store: Store, state: PollState, days: int, round_: int
):
    ask(store)
    over(store, state)
    assert ask(store, days=days) == {"cong": round_}
    assert poll(store).state is PollState.READING


def test_slices_that_come_to_nothing_end_the_poll_and_say_so(store: Store):
    ask(store)
    lease = held(store)
    for _ in range(MOST_TRIES):
        assert store.asked.begin("cong", lease, at=NOW) is not None
    assert store.asked.begin("cong", lease, at=NOW) is None
    assert poll(store).state is PollState.FAILED
    assert "Đã thử 5 lần" in poll(store).problem


def test_what_is_stored_says_how_far_the_poll_is_and_clears_the_tries(store: Store):
    ask(store)
    lease = held(store)
    store.asked.begin("cong", lease, at=NOW)
    step = PollStep(1, [HeardOf("H1"), HeardOf("H2")], done=2, total=10, seconds=4.0)
    said = Snapshot("cong", Role.PORTAL, fingerprint="f", partial=True, more_to_come=True)
    store.claims.take_in(said, at=NOW, on=DAY, lease=lease, step=step)
    now = poll(store)
    assert (now.done, now.total, now.tries, now.slice) == (2, 10, 0, 1)
    assert now.seconds_left == 16.0


def test_who_was_overtaken_stores_neither_rows_nor_how_far_it_is(store: Store):
    ask(store)
    slow = held(store)
    store.leases.release(slow)
    held(store)
    step = PollStep(1, [HeardOf("H1")], done=1)
    said = Snapshot("cong", Role.PORTAL, fingerprint="f", partial=True)
    with pytest.raises(LeaseLost):
        store.claims.take_in(said, at=NOW, on=DAY, lease=slow, step=step)
    assert poll(store).done == 0


# Runs that wait


def parked(store: Store) -> None:
    wish = Wish("r1", "key", "cli", Scope(as_of=DAY), '{"poll":true}', "cli:an")
    store.queue.ask(wish, at=NOW)
    lease = held(store, leases.ALL, "r1")
    assert store.queue.take("r1", lease, at=NOW) is not None
    store.queue.park("r1", lease, Awaited(ask(store)))
    store.leases.release(lease)


def test_a_run_that_waits_is_due_once_its_polls_are_over(store: Store):
    parked(store)
    assert store.queue.is_awaited("cong")
    assert store.queue.due() is None
    assert store.queue.tidy(at=NOW) == 0  # nobody died
    lease = held(store, leases.ALL, "r1")
    assert store.queue.take("r1", lease, at=NOW) is None  # a message that came early
    store.leases.release(lease)
    over(store)
    assert store.queue.due() == "r1"
    lease = held(store, leases.ALL, "r1")
    order = store.queue.take("r1", lease, at=NOW)
    assert order is not None
    assert order.awaited == Awaited({"cong": 1})


def test_a_run_waits_for_its_own_rounds_and_for_no_later_ones(store: Store):
    parked(store)
    over(store)
    ask(store)  # the schedule was quicker
    assert store.queue.due() == "r1"
    assert ended(store.asked.all(), {"cong": 1})
    assert not ended(store.asked.all(), {"cong": 2})


def test_a_run_that_waits_is_cancelled_at_once_and_its_polls_go_on(store: Store):
    parked(store)
    assert store.queue.cancel("r1", "an", at=NOW) is RunState.CANCELLED
    assert store.queue.due() is None
    assert store.asked.due() == ["cong"]


def test_who_dies_while_a_run_that_waited_decides_is_found(store: Store):
    parked(store)
    over(store)
    lease = held(store, leases.ALL, "r1")
    store.queue.take("r1", lease, at=NOW)
    store.leases.release(lease)
    assert store.queue.tidy(at=NOW) == 1
    run = store.runs.one("r1")
    assert run is not None
    assert run.state is RunState.QUEUED
    assert store.queue.due() == "r1"  # what was read is not read again
    assert store.queue.awaited("r1") is not None
