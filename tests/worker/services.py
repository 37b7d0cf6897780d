"""Real workers and schedulers over a small office, as child processes that may be killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import update

from tests import canary
from tests.worker.office import CONFIG, EXPORT, REGISTER, dossiers, entries, make, write
from worker.house import House, open_house
from worker.service import broker, poll_slices, queue
from worker.service.celery import WORKER_ARGS
from worker.store import Run, RunState, Store
from worker.store.tables import lease

#: Seconds after which a test that waits gives up: a machine may stand still for half a minute.
PATIENCE = 180
#: ``make soak``: many rounds, and the bounds of recovery are asserted.
SOAK = "DOISOAT_FAULT_ROUNDS" in os.environ

ROOT = Path(__file__).parent.parent.parent
#: Seconds: as short as a busy machine keeps them without work being taken over from the living.
LEASE, SWEEP = 4, 1
SERVICE = f"""
[database]
url = "{{database}}"

[broker]
url = "{{broker}}"

[service]
lease = "{LEASE}s"
sweep = "{SWEEP}s"
health_port = 0

[console]
port = 0
"""


@dataclass
class Service:
    """An office's folder with its database and broker, and the processes that serve it."""

    folder: Path
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    failed: bool = False  # somebody waited in vain: nothing here is good for another test

    @property
    def config(self) -> Path:
        return self.folder / "doisoat.toml"

    def house(self) -> House:
        return open_house(self.config, os.environ)

    def start(self, program: str, *words: str, **environ: str) -> subprocess.Popen[bytes]:
        """A child of its own process group, whose log goes to ``log`` in the folder."""
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(
                [Path(sys.executable).with_name(program), *words],
                cwd=self.folder,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "DOISOAT_CONFIG": str(self.config),
                    "REMAP_SIGTERM": "SIGQUIT",
                    "PYTHONFAULTHANDLER": "1",
                    **environ,
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def worker(self, name: str = "w", **environ: str) -> subprocess.Popen[bytes]:
        return self.start(
            "celery", "-A", "worker.app", "worker", *WORKER_ARGS, "-n", f"{name}@test", **environ
        )

    def started(self, workers: int) -> None:
        """So many workers are ready to take work."""
        until(lambda: self.log().count("@test ready") >= workers, PATIENCE, self)

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("celery", "-A", "worker.app", "beat")

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def died(self) -> list[str]:
        """The processes that ended by themselves, and not well; tests strike by SIGKILL."""
        return [
            f"{Path(str(child.args[0])).name} {' '.join(map(str, child.args[1:5]))}: "
            f"code {child.returncode}"
            for child in self.children
            if child.poll() not in (None, 0, -signal.SIGKILL)
        ]

    def abort(self) -> None:
        """Every process writes its stacks to the log and ends."""
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGABRT)
                os.killpg(child.pid, signal.SIGCONT)
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):  # it was stopped, or is no Python
                child.wait(10)
                continue
            kill_group(child)

    def stop(self) -> None:
        """Nobody is left behind: each child led a group of its own."""
        for child in self.children:
            kill_group(child)
        self.children.clear()
        canary.keep("service-log", self.log())


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """As the machine would: no goodbye, for the child and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(PATIENCE)


def office(folder: Path, *, database: str, broker_url: str, count: int = 20) -> Service:
    """Twenty pending births, of which the first fifteen were handed over on paper."""
    make(folder, CONFIG + SERVICE.format(database=database, broker=broker_url))
    write(folder / "inbox/motcua/a.xlsx", EXPORT, dossiers(count))
    write(folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(count)[:15]))
    return Service(folder)


def within(seconds: float) -> float:
    """A bound of recovery, where it is measured; elsewhere only that all recovers."""
    return seconds if SOAK else PATIENCE


def until(what: Callable[[], bool], seconds: float, service: Service) -> float:
    """Wait until it is so; how long it took. Who waits in vain learns where each process stood."""
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun >= seconds:
            died = "; ".join(service.died()) or "no process had died"
            service.failed = True
            service.abort()
            pytest.fail(f"waited {seconds:.0f} s in vain; {died}\n{service.log()[-20_000:]}")
        time.sleep(0.05)  # each look is a question or more, while others need the machine
    return time.monotonic() - begun


def runs_out(store: Store) -> None:
    """The leases of the dead, as after their time: nobody waits for it, and while their holders
    live they are long enough for a busy machine.
    """
    store.database.write(
        lambda connection: connection.execute(
            update(lease).where(lease.c.until > 0).values(until=1.0)
        )
    )


def ended(house: House, run_id: str, state: RunState = RunState.DONE) -> bool:
    found = house.store.runs.one(run_id)
    return found is not None and found.state is state


def worked_off(house: House, run_id: str) -> RunState | None:
    """What the workers would do for a run, done here: its polls are read, then it decides."""
    state = queue.carry_out(house, run_id)
    while state is RunState.RUNNING:
        for source in house.store.asked.due():
            poll_slices.read(house, source)
        state = queue.carry_out(house, run_id)
    return state


def run_of(house: House, run_id: str) -> Run:
    found = house.store.runs.one(run_id)
    assert found is not None
    return found


def socket_of(house: House) -> Path:
    return broker.socket_file(house.settings)
