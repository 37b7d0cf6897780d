"""The risk-limiting check as an inspector holds it: freeze, plan, seed, sheets, answers, result."""

from __future__ import annotations

import html
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.reports.check_sheets import FIRST, MISSING, NAME, SECOND

pytestmark = pytest.mark.usefixtures("either_database")

SEED = "31415926535897932384"
PERIOD = "2024-01"


@pytest.fixture
def office(made_once) -> Office:
    """Sixteen births of January, eight of them handed over on paper; the period is frozen."""

    def frozen(folder: Path) -> None:
        office = make(folder)
        known = dossiers(16)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, known)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known[:8]))
        office.run("--period", PERIOD)
        done = office.command("periods", "freeze", PERIOD, "--reason", "Báo cáo số 45", "--yes")
        assert done.exit_code == 0, done.output

    return made_once(frozen)


def said(office: Office, *words: str, code: int = 0) -> str:
    result = office.command("sample", *words)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def known(office: Office) -> dict[str, object]:
    return dict(json.loads(office.command("sample", "show", PERIOD, "--json").stdout))


def begun(office: Office, *options: str) -> dict[str, object]:
    said(office, "plan", PERIOD, "--margin", "20", *options)
    said(office, "seed", PERIOD, SEED, "--witness", "Bà Nguyễn Thanh Tra")
    return known(office)


def truth(office: Office) -> dict[str, str]:
    """The day of return that the book names, by the code of the dossier."""
    folder = office.folder / "inbox/so-giay/a.xlsx"
    rows = list(openpyxl.load_workbook(folder).active.iter_rows(values_only=True))
    head = list(rows[0])
    code, day = head.index("Mã hồ sơ"), head.index("Ngày trả")
    return {str(row[code]): str(row[day]) for row in rows[1:]}


def filled(
    office: Office, folder: Path, *, wrong: frozenset[str] = frozenset(), names: str = "Lê Tra"
) -> Path:
    """The one sheet of the office as two checkers fill it in; ``wrong`` are not found."""
    (path,) = folder.glob("phieu*.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book[NAME]
    head = next(row for row in sheet.iter_rows() if row[0].value == "STT")
    columns = {cell.value: cell.column for cell in head}
    books = truth(office)
    for row in range(head[0].row + 1, sheet.max_row + 1):
        key = sheet.cell(row, columns["Khóa"]).value
        if not key:
            continue
        returned = books.get(sheet.cell(row, columns["Mã hồ sơ"]).value)
        if key in wrong:
            sheet.cell(row, columns["Kết quả tìm"]).value = MISSING
        elif returned:
            sheet.cell(row, columns["Ngày trả kết quả"]).value = returned
        else:
            sheet.cell(row, columns["Kết quả tìm"]).value = "chưa trả"
    for row in sheet.iter_rows(max_row=head[0].row):
        if str(row[0].value).startswith(FIRST):
            row[0].value = f"{FIRST} {names}"
        if str(row[0].value).startswith(SECOND):
            row[0].value = f"{SECOND} Phạm Soát"
    back = office.folder / "phieu-da-ghi.xlsx"
    book.save(back)
    return back


def test_the_ceremony_from_freeze_to_a_verified_result(office: Office) -> None:
    plan = said(office, "plan", PERIOD, "--margin", "20")
    digest = known(office)["manifest_sha256"]
    assert str(digest) in plan
    assert "±20 điểm" in plan
    assert "≤ 5%" in plan
    assert "% %" not in plan
    said(office, "seed", PERIOD, SEED, "--witness", "Bà Nguyễn Thanh Tra")
    out = office.folder / "phieu"
    assert "Đã ghi 1 phiếu" in said(office, "show", PERIOD, "--out", str(out))
    drawn = known(office)["claims"][0]["drawn"]
    assert 0 < drawn <= 16
    told = said(office, "import", str(filled(office, out)), "--period", PERIOD)
    assert "cả cuộc kiểm tra còn 0 hồ sơ chưa có kết quả" in told
    rate = known(office)["claims"][0]
    assert (rate["unanswered"], rate["too_kind"], rate["too_harsh"]) == (0, 0, 0)
    assert rate["proven"] is True
    low, high = rate["interval"]
    assert low <= rate["reported_late"] / 16 <= high
    assert "đạt" in said(office, "close", PERIOD)
    said(office, "show", PERIOD, "--out", str(out))
    assert "Tính lại đúng như đã công bố" in said_alone(office, out)


def said_alone(office: Office, out: Path, code: int = 0) -> str:
    """``sample verify`` in a place where there is no office at all."""
    from click.testing import CliRunner

    from worker.cli import doisoat

    result = CliRunner().invoke(doisoat, ["sample", "verify", str(out)])
    assert result.exit_code == code, result.output
    return result.output


def test_a_sheet_shows_where_to_look_and_nothing_that_we_found(office: Office) -> None:
    begun(office)
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out))
    (path,) = out.glob("phieu*.xlsx")
    sheet = openpyxl.load_workbook(path)[NAME]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    days = set(truth(office).values())
    assert days
    assert not any(str(day)[:10] in cell for day in days for cell in cells)
    assert not any(
        word in cell for cell in cells for word in ("quá hạn", "đúng hạn", "in_progress")
    )


