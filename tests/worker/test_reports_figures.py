"""The figures of the report: the bridge adds up, and what it cannot explain it says."""

from dataclasses import replace

import pytest

from reconcile.figures import Figures, Table
from reconcile.findings import Kind
from reconcile.judging import NotJudged
from tests.worker.making import discrepancy
from tests.worker.reports_sample import QUARTER, sample_facts
from worker.reports import build, words
from worker.reports.facts import Submitted
from worker.reports.figures import bridge, form_row, rate_ranges, sublines, submitted_row

SUBMITTED = Submitted("", 4917, 246, 2180, 2491, 3503, 905, 865, 1700, 1414, 860, 587)


@pytest.fixture(scope="module")
def statistics():
    return sample_facts(90).statistics


def test_the_bridge_adds_up_from_submitted_to_reconciled(statistics):
    steps = bridge(statistics.all, statistics.moved, submitted_row("(1)", SUBMITTED))
    totals = [step for step in steps if step.total]
    assert [step.title[:3] for step in totals] == ["(1)", "(2)", "(3)"]
    start = steps.index(totals[1])
    moved = steps[start + 1 : -1]
    for column, before in enumerate(totals[1].cells):
        change = sum(step.cells[column] for step in moved)
        assert before + change == totals[2].cells[column]
    assert sum(step.dossiers for step in moved) == len(statistics.moved)
    assert steps[1].cells[:5] == (0, 0, 33, -33, 0)


def test_helps_and_hurts_stand_apart(statistics):
    titles = [step.title for step in bridge(statistics.all, statistics.moved, None)]
    assert any(title.startswith("Có lợi: đã trả kết quả theo sổ; căn cứ: sổ") for title in titles)
    assert any(title.startswith("Bất lợi: ") for title in titles)


def test_what_no_moved_line_explains_is_shown(statistics):
    figures = replace(statistics.all, reconciled=replace(statistics.all.reconciled, late=9999))
    steps = bridge(figures, statistics.moved, None)
    assert steps[-2].title == "Chênh lệch chưa giải thích được"
    assert any(steps[-2].cells)


def test_submitted_rates_follow_the_same_formulas():
    row = submitted_row("(1)", replace(SUBMITTED, late=1733))
    assert words.rate(row.rate) == "47,18 %"
    assert words.rate(row.rate_of_resolved) == "49,47 %"
    assert submitted_row("(1)", Submitted("", 10)).rate is None


def test_the_form_row_keeps_the_form_s_order():
    assert form_row("", QUARTER).cells == (
        4917, 246, 2180, 2491, 3503, 905, 865, 1733, 1414, 827, 587, 0,
    )  # fmt: skip


def test_rates_are_ranges_by_both_formulas():
    table = Table(direct_post=100, on_time=60, late=20, in_time=10, overdue=10, end_unknown=5)
    ranges = rate_ranges(Figures(table, table, table, undetermined=4))
    assert (ranges[0].low, ranges[0].high) == (0.21, 0.3)
    assert (ranges[1].low, ranges[1].high) == (round(15 / 84, 6), round(24 / 84, 6))
    assert words.rate_span(ranges[0].low, ranges[0].high) == "21,00 % – 30,00 %"


def test_sublines_at_zero_are_left_out():
    lines = sublines(Figures(Table(online=3, in_time=3, waiting=2), Table(online=3, in_time=3)))
    assert [(line.recorded, line.reconciled) for line in lines] == [(2, 0)]


def test_what_was_not_judged_stands_on_page_one_with_its_reason():
    rows = {row.reason: row for row in build(sample_facts(30)).page.not_judged}
    portal = rows["Cổng DVCQG chưa đọc đủ nên chưa kết luận hồ sơ nào thiếu"]
    assert portal.kinds == ("Có trên Cổng DVCQG, không có trên phần mềm một cửa",)
    assert portal.units == "Toàn cơ quan"
    assert rows["Sổ của đơn vị chưa được khai là đã nhập đủ"].units == "UBND xã Tân Thắng (12)"


def test_a_case_that_no_rule_could_judge_counts_once():
    facts = sample_facts(5)
    doubt = [
        NotJudged(kind, "", unit, "còn cặp ghép chờ xác nhận", cases)
        for unit, cases in (("X01", 2), ("X02", 1))
        for kind in (Kind.TRULY_OVERDUE, Kind.RETURNED_LATE, Kind.MISSING_IN_SOFTWARE)
    ]
    page = build(replace(facts, not_judged=tuple(doubt))).page
    assert [row.cases for row in page.not_judged] == [3]
    assert page.not_judged[0].label.endswith("và 2 loại khác")
    assert next(one.count for one in page.always if one.label.startswith("Chưa kết luận")) == 3


@pytest.mark.parametrize("silent", [True, False])
def test_known_work_that_was_not_judged_again_is_never_zero(silent):
    facts = sample_facts(30, silent=silent)
    left = tuple(discrepancy(f"motcua:{number}", unit="X99") for number in range(3))
    nothing = build(replace(facts, findings=(), left_open=left))
    stuck, overdue, _ = nothing.page.headline
    assert (stuck.count, stuck.note) == (
        None,
        "3 hồ sơ đã biết từ trước, lần này chưa xét lại được",
    )
    assert overdue.count == 0
    assert nothing.page.conclusion.startswith("Chưa thể kết luận: ")
    assert "3 việc đã biết từ trước" in nothing.page.conclusion
    [unit] = [one for one in nothing.units if one.unit == "X99"]
    assert (unit.stuck, unit.overdue, unit.work) == (None, 0, None)
    assert nothing.run.left_open == {"RETURNED_STILL_PENDING": 3}
    some = build(replace(facts, left_open=left)).page
    assert some.headline[0].count == build(facts).page.headline[0].count
    assert "ngoài ra 3 hồ sơ đã biết từ trước" in some.headline[0].note
    assert "Ngoài ra 3 việc đã biết từ trước, lần này chưa xét lại được." in some.conclusion


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (4917, "4.917"), (1234567, "1.234.567"), (None, "–")],
)
def test_numbers_have_dots(value, text):
    assert words.number(value) == text


def test_signs_rates_and_days_are_written_as_officials_do():
    assert [words.signed(n) for n in (12, -3400, 0)] == ["+12", "−3.400", "0"]
    assert words.rate(None) == "–"
    assert words.rate_span(0.1, 0.1) == "10,00 %"
    assert words.day(None) == ""
    assert words.natural("2") < words.natural("10") < words.natural("")
    assert words.clean("a\tb\x00c\nd") == "a bc d"
