"""Quét giấy tiếp nhận: by keyboard alone, over a line that drops, and with a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from playwright.sync_api import Browser, Page

from reconcile.claims import Role as SourceRole
from reconcile.text.codes import normal
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, WRONG, Served, looked_at
from worker.desk import scans
from worker.desk.actor import OfficeRole

DAY = date(2024, 3, 20)


def codes(console: Served, unit: str = OWN, count: int = 6) -> list[str]:
    """Codes of dossiers of the unit in the one-stop software that nobody has scanned yet."""
    with console.house() as house:
        found = (
            claim.own_code
            for claim in house.store.readings.claims()
            if claim.role is SourceRole.ONE_STOP
            and claim.unit == unit
            and not house.store.slips.scanned_before(unit, normal(claim.own_code))
        )
        return list(islice(found, count))


def stack(
    console: Served, unit: str = OWN, texts: Sequence[str] = (), *, closed: bool = False
) -> str:
    """The number of a stack with these papers."""
    clerk = console.actor(OfficeRole.OFFICER, [unit])
    with console.house() as house:
        number = scans.begin(house, clerk, DAY, None)
        for at, text in enumerate(texts):
            scans.scan(house, clerk, number, f"{at}", text)
        if closed:
            scans.close(house, clerk, number)
    return str(number)


def is_open(unit: str) -> Callable[[Served], Mapping[str, str]]:
    return lambda console: {"number": stack(console, unit, codes(console, unit, 1))}


def waits(unit: str, *, drawn: bool = False) -> Callable[[Served], Mapping[str, Any]]:
    def made(console: Served) -> Mapping[str, Any]:
        number = stack(console, unit, codes(console, unit, 2), closed=True)
        if not drawn:
            return {"number": number}
        second = console.actor(OfficeRole.APPROVER, [unit])
        with console.house() as house:
            return {"number": number, "mo": list(map(str, scans.draw(house, second, int(number))))}

    return made


def is_approved(unit: str) -> Callable[[Served], Mapping[str, str]]:
    def made(console: Served) -> Mapping[str, str]:
        asked = waits(unit, drawn=True)(console)
        second = console.actor(OfficeRole.APPROVER, [unit])
        with console.house() as house:
            scans.approve(house, second, int(asked["number"]), list(map(int, asked["mo"])))
        return {"number": asked["number"]}

    return made


WHY = {"ly_do": "giấy sai ngày"}
PAPER = {"ma": "H11.90.01-240101-0001", "luot": "mot"}
ROUTES = {
    "GET /quet": Sample(),
    "POST /quet": Sample(
        lambda _: {"don_vi_so": OWN},
        lambda _: {"don_vi_so": OTHER},
        data={"ngay": "20/03/2024", "so_to": "3"},
    ),
    "GET /quet/{number}": Sample(is_open(OWN), is_open(OTHER)),
    "POST /quet/{number}/giay": Sample(is_open(OWN), is_open(OTHER), data=PAPER),
    "POST /quet/{number}/gui": Sample(is_open(OWN), is_open(OTHER), data=PAPER),
    "POST /quet/{number}/bo-cuoi": Sample(is_open(OWN), is_open(OTHER)),
    "POST /quet/{number}/dong": Sample(is_open(OWN), is_open(OTHER)),
    "POST /quet/{number}/rut-giay": Sample(waits(OWN), waits(OTHER)),
    "POST /quet/{number}/duyet": Sample(waits(OWN, drawn=True), waits(OTHER, drawn=True)),
    "POST /quet/{number}/khong-duyet": Sample(waits(OWN), waits(OTHER), data=WHY),
    "POST /quet/{number}/rut-duyet": Sample(is_approved(OWN), is_approved(OTHER), data=WHY),
}


def beep(page: Page, text: str) -> None:
    """What a scanner does: it types, quickly, and ends the line."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def begun(page: Page, papers: int) -> None:
    """A stack of so many papers, with the keyboard alone."""
    page.goto("/quet")
    page.keyboard.press("Tab")  # over the parts of the date, which is today's
    page.focus("#f-so_to")
    page.keyboard.type(str(papers))
    page.keyboard.press("Enter")
    page.wait_for_selector("#ma:focus")


def test_a_stack_is_scanned_with_the_keyboard_alone(console: Served, browser: Browser):
    known = codes(console, OWN, 3)
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    begun(page, 3)
    looked_at(page, "quet-trong")
    for text in (known[0], known[1], known[1], "H11.90.01-240199-0009"):
        beep(page, text)
    page.wait_for_selector(".scanned.unknown")
    assert page.inner_text(".tally").startswith("3 / 3 tờ – đủ xấp")
    looked_at(page, "quet-dang-quet")
    page.keyboard.press("Backspace")
    page.wait_for_selector(".scanned.twice")
    assert "Đã quét rồi" in page.inner_text(".scanned")
    beep(page, known[2])
    page.wait_for_selector(f".scanned:not(.waits):has-text('{known[2]}')")
    page.click("text=Xong xấp này, gửi duyệt")
    page.wait_for_selector("text=Lời khai của bộ phận một cửa, chưa tính vào số liệu")
    looked_at(page, "quet-cho-duyet")


