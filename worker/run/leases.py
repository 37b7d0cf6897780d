"""One worker a scope: a lease that is kept alive while the work goes on.

Locks save effort, constraints save correctness: the lease keeps two runs from doing the same work,
and its token keeps a run that slept too long from writing (``worker/store/leases.py``).
"""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from worker.clock import Clock, pause
from worker.store import Lease, LeaseLost, Store, StoreError
from worker.store.leases import ALL as ALL  # noqa: PLC0414 - handed on

#: Seconds; a killed worker's scope is free again after that.
LASTS = 60.0
#: Seconds between two looks at a lease that somebody else holds.
BUSY_PAUSE = 0.2


class Busy(Exception):
    """Somebody works on the scope already; ``run_id`` is the run to follow."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Phạm vi này đang được chạy (lần chạy {run_id or 'chưa rõ'})")
        self.run_id = run_id


def claim(
    store: Store, run_id: str, clock: Clock, *, name: str = ALL, seconds: float = LASTS
) -> Lease | None:
    """Take the scope for a run, or None while another run holds it.

    A run that its holder left unfinished (killed, machine off) is marked as interrupted.
    """
    wanted = Lease(name, 0, _unique_owner(), run_id)
    return store.leases.claim(wanted, seconds=seconds, at=clock.now())


@contextmanager
def held(
    store: Store, run_id: str, clock: Clock, *, name: str = ALL, seconds: float = LASTS
) -> Iterator[Lease]:
    """Hold the scope while the work goes on, renewed in the background, and give it back.

    Raises Busy when another run holds it. When it is taken over meanwhile (this process slept),
    the next act under the lease raises LeaseLost.
    """
    lease = claim(store, run_id, clock, name=name, seconds=seconds)
    if lease is None:
        holder = store.leases.holder(name)
        raise Busy(holder.run_id if holder else "")
    ended = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(store, lease, seconds, ended), name="lease", daemon=True
    )
    keeper.start()
    try:
        yield lease
    finally:
        ended.set()
        keeper.join()
        store.leases.release(lease)


@contextmanager
def waited_for(store: Store, run_id: str, clock: Clock) -> Iterator[Lease]:
    """As ``held``, once whoever works on the office now is done."""
    with ExitStack() as holding:
        while True:
            try:
                lease = holding.enter_context(held(store, run_id, clock))
            except Busy:
                pause(BUSY_PAUSE)
                continue
            yield lease
            return


def _keep(store: Store, lease: Lease, seconds: float, ended: threading.Event) -> None:
    while not ended.wait(seconds / 3):
        try:
            store.leases.renew(lease, seconds=seconds)
        except LeaseLost:
            return  # the work finds out at its next act
        except StoreError:
            continue  # a restart of the database: there is time for two more tries


def _unique_owner() -> str:
    """Names this claim among all processes, and tells a person which machine and process it was."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
