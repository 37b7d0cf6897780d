"""S2: a clerk's piles, ticks, acts on many, paper, and the list that comes back from Excel."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser

from reconcile.lifecycle import State
from reconcile.steps import Pile
from tests.worker.console.asked import statements
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PHONE, Served, looked_at, printed
from worker.desk import acts, worklist
from worker.desk.actor import OfficeRole
from worker.desk.worklist import DossierFilter, ListedDossier

END = "/viec/phan/ket-thuc-tren-mot-cua"


def lines(console: Served, unit: str | None = None, count: int = 50) -> list[ListedDossier]:
    """What somebody can do now, of a unit or of the whole office."""
    actor = console.actor(OfficeRole.OFFICER, unit and [unit])
    with console.house() as house:
        wanted = DossierFilter(piles=worklist.WORK)
        return list(worklist.page(house, actor, wanted, count, by_book=True).dossiers)


def one(unit: str, **more: str):
    def find(console: Served) -> Mapping[str, str]:
        first = lines(console, unit, 1)[0].lead
        return {"ids": first.id, **more}

    return find


def noted(unit: str):
    def find(console: Served) -> Mapping[str, str]:
        who, on = console.actor(OfficeRole.OFFICER, [unit]), date(2024, 3, 1)
        lead = lines(console, unit, 1)[0].lead
        with console.house() as house:
            return {"so": str(acts.note(house, who, lead, "xin-loi", "12", on).id)}

    return find


def both(**more: str) -> dict[str, object]:
    return {"own": one(OWN, **more), "other": one(OTHER, **more)}


PILE = {"name": "ket-thuc-tren-mot-cua"}
ROUTES = {
    "GET /viec": Sample(),
    "GET /viec/phan/{name}": Sample(own=lambda _: PILE),
    "GET /ho-so-chua-khop": Sample(data={"state": "chua-xu-ly"}),
    "GET /chua-ket-luan": Sample(),
    "POST /viec/chon": Sample(**both(lam="nhan")),
    "GET /viec/xem-truoc": Sample(**both(lam="da-lam")),
    "POST /viec/lam": Sample(**both(lam="da-lam")),
    "POST /viec/hoan-tac": Sample(own=lambda _: {"luot": "lo-00000000"}, answers=(404,)),
    "POST /viec/van-ban": Sample(**both(loai="xin-loi", so="12", ngay="2024-03-01")),
    "POST /viec/van-ban/rut": Sample(own=noted(OWN), other=noted(OTHER)),
    "GET /viec/in/{name}": Sample(own=lambda _: PILE),
    "GET /viec/excel/{name}": Sample(own=lambda _: PILE),
    "GET /viec/nap-lai": Sample(),
    "POST /viec/nap-lai": Sample(files={"tep": ("a.xlsx", b"no workbook")}, answers=(409,)),
    "POST /viec/nap-lai/ghi": Sample(data={"goi": "x", "dau": "y"}, answers=(409,)),
}


def clerk(console: Served, unit: str = OWN) -> httpx.Client:
    return console.client(OfficeRole.OFFICER, [unit])


def to_end(console: Served) -> list[ListedDossier]:
    """What is to be ended in the whole office."""
    return [one for one in lines(console, count=200) if one.pile is Pile.END]


def counts(text: str) -> dict[str, int]:
    """The figures of the page of piles, by where they lead."""
    found = re.findall(r'class="n" href="/viec/phan/([a-z-]+)[^"]*">([\d.]+)<', text)
    return {name: int(count.replace(".", "")) for name, count in found}


def rows(text: str) -> list[str]:
    return re.findall(r'name="ids" value="([0-9a-f]{16})"', text)


def test_each_number_opens_a_list_of_that_length_and_they_add_up(shared_console: Served):
    client = shared_console.client(OfficeRole.VIEWER)
    text = client.get("/viec").text
    total = 0
    for name, count in counts(text).items():
        listed: list[str] = []
        address = f"/viec/phan/{name}"
        while address:
            page = client.get(address).text
            listed += re.findall(r'<th scope="row" data-t="Mã hồ sơ">', page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = following[1].replace("&amp;", "&") if following else ""
        assert len(listed) == count, name
        total += count
    assert f'<b class="n">{total}</b> hồ sơ, mỗi hồ sơ đếm một lần' in text
    undecided = re.search(r'href="/chua-ket-luan">([\d.]+)<', text)
    listed = client.get("/chua-ket-luan").text.count('data-t="Cần gì"')
    assert listed == (int(undecided[1]) if undecided else 0)
    assert f"Hồ sơ chưa khớp ({total})" in client.get("/ho-so-chua-khop").text


def test_of_another_unit_nothing_is_there(shared_console: Served):
    theirs = lines(shared_console, OTHER)
    mine = clerk(shared_console)
    text = "".join(
        mine.get(path).text for path in (END, "/ho-so-chua-khop", "/viec/in/ket-thuc-tren-mot-cua")
    )
    assert theirs
    assert not [one.code for one in theirs if one.code and one.code in text]


def test_numbers_elsewhere_may_lead_here_by_unit_kind_and_state(shared_console: Served):
    mine = clerk(shared_console)
    asked = {"unit": OWN, "kind": "TRULY_OVERDUE", "state": "Chưa xử lý", "pile": "qua-han"}
    text = mine.get("/ho-so-chua-khop", params=asked).text
    assert text.count('<th scope="row" data-t="Mã hồ sơ">') == 1
    assert mine.get("/ho-so-chua-khop", params={"unit": OTHER}).status_code == 404
    assert mine.get("/ho-so-chua-khop", params={"kind": "lệch"}).status_code == 409


@pytest.mark.parametrize("path", ["/viec", END, "/ho-so-chua-khop", "/chua-ket-luan"])
def test_a_page_asks_the_database_as_often_however_much_it_shows(shared_console: Served, path: str):
    few, many = (asked(clerk(shared_console, one), path) for one in (OWN, OTHER))
    assert few <= many <= few + 3  # an empty list opens no lines, no discrepancies, no findings
    assert many <= MOST_QUERIES


#: Queries of a page, those of its head among them.
MOST_QUERIES = 54


def asked(client: httpx.Client, path: str) -> int:
    """How many queries a page makes."""
    client.get(path)  # whatever is asked once only
    with statements() as counted:
        assert client.get(path).status_code == 200
    return len(counted)


def test_one_is_ticked_at_once_and_lies_apart_until_the_next_reading(console: Served):
    client, first = clerk(console), lines(console, OWN)[0]
    before = counts(client.get("/viec").text)
    answer = console.post(client, "/viec/chon", {"mot": first.lead.id, "ve": END})
    assert answer.status_code == 303
    text = client.get("/viec").text
    assert counts(text)["da-danh-dau"] == 1
    assert sum(counts(text).values()) == sum(before.values())  # it moves no figure
    assert "Hoàn tác" in text


def test_many_are_shown_before_and_undone_at_once(console: Served):
    client = console.client(OfficeRole.OFFICER)
    five = [one.lead.id for one in to_end(console)[:5]]
    answer = console.post(client, "/viec/chon", {"ids": five, "lam": "nhan", "ve": END})
    shown = client.get(answer.headers["location"])
    assert "Nhận việc: 5 hồ sơ?" in shown.text
    assert {one.lead.state for one in to_end(console)} == {State.OPEN}
    done = console.post(client, "/viec/lam", {"ids": five, "lam": "nhan", "ve": "/viec"})
    assert done.status_code == 303
    taken = [one for one in to_end(console) if one.lead.state is State.ACKNOWLEDGED]
    assert len(taken) == 5
    batch = re.search(r'name="luot" value="(lo-[0-9a-f]+)"', client.get("/viec").text)
    assert batch
    console.post(client, "/viec/hoan-tac", {"luot": batch[1]})
    assert {one.lead.state for one in to_end(console)} == {State.OPEN}
    again = console.post(client, "/viec/hoan-tac", {"luot": batch[1]})
    assert again.status_code == 409
    other = clerk(console)
    assert console.post(other, "/viec/hoan-tac", {"luot": batch[1]}).status_code == 404


def test_only_pages_of_this_console_are_led_back_to(console: Served):
    client, first = clerk(console), lines(console, OWN)[0].lead.id
    for away in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"):
        data = {"mot": first, "ve": away}
        assert console.post(client, "/viec/chon", data).headers["location"] == "/viec"


def filled(content: bytes, results: list[str]) -> bytes:
    """The list with its first rows filled in."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    heads = next(row for row in sheet.iter_rows() if "Kết quả" in [one.value for one in row])
    column = [one.value for one in heads].index("Kết quả") + 1
    for at, text in enumerate(results, start=heads[0].row + 1):
        sheet.cell(at, column).value = text
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def given_back(console: Served, client: httpx.Client, content: bytes) -> httpx.Response:
    return console.post(client, "/viec/nap-lai", files={"tep": ("viec.xlsx", content)})


