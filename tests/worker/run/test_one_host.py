"""Two sources at one address ask no more questions at once than one of them alone may.

What was under way is said by the portal's own count, whoever asked: threads of one process, or two
processes over one database.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.simulators import dvcqg, igate
from tests.simulators.web import Reply, Request
from tests.worker.office import Office
from tests.worker.run.test_polling import Town
from tests.worker.services import ROOT
from worker.run import slices
from worker.store import PollState

pytestmark = pytest.mark.usefixtures("either_database")

COUNT, AT_ONCE, SECONDS = 40, 3, 0.2
NAMES = ("cong", "cong-hai")
READ = """
import os, sys
from pathlib import Path
from worker.house import open_house
from worker.run import slices
house = open_house(Path(sys.argv[1]), os.environ)
print("ready", flush=True)
sys.stdin.readline()
sys.stdout = sys.stderr  # the log
slices.work_on(house, sys.argv[2])
"""


@dataclass
class TwiceAsked(dvcqg.Portal):
    """A portal that writes down in which session it was asked, in order."""

    asked_in: list[str] = field(default_factory=list)

    def reply(self, request: Request) -> Reply:
        if session := request.json().get("session"):
            self.asked_in.append(session)
        return super().reply(request)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Forty dossiers, of which two sources ask one portal."""
    rows = igate.rows(COUNT)
    copies = [dvcqg.Copy(row.nation_code or row.code, received_on=row.received_on) for row in rows]
    with igate.Igate(rows=rows) as one_stop, TwiceAsked(copies=copies, delay=SECONDS) as portal:
        made = Town(tmp_path, one_stop, portal)
        head, cong, *others = made.config.read_text("utf-8").split("[[sources]]")
        cong += f"max_parallel = {AT_ONCE}\n"
        both = [cong.replace('"cong"', f'"{name}"', 1) for name in NAMES]
        made.config.write_text("[[sources]]".join([head, *both, *others]), "utf-8")
        yield made


def in_threads(town: Town) -> None:
    house = Office(town.folder).house()
    threads = [threading.Thread(target=slices.work_on, args=(house, name)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(town: Town) -> None:
    command = [sys.executable, "-c", READ, str(town.config)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with contextlib.ExitStack() as stack:
        started = [subprocess.Popen([*command, name], env=environ, **pipes) for name in NAMES]
        both = [stack.enter_context(one) for one in started]
        for one in both:
            assert one.stdout is not None
            assert one.stdout.readline() == b"ready\n"
        for one in both:
            assert one.stdin is not None
            one.stdin.write(b"go\n")
            one.stdin.flush()
    assert [one.returncode for one in both] == [0, 0]


@pytest.mark.parametrize("read", [in_threads, in_processes])
def test_two_sources_at_one_address_share_what_may_be_under_way(town: Town, read):
    house = Office(town.folder).house()
    at, on = house.clock.now(), house.clock.today()
    house.store.asked.ask(["igate"], sweep=["igate"], by="test", at=at, on=on)
    slices.work_on(house, "igate")
    house.store.asked.ask(NAMES, sweep=NAMES, by="test", at=at, on=on)
    read(town)
    polls = house.store.asked.all()
    assert {polls[name].state for name in NAMES} == {PollState.DONE}
    assert {polls[name].done for name in NAMES} == {COUNT}
    # They were at it at the same time, and used what they may.
    asked_in = town.portal.asked_in
    first, second = dict.fromkeys(asked_in)
    assert asked_in.index(second) < len(asked_in) - 1 - asked_in[::-1].index(first)
    assert town.portal.busiest == AT_ONCE
