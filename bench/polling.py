"""P7 and P8: a whole iGate taken in over HTTP, and a portal asked code by code.

Both systems answer on loopback from a process of their own (``python -m bench.polling igate N`` or
``portal N``), so that they do not run on our interpreter's time. The politeness of the settings is
lifted, as the aims ask.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from bench.report import Section, number, percent, table
from config.office_tables import Tables
from config.sources import DvcqgSource, IgateSource
from connectors.connector import Codes, Memory
from connectors.dvcqg import DvcqgConnector
from connectors.igate import SEARCH, IgateConnector, SpringPage
from connectors.network.sessions import Session
from connectors.network.transport import Transport, get
from reconcile.claims import Role
from tests.connectors.contract import tables as shipped
from tests.simulators import dvcqg, igate
from tests.worker.conftest import pg_database, short_folder
from tests.worker.servers import postgres
from worker.clock import Clock
from worker.run.stages import seldom_collecting
from worker.store import Store

RECORDS, PAGE = 10_000, 500
LOOK_UPS, LATENCY, AT_ONCE = 1_000, 0.05, 8
TODAY = date(2024, 3, 31)
ROOT = Path(__file__).resolve().parent.parent


# The systems, in a process of their own


def serve(kind: str, count: int) -> None:
    rows = igate.rows(count)
    system: Any = igate.Igate(rows=rows)
    if kind == "portal":
        copies = [dvcqg.Copy(row.code, received_on=row.received_on) for row in rows]
        system = dvcqg.Portal(copies=copies, delay=LATENCY)
    with system:
        print(system.url, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def served(kind: str, count: int) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.polling", kind, str(count)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


# P7


def igate_source(url: str) -> IgateSource:
    return IgateSource(
        name="igate",
        role=Role.ONE_STOP,
        kind="igate",
        base_url=url,
        token_url=f"{url}{igate.TOKEN_PATH}",
        client_id=igate.CLIENT,
        username=igate.USER,
        password=SecretStr(igate.PASSWORD),
        page_size=PAGE,
        requests_per_second=10_000,
    )


def http_alone(url: str, tables: Tables) -> float:
    """Seconds to fetch and decode the pages that a poll asks for, and nothing else."""
    source = igate_source(url)
    connector = IgateConnector(source, tables)
    started = time.perf_counter()
    with Transport(source, url) as transport:
        session = Session(lambda: connector._login(transport))
        for _ in range(2):  # a poll reads in two passes
            for page in range(RECORDS // PAGE):
                query = [("page", f"{page}"), ("size", f"{PAGE}"), ("spec", "page")]
                ask = get(f"{url}/{SEARCH}", [*query, ("sort", "updatedDate,desc")])
                transport.answer_in(
                    session,
                    lambda token, ask=ask: get(ask.url, ask.query, Authorization=f"Bearer {token}"),
                    SpringPage,
                )
    return time.perf_counter() - started


def ingest(url: str, database: str, tables: Tables) -> float:
    """Seconds of a first poll into an empty store: fetched, validated, kept."""
    store = Store.open(database)
    connector = IgateConnector(igate_source(url), tables)
    clock = Clock()
    started = time.perf_counter()
    for snapshot in connector.fetch(Memory(today=TODAY, sweep=True)):
        store.claims.take_in(snapshot, at=clock.now(), on=TODAY)
    seconds = time.perf_counter() - started
    kept = len(store.readings.claims())
    store.close()
    if kept != RECORDS:
        raise SystemExit(f"{kept} of {RECORDS} were kept")
    return seconds


def p7(rounds: int) -> list[str]:
    tables = shipped()
    taken: dict[str, list[float]] = {"HTTP alone": [], "SQLite": [], "PostgreSQL": []}
    with short_folder() as folder, postgres(folder) as server, served("igate", RECORDS) as url:
        http_alone(url, tables)  # the simulator composes every dossier once
        for _ in range(rounds):
            with seldom_collecting():  # as every run does
                taken["HTTP alone"].append(http_alone(url, tables))
                with tempfile.TemporaryDirectory() as place:
                    taken["SQLite"].append(ingest(url, f"sqlite:///{place}/a.db", tables))
                with pg_database(server.url()) as database:
                    taken["PostgreSQL"].append(ingest(url, database, tables))
    alone = statistics.median(taken["HTTP alone"])
    rows = []
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        spread = f"{number(min(seconds), 2)}-{number(max(seconds), 2)}"
        rate = number(RECORDS / middle, 0)
        rows.append([name, f"{number(middle, 2)} ({spread})", rate, percent(alone / middle)])
    return [
        f"{RECORDS:,} dossiers in pages of {PAGE}, read in two passes, each dossier on the wire "
        "twice. To reach: 2,000 a second with validation, half of what HTTP alone reaches.",
        "",
        *table(["into", "s", "dossiers a second", "of HTTP alone"], rows),
    ]


# P8


def look_up(url: str, tables: Tables, codes: tuple[Codes, ...]) -> float:
    source = DvcqgSource(
        name="cong",
        role=Role.PORTAL,
        kind="dvcqg",
        adapter_url=url,
        madonvi=dvcqg.MADONVI,
        username=dvcqg.USER,
        password=SecretStr(dvcqg.PASSWORD),
        max_parallel=AT_ONCE,
        requests_per_second=10_000,
    )
    started = time.perf_counter()
    memory = Memory(today=TODAY, sweep=True, codes=codes)
    snapshots = list(DvcqgConnector(source, tables).fetch(memory))
    seconds = time.perf_counter() - started
    if sum(len(one.claims) for one in snapshots) != len(codes):
        raise SystemExit("the portal's answers are not all there")
    return seconds


def bare(url: str, codes: tuple[Codes, ...]) -> float:
    """The same questions by eight threads over http.client: what this machine can do at all."""
    where = f"{urlsplit(dvcqg.SHARE_PATH).path}?dstcode={dvcqg.DSTCODE}"
    waiting: Queue[str] = Queue()
    for one in codes:
        waiting.put(one.own)

    def work() -> None:
        connection = HTTPConnection(urlsplit(url).netloc)
        with contextlib.suppress(Empty):
            while True:
                connection.request("POST", where, json.dumps({"mahoso": waiting.get_nowait()}))
                json.loads(connection.getresponse().read())
        connection.close()

    threads = [Thread(target=work) for _ in range(AT_ONCE)]
    started = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return time.perf_counter() - started


def p8(rounds: int) -> list[str]:
    tables = shipped()
    codes = tuple(Codes(row.code) for row in igate.rows(LOOK_UPS))
    ours, plain = [], []
    with served("portal", LOOK_UPS) as url:
        for _ in range(rounds):
            plain.append(bare(url, codes))
            ours.append(look_up(url, tables, codes))
    ideal = LOOK_UPS * LATENCY / AT_ONCE
    rows = [
        [name, f"{number(middle, 2)} ({number(min(said), 2)}-{number(max(said), 2)})",
         f"{number(middle / ideal, 2)} ×"]
        for name, said in (("doisoat", ours), ("bare http.client", plain))
        for middle in (statistics.median(said),)
    ]  # fmt: skip
    return [
        f"{LOOK_UPS:,} look-ups at {number(LATENCY * 1000, 0)} ms, {AT_ONCE} at a time, login and "
        f"validation counted; the ideal is {number(ideal, 2)} s. To reach: 1.15 × the ideal.",
        "",
        *table(["", "s", "of the ideal"], rows),
    ]


def section(rounds: int) -> Section:
    """P7 and P8, medians and range of the rounds."""
    lines = ["**P7**", "", *p7(rounds), "", "**P8**", "", *p8(rounds), ""]
    return Section("polling", "P7, P8: polled sources over HTTP", lines)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
