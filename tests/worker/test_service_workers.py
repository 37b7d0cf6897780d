"""Real workers over a real broker: what is recorded is done once, whatever dies meanwhile."""

import base64
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from redis import Redis

from reconcile.scope import Scope
from tests.worker.conftest import pg_database
from tests.worker.office import EXPORT, dossiers, write
from tests.worker.poisoned import POISONED
from tests.worker.servers import Postgres, Valkey, free_port
from tests.worker.services import Service, ended, kill_group, office, run_of, until
from worker import app, health, queueing
from worker.house import House
from worker.pipeline import Request
from worker.store import RunState

MANY = 400
SCOPE = Scope(as_of=date(2024, 3, 31), starts=date(2024, 1, 1), ends=date(2024, 3, 31))


@pytest.fixture
def service(tmp_path: Path, store_url: str, valkey_server: Valkey) -> Iterator[Service]:
    """An office without any worker yet, on SQLite and on PostgreSQL in turn."""
    with Redis.from_url(valkey_server.url) as broker:
        broker.flushall()
    made = office(tmp_path / "office", database=store_url, broker_url=valkey_server.url)
    yield made
    made.stop()


@pytest.fixture
def house(service: Service) -> Iterator[House]:
    opened = service.house()
    yield opened
    opened.store.close()


def ask(house: House, *, send: bool = True, units: frozenset[str] | None = None) -> str:
    scope = Scope(SCOPE.as_of, SCOPE.starts, SCOPE.ends, units)
    asked = queueing.ask(house, Request(scope), by="test")
    if send:
        assert queueing.hint(house.settings, asked.run_id, patience=10)
    return asked.run_id


def enlarge(service: Service) -> None:
    """A run that takes some seconds, so that it can be struck in the middle."""
    write(service.folder / "inbox/motcua/a.xlsx", EXPORT, dossiers(MANY))


def assert_done_once(house: House, *run_ids: str, count: int = 20) -> None:
    """Fifteen dossiers were found, each once; each run was begun by one worker at a time."""
    states = Counter(run.state for run in house.store.runs() if run.trigger == "cli")
    assert states == {RunState.DONE: len(run_ids)}
    opened = Counter(change.id for change in house.store.changes())
    assert set(opened.values()) == {1}
    kinds = Counter(one.kind.value for one in house.store.discrepancies())
    assert kinds["RETURNED_STILL_PENDING"] == 15
    assert len(house.store.claims()) == count + 15
    assert house.store.verify() == []


def test_a_recorded_run_is_done_by_a_worker_and_messages_may_come_thrice(
    service: Service, house: House
):
    """F9 on the way: every task three times, in any order, changes nothing more."""
    run_id = ask(house)
    sender = app.application(house.settings)
    for _ in range(2):
        sender.send_task(app.SWEEP)
        sender.send_task(app.RECONCILE_RUN, args=[run_id])
    service.worker()
    until(lambda: ended(house, run_id), 40, service)
    changes = len(house.store.changes())
    for _ in range(3):
        sender.send_task(app.RECONCILE_RUN, args=[run_id])
        sender.send_task(app.TICK)
    until(lambda: _drained(house), 20, service)
    assert_done_once(house, run_id)
    assert len(house.store.changes()) == changes
    assert run_of(house, run_id).exit_code == 0
    assert (house.settings.office.data_dir / "reports" / run_id / "run.json").is_file()
    beat = house.store.schedule.last_beat("sweep")
    assert beat is not None
    assert beat.problem == ""
    assert {one.name for one in house.store.schedule.planned()} == {
        "poll", "daily", "weekly", "sweep"
    }  # fmt: skip
    _no_person_in(service)


def _drained(house: House) -> bool:
    with Redis.from_url(house.settings.broker.url) as broker:
        return broker.llen("doisoat:celery") == 0


def _no_person_in(service: Service) -> None:
    names = {one["Người được đăng ký"] for one in dossiers()}
    assert [name for name in names if name in service.log()] == []


def test_a_message_holds_an_id_and_nothing_else(service: Service, house: House):
    run_id = ask(house)
    with Redis.from_url(house.settings.broker.url) as broker:
        [message] = broker.lrange("doisoat:celery", 0, -1)
    told = json.loads(message)
    arguments, named, _ = json.loads(base64.b64decode(told["body"]))
    assert (arguments, named) == ([run_id], {})
    assert told["headers"]["eta"] is None
    assert told["headers"]["expires"] is None
    assert not [one for one in dossiers() if one["Mã hồ sơ"] in message.decode()]


