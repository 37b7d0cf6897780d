"""Signing in with an account of the province: only who it names, and who has an account here."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk

from tests.worker.console.matrix import Sample
from tests.worker.console.provider import CLIENT, SECRET, IdentityProvider
from tests.worker.console.served import OWN, Served, serving
from worker.desk import accounts
from worker.desk.actor import OfficeRole, at_the_shell

ROUTES = {"GET /sso": Sample(), "GET /sso/ve": Sample()}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as one:
        yield one


@pytest.fixture
def console(decided: Path, tmp_path: Path, provider: IdentityProvider) -> Iterator[Served]:
    """An office of which the province vouches for people; one of them has an account."""
    folder = tmp_path / "huyen"
    shutil.copytree(decided, folder)
    (folder / "secret").write_text(SECRET)
    with (folder / "doisoat.toml").open("a") as file:
        file.write(
            f'\n[oidc]\nissuer = "{provider.url}"\nclient_id = "{CLIENT}"\n'
            'password_file = "secret"\n'
        )
    with serving(folder) as served:
        with served.house() as house:
            units = frozenset({OWN})
            accounts.create(
                house, at_the_shell("t"), "lan.nt", "Ngô Thị Lan", OfficeRole.OFFICER, units
            )
        yield served


def signed_in(client: httpx.Client, back: str = "/mat-khau") -> httpx.Response:
    """The way of a browser: to the provider, back with a code, on to the page."""
    there = client.get("/sso", params={"ve": back})
    assert there.status_code == 303, there.text
    return client.get(httpx.get(there.headers["location"]).headers["location"])


def test_whoever_the_province_names_is_in_with_their_own_role(
    console: Served, provider: IdentityProvider
):
    client = console.client(None)
    assert "tài khoản của tỉnh" in client.get("/dang-nhap").text
    back = signed_in(client)
    assert (back.status_code, back.headers["location"]) == (303, "/mat-khau")
    page = client.get("/mat-khau").text
    assert "Ngô Thị Lan (lan.nt)" in page
    assert "Nghiệp vụ" in page
    asked = provider.asked[0]
    assert asked["grant_type"] == "authorization_code"
    assert len(asked["code_verifier"]) >= 43
    assert asked["redirect_uri"] == f"{console.url}/sso/ve"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"nonce": "another"},
        {"exp": int(time.time()) - 600},
        {"preferred_username": None},
        {"preferred_username": "khong.co"},
    ],
    ids=lambda claims: "-".join(claims) if isinstance(claims, dict) else str(claims),
)
def test_what_is_not_said_for_this_console_opens_nothing(
    console: Served, provider: IdentityProvider, claims: dict[str, object]
):
    provider.claims = claims
    client = console.client(None)
    assert signed_in(client).status_code == 403
    assert client.get("/mat-khau").status_code == 303


@pytest.mark.parametrize("forged", ["another key", "shared secret"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    console: Served, provider: IdentityProvider, forged: str
):
    if forged == "another key":
        provider.signs_with = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
    else:  # whoever knows the client's secret could sign so
        provider.algorithm = "HS256"
        provider.signs_with = jwk.OctKey.import_key(SECRET)
    assert signed_in(console.client(None)).status_code == 403


def test_an_answer_is_good_once_and_for_the_browser_that_asked(
    console: Served, provider: IdentityProvider
):
    client, other = console.client(None), console.client(None)
    there = client.get("/sso").headers["location"]
    back = httpx.get(there).headers["location"]
    assert other.get(back).status_code == 403  # of a browser that began nothing
    parts = urlsplit(back)
    code = parse_qs(parts.query)["code"][0]
    other.get("/sso")
    assert other.get("/sso/ve", params={"code": code, "state": "x"}).status_code == 403
    assert client.get(back).status_code == 303
    again = console.client(None)
    again.cookies.update(client.cookies)
    assert again.get(back).status_code == 403


def test_who_left_stays_out_and_passwords_go_on_when_the_provider_is_gone(
    console: Served, provider: IdentityProvider
):
    with console.house() as house:
        accounts.leave(house, at_the_shell("t"), "lan.nt")
    assert signed_in(console.client(None)).status_code == 403
    config = console.config.read_text("utf-8").replace(provider.url, "http://127.0.0.1:9")
    console.config.write_text(config, "utf-8")
    client = console.client(None)
    gone = client.get("/sso")
    assert gone.status_code == 503
    assert "không trả lời" in gone.text
    assert client.get("/dang-nhap").status_code == 200


def test_an_office_without_a_provider_offers_none(shared_console: Served):
    shared_console.token(OfficeRole.VIEWER, [OWN])
    client = shared_console.client(None)
    assert "/sso" not in client.get("/dang-nhap").text
    assert client.get("/sso").status_code == 503
