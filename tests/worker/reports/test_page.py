"""The page: one file, no script, readable by everybody, nothing unescaped."""

import re
from dataclasses import replace

import pytest
from lxml import etree, html

from tests.worker.reports_sample import UNITS, sample_facts
from worker.reports import build
from worker.reports.draw_html import MOST_URGENT, render


@pytest.fixture(scope="module")
def facts():
    return sample_facts(60)


@pytest.fixture(scope="module")
def text(facts):
    return render(build(facts))


@pytest.fixture(scope="module")
def page(text):
    return html.fromstring(text)


def test_the_page_is_one_file_without_script_or_link_to_anywhere(text, page):
    assert not page.xpath("//script | //link | //iframe | //img | //object | //@onclick")
    assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
    assert not re.findall(r"""(?:href|src)=["'](?!#)""", text)
    assert not re.findall(r"url\(|@import|<!--", text)


def test_every_table_says_which_cells_are_headers(page):
    assert page.get("lang") == "vi"
    assert page.xpath("//table")
    assert not page.xpath("//th[not(@scope)]")
    for table in page.xpath("//table"):
        assert table.xpath("./thead//th")
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//main")
    assert page.xpath("//a[@href='#noi-dung']")


def test_charts_have_names_and_the_figures_beside_them(page):
    charts = page.xpath("//figure/*[local-name()='svg']")
    assert len(charts) == 2
    for chart in charts:
        assert chart.get("role") == "img"
        assert chart.get("aria-label").startswith("Biểu đồ")
        assert not [one for one in chart.iter() if isinstance(one, etree._Comment)]


def contrast(one, other):
    def light(colour):
        values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_text_colour_stands_out(text):
    style = text[text.index("<style>") : text.index("</style>")]
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    for colour in (named["ink"], named["quiet"], "#0b4a8f"):
        assert contrast(colour, "#ffffff") >= 4.5
        assert contrast(colour, named["head"]) >= 4.5
    assert contrast("#ffffff", "#9c0006") >= 4.5


def test_the_first_thing_after_the_title_is_what_was_not_read(text):
    assert text.index("CHƯA ĐỌC ĐỦ") < text.index("Ba con số cần biết")
    assert "Từ thời điểm đó chưa kết luận hồ sơ thiếu, đã khớp hay quá hạn theo nguồn này." in text


def test_the_page_lists_the_most_urgent_of_a_unit_and_points_to_the_workbook():
    facts = sample_facts(MOST_URGENT + 20, units={"X01": UNITS["X01"]})
    page = html.fromstring(render(build(facts)))
    work = page.xpath("//section[@aria-labelledby='chua-khop']//table")[0]
    assert len(work.xpath(".//tbody/tr")) == MOST_URGENT
    told = page.xpath("string(//section[@aria-labelledby='chua-khop'])")
    assert "toàn bộ 520 việc ở tệp doi-soat.xlsx" in " ".join(told.split())


def test_the_urgent_comes_before_the_untidy_and_the_waived_last(facts):
    rows = list(build(facts).work)
    for unit in {row.unit for row in rows}:
        own = [row for row in rows if row.unit == unit]
        assert [row.waived for row in own] == sorted(row.waived for row in own)
        kinds = [row.kind for row in own if row.todo]
        late = [n for n, kind in enumerate(kinds) if kind == "RETURNED_LATE"]
        overdue = [n for n, kind in enumerate(kinds) if kind == "TRULY_OVERDUE"]
        assert not late or not overdue or max(overdue) < min(late)


def test_data_is_escaped():
    facts = sample_facts(30)
    nasty = "<script>alert(1)</script>"
    findings = tuple(
        replace(one, finding=replace(one.finding, book=nasty, national_code=nasty))
        for one in facts.findings
    )
    facts = replace(facts, office=nasty, findings=findings, unit_names={"X01": nasty})
    text = render(build(facts))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_phone_gets_cards_and_paper_gets_no_menu(text):
    assert "@media screen and (max-width: 48rem)" in text
    assert "@media print" in text
    assert 'name="viewport"' in text
    assert 'data-t="Việc cần làm"' in text


def test_no_english_reaches_the_reader(page):
    for element in page.xpath("//style"):
        element.getparent().remove(element)
    words = set(re.findall(r"[A-Za-z]{3,}", page.text_content()))
    assert not words & {
        "the", "and", "one_stop", "portal", "register", "open", "None", "True", "False", "Pygal",
        "pending", "returned", "value", "chart", "OPEN", "WAIVED", "late",
    }  # fmt: skip


def test_nothing_is_drawn_where_there_is_nothing(facts):
    text = render(build(replace(sample_facts(0), trend=(), movements=())))
    assert "<svg" not in text
    assert "Không có hồ sơ chưa khớp trong dữ liệu đã đọc." in text
