"""P13: 10,000 dossiers polled over simulated portals, reconciled, reported, until all is drained.

The service is the real one: ``doisoat serve`` with its own broker on SQLite. "Accepted" is when the
person who asked has an answer, "drained" when nothing waits any more: no run, no mail.
"""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

from bench.memory import tree_mib
from bench.report import Section, number, table
from config.sources import PolledSource
from tests.worker.services import ended, until
from tests.worker.town import Town, town
from worker.house import House
from worker.store import MailState

DOSSIERS = 10_000
LATENCY = 0.050
RATE, PARALLEL = 400, 16
WAIT = 280.0


def section() -> Section:
    with (
        tempfile.TemporaryDirectory(prefix="doisoat-bench-", dir="/tmp") as folder,
        town(
            Path(folder) / "office",
            database="sqlite:///data/doisoat.db",
            broker_url="",
            count=DOSSIERS,
            rate=RATE,
            parallel=PARALLEL,
            page=50,
        ) as place,
    ):
        house = place.service.house()
        lines = measured(place, house)
        house.store.close()
    return Section("draining", "P13: asked of the workers, until everything is drained", lines)


def measured(place: Town, house: House) -> list[str]:
    place.hand_over(DOSSIERS // 4)
    place.slow(LATENCY)
    parent = place.service.start("doisoat", "serve", "--config", str(place.service.config))
    until(lambda: "ready." in place.service.log(), 60, place.service)
    peak = 0.0
    asked = time.perf_counter()
    run_id = place.ask(house)
    accepted = time.perf_counter() - asked
    while not drained(house, run_id):
        peak = max(peak, tree_mib(parent.pid))
        time.sleep(0.1)
        assert time.perf_counter() - asked < WAIT, place.service.log()[-3000:]
    took = time.perf_counter() - asked
    run = house.store.runs.one(run_id)
    assert run is not None
    requests = len(place.portal.ledger) + len(place.one_stop.ledger)
    sent = len(place.sink.ledger)
    parent.send_signal(signal.SIGTERM)
    parent.wait(60)
    polite = PolledSource.model_fields["requests_per_second"].default
    longest = max(len(place.portal.ledger), len(place.one_stop.ledger))
    hours = longest / polite / 3600
    return [
        f"{DOSSIERS:,} dossiers in an iGate and at the portal (no list call: asked code by code),"
        f" {LATENCY * 1000:.0f} ms an answer, {RATE} requests a second and {PARALLEL} at a time;"
        f" {DOSSIERS // 4 + 5:,} register rows. `doisoat serve` with its own broker, SQLite."
        " The simulators run on the same cores. To reach: drained in 90 s.",
        "",
        *table(
            ["accepted, s", "drained, s", "requests", "the ideal of the portal, s", "peak, MiB"],
            [
                [
                    number(accepted, 2),
                    number(took, 1),
                    f"{requests:,}",
                    number(len(place.portal.ledger) * max(LATENCY / PARALLEL, 1 / RATE), 1),
                    number(peak, 0),
                ]
            ],
        ),
        "",
        f"Exit code {run.exit_code}, {len(house.store.decisions.discrepancies()):,} discrepancies,"
        f" {sent} mail(s).",
        f"A full sweep at the default politeness ({polite:g} requests a second) takes"
        f" {number(hours, 1)} h for these dossiers: {longest:,} requests to the slower source.",
    ]


def drained(house: House, run_id: str) -> bool:
    waiting = {MailState.PENDING, MailState.SENDING}
    return (
        ended(house, run_id)
        and house.store.queue.waiting().count == 0
        and not house.store.outbox.mails(*waiting)
    )