def hidden(text: str) -> dict[str, str]:
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', text) for name in ("goi", "dau")}
    return {name: match[1] for name, match in found.items() if match}


def test_the_list_comes_back_from_excel(console: Served):
    client = console.client(OfficeRole.OFFICER)
    content = client.get("/viec/excel/ket-thuc-tren-mot-cua").content
    results = ["đã làm", "Không thuộc đơn vị", "đã báo kỹ thuật, phiếu số 45", "sao cũng được"]
    assert len(to_end(console)) >= 4
    sheet = filled(content, results)
    shown = given_back(console, client, sheet).text
    for text in ("đánh dấu đã làm", "không thuộc đơn vị tôi", "phiếu số 45", "1 chỗ chưa hiểu"):
        assert text in shown
    assert "cột “Kết quả”: “sao cũng được” chưa hiểu" in shown
    assert counts(client.get("/viec").text).get("da-danh-dau") is None  # nothing is written yet
    done = console.post(client, "/viec/nap-lai/ghi", hidden(shown))
    assert done.status_code == 303
    found = counts(client.get("/viec").text)
    assert (found["da-danh-dau"], found["tam-gac"]) == (1, 2)
    again = given_back(console, client, sheet).text
    assert "đã nạp lúc" in again
    assert not hidden(again)
    batch = re.search(r'name="luot" value="(lo-[0-9a-f]+)"', client.get("/viec").text)
    assert batch
    console.post(client, "/viec/hoan-tac", {"luot": batch[1]})
    assert "tam-gac" not in counts(client.get("/viec").text)


