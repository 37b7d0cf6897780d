"""The kinds of sources that stand under the contract, each with its simulator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from config.sources import DvcqgSource, IgateSource
from connectors.dvcqg import DvcqgConnector
from connectors.igate import IgateConnector
from reconcile.claims import Role, Status
from tests.connectors.contract import FIRST, HASTE, PAGE, QUICK, Site, Truth, tables
from tests.simulators import dvcqg, igate

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


SITES: tuple[Site, ...] = (IgateSite(), DvcqgSite())
