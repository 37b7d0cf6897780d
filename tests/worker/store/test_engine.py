"""How the store speaks to its database."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from reconcile.scope import Scope
from tests.worker.making import LATER, NOW, TODAY, dossier, snapshot
from worker.clock import Clock, StoppedClock
from worker.store import Store, StoreError
from worker.store.engine import SOUND_WAL, connect, has_sound_wal, is_passing
from worker.store.tables import claim


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),  # Debian 12
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_a_write_ahead_log_only_where_it_is_sound(version: tuple[int, ...], sound: bool):
    assert has_sound_wal(version) is sound


def test_sqlite_is_opened_with_our_settings(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path}/doisoat.db")
    expected = {
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30000,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "temp_store": 2,
        "journal_size_limit": 67108864,
    }
    module = store.database.writer.dialect.dbapi
    assert module is not None
    sound = module.sqlite_version_info >= SOUND_WAL
    expected["journal_mode"] = "wal" if sound else "delete"
    with store.database.writer.begin() as connection:
        got = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    store.close()
    assert got == expected


def test_postgresql_is_opened_with_our_settings(store: Store):
    if store.database.is_sqlite:
        expected = {}
    else:
        expected = {
            "synchronous_commit": "on",
            "idle_in_transaction_session_timeout": "1min",
            "statement_timeout": "1min",
            "lock_timeout": "5s",
            "application_name": "doisoat",
            "TimeZone": "UTC",
        }
    with store.database.writer.begin() as connection:
        got = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in expected}
    assert got == expected


def test_who_reads_cannot_write(store: Store):
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), store.database.reader.begin() as one:
        one.execute(text("DELETE FROM claim"))


def test_what_fails_is_undone(store: Store):
    class Stop(Exception):
        pass

    def act(connection):
        connection.execute(text("INSERT INTO lease VALUES ('x', 1, 'me', '', 0, 0)"))
        raise Stop

    with pytest.raises(Stop):
        store.database.write(act)
    assert store.database.read(lambda c: c.scalar(text("SELECT count(*) FROM lease"))) == 0


def test_an_error_names_no_person(store: Store):
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    with store.database.reader.begin() as connection:
        row = connection.execute(select(claim)).mappings().one()
    with pytest.raises(DBAPIError) as told, store.database.writer.begin() as connection:
        connection.execute(claim.insert().values(**row))
    assert "Nguyễn Thị Mẫu" not in str(told.value)


def test_moments_come_back_aware_and_the_same(store: Store):
    local = datetime(2024, 4, 1, 8, 30, tzinfo=timezone(timedelta(hours=7)))
    store.claims.take_in(snapshot([dossier(1)]), at=local, on=TODAY)
    (file,) = store.readings.files()
    assert file.read_at == local
    assert file.read_at.tzinfo is not None


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_in_words(url: str):
    with pytest.raises(StoreError):
        connect(url)


class Answer(Exception):
    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("words", "state", "passing"),
    [
        ("could not serialize access", "40001", True),
        ("deadlock detected", "40P01", True),
        ("terminating connection due to administrator command", "57P01", True),
        ("connection failure", "08006", True),
        ("database is locked", None, True),
        ("disk I/O error", None, False),
        ("relation does not exist", "42P01", False),
        ("disk full", "53100", False),
    ],
)
def test_only_what_may_pass_is_repeated(words: str, state: str | None, passing: bool):
    error = OperationalError("SELECT 1", None, Answer(words, state))
    assert is_passing(error) is passing


def test_what_a_store_remembers_of_a_source(store: Store):
    window = {"covers_from": TODAY, "covers_to": LATER}
    store.claims.take_in(snapshot([dossier(1), dossier(2)], **window), at=NOW, on=TODAY)
    store.claims.take_in(
        snapshot([dossier(3, file="inbox/hong.xlsx")], complete=False), at=NOW, on=TODAY
    )
    files = store.readings.memory("motcua").files
    assert list(files) == ["inbox/motcua.xlsx"]  # what was never read in full is not known
    known = files["inbox/motcua.xlsx"]
    assert (known.fingerprint, known.rows) == ("print-1", 2)
    assert (known.covers_from, known.covers_to) == (TODAY, LATER)


def test_a_day_begins_at_the_office_not_in_greenwich():
    clock = StoppedClock(at=datetime(2024, 3, 31, 17, 30, tzinfo=UTC))
    assert clock.today().isoformat() == "2024-04-01"
    assert clock.local().hour == 0
    assert Clock().now().tzinfo is UTC


HOLDING = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_program_holds_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer, a backup or a scanner of viruses; whoever waits is told what to close."""
    monkeypatch.setattr("worker.store.engine.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("worker.store.engine.PAUSES", ())
    file = tmp_path / "doisoat.db"
    store = Store.open(f"sqlite:///{file}")
    command = [sys.executable, "-c", HOLDING, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="đang bị một chương trình khác giữ") as told:
            store.runs.begin("r", "cli", Scope(as_of=TODAY), at=NOW)
        assert "doisoat.db" in str(told.value)
        other.communicate()
    store.runs.begin("r", "cli", Scope(as_of=TODAY), at=NOW)
    store.close()
