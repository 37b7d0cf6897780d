"""The breaker and the budget over whole runs: what is skipped opens and resolves nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from connectors.politeness import FAILED_POLLS, Courtesy
from reconcile.scope import Scope
from tests.simulators import dvcqg, igate, web
from tests.simulators.web import Fault
from tests.worker.run.test_polling import Town, sources, town  # noqa: F401 - the fixture
from worker.cli import doisoat
from worker.clock import StoppedClock
from worker.house import House, open_house
from worker.run import polling, story
from worker.run.requests import Request
from worker.store import Store

START = datetime(2024, 4, 1, 1, tzinfo=UTC)  # a Monday, 08:00 at the office


def house_at(folder: Town, moment: datetime) -> House:
    opened = open_house(folder.config, {})
    return replace(opened, clock=StoppedClock(at=moment))


def run_at(folder: Town, moment: datetime) -> dict[str, Any]:
    """One run at this moment of a stopped clock; what it found of each source."""
    house = house_at(folder, moment)
    request = Request(Scope(as_of=house.clock.today()))
    outcome = story.run(house, request)
    facts = {one.source: one for one in map(house.store.readings.coverage_facts, ("igate", "cong"))}
    states = [one.state for one in house.store.decisions.discrepancies()]
    house.store.close()
    return {"code": outcome.exit_code, "states": states, **facts}


def courtesy(folder: Town, source: str) -> Courtesy:
    store = Store.open(f"sqlite:///{folder.folder}/data/doisoat.db")
    known = store.asked.courtesy(source)
    store.close()
    return known


def test_a_source_that_is_down_is_left_alone_and_tried_again(town: Town):  # noqa: F811
    before = run_at(town, START)
    fault = Fault(web.status(503, Retry_After="600"), dvcqg.SHARE_PATH)
    town.portal.faults.append(fault)
    moment = START
    for _ in range(FAILED_POLLS):
        moment += timedelta(minutes=15)
        assert run_at(town, moment)["code"] == 3
    opened = courtesy(town, "cong")
    assert opened.is_open(moment)
    # Left alone: not one request, INCOMPLETE, nothing opened and nothing resolved.
    town.forget_ledgers()
    skipped = run_at(town, moment + timedelta(seconds=30))
    assert town.portal.ledger == []
    assert town.one_stop.ledger != []
    assert skipped["code"] == 3
    assert not skipped["cong"].answered
    assert "tạm ngừng hỏi" in skipped["cong"].problem
    assert "HTTP 503" in skipped["cong"].problem
    assert skipped["states"] == before["states"]
    # The trial fails: it is left alone for longer.
    assert opened.retry_at is not None
    run_at(town, opened.retry_at)
    longer = courtesy(town, "cong")
    assert longer.trips == opened.trips + 1
    assert longer.retry_at is not None
    # The next trial is answered: all is as before.
    fault.times = 0
    well = run_at(town, longer.retry_at)
    assert well["code"] == 0
    assert courtesy(town, "cong") == replace(
        courtesy(town, "cong"), failures=0, trips=0, retry_at=None, problem=""
    )


def test_a_budget_that_runs_out_is_nobodys_fault_and_the_next_window_goes_on(town: Town):  # noqa: F811
    # One asks at a time: else who asks last decides how many are heard before the end.
    windows = 'max_parallel = 1\nwindows = [{ hours = "07:00-18:00", requests = 30 }]\n'
    text = town.config.read_text("utf-8")
    cut = text.replace("requests_per_second = 2000\n", "requests_per_second = 2000\n" + windows, 1)
    town.config.write_text(cut, "utf-8")
    first = run_at(town, START)
    assert first["code"] == 3
    assert "khung giờ 07:00-18:00" in first["cong"].problem
    assert courtesy(town, "cong").requests == 30 == len(town.portal.ledger)
    assert courtesy(town, "cong").failures == 0
    heard = first["cong"].rows
    assert 15 < heard < 38
    # The same window: not one question more.
    town.forget_ledgers()
    again = run_at(town, START + timedelta(hours=2))
    assert (again["cong"].rows, town.portal.ledger) == (heard, [])
    # The evening has no limit: it goes on where it was, and is whole.
    evening = run_at(town, START + timedelta(hours=12))
    assert evening["code"] == 0
    assert evening["cong"].answered
    assert evening["cong"].rows == 38
    assert len(town.portal.ledger) < 60


@pytest.mark.parametrize("spoil", [web.status(503, Retry_After="600"), web.login_page])
def test_the_other_sources_rules_are_judged_where_they_may_be(town: Town, spoil: web.Spoil):  # noqa: F811
    """The portal is down from the first day: what one-stop and paper prove is found."""
    town.portal.faults.append(Fault(spoil, dvcqg.SHARE_PATH))
    code, told = town.run()
    assert code == 3
    assert not sources(told)["cong"]["complete"]
    assert sources(told)["igate"]["complete"]
    (found,) = [one for one in town.findings(told) if one["kind"] == "RETURNED_STILL_PENDING"]
    assert found["open_in"] == ["one_stop"]
    assert not [one for one in town.findings(told) if "PORTAL" in one["kind"]]
    page = (town.folder / "data/reports" / told["id"] / "doi-soat.html").read_text("utf-8")
    assert "Chưa đọc đủ Cổng" in page
    # The one-stop is down instead: nothing of it is judged, and nothing of it resolves.
    town.portal.faults.clear()
    town.one_stop.faults.append(Fault(spoil, igate.SEARCH_PATH))
    code, after = town.run()
    assert code == 3
    assert sources(after)["cong"]["complete"]
    states = {one["id"]: one["state"] for one in town.findings(after)}
    assert states.get(found["id"]) != "RESOLVED"
    store = Store.open(f"sqlite:///{town.folder}/data/doisoat.db")
    assert [
        one.state.value.lower() for one in store.decisions.discrepancies() if one.id == found["id"]
    ] == ["open"]
    store.close()


def command(town: Town, *words: str) -> Any:  # noqa: F811
    ran = CliRunner().invoke(
        doisoat, [*words, "--config", str(town.config), "--json"], catch_exceptions=False
    )
    return json.loads(ran.stdout)


def test_status_and_check_tell_of_the_breaker_and_of_the_window(town: Town):  # noqa: F811
    windows = 'windows = [{ hours = "00:00-23:59", requests = 500 }]\n'
    text = town.config.read_text("utf-8")
    cut = text.replace("requests_per_second = 2000\n", "requests_per_second = 2000\n" + windows, 1)
    town.config.write_text(cut, "utf-8")
    town.run()
    (cong, one_stop, _) = command(town, "status")["sources"]
    assert (
        cong["asked"] == f"khung giờ 00:00-23:59: đã hỏi {len(town.portal.ledger)}/500 lượt, 0 phút"
    )
    assert (one_stop["read"], one_stop["announced"], one_stop["asked"]) == (40, 40, None)
    store = Store.open(f"sqlite:///{town.folder}/data/doisoat.db")
    far = datetime.now(UTC) + timedelta(minutes=9)
    known = store.asked.courtesy("cong")
    store.asked.keep_courtesy(replace(known, failures=5, trips=1, retry_at=far))
    store.close()
    until = far.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    told = f"tạm ngừng hỏi đến {until:%H:%M} ngày {until:%d/%m/%Y}"
    assert told in command(town, "status")["sources"][0]["asked"]
    # A person knocks and it answers: it need not wait any longer.
    said = {one["what"]: one["said"] for one in command(town, "check")}
    assert "Đăng nhập được" in said["Nguồn “cong”"]
    assert "khung giờ 00:00-23:59" in said["Nguồn “cong”"].lower()
    assert not courtesy(town, "cong").is_open(START)


def test_page_one_tells_what_the_source_announces(town: Town):  # noqa: F811
    _, told = town.run()
    page = (town.folder / "data/reports" / told["id"] / "doi-soat.html").read_text("utf-8")
    assert "nguồn báo có 40, đã có 40" in page


def test_the_courtesy_is_kept_on_both_databases(store: Store):
    one = Courtesy("cong", 5, "+-" * 10, 2, START, "hỏng", "2024-04-01 07:00-18:00", 30, 1.5)
    assert store.asked.courtesy("cong") == Courtesy("cong")
    store.asked.keep_courtesy(replace(one, failures=1))
    store.asked.keep_courtesy(one)
    assert store.asked.courtesy("cong") == one


def test_files_are_never_left_alone(tmp_path: Path):
    """A broken file says so at every run: its repair must be seen at once."""
    from tests.worker import office

    made = office.make(tmp_path / "office")
    (tmp_path / "office/inbox/motcua/a.xlsx").write_bytes(b"x")
    house = open_house(made.folder / "doisoat.toml", {})
    (connector, *_) = house.connectors
    for _ in range(FAILED_POLLS + 2):
        polling.read_files(house)
        (problem,) = (one.problem for one in house.store.readings.files(connector.source.name))
        assert problem
        assert "tạm ngừng" not in problem
    assert house.store.asked.courtesy(connector.source.name) == Courtesy(connector.source.name)
    house.store.close()
