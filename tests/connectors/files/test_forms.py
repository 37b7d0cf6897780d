"""The forms of the registers, as workbooks with their merged headers and title rows."""

from __future__ import annotations

from datetime import date

import pytest
import xlsxwriter

from reconcile.claims import Procedure, RegisterType
from tests.connectors.books import Office

DAY = date(2025, 10, 2)

#: Column → (group, sub-header); a column without a group is merged over both rows.
FORM_2018 = (
    ("", "STT"), ("", "Mã hồ sơ"), ("", "Tên TTHC"), ("", "Số lượng hồ sơ (bộ)"),
    ("", "Tên cá nhân, tổ chức"), ("", "Địa chỉ, số điện thoại"),
    ("", "Cơ quan chủ trì giải quyết"), ("Ngày, tháng, năm", "Nhận hồ sơ"),
    ("Ngày, tháng, năm", "Hẹn trả kết quả"), ("Ngày, tháng, năm", "Trả kết quả"),
    ("", "Phương thức nhận kết quả"), ("", "Ký nhận"), ("", "Ghi chú"),
)  # fmt: skip
#: The exact columns of the form of 2025 are not published: a plausible one, known by its words.
FORM_2025 = (
    ("", "TT"), ("", "Mã số hồ sơ"), ("", "Tên thủ tục hành chính"),
    ("Người nộp hồ sơ", "Họ và tên"), ("Người nộp hồ sơ", "Số định danh"),
    ("", "Cơ quan giải quyết"), ("Thời gian", "Tiếp nhận hồ sơ"), ("Thời gian", "Hẹn trả kết quả"),
    ("Thời gian", "Trả kết quả"), ("", "Hình thức nhận kết quả"), ("", "Người nhận ký tên"),
    ("", "Ghi chú"),
)  # fmt: skip
FORM_BIRTHS = (
    ("", "Số"), ("", "Quyển số"), ("", "Trang số"), ("", "Ngày, tháng, năm đăng ký"),
    ("Người được khai sinh", "Họ, chữ đệm, tên"), ("Người được khai sinh", "Ngày sinh"),
    ("Người được khai sinh", "Giới tính"), ("Người mẹ", "Họ, chữ đệm, tên"),
    ("Người mẹ", "Năm sinh"), ("Người cha", "Họ, chữ đệm, tên"), ("Người cha", "Năm sinh"),
    ("Người đi khai sinh", "Họ, chữ đệm, tên"), ("Người đi khai sinh", "Giấy tờ tùy thân"),
    ("", "Loại đăng ký"),
)  # fmt: skip
FORM_DEATHS = (
    ("", "Số"), ("", "Quyển số"), ("", "Ngày đăng ký"),
    ("Người chết", "Họ, chữ đệm, tên"), ("Người chết", "Ngày sinh"), ("Người chết", "Ngày chết"),
    ("Người chết", "Số định danh cá nhân"), ("Người đi khai tử", "Họ, chữ đệm, tên"),
)  # fmt: skip


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def form(office, title, columns, rows, top=3):
    path = office.path("so.xlsx")
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Trang 1")
        sheet.merge_range(0, 0, 0, 3, "ỦY BAN NHÂN DÂN XÃ TÂN HÀ")
        sheet.merge_range(0, 4, 0, 7, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
        sheet.write(1, 0, title)
        at = 0
        while at < len(columns):
            group, name = columns[at]
            last = at
            while group and last + 1 < len(columns) and columns[last + 1][0] == group:
                last += 1
            if not group:
                sheet.merge_range(top, at, top + 1, at, name)
            else:
                if last > at:
                    sheet.merge_range(top, at, top, last, group)
                else:
                    sheet.write(top, at, group)
                for place in range(at, last + 1):
                    sheet.write(top + 1, place, columns[place][1])
            at = last + 1
        sheet.write_row(top + 2, 0, [f"({n})" for n in range(1, len(columns) + 1)])
        for number, row in enumerate(rows, top + 3):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    snapshot = office.only()
    assert snapshot.complete, snapshot.problem
    assert snapshot.rejected == ()
    return snapshot


def test_the_tracking_book_of_2018(office):
    row = [1, "H11.01-251002-0001", "Đăng ký khai sinh", 1, "Lê Thị Thử", "Thôn 1",
           "UBND xã Tân Hà", DAY, DAY, DAY, "Trực tiếp", "Thử", ""]  # fmt: skip
    (claim,) = form(office, "SỔ THEO DÕI HỒ SƠ", FORM_2018, [row]).claims
    assert claim.register_type is RegisterType.TRACKING
    assert (claim.own_code, claim.applicant, claim.unit) == (
        "H11.01-251002-0001", "Lê Thị Thử", "23257",
    )  # fmt: skip
    assert (claim.received_on, claim.due_on, claim.returned_on, claim.signed) == (
        DAY, DAY, DAY, True,
    )  # fmt: skip
    assert claim.taken_by == "Trực tiếp"


def test_a_tracking_book_of_2025_is_known_by_its_words(office):
    row = [1, "H36.129-251002-0035", "Đăng ký khai tử", "Lê Thị Thử", "060185000123",
           "UBND xã Tân Hà", DAY, DAY, DAY, "Bưu chính", "Thử", ""]  # fmt: skip
    (claim,) = form(office, "SỔ THEO DÕI HỒ SƠ", FORM_2025, [row]).claims
    assert claim.register_type is RegisterType.TRACKING
    assert (claim.own_code, claim.procedure) == ("H36.129-251002-0035", Procedure.DEATH)
    assert (claim.applicant, claim.applicant_id) == ("Lê Thị Thử", "060185000123")
    assert (claim.received_on, claim.due_on, claim.returned_on, claim.signed) == (
        DAY, DAY, DAY, True,
    )  # fmt: skip


def test_the_register_of_births_with_its_groups(office):
    row = ["12", "01/2025", "12", DAY, "Lê Văn Mẫu", "30/09/2025", "Nam", "Lê Thị Thử", 1999,
           "Lê Văn Ví", 1998, "Trần Văn Dụ", "060199000123", "Mới"]  # fmt: skip
    (claim,) = form(office, "SỔ ĐĂNG KÝ KHAI SINH", FORM_BIRTHS, [row]).claims
    assert claim.register_type is RegisterType.BIRTHS
    assert (claim.number, claim.book, claim.page, claim.registered_on) == (
        "12", "01/2025", "12", DAY,
    )  # fmt: skip
    assert (claim.subject, claim.birth_date, claim.sex) == ("Lê Văn Mẫu", "2025-09-30", "nam")
    assert (claim.mother, claim.mother_birth_year, claim.father) == (
        "Lê Thị Thử", "1999", "Lê Văn Ví",
    )  # fmt: skip
    assert (claim.applicant, claim.applicant_id) == ("Trần Văn Dụ", "060199000123")


def test_the_register_of_deaths_with_its_groups(office):
    row = ["7", "01/2025", DAY, "Lê Văn Cũ", 1940, "01/10/2025", "060040000123", "Lê Thị Thử"]
    (claim,) = form(office, "SỔ ĐĂNG KÝ KHAI TỬ", FORM_DEATHS, [row]).claims
    assert claim.register_type is RegisterType.DEATHS
    assert (claim.subject, claim.death_date, claim.birth_date) == (
        "Lê Văn Cũ", "2025-10-01", "1940",
    )  # fmt: skip
    assert (claim.subject_id, claim.applicant, claim.number) == (
        "060040000123", "Lê Thị Thử", "7",
    )  # fmt: skip
