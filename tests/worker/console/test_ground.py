"""What holds on every page: who is let in, the head, the headers, what goes wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.worker.console.served import OTHER, OWN, Served, looked_at
from worker.desk.actor import Role


def test_whoever_is_not_signed_in_is_sent_to_the_door_and_back(shared_console: Served):
    answer = shared_console.client(None).get("/", params={"don_vi": OWN})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/dang-nhap?ve=%2F%3Fdon_vi%3D{OWN}"


def test_the_head_names_the_unit_the_days_and_the_hour(shared_console: Served):
    text = shared_console.client(Role.OFFICER, [OWN]).get("/", follow_redirects=True).text
    for words in ("Thị trấn Tân Lộc", "Dữ liệu đến ngày", "Phần mềm một cửa", "Đọc lúc"):
        assert words in text
    assert "Chưa đọc đủ" not in text


def test_a_page_may_be_of_one_of_the_own_units_alone(shared_console: Served):
    officer = shared_console.client(Role.OFFICER, [OWN])
    assert officer.get("/nowhere").status_code == 404
    assert officer.get("/", params={"don_vi": OWN}, follow_redirects=True).status_code == 200
    assert officer.get("/", params={"don_vi": OTHER}).status_code == 404
    assert officer.get("/", params={"don_vi": "không-có"}).status_code == 404


@pytest.mark.browser
def test_the_first_page_is_fit_to_be_shown(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, Role.OFFICER, [OWN])
    page.goto("/")
    looked_at(page, "first")
