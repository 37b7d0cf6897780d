"""Every route, every role, the own unit and another one: who may do what is a table.

The rows come from ``app.routes``; what to ask each comes from the ``ROUTES`` of the test modules of
the pages (``tests/worker/console/matrix.py``). A route without a sample fails, as does one that
does not declare what it needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from tests.worker.console.matrix import Sample, samples
from tests.worker.console.served import OWN, Served
from worker.console import here as seam
from worker.console.application import make_app, routes
from worker.console.here import OpenDoor, Requirement
from worker.desk import accounts
from worker.desk.actor import OfficeRole, Right

#: Roles that sign in, and what each may do: told here once more, so that the product cannot give
#: a role more than this table says.
ALLOWED = {
    OfficeRole.VIEWER: {Right.VIEW},
    OfficeRole.OFFICER: {Right.VIEW, Right.NAMES, Right.WORK, Right.INTAKE, Right.RUN},
    OfficeRole.APPROVER: {
        *(Right.VIEW, Right.NAMES, Right.WORK, Right.APPROVE, Right.FREEZE, Right.RUN)
    },
    OfficeRole.ADMIN: {Right.HEALTH, Right.ACCOUNTS, Right.RUN},
    OfficeRole.INSPECTOR: {Right.VIEW, Right.NAMES, Right.INSPECT},
}


def named(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    for route in routes(app):
        for method in sorted(route.methods - {"HEAD"}):
            yield f"{method} {route.path}", route


@pytest.fixture(scope="module")
def app(decided: Path) -> Iterator[FastAPI]:
    made = make_app(decided / "doisoat.toml", os.environ)
    yield made
    made.state.kept.close()


def requirement_of(route: APIRoute) -> Requirement | OpenDoor | None:
    """What a route declares that it needs; None: it declares nothing, which no route may."""
    for one in route.dependencies:
        if isinstance(one.dependency, Requirement | OpenDoor):
            return one.dependency
    return None


def silent(app: FastAPI) -> list[str]:
    """Routes that do not declare what they need."""
    return [name for name, route in named(app) if requirement_of(route) is None]


def test_every_route_declares_what_it_needs(app: FastAPI):
    assert silent(app) == []


def test_every_route_has_a_sample_and_every_sample_a_route(app: FastAPI):
    there = {name for name, _ in named(app)}
    told = samples()
    assert there
    assert there - told.keys() == set(), "tell the matrix how to ask it: ROUTES of its test module"
    assert told.keys() - there == set()


def test_a_planted_route_that_declares_nothing_is_found():
    planted = FastAPI()
    router = APIRouter()
    router.add_api_route("/quen", lambda: None)
    planted.include_router(router)
    assert silent(planted) == ["GET /quen"]


def asked(
    console: Served, client: httpx.Client, name: str, sample: Sample, *, other: bool = False
) -> httpx.Response:
    """The sample's request, with the token where it changes something."""
    method, path = name.split(" ", 1)
    find = sample.other if other else sample.own
    given = dict(find(console)) if find else {}
    for key in [key for key in given if f"{{{key}" in path]:
        path = path.replace(f"{{{key}}}", given[key]).replace(f"{{{key}:path}}", given.pop(key))
        given.pop(key, None)
    if method == "GET":
        return client.get(path, params={**sample.data, **given})
    files = dict(sample.files) if sample.files else None
    return console.post(client, path, {**sample.data, **given}, files=files)


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_gets_what_its_right_allows_and_nothing_of_another_unit(
    console: Served, app: FastAPI, role: OfficeRole
):
    units = None if role in (OfficeRole.ADMIN, OfficeRole.INSPECTOR) else [OWN]
    told, client = samples(), console.client(role, units)
    for name, route in named(app):
        sample, need = told[name], requirement_of(route)
        if isinstance(need, OpenDoor):
            continue
        assert isinstance(need, Requirement)
        answer = asked(console, client, name, sample)
        if not name.startswith("GET") and answer.status_code != 403:
            client = console.client(role, units)  # what was done may have ended the session
        if need.right is not None and need.right not in ALLOWED[role]:
            assert answer.status_code == 403, f"{name} as {role}: {answer.status_code}"
            continue
        assert answer.status_code in sample.answers, f"{name} as {role}: {answer.status_code}"
        if sample.other and units:
            answer = asked(console, client, name, sample, other=True)
            assert answer.status_code == 404, f"{name} of another unit: {answer.status_code}"


def test_whoever_is_not_signed_in_gets_nothing(shared_console: Served, app: FastAPI):
    stranger = shared_console.client(None)
    for name, route in named(app):
        if isinstance(requirement_of(route), OpenDoor):
            continue
        method, path = name.split(" ", 1)
        answer = stranger.request(method, path)
        if method == "GET":
            assert answer.status_code == 303, name
            assert answer.headers["location"].startswith("/dang-nhap"), name
        else:
            assert answer.status_code == 401, name


def test_no_form_is_taken_without_the_token_of_its_session(shared_console: Served, app: FastAPI):
    client = shared_console.client(OfficeRole.APPROVER, [OWN])
    for name, route in named(app):
        method, path = name.split(" ", 1)
        if method == "GET" or isinstance(requirement_of(route), OpenDoor):
            continue
        assert client.post(path).status_code == 403, name
        assert client.post(path, data={seam.FIELD: "0" * 64}).status_code == 403, name
        foreign = {"Origin": "https://elsewhere.example"}
        assert client.post(path, headers=foreign).status_code == 403, name


def test_every_role_that_signs_in_is_in_the_table():
    assert set(ALLOWED) == set(accounts.ROLES)
