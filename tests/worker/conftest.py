"""Stores on SQLite and on PostgreSQL, and a real broker, for every test of the worker."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url, text

from tests import canary
from tests.worker import office
from tests.worker.servers import STARTED, Postgres, Valkey, postgres, valkey
from worker.store import Store, upgrade

BACKENDS = ("sqlite", "postgres")
#: Makes one database more, gives its URL, and takes it away in the end.
Databases = Callable[[], contextlib.AbstractContextManager[str]]
_numbers = itertools.count(1)


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    """A folder that an unprivileged server may reach, under a path short enough for sockets."""
    root = os.environ.get("PYTEST_DEBUG_TEMPROOT")  # the benches have none
    folder = Path(tempfile.mkdtemp(prefix="doisoat-", dir=root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder() -> Iterator[None]:
    """Sockets whose path is too long go where no other run of the tests, or user, left anything."""
    with short_folder() as folder, pytest.MonkeyPatch.context() as patch:
        temporary_folder(folder, patch)
        yield


def temporary_folder(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """For this process and its children."""
    patch.setenv("TMPDIR", str(folder))
    patch.setattr(tempfile, "tempdir", str(folder))


@pytest.fixture(autouse=True)
def servers_live() -> None:
    """What a test before this one killed and did not start again is started: one failure is one."""
    for server in STARTED:
        server.revive()


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
    return migrated(pg_admin_url)


def migrated(admin_url: str) -> str:
    """The name of an empty database there that has all tables."""
    name = f"doisoat_template_{os.getpid()}"
    _admin(admin_url, f"CREATE DATABASE {name}")
    upgrade(make_url(admin_url).set(database=name))
    return name


def _admin(url: str | URL, statement: str) -> None:
    with _administrator(url).connect() as connection:
        connection.execute(text(statement))


@functools.cache
def _administrator(url: str | URL) -> Engine:
    """It learns once what server that is, and keeps no connection to one that tests kill."""
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    file = tmp_path_factory.mktemp("template") / "doisoat.db"
    upgrade(f"sqlite:///{file}")
    return file


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


@contextlib.contextmanager
def sqlite_database(template: Path) -> Iterator[str]:
    """The same as a file beside the template."""
    file = template.with_name(f"doisoat_{next(_numbers)}.db")
    shutil.copy(template, file)
    try:
        yield f"sqlite:///{file}"
    finally:
        file.unlink()


@dataclass(frozen=True)
class FirstOffice:
    """An office that every test gets as it was: its folder, and its PostgreSQL where it has one.

    Both keep their names, for what a run decided upon depends on them.
    """

    folder: Path
    kept: Path
    url: URL | None
    kept_url: URL | None

    @classmethod
    def of(cls, folder: Path, url: str) -> FirstOffice:
        """Keep it as it stands now."""
        kept = folder.with_name("kept")
        shutil.copytree(folder, kept)
        if not url:
            return cls(folder, kept, None, None)
        first = make_url(url)
        other = first.set(database=f"{first.database}_kept")
        _copy_database(first, other)
        return cls(folder, kept, first, other)

    def again(self, monkeypatch: pytest.MonkeyPatch) -> office.Office:
        """The office as it was; its commands find its database."""
        if self.url is not None and self.kept_url is not None:
            _drop_database(self.url)
            _copy_database(self.kept_url, self.url)
            shown = self.url.render_as_string(hide_password=False)
            monkeypatch.setenv("DOISOAT_DATABASE__URL", shown)
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)
        return office.Office(self.folder)

    def forget(self) -> None:
        for url in filter(None, (self.url, self.kept_url)):
            _drop_database(url)


def _copy_database(source: URL, target: URL) -> None:
    statement = f"CREATE DATABASE {target.database} TEMPLATE {source.database} STRATEGY FILE_COPY"
    _admin(source.set(database="postgres"), statement)


def _drop_database(url: URL) -> None:
    _admin(url.set(database="postgres"), f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")


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
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path)}"
        return
    template = request.getfixturevalue("pg_template")
    with pg_database(request.getfixturevalue("pg_admin_url"), template) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    """Databases ready for use, as many as are asked for."""
    if request.param == "sqlite":
        return functools.partial(sqlite_database, request.getfixturevalue("sqlite_template"))
    template = request.getfixturevalue("pg_template")
    return functools.partial(pg_database, request.getfixturevalue("pg_admin_url"), template)


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
        close_houses()


def close_houses() -> None:
    while office.OPENED:
        office.OPENED.pop().store.close()


@pytest.fixture(scope="module")
def first_offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FirstOffice]]:
    """What ``made_once`` keeps, by the name of the database."""
    kept: dict[str, FirstOffice] = {}
    yield kept
    for one in kept.values():
        one.forget()


@pytest.fixture
def made_once(
    either_database: str,
    first_offices: dict[str, FirstOffice],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[Path], object]], office.Office]:
    """Make an office in a folder for the file's first test; each other finds it as it was then."""
    url = os.environ["DOISOAT_DATABASE__URL"] if either_database == "postgres" else ""

    def made(make: Callable[[Path], object]) -> office.Office:
        if either_database not in first_offices:
            folder = tmp_path_factory.mktemp("first") / "office"
            folder.mkdir()
            make(folder)
            close_houses()
            first_offices[either_database] = FirstOffice.of(folder, url)
            return office.Office(folder)
        return first_offices[either_database].again(monkeypatch)

    return made


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
