"""The office of the console's tests: a small invented district, decided once a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators import district
from tests.worker.console.served import Served, serving
from tests.worker.office import Office

SIZE = 300


@pytest.fixture(scope="session")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district after its first run; never changed, only copied."""
    truth = district.build(tmp_path_factory.mktemp("district") / "huyen", size=SIZE)
    truth.repair()
    ran = Office(truth.folder).command("run", "--period", "2024-Q1")
    assert ran.exit_code == 0, ran.output
    return truth.folder


@pytest.fixture
def console(decided: Path, tmp_path: Path) -> Iterator[Served]:
    """The console over an office of the test's own: what it changes is gone afterwards."""
    folder = tmp_path / "huyen"
    shutil.copytree(decided, folder)
    with serving(folder) as served:
        yield served


@pytest.fixture(scope="module")
def shared_console(decided: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One console for all tests of a module that only look."""
    folder = tmp_path_factory.mktemp("shared") / "huyen"
    shutil.copytree(decided, folder)
    with serving(folder) as served:
        yield served
