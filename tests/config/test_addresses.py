"""Addresses as people type them: a typo is one line, an accent is sent as servers know it."""

from __future__ import annotations

import pytest

from config import addresses, office_tables
from config.errors import ConfigError
from config.settings import load


def office(folder, head="", source='base_url = "https://a.vn"'):
    (folder / "doisoat.toml").write_text(
        f'[office]\nname = "A"\n{head}\n[[sources]]\nname = "o"\nkind = "opencps"\n'
        f'group_id = "1"\n{source}\n', encoding="utf-8",
    )  # fmt: skip
    return load(folder / "doisoat.toml", {})


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ('[database]\nurl = "postgresql://["', 4), ('[database]\nurl = "postgresql://a:cổng/x"', 4),
        ('[broker]\nurl = "redis://[::1"', 4), ('[broker]\nurl = "redis://a:99999"', 4),
        ('[service]\nalive_url = "http://["', 4), ('[service]\nalive_url = "https://a b"', 4),
        ('[mail]\nit = ["a@b@c"]', 4), ('[mail]\nit = ["a@[1"]', 4), ('[mail]\nit = ["@b"]', 4),
    ],
)  # fmt: skip
def test_a_typo_in_an_address_is_one_line(tmp_path, head, line):
    with pytest.raises(ConfigError) as told:
        office(tmp_path, head)
    assert [one.line for one in told.value.problems] == [line]


@pytest.mark.parametrize(
    "key",
    ['base_url = "http://["', 'base_url = "https://a:0"', 'base_url = "https://a..b"',
     'base_url = "https://a.vn/đường"', 'base_url = "https://a.vn"\nproxy = "http://["',
     'base_url = "https://a.vn"\napi_path = "/đường dẫn"'],
)  # fmt: skip
def test_a_typo_in_the_address_of_a_source_is_one_line(tmp_path, key):
    with pytest.raises(ConfigError) as told:
        office(tmp_path, source=key)
    assert len(told.value.problems) == 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [("lan@tânđức.example.vn", "lan@tânđức.example.vn"), (" a@b.vn\u200e", "a@b.vn"),
     ("a.b+c@B.VN", "a.b+c@b.vn")],
)  # fmt: skip
def test_a_mail_domain_with_accents_is_sent_as_servers_know_it(typed, read):
    found = addresses.mail(typed)
    local, _, domain = found.partition("@")
    assert found.isascii()
    assert f"{local}@{domain.encode().decode('idna')}" == read


def test_accents_before_the_at_are_refused(tmp_path):
    with pytest.raises(ValueError, match="không dấu"):
        addresses.mail("tâm@example.vn")


def test_a_host_with_accents_is_sent_as_servers_know_it(tmp_path):
    settings = office(tmp_path, source='base_url = "https://một-cửa.example.vn:8443/api/"')
    url = settings.source("o").base_url
    assert url.isascii()
    assert url.startswith("https://xn--")
    assert url.endswith(".example.vn:8443/api")


def test_a_recipient_in_a_domain_with_accents(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = "code,name,recipient,email\n1,Xã A,Lê Thị Thử,lan@tânđức.example.vn\n2,Xã B,X,tâm@a.vn\n"
    (tmp_path / "tables/units.csv").write_text(rows, encoding="utf-8")
    settings = office(tmp_path)
    with pytest.raises(ConfigError) as told:
        office_tables.load(settings)
    (problem,) = told.value.problems
    assert problem.line == 3
