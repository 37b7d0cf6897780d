"""The published quarter written as an office keeps it: the software's list, the paper registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import xlsxwriter

from tests.simulators.quarter import (
    CHANNEL_NAMES,
    COMMUNES,
    OLDEST,
    PROCEDURES,
    STATUS_NAMES,
    TAKEN_ON,
    Dossier,
    Entry,
)

Cell = str | int | date | None

EXPORT_HEADERS = (
    "STT",
    "Mã hồ sơ",
    "Mã hồ sơ quốc gia",
    "Mã TTHC",
    "Tên TTHC",
    "Đơn vị xử lý",
    "Chủ hồ sơ",
    "Người được đăng ký",
    "Hình thức tiếp nhận",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày kết thúc xử lý",
    "Ngày trả kết quả",
    "Trạng thái",
)
TRACKING_HEADERS = (
    ("STT", ""),
    ("Quyển số", ""),
    ("Số thứ tự", ""),
    ("Trang số", ""),
    ("Mã hồ sơ", ""),
    ("Tên TTHC", ""),
    ("Tên cá nhân, tổ chức", ""),
    ("Người được đăng ký", ""),
    ("Ngày, tháng, năm", "Nhận hồ sơ"),
    ("Ngày, tháng, năm", "Hẹn trả kết quả"),
    ("Ngày, tháng, năm", "Trả kết quả"),
    ("Ký nhận", ""),
    ("Ghi chú", ""),
)
BIRTH_HEADERS = (
    "STT",
    "Quyển số",
    "Số đăng ký",
    "Trang số",
    "Ngày đăng ký",
    "Họ tên người được khai sinh",
    "Ngày sinh",
    "Mã hồ sơ",
    "Ghi chú",
)
DEATH_HEADERS = tuple(
    {"Họ tên người được khai sinh": "Họ tên người được khai tử", "Ngày sinh": "Ngày chết"}.get(
        header, header
    )
    for header in BIRTH_HEADERS
)


def write(dossiers: Sequence[Dossier], folder: Path) -> None:
    """``motcua/*.xlsx`` and, a file each commune, ``so-giay/*.xlsx`` with a sheet each book."""
    (folder / "motcua").mkdir(parents=True)
    (folder / "so-giay").mkdir()
    _write_export(dossiers, folder / "motcua" / "danh-sach-ho-so.xlsx")
    for commune in COMMUNES:
        of_commune = [one for one in dossiers if one.unit == commune]
        _write_registers(commune, of_commune, folder / "so-giay" / f"{commune}.xlsx")


def _write_export(dossiers: Sequence[Dossier], path: Path) -> None:
    with _Book(path) as book:
        sheet = book.sheet("Danh sách")
        sheet.titles(
            "ỦY BAN NHÂN DÂN HUYỆN HÀM TÂN",
            "DANH SÁCH HỒ SƠ THỦ TỤC HÀNH CHÍNH",
            f"(Từ ngày {OLDEST:%d/%m/%Y} đến ngày {TAKEN_ON:%d/%m/%Y})",
        )
        sheet.row(EXPORT_HEADERS)
        sheet.row([f"({at})" for at in range(1, len(EXPORT_HEADERS) + 1)])
        for at, one in enumerate(dossiers, start=1):
            sheet.row(
                (
                    at,
                    one.code,
                    one.national_code,
                    PROCEDURES[one.kind][0] if one.is_civil else "",
                    one.procedure,
                    one.unit,
                    one.applicant,
                    one.subject,
                    CHANNEL_NAMES[one.channel],
                    _stamp(one.received),
                    _stamp(one.due),
                    _stamp(one.finished),
                    one.returned,
                    STATUS_NAMES[one.status],
                )
            )


def _write_registers(commune: str, dossiers: Sequence[Dossier], path: Path) -> None:
    with _Book(path) as book:
        _write_tracking(book, commune, dossiers)
        for sheet, title, headers, event in (
            ("Sổ khai sinh", "SỔ ĐĂNG KÝ KHAI SINH", BIRTH_HEADERS, "birth"),
            ("Sổ khai tử", "SỔ ĐĂNG KÝ KHAI TỬ", DEATH_HEADERS, "death"),
        ):
            of_event = [one for one in dossiers if one.kind.startswith(event)]
            _write_civil(book.sheet(sheet), commune, title, headers, of_event)


def _write_tracking(book: _Book, commune: str, dossiers: Sequence[Dossier]) -> None:
    sheet = book.sheet("Sổ theo dõi")
    sheet.titles(commune.upper(), "SỔ THEO DÕI HỒ SƠ", "")
    sheet.row([group for group, _ in TRACKING_HEADERS])
    sheet.row([name for _, name in TRACKING_HEADERS])
    sheet.merge_group("Ngày, tháng, năm", [group for group, _ in TRACKING_HEADERS])
    for at, (one, entry) in enumerate(_entries(dossiers, "tracked"), start=1):
        sheet.row(
            (
                at,
                entry.book,
                entry.number,
                entry.page,
                one.code,
                one.procedure,
                one.applicant,
                one.subject,
                one.received,
                one.due,
                f"{entry.on:%d/%m/%Y}",
                "" if entry.note else "Đã ký",
                entry.note,
            )
        )


def _write_civil(
    sheet: _Sheet, commune: str, title: str, headers: Sequence[str], dossiers: Sequence[Dossier]
) -> None:
    sheet.titles(commune.upper(), title, "")
    sheet.row(headers)
    for at, (one, entry) in enumerate(_entries(dossiers, "registered"), start=1):
        sheet.row(
            (
                at,
                entry.book,
                entry.number,
                entry.page,
                entry.on,
                one.subject.upper(),
                one.event_on,
                one.code,
                entry.note,
            )
        )


def _entries(dossiers: Iterable[Dossier], register: str) -> list[tuple[Dossier, Entry]]:
    found = [(one, getattr(one, register)) for one in dossiers if getattr(one, register)]
    return sorted(found, key=lambda pair: (pair[1].book, pair[1].number))


def _stamp(day: date | None) -> str:
    """The software writes its dates as text, with an hour."""
    return f"{day:%d/%m/%Y} 16:05:00" if day else ""


class _Book:
    """A workbook being written."""

    def __init__(self, path: Path) -> None:
        self._book = xlsxwriter.Workbook(path)
        # The same seed writes the same bytes.
        self._book.set_properties({"created": datetime.combine(TAKEN_ON, time(), UTC)})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def sheet(self, name: str) -> _Sheet:
        return _Sheet(self._book.add_worksheet(name), self._day)


class _Sheet:
    """One sheet, filled from the top."""

    def __init__(self, sheet: xlsxwriter.worksheet.Worksheet, day: object) -> None:
        self._sheet, self._day, self._next = sheet, day, 0

    def titles(self, *lines: str) -> None:
        for line in lines:
            self.row([line])
        self.row([])

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                self._sheet.write_datetime(self._next, column, cell, self._day)
            elif cell not in ("", None):
                self._sheet.write(self._next, column, cell)
        self._next += 1

    def merge_group(self, name: str, groups: Sequence[str]) -> None:
        """Merge the group's cells in the upper of the two header rows that were just written."""
        first, count = groups.index(name), groups.count(name)
        top = self._next - 2
        self._sheet.merge_range(top, first, top, first + count - 1, name)
