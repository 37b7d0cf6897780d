"""No figure says more than is known: an office of ten communes whose books nobody declared.

Every file of a run is opened and read as its reader would; beside what the product counts stands
a count of the generator's own, by another way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import html as lxml_html
from openpyxl import load_workbook

from reconcile.claims import Status
from tests.simulators import undeclared
from tests.simulators.district import Truth
from tests.worker.office import Office
from worker.reports import contents as report_contents
from worker.reports.contents import Contents
from worker.words import committee

SIZE = 260
Q1, Q2 = ("--period", "2024-Q1"), ("--period", "2024-Q2")
AS_OF = date(2024, 3, 31)
#: What would be a claim over units that nobody could judge.
CLAIM = re.compile(r"\b0+ (?:hồ sơ )?(?:đang giải quyết )?quá hạn", re.IGNORECASE)


@dataclass(frozen=True)
class Ran:
    """One run as its readers have it: the terminal and every file."""

    folder: Path
    said: str
    code: int

    @property
    def run(self) -> dict:
        return dict(json.loads((self.folder / "run.json").read_text("utf-8")))

    @property
    def page(self):
        return lxml_html.parse(str(self.folder / "doi-soat.html")).getroot()

    @property
    def cells(self) -> dict[str, list[list[object]]]:
        book = load_workbook(BytesIO((self.folder / "doi-soat.xlsx").read_bytes()))
        return {sheet.title: [list(row) for row in sheet.values] for sheet in book}

    def texts(self) -> Iterator[str]:
        """Everything that anybody reads of it, file after file."""
        yield self.said
        yield " ".join(self.page.text_content().split())
        for rows in self.cells.values():
            for row in rows:
                yield " ".join(str(cell) for cell in row if cell is not None)
        for path in self.folder.glob("*.docx"):
            xml = ZipFile(path).read("word/document.xml").decode()
            for row in re.findall(r"<w:tr[ >].*?</w:tr>|<w:p[ >].*?</w:p>", xml, re.DOTALL):
                yield " ".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", row))


def ran(office: Office, name: str, *words: str) -> Ran:
    out = office.folder / "out" / name
    result = office.command("run", "--out", str(out), *words)
    return Ran(out, result.stderr + result.stdout, result.exit_code)


@dataclass(frozen=True)
class World:
    office: Office
    truth: Truth
    first: Ran
    second: Ran


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The first quarter, then the second one with the same files."""
    truth = undeclared.build(tmp_path_factory.mktemp("ht"), size=SIZE)
    office = Office(truth.folder)
    return World(office, truth, ran(office, "q1", *Q1), ran(office, "q2", *Q2))


def undecided_by_hand(truth: Truth) -> set[str]:
    """In progress, past due, and no register of whatever kind names it: from the invented lives."""
    return {
        one.code
        for one in truth.dossiers
        if one.code
        and one.is_vital
        and one.status in (Status.ACCEPTED, Status.PROCESSING)
        and one.due_on < AS_OF
        and not (one.in_register and one.ended_on)
    }


# A1 --------------------------------------------------------------------------------------------


def test_nothing_is_called_0_overdue_where_no_book_was_declared(world: World) -> None:
    for one in (world.first, world.second):
        assert [text for text in one.texts() if CLAIM.search(text)] == []


@pytest.mark.parametrize("label", ["Quá hạn thật", "Đang giải quyết quá hạn, chưa có căn cứ"])
def test_every_file_has_a_dash_and_the_reason(world: World, label: str) -> None:
    found = [text for text in world.first.texts() if text.startswith(label)]
    assert [text for text in found if re.search(r"\b0\b", text)] == []
    rows = [row for row in world.first.cells["Tổng hợp"] if str(row[0]).startswith(label)]
    assert [("–" in row, any("chưa xét" in str(cell) for cell in row)) for row in rows] == [
        (True, True)
    ]
    page = " ".join(world.first.page.text_content().split())
    assert f"{label}" in page
    assert "– chưa xét: chưa đơn vị nào khai sổ đã nhập đủ" in page
    assert re.search(r"Quá hạn thật\s+–\s+chưa xét: chưa đơn vị nào khai", world.first.said)


