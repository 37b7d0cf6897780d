"""The page ``doi-soat.html`` as people see it: on a desk, on a phone, without script."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.worker import office as offices
from tests.worker.office import EXPORT, REGISTER, dossiers, entries, make, write

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a real run, with one register cut off so that the loud block is there too."""
    office = make(tmp_path_factory.mktemp("page") / "office")
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, dossiers())
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers()[:15]))
    cut = write(office.folder / "inbox/so-giay/cat.xlsx", REGISTER, entries(dossiers()[15:]))
    cut.write_bytes(cut.read_bytes()[:2000])
    return office.run("--period", "2024-Q1", code=3).folder / "doi-soat.html"


def opened(browser: Browser, file: Path, size: dict[str, int], *, script: bool = True) -> Page:
    context = browser.new_context(viewport=size, java_script_enabled=script, locale="vi-VN")
    page = context.new_page()
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_is_wider_than_the_screen(browser: Browser, page_file: Path, size):
    page = opened(browser, page_file, size)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_is_accessible(browser: Browser, page_file: Path, size):
    """axe-core: contrast, table headers, language, headings."""
    found = Axe().run(opened(browser, page_file, size)).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


def test_the_page_is_alone_and_needs_no_script(browser: Browser, page_file: Path):
    asked: list[str] = []
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    text = page.inner_text("body")
    assert "Đã trả kết quả nhưng phần mềm chưa kết thúc" in text
    assert "chưa đọc đủ" in text.lower()
    assert "cat.xlsx" in text
    assert not [name for name in offices.PEOPLE if name in text]
