"""P11: how long a page of the console takes in an office of a million claims while a run goes on.

The office of ``asking``, with its units and their heads, the first page of its last run, dossiers
that nobody could decide, a period that somebody counted. The console is served on loopback as in
the tests, each page is asked for by one browser after another; a run of the whole office works on
the same file in a process of its own until the pages were asked for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import Connection, insert

from bench import asking
from bench.report import Section, number, table
from reconcile.claims import Claim
from reconcile.figures.frozen import Placed
from reconcile.figures.standing import Column, SubLine
from reconcile.periods import period
from tests.worker.console.served import Served, serving
from tests.worker.making import NOW
from tests.worker.office import make
from tests.worker.reports_sample import sample_facts
from worker.desk.actor import OfficeRole
from worker.reports import known
from worker.reports.contents import UnitRow, build
from worker.reports.run_page import pack_page
from worker.reports.undecided import UndecidedRow
from worker.run import periods
from worker.store import Store
from worker.store.periods import PeriodDraft
from worker.store.tables import run_page, undetermined

#: So many times each page is asked for.
TIMES = 40
BAR = 0.300


#: Units of the office: enough for the commune of each dossier of ``asking``.
UNITS = 90
UNIT = "3{:04}"
UNDECIDED = 3_000
PERIOD = "2024-Q1"


def pages(code: str) -> dict[str, str]:
    """What is asked for: a title and an address; every page of the menu is among them."""
    return {
        "Tổng quan": "/tong-quan",
        "a list behind a number": "/ho-so-chua-khop/da-tra",
        "its last page": "/ho-so-chua-khop/da-tra?sau={last}",
        "Việc của tôi": "/viec",
        "a pile": "/viec/phan/ket-thuc-tren-mot-cua",
        "Hồ sơ chưa khớp": "/ho-so-chua-khop",
        "Chưa kết luận": "/chua-ket-luan",
        "one dossier": f"/ho-so/{code}",
        "a search": "/ho-so?tim=nguyen",
        "a search of a rare name": "/ho-so?tim=nguyen van minh an",
        "Nạp sổ": "/nap-so",
        "Sổ khai đủ": "/so-du",
        "Độ phủ": "/do-phu",
        "Quét giấy tiếp nhận": "/quet",
        "Xác nhận ghép": "/ghep",
        "Chạy đối soát": "/chay",
        "Báo cáo, số liệu": "/bao-cao",
        "a period": f"/bao-cao?ky={PERIOD}",
        "a cell of its form": f"/bao-cao/ho-so?ky={PERIOD}&o=overdue",
        "Soi xét": f"/soi-xet?ky={PERIOD}",
        "Kiểm tra chọn mẫu": "/kiem-tra",
        "Thông báo": "/thong-bao",
        "Gửi danh sách": "/gui-xa",
        "Thư đã gửi": "/thu",
        "Quản trị": "/quan-tri",
        "Tài khoản": "/quan-tri/tai-khoan",
        "API: findings": "/api/v1/findings",
    }


#: Who asks for what an officer may not see.
OTHERS = {
    "/soi-xet": OfficeRole.INSPECTOR,
    "/kiem-tra": OfficeRole.INSPECTOR,
    "/thu": OfficeRole.ADMIN,
    "/quan-tri": OfficeRole.ADMIN,
}


def filled(folder: Path) -> str:
    """The office in that folder; the code of a dossier that has a finding."""
    office = make(folder)
    lines = [
        f"{UNIT.format(at)},Xã Mẫu {at},Chủ tịch,ct{at}@example.invalid" for at in range(UNITS)
    ]
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    (tables / "units.csv").write_text("\n".join(["code,name,role,email", *lines]), "utf-8")
    said = asking.Invented(unit=UNIT)
    with closing(Store.open(f"sqlite:///{office.folder}/data/doisoat.db")) as store:
        code = asking.fill(store, said)
        _write_beside(store, said)
    return code


def _write_beside(store: Store, said: asking.Invented) -> None:
    """What a run leaves beside its findings, and a period that was counted."""
    contents = build(sample_facts())
    kept = pack_page(msgspec.structs.replace(contents, units=tuple(map(_unit, range(UNITS)))))
    every = list(islice(said.dossiers(), asking.DOSSIERS // 10))
    rows = [_undecided(one) for one in every[-UNDECIDED:]]
    days = period(PERIOD)
    placed = tuple(_placed(one) for one in every)
    draft = PeriodDraft(
        days.starts, days.ends, PERIOD, 0, NOW, periods.pack(periods.Kept(placed, ()))
    )

    def act(connection: Connection) -> None:
        connection.execute(insert(run_page), {"run_id": "r1", "payload": kept})
        connection.execute(insert(undetermined), rows)

    store.database.write(act)
    store.periods.keep_draft(draft, actor="bench", at=NOW)


def _unit(at: int) -> UnitRow:
    return UnitRow(f"Xã Mẫu {at}", None, None, None, 660, 10, 40, 700, 33)


def _undecided(of: Claim) -> dict[str, object]:
    row = UndecidedRow(
        of.key, of.own_code, of.unit, "Đăng ký khai sinh", "N.V.A.", of.received_on, of.due_on, 40,
        "Đang xử lý", "sổ chưa khai đủ", "sổ chưa khai đủ", "Khai sổ đã nhập đủ", "", of.unit,
    )  # fmt: skip
    payload = known.pack_undecided(row)
    return {"anchor": of.key, "unit_key": of.unit, "due_on": of.due_on, "payload": payload}


def _placed(of: Claim) -> Placed:
    """Every third dossier stands elsewhere by the paper."""
    moved = int(of.key.rpartition(".")[2]) % 3 == 0
    return Placed(
        of.key, of.own_code, of.unit, of.procedure.value, False, False, Column.OVERDUE,
        SubLine.NONE, Column.ON_TIME if moved else Column.OVERDUE, SubLine.NONE, due_on=of.due_on,
    )  # fmt: skip


def section() -> Section:
    with tempfile.TemporaryDirectory(prefix="doisoat-bench-", dir="/tmp") as name:
        folder = Path(name) / "office"
        return over(folder, filled(folder))


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
    roles = {OfficeRole.OFFICER, *OTHERS.values()}
    clients = {role: console.client(role) for role in roles}
    secret = _token(console)
    found: dict[str, Times | None] = {}
    for title, path in pages(code).items():
        asks = next((role for begins, role in OTHERS.items() if path.startswith(begins)), None)
        client = clients[asks or OfficeRole.OFFICER]
        client.timeout = httpx.Timeout(120)
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
