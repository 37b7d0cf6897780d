"""What is particular to the national portal: look-ups by code, its codes of error, its fields."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.connector import Codes, FileMemory, Memory
from connectors.errors import SourceRefused
from connectors.network import lookups
from connectors.network.paging import fingerprint
from reconcile.claims import Claim, Procedure, Snapshot, Status
from tests.connectors.contract import TODAY, poll, tables
from tests.connectors.sites import DvcqgSite
from tests.simulators import dvcqg
from tests.simulators.dvcqg import Copy, Portal
from tests.simulators.web import Fault, Reply

SITE = DvcqgSite()
OURS, THEIRS = "H11.08-240102-0001", "G22.99.09-240114-0001"


def asked_for(*codes: Codes, **more: Any) -> Memory:
    return Memory(today=TODAY, sweep=True, codes=codes, **more)


def read(portal: Portal, *codes: Codes, **more: Any) -> list[Claim]:
    with portal:
        snapshots = poll(
            SITE.connector(portal, **more), asked_for(*codes or (Codes(OURS, THEIRS),))
        )
        assert portal.writes() == []
    return [claim for snapshot in snapshots for claim in snapshot.claims]


def test_the_own_code_first_then_the_national_one():
    portal = Portal(copies=[Copy(THEIRS)])
    (claim,) = read(portal)
    assert claim.own_code == THEIRS
    assert len(portal.asked(dvcqg.SHARE_PATH)) == 2
    portal = Portal(copies=[Copy(OURS), Copy(THEIRS)])
    (claim,) = read(portal)
    assert claim.own_code == OURS
    assert len(portal.asked(dvcqg.SHARE_PATH)) == 1


def test_what_the_portal_does_not_know_is_no_claim():
    assert read(Portal()) == []


@pytest.mark.parametrize("as_text", [True, False])
def test_error_codes_are_numbers_or_text(as_text: bool):
    assert len(read(Portal(copies=[Copy(OURS)], text_codes=as_text))) == 1


def test_the_codes_destination_may_stand_in_a_header():
    assert len(read(Portal(copies=[Copy(OURS)]), dstcode_in="header")) == 1


def test_a_session_the_portal_calls_over_is_renewed():
    """It says so with 200 and an error code of its own."""
    over = Reply({"error_code": "-3", "message": "Phiên làm việc đã hết hạn"})
    portal = Portal(copies=[Copy(OURS), Copy(THEIRS)])
    portal.faults.append(Fault(lambda _said: over, dvcqg.SHARE_PATH, times=1, after=1))
    assert len(read(portal, Codes(OURS), Codes(THEIRS), max_parallel=1)) == 2
    assert len(portal.asked(dvcqg.LOGIN_PATH)) == 2


def test_a_portal_that_always_calls_the_session_over_is_left_alone():
    """A login for every question could lock the account."""
    over = Reply({"error_code": -3, "message": "Phiên làm việc đã hết hạn"})
    portal = Portal(copies=[Copy(OURS)])
    portal.faults.append(Fault(lambda _said: over, dvcqg.SHARE_PATH))
    with portal, pytest.raises(SourceRefused):
        poll(SITE.connector(portal), asked_for(Codes(OURS)))
    assert len(portal.asked(dvcqg.LOGIN_PATH)) == 2


def test_an_error_that_says_not_found_is_not_found():
    portal = Portal()
    missing = Reply({"error_code": 5, "message": "Không tìm thấy hồ sơ"})
    portal.faults.append(Fault(lambda _said: missing, dvcqg.SHARE_PATH))
    assert read(portal) == []


def test_another_error_is_a_refusal_without_its_message():
    """The portal's message may name people."""
    portal = Portal()
    odd = Reply({"error_code": 99, "message": "Lỗi với ông Nguyễn Văn Mẫu"})
    portal.faults.append(Fault(lambda _said: odd, dvcqg.SHARE_PATH))
    with portal, pytest.raises(SourceRefused, match="mã 99") as told:
        poll(SITE.connector(portal), asked_for(Codes(OURS)))
    assert "Mẫu" not in str(told.value)


def test_fields_may_bear_other_names():
    names = {"TrangThaiHoSo": "STATUS", "ChuHoSo": "TenNguoiNop", "NgayTiepNhan": "ngaytiepnhan"}
    copy = Copy(OURS, status=10, applicant="Trần Thị B", received_on=date(2024, 1, 2))
    said = {"TrangThaiHoSo": "STATUS", "ChuHoSo": "tennguoinop"}
    (claim,) = read(Portal(copies=[copy], names=names), fields=said)
    assert (claim.status, claim.applicant) == (Status.RETURNED, "Trần Thị B")
    assert claim.received_on == date(2024, 1, 2)