def test_the_seed_comes_after_the_list_once_and_before_a_witness(office: Office) -> None:
    assert "chưa có cuộc kiểm tra nào" in said(
        office, "seed", PERIOD, SEED, "--witness", "Bà An", code=2
    )
    said(office, "plan", PERIOD)
    assert "đúng 20 chữ số" in said(office, "seed", PERIOD, "123", "--witness", "Bà An", code=2)
    assert "người chứng kiến" in said(office, "seed", PERIOD, SEED, code=2)
    assert "Chưa có số gieo" in said(office, "draw", PERIOD, "--more", "1", code=2)
    said(office, "seed", PERIOD, SEED, "--witness", "Bà An")
    assert "chỉ gieo một lần" in said(
        office, "seed", PERIOD, SEED[::-1], "--witness", "Bà An", code=2
    )
    assert known(office)["seed"] == SEED


def test_a_period_that_is_not_frozen_has_no_check(office: Office) -> None:
    assert "chưa chốt" in said(office, "plan", "2024-02", code=2)


def test_fewer_answers_than_drawn_end_nothing(office: Office) -> None:
    begun(office)
    assert "chưa có kết quả" in said(office, "close", PERIOD, code=2)


def test_two_different_people_sign_a_sheet(office: Office) -> None:
    begun(office)
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out))
    back = filled(office, out, names="Phạm Soát")
    assert "hai người kiểm tra khác nhau" in said(
        office, "import", str(back), "--period", PERIOD, code=2
    )


def test_a_paper_that_is_not_found_counts_on_both_sides_and_more_can_be_drawn(
    office: Office,
) -> None:
    begun(office, "--moved", "0")
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out))
    said(office, "import", str(filled(office, out)), "--period", PERIOD)
    sure = known(office)["claims"][0]
    (path,) = out.glob("phieu*.xlsx")
    rows = openpyxl.load_workbook(path)[NAME].iter_rows(values_only=True)
    lost = next(row[8] for row in rows if isinstance(row[0], int))
    said(office, "import", str(filled(office, out, wrong=frozenset([lost]))), "--period", PERIOD)
    rate = known(office)["claims"][0]
    assert (rate["missing"], rate["drawn"]) == (1, sure["drawn"])
    assert rate["interval"][0] < sure["interval"][0]
    assert rate["interval"][1] > sure["interval"][1]
    more = 16 - rate["drawn"]
    assert more > 0
    said(office, "draw", PERIOD, "--more", str(more))
    assert known(office)["claims"][0]["unanswered"] == more
    assert "danh sách có 16" in said(office, "draw", PERIOD, "--more", "1", code=2)


def test_a_new_version_of_the_period_ends_its_check(office: Office) -> None:
    begun(office)
    write(office.folder / "inbox/so-giay/b.xlsx", REGISTER, entries(dossiers(16)[8:12]))
    office.run("--period", PERIOD)
    done = office.command("periods", "correct", PERIOD, "--reason", "sổ nhập thêm")
    assert done.exit_code == 0, done.output
    assert "bản số liệu mới" in said(office, "close", PERIOD, "--reason", "hết hiệu lực", code=2)
    assert "2024-01#1.1" in said(office, "plan", PERIOD)