def test_what_is_no_list_is_refused_where_it_was_dropped(console: Served):
    client = clerk(console)
    book = openpyxl.Workbook()
    book.active["A1"] = "xin chào"
    kept = io.BytesIO()
    book.save(kept)
    answer = given_back(console, client, kept.getvalue())
    assert answer.status_code == 409
    assert "không có danh sách việc" in answer.text


def test_a_list_of_another_unit_changes_nothing(console: Served):
    content = clerk(console, OTHER).get("/viec/excel/ket-thuc-tren-mot-cua").content
    shown = given_back(console, clerk(console), filled(content, ["đã làm"])).text
    assert "không có trong các hồ sơ chưa khớp của đơn vị bạn" in shown
    assert not hidden(shown)


@pytest.mark.browser
def test_a_clerk_ticks_five_and_takes_it_back(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.OFFICER)
    page.goto("/viec")
    looked_at(page, "viec")
    page.get_by_role("link", name=re.compile(r"^\d")).first.click()
    looked_at(page, "viec-phan")
    boxes = page.locator("input[name=ids]")
    for at in range(5):
        boxes.nth(at).check()
    assert page.locator("[data-chosen]").inner_text() == "5"
    page.locator("button[name=lam][value=da-lam]").click()
    looked_at(page, "viec-xem-truoc")
    page.get_by_role("button", name="Đánh dấu đã làm 5 hồ sơ").click()
    page.locator(".note").filter(has_text="Đánh dấu đã làm: 5 hồ sơ").wait_for()
    page.locator(".note").get_by_role("button", name="Hoàn tác").click()
    page.locator(".note").filter(has_text="Đã hoàn tác").wait_for()
    page.goto("/viec/nap-lai")
    looked_at(page, "viec-nap-lai")
    page.goto("/ho-so-chua-khop")
    looked_at(page, "ho-so-chua-khop")


@pytest.mark.browser
def test_the_list_is_fit_to_be_signed(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.VIEWER)
    page.goto("/viec/in/ket-thuc-tren-mot-cua")
    looked_at(page, "viec-in")
    printed(page, "viec-in")


@pytest.mark.browser
def test_piles_without_script_and_on_a_phone(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.OFFICER, [OWN], size=PHONE, script=False)
    page.goto("/viec")
    assert page.get_by_role("heading", name="Việc của tôi").is_visible()