def test_no_unit_shows_0_truly_overdue(world: World) -> None:
    rows = world.first.page.xpath('//section[@aria-labelledby="don-vi"]//tbody/tr')
    assert len(rows) >= 10
    assert {row.xpath("td")[1].text for row in rows} == {"–"}
    sheet = world.first.cells["Đơn vị"]
    (header,) = (row for row in sheet if "Quá hạn thật" in row)
    at = header.index("Quá hạn thật")
    shown = {row[at] for row in sheet[sheet.index(header) + 1 :] if isinstance(row[0], int)}
    assert shown == {"–"}


def test_one_number_is_undecided_and_its_parts_sum(world: World) -> None:
    contents = contents_of_run(world, 1)
    count = contents.page.headline[-1]
    parts = [int(number) for number in re.findall(r"(\d+) hồ sơ", count.note)]
    assert count.count == sum(parts) > 0
    assert count.count == sum(row.cases for row in contents.page.not_judged)
    assert count.count == sum(unit.undetermined or 0 for unit in contents.units)
    assert world.first.run["undetermined"] == {
        "total": count.count, "overdue": parts[0], "others": count.count - parts[0]
    }  # fmt: skip


def contents_of_run(world: World, number: int) -> Contents:
    store = world.office.house().store
    runs = sorted(store.runs.newest(), key=lambda one: one.id)
    packed = store.runs.contents(runs[number - 1].id)
    assert packed is not None
    return report_contents.unpack(packed)


# A2 --------------------------------------------------------------------------------------------


def test_a_period_of_which_no_source_speaks_is_not_read_in_full(world: World) -> None:
    second = world.second
    said = "Phần mềm một cửa chỉ có đến 31/03/2024; kỳ 01/04–30/06/2024 chưa có dữ liệu"
    assert second.code == 3
    assert second.run["exit_code"] == 3
    assert said in second.said
    alarm = second.page.xpath('//section[@class="alarm"]')[0].text_content()
    assert said in alarm
    assert second.run["sources"]["motcua"]["complete"] is False
    assert not list(second.folder.glob("*.docx"))
    assert list(world.first.folder.glob("*.docx"))


def test_no_rate_is_told_of_it_anywhere(world: World) -> None:
    statistics = json.loads((world.second.folder / "statistics.json").read_text("utf-8"))
    for figures in (statistics["all"], *statistics["by_unit"].values()):
        for table in (figures["recorded"], figures["reconciled"]):
            assert (table["late_rate"], table["late_rate_of_resolved"]) == (None, None)
    assert not re.search(r"\d%", world.second.said)
    page = world.second.page
    assert not page.xpath('//section[@aria-labelledby="cau-noi"]')
    figures = page.xpath('//section[@aria-labelledby="so-lieu"]//tbody//td')
    assert {cell.text_content().strip() for cell in figures} <= {"–", ""}


def test_nothing_opens_and_nothing_resolves_by_it(world: World) -> None:
    assert world.second.run["counts"] == {}
    assert world.second.run["writes"]["changes"] == 0
    assert world.second.run["left_open"]


def test_up_to_which_day_and_when_stand_side_by_side(world: World) -> None:
    page = world.first.page
    header = page.xpath("//header")[0].text_content()
    assert "Phần mềm một cửa đến 31/03/2024" in header
    assert re.search(r"đọc lúc \d\d giờ \d\d phút ngày", header)
    motcua = world.first.run["sources"]["motcua"]
    assert motcua["data_to"] == "2024-03-31"
    assert motcua["read_at"] > "2026"


def test_an_export_that_has_grown_old_is_told(world: World) -> None:
    assert any("31/03/2024, cách 30/06/2024 91 ngày" in one for one in world.second.run["warnings"])
    assert "Lưu ý" in world.second.said
    assert world.first.run["warnings"] == []
    checked = world.office.command("check", "--offline")
    assert "số liệu xuất chỉ đến ngày 31/03/2024" in checked.stdout + checked.stderr


# A5, C6 ----------------------------------------------------------------------------------------


