"""The clock ran a year ahead for a while and is right again: nothing waits for that year.

SQLite reads the machine's clock, PostgreSQL its own: so what was written in the wrong hour is
written as it would stand in the table then.
"""

import math
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from connectors.politeness import Courtesy
from reconcile.scope import Scope
from tests.worker.alerts_house import post
from tests.worker.making import NOW
from worker.clock import StoppedClock
from worker.run import leases
from worker.service import schedule
from worker.store import MailState, PlannedJob, Posting, RunState, Store, Wish

CLOCK = StoppedClock(at=NOW)
YEAR = timedelta(days=365)
SCOPE = Scope(as_of=date(2024, 3, 31))
WISH = Wish("r1", "key", "cli", SCOPE, "{}")


def a_year_ahead(store: Store, table: str, column: str) -> None:
    """What the column would hold, had it been written by the wrong clock (seconds since 1970)."""
    with store.database.writer.begin() as connection:
        moved = connection.execute(
            text(f"UPDATE {table} SET {column} = {column} + {YEAR.total_seconds()}")
        )
        assert moved.rowcount


def test_a_lease_of_the_future_is_free_at_once(store: Store):
    store.runs.begin("r1", "cli", SCOPE, at=NOW)
    held = leases.claim(store, "r1", CLOCK)
    assert held is not None
    a_year_ahead(store, "lease", "until")
    assert store.leases.holder(leases.ALL) is None
    fresh = leases.claim(store, "r2", CLOCK)
    assert fresh is not None
    assert fresh.token == held.token + 1
    interrupted = store.runs.one("r1")
    assert interrupted is not None
    assert interrupted.state is RunState.FAILED


def test_its_holder_renews_it_to_the_right_length(store: Store):
    held = leases.claim(store, "r1", CLOCK)
    assert held is not None
    a_year_ahead(store, "lease", "until")
    store.leases.renew(held, seconds=30)
    holder = store.leases.holder(leases.ALL)
    assert holder is not None
    assert holder.seconds_left <= 30


def test_a_queued_run_begins_now(store: Store):
    store.queue.ask(WISH, at=NOW)
    a_year_ahead(store, "queue", "next_at")
    assert store.queue.due() == "r1"
    held = leases.claim(store, "r1", CLOCK)
    assert held is not None
    assert store.queue.take("r1", held, at=NOW) is not None


def test_a_run_of_the_dead_worker_begins_again(store: Store):
    store.queue.ask(WISH, at=NOW)
    held = leases.claim(store, "r1", CLOCK)
    assert held is not None
    store.queue.take("r1", held, at=NOW)
    a_year_ahead(store, "lease", "until")
    assert store.queue.tidy(at=NOW) == 1
    assert store.queue.due() == "r1"


def test_a_mail_that_was_to_wait_is_due(store: Store):
    store.outbox.post(Posting(NOW, (post(1),)))
    (mail,) = store.outbox.due(NOW)
    claimed = store.outbox.claim(mail, seconds=900)
    assert claimed is not None
    later = NOW + YEAR + timedelta(minutes=5)
    store.outbox.settle(claimed, MailState.PENDING, at=NOW, next_at=later)
    assert [one.id for one in store.outbox.due(NOW)] == [mail.id]
    store.outbox.settle(
        claimed, MailState.PENDING, at=NOW, next_at=NOW + timedelta(minutes=60)
    )  # not ours any more: what is to wait an hour does wait


def test_a_mail_that_waits_within_the_bound_does_wait(store: Store):
    store.outbox.post(Posting(NOW, (post(1),)))
    (mail,) = store.outbox.due(NOW)
    claimed = store.outbox.claim(mail, seconds=900)
    assert claimed is not None
    store.outbox.settle(claimed, MailState.PENDING, at=NOW, next_at=NOW + timedelta(minutes=60))
    assert store.outbox.due(NOW) == []


def test_a_mail_whose_sender_died_in_the_future_is_found(store: Store):
    store.outbox.post(Posting(NOW, (post(1),)))
    (mail,) = store.outbox.due(NOW)
    assert store.outbox.claim(mail, seconds=900) is not None
    a_year_ahead(store, "outbox", "lease_until")
    assert store.outbox.find_lost(at=NOW) == 1


def test_a_server_that_refused_in_the_future_is_asked(store: Store):
    store.outbox.close_until(NOW + YEAR)
    assert not store.outbox.switch().is_closed(NOW)
    store.outbox.close_until(NOW + timedelta(minutes=60))
    assert store.outbox.switch().is_closed(NOW)


def test_a_digest_of_the_future_reminds_nobody_less(store: Store):
    store.outbox.post(Posting(NOW, (post(1),)))
    (mail,) = store.outbox.mails()
    assert store.outbox.last_days(mail.kind, mail.day) == {mail.recipient: mail.day}
    assert store.outbox.last_days(mail.kind, mail.day - timedelta(days=1)) == {}


def test_a_sign_of_life_from_the_future_is_none(store: Store):
    store.schedule.beat("sweep", clock=NOW, host="máy", problem="")
    alive = store.schedule.last_beat("sweep")
    assert alive is not None
    assert alive.age < 60
    a_year_ahead(store, "heartbeat", "at")
    ahead = store.schedule.last_beat("sweep")
    assert ahead is not None
    assert ahead.age == math.inf


def test_a_job_of_the_future_is_planned_anew(store: Store):
    from reconcile.workdays import Calendar

    job = schedule.Job("daily", "all", NOW.time())
    far = PlannedJob("daily", job.rule, NOW + YEAR)
    (again,) = schedule.to_plan([job], [far], NOW, Calendar(), CLOCK.zone)
    assert again.next_at <= NOW + timedelta(days=1)


@pytest.mark.parametrize(("ahead", "rests"), [(YEAR, False), (timedelta(minutes=9), True)])
def test_a_source_is_left_alone_no_longer_than_the_longest_rest(ahead: timedelta, rests: bool):
    assert Courtesy("igate", retry_at=NOW + ahead).is_open(NOW) is rests
