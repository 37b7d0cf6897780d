"""``sql``: a view in the office's own database, read in a transaction that cannot write.

The connection is opened read-only and asked whether it is: a database that does not confirm it is
not read. Columns are recognised by the names of our fields, by ``columns``, or by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from config.office_tables import Tables
from config.sources import SqlSource
from connectors.connector import Memory
from connectors.errors import SourceGarbled, SourceRefused, SourceUnavailable
from connectors.files import headers
from connectors.files.header_words import LABELS
from connectors.network.paging import polled
from connectors.said import Dossiers, Said
from reconcile.claims import Snapshot

MOST_ROWS = 5_000_000
TEXT_FIELDS = frozenset(Said.__dataclass_fields__) - {
    "statuses", "id", "procedure_hint", "trail",
}  # fmt: skip
VIEW = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*){0,2}")
QUESTION = re.compile(r"\s*(?:select|with)\b[^;]*;?\s*", re.IGNORECASE)


class SqlConnector:
    """Reads every row of a view or a query."""

    def __init__(self, source: SqlSource, tables: Tables) -> None:
        self.source = source
        self.tables = tables

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One snapshot of the whole view. Raises SourceError."""
        reading = polled(self.source, self.tables, memory)
        dossiers = Dossiers(self.source, self.tables)
        for said in self._rows():
            dossiers.add(said)
        yield reading.snapshot(dossiers, "")

    def knock(self) -> str:
        """Open the database and make sure that it cannot be written."""
        with _opened(self.source) as connection:
            _prove_read_only(connection)
        return "Đăng nhập được; kết nối chỉ đọc."

    def _rows(self) -> Iterator[Said]:
        try:
            with _opened(self.source) as connection:
                _prove_read_only(connection)
                reading = connection.execution_options(stream_results=True)
                with closing(reading.execute(text(self._question()))) as found:
                    fields = self._fields(list(found.keys()))
                    for number, row in enumerate(found):
                        if number >= MOST_ROWS:
                            raise SourceGarbled("Khung nhìn có quá nhiều dòng.")
                        yield _said(row, fields)
        except DBAPIError as error:
            raise _told(error) from None

    def _question(self) -> str:
        view, query = self.source.view, self.source.query
        if view:
            if not VIEW.fullmatch(view):
                raise SourceRefused("Tên khung nhìn (view) có ký tự lạ.")
            return f"SELECT * FROM {view}"
        if not QUESTION.fullmatch(query):
            raise SourceRefused("Câu hỏi (query) phải là một câu SELECT duy nhất.")
        return query

    def _fields(self, names: Sequence[str]) -> Mapping[str, int]:
        """Which column holds which field."""
        ours = {
            name.casefold(): field for field, said in self.source.columns.items() for name in said
        }
        fields: dict[str, int] = {}
        left: dict[int, str] = {}
        for index, name in enumerate(names):
            field = ours.get(name.casefold(), name.casefold())
            if field in TEXT_FIELDS or field == "status":
                fields.setdefault(field, index)
            else:
                left[index] = name
        labels = [left.get(index, "").replace("_", " ") for index in range(len(names))]
        header = headers.find([(1, labels)], register=False) if left else None
        for field, index in header.index.items() if header else ():
            if field in TEXT_FIELDS or field == "status":
                fields.setdefault(field, index)
        lacking = [one for choice in headers.NEEDED_EXPORT for one in choice if one not in fields]
        if lacking:
            wanted = "; ".join(LABELS[name] for name in lacking)
            raise SourceGarbled(f"Khung nhìn thiếu cột {wanted}; khai báo ở khóa columns.")
        return fields


def _said(row: Sequence[Any], fields: Mapping[str, int]) -> Said:
    values: dict[str, Any] = {name: _text(row[index]) for name, index in fields.items()}
    status = values.pop("status", "")
    return Said(statuses=(status,), **values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") if value.tzinfo else f"{value:%Y-%m-%d}"
    return value.isoformat() if isinstance(value, date) else f"{value}"


def _opened(source: SqlSource) -> Connection:
    """A connection that may only read."""
    try:
        url = make_url(source.connect_url)
        if url.get_backend_name() == "sqlite":
            url = _read_only_file(url)
            engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
        elif url.get_backend_name() == "postgresql":
            options = "-c default_transaction_read_only=on -c statement_timeout=600000"
            arguments = {"options": options, "connect_timeout": 5}
            engine = create_engine(
                url, hide_parameters=True, connect_args=arguments, poolclass=NullPool
            )
        else:
            raise SourceRefused("Chỉ đọc được SQLite và PostgreSQL qua kind = «sql».")
        connection = engine.connect()
    except (ArgumentError, NoSuchModuleError):
        raise SourceRefused("URL cơ sở dữ liệu của nguồn không dùng được.") from None
    except DBAPIError as error:
        raise _told(error) from None
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only=ON")
    return connection


def _read_only_file(url: URL) -> URL:
    """A SQLite file opened so that even SQLite itself cannot write to it."""
    path = url.database or ""
    return url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})


def _prove_read_only(connection: Connection) -> None:
    """Ask the database itself. Raises SourceRefused when it could be written."""
    if connection.dialect.name == "sqlite":
        proven = connection.exec_driver_sql("PRAGMA query_only").scalar() == 1
    else:
        proven = connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
    if not proven:
        raise SourceRefused("Không chắc kết nối là chỉ đọc nên không đọc nguồn này.")


def _told(error: SQLAlchemyError) -> SourceUnavailable | SourceRefused:
    """The driver's own words may hold a query or a password."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if code.startswith(("28", "42", "3D")):
        return SourceRefused("Cơ sở dữ liệu từ chối: sai tài khoản, thiếu quyền hoặc sai tên bảng.")
    return SourceUnavailable("Không đọc được cơ sở dữ liệu của nguồn.")
