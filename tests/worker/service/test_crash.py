"""F1: a worker is killed at its writes in turn; whoever comes next finishes the run.

SQLite: at the first, fourth, … before the COMMIT, at the second, fifth, … after it; PostgreSQL: at
the third, sixth, … after it.
"""

import contextlib
import itertools
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from reconcile.scope import Scope
from tests.worker.conftest import pg_database
from tests.worker.making import TODAY
from tests.worker.services import Service, office, runs_out
from worker.house import House
from worker.run.requests import Request
from worker.service import queue
from worker.store import RunState, Store
from worker.store.engine import Database

SCOPE = Scope(as_of=TODAY)
#: More than any run of this office needs.
MOST = 60


def killed_at(service: Service, run_id: str, point: int, *, after: bool) -> bool:
    """Carry the run out in a child that dies at its n-th write, before or after its COMMIT."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_at(point, after=after)
            queue.carry_out(service.house(), run_id)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def _die_at(point: int, *, after: bool) -> None:
    write, numbers = Database.write, itertools.count(1)

    def counted(self: Database, work: Callable[..., object]) -> object:
        number = next(numbers)  # the lease is renewed by a thread beside
        if number == point and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = write(self, work)
        if number == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Database.write = counted  # type: ignore[method-assign,assignment]


def assert_whole(house: House, run_id: str) -> tuple[object, ...]:
    """Nothing lost, nothing doubled; what every interrupted run must come to."""
    store = house.store
    run = store.runs.one(run_id)
    assert run is not None
    assert run.state is RunState.DONE
    assert len(store.readings.claims()) == 35
    opened = Counter(change.id for change in store.decisions.changes())
    assert set(opened.values()) == {1}
    assert store.leases.holder("all") is None
    assert store.upkeep.verify() == []
    kinds = Counter(one.kind.value for one in store.decisions.discrepancies())
    assert kinds["RETURNED_STILL_PENDING"] == 15
    folder = house.settings.office.data_dir / "reports" / run_id
    assert not [one for one in folder.iterdir() if one.suffix in (".part", ".tmp")]
    return (
        tuple(sorted(opened)),
        tuple(sorted(kinds.items())),
        (folder / "findings.jsonl").read_bytes(),
    )


def one_after_another(
    folder: Path, fresh: Callable[[int], str], *, after: bool, first: int = 1, step: int
) -> int:
    """Kill at one write after the other until the run gets through; the last that was reached."""
    wholes = set()
    for point in range(first, MOST, step):
        place = folder / f"office-{point}"
        service = office(place, database=fresh(point), broker_url="redis://127.0.0.1:1/0")
        house = service.house()
        run_id = queue.ask(house, Request(SCOPE, formats=("json",))).run_id
        house.store.close()
        dead = killed_at(service, run_id, point, after=after)
        if dead:
            runs_out(house.store)
            house.store.queue.tidy(at=house.clock.now())
            queue.carry_out(house, run_id)
        wholes.add(assert_whole(house, run_id))
        house.store.close()
        shutil.rmtree(place)
        if not dead:
            assert len(wholes) == 1  # the same, wherever it was struck
            return point - step
    raise AssertionError("the run never got through")


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.usefixtures("in_earnest")  # the one that dies shares no process that parses
def test_killed_at_every_write_on_sqlite(tmp_path: Path, after: bool):
    template = tmp_path / "template.db"
    Store.open(f"sqlite:///{template}").close()

    def fresh(point: int) -> str:
        file = tmp_path / f"{point}.db"
        shutil.copy(template, file)
        return f"sqlite:///{file}"

    assert one_after_another(tmp_path, fresh, after=after, first=1 + after, step=3) >= 8


@pytest.mark.slow
@pytest.mark.usefixtures("in_earnest")
def test_killed_at_every_write_on_postgres(tmp_path: Path, pg_admin_url: str, pg_template: str):
    with contextlib.ExitStack() as stack:

        def fresh(_point: int) -> str:
            return stack.enter_context(pg_database(pg_admin_url, pg_template))

        assert one_after_another(tmp_path, fresh, after=True, first=3, step=3) >= 8
