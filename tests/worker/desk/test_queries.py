"""What a page of these asks of the database is a few questions, however much there is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.worker.counting import approved
from tests.worker.counting import counted as counted_anew
from tests.worker.desk.doubts import doubtful_office
from worker.desk import check_page, inspection, pairs, period_page, periods, samples
from worker.desk.actor import Actor, OfficeRole, at_the_shell
from worker.house import House

OFFICER, INSPECTOR = Actor("An", OfficeRole.OFFICER), Actor("Tra", OfficeRole.INSPECTOR)
PERIOD = "2024-01"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An office with doubts, a frozen month and a check of it."""
    house = doubtful_office(tmp_path_factory.mktemp("asked")).house()
    counted_anew(house, at_the_shell("An"), PERIOD)
    periods.propose(house, at_the_shell("An"), PERIOD, "Báo cáo")
    approved(house, at_the_shell("Bình"), PERIOD)
    check_page.begin(house, INSPECTOR, PERIOD, "", asked={"late_rate": "20"}, risk="5")
    samples.throw(house, PERIOD, "1" * 20, by="Tra", witnesses="Bà An")
    yield house
    house.store.close()


@contextlib.contextmanager
def counted(house: House) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        found.append(statement)

    engines = {id(one): one for one in (house.store.database.reader, house.store.database.writer)}
    for engine in engines.values():
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines.values():
            event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("ask", "most"),
    [
        (lambda house: pairs.left(house, OFFICER), 1),
        (lambda house: pairs.waiting(house, OFFICER, limit=1), 1),
        (lambda house: pairs.view(house, OFFICER, pairs.waiting(house, OFFICER)[0]), 40),
        (lambda house: period_page.figures(house, OFFICER, PERIOD), 20),
        (lambda house: period_page.dossiers(house, OFFICER, PERIOD, cell="late"), 3),
        (lambda house: inspection.inspect(house, INSPECTOR, PERIOD), 40),
        (lambda house: check_page.page(house, INSPECTOR, PERIOD), 4),
    ],
    ids=["left", "waiting", "pair", "period", "dossiers", "inspection", "check"],
)
def test_a_page_asks_a_few_questions(
    house: House, ask: Callable[[House], object], most: int
) -> None:
    ask(house)
    with counted(house) as statements:
        ask(house)
    asked = [one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]
    assert 0 < len(asked) <= most, "\n".join(sorted(asked))


def test_the_queue_costs_as_much_for_one_as_for_all(house: House, tmp_path: Path) -> None:
    with counted(house) as one:
        pairs.waiting(house, OFFICER, limit=1)
    with counted(house) as everything:
        pairs.waiting(house, OFFICER)
    assert len(one) == len(everything)
