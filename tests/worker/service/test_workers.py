"""Real workers over a real broker: what is recorded is done once, whatever dies meanwhile."""

import base64
import contextlib
import json
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
from tests.worker.servers import Valkey, free_port
from tests.worker.services import PATIENCE, Service, ended, office, run_of, until
from worker.desk import periods
from worker.desk.actor import Actor, OfficeRole
from worker.house import House
from worker.run.requests import Request
from worker.service import celery, health, queue
from worker.store import AskedCount, RunState

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
    asked = queue.ask(house, Request(scope), by="test")
    if send:
        assert queue.hint(house.settings, asked.run_id, patience=PATIENCE)
    return asked.run_id


def enlarge(service: Service) -> None:
    """A run that takes some seconds, so that it can be struck in the middle."""
    write(service.folder / "inbox/motcua/a.xlsx", EXPORT, dossiers(MANY))


def assert_done_once(house: House, *run_ids: str, count: int = 20) -> None:
    """Fifteen dossiers were found, each once; each run was begun by one worker at a time."""
    states = Counter(run.state for run in house.store.runs.newest() if run.trigger == "cli")
    assert states == {RunState.DONE: len(run_ids)}
    opened = Counter(change.id for change in house.store.decisions.changes())
    assert set(opened.values()) == {1}
    kinds = Counter(one.kind.value for one in house.store.decisions.discrepancies())
    assert kinds["RETURNED_STILL_PENDING"] == 15
    assert len(house.store.readings.claims()) == count + 15
    assert house.store.upkeep.verify() == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_recorded_run_is_done_by_a_worker_and_messages_may_come_thrice(
    service: Service, house: House
):
    """F9 on the way: every task three times, in any order, changes nothing more."""
    run_id = ask(house)
    sender = celery.application(house.settings)
    for _ in range(2):
        sender.send_task(celery.SWEEP)
        sender.send_task(celery.RECONCILE_RUN, args=[run_id])
    service.worker()
    until(lambda: ended(house, run_id), PATIENCE, service)
    changes = len(house.store.decisions.changes())
    for _ in range(3):
        sender.send_task(celery.RECONCILE_RUN, args=[run_id])
        sender.send_task(celery.TICK)
    until(lambda: _drained(house) and house.store.schedule.planned(), PATIENCE, service)
    assert_done_once(house, run_id)
    assert len(house.store.decisions.changes()) == changes
    assert run_of(house, run_id).exit_code == 0
    assert (house.settings.office.data_dir / "reports" / run_id / "run.json").is_file()
    beat = house.store.schedule.last_beat("sweep")
    assert beat is not None
    assert beat.problem == ""
    assert {one.name for one in house.store.schedule.planned()} == {
        "poll", "daily", "weekly", "sweep", "backup", "purge", "verify", "digest"
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
def test_what_kills_its_worker_is_put_aside_and_the_others_are_done(
    tmp_path: Path, valkey_server: Valkey, pg_admin_url: str, pg_template: str
):
    """F33: a process that dies five times, as for want of memory; on both databases at once."""
    with pg_database(pg_admin_url, pg_template) as url, contextlib.ExitStack() as stack:
        both = []
        for number, database in enumerate((f"sqlite:///{tmp_path}/a.db", url), start=2):
            broker = f"{valkey_server.url.rpartition('/')[0]}/{number}"
            service = office(tmp_path / str(number), database=database, broker_url=broker)
            stack.callback(service.stop)
            house = service.house()
            stack.callback(house.store.close)
            poisoned = queue.ask(house, Request(Scope(as_of=POISONED)), by="test").run_id
            good = ask(house, send=False)
            service.start("celery", "-A", "tests.worker.poisoned", "worker", *celery.WORKER_ARGS)
            service.start("celery", "-A", "worker.app", "beat")
            both.append((service, house, poisoned, good))
        for service, house, poisoned, good in both:
            until(lambda h=house, r=poisoned: ended(h, r, RunState.QUARANTINED), PATIENCE, service)
            until(lambda h=house, r=good: ended(h, r), PATIENCE, service)
            assert service.log().count("signal 9") >= 5
            assert health.problems(health.look(house.settings))[0].name == "quarantine"


def test_without_a_broker_the_answer_comes_at_once(tmp_path: Path, service: Service):
    """F7: the run is recorded; its exit code is 0."""
    text = service.config.read_text("utf-8")
    port = free_port()
    service.config.write_text(
        text.replace(
            text.split('[broker]\nurl = "')[1].split('"')[0], f"redis://127.0.0.1:{port}/0"
        )
    )
    child = service.start("doisoat", "run", "--queue", "--config", str(service.config))
    assert child.wait(PATIENCE) == 0
    assert "đã được ghi nhận và sẽ được chạy" in service.log()
    house = service.house()
    assert [run.state for run in house.store.runs.newest()] == [RunState.QUEUED]
    assert not queue.hint(house.settings, "r1")
    house.store.close()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_period_is_counted_once_whether_its_hint_comes_thrice_or_never(
    service: Service, house: House
):
    run_id, sender = ask(house), celery.application(house.settings)
    service.worker()
    until(lambda: ended(house, run_id), PATIENCE, service)
    chief = Actor("An", OfficeRole.APPROVER)
    periods.ask_to_count(house, chief, "2024-01")
    for _ in range(2):
        sender.send_task(celery.COUNT_PERIOD, args=["2024-01-01", "2024-01-31"])
    until(house.store.periods.drafts, PATIENCE, service)
    until(lambda: _drained(house), PATIENCE, service)
    (draft,) = house.store.periods.drafts()
    assert periods.count_now(house, chief, "2024-01") is None
    periods.propose(house, chief, "2024-01", "Báo cáo số 45")
    wanted = AskedCount(draft.starts, draft.ends, "2024-01", True, "Bình", house.clock.now())
    house.store.periods.ask_count(wanted)  # the hint was lost: the sweep finds it
    sender.send_task(celery.SWEEP)
    until(house.store.periods.all, PATIENCE, service)
    until(lambda: not house.store.periods.drafts(), PATIENCE, service)
    (version,) = house.store.periods.all()
    assert (version.by, version.payload) == ("An; duyệt: Bình", draft.payload)
    assert house.store.upkeep.verify() == []
    _no_person_in(service)
