"""The service under faults, an office on SQLite and one on PostgreSQL at the same time.

Workers and schedulers are real processes that are started once; the broker is reached through a
proxy that can die silently. After every fault the ledgers outside of the system are compared with
what the store remembers: nothing lost, nothing doubled. ``make soak`` takes many more rounds than
every run of the tests, asserts the bound of each recovery and prints how long it took.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select, update

from tests.worker import invariants
from tests.worker.conftest import pg_database, short_folder
from tests.worker.proxy import Proxy
from tests.worker.servers import Postgres, Valkey
from tests.worker.services import (
    LEASE,
    PATIENCE,
    SOAK,
    SWEEP,
    ended,
    kill_group,
    run_of,
    until,
    within,
)
from tests.worker.town import Town, town
from worker.house import House
from worker.run import progress
from worker.service import celery, queue
from worker.store import Run, RunState, upgrade
from worker.store.engine import sqlite_module
from worker.store.tables import lease, schedule

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("DOISOAT_FAULT_ROUNDS", "4"))


@dataclass
class Office:
    """A town with its house, and the worker that serves it now."""

    town: Town
    house: House
    worker: object = None
    broker: int = 0  # the number of its database in the broker

    def serve(self) -> None:
        self.worker = self.town.service.worker(f"w{random.random()}")

    def ask(self, *, send: bool = True, **more: object) -> str:
        return self.town.ask(self.house, send=send, **more)

    def done(self, run_id: str) -> bool:
        return ended(self.house, run_id)

    def beat_age(self) -> float:
        sign = self.house.store.schedule.last_beat("sweep")
        return float("inf") if sign is None else sign.age


@pytest.fixture(scope="module")
def line(valkey_server: Valkey) -> Iterator[Proxy]:
    """The way to the broker."""
    with Redis.from_url(valkey_server.url) as broker:
        broker.flushall()
    with Proxy(valkey_server.port) as proxy:
        yield proxy


class Offices:
    """Both are served by a worker and a scheduler, and have done a first run.

    They are shared by the tests of this file as long as they are good: a failure is one failure,
    and the next test finds them made anew.
    """

    def __init__(self, line: Proxy, pg_server: Postgres, valkey_server: Valkey) -> None:
        self._line, self._pg, self._valkey = line, pg_server, valkey_server
        self._stack = contextlib.ExitStack()
        self.now: list[Office] = []
        self.is_good = False

    def good(self) -> list[Office]:
        """The offices, made anew where a test failed or a process of theirs is gone."""
        if not self.is_good or any(self.what_is_wrong()):
            self.is_good = False
            self.close()
            self._make()
        return self.now

    def what_is_wrong(self) -> list[str]:
        """Whose processes died though no test struck them, or are too few."""
        wrong = [died for office in self.now for died in office.town.service.died()]
        for office in self.now:
            lives = [child.args for child in office.town.service.children if child.poll() is None]
            wrong += [
                f"no {part} lives"
                for part in ("worker", "beat")
                if not any(part in words for words in lives)
            ]
            if office.town.service.failed:
                wrong.append("somebody waited in vain")
        return wrong

    def close(self) -> None:
        """What is broken may complain on its way out: the first cause was told already."""
        complains = contextlib.nullcontext() if self.is_good else contextlib.suppress(Exception)
        self.is_good, self.now = False, []
        stack, self._stack = self._stack, contextlib.ExitStack()
        with complains:
            stack.close()

    def _make(self) -> None:
        stack = self._stack
        for server in (self._pg, self._valkey):
            server.revive()
        with Redis.from_url(self._valkey.url) as broker:
            broker.flushall()
        folder = stack.enter_context(short_folder())
        urls = [f"sqlite:///{folder}/a.db", stack.enter_context(pg_database(self._pg.url()))]
        for number, url in enumerate(urls):
            upgrade(url)
            broker_url = f"redis://127.0.0.1:{self._line.address}/{number}"
            one = town(folder / str(number), database=url, broker_url=broker_url, seed=number)
            built = stack.enter_context(one)
            house = built.service.house()
            stack.callback(house.store.close)
            office = Office(built, house, broker=number)
            office.serve()
            built.service.beat()
            self.now.append(office)
        runs = [office.ask() for office in self.now]
        for office, run_id in zip(self.now, runs, strict=True):
            until(lambda o=office, r=run_id: o.done(r), PATIENCE, office.town.service)
        self.is_good = True


@pytest.fixture(scope="module")
def shared(line: Proxy, pg_server: Postgres, valkey_server: Valkey) -> Iterator[Offices]:
    made = Offices(line, pg_server, valkey_server)
    yield made
    made.close()


def test_one_broken_office_does_not_drown_the_tests_after_it(shared: Offices):
    """Its processes are dead, its broker too: the next test finds offices that work."""
    shared.is_good = True  # as a test before this one left them
    before = shared.good()
    assert before is shared.now
    assert shared.what_is_wrong() == []
    worker = before[0].town.service.children[0]
    os.killpg(worker.pid, signal.SIGABRT)
    worker.wait(PATIENCE)
    assert ": code -6" in shared.what_is_wrong()[0]  # the first cause, in the first line
    shared._valkey.kill()
    after = shared.good()
    assert after is not before
    assert shared.what_is_wrong() == []


@pytest.fixture
def offices(shared: Offices) -> list[Office]:
    return shared.good()


@pytest.fixture(autouse=True)
def nothing_is_lost_and_nothing_is_doubled(
    offices: list[Office], shared: Offices
) -> Iterator[None]:
    """After each fault: every run has ended, every mail went once, every figure is right."""
    for office in offices:
        office.town.hand_over()
    shared.is_good = False  # until this test has shown that they are
    yield
    if any(office.town.service.failed for office in shared.now):
        return  # the test said why; what it left behind proves nothing more
    if died := [one for one in shared.what_is_wrong() if ": code" in one]:
        pytest.fail(
            f"died by itself: {'; '.join(died)}\n{shared.now[0].town.service.log()[-20_000:]}"
        )
    for office in shared.now:
        office.town.slow(0.0)
        service = office.town.service
        last = office.ask()
        until(lambda o=office, r=last: o.done(r), PATIENCE, service)
        until(lambda o=office: o.house.store.queue.waiting().count == 0, PATIENCE, service)
        whole(office)
        before = invariants.written(office.house.store)
        again = office.ask()
        until(lambda o=office, r=again: o.done(r), PATIENCE, service)
        assert invariants.written(office.house.store) == before  # I8
    shared.is_good = True


def whole(office: Office) -> None:
    """In the end everything holds; a mail may still be on its way."""
    deadline = time.monotonic() + PATIENCE
    while (wrong := invariants.broken(office.house, office.town)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not wrong, (wrong[:9], office.town.service.log()[-3000:])


def all_of(offices: list[Office], what: Callable[[Office], bool]) -> None:
    for office in offices:
        until(lambda o=office: what(o), PATIENCE, office.town.service)


def struck(offices: list[Office]) -> list[str]:
    """A run of each office, in the middle of its readings."""
    for office in offices:
        office.town.slow(0.15)
    runs = [office.ask() for office in offices]
    for office, run_id in zip(offices, runs, strict=True):
        until(
            lambda o=office, r=run_id: run_of(o.house, r).state is RunState.RUNNING,
            PATIENCE,
            office.town.service,
        )
    return runs


def is_back(office: Office, seconds: float, after: str) -> None:
    """A task went through the broker after this moment, within so many seconds."""
    begun = time.monotonic()
    took = until(
        lambda: office.beat_age() < time.monotonic() - begun, within(seconds), office.town.service
    )
    note(after, took)


def note(after: str, took: float) -> None:
    if SOAK:
        print(f"back to work after {after}: {took:.1f} s")


def both_done(offices: list[Office], runs: list[str], seconds: float = PATIENCE) -> float:
    begun = time.monotonic()
    for office in offices:
        office.town.slow(0.0)
    for office, run_id in zip(offices, runs, strict=True):
        until(lambda o=office, r=run_id: o.done(r), seconds, office.town.service)
    return time.monotonic() - begun


def test_every_message_thrice_and_in_any_order(offices: list[Office]):
    """F9."""
    runs = struck(offices)
    for office, run_id in zip(offices, runs, strict=True):
        sender = celery.application(office.house.settings)
        hints = [
            (celery.RECONCILE_RUN, [run_id]),
            (celery.TICK, []),
            (celery.SWEEP, []),
            (celery.DELIVER, []),
        ]
        hints = hints * 3
        random.Random(3).shuffle(hints)
        for task, ids in hints:
            sender.send_task(task, args=ids)
    both_done(offices, runs)
    for office, run_id in zip(offices, runs, strict=True):
        assert_begun_once(office, run_id)


def assert_begun_once(office: Office, *runs: str) -> None:
    """And once more at most each time that its worker was too slow for its lease, and says so.

    It says so when it wakes up, which may be after the run was done by another.
    """

    def is_accounted_for(run_id: str) -> bool:
        begun, overtaken = (told(office, event, run_id) for event in ("started", "overtaken"))
        return 1 <= begun <= 1 + overtaken

    for run_id in runs:
        until(lambda r=run_id: is_accounted_for(r), PATIENCE, office.town.service)


def told(office: Office, event: str, run_id: str) -> int:
    """How often the workers of the office logged it of the run."""
    lines = office.town.service.log().splitlines()
    events = (json.loads(line) for line in lines if f'"run.{event}"' in line)
    return sum(one["run"] == run_id for one in events)


def test_two_schedulers_tick_once(offices: list[Office]):
    """F10."""
    extra = [office.town.service.beat() for office in offices]
    past = datetime(2024, 1, 2, tzinfo=UTC)
    for office in offices:
        office.house.store.database.write(
            lambda connection: connection.execute(
                update(schedule).where(schedule.c.name == "sweep").values(next_at=past)
            )
        )

    def ticked(office: Office) -> bool:
        planned = {one.name: one for one in office.house.store.schedule.planned()}
        return planned["sweep"].last_at is not None

    all_of(offices, ticked)
    time.sleep(2 * SWEEP)
    for office in offices:
        made = [run for run in office.house.store.runs.newest() if run.trigger == "schedule:sweep"]
        assert len(made) == 1
    for child in extra:
        kill_group(child)


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in mid-run"])
def test_the_broker_is_killed_and_comes_back(
    offices: list[Office], valkey_server: Valkey, busy: bool
):
    """F5: work goes on within 10 s of its return; a run that is under way needs no broker."""
    runs = struck(offices) if busy else []
    valkey_server.kill()
    asked = [office.ask(send=False) for office in offices]  # recorded all the same
    time.sleep(1.0)
    valkey_server.start()
    valkey_server.await_ready()
    for office in offices:
        is_back(office, 10, "a restart of the broker")
    both_done(offices, asked)
    if busy:
        both_done(offices, runs)


def test_the_broker_forgets_everything(offices: list[Office], valkey_server: Valkey):
    """F6: within 60 s, and within a sweep or two of the test profile."""
    runs = struck(offices)
    waiting = [office.ask(units=frozenset({"Xã Sông Trà"})) for office in offices]
    with Redis.from_url(valkey_server.url) as broker:
        broker.flushall()
    both_done(offices, runs)
    note("the broker forgot everything", both_done(offices, waiting, within(60)))


def test_the_way_to_the_broker_dies_silently(offices: list[Office], line: Proxy):
    """F8: no answer and no end of the connection; consuming again within 30 s."""
    assert line.half_open() >= 4
    time.sleep(0.5)  # what was on its way has come
    runs = [office.ask() for office in offices]
    for office in offices:
        is_back(office, 30, "the way to the broker died silently")
    both_done(offices, runs)


def test_a_worker_is_killed_and_another_takes_over(offices: list[Office]):
    """F1 and its bound: the lease and one sweep, here 4 s and 1 s, and what a task may wait."""
    for office in offices:
        office.serve()  # a second one
        office.town.service.started(2)
    runs = struck(offices)
    dead = [works_now(office) for office in offices]
    for owner in dead:
        os.killpg(os.getpgid(int(owner.split(":")[1])), signal.SIGKILL)
    for office, run_id, owner in zip(offices, runs, dead, strict=True):

        def taken(o: Office = office, r: str = run_id, old: str = owner) -> bool:
            readers = o.house.store.asked.at_work().values()
            return o.done(r) or any(owner != old for owner in readers)

        note("a worker was killed", until(taken, within(LEASE + SWEEP + 3), office.town.service))
    both_done(offices, runs)
    for office in offices:
        office.worker = next(
            child
            for child in office.town.service.children
            if child.poll() is None and "worker" in child.args
        )


def works_now(office: Office) -> str:
    """Who reads the portal for the run."""
    readers = office.house.store.asked.at_work
    until(lambda: "cong" in readers(), PATIENCE, office.town.service)
    return readers()["cong"]


def test_a_worker_that_is_asked_to_end_gives_its_run_back(offices: list[Office]):
    """F4: within 20 s, and the lease is free."""
    runs = struck(offices)
    begun = time.monotonic()
    for office in offices:
        os.kill(office.worker.pid, signal.SIGTERM)
    for office, run_id in zip(offices, runs, strict=True):
        office.worker.wait(PATIENCE)
        note("a worker was asked to end", time.monotonic() - begun)
        assert time.monotonic() - begun < within(20)
        assert office.house.store.leases.holder("all") is None
        left = run_of(office.house, run_id)
        # It was given back, or waits for its polls: nobody holds it, and nobody reads.
        waits = office.house.store.queue.awaited(run_id) is not None
        assert left.state in (RunState.QUEUED, RunState.DONE) or waits
        assert office.house.store.asked.at_work() == {}
        office.serve()
    both_done(offices, runs)


def test_a_worker_that_slept_beyond_its_lease_writes_nothing_more(offices: list[Office]):
    """F3: the run is taken over; who wakes up finds its token old."""
    runs = struck(offices)
    for office in offices:
        works_now(office)
    asleep = [office.worker for office in offices]
    tokens = [token(office) for office in offices]
    for office, child in zip(offices, asleep, strict=True):
        put_to_sleep(child, office)
        office.serve()
    both_done(offices, runs)
    assert all(token(office) > old for office, old in zip(offices, tokens, strict=True))
    for office, child in zip(offices, asleep, strict=True):
        os.killpg(child.pid, signal.SIGCONT)
        until(
            lambda o=office: "poll.overtaken" in o.town.service.log(), PATIENCE, office.town.service
        )
        kill_group(child)


def put_to_sleep(child: subprocess.Popen[bytes], office: Office) -> None:
    """Stop it while it does not hold SQLite's lock, which nobody could take from it.

    A transaction that sleeps is ended by PostgreSQL itself.
    """
    database = office.house.store.database

    def sleeps_alone() -> bool:
        os.killpg(child.pid, signal.SIGSTOP)
        if not database.is_sqlite or is_free(database.file):
            return True
        os.killpg(child.pid, signal.SIGCONT)
        return False

    until(sleeps_alone, PATIENCE, office.town.service)


def is_free(file: Path) -> bool:
    """Whether nobody holds the write lock of the SQLite file."""
    module = sqlite_module()
    with contextlib.closing(module.connect(file, isolation_level=None, timeout=0.2)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except module.OperationalError:
            return False
        other.execute("ROLLBACK")
        return True


def token(office: Office) -> int:
    """How often the lease of the portal was taken: it only grows."""
    query = select(lease.c.token).where(lease.c.name == "source:cong")
    return office.house.store.database.read(lambda connection: connection.scalar(query))


def test_workers_are_killed_at_random(offices: list[Office]):
    """F2: whenever they are struck, whoever comes next finishes."""
    chance = random.Random(ROUNDS)
    for office in offices:
        office.town.slow(0.05)
    for _ in range(ROUNDS):
        runs = [office.ask() for office in offices]
        all_of(offices, lambda o: bool(o.house.store.asked.at_work()))
        time.sleep(chance.uniform(0.0, 1.2))
        for office in offices:
            kill_group(office.worker)
            office.serve()
            office.town.hand_over()
        both_done(offices, runs)


def test_postgres_is_killed_and_comes_back(offices: list[Office], pg_server: Postgres):
    """F11: at work again within 5 s of its return."""
    office = offices[1]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        [run_id] = struck([office])
        pg_server.send(number)
        pg_server.process.wait(PATIENCE)
        time.sleep(0.5)
        pg_server.restart()
        is_back(office, 5 + SWEEP, "a restart of PostgreSQL")
        both_done([office], [run_id])


def test_another_program_locks_the_file(offices: list[Office]):
    """F28: writers wait for it, readers are answered meanwhile. The long form holds it for 40 s,
    which is longer than a connection waits."""
    office = offices[0]
    held = 40.0 if SOAK else 4.0
    [run_id] = struck([office])
    file = office.house.store.database.file
    other = sqlite_module().connect(str(file), isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    try:
        begun = time.monotonic()
        while time.monotonic() - begun < held:
            assert office.house.store.runs.newest(1)  # while the other still holds it
            time.sleep(0.2)
    finally:
        other.execute("ROLLBACK")
        other.close()
    both_done([office], [run_id])


def test_four_workers_on_two_cores_do_nothing_twice(offices: list[Office]):
    more = []
    for office in offices:
        before = list(office.town.service.children)
        for _ in range(3):
            office.serve()
        more += [child for child in office.town.service.children if child not in before]
    for office in offices:
        office.town.slow(0.02)
    asked = {
        id(office): [office.ask(units=frozenset({f"đơn vị {number}"})) for number in range(6)]
        for office in offices
    }
    for office in offices:
        for run_id in asked[id(office)]:
            until(lambda o=office, r=run_id: o.done(r), PATIENCE, office.town.service)
    for office in offices:
        assert_begun_once(office, *asked[id(office)])
        assert office.house.store.queue.waiting().count == 0
    for child in more[1:]:
        kill_group(child)


def test_a_run_is_followed_while_it_is_done(offices: list[Office]):
    """What is told of it comes from the store, whoever does it."""
    seen: dict[str, set[str]] = {}
    for office in offices:
        office.town.slow(0.1)
        run_id = office.ask()
        steps = seen.setdefault(run_id, set())
        last = queue.follow(
            office.house.store,
            run_id,
            lambda found, s=steps, o=office: s.update(being_read(o, found)),
            patience=PATIENCE,
        )
        assert last is not None
        assert last.state is RunState.DONE
    assert all({"igate", "cong"} <= steps for steps in seen.values()), seen


def being_read(office: Office, run: Run) -> set[str]:
    """The sources that a run, as anybody can follow it, is waiting for."""
    house = office.house
    standing = progress.standing(house.store, house.settings, run, house.clock.now())
    return {part.name for part in standing.sources if part.now}
