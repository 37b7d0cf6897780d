"""Killed, locked out, cut off: nothing is lost, nothing is doubled, nothing is half."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from reconcile.claims import Status
from reconcile.lifecycle import State
from tests.worker.conftest import pg_database
from tests.worker.making import (
    LATER,
    NOW,
    TODAY,
    discrepancy,
    dossier,
    snapshot,
    status_history,
    step,
)
from tests.worker.servers import Postgres, free_port
from worker.clock import pause
from worker.store import Overtaken, Store, StoreUnavailable

MANY = 2600  # more than one batch of a statement

#: Runs an act on a store, and is killed just before the statement that holds the given words.
DYING = """
import os, sys
from datetime import date
import psycopg
from sqlalchemy import Engine, event
from tests.worker import making
from worker.store import Store

url, words, act = sys.argv[1:]
store = Store.open(url)

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    if words in statement.replace('"', ""):
        os.kill(os.getpid(), 9)

copying = psycopg.Cursor.copy

def copy(cursor, statement, *more, **named):  # PostgreSQL's way to insert many rows
    die(None, cursor, statement.replace("COPY", "INSERT INTO"), None, None, False)
    return copying(cursor, statement, *more, **named)

psycopg.Cursor.copy = copy

@event.listens_for(Engine, "commit")
def die_at_commit(connection):
    if words == "COMMIT":
        os.kill(os.getpid(), 9)

exec(act)
"""

TAKE_IN = f"""
claims = [making.dossier(n, status=making.Status.RETURNED) for n in range(50, {MANY})]
store.claims.take_in(making.snapshot(claims, content="2"), at=making.NOW, on=making.LATER)
"""


def killed(url: str, words: str, act: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", DYING, url, words, act],
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert child.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "words",
    ["INSERT INTO claim", "UPDATE claim", "DELETE FROM claim", "UPDATE source_file", "COMMIT"],
)
def test_killed_while_taking_in_the_old_version_stands_and_the_next_run_heals(
    store: Store, words: str
):
    # the old version knows 0…2099, the new one 50…2599, each with another status
    old = snapshot([dossier(n) for n in range(2100)])
    store.claims.take_in(old, at=NOW, on=TODAY)
    before = store.readings.claims()

    killed(store.database.url.render_as_string(hide_password=False), words, TAKE_IN)

    assert store.readings.claims() == before
    assert store.readings.memory("motcua").files[old.file].fingerprint == "print-1"
    assert store.upkeep.verify() == []

    claims = [dossier(n, status=Status.RETURNED) for n in range(50, MANY)]
    intake = store.claims.take_in(snapshot(claims, content="2"), at=NOW, on=LATER)

    assert (intake.new, intake.changed, intake.gone) == (500, 2050, 50)
    assert store.readings.claims() == [replace(claim, read_on=LATER) for claim in claims]
    assert len(status_history(store, dossier(200).key)) == 2


def test_killed_while_deciding_nothing_of_it_stands(store: Store):
    act = """
store.decisions.apply([making.link(making.register_row(1), making.dossier(1))],
            [making.step(making.discrepancy())])
"""
    killed(store.database.url.render_as_string(hide_password=False), "INSERT INTO change", act)
    assert (
        store.decisions.links(),
        store.decisions.discrepancies(),
        store.decisions.changes(),
    ) == ([], [], [])
    assert store.upkeep.verify() == []


WRITER = """
import sys
from dataclasses import replace
from reconcile.claims import Status
from tests.worker import making
from worker.store import Store

url, name = sys.argv[1:]
store = Store.open(url)
for turn in range(6):
    claims = [making.dossier(n, name, note=str(turn)) for n in range(60)]
    store.claims.take_in(making.snapshot(claims, content=str(turn)), at=making.NOW, on=making.TODAY)
    store.decisions.apply(None, [making.step(making.discrepancy(f"{name}:{turn}"))])
