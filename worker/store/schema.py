"""The shape of the database: made when missing, upgraded when asked, refused when unknown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError

from worker.store.copying import copy_of
from worker.store.engine import Database, be_patient, connect, make_private, sqlite_module, told
from worker.store.errors import NewSchema, NoDatabase, OldSchema, StoreDamaged
from worker.store.migrations import HEAD, REVISIONS, configuration, migrate

#: In the name of the copy that an upgrade makes.
BEFORE_UPGRADE = "truoc-nang-cap"
#: PostgreSQL: whoever holds this lock migrates, the others wait ("doisoat" in ASCII).
MIGRATOR_LOCK = 0x646F69736F6174


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did. ``before`` is empty for a database that did not exist."""

    before: str
    after: str
    backup: Path | None = None


def revision(connection: Connection) -> str:
    """The revision of the database, empty when there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found or "")


def exists(database: Database) -> bool:
    """Whether there is a database at all; a SQLite file is not made by asking."""
    return not database.is_sqlite or (database.file.is_file() and database.file.stat().st_size > 0)


def is_missing(database: Database) -> bool:
    """Whether there is no database, or one without any table of ours."""
    return not exists(database) or not _once(database, revision)


def settle(database: Database, *, make: bool = True) -> None:
    """Make a missing database; raise OldSchema or NewSchema when it is not of this version."""
    found = _once(database, revision) if exists(database) else ""
    if found == HEAD:
        return
    if found and found not in REVISIONS:
        raise NewSchema(found)
    if found:
        raise OldSchema(found)
    if not make:
        raise NoDatabase
    upgrade(database)


def upgrade(database: Database, folder: Path | None = None) -> Upgrade:
    """Bring the database to this version, in one transaction; it is copied before.

    The copy of a PostgreSQL goes into ``folder``; without one there is none. Raises NewSchema. A
    second migrator waits for the first and then finds nothing to do.
    """
    before = _once(database, revision) if exists(database) else ""
    if before and before not in REVISIONS:
        raise NewSchema(before)
    if before == HEAD:
        return Upgrade(before, HEAD)
    backup = _backup(database, before, folder) if before else None
    try:
        if database.is_sqlite:
            migrate_sqlite(database)
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


def migrate_sqlite(database: Database) -> None:
    """All steps or none, alone with the file."""
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
            migrate(connection)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StoreDamaged("Nâng cấp bị hủy: dữ liệu không còn khớp giữa các bảng")
    finally:
        engine.dispose()


def _upgrade_postgres(database: Database) -> None:
    with database.writer.begin() as connection:
        be_patient(connection)
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10min'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '30min'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATOR_LOCK})")
        migrate(connection)


def _backup(database: Database, before: str, folder: Path | None) -> Path | None:
    """Copy the database before it is changed; an older copy of the same revision is kept.

    A SQLite file is copied beside itself. PostgreSQL is copied into ``folder``, or not at all.
    """
    if not database.is_sqlite and folder is None:
        return None
    place = folder / "doisoat.db" if folder and not database.is_sqlite else database.file
    number = 1
    while (target := place.with_name(f"{place.name}.{BEFORE_UPGRADE}-{before}-{number}")).exists():
        number += 1
    copy_of(database, target)
    return target


__all__ = ["Upgrade", "configuration", "exists", "revision", "settle", "upgrade"]


def nothing_at(url: str | URL) -> bool:
    """Whether there is no database, or an empty one. Raises StoreUnavailable, StoreDamaged."""
    database = connect(url)
    try:
        return is_missing(database)
    finally:
        database.close()
