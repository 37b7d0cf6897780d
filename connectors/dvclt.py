"""``dvclt``: the hub of linked services (Phần mềm dịch vụ công liên thông).

The list gives each dossier's codes and unit, the detail its people: it is asked for where the row
of the list is not as it was when the detail was last read, and for all of them in a sweep. Taking
a dossier over is acknowledged to the hub by the one-stop software; we never do, we only look. Wire
facts: the unit is the statistics code as a number; the detail is JSON inside text, and XML inside
that JSON; dates are "dd.MM.yyyy" or a year alone; statuses run 1 → 3 → 7 → 4 → 5, and 6 is a
refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import quote

import msgspec
from lxml import etree

from config.office_tables import Tables
from config.sources import DvcltSource
from connectors.connector import Codes, Memory
from connectors.errors import SourceGarbled
from connectors.network.answers import inside, told
from connectors.network.paging import ListPoll, polled
from connectors.network.sessions import Session
from connectors.network.transport import Ask, Patience, Transport, by_json, get
from connectors.politeness import Budget
from connectors.said import Dossiers, Said, row_digest
from reconcile.claims import Snapshot
from reconcile.text.codes import normal

BATCH = 100  # details that are taken in together
DETAILS = "chi tiết hồ sơ"
SESSION_SECONDS = 600.0  # where the hub does not say how long its token lives


class DvcltToken(msgspec.Struct):
    token: str


class DvcltDossier(msgspec.Struct):
    """One dossier of the list."""

    id: int | str
    maHoSo: str | int  # noqa: N815 - wire names
    maDonVi: Any = None  # noqa: N815
    maTTHC: Any = None  # noqa: N815
    module: Any = None
    ngayTiepNhan: Any = None  # noqa: N815
    trangThai: Any = None  # noqa: N815
    maHoSoMCDT: Any = None  # noqa: N815


class HubList(msgspec.Struct):
    data: list[DvcltDossier]


class Text(msgspec.Struct):
    data: str | dict[str, Any] | None = None


class Detail(msgspec.Struct):
    data: Text | None = None


class DvcltConnector:
    """Reads the list, then the details of what moved in it, several at a time."""

    def __init__(
        self, source: DvcltSource, tables: Tables, patience: Patience | None = None
    ) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """Everything that the hub lists, or what is new and what moved there; a snapshot a batch
        where that is much."""
        source, budget = self.source, memory.budget
        with Transport(source, source.base_url, self.patience, budget) as transport:
            session = Session(lambda: self._login(transport))
            listed = self._get(transport, session, self.source.list_path, HubList).data
            reading = polled(self.source, self.tables, memory)
            if reading.is_shrunk(len(listed)):
                yield reading.shrunk(len(listed))
                return
            moved = self._moved(listed, memory.codes)
            if reading.last and not _fits(budget, len(listed)):
                reading = replace(reading, since=reading.last)  # a sweep that has to wait
            wanted = moved if reading.since else listed
            if budget is not None and not _fits(budget, len(wanted)):
                raise budget.spent(len(wanted))

            def detailed(item: DvcltDossier) -> Said:
                path = self.source.detail_path.replace("{id}", quote(f"{item.id}", safe=""))
                return _said(item, _form(self._get(transport, session, path, Detail)))

            if memory.left or len(wanted) > BATCH:
                parts = self._in_parts(transport, reading, wanted, detailed, memory)
                for part in parts:
                    yield replace(part, announced=len(listed))
                return
            dossiers = Dossiers(self.source, self.tables)
            dossiers.extend(transport.all(wanted, detailed))
        yield reading.snapshot(dossiers, f"{memory.today}", len(listed))

    def _in_parts(
        self,
        transport: Transport,
        reading: ListPoll,
        wanted: Sequence[DvcltDossier],
        detailed: Callable[[DvcltDossier], Said],
        memory: Memory,
    ) -> Iterator[Snapshot]:
        """A snapshot a batch of details, in the order of codes, so that the next slice can go on;
        two dossiers of one code are never parted, for their order tells them apart."""
        ordered = sorted(wanted, key=_code_of)
        groups = [list(same) for _, same in groupby(ordered, key=_code_of)]
        left = [same for same in groups if not memory.left or _code_of(same[0]) > memory.left]
        if not left:  # the list became shorter meanwhile
            over = reading.snapshot(
                Dossiers(self.source, self.tables), f"{memory.today}", part=DETAILS
            )
            yield replace(over, swept=not reading.since)
        while left:
            batch, rest = left[:BATCH], left[BATCH:]
            said = transport.all(batch, lambda same: [detailed(one) for one in same])
            heard = list(said)
            rest = [*batch[len(heard) :], *rest]  # what the end of the slice left out
            dossiers = Dossiers(self.source, self.tables)
            for same in heard:
                dossiers.extend(same)
            snapshot = reading.snapshot(dossiers, f"{memory.today}", part=DETAILS)
            yield replace(
                snapshot,
                more_to_come=bool(rest),
                swept=not rest and not reading.since,
                cursor=reading.last if rest else snapshot.cursor,
                left=_code_of(batch[len(heard) - 1][0]) if rest and heard else memory.left,
                total=len(wanted),
            )
            if len(heard) < len(batch):
                return
            left = rest

    def _moved(self, listed: Sequence[DvcltDossier], codes: Iterable[Codes]) -> list[DvcltDossier]:
        """What the list says otherwise than when its details were last read, or for the first time.

        Of a code that stands for two dossiers both are asked for: their order tells them apart.
        """
        known = {(_name(one.own, one.national), one.listed) for one in codes}
        rows = [(_code_of(item), item) for item in listed]
        moved = {name for name, item in rows if (name, self._row(item)) not in known}
        return [item for name, item in rows if name in moved]

    def _row(self, item: DvcltDossier) -> str:
        """As the claim of this row would say it."""
        return row_digest(Dossiers(self.source, self.tables).understood(_said(item, {})).claim)

    def knock(self) -> str:
        """Log in."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            Session(lambda: self._login(transport)).ticket()
        return "Đăng nhập được."

    def _login(self, transport: Transport) -> tuple[str, float]:
        secret = self.source.password.get_secret_value() if self.source.password else ""
        body = {"userName": self.source.username, "password": secret}
        url = f"{transport.base}{self.source.token_path}"
        return transport.login(by_json(url, body), DvcltToken).token, SESSION_SECONDS

    def _get(self, transport: Transport, session: Session, path: str, kind: type[Any]) -> Any:
        def asking(token: str) -> Ask:
            return get(f"{transport.base}{path}", Authorization=f"Bearer {token}")

        return transport.answer_in(session, asking, kind)


