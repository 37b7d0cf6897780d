"""A run is a row first; what its files were written from is kept."""

from datetime import date, timedelta
from pathlib import Path

from reconcile.scope import Scope
from tests.worker.making import NOW, TODAY, dossier, register_row, snapshot
from tests.worker.services import office
from worker.run import progress
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
    store.runs.begin("r1", "cli", SCOPE, at=NOW)
    store.runs.begin("r1", "cli", SCOPE, at=NOW)  # a message that came twice
    store.runs.report_progress("r1", Progress("Đọc sổ giấy", "so-giay", 3, 10))
    running = store.runs.one("r1")
    assert running is not None
    assert (running.state, running.scope, running.started) == (RunState.RUNNING, SCOPE, NOW)
    assert running.progress == Progress("Đọc sổ giấy", "so-giay", 3, 10)

    ended = NOW + timedelta(seconds=9)
    store.runs.finish("r1", at=ended, exit_code=3, summary='{"id": "r1"}', contents=b"abc" * 999)

    done = store.runs.one("r1")
    assert done is not None
    assert (done.state, done.exit_code, done.finished) == (RunState.DONE, 3, ended)
    assert done.summary == '{"id": "r1"}'
    assert store.runs.contents("r1") == b"abc" * 999


def test_a_run_that_fails_says_why(store: Store):
    store.runs.begin("r1", "schedule", SCOPE, at=NOW)
    store.runs.fail("r1", at=NOW, problem="Hết chỗ trên đĩa")
    failed = store.runs.one("r1")
    assert failed is not None
    assert (failed.state, failed.exit_code) == (RunState.FAILED, 2)
    assert failed.problem == "Hết chỗ trên đĩa"


def test_the_newest_run_comes_first(store: Store):
    for hours in (1, 3, 2):
        store.runs.begin(f"r{hours}", "cli", SCOPE, at=NOW + timedelta(hours=hours))
    assert [run.id for run in store.runs.newest()] == ["r3", "r2", "r1"]
    assert [run.id for run in store.runs.newest(limit=1)] == ["r3"]


def test_what_is_not_kept_is_none(store: Store):
    assert store.runs.one("r9") is None
    assert store.runs.contents("r9") is None


def test_how_far_a_run_is_stands_in_the_store(store: Store, tmp_path: Path):
    """Source by source, unit by unit: what was tried since the run began is done."""
    made = office(tmp_path / "office", database="sqlite:///data/x.db", broker_url="")
    settings = made.house().settings
    before = NOW - timedelta(days=1)
    for number, unit in enumerate(("Xã Mẫu 1", "Xã Mẫu 2")):
        row = register_row(number, file=f"inbox/{number}.xlsx", unit=unit)
        store.claims.take_in(snapshot([row]), at=before, on=TODAY)
    store.claims.take_in(snapshot([dossier(1, unit="Xã Mẫu 1")]), at=before, on=TODAY)
    for number in range(2):
        store.runs.begin(f"r{number}", "cli", SCOPE, at=before)
        store.runs.finish(f"r{number}", at=before + timedelta(seconds=40), exit_code=0)

    store.runs.begin("r2", "cli", SCOPE, at=NOW)
    row = register_row(0, file="inbox/0.xlsx", unit="Xã Mẫu 1")
    later = NOW + timedelta(seconds=10)
    store.claims.take_in(snapshot([row], content="2"), at=later, on=TODAY)
    store.runs.report_progress("r2", Progress("Đọc nguồn", "so-giay", 1))
    run = store.runs.one("r2")
    assert run is not None
    stands = progress.standing(store, settings, run, later)

    one_stop, register = stands.sources
    assert (one_stop.name, one_stop.done, one_stop.total, one_stop.now) == ("motcua", 0, 1, False)
    assert (register.done, register.total, register.now) == (1, 2, True)
    assert [(unit.name, unit.done, unit.total) for unit in stands.units] == [
        ("Xã Mẫu 1", 1, 2),
        ("Xã Mẫu 2", 0, 1),
    ]
    assert stands.left == timedelta(seconds=30)
    store.runs.finish("r2", at=later, exit_code=0)
    ended = store.runs.one("r2")
    assert ended is not None
    assert progress.standing(store, settings, ended, later).left is None
