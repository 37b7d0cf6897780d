"""Each rule of "nothing lost, nothing doubled" fails on a planted bug: green means something."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update

from tests.worker import invariants
from tests.worker.services import worked_off
from tests.worker.town import Town, town
from worker.house import House
from worker.service import ticking
from worker.store import RunState
from worker.store.mail_tables import outbox
from worker.store.tables import change, claim, discrepancy, run


@pytest.fixture
def made(tmp_path: Path, store_url: str) -> Iterator[tuple[House, Town]]:
    """A town after one whole run, its mails delivered; no worker is needed for that."""
    with town(tmp_path / "office", database=store_url, broker_url="redis://127.0.0.1:1/0") as one:
        house = one.service.house()
        run_id = one.ask(house, send=False)
        assert worked_off(house, run_id) is RunState.DONE
        ticking.deliver(house)
        yield house, one
        house.store.close()


def write(house: House, *statements: object) -> None:
    def act(connection):
        for one in statements:
            connection.execute(one)

    house.store.database.write(act)


def lose_a_claim(house: House, _town: Town) -> None:
    keys = [one.key for one in house.store.readings.claims() if one.source == "igate"]
    write(house, delete(claim).where(claim.c.key == keys[0]))


def mail_twice(_house: House, one: Town) -> None:
    one.sink.ledger.append(one.sink.ledger[0])


def forget_a_mail(house: House, _town: Town) -> None:
    first = select(outbox.c.id).where(outbox.c.state == "sent").limit(1).scalar_subquery()
    write(house, update(outbox).where(outbox.c.id == first).values(state="pending"))


def believe_a_mail(_house: House, one: Town) -> None:
    one.sink.ledger.pop()


def lose_a_finding(house: House, _town: Town) -> None:
    gone = house.store.decisions.discrepancies()[0].id
    write(
        house,
        text("DELETE FROM finding"),
        delete(change).where(change.c.discrepancy_id == gone),
        delete(discrepancy).where(discrepancy.c.id == gone),
    )


def open_twice(house: House, _town: Town) -> None:
    columns = [one for one in change.c if one.name != "id"]
    copied = select(*columns).limit(1)
    write(house, insert(change).from_select([one.name for one in columns], copied))


def hang_a_run(house: House, _town: Town) -> None:
    write(house, update(run).values(state="running"))


def spoil_the_database(house: House, _town: Town) -> None:
    write(house, update(discrepancy).values(state="waived"))


PLANTED: dict[Callable[[House, Town], None], str] = {
    lose_a_claim: "I1",
    mail_twice: "I3 twice",
    forget_a_mail: "I3 not believed",
    believe_a_mail: "I3 believed",
    lose_a_finding: "I4 missing",
    open_twice: "I4 opened twice",
    hang_a_run: "I5",
    spoil_the_database: "I6",
}


@pytest.mark.slow
def test_each_rule_fails_on_its_bug_and_on_nothing_else(made: tuple[House, Town]):
    house, one = made
    assert invariants.broken(house, one) == []
    assert one.sink.ledger, "no mail was sent: a Sunday? then I3 shows nothing"
    for plant, told in PLANTED.items():
        kept = house.store.database, list(one.sink.ledger)
        copy = one.service.folder / f"{plant.__name__}.db"
        house.store.upkeep.backup(copy)
        plant(house, one)
        assert any(wrong.startswith(told) for wrong in invariants.broken(house, one)), told
        one.sink.ledger[:] = kept[1]
        _put_back(house, copy)
        assert invariants.broken(house, one) == []


def _put_back(house: House, copy: Path) -> None:
    from worker.store import Store
    from worker.store.engine import connect

    if house.store.database.is_sqlite:  # the audit is only added to: here it is put back as it was
        with house.store.database.writer.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_no_delete")
    back = Store(connect(f"sqlite:///{copy}"))
    back.upkeep.copy_to(house.store)
    back.close()
