"""A source that is read for many slices, while workers, scheduler and broker are killed.

The politeness is the default one, scaled: a whole reading lasts many slices. What was asked twice
is told by the portal's own ledger. ``make soak`` does it with 5,000 dossiers and 20 kills.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.simulators.web import Fault
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
from tests.worker.town import PAPER
from worker.house import House
from worker.service import celery, queue, schedule
from worker.store import PollState, RunState, copying, tables, upgrade
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
    """Not another source, nor what the clerk brings in whatever way, nor a report, a mail, a copy.

    Two sources hang at their first question, as many as there are processes by default, and a
    person waits for them.
    """
    hangs(service)
    one, house, parts = service.town, service.house, service.town.service
    service.serve()
    parts.started(1)
    waits = one.ask(house)
    until(lambda: is_over(house, "igate"), PATIENCE, parts)
    until(lambda: set(HANGING) <= set(house.store.asked.at_work()), PATIENCE, parts)

    one.hand_over(9)
    assert parts.start("doisoat", "import", PAPER).wait(PATIENCE) == 0
    more = one.pending[one.handed_over :][:3]
    one.type_in(more, "hop-nhan/so.xlsx")
    until(lambda: any((parts.folder / "hop-nhan/done").glob("*/*/so.xlsx")), PATIENCE, parts)

    is_due(house, schedule.POLL, schedule.DAILY, schedule.DIGEST, schedule.BACKUP)
    until(lambda: judged(house, schedule.POLL), PATIENCE, parts)
    until(lambda: judged(house, schedule.DAILY), PATIENCE, parts)
    report = findings(parts.folder, judged(house, schedule.DAILY))
    assert report.count("RETURNED_STILL_PENDING") == one.handed_over + len(more)
    until(lambda: bool(one.sink.asked["xa1@x.example"]), PATIENCE, parts)
    for chore in (schedule.DIGEST, schedule.BACKUP):
        sign = schedule.sign(chore)
        until(lambda sign=sign: house.store.schedule.last_beat(sign) is not None, PATIENCE, parts)

    assert ended(house, waits, RunState.RUNNING)
    assert set(HANGING) <= set(house.store.asked.at_work())
    assert not any(is_over(house, name) for name in HANGING)
    assert one.portal.served() == []


HANGING = ("cong", "cong-hai")


def hangs(service: Struck) -> None:
    """The portal, which two sources ask, says a letter every ten seconds, and is waited for.

    A box is watched; the schedule works at any hour.
    """
    service.town.portal.faults.append(Fault(lambda said: replace(said, drip=10.0)))
    config = service.town.service.config
    head, cong, *others, paper = config.read_text("utf-8").split("[[sources]]")
    both = [f"\npage_seconds = 3600{cong.replace(HANGING[0], name, 1)}" for name in HANGING]
    paper = paper.replace("\n[mail]", 'inbox = "hop-nhan"\n\n[mail]')
    hours = '\n[schedule]\nhours = "00:00-23:59"\ndays = "all"\n'
    config.write_text("[[sources]]".join([head, *both, *others, paper]) + hours, "utf-8")
    (config.parent / "hop-nhan").mkdir()
    service.house.store.close()
    service.house = service.town.service.house()


def is_due(house: House, *jobs: str) -> None:
    """Their time has come; the scheduler has planned them before."""
    times = house.store.schedule
    assert set(jobs) <= {one.name for one in times.planned()}
    past = update(tables.schedule).where(tables.schedule.c.name.in_(jobs))
    moment = house.clock.now() - timedelta(seconds=1)
    house.store.database.write(lambda connection: connection.execute(past.values(next_at=moment)))


def judged(house: House, job: str) -> str:
    """The run of a job that is done; empty where there is none."""
    runs = house.store.runs.newest(50)
    done = [one for one in runs if one.state is RunState.DONE]
    return next((one.id for one in done if one.trigger == f"schedule:{job}"), "")


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
    service.house.store.close()
    service.house = parts.house()
    service.serve()
    until(lambda: ended(service.house, run_id), PATIENCE, parts)
    poll = service.house.store.asked.of("cong")
    assert poll is not None
    assert (poll.done, poll.round) == (DOSSIERS, 1)
    assert (
        findings(parts.folder, run_id).count("RETURNED_STILL_PENDING") == service.town.handed_over
    )
