"""A PostgreSQL that is silently gone is told in one sentence; nothing waits for it for ever."""

from collections.abc import Iterator

import pytest

from tests.worker.conftest import pg_database
from tests.worker.proxy import Proxy
from tests.worker.servers import Postgres
from worker.store import Store, StoreUnavailable, engine, silence


@pytest.fixture
def line(pg_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A line to the server, and an impatient client: the bounds are the same, only shorter."""
    monkeypatch.setattr(silence, "SUSPECTED_AFTER", 0.3)
    monkeypatch.setattr(engine, "PATIENCE", 0.0)
    monkeypatch.setattr(
        engine, "POSTGRES_CONNECTION", engine.POSTGRES_CONNECTION | {"connect_timeout": 2}
    )
    with Proxy(pg_server.port) as proxy:
        yield proxy


@pytest.fixture
def store(line: Proxy, pg_server: Postgres, pg_template: str) -> Iterator[Store]:
    with pg_database(pg_server.url(), pg_template) as url:
        opened = Store.open(url.replace(f":{pg_server.port}/", f":{line.address}/"))
        yield opened
        opened.close()


def test_a_server_that_stands_still_is_told(line: Proxy, store: Store):
    assert store.runs.newest() == []
    line.fall_silent()
    with pytest.raises(StoreUnavailable, match=r"không trả lời|timeout"):
        store.runs.newest()
    with pytest.raises(StoreUnavailable):
        Store.open(store.database.url)


def test_in_the_middle_of_a_statement_too(line: Proxy, store: Store):
    def ask(connection):
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        line.fall_silent()
        connection.exec_driver_sql("SELECT 2")

    with pytest.raises(StoreUnavailable, match="không trả lời"):
        store.database.write(ask)


def test_a_slow_statement_of_a_server_that_is_alive_is_waited_for(store: Store):
    waited = store.database.read(
        lambda connection: connection.exec_driver_sql("SELECT 7, pg_sleep(1.0)").first()
    )
    assert waited is not None
    assert waited[0] == 7


def test_a_line_that_dies_alone_is_given_up_after_the_servers_own_limit(
    line: Proxy, store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(silence.Watched, "patience", 0.6)

    def ask(connection):
        connection.exec_driver_sql("SELECT 1")
        line.half_open()  # new connections work: the server is alive
        connection.exec_driver_sql("SELECT 2")

    with pytest.raises(StoreUnavailable, match="không trả lời"):
        store.database.write(ask)
