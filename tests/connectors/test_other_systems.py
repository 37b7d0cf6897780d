"""What is particular to OpenCPS, the hub and the civil-status system."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.connector import Codes
from connectors.errors import SourceGarbled
from connectors.hotich import HotichConnector
from reconcile.claims import Claim, Procedure, Status
from tests.connectors.contract import claims, poll, world
from tests.connectors.sites import DvcltSite, HotichSite, OpencpsSite
from tests.simulators import dvclt
from tests.simulators.web import Fault, Reply

ONE = world(1)


def opencps_claim(**facts: Any) -> Claim:
    site = OpencpsSite()
    with site.serve(ONE) as served:
        served.rows[0] |= facts
        (claim,) = claims(poll(site.connector(served), site.memory(ONE)))
    return claim


def test_a_return_date_counts_only_where_it_is_returned():
    """Some gateways repeat the due date as the return date."""
    due = {"returnedDate": "2024-01-03T17:00:00.000+0700", "finishDate": ""}
    assert opencps_claim(**due, isReturned=False).returned_on is None
    assert opencps_claim(**due).returned_on is None
    assert opencps_claim(**due, isReturned=True).returned_on == date(2024, 1, 3)


def test_the_sentinel_is_no_date():
    claim = opencps_claim(releaseDate="", successDate="0000-00-00T00:00:00.000+0700")
    assert claim.finished_on is None


def test_milliseconds_are_a_day_in_viet_nam():
    # 2024-01-01T17:30:00Z is half past midnight of the second.
    assert opencps_claim(receiveDate=1704130200000).received_on == date(2024, 1, 2)
    assert opencps_claim(receiveDate="1704130200000").received_on == date(2024, 1, 2)


def test_a_sub_status_says_more_and_its_number_nothing():
    claim = opencps_claim(dossierStatus="processing", dossierSubStatus="processing_200")
    assert claim.status is Status.PROCESSING
    assert opencps_claim(dossierStatus="posting", dossierSubStatus="").status is Status.UNKNOWN


def test_the_release_is_the_end_and_the_finish_the_return():
    claim = opencps_claim(releaseDate="03/01/2024 10:00:00", finishDate="05/01/2024 10:00:00")
    assert (claim.finished_on, claim.returned_on) == (date(2024, 1, 3), date(2024, 1, 5))


def hotich_claims(procedure: Procedure, *rows: dict[str, Any], **more: Any) -> list[Claim]:
    site = HotichSite()
    with site.serve([]) as served:
        served.rows = {row["maHoSoMCDT"]: row for row in rows}
        codes = tuple(Codes(row["maHoSoMCDT"], procedure=procedure) for row in rows)
        memory = replace(site.memory([]), codes=codes)
        found = claims(poll(site.connector(served, **more), memory))
        assert served.writes() == []
    return found


BIRTH = {
    "soDinhDanh": "060224001234",
    "ngayDangKy": "05/01/2024",
    "soDangKy": "12",
    "quyenSo": "01/2024",
    "trangSo": "12",
    "nksHoTen": {"Ho": "DƯƠNG", "ChuDem": "THỊ", "Ten": "TUYẾT ANH"},
    "nksNgaySinh": {"namSinh": "2021", "thangSinh": "6", "ngaySinh": "24"},
    "meHoTen": "HOÀNG THỊ MẪU ",
}


@pytest.mark.parametrize("wrap", [json.dumps, dict], ids=["text", "object"])
@pytest.mark.parametrize("state", [4, "4"])
def test_a_registration_is_number_book_page_and_day(wrap: Any, state: Any):
    row = {"maHoSoMCDT": "H11.08-240102-0001", "trangThai": state, "ketQuaXuLy": wrap(BIRTH)}
    (claim,) = hotich_claims(Procedure.BIRTH, row)
    assert (claim.number, claim.book, claim.page) == ("12", "01/2024", "12")
    assert claim.registered_on == date(2024, 1, 5)
    assert (claim.subject, claim.birth_date) == ("DƯƠNG THỊ TUYẾT ANH", "2021-06-24")
    assert (claim.mother, claim.subject_id) == ("HOÀNG THỊ MẪU", "060224001234")
    assert (claim.status, claim.procedure) == (Status.DONE, Procedure.BIRTH)


def test_a_death_is_read_from_its_own_fields():
    result = {"nktHoTen": "Lê Văn Mẫu", "nktNgayChet": "03.01.2024", "soDangKy": "3"}
    row = {"maHoSoMCDT": "H11.08-240102-0001", "trangThai": 4, "ketQuaXuLy": json.dumps(result)}
    (claim,) = hotich_claims(Procedure.DEATH_LINKED, row)
    assert (claim.subject, claim.death_date) == ("Lê Văn Mẫu", "2024-01-03")
    assert claim.procedure is Procedure.DEATH_LINKED


def test_any_other_state_means_that_it_is_not_there():
    row = {"maHoSoMCDT": "H11.08-240102-0001", "trangThai": 9}
    assert hotich_claims(Procedure.BIRTH, row) == []


def test_never_more_than_three_codes_and_one_class_a_question():
    site, asked = HotichSite(), []
    truths = world(10)
    with site.serve([replace(one, status=Status.PROCESSING) for one in truths]) as served:
        classes = (Procedure.BIRTH, Procedure.DEATH, Procedure.OTHER)
        codes = tuple(
            Codes(one.own_code, procedure=classes[number // 4]) for number, one in enumerate(truths)
        )
        connector = site.connector(served)
        question = connector._question

        class Watched(HotichConnector):
            def _question(self, group: Any) -> Any:
                asked.append(tuple(one.procedure for one in group))
                return question(group)

        watched = Watched(connector.source, connector.tables, connector.patience)
        found = claims(poll(watched, replace(site.memory([]), codes=codes)))
    assert len(found) == 8  # the two of another class are not asked for
    assert sorted(map(len, asked)) == [1, 1, 3, 3]
    assert all(len(set(group)) == 1 for group in asked)


def hub(form: dict[str, str], **item: Any) -> dvclt.Hub:
    site = DvcltSite()
    served = site.serve(ONE)
    served.items[0] |= item
    served.forms["0"] = form
    return served


def hub_claim(form: dict[str, str], **item: Any) -> Claim:
    site = DvcltSite()
    with hub(form, **item) as served:
        (claim,) = claims(poll(site.connector(served), site.memory(ONE)))
        assert served.writes() == []  # above all, nothing is acknowledged
    return claim


def test_the_hubs_form_is_xml_in_json_in_json():
    form = {
        "nycHoTen": "Trần Thị Hòa",
        "nksHoTen": "Lê & Mẫu <An>",
        "nksNgaySinh": "24.06.2023",
        "nksGioiTinh": "Nữ",
        "meHoTen": "Trần Thị Hòa",
        "meNgaySinh": "1999",
    }
    claim = hub_claim(form)
    assert (claim.subject, claim.birth_date) == ("Lê & Mẫu <An>", "2023-06-24")
    assert (claim.mother, claim.mother_birth_year, claim.sex) == ("Trần Thị Hòa", "1999", "nữ")
    assert claim.procedure is Procedure.BIRTH_LINKED
    assert claim.unit == "23257"


def test_the_hubs_deaths():
    claim = hub_claim({"nktHoTen": "Lê Văn Mẫu", "nktNgayChet": "2024"}, module="KT", maTTHC="")
    assert (claim.subject, claim.death_date) == ("Lê Văn Mẫu", "2024")
    assert claim.procedure is Procedure.DEATH_LINKED


@pytest.mark.parametrize(
    "xml",
    [
        "<hoSo><hoTich>",
        "<hoSo/>",
        '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]><hoSo>&c;</hoSo>',
        "",
    ],
)
def test_a_form_that_is_broken_is_garbled(xml: str):
    site = DvcltSite()
    said = Reply({"data": {"data": json.dumps({"data": xml})}})
    with hub({}) as served:
        served.faults.append(Fault(lambda _said: said, dvclt.DETAIL_PATH))
        with pytest.raises(SourceGarbled):
            poll(site.connector(served), site.memory(ONE))


def test_an_entity_reads_no_file(tmp_path):
    (tmp_path / "bi-mat").write_text("BI-MAT")
    xml = (
        f'<!DOCTYPE a [<!ENTITY b SYSTEM "file://{tmp_path}/bi-mat">]>'
        "<hoSo><hoTich><nksHoTen>&b;</nksHoTen></hoTich></hoSo>"
    )
    site = DvcltSite()
    said = Reply({"data": {"data": json.dumps({"data": xml})}})
    with hub({}) as served:
        served.faults.append(Fault(lambda _said: said, dvclt.DETAIL_PATH))
        (claim,) = claims(poll(site.connector(served), site.memory(ONE)))
    assert "BI-MAT" not in repr(claim)


def test_a_list_that_is_cut_is_not_complete():
    site = DvcltSite()
    with hub({}) as served:
        served.faults.append(Fault(lambda _said: Reply({"data": None}), dvclt.LIST_PATH))
        with pytest.raises(SourceGarbled):
            poll(site.connector(served), site.memory(ONE))
