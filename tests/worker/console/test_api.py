"""The API for programs: only with a token, only of its units, as its OpenAPI says, never an error.

Row F40 of the fault matrix: schemathesis with a token of all, a token of one unit, and none.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as described_checks

from tests.simulators.dossiers import COMMUNES
from tests.worker.console.served import Served
from worker.console.api import PER_MINUTE, PREFIX, ReaderTurns
from worker.desk import tokens
from worker.desk.actor import at_the_shell
from worker.desk.refused import Refused

OWN, OTHER = COMMUNES[3][0], COMMUNES[5][0]
IT = at_the_shell("cli:it")


@pytest.fixture(scope="module")
def secrets_of(shared_console: Served) -> dict[str, str]:
    """A token of the whole office and one of a commune; nobody has the third."""
    with shared_console.house() as house:
        return {
            "all": tokens.make(house, IT, "kho dữ liệu tỉnh").secret,
            "own": tokens.make(house, IT, "bảng tin xã", [OWN]).secret,
            "none": "",
        }


@pytest.fixture(autouse=True)
def unhurried(shared_console: Served) -> Iterator[None]:
    """Everything but the test of the rate asks as often as it likes."""
    app = shared_console.api
    before, app.state.turns = app.state.turns, ReaderTurns(most=10**9)
    yield
    app.state.turns = before


def asking(console: Served, secret: str) -> httpx.Client:
    client = console.client(None)
    client.base_url = httpx.URL(console.url + PREFIX)
    if secret:
        client.headers["Authorization"] = f"Bearer {secret}"
    return client


CHECKS = [
    checks.not_a_server_error,
    described_checks.status_code_conformance,
    described_checks.content_type_conformance,
    described_checks.response_schema_conformance,
]


PATHS = ("/coverage", "/figures", "/findings", "/runs", "/runs/{run_id}")


@pytest.mark.parametrize("path", PATHS)
def test_it_answers_as_it_says_and_never_with_an_error(shared_console, secrets_of, path):
    described = schemathesis.openapi.from_dict(shared_console.api.openapi())

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(case=described[path]["GET"].as_strategy())
    def answers(case):
        for who, secret in secrets_of.items():
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            answer = case.call(base_url=shared_console.url + PREFIX, headers=headers)
            assert answer.status_code in (401, 422) or who != "none"
            assert f'"{OTHER}"' not in answer.text or who != "own"
            case.validate_response(answer, checks=CHECKS)

    answers()


def test_the_document_is_of_the_api_alone(shared_console: Served):
    told = httpx.get(f"{shared_console.url}{PREFIX}/openapi.json").json()
    assert tuple(sorted(told["paths"])) == PATHS
    assert {method for path in told["paths"].values() for method in path} == {"get"}
    for path in ("/docs", "/openapi.json", "/redoc"):
        assert httpx.get(shared_console.url + path).status_code == 404


@pytest.mark.parametrize("path", ["/figures", "/findings", "/runs", "/coverage"])
def test_without_a_live_token_nothing_is_told(console: Served, path: str):
    with console.house() as house:
        ended = tokens.make(house, IT, "cũ")
        tokens.end(house, IT, ended.id)
    for secret in ("", "doisoat_wrong", "x", ended.secret):
        answer = asking(console, secret).get(path)
        assert answer.status_code == 401, secret
        assert set(answer.json()) == {"error"}


def test_pages_by_key_go_through_everything_once(shared_console: Served, secrets_of):
    client = asking(shared_console, secrets_of["all"])
    found, after = [], ""
    while True:
        page = client.get("/findings", params={"limit": 7, "after": after}).json()
        found += [one["id"] for one in page["findings"]]
        after = page["after"]
        if after is None:
            break
    assert len(found) == len(set(found)) == page["total"]


def test_a_token_of_one_unit_reads_that_unit(shared_console: Served, secrets_of):
    client = asking(shared_console, secrets_of["own"])
    assert {one["unit"] for one in client.get("/findings").json()["findings"]} == {OWN}
    figures = client.get("/figures").json()
    assert figures["all"] is None
    assert set(figures["by_unit"]) == {OWN}
    for source in client.get("/coverage").json()["sources"]:
        assert {one["unit"] for one in source["units"]} <= {OWN}
    assert client.get("/findings", params={"unit": OTHER}).status_code == 404


def test_the_figures_are_those_of_the_report(shared_console: Served, secrets_of):
    import json

    run_id = asking(shared_console, secrets_of["all"]).get("/runs").json()["runs"][0]["id"]
    written = shared_console.folder / "data" / "reports" / run_id / "statistics.json"
    told = json.loads(written.read_text("utf-8"))
    figures = asking(shared_console, secrets_of["all"]).get("/figures").json()
    assert (figures["all"], figures["by_unit"]) == (told["all"], told["by_unit"])


def test_no_person_is_named(shared_console: Served, secrets_of):
    client = asking(shared_console, secrets_of["all"])
    with shared_console.house() as house:
        names = {one.subject for one in house.store.readings.claims() if one.subject}
    text = "".join(client.get(p).text for p in ("/figures", "/findings?limit=500", "/coverage"))
    assert names
    assert [name for name in names if name in text] == []


def test_whoever_asks_too_often_waits(shared_console: Served, secrets_of):
    shared_console.api.state.turns = ReaderTurns(most=3)
    client = asking(shared_console, secrets_of["all"])
    codes = [client.get("/coverage").status_code for _ in range(5)]
    assert 429 in codes
    assert int(client.get("/coverage").headers["retry-after"]) <= 60
    assert PER_MINUTE > 60


def test_a_minute_gives_each_as_many_turns_as_the_next():
    at = [30.0]
    turns = ReaderTurns(most=2, now=lambda: at[0])
    assert [turns.wait("a"), turns.wait("a"), turns.wait("a"), turns.wait("b")] == [0, 0, 30, 0]
    at[0] = 61.0
    assert turns.wait("a") == 0


def test_a_token_is_made_by_who_may_and_stands_in_the_audit(console: Served):
    with console.house() as house:
        made = tokens.make(house, IT, "  cổng   tỉnh ")
        (kept,) = tokens.all_of(house, IT)
        assert (kept.name, kept.made_by, kept.ended_at) == ("cổng tỉnh", "cli:it", None)
        assert made.secret not in repr(kept)
        tokens.end(house, IT, made.id)
        acts = [one.act for one in house.store.audit.acts()]
        assert acts[-2:] == ["token.made", "token.ended"]
        assert house.store.upkeep.verify() == []
        with pytest.raises(Refused):
            tokens.make(house, IT, " ")
