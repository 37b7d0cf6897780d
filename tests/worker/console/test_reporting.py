"""S6: every number of a period is a list of its length; two people freeze; nothing unread is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx
import pytest
from playwright.sync_api import Browser

from tests.worker.console.matrix import Sample
from tests.worker.console.served import OWN, Served, looked_at, printed
from tests.worker.counting import approved, carried_out, counted
from worker.desk import period_documents, periods
from worker.desk.actor import OfficeRole, at_the_shell

PERIOD, UNREAD = "2024-Q1", "2024-Q2"
ANSWERS = (200, 303, 409)
ROW = ["300", "20", "250", "30", "180", "100", "60", "20", "120", "90", "30"]


def looked(console: Served) -> Mapping[str, str]:
    """Somebody counted the quarter."""
    with console.house() as house:
        if not house.store.periods.drafts() and not house.store.periods.all():
            counted(house, at_the_shell("t"), PERIOD)
    return {"ky": PERIOD}


def frozen(console: Served) -> Mapping[str, str]:
    looked(console)
    with console.house() as house:
        if not house.store.periods.all():
            periods.propose(house, at_the_shell("t"), PERIOD, "Báo cáo số 45")
            approved(house, at_the_shell("u"), PERIOD)
    return {"ky": PERIOD}


def a_document(console: Served) -> Mapping[str, str]:
    """Of a run of the own unit."""
    from click.testing import CliRunner

    from worker.cli import doisoat

    with console.house() as house:
        scope = periods.scope_of(house, PERIOD)
        for run in house.store.runs.newest(9):
            if run.scope.units == frozenset([OWN]):
                return {"run": run.id, "file": period_documents.WORKBOOK}
    words = ["run", "--period", PERIOD, "--unit", OWN, "--config", str(console.config)]
    assert CliRunner().invoke(doisoat, words).exit_code == 0
    assert scope
    return a_document(console)


def of_the_whole(console: Served) -> Mapping[str, str]:
    with console.house() as house:
        run = next(one for one in house.store.runs.newest(9) if one.scope.units is None)
        return {"run": run.id, "file": period_documents.WORKBOOK}


def nobody_counts(console: Served) -> Mapping[str, str]:
    """What waited was carried out: a stream ends at once."""
    with console.house() as house:
        carried_out(house)
    return {}


KY = {"ky": PERIOD}
ROUTES = {
    "GET /bao-cao": Sample(data=KY),
    "GET /bao-cao/ho-so": Sample(own=looked, data=KY),
    "POST /bao-cao/tinh": Sample(data=KY, answers=ANSWERS),
    "GET /bao-cao/tien-do": Sample(own=nobody_counts, data=KY),
    "POST /bao-cao/de-nghi": Sample(data=KY, answers=ANSWERS),
    "POST /bao-cao/duyet": Sample(data=KY, answers=ANSWERS),
    "POST /bao-cao/khong-duyet": Sample(data=KY, answers=ANSWERS),
    "POST /bao-cao/da-bao-cao": Sample(data={**KY, "don_vi": OWN}, answers=ANSWERS),
    "GET /bao-cao/chep": Sample(own=frozen),
    "GET /bao-cao/tai/{run}/{file}": Sample(own=a_document, other=of_the_whole),
}


def page_of(client: httpx.Client, **query: str) -> str:
    return client.get("/bao-cao", params={"ky": PERIOD, **query}).text


def number(text: str) -> int:
    return int(text.replace(".", ""))


def links_of(text: str) -> list[tuple[int, str]]:
    """Every number of the page that is a list of dossiers: how many, and where."""
    found = re.findall(r'<a (?:class="n" )?href="(/bao-cao/ho-so[^"]*)"[^>]*>[^<\d]*([\d.]+)', text)
    return [(number(count), href.replace("&amp;", "&")) for href, count in found]


@pytest.mark.parametrize("units", [None, [OWN]])
def test_every_number_opens_a_list_of_exactly_its_length(
    console: Served, units: list[str] | None
) -> None:
    looked(console)
    client = console.client(OfficeRole.VIEWER, units)
    found = links_of(page_of(client))
    assert len(found) > 10
    for count, href in found:
        listed = client.get(href).text
        told = re.search(r"<p>([\d.]+) hồ sơ\.</p>", listed)
        assert told, href
        assert number(told[1]) == count, href
        assert min(count, 100) == listed.count('<th scope="row">'), href


def received(text: str) -> int:
    return next(count for count, href in links_of(text) if "o=received" in href)


def test_a_part_of_the_office_sees_its_part_alone(console: Served) -> None:
    looked(console)
    whole = received(page_of(console.client(OfficeRole.VIEWER)))
    part = received(page_of(console.client(OfficeRole.VIEWER, [OWN])))
    chosen = received(page_of(console.client(OfficeRole.VIEWER), don_vi=OWN))
    assert 0 < part < whole
    assert chosen == part


def test_one_person_proposes_and_another_one_freezes(console: Served) -> None:
    first, second = console.client(OfficeRole.APPROVER), console.client(OfficeRole.APPROVER, None)
    assert "Chưa ai tính số liệu" in page_of(first)
    assert console.post(first, "/bao-cao/tinh", KY).status_code == 303
    assert "Đang chờ dịch vụ nền tính số liệu" in page_of(first)
    with console.house() as house:
        carried_out(house)
    none = console.post(first, "/bao-cao/de-nghi", {**KY, "can_cu": " "})
    assert (none.status_code, "Phải ghi căn cứ" in none.text) == (409, True)
    done = console.post(first, "/bao-cao/de-nghi", {**KY, "can_cu": "Báo cáo số 45"})
    assert done.status_code == 303
    same = console.post(second, "/bao-cao/duyet", KY)  # another window of the same person
    assert (same.status_code, "không tự duyệt được" in same.text) == (409, True)
    with console.house() as house:
        assert house.store.periods.all() == []
        (draft,) = house.store.periods.drafts()
        other = at_the_shell("Bà Lan")
        approved(house, other, PERIOD)
        (version,) = house.store.periods.all()
        assert version.by == f"{draft.by}; duyệt: Bà Lan"
        assert house.store.periods.drafts() == []
        acts = [x.act for x in house.store.audit.acts() if x.act.startswith("period.")]
    assert acts == ["period.proposed", "period.frozen"]
    assert "Bản chốt" in page_of(first)
    assert console.post(first, "/bao-cao/duyet", KY).status_code == 409


def test_a_proposal_is_turned_down_with_a_reason(console: Served) -> None:
    looked(console)
    client = console.client(OfficeRole.APPROVER)
    with console.house() as house:
        periods.propose(house, at_the_shell("t"), PERIOD, "Báo cáo số 45")
    assert console.post(client, "/bao-cao/khong-duyet", KY).status_code == 409
    sent = console.post(client, "/bao-cao/khong-duyet", {**KY, "ly_do": "còn thiếu"})
    assert sent.status_code == 303
    with console.house() as house:
        assert house.store.periods.drafts() == house.store.periods.all() == []


def test_whoever_sees_a_part_freezes_nothing(console: Served) -> None:
    client = console.client(OfficeRole.APPROVER, [OWN])
    for path in ("/bao-cao/tinh", "/bao-cao/de-nghi", "/bao-cao/duyet"):
        answer = console.post(client, path, {**KY, "can_cu": "x"})
        assert (answer.status_code, "phụ trách toàn cơ quan" in answer.text) == (409, True)


def test_a_period_without_data_has_no_figures_and_nothing_to_sign(console: Served) -> None:
    client = console.client(OfficeRole.APPROVER)
    text = client.get("/bao-cao", params={"ky": UNREAD}).text
    assert "chưa có dữ liệu" in text
    assert "Chưa đủ để chốt" in text
    assert not links_of(text)
    assert "Tính số liệu của kỳ" not in text
    for path in ("/bao-cao/tinh", "/bao-cao/de-nghi", "/bao-cao/duyet"):
        answer = console.post(client, path, {"ky": UNREAD, "can_cu": "x"})
        assert answer.status_code == 409
    with console.house() as house:
        assert house.store.periods.drafts() == house.store.periods.all() == []


def test_what_is_typed_stands_in_the_office_s_own_table(console: Served) -> None:
    client = console.client(OfficeRole.APPROVER)
    table = console.folder / "tables" / "submitted.csv"
    before = table.read_text("utf-8-sig") if table.is_file() else ""
    wrong = ["999", *ROW[1:]]
    page = console.post(client, "/bao-cao/da-bao-cao", {**KY, "so": wrong}, follow_redirects=True)
    assert "Kiểm tra lại" in page.text
    pasted = {**KY, "dan": "\t".join(ROW)}
    assert console.post(client, "/bao-cao/da-bao-cao", pasted).status_code == 303
    with console.house() as house:
        (line,) = (one for one in house.tables.submitted if one.period == PERIOD and not one.unit)
        assert (line.received_total, line.in_progress_overdue) == (300, 30)
        acts = [one for one in house.store.audit.acts() if one.act == "submitted.typed"]
        assert [one.object for one in acts] == [PERIOD, PERIOD]
    text = table.read_text("utf-8-sig")
    assert all(comment in text for comment in before.splitlines() if comment.startswith("#"))
    looked(console)
    assert "A. Đã báo cáo" in page_of(client)
    assert "B so với A" in page_of(client)
    field = {**KY, "linh_vuc": "Hộ tịch", "dan": "\t".join(ROW)}
    assert console.post(client, "/bao-cao/da-bao-cao", field).status_code == 303
    short = console.post(client, "/bao-cao/da-bao-cao", {**KY, "dan": "1\t2"})
    assert (short.status_code, "đã nhận 2" in short.text) == (409, True)


def test_a_line_to_copy_is_the_form_s_eleven_cells(console: Served) -> None:
    client = console.client(OfficeRole.VIEWER)
    assert client.get("/bao-cao/chep", params=KY).status_code == 409
    frozen(console)
    cells = client.get("/bao-cao/chep", params=KY).text.split("\t")
    assert len(cells) == 11
    shown = re.findall(r"B\. Đếm lại.*?</tr>", page_of(client), flags=re.S)[0]
    numbers = re.findall(r'class="n"[^>]*>([\d.]+)<', shown)
    assert [number(one) for one in numbers[:11]] == [int(cell) for cell in cells]


def test_documents_are_the_newest_of_the_period_and_the_same_bytes(console: Served) -> None:
    client = console.client(OfficeRole.VIEWER)
    hrefs = re.findall(r'href="(/bao-cao/tai/[^"]+)"', page_of(client))
    assert hrefs
    for href in hrefs:
        run, file = href.split("/")[-2:]
        got = client.get(href).content
        assert got == (console.folder / "data" / "reports" / run / file).read_bytes()
    other = re.sub(r"/[^/]+$", "/..%2Frun.json", hrefs[0])
    assert client.get(other).status_code == 404
    assert client.get(re.sub(r"/[^/]+$", "/run.json", hrefs[0])).status_code == 404


def test_without_script_the_page_is_loaded_again_until_it_is_counted(console: Served) -> None:
    client = console.client(OfficeRole.APPROVER)
    console.post(client, "/bao-cao/tinh", KY)
    waits = page_of(client)
    assert re.search(r'<noscript><p><a href="/bao-cao\?ky=2024-Q1">Xem lại', waits)
    assert 'action="/bao-cao/tinh"' not in waits, "nobody asks twice"
    with console.house() as house:
        carried_out(house)
    with client.stream("GET", "/bao-cao/tien-do", params=KY) as answer:
        assert "event: xong" in "".join(answer.iter_text())
    assert "Biểu II.06a" in page_of(client)


@pytest.mark.browser
def test_home_affairs_freezes_in_a_browser(console: Served, browser: Browser) -> None:
    page = console.page(browser, OfficeRole.APPROVER)
    page.goto("/bao-cao")
    looked_at(page, "bao-cao-chon")
    page.get_by_role("link", name=PERIOD, exact=True).click() if page.get_by_role(
        "link", name=PERIOD, exact=True
    ).count() else page.goto(f"/bao-cao?ky={PERIOD}")
    for at, value in enumerate(["999", *ROW[1:]]):
        page.locator("input[name=so]").nth(at).fill(value)
    assert "khác tổng" in page.locator("[data-sum-note]").inner_text()
    page.locator("input[name=so]").nth(0).fill(ROW[0])
    assert page.locator("[data-sum-note]").inner_text() == ""
    page.get_by_role("button", name="Ghi số liệu đã báo cáo").click()
    page.get_by_role("button", name="Tính số liệu của kỳ").click()
    page.get_by_text("Dịch vụ nền chưa chạy").wait_for()  # who will count is told
    looked_at(page, "bao-cao-dang-tinh")
    with console.house() as house:
        carried_out(house)
    page.get_by_text("Đề nghị chốt").first.wait_for()  # the stream ended, the page came anew
    looked_at(page, "bao-cao-ky")
    printed(page, "bao-cao-ky")
    page.get_by_text("Đề nghị chốt").first.click()
    page.get_by_label("Căn cứ: báo cáo số, ngày").fill("Báo cáo số 45/BC-UBND")
    page.get_by_role("button", name="Đề nghị chốt").click()
    page.locator("main").filter(has_text="Cần một người khác duyệt").wait_for()
    looked_at(page, "bao-cao-de-nghi")
    page.locator("table.grid a.n").first.click()
    looked_at(page, "bao-cao-ho-so")
