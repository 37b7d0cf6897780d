"""Sources without HTTP under the part of the contract that holds for them: exports, SQL views."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from config.sources import ExportSource, SqlSource
from connectors.files.export import ExportConnector
from connectors.files.folder import FileSettings
from connectors.files.workbook import Limits
from connectors.sql import SqlConnector
from reconcile.claims import Role
from tests.connectors.books import write_xlsx
from tests.connectors.contract import Site, Truth, tables
from tests.connectors.sites import ODD, WORDS

FIELDS = (
    "own_code", "national_code", "status", "applicant", "unit", "received_on", "due_on",
    "finished_on", "returned_on",
)  # fmt: skip
HEADER = [
    "Mã hồ sơ", "Mã hồ sơ quốc gia", "Trạng thái", "Chủ hồ sơ", "Đơn vị xử lý", "Ngày tiếp nhận",
    "Ngày hẹn trả", "Ngày kết thúc xử lý", "Ngày trả kết quả",
]  # fmt: skip


@dataclass
class Kept:
    """A file that holds the world."""

    path: Path
    truths: Sequence[Truth]
    status: str = ""

    def rows(self) -> list[list[Any]]:
        return [
            [
                self.status or WORDS[one.status] if name == "status" else getattr(one, name)
                for name in FIELDS
            ]
            for one in self.truths
        ]

    def write(self) -> None:
        raise LookupError


class Workbook(Kept):
    def write(self) -> None:
        write_xlsx(self.path, {"DS": [HEADER, *self.rows()]})


class View(Kept):
    def write(self) -> None:
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("DROP TABLE IF EXISTS ho_so")
            columns = ", ".join(f"{name} TEXT" for name in FIELDS)
            database.execute(f"CREATE TABLE ho_so ({columns})")
            said = [
                [one.isoformat() if isinstance(one, date) else one for one in row]
                for row in self.rows()
            ]
            database.executemany(f"INSERT INTO ho_so VALUES ({','.join('?' * len(FIELDS))})", said)
            database.commit()


class FileSite(Site):
    over_network = False
    file = ""
    kept: type[Kept] = Kept

    @contextmanager
    def serve(self, truths: Sequence[Truth]) -> Iterator[Kept]:
        with tempfile.TemporaryDirectory() as folder:
            kept = self.kept(Path(folder) / self.file, truths)
            kept.write()
            yield kept

    def odd_status(self, served: Kept) -> str:
        served.status = ODD
        served.write()
        return ODD


class ExportSite(FileSite):
    kind = "export"
    file = "motcua.xlsx"
    kept = Workbook

    def connector(self, served: Kept, **_changes: Any) -> ExportConnector:
        source = ExportSource(name="motcua", role=Role.ONE_STOP, kind="export", path="*.xlsx")
        return ExportConnector(source, FileSettings(served.path.parent, tables(), Limits()))


class SqlSite(FileSite):
    kind = "sql"
    file = "motcua.db"
    kept = View

    def connector(self, served: Kept, **changes: Any) -> SqlConnector:
        facts = {"name": "csdl", "role": Role.ONE_STOP, "kind": "sql", "view": "ho_so"}
        facts["url"] = f"sqlite:///{served.path}"
        return SqlConnector(SqlSource(**(facts | changes)), tables())


FILE_SITES: tuple[Site, ...] = (ExportSite(), SqlSite())
