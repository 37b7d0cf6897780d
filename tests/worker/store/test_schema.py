"""The database is made, upgraded, refused; never half of any."""

import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, insert, inspect, select, table, text, update

from reconcile.scope import Scope
from tests.worker.making import (
    NOW,
    TODAY,
    discrepancy,
    dossier,
    link,
    register_row,
    snapshot,
    step,
)
from tests.worker.services import PATIENCE
from worker.store import (
    NewSchema,
    OldSchema,
    Store,
    StoreDamaged,
    StoreError,
    copying,
    schema,
    upgrade,
)
from worker.store.act_tables import audit, audit_head
from worker.store.audit import Act, sealed
from worker.store.engine import connect
from worker.store.migrations import HEAD, REVISIONS
from worker.store.rows import StoredRow

#: A new file is migrated step by step, not copied.
step_by_step = pytest.mark.usefixtures("in_earnest")

ACT = ("seq", "at", "actor", "act", "object", "reason")


#: SQLite files as older versions left them, by revision: the next one is a few steps further.
LEFT: dict[str, bytes] = {}


def make_at(url: str, revision: str) -> None:
    """A database as an older version of the product left it."""
    database = connect(url)
    if database.is_sqlite:
        database.file.parent.mkdir(parents=True, exist_ok=True)
        nearest = max((one for one in LEFT if one <= revision), default="")
        database.file.write_bytes(LEFT.get(nearest, b""))
    with database.writer.begin() as connection:
        command.upgrade(schema.configuration(connection), revision)
    database.close()
    if database.is_sqlite:
        LEFT[revision] = database.file.read_bytes()


def fill_as_of_then(url: str, folder: Path) -> None:
    """Two claims, written into the columns that an older database has."""
    new = Store.open(f"sqlite:///{folder}/new.db")
    new.claims.take_in(snapshot([dossier(1), dossier(2)]), at=NOW, on=TODAY)
    old = connect(url)
    with new.database.reader.begin() as source, old.writer.begin() as target:
        for name in ("source_file", "claim"):
            there = {one["name"] for one in inspect(target).get_columns(name)}
            known = [one for one in StoredRow.metadata.tables[name].c if one.name in there]
            plain = table(name, *(column(one.name, one.type) for one in known))
            rows = [dict(row) for row in source.execute(select(plain)).mappings()]
            target.execute(insert(plain), rows)
    new.close()
    old.close()


def stamp(url: str, revision: str) -> None:
    database = connect(url)
    with database.writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    database.close()


@step_by_step
def test_a_missing_database_is_made(empty_url: str):
    store = Store.open(empty_url)
    assert store.upkeep.revision() == HEAD
    assert store.readings.claims() == []
    assert store.upkeep.verify() == []
    store.close()


def test_a_missing_database_is_left_alone_when_asked(empty_url: str):
    with pytest.raises(OldSchema, match="doisoat db upgrade"):
        Store.open(empty_url, upgrade_if_missing=False)
    if empty_url.startswith("sqlite"):
        assert not connect(empty_url).file.exists()


@step_by_step
def test_the_files_are_private(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path}/data/doisoat.db")
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    folder = tmp_path / "data"
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    store.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes) >= {"doisoat.db", "doisoat.db-wal"}
    assert set(modes.values()) == {0o600}


def test_an_older_database_asks_for_the_upgrade_and_keeps_its_data(empty_url: str, tmp_path: Path):
    make_at(empty_url, REVISIONS[0])
    fill_as_of_then(empty_url, tmp_path)
    with pytest.raises(OldSchema, match="doisoat db upgrade"):
        Store.open(empty_url)

    done = upgrade(empty_url)

    assert (done.before, done.after) == (REVISIONS[0], HEAD)
    store = Store.open(empty_url)
    assert store.readings.claims() == [dossier(1, read_on=TODAY), dossier(2, read_on=TODAY)]
    assert store.upkeep.verify() == []
    store.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a row in every table, as this version keeps it."""
    from tests.worker.store.test_care import fill

    file = tmp_path_factory.mktemp("filled") / "new.db"
    fill(Store.open(f"sqlite:///{file}")).close()
    return file


def populated(url: str, revision: str, filled: Path, folder: Path) -> Store:
    """A database as that version left it, with a row in every table that it had; and the same
    memory as this version keeps it."""
    new = Store.open(f"sqlite:///{shutil.copy(filled, folder / f'new-{revision}.db')}")
    make_at(url, revision)
    old = connect(url)
    with new.database.reader.begin() as source, old.writer.begin() as target:
        copying.clear(target)
        copying.copy_rows(source, target)
        copying.follow_counters(target)
        if "0009" <= revision < "0014":
            seal_as_of_then(target)
    old.close()
    return new


def seal_as_of_then(target: Connection) -> None:
    """The audit's chain before acts had a digest."""
    sqlite = target.dialect.name == "sqlite"
    trigger = "SELECT sql FROM sqlite_master WHERE name = 'audit_no_update'"
    kept = target.scalars(text(trigger if sqlite else "SELECT ''")).one()
    target.exec_driver_sql(
        "DROP TRIGGER audit_no_update" if sqlite else "ALTER TABLE audit DISABLE TRIGGER ALL"
    )
    seal = ""
    acts = target.execute(select(*(audit.c[name] for name in ACT)).order_by(audit.c.seq)).all()
    for row in acts:
        seal = sealed(seal, Act(*row))
        target.execute(update(audit).where(audit.c.seq == row.seq).values(seal=seal))
    target.execute(update(audit_head).values(seal=seal))
    target.exec_driver_sql(kept if sqlite else "ALTER TABLE audit ENABLE TRIGGER ALL")


