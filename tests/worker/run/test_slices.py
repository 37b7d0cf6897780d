"""Slices of polls in whole runs: what is heard is kept, judged and told while the rest waits."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconcile.scope import Scope
from tests.simulators import dvcqg, igate
from tests.simulators.web import Fault, status
from tests.worker.run.test_courtesy import START, house_at, run_at
from tests.worker.run.test_polling import Town, sources, town  # noqa: F401 - the fixture
from tests.worker.services import PATIENCE
from worker.cli import doisoat
from worker.run import look_ups, polling, slices, story
from worker.run.requests import Request
from worker.store import Poll, PollState

ROOT = Path(__file__).parents[3]


def in_hours(folder: Town, requests: int) -> None:
    """So many questions may be asked of the portal in the hours of the office."""
    windows = f'max_parallel = 1\nwindows = [{{ hours = "07:00-18:00", requests = {requests} }}]\n'
    text = folder.config.read_text("utf-8")
    fast = "requests_per_second = 2000\n"
    folder.config.write_text(text.replace(fast, fast + windows, 1), "utf-8")


def test_what_was_heard_is_judged_while_the_rest_waits(town: Town):  # noqa: F811
    in_hours(town, 20)
    first = run_at(town, START)
    assert first["code"] == 3
    store = town.store()
    heard = [claim for claim in store.readings.claims() if claim.source == "cong"]
    assert 5 < len(heard) < 30
    (report,) = (town.folder / "data/reports").glob("*/findings.jsonl")
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    (found,) = [one for one in lines if one["kind"] == "RETURNED_STILL_PENDING"]
    assert sorted(found["open_in"]) == ["one_stop", "portal"]
    # What was not heard is not missing there.
    assert not [one for one in lines if one["kind"].startswith("MISSING")]


def test_a_round_that_begins_takes_nothing_back_of_what_the_one_before_said(town: Town):  # noqa: F811
    """While it is read again the same day, the source counts as it stood."""
    assert run_at(town, START)["code"] == 0
    house = house_at(town, START + timedelta(minutes=15))
    rounds = polling.ask(house, sweep=True, by="test")
    town.portal.latency = 0.05
    asked = len(town.portal.ledger)
    half = lambda: len(town.portal.ledger) > asked + 10  # noqa: E731
    slices.work_on(house, "cong", stopping=half)
    poll = house.store.asked.of("cong")
    assert poll is not None
    assert (poll.state, poll.round) == (PollState.READING, rounds["cong"])
    assert 0 < poll.done < 38
    assert house.store.readings.coverage_facts("cong").answered
    # The next day it is not through: what was said yesterday is old.
    house = replace(house, clock=replace(house.clock, at=START + timedelta(days=1)))
    once = lambda: len(town.portal.ledger) > asked + 25  # noqa: E731
    slices.work_on(house, "cong", stopping=once)
    assert not house.store.readings.coverage_facts("cong").answered
    unheard = house.store.asked.unheard("cong")
    assert 0 < len(unheard) < 38
    assert "đã hỏi" in house.store.readings.coverage_facts("cong").problem
    house.store.close()


def test_a_question_that_fails_as_a_slice_ends_is_asked_again_in_the_next(town: Town):  # noqa: F811
    """As within a slice: nothing is wrong with the source, and whoever waits goes on waiting."""
    house = house_at(town, START)
    polling.ask(house, sweep=False, by="test")
    slices.work_on(house, "igate")
    town.portal.faults.append(Fault(status(503), dvcqg.SHARE_PATH, after=12))
    poll = slices.work_on(house, "cong", stopping=lambda: len(town.portal.ledger) > 12)
    assert poll is not None
    assert (poll.state, poll.problem) == (PollState.READING, "")
    assert house.store.asked.courtesy("cong").failures == 0
    town.portal.faults.clear()
    poll = slices.work_on(house, "cong")
    assert poll is not None
    assert (poll.state, poll.done, poll.tries) == (PollState.DONE, 40, 0)
    house.store.close()


def test_status_tells_that_a_first_reading_is_under_way(town: Town):  # noqa: F811
    in_hours(town, 20)  # how it may be asked is told, too, and is no reading
    house = house_at(town, START)
    assert "Chạy: doisoat run" in status_of(town)
    polling.ask(house, sweep=False, by="test")
    house.store.close()
    assert "còn nguồn đang được đọc" in status_of(town)


def status_of(folder: Town) -> str:
    told = CliRunner().invoke(doisoat, ["status", "--config", str(folder.config)])
    assert told.exit_code == 0, told.output
    return " ".join(told.output.split())


def test_a_source_that_answers_nothing_in_a_slice_is_not_read(town: Town):  # noqa: F811
    """However short the slice: the poll says why, and the breaker counts it."""
    house = house_at(town, START)
    polling.ask(house, sweep=False, by="test")
    slices.work_on(house, "igate")
    town.portal.faults.append(Fault(status(503), dvcqg.SHARE_PATH))
    poll = slices.work_on(house, "cong", stopping=lambda: bool(town.portal.ledger))
    assert poll is not None
    assert poll.state is PollState.FAILED
    assert "503" in poll.problem
    assert house.store.asked.courtesy("cong").failures == 1
    house.store.close()


@pytest.mark.parametrize("first", ["igate", "cong"])
def test_page_one_and_status_say_how_far_it_is_and_about_when_it_is_through(
    town: Town,  # noqa: F811
    first: str,
):
    """Also where the portal's turn came before there was anything to ask it for."""
    house = house_at(town, START)
    rounds = polling.ask(house, sweep=False, by="test")
    slices.work_on(house, first)
    slices.work_on(house, "igate")
    assert polling.ask_on(house, rounds) is (first == "cong")
    slices.work_on(house, "cong", stopping=lambda: True)
    assert not house.store.readings.coverage_facts("cong").answered
    town.portal.latency = 0.05
    slices.work_on(house, "cong", stopping=lambda: len(town.portal.ledger) > 12)
    request = Request(Scope(as_of=START.date()), wait=False)
    outcome = story.run(house, request)
    assert outcome.exit_code == 3
    page = (outcome.folder / "doi-soat.html").read_text("utf-8")
    told = re.search(r"đã hỏi \d+/\d+, xong khoảng 8 giờ 0\d", page)
    assert told is not None
    assert told[0].split(",")[0] in look_ups.told(house, "cong")
    assert look_ups.told(house, "cong").startswith("chờ đọc tiếp: ")  # nobody does
    house.store.close()