"""


def test_two_processes_write_at_once_and_both_get_through(store: Store):
    url = store.database.url.render_as_string(hide_password=False)
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, name], cwd=Path(__file__).parents[3])
        for name in ("mot", "hai")
    ]
    while any(child.poll() is None for child in children):
        store.readings.claims()  # a reader is never turned away
        pause(0.02)
    assert [child.returncode for child in children] == [0, 0]
    claims = store.readings.claims()
    assert len(claims) == 120
    assert {claim.note for claim in claims} == {"5"}
    assert len(store.decisions.changes()) == 12
    assert store.upkeep.verify() == []


def test_the_same_step_by_many_at_once_is_taken_once(store: Store):
    first = discrepancy()
    store.decisions.apply(None, [step(first)])
    outcomes: list[str] = []

    def resolve(number: int) -> None:
        resolved = replace(first, state=State.RESOLVED, by=f"can-bo-{number}")
        try:
            store.decisions.apply(None, [step(resolved, before=State.OPEN)])
            outcomes.append("done")
        except Overtaken:
            outcomes.append("overtaken")

    threads = [threading.Thread(target=resolve, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["overtaken"] * 5
    assert len(store.decisions.changes()) == 2


@pytest.fixture
def pg_store(pg_server: Postgres) -> Iterator[Store]:
    """A store on the PostgreSQL that the tests may kill."""
    with pg_database(pg_server.url()) as url:
        opened = Store.open(url)
        yield opened
        opened.close()


def test_a_cut_connection_repeats_the_whole_transaction(pg_store: Store):
    turns: list[int] = []

    def act(connection: Connection) -> None:
        turns.append(1)
        connection.execute(
            text("INSERT INTO answer (row, dossier, by, day) VALUES ('r', 'd', 'b', '')")
        )
        if len(turns) == 1:
            cut(pg_store, connection.scalar(text("SELECT pg_backend_pid()")))
        connection.execute(text("SELECT 1"))

    pg_store.database.write(act)
    assert len(turns) == 2
    assert (
        pg_store.database.read(
            lambda connection: connection.scalar(text("SELECT count(*) FROM answer"))
        )
        == 1
    )


def cut(store: Store, backend: int | None) -> None:
    with store.database.writer.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL])
def test_postgres_goes_away_and_comes_back(
    pg_store: Store, pg_server: Postgres, number: signal.Signals
):
    pg_store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    pg_server.stop(number)
    back = threading.Timer(0.5, pg_server.restart)
    back.start()
    # an immediate stop under our hands: the act waits and is done when the server is back
    pg_store.claims.take_in(snapshot([dossier(1), dossier(2)], content="2"), at=NOW, on=TODAY)
    back.join()
    assert [claim.key for claim in pg_store.readings.claims()] == [dossier(1).key, dossier(2).key]


def test_a_server_that_is_not_there_is_told_without_its_password():
    url = f"postgresql+psycopg://doisoat:bi-mat@127.0.0.1:{free_port()}/doisoat"
    with pytest.raises(StoreUnavailable, match="Không dùng được cơ sở dữ liệu") as told:
        Store.open(url)
    assert "bi-mat" not in str(told.value)


def test_readers_go_on_while_somebody_writes(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/doisoat.db"
    store = Store.open(url)
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    with store.database.writer.begin():  # BEGIN IMMEDIATE: the write lock is ours
        assert len(store.readings.claims()) == 1
    store.close()


def test_a_full_disk_leaves_the_database_whole(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/doisoat.db"
    store = Store.open(url)
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    act = """
import resource, signal
from worker.store import StoreUnavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.claims.take_in(making.snapshot([making.dossier(n) for n in range(3000)], content="2"),
                  at=making.NOW, on=making.TODAY)
except StoreUnavailable:
    os.kill(os.getpid(), 9)
"""
    killed(url, "(nothing)", act)
    assert [claim.key for claim in store.readings.claims()] == [dossier(1).key]
    assert store.upkeep.verify() == []
    store.claims.take_in(snapshot([dossier(1), dossier(2)], content="2"), at=NOW, on=TODAY)
    assert len(store.readings.claims()) == 2
    store.close()
