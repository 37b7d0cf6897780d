"""One worker a scope, and who slept too long writes nothing."""

import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from reconcile.scope import Scope
from tests.worker.making import NOW, TODAY, discrepancy, dossier, snapshot, step
from worker.clock import StoppedClock, pause
from worker.run import leases
from worker.store import LeaseLost, RunState, Store

CLOCK = StoppedClock(at=NOW)
SCOPE = Scope(as_of=date(2024, 3, 31))


def begin(store: Store, run_id: str) -> None:
    store.runs.begin(run_id, "cli", SCOPE, at=NOW)


def test_one_holds_it_and_the_other_learns_whom_to_follow(store: Store):
    with leases.held(store, "r1", CLOCK) as lease:
        assert lease.run_id == "r1"
        assert leases.claim(store, "r2", CLOCK) is None
        with pytest.raises(leases.Busy) as busy, leases.held(store, "r2", CLOCK):
            pass
        assert busy.value.run_id == "r1"
        holder = store.leases.holder(leases.ALL)
        assert holder is not None
        assert 50 < holder.seconds_left <= 60
    assert store.leases.holder(leases.ALL) is None
    assert leases.claim(store, "r2", CLOCK) is not None


def test_other_scopes_are_free(store: Store):
    with leases.held(store, "r1", CLOCK, name="xa-1"):
        assert leases.claim(store, "r2", CLOCK, name="xa-2") is not None


def test_the_token_only_grows(store: Store):
    tokens = []
    for number in range(4):
        with leases.held(store, f"r{number}", CLOCK) as lease:
            tokens.append(lease.token)
    assert tokens == [1, 2, 3, 4]


def test_who_slept_beyond_the_lease_writes_nothing(store: Store):
    begin(store, "r1")
    slow = leases.claim(store, "r1", CLOCK, seconds=0.05)
    pause(0.1)
    fresh = leases.claim(store, "r2", CLOCK)
    assert slow is not None
    assert fresh is not None
    assert fresh.token == slow.token + 1

    acts = [
        lambda: store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY, lease=slow),
        lambda: store.claims.finish_poll("motcua", [], lease=slow),
        lambda: store.decisions.apply([], [step(discrepancy())], run_id="r1", lease=slow),
        lambda: store.runs.finish("r1", at=NOW, exit_code=0, lease=slow),
        lambda: store.leases.renew(slow, seconds=60),
    ]
    for act in acts:
        with pytest.raises(LeaseLost):
            act()
    store.leases.release(slow)  # a late goodbye takes nothing from the new holder

    assert (store.readings.claims(), store.decisions.discrepancies()) == ([], [])
    holder = store.leases.holder(leases.ALL)
    assert holder is not None
    assert holder.run_id == "r2"
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY, lease=fresh)
    assert len(store.readings.claims()) == 1


def test_a_lease_that_ran_out_but_was_not_taken_over_still_counts(store: Store):
    lease = leases.claim(store, "r1", CLOCK, seconds=0.01)
    pause(0.05)
    assert lease is not None
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY, lease=lease)
    store.leases.renew(lease, seconds=60)
    assert leases.claim(store, "r2", CLOCK) is None


def test_the_lease_is_kept_alive_while_the_work_goes_on(store: Store):
    """A machine that stands still may lose it once, but not time after time."""
    assert any(outlives_its_length(store) for _ in range(5))


def outlives_its_length(store: Store) -> bool:
    with leases.held(store, "r1", CLOCK, seconds=2.0) as lease:
        pause(3.0)
        taken = leases.claim(store, "r2", CLOCK)
        if taken is not None:
            store.leases.release(taken)
            return False
        store.claims.finish_poll("motcua", [], lease=lease)
        return True


def test_a_claim_whose_commit_was_not_heard_finds_itself(store: Store):
    from worker.store import Lease

    wanted = Lease(leases.ALL, 0, "may-1:1:abc", "r1")
    first = store.leases.claim(wanted, seconds=60, at=NOW)
    again = store.leases.claim(wanted, seconds=60, at=NOW)
    assert first == again
    assert first is not None
    assert first.token == 1


def test_of_many_that_come_at_once_one_wins(store: Store):
    won: list[int] = []

    def come(number: int) -> None:
        if leases.claim(store, f"r{number}", CLOCK) is not None:
            won.append(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


KILLED = """
import os, sys
from tests.worker.run.test_leases import CLOCK, begin, leases
from worker.store import Store

store = Store.open(sys.argv[1])
begin(store, "r1")
lease = leases.claim(store, "r1", CLOCK, seconds=float(sys.argv[2]))
os.kill(os.getpid(), 9)
"""


def test_a_killed_run_is_told_as_interrupted_by_the_next(store: Store):
    url = store.database.url.render_as_string(hide_password=False)
    child = subprocess.run(
        [sys.executable, "-c", KILLED, url, "0.5"], cwd=Path(__file__).parents[3], check=False
    )
    assert child.returncode == -signal.SIGKILL
    left = store.runs.one("r1")
    assert left is not None
    assert left.state is RunState.RUNNING
    pause(0.6)
    begin(store, "r2")
    assert leases.claim(store, "r2", CLOCK) is not None
    ended = {run.id: run for run in store.runs.newest()}
    assert ended["r1"].state is RunState.FAILED
    assert "ngắt giữa chừng" in ended["r1"].problem
    assert ended["r2"].state is RunState.RUNNING
