"""Excel templates of the registers (mẫu sổ): headers that the reader knows, and one sample row.

The sample row is known when it comes back (``connectors/files/sample_row.py``), and is never an
entry. They lie beside the inbox, never in it: the office copies one, types below the header,
deletes the sample row, and puts the file into ``inbox/so-giay``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

#: Inside the file instead of a clock's date: the same template has the same bytes.
CREATED = datetime(2024, 1, 1)  # noqa: DTZ001 - Excel keeps no zone
#: So many lines below the header are prepared for typing.
LINES = 500
SAMPLE_NOTE = "DÒNG MẪU, người không có thật – xóa dòng này trước khi nhập"
_HOW = (
    "Mỗi dòng một việc. Xóa dòng mẫu nền vàng. Ngày ghi dạng ngày/tháng/năm. Ô không có thì để "
    "trống. Không đổi chữ ở dòng tiêu đề."
)
#: Widths of columns; a column of this width holds days.
DAY, _TEXT, _LONG = 12, 13, 22


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its header, what the sample row holds, how wide it is."""

    header: str
    sample: str | date = ""
    width: int = _TEXT


@dataclass(frozen=True, slots=True)
class Template:
    """One register: its title, and its columns in the order of the paper."""

    title: str
    sheet: str
    fields: tuple[Field, ...]


_UNIT = Field("Đơn vị", "Xã Mẫu", 15)
_NOTE = Field("Ghi chú", SAMPLE_NOTE, 28)
_MOTHER = (Field("Họ tên mẹ", "Trần Thị Thí Dụ", _LONG), Field("Năm sinh mẹ", "1995", 10))
_SEX = Field("Giới tính", "Nam", 9)
_ENTRY = (
    Field("Số đăng ký", "01", 10),
    Field("Quyển số", "01/2024", 11),
    Field("Trang số", "01", 9),
    Field("Ngày đăng ký", date(2024, 1, 2), DAY),
    Field("Loại đăng ký", "Đăng ký mới"),
)

TEMPLATES: Mapping[str, Template] = {
    "so-theo-doi.xlsx": Template(
        "SỔ THEO DÕI HỒ SƠ",
        "Sổ theo dõi",
        (
            Field("STT", "1", 6),
            Field("Mã hồ sơ", "MAU-240102-0001", 18),
            Field("Mã hồ sơ quốc gia", "", 18),
            Field("Tên TTHC", "Đăng ký khai sinh", 17),
            _UNIT,
            Field("Quyển số", "01/2024", 11),
            Field("Số thứ tự", "01", 10),
            Field("Trang số", "01", 9),
            Field("Họ tên người nộp", "Trần Thị Thí Dụ", _LONG),
            Field("Người được đăng ký", "Nguyễn Văn Mẫu", _LONG),
            Field("Ngày sinh", date(2023, 12, 25), DAY),
            Field("Ngày chết", "", DAY),
            *_MOTHER,
            Field("Ngày nhận", date(2024, 1, 2), DAY),
            Field("Ngày hẹn trả", date(2024, 1, 3), DAY),
            Field("Ngày trả", date(2024, 1, 3), DAY),
            Field("Phương thức nhận kết quả", "Trực tiếp", 16),
            Field("Ký nhận", "đã ký", 10),
            _NOTE,
        ),
    ),
    "so-khai-sinh.xlsx": Template(
        "SỔ ĐĂNG KÝ KHAI SINH",
        "Sổ khai sinh",
        (
            *_ENTRY,
            _UNIT,
            Field("Họ tên người được khai sinh", "Nguyễn Văn Mẫu", _LONG),
            Field("Ngày sinh", date(2023, 12, 25), DAY),
            _SEX,
            Field("Số định danh cá nhân", "", 18),
            *_MOTHER,
            Field("Họ tên cha", "Nguyễn Văn Ví Dụ", _LONG),
            Field("Người yêu cầu", "Trần Thị Thí Dụ", _LONG),
            Field("Mã hồ sơ", "MAU-240102-0001", 18),
            _NOTE,
        ),
    ),
    "so-khai-tu.xlsx": Template(
        "SỔ ĐĂNG KÝ KHAI TỬ",
        "Sổ khai tử",
        (
            *_ENTRY,
            _UNIT,
            Field("Họ tên người được khai tử", "Lê Văn Mẫu", _LONG),
            Field("Ngày sinh", date(1940, 5, 6), DAY),
            Field("Ngày chết", date(2023, 12, 30), DAY),
            _SEX,
            Field("Số định danh cá nhân", "", 18),
            Field("Người yêu cầu", "Lê Thị Thí Dụ", _LONG),
            Field("Mã hồ sơ", "MAU-240102-0002", 22),
            _NOTE,
        ),
    ),
}


def write(template: Template, path: Path) -> None:
    """Write one template; raises FileExistsError rather than touch what is there."""
    import xlsxwriter  # readers of registers need the samples alone

    with path.open("xb") as file, xlsxwriter.Workbook(file) as book:
        book.set_properties({"title": template.title, "author": "", "created": CREATED})
        _draw(book, book.add_worksheet(template.sheet), template)


def _draw(book: Any, sheet: Any, template: Template) -> None:
    font = {"font_name": "Times New Roman", "font_size": 11}
    box = {**font, "border": 1, "text_wrap": True, "valign": "top"}
    title = book.add_format({**font, "font_size": 14, "bold": True})
    header = book.add_format(
        {**box, "bold": True, "align": "center", "valign": "vcenter", "bg_color": "#E7E6E6"}
    )
    sheet.write_string(0, 0, template.title, title)
    sheet.write_string(1, 0, _HOW, book.add_format({**font, "italic": True}))
    for place, field in enumerate(template.fields):
        # Text keeps the zero at the start of a number and of an identity number.
        kind = {"num_format": "dd/mm/yyyy" if field.width == DAY else "@"}
        empty = book.add_format({**box, **kind})
        sample = book.add_format({**box, **kind, "bg_color": "#FFF2CC", "italic": True})
        sheet.set_column(place, place, field.width)
        sheet.write_string(2, place, field.header, header)
        if isinstance(field.sample, date):
            sheet.write_datetime(3, place, field.sample, sample)
        else:
            sheet.write_string(3, place, field.sample, sample)
        for line in range(4, LINES):
            sheet.write_blank(line, place, None, empty)
    sheet.set_row(2, 34)
    sheet.set_row(3, 50)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
