"""The paper registers of a commune, as its clerk typed them into Excel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.simulators import clerk
from tests.simulators.clerk import VN_TIME, Cell
from tests.simulators.district_exports import CREATED, write_groups
from tests.simulators.dossiers import Dossier, Story

_TRACKING = (
    ("STT", ("",)),
    ("Mã hồ sơ", ("",)),
    ("Tên TTHC", ("",)),
    ("Số lượng hồ sơ (bộ)", ("",)),
    ("Họ tên người nộp", ("",)),
    ("Số CCCD", ("",)),
    ("Người được đăng ký", ("",)),
    ("Ngày, tháng, năm", ("Nhận hồ sơ", "Hẹn trả kết quả", "Trả kết quả")),
    ("Phương thức nhận kết quả", ("",)),
    ("Ký nhận", ("",)),
    ("Ghi chú", ("",)),
)
_BIRTHS = (
    "Số", "Quyển số", "Trang số", "Ngày đăng ký", "Họ tên người được khai sinh", "Ngày sinh",
    "Giới tính", "Họ tên mẹ", "Năm sinh mẹ", "Họ tên cha", "Người yêu cầu", "Số CCCD",
    "Loại đăng ký", "Ghi chú",
)  # fmt: skip
_DEATHS = (
    "Số", "Quyển số", "Trang số", "Ngày đăng ký", "Họ tên người được khai tử", "Ngày sinh",
    "Ngày chết", "Giới tính", "Số định danh cá nhân", "Người yêu cầu", "Ghi chú",
)  # fmt: skip
_SHORT = {
    "1.001193": "Khai sinh",
    "2.002621": "Liên thông khai sinh",
    "1.000656": "Khai tử",
    "2.002622": "Liên thông khai tử",
}


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """The truth of one register row: which dossier it is."""

    file: str  # relative to the configuration
    sheet: str
    row: int  # as Excel shows it
    unit: str
    dossier: str  # the one-stop's code, else the portal's; empty: never in any software
    code_was: str  # "plain" | "repairable" | "lost" | "none" (a book without codes)


@dataclass(frozen=True, slots=True)
class Habits:
    """What the clerk of one commune is used to."""

    legacy_font: bool = False  # a third of the rows in .VnTime
    ditto: bool = False  # "nt" and "//" for what stands above
    loses_codes: float = 0.28


class Book:
    """One workbook of a commune being typed."""

    def __init__(self, path: Path, file: str, unit: tuple[str, str], rng: Random) -> None:
        self._file, self._unit, self._rng = file, unit, rng
        self._book = xlsxwriter.Workbook(path)
        self._book.set_properties({"created": CREATED})
        self._bold = self._book.add_format({"bold": True, "align": "center", "text_wrap": True})
        self._styles: dict[tuple[str, bool], object] = {}
        self.rows: list[RegisterRow] = []

    def close(self) -> None:
        self._book.close()

    def tracking(self, dossiers: Iterable[Dossier], habits: Habits) -> None:
        """Sổ theo dõi hồ sơ, with a subtotal a month."""
        sheet = self._book.add_worksheet("Sổ theo dõi")
        self._title(sheet, "SỔ THEO DÕI HỒ SƠ", 3)
        row = write_groups(sheet, 5, _TRACKING, self._bold)
        sheet.write_row(row, 0, [f"({n})" for n in range(1, 14)], self._bold)
        row += 1
        month, above = 0, None
        for one in sorted(dossiers, key=lambda one: (one.received_on, one.tracking_number)):
            if month and one.received_on.month != month:
                sheet.write(row, 2, f"Cộng tháng {month}", self._bold)
                row, above = row + 1, None
            month = one.received_on.month
            cells, code_was = self._tracking_cells(one, above if habits.ditto else None, habits)
            self._write(sheet, row, cells, one, code_was)
            row, above = row + 1, one

    def _tracking_cells(
        self, one: Dossier, above: Dossier | None, habits: Habits
    ) -> tuple[list[Cell], str]:
        rng = self._rng
        code, code_was = self._code(one, habits)
        assert one.subject is not None
        legacy = habits.legacy_font and rng.random() < 0.33
        received: object = clerk.day(rng, one.received_on)
        procedure = _SHORT[one.procedure_code]
        if above and above.received_on == one.received_on and rng.random() < 0.5:
            received = rng.choice(("nt", "//", '"'))
        if above and above.procedure_code == one.procedure_code and rng.random() < 0.3:
            procedure = "nt"
        returned = one.returned_on
        if one.story is Story.REFUSED:
            returned = one.received_on
        cells = [
            Cell(one.tracking_number),
            Cell(code),
            self._text(procedure, legacy=legacy),
            Cell(1),
            self._text(clerk.name(rng, one.applicant.name), legacy=legacy),
            Cell(clerk.person_id(rng, one.applicant.id) if rng.random() < 0.6 else None),
            self._text(clerk.name(rng, one.subject.name), legacy=legacy),
            Cell(received),
            Cell(clerk.day(rng, one.due_on)),
            Cell(clerk.day(rng, returned)),
            self._text("Trực tiếp" if returned else "", legacy=legacy),
            self._text("Đã ký" if one.returned_on and rng.random() < 0.7 else "", legacy=legacy),
            self._text(_note(one), legacy=legacy),
        ]
        return cells, code_was

    def births(self, dossiers: Iterable[Dossier], habits: Habits) -> None:
        """Sổ đăng ký khai sinh: no dossier codes, by law."""
        sheet = self._book.add_worksheet("Khai sinh")
        self._title(sheet, "SỔ ĐĂNG KÝ KHAI SINH", 2)
        sheet.write_row(4, 0, _BIRTHS, self._bold)
        for row, one in enumerate(_registered(dossiers, "birth"), start=5):
            assert one.subject is not None
            assert one.mother is not None
            legacy = habits.legacy_font and self._rng.random() < 0.33
            cells = [
                *self._register_place(one),
                self._text(clerk.name(self._rng, one.subject.name), legacy=legacy),
                Cell(clerk.day(self._rng, one.subject.born)),
                self._text(one.subject.sex.capitalize(), legacy=legacy),
                self._text(clerk.name(self._rng, one.mother.name), legacy=legacy),
                Cell(one.mother.born.year),
                self._text(one.father.name if one.father else "", legacy=legacy),
                self._text(one.applicant.name, legacy=legacy),
                Cell(clerk.person_id(self._rng, one.applicant.id)),
                self._text("Đăng ký mới", legacy=legacy),
                Cell(None),
            ]
            self._write(sheet, row, cells, one, "none")

    def deaths(self, dossiers: Iterable[Dossier], habits: Habits) -> None:
        """Sổ đăng ký khai tử."""
        sheet = self._book.add_worksheet("Khai tử")
        self._title(sheet, "SỔ ĐĂNG KÝ KHAI TỬ", 2)
        sheet.write_row(4, 0, _DEATHS, self._bold)
        for row, one in enumerate(_registered(dossiers, "death"), start=5):
            assert one.subject is not None
            legacy = habits.legacy_font and self._rng.random() < 0.33
            cells = [
                *self._register_place(one),
                self._text(clerk.name(self._rng, one.subject.name), legacy=legacy),
                Cell(clerk.birth_day(self._rng, one.subject.born)),
                Cell(clerk.day(self._rng, one.died_on)),
                self._text(one.subject.sex.capitalize(), legacy=legacy),
                Cell(clerk.person_id(self._rng, one.subject.id)),
                self._text(one.applicant.name, legacy=legacy),
                Cell(None),
            ]
            self._write(sheet, row, cells, one, "none")

    def _register_place(self, one: Dossier) -> list[Cell]:
        assert one.registered_on is not None
        book = f"01/{one.registered_on.year}"
        page = (one.register_number - 1) % 200 + 1
        day = clerk.day(self._rng, one.registered_on)
        return [Cell(one.register_number), Cell(book), Cell(page), Cell(day)]

    def _code(self, one: Dossier, habits: Habits) -> tuple[str, str]:
        own = one.code or one.national_code
        if not own or self._rng.random() < habits.loses_codes:
            return "", "lost"
        if self._rng.random() < 0.02:
            return clerk.mistyped(self._rng, own), "repairable"
        typed = clerk.code(self._rng, own)
        return typed, "plain" if typed == own else "repairable"

    def _title(self, sheet: Worksheet, title: str, line: int) -> None:
        sheet.write(0, 0, f"UBND {self._unit[1].upper()}", self._bold)
        sheet.write(0, 6, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", self._bold)
        sheet.write(1, 6, "Độc lập – Tự do – Hạnh phúc", self._bold)
        sheet.write(line, 3, title, self._bold)

    def _text(self, text: str, *, legacy: bool) -> Cell:
        return Cell(clerk.to_tcvn3(text), VN_TIME) if legacy and text else Cell(text)

    def _write(
        self, sheet: Worksheet, row: int, cells: Sequence[Cell], one: Dossier, code_was: str
    ) -> None:
        for column, cell in enumerate(cells):
            is_date = isinstance(cell.value, date)
            if cell.value is None or cell.value == "":
                continue
            style = self._style(cell.font, is_date=is_date) if cell.font or is_date else None
            if is_date:
                sheet.write_datetime(row, column, cell.value, style)
            elif isinstance(cell.value, str):
                sheet.write_string(row, column, cell.value, style)
            else:
                sheet.write_number(row, column, cell.value, style)
        dossier = one.code or one.national_code
        place = (self._file, sheet.get_name(), row + 1)
        self.rows.append(RegisterRow(*place, self._unit[0], dossier, code_was))

    def _style(self, font: str, *, is_date: bool) -> object:
        key = (font, is_date)
        if key not in self._styles:
            facts = {"font_name": font} if font else {}
            facts |= {"num_format": "dd/mm/yyyy"} if is_date else {}
            self._styles[key] = self._book.add_format(facts)
        return self._styles[key]


def _registered(dossiers: Iterable[Dossier], event: str) -> list[Dossier]:
    entered = (one for one in dossiers if one.register_number and one.procedure.event == event)
    return sorted(entered, key=lambda one: (one.registered_on or date.min, one.register_number))


def _note(one: Dossier) -> str:
    return {
        Story.REFUSED: "Từ chối, trả lại hồ sơ",
        Story.WITHDRAWN: "Công dân rút hồ sơ",
        Story.PORTAL_AHEAD: "Yêu cầu bổ sung giấy tờ",
    }.get(one.story, "")