def _fits(budget: Budget | None, questions: int) -> bool:
    return budget is None or budget.left is None or questions <= budget.left


def _code_of(item: DvcltDossier) -> str:
    return _name(told(item.maHoSo), told(item.maHoSoMCDT))


def _name(own: str, national: str) -> str:
    """One name for a dossier, however its code is written."""
    code = own.strip() or national.strip()
    return normal(code) or code


def _said(item: DvcltDossier, form: Mapping[str, str]) -> Said:
    module = told(item.module).strip().upper()
    death = module.endswith("KT")
    who = "nkt" if death else "nks"
    return Said(
        id=f"{item.id}",
        own_code=told(item.maHoSo),
        national_code=told(item.maHoSoMCDT),
        procedure_code=told(item.maTTHC),
        procedure_hint=f"LT{module}" if module in ("KS", "KT") else module,
        unit=told(item.maDonVi),
        applicant=form.get("nycHoTen", ""),
        applicant_id=form.get("nycSoGiayToTuyThan", ""),
        subject=form.get(f"{who}HoTen", ""),
        subject_id=form.get("nktSoGiayToTuyThan", "") if death else "",
        birth_date=form.get(f"{who}NgaySinh", ""),
        death_date=form.get("nktNgayChet", ""),
        sex=form.get(f"{who}GioiTinh", ""),
        mother=form.get("meHoTen", ""),
        mother_birth_year=form.get("meNgaySinh", ""),
        father=form.get("chaHoTen", ""),
        channel="Trực tuyến",
        received_on=told(item.ngayTiepNhan),
        statuses=(told(item.trangThai),),
    )


def _form(detail: Detail) -> Mapping[str, str]:
    """The fields of the civil-status form: XML in JSON in JSON. Raises SourceGarbled."""
    try:
        said = inside(detail.data.data if detail.data else None)
    except ValueError:
        raise SourceGarbled("Chi tiết hồ sơ liên thông không đọc được.", "data") from None
    xml = said.get("data") if isinstance(said, Mapping) else None
    if not isinstance(xml, str):
        raise SourceGarbled("Chi tiết hồ sơ liên thông thiếu phần tờ khai.", "data.data")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(
            xml.strip().removeprefix("\ufeff").encode("utf-8", "replace"), parser
        )
    except (etree.XMLSyntaxError, ValueError):
        raise SourceGarbled("Tờ khai liên thông không phải XML hợp lệ.", "hoTich") from None
    form = root if root.tag == "hoTich" else root.find(".//hoTich")
    if form is None:
        raise SourceGarbled("Tờ khai liên thông thiếu phần hộ tịch.", "hoTich")
    return {str(one.tag): (one.text or "").strip() for one in form if isinstance(one.tag, str)}
