"""Quản trị: an administrator sees what is to be done, and lets people in and out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PASSWORD, Served, looked_at
from worker.desk import accounts
from worker.desk.actor import OfficeRole, at_the_shell

PEOPLE = "/quan-tri/tai-khoan"
NEW = {"ten": "lan.nt", "ho_ten": "Ngô Thị Lan", "vai_tro": "officer", "don_vi": OWN}


def somebody(console: Served) -> dict[str, str]:
    """An account that each role of the matrix may try itself on."""
    with console.house() as house:
        if house.store.accounts.one("ai.do") is None:
            accounts.create(house, at_the_shell("test"), "ai.do", "Ai Đó", OfficeRole.VIEWER, None)
    return {"name": "ai.do"}


ROUTES = {
    "GET /quan-tri": Sample(),
    "GET /quan-tri/don-vi": Sample(),
    "GET /quan-tri/tai-khoan": Sample(),
    "POST /quan-tri/tai-khoan": Sample(data=NEW),
    "GET /quan-tri/tai-khoan/{name}": Sample(own=somebody),
    "POST /quan-tri/tai-khoan/{name}": Sample(
        own=somebody, data={"vai_tro": "viewer", "don_vi": OWN}
    ),
    "POST /quan-tri/tai-khoan/{name}/cap-lai": Sample(own=somebody, answers=(200, 409)),
    "POST /quan-tri/tai-khoan/{name}/nghi": Sample(own=somebody),
    "POST /quan-tri/tai-khoan/{name}/tro-lai": Sample(own=somebody),
    "POST /quan-tri/tai-khoan/{name}/dong-phien": Sample(own=somebody),
    "GET /quan-tri/ma-xac-thuc": Sample(),
    "POST /quan-tri/ma-xac-thuc": Sample(data={"ma": "x"}, answers=(409,)),
    "POST /quan-tri/ma-xac-thuc/tat": Sample(),
}


def test_a_person_is_let_in_by_a_link_and_leaves_in_one_step(console: Served):
    admin = console.client(OfficeRole.ADMIN)
    made = console.post(admin, PEOPLE, NEW)
    link = re.search(r"https?://[^\"<]*/mo-tai-khoan\?ma=[\w-]+", made.text)
    assert link
    newcomer = console.client(None)
    ticket = link[0].partition("ma=")[2]
    form = {"ma": ticket, "moi": PASSWORD, "lai": PASSWORD}
    assert newcomer.post("/mo-tai-khoan", data=form).status_code == 303
    assert "Thị trấn Tân Lộc" in newcomer.get("/mat-khau").text
    assert OTHER not in newcomer.get("/mat-khau").text

    left = console.post(admin, f"{PEOPLE}/lan.nt/nghi")
    assert newcomer.get("/mat-khau").status_code == 303
    shown = admin.get(left.headers["location"]).text
    assert "không vào được nữa" in shown
    assert f'action="{PEOPLE}/lan.nt/tro-lai"' in shown  # the way back
    assert "không vào được nữa" not in admin.get(PEOPLE).text  # told once
    console.post(admin, f"{PEOPLE}/lan.nt/tro-lai")
    again = newcomer.post("/dang-nhap", data={"ten": "lan.nt", "mat_khau": PASSWORD})
    assert again.status_code == 303


def test_another_role_counts_from_the_next_page(console: Served):
    officer = console.client(OfficeRole.OFFICER, [OWN])
    admin = console.client(OfficeRole.ADMIN)
    name = f"officer.{OWN}"
    console.post(admin, f"{PEOPLE}/{name}", {"vai_tro": "admin", "ca_co_quan": "1"})
    assert officer.get("/mat-khau").status_code == 303  # signs in again, as another role
    officer = console.client(OfficeRole.OFFICER, [OWN])
    assert officer.get("/quan-tri").status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ten": "Lan Nt!"}, "chữ thường"),
        ({"ho_ten": " "}, "họ tên"),
        ({"don_vi": ""}, "Không có đơn vị"),
        ({"don_vi": "không-có"}, "Không có đơn vị"),
    ],
)
def test_what_cannot_be_is_said_where_it_was_typed(
    shared_console: Served, changed: dict[str, str], said: str
):
    admin = shared_console.client(OfficeRole.ADMIN)
    answer = shared_console.post(admin, PEOPLE, NEW | changed)
    assert answer.status_code == 409
    assert said in answer.text


def test_the_last_administrator_stays(console: Served):
    admin = console.client(OfficeRole.ADMIN)
    assert console.post(admin, f"{PEOPLE}/admin.all/nghi").status_code == 409
    assert admin.get("/quan-tri").status_code == 200


def test_an_administrator_sees_what_is_to_be_done_and_no_dossier(shared_console: Served):
    text = shared_console.client(OfficeRole.ADMIN).get("/quan-tri").text
    for words in ("11 đơn vị", "8/10 đơn vị đã khai sổ", "Chưa có bản sao lưu nào", "ngày, cũ"):
        assert words in text
    assert "tim" not in re.findall(r'name="(\w+)"', text)  # nobody to look for


@pytest.mark.browser
def test_the_pages_of_the_administrator_are_fit_to_be_shown(console: Served, browser: Browser):
    console.token(OfficeRole.OFFICER, [OWN])
    console.token(OfficeRole.APPROVER, [OWN, OTHER])
    page = console.page(browser, OfficeRole.ADMIN)
    for path, name in (("/quan-tri", "admin"), ("/quan-tri/don-vi", "admin-units")):
        page.goto(path)
        looked_at(page, name)
    page.goto(PEOPLE)
    looked_at(page, "admin-people")
    page.fill("#f-ten", "lan.nt")
    page.fill("#f-ho_ten", "Ngô Thị Lan")
    page.get_by_label("Thị trấn Tân Lộc").check()
    page.get_by_role("button", name="Tạo tài khoản").click()
    page.get_by_text("Mở được một lần").wait_for()
    looked_at(page, "admin-link")
    page.goto(f"{PEOPLE}/lan.nt")
    looked_at(page, "admin-person")
