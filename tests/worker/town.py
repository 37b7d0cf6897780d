"""An office whose sources and mail server keep ledgers of their own, outside of the system.

Forty dossiers in an iGate, their copies at the portal, a register on paper that grows, heads of
units who are written to. Everybody is invented by the seeded generator.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from reconcile.scope import Scope
from tests.simulators import dvcqg, igate
from tests.simulators.people import People
from tests.worker.office import REGISTER, write
from tests.worker.services import PATIENCE, SERVICE, Service
from tests.worker.smtp_server import Sink, serving
from worker.clock import Clock
from worker.house import House
from worker.run.requests import Request
from worker.service import queue

UNITS = "code,name,recipient,role,email\n90001,Xã Sông Trà,,Chủ tịch UBND,xa1@x.example\n"
#: What the clerk types.
PAPER = "inbox/so-giay/so.xlsx"
CONFIG = """
[office]
name = "UBND huyện Thử Nghiệm"

[[sources]]
name = "cong"
role = "portal"
kind = "dvcqg"
adapter_url = "{portal}"
madonvi = "{madonvi}"
username = "{portal_user}"
password_file = "secrets/cong"
requests_per_second = {rate}
max_parallel = {parallel}

[[sources]]
name = "igate"
role = "one_stop"
kind = "igate"
base_url = "{one_stop}"
token_url = "{one_stop}{token}"
client_id = "{client}"
username = "{user}"
password_file = "secrets/igate"
agencies = ["a1"]
page_size = {page}
requests_per_second = {rate}
max_parallel = {parallel}

[[sources]]
name = "so-giay"
role = "register"
kind = "register"
path = "inbox/so-giay/*.xlsx"

[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "doisoat@huyen.example"
it = ["cntt@huyen.example"]
days = "all"
at = "00:00"
"""


@dataclass
class Town:
    """The office, and what stands outside of it."""

    service: Service
    one_stop: igate.Igate
    portal: dvcqg.Portal
    sink: Sink
    handed_over: int = 0

    @property
    def pending(self) -> list[igate.Row]:
        return [row for row in self.one_stop.rows if row.returned_on is None]

    def hand_over(self, more: int = 1) -> None:
        """So many more results are handed over on paper, and the clerk types them."""
        self.handed_over += more
        self.type_in(self.pending[: self.handed_over], PAPER)

    def type_in(self, rows: Sequence[igate.Row], file: str) -> None:
        """The clerk types that these were handed over; the file appears as a whole."""
        typed = [
            {
                "STT": str(number),
                "Mã hồ sơ": row.code,
                "Tên TTHC": row.procedure,
                "Đơn vị": row.unit,
                "Người được khai sinh": row.subject,
                "Ngày nhận": f"{row.received_on:%d/%m/%Y}",
                "Ngày trả": f"{row.due_on:%d/%m/%Y}",
            }
            for number, row in enumerate(rows, start=1)
        ]
        half = self.service.folder / "so.xlsx.part"
        write(half, REGISTER, typed)
        half.replace(self.service.folder / file)

    def slow(self, seconds: float) -> None:
        """Both systems take their time for every answer: a run can be struck in the middle."""
        self.one_stop.latency = self.portal.latency = seconds

    def ask(self, house: House, *, send: bool = True, units: frozenset[str] | None = None) -> str:
        """A run that reads everything again; of today, as those of the schedule are."""
        request = Request(Scope(as_of=Clock().today(), units=units), sweep=True, formats=("json",))
        run_id = queue.ask(house, request, by="test").run_id
        if send:
            queue.hint(house.settings, run_id, patience=PATIENCE)
        return run_id


def _every_day() -> str:
    """Mails go out whatever day the tests run on."""
    days = [Clock().today() + timedelta(days=number) for number in (-1, 0, 1)]
    return "date,kind,note\n" + "".join(f"{day:%d/%m/%Y},work,thử\n" for day in days)


@contextlib.contextmanager
def town(
    folder: Path,
    *,
    database: str,
    broker_url: str,
    seed: int = 5,
    count: int = 40,
    rate: float = 2000,
    parallel: int = 4,
    page: int = 10,
) -> Iterator[Town]:
    """So many dossiers, a quarter of them closed on both sides; nothing is served yet.

    ``rate`` and ``parallel`` are the politeness: requests a second, and at a time.
    """
    people = People(Random(seed))
    rows = []
    for number, row in enumerate(igate.rows(count)):
        parent = people.adult("nữ", date(2024, 1, 1))
        one = replace(
            row,
            applicant=parent.name,
            applicant_id=parent.id,
            mother=parent.name,
            subject=people.adult("nam", date(2024, 1, 1)).name,
        )
        if number % 4 == 3:
            one = replace(
                one, status="Đã trả kết quả", finished_on=one.due_on, returned_on=one.due_on
            )
        rows.append(one)
    copies = [
        dvcqg.Copy(
            row.nation_code or row.code,
            status=10 if row.returned_on else 4,
            applicant=row.applicant,
            applicant_id=row.applicant_id,
            received_on=row.received_on,
        )
        for row in rows
    ]
    sink = Sink()
    with (
        igate.Igate(rows=rows) as one_stop,
        dvcqg.Portal(copies=copies) as portal,
        serving(sink) as mail,
    ):
        for name, secret in (("igate", igate.PASSWORD), ("cong", dvcqg.PASSWORD)):
            (folder / "secrets").mkdir(parents=True, exist_ok=True)
            (folder / "secrets" / name).write_text(secret)
        (folder / "inbox/so-giay").mkdir(parents=True)
        (folder / "tables").mkdir()
        (folder / "tables/units.csv").write_text(UNITS, "utf-8")
        (folder / "tables/calendar.csv").write_text(_every_day(), "utf-8")
        text = CONFIG.format(
            portal=portal.url,
            madonvi=dvcqg.MADONVI,
            portal_user=dvcqg.USER,
            one_stop=one_stop.url,
            token=igate.TOKEN_PATH,
            client=igate.CLIENT,
            user=igate.USER,
            mail=mail,
            rate=rate,
            parallel=parallel,
            page=page,
        )
        service = Service(folder)
        service.config.write_text(
            text + SERVICE.format(database=database, broker=broker_url), "utf-8"
        )
        made = Town(service, one_stop, portal, sink)
        made.hand_over(5)
        try:
            yield made
        finally:
            service.stop()
            assert one_stop.writes() == []
            assert portal.writes() == []
