"""A sound copy of the whole database, whatever kind it is: always one SQLite file.

So a copy needs no tool of PostgreSQL's, whose version would have to fit the server's; it is checked
like any database of ours, and it may be restored into either kind.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    column,
    create_engine,
    event,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError

from worker.store.engine import BATCH, Database, make_private, sqlite_module, told
from worker.store.errors import StoreDamaged, StoreError
from worker.store.migrations import migrate
from worker.store.rows import StoredRow

#: Rows held in memory at once.


def copy_of(database: Database, target: Path) -> None:
    """Write a sound copy while others go on working; ``target`` must not exist.

    The copy is checked and on disk before it gets its name. Raises StoreDamaged, StoreUnavailable,
    StoreError where ``target`` exists.
    """
    if target.exists():
        raise StoreError(f"Tệp sao lưu đã tồn tại: {target}")
    half = target.with_name(f"{target.name}.part")
    half.unlink(missing_ok=True)
    make_private(half)
    try:
        if database.is_sqlite:
            _vacuum_into(database, half)
        else:
            _drawn(database, half)
        keep(half, target)
    except DBAPIError as error:
        raise told(error, database.url) from error
    finally:
        half.unlink(missing_ok=True)


def keep(half: Path, target: Path) -> None:
    """Check a finished file, bring it to the disk, and give it its name."""
    check_file(half)
    sync(half)
    half.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Bring a file, or the names of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_file(file: Path) -> None:
    """Raises StoreDamaged."""
    module = sqlite_module()
    connection = module.connect(str(file))
    try:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except module.DatabaseError as error:
        raise StoreDamaged(f"Không phải một bản sao lưu nguyên vẹn: {file.name}") from error
    finally:
        connection.close()
    if answer != "ok":
        raise StoreDamaged(f"Bản sao lưu không nguyên vẹn: {answer}")


def _vacuum_into(database: Database, half: Path) -> None:
    engine = create_engine(database.url, module=sqlite_module(), hide_parameters=True)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(half),))
    finally:
        engine.dispose()


def _drawn(database: Database, half: Path) -> None:
    """Every row of a PostgreSQL as it was at one moment."""
    with (
        database.reader.connect().execution_options(isolation_level="REPEATABLE READ") as source,
        source.begin(),
    ):
        draw(source, half)


def draw(source: Connection, half: Path) -> None:
    """Make ``half`` a SQLite file of the same revision with every row of an open transaction."""
    found = source.scalar(text("SELECT version_num FROM alembic_version"))
    engine = create_engine(f"sqlite:///{half}", module=sqlite_module(), hide_parameters=True)
    event.listen(engine, "connect", _unhurried)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.begin() as target:
            migrate(target, str(found))
            clear(target)
            copy_rows(source, target)
    finally:
        engine.dispose()


def _unhurried(connection: Any, _record: Any) -> None:
    """Nobody else knows the file yet, and it is brought to the disk at the end."""
    connection.isolation_level = None
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def refill(source: Connection, target: Connection) -> None:
    """Put every row of one database into another, in place of what is there."""
    clear(target)
    copy_rows(source, target)
    follow_counters(target)


def clear(target: Connection) -> None:
    """Remove every row, those that a migration wrote too."""
    there = set(inspect(target).get_table_names())
    names = [one.name for one in reversed(StoredRow.metadata.sorted_tables) if one.name in there]
    if target.dialect.name == "sqlite":
        for name in names:
            target.exec_driver_sql(f'DELETE FROM "{name}"')
    elif names:
        target.exec_driver_sql(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")


def copy_rows(source: Connection, target: Connection) -> None:
    """Put every row of one database into another that is empty, whatever kind each is.

    Where one of them is older, the columns that both have are copied.
    """
    ours, theirs = inspect(source), inspect(target)
    for one in StoredRow.metadata.sorted_tables:
        if not (ours.has_table(one.name) and theirs.has_table(one.name)):
            continue
        names = {found["name"] for found in ours.get_columns(one.name)}
        names &= {found["name"] for found in theirs.get_columns(one.name)}
        plain = table(one.name, *(column(c.name, c.type) for c in one.c if c.name in names))
        rows = source.execute(select(plain).execution_options(yield_per=BATCH))
        for part in rows.mappings().partitions():
            target.execute(insert(plain), [dict(row) for row in part])


def follow_counters(target: Connection) -> None:
    """After rows came with their numbers, PostgreSQL goes on counting behind the last one."""
    if target.dialect.name == "sqlite":
        return
    there = set(inspect(target).get_table_names())
    for one in StoredRow.metadata.sorted_tables:
        counted = one.autoincrement_column
        if counted is None or one.name not in there:
            continue
        sequence = target.scalar(
            text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": one.name, "c": counted.name}
        )
        if sequence:
            last = f"SELECT setval('{sequence}', coalesce(max({counted.name}), 0) + 1, false)"
            target.exec_driver_sql(f"{last} FROM {one.name}")
