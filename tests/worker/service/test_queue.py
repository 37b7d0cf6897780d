"""A run is a row first: shared, counted before it begins, given back, cancelled, put aside."""

import threading
from dataclasses import replace
from datetime import date

import pytest

from reconcile.scope import Scope
from tests.worker.making import NOW
from tests.worker.services import runs_out
from worker.clock import StoppedClock
from worker.run import leases
from worker.store import Lease, LeaseLost, RunState, Store, Wish
from worker.store.queue import MOST_ATTEMPTS

CLOCK = StoppedClock(at=NOW)
SCOPE = Scope(as_of=date(2024, 3, 31), units=frozenset({"Xã Mẫu 1"}))


def wish(number: int, key: str = "") -> Wish:
    return Wish(f"r{number}", key or f"key-{number}", "cli", SCOPE, '{"poll":true}', "cli:an")


def ask(store: Store, number: int, key: str = "") -> str:
    return store.queue.ask(wish(number, key), at=NOW)


def claim(store: Store, run_id: str) -> Lease:
    lease = leases.claim(store, run_id, CLOCK, seconds=3600)  # however busy the machine is
    assert lease is not None
    return lease


def state(store: Store, run_id: str) -> RunState:
    found = store.runs.one(run_id)
    assert found is not None
    return found.state


def test_a_run_waits_until_a_worker_takes_it(store: Store):
    assert ask(store, 1) == "r1"
    assert ask(store, 1) == "r1"  # a reply that was lost: asked again
    assert state(store, "r1") is RunState.QUEUED
    assert store.queue.waiting().count == 1
    assert store.queue.due() == "r1"

    lease = claim(store, "r1")
    order = store.queue.take("r1", lease, at=NOW)

    assert order is not None
    assert (order.scope, order.trigger, order.attempts) == (SCOPE, "cli", 1)
    assert state(store, "r1") is RunState.RUNNING
    assert store.queue.due() is None  # somebody works
    store.runs.finish("r1", at=NOW, exit_code=0, lease=lease)
    assert store.queue.take("r1", lease, at=NOW) is None  # a message that came late
    assert state(store, "r1") is RunState.DONE
    store.leases.release(lease)
    assert store.queue.due() is None
    assert ask(store, 1) == "r1"  # its end does not make it begin anew
    assert state(store, "r1") is RunState.DONE


def test_who_wants_the_same_shares_one_run_until_it_has_ended(store: Store):
    assert ask(store, 1, "same") == "r1"
    assert ask(store, 2, "same") == "r1"
    assert ask(store, 3, "other") == "r3"
    assert {run.id for run in store.runs.newest()} == {"r1", "r3"}
    lease = claim(store, "r1")
    store.queue.take("r1", lease, at=NOW)
    assert ask(store, 4, "same") == "r1"
    store.runs.finish("r1", at=NOW, exit_code=0, lease=lease)
    assert ask(store, 5, "same") == "r5"


