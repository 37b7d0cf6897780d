"""What the service does by itself beside runs: copies, retention, verifying, mails."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.scope import Scope
from tests.worker.alerts_house import post
from tests.worker.making import TODAY
from tests.worker.services import office
from worker.clock import StoppedClock
from worker.house import House
from worker.run import leases
from worker.service import chores, health, schedule, ticking
from worker.store import MailState, Posting, Store, Wish

#: A working Wednesday, five in the morning at the office: the night's chores are due.
NIGHT = datetime(2026, 4, 21, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 4, 22, 0, 31, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> Iterator[House]:
    opened = office(tmp_path / "office", database=store_url, broker_url="").house()
    yield at(opened, NIGHT)
    opened.store.close()


def at(house: House, moment: datetime) -> House:
    return replace(house, clock=StoppedClock(house.settings.office.timezone, moment))


def due(house: House, name: str, since: datetime) -> None:
    """The job was planned for that moment."""
    jobs = {one.name: one for one in schedule.jobs(house.settings.schedule, house.settings.mail.at)}
    planned = [replace(one, next_at=since) for one in ticking._planned(house, since)]
    house.store.schedule.plan(
        [replace(one, next_at=since) for one in planned if one.name == name], keep=tuple(jobs)
    )


def test_the_database_is_copied_once_a_night(house: House):
    due(house, schedule.BACKUP, NIGHT - timedelta(hours=1))
    assert ticking.chore(house, schedule.BACKUP)
    [copy] = chores.backups_folder(house.settings).iterdir()
    assert copy.name == "doisoat-2026-04-22.db"
    again = Store.open(f"sqlite:///{copy}")
    assert again.upkeep.verify() == []
    again.close()
    assert not ticking.chore(house, schedule.BACKUP)  # a second message finds nothing to do
    last = house.store.schedule.last_beat(schedule.sign(schedule.BACKUP))
    assert last is not None
    assert last.problem == ""


def test_a_chore_that_fails_is_told_and_not_tried_all_night(house: House):
    due(house, schedule.BACKUP, NIGHT - timedelta(hours=1))
    chores.backups_folder(house.settings).parent.mkdir(parents=True, exist_ok=True)
    chores.backups_folder(house.settings).write_text("a file where the folder should be")
    assert ticking.chore(house, schedule.BACKUP)
    [check] = [one for one in health.look(house.settings).checks if one.name == "backup"]
    assert not check.well
    assert "Sao lưu" in check.said
    assert "doisoat db backup" in check.to_do
    assert not ticking.chore(house, schedule.BACKUP)


def test_a_chore_that_somebody_does_is_left_alone_and_stays_due(house: House):
    due(house, schedule.PURGE, NIGHT - timedelta(hours=1))
    with leases.held(house.store, "", house.clock, name=schedule.sign(schedule.PURGE)):
        assert not ticking.chore(house, schedule.PURGE)
    assert house.store.queue.due() is None
    assert ticking.chore(house, schedule.PURGE)


def test_a_chore_keeps_no_run_from_starting(house: House):
    wish = Wish("r1", "k", "cli", Scope(as_of=TODAY), "{}")
    house.store.queue.ask(wish, at=NIGHT)
    with leases.held(house.store, "", house.clock, name=schedule.sign(schedule.BACKUP)):
        assert house.store.queue.due() == "r1"


def test_the_digest_waits_for_the_runs_of_the_morning_but_not_for_ever(house: House):
    morning = at(house, MORNING)
    due(morning, schedule.DIGEST, MORNING - timedelta(minutes=1))
    wish = Wish("r1", "k", "schedule:daily", Scope(as_of=TODAY), "{}")
    house.store.queue.ask(wish, at=MORNING)
    assert not ticking.chore(morning, schedule.DIGEST)
    assert ticking.chore(at(house, MORNING + timedelta(hours=3)), schedule.DIGEST)


def test_mails_go_out_by_themselves_and_a_lost_one_is_found(house: House):
    """Without a mail server they are files; one whose sender died is uncertain at the sweep."""
    house.store.outbox.post(Posting(NIGHT, (post(1), post(2))))
    first, _ = house.store.outbox.mails()
    house.store.outbox.claim(first, seconds=0.0)  # its sender is no more
    ticking.sweep(house)
    assert ticking.deliver(house)
    assert [one.state for one in house.store.outbox.mails()] == [
        MailState.UNCERTAIN,
        MailState.WRITTEN,
    ]
    folder = house.settings.office.data_dir / "alerts"
    assert len(list(folder.rglob("*.eml"))) == 1


def test_what_is_told_of_mails_is_true(house: House):
    house.store.outbox.post(Posting(NIGHT, (post(1),)))
    house.store.outbox.freeze("thử", by="cli:an", at=NIGHT)
    found = health.look(house.settings)
    assert {"frozen"} <= {one.name for one in found.checks if not one.well}
    assert found.numbers["outbox_frozen"] == 1.0
    assert ticking.deliver(house)
    assert [one.state for one in house.store.outbox.mails()] == [MailState.PENDING]


def test_what_a_killed_writer_left_is_swept_a_day_later(house: House):
    data = house.settings.office.data_dir
    names = ("backups/doisoat.db.part", "alerts/.thu.eml.part", "reports/r1/.doi-soat.xlsx.x7f")
    whole = data / "reports/r1/doi-soat.xlsx"
    for path in (*(data / name for name in names), whole):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, times=((NIGHT - timedelta(hours=30)).timestamp(),) * 2)
    fresh = data / "reports/r1/.giai-trinh.docx.a1b"
    fresh.write_bytes(b"at work")
    os.utime(fresh, times=(NIGHT.timestamp(),) * 2)
    gone = chores.purge(house)
    assert {path.relative_to(data).as_posix() for path in gone.files} == set(names)
    assert whole.exists()
    assert fresh.exists()
