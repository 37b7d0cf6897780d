"""A worklist comes back filled in: each row is shown before, done as one batch, undone as one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")

KNOWN = dossiers(6)
STUCK = "Đã trả kết quả, phần mềm chưa kết thúc"
LIST = ("STT", "Mã hồ sơ", "Người thực hiện", "Kết quả")


@pytest.fixture
def office(made_once) -> Office:
    """Six births; five handed over on paper, pending in the software."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, KNOWN)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(KNOWN[:5]))
        office.run("--as-of", "2024-02-10")

    return made_once(reconciled)


def said(office: Office, *words: str, code: int = 0) -> str:
    result = office.command("findings", *words)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def states(office: Office) -> list[str]:
    listed = office.command("findings", "list", "--json", "--kind", STUCK)
    return sorted(one["state"] for one in json.loads(listed.stdout))


def filled(office: Office, *results: tuple[str, str]) -> str:
    rows = [
        dict(zip(LIST, (at, KNOWN[at]["Mã hồ sơ"], who, result), strict=True))
        for at, (who, result) in enumerate(results)
    ]
    return str(write(office.folder / "viec.xlsx", LIST, rows))


def test_each_row_is_shown_then_done_and_undone_as_one(office: Office) -> None:
    before = states(office)
    file = filled(office, ("", "đã làm"), ("Lan", ""), ("", "Không thuộc đơn vị"), ("", "mai tính"))
    told = said(office, "import", file, code=2)
    for text in ("đánh dấu đã làm", "nhận việc (người thực hiện: Lan)", "không thuộc đơn vị tôi"):
        assert text in told
    assert "viec.xlsx, trang “Trang1”, dòng 5, cột “Kết quả”: “mai tính” chưa hiểu" in told
    assert "Chưa ghi gì" in told
    assert states(office) == before
    told = said(office, "import", file, "--yes")
    assert states(office) == ["ACKNOWLEDGED", "OPEN", "OPEN", "OPEN", "WAIVED"]
    assert "đã nạp" in said(office, "import", file, "--yes", code=2)
    batch = re.search(r"undo (lo-[0-9a-f]+)", told)
    assert batch
    assert "Hoàn tác" in said(office, "undo", batch[1])
    assert states(office) == before
    assert "đã được hoàn tác" in said(office, "undo", batch[1], code=2)
    assert "Không có lượt" in said(office, "undo", "lo-00000000", code=2)


def test_the_workbook_of_the_report_comes_back_as_well(office: Office) -> None:
    office.run("--as-of", "2024-02-10")
    file = next(office.folder.rglob("doi-soat.xlsx"))
    book = openpyxl.load_workbook(file)
    sheet = book["Danh sách kết thúc"]
    heads = next(row for row in sheet.iter_rows() if "Kết quả" in [one.value for one in row])
    column = [one.value for one in heads].index("Kết quả") + 1
    code = [one.value for one in heads].index("Mã hồ sơ") + 1
    at = next(n for n in range(heads[0].row, 40) if str(sheet.cell(n, code).value).startswith("H"))
    sheet.cell(at, column).value = "x"
    book.save(office.folder / "bao-cao.xlsx")
    told = said(office, "import", str(office.folder / "bao-cao.xlsx"), code=2)
    assert "“x” chưa hiểu" in told  # it may mean either
    sheet.cell(at, column).value = "Đã kết thúc"
    book.save(office.folder / "bao-cao.xlsx")
    told = said(office, "import", str(office.folder / "bao-cao.xlsx"), "--yes")
    assert "1 hồ sơ" in told


def test_a_file_without_a_list_is_refused(office: Office) -> None:
    file = write(office.folder / "khac.xlsx", ("Tên",), [{"Tên": "gì đó"}])
    assert "không có danh sách việc" in said(office, "import", str(file), code=2)


def test_why_tells_of_a_dossier_a_unit_and_a_run(office: Office) -> None:
    def why(text: str) -> str:
        result = office.command("why", text)
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    told = why(KNOWN[5]["Mã hồ sơ"])
    assert "sổ chưa có dòng của hồ sơ này" in told
    assert "chưa khai báo nguồn Cổng DVCQG" in told
    assert "sổ của đơn vị chưa được khai báo" in why(KNOWN[0]["Đơn vị xử lý"])
    run = office.house().store.runs.newest_done()
    assert run is not None
    assert why(run.id)
    office.run("--as-of", "2024-02-10")
    again = office.house().store.runs.newest_done()
    assert again is not None
    assert "Không nguồn nào có hồ sơ, dòng sổ mới" in why(again.id)
    assert office.command("why", "H11.99-990101-0001").exit_code == 2
