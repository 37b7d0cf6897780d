"""The way in: signing in, one-time links, the first account, and who is kept out."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from sqlalchemy import update

from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PASSWORD, Served, csrf, looked_at, serving
from worker.desk import accounts
from worker.desk.actor import OfficeRole, at_the_shell
from worker.desk.refused import Refused
from worker.store.act_tables import session

ROUTES = {
    "GET /": Sample(),
    "POST /dang-xuat": Sample(),
    "GET /dang-nhap": Sample(),
    "POST /dang-nhap": Sample(),
    "GET /mo-tai-khoan": Sample(),
    "POST /mo-tai-khoan": Sample(),
    "GET /lan-dau": Sample(),
    "POST /lan-dau": Sample(),
    "GET /mat-khau": Sample(),
    # Said twice, and not the same: the password of the matrix stays what it is.
    "POST /mat-khau": Sample(data={"cu": PASSWORD, "moi": "a", "lai": "b"}, answers=(409,)),
}
ADMIN = at_the_shell("test")


def given(client: httpx.Client, name: str, password: str, back: str = "/") -> httpx.Response:
    return client.post("/dang-nhap", data={"ten": name, "mat_khau": password, "ve": back})


def test_the_first_person_makes_the_first_account_on_the_machine_itself(console: Served):
    client = console.client(None)
    assert client.get("/dang-nhap").headers["location"] == "/lan-dau"
    behind_a_proxy = client.get("/lan-dau", headers={"X-Forwarded-For": "10.0.0.9"})
    assert behind_a_proxy.status_code == 409
    form = {"ten": "quan.tri", "ho_ten": "Người Quản Trị", "moi": PASSWORD, "lai": PASSWORD}
    weak = client.post("/lan-dau", data=form | {"moi": "quan.tri.123", "lai": "quan.tri.123"})
    assert "dễ đoán" in weak.text
    done = client.post("/lan-dau", data=form)
    assert done.status_code == 303
    assert "Người Quản Trị" in client.get("/", follow_redirects=True).text
    again = console.client(None).post("/lan-dau", data=form | {"ten": "khac"})
    assert again.status_code == 409
    assert console.client(None).get("/dang-nhap").status_code == 200


def test_whoever_signs_in_gets_back_to_the_page_that_was_asked_for(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])
    client = console.client(None)
    name = f"officer.{OWN}"
    assert given(client, name, "sai bet ca roi").status_code == 401
    done = given(client, f" {name.upper()} ", PASSWORD, f"/?don_vi={OWN}")
    assert done.headers["location"] == f"/?don_vi={OWN}"
    held = done.headers["set-cookie"].lower()
    assert "httponly" in held
    assert "samesite=lax" in held
    assert "expires" not in held
    assert client.get(f"/?don_vi={OWN}", follow_redirects=True).status_code == 200
    first = client.cookies["phien"]
    given(client, name, PASSWORD)
    earlier = console.client(None)
    earlier.cookies.set("phien", first, domain="127.0.0.1")
    assert earlier.get("/mat-khau").status_code == 303  # one browser, one session
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"):
        assert given(client, name, PASSWORD, elsewhere).headers["location"] == "/"


def test_a_stranger_learns_nothing_and_waits_longer_each_time(console: Served):
    console.token(OfficeRole.OFFICER, [OWN])
    client = console.client(None)
    known = [given(client, f"officer.{OWN}", "sai bet ca roi") for _ in range(6)]
    unknown = [given(client, "khong.co", "sai bet ca roi") for _ in range(6)]

    def told(answer: httpx.Response) -> str:
        found = re.search(r'role="alert"><p>(.*?)</p>', answer.text)
        return found[1] if found else ""

    assert [told(one) for one in known] == [told(one) for one in unknown]
    assert told(known[0]) == "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng."
    assert told(known[-1]) == "Đã thử sai nhiều lần."
    with console.house() as house:  # ten more, so that the wait outlasts a slow machine
        for _ in range(10):
            whose = [accounts._hash(f"account:officer.{OWN}")]
            house.store.accounts.try_begins(
                whose, house.clock.now(), forget_after=accounts.FORGET_AFTER
            )
        bursts = [one for one in house.store.audit.acts() if one.act == accounts.REFUSED]
    assert len(bursts) == 2  # of the name that is somebody's, and of the one that is nobody's
    # The right password does not help while one has to wait, and nobody is locked out for ever.
    hasty = given(client, f"officer.{OWN}", PASSWORD)
    assert hasty.status_code == 429
    assert 1 <= int(hasty.headers["retry-after"]) <= 300
    with console.house() as house:
        assert house.store.upkeep.verify() == []


def test_a_name_of_old_and_a_cookie_that_was_planted_open_nothing(console: Served):
    """Session fixation: what a browser brought before it signed in is worth nothing after."""
    console.token(OfficeRole.OFFICER, [OWN])
    client = console.client(None)
    client.cookies.set("phien", "planted" * 6, domain="127.0.0.1")
    assert given(client, f"officer.{OWN}", PASSWORD).status_code == 303
    planted = console.client(None)
    planted.cookies.set("phien", "planted" * 6, domain="127.0.0.1")
    assert planted.get("/mat-khau").status_code == 303
    assert client.cookies.get("phien", domain="127.0.0.1") != "planted" * 6


def test_a_session_ends_by_idleness_by_age_by_leaving_by_the_password(console: Served):
    def signed_in(client: httpx.Client) -> bool:
        return client.get("/mat-khau").status_code == 200

    def turned_back(**columns: timedelta) -> None:
        with console.house() as house:
            now = house.clock.now()
            values = {name: now - by for name, by in columns.items()}
            house.store.database.write(lambda c: c.execute(update(session).values(**values)))

    client = console.client(OfficeRole.OFFICER, [OWN])
    assert signed_in(client)
    turned_back(seen_at=timedelta(minutes=29))
    assert signed_in(client)
    turned_back(seen_at=timedelta(minutes=31))
    assert not signed_in(client)
    client = console.client(OfficeRole.OFFICER, [OWN])
    turned_back(opened_at=timedelta(hours=8, minutes=1), seen_at=timedelta())
    assert not signed_in(client)
    client = console.client(OfficeRole.OFFICER, [OWN])
    turned_back(opened_at=-timedelta(hours=1))  # by a clock that ran ahead
    assert not signed_in(client)

    name = f"officer.{OWN}"
    one, other = (
        console.client(OfficeRole.OFFICER, [OWN]),
        console.client(OfficeRole.OFFICER, [OWN]),
    )
    changed = {"cu": PASSWORD, "moi": "bon con voi uong tra", "lai": "bon con voi uong tra"}
    assert console.post(one, "/mat-khau", changed).status_code == 303
    assert signed_in(one)
    assert not signed_in(other)
    with console.house() as house:
        accounts.leave(house, ADMIN, name)
    assert not signed_in(one)
    assert given(console.client(None), name, "bon con voi uong tra").status_code == 401


def test_out_is_out_and_nothing_is_held_as_it_is_kept(console: Served):
    client = console.client(OfficeRole.VIEWER, [OWN])
    token = client.cookies["phien"]
    kept = b"".join(file.read_bytes() for file in console.folder.glob("data/doisoat.db*"))
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept
    out = console.post(client, "/dang-xuat")
    assert "cookies" in out.headers["clear-site-data"]
    client.cookies.set("phien", token, domain="127.0.0.1")
    assert client.get("/mat-khau").status_code == 303


def test_a_link_is_good_once_and_not_for_long(console: Served):
    with console.house() as house:
        ticket = accounts.create(
            house, ADMIN, "lan.nt", "Ngô Thị Lan", OfficeRole.OFFICER, frozenset({OWN})
        )
    client = console.client(None)
    assert "lan.nt" in client.get("/mo-tai-khoan", params={"ma": ticket}).text
    form = {"ma": ticket, "moi": PASSWORD, "lai": PASSWORD}
    assert client.post("/mo-tai-khoan", data=form | {"lai": "khác"}).status_code == 409
    assert client.post("/mo-tai-khoan", data=form).status_code == 303
    assert "Ngô Thị Lan (lan.nt)" in client.get("/mat-khau").text
    assert console.client(None).post("/mo-tai-khoan", data=form).status_code == 409
    with console.house() as house:
        second = accounts.reset(house, ADMIN, "lan.nt")
        assert client.get("/mat-khau").status_code == 303  # a reset ends what was open
        later = house.clock.now() + accounts.TICKET_HOLDS
        assert house.store.accounts.of_ticket(accounts._hash(second), later) is None
        with pytest.raises(Refused):
            accounts.sign_in(house, "lan.nt", PASSWORD, "test")


def test_every_act_on_an_account_is_in_the_audit(console: Served):
    with console.house() as house:
        accounts.create(house, ADMIN, "lan.nt", "Ngô Thị Lan", OfficeRole.OFFICER, frozenset({OWN}))
        accounts.change(house, ADMIN, "lan.nt", OfficeRole.APPROVER, frozenset({OWN, OTHER}))
        accounts.leave(house, ADMIN, "lan.nt")
        accounts.come_back(house, ADMIN, "lan.nt")
        accounts.reset(house, ADMIN, "lan.nt")
        told = [(one.act, one.reason) for one in house.store.audit.acts() if one.object == "lan.nt"]
        assert house.store.upkeep.verify() == []
    assert told == [
        ("account.created", f"officer: {OWN}"),
        ("account.changed", f"officer: {OWN} → approver: {OWN}, {OTHER}"),
        ("account.left", ""),
        ("account.came_back", ""),
        ("account.ticket_given", ""),
    ]


def test_over_the_network_only_https_is_answered(decided: Path, tmp_path: Path):
    shutil.copytree(decided, tmp_path / "huyen")
    config = tmp_path / "huyen/doisoat.toml"
    allowed = '\n[console]\nhosts = ["doisoat.huyen.example"]\n'
    config.write_text(config.read_text("utf-8") + allowed, "utf-8")
    with serving(tmp_path / "huyen") as console:
        client = console.client(None)
        strange = client.get("/dang-nhap", headers={"Host": "elsewhere.example"})
        assert strange.status_code == 400
        plain = client.get("/dang-nhap", headers={"Host": "doisoat.huyen.example"})
        assert plain.status_code == 403
        assert "https://" in plain.text
        # A proxy on this machine that speaks https says so.
        behind = {"Host": "doisoat.huyen.example", "X-Forwarded-Proto": "https"}
        answer = client.get("/dang-nhap", headers=behind)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
        console.token(OfficeRole.OFFICER, [OWN])
        form = {"ten": f"officer.{OWN}", "mat_khau": PASSWORD}
        held = client.post("/dang-nhap", data=form, headers=behind).headers["set-cookie"]
        assert held.startswith("__Host-phien=")
        assert "Secure" in held
        assert "Domain" not in held


def test_the_token_of_one_session_does_not_open_the_forms_of_another(console: Served):
    one, other = (
        console.client(OfficeRole.OFFICER, [OWN]),
        console.client(OfficeRole.OFFICER, [OWN]),
    )
    assert one.post("/dang-xuat", data={"csrf": csrf(other)}).status_code == 403
    assert one.get("/mat-khau").status_code == 200


@pytest.mark.browser
def test_the_door_is_fit_to_be_shown(console: Served, browser: Browser):
    page = console.page(browser, None)
    page.goto("/dang-nhap")
    assert page.url.endswith("/lan-dau")
    looked_at(page, "first-run")
    console.token(OfficeRole.APPROVER, [OWN])
    page.goto("/dang-nhap")
    looked_at(page, "sign-in")
    page.fill("#f-ten", f"approver.{OWN}")
    page.fill("#f-mat_khau", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto("/mat-khau")
    looked_at(page, "password")
