"""A view in the office's own database, on SQLite and PostgreSQL: read, and never written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from config.sources import SqlSource
from connectors.connector import Memory
from connectors.errors import SourceError, SourceGarbled, SourceRefused, SourceUnavailable
from connectors.sql import SqlConnector, _opened
from reconcile.claims import Role, Snapshot, Status
from tests.connectors.contract import TODAY, tables
from tests.worker.conftest import pg_database

MAKE = """CREATE TABLE v_ho_so (ma_ho_so varchar(40), trang_thai varchar(40),
ngay_tiep_nhan date, chu_ho_so varchar(80), tien_do int)"""
ROWS = [
    ("H11.08-240102-0001", "Đang xử lý", "2024-01-02", "Lê Thị Mẫu", 1),
    ("H11.08-240102-0002", "Đã trả kết quả", "2024-01-03", "Trần Văn Thử", 2),
]
INSERT = "INSERT INTO v_ho_so VALUES ('{}', '{}', '{}', '{}', {})"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the office with two dossiers in it."""
    statements = [MAKE, *(INSERT.format(*row) for row in ROWS)]
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "mot-cua.db")) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        yield f"sqlite:///{tmp_path}/mot-cua.db"
        return
    with pg_database(request.getfixturevalue("pg_admin_url")) as made:
        engine = create_engine(made, poolclass=NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        yield made


def source(url: str, **more: Any) -> SqlSource:
    made = make_url(url)
    facts: dict[str, Any] = {
        "name": "csdl",
        "role": Role.ONE_STOP,
        "kind": "sql",
        "url": made.set(password=None).render_as_string(),
    }
    if made.password:
        facts["password"] = made.password
    return SqlSource(**(facts | ({"view": "v_ho_so"} if "query" not in more else {}) | more))


def read(url: str, **more: Any) -> Snapshot:
    connector = SqlConnector(source(url, **more), tables())
    (snapshot,) = connector.fetch(Memory(today=TODAY, sweep=True))
    return snapshot


def test_columns_are_known_by_their_words(url: str):
    first, second = read(url).claims
    assert (first.own_code, first.status) == (ROWS[0][0], Status.PROCESSING)
    assert (second.status, second.received_on) == (Status.RETURNED, date(2024, 1, 3))
    assert first.applicant == "Lê Thị Mẫu"


def test_a_query_may_name_our_fields(url: str):
    query = "SELECT ma_ho_so AS own_code, trang_thai AS status, ngay_tiep_nhan AS x FROM v_ho_so"
    snapshot = read(url, query=query, columns={"received_on": ("x",)})
    assert [claim.received_on for claim in snapshot.claims] == [date(2024, 1, 2), date(2024, 1, 3)]


def test_a_missing_column_is_named(url: str):
    with pytest.raises(SourceGarbled, match=r"[Tt]rạng thái"):
        read(url, query="SELECT ma_ho_so, ngay_tiep_nhan FROM v_ho_so")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM v_ho_so",
        "UPDATE v_ho_so SET tien_do = 3",
        "SELECT 1; DROP TABLE v_ho_so",
        "DROP TABLE v_ho_so",
        "PRAGMA query_only=OFF",
        "WITH x AS (DELETE FROM v_ho_so RETURNING *) SELECT * FROM x",
    ],
)
def test_nothing_is_ever_written(url: str, query: str):
    with pytest.raises(SourceError):
        read(url, query=query)
    assert len(read(url).claims) == 2


def test_the_connection_itself_refuses_to_write(url: str):
    with _opened(source(url)) as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql("DELETE FROM v_ho_so")
    with _opened(source(url)) as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql("CREATE TABLE moi (a int)")


def test_a_view_is_a_plain_name(url: str):
    with pytest.raises(SourceRefused):
        read(url, view="v_ho_so; DROP TABLE v_ho_so")


def test_a_missing_view_and_a_missing_database_are_said(url: str, tmp_path: Path):
    with pytest.raises(SourceError):
        read(url, view="khong_co")
    with pytest.raises(SourceUnavailable):
        read(f"sqlite:///{tmp_path}/khong-co.db")
    assert not (tmp_path / "khong-co.db").exists()


def test_a_knock(url: str):
    assert "chỉ đọc" in SqlConnector(source(url), tables()).knock()


def test_other_databases_are_refused():
    with pytest.raises(SourceRefused):
        read("mysql://doc@may-chu/motcua")
