"""S1: the page of a dossier, found by code from anywhere; names only for the own unit, logged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from reconcile.cases import LinkState
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, PHONE, Served, looked_at, printed
from tests.worker.console.test_worklist_page import MOST_QUERIES, asked, lines
from worker.desk import acts, dossier_view
from worker.desk.actor import OfficeRole
from worker.desk.dossier_view import NAMES_SEEN


def code(console: Served, unit: str = OWN) -> str:
    return next(one.code for one in lines(console, unit) if one.code)


def key(unit: str):
    def find(console: Served) -> Mapping[str, str]:
        return {"key": code(console, unit)}

    return find


def linked(unit: str):
    """A dossier of the unit beside which a register row lies."""

    def find(console: Served) -> Mapping[str, str]:
        who = console.actor(OfficeRole.OFFICER, [unit])
        with console.house() as house:
            for one in lines(console, unit):
                for link in dossier_view.by_code(house, who, one.code).links if one.code else ():
                    if link.dossier and link.decision is not LinkState.NONE:
                        return {"key": one.code, "dong": link.row}
        raise AssertionError("no dossier of the unit has a register row")

    return find


ROUTES = {
    "POST /khong-phai-mot/{key:path}": Sample(own=linked(OWN), other=linked(OTHER)),
    "POST /van-la-mot/{key:path}": Sample(own=linked(OWN), other=linked(OTHER)),
    "GET /ho-so": Sample(data={"tim": "Nguyễn"}, answers=(200, 303, 404)),
    "GET /ho-so/{key:path}": Sample(own=key(OWN), other=key(OTHER)),
    "GET /vi-sao/{key:path}": Sample(own=key(OWN), other=key(OTHER)),
}


def whole_name(console: Served, of: str) -> str:
    """The name that the software writes for a dossier."""
    with console.house() as house:
        claims = house.store.readings.claims()
    return next(one.subject for one in claims if one.own_code == of and one.subject)


def test_a_code_leads_to_its_dossier_with_one_sentence_and_one_step(shared_console: Served):
    client = shared_console.client(OfficeRole.OFFICER, [OWN])
    wanted = code(shared_console)
    answer = client.get("/ho-so", params={"tim": f" {wanted} "})
    assert answer.headers["location"] == f"/ho-so/{wanted}"
    text = client.get(answer.headers["location"]).text
    for words in (wanted, "Việc cần làm:", "Phần mềm một cửa", "Ở đâu", "dòng", "Vì sao không?"):
        assert words in text


def test_another_units_code_is_not_there_and_nobody_learns_why(shared_console: Served):
    client = shared_console.client(OfficeRole.OFFICER, [OWN])
    texts = []
    for wanted in (code(shared_console, OTHER), "H99.01-990101-9999"):
        for path in (f"/ho-so/{wanted}", f"/vi-sao/{wanted}"):
            answer = client.get(path)
            assert answer.status_code == 404
            texts.append(answer.text.replace(wanted, ""))
        assert client.get("/ho-so", params={"tim": wanted}).status_code == 404
    assert "không thuộc đơn vị" in texts[0]
    without_token = {text.partition("<main")[2] for text in texts}
    assert len(without_token) == 1


def test_whole_names_are_for_the_own_unit_and_the_audit_keeps_who_looked(console: Served):
    wanted = code(console)
    name = whole_name(console, wanted)
    viewer = console.client(OfficeRole.VIEWER, [OWN]).get(f"/ho-so/{wanted}").text
    assert name not in viewer
    officer = console.client(OfficeRole.OFFICER, [OWN])
    for _ in range(2):
        assert name in officer.get(f"/ho-so/{wanted}").text
    with console.house() as house:
        [act] = [one for one in house.store.audit.acts() if one.act == NAMES_SEEN]
    assert wanted in act.object
    assert act.actor == console.actor(OfficeRole.OFFICER, [OWN]).who
    listed = officer.get("/ho-so-chua-khop").text + officer.get("/viec").text
    assert name not in listed


def test_what_is_done_on_the_page_is_told_and_taken_back(console: Served):
    client, wanted = console.client(OfficeRole.OFFICER, [OWN]), code(console)
    lead = next(one.lead.id for one in lines(console, OWN) if one.code == wanted)
    where = f"/ho-so/{quote(wanted, safe='')}"
    for data, told in (
        ({"lam": "nhan"}, "Đã nhận việc"),
        ({"lam": "rut-lai"}, "Chưa xử lý"),
        ({"lam": "ky-thuat", "so": "45"}, "phiếu số 45"),
        ({"lam": "rut-lai"}, "Chưa xử lý"),
        ({"lam": "khong-thuoc"}, "không thuộc đơn vị tôi"),
    ):
        answer = console.post(client, "/viec/lam", {"ids": lead, "ve": where, **data})
        assert answer.headers["location"] == where
        assert told in client.get(where).text
    noted = {"ids": lead, "loai": "xin-loi", "so": "12", "ngay": "2024-03-20", "ve": where}
    console.post(client, "/viec/van-ban", noted)
    text = client.get(where).text
    assert "văn bản xin lỗi số 12 ngày 20/03/2024" in text
    (number,) = set(re.findall(r'rut".*?name="so" value="(\d+)"', text, re.DOTALL))
    other = console.client(OfficeRole.OFFICER, [OTHER])
    assert console.post(other, "/viec/van-ban/rut", {"so": number}).status_code == 404
    console.post(client, "/viec/van-ban/rut", {"so": number, "ve": where})
    assert "Văn bản đã ghi" not in client.get(where).text
    assert console.post(client, "/viec/van-ban/rut", {"so": number}).status_code == 404
    with console.house() as house:
        [act] = [one for one in house.store.audit.acts() if one.act == "paper.taken_back"]
        assert act.reason == "văn bản xin lỗi số 12 ngày 20/03/2024"
        assert house.store.upkeep.verify() == []


def test_setting_aside_what_was_taken_on_is_undone_to_that(console: Served):
    client, wanted = console.client(OfficeRole.OFFICER, [OWN]), code(console)
    lead = next(one.lead.id for one in lines(console, OWN) if one.code == wanted)
    where = f"/ho-so/{quote(wanted, safe='')}"
    for act in ("nhan", "khong-thuoc", "rut-lai"):
        console.post(client, "/viec/lam", {"ids": lead, "ve": where, "lam": act})
    assert "(Đã nhận việc)" in client.get(where).text
    console.post(client, "/viec/lam", {"ids": lead, "ve": where, "lam": "khong-thuoc"})
    with console.house() as house:
        made = acts.newest(house, console.actor(OfficeRole.OFFICER, [OWN]))[0]
    console.post(client, "/viec/hoan-tac", {"luot": made.id, "ve": where})
    assert "(Đã nhận việc)" in client.get(where).text


def test_two_that_are_not_one_are_told_apart_on_the_page(console: Served):
    client, found = console.client(OfficeRole.OFFICER, [OWN]), linked(OWN)(console)
    where = f"/ho-so/{quote(found['key'], safe='')}"
    assert "Hai hồ sơ này không phải một" in client.get(where).text
    answer = console.post(
        client, f"/khong-phai-mot/{quote(found['key'], safe='')}", {"dong": found["dong"]}
    )
    assert answer.headers["location"] == where
    with console.house() as house:
        said = [(one.row, one.same) for one in house.store.answers.all()]
    assert said == [(found["dong"], False)]
    assert "đã trả lời: không phải một" in client.get(where).text
    console.post(client, f"/van-la-mot/{quote(found['key'], safe='')}", {"dong": found["dong"]})
    with console.house() as house:
        assert house.store.answers.all() == []
    wrong = console.post(client, f"/khong-phai-mot/{found['key']}", {"dong": "so-giay#khac.1"})
    assert wrong.status_code == 404


def test_a_ticket_without_a_number_is_refused(console: Served):
    client = console.client(OfficeRole.OFFICER, [OWN])
    lead = lines(console, OWN)[0].lead.id
    answer = console.post(client, "/viec/lam", {"ids": lead, "lam": "ky-thuat"})
    assert answer.status_code == 409


def test_why_not_tells_every_kind(shared_console: Served):
    text = shared_console.client(OfficeRole.VIEWER).get(f"/vi-sao/{code(shared_console)}").text
    assert text.count('<th scope="row">') == 15
    assert "Sẽ đổi khi" in text


def test_the_page_of_a_dossier_asks_a_known_number_of_times(shared_console: Served):
    client = shared_console.client(OfficeRole.OFFICER, [OWN])
    assert asked(client, f"/ho-so/{code(shared_console)}") <= MOST_QUERIES + 10


def test_a_name_lists_who_bears_it_in_initials(shared_console: Served):
    name = whole_name(shared_console, code(shared_console)).split()[0]
    client = shared_console.client(OfficeRole.OFFICER, [OWN])
    answer = client.get("/ho-so", params={"tim": name})
    assert answer.status_code == 200
    assert whole_name(shared_console, code(shared_console)) not in answer.text


@pytest.mark.browser
def test_the_key_finds_a_code_from_anywhere(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.OFFICER, [OWN])
    page.goto("/viec")
    page.keyboard.press("/")
    page.keyboard.type(code(shared_console))
    page.keyboard.press("Enter")
    page.wait_for_url("**/ho-so/**")
    looked_at(page, "ho-so")
    printed(page, "ho-so")
    page.get_by_role("link", name="Vì sao không?").click()
    looked_at(page, "vi-sao")


@pytest.mark.browser
def test_the_page_of_a_dossier_on_a_phone(shared_console: Served, browser: Browser):
    page = shared_console.page(browser, OfficeRole.OFFICER, [OWN], size=PHONE)
    page.goto(f"/ho-so/{code(shared_console)}")
    assert page.get_by_text("Việc cần làm:").is_visible()
