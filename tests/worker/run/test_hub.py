"""The hub in whole runs: what the store remembers is enough to leave unchanged dossiers alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconcile.claims import Status
from tests.connectors.contract import Truth
from tests.connectors.sites import DvcltSite
from tests.simulators import dvclt
from worker.cli import doisoat
from worker.store import Store

ENDS = (Status.PROCESSING, Status.RETURNED)
TRUTHS = tuple(
    Truth(
        own_code=f"H11.08-2401{2 + number:02}-{number:04d}",
        national_code=f"G22.99.09-240114-{number:04d}",
        status=ENDS[number % 2],
        received_on=date(2024, 1, 2 + number),
    )
    for number in range(12)
)
CONFIG = """
[office]
name = "UBND huyện thử"

[[sources]]
name = "lienthong"
role = "hub"
kind = "dvclt"
base_url = "{url}"
token_path = "{token}"
list_path = "{list}"
username = "{user}"
password_file = "mat-khau"
requests_per_second = 2000
"""


@dataclass(frozen=True)
class Province:
    """An office whose only system is the hub."""

    folder: Path
    hub: dvclt.Hub

    def run(self, *more: str) -> list[str]:
        """Poll; whose details the hub was asked for, by its ledger."""
        self.hub.ledger.clear()
        config = str(self.folder / "doisoat.toml")
        asked = ["run", "--config", config, "--as-of", "2024-03-31", "--json", *more]
        result = CliRunner().invoke(doisoat, asked)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["sources"]["lienthong"]["announced"] == len(TRUTHS)
        assert self.hub.writes() == []
        prefix = dvclt.DETAIL_PATH
        paths = [entry.path for entry in self.hub.ledger if entry.path.startswith(prefix)]
        return sorted(path.removeprefix(prefix) for path in paths)


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    with DvcltSite().serve(TRUTHS) as hub:
        paths = {"token": dvclt.TOKEN_PATH, "list": dvclt.LIST_PATH, "user": dvclt.USER}
        (tmp_path / "doisoat.toml").write_text(CONFIG.format(url=hub.url, **paths), "utf-8")
        (tmp_path / "mat-khau").write_text(dvclt.PASSWORD)
        yield Province(tmp_path, hub)


def test_unchanged_dossiers_are_asked_for_in_the_sweep_only(province: Province) -> None:
    assert len(province.run()) == len(TRUTHS)
    assert province.run() == []
    province.hub.items[4]["trangThai"] = 5
    assert province.run() == ["4"]
    assert province.run() == []
    with sqlite3.connect(province.folder / "data/doisoat.db") as database:
        database.execute("UPDATE source_file SET swept_on = '2024-01-01'")
    assert len(province.run()) == len(TRUTHS)  # a sweep is due


def test_a_dossier_keeps_its_people_and_takes_its_new_status(province: Province) -> None:
    province.run()
    province.hub.items[4]["trangThai"] = 5
    province.run()
    store = Store.open(f"sqlite:///{province.folder}/data/doisoat.db")
    known = {claim.own_code: claim for claim in store.readings.claims()}
    store.close()
    assert len(known) == len(TRUTHS)
    assert {claim.subject for claim in known.values()} == {"Lê Thị Mẫu"}
    assert known[TRUTHS[4].own_code].status is Status.RETURNED


def test_many_details_are_taken_in_batch_by_batch(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked for once; the next poll finds nothing to ask; a sweep asks for all again."""
    monkeypatch.setattr("connectors.dvclt.BATCH", 5)
    assert province.run() == sorted(f"{number}" for number in range(len(TRUTHS)))
    store = Store.open(f"sqlite:///{province.folder}/data/doisoat.db")
    assert len(store.readings.claims()) == len(TRUTHS)
    assert store.readings.coverage_facts("lienthong").answered
    assert store.readings.memory("lienthong").swept_on is not None
    store.close()
    assert province.run() == []
