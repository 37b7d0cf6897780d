"""Whatever happens to an office: deciding by what changed gives the files of deciding everything.

Random histories, and some that are written down, on both databases.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.worker.conftest import Databases
from tests.worker.run.history import History, alone, code_of, row_of

#: Many in the long form; the core alone goes through more of them in every run of the tests.
EXAMPLES = int(os.environ.get("DOISOAT_HISTORIES", "2"))


@pytest.fixture(autouse=True)
def by_change_alone() -> Iterator[pytest.MonkeyPatch]:
    with alone() as patch:
        yield patch


@pytest.fixture
def office(tmp_path: Path, databases: Databases) -> Iterator[History]:
    """The office of the histories as it begins."""
    office = History(tmp_path, databases)
    yield office
    office.teardown()


def test_any_history_decided_by_change_is_the_same_bytes(tmp_path: Path, databases: Databases):
    run_state_machine_as_test(
        lambda: History(tmp_path, databases),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_only_a_claim_tells_is_written_anew(office: History):
    """A year of birth stands in no finding, and on its line."""
    for source, key in (
        ("motcua", f"motcua:{code_of(0)}"),
        ("so-giay", next(iter(office.said["so-giay"]))),
    ):
        office._put(source, replace(office.said[source][key], birth_date="2023-12-30"))
        office._tell(source)
    office._check()
    rows = [payload for _, _, payload in office._rows()]
    assert any(b"(2023)" in one for one in rows)


def test_a_row_of_another_with_the_code_is_shown_where_it_stands_now(office: History):
    """It is no row of the dossier that its code is of, and its finding names its place."""
    assert office.said["so-giay"].pop(row_of(0))
    office._tell("so-giay")
    office._check()


def test_a_source_that_speaks_of_fewer_days_than_another_is_decided_by_change(office: History):
    """Whose readings are the newer ones is asked inside of one source alone."""
    for last in (-8, 12):
        office.speaks("motcua", None, last)
        assert office.by_change
