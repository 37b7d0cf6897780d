"""What is read is kept once; what is not read changes nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event, update

from reconcile.claims import Place, RejectedRow, Role, Status
from tests.worker.making import (
    LATER,
    NOW,
    TODAY,
    broken,
    discrepancy,
    dossier,
    link,
    register_row,
    snapshot,
    status_history,
    step,
    unchanged,
)
from worker.store import Store
from worker.store.tables import source_file

BOTH = [dossier(1), dossier(2)]


def take(store: Store, *snapshots: Any, on: date = TODAY) -> list[Any]:
    return [store.claims.take_in(one, at=NOW, on=on) for one in snapshots]


@contextmanager
def counted_writes(store: Store) -> Iterator[Counter[str]]:
    """How many rows each table was asked to insert, update or delete."""
    seen: Counter[str] = Counter()

    def count(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:
        verb, *rest = statement.replace('"', "").split()
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            table = rest[0] if verb == "UPDATE" else rest[1]
            seen[table] += len(parameters) if many else 1

    engine = store.database.writer
    event.listen(engine, "before_cursor_execute", count)
    yield seen
    event.remove(engine, "before_cursor_execute", count)


def test_the_first_reading_is_all_new(store: Store):
    (intake,) = take(store, snapshot(BOTH))
    assert (intake.read, intake.new, intake.changed, intake.same, intake.gone) == (2, 2, 0, 0, 0)
    assert store.readings.claims() == [replace(claim, read_on=TODAY) for claim in BOTH]


def test_every_field_comes_back_as_it_was(store: Store):
    full = dossier(
        7,
        national_code="G22.99",
        applicant="Đặng Thị Mẫu",
        birth_date="2024-03",
        due_on=date(2024, 1, 9),
        status=Status.UNKNOWN,
        raw_status="",
        signed=True,
        note='dấu "nháy", \\ và \n xuống dòng',
    )
    take(store, snapshot([full]))
    assert store.readings.claims() == [replace(full, read_on=TODAY)]
    assert type(store.readings.claims()[0].status) is Status
    assert store.readings.claims()[0].signed is True


def test_a_second_time_unchanged_writes_no_claim_no_link_no_change(store: Store):
    row = register_row(1)
    links, changes = [link(row, BOTH[0])], [step(discrepancy())]
    take(store, snapshot(BOTH), snapshot([row]))
    store.decisions.apply(links, changes)
    with counted_writes(store) as writes:
        # the same rows, read again because a setting of the reader changed
        again = take(store, snapshot(BOTH, content="2"), snapshot([row], content="2"), on=LATER)
        applied = store.decisions.apply(links, [])
    assert {
        table for table in writes if table in {"claim", "link", "change", "discrepancy"}
    } == set()
    assert writes["source_file"] == 2  # the counter does count
    assert [intake.writes for intake in again] == [0, 0]
    assert (applied.links, applied.changes) == (0, 0)
    assert {claim.read_on for claim in store.readings.claims()} == {TODAY}


def test_an_unchanged_file_is_not_compared_again(store: Store):
    first = snapshot(BOTH)
    (_, again) = take(store, first, unchanged(first))
    assert (again.read, again.same, again.writes, again.complete) == (2, 2, 0, True)
    assert len(store.readings.claims()) == 2


def test_a_changed_row_is_one_write_and_a_line_of_history(store: Store):
    take(store, snapshot(BOTH))
    done = replace(BOTH[0], status=Status.RETURNED, raw_status="Đã trả")
    with counted_writes(store) as writes:
        (intake,) = take(store, snapshot([done, BOTH[1]], content="2"), on=LATER)
    assert (intake.new, intake.changed, intake.same) == (0, 1, 1)
    assert (writes["claim"], writes["status_step"]) == (1, 1)
    assert [claim.read_on for claim in store.readings.claims()] == [LATER, TODAY]
    assert status_history(store, done.key) == [
        (TODAY, Status.PROCESSING),
        (LATER, Status.RETURNED),
    ]


def test_a_row_inserted_above_moves_places_and_changes_nothing_else(store: Store):
    rows = [register_row(n, row=n + 5) for n in range(5)]
    take(store, snapshot(rows))
    moved = [
        replace(row, places=(Place("inbox/so.xlsx", "Sổ 1", n + 6),)) for n, row in enumerate(rows)
    ]
    extra = register_row(99, row=5)
    (intake,) = take(store, snapshot([extra, *moved], content="2"), on=LATER)
    assert (intake.new, intake.changed, intake.gone, intake.moved) == (1, 0, 0, 5)
    known = {claim.key: claim for claim in store.readings.claims()}
    assert [known[row.key].places[0].row for row in rows] == [6, 7, 8, 9, 10]
    assert {known[row.key].read_on for row in rows} == {TODAY}


def test_a_row_gone_from_a_newer_version_is_withdrawn(store: Store):
    one, other = dossier(1), dossier(2, unit="Xã Mẫu 1")
    take(store, snapshot([one, other]))
    (intake,) = take(store, snapshot([one], content="2"), on=LATER)
    assert (intake.gone, intake.doubt, intake.kept) == (1, "", 0)
    assert [claim.key for claim in store.readings.claims()] == [one.key]
    assert [status for _, status in status_history(store, other.key)] == [Status.PROCESSING, None]


def test_a_row_of_a_unit_of_which_the_newer_version_does_not_speak_is_kept(store: Store):
    take(store, snapshot(BOTH))  # of two units
    (intake,) = take(store, snapshot(BOTH[:1], content="2"), on=LATER)
    assert (intake.gone, intake.doubt, intake.kept) == (0, "part", 1)
    assert [claim.key for claim in store.readings.claims()] == [claim.key for claim in BOTH]
    (asked,) = [file for file in store.readings.files() if file.asks]
    assert (asked.lay_as, asked.rows, asked.units) == ("inbox/motcua.xlsx", 1, ("Xã Mẫu 2",))


def test_a_row_that_another_file_still_holds_stays(store: Store):
    here, there = register_row(1), register_row(1, file="inbox/so-2.xlsx")
    take(store, snapshot([here, register_row(2)]), snapshot([there]))
    take(store, snapshot([register_row(2)], content="2"))
    kept = {claim.key: claim for claim in store.readings.claims()}
    assert kept[here.key].places == there.places


def test_a_missing_file_is_no_evidence(store: Store):
    take(store, snapshot(BOTH), snapshot([dossier(3, file="inbox/khac.xlsx")]))
    store.claims.finish_poll("motcua", ["inbox/khac.xlsx"])
    assert len(store.readings.claims()) == 3
    assert store.readings.coverage_facts("motcua").answered


def test_a_broken_file_changes_nothing_but_the_note_of_it(store: Store):
    whole = snapshot(BOTH)
    take(store, whole)
    with counted_writes(store) as writes:
        (intake,) = take(store, broken(whole), on=LATER)
    assert (intake.complete, intake.problem, intake.writes) == (False, "Tệp bị cắt ngang", 0)
    assert set(writes) == {"source_file"}
    assert len(store.readings.claims()) == 2
    facts = store.readings.coverage_facts("motcua")
    assert not facts.answered
    assert facts.silent_files == {whole.file}
    assert "Tệp bị cắt ngang" in facts.problem
    assert facts.unread_since == LATER
    assert store.readings.files("motcua")[0].fingerprint == "print-1"  # the last complete reading


def test_silence_ends_with_the_next_complete_reading(store: Store):
    whole = snapshot(BOTH)
    take(store, whole, broken(whole), unchanged(whole))
    facts = store.readings.coverage_facts("motcua")
    assert (facts.answered, facts.silent_files, facts.unread_since) == (True, frozenset(), None)


def test_silence_is_counted_from_its_first_day(store: Store):
    whole = snapshot(BOTH)
    take(store, whole)
    take(store, broken(whole), on=TODAY)
    take(store, broken(whole), on=LATER)
    assert store.readings.coverage_facts("motcua").unread_since == TODAY


def test_the_hour_of_a_silence_is_the_first_and_goes_with_it(store: Store):
    whole = snapshot(BOTH)
    first, later = (datetime(2024, 4, 1, hour, 30, tzinfo=UTC) for hour in (0, 5))
    store.claims.take_in(whole, at=first, on=TODAY)
    assert store.readings.coverage_facts("motcua").unread_at is None
    store.claims.take_in(broken(whole), at=first, on=TODAY)
    store.claims.take_in(broken(whole), at=later, on=TODAY)
    assert store.readings.coverage_facts("motcua").unread_at == first
    store.claims.take_in(unchanged(whole), at=later, on=TODAY)
    assert store.readings.coverage_facts("motcua").unread_at is None
    store.claims.take_in(broken(whole), at=later, on=TODAY)
    assert store.readings.coverage_facts("motcua").unread_at == later


def test_a_silence_from_before_hours_were_kept_has_its_day_alone(store: Store):
    store.claims.take_in(broken(snapshot(BOTH)), at=NOW, on=TODAY)
    forget = update(source_file).values(silent_at=None)
    store.database.write(lambda connection: connection.execute(forget))
    store.claims.take_in(broken(snapshot(BOTH)), at=NOW, on=LATER)
    facts = store.readings.coverage_facts("motcua")
    assert (facts.unread_since, facts.unread_at) == (TODAY, None)


def test_a_broken_file_that_was_taken_away_is_silent_no_more(store: Store):
    whole, cut = snapshot(BOTH), snapshot([dossier(9, file="inbox/hong.xlsx")])
    take(store, whole, broken(cut))
    assert not store.readings.coverage_facts("motcua").answered
    take(store, unchanged(whole))
    store.claims.finish_poll("motcua", [whole.file])
    assert store.readings.coverage_facts("motcua").answered


def test_a_pattern_without_any_file_is_no_answer(store: Store):
    nothing = snapshot(source="motcua", file="", complete=False, problem="Không có tệp nào")
    take(store, nothing)
    facts = store.readings.coverage_facts("motcua")
    assert (facts.answered, facts.problem, facts.starts) == (False, "Không có tệp nào", None)
    take(store, snapshot(BOTH))
    store.claims.finish_poll("motcua", [snapshot(BOTH).file])
    assert store.readings.coverage_facts("motcua").answered


def test_a_source_never_asked_has_not_answered(store: Store):
    facts = store.readings.coverage_facts("chua-hoi")
    assert (facts.answered, facts.files, facts.problem) == (False, (), "")


def test_a_poll_without_a_file_withdraws_nothing(store: Store):
    page = snapshot(BOTH, source="motcua", file="")
    take(store, page, replace(page, claims=(BOTH[0],), fingerprint="print-2"))
    assert len(store.readings.claims()) == 2


def test_the_newest_period_counts_then_the_file_name(store: Store):
    def reading(file: str, status: Status, ends: date | None) -> Any:
        return snapshot([dossier(1, file=file, status=status)], covers_to=ends)

    take(
        store,
        reading("inbox/b.xlsx", Status.ACCEPTED, date(2024, 2, 29)),
        reading("inbox/a.xlsx", Status.RETURNED, date(2024, 3, 31)),
        reading("inbox/z.xlsx", Status.PROCESSING, None),
    )
    (only,) = store.readings.claims()
    assert (only.status, only.places[0].file) == (Status.RETURNED, "inbox/a.xlsx")

    take(store, reading("inbox/c.xlsx", Status.DONE, date(2024, 3, 31)))
    assert store.readings.claims()[0].status is Status.DONE


def test_a_dossier_gone_from_the_newest_export_counts_as_the_one_before_says(store: Store):
    old = snapshot([dossier(1, file="inbox/a.xlsx"), dossier(2, file="inbox/a.xlsx")])
    new = snapshot([dossier(1, file="inbox/b.xlsx"), dossier(2, file="inbox/b.xlsx")])
    take(store, old, new)
    take(store, snapshot([dossier(1, file="inbox/b.xlsx")], content="2"))
    assert [claim.places[0].file for claim in store.readings.claims()] == [
        "inbox/b.xlsx",
        "inbox/a.xlsx",
    ]


def test_content_seen_in_an_older_file_keeps_the_day_of_its_first_reading(store: Store):
    take(store, snapshot([dossier(1, file="inbox/a.xlsx")]), on=TODAY)
    take(store, snapshot([dossier(1, file="inbox/b.xlsx")]), on=LATER)
    assert store.readings.claims()[0].read_on == TODAY


def test_identical_rows_of_two_files_are_one_claim_with_two_places(store: Store):
    here, there = register_row(1, file="inbox/a.xlsx"), register_row(1, file="inbox/b.xlsx")
    take(store, snapshot([here]), snapshot([there]), on=TODAY)
    (only,) = store.readings.claims()
    assert only.places == (*here.places, *there.places)


def test_rejected_rows_are_those_of_the_last_complete_reading(store: Store):
    bad = RejectedRow("inbox/motcua.xlsx", "Sheet1", 9, "Ngày hẹn trả", "không đọc được ngày", True)
    first = snapshot(BOTH, rejected=(bad,))
    take(store, first, unchanged(first), broken(first))
    assert store.readings.rejected() == store.readings.rejected("motcua") == [bad]
    assert store.readings.rejected("so-giay") == []
    assert store.readings.coverage_facts("motcua").rejected == 1
    take(store, snapshot(BOTH, content="2"))
    assert store.readings.rejected() == []


def test_notes_of_the_reading_are_kept(store: Store):
    first = snapshot(BOTH, unknown_columns=("Ghi sổ",), warnings=("3 dòng ẩn",))
    take(store, first, unchanged(first))
    (file,) = store.readings.files()
    assert (file.unknown_columns, file.warnings) == (("Ghi sổ",), ("3 dòng ẩn",))
    assert (file.role, file.rows, file.read_at) == (Role.ONE_STOP, 2, NOW)


@pytest.mark.parametrize("announced", [True, False])
def test_what_a_reading_covers_is_announced_or_else_counted(store: Store, announced: bool):
    claims = [dossier(1, received_on=date(2024, 1, 5)), dossier(2, received_on=date(2024, 3, 20))]
    window = {"covers_from": date(2024, 1, 1), "covers_to": date(2024, 3, 31)} if announced else {}
    take(store, snapshot(claims, **window))
    facts = store.readings.coverage_facts("motcua")
    expected = (
        (date(2024, 1, 1), date(2024, 3, 31))
        if announced
        else (date(2024, 1, 5), date(2024, 3, 20))
    )
    assert (facts.starts, facts.ends) == expected
    assert facts.units == {"Xã Mẫu 1", "Xã Mẫu 2"}


def test_a_gap_between_two_periods_is_not_covered(store: Store):
    def quarter(file: str, starts: date, ends: date) -> Any:
        return snapshot([dossier(1, file=file)], covers_from=starts, covers_to=ends)

    take(
        store,
        quarter("inbox/q1.xlsx", date(2024, 1, 1), date(2024, 3, 31)),
        quarter("inbox/q3.xlsx", date(2024, 7, 1), date(2024, 9, 30)),
        quarter("inbox/q4.xlsx", date(2024, 10, 1), date(2024, 12, 31)),
    )
    facts = store.readings.coverage_facts("motcua")
    assert (facts.starts, facts.ends) == (date(2024, 7, 1), date(2024, 12, 31))


def test_two_rows_with_one_key_are_a_bug_and_not_taken_in(store: Store):
    with pytest.raises(ValueError, match="twice"):
        take(store, snapshot([dossier(1), dossier(1)]))
    assert store.readings.claims() == []


def test_a_file_never_read_cannot_be_unchanged(store: Store):
    with pytest.raises(ValueError, match="never read"):
        take(store, unchanged(snapshot(BOTH)))
    assert store.readings.files() == []
