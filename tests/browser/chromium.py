"""A real browser: Chromium as the system has it, asked through Playwright.

Where there is none the tests are skipped with one loud line; ``DOISOAT_REQUIRE=browser`` forbids
the skip.
"""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: No look-ups of its own: the machine may have no network.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Where Chromium lies on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium a process of tests: Playwright's loop cannot be begun twice in it."""
    from playwright.sync_api import sync_playwright

    found = chromium()
    if found is None:
        if "browser" in os.environ.get("DOISOAT_REQUIRE", ""):
            pytest.fail("DOISOAT_REQUIRE=browser, and no Chromium was found")
        pytest.skip("BROWSER TESTS SKIPPED: no Chromium was found on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield started
        started.close()
