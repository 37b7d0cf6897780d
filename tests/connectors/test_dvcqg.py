"""What is particular to the national portal: look-ups by code, its codes of error, its fields."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from connectors.connector import Codes, Memory
from connectors.errors import SourceRefused
from connectors.network import lookups
from connectors.politeness import Budget
from reconcile.claims import Claim, Procedure, Status
from tests.connectors.contract import TODAY, poll
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


def test_the_worthiest_are_asked_first_and_each_batch_says_whom_it_asked(monkeypatch):
    monkeypatch.setattr(lookups, "BATCH", 10)
    wanted = tuple(reversed(CODES))
    with Portal(copies=[Copy(one.own) for one in CODES[5:]]) as portal:
        snapshots = poll(SITE.connector(portal, max_parallel=1), asked_for(*wanted))
    asked = [own for snapshot in snapshots for own in snapshot.asked]
    assert asked == [one.own for one in wanted]  # those that the portal does not know, too
    assert [len(one.asked) for one in snapshots] == [10, 10, 5]
    assert [one.more_to_come for one in snapshots] == [True, True, False]
    assert [one.swept for one in snapshots] == [False, False, True]


def test_a_slice_that_is_over_begins_no_question_and_keeps_every_answer():
    """What was asked is heard, what was not is left for the next slice: none is asked twice."""
    with Portal(copies=[Copy(one.own) for one in CODES]) as portal:
        budget = Budget(over=lambda: len(portal.asked(dvcqg.SHARE_PATH)) >= 9)
        connector = SITE.connector(portal, max_parallel=3)
        (first,) = poll(connector, replace(asked_for(*CODES), budget=budget))
        heard = {one.own_code for one in first.claims}
        assert first.more_to_come
        assert heard == set(first.asked) == set(portal.served())
        assert 9 <= len(heard) < 25
        rest = tuple(one for one in CODES if one.own not in heard)
        poll(connector, asked_for(*rest))
        assert sorted(portal.served()) == [one.own for one in CODES]


def test_nothing_to_ask_is_no_proof_that_the_portal_answers():
    with Portal() as portal, pytest.raises(SourceRefused):
        poll(SITE.connector(portal, password="sai"), asked_for())
