"""A random sample goes out with the workbook and its result comes back into the next report."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.worker.making import NOW
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.reports import unpack
from worker.store import SampleAnswer, Store

pytestmark = pytest.mark.usefixtures("either_database")

SHEET = "Mẫu ngẫu nhiên"
ANSWER = SampleAnswer(7, "so-giay#a.0", "Xã Mẫu", "Mã hồ sơ", True, "An", NOW)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = make(tmp_path)
    known = dossiers(20)
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, known)
    write(tmp_path / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
    return office


def filled(office: Office, answers: dict[int, str]) -> Path:
    """The workbook of a run with these answers in its sample, saved as Excel saves it."""
    report = office.run("--as-of", "2024-02-10")
    path = report.folder / "doi-soat.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    header = next(row for row in sheet.iter_rows() if row[0].value == "STT")
    column = next(cell.column for cell in header if cell.value == "Khớp / Không")
    for number, text in answers.items():
        sheet.cell(header[0].row + number, column).value = text
    filled_in = office.folder / "da-kiem-tra.xlsx"
    book.save(filled_in)
    return filled_in


def newest(office: Office):
    report = office.run("--as-of", "2024-02-10")
    house = office.house()
    packed = house.store.contents(report.run["id"])
    house.store.close()
    assert packed is not None
    return unpack(packed), report.folder


def test_the_newest_answer_of_a_row_counts(store: Store) -> None:
    other = SampleAnswer(7, "so-giay#b.0", "Xã Mẫu", "Mã hồ sơ", True, "An", NOW)
    assert store.papers.answer_sample([ANSWER, other]) == 2
    assert store.papers.answer_sample([ANSWER]) == 0
    wrong = SampleAnswer(7, "so-giay#a.0", "Xã Mẫu", "Mã hồ sơ", False, "Bình", NOW)
    assert store.papers.answer_sample([wrong]) == 1
    assert store.papers.sample_answers(7) == [wrong, other]
    assert store.papers.sample_answers(8) == []


def test_the_result_typed_back_is_the_error_rate_of_the_next_report(office: Office) -> None:
    answers = dict.fromkeys(range(1, 17), "Khớp") | {17: "Không", 18: " không  KHỚP "}
    result = office.command("sample", "import", str(filled(office, answers)), "--by", "Lê Kiểm")
    assert result.exit_code == 0, result.output
    assert "18 dòng có kết quả (2 không khớp)" in result.output
    assert "2 dòng còn để trống" in result.output
    contents, folder = newest(office)
    block = contents.page.checked
    assert block is not None
    assert (block.rows[0].checked, block.rows[0].wrong) == (18, 2)
    assert "tỷ lệ sai 11,11%" in block.said
    assert str(contents.sample.seed) in block.said
    assert {row.title for row in block.rows} >= {"Ghép theo mã, theo số sổ", "Xã Thử Nghiệm"}
    assert "tỷ lệ sai 11,11%" in (folder / "doi-soat.html").read_text("utf-8")
    shown = json.loads(office.command("sample", "show", "--json").stdout)
    assert [(one["checked"], one["wrong"]) for one in shown] == [(18, 2)]


def test_typing_the_same_file_back_again_changes_nothing(office: Office) -> None:
    file = str(filled(office, {1: "Khớp", 2: "Không"}))
    office.command("sample", "import", file)
    assert "0 dòng mới hoặc đổi" in office.command("sample", "import", file).output


def test_what_is_not_understood_is_named_by_its_row_without_its_text(office: Office) -> None:
    result = office.command("sample", "import", str(filled(office, {1: "Khớp", 3: "Bà Mận nói"})))
    assert result.exit_code == 2
    assert f"{SHEET}, dòng " in result.output
    assert "Bà Mận" not in result.output
    assert "1 dòng có kết quả" in result.output  # the others are taken in


def test_another_workbook_is_refused_with_a_reason(office: Office) -> None:
    result = office.command("sample", "import", str(office.folder / "inbox/motcua/a.xlsx"))
    assert result.exit_code == 2
    assert f"không có trang tính «{SHEET}»" in result.output


def test_nothing_is_said_of_samples_that_nobody_checked(office: Office) -> None:
    contents, folder = newest(office)
    assert contents.page.checked is None
    assert "Kết quả kiểm tra mẫu" not in (folder / "doi-soat.html").read_text("utf-8")


def test_the_key_of_a_row_stands_beside_the_print_and_says_nothing_of_anybody(
    office: Office,
) -> None:
    report = office.run("--as-of", "2024-02-10")
    sheet = openpyxl.load_workbook(report.folder / "doi-soat.xlsx")[SHEET]
    header = next(row for row in sheet.iter_rows() if row[0].value == "STT")
    last = header[-1]
    assert last.value == "Khóa dòng (không sửa)"
    printed = sheet.print_area.replace("$", "").rpartition(":")[2]
    assert openpyxl.utils.cell.coordinate_from_string(printed)[0] < last.column_letter


@pytest.mark.parametrize(
    ("written", "matches"),
    [("Khớp", True), ("khop", True), ("KHÔNG", False), ("khong", False), ("không khớp", False)],
)
def test_only_the_two_words_count(office: Office, written: str, matches: bool) -> None:
    result = office.command("sample", "import", str(filled(office, {1: written})))
    assert result.exit_code == 0, result.output
    (one,) = office.house().store.papers.sample_answers()
    assert one.matches is matches


@pytest.mark.parametrize("written", ["x", "K", "v", "đúng", "có", "sai"])
def test_a_mark_that_means_either_is_refused_with_the_reason(office: Office, written: str) -> None:
    result = office.command("sample", "import", str(filled(office, {1: written})))
    assert result.exit_code == 2
    assert "viết Khớp hoặc Không" in result.output
    assert ("cả hai nghĩa" in result.output) is (written.casefold() in ("x", "k", "v"))
    assert office.house().store.papers.sample_answers() == []