def test_of_many_that_ask_at_once_all_share_one(store: Store):
    got: list[str] = []
    threads = [
        threading.Thread(target=lambda n=number: got.append(ask(store, n, "same")))
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len(set(got)) == 1
    assert [run.id for run in store.runs.newest()] == [got[0]]


def test_a_worker_that_died_leaves_its_run_to_the_next(store: Store):
    ask(store, 1)
    dead = claim(store, "r1")
    store.queue.take("r1", dead, at=NOW)
    runs_out(store)
    assert store.queue.tidy(at=NOW) == 1
    assert store.queue.tidy(at=NOW) == 0
    assert state(store, "r1") is RunState.QUEUED
    assert store.queue.due() == "r1"  # the first time without delay
    lease = claim(store, "r1")
    order = store.queue.take("r1", lease, at=NOW)
    assert order is not None
    assert order.attempts == 2
    with pytest.raises(LeaseLost):
        store.queue.give_back("r1", dead, counts=True)
    with pytest.raises(LeaseLost):
        store.queue.take("r1", dead, at=NOW)


def test_a_run_whose_lease_another_run_took_is_not_lost(store: Store):
    ask(store, 1)
    store.queue.take("r1", claim(store, "r1"), at=NOW)
    runs_out(store)
    other = claim(store, "r2")  # a run by hand came first
    store.leases.release(other)
    store.queue.tidy(at=NOW)
    assert state(store, "r1") is RunState.QUEUED


def test_a_run_by_hand_that_was_killed_ends_as_interrupted(store: Store):
    store.runs.begin("r1", "cli", SCOPE, at=NOW)
    claim(store, "r1")
    assert store.queue.tidy(at=NOW) == 0  # its lease still holds
    runs_out(store)
    assert store.queue.tidy(at=NOW) == 1
    found = store.runs.one("r1")
    assert found is not None
    assert found.state is RunState.FAILED
    assert "ngắt" in found.problem


def test_what_ends_its_worker_every_time_is_put_aside(store: Store, monkeypatch):
    monkeypatch.setattr("worker.store.queue.PAUSES", (0.0,) * 6)
    ask(store, 1)
    ask(store, 2)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        lease = claim(store, "r1")
        order = store.queue.take("r1", lease, at=NOW)
        assert order is not None
        assert order.attempts == attempt
        store.leases.release(lease)  # stands for a lease that ran out
        store.queue.tidy(at=NOW)
    assert state(store, "r1") is RunState.QUARANTINED
    assert store.queue.due() == "r2"  # the others go on
    assert ask(store, 3, "key-1") == "r3"  # a person may ask again


def test_the_next_try_waits_longer_and_a_shutdown_costs_nothing(store: Store):
    ask(store, 1)
    for counts, attempts in ((False, 1), (False, 1), (True, 1), (True, 2)):
        lease = claim(store, "r1")
        order = store.queue.take("r1", lease, at=NOW)
        assert order is not None
        assert order.attempts == attempts
        store.queue.give_back("r1", lease, counts=counts, problem="Lỗi OSError")
        store.leases.release(lease)
    assert store.queue.due() is None  # the second interruption costs some seconds
    lease = claim(store, "r1")
    assert store.queue.take("r1", lease, at=NOW) is None
    assert state(store, "r1") is RunState.QUEUED


def test_a_waiting_run_is_cancelled_at_once_a_running_one_when_it_looks(store: Store):
    ask(store, 1)
    ask(store, 2)
    assert store.queue.cancel("r1", "cli:binh", at=NOW) is RunState.CANCELLED
    assert store.queue.due() == "r2"
    lease = claim(store, "r2")
    store.queue.take("r2", lease, at=NOW)
    assert not store.queue.is_cancelled("r2")
    assert store.queue.cancel("r2", "cli:binh", at=NOW) is RunState.RUNNING
    assert store.queue.is_cancelled("r2")
    store.queue.end_cancelled("r2", lease, at=NOW)
    assert state(store, "r2") is RunState.CANCELLED
    assert store.queue.cancel("r2", "cli:binh", at=NOW) is RunState.CANCELLED
    assert store.queue.cancel("r9", "cli:binh", at=NOW) is None


def test_a_cancelled_run_whose_worker_died_does_not_begin_again(store: Store):
    ask(store, 1)
    store.queue.take("r1", claim(store, "r1"), at=NOW)
    store.queue.cancel("r1", "cli:binh", at=NOW)
    runs_out(store)
    store.queue.tidy(at=NOW)
    assert state(store, "r1") is RunState.CANCELLED


def test_the_wish_is_no_key_of_the_moment(store: Store):
    assert store.queue.ask(replace(wish(1), key="k"), at=NOW) == "r1"
    waiting = store.queue.waiting()
    assert waiting.count == 1
    assert 0 <= waiting.oldest < 60
