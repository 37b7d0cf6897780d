"""Tổng quan: what a chair reads on a phone, and that every number leads to as many lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser

from tests.simulators import district
from tests.simulators.dossiers import COMMUNES
from tests.worker.console.asked import statements
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PHONE, Served, looked_at, serving
from tests.worker.office import Office
from worker.alerts.situation import page_of
from worker.desk import front
from worker.desk.actor import OfficeRole, at_the_shell

#: A commune of which everything was judged, and that has work.
BUSY = COMMUNES[3][0]

ROUTES = {
    "GET /tong-quan": Sample(),
    "GET /ho-so-chua-khop/{number}": Sample(
        own=lambda _console: {"number": "da-tra", "ten": OWN},
        other=lambda _console: {"number": "da-tra", "ten": OTHER},
    ),
}


def links(page: str) -> list[tuple[str, int]]:
    """Every number of a page that leads to a list: where, and how many it says."""
    found = re.findall(r'<a class="n" href="(/ho-so-chua-khop/[^"]+)">[+−]?([\d.]+)</a>', page)
    return [(path.replace("&amp;", "&"), int(count.replace(".", ""))) for path, count in found]


def lines(client: httpx.Client, path: str) -> int:
    """How many lines the list has, all its pages together."""
    count = 0
    while True:
        page = client.get(path).text
        count += page.count('<th scope="row" data-t="Mã hồ sơ">')
        more = re.search(r'rel="next" href="([^"]+)"', page)
        if more is None:
            return count
        path = urljoin(path, more[1].replace("&amp;", "&"))


@pytest.mark.parametrize("units", [None, [BUSY]])
def test_every_number_leads_to_a_list_of_that_length(shared_console: Served, units):
    client = shared_console.client(OfficeRole.VIEWER, units)
    found = links(client.get("/tong-quan").text)
    assert len(found) >= 4
    assert {path: lines(client, path) for path, _ in found} == dict(found)


def test_the_numbers_are_those_of_page_one(shared_console: Served):
    with shared_console.house() as house:
        found = front.front_page(house, at_the_shell("cli:x"))
        said = page_of(house, found.run.id)
        stuck, overdue, undecided = said.page.headline
        assert (found.all.stuck, found.all.overdue) == (stuck.count, overdue.count)
        assert undecided.note.startswith(f"{found.all.undecided} hồ sơ quá hạn")
        by_name = {one.name: one for one in found.units}
        for row in said.units:
            if row.recounted:
                mine = by_name[row.unit]
                assert (mine.stuck or 0, mine.overdue or 0) == (row.stuck or 0, row.overdue or 0)
                assert (mine.undecided or 0) == (row.undetermined_overdue or 0)


def test_the_chair_reads_the_four_answers_on_a_phone(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.APPROVER, [BUSY], size=PHONE)
    page.goto("/tong-quan")
    for answer in ("Đã trả, phần mềm chưa kết thúc", "do đơn vị", "Ai làm, trước ngày nào"):
        place = page.get_by_text(answer).first.bounding_box()
        assert place is not None, answer
        assert place["y"] < PHONE["height"], answer
    looked_at(page, "tong-quan-xa")


def test_the_district_sees_a_line_a_unit(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.APPROVER)
    page.goto("/tong-quan")
    assert page.locator("table.cards tbody tr").count() >= 10
    looked_at(page, "tong-quan-huyen")
    page.locator("dl.front a.n").first.click()
    looked_at(page, "tong-quan-danh-sach")


def test_another_unit_is_not_there(shared_console: Served):
    client = shared_console.client(OfficeRole.VIEWER, [OWN])
    assert client.get(f"/tong-quan?don_vi={OTHER}").status_code == 404
    assert client.get(f"/ho-so-chua-khop/da-tra?ten={OTHER}").status_code == 404
    assert OTHER not in client.get("/tong-quan").text


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/tong-quan", 45),
        ("/ho-so-chua-khop/da-tra", 30),
        ("/chua-ket-luan", 34),
        ("/chay", 60),
        ("/gui-xa", 40),
    ],
)
def test_a_page_asks_the_database_a_few_times_however_many_lines_it_has(
    shared_console: Served, path: str, most: int
):
    client = shared_console.client(OfficeRole.OFFICER)
    client.get(path)
    with statements() as asked:
        assert client.get(path).status_code == 200
    assert len(asked) <= most, len(asked)


@pytest.fixture(scope="module")
def undeclared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same district before anybody declared a book: nobody knows what is truly overdue."""
    truth = district.build(tmp_path_factory.mktemp("undeclared") / "huyen", size=150)
    truth.repair()
    office = Office(truth.folder)
    text = office.config.read_text("utf-8")
    office.config.write_text(re.sub(r"(?ms)^complete_to = \[.*?^\]\n", "", text), "utf-8")
    assert office.command("run", "--period", "2024-Q1").exit_code == 0
    with serving(truth.folder) as served:
        yield served


def test_nowhere_is_zero_said_of_what_nobody_judged(undeclared: Served):
    with undeclared.house() as house:
        found = front.front_page(house, at_the_shell("cli:x"))
        assert found.all.overdue is None
        assert found.all.undecided
        assert "khai sổ" in found.all.why_overdue
        assert [one.overdue for one in found.units if one.overdue is not None] == []
    page = undeclared.client(OfficeRole.VIEWER).get("/tong-quan").text
    assert "chưa xét" in page
    assert re.search(r'<span class="none"[^>]*>–</span></b> có kết luận', page)


@pytest.mark.parametrize("units", [None, *([code] for code, _ in COMMUNES)])
def test_the_pile_of_what_is_overdue_is_empty_for_nobody_who_declared_no_book(
    undeclared: Served, units: list[str] | None
):
    page = undeclared.client(OfficeRole.OFFICER, units).get("/viec").text
    pile = page[page.index("Quá hạn: giải quyết, giải trình") :]
    assert not re.match(r'[^<]*</dt><dd><span class="n">0<', pile)
