"""A source that is read for many slices, while workers, scheduler and broker are killed.

The politeness is the default one, scaled: a whole reading lasts many slices. What was asked twice
is told by the portal's own ledger. ``make soak`` does it with 5,000 dossiers and 20 kills.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from reconcile.scope import Scope
from tests.worker.conftest import pg_database, short_folder
from tests.worker.servers import Postgres, Valkey
from tests.worker.services import PATIENCE, SOAK, ended, until
from tests.worker.store.test_schema import make_at
from tests.worker.struck import (
    BATCH,
    Politeness,
    Struck,
    findings,
    struck,
    through_kills,
    undisturbed,
)
from worker.clock import Clock
from worker.house import House
from worker.run.requests import Request
from worker.service import celery, queue
from worker.store import PollState, copying, tables, upgrade
from worker.store.engine import connect

pytestmark = pytest.mark.slow

#: Defaults: 5 requests a second, slices of 300 s: 5,000 dossiers, some of them asked for by two
#: codes, are more than 1,000 s, four slices and more. The same ratio, in less time.
DOSSIERS, KILLS, HOW = (
    (5000, 20, Politeness(rate=100, slice=15)) if SOAK else (240, 4, Politeness(rate=60, slice=1))
)


@pytest.fixture(params=["sqlite", "postgres"])
def service(
    request: pytest.FixtureRequest, pg_server: Postgres, valkey_server: Valkey
) -> Iterator[Struck]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        url = f"sqlite:///{folder}/a.db"
        if request.param == "postgres":
            url = stack.enter_context(pg_database(pg_server.url()))
        made = struck(folder / "office", url, valkey_server, dossiers=DOSSIERS, how=HOW)
        yield stack.enter_context(made)


def test_a_run_ends_by_itself_however_often_its_parts_are_killed(service: Struck, tmp_path: Path):
    told = through_kills(service, KILLS, PATIENCE * (4 if SOAK else 1))
    print(
        f"{DOSSIERS} dossiers, {told.kills} kills, {told.slices} slices, "
        f"{told.seconds:.0f} s: {told.twice} asked for again"
    )
    assert told.slices > 3
    assert told.most <= 1 + told.kills
    assert told.twice <= BATCH * told.kills
    found = findings(service.town.service.folder, told.run_id)
    assert found == undisturbed(tmp_path / "khac", service.town)


def test_a_source_that_hangs_holds_up_nobody_else(service: Struck):
    """Not the other source, nor what the clerk brings, nor a report, nor a mail."""
    one, house, parts = service.town, service.house, service.town.service
    one.portal.latency = 3600.0
    service.serve()
    parts.started(1)
    today = Scope(as_of=Clock().today())

    def judged(trigger: str) -> str:
        wanted = Request(today, trigger=trigger, wait=False, formats=("json",))
        run_id = queue.ask(house, wanted).run_id
        queue.hint(house.settings, run_id, patience=PATIENCE)
        until(lambda: ended(house, run_id), PATIENCE, parts)
        return run_id

    judged("schedule:poll")
    until(lambda: is_over(house, "igate"), PATIENCE, parts)
    one.hand_over(9)
    report = judged("schedule:daily")
    until(lambda: bool(one.sink.ledger), PATIENCE, parts)
    assert findings(parts.folder, report).count("RETURNED_STILL_PENDING") == one.handed_over
    assert not is_over(house, "cong")
    assert "cong" in house.store.asked.at_work()
    assert one.portal.served() == []


def is_over(house: House, source: str) -> bool:
    poll = house.store.asked.of(source)
    return poll is not None and poll.state is not PollState.READING


def test_an_office_of_the_version_before_is_upgraded_and_does_what_waited(service: Struck):
    """Its database, its configuration, a run in its queue and the messages in its broker."""
    house, parts = service.house, service.town.service
    old = f"sqlite:///{parts.folder}/truoc.db"
    text = parts.config.read_text("utf-8").replace(f'slice = "{HOW.slice}s"\n', "")
    was = house.settings.database.url
    parts.config.write_text(text.replace(was, old), "utf-8")
    make_at(old, "0016")
    database = connect(old)
    run_id = service.town.ask(house, send=False)
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
    service.house = parts.house()
    service.serve()
    until(lambda: ended(service.house, run_id), PATIENCE, parts)
    poll = service.house.store.asked.of("cong")
    assert poll is not None
    assert (poll.done, poll.round) == (DOSSIERS, 1)
    assert (
        findings(parts.folder, run_id).count("RETURNED_STILL_PENDING") == service.town.handed_over
    )
    service.house.store.close()