#: What any two stores are compared by.
QUESTIONS = (
    lambda store: store.readings.claims(),
    lambda store: store.decisions.links(),
    lambda store: store.decisions.changes(),
    lambda store: store.decisions.discrepancies(),
)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_the_data_of_every_earlier_version_are_there_after_the_upgrade(
    empty_url: str, filled: Path, tmp_path: Path, revision: str
):
    new = populated(empty_url, revision, filled, tmp_path)
    done = upgrade(empty_url, folder=tmp_path / "backups")
    assert (done.before, done.after) == (revision, HEAD)
    store = Store.open(empty_url)
    for question in (*QUESTIONS, lambda store: store.answers.all()):
        assert question(store) == question(new) != []
    assert store.runs.contents("r1") == new.runs.contents("r1")
    if revision >= "0003":
        assert store.outbox.mails() == new.outbox.mails() != []
    if revision >= "0006":
        assert store.audit.acts() == new.audit.acts() != []
    assert store.upkeep.verify() == []
    # and the office goes on
    store.runs.begin("r2", "cli", Scope(as_of=TODAY), at=NOW)
    store.decisions.apply(None, [step(discrepancy("motcua:neu"))], run_id="r2")
    store.audit.append(actor="a", act="x", object="", reason="", at=NOW)
    assert store.upkeep.verify() == []
    store.close()
    new.close()
    # what was there before lies aside as that version left it
    assert done.backup is not None
    kept = connect(f"sqlite:///{done.backup}")
    assert kept.read(schema.revision) == revision
    kept.close()


@pytest.mark.parametrize("words", ["audit_head", "UPDATE alembic_version", "COMMIT"])
def test_an_upgrade_killed_half_way_has_changed_nothing(
    empty_url: str, filled: Path, tmp_path: Path, words: str
):
    """F34: on data; doing it again succeeds."""
    before = "0008"  # the seals of the audit and every step after them are still to come
    new = populated(empty_url, before, filled, tmp_path)
    child = subprocess.run([sys.executable, "-c", KILLED, empty_url, words], check=False)
    assert child.returncode == -signal.SIGKILL
    database = connect(empty_url)
    assert database.read(schema.revision) == before
    database.close()
    assert upgrade(empty_url).before == before
    store = Store.open(empty_url)
    assert store.readings.claims() == new.readings.claims()
    assert store.audit.acts() == new.audit.acts()
    assert store.upkeep.verify() == []
    store.close()
    new.close()


