"""One dossier is one line with one instruction, and every file gives the same total."""

import io
import re
from dataclasses import replace
from datetime import date

import docx as word
import pytest

from reconcile.claims import ENDED_WELL, Role
from reconcile.lifecycle import State
from reconcile.scope import Scope
from reconcile.steps import CLOSING, Step
from tests.simulators import district
from tests.worker.reports_sample import sample_facts
from worker import alerts
from worker.house import open_house
from worker.reports import build
from worker.reports.dossiers import Tally, dossiers, said_closing, said_total, tally
from worker.reports.draw_docx import sign
from worker.reports.facts import Tracked
from worker.run import story
from worker.run.requests import Request

AS_OF = date(2024, 3, 31)


@pytest.fixture(scope="module", params=[(7, 260), (11, 400), (4242, 330)], ids=str)
def ran(request, tmp_path_factory):
    """A generated district, reconciled; some findings carry several reasons."""
    seed, size = request.param
    folder = tmp_path_factory.mktemp("district")
    district.build(folder, seed, size).repair()
    house = open_house(folder / "doisoat.toml", {})
    outcome = story.run(house, Request(Scope(as_of=AS_OF), trigger="cli"))
    yield house, outcome.contents
    house.store.close()


def paragraphs(contents):
    file = io.BytesIO()
    sign(contents, file)
    document = word.Document(io.BytesIO(file.getvalue()))
    return [one.text for one in document.paragraphs], document


def number_before(text, words):
    return int(re.search(rf"([\d.]+) {words}", text)[1].replace(".", ""))


def test_page_one_the_mails_the_list_and_the_signature_give_one_total(ran):
    house, contents = ran
    total = contents.tally.total
    assert total > 20
    texts, document = paragraphs(contents)
    signing = next(n for n, text in enumerate(texts) if text.startswith("4. Đề nghị"))
    assert number_before(contents.page.conclusion, "hồ sơ chưa khớp") == total
    assert number_before(texts[signing + 1], "hồ sơ chưa khớp") == total
    assert sum(row.count for row in contents.dossiers if row.part != "none") == total
    mails = alerts.would_go(house)
    assert sum(mail.says.tally.total for mail in mails if mail.kind == "digest") == total
    closing = contents.tally.closing
    assert number_before(texts[signing + 2], "hồ sơ: ") == closing
    numbered = [
        row.cells[0].text
        for table in document.tables
        for row in table.rows
        if table.rows[0].cells[0].text == "STT"
    ]
    assert sum(cell.isdigit() for cell in numbered) == closing
    assert sum(mail.says.tally.closing for mail in mails if mail.kind == "digest") == closing
    assert said_closing(contents.tally) in contents.page.conclusion


def test_every_dossier_stands_once_with_one_instruction(ran):
    _, contents = ran
    rows = list(contents.work)
    led = [row for row in rows if row.lead]
    assert len(led) < len(rows)  # some carry several findings
    coded = [row.code for row in led if row.code and row.count == 1]
    assert len(coded) == len(set(coded))
    assert any(row.also for row in led)


def test_nobody_is_told_to_end_what_the_one_stop_has_ended_or_does_not_have(ran):
    _, contents = ran
    lines = {line.id: line for line in contents.findings}
    ended = {status.value for status in ENDED_WELL}
    seen = set()
    for row in contents.work:
        said = lines[row.id].recorded.get(Role.ONE_STOP.value)
        if "ết thúc trên phần mềm" in row.remedy:
            assert said is not None
            assert said.status not in ended
        seen.add(row.step)
    assert {Step.END, Step.RESEND} <= seen


def test_a_grouped_line_counts_only_dossiers_that_have_no_line_of_their_own():
    facts = sample_facts(6)
    first, second = facts.findings[:2]
    members = (first.finding.anchor, "x:alone", "x:too")
    grouped = Tracked(
        replace(second.finding, anchor=first.finding.anchor, count=3, members=members),
        State.OPEN,
        AS_OF,
    )
    found = dossiers([first, grouped])
    assert [one.count for one in found] == [1, 2]
    assert tally(dossiers([first, grouped])).total == 3


def test_a_total_says_its_parts_and_nothing_is_said_for_nothing():
    tally = Tally(
        {"unit": 330, "software": 80, "suspected": 1}, {"end": 296, "hand_over": 34, "resend": 80}
    )
    assert said_total(tally) == (
        "411 hồ sơ chưa khớp: 330 do đơn vị xử lý, 80 do Cổng, bộ phận công nghệ thông tin xử lý, "
        "1 chờ đồng bộ"
    )
    assert said_closing(tally) == (
        "410 hồ sơ: 296 kết thúc · 34 xác nhận trả · 80 chỉ vướng ở Cổng, bộ phận CNTT"
    )
    assert said_total(Tally()) == "không có hồ sơ chưa khớp"
    assert sum(tally.steps[step] for step in CLOSING) == tally.closing


def test_the_sheets_of_a_commune_bear_its_own_name():
    units = {"X01": "Xã Tân Minh"}
    facts = sample_facts(30, units=units)
    facts = replace(
        facts,
        scope=replace(facts.scope, units=frozenset(units)),
        unit="Xã Tân Minh",
        statistics=replace(facts.statistics, by_unit={}),
        undetermined_overdue=(),
        submitted=(),
    )
    contents = build(facts)
    texts, document = paragraphs(contents)
    assert document.tables[0].rows[0].cells[0].text == "UBND XÃ TÂN MINH"
    assert "Đơn vị: Xã Tân Minh" in texts
    whole, _ = paragraphs(build(sample_facts(30, units=units)))
    assert not [text for text in whole if text.startswith("Đơn vị:")]
