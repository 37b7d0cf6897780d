"""The Word documents of a run: what they say, that they are the same twice, and the law in them."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import docx as word
import pytest
from msgspec import structs

from reconcile.claims import Role
from tests.golden.approving import approve
from tests.worker.reports_sample import sample_facts
from worker.reports import build, law, pack, unpack, write
from worker.reports.closing_list import MOST_LISTED
from worker.reports.counts import Count
from worker.reports.draw_docx import explain, sign

HEADER = (
    "STT | Mã hồ sơ | Mã hồ sơ liên thông | Thủ tục | Người được đăng ký (viết tắt) | "
    "Ngày tiếp nhận | Ngày hẹn trả | Ngày có kết quả | Ngày trả kết quả | "
    "Trạng thái trên phần mềm | Vướng tại | Căn cứ (sổ, quyển, số, trang) | Việc cần làm | "
    "Người thực hiện | Kết quả"
)
SIGNERS = ("NGƯỜI LẬP BIỂU", "CÔNG CHỨC LÀM CÔNG TÁC HỘ TỊCH", "THỦ TRƯỞNG ĐƠN VỊ")


@pytest.fixture(scope="module")
def facts():
    return sample_facts(24)


@pytest.fixture(scope="module")
def contents(facts):
    return build(facts)


def drawn(draw, contents):
    file = io.BytesIO()
    draw(contents, file)
    return file


def told(file):
    """Every paragraph, and every row of every table with | between its cells, in order."""
    lines = []
    for part in word.Document(file).iter_inner_content():
        if hasattr(part, "rows"):
            lines += [
                " | ".join(cell.text.replace("\n", " / ") for cell in _cells(row))
                for row in part.rows
            ]
        elif part.text:
            lines.append(part.text)
    return lines


def _cells(row):
    """The cells of a row; one that is drawn over all columns counts once."""
    seen = []
    for cell in row.cells:
        if not seen or cell._tc is not seen[-1]._tc:
            seen.append(cell)
    return seen


def test_the_page_to_sign_is_the_approved_one(contents):
    approve("reports/trinh-ky.txt", "\n".join(told(drawn(sign, contents))) + "\n")


def test_the_note_is_the_approved_one(contents):
    approve("reports/giai-trinh.txt", "\n".join(told(drawn(explain, contents))) + "\n")


@pytest.mark.parametrize("draw", [sign, explain])
def test_the_same_contents_give_the_same_bytes(contents, draw):
    first = drawn(draw, contents).getvalue()
    assert drawn(draw, unpack(pack(contents))).getvalue() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {one.date_time for one in archive.infolist()} == {(2024, 1, 1, 0, 0, 0)}
        assert "thumbnail" not in "".join(archive.namelist())
    properties = word.Document(io.BytesIO(first)).core_properties
    assert (properties.author, properties.comments) == ("", "")


def test_the_documents_go_with_the_files_of_a_run(contents, tmp_path):
    written = write(contents, tmp_path, ("docx",))
    assert set(written) == {"trinh-ky.docx", "giai-trinh.docx"}


def test_the_worklist_has_the_agreed_columns_and_three_signatures(contents):
    lines = told(drawn(sign, contents))
    assert HEADER in lines
    signing = lines[-1]
    assert [part.split(" / ")[0] for part in signing.split(" | ")] == list(SIGNERS)


@pytest.mark.parametrize("draw", [sign, explain])
def test_pages_are_a4_in_times_new_roman(contents, draw):
    document = word.Document(drawn(draw, contents))
    sizes = {
        tuple(sorted((section.page_width.mm, section.page_height.mm)))
        for section in document.sections
    }
    assert {(round(a), round(b)) for a, b in sizes} == {(210, 297)}
    style = document.styles["Normal"]
    size = 12 if draw is sign else 13
    assert (style.font.name, style.font.size.pt) == ("Times New Roman", size)


@pytest.mark.parametrize("draw", [sign, explain])
def test_our_own_column_is_called_neither_right_nor_exact(contents, draw):
    text = "\n".join(told(drawn(draw, contents))).lower()
    assert "chính xác" not in text
    assert "số liệu đúng" not in text
    assert "đề nghị điều chỉnh – chưa thay số liệu đã báo cáo" in text


def test_names_are_initials_unless_asked_for_in_full(facts, contents):
    name = next(one.finding.subject for one in facts.findings)
    assert name not in "\n".join(told(drawn(sign, contents)))
    full = build(replace(facts, full_names=True))
    lines = "\n".join(told(drawn(sign, full)))
    assert any(one.finding.subject in lines for one in facts.findings)
    assert "(viết tắt)" not in lines


def test_every_moved_dossier_stands_in_the_note_and_the_units_add_up(facts, contents):
    lines = told(drawn(explain, contents))
    for move in facts.statistics.moved:
        assert any(move.code in line for line in lines)
    total = next(line for line in lines if line.startswith("Cộng | "))
    assert total.split(" | ")[1] == str(len(facts.statistics.moved))


def test_a_long_list_says_where_the_rest_is():
    contents = build(sample_facts(1700))
    codes = [row.code for row in contents.work if row.closing]
    assert len(codes) > MOST_LISTED
    with zipfile.ZipFile(drawn(sign, contents)) as archive:
        text = archive.read("word/document.xml").decode()
    assert "Danh sách đầy đủ ở trang “Danh sách kết thúc”" in text
    assert sum(code in text for code in codes) == MOST_LISTED


def test_a_number_that_nobody_judged_is_a_dash_and_none_stands_twice(contents):
    open_ = Count("Quá hạn thật", None, "chưa xét: chưa đơn vị nào khai sổ đã nhập đủ")
    where = Count("Phần mềm ghi đã trả, sổ không có", None, where="chưa thấy ở 6/10 đơn vị")
    every = Count("Chưa kết luận được", 38, "13 quá hạn + 25 khác")
    page = structs.replace(contents.page, headline=(open_, every), always=(where, every))
    lines = told(drawn(sign, structs.replace(contents, page=page)))
    at = lines.index("Nội dung | Số hồ sơ | Ghi chú")
    assert lines[at + 1 : at + 4] == [
        "Quá hạn thật | – | chưa xét: chưa đơn vị nào khai sổ đã nhập đủ",
        "Chưa kết luận được | 38 | 13 quá hạn + 25 khác",
        "Phần mềm ghi đã trả, sổ không có | – | chưa thấy ở 6/10 đơn vị",
    ]
    assert len([line for line in lines if line.startswith("Chưa kết luận được")]) == 1


def test_nothing_to_close_is_said(facts):
    empty = build(replace(sample_facts(0, silent=False), not_judged=()))
    assert "Không có hồ sơ đề nghị kết thúc trên phần mềm." in told(drawn(sign, empty))
    assert "Không có hồ sơ nào thay đổi chỉ tiêu." in told(drawn(explain, empty))


def test_text_of_data_is_text(facts):
    strange = replace(facts, office="UBND <xã> & “thử”\x0b")
    lines = told(drawn(sign, build(strange)))
    assert any("UBND <XÃ> & “THỬ”" in line for line in lines)


@pytest.mark.parametrize(
    ("first", "last", "named", "silent"),
    [
        (date(2024, 1, 1), date(2024, 3, 31), "61/2018", "118/2025"),
        (date(2025, 7, 1), date(2025, 9, 14), "118/2025", "03/2025/TT-VPCP"),
        (date(2025, 10, 1), date(2025, 12, 31), "03/2025/TT-VPCP", "61/2018"),
        (date(2027, 3, 1), date(2027, 3, 31), "03/2026/QH16", "60/2014"),
    ],
)
def test_the_law_is_that_of_the_dossiers_date(first, last, named, silent):
    text = "\n".join(law.grounds(first, last))
    assert named in text
    assert silent not in text


def test_where_the_law_changed_within_the_period_both_are_named_with_their_days():
    text = "\n".join(law.grounds(date(2025, 5, 1), date(2025, 9, 30)))
    assert "107/2021/NĐ-CP (hồ sơ tiếp nhận đến hết ngày 30/06/2025)" in text
    assert "118/2025/NĐ-CP ngày 09/06/2025 của Chính phủ (hồ sơ tiếp nhận từ ngày" in text


def test_nothing_is_asserted_of_the_time_before_what_is_known():
    assert law.grounds(date(2022, 1, 1), date(2023, 12, 31)) == ()


def test_a_code_fits_its_column_and_a_date_too(facts):
    """A digit of 7.5 points is 1.32 mm wide, a point or a dash much less; cells have 1.5 mm."""
    code = "000.00.15.H11-240122-0002"
    long = [
        replace(one, finding=replace(one.finding, codes=((Role.ONE_STOP, code),)))
        for one in facts.findings
    ]
    document = word.Document(drawn(sign, build(replace(facts, findings=tuple(long)))))
    [table] = [one for one in document.tables if one.rows[0].cells[0].text == "STT"]
    widths = {
        cell.text: column.width.mm
        for cell, column in zip(table.rows[0].cells, table.columns, strict=True)
    }
    assert sum(widths.values()) == pytest.approx(279, abs=1)
    digits = sum(char.isalnum() for char in code)
    assert widths["Mã hồ sơ"] > digits * 1.32 + (len(code) - digits) * 0.7 + 1.5
    for title in ("Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả", "Ngày trả kết quả"):
        assert widths[title] > 8 * 1.32 + 2 * 0.7 + 1.5


def test_the_instruction_is_said_once_above_the_list(facts):
    lines = told(drawn(sign, build(facts)))
    above = [line for line in lines if "không sửa lùi ngày của hệ thống; hồ sơ liên thông" in line]
    assert len(above) == 1
    assert [line for line in lines if re.fullmatch(r".+ – Kết thúc \(\d+ hồ sơ\)", line)]
