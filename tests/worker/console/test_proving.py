"""Acts of weight ask for the password again; forms of other sites and guesses get nowhere (F35)."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from tests.worker.console.served import OWN, PASSWORD, WRONG, Served, looked_at, plain
from tests.worker.console.test_matrix import app, named, requirement_of
from worker.console.here import PROOF, Requirement
from worker.desk import accounts
from worker.desk.actor import OfficeRole
from worker.store.act_tables import session, user_account

__all__ = ["app"]

#: What may not be done by whoever finds a browser open.
WEIGHTY = {
    *("POST /quan-tri/tai-khoan", "POST /quan-tri/tai-khoan/{name}"),
    *(f"POST /quan-tri/tai-khoan/{{name}}/{act}" for act in ("cap-lai", "nghi", "tro-lai")),
    *("POST /quan-tri/tai-khoan/{name}/dong-phien", "POST /bao-cao/duyet"),
    *("POST /quan-tri/ma-truy-cap", "POST /quan-tri/ma-truy-cap/{number}/het-hieu-luc"),
    *("POST /quet/{number}/duyet", "POST /thu/gui-lai"),
    *("POST /quan-tri/ma-xac-thuc", "POST /quan-tri/ma-xac-thuc/tat"),
}
OFFICER = f"officer.{OWN}"
LEAVE = f"/quan-tri/tai-khoan/{OFFICER}/nghi"


def test_acts_of_weight_ask_for_the_password(app):
    found = {
        name
        for name, route in named(app)
        if isinstance(need := requirement_of(route), Requirement) and need.weighty
    }
    assert found == WEIGHTY


def age(console: Served, minutes: int = 11) -> None:
    """Everybody signed in so long ago, and is still there."""
    with console.house() as house:
        before = house.clock.now() - timedelta(minutes=minutes)
        values = {"opened_at": before, "confirmed_at": None}
        house.store.database.write(lambda c: c.execute(update(session).values(**values)))


def has_left(console: Served) -> bool:
    with console.house() as house:
        account = house.store.accounts.one(OFFICER)
    return account is not None and account.left_at is not None


def test_the_password_is_asked_again_and_the_form_goes_on(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])
    first, second = (console.client(OfficeRole.ADMIN) for _ in range(2))
    assert console.post(first, LEAVE).status_code == 303  # signed in just now
    back = f"/quan-tri/tai-khoan/{OFFICER}/tro-lai"
    assert console.post(first, back).status_code == 303
    age(console)
    asked = console.post(first, LEAVE, {"them": "một chữ"})
    assert asked.status_code == 403
    assert 'type="password"' in asked.text
    assert '<input type="hidden" name="them" value="một chữ">' in asked.text
    assert not has_left(console)
    assert console.post(first, LEAVE, {PROOF: "sai bet ca roi"}).status_code == 403
    assert not has_left(console)
    assert console.post(first, LEAVE, {PROOF: PASSWORD}).status_code == 303
    assert has_left(console)
    assert console.post(first, back).status_code == 303  # not asked twice
    assert console.post(second, LEAVE).status_code == 403  # another browser is
    with console.house() as house:
        confirmed = [one for one in house.store.audit.acts() if one.act == "session.confirmed"]
    assert [one.actor for one in confirmed] == ["admin.all"]


def test_guessing_there_is_as_slow_as_at_the_door(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])
    client = console.client(OfficeRole.ADMIN)
    age(console)
    told = [console.post(client, LEAVE, {PROOF: f"sai {n}"}).status_code for n in range(3)]
    assert told == [403] * 3
    with console.house() as house:  # many more, so that the wait outlasts a slow machine
        whose = [accounts._hash("account:admin.all")]
        for _ in range(12):
            now = house.clock.now()
            house.store.accounts.try_begins(whose, now, forget_after=accounts.FORGET_AFTER)
    hasty = console.post(client, LEAVE, {PROOF: PASSWORD})
    assert (hasty.status_code, "Đã thử sai nhiều lần" in hasty.text) == (429, True)
    assert hasty.headers["retry-after"]
    assert not has_left(console)


def test_who_has_no_password_here_signs_in_again(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])
    client = console.client(OfficeRole.ADMIN)
    age(console)
    with console.house() as house:
        this = update(user_account).where(user_account.c.name == "admin.all")
        house.store.database.write(lambda c: c.execute(this.values(secret="")))
    asked = console.post(client, LEAVE)
    assert asked.status_code == 403
    assert 'href="/sso"' in asked.text
    assert 'type="password"' not in asked.text


def test_it_is_asked_in_a_browser_and_done(console: Served, browser: Browser):
    console.token(OfficeRole.OFFICER, [OWN])
    page = console.page(browser, OfficeRole.ADMIN)
    page.goto(f"/quan-tri/tai-khoan/{OFFICER}")
    age(console)
    page.click("text=Cho nghỉ")
    page.wait_for_selector("text=cần gõ lại mật khẩu")
    WRONG[page].clear()  # 403, which the browser tells
    looked_at(page, "go-lai-mat-khau")
    page.fill(f"#f-{PROOF}", PASSWORD)
    page.click("text=Xác nhận và làm tiếp")
    page.wait_for_selector("text=không vào được nữa")
    assert has_left(console)


# F35: another site, a guesser


@pytest.fixture
def evil(console: Served) -> Iterator[str]:
    """A page of another site on this machine that posts a form of ours as soon as it is opened."""
    form = f"""<form id=f method=post action="{console.url}{LEAVE}">
    <input name=csrf value="x"></form><script>document.getElementById("f").submit()</script>"""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(form.encode())

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_of_another_site_makes_a_signed_in_browser_do_nothing(
    console: Served, browser: Browser, evil: str
):
    console.token(OfficeRole.OFFICER, [OWN])
    page = console.page(browser, OfficeRole.ADMIN)
    with page.expect_response(lambda one: one.url.endswith("/nghi")) as caught:
        page.goto(evil)
    assert caught.value.status == 403
    assert "phien=" in caught.value.request.all_headers().get("cookie", "")  # it was signed in
    assert not has_left(console)


def test_a_form_of_ones_own_session_is_no_form_of_another(console: Served):
    """Two browsers: what one was handed is worth nothing with the other's cookie."""
    console.token(OfficeRole.OFFICER, [OWN])
    mine, theirs = console.client(OfficeRole.ADMIN), console.client(OfficeRole.ADMIN)
    (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', mine.get("/quan-tri/tai-khoan").text))
    for name, value in (("csrf", token), ("csrf", ""), ("khac", token)):
        assert theirs.post(LEAVE, data={name: value}).status_code == 403
    assert not has_left(console)


@pytest.mark.slow
def test_a_thousand_guesses_at_once_are_hardly_looked_at(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])

    def guess(number: int) -> int:
        data = {"ten": OFFICER, "mat_khau": f"doan mo lan thu {number}", "ve": "/"}
        with plain(console.url, 300) as client:
            return client.post("/dang-nhap", data=data).status_code

    with ThreadPoolExecutor(16) as guessers:
        told = Counter(guessers.map(guess, range(1000)))
    assert set(told) == {401, 429}
    assert told[401] < 50, "each is a password that was looked at"
    with console.house() as house:
        acts = [one for one in house.store.audit.acts() if one.act == accounts.REFUSED]
        assert acts
        assert house.store.upkeep.verify() == []