def test_the_overdue_and_undecided_are_listed_by_code(world: World) -> None:
    by_hand = undecided_by_hand(world.truth)
    sheet = world.first.cells["Quá hạn, chưa kết luận"]
    listed = [row for row in sheet if isinstance(row[0], int)]
    assert {row[1] for row in listed} == by_hand
    page = world.first.page.xpath('//section[@aria-labelledby="qua-han-chua-ket-luan"]')[0]
    assert len(page.xpath(".//tbody/tr")) == len(by_hand)
    assert f"({len(by_hand)})" in page.xpath("h2")[0].text
    contents = contents_of_run(world, 1)
    assert world.first.run["undetermined_overdue"] == len(by_hand)
    assert sum(unit.undetermined_overdue or 0 for unit in contents.units) == len(by_hand)
    assert f"{len(by_hand)} hồ sơ quá hạn, chưa kết luận" in contents.page.headline[-1].note


def test_find_says_how_long_and_why_it_is_not_decided(tmp_path: Path) -> None:
    truth = undeclared.build(tmp_path, size=120)
    office = Office(truth.folder)
    ran(office, "q1", *Q1)
    one = next(one for one in truth.dossiers if one.code in undecided_by_hand(truth))
    days = (AS_OF - one.due_on).days
    told = office.command("find", one.code).stdout
    assert f"Quá hạn {days} ngày, chưa kết luận: sổ chưa khai đủ" in told
    assert f"tiếp nhận {one.received_on:%d/%m/%Y}, hẹn trả {one.due_on:%d/%m/%Y}" in told
    assert "không thấy gì lệch" not in told

    other = next(unit for unit in ("Xã Sông Trà", "Xã Tân Hòa") if unit != one.unit_name)
    ran(office, "one", *Q1, "--unit", other)
    told = office.command("find", one.code).stdout
    assert "Chưa xét trong lượt gần nhất" in told
    assert "không thấy gì lệch" not in told


# A4 --------------------------------------------------------------------------------------------


def test_a_made_up_register_is_told_of_in_any_order(tmp_path: Path) -> None:
    truth = undeclared.build(tmp_path)
    typed = undeclared.falsify(truth)
    office = Office(truth.folder)
    one = ran(office, "q1", *Q1)
    signs = {(sign["sign"], sign["unit"]): sign for sign in one.run["signs"]}
    assert {name for name, unit in signs if not unit} == {
        "return_is_due", "one_sided", "pending_only"
    }  # fmt: skip
    held = signs["pending_only", ""]
    # The truth's own count; dossiers received before the period and ended before it are left out.
    assert len(typed) - held["count"] <= 0.05 * len(typed)
    assert signs["one_sided", ""]["count"] == signs["one_sided", ""]["of"]
    assert "Dấu hiệu cần kiểm tra" in one.said
    assert one.page.xpath('//section[@class="signs"]')
    assert any("DẤU HIỆU CẦN KIỂM TRA" in str(row) for row in one.cells["Tổng hợp"])


def test_registers_that_were_kept_show_no_sign(world: World) -> None:
    assert world.first.run["signs"] == []
    assert "Dấu hiệu cần kiểm tra" not in world.first.said


# A6, A10, A11 ----------------------------------------------------------------------------------


def test_the_first_run_compares_with_nothing(world: World) -> None:
    movements = " ".join(contents_of_run(world, 1).page.movements)
    assert "Lần đối soát đầu tiên" in movements
    assert "chưa có gì để so" in movements
    assert "mới" not in movements


def test_every_step_says_what_it_moves_in_both_rates(world: World) -> None:
    page = contents_of_run(world, 1).page
    (first, *steps, last) = page.bridge
    for way in ("rate", "rate_of_resolved"):
        moved = sum(points(getattr(step, way)) for step in steps)
        whole = points(getattr(last, way)) - points(getattr(first, way))
        assert moved == pytest.approx(whole, abs=0.01 * len(steps) + 0.01)
        assert any(points(getattr(step, way)) for step in steps)


def points(text: str) -> float:
    return float(text.replace("%", "").replace("−", "-").replace("+", "").replace(",", "."))


