"""Canary credentials: whatever goes well or wrong, they are nowhere but on the wire."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.contract import Site
from tests.connectors.sites import SITES
from tests.simulators import dvclt, dvcqg, hotich, igate, opencps, web
from tests.simulators.web import Fault, Simulator
from tests.worker.services import PATIENCE

CLIENT_SECRET = "bi-mat-cua-ung-dung-igate"
DATABASE = "mat-khau-bi-mat-csdl"
PASSWORDS = {
    "igate": igate.PASSWORD,
    "dvcqg": dvcqg.PASSWORD,
    "opencps": opencps.PASSWORD,
    "hotich": hotich.PASSWORD,
    "dvclt": dvclt.PASSWORD,
    "csdl": DATABASE,
}
BASIC = [
    base64.b64encode(f"{user}:{password}".encode()).decode()
    for user, password in (
        (opencps.USER, opencps.PASSWORD),
        (hotich.USER, hotich.PASSWORD),
    )
]
SPOILS = {
    "well": None,
    "403": web.status(403),
    "login page": web.login_page,
    "cut": web.cut,
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Path, dict[str, Simulator]]]:
    """An office with every kind of polled source, and a database that nobody serves."""
    with ExitStack() as stack:
        served = {
            site.kind: stack.enter_context(site.serve(site.world(12)))
            for site in SITES
            if isinstance(site, Site)
        }
        (tmp_path / "secrets").mkdir()
        for name, secret in {**PASSWORDS, "igate-client": CLIENT_SECRET}.items():
            (tmp_path / "secrets" / name).write_text(secret, "utf-8")
        (tmp_path / "doisoat.toml").write_text(_toml(served), "utf-8")
        yield tmp_path, served


def _toml(served: dict[str, Any]) -> str:
    def table(name: str, kind: str, role: str, *lines: str) -> str:
        fast = ("requests_per_second = 2000", 'username = "doisoat"')
        more = () if kind == "sql" else fast
        head = (f'name = "{name}"', f'kind = "{kind}"', f'role = "{role}"')
        secret = f'password_file = "secrets/{name}"'
        return "\n".join(("[[sources]]", *head, secret, *more, *lines, ""))

    url = {kind: simulator.url for kind, simulator in served.items()}
    return "\n".join(
        (
            '[office]\nname = "UBND huyện thử"\n',
            table(
                "igate", "igate", "one_stop",
                f'base_url = "{url["igate"]}"', f'token_url = "{url["igate"]}{igate.TOKEN_PATH}"',
                f'client_id = "{igate.CLIENT}"', 'client_secret_file = "secrets/igate-client"',
                "trail = true",
            ),
            table(
                "dvcqg", "dvcqg", "portal",
                f'adapter_url = "{url["dvcqg"]}"', f'madonvi = "{dvcqg.MADONVI}"',
            ),
            table(
                "opencps", "opencps", "one_stop",
                f'base_url = "{url["opencps"]}"', f'group_id = "{opencps.GROUP}"',
            ),
            table(
                "hotich", "hotich", "civil_status",
                f'base_url = "{url["hotich"]}"', f'path = "{hotich.ASK_PATH}"',
                f'province = "{hotich.PROVINCE}"',
            ),
            table(
                "dvclt", "dvclt", "hub",
                f'base_url = "{url["dvclt"]}"', f'token_path = "{dvclt.TOKEN_PATH}"',
                f'list_path = "{dvclt.LIST_PATH}"',
            ),
            table(
                "csdl", "sql", "one_stop",
                'url = "postgresql+psycopg://doc@127.0.0.1:9/motcua"', 'view = "v_ho_so"',
            ),
        )
    )  # fmt: skip


def _command(folder: Path, *words: str) -> str:
    """Everything that a command says, its log with every event among it."""
    ran = subprocess.run(
        [sys.executable, "-c", "from worker.cli import main; main()", "-v", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.stdout + ran.stderr


def _canaries(served: dict[str, Any]) -> set[str]:
    """The passwords, what they are encoded to, and every token that was given for them."""
    tokens = served["igate"].tokens | served["dvcqg"].sessions | served["dvclt"].tokens
    return {*PASSWORDS.values(), CLIENT_SECRET, *BASIC, *tokens}


def _found(canaries: set[str], text: bytes) -> list[str]:
    return [one for one in canaries if one.encode() in text]


@pytest.mark.slow
def test_credentials_are_nowhere_but_on_the_wire(town: tuple[Path, dict[str, Any]]):
    folder, served = town
    told = []
    for name, spoil in SPOILS.items():
        for simulator in served.values():
            simulator.faults[:] = [] if spoil is None else [Fault(spoil)]
        told.append(_command(folder, "run", "--as-of", "2024-03-31"))
        if name in ("well", "403"):
            told.append(_command(folder, "check"))
    told.append(_command(folder, "status"))
    canaries = _canaries(served)
    assert len(canaries) > len(PASSWORDS) + 5  # sessions were given
    for kind in ("igate", "opencps", "hotich"):  # and the passwords did go over the wire
        assert served[kind].ledger
    everything = "".join(told)
    assert "HTTP 403" in everything  # the errors were told
    assert _found(canaries, everything.encode()) == []
    kept = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "secrets"]
    assert any(path.name == "doisoat.db" for path in kept)
    assert [path.name for path in kept if _found(canaries, path.read_bytes())] == []


def test_the_search_would_find_them(tmp_path: Path):
    """The same search over a file that does hold one."""
    (tmp_path / "log").write_text(f"… {igate.PASSWORD} …", "utf-8")
    assert _found({igate.PASSWORD}, (tmp_path / "log").read_bytes()) == [igate.PASSWORD]
