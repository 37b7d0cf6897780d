"""The turns at an address, and how many questions of each source may be under way there."""

from __future__ import annotations

import threading
from random import Random

import pytest
from sqlalchemy import update

from worker.store import HostTurns, Store
from worker.store.hosts import fair_share, host_share

AT_ONCE, LASTS = 4, 60.0


def at(
    store: Store,
    source: str,
    address: str = "a:1",
    hours: str = "",
    most: int | None = None,
    at_once: int = AT_ONCE,
) -> HostTurns:
    return HostTurns(
        store.database,
        address=address,
        source=source,
        at_once=at_once,
        lasts=LASTS,
        hours=hours,
        most=most,
    )


# Turns


def test_all_that_ask_an_address_take_their_turns_in_one_row(store: Store):
    here, there, other = at(store, "a"), at(store, "b"), at(store, "a", "b:1")
    assert here.take(10, 1.0, 0)[:2] == (0.0, 10)
    assert there.take(5, 2.0, 0).turns == 0  # everything is under way there
    here.take(0, 1.0, 0)
    wait, count, _ = there.take(5, 2.0, 0)
    assert 9 < wait <= 10
    assert count == 5
    assert 18 < here.take(1, 1.0, 0).wait <= 20
    assert other.take(1, 1.0, 0)[:2] == (0.0, 1)


def test_the_limit_of_some_hours_is_the_address_s_and_what_was_not_used_is_given_back(store: Store):
    today, tomorrow = "2024-04-01 07:00-18:00", "2024-04-02 07:00-18:00"
    one, two = (at(store, source, hours=today, most=30) for source in "ab")
    one.take(0, 0.0, 0)
    one.take(0, 0.0, 2)
    two.take(0, 0.0, 0)
    one.take(0, 0.0, 2)
    granted: list[int] = []
    threads = [
        threading.Thread(target=lambda turns=turns: granted.append(turns.take(20, 0.0, 0).turns))
        for turns in (one, two)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == [10, 20]
    assert one.take(1, 0.0, 0).turns == 0
    two.give_back(4)
    assert one.take(9, 0.0, 0).turns == 4
    assert at(store, "a", hours=tomorrow, most=30).take(9, 0.0, 0).turns == 9


# What may be under way


def test_who_comes_second_gets_a_share_as_soon_as_one_is_free(store: Store):
    first, second = at(store, "a"), at(store, "b")
    assert first.take(5, 0.2, 0).at_once == 4
    assert second.take(5, 0.2, 0) == (0.0, 0, 0)
    assert first.take(5, 0.2, 4).at_once == 2  # none more is begun, and four are under way
    assert second.take(5, 0.2, 0).at_once == 0
    assert first.take(5, 0.2, 3).at_once == 2
    assert second.take(5, 0.2, 0).at_once == 1
    assert first.take(5, 0.2, 2).at_once == 2
    assert second.take(5, 0.2, 1).at_once == 2
    second.leave()
    assert first.take(5, 0.2, 2).at_once == 4


def test_the_most_cautious_source_at_an_address_says_how_many(store: Store):
    bold, cautious = at(store, "a"), at(store, "b", at_once=2)
    bold.take(5, 0.2, 0)
    cautious.take(5, 0.2, 0)
    assert bold.take(5, 0.2, 0).at_once == 1
    assert cautious.take(5, 0.2, 0).at_once == 1


def test_a_share_ends_with_the_last_question_that_may_have_begun_under_it(store: Store):
    dead, other = at(store, "a"), at(store, "b")
    dead.take(5, 0.2, 0)

    def went_by(seconds: float) -> None:
        before = update(host_share).where(host_share.c.source == "a")
        earlier = before.values(at=host_share.c.at - seconds)
        store.database.write(lambda connection: connection.execute(earlier))

    went_by(LASTS)
    assert other.take(5, 0.2, 0).at_once == 0
    went_by(10)
    assert other.take(5, 0.2, 0).at_once == 4


def test_who_reads_a_source_after_a_kill_takes_over_its_share(store: Store):
    at(store, "a").take(5, 0.2, 0)
    assert at(store, "a").take(5, 0.2, 0).at_once == 4


@pytest.mark.parametrize("seed", range(5))
def test_together_they_never_have_more_and_each_has_its_turn(seed: int):
    """Many rounds of askers that come, ask and go: what is granted, and what is under way."""
    chance = Random(seed)
    for _ in range(40):
        most, count = chance.randint(1, 6), chance.randint(2, 5)
        shares = dict.fromkeys(range(count), 0)
        had, busy = dict.fromkeys(shares, 0), dict.fromkeys(shares, 0)
        for _ in range(60):
            for name in chance.sample(sorted(shares), count):
                busy[name] = chance.randint(0, busy[name])
                others = [share for other, share in shares.items() if other != name]
                granted = fair_share(most, shares[name], others)
                shares[name] = max(granted, busy[name])
                busy[name] = max(busy[name], chance.randint(0, granted))
                had[name] += granted > 0
                assert sum(shares.values()) <= most
                assert sum(busy.values()) <= most
        assert all(had.values())
