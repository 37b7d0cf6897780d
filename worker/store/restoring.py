"""Putting a copy back: checked first, the replaced database kept aside, no mail until a person
says so.

A restored database remembers less than happened: mails that it believes to be waiting may have
gone out, a worker may still hold a lease of the time that is gone. So mails are frozen, and leases
and signs of life forgotten, before anybody can open it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import DBAPIError

from worker.store import audit, copying, mail_memory, mails, schema, upkeep
from worker.store.act_tables import session
from worker.store.engine import Database, be_patient, connect, forget_log, sqlite_module, told
from worker.store.errors import NewSchema, StoreDamaged, StoreError
from worker.store.migrations import HEAD, REVISIONS
from worker.store.rows import StoredRow
from worker.store.tables import heartbeat, lease, run

#: In the name of the database that was replaced.
REPLACED = "truoc-khoi-phuc"
#: Why mails are held back.
REASON = "Khôi phục từ bản sao lưu {name}"
#: How long PostgreSQL waits for the others to leave the tables.
WAIT = "10s"
IN_USE = "Cơ sở dữ liệu đang được dùng; dừng dịch vụ (systemctl stop doisoat) rồi khôi phục lại"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``aside`` is the database that was replaced; None where none was."""

    revision: str  # of the copy
    aside: Path | None
    mails: int | None = None  # known of the time since the copy; None: nothing is known of them


def restore(
    database: Database, file: Path, folder: Path, *, by: str, at: datetime, zone: tzinfo = UTC
) -> Restored:
    """Replace what is remembered by a copy, all or nothing; ``folder`` is for what is put aside.

    Raises StoreError where ``file`` is no copy of ours or the database is in use, NewSchema,
    StoreDamaged.
    """
    if not file.is_file():
        raise StoreError(f"Không có tệp sao lưu {file}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = database.file.parent if database.is_sqlite else folder
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    ready = place / f".{file.name}.khoi-phuc"
    try:
        since = _memory(database)
        revision, known = _prepare(file, ready, since, by=by, at=at)
        stamp = f"{at.astimezone(zone):%Y%m%d-%H%M%S}"
        if database.is_sqlite:
            aside = _swap(database.file, ready, f"{database.file.name}.{REPLACED}-{stamp}")
        else:
            aside = _pour(database, ready, folder / f"doisoat.db.{REPLACED}-{stamp}")
    except DBAPIError as error:
        if "lock timeout" in str(error.orig) or "locked" in str(error.orig):
            raise StoreError(IN_USE) from error
        raise told(error, database.url) from error
    finally:
        for ending in ("", "-wal", "-shm"):
            ready.with_name(ready.name + ending).unlink(missing_ok=True)
    return Restored(revision, aside, known)


def _memory(database: Database) -> tuple[frozenset[str], mail_memory.MailMemory] | None:
    """The runs and the mails of the database that is about to be replaced, where it can be read."""
    try:
        if schema.is_missing(database) or database.read(schema.revision) != HEAD:
            return None
        return database.read(
            lambda connection: (
                frozenset(connection.scalars(select(run.c.id))),
                mail_memory.memory(connection),
            )
        )
    except (DBAPIError, StoreError):
        return None
    finally:
        database.close()  # nobody may have the file open when it is replaced


def _prepare(
    file: Path,
    ready: Path,
    since: tuple[frozenset[str], mail_memory.MailMemory] | None,
    *,
    by: str,
    at: datetime,
) -> tuple[str, int | None]:
    """A copy of the copy, of this version, sound, with its mails frozen; its revision before, and
    how many mails are known of the time since it was made."""
    for ending in ("", "-wal", "-shm"):
        ready.with_name(ready.name + ending).unlink(missing_ok=True)
    copying.check_file(file)
    source = connect(f"sqlite:///{file}")
    try:
        copying.copy_of(source, ready)
    finally:
        source.close()
    copy = connect(f"sqlite:///{ready}")
    try:
        revision = copy.read(schema.revision)
        if not revision:
            raise StoreError(f"Tệp {file.name} không phải bản sao lưu của chương trình này")
        if revision not in REVISIONS:
            raise NewSchema(revision)
        if revision != HEAD:
            schema.migrate_sqlite(copy)
        wrong = copy.read(upkeep.problems)
        if wrong:
            raise StoreDamaged(f"Bản sao lưu không dùng được: {wrong[0]}")
        mails = copy.write(lambda connection: _settle(connection, file.name, since, by, at))
    finally:
        copy.close()
    forget_log(ready)
    copying.sync(ready)
    return revision, mails


def _settle(
    connection: Connection,
    name: str,
    since: tuple[frozenset[str], mail_memory.MailMemory] | None,
    by: str,
    at: datetime,
) -> int | None:
    """What must not be believed of the time that is gone, and what is known of its mails.

    The replaced database knows them where it went on from this copy; a fresh one knows nothing.
    """
    reason = REASON.format(name=name)
    known = None
    runs = set(connection.scalars(select(run.c.id)))
    if since is not None and since[0] and runs <= since[0]:
        known = mail_memory.remember(connection, since[1])
    mails.freeze(connection, reason, by=by, at=at, unsure=known is None)
    connection.execute(delete(lease))
    connection.execute(delete(heartbeat))
    # Whoever was signed in when the copy was made need not be any more.
    connection.execute(delete(session))
    audit.append(connection, actor=by, act="db.restored", object=name, reason="", at=at)
    return known


def _swap(file: Path, ready: Path, aside_name: str) -> Path | None:
    """Put the file in its place in one step; the old one gets another name and stays whole."""
    aside = file.with_name(aside_name) if file.exists() else None
    if aside is not None:
        _close(file, aside)
        try:
            os.link(file, aside)
        except OSError:  # a file system without links
            shutil.copy2(file, aside)
    ready.replace(file)
    copying.sync(file.parent)
    return aside


def _close(file: Path, aside: Path) -> None:
    """Bring everything into the one file; only who is alone with it can.

    A damaged database cannot be closed: its side files go aside with it.
    """
    module = sqlite_module()
    try:
        connection = module.connect(str(file), timeout=3, isolation_level=None)
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        finally:
            connection.close()
    except module.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(IN_USE) from error
        mode = "damaged"
    except module.DatabaseError:
        mode = "damaged"
    if mode == "wal":
        raise StoreError(IN_USE)
    for ending in ("-wal", "-shm"):
        side = file.with_name(file.name + ending)
        if side.exists():
            side.replace(aside.with_name(aside.name + ending))


def _pour(database: Database, ready: Path, aside: Path) -> Path | None:
    """Every row of the copy into PostgreSQL, in one transaction that nobody else can look into."""
    before = database.read(schema.revision)
    if before and before not in REVISIONS:
        raise NewSchema(before)
    if before != HEAD:
        if before:
            copying.copy_of(database, aside)
        schema.upgrade(database)
    copy = connect(f"sqlite:///{ready}")
    try:
        with database.writer.begin() as target, copy.reader.begin() as source:
            be_patient(target)
            target.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT}'")
            target.exec_driver_sql("SET LOCAL statement_timeout = '30min'")
            names = ", ".join(one.name for one in StoredRow.metadata.sorted_tables)
            target.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
            if before == HEAD:
                half = aside.with_name(f"{aside.name}.part")
                copying.draw(target, half)
                half.chmod(0o600)
                copying.keep(half, aside)
            copying.clear(target)
            copying.copy_rows(source, target)
            copying.follow_counters(target)
    finally:
        copy.close()
    return aside if before else None
