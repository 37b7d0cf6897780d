"""An office with doubts of every sort: all people are invented.

Of each of the twins two dossiers differ by one letter, and one row without a code may be of either:
a doubt. ``LIKE`` rows without a code are linked by people; ``NAMESAKES`` bear one name twice, born
in other months, each linked by its code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.worker.office import CONFIG, EXPORT, REGISTER, Office, make, write

HEAD_EXPORT = (*EXPORT, "Họ tên mẹ")
HEAD_REGISTER = (*REGISTER, "Họ tên mẹ")
TWINS = ("Lò Văn Sáng", "Vi Thị Hạnh", "Nông Đức Tài", "Bế Văn Thành")
LIKE = ("Quàng Thị Nga", "Tòng Văn Dũng", "Sầm Đức Mạnh", "Mã Thị Lụa")
NAMESAKES = ("Đinh Văn Hải", "Phùng Thị Mai", "Kiều Văn Lâm")
POLICY = """
[policy]
control_pairs = {controls}
second_readers = {second}
"""


def _dossier(number: int, name: str, mother: str, born: str, unit: str) -> dict[str, Any]:
    return {
        "Mã hồ sơ": f"H11.20-240110-{1000 + number}",
        "Tên TTHC": "Đăng ký khai sinh",
        "Đơn vị xử lý": unit,
        "Người được đăng ký": name,
        "Họ tên mẹ": mother,
        "Ngày sinh": born,
        "Ngày tiếp nhận": f"{1 + number % 20:02}/01/2024",
        "Ngày hẹn trả": f"{6 + number % 20:02}/01/2024",
        "Trạng thái": "Đang xử lý",
    }


def _entry(of: Mapping[str, Any], *, coded: bool) -> dict[str, Any]:
    return {
        "Mã hồ sơ": of["Mã hồ sơ"] if coded else "",
        "Tên TTHC": of["Tên TTHC"],
        "Đơn vị": of["Đơn vị xử lý"],
        "Người được khai sinh": of["Người được đăng ký"],
        "Họ tên mẹ": of["Họ tên mẹ"],
        "Ngày sinh": of["Ngày sinh"],
        "Ngày nhận": of["Ngày tiếp nhận"],
        "Ngày trả": of["Ngày hẹn trả"],
    }


def doubtful_office(
    folder: Path,
    *,
    controls: int = 1,
    second: int = 0,
    twins: Sequence[str] = TWINS,
    unit: str = "Xã Thử Nghiệm",
    config: str = CONFIG,
) -> Office:
    """The office after its first run; one control beside so many doubts."""
    office = make(folder, config + POLICY.format(controls=controls, second=second))
    known: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []

    def add(name: str, born: str, mother: str) -> dict[str, Any]:
        known.append(_dossier(len(known), name, mother, born, unit))
        return known[-1]

    for at, name in enumerate(twins):
        first = add(name, f"{3 + at:02}/12/2023", f"Hoàng Thị Mẫu {chr(65 + at)}n")
        add(name[:-1] + "oi"[at % 2], first["Ngày sinh"], first["Họ tên mẹ"])
        rows.append(_entry(first, coded=False))
    for at, name in enumerate(LIKE):
        one = add(name, f"{11 + at:02}/12/2023", f"Trịnh Thị {name.split()[-1]}")
        rows.append(_entry(one, coded=False))
    for at, name in enumerate(NAMESAKES):
        for month in ("10", "12"):
            one = add(name, f"{20 + at:02}/{month}/2023", f"Chu Thị {name.split()[-1]} {month}")
            rows.append(_entry(one, coded=True))
    write(folder / "inbox/motcua/a.xlsx", HEAD_EXPORT, known)
    write(folder / "inbox/so-giay/a.xlsx", HEAD_REGISTER, rows)
    office.run("--as-of", "2024-03-31")
    return office