def test_a_register_read_long_after_the_period_says_so(world: World) -> None:
    (said, *_) = contents_of_run(world, 1).page.first_read
    assert re.search(r"được đọc lần đầu ngày \d\d/\d\d/\d{4}, sau ngày chốt [\d.]+ ngày", said)
    assert said in world.first.page.text_content()
    assert any(said in str(row) for row in world.first.cells["Tổng hợp"])


# B7, C8 ----------------------------------------------------------------------------------------


def test_an_empty_inbox_has_dashes_and_says_where_to_put_files(tmp_path: Path) -> None:
    truth = undeclared.build(tmp_path, size=60)
    for path in truth.folder.glob("inbox/*/*"):
        path.unlink()
    one = ran(Office(truth.folder), "q1", *Q1)
    assert one.code == 3
    assert "chép tệp vào thư mục inbox/motcua" in one.said
    assert "xuất lại tệp hỏng" not in one.said
    assert not list(one.folder.glob("*.docx"))
    numbers = one.page.xpath('//dl[@class="headline"]//strong')
    assert [number.text for number in numbers] == ["–"] * 3
    figures = one.page.xpath('//section[@aria-labelledby="so-lieu"]//tbody//td')
    assert {cell.text_content().strip() for cell in figures} <= {"–", ""}


def test_a_report_of_one_unit_names_it(world: World, tmp_path: Path) -> None:
    one = ran(world.office, "one", *Q1, "--unit", "Xã Tân Lạc")
    page = one.page
    assert [text.text for text in page.xpath('//header/p[@class="office"]')][1] == "Xã Tân Lạc"
    assert page.xpath("//h1")[0].text.endswith("– XÃ TÂN LẠC")
    assert page.xpath("//title")[0].text.endswith("Xã Tân Lạc")
    cover = [str(cell) for row in one.cells["Tổng hợp"][:6] for cell in row if cell]
    assert "XÃ TÂN LẠC" in cover
    assert any(text.endswith("– XÃ TÂN LẠC") for text in cover)
    assert "ở Xã Tân Lạc" in page.xpath('//p[@class="conclusion"]')[0].text


def test_a_period_without_data_cannot_be_frozen(world: World) -> None:
    refused = world.office.command("periods", "freeze", "2024-Q2", "--reason", "thử")
    assert refused.exit_code == 2
    assert "kỳ 01/04–30/06/2024 chưa có dữ liệu" in refused.stderr + refused.stdout


def test_mails_say_what_the_report_of_the_last_period_that_was_read_says(world: World) -> None:
    """The overdue and undecided of each unit, and not a word of the quarter without data."""
    of_all = (
        run
        for run in world.office.house().store.runs.newest()
        if run.scope.as_of == AS_OF and run.scope.units is None
    )
    packed = world.office.house().store.runs.contents(next(of_all).id)
    assert packed is not None
    wanted = {
        committee(unit.unit): unit.undetermined_overdue or 0
        for unit in report_contents.unpack(packed).units
    }
    assert {0} < set(wanted.values())
    mails = json.loads(world.office.command("alerts", "preview", "--json").stdout)
    assert len(mails) >= 10
    for mail in mails:
        said = re.fullmatch(
            r"\[Đối soát hồ sơ\] (.*?): .*?(?:(\d+) (?:hồ sơ )?quá hạn chưa kết luận)? "
            r"\(đến ngày 31/03/2024\)",
            mail["subject"],
        )
        assert said is not None, mail["subject"]
        assert wanted[said[1]] == int(said[2] or 0)
        [text] = [Path(file) for file in mail["files"] if file.endswith(".html")]
        shown = " ".join(lxml_html.parse(str(text)).getroot().text_content().split())
        assert not CLAIM.search(shown)
        assert "không có hồ sơ đang giải quyết quá hạn" not in shown
        assert "30/06/2024" not in shown


def test_a_finding_is_told_of_the_day_on_which_it_was_seen(world: World) -> None:
    listed = world.office.command("findings", "list").stdout
    seen = re.findall(r"(\d\d/\d\d/\d{4}), tính đến ngày chốt 31/03/2024", listed)
    assert seen
    today = world.office.house().clock.today()
    assert set(seen) <= {f"{today:%d/%m/%Y}", f"{today - timedelta(1):%d/%m/%Y}"}
