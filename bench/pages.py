"""P11: how long a page of the console takes in an office of a million claims while a run goes on.

The office of ``asking``; the console is served on loopback as in the tests, each page is asked for
by one browser after another; a run of the whole office works on the same file in a process of its
own until the pages were asked for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from bench import asking
from bench.report import Section, number, table
from tests.worker.console.served import Served, serving
from tests.worker.office import make
from worker.desk.actor import OfficeRole
from worker.store import Store

#: So many times each page is asked for.
TIMES = 40
BAR = 0.300


def pages(code: str) -> dict[str, str]:
    """What is asked for: a title and an address; a branch may not have all of them yet."""
    return {
        "Tổng quan": "/tong-quan",
        "a list behind a number": "/tong-quan/danh-sach/da-tra",
        "its last page": "/tong-quan/danh-sach/da-tra?sau={last}",
        "Việc của tôi": "/viec",
        "one dossier": f"/ho-so/{code}",
        "a search": "/ho-so?tim=nguyen",
        "Hồ sơ chưa khớp": "/ho-so-chua-khop",
        "Xác nhận ghép": "/ghep",
        "Chạy đối soát": "/chay",
        "Nạp sổ": "/nap-so",
        "Báo cáo, số liệu": "/bao-cao",
        "API: findings": "/api/v1/findings",
    }


def section() -> Section:
    with tempfile.TemporaryDirectory(prefix="doisoat-bench-", dir="/tmp") as name:
        office = make(Path(name) / "office")
        with closing(Store.open(f"sqlite:///{office.folder}/data/doisoat.db")) as store:
            code = asking.fill(store)
        return over(office.folder, code)


def over(folder: Path, code: str) -> Section:
    """The pages of an office that was filled, of which one dossier bears the code."""
    with serving(folder) as console:
        quiet = measured(console, code)
        with a_run_going(console) as goes_on:
            busy = measured(console, code)
            went_on = goes_on()
    rows = [
        [title, *(_shown(found.get(title)) for found in (quiet, busy))] for title in pages(code)
    ]
    return Section(
        "pages",
        "Pages of the console over 1,000,000 claims (P11)",
        [
            f"p50 / p95 of {TIMES} requests one after another, then the processor time of one, in",
            "ms; bar: p95 < 300 ms. One SQLite file, as in *What a person asks*; the run goes on",
            f"in a process of its own{'' if went_on else ', and ended before the last page'}.",
            "",
            *table(["page", "nothing else goes on", "a run goes on"], rows),
        ],
    )


Times = tuple[float, float, float]


def measured(console: Served, code: str) -> dict[str, Times | None]:
    """The median, the 95th percentile and the processor time of each page in seconds; None: there
    is no such page. The processor time is that of the server and of who asks."""
    client = console.client(OfficeRole.OFFICER)
    client.timeout = httpx.Timeout(120)
    secret = _token(console)
    found: dict[str, Times | None] = {}
    for title, path in pages(code).items():
        headers = {"Authorization": f"Bearer {secret}"} if path.startswith("/api") else {}
        address = path.format(last=_last(console)) if "{last}" in path else path
        times, worked = [], time.process_time()
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = client.get(address, headers=headers, follow_redirects=True)
            times.append(time.perf_counter() - began)
            if answer.status_code != 200:
                break
        worked = (time.process_time() - worked) / len(times)
        times.sort()
        middle, most = times[len(times) // 2], times[int(len(times) * 0.95)]
        found[title] = (middle, most, worked) if answer.status_code == 200 else None
    return found


def _token(console: Served) -> str:
    from worker.desk import tokens
    from worker.desk.actor import at_the_shell

    with console.house() as house:
        return tokens.make(house, at_the_shell("bench"), "bench").secret


def _last(console: Served) -> str:
    """The key of a line near the end of the list."""
    from sqlalchemy import select

    from worker.store.tables import discrepancy

    with console.house() as house:
        query = select(discrepancy.c.id).order_by(discrepancy.c.id.desc()).limit(1)
        return str(house.store.database.read(lambda connection: connection.scalar(query)))


@contextmanager
def a_run_going(console: Served) -> Iterator[Callable[[], bool]]:
    """A run of the whole office beside; whether it still goes on is told when asked."""
    words = ["run", "--config", str(console.config)]
    process = subprocess.Popen(
        [sys.executable, "-c", asking.START, *words],
        cwd=asking.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(5)  # it has begun to load by then
        yield lambda: process.poll() is None
    finally:
        process.kill()
        process.wait()


def _shown(found: Times | None) -> str:
    if found is None:
        return "not there yet"
    middle, most, worked = found
    late = " **over**" if most > BAR else ""
    wall = f"{number(middle * 1000, 0)} / {number(most * 1000, 0)}"
    return f"{wall}{late}, {number(worked * 1000, 0)}"
