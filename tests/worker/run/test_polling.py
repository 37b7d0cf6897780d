"""`doisoat run` over an iGate and a national portal on loopback, and what their ledgers say."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reconcile.claims import Status
from tests.connectors.books import TRACKING_HEADER, TRACKING_ROW, write_xlsx
from tests.simulators import dvcqg, igate, web
from tests.simulators.web import Fault
from tests.worker.office import Office
from worker.cli import doisoat
from worker.store import Store

pytestmark = pytest.mark.usefixtures("either_database")

KNOWN = ("code", "applicant", "subject")
ASKED = ("--as-of", "2024-03-31", "--json")


class Town:
    """An office with its two systems and its register."""

    def __init__(self, folder: Path, one_stop: igate.Igate, portal: dvcqg.Portal) -> None:
        self.folder, self.one_stop, self.portal = folder, one_stop, portal
        (folder / "secrets").mkdir()
        (folder / "secrets" / "igate").write_text(igate.PASSWORD)
        (folder / "secrets" / "cong").write_text(dvcqg.PASSWORD)
        row = [*TRACKING_ROW]
        row[1], row[3], row[4] = (getattr(one_stop.rows[0], name) for name in KNOWN)
        (folder / "inbox").mkdir()
        write_xlsx(folder / "inbox" / "so.xlsx", {"DS": [TRACKING_HEADER, row]})
        self.config = folder / "doisoat.toml"
        self.config.write_text(self.toml(), "utf-8")

    def toml(self) -> str:
        return f"""
[office]
name = "UBND huyện thử"

[[sources]]
name = "cong"
role = "portal"
kind = "dvcqg"
adapter_url = "{self.portal.url}"
madonvi = "{dvcqg.MADONVI}"
username = "{dvcqg.USER}"
password_file = "secrets/cong"
requests_per_second = 2000

