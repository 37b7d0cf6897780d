"""S7: an inspector sees what got worse, by whose hand, and who looked at names; and only looks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Browser

from reconcile.cases import Answer
from reconcile.lifecycle import State
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OTHER, OWN, Served, looked_at, printed
from tests.worker.console.test_reporting import PERIOD, UNREAD, frozen, looked
from tests.worker.making import NOW
from worker.cli import doisoat
from worker.desk.actor import OfficeRole

ROUTES = {
    "GET /soi-xet": Sample(data={"ky": PERIOD}),
    "GET /soi-xet/ho-ten": Sample(),
    "GET /soi-xet/cap": Sample(data={"nguoi": "Bà Lan"}),
}


def page_of(console: Served, units: list[str] | None = None, **query: str) -> str:
    client = console.client(OfficeRole.INSPECTOR, units)
    return client.get("/soi-xet", params={"ky": PERIOD, **query}).text


def waive_one(console: Served, unit: str) -> None:
    from click.testing import CliRunner

    with console.house() as house:
        name = house.store.search.in_state(State.OPEN, {unit})[0].id
    words = ["findings", "waive", name, "--reason", "chờ Tòa án", "--until", "31/12/2026"]
    done = CliRunner().invoke(doisoat, [*words, "--by", "Bà Lan", "--config", str(console.config)])
    assert done.exit_code == 0, done.output


def test_before_anybody_counted_the_period_there_are_dashes_and_why(console: Served) -> None:
    text = page_of(console)
    assert text.count("chưa ai tính số liệu của kỳ này") >= 4
    assert "–" in text
    assert not re.search(r">0 hồ sơ<", text)


def test_every_number_opens_a_list_of_exactly_its_length(console: Served) -> None:
    looked(console)
    client = console.client(OfficeRole.INSPECTOR)
    text = client.get("/soi-xet", params={"ky": PERIOD}).text
    links = re.findall(r'<a (?:class="n" )?href="(/bao-cao/ho-so[^"]*)"[^>]*>([\d.]+)', text)
    assert len(links) >= 3
    for href, count in links:
        listed = client.get(href.replace("&amp;", "&")).text
        assert f"<p>{count} hồ sơ.</p>" in listed, href


def test_the_hurting_steps_alone_are_called_worse(console: Served) -> None:
    looked(console)
    text = page_of(console)
    part = text[text.index("Xấu đi sau đối chiếu") : text.index("Dấu hiệu cần kiểm tra")]
    assert "Bất lợi" in part
    assert "Có lợi" not in part


def test_what_was_put_aside_is_shown_with_who_why_and_until_of_the_own_unit(
    console: Served,
) -> None:
    waive_one(console, OTHER)
    whole, part = page_of(console), page_of(console, [OWN])
    for words in ("Bà Lan", "chờ Tòa án", "31/12/2026"):
        assert words in whole
        assert words not in part


def test_declared_books_are_shown_with_who_vouches(console: Served) -> None:
    assert "Người chịu trách nhiệm" in page_of(console)


def answer_some(console: Served, count: int, *, same: bool, by: str) -> None:
    with console.house() as house:
        links = [one for one in house.store.decisions.links() if one.dossier]
        for one in links[:: len(links) // count][:count]:
            answer = Answer(one.row, str(one.dossier), same, by, NOW.date().isoformat())
            assert house.store.answers.add(answer)


def test_a_number_of_answered_pairs_opens_a_list_of_exactly_its_length(console: Served) -> None:
    answer_some(console, 3, same=False, by="chị Hoa & anh An")
    client = console.client(OfficeRole.INSPECTOR)
    text = client.get("/soi-xet", params={"ky": PERIOD}).text
    part = text[text.index("Cặp do người xác nhận") : text.index("Sổ khai đã nhập đủ")]
    links = re.findall(r'<a class="n" href="([^"]+)">([\d.]+)', part)
    assert [count for _, count in links] == ["3"]
    listed = client.get(unescape(links[0][0])).text
    assert "3 cặp đang có hiệu lực" in listed
    assert listed.count('<th scope="row"><a href="/ho-so/') == 3


def test_answered_pairs_of_another_unit_are_not_there(console: Served) -> None:
    answer_some(console, 40, same=False, by="chị Hoa")
    whole, part = (
        console.client(OfficeRole.INSPECTOR, units)
        .get("/soi-xet/cap", params={"nguoi": "chị Hoa", "cung": "0"})
        .text
        for units in (None, [OWN])
    )
    mine = part.count('<th scope="row"><a href="/ho-so/')
    assert 0 < mine < whole.count('<th scope="row"><a href="/ho-so/') == 40
    with console.house() as house:
        assert house.tables.units.name(OTHER) not in part


def test_who_saw_names_is_told_to_who_sees_the_whole_office(console: Served) -> None:
    with console.house() as house:
        house.store.audit.append(
            actor="chị Hoa", act="pair.names_seen", object="x", reason="", at=house.clock.now()
        )
    log = console.client(OfficeRole.INSPECTOR).get("/soi-xet/ho-ten").text
    assert "chị Hoa" in log
    part = console.client(OfficeRole.INSPECTOR, [OWN]).get("/soi-xet/ho-ten").text
    assert "chị Hoa" not in part
    assert "thanh tra của toàn cơ quan" in part


def test_an_inspector_changes_nothing(console: Served) -> None:
    frozen(console)
    client = console.client(OfficeRole.INSPECTOR)
    for path in ("/bao-cao/tinh", "/bao-cao/de-nghi", "/bao-cao/duyet", "/bao-cao/da-bao-cao"):
        assert console.post(client, path, {"ky": PERIOD}).status_code == 403
    text = client.get("/soi-xet", params={"ky": PERIOD}).text
    posts = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', text)
    assert set(posts) == {"/dang-xuat"}


@pytest.mark.parametrize("name", ["x", "2024-Q9"])
def test_a_period_that_nobody_knows_is_not_there(console: Served, name: str) -> None:
    assert (
        console.client(OfficeRole.INSPECTOR).get("/soi-xet", params={"ky": name}).status_code == 404
    )
    assert (
        console.client(OfficeRole.INSPECTOR).get("/soi-xet", params={"ky": UNREAD}).status_code
        == 200
    )


@pytest.mark.browser
def test_the_page_is_fit_to_be_shown_and_printed(console: Served, browser: Browser) -> None:
    frozen(console)
    waive_one(console, OWN)
    page = console.page(browser, OfficeRole.INSPECTOR)
    page.goto(f"/soi-xet?ky={PERIOD}")
    looked_at(page, "soi-xet")
    printed(page, "soi-xet")
    page.goto("/soi-xet/ho-ten")
    looked_at(page, "soi-xet-ho-ten")
