"""An iGate and a national portal full of invented people: for a demonstration.

``python -m tests.simulators.serving`` serves on fixed ports until it is stopped; ``--knock`` tries
whether both answer. ``--free`` takes any free ports, writes its addresses as one line of JSON and
serves until its input ends, so that it never outlives who started it. The same simulators serve
the tests, which look into their ledgers.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from random import Random

from reconcile.claims import Procedure, Status
from tests.simulators import world
from tests.simulators.district import Systems
from tests.simulators.district_exports import CHANNELS, LABELS
from tests.simulators.dossiers import Dossier
from tests.simulators.dvcqg import Copy, Portal
from tests.simulators.igate import Igate, Row
from tests.simulators.web import WRITES

IGATE_PORT, PORTAL_PORT = 8081, 8082
SIZE, SEED = 1500, 2024
ENDED = (Status.DONE, Status.RETURNED)
#: What iGate calls the class of a dossier (loaiHTTP).
KINDS = {
    Procedure.BIRTH: "KS",
    Procedure.BIRTH_LINKED: "LTKS",
    Procedure.DEATH: "KT",
    Procedure.DEATH_LINKED: "LTKT",
}


def rows(dossiers: Sequence[Dossier]) -> list[Row]:
    """What the one-stop software keeps of an invented district."""
    return [
        Row(
            id=f"d{number}",
            code=one.code,
            unit=one.unit_name,
            nation_code=one.national_code,
            status=LABELS[one.status],
            applicant=one.applicant.name,
            applicant_id=one.applicant.id,
            subject=one.subject.name if one.subject else "",
            subject_id=one.subject.id if one.subject and one.died_on else "",
            sex=one.subject.sex if one.subject else "",
            mother=one.mother.name if one.mother else "",
            mother_born=f"{one.mother.born.year}" if one.mother else "",
            father=one.father.name if one.father else "",
            birth_date=f"{one.subject.born:%d.%m.%Y}" if one.subject else "",
            died_on=one.died_on,
            procedure_code=one.procedure_code,
            procedure=one.procedure_name,
            kind=KINDS.get(one.procedure, ""),
            channel=CHANNELS[one.channel],
            received_on=one.received_on,
            due_on=one.due_on,
            finished_on=one.finished_on,
            returned_on=one.software_returned_on,
            updated=datetime.combine(one.received_on, time(9), UTC),
        )
        for number, one in enumerate(dossiers)
        if one.in_one_stop and one.code and one.status in LABELS
    ]


def copies(dossiers: Sequence[Dossier]) -> list[Copy]:
    """What the national portal keeps of them."""
    return [
        Copy(
            code=one.national_code or one.code,
            status=int(one.portal_status),
            applicant=one.applicant.name,
            unit=one.unit_name,
            procedure_code=f"{one.procedure_code}.000.00.00.H11",
            received_on=one.received_on,
            due_on=one.due_on,
            finished_on=one.finished_on if one.portal_status in ENDED else None,
        )
        for one in dossiers
        if one.portal_status is not None
    ]


def serve(host: str, *, seed: int = SEED, size: int = SIZE, free: bool = False) -> int:
    """Serve until a signal asks to stop, or, on free ports, until our input ends.

    The requests that would have changed something, as the exit code: there must be none.
    """
    invented = world.invent(Random(seed), size)
    igate, portal = Igate(rows=rows(invented)), Portal(copies=copies(invented))
    if not free:
        igate.address, portal.address = (host, IGATE_PORT), (host, PORTAL_PORT)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with igate, portal:
        if not free:
            stop.wait()
            return 0
        sys.stdout.write(json.dumps({"igate": igate.url, "portal": portal.url}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    return min(len(WRITES), 99)


@contextlib.contextmanager
def apart(seed: int, size: int) -> Iterator[Systems]:
    """Both systems of an invented district in a process of their own, on free loopback ports."""
    command = [sys.executable, "-m", "tests.simulators.serving", "--free"]
    command += ["--seed", f"{seed}", "--size", f"{size}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            yield Systems(told["igate"], told["portal"])
        finally:
            process.stdin.close()  # it reads the end of its input, and ends
    assert process.returncode == 0, "a source was written to"


def knock(port: int) -> bool:
    """Whether somebody answers, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--knock", action="store_true")
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--size", type=int, default=SIZE)
    given = parser.parse_args()
    if given.knock:
        return 0 if knock(IGATE_PORT) and knock(PORTAL_PORT) else 1
    return serve(given.host, seed=given.seed, size=given.size, free=given.free)


if __name__ == "__main__":
    sys.exit(main())
