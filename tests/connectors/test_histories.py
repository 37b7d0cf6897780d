"""Lists that change while they are read: nothing is missed for good, nothing is doubled.

Each history is a random run of edits, new dossiers, late commits (a change that appears with an
earlier time) and deletions, put between the pages of polls that go on from cursor to cursor.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.connector import FileMemory, Memory
from connectors.errors import SourceError
from connectors.network.paging import Listing, Page
from reconcile.claims import Snapshot
from tests.connectors.contract import TODAY
from tests.connectors.sites import IgateSite
from tests.simulators import igate
from tests.simulators.web import Fault

NOW = datetime(2024, 3, 20, tzinfo=UTC)
HISTORIES = 1000
Kept = tuple[int, datetime]  # what a dossier says, and when it was changed


class Software:
    """A list that clerks work on, without the network."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = NOW
        start = self.chance.randint(0, 60)
        self.rows: dict[str, Kept] = {
            f"{number}": (0, NOW - timedelta(days=self.chance.uniform(0, 60)))
            for number in range(start)
        }
        self.born = start
        self.size = self.chance.choice((3, 7, 10))
        self.busy = False

    def page(self, _unit: str, number: int) -> Page[Any]:
        if self.busy:
            for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
                self.work()
        order = sorted(self.rows, key=lambda name: (self.rows[name][1], name), reverse=True)
        shown = order[number * self.size : (number + 1) * self.size]
        return Page(
            items={name: (name, self.rows[name][0]) for name in shown},
            stamps={name: self.rows[name][1].isoformat() for name in shown},
            count=len(shown),
            before=number * self.size,
            size=self.size,
            last=(number + 1) * self.size >= len(order),
            total=len(order),
        )

    def work(self) -> None:
        """Somebody does something."""
        self.clock += timedelta(minutes=self.chance.uniform(0, 90))
        deed = self.chance.random()
        if deed < 0.5 and self.rows:
            name = self.chance.choice(sorted(self.rows))
            self.rows[name] = (self.rows[name][0] + 1, self.clock)
        elif deed < 0.75:
            self.born += 1
            self.rows[f"{self.born}"] = (0, self.clock)
        elif deed < 0.9:  # a late commit: it appears now, with the time it began
            self.born += 1
            late = timedelta(hours=self.chance.uniform(0, 48))
            self.rows[f"{self.born}"] = (0, self.clock - late)
        elif self.rows:
            del self.rows[self.chance.choice(sorted(self.rows))]


def polls(software: Software) -> Iterator[dict[str, Any]]:
    """Five polls while clerks work, then one in the quiet of the evening; what is known then."""
    known: dict[str, Any] = {}
    cursor = ""
    for turn in range(6):
        software.busy = turn < 5
        try:
            found = Listing(software.page, lambda said: said, 3, TODAY).read(("",), cursor)
        except SourceError:
            continue  # not complete: nothing is taken in, the cursor stays
        assert len({name for name, _ in found.items}) == len(found.items), "doubled"
        known |= dict(found.items)
        cursor = found.cursor
        yield known


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_histories_miss_nothing(block: int):
    finished = 0
    for seed in range(block * HISTORIES // 10, (block + 1) * HISTORIES // 10):
        software = Software(seed)
        known: dict[str, Any] = {}
        for after in polls(software):
            known = after
            finished += 1
        truth = {name: said for name, (said, _) in software.rows.items()}
        missed = {name for name, said in truth.items() if known.get(name) != said}
        assert not missed, f"history {seed} missed {missed}"
    assert finished > HISTORIES // 10 * 4, "most polls of busy lists must come to an end"


def test_a_dossier_that_slips_over_the_edge_of_a_page_is_found():
    """A deletion pulls the unread ones back by one, over the edge, while the total stays right."""
    site = IgateSite()
    rows = igate.rows(30)
    with igate.Igate(rows=list(rows)) as served:
        newest = max(row.updated for row in rows)
        done: list[int] = []

        def clerk(page: int) -> None:
            if page == 1 and not done:
                done.append(page)
                served.rows.remove(rows[29])  # already read
                late = igate.rows(31)[30]
                served.rows.append(_late(late, newest - timedelta(days=30)))  # far behind

        served.between = clerk
        (snapshot,) = site.connector(served).fetch(Memory(today=TODAY, sweep=True))
        found = {claim.own_code for claim in snapshot.claims}
        assert {row.code for row in served.rows} <= found


def _late(row: igate.Row, at: datetime) -> igate.Row:
    return replace(row, updated=at)


def remembered(last: Snapshot) -> Memory:
    return Memory(
        files={"": FileMemory(last.fingerprint, last.rows)}, cursor=last.cursor, today=TODAY
    )


def test_a_change_in_the_year_2099_does_not_blind_the_poll():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(20)) as served:
        served.change(served.rows[3].code, datetime(2099, 1, 1, tzinfo=UTC))
        (first,) = site.connector(served).fetch(Memory(today=TODAY, sweep=True))
        served.change(served.rows[7].code, datetime(2024, 3, 30, tzinfo=UTC), status="Đã trả")
        (second,) = site.connector(served).fetch(remembered(first))
        changed = {claim.own_code: claim.raw_status for claim in second.claims}
        assert changed[served.rows[7].code] == "Đã trả"


def test_a_list_that_ends_early_is_not_complete():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(35)) as served:
        served.faults.append(
            igate_fault(lambda body: body | {"last": True}, page="1"),
        )
        with pytest.raises(Exception, match="kết thúc sớm"):
            list(site.connector(served).fetch(Memory(today=TODAY, sweep=True)))


def test_a_page_that_lost_rows_is_not_complete():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(35)) as served:
        served.faults.append(
            igate_fault(lambda body: body | {"content": body["content"][:-2]}, page="1")
        )
        with pytest.raises(Exception, match="chỉ đưa ra"):
            list(site.connector(served).fetch(Memory(today=TODAY, sweep=True)))


def test_the_same_page_for_ever_is_not_complete():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(35)) as served:
        served.faults.append(igate_fault(lambda body: body | {"number": 0}))
        with pytest.raises(Exception, match="trang khác"):
            list(site.connector(served).fetch(Memory(today=TODAY, sweep=True)))


def test_a_source_that_shrinks_by_half_is_not_believed():
    site = IgateSite()
    with igate.Igate(rows=igate.rows(35)) as served:
        (first,) = site.connector(served).fetch(Memory(today=TODAY, sweep=True))
        served.rows = served.rows[:10]
        memory = Memory(files={"": FileMemory(first.fingerprint, 35)}, today=TODAY, sweep=True)
        (second,) = site.connector(served).fetch(memory)
    assert not second.complete
    assert "10 hồ sơ" in second.problem


def igate_fault(change: Any, **when: str) -> Any:
    return Fault(lambda said: replace(said, body=change(said.body)), igate.SEARCH_PATH, when=when)
