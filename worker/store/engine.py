"""How the store speaks to SQLite and to PostgreSQL: settings, transactions, repetition.

Reads go through a second engine that cannot write; a write is one function that runs in one
transaction and is repeated as a whole when the database asks for it. Nothing else (no request, no
mail, no parsing) may happen inside.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from worker.clock import pause
from worker.store.errors import StoreDamaged, StoreError, StoreUnavailable

T = TypeVar("T")
P = ParamSpec("P")
AnyRoom = TypeVar("AnyRoom", bound="Room")
Item = TypeVar("Item")
Connect = Callable[[Any, Any], None]

#: Below it a WAL file may be reset wrongly by two processes (fixed in 3.51.3 and two backports).
SOUND_WAL = (3, 51, 3)
SOUND_WAL_BACKPORTS = ((3, 44, 6), (3, 50, 7))

#: Seconds before each repetition of a whole transaction: about 12 s, a restart of PostgreSQL.
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 4.0)

#: Seconds after which an effort is not repeated any more: each against a dead server takes some.
PATIENCE = 25.0

#: Rows that are written or keys that are asked for at once; SQLite takes 32,766 values.
BATCH = 2000
#: How long a writer of a SQLite file waits for the one before it; then somebody else holds it.
BUSY_SECONDS = 30
#: SQLSTATE that ask for the transaction to be repeated: serialisation, deadlock, lock timeout,
#: administrator's shutdown, crash shutdown, cannot connect now. Class 08 is the connection itself.
REPEATABLE = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03"})

POSTGRES_SETTINGS = (
    "-c synchronous_commit=on -c idle_in_transaction_session_timeout=60000 "
    "-c statement_timeout=60000 -c lock_timeout=5000 -c timezone=UTC"
)
#: Seconds until a connection to a server that is silently gone counts as lost: what was sent and
#: is not acknowledged (TCP_USER_TIMEOUT), and a line that stands still (the probes after it).
DEAD_AFTER = 20
POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    "tcp_user_timeout": DEAD_AFTER * 1000,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}


def sqlite_module() -> ModuleType:
    """The newest SQLite at hand: the wheel's where there is one, else the standard library's."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    newest: ModuleType = dbapi2
    return newest


def has_sound_wal(version: tuple[int, ...]) -> bool:
    """Whether this SQLite may use a write-ahead log with several processes."""
    return version >= SOUND_WAL or any(
        version[:2] == backport[:2] and version >= backport for backport in SOUND_WAL_BACKPORTS
    )


@dataclass(frozen=True, slots=True)
class Database:
    """One database, as two engines: one that writes, one that only reads."""

    url: URL
    writer: Engine
    reader: Engine

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(str(self.url.database))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction that cannot write."""
        return self._repeat(self.reader, work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction, all or nothing; repeat it whole when it must be.

        A reply to COMMIT that was lost is ambiguous: ``work`` must find its own rows and be
        content with them.
        """
        return self._repeat(self.writer, work)

    def close(self) -> None:
        """Give the connections back."""
        self.writer.dispose()
        self.reader.dispose()

    def _repeat(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        pauses, begun = iter(PAUSES), time.monotonic()
        while True:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                wait = next(pauses, None)
                if wait is None or not is_passing(error) or time.monotonic() - begun > PATIENCE:
                    raise told(error, self.url) from error
            pause(wait)


@dataclass(frozen=True, slots=True)
class Room:
    """A part of what is remembered; ``sources`` are those that count, None: all.

    A method is one transaction: ``@reads`` or ``@writes`` hands it the connection, which who calls
    it does not give.
    """

    database: Database
    sources: frozenset[str] | None = None


def reads(
    question: Callable[Concatenate[AnyRoom, Connection, P], T],
) -> Callable[Concatenate[AnyRoom, P], T]:
    """The method, in a transaction that cannot write."""

    @wraps(question)
    def method(room: AnyRoom, /, *given: P.args, **named: P.kwargs) -> T:
        return room.database.read(lambda connection: question(room, connection, *given, **named))

    return method


def writes(
    act: Callable[Concatenate[AnyRoom, Connection, P], T],
) -> Callable[Concatenate[AnyRoom, P], T]:
    """The method, in one transaction, all or nothing; repeated whole when it must be."""

    @wraps(act)
    def method(room: AnyRoom, /, *given: P.args, **named: P.kwargs) -> T:
        return room.database.write(lambda connection: act(room, connection, *given, **named))

    return method


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in their order, as many at once as a statement takes."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def in_parts(
    connection: Connection, query: Any, column: Any, keys: Iterable[Any] | None
) -> Iterator[Any]:
    """The rows of a query whose column holds one of the keys, asked for part by part; None: all."""
    if keys is None:
        yield from connection.execute(query)
        return
    for part in batches(sorted(set(keys))):
        yield from connection.execute(query.where(column.in_(part))).all()


