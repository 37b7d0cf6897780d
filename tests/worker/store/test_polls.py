"""Polled sources: partial readings add, only repeated full silence takes away."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from reconcile.claims import Claim, Snapshot
from tests.worker.making import NOW, TODAY, broken, dossier, snapshot
from worker.store import Store

CODES = [dossier(number) for number in (1, 2, 3)]


def polled(claims: list[Claim], **more: Any) -> Snapshot:
    """One answer of a system that is asked over the network."""
    return snapshot(claims, file="", **more)


def take(store: Store, one: Snapshot, on: date = TODAY) -> Any:
    return store.claims.take_in(one, at=NOW, on=on)


def keys(store: Store) -> set[str]:
    return {claim.key for claim in store.readings.claims()}


def test_what_a_partial_reading_does_not_hold_stays(store: Store):
    take(store, polled(CODES, swept=True))
    done = take(store, polled([dossier(2, raw_status="Đã trả kết quả")], partial=True))
    assert (done.new, done.changed, done.gone) == (0, 1, 0)
    assert len(store.readings.claims()) == 3
    (file,) = store.readings.files("motcua")
    assert file.rows == 3


def test_a_partial_reading_widens_what_is_covered(store: Store):
    early, late = date(2024, 1, 1), date(2024, 3, 1)
    take(store, polled(CODES, covers_to=early))
    take(
        store, polled([dossier(9, received_on=late, unit="Xã Khác")], partial=True, covers_to=late)
    )
    facts = store.readings.coverage_facts("motcua")
    assert (facts.starts, facts.ends) == (date(2024, 1, 2), late)
    assert "Xã Khác" in facts.units
    assert len(facts.units) == 4


def test_the_cursor_is_kept_with_the_rows_and_survives_a_failure(store: Store):
    take(store, polled(CODES, cursor="2024-03-01", swept=True))
    take(store, broken(polled(CODES)))
    memory = store.readings.memory("motcua")
    assert (memory.cursor, memory.swept_on) == ("2024-03-01", TODAY)
    assert not store.readings.coverage_facts("motcua").answered


def test_a_trail_that_was_not_read_is_remembered_until_it_is(store: Store):
    take(store, polled(CODES, swept=True, trail_problem="Máy chủ trả lời 404"))
    facts = store.readings.coverage_facts("motcua")
    assert (facts.answered, facts.trail_problem) == (True, "Máy chủ trả lời 404")
    take(store, polled([CODES[0]], partial=True))
    assert store.readings.coverage_facts("motcua").trail_problem == ""


def test_a_poll_under_way_has_not_answered(store: Store):
    take(store, polled(CODES[:2], partial=True, more_to_come=True, cursor="2"))
    assert not store.readings.coverage_facts("motcua").answered
    assert store.readings.memory("motcua").swept_on is None
    take(store, polled(CODES[2:], partial=True, swept=True))
    assert store.readings.coverage_facts("motcua").answered
    assert (store.readings.memory("motcua").cursor, store.readings.memory("motcua").swept_on) == (
        "",
        TODAY,
    )
    assert len(store.readings.claims()) == 3


def test_a_dossier_is_gone_after_three_full_readings_over_more_than_a_day(store: Store):
    take(store, polled(CODES))
    for day in (1, 2):
        take(store, polled(CODES[:2]), on=TODAY + timedelta(days=day))
        assert len(store.readings.claims()) == 3
    done = take(store, polled(CODES[:2]), on=TODAY + timedelta(days=3))
    assert done.gone == 1
    assert keys(store) == {claim.key for claim in CODES[:2]}


def test_three_readings_on_one_day_take_nothing_away(store: Store):
    take(store, polled(CODES))
    for _ in range(5):
        take(store, polled(CODES[:2]))
    assert len(store.readings.claims()) == 3


def test_one_that_comes_back_is_counted_anew(store: Store):
    take(store, polled(CODES))
    for day, seen in enumerate((CODES[:2], CODES[:2], CODES, CODES[:2], CODES[:2])):
        take(store, polled(list(seen)), on=TODAY + timedelta(days=day))
    assert len(store.readings.claims()) == 3


def test_partial_readings_count_no_absence(store: Store):
    take(store, polled(CODES))
    for day in range(6):
        one = replace(polled(CODES[:1]), partial=True)
        take(store, one, on=TODAY + timedelta(days=day))
    assert len(store.readings.claims()) == 3