@pytest.mark.parametrize("what", ["list", "answer", "seed"])
def test_files_that_were_changed_do_not_verify(office: Office, what: str) -> None:
    begun(office)
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out))
    said(office, "import", str(filled(office, out)), "--period", PERIOD)
    said(office, "show", PERIOD, "--out", str(out))
    said_alone(office, out)
    record = out / "kiem-tra.json"
    told = json.loads(record.read_text("utf-8"))
    if what == "list":
        listed = out / "danh-sach-chot.tsv"
        first, *rest = listed.read_text("utf-8").splitlines(keepends=True)
        key, unit, before, _, *days = first.split("\t")
        changed = "\t".join((key, unit, before, "resolved.late", *days))
        assert changed != first
        listed.write_text("".join([changed, *rest]), encoding="utf-8")
    elif what == "answer":
        told["papers"][0]["seen"], told["papers"][0]["returned_on"] = "missing", None
        record.write_text(json.dumps(told), encoding="utf-8")
    else:
        told["seed"]["digits"] = SEED[::-1]
        record.write_text(json.dumps(told), encoding="utf-8")
    assert "KHÔNG khớp" in said_alone(office, out, code=2)


def test_verify_of_the_database_names_a_changed_and_a_removed_step(office: Office) -> None:
    begun(office)
    assert office.command("db", "verify").exit_code == 0
    house = office.house()
    with house.store.database.writer.begin() as connection:
        connection.execute(
            text(
                "update check_step set payload = replace(payload, '3141', '3142') where number = 1"
            )
            if house.store.database.is_sqlite
            else text(
                "update check_step set payload = convert_to(replace(convert_from(payload, 'UTF8'), "
                "'3141', '3142'), 'UTF8') where number = 1"
            )
        )
    told = office.command("db", "verify")
    assert told.exit_code != 0
    assert "Kiểm tra chọn mẫu 2024-01#0.1 bước 1: đã bị sửa" in " ".join(told.output.split())
    with house.store.database.writer.begin() as connection:
        connection.execute(text("delete from check_step where number = 2"))
    told = office.command("db", "verify")
    assert "bước 2: đã bị xóa" in " ".join(told.output.split())


# --- In the report -----------------------------------------------------------------------------


def page(office: Office, *words: str) -> str:
    report = office.run("--period", PERIOD, *words)
    return html.unescape((report.folder / "doi-soat.html").read_text("utf-8"))


def answered(office: Office, wrong: int = 0) -> Path:
    """A check with every paper answered, some of them as not found; the folder of its files."""
    begun(office, "--moved", "0")
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out))
    (path,) = out.glob("phieu*.xlsx")
    rows = openpyxl.load_workbook(path)[NAME].iter_rows(values_only=True)
    keys = [row[8] for row in rows if isinstance(row[0], int)]
    back = filled(office, out, wrong=frozenset(keys[:wrong]))
    said(office, "import", str(back), "--period", PERIOD)
    return out


def test_the_report_says_on_page_one_what_the_papers_prove(office: Office) -> None:
    answered(office)
    report = office.run("--period", PERIOD)
    told = known(office)
    rate = told["claims"][0]
    low, high = (f"{100 * end:.2f}%".replace(".", ",") for end in rate["interval"])
    said_so = f"Đã rút ngẫu nhiên {rate['drawn']}/16 hồ sơ theo số gieo công khai {SEED}"
    on_page = html.unescape((report.folder / "doi-soat.html").read_text("utf-8"))
    assert said_so in on_page
    assert f"nằm trong khoảng {low} – {high}" in on_page
    cover = openpyxl.load_workbook(report.folder / "doi-soat.xlsx")["Tổng hợp"]
    cells = [str(cell.value) for row in cover.iter_rows() for cell in row if cell.value]
    assert any(said_so in cell for cell in cells)
    assert any(str(told["manifest_sha256"]) in cell for cell in cells)
    for check in (report.run["check"], report.statistics["check"]):
        assert check["claims"] == told["claims"]
        assert (check["seed"], check["check"]) == (SEED, f"{PERIOD}#0.1")
    assert list(report.statistics)[-1] == "check"


