"""A run is a row first; what its files were written from is kept."""

from datetime import date, timedelta

from reconcile.scope import Scope
from tests.worker.making import NOW
from worker.store import Progress, RunState, Store

SCOPE = Scope(
    as_of=date(2024, 3, 31),
    starts=date(2024, 1, 1),
    ends=date(2024, 3, 31),
    units=frozenset({"Xã Mẫu 1", "Xã Mẫu 2"}),
    procedures=None,
    as_of_given=True,
)


def test_a_run_is_followed_from_its_start_to_its_end(store: Store):
    store.begin_run("r1", "cli", SCOPE, at=NOW)
    store.begin_run("r1", "cli", SCOPE, at=NOW)  # a message that came twice
    store.report_progress("r1", Progress("Đọc sổ giấy", "so-giay", 3, 10))
    running = store.run("r1")
    assert running is not None
    assert (running.state, running.scope, running.started) == (RunState.RUNNING, SCOPE, NOW)
    assert running.progress == Progress("Đọc sổ giấy", "so-giay", 3, 10)

    ended = NOW + timedelta(seconds=9)
    store.finish_run("r1", at=ended, exit_code=3, summary='{"id": "r1"}', contents=b"abc" * 999)

    done = store.run("r1")
    assert done is not None
    assert (done.state, done.exit_code, done.finished) == (RunState.DONE, 3, ended)
    assert done.summary == '{"id": "r1"}'
    assert store.contents("r1") == b"abc" * 999


def test_a_run_that_fails_says_why(store: Store):
    store.begin_run("r1", "schedule", SCOPE, at=NOW)
    store.fail_run("r1", at=NOW, problem="Hết chỗ trên đĩa")
    failed = store.run("r1")
    assert failed is not None
    assert (failed.state, failed.exit_code) == (RunState.FAILED, 2)
    assert failed.problem == "Hết chỗ trên đĩa"


def test_the_newest_run_comes_first(store: Store):
    for hours in (1, 3, 2):
        store.begin_run(f"r{hours}", "cli", SCOPE, at=NOW + timedelta(hours=hours))
    assert [run.id for run in store.runs()] == ["r3", "r2", "r1"]
    assert [run.id for run in store.runs(limit=1)] == ["r3"]


def test_what_is_not_kept_is_none(store: Store):
    assert store.run("r9") is None
    assert store.contents("r9") is None