def test_papers_survive_a_line_that_drops_and_a_page_that_is_closed(
    console: Served, browser: Browser
):
    known = codes(console, OWN, 4)
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    begun(page, 4)
    number = page.url.rpartition("/")[2]
    beep(page, known[0])
    page.wait_for_selector(f".scanned:not(.waits):has-text('{known[0]}')")
    page.context.set_offline(True)
    beep(page, known[1])
    beep(page, known[2])
    page.wait_for_selector("text=Mất kết nối: 2 tờ đã quét chờ gửi")
    assert known[2] in page.inner_text(".scanned.waits")  # the last paper, not the last answer
    address, context = page.url, page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    again.wait_for_selector(f".scanned:not(.waits):has-text('{known[2]}')")
    again.wait_for_selector("#cho-gui", state="hidden")
    with console.house() as house:
        kept = [one.code for one in house.store.slips.papers(int(number))]
    assert kept == known[:3]
    WRONG[page].clear()  # the browser tells of the line that dropped


def test_an_answer_that_was_lost_sends_the_paper_again_and_it_is_one(
    console: Served, browser: Browser
):
    (code,) = codes(console, OWN, 1)
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    begun(page, 1)
    number = page.url.rpartition("/")[2]
    lost = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())  # the office got it; the browser hears nothing
        route.abort()

    page.route("**/gui", lose)
    beep(page, code)
    page.wait_for_selector("text=Mất kết nối: 1 tờ")
    page.wait_for_selector(f".scanned.known:has-text('{code}'), .scanned.returned")
    with console.house() as house:
        assert len(house.store.slips.papers(int(number))) == 1
    WRONG[page].clear()


def test_a_stack_is_scanned_without_script(console: Served, browser: Browser):
    known = codes(console, OWN, 2)
    page = console.page(browser, OfficeRole.OFFICER, [OWN], script=False)
    page.goto("/quet")
    page.click("text=Bắt đầu quét")
    for code in known:
        page.fill("#ma", code)
        page.press("#ma", "Enter")
        page.wait_for_selector(f".scanned:not(.waits):has-text('{code}')")
    page.click("text=Bỏ tờ vừa quét")
    page.wait_for_selector(f"text=Đã bỏ tờ vừa quét: {known[1]}")
    assert page.inner_text(".tally").startswith("1 tờ")


def test_a_second_person_opens_the_drawn_papers_and_approves(console: Served, browser: Browser):
    number = stack(console, OWN, codes(console, OWN, 6), closed=True)
    page = console.page(browser, OfficeRole.APPROVER, [OWN])
    page.goto("/quet")
    looked_at(page, "quet-danh-sach")
    page.click("text=Chờ người thứ hai duyệt")
    page.click("text=Rút giấy để mở")
    page.wait_for_selector("text=Mở 3 trong")
    page.click("button:has-text('Duyệt xấp này')")
    page.wait_for_selector("text=chưa được mở và đối chiếu")
    WRONG[page].clear()  # a refusal is 409, which the browser tells
    for box in page.locator("input[name=mo]").all():
        box.check()
    looked_at(page, "quet-duyet")
    page.click("button:has-text('Duyệt xấp này')")
    page.wait_for_selector("text=Đã duyệt 6 tờ")
    looked_at(page, "quet-da-duyet")
    assert "Giấy tiếp nhận đã quét" in page.inner_text(".reach")  # a source from now on
    with console.house() as house:
        second = console.actor(OfficeRole.APPROVER, [OWN]).who
        assert house.store.slips.batch(int(number)).settled_by == second
    page.click("summary:has-text('Rút lại duyệt')")
    page.fill("#f-ly_do", "thiếu giấy")
    page.click("button:has-text('Rút lại duyệt')")
    page.wait_for_selector("text=các tờ này không còn là căn cứ")
    assert "Giấy tiếp nhận đã quét" not in page.inner_text(".reach")


def test_whoever_scanned_is_refused_as_the_second_person(console: Served):
    known = codes(console, OWN, 4)
    both = console.actor(OfficeRole.APPROVER, [OWN])
    with console.house() as house:
        # Scanned before they became an approver: the same person.
        clerk = type(both)(both.who, OfficeRole.OFFICER, both.units)
        number = scans.begin(house, clerk, DAY, None)
        for at, code in enumerate(known):
            scans.scan(house, clerk, number, f"{at}", code)
        scans.close(house, clerk, number)
    client = console.client(OfficeRole.APPROVER, [OWN])
    page = client.get(f"/quet/{number}")
    assert "Người quét không được tự duyệt" in page.text
    assert "Rút giấy để mở" not in page.text
    answer = console.post(client, f"/quet/{number}/rut-giay")
    assert answer.status_code == 409
    assert "không được tự duyệt" in answer.text


def test_a_stack_of_another_count_is_closed_only_when_counted_again(console: Served):
    client = console.client(OfficeRole.OFFICER, [OWN])
    begun = console.post(client, "/quet", {"ngay": "20/03/2024", "so_to": "5"})
    place = begun.headers["location"]
    console.post(client, f"{place}/giay", {"ma": codes(console, OWN, 1)[0], "luot": "a"})
    refused = console.post(client, f"{place}/dong")
    assert refused.status_code == 409
    assert "Xấp này ghi 5 tờ, đã quét 1 tờ." in refused.text
    assert console.post(client, f"{place}/dong", {"dem_lai": "1"}).status_code == 303


def test_a_stack_that_waits_is_told_to_whoever_may_approve_it(console: Served):
    known, *_, others = codes(console, OWN, 30)
    number = stack(console, OWN, [known], closed=True)
    link = f'href="/quet/{number}"'
    approver = console.client(OfficeRole.APPROVER, [OWN])
    for path in ("/tong-quan", "/viec", f"/ho-so/{known}"):
        assert link in approver.get(path).text, path
    for role, unit in ((OfficeRole.OFFICER, OWN), (OfficeRole.APPROVER, OTHER)):
        client = console.client(role, [unit])
        assert link not in client.get("/tong-quan").text
        assert link not in client.get("/viec").text
    assert link not in approver.get(f"/ho-so/{others}").text