def test_the_note_to_sign_says_it_too(office: Office) -> None:
    answered(office, wrong=1)
    office.run("--period", PERIOD)
    out = office.folder / "van-ban"
    done = office.command("report", "--format", "docx", "--out", str(out))
    assert done.exit_code == 0, done.output
    texts = ""
    for path in out.rglob("*.docx"):
        with zipfile.ZipFile(path) as archive:
            texts += re.sub(r"<[^>]+>", " ", archive.read("word/document.xml").decode())
    assert "1b. Kiểm tra chọn mẫu với sổ gốc" in texts
    assert "không có giấy để đối chiếu" in texts


def test_papers_against_us_are_listed_with_their_cause(office: Office) -> None:
    answered(office, wrong=1)
    told = page(office)
    assert "không có giấy để đối chiếu: tính là khác, cả hai chiều" in told
    assert "không tìm thấy, rách hoặc không có ngày" in told


def test_an_answer_changes_the_report_though_nothing_else_did(office: Office) -> None:
    answered(office)
    assert "Hồ sơ giấy khác số liệu" not in page(office)
    out = office.folder / "phieu"
    (path,) = out.glob("phieu*.xlsx")
    rows = openpyxl.load_workbook(path)[NAME].iter_rows(values_only=True)
    lost = next(row[8] for row in rows if isinstance(row[0], int))
    back = filled(office, out, wrong=frozenset([lost]))
    said(office, "import", str(back), "--period", PERIOD)
    assert "Hồ sơ giấy khác số liệu" in page(office)


def test_without_a_check_of_these_figures_the_report_says_nothing(office: Office) -> None:
    begun(office)
    drawn = page(office)
    assert "chưa có kết quả nên chưa kết luận" in drawn  # drawn, and not answered
    report = office.run("--from", "2024-01-01", "--to", "2024-02-29")
    assert "check" not in report.run
    assert "check" not in report.statistics
    other = html.unescape((report.folder / "doi-soat.html").read_text("utf-8"))
    assert "Kiểm tra chọn mẫu" not in other


def test_the_check_of_an_older_version_is_not_shown(office: Office) -> None:
    answered(office)
    write(office.folder / "inbox/so-giay/b.xlsx", REGISTER, entries(dossiers(16)[8:12]))
    office.run("--period", PERIOD)
    done = office.command("periods", "correct", PERIOD, "--reason", "sổ nhập thêm")
    assert done.exit_code == 0, done.output
    assert "Kiểm tra chọn mẫu" not in page(office)


def test_the_check_of_one_unit_speaks_of_its_dossiers_alone(office: Office) -> None:
    unit = ("--unit", "Xã Thử Nghiệm")
    assert "Không có đơn vị" in said(office, "plan", PERIOD, "--unit", "Xã Khác", code=2)
    told = said(office, "plan", PERIOD, "--margin", "20", "--moved", "0", *unit)
    assert f"Cuộc kiểm tra {PERIOD}@" in told
    said(office, "seed", PERIOD, SEED, "--witness", "Bà An", *unit)
    assert "chưa có cuộc kiểm tra nào" in said(office, "show", PERIOD, code=2)
    out = office.folder / "phieu"
    said(office, "show", PERIOD, "--out", str(out), *unit)
    (path,) = out.glob("phieu*.xlsx")
    cells = [str(one.value) for row in openpyxl.load_workbook(path)[NAME] for one in row]
    assert any("đúng đến ±20 điểm, với rủi ro không quá 5%" in cell for cell in cells)
    said(office, "import", str(filled(office, out)), "--period", PERIOD, *unit)
    assert "đạt" in said(office, "close", PERIOD, *unit)
    said(office, "show", PERIOD, "--out", str(out), *unit)
    said_alone(office, out)
    assert "Đã rút ngẫu nhiên" in page(office, *unit)
    assert "Kiểm tra chọn mẫu" not in page(office)


def test_a_second_check_of_the_same_figures_says_that_it_is_one(office: Office) -> None:
    answered(office)
    assert office.run("--period", PERIOD).run["check"]["earlier_checks"] == 0
    said(office, "close", PERIOD)
    begun(office, "--moved", "0")
    report = office.run("--period", PERIOD)
    assert report.run["check"]["earlier_checks"] == 1
    assert report.run["check"]["check"] == f"{PERIOD}#0.2"
    assert "trước đó đã có 1 cuộc kiểm tra khác" in page(office)
