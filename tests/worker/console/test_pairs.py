"""S4: pairs are answered one a screen, by keys alone, and nobody meets another unit's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reconcile.linking.controls import WhyAsked
from reconcile.links import LinkState
from tests.worker.console.matrix import Sample
from tests.worker.console.served import OWN, Served, looked_at, serving
from tests.worker.desk.doubts import doubtful_office
from worker.desk import pairs as desk
from worker.desk.actor import OfficeRole
from worker.store.pairs import Reader


def place_of(console: Served, *, own: bool) -> dict[str, str]:
    """The place of a pair of the own unit, or of another, whether it was answered or not."""
    with console.house() as house:
        rows = [
            one.row for one in house.store.decisions.links() if one.decision is LinkState.REVIEW
        ]
        asked = [one for row in rows for one in house.store.pairs.asked(row)]
    return {"key": next(one.lot for one in asked if (one.unit == OWN) is own)}


def of_own(console: Served) -> Mapping[str, str]:
    return place_of(console, own=True)


def of_another(console: Served) -> Mapping[str, str]:
    return place_of(console, own=False)


ROUTES = {
    "GET /ghep": Sample(),
    "GET /ghep/{key}": Sample(own=of_own, other=of_another),
    "POST /ghep/{key}": Sample(own=of_own, other=of_another, data={"tra_loi": "khac"}),
    "POST /ghep/{key}/quay-lai": Sample(own=of_own, other=of_another),
}


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubtful") / "co-quan"
    folder.mkdir()
    doubtful_office(folder)
    return folder


@pytest.fixture
def doubts(doubtful: Path, tmp_path: Path) -> Iterator[Served]:
    """An office with four doubts and as many controls."""
    shutil.copytree(doubtful, tmp_path / "co-quan")
    with serving(tmp_path / "co-quan") as served:
        yield served


def test_the_page_counts_exactly_what_it_will_ask(doubts: Served) -> None:
    client = doubts.client(OfficeRole.OFFICER)
    text = client.get("/ghep").text
    left = int(re.search(r"còn (\d+)", text)[1])  # type: ignore[index]
    asked = 0
    while "Đã qua hết danh sách" not in text and "Không còn cặp" not in text:
        key = re.search(r'action="/ghep/([0-9a-f]{64})"', text)[1]  # type: ignore[index]
        asked += 1
        text = doubts.post(
            client, f"/ghep/{key}", {"tra_loi": "chua-ro"}, follow_redirects=True
        ).text
    assert asked == left
    assert f"còn {left} cặp" in text


def skeleton(text: str) -> str:
    """The page without its words, names, keys: what of it could tell one sort from another."""
    text = re.sub(r"<th scope=\"row\">.*?</tr>", "", text, flags=re.S)
    text = re.sub(r'<th scope="col" class="quiet">.*?</th>', "", text)
    text = re.sub(r"<p>Nếu cùng một hồ sơ:.*?</p>", "", text, flags=re.S)
    text = re.sub(r"[0-9a-f]{64}|>[^<]+<", "", text)
    return re.sub(r"\s+", " ", text)


def test_nothing_but_its_words_tells_a_control_from_a_doubt(doubts: Served) -> None:
    with doubts.house() as house:
        found = house.store.pairs.waiting(Reader("nobody"))
    client = doubts.client(OfficeRole.OFFICER)
    pages = {one.why: client.get(f"/ghep/{one.lot}").text for one in found}
    assert set(pages) == set(WhyAsked)
    assert len({skeleton(text) for text in pages.values()}) == 1
    for text in pages.values():
        assert not re.search(r"planted|linked|doubtful|control|đối chứng|xác suất", text)
    sent = {one.why: doubts.post(client, f"/ghep/{one.lot}", {"tra_loi": "khac"}) for one in found}
    told = {re.sub(r"[0-9a-f]{64}", "", one.headers["location"]) for one in sent.values()}
    assert len(told) == 1


def answered(doubts: Served) -> list[tuple[bool, str]]:
    with doubts.house() as house:
        return [(one.same, one.by) for one in house.store.pairs.readings()]


def test_names_are_of_the_own_unit_and_that_they_were_seen_is_kept(doubts: Served) -> None:
    with doubts.house() as house:
        key = house.store.pairs.waiting(Reader("nobody"))[0].lot
    doubts.client(OfficeRole.OFFICER).get(f"/ghep/{key}")
    with doubts.house() as house:
        acts = [one for one in house.store.audit.acts() if one.act == desk.NAMES_SEEN]
    assert [(one.actor, one.object) for one in acts] == [
        (doubts.actor(OfficeRole.OFFICER).who, key[:16])
    ]


def test_what_helps_waits_for_another_person_with_the_right(doubts: Served) -> None:
    officer, head = doubts.client(OfficeRole.OFFICER), doubts.client(OfficeRole.APPROVER)
    with doubts.house() as house:
        found = house.store.pairs.waiting(Reader("nobody"))
    (key, pair) = next((one.lot, one.pair) for one in found if one.why is WhyAsked.DOUBTFUL)
    assert "chỉ tính khi người thứ hai cùng ý" in officer.get(f"/ghep/{key}").text
    page = doubts.post(officer, f"/ghep/{key}", {"tra_loi": "cung"}, follow_redirects=True)
    assert "chờ người thứ hai" in page.text
    with doubts.house() as house:
        assert house.store.answers.all() == []
    doubts.post(head, f"/ghep/{key}", {"tra_loi": "cung"})
    with doubts.house() as house:
        assert [(said.row, said.dossier) for said in house.store.answers.all()] == [pair]


@pytest.mark.browser
def test_twenty_answers_and_a_way_back_by_keys_alone(doubts: Served, browser: Browser) -> None:
    page = doubts.page(browser, OfficeRole.OFFICER)
    page.goto("/ghep")
    looked_at(page, "ghep")
    first = shown(page)
    press(page, "2")
    assert shown(page) != first
    press(page, "z")
    assert shown(page) == first
    page.locator("main").filter(has_text="Đã rút câu trả lời").wait_for()
    assert answered(doubts) == []
    for key in "21312":
        press(page, key)
    assert len(answered(doubts)) == 4
    while page.locator("[data-key='1']").count():
        press(page, "2")
    page.locator("main").filter(has_text="Đã qua hết danh sách").wait_for()
    looked_at(page, "ghep-het")
    press(page, "z")
    assert page.locator("[data-key='1']").count() == 1


def shown(page: Page) -> str:
    return page.locator("table.pair").inner_text()


def press(page: Page, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.browser
def test_without_a_script_the_page_is_a_form(doubts: Served, browser: Browser) -> None:
    page = doubts.page(browser, OfficeRole.OFFICER, script=False)
    page.goto("/ghep")
    page.get_by_role("button", name="Khác hồ sơ").click()
    page.locator("main").filter(has_text="Đã ghi: khác hồ sơ").wait_for()
