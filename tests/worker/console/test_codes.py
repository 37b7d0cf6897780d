"""A code beside an administrator's password: asked after it was typed once, gone with a reset."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser

from tests.worker.console.served import OTHER, PASSWORD, Served, looked_at
from worker.desk import one_time_codes
from worker.desk.actor import OfficeRole

PAGE = "/quan-tri/ma-xac-thuc"
NAME = "admin.all"


def offered(client: httpx.Client) -> str:
    found = re.search(r'data-copy="([A-Z2-7]{32})"', client.get(PAGE).text)
    assert found
    return found[1]


def code_now(console: Served, secret: str, later: int = 0) -> str:
    with console.house() as house:
        step = int(house.clock.now().timestamp()) // one_time_codes.STEP
    return one_time_codes.code_at(secret, step + later)


def sign_in(console: Served, code: str = "") -> int:
    typed = {"ten": NAME, "mat_khau": PASSWORD, "ma": code, "ve": "/"}
    return console.client(None).post("/dang-nhap", data=typed).status_code


def asked(console: Served) -> str:
    """The secret of codes that are asked of the administrator from now on."""
    client = console.client(OfficeRole.ADMIN)
    secret = offered(client)
    assert console.post(client, PAGE, {"ma": code_now(console, secret, -1)}).status_code == 303
    return secret


def test_the_code_is_asked_once_it_was_typed_and_each_is_good_once(console: Served) -> None:
    client = console.client(OfficeRole.ADMIN)
    secret = offered(client)
    wrong = console.post(client, PAGE, {"ma": "000000" + "1"})
    assert (wrong.status_code, "Mã chưa đúng" in wrong.text) == (409, True)
    assert sign_in(console) == 303, "nothing is asked before a code was typed"
    assert console.post(client, PAGE, {"ma": code_now(console, secret, -1)}).status_code == 303
    assert "Đang bật" in client.get(PAGE).text
    assert secret not in client.get(PAGE).text
    assert sign_in(console) == sign_in(console, "123") == 401
    code = code_now(console, secret, 1)
    assert [sign_in(console, code), sign_in(console, code)] == [303, 401]
    with console.house() as house:
        acts = [one.act for one in house.store.audit.acts() if "code" in one.act]
        assert acts == ["account.code_asked"]
        assert house.store.upkeep.verify() == []
    assert console.post(client, f"{PAGE}/tat").status_code == 303
    assert sign_in(console) == 303


def test_who_lost_the_telephone_is_let_in_by_another_administrator(console: Served) -> None:
    asked(console)
    other = console.client(OfficeRole.ADMIN, [OTHER])
    assert "có mã xác thực" in other.get(f"/quan-tri/tai-khoan/{NAME}").text
    page = console.post(other, f"/quan-tri/tai-khoan/{NAME}/cap-lai").text
    ticket = re.search(r"mo-tai-khoan\?ma=([\w-]+)", page)
    assert ticket
    chosen = {"ma": ticket[1], "moi": PASSWORD, "lai": PASSWORD}
    assert console.client(None).post("/mo-tai-khoan", data=chosen).status_code == 303
    assert sign_in(console) == 303


def test_an_office_may_demand_it_of_its_administrators(console: Served) -> None:
    text = console.config.read_text("utf-8")
    console.config.write_text(f"{text}\n[console]\nadmin_code = true\n", "utf-8")
    client = console.client(OfficeRole.ADMIN)
    for path in ("/quan-tri", "/quan-tri/tai-khoan"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert console.post(client, f"/quan-tri/tai-khoan/{NAME}/nghi").headers["location"] == PAGE
    asked(console)
    assert client.get("/quan-tri").status_code == 200
    assert console.client(OfficeRole.OFFICER).get("/viec").status_code == 200


@pytest.mark.browser
def test_the_page_is_fit_to_be_shown(console: Served, browser: Browser) -> None:
    page = console.page(browser, OfficeRole.ADMIN)
    page.goto(PAGE)
    looked_at(page, "quan-tri-ma-xac-thuc")
