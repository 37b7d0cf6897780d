"""What is particular to iGate: its dates, its names, its agencies, its token."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from config.sources import IgateSource
from connectors.connector import Memory
from connectors.errors import SourceRefused
from connectors.igate import Item, Language, Named, _name, _said
from reconcile.claims import Channel, Claim, Procedure, Status
from tests.connectors.contract import TODAY
from tests.connectors.sites import IgateSite
from tests.simulators import igate
from tests.simulators.web import Fault

SITE = IgateSite()
ROW = igate.rows(1)[0]


def read(*rows: igate.Row, **more: Any) -> list[Claim]:
    with igate.Igate(rows=list(rows)) as served:
        (snapshot,) = SITE.connector(served, **more).fetch(Memory(today=TODAY, sweep=True))
    return list(snapshot.claims)


def spoilt(change: Any) -> Claim:
    """One dossier whose item on the wire is changed."""

    def spoil(said: Any) -> Any:
        content = [change(one) for one in said.body["content"]]
        return replace(said, body=said.body | {"content": content})

    with igate.Igate(rows=[ROW]) as served:
        served.faults.append(Fault(spoil, igate.SEARCH_PATH))
        (snapshot,) = SITE.connector(served).fetch(Memory(today=TODAY, sweep=True))
    (claim,) = snapshot.claims
    return claim


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2004-12-31T17:00:00.000+0000", date(2005, 1, 1)),
        ("2024-01-02T16:59:59.000+0000", date(2024, 1, 2)),
        ("2024-01-02T00:00:00.000+0700", date(2024, 1, 2)),
        ("2024-01-02T23:59:59.000+07:00", date(2024, 1, 2)),
        ("2024-01-01T17:00:00Z", date(2024, 1, 2)),
        ("0000-00-00T00:00:00.000+0700", None),
        (None, None),
    ],
)
def test_a_moment_is_a_day_in_viet_nam(written: str | None, day: date | None):
    assert spoilt(lambda item: item | {"acceptedDate": written}).received_on == day


def test_a_day_that_cannot_be_read_is_told_and_the_dossier_counts():
    with igate.Igate(rows=[ROW]) as served:
        served.faults.append(
            Fault(
                lambda said: replace(
                    said,
                    body=said.body
                    | {"content": [said.body["content"][0] | {"completedDate": "hôm qua"}]},
                ),
                igate.SEARCH_PATH,
            )
        )
        (snapshot,) = SITE.connector(served).fetch(Memory(today=TODAY, sweep=True))
    assert len(snapshot.claims) == 1
    (told,) = snapshot.rejected
    assert (told.column, told.kept) == ("finished_on", True)
    assert "hôm qua" not in told.reason


def test_both_codes_come_along():
    (claim,) = read(replace(ROW, nation_code="G22.99.08-260921-896048"))
    assert (claim.own_code, claim.national_code) == (ROW.code, "G22.99.08-260921-896048")


@pytest.mark.parametrize(
    ("kind", "code", "procedure"),
    [
        ("LTKS", "", Procedure.BIRTH_LINKED),
        ("LTKT", "", Procedure.DEATH_LINKED),
        ("KT", "", Procedure.DEATH),
        ("BS", "", Procedure.OTHER),
        ("KS", "2.002621.000.00.00.H11", Procedure.BIRTH_LINKED),
    ],
)
def test_the_class_is_told_by_code_else_by_kind(kind: str, code: str, procedure: Procedure):
    (claim,) = read(replace(ROW, kind=kind, procedure_code=code, procedure="Thủ tục"))
    assert claim.procedure is procedure


def test_names_are_text_or_a_list_of_languages():
    english, ours = Language("Processing", 46), Language("Đang xử lý", 228)
    assert _name(Named(name="Đang xử lý")) == "Đang xử lý"
    assert _name(Named(name=[english, ours])) == "Đang xử lý"
    assert _name(Named(name=[english])) == "Processing"
    assert _name(Named(translate={"name": [{"languageId": "228", "name": "Khai sinh"}]}))
    assert _name(Named(translate=[{"languageId": 228, "name": "Khai sinh"}])) == "Khai sinh"
    assert _name(Named()) == ""


def test_a_status_is_mapped_by_name_and_never_by_its_number():
    (claim,) = read(replace(ROW, status="Một trạng thái riêng của tỉnh"))
    assert claim.status is Status.UNKNOWN  # its id is 2 on the wire


def test_the_task_tells_where_the_status_does_not():
    said = _said(
        Item("1", dossier_status=Named(5, name="???"), dossier_task_status=Named(name="Đã trả"))
    )
    assert said.statuses == ("???", "Đã trả", "5")


def test_people_channel_and_ids():
    row = replace(
        ROW,
        applicant="LÊ  VĂN A ",
        applicant_id="60199001234",
        mother="Trần Thị Bình",
        birth_date="2024",
        channel="Trực tuyến",
    )
    (claim,) = read(row)
    assert claim.applicant == "LÊ VĂN A"
    assert claim.applicant_id == "060199001234"
    assert (claim.mother, claim.birth_date) == ("Trần Thị Bình", "2024")
    assert claim.channel is Channel.ONLINE


def test_every_agency_is_read_and_only_those():
    rows = [*igate.rows(12), *igate.rows(7, agency="a2"), *igate.rows(5, agency="a3")]
    rows = [replace(row, code=f"{row.code}{index}") for index, row in enumerate(rows)]
    assert len(read(*rows, agencies=("a1", "a2"))) == 19
    assert len(read(*rows)) == 24


def test_a_client_secret_is_enough():
    source = IgateSource(
        name="igate", role="one_stop", kind="igate", base_url="http://x.vn",
        token_url="http://x.vn/t", client_id="c", grant="client_credentials",
        client_secret="bi-mat",
    )  # fmt: skip
    assert "bi-mat" not in repr(source)
    asked: list[Any] = []

    class Transport:
        def login(self, ask: Any, kind: Any) -> Any:
            asked.append(ask)
            return kind("t", 300.0)

    SITE.connector_class(source, None)._login(Transport())  # type: ignore[arg-type]
    (one,) = asked
    assert one.body == b"grant_type=client_credentials&client_id=c&client_secret=bi-mat"
    assert "bi-mat" not in repr(one)


def test_a_wrong_password_is_tried_once():
    with igate.Igate(rows=[ROW]) as served:
        connector = SITE.connector(served, password="sai")
        with pytest.raises(SourceRefused):
            list(connector.fetch(Memory(today=TODAY, sweep=True)))
        assert len(served.ledger) == 1
