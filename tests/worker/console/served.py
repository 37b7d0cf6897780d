"""A console that is served on loopback over a small invented office, and ways to look at it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.simulators.dossiers import COMMUNES, DISTRICT
from worker.console.application import make_app
from worker.desk import accounts
from worker.desk.actor import Actor, OfficeRole, at_the_shell
from worker.house import House, KeptHouse

#: Milliseconds that a busy machine may take to do what was clicked.
PATIENCE = 120_000
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
#: The commune of whoever sees one unit only, and another one.
OWN, OTHER = COMMUNES[0][0], COMMUNES[1][0]
WHOLE = DISTRICT[0]
#: Of everybody here; invented, as they are.
PASSWORD = "ba con voi uong tra"
#: Where pictures go; nowhere unless somebody wants to look.
PICTURES = "DOISOAT_PICTURES"


@dataclass
class Served:
    """The console while it answers. ``folder`` is an office of its own: a test may change it."""

    folder: Path
    url: str = ""
    api: Any = None
    _clients: list[httpx.Client] = field(default_factory=list)
    _windows: list[BrowserContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._kept = KeptHouse(self.config, os.environ)

    @property
    def config(self) -> Path:
        return self.folder / "doisoat.toml"

    @contextlib.contextmanager
    def house(self) -> Iterator[House]:
        """The office as its next command will find it, not by the console's own connections."""
        yield self._kept.house()

    def actor(self, role: OfficeRole, units: Sequence[str] | None = None) -> Actor:
        """The person of that role as the desk knows them; ``units`` None: the whole office."""
        with self.house() as house:
            found = accounts.actor_of(house, self.token(role, units))
        assert found
        return found

    def token(self, role: OfficeRole, units: Sequence[str] | None = None) -> str:
        """A session of that person; the account is made when it is first asked for."""
        name = f"{role.value}.{'.'.join(units) if units else 'all'}"
        within = None if units is None else frozenset(units)
        with self.house() as house:
            if house.store.accounts.one(name):
                return accounts.sign_in(house, name, PASSWORD, "test").token
            maker = at_the_shell("test")
            ticket = accounts.create(house, maker, name, f"Người thử {role.value}", role, within)
            return accounts.accept(house, ticket, PASSWORD).token

    def client(self, role: OfficeRole | None, units: Sequence[str] | None = None) -> httpx.Client:
        """A browser without a window, signed in as such a person; None: nobody is."""
        client = plain(self.url)
        if role is not None:
            client.cookies.set("phien", self.token(role, units), domain="127.0.0.1")
        self._clients.append(client)
        return client

    def page(
        self,
        browser: Browser,
        role: OfficeRole | None,
        units: Sequence[str] | None = None,
        *,
        size: Mapping[str, int] = DESK,
        script: bool = True,
    ) -> Page:
        """A window of Chromium, signed in; what goes wrong in it is kept for ``looked_at``."""
        context = browser.new_context(
            base_url=self.url,
            viewport=dict(size),  # type: ignore[arg-type]
            locale="vi-VN",
            java_script_enabled=script,
        )
        if role is not None:
            token = self.token(role, units)
            context.add_cookies([{"name": "phien", "value": token, "url": self.url}])
        self._windows.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        wrong: list[str] = []
        page.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda one: None if one.url.startswith(self.url) else wrong.append(one.url),
        )
        WRONG[page] = wrong
        return page

    def post(
        self, client: httpx.Client, path: str, data: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """A form as a page of this session would send it. ``more``: ``files``, …"""
        return client.post(path, data={**(data or {}), "csrf": csrf(client)}, **more)

    def close(self) -> None:
        self._kept.close()
        for one in (*self._clients, *self._windows):
            one.close()


#: What went wrong in each window.
WRONG: dict[Page, list[str]] = {}
#: The tokens that were read, by the session.
TOKENS: dict[str, str] = {}


def plain(url: str, seconds: float = 30) -> httpx.Client:
    """A client without the certificates of half the world, which nobody here shows."""
    return httpx.Client(base_url=url, timeout=seconds, verify=False)


def csrf(client: httpx.Client) -> str:
    """The token of the client's session, as any page of it holds it."""
    session = client.cookies.get("phien", "")
    if session not in TOKENS:
        page = client.get("/mat-khau")
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert found, page.text[:500]
        TOKENS[session] = found[1]
    return TOKENS[session]


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The console of that office, answering on a free port."""
    served = Served(folder)
    app = make_app(served.config, os.environ)
    served.api = app.state.api
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()  # who asks before the server is there waits for it
        served.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        settings = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            served.close()
            server.should_exit = True
            thread.join(10)
            app.state.kept.close()


def looked_at(page: Page, name: str) -> None:
    """The page as it stands is accessible, quiet, keeps to its host, fits; pictures of it.

    Pictures (desk and phone) go to the folder that ``DOISOAT_PICTURES`` names.
    """
    page.wait_for_load_state()
    size = page.viewport_size
    page.wait_for_timeout(200)  # what was just clicked begins to load
    page.wait_for_function("document.documentElement && document.readyState === 'complete'")
    for kind, view in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(view)  # type: ignore[arg-type]
        if folder := os.environ.get(PICTURES):
            page.screenshot(path=Path(folder) / f"{name}-{kind}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= view["width"], f"{name} is {wide} wide on a {kind}"
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical", "moderate")]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in serious] == []
    if size:
        page.set_viewport_size(size)
    assert WRONG.get(page, []) == []


def printed(page: Page, name: str) -> None:
    """The page as its paper, kept beside the pictures; Chromium alone makes it."""
    if folder := os.environ.get(PICTURES):
        page.pdf(path=Path(folder) / f"{name}.pdf", prefer_css_page_size=True)
