"""The kinds of sources that stand under the contract, each with its simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from pydantic import SecretStr

from config.sources import DvcltSource, DvcqgSource, HotichSource, IgateSource, OpencpsSource
from connectors.connector import Codes, Memory
from connectors.dvclt import DvcltConnector
from connectors.dvcqg import DvcqgConnector
from connectors.hotich import HotichConnector
from connectors.igate import IgateConnector
from connectors.opencps import OpencpsConnector
from reconcile.claims import Procedure, Role, Status
from tests.connectors.contract import FIRST, HASTE, PAGE, QUICK, Site, Truth, tables
from tests.simulators import dvclt, dvcqg, hotich, igate, opencps

ODD = "Đang bay lên trời"
WORDS = {
    Status.PROCESSING: "Đang xử lý",
    Status.DONE: "Đã có kết quả",
    Status.RETURNED: "Đã trả kết quả",
    Status.SUPPLEMENT_ASKED: "Yêu cầu bổ sung giấy tờ",
}


class IgateSite(Site):
    kind = "igate"
    path = igate.SEARCH_PATH
    login_path = igate.TOKEN_PATH
    secrets = (igate.PASSWORD, "G22.99.09", "Bearer")
    connector_class: type[IgateConnector] = IgateConnector

    def serve(self, truths: Sequence[Truth]) -> igate.Igate:
        start = datetime(FIRST.year, FIRST.month, FIRST.day, 1, tzinfo=UTC)
        return igate.Igate(
            rows=[
                igate.Row(
                    id=f"{number:024x}",
                    code=one.own_code,
                    nation_code=one.national_code,
                    status=WORDS[one.status],
                    applicant=one.applicant,
                    unit=one.unit,
                    received_on=one.received_on,
                    due_on=one.due_on,
                    finished_on=one.finished_on,
                    returned_on=one.returned_on,
                    updated=start + timedelta(hours=3 * number),
                )
                for number, one in enumerate(truths)
            ]
        )

    def source(self, served: igate.Igate, **changes: Any) -> IgateSource:
        facts: dict[str, Any] = {
            "name": "igate",
            "role": Role.ONE_STOP,
            "kind": "igate",
            "base_url": served.url,
            "token_url": f"{served.url}{igate.TOKEN_PATH}",
            "client_id": igate.CLIENT,
            "username": igate.USER,
            "password": SecretStr(igate.PASSWORD),
            "page_size": PAGE,
        }
        return IgateSource(**(facts | HASTE | changes))

    def connector(self, served: igate.Igate, **changes: Any) -> IgateConnector:
        return self.connector_class(self.source(served, **changes), tables(), QUICK)

    def odd_status(self, served: igate.Igate) -> str:
        for row in served.rows:
            served.change(row.code, row.updated, status=ODD)
        return ODD

    def expire(self, served: igate.Igate) -> None:
        served.expire()


class DvcqgSite(Site):
    kind = "dvcqg"
    path = dvcqg.SHARE_PATH
    login_path = dvcqg.LOGIN_PATH
    by_code = True
    holds = (
        "own_code", "status", "applicant", "unit", "received_on", "due_on", "finished_on",
        "returned_on",
    )  # fmt: skip
    secrets = (dvcqg.PASSWORD, "H11.08-24", "G22.99.09")
    connector_class: type[DvcqgConnector] = DvcqgConnector

    def serve(self, truths: Sequence[Truth]) -> dvcqg.Portal:
        return dvcqg.Portal(
            copies=[
                dvcqg.Copy(
                    code=one.own_code,
                    status=int(one.status),
                    applicant=one.applicant,
                    unit=one.unit,
                    received_on=one.received_on,
                    due_on=one.due_on,
                    finished_on=one.finished_on,
                    returned_on=one.returned_on,
                )
                for one in truths
            ]
        )

    def source(self, served: dvcqg.Portal, **changes: Any) -> DvcqgSource:
        facts: dict[str, Any] = {
            "name": "cong",
            "role": Role.PORTAL,
            "kind": "dvcqg",
            "adapter_url": served.url,
            "madonvi": dvcqg.MADONVI,
            "username": dvcqg.USER,
            "password": SecretStr(dvcqg.PASSWORD),
        }
        return DvcqgSource(**(facts | HASTE | changes))

    def connector(self, served: dvcqg.Portal, **changes: Any) -> DvcqgConnector:
        return self.connector_class(self.source(served, **changes), tables(), QUICK)

    def odd_status(self, served: dvcqg.Portal) -> str:
        served.copies = [
            dvcqg.Copy(one.code, status=77, received_on=one.received_on) for one in served.copies
        ]
        return "77"

    def expire(self, served: dvcqg.Portal) -> None:
        served.expire()


class OpencpsSite(Site):
    kind = "opencps"
    path = opencps.LIST_PATH
    logs_in = False
    secrets = (opencps.PASSWORD, "Basic", "H11.08-24")
    words: ClassVar = {
        Status.PROCESSING: ("processing", "processing_200"),
        Status.DONE: ("releasing", ""),
        Status.RETURNED: ("done", ""),
        Status.SUPPLEMENT_ASKED: ("waiting", "waiting_210"),
    }

    def serve(self, truths: Sequence[Truth]) -> opencps.Opencps:
        return opencps.Opencps(rows=[self.item(n, one) for n, one in enumerate(truths)])

    def item(self, number: int, one: Truth) -> dict[str, Any]:
        status, sub = self.words[one.status]
        return {
            "dossierId": number,
            "dossierNo": one.own_code,
            "originDossierNo": one.national_code,
            "dossierStatus": status,
            "dossierSubStatus": sub,
            "serviceCode": "1.001193",
            "serviceName": "Đăng ký khai sinh",
            "govAgencyCode": "H11.08",
            "govAgencyName": one.unit,
            "applicantName": one.applicant,
            "receiveDate": written(one.received_on),
            "dueDate": written(one.due_on),
            "releaseDate": written(one.finished_on),
            "finishDate": written(one.returned_on),
            "modifiedDate": written(FIRST + timedelta(days=number // 4)),
        }

    def connector(self, served: opencps.Opencps, **changes: Any) -> OpencpsConnector:
        facts: dict[str, Any] = {
            "name": "opencps",
            "role": Role.ONE_STOP,
            "kind": "opencps",
            "base_url": served.url,
            "group_id": opencps.GROUP,
            "username": opencps.USER,
            "password": SecretStr(opencps.PASSWORD),
            "page_size": PAGE,
        }
        return OpencpsConnector(OpencpsSource(**(facts | HASTE | changes)), tables(), QUICK)

    def odd_status(self, served: opencps.Opencps) -> str:
        for row in served.rows:
            row |= {"dossierStatus": "interoperating", "dossierSubStatus": ""}
        return "interoperating"


class HotichSite(Site):
    kind = "hotich"
    path = hotich.ASK_PATH
    by_code = True
    logs_in = False
    holds = ("own_code", "national_code", "status", "finished_on")
    secrets = (hotich.PASSWORD, "Basic", "H11.08-24")
    numbers: ClassVar = {
        Status.PROCESSING: 3,
        Status.DONE: "4",
        Status.NOT_ACCEPTED: "6",
        Status.SUPPLEMENT_ASKED: 2,
    }

    def world(self, size: int) -> list[Truth]:
        """It knows no hand-over; a refusal stands in for it."""
        return [
            replace(one, status=Status.NOT_ACCEPTED, finished_on=None)
            if one.status is Status.RETURNED
            else one
            for one in super().world(size)
        ]

    def serve(self, truths: Sequence[Truth]) -> hotich.Hotich:
        return hotich.Hotich(
            rows={
                one.own_code: {
                    "maHoSoMCDT": one.own_code,
                    "maHoSoLT": one.national_code,
                    "trangThai": self.numbers[one.status],
                    "thoiGianThucHien": written(one.finished_on),
                    "ketQuaXuLy": None,
                }
                for one in truths
            }
        )

    def memory(self, truths: Sequence[Truth], **more: Any) -> Memory:
        codes = tuple(
            Codes(one.own_code, one.national_code, procedure=Procedure.BIRTH) for one in truths
        )
        return replace(super().memory(truths, **more), codes=codes)

    def connector(self, served: hotich.Hotich, **changes: Any) -> HotichConnector:
        facts: dict[str, Any] = {
            "name": "hotich",
            "role": Role.CIVIL_STATUS,
            "kind": "hotich",
            "base_url": served.url,
            "path": hotich.ASK_PATH,
            "province": hotich.PROVINCE,
            "username": hotich.USER,
            "password": SecretStr(hotich.PASSWORD),
        }
        return HotichConnector(HotichSource(**(facts | HASTE | changes)), tables(), QUICK)

    def odd_status(self, served: hotich.Hotich) -> str | None:
        return None  # a state that nobody knows means: it is not there


class DvcltSite(Site):
    kind = "dvclt"
    path = dvclt.DETAIL_PATH
    login_path = dvclt.TOKEN_PATH
    holds = ("own_code", "national_code", "status", "applicant", "received_on")
    secrets = (dvclt.PASSWORD, "Bearer", "H11.08-24")
    numbers: ClassVar = {
        Status.PROCESSING: 7,
        Status.DONE: "4",
        Status.RETURNED: 5,
        Status.SUPPLEMENT_ASKED: "2",
    }

    def serve(self, truths: Sequence[Truth]) -> dvclt.Hub:
        return dvclt.Hub(
            items=[
                {
                    "id": number,
                    "maDonVi": 23257,
                    "maTTHC": "2.000986",
                    "module": "KS",
                    "maHoSo": one.own_code,
                    "maHoSoMCDT": one.national_code,
                    "ngayTiepNhan": written(one.received_on),
                    "trangThai": self.numbers[one.status],
                }
                for number, one in enumerate(truths)
            ],
            forms={
                f"{number}": {"nycHoTen": one.applicant, "nksHoTen": "Lê Thị Mẫu"}
                for number, one in enumerate(truths)
            },
        )

    def connector(self, served: dvclt.Hub, **changes: Any) -> DvcltConnector:
        facts: dict[str, Any] = {
            "name": "lienthong",
            "role": Role.HUB,
            "kind": "dvclt",
            "base_url": served.url,
            "token_path": dvclt.TOKEN_PATH,
            "list_path": dvclt.LIST_PATH,
            "username": dvclt.USER,
            "password": SecretStr(dvclt.PASSWORD),
        }
        return DvcltConnector(DvcltSource(**(facts | HASTE | changes)), tables(), QUICK)

    def odd_status(self, served: dvclt.Hub) -> str:
        for item in served.items:
            item["trangThai"] = 99
        return "99"

    def expire(self, served: dvclt.Hub) -> None:
        served.expire()


def written(day: date | None) -> str:
    return "" if day is None else f"{day:%d/%m/%Y} 08:15:00"


SITES: tuple[Site, ...] = (IgateSite(), DvcqgSite(), OpencpsSite(), HotichSite(), DvcltSite())
