"""F12: PostgreSQL commits, and the reply is lost on the way.

Nobody can know then whether it was done, so every act is repeated as a whole and must find its own
rows. A run is led through with the reply to its first, second, … COMMIT lost.
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import IntegrityError

from reconcile.cases import Answer
from reconcile.lifecycle import State
from reconcile.scope import Scope
from tests.worker import invariants
from tests.worker.alerts_house import post
from tests.worker.conftest import pg_database
from tests.worker.making import NOW, TODAY, discrepancy, dossier, link, register_row, snapshot, step
from tests.worker.proxy import Proxy
from tests.worker.servers import Postgres
from tests.worker.services import worked_off
from tests.worker.town import town
from worker.clock import StoppedClock
from worker.run import leases
from worker.service import ticking
from worker.store import MailState, PlannedJob, Posting, RunState, Store, Wish, claims, codec

#: Every COMMIT in the long form, some of them in every run of the tests.
STEP = 1 if "DOISOAT_FAULT_ROUNDS" in os.environ else 17


@pytest.fixture
def line(pg_server: Postgres) -> Iterator[Proxy]:
    with Proxy(pg_server.port) as proxy:
        yield proxy


@pytest.fixture
def store(line: Proxy, pg_server: Postgres, pg_template: str) -> Iterator[Store]:
    with pg_database(pg_server.url(), pg_template) as url:
        opened = Store.open(make_url(url).set(port=line.address))
        yield opened
        opened.close()


def lost(line: Proxy, act) -> object:
    """Do it, and lose the reply to its COMMIT; it is seen that this happened."""
    line.lose_reply_to_commit(1)
    done = act()
    assert line.commits >= 2, "nothing was repeated"
    line.lose_reply_to_commit(0)
    return done


def test_many_rows_whose_connection_breaks_are_sent_again(store: Store, pg_server: Postgres):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    rows = codec.store([dossier(2), dossier(3)])
    turns: list[int] = []

    def act(connection: Connection) -> None:
        turns.append(connection.scalar(text("SELECT pg_backend_pid()")))
        if len(turns) == 1:
            pg_server.execute(f"SELECT pg_terminate_backend({turns[0]}, 1000)")
        claims.add_claims(connection, 1, rows, TODAY)

    store.database.write(act)
    assert len(turns) == 2
    assert len(store.readings.claims()) == 3


def test_a_row_that_is_there_already_is_an_error_like_any_other(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    again = codec.store([dossier(1)])
    with pytest.raises(IntegrityError):
        store.database.write(lambda connection: claims.add_claims(connection, 1, again, TODAY))
    assert len(store.readings.claims()) == 1


def test_every_act_finds_its_own_rows(line: Proxy, store: Store):
    row, opened = register_row(1), discrepancy()
    wish = Wish("r1", "key", "cli", Scope(as_of=TODAY), "{}")
    lost(line, lambda: store.claims.take_in(snapshot([dossier(1), dossier(2)]), at=NOW, on=TODAY))
    lost(line, lambda: store.claims.take_in(snapshot([row]), at=NOW, on=TODAY))
    assert lost(line, lambda: store.queue.ask(wish, at=NOW)) == "r1"
    lease = lost(line, lambda: leases.claim(store, "r1", StoppedClock(at=NOW)))
    assert lease is not None
    assert lease.token == 1
    order = lost(line, lambda: store.queue.take("r1", lease, at=NOW))
    assert order is not None
    lost(
        line,
        lambda: store.decisions.apply(
            [link(row, dossier(1))],
            [step(opened)],
            run_id="r1",
            judged=TODAY,
            lease=lease,
            posting=Posting(NOW, (post(1),)),
        ),
    )
    resolved = replace(opened, state=State.RESOLVED)
    lost(
        line, lambda: store.decisions.apply(None, [step(resolved, before=State.OPEN)], run_id="r1")
    )
    lost(line, lambda: store.runs.finish("r1", at=NOW, exit_code=0, contents=b"x", lease=lease))
    lost(line, lambda: store.leases.release(lease))
    lost(line, lambda: store.answers.add(Answer("a", "b", same=True, by="c", on="2024-04-01")))
    lost(line, lambda: store.audit.append(actor="a", act="x", object="", reason="", at=NOW))
    [mail] = store.outbox.mails()
    planned = PlannedJob("daily", "r", NOW)
    store.schedule.plan([planned], keep=())
    second = replace(wish, run_id="r2", key="other")
    lost(
        line,
        lambda: store.schedule.tick(
            planned, replace(planned, next_at=NOW.replace(day=2)), second, at=NOW
        ),
    )
    claimed = store.outbox.claim(mail, seconds=60)
    assert claimed is not None
    lost(line, lambda: store.outbox.settle(claimed, MailState.SENT, at=NOW))

    assert len(store.readings.claims()) == 3
    assert [change.after for change in store.decisions.changes()] == [State.OPEN, State.RESOLVED]
    assert {run.id: run.state for run in store.runs.newest()} == {
        "r1": RunState.DONE, "r2": RunState.QUEUED
    }  # fmt: skip
    assert len(store.decisions.links()) == len(store.answers.all()) == 1
    assert [act.act for act in store.audit.acts()] == ["pair.same", "x"]
    assert store.upkeep.verify() == []
    assert [one.state for one in store.outbox.mails()] == [MailState.SENT]
    assert store.upkeep.verify() == []


def test_a_mail_whose_claim_was_not_confirmed_is_not_sent_twice(line: Proxy, store: Store):
    """Whether it was claimed is unclear, so it is left to a person."""
    store.outbox.post(Posting(NOW, (post(1),)))
    [mail] = store.outbox.mails()
    line.lose_reply_to_commit(1)
    assert store.outbox.claim(mail, seconds=0.0) is None
    assert store.outbox.find_lost(at=NOW) == 1
    assert store.outbox.due(NOW) == []


@pytest.mark.slow
def test_a_run_loses_the_reply_to_each_of_its_commits(
    line: Proxy, pg_server: Postgres, pg_template: str, tmp_path: Path
):
    for number in itertools.count(1, STEP):
        with pg_database(pg_server.url(), pg_template) as url:
            through = make_url(url).set(port=line.address).render_as_string(hide_password=False)
            folder = tmp_path / str(number)
            with town(folder, database=through, broker_url="redis://127.0.0.1:1/0") as one:
                house = one.service.house()
                run_id = one.ask(house, send=False)
                line.lose_reply_to_commit(number)
                assert worked_off(house, run_id) is RunState.DONE
                poll = house.store.asked.of("cong")
                assert poll is not None
                assert (poll.done, poll.total) == (40, 40)
                struck = line.commits >= number
                line.lose_reply_to_commit(0)
                ticking.deliver(house)
                assert invariants.broken(house, one) == []
                assert len(one.sink.ledger) == 1
                house.store.close()
        if not struck:
            assert number > 8
            return
