"""Returned papers that are scanned: a clerk's word moves nothing until somebody else looked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.worker.office import CONFIG, EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.desk import scans
from worker.desk.actor import Actor, OfficeRole, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.store import BatchState, SlipAnswer

pytestmark = pytest.mark.usefixtures("either_database")

OWN, OTHER = "901", "902"
CLERK = Actor("can-bo", OfficeRole.OFFICER, frozenset({OWN}))
HEAD = Actor("lanh-dao", OfficeRole.APPROVER, frozenset({OWN}))
NEIGHBOUR = Actor("ben-kia", OfficeRole.APPROVER, frozenset({OTHER}))
DAY = date(2024, 1, 25)
AS_OF = "2024-03-31"
DOSSIERS = dossiers(12)
CODES = [one["Mã hồ sơ"] for one in DOSSIERS]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An export of one commune (and a dossier of another), and a register that knows two of it."""
    made = make(tmp_path / "office", CONFIG)
    (made.folder / "tables").mkdir()
    table = "code,name\n901,Xã Thử Nghiệm\n902,Xã Bên Kia\n"
    (made.folder / "tables/units.csv").write_text(table, "utf-8-sig")
    rows = [dict(one) for one in DOSSIERS]
    rows[10]["Đơn vị xử lý"] = "Xã Bên Kia"
    rows[11]["Trạng thái"] = "Đã trả kết quả"
    write(made.folder / "inbox/motcua/hs.xlsx", EXPORT, rows)
    write(made.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(DOSSIERS[:2]))
    made.run("--as-of", AS_OF)
    return made


def scanned(house: House, texts: list[str], expected: int | None = None) -> int:
    """A stack of these papers, sent for approval."""
    number = scans.begin(house, CLERK, DAY, expected)
    for at, text in enumerate(texts):
        scans.scan(house, CLERK, number, f"luot-{at}", text)
    scans.close(house, CLERK, number)
    return number


def approved(house: House, number: int) -> int:
    return scans.approve(house, HEAD, number, scans.draw(house, HEAD, number))


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        (CODES[3], SlipAnswer.KNOWN, CODES[3]),
        (f"Mã hồ sơ: {CODES[3]}", SlipAnswer.KNOWN, CODES[3]),
        ("001234567890", SlipAnswer.UNKNOWN, scans.NO_CODE),
        (CODES[3].lower().replace("-", " - "), SlipAnswer.KNOWN, None),
        (CODES[11], SlipAnswer.RETURNED, CODES[11]),
        ("H11.20-240199-9999", SlipAnswer.UNKNOWN, "H11.20-240199-9999"),
        (CODES[10], SlipAnswer.UNKNOWN, CODES[10]),  # of another commune: not there
        (
            "001234567890|123456789|Người Nào Đó|01011990|Nam|Xã X",
            SlipAnswer.UNKNOWN,
            scans.NO_CODE,
        ),
    ],
)
def test_each_paper_gets_its_answer(office: Office, text: str, said: SlipAnswer, code: str | None):
    house = office.house()
    number = scans.begin(house, CLERK, DAY, None)
    assert scans.scan(house, CLERK, number, "a", text) is said
    (line,) = scans.one_stack(house, CLERK, number).lines
    assert code is None or line.code == code
    assert scans.scan(house, CLERK, number, "a", text) is said  # sent twice after a dropped line
    assert len(scans.one_stack(house, CLERK, number).lines) == 1
    again = scans.scan(house, CLERK, number, "b", text)
    assert again is (said if line.code == scans.NO_CODE else SlipAnswer.TWICE)


def test_the_last_paper_is_taken_back_and_counts_no_more(office: Office):
    house = office.house()
    number = scans.begin(house, CLERK, DAY, 2)
    for at in (3, 4, 5):
        scans.scan(house, CLERK, number, f"{at}", CODES[at])
    assert scans.take_back(house, CLERK, number) == CODES[5]
    stack = scans.one_stack(house, CLERK, number, last=1)
    assert (stack.count, [one.number for one in stack.lines]) == (2, [2])
    assert stack.lines[0].person  # initials
    assert scans.scan(house, CLERK, number, "9", CODES[5]) is SlipAnswer.KNOWN
    with pytest.raises(Refused, match="2 tờ, đã quét 3 tờ"):
        scans.close(house, CLERK, number)
    scans.close(house, CLERK, number, sure=True)
    with pytest.raises(Refused, match="đã đóng"):
        scans.scan(house, CLERK, number, "10", CODES[6])


def test_a_stack_that_waits_moves_nothing(office: Office):
    before = office.run("--as-of", AS_OF)
    house = office.house()
    scanned(house, CODES[2:8])
    after = office.run("--as-of", AS_OF)
    for name in ("findings.jsonl", "links.jsonl", "statistics.json"):
        assert (after.folder / name).read_bytes() == (before.folder / name).read_bytes()
    assert set(after.run["sources"]) == {"motcua", "so-giay"}


