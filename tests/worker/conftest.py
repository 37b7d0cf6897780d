"""Stores on SQLite and on PostgreSQL, and a real broker, for every test of the worker."""

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests import canary
from tests.worker import office
from tests.worker.servers import Postgres, Valkey, postgres, valkey
from worker.store import Store, upgrade

BACKENDS = ("sqlite", "postgres")
_numbers = itertools.count(1)


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that an unprivileged server may reach, under a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="doisoat-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[Postgres]:
    """PostgreSQL that the tests may kill: always the wheel's own."""
    with short_folder() as folder, postgres(folder) as server:
        yield server
        canary.keep("postgres-log", server.log())


@pytest.fixture(scope="session")
def pg_admin_url(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL where databases may be made: DOISOAT_TEST_PG_URL, else the wheel's."""
    given = os.environ.get("DOISOAT_TEST_PG_URL", "")
    if given:
        return given
    server: Postgres = request.getfixturevalue("pg_server")
    return server.url()


@pytest.fixture(scope="session")
def pg_template(pg_admin_url: str) -> str:
    """A migrated empty database; copying it is quicker than migrating for every test."""
    name = f"doisoat_template_{os.getpid()}"
    _admin(pg_admin_url, f"CREATE DATABASE {name}")
    upgrade(make_url(pg_admin_url).set(database=name))
    return name


def _admin(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextlib.contextmanager
def pg_database(admin_url: str, template: str = "template0") -> Iterator[str]:
    """The URL of a database of its own."""
    name = f"doisoat_{os.getpid()}_{next(_numbers)}"
    # thrice as quick as by the log, which is the default since 15
    _admin(admin_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        shown = make_url(admin_url).set(database=name)
        yield shown.render_as_string(hide_password=False)
    finally:
        _admin(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table: for SQLite, a file that is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/doisoat.db"
        return
    with pg_database(request.getfixturevalue("pg_admin_url")) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database ready for use."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/doisoat.db"
        upgrade(url)
        yield url
        return
    template = request.getfixturevalue("pg_template")
    with pg_database(request.getfixturevalue("pg_admin_url"), template) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def either_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Every command of the test keeps its data in SQLite, as an office begins, or in PostgreSQL."""
    with contextlib.ExitStack() as ending:
        if request.param == "postgres":
            template = request.getfixturevalue("pg_template")
            database = pg_database(request.getfixturevalue("pg_admin_url"), template)
            monkeypatch.setenv("DOISOAT_DATABASE__URL", ending.enter_context(database))
        yield request.param
        while office.OPENED:
            office.OPENED.pop().store.close()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store, on SQLite and on PostgreSQL in turn."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    """A real broker that the tests may kill and start again."""
    with short_folder() as folder, valkey(folder) as server:
        yield server
        server.stop()
        canary.keep_folder("valkey-files", folder)
