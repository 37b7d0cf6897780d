"""The shape of the database: made when missing, upgraded when asked, refused when unknown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError, OperationalError

from worker.store.engine import Database, make_private, sqlite_module, told
from worker.store.errors import NewSchema, OldSchema, StoreDamaged
from worker.store.migrations import HEAD, REVISIONS

#: PostgreSQL: whoever holds this lock migrates, the others wait ("doisoat" in ASCII).
MIGRATOR_LOCK = 0x646F69736F6174


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did. ``before`` is empty for a database that did not exist."""

    before: str
    after: str
    backup: Path | None = None


def configuration(connection: Connection) -> Any:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def revision(connection: Connection) -> str:
    """The revision of the database, empty when there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found or "")


def exists(database: Database) -> bool:
    """Whether there is a database at all; a SQLite file is not made by asking."""
    return not database.is_sqlite or (database.file.is_file() and database.file.stat().st_size > 0)


def settle(database: Database, *, make: bool = True) -> None:
    """Make a missing database; raise OldSchema or NewSchema when it is not of this version."""
    found = _once(database, revision) if exists(database) else ""
    if found == HEAD:
        return
    if found and found not in REVISIONS:
        raise NewSchema(found)
    if found or not make:
        raise OldSchema(found or "chưa tạo")
    upgrade(database)


def upgrade(database: Database) -> Upgrade:
    """Bring the database to this version, in one transaction; a SQLite file is copied before.

    Raises NewSchema; a second migrator waits for the first and then finds nothing to do.
    """
    before = _once(database, revision) if exists(database) else ""
    if before and before not in REVISIONS:
        raise NewSchema(before)
    if before == HEAD:
        return Upgrade(before, HEAD)
    backup = _backup(database, before) if database.is_sqlite and before else None
    try:
        if database.is_sqlite:
            _upgrade_sqlite(database)
        else:
            _upgrade_postgres(database)
    except DBAPIError as error:
        raise told(error, database.url) from error
    return Upgrade(before, HEAD, backup)


def _once(database: Database, ask: Any) -> str:
    """One question without patience: at the start an absent server is told at once."""
    try:
        with database.reader.begin() as connection:
            return str(ask(connection))
    except DBAPIError as error:
        raise told(error, database.url) from error


def _run(connection: Connection) -> None:
    from alembic import command

    command.upgrade(configuration(connection), "head")


def _upgrade_sqlite(database: Database) -> None:
    make_private(database.file)
    engine = create_engine(database.url, module=sqlite_module(), hide_parameters=True)

    def alone(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=60000")
        # A table that is built anew is dropped in between; checked again below.
        connection.execute("PRAGMA foreign_keys=OFF")

    event.listen(engine, "connect", alone)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN EXCLUSIVE"))
    try:
        with engine.begin() as connection:
            _run(connection)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreDamaged("Nâng cấp bị hủy: dữ liệu không còn khớp giữa các bảng")
    finally:
        engine.dispose()


def _upgrade_postgres(database: Database) -> None:
    with database.writer.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10min'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '30min'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATOR_LOCK})")
        _run(connection)


def _backup(database: Database, before: str) -> Path:
    """Copy the file beside itself; a copy of the same revision that is there already is kept."""
    number = 1
    while (target := _backup_name(database.file, before, number)).exists():
        number += 1
    copy_sqlite(database, target)
    return target


def _backup_name(file: Path, before: str, number: int) -> Path:
    return file.with_name(f"{file.name}.truoc-nang-cap-{before}-{number}")


def copy_sqlite(database: Database, target: Path) -> None:
    """Write a sound copy of a SQLite database while others go on working.

    The copy is checked and on disk before it gets its name. Raises StoreDamaged, StoreUnavailable.
    """
    half = target.with_name(f"{target.name}.part")
    half.unlink(missing_ok=True)
    make_private(half)
    try:
        engine = create_engine(database.url, module=sqlite_module(), hide_parameters=True)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM INTO ?", (str(half),))
        finally:
            engine.dispose()
        _check_copy(half)
        descriptor = os.open(half, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        half.replace(target)
    except OperationalError as error:
        raise told(error, database.url) from error
    finally:
        half.unlink(missing_ok=True)


def _check_copy(file: Path) -> None:
    connection = sqlite_module().connect(str(file))
    try:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
    if answer != "ok":
        raise StoreDamaged(f"Bản sao lưu không nguyên vẹn: {answer}")
