"""Registers as they are kept: several books, ditto marks, long entries, hidden rows, old fonts."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font

from reconcile.claims import Place, Procedure, RegisterType
from tests.connectors.books import (
    BIRTHS_HEADER,
    DEATHS_HEADER,
    TRACKING_HEADER,
    TRACKING_ROW,
    UNITS,
    Office,
)

DAY = date(2024, 1, 2)


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def tracking(number, **changes):
    row = dict(zip(TRACKING_HEADER, TRACKING_ROW, strict=True))
    row |= {"STT": number, "Mã hồ sơ": f"H11.01-240102-{number:04d}"}
    return [({**row, **changes})[name] for name in TRACKING_HEADER]


def test_a_tracking_book_row_becomes_a_claim(office):
    office.write("so.xlsx", [["UBND XÃ TÂN HÀ"], ["SỔ THEO DÕI HỒ SƠ"], [], TRACKING_HEADER,
                             TRACKING_ROW])  # fmt: skip
    snapshot = office.only()
    (claim,) = snapshot.claims
    assert snapshot.complete
    assert snapshot.rows == 1
    assert claim.own_code == "H11.01-240102-0001"
    assert claim.procedure is Procedure.BIRTH
    assert claim.unit == "23257"
    assert (claim.applicant, claim.subject) == ("Lê Thị Thử", "Lê Văn Mẫu")
    assert (claim.received_on, claim.due_on, claim.returned_on) == (DAY, DAY, DAY)
    assert claim.signed
    assert claim.register_type is RegisterType.TRACKING
    assert claim.places == (Place("inbox/so.xlsx", "DS", 5),)
    assert claim.number == ""  # STT alone is no number


def test_the_key_is_the_content_not_the_place(office):
    office.write("so.xlsx", [TRACKING_HEADER, tracking(1), tracking(2)])
    before = {claim.key for claim in office.only().claims}
    office.write("so.xlsx", [["SỔ THEO DÕI"], TRACKING_HEADER, tracking(3), tracking(1),
                             tracking(2)])  # fmt: skip
    after = {claim.key for claim in office.only().claims}
    assert before < after
    assert len(after) == 3


def test_equal_rows_are_told_apart_by_an_ordinal_and_equal_in_two_files(office):
    office.write("a.xlsx", [TRACKING_HEADER, tracking(1), tracking(1)])
    office.write("b.xlsx", [TRACKING_HEADER, tracking(1)])
    first, second = office.read()
    assert len({claim.key for claim in first.claims}) == 2
    assert second.claims[0].key == first.claims[0].key


def test_births_and_deaths_in_one_sheet_and_in_several(office):
    births = [["SỔ ĐĂNG KÝ KHAI SINH"], BIRTHS_HEADER,
              [12, "01/2024", DAY, "Lê Văn Mẫu", "01/01/2024", "Lê Thị Thử", 1999]]  # fmt: skip
    deaths = [["SỔ ĐĂNG KÝ KHAI TỬ"], DEATHS_HEADER,
              [7, "01/2024", DAY, "Lê Văn Cũ", "31/12/2023"]]  # fmt: skip
    office.write("so.xlsx", {"Cả hai": [*births, [], *deaths], "KS": births[1:], "KT": deaths})
    claims = office.only().claims
    kinds = [(claim.register_type, claim.procedure, claim.number) for claim in claims]
    assert kinds == [
        (RegisterType.BIRTHS, Procedure.BIRTH, "12"),
        (RegisterType.DEATHS, Procedure.DEATH, "7"),
        (RegisterType.BIRTHS, Procedure.BIRTH, "12"),
        (RegisterType.DEATHS, Procedure.DEATH, "7"),
    ]
    birth, death = claims[:2]
    assert (birth.birth_date, birth.mother, birth.mother_birth_year, birth.book) == (
        "2024-01-01", "Lê Thị Thử", "1999", "01/2024",
    )  # fmt: skip
    assert (death.death_date, death.registered_on) == ("2023-12-31", DAY)
    assert claims[0].key != claims[2].key  # identical rows of one file are two rows


def test_numbering_subtotals_footers_and_empty_lines_are_no_rows(office):
    office.write(
        "so.xlsx",
        [
            TRACKING_HEADER,
            [f"({at})" for at in range(1, 11)],
            tracking(1),
            [],
            ["", "Cộng: 1 hồ sơ"],
            tracking(2, **{"Người được đăng ký": "Tống Thị Cộng"}),
            ["Tổng cộng", "", "", "", "", 2, 2, 2],
            [3], [4],
            ["Người lập biểu"],
            ["", "Hàm Mẫu, ngày 31 tháng 3 năm 2024"],
        ],
    )  # fmt: skip
    snapshot = office.only()
    assert [claim.places[0].row for claim in snapshot.claims] == [3, 6]
    assert snapshot.rows == 2
    assert snapshot.rejected == ()


def test_a_header_printed_again_on_the_next_page_is_no_row(office):
    office.write("so.xlsx", [["SỔ THEO DÕI"], TRACKING_HEADER, tracking(1), ["Trang"],
                             TRACKING_HEADER, tracking(2)])  # fmt: skip
    assert [claim.places[0].row for claim in office.only().claims] == [3, 6]


def test_ditto_marks_repeat_the_cell_above(office):
    office.write(
        "so.xlsx",
        [
            TRACKING_HEADER,
            tracking(1),
            tracking(2, **{"Nhận hồ sơ": '"', "Hẹn trả kết quả": "nt", "Trả kết quả": "//",
                           "Tên TTHC": "như trên", "Người được đăng ký": "Lê Văn Hai"}),
            tracking(3, **{"Nhận hồ sơ": "〃"}),
        ],
    )  # fmt: skip
    claims = office.only().claims
    assert [claim.received_on for claim in claims] == [DAY] * 3
    assert (claims[1].due_on, claims[1].returned_on) == (DAY, DAY)
    assert claims[1].procedure is Procedure.BIRTH
    assert claims[1].subject == "Lê Văn Hai"


def test_a_ditto_mark_under_nothing_or_for_a_number_is_told(office):
    office.write("so.xlsx", [BIRTHS_HEADER, ["nt", "01/2024", "nt", "Lê Văn Mẫu", "2024"]])
    snapshot = office.only()
    assert [(one.column, one.kept) for one in snapshot.rejected] == [
        ("Số", True),
        ("Ngày đăng ký", True),
    ]
    assert snapshot.claims[0].registered_on is None


def test_an_entry_that_runs_over_several_rows_is_one(office):
    office.write(
        "so.xlsx",
        [
            TRACKING_HEADER,
            tracking(1, **{"Người được đăng ký": "", "Ghi chú": "cùng"}),
            ["", "", "", "", "Lê Văn Mẫu", "", "", "", "", "một hộ"],
            tracking(2),
        ],
    )
    first, second = office.only().claims
    assert first.subject == "Lê Văn Mẫu"
    assert first.note == "cùng một hộ"
    assert (first.places[0].row, second.places[0].row) == (2, 4)


def test_twins_under_merged_cells_are_two_entries_that_share_them(office):
    path = office.path("so.xlsx")
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("DS")
        sheet.write_row(0, 0, TRACKING_HEADER)
        sheet.write_row(1, 0, tracking(1, **{"Người được đăng ký": "Lê Văn Một"}))
        sheet.write(2, 4, "Lê Văn Hai")
        for column in (0, 1, 2, 3, 5, 6, 7, 8):
            sheet.merge_range(1, column, 2, column, tracking(1)[column])
        sheet.write_row(3, 0, tracking(2))
    first, second, third = office.only().claims
    assert (first.subject, second.subject) == ("Lê Văn Một", "Lê Văn Hai")
    assert first.own_code == second.own_code != third.own_code
    assert second.returned_on == DAY


def test_hidden_rows_and_sheets_are_read_and_reported(office):
    path = office.path("so.xlsx")
    with xlsxwriter.Workbook(path) as book:
        for name in ("Hiện", "Ẩn"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, TRACKING_HEADER)
            for number in range(1, 6):
                sheet.write_row(number, 0, tracking(number, **{"Ghi chú": name}))
            for number in (2, 3, 5):
                sheet.set_row(number, None, None, {"hidden": True})
        sheet.hide()
    snapshot = office.only()
    assert len(snapshot.claims) == 10
    assert snapshot.warnings == (
        "Trang tính «Hiện» có 3 dòng ẩn (3-4, 6), vẫn được đọc.",
        "Trang tính «Ẩn» bị ẩn, vẫn được đọc.",
        "Trang tính «Ẩn» có 3 dòng ẩn (3-4, 6), vẫn được đọc.",
    )


def test_legacy_fonts_are_read_by_the_cells_font(office):
    path = office.path("so.xlsx")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(TRACKING_HEADER)
    sheet.append(
        tracking(1, **{"Người được đăng ký": "NguyÔn V¨n An", "Người yêu cầu": "NguyÔn v¨n an"})
    )
    sheet["E2"].font = Font(name=".VnTime")
    sheet["D2"].font = Font(name=".VnTimeH")
    sheet.append(tracking(2, **{"Người được đăng ký": "Nguyeãn Vaên An"}))
    sheet["E3"].font = Font(name="VNI-Times")
    sheet.append(tracking(3, **{"Người được đăng ký": "NguyÔn V¨n An"}))  # font not told
    book.save(path)
    claims = office.only().claims
    assert [claim.subject for claim in claims] == ["Nguyễn Văn An"] * 3
    assert claims[0].applicant == "NGUYỄN VĂN AN"


def test_legacy_fonts_inside_rich_text(office):
    path = office.path("so.xlsx")
    with xlsxwriter.Workbook(path) as book:
        font = book.add_format({"font_name": ".VnTime"})
        sheet = book.add_worksheet("DS")
        sheet.write_row(0, 0, TRACKING_HEADER)
        sheet.write_row(1, 0, tracking(1))
        sheet.write_rich_string(1, 4, font, "§µo ", font, "V¨n Sung")
    assert office.only().claims[0].subject == "Đào Văn Sung"


def test_a_header_typed_in_a_legacy_font(office):
    office.write("so.xlsx", [["STT", "M· hå s¬", "Ngµy tr¶ kÕt qu¶"],
                             [1, "H11.01-240102-0001", DAY]])  # fmt: skip
    assert office.only().claims[0].returned_on == DAY


@pytest.mark.parametrize(
    ("name", "sheet", "title", "column", "more", "unit"),
    [
        ("so.xlsx", "DS", "", "TT Tân Nghĩa", 'unit = "Xã Tân Hà"', "23236"),
        ("tan phuc.xlsx", "Tân Phúc", "UBND thị trấn Tân Nghĩa", "", 'unit = "Xã Tân Hà"', "23257"),
        ("tan phuc.xlsx", "Tân Phúc", "UBND THỊ TRẤN TÂN NGHĨA", "", "", "23236"),
        ("tan nghia.xlsx", "Tân Phúc", "SỔ THEO DÕI", "", "", "23242"),
        ("so-tan-nghia_2024.xlsx", "DS", "SỔ THEO DÕI", "", "", "23236"),
        ("Tân Hà/so.xlsx", "DS", "SỔ THEO DÕI", "", "", "23257"),
        ("so.xlsx", "DS", "SỔ THEO DÕI", "", "", ""),
        ("so.xlsx", "DS", "", "Xã Lạ", "", "Xã Lạ"),
    ],
)
def test_the_unit_in_the_order_of_the_contract(office, name, sheet, title, column, more, unit):
    header = [*TRACKING_HEADER, "Đơn vị"]
    office.write(name, {sheet: [[title], header, [*TRACKING_ROW, column]]})
    assert office.only(more=more).claims[0].unit == unit


def test_without_a_units_table_the_office_is_taken_as_it_names_itself(tmp_path):
    office = Office(tmp_path, units="")
    office.write("so.xlsx", [["UBND XÃ MẪU MỰC"], ["SỔ THEO DÕI"], TRACKING_HEADER, TRACKING_ROW])
    assert office.only().claims[0].unit == "UBND XÃ MẪU MỰC"


def test_a_heading_inside_the_table_names_the_unit_of_the_rows_below(office):
    office.write("so.xlsx", [["SỔ THEO DÕI"], TRACKING_HEADER, ["Xã Tân Hà"], tracking(1),
                             ["Xã Tân Phúc"], tracking(2), tracking(3)])  # fmt: skip
    assert [claim.unit for claim in office.only().claims] == ["23257", "23242", "23242"]


def test_a_unit_is_resolved_for_the_day_of_the_row(tmp_path):
    later = UNITS + "23236,Xã Hàm Tân,Xã Tân Hà,,2025-07-01,\n"
    office = Office(tmp_path, units=later)
    office.write("so.xlsx", [["XÃ TÂN HÀ"], TRACKING_HEADER, tracking(1),
                             tracking(2, **{"Nhận hồ sơ": "02/07/2025"})])  # fmt: skip
    assert [claim.unit for claim in office.only().claims] == ["23257", "23236"]


def test_a_row_without_code_and_people_is_rejected_and_bad_cells_are_empty(office):
    office.write(
        "so.xlsx",
        [
            TRACKING_HEADER,
            ["1", "", "Khai sinh", "", "", "02/01/2024"],
            tracking(2, **{"Trả kết quả": "31/02/2024", "Hẹn trả kết quả": "tuần sau"}),
            ["3", "", "", "", "Lê Văn Mẫu", "02/01/2024", "", "03/01/2024"],
        ],
    )
    snapshot = office.only()
    told = [(one.file, one.sheet, one.row, one.column, one.kept) for one in snapshot.rejected]
    assert told == [
        ("inbox/so.xlsx", "DS", 2, "", False),
        ("inbox/so.xlsx", "DS", 3, "Hẹn trả kết quả", True),
        ("inbox/so.xlsx", "DS", 3, "Trả kết quả", True),
    ]
    assert not any("2024" in one.reason or "tuần" in one.reason for one in snapshot.rejected)
    assert [claim.subject for claim in snapshot.claims] == ["Lê Văn Mẫu", "Lê Văn Mẫu"]
    assert snapshot.claims[0].returned_on is None
    assert snapshot.rows == 3
    assert snapshot.complete


def test_a_code_inside_a_note_stands_in_for_an_empty_column(office):
    office.write(
        "so.xlsx",
        [
            TRACKING_HEADER,
            tracking(1, **{"Mã hồ sơ": "", "Ghi chú": "theo HS G22.99.09-240102-0005"}),
            tracking(2, **{"Mã hồ sơ": "", "Ghi chú": "H11.01-240102-0009"}),
            tracking(3, **{"Ghi chú": "xem G22.99.09-240102-0007"}),
        ],
    )
    codes = [(claim.own_code, claim.national_code) for claim in office.only().claims]
    assert codes == [
        ("", "G22.99.09-240102-0005"),
        ("H11.01-240102-0009", ""),
        ("H11.01-240102-0003", ""),
    ]


def test_ids_that_excel_made_numbers_get_their_zero_back(office):
    header = [*TRACKING_HEADER, "Số CCCD"]
    office.write("so.xlsx", [header, [*TRACKING_ROW, 60199001234]])
    assert office.only().claims[0].applicant_id == "060199001234"


def test_what_a_book_is_about_stands_in_for_the_procedure(office):
    header = ["STT", "Mã hồ sơ", "Họ tên người được khai tử", "Nhận hồ sơ", "Trả kết quả"]
    office.write("so.xlsx", [header, [1, "H11.01-240102-0001", "Lê Văn Cũ", DAY, DAY]])
    (claim,) = office.only().claims
    assert claim.procedure is Procedure.DEATH
    assert claim.register_type is RegisterType.TRACKING
