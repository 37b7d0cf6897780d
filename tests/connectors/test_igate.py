"""What is particular to iGate: its dates, its names, its agencies, its token."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from config.sources import IgateSource
from connectors.connector import Codes, FileMemory, Memory
from connectors.errors import SourceRefused
from connectors.igate import IgateDossier, Named, _name, _said
from reconcile.claims import Channel, Claim, Procedure, Sent, Snapshot, Status, Verdict
from tests.connectors.contract import TODAY
from tests.connectors.sites import IgateSite
from tests.simulators import igate, web
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
    english = {"languageId": 46, "name": "Processing"}
    ours = {"languageId": 228, "name": "Đang xử lý"}
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
        IgateDossier(
            "1", dossier_status=Named(5, name="???"), dossier_task_status=Named(name="Đã trả")
        )
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


# The status trail

LINKED = "G22.99.09-240114-0001"
OK = {"status": 200, "title": "Cập nhật thành công"}
WRONG_ORDER = {"status": 400, "errors": {"soHoSoLT": ["Logic xử lý không hợp lệ"]}}
AGAIN = {"status": 400, "errors": {"soHoSoLT": ["Hồ sơ đã có kết quả xử lý. Không thể cập nhật"]}}
LATER = {"status": 400, "title": "Chưa cập nhật trạng thái trước đó"}


def linked(code: str, number: int = 1, **more: Any) -> igate.Row:
    facts = {"nation_code": f"G22.99.09-240114-{number:04d}", "kind": "LTKS"}
    facts |= {"procedure_code": "2.002621", "procedure": "Liên thông khai sinh"}
    return replace(ROW, id=f"x{number}", code=code, **(facts | more))


def at(day: int) -> datetime:
    return datetime(2024, 1, day, 2, tzinfo=UTC)


def polls(served: igate.Igate, memory: Memory) -> Snapshot:
    (snapshot,) = SITE.connector(served, trail=True).fetch(memory)
    assert served.writes() == []
    return snapshot


def asked_logs(served: igate.Igate) -> list[str]:
    return [entry.query["nationCode"] for entry in served.asked(igate.LOG_PATH)]


def test_the_trail_of_a_pending_linked_dossier_is_read():
    steps = [(1, at(3), OK), (3, at(4), LATER), (3, at(5), AGAIN), (4, at(6), WRONG_ORDER)]
    rows = [
        linked("H1-240103-0001"),
        linked("H1-240103-0002", 2, status="Đã trả kết quả"),
        replace(ROW, id="x3", code="H1-240103-0003"),
    ]
    with igate.Igate(rows=rows, trails={LINKED: steps}) as served:
        snapshot = polls(served, Memory(today=TODAY, sweep=True))
        assert asked_logs(served) == [LINKED]  # what is done, or not linked, is not asked for
    trails = {claim.own_code: claim.trail for claim in snapshot.claims}
    assert trails["H1-240103-0001"] == (
        Sent(1, date(2024, 1, 3), Verdict.TAKEN),
        Sent(3, date(2024, 1, 5), Verdict.TAKEN),
        Sent(4, date(2024, 1, 6), Verdict.OUT_OF_ORDER),
    )
    assert trails["H1-240103-0002"] == trails["H1-240103-0003"] == ()


def test_without_the_setting_no_log_is_asked_for():
    with igate.Igate(rows=[linked("H1-240103-0001")]) as served:
        list(SITE.connector(served).fetch(Memory(today=TODAY, sweep=True)))
        assert asked_logs(served) == []


def test_trails_are_read_once_a_day_and_only_what_moved_is_told():
    rows = [linked(f"H1-240103-{number:04d}", number) for number in range(1, 4)]
    trails = {row.nation_code: [(1, at(3), OK)] for row in rows}
    with igate.Igate(rows=rows, trails=trails) as served:
        first = polls(served, Memory(today=TODAY, sweep=True))
        codes = tuple(
            Codes(one.own_code, one.national_code, trail=one.trail) for one in first.claims
        )
        facts = {"files": {"": FileMemory(first.fingerprint, 3)}, "codes": codes}
        memory = Memory(today=TODAY, cursor=first.cursor, **facts)
        served.rows = [
            replace(rows[0], updated=at(20), status="Chờ bổ sung"),
            *(replace(row, updated=at(1)) for row in rows[1:]),
        ]
        for row in rows[1:]:
            trails[row.nation_code] = trails[row.nation_code] + [(3, at(9), OK)]
        served.ledger.clear()
        same_day = polls(served, memory)
        assert set(asked_logs(served)) <= {row.nation_code for row in rows}
        # The next day: all of them once, and the two that only moved at the hub are told whole.
        served.ledger.clear()
        tomorrow = TODAY + timedelta(days=1)
        next_day = polls(served, replace(memory, today=tomorrow, cursor=same_day.cursor))
        assert sorted(asked_logs(served)) == sorted(row.nation_code for row in rows)
        told = {claim.own_code: claim for claim in next_day.claims}
        assert len(told) == 3
        assert [len(told[row.code].trail) for row in rows] == [1, 2, 2]
        assert told[rows[1].code].applicant == rows[1].applicant
        # And once more on that day: nobody is asked for but what stands in the overlap.
        assert next_day.cursor.endswith(f"|{tomorrow}")


def test_a_log_that_cannot_be_read_never_spoils_the_list():
    rows = [linked("H1-240103-0001"), linked("H1-240103-0002", 2)]
    known = (Sent(1, date(2024, 1, 3), Verdict.TAKEN),)
    with igate.Igate(rows=rows) as served:
        served.faults.append(Fault(web.status(404), igate.LOG_PATH))
        codes = (Codes(rows[0].code, rows[0].nation_code, trail=known),)
        snapshot = polls(served, Memory(today=TODAY, sweep=True, codes=codes))
        assert snapshot.trail_problem
        served.faults.clear()
        facts = {"files": {"": FileMemory(snapshot.fingerprint, 2)}, "codes": codes}
        again = polls(served, Memory(today=TODAY, cursor=snapshot.cursor, **facts))
        assert again.trail_problem == ""
    assert snapshot.complete
    assert {claim.own_code: claim.trail for claim in snapshot.claims} == {
        rows[0].code: known,
        rows[1].code: (),
    }
    assert snapshot.cursor.endswith("|")  # asked again at the next poll
