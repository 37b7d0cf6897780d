"""What a person or the program wrote, changed by hand, is told by number, file or run."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from reconcile.cases import Answer, LinkState
from reconcile.claims import RegisterType, Status
from reconcile.coverage import Declaration
from reconcile.lifecycle import State
from reconcile.linking.controls import AskedPair, WhyAsked
from reconcile.scope import Scope
from tests.worker import old_samples
from tests.worker.making import (
    LATER,
    NOW,
    TODAY,
    discrepancy,
    dossier,
    link,
    register_row,
    snapshot,
    step,
)
from worker.store import Frozen, Paper, SampleAnswer, Store, Terms, TypedCell, seals
from worker.store.checks import ClaimPlan, Plan, Seed
from worker.store.findings import FoundRows
from worker.store.pairs import AskedRows

QUARTER = (date(2024, 1, 1), date(2024, 3, 31))


def frozen(number: int, payload: bytes, reason: str) -> Frozen:
    return Frozen(*QUARTER, number, "2024-Q1", TODAY, NOW, "chị Hoa", reason, payload)


def lived_in(store: Store) -> Store:
    """An office in which the program and persons wrote something of every kind."""
    first = snapshot([dossier(1), dossier(2), dossier(3)])
    store.claims.take_in(first, at=NOW, on=TODAY)
    row = register_row(1)
    store.claims.take_in(snapshot([row]), at=NOW, on=TODAY)
    changed = dossier(2, status=Status.DONE, raw_status="Đã xử lý xong")
    store.claims.take_in(snapshot([dossier(1), changed], content="2"), at=NOW, on=LATER)
    again = dossier(2)
    store.claims.take_in(snapshot([dossier(1), again], content="3"), at=NOW, on=LATER)
    store.runs.begin("r1", "cli", Scope(as_of=TODAY), at=NOW)
    opened = [discrepancy(f"motcua:{n}") for n in (1, 2)]
    store.decisions.apply(
        [link(row, dossier(1))], [step(one) for one in opened], run_id="r1", judged=TODAY
    )
    taken = replace(opened[0], state=State.ACKNOWLEDGED, by="chị Hoa", reason="đã gọi")
    store.decisions.apply(None, [step(taken, State.OPEN, by="chị Hoa", reason="đã gọi")])
    for same in (True, False):
        dossier_key = f"motcua:{same}"
        store.answers.add(Answer(row.key, dossier_key, same=same, by="chị Hoa", on="2024-04-01"))
    answers = [
        SampleAnswer(7, f"so#{n}", "Xã Mẫu 1", "code", matches=n > 1, by="ông Ba", at=NOW)
        for n in (1, 2)
    ]
    old_samples.keep(store, answers)
    control = AskedPair(link(row, dossier(3), decision=LinkState.REVIEW), WhyAsked.LINKED)
    store.decisions.apply(None, (), found=FoundRows((), {}, AskedRows((), (control,), {})))
    (waiting,) = store.pairs.asked(row.key)
    for who in ("ông Ba", "chị Hoa"):
        store.pairs.read(waiting, same=True, by=who, at=NOW, day="2024-04-01")
    store.papers.add(Paper(opened[0].id, "apology", "12/XL", TODAY, "chị Hoa", NOW))
    store.periods.add(frozen(0, b"so lieu", "BC 45"))
    store.periods.add(frozen(1, b"so lieu khac", "bổ sung"))
    said = Declaration(TODAY, "công chức hộ tịch", "", RegisterType.TRACKING, 1, 9)
    store.books.declare("so-giay", said, by="cli:an", at=NOW)
    plan = Plan(*QUARTER, 0, "ab" * 32, (ClaimPlan("late_rate", "1/20", "1/100"),))
    store.checks.add("2024-Q1#0.1", 0, plan, by="cli:an", at=NOW)
    store.checks.add("2024-Q1#0.1", 1, Seed("1" * 20, "bà Tư"), by="cli:an", at=NOW)
    number = store.books.declare("so-giay", replace(said, last_number=10), by="cli:an", at=NOW)
    store.books.withdraw(number, by="cli:an", at=NOW, reason="nhầm")
    store.slips.begin("Xã Mẫu 1", TODAY, 9, by="chị Hoa", at=NOW)
    place = ("so-giay", "inbox/so.xlsx", "m1", "Xã Mẫu 1", "Sổ", 7, "Ngày trả", "hôm qua")
    cell = TypedCell(0, *place, "14/02/2024", "chị Hoa", NOW)
    store.typed_cells.fill([cell], by="chị Hoa", at=NOW)
    return store


def by_hand(store: Store, *statements: str) -> None:
    """As somebody with a database shell would; nothing else is written."""
    for statement in statements:
        with store.database.writer.begin() as connection:
            assert connection.execute(text(statement)).rowcount, statement


def test_what_was_written_is_whole(store: Store):
    assert lived_in(store).upkeep.verify() == []
    # and every kind of row was written at all
    with store.database.reader.begin() as connection:
        counts = seals.as_it_is(connection).counts
    assert {kind for kind, _ in counts} == set(seals.KINDS)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE sample_answer SET matches = true", "Kết quả kiểm tra mẫu số 1: đã bị sửa"),
        ("DELETE FROM sample_answer WHERE id = 2", "Kết quả kiểm tra mẫu số 2: đã bị xóa"),
        (
            "INSERT INTO sample_answer (id, seed, row, unit, method, matches, by, at) SELECT"
            " 99, seed, 'so#9', unit, method, true, by, at FROM sample_answer WHERE id = 1",
            "Kết quả kiểm tra mẫu số 99: không do chương trình ghi",
        ),
        ("DELETE FROM frozen_period WHERE number = 1", "Kỳ đã chốt 2024-Q1#1: đã bị xóa"),
        ("UPDATE frozen_period SET by = 'root'", "Kỳ đã chốt 2024-Q1#0: đã bị sửa"),
        (
            "UPDATE frozen_period SET payload = (SELECT payload FROM frozen_period"
            " WHERE number = 1) WHERE number = 0",
            "Kỳ đã chốt 2024-Q1#0: đã bị sửa",
        ),
        (
            "UPDATE claim SET read_on = '2024-01-15' WHERE key LIKE 'motcua:%0001'",
            "Nguồn motcua, tệp inbox/motcua.xlsx: dòng đã đọc, ngày đọc lần đầu: đã bị sửa",
        ),
        (
            "DELETE FROM claim WHERE key LIKE 'motcua:%0001'",
            "Nguồn motcua, tệp inbox/motcua.xlsx: dòng đã đọc, ngày đọc lần đầu: thiếu 1 dòng",
        ),
        ("UPDATE answer SET same = true WHERE id = 2", "Câu trả lời cặp hồ sơ số 2: đã bị sửa"),
        ("DELETE FROM answer WHERE id = 1", "Câu trả lời cặp hồ sơ số 1: đã bị xóa"),
        ("UPDATE pair_reading SET same = false WHERE id = 2", "Lần trả lời cặp hồ sơ số 2: đã bị"),
        ("UPDATE pair_reading SET probability = 0.5", "Lần trả lời cặp hồ sơ số 1: đã bị sửa"),
        ("DELETE FROM pair_reading WHERE id = 1", "Lần trả lời cặp hồ sơ số 1: đã bị xóa"),
        ("DELETE FROM link", "Liên kết sổ – hồ sơ: thiếu 1 dòng"),
        ("UPDATE change SET by = 'ai đó' WHERE by = 'chị Hoa'", "lịch sử vụ việc: đã bị sửa"),
        ("UPDATE change SET reason = 'x' WHERE run_id = 'r1'", "Lượt hoặc vụ việc r1:"),
        ("DELETE FROM status_step", "lịch sử trạng thái: thiếu 2 dòng"),
        ("UPDATE book SET until = '2030-01-01' WHERE id = 1", "Khai báo sổ số 1: đã bị sửa"),
        ("DELETE FROM book WHERE id = 2", "Khai báo sổ số 2: đã bị xóa"),
        ("DELETE FROM check_step WHERE number = 1", "Kiểm tra chọn mẫu"),
        ("UPDATE check_step SET by = 'ai đó'", "Kiểm tra chọn mẫu"),
        ("UPDATE paper SET day = '2024-01-01'", "Văn bản ghi nhận số 1: đã bị sửa"),
        ("UPDATE addition SET typed = '01/01/2024'", "Ô bổ sung số 1: đã bị sửa"),
        ("DELETE FROM addition", "Ô bổ sung số 1: đã bị xóa"),
        (
            "UPDATE discrepancy SET payload = (SELECT payload FROM discrepancy"
            " WHERE state <> 'OPEN') WHERE state = 'OPEN'",
            "nội dung không khớp lịch sử",
        ),
    ],
)  # fmt: skip
def test_a_change_by_hand_is_told(store: Store, statement: str, said: str):
    by_hand(lived_in(store), statement)
    told = store.upkeep.verify()
    assert any(said in line for line in told), told
    assert not any("Mẫu" in line or "Hoa" in line for line in told), "a person is named"


def test_a_change_by_hand_stays_told_after_the_program_wrote_beside_it(store: Store):
    lived_in(store)
    by_hand(store, "UPDATE claim SET read_on = '2024-01-15' WHERE key LIKE 'motcua:%0001'")
    store.claims.take_in(snapshot([dossier(1), dossier(5)], content="3"), at=NOW, on=LATER)
    assert [line for line in store.upkeep.verify() if "motcua" in line]


def test_a_seal_made_to_fit_is_told(store: Store):
    lived_in(store)
    by_hand(store, "DELETE FROM answer WHERE id = 1", "DELETE FROM seal WHERE kind = 'answer'")
    assert any("bảng dấu không khớp nhật ký" in line for line in store.upkeep.verify())


def test_a_finding_deleted_with_its_whole_history_is_told(store: Store):
    lived_in(store)
    doomed = discrepancy("motcua:2").id
    by_hand(
        store,
        f"DELETE FROM change WHERE discrepancy_id = '{doomed}'",
        f"DELETE FROM discrepancy WHERE id = '{doomed}'",
    )
    assert any("r1: lịch sử vụ việc: thiếu 1 dòng" in line for line in store.upkeep.verify())


def test_retention_leaves_nothing_to_be_told(store: Store):
    lived_in(store)
    over = replace(discrepancy("motcua:2"), state=State.RESOLVED)
    store.decisions.apply(
        None, [step(over, State.OPEN, by="ông Ba", reason="lời riêng")], run_id="r1"
    )
    for days in (20, 400, 4000):
        terms = Terms(runs=30, discrepancies=30, mask_after=10, audit=30)
        purged = store.upkeep.purge(terms, NOW + timedelta(days=days))
        assert store.upkeep.verify() == [], days
    assert purged.counts["audit"] > 0
    by_hand(store, "DELETE FROM answer WHERE id = 1")
    assert any("cặp hồ sơ số 1" in line for line in store.upkeep.verify())
