"""The properties for about a minute in all; ``DOISOAT_FUZZ`` gives the inputs of each."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.sources import RegisterSource
from reconcile.claims import Role
from tests.connectors.contract import tables
from tests.fuzz import properties

INPUTS = int(os.environ.get("DOISOAT_FUZZ", "120"))
often = settings(max_examples=INPUTS, deadline=None, suppress_health_check=list(HealthCheck))
rarely = settings(
    max_examples=max(INPUTS // 6, 10), deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Any:
    return properties.sites(monkeypatch.setattr)


@often
@given(data=st.data())
def test_whatever_a_source_answers(network: Any, data: st.DataObject) -> None:
    connectors, opened = network
    answer, site = data.draw(properties.answers()), data.draw(st.sampled_from(connectors))
    properties.wire(answer, site, opened)


@often
@given(rows=properties.ROWS)
def test_whatever_stands_in_cells(rows: list[list[Any]]) -> None:
    source = RegisterSource(name="so", role=Role.REGISTER, kind="register", path="*")
    properties.sheet(rows, source, tables())


@rarely
@given(folder=properties.NAMES, name=properties.NAMES)
def test_whatever_files_are_called(folder: bytes, name: bytes) -> None:
    properties.file_names(folder, name)


@often
@given(said=properties.CONFIGURATIONS)
def test_whatever_is_typed_as_an_address(said: dict[str, str]) -> None:
    properties.configuration(said)
