"""Nạp sổ, sổ đã nhập đủ, độ phủ: as a clerk uses them, and what others may not see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.simulators.dossiers import COMMUNES
from tests.worker.console.asked import statements
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PHONE, WRONG, Served, looked_at
from tests.worker.office import dossiers, entries, write
from worker.clock import pause
from worker.desk import blanks, uploads
from worker.desk.actor import Actor, OfficeRole

NAMES = dict(COMMUNES)
SOURCE = "so-giay"
#: A register as clerks keep it: a title, a header that nobody knows, a date that is none.
HEADERS = (
    *("STT", "Mã hồ sơ", "Người được khai sinh", "Ngày sinh", "Ngày nhận", "Hẹn dân tới"),
    *("Ký nhận", "Màu bìa"),
)


def messy(path: Path, unit: str = "", count: int = 6) -> Path:
    rows = entries(dossiers(count, **{"Đơn vị xử lý": unit}))
    rows = [{**row, "Hẹn dân tới": row["Ngày trả"], "Màu bìa": "xanh"} for row in rows]
    rows[1]["Ngày nhận"] = "31/02/2024"
    headers = (*HEADERS, "Đơn vị") if unit else HEADERS
    return write(path, headers, rows)


_counts = iter(range(6, 999))


def handed_in(console: Served, unit: str = OWN, who: Actor | None = None) -> str:
    """The number of a file that waits; each time another file."""
    count = next(_counts)
    file = messy(console.folder / f"so-{unit}-{count}.xlsx", NAMES[unit], count)
    clerk = who or console.actor(OfficeRole.OFFICER, [unit])
    with console.house() as house:
        number = uploads.receive(house, clerk, SOURCE, file.name, [file.read_bytes()])
        return str(number)


def taken(console: Served, unit: str = OWN) -> str:
    who = console.actor(OfficeRole.OFFICER, [unit])
    number = handed_in(console, unit, who)
    with console.house() as house:
        uploads.take(house, who, int(number))
    return number


def waits(unit: str):
    return lambda console: {"number": handed_in(console, unit)}


def stands(unit: str):
    return lambda console: {"number": taken(console, unit)}


def file_of(unit: str):
    def found(console: Served) -> Mapping[str, str]:
        with console.house() as house:
            one = house.store.intakes.one(int(taken(console, unit)))
        assert one is not None
        return {"nguon": SOURCE, "tep": one.path}

    return found


def typed_in(unit: str):
    def filled(console: Served) -> Mapping[str, str]:
        clerk, place = console.actor(OfficeRole.OFFICER, [unit]), file_of(unit)(console)
        with console.house() as house:
            cells = blanks.of_file(house, clerk, place["nguon"], place["tep"]).cells
            said = {cells[0].mark: "01/02/2024"}
            (one,) = blanks.fill(house, clerk, place["nguon"], place["tep"], cells, said)
        return {**place, "so": str(one.id)}

    return filled


def book(unit: str):
    def declared(console: Served) -> Mapping[str, str]:
        from worker.desk import books

        who = console.actor(OfficeRole.OFFICER, [unit])
        with console.house() as house:
            said = books.wanted(house, who, until=date(2024, 3, 31), by=who.who, unit=unit)
            return {"number": str(books.declare(house, who, SOURCE, said))}

    return declared


QUESTION = "Cột Hẹn dân tới là"
EXPLAINED = {"cot": "Hẹn dân tới", "truong": "returned_on"}
DECLARED = {"nguon": SOURCE, "den_ngay": "31/03/2024"}
ROUTES = {
    "GET /nap-so": Sample(),
    "POST /nap-so": Sample(
        data={"nguon": SOURCE}, files={"tep": ("so.xlsx", b"PK\x03\x04")}, answers=(303, 409)
    ),
    "GET /nap-so/tep/{number}": Sample(waits(OWN), waits(OTHER)),
    "POST /nap-so/tep/{number}/don-vi": Sample(waits(OWN), waits(OTHER), data={"don_vi_so": OWN}),
    "POST /nap-so/tep/{number}/cot": Sample(waits(OWN), waits(OTHER), data=EXPLAINED),
    "POST /nap-so/tep/{number}/nap": Sample(waits(OWN), waits(OTHER)),
    "POST /nap-so/tep/{number}/bo": Sample(waits(OWN), waits(OTHER)),
    "POST /nap-so/tep/{number}/o": Sample(waits(OWN), waits(OTHER), answers=(409,)),
    "POST /nap-so/tep/{number}/o/rut": Sample(
        waits(OWN), waits(OTHER), data={"so": "1"}, answers=(404,)
    ),
    "GET /nap-so/o-trong": Sample(file_of(OWN), file_of(OTHER)),
    "POST /nap-so/o-trong": Sample(file_of(OWN), file_of(OTHER), answers=(409,)),
    "POST /nap-so/o-trong/rut": Sample(typed_in(OWN), typed_in(OTHER)),
    "GET /nap-so/{number}": Sample(stands(OWN), stands(OTHER)),
    "POST /nap-so/{number}/hoan-tac": Sample(stands(OWN), stands(OTHER), data={"ly_do": "nhầm"}),
    "GET /so-du": Sample(),
    "GET /so-du/khai": Sample(
        lambda _: {"so_cua": OWN}, lambda _: {"so_cua": OTHER}, data=DECLARED
    ),
    "POST /so-du/khai": Sample(
        lambda _: {"so_cua": OWN}, lambda _: {"so_cua": OTHER}, data=DECLARED
    ),
    "POST /so-du/{number}/rut": Sample(book(OWN), book(OTHER), data={"ly_do": "nhầm"}),
    "GET /do-phu": Sample(),
    "GET /do-phu/tep": Sample(
        lambda _: {"cua": OWN},
        lambda _: {"cua": OTHER},
        data={"nguon": SOURCE, "tuan": "2024-01-08"},
    ),
}


def officer(console: Served, unit: str | None = OWN) -> httpx.Client:
    return console.client(OfficeRole.OFFICER, [unit] if unit else None)


def send(console: Served, client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return console.post(client, "/nap-so", {"nguon": SOURCE}, files={"tep": (name, content)})


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("so.xlsx", b"", "rỗng"),
        ("so.exe", b"MZ", "Không nhận loại tệp này"),
        ("../../../../tmp/xong.sh", b"#!/bin/sh", "Không nhận loại tệp này"),
        ("so.xlsx", b"x" * 25_000_001, "Tệp lớn hơn 25 MB"),
    ],
)
def test_what_is_no_register_is_refused_where_it_was_dropped(
    shared_console: Served, name: str, content: bytes, told: str
):
    answer = send(shared_console, officer(shared_console), name, content)
    assert answer.status_code == 409
    assert told in answer.text
    with shared_console.house() as house:
        kept = house.settings.uploads
        assert [one for one in kept.rglob("*") if one.is_file()] == []


ZOO = {
    "cut.xlsx": (b"PK\x03\x04" + b"\x00" * 200, "bị cắt giữa chừng"),
    "khoa.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "Không nạp được"),
    "giay.csv": ("Chào chị, em gửi sổ.\n".encode(), "Không nạp được"),
    "anh.xlsx": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 400, "Không nạp được"),
    "nhi-phan.xls": (bytes(range(256)) * 8, "Không nạp được"),
    "xml.xls": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "Không nạp được"),
}


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_of_workbooks_gets_a_clear_answer_each(shared_console: Served, name: str):
    content, told = ZOO[name]
    client = officer(shared_console)
    answer = send(shared_console, client, name, content)
    assert answer.status_code == 303, answer.text
    page = settled(client, answer.headers["location"])
    assert page.status_code == 200
    assert told in page.text
    with shared_console.house() as house:
        assert not any(one.path.endswith(name) for one in house.store.readings.files())


def settled(client: httpx.Client, path: str) -> httpx.Response:
    """The page once the file was read."""
    for _ in range(600):
        page = client.get(path)
        if "http-equiv" not in page.text:
            return page
        pause(0.1)
    raise AssertionError("the file is still being read")


def test_a_path_in_the_name_is_only_a_name(console: Served):
    client = officer(console)
    file = messy(console.folder / "x.xlsx", NAMES[OWN])
    answer = send(console, client, "../../..\\..\\etc\\Sổ <b>.xlsx", file.read_bytes())
    page = settled(client, answer.headers["location"])
    assert "Sổ b.xlsx" in page.text
    inside = console.folder / "data/nap-so"
    assert [one.name for one in inside.rglob("*.xlsx")] == ["Sổ b.xlsx"]
    assert {one.relative_to(inside).parts[0] for one in inside.rglob("*.xlsx")} == {".cho"}


def test_the_same_file_twice_is_told(console: Served):
    client = officer(console)
    file = messy(console.folder / "x.xlsx", NAMES[OWN]).read_bytes()
    first = send(console, client, "so.xlsx", file).headers["location"]
    assert send(console, client, "khac.xlsx", file).headers["location"] == first
    number = first.rpartition("/")[2]
    console.post(client, f"/nap-so/tep/{number}/cot", EXPLAINED)
    assert console.post(client, f"/nap-so/tep/{number}/nap").status_code == 303
    again = send(console, client, "khac.xlsx", file)
    assert again.status_code == 409
    assert "giống hệt tệp «so.xlsx» đã nạp" in again.text


def test_a_clerk_takes_a_messy_register_in_with_the_mouse_alone(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    page.goto("/nap-so")
    page.set_input_files("#tep", messy(console.folder / "So thang 1.xlsx"))
    page.click("text=Xem trước")
    page.wait_for_selector("text=Từng cột được hiểu là gì")
    looked_at(page, "nap-so-xem-truoc-thieu-cot")
    assert page.is_visible("text=02/01/2024 · 03/01/2024")  # sample cells
    page.select_option("[aria-label='Cột Hẹn dân tới là']", "returned_on")
    page.click("text=Nhớ các cột đã chọn")
    page.wait_for_selector("button:has-text('Nạp 6 dòng')")
    assert page.is_visible("text=Ô để trống vì không đọc được: 1")
    looked_at(page, "nap-so-xem-truoc")
    page.click("button:has-text('Nạp 6 dòng')")
    page.wait_for_selector("text=Bước cuối")
    looked_at(page, "nap-so-da-nap")
    page.click("text=Khai sổ đã nhập đủ")
    page.fill("#f-den_ngay", "31/01/2024")
    page.click("text=Xem sổ nói gì")
    page.wait_for_selector("text=Dòng mới nhất đã nạp")
    looked_at(page, "so-du-khai")
    page.click("text=Tôi cam kết sổ này đã nhập đủ")
    page.wait_for_selector("text=Đã khai số")
    looked_at(page, "so-du")
    page.goto("/nap-so")
    page.click("text=So thang 1.xlsx")
    page.click("summary:has-text('Hoàn tác lần nạp này')")
    page.fill("#f-ly_do", "nạp nhầm")
    page.click("button:has-text('Hoàn tác lần nạp này')")
    page.wait_for_selector("text=khai báo sổ số")  # stands on it: refused, in words
    WRONG[page].clear()  # a refusal is 409, which the browser tells
    looked_at(page, "nap-so-khong-hoan-tac")


def test_a_clerk_types_what_the_file_does_not_say(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.OFFICER, [OWN])
    page.goto(f"/nap-so/tep/{handed_in(console)}")
    box = page.get_by_label("Bổ sung dòng 3, Ngày nhận")
    assert page.is_visible("td:has-text('31/02/2024')")
    box.fill("01/02/2024")
    page.click("text=Ghi các ô đã gõ")
    page.wait_for_selector("text=đang dùng: 01/02/2024")
    assert page.is_visible("text=Ô để trống vì không đọc được: 0")
    looked_at(page, "nap-so-o-da-go")
    page.click("button:has-text('Hoàn tác')")
    page.wait_for_selector("text=Ô để trống vì không đọc được: 1")
    page.get_by_label("Bổ sung dòng 3, Ngày nhận").fill("01/02/2024")
    page.click("text=Ghi các ô đã gõ")
    page.wait_for_selector("text=đang dùng: 01/02/2024")
    page.select_option("[aria-label='Cột Hẹn dân tới là']", "returned_on")
    page.click("text=Nhớ các cột đã chọn")
    page.click("button:has-text('Nạp')")
    page.wait_for_selector("text=Bước cuối")


def test_a_cell_of_a_file_that_was_taken_in_is_filled_in_its_place(
    console: Served, browser: Browser
):
    number = taken(console)
    page = console.page(browser, OfficeRole.OFFICER, [OWN], size=PHONE)
    page.goto(f"/nap-so/{number}")
    page.click(".figure:has-text('Ô, dòng không đọc được') a")
    page.get_by_label("Bổ sung dòng 3, Ngày nhận").fill("31/02/2024")
    page.click("text=Ghi các ô đã gõ")
    page.wait_for_selector("text=Chưa dùng được “31/02/2024” ở dòng 3")
    WRONG[page].clear()  # a refusal is 409, which the browser tells
    page.get_by_label("Bổ sung dòng 3, Ngày nhận").fill("1/2/2024")
    page.click("text=Ghi các ô đã gõ")
    page.wait_for_selector("h2:has-text('Đang dùng')")
    looked_at(page, "nap-so-o-trong")
    inspector = console.client(OfficeRole.INSPECTOR, [OWN]).get("/soi-xet").text
    assert "Ô gõ tay thay ô không đọc được" in inspector
    assert "1/2/2024" in inspector
    other = console.client(OfficeRole.INSPECTOR, [OTHER]).get("/soi-xet").text
    assert "1/2/2024" not in other
    page.click("button:has-text('Rút lại')")
    page.wait_for_selector("text=Đã rút lại ô bổ sung")


def test_the_next_file_of_the_unit_needs_no_explaining(console: Served):
    client = officer(console)
    first = send(console, client, "a.xlsx", messy(console.folder / "a.xlsx").read_bytes())
    number = first.headers["location"]
    console.post(client, f"{number}/cot", EXPLAINED)
    other = messy(console.folder / "b.xlsx", count=7).read_bytes()
    again = send(console, client, "b.xlsx", other)
    page = settled(client, again.headers["location"])
    assert "Nạp 7 dòng" in page.text
    assert QUESTION not in page.text
    stranger = officer(console, OTHER)
    theirs = send(
        console, stranger, "c.xlsx", messy(console.folder / "c.xlsx", count=8).read_bytes()
    )
    assert QUESTION in settled(stranger, theirs.headers["location"]).text


def test_an_intake_is_undone_from_its_page(console: Served):
    number = taken(console)
    client = officer(console)
    answer = console.post(client, f"/nap-so/{number}/hoan-tac", {"ly_do": "nhầm"})
    assert answer.status_code == 303
    page = client.get(f"/nap-so/{number}")
    assert "nhầm" in page.text
    assert "Hoàn tác lần nạp này" not in page.text
    with console.house() as house:
        assert not any("nap-so" in one.path for one in house.store.readings.files())


def test_the_calendar_opens_the_files_of_a_cell(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.VIEWER, [OWN])
    page.goto("/do-phu")
    looked_at(page, "do-phu")
    page.select_option("#f-nguon", SOURCE)
    page.wait_for_url("**nguon=so-giay**")
    looked_at(page, "do-phu-so")
    cells = page.locator("a.cell")
    assert cells.count() > 3
    cells.first.click()
    page.wait_for_selector("table")
    looked_at(page, "do-phu-tep")
    assert re.search(r"\.xlsx", page.content())


def test_the_calendar_of_one_unit_names_no_other(shared_console: Served):
    page = officer(shared_console).get("/do-phu", params={"nguon": SOURCE}).text
    assert NAMES[OWN] in page
    assert NAMES[OTHER] not in page
    whole = officer(shared_console, None).get("/do-phu", params={"nguon": SOURCE}).text
    assert NAMES[OTHER] in whole


def test_the_pages_work_without_script(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.OFFICER, [OWN], script=False, size=PHONE)
    page.goto("/nap-so")
    page.set_input_files("#tep", messy(console.folder / "so.xlsx", NAMES[OWN]))
    page.click("text=Xem trước")
    page.wait_for_selector("text=Từng cột được hiểu là gì")


def test_a_file_that_takes_long_shows_a_page_that_asks_again(
    console: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("worker.console.pages.intake.PATIENCE", 0.0)
    client = officer(console)
    file = messy(console.folder / "x.xlsx", NAMES[OWN]).read_bytes()
    place = send(console, client, "x.xlsx", file).headers["location"]
    page = client.get(place)
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert "Đang đọc tệp" in page.text
    assert "Nạp 6 dòng" in settled(client, place).text
    begun = console.post(client, f"{place}/nap")
    assert begun.headers["location"] in (place, "/nap-so/1")
    for _ in range(600):
        answer = client.get(place)
        if answer.status_code == 303:
            break
        assert "Đang nạp tệp" in answer.text
        pause(0.1)
    assert answer.headers["location"] == "/nap-so/1"
    assert client.get(place).headers["location"] == "/nap-so/1"  # a second window


@pytest.mark.parametrize(
    ("path", "most"), [("/nap-so", 28), ("/so-du", 28), ("/do-phu", 34), ("/quet", 28)]
)
def test_a_page_asks_a_bounded_number_of_questions(console: Served, path: str, most: int):
    for _ in range(3):
        taken(console)
    client = officer(console)
    client.get(path)  # opens the house
    with statements() as few:
        assert client.get(path).status_code == 200
    for _ in range(6):
        taken(console)
    client.get(path)  # reads once what people told meanwhile
    with statements() as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few) <= most