def test_an_approved_stack_is_evidence_the_weakest_there_is(office: Office):
    house = office.house()
    number = scanned(house, [*CODES[2:8], "H11.20-240199-9999"])
    assert approved(house, number) == 6  # what no software knows is kept, and is no evidence
    report = office.run("--as-of", AS_OF)
    found = {one["codes"]["one_stop"]: one for one in report.findings}
    assert found[CODES[2]]["kind"] == "RETURNED_STILL_PENDING"
    assert found[CODES[2]]["returned_on"] == "2024-01-25"
    assert found[CODES[2]]["register"] == [
        {"file": f"quet-giay/xap-{number}", "row": 1, "sheet": ""}
    ]
    moved = {one["code"] for one in report.statistics["moved"]}
    assert moved >= set(CODES[2:8])
    assert report.run["sources"]["quet-giay"]["complete"]
    assert office.house().store.upkeep.verify() == []


def test_a_better_proof_of_the_same_dossier_decides(office: Office):
    house = office.house()
    approved(house, scanned(house, [CODES[0]]))
    report = office.run("--as-of", AS_OF)
    (found,) = [one for one in report.findings if one["codes"].get("one_stop") == CODES[0]]
    assert found["returned_on"] == "2024-01-02"  # of the register, not of the scanned paper


def test_a_row_that_is_scanned_asks_nobody_about_pairs(office: Office):
    house = office.house()
    approved(house, scanned(house, CODES[0:8]))
    report = office.run("--as-of", AS_OF)
    slips = [one for one in report.links if one["register"]["file"].startswith("quet-giay")]
    assert {one["decision"] for one in slips} == {"auto"}
    assert {one["method"] for one in slips} == {"code"}
    assert not {"MISSING_IN_SOFTWARE", "DUPLICATE_DOSSIER"} & report.kinds()


def test_whoever_scanned_does_not_approve(office: Office):
    house = office.house()
    number = scanned(house, CODES[2:8])
    with pytest.raises(Refused, match="không được làm việc này"):
        scans.draw(house, CLERK, number)
    both = Actor(
        CLERK.who, OfficeRole.APPROVER, frozenset({OWN})
    )  # the same person in another role
    for act in (scans.draw, lambda *asked: scans.approve(*asked, opened=[])):
        with pytest.raises(Refused, match="không được tự duyệt"):
            act(house, both, number)
    with pytest.raises(Unseen):
        scans.draw(house, NEIGHBOUR, number)
    assert house.store.readings.files("quet-giay") == []


def test_every_paper_that_was_drawn_is_opened_first(office: Office):
    house = office.house()
    number = scanned(house, CODES[2:8])
    with pytest.raises(Refused, match="Chưa rút"):
        scans.approve(house, HEAD, number, [])
    drawn = scans.draw(house, HEAD, number)
    assert len(drawn) == scans.FEWEST
    assert scans.draw(house, HEAD, number) == drawn  # asked again: no other papers
    with pytest.raises(Refused, match="Còn 1 tờ"):
        scans.approve(house, HEAD, number, drawn[1:])
    scans.approve(house, HEAD, number, drawn)
    with pytest.raises(Refused, match="không còn ở trạng thái"):
        scans.approve(house, HEAD, number, drawn)


def test_a_refused_stack_is_no_evidence_and_its_papers_may_come_again(office: Office):
    house = office.house()
    number = scanned(house, CODES[2:4])
    with pytest.raises(Refused, match="vì sao"):
        scans.refuse(house, HEAD, number, reason=" ")
    scans.refuse(house, HEAD, number, reason="ngày sai")
    assert house.store.slips.batch(number).state is BatchState.REFUSED
    again = scans.begin(house, CLERK, DAY, None)
    assert scans.scan(house, CLERK, again, "a", CODES[2]) is SlipAnswer.KNOWN


def test_an_approval_is_taken_back(office: Office):
    house = office.house()
    before = house.store.readings.claims()
    number = scanned(house, CODES[2:8])
    approved(house, number)
    assert len(house.store.readings.claims()) == len(before) + 6
    scans.withdraw(house, HEAD, number, reason="thiếu giấy")
    assert house.store.readings.claims() == before
    assert house.store.upkeep.verify() == []
    acts = [(one.act, one.actor) for one in house.store.audit.acts() if "slips" in one.act]
    assert acts == [
        ("slips.begun", "can-bo"),
        ("slips.waiting", "can-bo"),
        ("slips.drawn", "lanh-dao"),
        ("slips.approved", "lanh-dao"),
        ("slips.withdrawn", "lanh-dao"),
    ]


def test_a_stack_that_was_changed_by_hand_is_noticed(office: Office):
    from sqlalchemy import text

    house = office.house()
    number = scanned(house, CODES[2:8])
    forged = text("UPDATE slip_batch SET by = 'ai-do' WHERE id = :number")
    if not house.store.database.is_sqlite:
        forged = text("UPDATE slip_batch SET \"by\" = 'ai-do' WHERE id = :number")
    house.store.database.write(lambda connection: connection.execute(forged, {"number": number}))
    assert house.store.upkeep.verify() == [f"Xấp giấy quét số {number}: đã bị sửa"]


@pytest.mark.parametrize(
    ("day", "expected", "told"), [(date(2999, 1, 1), None, "tương lai"), (DAY, 0, "từ 1 đến")]
)
def test_a_stack_must_make_sense(office: Office, day: date, expected: int | None, told: str):
    with pytest.raises(Refused, match=told):
        scans.begin(office.house(), CLERK, day, expected)
