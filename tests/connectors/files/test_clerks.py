"""What clerks and their software really write, in families: the kind is read, not the instance."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import struct
import zipfile
from datetime import date, datetime
from functools import partial

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import cells
from connectors.files import headers
from connectors.files.headers import words
from connectors.files.workbook import PROBLEMS
from tests.connectors.books import Office, write_xlsx
from tests.connectors.sheets.test_formats import biff, compound, windows_1258
from tests.simulators.people import People

HEADER = ["STT", "Mã hồ sơ", "Họ tên người nộp", "Số CCCD", "Họ tên người được khai sinh",
          "Ngày nhận", "Ngày trả kết quả", "Ký nhận", "Ghi chú"]  # fmt: skip
DAY = date(2024, 1, 9)
on = partial(datetime, tzinfo=None)
PEOPLE = People(random.Random(20240109))
NAMES = [PEOPLE.adult("nữ", DAY).name for _ in range(40)]
MARKS = "\u200e\u200f\u200b\u200c\u200d\u202a\u202c\u2060\u2066\u2069\ufeff"


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def row(number, **changes):
    said = dict(zip(HEADER, [number, f"H11.38-240108-{number:04d}", NAMES[number % 40],
                             f"06000800{number:04d}", NAMES[-number % 40], "08/01/2024", "", "",
                             ""], strict=True))  # fmt: skip
    assert set(changes) <= set(said), changes
    return [*(said | changes).values()]


def read(office, *rows, header=HEADER, kind="register"):
    office.write("so.xlsx", [header, *rows])
    return office.only(kind)


# Expected days


@pytest.mark.parametrize(
    "label",
    [
        "Ngày trả kết quả dự kiến", "Dự kiến trả kết quả", "Ngày trả kết quả theo phiếu hẹn",
        "Trả KQ theo giấy hẹn", "Ngày hẹn nhận kết quả", "Ngày phải trả kết quả",
        "Thời hạn trả kết quả", "NGÀY TRẢ\nKẾT QUẢ (DỰ KIẾN)", "Hạn trả kết quả",
        "Ngày trả kết quả theo quy định",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["register", "export"])
def test_an_expected_day_is_the_due_day_and_no_return(office, label, kind):
    table = ["Mã hồ sơ", "Người được đăng ký", "Ngày tiếp nhận", "Trạng thái", label, "Ký nhận"]
    (claim,) = read(
        office, ["H11.38-240108-0001", NAMES[1], "08/01/2024", "Đang xử lý", "10/01/2024", ""],
        header=table, kind=kind,
    ).claims  # fmt: skip
    assert (claim.returned_on, claim.due_on) == (None, date(2024, 1, 10))


@pytest.mark.parametrize(
    "label",
    ["Ngày trả lại hồ sơ", "Trả lại hồ sơ", "Ngày hoàn trả hồ sơ", "Trả kết quả đúng hạn",
     "Ngày trả kết quả (dự kiến/thực tế)"],
)  # fmt: skip
def test_what_goes_back_or_may_be_either_is_no_return(label):
    assert headers.meaning((words(label),), True)[0] not in ("returned_on", "due_on")


@pytest.mark.parametrize(("first", "second"), [(6, 9), (9, 6)])
def test_beside_a_real_return_column_the_real_one_wins(office, first, second):
    table = [*HEADER, ""]
    table[first], table[second] = "Ngày trả kết quả", "Ngày trả kết quả dự kiến"
    one = [*row(1), ""]
    one[first], one[second] = "09/01/2024", "15/01/2024"
    (claim,) = read(office, one, header=table).claims
    assert (claim.returned_on, claim.due_on) == (DAY, date(2024, 1, 15))


def test_a_plain_due_column_goes_before_an_expected_return(office):
    table = [*HEADER, "Ngày hẹn trả", "Ngày trả kết quả dự kiến"]
    (claim,) = read(office, [*row(1), "10/01/2024", "12/01/2024"], header=table).claims
    assert claim.due_on == date(2024, 1, 10)


@pytest.mark.parametrize(
    ("label", "field"),
    [("Ngày giao giấy", "returned_on"), ("Giao", "returned_on"), ("Ký tên", "signed"),
     ("GC", "note"), ("Ngày lấy kết quả", "returned_on")],
)  # fmt: skip
def test_short_headers_of_clerks_are_known(label, field):
    assert headers.meaning((words(label),), True)[0] == field


@pytest.mark.parametrize("levels", [("Trả kết quả", "Giao"), ("Bên giao", "Ký tên"), ("Giao ban",)])
def test_the_givers_column_is_no_proof(levels):
    assert headers.meaning(tuple(map(words, levels)), True)[0] not in ("returned_on", "signed")


# Signatures and days that say "not yet"

NOT_YET = ["Chưa đến nhận", "chưa nhận", "Chưa ký", "chua nhan", "CHƯA", "vắng", "Vắng nhà",
           "hẹn 20/01", "Hẹn lại", "đang xử lý", "Đang chờ ký", "chờ công an", "không đến",
           "Không", "☐", "[ ]", "( )", "☐ Đã nhận", "sẽ đến lấy sau", "còn ở bộ phận một cửa",
           "(Ký, ghi rõ họ tên)", "tồn", "Đợi mẹ về"]  # fmt: skip
GIVEN = ["đã ký", "Đã nhận", "x", "X", "v", "✓", "☑", "[x]", "☑ Đã nhận ☐ Chưa nhận", "rồi",
         "Lê Thị Thử", "lê thị thử", "LTT", "mẹ", "chồng nhận thay", "Bưu điện", "09/01/2024",
         "Nguyễn Thị Vắng", "Vàng A Mẫu", "Trần Văn Đợi"]  # fmt: skip
UNSURE = ["?", "liên hệ sau", "0912", "đã gọi, chưa đến", "xem lại"]


@pytest.mark.parametrize("said", NOT_YET)
def test_a_signature_cell_that_says_not_yet_proves_nothing(office, said):
    snapshot = read(office, row(1, **{"Ký nhận": said}))
    (claim,) = snapshot.claims
    assert (claim.signed, claim.unread, snapshot.rejected) == (False, (), ())


@pytest.mark.parametrize("said", GIVEN)
def test_a_signature_is_one(said):
    assert cells.signed(said) == (True, "")


@pytest.mark.parametrize("said", UNSURE)
def test_what_says_neither_is_not_judged_and_told(office, said):
    snapshot = read(office, row(1, **{"Ký nhận": said}))
    (claim,) = snapshot.claims
    assert (claim.signed, claim.unread) == (False, ("signed",))
    assert [one.column for one in snapshot.rejected] == ["Ký nhận"]


@pytest.mark.parametrize("dots", ["……", "............", "____", "- - -", "…………………", "—"])
def test_a_line_to_write_on_is_empty(office, dots):
    snapshot = read(office, row(1, **{"Ký nhận": dots, "Ngày trả kết quả": dots, "Ghi chú": dots}))
    (claim,) = snapshot.claims
    assert (claim.signed, claim.returned_on, claim.unread) == (False, None, ())
    assert snapshot.rejected == ()


def test_a_day_beside_not_yet_is_only_an_expected_one(office):
    snapshot = read(office, row(1, **{"Ngày trả kết quả": DAY, "Ký nhận": "chưa đến nhận"}))
    (claim,) = snapshot.claims
    assert (claim.returned_on, claim.signed, claim.unread) == (None, False, ("returned_on",))
    assert "chưa nhận" in snapshot.rejected[0].reason


@pytest.mark.parametrize("said", ["Đã trả ngày 09/01/2024", "đã giao 9/1/2024", "09/01/2024 (rồi)",
                                  "trả lúc 9h30 ngày 09/01/2024", "Đã nhận KQ 09.01.2024",
                                  "'09/01/2024"])  # fmt: skip
def test_words_that_repeat_the_header_do_not_hide_the_day(office, said):
    (claim,) = read(office, row(1, **{"Ngày trả kết quả": said})).claims
    assert claim.returned_on == DAY


@pytest.mark.parametrize("said", ["09/1", "tháng 1", "2024", "trả lại 09/01/2024", "?", "#N/A",
                                  "09/01/2024 và 10/01/2024", "31/02/2024", "9999-12-31T17:00Z",
                                  "đã trả", "01²", "9" * 5000])  # fmt: skip
def test_an_unread_cell_is_never_an_empty_one(office, said):
    snapshot = read(office, row(1, **{"Ngày trả kết quả": said}))
    (claim,) = snapshot.claims
    assert (claim.returned_on, claim.unread) == (None, ("returned_on",))
    assert [(one.column, one.kept) for one in snapshot.rejected] == [("Ngày trả kết quả", True)]


@pytest.mark.parametrize("said", ["chưa trả", "đang xử lý", "hẹn 20/01/2024", ""])
def test_a_day_cell_that_says_not_yet_is_read(office, said):
    snapshot = read(office, row(1, **{"Ngày trả kết quả": said}))
    assert (snapshot.claims[0].returned_on, snapshot.claims[0].unread) == (None, ())
    assert snapshot.rejected == ()


# Marks that nobody sees


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_invisible_marks_change_nothing(data):
    def strewn(text):
        places = data.draw(st.lists(st.integers(0, len(text)), max_size=4))
        for at in places:
            text = text[:at] + data.draw(st.sampled_from(MARKS)) + text[at:]
        return text

    assert cells.day(strewn("09/01/2024"))[0] == DAY
    assert cells.partial_date(strewn("2024-01-09"))[0] == "2024-01-09"
    assert cells.person_id(strewn("060008000001"))[0] == "060008000001"
    assert cells.code(strewn("H11.38-240108-0001"))[0] == "H11.38-240108-0001"
    assert cells.shown(strewn("Lê Thị Thử")) == "Lê Thị Thử"
    assert cells.signed(strewn("chưa nhận")) == (False, "")
    assert words(strewn("Ngày trả kết quả")) == "ngay tra ket qua"


@pytest.mark.parametrize("label", ["CCCD: ", "Số CMND ", "cccd số: ", "Căn cước công dân: "])
def test_a_label_before_a_number_is_no_part_of_it(label):
    assert cells.person_id(f"{label}060008000001") == ("060008000001", "")


# Crossed out


def struck_xlsx(path, rows, struck, runs=()):
    with xlsxwriter.Workbook(path) as book:
        sheet, line = book.add_worksheet("So"), book.add_format({"font_strikeout": True})
        for number, one in enumerate([HEADER, *rows]):
            for column, cell in enumerate(one):
                if (number, column) in runs:
                    sheet.write_rich_string(number, column, line, f"{cell}", " sửa")
                elif cell != "":
                    sheet.write(number, column, cell, line if (number, column) in struck else None)


def test_an_entry_that_is_crossed_out_is_none(office):
    rows = [row(1, **{"Ngày trả kết quả": "09/01/2024"}), row(2)]
    struck_xlsx(office.path("so.xlsx"), rows, {(1, column) for column in range(1, 9)})
    snapshot = office.only()
    assert [claim.own_code for claim in snapshot.claims] == ["H11.38-240108-0002"]
    assert [(one.row, one.kept) for one in snapshot.rejected] == [(2, False)]
    assert "gạch bỏ" in snapshot.rejected[0].reason


@pytest.mark.parametrize("as_run", [False, True])
def test_a_cell_that_is_crossed_out_is_not_used_and_not_empty(office, as_run):
    rows = [row(1, **{"Ngày trả kết quả": "09/01/2024"}), row(2)]
    place = {(1, 6)}
    struck_xlsx(office.path("so.xlsx"), rows, set() if as_run else place, place if as_run else ())
    snapshot = office.only()
    assert (snapshot.claims[0].returned_on, snapshot.claims[0].unread) == (None, ("returned_on",))
    assert [one.column for one in snapshot.rejected] == ["Ngày trả kết quả"]


STRUCK = '<span style="text-decoration: line-through">{}</span>'


@pytest.mark.parametrize("mark", ["<s>{}</s>", "<del>{}</del>", STRUCK])
def test_a_page_that_crosses_out(office, mark):
    lines = [HEADER, row(1, **{"Ngày trả kết quả": mark.format("09/01/2024")}), row(2)]
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines)
    office.text("so.xls", f"<html><body><table>{body}</table></body></html>")
    assert office.only().claims[0].unread == ("returned_on",)


# Day and month swapped by Excel


def test_a_column_that_excel_swapped_is_not_used(office):
    given = [on(2024, month, 1) for month in (3, 4, 5)] + ["13/01/2024", "15/01/2024"]
    snapshot = read(
        office, *(row(n, **{"Ngày trả kết quả": one}) for n, one in enumerate(given, 1))
    )
    assert [claim.returned_on for claim in snapshot.claims] == [
        None, None, None, date(2024, 1, 13), date(2024, 1, 15)
    ]  # fmt: skip
    assert [claim.unread for claim in snapshot.claims[:3]] == [("returned_on",)] * 3
    assert len([one for one in snapshot.rejected if "đảo" in one.reason]) == 3
    assert any("Ngày trả kết quả" in one and "đảo" in one for one in snapshot.warnings)
    assert len({claim.key for claim in snapshot.claims}) == 5


@pytest.mark.parametrize(
    "given",
    [
        [on(2024, 1, 3), on(2024, 1, 25), "13/01/2024", "15/01/2024"],
        [on(2024, 1, 3), on(2024, 1, 4), "13/01/2024", "05/01/2024"],
        [on(2024, 1, 3), on(2024, 1, 4), on(2024, 1, 5), "13/01/2024"],
        ["13/01/2024", "15/01/2024", "17/01/2024"],
    ],
)
def test_an_ordinary_column_of_both_kinds_is_used(office, given):
    snapshot = read(
        office, *(row(n, **{"Ngày trả kết quả": one}) for n, one in enumerate(given, 1))
    )
    assert all(claim.returned_on for claim in snapshot.claims)


# Formulas without a value


def test_a_formula_that_nobody_calculated_is_not_empty(office):
    path = office.write("so.xlsx", [HEADER, row(1, **{"Ngày trả kết quả": "09/01/2024"}), row(2)])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = re.sub(rb'<c r="G2"[^>]*>.*?</c>', b'<c r="G2"><f>TODAY()</f></c>', parts[name])
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    snapshot = office.only()
    assert snapshot.claims[0].unread == ("returned_on",)
    assert "chưa được tính" in snapshot.rejected[0].reason


# Text files


def as_csv(rows, delimiter, end):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encode", [lambda text: text.encode("utf-8-sig"), windows_1258])
def test_every_line_end_is_one(office, end, delimiter, encode):
    rows = [HEADER, row(1, **{"Ngày trả kết quả": "09/01/2024"}), row(2)]
    office.text("so.csv", encode(as_csv(rows, delimiter, end)))
    assert [claim.returned_on for claim in office.only().claims] == [DAY, None]


@pytest.mark.parametrize("said", ['="09/01/2024"', "'09/01/2024"])
def test_signs_that_keep_excel_from_changing_a_cell_are_no_part_of_it(office, said):
    rows = [HEADER, row(1, **{"Ngày trả kết quả": said, "Số CCCD": '="060008000001"'})]
    office.text("so.csv", as_csv(rows, ",", "\r\n"))
    (claim,) = office.only().claims
    assert (claim.returned_on, claim.applicant_id) == (DAY, "060008000001")


def test_commas_inside_cells_are_no_delimiter(office):
    table = ["Mã hồ sơ", "Người được khai sinh", "Ngày trả", "Địa chỉ"]
    lines = [";".join(table)] + [
        f"H11.38-240108-{n:04d};{NAMES[n]};09/01/2024;tổ 1, ấp 2, xã A, huyện B, tỉnh C, Việt Nam"
        for n in range(1, 9)
    ]
    office.text("so.csv", "\n".join(lines) + "\n")
    assert [claim.returned_on for claim in office.only().claims] == [DAY] * 8


@pytest.mark.parametrize(
    "meta", ["windows-1252", "iso-8859-1", "utf-8", "không-có-mã-này", "us-ascii"]
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
def test_a_page_is_read_by_what_it_is_not_by_what_it_says(office, meta, encoding):
    lines = [HEADER, row(1, **{"Ngày trả kết quả": "09/01/2024"})]
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines)
    head = f'<head><meta http-equiv="Content-Type" content="text/html; charset={meta}"></head>'
    office.text("so.xls", f"<html>{head}<body><table>{body}</table></body></html>", encoding)
    (claim,) = office.only().claims
    assert (claim.returned_on, claim.applicant) == (DAY, NAMES[1])


# Files and folders


def test_a_password_is_told_as_one(office):
    # After the first record (BOF, 20 bytes with its head) stands FILEPASS, and noise behind it.
    stream = biff([["a"] * 3] * 9)
    locked = stream[:20] + struct.pack("<HH", 0x2F, 6) + os.urandom(6) + os.urandom(5000)
    office.text("so.xls", compound("Workbook", locked))
    assert office.only().problem == PROBLEMS["encrypted"]


@pytest.mark.parametrize("name", ["so-2.csv", "so-3.xls", "SO-4.XLSM", "so-5.tsv"])
def test_a_table_that_its_ending_keeps_out_is_named(office, name):
    office.write("so.xlsx", [HEADER, row(1, **{"Ngày trả kết quả": DAY})])
    office.text(name, as_csv([HEADER, row(2)], ",", "\n"))
    office.text("ghi-chu.txt", "không phải bảng")
    first, second = office.read("register", 'path = "inbox/*.xlsx"')
    assert first.complete
    assert (second.file, second.complete) == (f"inbox/{name}", False)
    assert "không khớp path «inbox/*.xlsx»" in second.problem


def test_a_pattern_that_says_more_than_an_ending_passes_over_what_it_means(office):
    office.write("so-1.xlsx", [HEADER, row(1)])
    office.text("khac.csv", "a,b\n")
    (only,) = office.read("register", 'path = "inbox/so-*.xlsx"')
    assert only.complete


@pytest.mark.parametrize("folder", ["[2024]", "Quý [I]", "a[b", "[!x]", "[]"])
@pytest.mark.parametrize("last", ["*.xlsx", "so [1].xlsx"])
def test_brackets_in_names_are_themselves(office, folder, last):
    write_xlsx(office.path(f"{folder}/so [1].xlsx"), {"DS": [HEADER, row(1)]})
    (snapshot,) = office.read("register", f'path = "inbox/{folder}/{last}"')
    assert (snapshot.complete, snapshot.file) == (True, f"inbox/{folder}/so [1].xlsx")


def test_a_name_that_is_no_utf_8_is_shown_and_read(office):
    path = os.fsencode(office.path("so.xlsx")).replace(b"so.xlsx", b"so-\xff\xfe.xlsx")
    good = office.write("tot.xlsx", [HEADER, row(1)])
    os.link(good, path)
    one, two = sorted(office.read(), key=lambda one: one.file)
    assert (one.file, one.complete) == ("inbox/so-\\xff\\xfe.xlsx", True)
    assert two.complete
    one.file.encode()


def test_a_sheet_without_a_unit_is_of_the_unit_of_the_others(office):
    office.write("so.xlsx", {
        "Tháng 1": [HEADER, row(1, **{"Ngày trả kết quả": DAY})],
        "Tháng 2": [["UBND XÃ TÂN HÀ"], HEADER, row(2)],
        "Tháng 3": [HEADER, row(3)],
    })  # fmt: skip
    snapshot = office.only()
    assert [claim.unit for claim in snapshot.claims] == ["23257"] * 3
    office.write("so.xlsx", {
        "Tháng 1": [["UBND XÃ TÂN HÀ"], HEADER, row(1, **{"Ngày trả kết quả": DAY})],
        "Tháng 2": [["UBND XÃ TÂN HÀ"], HEADER, row(2)],
        "Tháng 3": [["UBND XÃ TÂN HÀ"], HEADER, row(3)],
    })  # fmt: skip
    assert {one.key for one in office.only().claims} == {one.key for one in snapshot.claims}


def test_sheets_of_two_units_lend_no_unit(office):
    office.write("so.xlsx", {
        "A": [["UBND XÃ TÂN HÀ"], HEADER, row(1)], "B": [["UBND XÃ TÂN PHÚC"], HEADER, row(2)],
        "C": [HEADER, row(3)],
    })  # fmt: skip
    assert [claim.unit for claim in office.only().claims] == ["23257", "23242", ""]


def test_an_error_that_nobody_foresaw_ends_one_file_alone(office, monkeypatch):
    from connectors.files.folder import FileConnector

    office.write("a.xlsx", [HEADER, row(1)])
    office.write("b.xlsx", [HEADER, row(2)])
    parse = FileConnector._parse

    def broken(self, content, file, *more):
        if file.endswith("a.xlsx"):
            raise ZeroDivisionError(NAMES[1])
        return parse(self, content, file, *more)

    monkeypatch.setattr(FileConnector, "_parse", broken)
    problems = {one.file: (one.complete, one.problem) for one in office.read()}
    assert problems["inbox/b.xlsx"] == (True, "")
    complete, problem = problems["inbox/a.xlsx"]
    assert not complete
    assert "ZeroDivisionError" in problem
    assert NAMES[1] not in problem
