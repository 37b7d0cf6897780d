"""A file is shown as it would be understood, column by column, before it is taken in."""

from __future__ import annotations

import pytest

from config import office_tables
from config.settings import load
from connectors import open_connectors
from connectors.files.preview import letters, reasons
from tests.connectors.books import TRACKING_HEADER, TRACKING_ROW, Office


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def preview(office, more=""):
    office.read(more=more)  # writes the configuration
    settings = load(office.folder / "doisoat.toml", {})
    (connector,) = open_connectors(settings, office_tables.load(settings))
    (seen,) = connector.preview()
    return seen


def test_each_column_says_what_it_is_taken_for(office):
    header = [*TRACKING_HEADER, "Số lượng", "Màu bìa", "Ngày nhận hồ sơ"]
    office.write("so.xlsx", {"Sổ": [["UBND XÃ TÂN HÀ"], ["SỔ THEO DÕI HỒ SƠ"], header,
                                    [f"({at})" for at in range(1, 14)], TRACKING_ROW]})  # fmt: skip
    (table,) = preview(office).tables
    said = {column.label: (column.place, column.field, column.unknown) for column in table.columns}
    assert said["Mã hồ sơ"] == ("B", "own_code", False)
    assert said["Ngày nhận hồ sơ"] == ("M", "received_on", False)
    assert said["Số lượng"] == ("K", "", False)
    assert said["Màu bìa"] == ("L", "", True)
    told = {column.label: column.said for column in table.columns}
    assert told["Nhận hồ sơ"] == "không dùng: cột M đã là ngày tiếp nhận"
    assert (table.sheet, table.first_row, table.last_row, table.rows) == ("Sổ", 3, 3, 1)
    assert (table.register_type, table.unit) == ("so_theo_doi", "23257")
    assert table.unit_from == "dòng phía trên tiêu đề"
    assert table.lacking == ()


@pytest.mark.parametrize(
    ("name", "sheet", "more", "told"),
    [
        ("so.xlsx", "DS", 'unit = "Xã Tân Hà"', "khóa unit của nguồn"),
        ("so.xlsx", "Tân Hà", "", "tên trang tính"),
        ("xa-tan-ha.xlsx", "DS", "", "tên tệp"),
        ("xa-tan-ha/so.xlsx", "DS", "", "tên thư mục"),
        ("so.xlsx", "DS", "", ""),
    ],
)
def test_it_says_what_told_the_unit(office, name, sheet, more, told):
    office.write(name, {sheet: [TRACKING_HEADER, TRACKING_ROW]})
    (table,) = preview(office, more).tables
    assert table.unit_from == told
    assert bool(table.unit) == bool(told)


def test_a_column_of_units_tells_each_row(office):
    office.write("so.xlsx", [[*TRACKING_HEADER, "Đơn vị"], [*TRACKING_ROW, "Xã Tân Hà"]])
    (table,) = preview(office).tables
    assert table.unit_from == "theo từng dòng, cột «Đơn vị»"


def test_missing_columns_are_shown_with_what_was_understood(office):
    office.write("so.xlsx", [["STT", "Mã hồ sơ", "Họ tên", "Ghi chú"],
                             [1, "H11.01-240102-0001", "Lê Văn Mẫu", ""]])  # fmt: skip
    seen = preview(office)
    assert not seen.snapshot.complete
    assert seen.tables[0].lacking == ("ngày trả kết quả hoặc ký nhận hoặc ngày đăng ký",)
    assert [column.field for column in seen.tables[0].columns if column.field] == [
        "own_code", "applicant", "note",
    ]  # fmt: skip


def test_what_is_rejected_is_grouped_by_its_reason(office):
    bad = list(TRACKING_ROW)
    bad[5] = "31/02/2024"
    nobody = [2, "", "Đăng ký khai sinh", "", "", "02/01/2024", "", "02/01/2024"]
    office.write("so.xlsx", [TRACKING_HEADER, bad, nobody, [*bad[:1], "H11.01-240102-0009",
                                                            *bad[2:]], TRACKING_ROW])  # fmt: skip
    seen = preview(office)
    first, second = reasons(seen.snapshot.rejected)
    assert (first.kept, first.rows, first.column) == (False, (3,), "")
    assert (second.kept, second.rows, second.column) == (True, (2, 4), "Nhận hồ sơ")


def test_rows_that_repeat_a_row_are_counted(office):
    office.write("so.xlsx", [TRACKING_HEADER, TRACKING_ROW, TRACKING_ROW])
    assert preview(office).twins == 1


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")]
)
def test_the_encoding_of_a_text_is_told(office, encoding, told):
    text = "Mã hồ sơ;Người được đăng ký;Ngày trả\nH11.01-240102-0001;Lê Văn Mẫu;02/01/2024\n"
    office.text("so.csv", text, encoding)
    seen = preview(office)
    assert (seen.format, seen.encoding, len(seen.snapshot.claims)) == ("csv", told, 1)


def test_converted_fonts_are_told(office):
    text = (
        "M· hå s¬;Hä tªn ng­êi ®­îc khai sinh;Ngµy tr¶\nH11.01-240102-0001;NguyÔn V¨n An;02/01/2024\n"
    )
    office.text("so.csv", text, "cp1252")
    assert preview(office, 'encoding = "tcvn3"').fonts == ((".VnTime", 6),)


def test_a_broken_file_is_one_problem_and_no_table(office):
    office.text("so.xlsx", b"PK\x03\x04")
    seen = preview(office)
    assert seen.tables == ()
    assert seen.snapshot.problem


def test_columns_are_lettered_as_excel_does():
    assert [letters(at) for at in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
