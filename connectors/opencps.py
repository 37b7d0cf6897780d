"""``opencps``: OpenCPS 2, a one-stop software; its REST list of dossiers, read in pages.

Wire facts: days are text in local time (or milliseconds); ``releaseDate`` is the end of processing
and ``finishDate`` the return; a return date counts only where the dossier is said to be returned;
"0000-00-00" is no date. Statuses are words, a sub-status ("processing_200") says more.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from config.sources import OpencpsSource
from config.tables import Tables
from connectors.cells import VIETNAM
from connectors.connector import Memory
from connectors.passes import Listing, Page, read_list
from connectors.transport import Patience, Transport, get
from connectors.wire import Dossiers, Said, Understood
from reconcile.claims import Snapshot

ONLINE = "Trực tuyến"
WRITTEN = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
MILLISECONDS = 12  # digits, at least
Day = str | int | None


class Item(msgspec.Struct, rename="camel", gc=False):
    """One dossier of the list."""

    dossier_id: int | str
    dossier_no: str | None = None
    origin_dossier_no: str | None = None
    dossier_status: str | None = None
    dossier_sub_status: str | None = None
    service_code: str | None = None
    service_name: str | None = None
    gov_agency_code: str | None = None
    gov_agency_name: str | None = None
    applicant_name: str | None = None
    applicant_id_no: str | None = None
    online: bool | None = None
    dossier_name: str | None = None
    submit_date: Day = None
    receive_date: Day = None
    due_date: Day = None
    extend_date: Day = None
    release_date: Day = None
    finish_date: Day = None
    modified_date: Day = None
    # As the converter of some sharing gateways writes the same facts.
    success_date: Day = None
    returned_date: Day = None
    is_returned: bool | None = None


class Found(msgspec.Struct):
    total: int
    data: list[Item]


class OpencpsConnector:
    """Reads the dossiers of one group (đơn vị triển khai)."""

    def __init__(
        self, source: OpencpsSource, tables: Tables, patience: Patience | None = None
    ) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One snapshot: everything, or what changed since the last poll and a little more."""
        source, budget = self.source, memory.budget
        dossiers = Dossiers(source, self.tables)
        with Transport(source, source.base_url, self.patience, budget) as transport:

            def page(_unit: str, number: int) -> Page[Item]:
                return self._page(transport, number, source.page_size)

            def understood(item: Item) -> Understood:
                return dossiers.understood(_said(item))

            listing = Listing(page, understood, source.overlap_days, memory.today, budget)
            read = read_list(listing, ("",), source, self.tables, memory)
        yield read.snapshot(dossiers, read.found.items)

    def knock(self) -> str:
        """Ask for the first dossier."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            page = self._page(transport, 0, 1)
        return f"Đăng nhập được, có {page.total} hồ sơ."

    def _page(self, transport: Transport, number: int, size: int) -> Page[Item]:
        secret = self.source.password.get_secret_value() if self.source.password else ""
        token = base64.b64encode(f"{self.source.username}:{secret}".encode()).decode()
        first = number * size
        query = [("start", f"{first}"), ("end", f"{first + size}")]
        query += [("sort", "modified"), ("order", "true")]
        url = f"{transport.base}{self.source.api_path}/dossiers"
        headers = {"Authorization": f"Basic {token}", "groupId": self.source.group_id}
        answer = transport.answer(get(url, query, **headers), Found)
        return Page(
            items={f"{item.dossier_id}": item for item in answer.data},
            stamps={f"{item.dossier_id}": _stamp(item.modified_date) for item in answer.data},
            count=len(answer.data),
            before=first,
            size=size,
            last=first + len(answer.data) >= answer.total,
            total=answer.total,
        )


def _said(item: Item) -> Said:
    returned = item.finish_date
    if item.is_returned:
        returned = returned or item.returned_date
    elif item.is_returned is False:
        returned = None  # ReturnedDate repeats the due date there
    return Said(
        id=f"{item.dossier_id}",
        own_code=item.dossier_no or "",
        national_code=item.origin_dossier_no or "",
        procedure_code=item.service_code or "",
        procedure_name=item.service_name or "",
        unit=item.gov_agency_name or item.gov_agency_code or "",
        applicant=item.applicant_name or "",
        applicant_id=item.applicant_id_no or "",
        channel=ONLINE if item.online else "",
        submitted_on=_day(item.submit_date),
        received_on=_day(item.receive_date),
        due_on=_day(item.due_date),
        new_due_on=_day(item.extend_date),
        finished_on=_day(item.release_date or item.success_date),
        returned_on=_day(returned),
        statuses=(item.dossier_sub_status or "", item.dossier_status or ""),
        note=item.dossier_name or "",
    )


def _day(said: Day) -> str:
    """Milliseconds since 1970 made a moment; text stays for the common reading."""
    text = "" if said is None else f"{said}".strip()
    if text.isdigit() and MILLISECONDS <= len(text) <= MILLISECONDS + 2:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
        return moment.isoformat(timespec="seconds")
    return text


def _stamp(said: Day) -> str:
    """The moment of the last change with its zone; empty where it cannot be read."""
    text = _day(said)
    for form in WRITTEN:
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM).isoformat()
        except ValueError:
            continue
    return text
