"""A connector for a new vendor, as an engineer of an office would write it: docs/connectors.md.

"Một cửa ABC" is invented. It hands its list out in portions: each names the next by a link.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import msgspec

from config.fields import Address
from config.office_tables import Tables
from config.sources import PolledSource
from connectors.connector import Memory
from connectors.errors import SourceGarbled
from connectors.network.paging import polled
from connectors.network.sessions import Session
from connectors.network.transport import Ask, Patience, Transport, by_json, get
from connectors.said import Dossiers, Said
from reconcile.claims import Role, Snapshot

MOST_PORTIONS = 10_000


class AbcSource(PolledSource):
    """Its settings: what every polled source has, and its address."""

    kind: Literal["abc"]
    ROLES: ClassVar = (Role.ONE_STOP,)
    base_url: Address


# The wire: only here do its words stand. What is not declared is ignored; what is missing or of
# another type makes the answer garbled.


class Key(msgspec.Struct):
    khoa: str


class Record(msgspec.Struct):
    ma: str
    ma_quoc_gia: str | None = None
    tinh_trang: str | None = None
    nguoi_nop: str | None = None
    don_vi: str | None = None
    nhan: str | None = None
    hen: str | None = None
    xong: str | None = None
    tra: str | None = None


class Portion(msgspec.Struct):
    ho_so: list[Record]
    tong_so: int
    tiep_theo: str | None = None


class AbcConnector:
    """Reads the whole list, portion by portion."""

    def __init__(self, source: AbcSource, tables: Tables, patience: Patience | None = None) -> None:
        self.source = source
        self.tables = tables
        self.patience = patience

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One snapshot; a list that is shorter than it says is no list."""
        with Transport(
            self.source, self.source.base_url, self.patience, memory.budget
        ) as transport:
            session = Session(lambda: self._login(transport))
            records: dict[str, Record] = {}
            link: str | None = "ho-so"
            for _ in range(MOST_PORTIONS):
                if link is None:
                    break
                portion = self._portion(transport, session, link)
                records |= {record.ma: record for record in portion.ho_so}
                link, total = portion.tiep_theo, portion.tong_so
            if link is not None or len(records) != total:
                raise SourceGarbled("Danh sách của một cửa ABC không trọn vẹn.", "tong_so")
            dossiers = Dossiers(self.source, self.tables).extend(map(_said, records.values()))
        yield polled(self.source, self.tables, memory).snapshot(dossiers, cursor="")

    def knock(self) -> str:
        """Log in."""
        with Transport(self.source, self.source.base_url, self.patience) as transport:
            Session(lambda: self._login(transport)).ticket()
        return "Đăng nhập được."

    def _login(self, transport: Transport) -> tuple[str, float]:
        password = self.source.password
        secret = password.get_secret_value() if password else ""
        body = {"ten": self.source.username, "mat_khau": secret}
        return transport.login(by_json(f"{transport.base}/dang-nhap", body), Key).khoa, 300.0

    def _portion(self, transport: Transport, session: Session, link: str) -> Portion:
        def asking(token: str) -> Ask:
            return get(transport.follow(link), Authorization=f"Bearer {token}")

        return transport.answer_in(session, asking, Portion)


def _said(record: Record) -> Said:
    return Said(
        own_code=record.ma,
        national_code=record.ma_quoc_gia or "",
        applicant=record.nguoi_nop or "",
        unit=record.don_vi or "",
        received_on=record.nhan or "",
        due_on=record.hen or "",
        finished_on=record.xong or "",
        returned_on=record.tra or "",
        statuses=(record.tinh_trang or "",),
    )
