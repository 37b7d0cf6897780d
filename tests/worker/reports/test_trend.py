"""The course of each unit: from the memory of runs to the unit's sheet and section."""

import io
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from lxml import etree

from tests.worker.office import EXPORT, REGISTER, dossiers, entries, make, write
from tests.worker.reports_sample import sample_facts
from worker.house import open_house
from worker.reports import build, charts, pack, unpack
from worker.reports.ages import TrendRow
from worker.reports.draw_html import render
from worker.reports.draw_xlsx import draw
from worker.reports.facts import TrendPoint

DAYS = (date(2024, 2, 29), date(2024, 3, 15), date(2024, 3, 31))
COURSE = "Số việc còn mở sau mỗi lần đối soát: 29/02/2024: 9 → 15/03/2024: 7 → 31/03/2024: 4"


@pytest.fixture(scope="module")
def contents():
    facts = sample_facts(24)
    points = tuple(
        TrendPoint(day, open_, "X01") for day, open_ in zip(DAYS, (9, 7, 4), strict=True)
    )
    return build(replace(facts, trend=(*facts.trend, *points)))


def test_the_unit_s_sheet_tells_its_course(contents):
    file = io.BytesIO()
    draw(unpack(pack(contents)), file)
    book = openpyxl.load_workbook(file)
    told = [str(row[0].value) for row in book["UBND xã Tân Minh"].iter_rows(max_row=6)]
    assert f"{COURSE}." in told
    other = [str(row[0].value) for row in book["UBND xã Tân Thắng"].iter_rows(max_row=6)]
    assert not any("Số việc còn mở" in text for text in other)


def test_the_unit_s_section_tells_and_draws_it(contents):
    page = render(contents)
    assert COURSE in page
    assert page.count('class="spark"') == 1


def test_the_small_line_falls_with_the_numbers():
    rows = tuple(TrendRow(day, open_) for day, open_ in zip(DAYS, (9, 7, 0), strict=True))
    line = etree.fromstring(charts.spark(rows))[0].get("points")
    points = [tuple(map(float, point.split(","))) for point in line.split()]
    assert points[0] == (4.0, 4.0)
    assert points[-1] == (156.0, 28.0)
    assert points[0][1] < points[1][1] < points[2][1]
    assert charts.spark(rows[:1]) == ""


def test_runs_remember_each_unit(tmp_path):
    """Two communes have four each; then one of them closes three of its own."""
    office = make(tmp_path)
    known = dossiers(8)
    for one in known[4:]:
        one["Đơn vị xử lý"] = "Xã Kề Bên"
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, known)
    write(tmp_path / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
    office.run("--as-of", "2024-02-10")
    for one in known[:3]:
        one |= {"Trạng thái": "Đã trả kết quả", "Ngày kết thúc xử lý": one["Ngày hẹn trả"]}
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, known)
    report = office.run("--as-of", "2024-02-20")
    house = open_house(office.config, {})
    packed = house.store.runs.contents(report.run["id"])
    house.store.close()
    work = {unit.unit: unit for unit in unpack(packed).unit_work}
    days = (date(2024, 2, 10), date(2024, 2, 20))
    assert work["Xã Thử Nghiệm"].trend == (TrendRow(days[0], 4), TrendRow(days[1], 1))
    assert work["Xã Kề Bên"].trend == (TrendRow(days[0], 4), TrendRow(days[1], 4))


def test_the_register_says_who_typed_it(tmp_path):
    office = make(tmp_path)
    with office.config.open("a", encoding="utf-8") as file:
        file.write('complete_to = [{ until = 2024-02-29, by = "Cán bộ Thử" }]\n')
    known = dossiers(4)
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, known)
    write(tmp_path / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
    report = office.run("--period", "2024-01", "--as-of", "2024-02-10")
    house = open_house(office.config, {})
    contents = unpack(house.store.runs.contents(report.run["id"]))
    house.store.close()
    assert {row.typed_by for row in contents.moved} == {"Cán bộ Thử"}