def test_a_sqlite_file_is_copied_before_its_upgrade(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/doisoat.db"
    make_at(url, REVISIONS[0])
    done = upgrade(url)
    assert done.backup == tmp_path / "doisoat.db.truoc-nang-cap-0001-1"
    kept = connect(f"sqlite:///{done.backup}")
    assert kept.read(schema.revision) == REVISIONS[0]
    kept.close()
    assert upgrade(url).backup is None  # nothing to do, nothing to copy


def test_a_newer_database_is_refused(empty_url: str):
    Store.open(empty_url).close()
    stamp(empty_url, "9999")
    with pytest.raises(NewSchema, match="9999"):
        Store.open(empty_url)
    with pytest.raises(NewSchema):
        upgrade(empty_url)


def test_the_tables_are_what_the_migrations_make(store: Store):
    with store.database.writer.begin() as connection:
        command.check(schema.configuration(connection))


def test_a_column_that_its_revision_promises_is_missed(store: Store):
    with store.database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE source_file DROP COLUMN announced")
    assert store.upkeep.verify() == ["Bảng source_file thiếu cột announced"]
    with store.database.writer.begin() as connection:
        connection.exec_driver_sql("DROP TABLE heartbeat")
    assert store.upkeep.verify() == [
        "Thiếu bảng heartbeat",
        "Bảng source_file thiếu cột announced",
    ]


def test_the_known_revisions_are_those_of_the_scripts(store: Store):
    with store.database.writer.begin() as connection:
        scripts = ScriptDirectory.from_config(schema.configuration(connection))
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_every_constraint_has_a_name(store: Store):
    with store.database.reader.begin() as connection:
        seen = inspect(connection)
        names = [
            constraint["name"]
            for table in StoredRow.metadata.tables
            for constraint in (seen.get_pk_constraint(table), *seen.get_foreign_keys(table))
        ]
    assert names
    assert all(names)


CHILD = "import sys; from worker.store import Store; Store.open(sys.argv[1]).close()"


def test_two_that_make_it_at_once_make_one(empty_url: str):
    both = [subprocess.Popen([sys.executable, "-c", CHILD, empty_url]) for _ in range(2)]
    assert [process.wait(PATIENCE) for process in both] == [0, 0]
    store = Store.open(empty_url, upgrade_if_missing=False)
    assert store.upkeep.verify() == []
    store.close()


KILLED = """
import os, sys
from sqlalchemy import Engine, event
from worker.store import upgrade
from worker.store.migrations import HEAD

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, parameters, context, many):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), 9)

@event.listens_for(Engine, "commit")
def die_at_commit(connection):
    if sys.argv[2] == "COMMIT" and connection.exec_driver_sql(
        "SELECT count(*) FROM alembic_version WHERE version_num = '%s'" % HEAD).scalar():
        os.kill(os.getpid(), 9)

upgrade(sys.argv[1])
"""


@step_by_step
def test_a_migration_killed_half_way_has_done_nothing(empty_url: str):
    child = subprocess.run(
        [sys.executable, "-c", KILLED, empty_url, "CREATE TABLE run "], check=False
    )
    assert child.returncode == -signal.SIGKILL
    database = connect(empty_url)
    with database.writer.begin() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()
    store = Store.open(empty_url)
    assert store.upkeep.revision() == HEAD
    store.close()


def test_a_damaged_file_is_told_as_such(tmp_path: Path):
    file = tmp_path / "doisoat.db"
    file.write_bytes(b"khong phai co so du lieu" * 500)
    with pytest.raises(StoreDamaged, match="khôi phục"):
        Store.open(f"sqlite:///{file}")


def test_flipped_bytes_are_found(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/doisoat.db"
    store = Store.open(url)
    store.claims.take_in(snapshot([dossier(n) for n in range(400)]), at=NOW, on=TODAY)
    store.close()
    file = tmp_path / "doisoat.db"
    content = bytearray(file.read_bytes())
    place = content.find("Nguyễn Thị Mẫu 33".encode())
    content[place] ^= 0x20
    file.write_bytes(content)
    store = Store.open(url)
    assert any("không còn đúng nội dung" in problem for problem in store.upkeep.verify())
    store.close()


def test_a_copy_for_a_trial_holds_everything_and_leaves_the_store_alone(
    store: Store, tmp_path: Path
):
    row = register_row(1)
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    store.claims.take_in(snapshot([row]), at=NOW, on=TODAY)
    store.runs.begin("r1", "cli", Scope(as_of=TODAY), at=NOW)
    store.decisions.apply([link(row, dossier(1))], [step(discrepancy())], run_id="r1", judged=TODAY)
    store.runs.finish("r1", at=NOW, exit_code=0, contents=b"noi dung")
    trial = Store.open(f"sqlite:///{tmp_path}/thu.db")
    store.upkeep.copy_to(trial)
    for question in (*QUESTIONS, lambda store: store.readings.files()):
        assert question(trial) == question(store) != []
    assert trial.runs.contents("r1") == b"noi dung"
    assert trial.readings.memory("motcua") == store.readings.memory("motcua")
    assert trial.upkeep.verify() == []
    trial.claims.take_in(snapshot([dossier(1), dossier(2)], content="2"), at=NOW, on=TODAY)
    assert (len(trial.readings.claims()), len(store.readings.claims())) == (3, 2)
    trial.close()


def test_a_backup_is_whole_and_overwrites_nothing(tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path}/doisoat.db")
    store.claims.take_in(snapshot([dossier(1)]), at=NOW, on=TODAY)
    copy = tmp_path / "sao-luu.db"
    store.upkeep.backup(copy)
    again = Store.open(f"sqlite:///{copy}")
    assert again.readings.claims() == store.readings.claims()
    assert again.upkeep.verify() == []
    again.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="đã tồn tại"):
        store.upkeep.backup(copy)
    store.close()
    assert not list(tmp_path.glob("*.part"))
