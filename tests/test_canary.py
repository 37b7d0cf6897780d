"""The search for persons in by-products goes red on a planted leak, whatever its shape."""

import base64
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from random import Random

import pytest

from tests import canary
from tests.simulators.people import People

ROOT = Path(__file__).parent.parent
PERSON = People(Random(7)).adult("nữ", date(2024, 1, 1))

CHILD = """
from tests import canary

def test_a_service_that_tells_too_much():
    canary.keep("service-log", {content!r})
"""


@pytest.mark.parametrize(
    "leak",
    [
        f'{{"event": "run.failed", "who": "{PERSON.name}"}}',
        f"không ghép được {PERSON.id}",
        json.dumps({"who": PERSON.name}),
        base64.b64encode(json.dumps([[PERSON.name], {}]).encode()).decode(),
    ],
    ids=["name", "id", "escaped", "message"],
)
def test_a_planted_leak_is_found(leak: str):
    assert canary.found_in(b"*3\r\n$5\r\nLPUSH\r\n" + leak.encode())


@pytest.mark.parametrize(
    "innocent",
    [
        '{"event": "run.started", "run": "2024-04-01-073000-3f2a", "at": 1711935000.123456}',
        "Mã hồ sơ H11.08-240102-0001 của UBND Xã Sông Trà; Hồ sơ chưa khớp",
        "urn:uuid:6f1c2d3e-0123-4567-89ab-012345678901",
    ],
)
def test_what_is_no_person_is_let_pass(innocent: str):
    assert canary.found_in(innocent.encode()) == []


@pytest.mark.parametrize("leaks", [True, False])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_leak_turns_the_session_red(tmp_path: Path, leaks: bool, workers: str):
    """With pytest-xdist too: what a worker process kept is searched by the one that collects."""
    folder = tmp_path / "suite"
    folder.mkdir()
    content = f"lỗi của {PERSON.name}" if leaks else "lỗi của H11.08-240102-0001"
    (folder / "test_it.py").write_text(CHILD.format(content=content), "utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.canary"),
            *("-p", "no:cacheprovider", "-n", workers, "--rootdir", str(folder), str(folder)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), canary.FOLDER: ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == (1 if leaks else 0), ran.stdout + ran.stderr
    assert ("persons in by-products" in ran.stdout) is leaks
    assert (" ".join(PERSON.name.split()[:3]) in ran.stdout) is leaks
