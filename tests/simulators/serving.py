"""An iGate and a national portal full of invented people, on fixed ports: for a demonstration.

``python -m tests.simulators.serving`` serves until it is stopped; ``--knock`` tries whether both
answer. The same simulators serve the tests, which look into their ledgers.
"""

from __future__ import annotations

import argparse
import http.client
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, time
from random import Random

from reconcile.claims import Status
from tests.simulators import world
from tests.simulators.district_exports import LABELS
from tests.simulators.dossiers import Dossier
from tests.simulators.dvcqg import Copy, Portal
from tests.simulators.igate import Igate, Row

IGATE_PORT, PORTAL_PORT = 8081, 8082
SIZE, SEED = 1500, 2024
ENDED = (Status.DONE, Status.RETURNED)


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
            mother=one.mother.name if one.mother else "",
            birth_date=f"{one.subject.born:%d/%m/%Y}" if one.subject and not one.died_on else "",
            procedure_code=one.procedure_code,
            procedure=one.procedure_name,
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


def serve(host: str) -> None:
    """Serve until a signal asks to stop."""
    invented = world.invent(Random(SEED), SIZE)
    igate, portal = Igate(rows=rows(invented)), Portal(copies=copies(invented))
    igate.address, portal.address = (host, IGATE_PORT), (host, PORTAL_PORT)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with igate, portal:
        stop.wait()


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
    given = parser.parse_args()
    if given.knock:
        return 0 if knock(IGATE_PORT) and knock(PORTAL_PORT) else 1
    serve(given.host)
    return 0


if __name__ == "__main__":
    sys.exit(main())
