"""A new vendor's connector under the whole contract, and what its links may not do."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.errors import SourceGarbled
from reconcile.claims import Role
from tests.connectors.contract import HASTE, PAGE, QUICK, Check, Site, Truth, checks, failed, tables
from tests.connectors.fifth_vendor import AbcConnector, AbcSource
from tests.connectors.sites import ODD, WORDS
from tests.simulators.web import Fault, Reply, Request, Simulator

USER, PASSWORD = "doisoat", "mat-khau-bi-mat-abc"


@dataclass
class Abc(Simulator):
    records: list[dict[str, Any]] = field(default_factory=list)

    READS_BY_POST = ("/dang-nhap",)

    def __post_init__(self) -> None:
        Simulator.__init__(self)
        self.tokens: set[str] = set()

    def reply(self, request: Request) -> Reply:
        if request.path == "/api/dang-nhap":
            if request.json() != {"ten": USER, "mat_khau": PASSWORD}:
                return Reply({}, 401)
            self.tokens.add(token := secrets.token_hex(8))
            return Reply({"khoa": token})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Reply({}, 401)
        if request.path != "/api/ho-so":
            raise LookupError(request.path)
        at = int(request.query.get("tu", "0"))
        shown, rest = self.records[at : at + PAGE], len(self.records) - at - PAGE
        return Reply(
            {
                "ho_so": shown,
                "tong_so": len(self.records),
                "tiep_theo": f"ho-so?tu={at + PAGE}" if rest > 0 else None,
            },
            served=tuple(one["ma"] for one in shown),
        )


class AbcSite(Site):
    kind = "abc"
    path = "/api/ho-so"
    login_path = "/api/dang-nhap"
    increments = False
    secrets = (PASSWORD, "Bearer", "H11.08-24")

    def serve(self, truths: Sequence[Truth]) -> Abc:
        return Abc(
            records=[
                {
                    "ma": one.own_code,
                    "ma_quoc_gia": one.national_code,
                    "tinh_trang": WORDS[one.status],
                    "nguoi_nop": one.applicant,
                    "don_vi": one.unit,
                    "nhan": written(one.received_on),
                    "hen": written(one.due_on),
                    "xong": written(one.finished_on),
                    "tra": written(one.returned_on),
                }
                for one in truths
            ]
        )

    def connector(self, served: Abc, **changes: Any) -> AbcConnector:
        facts: dict[str, Any] = {
            "name": "abc",
            "role": Role.ONE_STOP,
            "kind": "abc",
            "base_url": f"{served.url}/api",
            "username": USER,
            "password": SecretStr(PASSWORD),
        }
        return AbcConnector(AbcSource(**(facts | HASTE | changes)), tables(), QUICK)

    def odd_status(self, served: Abc) -> str:
        for one in served.records:
            one["tinh_trang"] = ODD
        return ODD

    def expire(self, served: Abc) -> None:
        served.tokens.clear()


def written(day: date | None) -> str | None:
    return f"{day:%d/%m/%Y}" if day else None


SITE = AbcSite()


@pytest.mark.parametrize(("site", "check"), list(checks([SITE])))
def test_the_contract(site: Site, check: Check):
    check(site)


def test_a_link_to_another_host_is_not_followed():
    class Stranger(Simulator):
        def reply(self, request: Request) -> Reply:
            return Reply({"ho_so": [], "tong_so": 0})

    truths = SITE.world(25)
    with Stranger() as stranger, SITE.serve(truths) as served:
        served.faults.append(
            Fault(
                lambda said: replace(
                    said, body=said.body | {"tiep_theo": f"{stranger.url}/api/ho-so"}
                ),
                path=SITE.path,
            )
        )
        error = failed(SITE.connector(served), SITE.memory(truths))
        assert stranger.ledger == []
    assert isinstance(error, SourceGarbled)


def test_a_list_that_goes_round_for_ever_ends(monkeypatch):
    monkeypatch.setattr("tests.connectors.fifth_vendor.MOST_PORTIONS", 5)
    truths = SITE.world(25)
    with SITE.serve(truths) as served:
        served.faults.append(
            Fault(lambda said: replace(said, body=said.body | {"tiep_theo": "ho-so"}), SITE.path)
        )
        assert isinstance(failed(SITE.connector(served), SITE.memory(truths)), SourceGarbled)


def test_it_is_as_short_as_promised():
    lines = (Path(__file__).parent / "fifth_vendor.py").read_text("utf-8").count("\n")
    assert lines < 150
