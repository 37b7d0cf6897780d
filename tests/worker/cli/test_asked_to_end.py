"""A command that is asked to end gives back what it holds, so that the next one need not wait."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.run import leases

pytestmark = pytest.mark.usefixtures("either_database")

ROOT = Path(__file__).parents[3]
#: The command itself, standing still in the middle of its work.
SLOW = """
import sys, time
from worker.run import story
def still(*_, **__):
    print("at work", flush=True)
    time.sleep(600)
story.decide = still
from worker.cli import main
sys.argv[0] = "doisoat"
main()
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = make(tmp_path)
    known = dossiers(4)
    write(tmp_path / "inbox/motcua/a.xlsx", EXPORT, known)
    write(tmp_path / "inbox/so-giay/a.xlsx", REGISTER, entries(known))
    return office


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_end_gives_its_lease_back(
    office: Office, asked: signal.Signals
) -> None:
    command = [sys.executable, "-c", SLOW, "run", "--config", str(office.config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"at work\n"
        assert office.house().store.leases.holder(leases.ALL) is not None
        run.send_signal(asked)
        _, said = run.communicate()
    assert run.returncode == 130
    assert "Đã dừng." in said.decode()
    assert office.house().store.leases.holder(leases.ALL) is None
    assert office.run("--as-of", "2024-02-10").run["exit_code"] == 0
