"""The figures of the report: the bridge adds up, and what it cannot explain it says."""

from dataclasses import replace
from datetime import date

import pytest

from reconcile.figures.form import Figures, Table
from reconcile.findings import Kind, Reach, Undecided
from reconcile.judging.absence import NOT_DECLARED
from tests.worker.making import discrepancy
from tests.worker.reports_sample import QUARTER, UNITS, sample_facts
from worker import words
from worker.reports import build
from worker.reports.facts import Opening, SubmittedFigures
from worker.reports.figures import bridge, form_row, rate_ranges, sublines, submitted_row

SUBMITTED = SubmittedFigures("", 4917, 246, 2180, 2491, 3503, 905, 865, 1700, 1414, 860, 587)


@pytest.fixture(scope="module")
def statistics():
    return sample_facts(90).statistics


def test_the_bridge_adds_up_from_submitted_to_reconciled(statistics):
    steps = bridge(statistics.all, statistics.moved, submitted_row("A", SUBMITTED))
    totals = [step for step in steps if step.total]
    assert [step.title[:2] for step in totals] == ["A.", "B.", "C."]
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
    assert words.rate(row.rate) == "47,18%"
    assert words.rate(row.rate_of_resolved) == "49,47%"
    assert submitted_row("(1)", SubmittedFigures("", 10)).rate is None


def test_the_form_row_keeps_the_form_s_order():
    assert form_row("", QUARTER).cells == (
        4917, 246, 2180, 2491, 3503, 905, 865, 1733, 1414, 827, 587, 0,
    )  # fmt: skip


def test_rates_are_ranges_by_both_formulas():
    table = Table(direct_post=100, on_time=60, late=20, in_time=10, overdue=10, end_unknown=5)
    ranges = rate_ranges(Figures(table, table, table, undetermined=4))
    assert (ranges[0].low, ranges[0].high) == (0.21, 0.3)
    assert (ranges[1].low, ranges[1].high) == (round(15 / 84, 6), round(24 / 84, 6))
    assert words.rate_span(ranges[0].low, ranges[0].high) == "21,00% – 30,00%"


def test_sublines_at_zero_are_left_out():
    lines = sublines(Figures(Table(online=3, in_time=3, waiting=2), Table(online=3, in_time=3)))
    assert [(line.recorded, line.reconciled) for line in lines] == [(2, 0)]


def test_what_was_not_judged_stands_on_page_one_with_its_reason():
    rows = {row.reason: row for row in build(sample_facts(30)).page.not_judged}
    portal = rows["Cổng DVCQG chưa đọc đủ nên chưa kết luận hồ sơ nào thiếu"]
    assert portal.kinds == ("Có trên Cổng DVCQG, không có trên phần mềm một cửa",)
    assert portal.units == "Toàn cơ quan"
    undeclared = rows["Sổ của đơn vị chưa được khai là đã nhập đủ"]
    assert undeclared.units == "UBND xã Thắng Hải (4), UBND xã Tân Thắng (8)"
    assert (portal.cases, undeclared.cases) == (0, 12)


def test_what_could_not_be_judged_is_one_number_and_its_parts():
    asked = frozenset({Kind.TRULY_OVERDUE, Kind.RETURNED_LATE, Kind.MISSING_IN_SOFTWARE})
    doubt = [
        Undecided("còn cặp ghép chờ xác nhận", unit, asked, cases)
        for unit, cases in (("X01", 9), ("X02", 6))
    ]
    contents = build(replace(sample_facts(5), undecided=tuple(doubt), not_judged=()))
    page = contents.page
    assert [row.cases for row in page.not_judged] == [15]
    assert page.not_judged[0].label.endswith("và 2 loại khác")
    assert page.headline[-1].count == 15
    assert page.headline[-1].note.startswith("12 hồ sơ quá hạn, chưa kết luận (có danh sách) + 3 ")
    assert page.always[-1] == page.headline[-1]
    assert contents.run.undetermined == {"total": 15, "overdue": 12, "others": 3}


JUDGED = frozenset({"X01", "X02", "X03"})


@pytest.mark.parametrize(
    ("found", "unjudged", "count", "said"),
    [
        (0, {}, 0, "đang giải quyết quá hạn, sổ đã nhập đủ"),
        (0, {"X01", "X02", "X03"}, None, "chưa xét: chưa đơn vị nào khai sổ đã nhập đủ"),
        (0, {"X02"}, None, "chưa thấy ở 2/3 đơn vị; 1 đơn vị chưa xét: chưa khai sổ đã nhập đủ"),
        (4, {"X02"}, 4, "ở 2/3 đơn vị; 1 đơn vị chưa xét: chưa khai sổ đã nhập đủ. Đang"),
    ],
)
def test_a_number_says_in_how_many_units_it_was_judged(found, unjudged, count, said):
    facts = sample_facts(30)
    overdue = [one for one in facts.findings if one.finding.kind is Kind.TRULY_OVERDUE][:found]
    reach = Reach(JUDGED, dict.fromkeys(unjudged, NOT_DECLARED.reason))
    every = {kind: Reach(JUDGED) for kind in Kind} | {Kind.TRULY_OVERDUE: reach}
    contents = build(replace(facts, findings=tuple(overdue), reach=every))
    shown = contents.page.headline[1]
    assert (shown.label, shown.count) == ("Quá hạn thật", count)
    assert shown.note.startswith(said)
    ageing = dict(contents.page.ageing.series)["Quá hạn thật"]
    assert (ageing == (None,) * 5) == (count is None)
    units = {unit.unit: unit.overdue for unit in contents.units if not unit.overdue}
    assert all(units[UNITS[one]] is None for one in unjudged if UNITS[one] in units)


def test_the_bridge_sets_what_came_after_the_cut_off_apart():
    facts = sample_facts(90)
    steps = build(facts).page.bridge
    late = [step for step in steps if step.title.endswith("; bổ sung sau ngày chốt")]
    # The generator types every fifth row two weeks after the others.
    rows = {place: row for row in facts.claims.values() for place in row.places}
    came = sum(rows[move.places[0]].read_on == date(2024, 4, 15) for move in facts.statistics.moved)
    assert sum(step.dossiers for step in late) == came > 0
    (said,) = build(facts).page.first_read
    assert "được đọc lần đầu ngày 01/04/2024, sau ngày chốt 1 ngày" in said


def test_nothing_known_before_the_period_is_no_agreement():

    opening = Opening(carried=0, recount=0)
    (said,) = build(replace(sample_facts(5), opening=opening)).page.opening
    assert "chưa có dữ liệu trước 01/01/2024, chưa so được" in said
    (agreed,) = build(
        replace(sample_facts(5), opening=replace(opening, carried=3, recount=3))
    ).page.opening
    assert agreed.endswith(": khớp.")


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
    assert "Còn 3 việc đã biết từ trước, lần này chưa xét lại được." in some.conclusion


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (4917, "4.917"), (1234567, "1.234.567"), (None, "–")],
)
def test_numbers_have_dots(value, text):
    assert words.number(value) == text


def test_signs_rates_and_days_are_written_as_officials_do():
    assert [words.signed(n) for n in (12, -3400, 0)] == ["+12", "−3.400", "0"]
    assert words.rate(None) == "–"
    assert words.rate_span(0.1, 0.1) == "10,00%"
    assert words.day(None) == ""
    assert words.natural("2") < words.natural("10") < words.natural("")
    assert words.clean("a\tb\x00c\nd") == "a bc d"