[[sources]]
name = "igate"
role = "one_stop"
kind = "igate"
base_url = "{self.one_stop.url}"
token_url = "{self.one_stop.url}{igate.TOKEN_PATH}"
client_id = "{igate.CLIENT}"
username = "{igate.USER}"
password_file = "secrets/igate"
agencies = ["a1"]
page_size = 10
requests_per_second = 2000

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/*.xlsx"
"""

    def store(self) -> Store:
        return Office(self.folder).house().store

    def run(self, *more: str) -> tuple[int, dict[str, Any]]:
        """The command's exit code and its run.json."""
        command = ["run", "--config", str(self.config), *ASKED, *more]
        ran = CliRunner().invoke(doisoat, command, catch_exceptions=False)
        for secret in (igate.PASSWORD, dvcqg.PASSWORD):
            assert secret not in ran.output
        return ran.exit_code, json.loads(ran.stdout)

    def findings(self, told: dict[str, Any]) -> list[dict[str, Any]]:
        folder = self.folder / "data" / "reports" / told["id"]
        lines = (folder / "findings.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def forget_ledgers(self) -> None:
        self.one_stop.ledger.clear()
        self.portal.ledger.clear()

    def asked_codes(self) -> int:
        return len(self.portal.asked(dvcqg.SHARE_PATH))


@pytest.fixture
def town(tmp_path: Path):
    """Forty dossiers; the portal knows all but two, and closed all that the one-stop closed."""
    rows = [
        replace(row, status="Đã trả kết quả", finished_on=row.due_on, returned_on=row.due_on)
        if number % 4 == 1
        else row
        for number, row in enumerate(igate.rows(40))
    ]
    copies = [
        dvcqg.Copy(
            row.nation_code or row.code,
            status=10 if row.returned_on else 4,
            received_on=row.received_on,
        )
        for row in rows[:38]
    ]
    with igate.Igate(rows=rows) as one_stop, dvcqg.Portal(copies=copies) as portal:
        yield Town(tmp_path, one_stop, portal)
        assert one_stop.writes() == []
        assert portal.writes() == []


def test_a_run_over_http(town: Town):
    code, told = town.run()
    assert code == 0
    read = {name: one["read"] for name, one in sources(told).items()}
    assert read == {"igate": 40, "cong": 38, "so-giay": 1}
    announced = {name: one.get("announced") for name, one in sources(told).items()}
    assert announced == {"igate": 40, "cong": None, "so-giay": None}
    (found,) = [one for one in town.findings(told) if one["kind"] == "RETURNED_STILL_PENDING"]
    assert found["codes"]["one_stop"] == town.one_stop.rows[0].code
    assert sorted(found["open_in"]) == ["one_stop", "portal"]


def sources(told: dict[str, Any]) -> dict[str, Any]:
    """The sources of run.json by name, whatever their shape there."""
    said = told["sources"]
    return said if isinstance(said, dict) else {one["name"]: one for one in said}


def test_what_the_portal_does_not_know_is_not_missing_there(town: Town):
    _, told = town.run()
    assert not [one for one in town.findings(told) if one["kind"].startswith("MISSING")]


def test_a_second_run_asks_less_and_writes_nothing(town: Town):
    town.run()
    everything = town.asked_codes()
    town.forget_ledgers()
    code, told = town.run()
    assert code == 0
    assert {(one["new"], one["changed"]) for one in sources(told).values()} == {(0, 0)}
    # Ten dossiers are closed on both sides: not asked again.
    assert everything - town.asked_codes() >= 10
    # The one-stop is read from the newest change back to the overlap, not to the end.
    assert len(town.one_stop.served()) < 80


def test_a_change_is_seen_by_the_next_run(town: Town):
    town.run()
    moved = town.one_stop.rows[20]
    at = datetime(2024, 3, 30, 3, tzinfo=UTC)
    town.one_stop.change(moved.code, at, status="Đã có kết quả", finished_on=date(2024, 3, 30))
    _, told = town.run()
    assert sources(told)["igate"]["changed"] == 1
    with_store = town.store()
    claim = next(one for one in with_store.readings.claims() if one.key == f"igate:{moved.code}")
    assert (claim.status, claim.finished_on) == (Status.DONE, date(2024, 3, 30))


@pytest.mark.parametrize(
    "spoil",
    [web.status(500, Retry_After="600"), web.login_page, web.nonsense, web.cut_json],
    ids=["500", "login page", "nonsense", "cut"],
)
def test_a_one_stop_that_breaks_on_page_two_is_not_believed(town: Town, spoil: web.Spoil):
    """Exit 3, nothing of it taken in, nothing missing, nothing resolved."""
    _, before = town.run()
    town.one_stop.rows = town.one_stop.rows[5:]
    town.one_stop.faults.append(Fault(spoil, path=igate.SEARCH_PATH, after=1))
    code, told = town.run("--period", "2024-Q1")
    assert code == 3
    assert not sources(told)["igate"]["complete"]
    assert sources(told)["cong"]["complete"]
    assert not [one for one in town.findings(told) if one["kind"].startswith("MISSING")]
    store = town.store()
    states = {one.state.value for one in store.decisions.discrepancies()}
    assert len([one for one in store.readings.claims() if one.source == "igate"]) == 40
    assert "RESOLVED" not in {state.upper() for state in states}
    assert before["id"] != told["id"]


def test_a_portal_that_breaks_half_way_keeps_what_it_said(town: Town, monkeypatch):
    """The next poll of the same day goes on where it was."""
    monkeypatch.setattr("connectors.network.lookups.BATCH", 10)
    fault = Fault(web.status(403), path=dvcqg.SHARE_PATH, after=30)
    town.portal.faults.append(fault)
    code, told = town.run()
    assert code == 3
    assert not sources(told)["cong"]["complete"]
    asked = town.asked_codes()
    fault.times = 0
    town.forget_ledgers()
    code, told = town.run()
    assert code == 0
    assert sources(told)["cong"]["complete"]
    assert sources(told)["cong"]["read"] == 38
    assert town.asked_codes() < asked + 20


def test_a_sweep_is_due_after_some_days(town: Town):
    town.run()
    store = town.store()
    swept = {name: store.readings.memory(name).swept_on for name in ("igate", "cong")}
    assert all(swept.values())
    assert max(swept.values()) - min(swept.values()) <= timedelta(days=1)


def test_where_a_linked_dossier_is_stuck_stands_in_the_report(town: Town):
    """The one-stop's own log proves that step 7 never went out."""
    first = town.one_stop.rows[0]
    group = {"kind": "LTKS", "procedure_code": "2.002621", "procedure": "Liên thông khai sinh"}
    town.one_stop.rows[0] = replace(first, **group)
    well, wrong = {"status": 200}, {"status": 400, "errors": "Logic xử lý không hợp lệ"}
    at = datetime(2024, 1, 5, 3, tzinfo=UTC)
    steps = [(1, at, well), (3, at, well), (4, at + timedelta(days=1), wrong)]
    town.one_stop.trails = {first.nation_code: steps}
    text = town.config.read_text("utf-8")
    town.config.write_text(text.replace('agencies = ["a1"]', 'agencies = ["a1"]\ntrail = true'))
    code, told = town.run()
    assert code == 0
    assert len(town.one_stop.asked(igate.LOG_PATH)) == 1
    (found,) = [one for one in town.findings(told) if one["kind"] == "RETURNED_STILL_PENDING"]
    assert "thiếu bước 7 (chuyển cán bộ tư pháp)" in found["stuck"]
    page = (town.folder / "data/reports" / told["id"] / "doi-soat.html").read_text("utf-8")
    assert "thiếu bước 7" in page
    command = ["findings", "show", found["id"], "--config", str(town.config)]
    shown = CliRunner().invoke(doisoat, command, catch_exceptions=False)
    assert "Vướng tại" in shown.output
    assert "thiếu bước 7" in " ".join(shown.output.split())


def checked(town: Town, *more: str) -> tuple[int, dict[str, Any]]:
    command = ["check", "--config", str(town.config), "--json", *more]
    ran = CliRunner().invoke(doisoat, command, catch_exceptions=False)
    for secret in (igate.PASSWORD, dvcqg.PASSWORD):
        assert secret not in ran.output
    return ran.exit_code, {one["what"]: one for one in json.loads(ran.stdout)}


def test_check_knocks_at_every_source(town: Town):
    code, said = checked(town)
    assert code == 0
    assert "40 hồ sơ" in said["Nguồn “igate”"]["said"]
    assert "Đăng nhập được" in said["Nguồn “cong”"]["said"]


def test_check_says_what_is_wrong_with_a_source(town: Town):
    (town.folder / "secrets" / "cong").write_text("sai")
    town.one_stop.faults.append(Fault(web.status(403), igate.SEARCH_PATH))
    code, said = checked(town)
    assert code == 2
    assert not said["Nguồn “cong”"]["well"]
    assert "HTTP 403" in said["Nguồn “igate”"]["said"]


def test_check_offline_asks_nobody(town: Town):
    code, _ = checked(town, "--offline")
    assert code == 0
    assert town.one_stop.ledger == town.portal.ledger == []
