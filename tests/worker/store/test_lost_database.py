"""An office whose database is gone is told so; no empty one takes its place by itself."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.clock import Clock
from worker.house import MARKER
from worker.service import chores
from worker.store import StoreLost


@pytest.fixture
def place(tmp_path: Path, either_database: str) -> Office:
    """An office with a run behind it, a copy of its database, and a report."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = make(folder)
    pending = dossiers(12)
    write(folder / "inbox/motcua/a.xlsx", EXPORT, pending)
    write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(pending[:8]))
    assert made.command("run", "--period", "2024-01").exit_code == 0
    house = made.house()
    chores.back_up(house)
    house.store.close()
    return made


def lose(place: Office, how: str = "deleted") -> None:
    """The database is gone: its file, or every table of it."""
    if url := os.environ.get("DOISOAT_DATABASE__URL", ""):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        return
    file = place.folder / "data/doisoat.db"
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    if how == "deleted":
        file.unlink()
    else:
        file.write_bytes(b"")


COMMANDS = [
    ("run", "--period", "2024-01"),
    ("status",),
    ("db", "verify"),
    ("db", "upgrade"),
    ("db", "new"),
    ("findings", "list"),
]


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_no_command_makes_an_empty_one(place: Office, how: str):
    lose(place, how)
    for words in COMMANDS:
        refused = place.command(*words)
        assert isinstance(refused.exception, StoreLost), words
        told = str(refused.exception)
        assert "doisoat db restore" in told
        assert f"doisoat-{Clock().today():%Y-%m-%d}.db" in told
        assert "doisoat db new --lost" in told
    checked = place.command("check", "--offline")
    assert checked.exit_code == 2
    assert "Mất cơ sở dữ liệu" in checked.output
    file = place.folder / "data/doisoat.db"
    assert not file.exists() or file.stat().st_size == 0


def test_the_copy_that_it_names_brings_everything_back(place: Office):
    lose(place)
    copy = next((place.folder / "data/backups").glob("doisoat-*.db"))
    restored = place.command("db", "restore", str(copy))
    assert restored.exit_code == 0, restored.output
    store = place.house().store
    assert store.upkeep.verify() == []
    assert len(store.readings.claims()) == 20


@pytest.mark.parametrize("trace", ["reports", "backups", "marker"])
def test_each_trace_alone_is_enough(place: Office, trace: str):
    lose(place)
    data = place.folder / "data"
    kept = {"reports": data / "reports", "backups": data / "backups", "marker": data / MARKER}
    assert all(one.exists() for one in kept.values())
    for name, path in kept.items():
        if name != trace:
            path.rename(place.folder / f"away-{name}")
    assert isinstance(place.command("status").exception, StoreLost)


def test_a_person_may_begin_anew_and_no_mail_goes_out(place: Office):
    lose(place, "emptied")
    made = place.command("db", "new", "--lost")
    assert made.exit_code == 0, made.output
    store = place.house().store
    assert store.readings.claims() == []
    assert store.outbox.switch().frozen
    assert [act.act for act in store.audit.acts()] == ["db.made_anew"]
    again = place.command("db", "new", "--lost")
    assert "không cần lập lại" in again.output


def test_a_fresh_office_gets_one_without_a_word(tmp_path: Path, either_database: str):
    made = make(tmp_path)
    if url := os.environ.get("DOISOAT_DATABASE__URL", ""):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    assert made.command("status").exit_code == 0
    assert (tmp_path / "data" / MARKER).exists()
    assert made.house().store.upkeep.verify() == []


def test_a_day_of_judgement_in_the_future_is_refused(place: Office):
    refused = place.command("run", "--period", "2024-01", "--as-of", "31/03/2042")
    assert refused.exit_code != 0
    assert "ở tương lai" in refused.output
    assert place.house().store.decisions.last_judged() == Clock().today().replace(2024, 1, 31)


def test_a_clock_that_was_ahead_once_is_put_right_by_a_person(
    place: Office, monkeypatch: pytest.MonkeyPatch
):
    from worker.clock import Clock as RealClock

    right = RealClock.now
    with monkeypatch.context() as wrong:
        wrong.setattr(RealClock, "now", lambda clock: right(clock) + timedelta(days=40))
        assert place.command("run").exit_code == 0
    today = Clock().today()
    silenced = place.command("run")
    assert "chỉ viết tệp" in silenced.output
    for words in (("status",), ("check", "--offline")):
        told = place.command(*words).output
        assert "ở tương lai" in told, words
        assert "doisoat db judged --until" in told, words
    day = f"{today:%d/%m/%Y}"
    assert "phải ghi vì sao" in place.command("db", "judged", "--until", day).output
    righted = place.command("db", "judged", "--until", day, "--reason", "đồng hồ sai")
    assert righted.exit_code == 0, righted.output
    assert "ở tương lai" not in place.command("status").output
    assert "chỉ viết tệp" not in place.command("run").output
    house = place.house()
    assert house.store.decisions.last_judged() == today
    assert [(act.act, act.reason) for act in house.store.audit.acts()][-1:] == [
        ("judged.put_right", "đồng hồ sai")
    ]
    assert house.store.upkeep.verify() == []