def many(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute the statement for each row."""
    for part in batches(rows):
        connection.execute(statement, part)


def upsert(connection: Connection, table: Table) -> Any:
    """An insert that can say what is to be done where there is such a row already."""
    module = sqlite if connection.dialect.name == "sqlite" else postgresql
    return module.insert(table)


def is_passing(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed in a moment."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state:
        return state in REPEATABLE or state.startswith("08")
    if error.connection_invalidated:
        return True
    # psycopg gives no code when the server is not there; SQLite says "database is locked".
    return isinstance(error, OperationalError) and (
        "connection" in str(error.orig) or "locked" in str(error.orig)
    )


def told(error: DBAPIError, url: URL) -> Exception:
    """The same error as an operator should read it; a bug of ours stays what it is."""
    words = str(error.orig)
    if "malformed" in words or "not a database" in words:
        return StoreDamaged(
            f"Tệp cơ sở dữ liệu bị hỏng: {url.database}. Hãy khôi phục từ bản sao lưu gần nhất"
        )
    if isinstance(error, OperationalError) and "database is locked" in words:
        return StoreUnavailable(
            f"Tệp dữ liệu {url.database} đang bị một chương trình khác giữ, đã chờ "
            f"{BUSY_SECONDS} giây. Đóng chương trình đang mở tệp ấy (phần mềm xem SQLite, sao lưu, "
            "diệt vi-rút) rồi chạy lại."
        )
    if isinstance(error, OperationalError):
        shown = url.render_as_string(hide_password=True)
        return StoreUnavailable(f"Không dùng được cơ sở dữ liệu {shown}: {words.strip()}")
    return error


def connect(url: str | URL, password: str = "") -> Database:
    """Engines for ``url``, which is ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Nothing is opened yet. ``password`` is the one that stands in a file beside the URL.
    """
    target = make_url(url)
    if password:
        target = target.set(password=password)
    if target.get_backend_name() == "sqlite":
        return _sqlite(target)
    if target.get_backend_name() == "postgresql":
        return _postgres(target.set(drivername="postgresql+psycopg"))
    raise StoreError(
        f"Không hỗ trợ cơ sở dữ liệu “{target.drivername}”: dùng sqlite:/// hoặc postgresql+psycopg://"
    )


def be_patient(connection: Connection) -> None:
    """Let statements of this connection take as long as a migration may."""
    if connection.dialect.name != "postgresql":
        return
    from worker.store import silence

    driver: Any = connection.connection.driver_connection
    if isinstance(driver, silence.Watched):
        driver.patience = silence.LONG_WORK
        connection.detach()  # the next user of the pool gets another one


def forget_log(file: Path) -> None:
    """Bring the log of writes into a SQLite file: it holds pages that were overwritten since."""
    connection = sqlite_module().connect(str(file), timeout=30, isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def make_private(file: Path) -> None:
    """Make an empty database file that only its owner may read, in such a folder."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _sqlite(url: URL) -> Database:
    if not url.database or url.database == ":memory:":
        raise StoreError("Cơ sở dữ liệu SQLite phải là một tệp: sqlite:///đường/dẫn.db")
    module = sqlite_module()
    url = url.set(drivername="sqlite")

    def engine(begin: str, *pragmas: str) -> Engine:
        made = create_engine(url, module=module, hide_parameters=True)
        event.listen(made, "connect", _on_sqlite_connect(module, pragmas))
        event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
        return made

    return Database(
        url,
        # A deferred transaction that turns to writing fails at once, busy timeout or not.
        writer=engine("BEGIN IMMEDIATE"),
        reader=engine("BEGIN DEFERRED", "query_only=ON"),
    )


def _on_sqlite_connect(module: ModuleType, more: tuple[str, ...]) -> Connect:
    """The settings of every SQLite connection, the busy timeout first: the others may wait."""
    journal = "WAL" if has_sound_wal(module.sqlite_version_info) else "DELETE"
    pragmas = (
        f"busy_timeout={round(BUSY_SECONDS * 1000)}",
        f"journal_mode={journal}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "mmap_size=0",
        "journal_size_limit=67108864",
        *more,
    )

    def settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return settle


def _postgres(url: URL) -> Database:
    from worker.store import silence  # loads the driver, which a SQLite file does not need

    writer = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "application_name": "doisoat",
            "options": POSTGRES_SETTINGS,
            **POSTGRES_CONNECTION,
        },
    )
    event.listen(
        writer, "do_connect", lambda _dialect, _record, words, named: silence.connect(words, named)
    )
    return Database(url, writer, writer.execution_options(postgresql_readonly=True))