@pytest.mark.slow
def test_a_worker_killed_in_mid_run_loses_nothing(service: Service, house: House):
    """F1, with the scheduler's sweep as the only one that remembers."""
    enlarge(service)
    run_id = ask(house)
    first = service.worker()
    until(lambda: run_of(house, run_id).state is RunState.RUNNING, 40, service)
    kill_group(first)
    assert run_of(house, run_id).state is RunState.RUNNING
    killed = time.monotonic()
    service.worker()
    service.beat()
    until(lambda: ended(house, run_id), 40, service)
    assert time.monotonic() - killed < 30
    assert_done_once(house, run_id, count=MANY)


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_the_broker_may_restart_or_forget_everything(
    service: Service, house: House, valkey_server: Valkey
):
    """F5, F6: workers come back by themselves, and what was lost is found in the database."""
    service.worker()
    service.beat()
    first = ask(house)
    until(lambda: ended(house, first), 40, service)

    valkey_server.kill()
    second = ask(house, send=False, units=frozenset({"thử nghiệm"}))
    time.sleep(1)
    valkey_server.start()
    valkey_server.await_ready()
    with Redis.from_url(valkey_server.url) as broker:
        broker.flushall()
    assert until(lambda: ended(house, second), 60, service) < 60
    assert [child.poll() for child in service.children] == [None, None]


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_worker_that_is_asked_to_end_gives_its_run_back(service: Service, house: House):
    """F4: within 20 s, and the lease is free."""
    enlarge(service)
    run_id = ask(house)
    worker = service.worker()
    until(lambda: run_of(house, run_id).state is RunState.RUNNING, 40, service)
    begun = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    worker.wait(40)
    assert time.monotonic() - begun < 20
    assert house.store.lease_holder("all") is None
    left = run_of(house, run_id)
    assert left.state in (RunState.QUEUED, RunState.DONE)
    assert left.state is RunState.DONE or "run.given_back" in service.log()


@pytest.mark.slow
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_worker_that_slept_beyond_its_lease_writes_nothing_more(service: Service, house: House):
    """F3: the run is taken over; who wakes up finds its token old."""
    enlarge(service)
    run_id = ask(house)
    first = service.worker("first")
    until(lambda: run_of(house, run_id).state is RunState.RUNNING, 40, service)
    os.killpg(first.pid, signal.SIGSTOP)
    service.worker("second")
    service.beat()
    until(lambda: ended(house, run_id), 40, service)
    os.killpg(first.pid, signal.SIGCONT)
    until(lambda: "run.overtaken" in service.log(), 30, service)
    assert_done_once(house, run_id, count=MANY)


@pytest.mark.slow
def test_what_kills_its_worker_is_put_aside_and_the_others_are_done(
    tmp_path: Path, valkey_server: Valkey
):
    """F33: a process that dies five times, as for want of memory."""
    with Redis.from_url(valkey_server.url) as broker:
        broker.flushall()
    service = office(
        tmp_path / "office", database=f"sqlite:///{tmp_path}/a.db", broker_url=valkey_server.url
    )
    house = service.house()
    poisoned = queueing.ask(house, Request(Scope(as_of=POISONED)), by="test").run_id
    good = ask(house, send=False)
    service.start("celery", "-A", "tests.worker.poisoned", "worker", *app.WORKER_ARGS)
    service.start("celery", "-A", "worker.app", "beat")
    try:
        until(lambda: ended(house, poisoned, RunState.QUARANTINED), 90, service)
        until(lambda: ended(house, good), 30, service)
        assert service.log().count("signal 9") >= 5
        assert health.problems(health.look(house.settings))[0].name == "quarantine"
    finally:
        service.stop()
        house.store.close()


@pytest.mark.slow
def test_the_database_may_restart_under_a_run(
    tmp_path: Path, pg_server: Postgres, pg_template: str, valkey_server: Valkey
):
    """F11: PostgreSQL is killed in mid-run and comes back."""
    with pg_database(pg_server.url(), pg_template) as url:
        service = office(tmp_path / "office", database=url, broker_url=valkey_server.url)
        house = service.house()
        enlarge(service)
        run_id = ask(house)
        service.worker()
        service.beat()
        try:
            until(lambda: run_of(house, run_id).state is RunState.RUNNING, 40, service)
            pg_server.kill()
            pg_server.restart()
            until(lambda: ended(house, run_id), 60, service)
            assert_done_once(house, run_id, count=MANY)
        finally:
            service.stop()
            house.store.close()


def test_without_a_broker_the_answer_comes_at_once(tmp_path: Path, service: Service):
    """F7: the run is recorded; its exit code is 0."""
    text = service.config.read_text("utf-8")
    port = free_port()
    service.config.write_text(
        text.replace(
            text.split('[broker]\nurl = "')[1].split('"')[0], f"redis://127.0.0.1:{port}/0"
        )
    )
    begun = time.monotonic()
    child = service.start("doisoat", "run", "--queue", "--config", str(service.config))
    assert child.wait(30) == 0
    took = time.monotonic() - begun
    assert "đã được ghi nhận và sẽ được chạy" in service.log()
    house = service.house()
    assert [run.state for run in house.store.runs()] == [RunState.QUEUED]
    begun = time.monotonic()
    assert not queueing.hint(house.settings, "r1")
    assert time.monotonic() - begun < 3
    house.store.close()
    assert took < 12  # with the start of Python on a busy machine
