"""``opencps``: OpenCPS 2, a one-stop software; its REST list of dossiers, read in pages.

Wire facts: days are text in local time (or milliseconds); ``releaseDate`` is the end of processing
and ``finishDate`` the return; a return date counts only where the dossier is said to be returned;
"0000-00-00" is no date. Statuses are words, a sub-status ("processing_200") says more.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from config.office_tables import Tables
from config.sources import OpencpsSource
from connectors.cells import VIETNAM
from connectors.connector import Memory
from connectors.errors import SourceGarbled
from connectors.network.answers import flag, told, whole
from connectors.network.paging import Listing, Page, read_list
from connectors.network.transport import Patience, Transport, get
from connectors.said import Dossiers, Said, Understood
from reconcile.claims import Snapshot

ONLINE = "Trực tuyến"
WRITTEN = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
MILLISECONDS = 12  # digits, at least


class OpencpsDossier(msgspec.Struct, rename="camel", gc=False):
    """One dossier of the list."""

    dossier_id: int | str
    dossier_no: Any = None
    origin_dossier_no: Any = None
    dossier_status: Any = None
    dossier_sub_status: Any = None
    service_code: Any = None
    service_name: Any = None
    gov_agency_code: Any = None
    gov_agency_name: Any = None
    applicant_name: Any = None
    applicant_id_no: Any = None
    online: Any = None  # a flag, which its own model declares as text
    dossier_name: Any = None
    submit_date: Any = None
    receive_date: Any = None
    due_date: Any = None
    extend_date: Any = None
    release_date: Any = None
    finish_date: Any = None
    modified_date: Any = None
    # As the converter of some sharing gateways writes the same facts.
    success_date: Any = None
    returned_date: Any = None
    is_returned: Any = None


class DossierList(msgspec.Struct):
    total: int | str
    data: list[OpencpsDossier]


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
        step = source.page_size
        with Transport(source, source.base_url, self.patience, budget) as transport:

            def page(_unit: str, number: int) -> Page[OpencpsDossier]:
                nonlocal step
                found = self._page(transport, number, step)
                if number == 0 and found.count and not found.last:
                    step = found.count  # it may give fewer at once than we ask for
                return replace(found, size=step)

            def understood(item: OpencpsDossier) -> Understood:
                return dossiers.understood(_said(item))

            listing = Listing(page, understood, source.overlap_days, memory.today, budget)
            read = read_list(listing, ("",), source, self.tables, memory)
        yield read.snapshot(dossiers, read.found.items)

    def knock(self) -> str:
        """Ask for the first dossier."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            page = self._page(transport, 0, 1)
        return f"Đăng nhập được, có {page.total} hồ sơ."

    def _page(self, transport: Transport, number: int, size: int) -> Page[OpencpsDossier]:
        secret = self.source.password.get_secret_value() if self.source.password else ""
        token = base64.b64encode(f"{self.source.username}:{secret}".encode()).decode()
        first = number * size
        query = [("start", f"{first}"), ("end", f"{first + size}")]
        query += [("sort", "modified"), ("order", "true")]
        url = f"{transport.base}{self.source.api_path}/dossiers"
        headers = {"Authorization": f"Basic {token}", "groupId": self.source.group_id}
        answer = transport.answer(get(url, query, **headers), DossierList)
        total = whole(answer.total)
        if total is None:
            raise SourceGarbled("OpenCPS không báo tổng số hồ sơ.", "total")
        return Page(
            items={f"{item.dossier_id}": item for item in answer.data},
            stamps={f"{item.dossier_id}": _stamp(item.modified_date) for item in answer.data},
            count=len(answer.data),
            before=first,
            size=size,
            last=first + len(answer.data) >= total,
            total=total,
        )


def _said(item: OpencpsDossier) -> Said:
    returned = item.finish_date
    is_returned = flag(item.is_returned)
    if is_returned:
        returned = returned or item.returned_date
    elif is_returned is False:
        returned = None  # ReturnedDate repeats the due date there
    return Said(
        id=f"{item.dossier_id}",
        own_code=told(item.dossier_no),
        national_code=told(item.origin_dossier_no),
        procedure_code=told(item.service_code),
        procedure_name=told(item.service_name),
        unit=told(item.gov_agency_name) or told(item.gov_agency_code),
        applicant=told(item.applicant_name),
        applicant_id=told(item.applicant_id_no),
        channel=ONLINE if flag(item.online) else "",
        submitted_on=_day(item.submit_date),
        received_on=_day(item.receive_date),
        due_on=_day(item.due_date),
        new_due_on=_day(item.extend_date),
        finished_on=_day(item.release_date or item.success_date),
        returned_on=_day(returned),
        statuses=(told(item.dossier_sub_status), told(item.dossier_status)),
        note=told(item.dossier_name),
    )


def _day(said: Any) -> str:
    """Milliseconds since 1970 made a moment; text stays for the common reading."""
    text = told(said).strip()
    number = whole(text)
    if number is not None and MILLISECONDS <= len(text) <= MILLISECONDS + 2:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
        return moment.isoformat(timespec="seconds")
    return text


def _stamp(said: Any) -> str:
    """The moment of the last change with its zone; empty where it cannot be read."""
    text = _day(said)
    for form in WRITTEN:
        try:
            return datetime.strptime(text, form).replace(tzinfo=VIETNAM).isoformat()
        except ValueError:
            continue
    return text
