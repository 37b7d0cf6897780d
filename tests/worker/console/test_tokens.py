"""Mã truy cập: an admin lets a program read, sees its secret once, and ends it."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Browser

from tests.simulators.dossiers import COMMUNES
from tests.worker.console.matrix import Sample
from tests.worker.console.served import Served, looked_at
from worker.desk import tokens
from worker.desk.actor import OfficeRole, at_the_shell

OWN = COMMUNES[3][0]


def number(console: Served) -> dict[str, str]:
    with console.house() as house:
        return {"number": str(tokens.make(house, at_the_shell("x"), "thử").id)}


ROUTES = {
    "GET /quan-tri/ma-truy-cap": Sample(),
    "POST /quan-tri/ma-truy-cap": Sample(data={"ten": "thử"}),
    "POST /quan-tri/ma-truy-cap/{number}/het-hieu-luc": Sample(own=number),
}


def test_a_program_is_let_in_and_out(console: Served, browser: Browser):
    page = console.page(browser, OfficeRole.ADMIN)
    page.goto("/quan-tri/ma-truy-cap")
    page.get_by_label("Dùng cho phần mềm").fill("Bảng tin của xã")
    page.get_by_label("Đọc của đơn vị").select_option(OWN)
    page.get_by_role("button", name="Cấp mã").click()
    page.get_by_text("doisoat_").first.wait_for()
    looked_at(page, "ma-truy-cap")
    secret = re.search(r"doisoat_[\w-]{40,}", page.content())[0]
    reading = {"Authorization": f"Bearer {secret}"}
    told = httpx.get(f"{console.url}/api/v1/findings", headers=reading).json()
    assert {one["unit"] for one in told["findings"]} == {OWN}
    page.goto("/quan-tri/ma-truy-cap")
    assert secret not in page.content()
    page.get_by_role("button", name="Cho hết hiệu lực").click()
    page.locator(".note").first.wait_for()
    assert httpx.get(f"{console.url}/api/v1/findings", headers=reading).status_code == 401
