"""Small invented files and the office that reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter

from config import office_tables
from config.settings import load
from connectors import Memory, open_connectors
from connectors.connector import FileMemory
from reconcile.claims import Snapshot

UNITS = """code,name,aliases,parent,valid_from,valid_to
23236,Thị trấn Tân Nghĩa,TT Tân Nghĩa,,,2025-06-30
23257,Xã Tân Hà,,,,2025-06-30
23242,Xã Tân Phúc,,,,2025-06-30
"""
EXPORT_HEADER = ["STT", "Mã hồ sơ", "Tên TTHC", "Đơn vị xử lý", "Chủ hồ sơ", "Người được đăng ký",
                 "Ngày tiếp nhận", "Ngày hẹn trả", "Trạng thái", "Ghi chú"]  # fmt: skip
TRACKING_HEADER = ["STT", "Mã hồ sơ", "Tên TTHC", "Người yêu cầu", "Người được đăng ký",
                   "Nhận hồ sơ", "Hẹn trả kết quả", "Trả kết quả", "Ký nhận",
                   "Ghi chú"]  # fmt: skip
BIRTHS_HEADER = ["Số", "Quyển số", "Ngày đăng ký", "Họ tên người được khai sinh", "Ngày sinh",
                 "Họ tên mẹ", "Năm sinh mẹ"]  # fmt: skip
DEATHS_HEADER = ["Số", "Quyển số", "Ngày đăng ký", "Họ tên người được khai tử", "Ngày chết"]
EXPORT_ROW = [1, "H11.01-240102-0001", "Đăng ký khai sinh", "Xã Tân Hà", "Lê Thị Thử",
              "Lê Văn Mẫu", "02/01/2024", "02/01/2024", "Đang xử lý", ""]  # fmt: skip
TRACKING_ROW = [1, "H11.01-240102-0001", "Đăng ký khai sinh", "Lê Thị Thử", "Lê Văn Mẫu",
                "02/01/2024", "02/01/2024", "02/01/2024", "đã ký", ""]  # fmt: skip

Rows = Sequence[Sequence[object]]


class Office:
    """A configuration in a folder, with one source over the files of ``inbox``."""

    def __init__(self, folder: Path, units: str = UNITS) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        if units:
            (folder / "units.csv").write_text(units, encoding="utf-8")

    def path(self, name: str) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, sheets: Mapping[str, Rows] | Rows) -> Path:
        path = self.path(name)
        write_xlsx(path, sheets if isinstance(sheets, Mapping) else {"DS": sheets})
        return path

    def text(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.path(name)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def read(
        self, kind: str = "register", more: str = "", memory: Memory | None = None, head: str = ""
    ) -> list[Snapshot]:
        """Fetch the one source; ``more`` are further lines of its table in the TOML."""
        role = "register" if kind == "register" else "one_stop"
        path = "" if "path =" in more else 'path = "inbox/**/*"\n'
        (self.folder / "doisoat.toml").write_text(
            f'[office]\nname = "UBND huyện Mẫu"\n{head}\n'
            f'[[sources]]\nname = "nguon"\nrole = "{role}"\nkind = "{kind}"\n{path}{more}\n',
            encoding="utf-8",
        )
        settings = load(self.folder / "doisoat.toml", {})
        (connector,) = open_connectors(settings, office_tables.load(settings))
        return list(connector.fetch(memory or Memory()))

    def only(self, kind: str = "register", more: str = "") -> Snapshot:
        """The snapshot of the only file."""
        (snapshot,) = self.read(kind, more)
        return snapshot


def remembered(snapshots: Sequence[Snapshot]) -> Memory:
    """What a store would remember of these readings."""
    return Memory(
        {
            one.file: FileMemory(one.fingerprint, one.rows, one.covers_from, one.covers_to)
            for one in snapshots
            if one.complete
        }
    )


def write_xlsx(path: Path, sheets: Mapping[str, Rows]) -> None:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, (date, datetime)):
                        sheet.write_datetime(number, column, cell, day)
                    elif cell not in ("", None):
                        sheet.write(number, column, cell)