def test_the_placeholder_is_nobodys_number():
    (claim,) = read(Portal(copies=[Copy(OURS, applicant_id="000000001")]))
    assert claim.applicant_id == ""
    (claim,) = read(Portal(copies=[Copy(OURS, applicant_id="060190001234")]))
    assert claim.applicant_id == "060190001234"


def test_a_code_in_the_subject_line_links():
    line = "Liên thông khai sinh (G22.99.08-260921-896048)"
    (claim,) = read(Portal(copies=[Copy(OURS, subject_line=line)]))
    assert claim.national_code == "G22.99.08-260921-896048"


def test_the_procedures_suffix_is_dropped():
    (claim,) = read(Portal(copies=[Copy(OURS, procedure_code="2.002621.000.00.00.H11")]))
    assert (claim.procedure_code, claim.procedure) == ("2.002621", Procedure.BIRTH_LINKED)


def test_another_dossier_in_the_answer_is_not_ours():
    portal = Portal()
    other = Reply({"error_code": 0, "result": [{"MaHoSo": "H56.14-240823-0001"}]})
    portal.faults.append(Fault(lambda _said: other, dvcqg.SHARE_PATH))
    assert read(portal) == []


def test_a_status_may_go_backwards():
    portal = Portal(copies=[Copy(OURS, status=10)])
    with portal:
        connector = SITE.connector(portal)
        (before,) = poll(connector, asked_for(Codes(OURS)))
        portal.copies = [Copy(OURS, status=2)]
        (after,) = poll(connector, asked_for(Codes(OURS)))
    assert [one.claims[0].status for one in (before, after)] == [Status.RETURNED, Status.ACCEPTED]


CODES = tuple(Codes(f"H11.08-240102-{number:04d}") for number in range(25))


def remembered(last: Snapshot, **more: Any) -> Memory:
    facts = {"files": {"": FileMemory(last.fingerprint, 25)}, "cursor": last.cursor}
    return Memory(**({"today": TODAY, "codes": CODES} | facts | more))


def test_settled_dossiers_are_asked_for_only_in_a_sweep(monkeypatch):
    settled = tuple(replace(one, settled=number % 2 == 0) for number, one in enumerate(CODES))
    with Portal(copies=[Copy(one.own) for one in CODES]) as portal:
        connector = SITE.connector(portal)
        last = poll(connector, asked_for(*settled))[-1]
        assert len(portal.served()) == 25
        assert last.swept
        portal.ledger.clear()
        again = poll(connector, remembered(last, codes=settled))[-1]
        assert len(portal.served()) == 12
        assert not again.swept


def test_what_is_understood_in_another_way_is_asked_for_again():
    settled = tuple(replace(one, settled=True) for one in CODES)
    with Portal(copies=[Copy(one.own) for one in CODES]) as portal:
        connector = SITE.connector(portal)
        first = poll(connector, asked_for(*settled))[-1]
        assert first.fingerprint == fingerprint(connector.source, tables())
        other = replace(first, fingerprint="as it was understood before")
        portal.ledger.clear()
        assert poll(connector, remembered(other, codes=settled))[-1].swept
        assert len(portal.served()) == 25


def test_a_poll_that_broke_off_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(lookups, "BATCH", 10)
    with Portal(copies=[Copy(one.own) for one in CODES]) as portal:
        connector = SITE.connector(portal, max_parallel=1)
        reading = connector.fetch(asked_for(*CODES))
        first = next(reading)
        reading.close()
        assert first.more_to_come
        portal.ledger.clear()
        rest = poll(connector, remembered(first, sweep=True))
        assert {claim.own_code for one in rest for claim in one.claims} == {
            one.own for one in CODES[10:]
        }
        assert not rest[-1].more_to_come
        # On another day it begins anew: what was answered then is old.
        again = poll(connector, remembered(first, sweep=True, today=date(2024, 4, 1)))
        assert sum(len(one.claims) for one in again) == 25


def test_nothing_to_ask_is_no_proof_that_the_portal_answers():
    with Portal() as portal, pytest.raises(SourceRefused):
        poll(SITE.connector(portal, password="sai"), asked_for())
