"""A source that is read for many slices, while workers, scheduler and broker are killed.

The politeness is the default one, scaled: a whole reading lasts many slices. What was asked twice
is told by the portal's own ledger. ``make soak`` does it with 5,000 dossiers and 20 kills.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from reconcile.scope import Scope
from tests.worker.conftest import pg_database, short_folder
from tests.worker.servers import Postgres, Valkey
from tests.worker.services import PATIENCE, SOAK, ended, kill_group, until
from tests.worker.store.test_schema import make_at
from tests.worker.town import Town, town
from worker.clock import Clock
from worker.house import House, open_house
from worker.run import story
from worker.run.requests import Request
from worker.service import celery, queue
from worker.store import PollState, copying, tables, upgrade
from worker.store.engine import connect

pytestmark = pytest.mark.slow

#: Defaults: 5 requests a second, slices of 300 s: 5,000 dossiers, asked for by two codes each, are
#: 2,000 s, about seven slices. The same ratio, in less time.
DOSSIERS, KILLS, RATE, SLICE = (5000, 20, 100, 15) if SOAK else (240, 4, 60, 1)
#: What one kill may make be asked for again.
BATCH = 200


@dataclass
class Struck:
    """The service of a town, and the nemesis of its parts."""

    town: Town
    house: House
    broker: Valkey
    chance: random.Random
    kills: int = 0

    def serve(self) -> None:
        self.worker = self.town.service.worker(f"w{self.kills}")
        self.beat = self.town.service.beat()

    def strike(self) -> None:
        """Kill a part of the service, and start it again."""
        self.kills += 1
        part = self.chance.choice(["worker", "worker", "beat", "broker"])
        if part == "broker":
            self.broker.kill()
            self.broker.start()
        elif part == "beat":
            kill_group(self.beat)
            self.beat = self.town.service.beat()
        else:
            kill_group(self.worker)
            self.worker = self.town.service.worker(f"w{self.kills}")

    def strike_all(self) -> None:
        """The machine goes down and comes up."""
        self.kills += 1
        for child in (self.worker, self.beat):
            kill_group(child)
        self.broker.kill()
        self.broker.start()
        self.serve()


@pytest.fixture(params=["sqlite", "postgres"])
def struck(
    request: pytest.FixtureRequest, pg_server: Postgres, valkey_server: Valkey
) -> Iterator[Struck]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        url = f"sqlite:///{folder}/a.db"
        if request.param == "postgres":
            url = stack.enter_context(pg_database(pg_server.url()))
        upgrade(url)
        made = stack.enter_context(
            town(
                folder / "office",
                database=url,
                broker_url=valkey_server.url,
                count=DOSSIERS,
                rate=RATE,
                page=50,
            )
        )
        config = made.service.config
        text = config.read_text("utf-8").replace("[service]", f'[service]\nslice = "{SLICE}s"')
        config.write_text(text, "utf-8")
        made.hand_over(20)
        house = made.service.house()
        stack.callback(house.store.close)
        yield Struck(made, house, valkey_server, random.Random(7))


def findings(folder: Path, run_id: str) -> str:
    return (folder / "data/reports" / run_id / "findings.jsonl").read_text("utf-8")


def undisturbed(folder: Path, one: Town) -> str:
    """What a run of its own finds, over the same sources and an empty store."""
    other = folder / "khac"
    other.mkdir()
    for name in ("secrets", "inbox", "tables"):
        (other / name).symlink_to(one.service.folder / name)
    text = one.service.config.read_text("utf-8")
    text = text[: text.index("[database]")].replace(f"per_second = {RATE}", "per_second = 5000")
    (other / "doisoat.toml").write_text(text, "utf-8")
    house = open_house(other / "doisoat.toml", {})
    request = Request(Scope(as_of=Clock().today()), sweep=True, formats=("json",))
    outcome = story.run(house, request)
    house.store.close()
    return findings(other, outcome.run_id)


def test_a_run_ends_by_itself_however_often_its_parts_are_killed(struck: Struck, tmp_path: Path):
    one, service = struck.town, struck.town.service
    struck.serve()
    service.started(1)
    run_id = one.ask(struck.house)
    slices = Counter[int]()
    begun = time.monotonic()
    for number in range(KILLS):
        until_more_is_heard(struck, at_least=(number + 1) * DOSSIERS // (KILLS + 2))
        poll = struck.house.store.asked.of("cong")
        slices[poll.slice if poll else 0] += 1
        struck.strike_all() if number == KILLS // 2 else struck.strike()
    until(lambda: ended(struck.house, run_id), PATIENCE * (4 if SOAK else 1), service)
    poll = struck.house.store.asked.of("cong")
    assert poll is not None
    assert (poll.state, poll.done) == (PollState.DONE, poll.total)
    assert poll.slice > 3
    heard = Counter(one.portal.served())
    assert set(heard) == {row.nation_code or row.code for row in one.one_stop.rows}
    assert max(heard.values()) <= 1 + struck.kills
    twice = sum(heard.values()) - len(heard)
    print(
        f"{DOSSIERS} dossiers, {struck.kills} kills, {poll.slice} slices, "
        f"{time.monotonic() - begun:.0f} s: {twice} asked for again"
    )
    assert twice <= BATCH * struck.kills
    assert findings(service.folder, run_id) == undisturbed(tmp_path, one)


def until_more_is_heard(struck: Struck, at_least: int) -> None:
    def heard() -> bool:
        return len(set(struck.town.portal.served())) >= at_least

    until(heard, PATIENCE, struck.town.service)


def test_a_source_that_hangs_holds_up_nobody_else(struck: Struck):
    """Not the other source, nor what the clerk brings, nor a report, nor a mail."""
    one, house, service = struck.town, struck.house, struck.town.service
    one.portal.latency = 3600.0
    struck.serve()
    service.started(1)
    today = Scope(as_of=Clock().today())

    def judged(trigger: str) -> str:
        wanted = Request(today, trigger=trigger, wait=False, formats=("json",))
        run_id = queue.ask(house, wanted).run_id
        queue.hint(house.settings, run_id, patience=PATIENCE)
        until(lambda: ended(house, run_id), PATIENCE, service)
        return run_id

    judged("schedule:poll")
    until(lambda: is_over(house, "igate"), PATIENCE, service)
    one.hand_over(9)
    report = judged("schedule:daily")
    until(lambda: bool(one.sink.ledger), PATIENCE, service)
    assert findings(service.folder, report).count("RETURNED_STILL_PENDING") == one.handed_over
    assert not is_over(house, "cong")
    assert "cong" in house.store.asked.at_work()
    assert one.portal.served() == []


def is_over(house: House, source: str) -> bool:
    poll = house.store.asked.of(source)
    return poll is not None and poll.state is not PollState.READING


def test_an_office_of_the_version_before_is_upgraded_and_does_what_waited(struck: Struck):
    """Its database, its configuration, a run in its queue and the messages in its broker."""
    house, service = struck.house, struck.town.service
    old = f"sqlite:///{service.folder}/truoc.db"
    text = service.config.read_text("utf-8").replace(f'slice = "{SLICE}s"\n', "")
    was = house.settings.database.url
    service.config.write_text(text.replace(was, old), "utf-8")
    make_at(old, "0016")
    database = connect(old)
    run_id = struck.town.ask(house, send=False)
    asked = '{"poll":true,"sweep":true,"formats":["json"],"fail_on_open":false}'
    with house.store.database.reader.begin() as new, database.writer.begin() as target:
        copying.clear(target)
        copying.copy_rows(new, target)
        target.execute(update(tables.queue).values(request=asked))
    database.close()
    # A message of each task that the version before had, as it sent them.
    for task, ids in [(celery.RECONCILE_RUN, [run_id]), (celery.SWEEP, []), (celery.TICK, [])]:
        assert queue.send(house.settings, task, *ids, patience=PATIENCE)

    upgrade(old)
    struck.house = service.house()
    struck.serve()
    until(lambda: ended(struck.house, run_id), PATIENCE, service)
    poll = struck.house.store.asked.of("cong")
    assert poll is not None
    assert (poll.done, poll.round) == (DOSSIERS, 1)
    assert (
        findings(service.folder, run_id).count("RETURNED_STILL_PENDING") == struck.town.handed_over
    )
    struck.house.store.close()
