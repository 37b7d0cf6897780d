"""A list that is too long for one slice is read window by window of the reception date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.claims import Claim
from tests.simulators import igate
from tests.simulators.web import Fault, status
from tests.worker.office import Office
from worker.clock import StoppedClock
from worker.house import House
from worker.run import polling, slices
from worker.store import Poll, PollState

pytestmark = pytest.mark.usefixtures("either_database")

START = datetime(2024, 6, 3, 1, tzinfo=UTC)
ROWS, UNACCEPTED, PAGE = 400, 7, 4
CONFIG = """
[office]
name = "UBND huyện thử"

[service]
slice = "1s"

[[sources]]
name = "igate"
role = "one_stop"
kind = "igate"
base_url = "{url}"
token_url = "{url}{token}"
client_id = "{client}"
username = "{user}"
password_file = "igate.txt"
page_size = {page}
requests_per_second = 2000
max_parallel = 2
"""


class Site:
    """An office with one iGate, some of whose dossiers were never accepted."""

    def __init__(self, folder: Path, served: igate.Igate) -> None:
        self.served, self.folder = served, folder
        (folder / "igate.txt").write_text(igate.PASSWORD)
        text = CONFIG.format(
            url=served.url,
            token=igate.TOKEN_PATH,
            client=igate.CLIENT,
            user=igate.USER,
            page=PAGE,
        )
        (folder / "doisoat.toml").write_text(text, "utf-8")
        self.house = self.at(0)

    def at(self, days: int) -> House:
        opened = Office(self.folder).house()  # closed with the others
        return replace(opened, clock=StoppedClock(at=START + timedelta(days=days)))

    def ask(self, house: House) -> None:
        polling.ask(house, sweep=True, by="test")

    def slice(self, house: House) -> Poll:
        """A slice that is over once a part of the list was taken in."""
        before = house.store.asked.of("igate")
        assert before is not None

        def over() -> bool:
            now = house.store.asked.of("igate")
            return now is not None and now.done > before.done

        poll = slices.work_on(house, "igate", stopping=over)
        assert poll is not None
        return poll

    def read(self, house: House) -> Poll:
        """Slice after slice, to the end."""
        for _ in range(200):
            poll = self.slice(house)
            if poll.state is not PollState.READING:
                return poll
        raise AssertionError("the poll does not end")

    def windows(self) -> list[tuple[str, str]]:
        queries = [entry.query for entry in self.served.asked(igate.SEARCH_PATH)]
        return [(one["accepted-from"], one["page"]) for one in queries if "accepted-from" in one]

    def claims(self) -> list[Claim]:
        return self.house.store.readings.claims()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    rows = [
        replace(row, received_on=None, due_on=None, status="Mới đăng ký")
        if number % (ROWS // UNACCEPTED) == 5
        else row
        for number, row in enumerate(igate.rows(ROWS))
    ]
    with igate.Igate(rows=rows) as served:
        served.latency = 0.005  # long enough for a slice of one second to be too short
        yield Site(tmp_path, served)


def test_all_of_it_is_known_in_the_end_also_what_was_never_accepted(site: Site):
    site.ask(site.house)
    poll = site.read(site.house)
    assert poll.state is PollState.DONE
    assert poll.slice > 1
    assert len({name for name, _ in site.windows()}) > 3
    assert {one.own_code for one in site.claims()} == {row.code for row in site.served.rows}
    facts = site.house.store.readings.coverage_facts("igate")
    assert facts.answered
    assert site.house.store.readings.memory("igate").swept_on == site.house.clock.today()


def test_what_changed_since_is_read_as_ever_afterwards(site: Site):
    site.ask(site.house)
    site.read(site.house)
    moved = site.served.rows[20]
    at = max(row.updated for row in site.served.rows) + timedelta(hours=1)
    site.served.change(moved.code, at, status="Đã có kết quả")
    site.served.ledger.clear()
    house = site.at(1)
    polling.ask(house, sweep=False, by="test")
    assert site.read(house).brought.changed == 1
    assert site.windows() == []


def test_an_interrupted_sweep_goes_on_at_the_next_window(site: Site):
    """The source falls over in the middle: what was proven by then is not read again."""
    site.ask(site.house)
    first = site.slice(site.house)
    assert first.state is PollState.READING
    assert first.cursor
    known = {one.own_code for one in site.claims()}
    assert 0 < len(known) < ROWS
    assert "đã đọc" in site.house.store.readings.coverage_facts("igate").problem
    site.served.faults.append(Fault(status(403), igate.SEARCH_PATH, times=1))
    broken = site.slice(site.house)
    assert broken.state is PollState.FAILED
    read = [
        entry for entry in site.served.asked(igate.SEARCH_PATH) if "accepted-from" in entry.query
    ]
    before = Counter(entry.query["accepted-from"] for entry in read)
    site.ask(site.house)
    site.served.ledger.clear()
    assert site.read(site.house).state is PollState.DONE
    again = {name for name, page in site.windows() if page != "0"}
    whole = {name for name, count in before.items() if count > PAGE}
    assert not whole & again
    assert {one.own_code for one in site.claims()} == {row.code for row in site.served.rows}


def test_a_source_that_does_not_understand_the_filter_is_read_as_a_whole(site: Site):
    site.served.filters = False
    site.ask(site.house)
    assert site.read(site.house).state is PollState.DONE
    assert {one.own_code for one in site.claims()} == {row.code for row in site.served.rows}


def test_what_three_sweeps_in_parts_do_not_hold_is_gone(site: Site):
    site.ask(site.house)
    site.read(site.house)
    gone = [site.served.rows[3], next(row for row in site.served.rows if row.received_on is None)]
    site.served.rows = [row for row in site.served.rows if row not in gone]
    for days in (1, 2, 3):
        assert len(site.claims()) == ROWS
        house = site.at(days)
        site.ask(house)
        assert site.read(house).state is PollState.DONE
    assert {one.own_code for one in site.claims()} == {row.code for row in site.served.rows}
