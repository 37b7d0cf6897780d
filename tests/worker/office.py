"""A tiny office on disk: an export and a register as plain rows, run through the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from click.testing import CliRunner, Result

from tests import canary
from worker.cli import doisoat
from worker.house import House, open_house

EXPORT = (
    "Mã hồ sơ",
    "Tên TTHC",
    "Đơn vị xử lý",
    "Người được đăng ký",
    "Ngày sinh",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày kết thúc xử lý",
    "Trạng thái",
)
REGISTER = (
    "STT",
    "Mã hồ sơ",
    "Tên TTHC",
    "Đơn vị",
    "Người được khai sinh",
    "Ngày sinh",
    "Ngày nhận",
    "Ngày trả",
    "Ký nhận",
)
CONFIG = """\
[office]
name = "UBND xã Thử Nghiệm"

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/motcua/*"

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*"
"""
#: Invented: no two of them could be the same person.
PEOPLE = (
    *("Lò Thị Mận", "Đinh Quốc Thái", "Phùng Gia Bảo", "Nông Thảo Vy", "Vi Đức Khang"),
    *("Bế Ngọc Diệp", "Mã Tuấn Kiệt", "Giàng A Páo", "Tòng Kim Anh", "Sầm Hải Yến"),
    *("Quàng Minh Triết", "Lục Bảo Châu", "Hoàng Khánh Linh", "Chu Nhật Nam", "Trịnh Hà My"),
    *("Kiều Đăng Khoa", "Tạ Phương Nhi", "Ngô Xuân Bách", "Thái Như Quỳnh", "Cao Bá Lộc"),
)


#: Houses that tests opened; ``either_database`` closes them when the test ends.
OPENED: list[House] = []


@dataclass(frozen=True)
class Office:
    """An office's folder and what its commands answer."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "doisoat.toml"

    def house(self) -> House:
        """The office as its next command will find it."""
        OPENED.append(open_house(self.config, os.environ))
        return OPENED[-1]

    def command(self, *words: str) -> Result:
        result = CliRunner().invoke(doisoat, [*words, "--config", str(self.config)])
        canary.keep("cli-stderr", result.stderr)
        return result

    def run(self, *words: str, code: int = 0) -> Report:
        """Run, expect that exit code, and read the machine's files."""
        out = self.folder / "out" / str(len(list(self.folder.glob("out/*"))))
        result = self.command("run", "--out", str(out), *words)
        assert result.exit_code == code, result.output
        return Report(out)


@dataclass(frozen=True)
class Report:
    """The machine-readable files of one run."""

    folder: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text("utf-8").splitlines()]

    @property
    def run(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "run.json").read_text("utf-8")))

    @property
    def statistics(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "statistics.json").read_text("utf-8")))

    @property
    def findings(self) -> list[dict[str, Any]]:
        return self.lines("findings.jsonl")

    @property
    def links(self) -> list[dict[str, Any]]:
        return self.lines("links.jsonl")

    def kinds(self) -> set[str]:
        return {finding["kind"] for finding in self.findings}


def make(folder: Path, config: str = CONFIG) -> Office:
    """An office with empty inboxes."""
    for name in ("inbox/motcua", "inbox/so-giay"):
        (folder / name).mkdir(parents=True)
    (folder / "doisoat.toml").write_text(config, "utf-8")
    return Office(folder)


def write(path: Path, headers: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """A workbook with one header row; a row names the cells that it fills."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Trang1")
        sheet.write_row(0, 0, headers)
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, [row.get(header, "") for header in headers])
    return path


def dossiers(count: int = 20, **cells: str) -> list[dict[str, Any]]:
    """Pending births of January 2024, one a person, each with its own code."""
    return [
        {
            "Mã hồ sơ": f"H11.20-2401{1 + n % 20:02}-{1000 + n}",
            "Tên TTHC": "Đăng ký khai sinh",
            "Đơn vị xử lý": "Xã Thử Nghiệm",
            "Người được đăng ký": PEOPLE[n % len(PEOPLE)],
            "Ngày sinh": f"{1 + n % 28:02}/12/2023",
            "Ngày tiếp nhận": f"{1 + n % 20:02}/01/2024",
            "Ngày hẹn trả": f"{2 + n % 20:02}/01/2024",
            "Trạng thái": "Đang xử lý",
            **cells,
        }
        for n in range(count)
    ]


def entries(of: Iterable[Mapping[str, Any]], **cells: str) -> list[dict[str, Any]]:
    """Register rows that hand those dossiers' results over on the day they were due."""
    return [
        {
            "STT": str(n),
            "Mã hồ sơ": one["Mã hồ sơ"],
            "Tên TTHC": one["Tên TTHC"],
            "Đơn vị": one["Đơn vị xử lý"],
            "Người được khai sinh": one["Người được đăng ký"],
            "Ngày sinh": one["Ngày sinh"],
            "Ngày nhận": one["Ngày tiếp nhận"],
            "Ngày trả": one["Ngày hẹn trả"],
            **cells,
        }
        for n, one in enumerate(of, start=1)
    ]