def test_codes_that_a_list_brings_meanwhile_are_asked_for_by_the_same_run(town: Town):  # noqa: F811
    """The portal is asked side by side with the list that names what to ask it for."""
    code, told = town.run()
    assert code == 0
    assert sources(told)["cong"]["read"] == 38


def test_two_sources_at_one_address_share_the_budget_of_its_hours(town: Town):  # noqa: F811
    in_hours(town, 25)
    text = town.config.read_text("utf-8")
    start = text.index('[[sources]]\nname = "cong"')
    block = text[start : text.index("[[sources]]", start + 5)]
    town.config.write_text(text + block.replace('name = "cong"', 'name = "cong-2"'), "utf-8")
    assert run_at(town, START)["code"] == 3
    assert 10 < len(town.portal.ledger) <= 25


def test_an_interrupted_run_keeps_what_it_heard(town: Town):  # noqa: F811
    """Ctrl-C in the middle of the portal: nothing that was heard by then is asked for again."""
    town.portal.latency = 1.0
    command = [sys.executable, "-m", "worker.cli", "run", "--config", str(town.config)]
    program = "import sys; from worker.cli import main; sys.argv[0] = 'doisoat'; main()"
    command = [sys.executable, "-c", program, *command[3:]]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as run:
        until_asked(town, 12)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130
    assert "Đã dừng." in said.decode()
    assert re.search(r"Phần đã đọc được giữ lại \(cong đã hỏi 1\d/40\)", said.decode())
    town.portal.latency = 0.0
    code, told = town.run()
    assert code == 0
    assert sources(told)["cong"]["read"] == 38
    assert max(Counter(town.portal.served()).values()) == 1


def until_asked(town: Town, count: int) -> None:  # noqa: F811
    deadline = time.monotonic() + PATIENCE
    while len(town.portal.asked(dvcqg.SHARE_PATH)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("done", "total", "seconds", "told"),
    [
        (1240, 4917, 1240.0, "đã hỏi 1.240/4.917, xong khoảng 9 giờ 01"),
        (0, 4917, 0.0, "đã hỏi 0/4.917"),
        (1000, 100_000, 3600.0, "đã hỏi 1.000/100.000, xong khoảng 11 giờ 00 ngày 05/04/2024"),
        (5, 0, 1.0, ""),
    ],
)
def test_how_far_a_poll_is_and_about_when_it_is_through(town: Town, done, total, seconds, told):  # noqa: F811
    house = house_at(town, START)
    house.store.asked.ask(["cong"], sweep=[], by="test", at=START, on=START.date())
    poll = house.store.asked.of("cong")
    assert isinstance(poll, Poll)
    now = replace(poll, done=done, total=total, seconds=seconds, part=look_ups.BY_CODE)
    assert look_ups.how_far(house, now) == told
    house.store.close()


def test_sources_are_read_side_by_side(town: Town):  # noqa: F811
    """Both hang at once: neither waits until the other is through."""
    met = threading.Barrier(2, timeout=PATIENCE)

    def meet(first: list[bool]) -> None:
        if not first:
            first.append(True)
            met.wait()

    one: list[bool] = []
    two: list[bool] = []
    reply_portal, reply_igate = town.portal.handle, town.one_stop.handle
    town.portal.handle = lambda request: (meet(one), reply_portal(request))[1]  # type: ignore[method-assign]
    town.one_stop.handle = lambda request: (meet(two), reply_igate(request))[1]  # type: ignore[method-assign]
    code, _ = town.run()
    assert code == 0
    assert not met.broken
    assert town.one_stop.asked(igate.SEARCH_PATH)
