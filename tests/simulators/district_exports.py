"""What the one-stop software and the portal export of the invented district."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from reconcile.claims import Channel, Status
from tests.simulators.dossiers import Dossier

LABELS = {
    Status.SUBMITTED: "Mới đăng ký",
    Status.ACCEPTED: "Được tiếp nhận",
    Status.NOT_ACCEPTED: "Không được tiếp nhận",
    Status.PROCESSING: "Đang xử lý",
    Status.SUPPLEMENT_ASKED: "Yêu cầu bổ sung giấy tờ",
    Status.PAYMENT_ASKED: "Yêu cầu thực hiện nghĩa vụ tài chính",
    Status.WITHDRAWN: "Công dân yêu cầu rút hồ sơ",
    Status.STOPPED: "Dừng xử lý",
    Status.DONE: "Đã xử lý xong",
    Status.RETURNED: "Đã trả kết quả",
}
CHANNELS = {
    Channel.ONLINE: "Trực tuyến",
    Channel.DIRECT: "Trực tiếp",
    Channel.POST: "Bưu chính công ích",
}
#: A fixed moment: the same district is the same files, byte for byte.
CREATED = datetime(2024, 4, 1, 8, tzinfo=UTC)
PERIOD = "(Từ ngày 01/01/2024 đến ngày 31/03/2024)"
#: Group header over how many columns, then the headers below it.
_ONE_STOP_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("STT", ("",)),
    ("Hồ sơ", ("Mã hồ sơ", "Mã hồ sơ quốc gia", "Mã TTHC", "Tên TTHC")),
    ("Người nộp", ("Chủ hồ sơ", "Số CCCD")),
    (
        "Người được đăng ký",
        ("Họ tên", "Ngày sinh", "Ngày chết", "Họ tên mẹ", "Họ tên cha", "Giới tính"),
    ),
    ("Đơn vị xử lý", ("",)),
    ("Hình thức nộp", ("",)),
    (
        "Thời gian",
        ("Ngày nộp", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Ngày trả kết quả"),
    ),
    ("Trạng thái", ("",)),
    ("Ghi chú", ("",)),
)
_PORTAL_HEADERS = (
    "STT", "Mã hồ sơ", "Mã TTHC", "Tên thủ tục", "Người nộp", "Người được đăng ký",
    "Đơn vị xử lý", "Hình thức tiếp nhận", "Ngày nộp", "Ngày tiếp nhận", "Ngày hẹn trả",
    "Ngày kết thúc xử lý", "Trạng thái",
)  # fmt: skip


def write_one_stop(path: Path, dossiers: Iterable[Dossier]) -> int:
    """The one-stop's list: title rows, a header of two rows, a subtotal a unit. Counts rows."""
    listed = sorted(
        (one for one in dossiers if one.in_one_stop), key=lambda one: (one.unit, one.code)
    )
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet("Danh sách hồ sơ")
        bold = book.add_format({"bold": True, "align": "center", "text_wrap": True})
        sheet.merge_range(0, 0, 0, 8, "ỦY BAN NHÂN DÂN HUYỆN HÀM MỸ", bold)
        sheet.merge_range(1, 0, 1, 8, "DANH SÁCH HỒ SƠ TIẾP NHẬN VÀ GIẢI QUYẾT", bold)
        sheet.merge_range(2, 0, 2, 8, PERIOD, bold)
        row = write_groups(sheet, 4, _ONE_STOP_GROUPS, bold)
        number = 0
        for _, of_unit in groupby(listed, key=lambda one: one.unit):
            first = number
            for one in of_unit:
                number += 1
                _write_texts(sheet, row, number, _one_stop_row(one))
                row += 1
            sheet.write(row, 1, f"Cộng: {number - first} hồ sơ", bold)
            row += 1
    return number


def write_groups(
    sheet: Worksheet,
    row: int,
    groups: Sequence[tuple[str, Sequence[str]]],
    style: object,
) -> int:
    """A header of two rows with merged cells; the row after it."""
    column = 0
    for group, headers in groups:
        last = column + len(headers) - 1
        if headers == ("",):
            sheet.merge_range(row, column, row + 1, column, group, style)
        elif len(headers) == 1:
            sheet.write(row, column, group, style)
        else:
            sheet.merge_range(row, column, row, last, group, style)
        for offset, header in enumerate(headers):
            if header:
                sheet.write(row + 1, column + offset, header, style)
        column = last + 1
    return row + 2


def _write_texts(sheet: Worksheet, row: int, number: int, texts: Sequence[str]) -> None:
    """A numbered row of texts; write_row would look at each cell for links and formulas."""
    sheet.write_number(row, 0, number)
    for column, text in enumerate(texts, start=1):
        if text:
            sheet.write_string(row, column, text)


def _one_stop_row(one: Dossier) -> list[str]:
    subject, is_received = one.subject, one.status is not Status.SUBMITTED
    return [
        one.code,
        one.national_code,
        one.procedure_code,
        one.procedure_name,
        one.applicant.name,
        one.applicant.id,
        subject.name if subject else "",
        _day(subject.born) if subject else "",
        _day(one.died_on),
        one.mother.name if one.mother else "",
        one.father.name if one.father else "",
        subject.sex if subject else "",
        f"UBND {one.unit_name}",
        CHANNELS[one.channel],
        _moment(one.received_on, "07:45:00"),
        _moment(one.received_on, "08:15:00") if is_received else "",
        _moment(one.due_on, "17:00:00") if is_received else "",
        _moment(one.finished_on, "16:20:00"),
        _moment(one.software_returned_on, "16:45:00"),
        LABELS[one.status],
        f"{one.procedure_name} ({one.national_code})" if one.national_code else "",
    ]


def write_portal(path: Path, dossiers: Iterable[Dossier]) -> int:
    """The portal's list, one header row; a linked dossier stands under its national code."""
    listed = sorted(_on_portal(dossiers))
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet("Hồ sơ")
        sheet.write(0, 0, "CỔNG DỊCH VỤ CÔNG QUỐC GIA – DANH SÁCH HỒ SƠ")
        sheet.write(1, 0, PERIOD)
        sheet.write_row(3, 0, _PORTAL_HEADERS)
        for number, (code, one) in enumerate(listed, start=1):
            _write_texts(sheet, 3 + number, number, _portal_row(code, one))
    return len(listed)


def _on_portal(dossiers: Iterable[Dossier]) -> Iterator[tuple[str, Dossier]]:
    return (
        (one.national_code or one.code, one) for one in dossiers if one.portal_status is not None
    )


def _portal_row(code: str, one: Dossier) -> list[str]:
    assert one.portal_status is not None
    has_ended = one.portal_status in (Status.DONE, Status.RETURNED)
    is_received = one.portal_status is not Status.SUBMITTED
    return [
        code,
        one.procedure_code,
        one.procedure_name,
        one.applicant.name,
        one.subject.name if one.subject else "",
        f"UBND {one.unit_name}",
        CHANNELS[one.channel],
        _day(one.received_on),
        _day(one.received_on) if is_received else "",
        _day(one.due_on) if is_received else "",
        _day(one.finished_on) if has_ended else "",
        LABELS[one.portal_status],
    ]


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def _moment(value: date | None, hour: str) -> str:
    return f"{value:%d/%m/%Y} {hour}" if value else ""
