"""The doors of the workers: they take an id, call the house, and leave.

Every task may come twice, late or never; each looks into the database for what there is to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

from worker.house import House, open_house
from worker.run import leases
from worker.service import inbox, period_counts, poll_slices, queue, ticking
from worker.service.celery import app, config_file, is_stopping


@contextmanager
def _house() -> Iterator[House]:
    """Opened for each task: what the office changes in its tables counts from the next one."""
    house = open_house(config_file(), os.environ)
    try:
        yield house
    finally:
        house.store.close()


@app.task
def reconcile_run(run_id: str) -> None:
    """Carry out a run that was recorded."""
    with _house() as house:
        queue.carry_out(house, run_id, stopping=is_stopping)
        if not is_stopping():
            poll_slices.hint_due(house)  # what the run asked to be read


@app.task
def read_source(source: str) -> None:
    """Read a source that is to be read for a slice of time."""
    with _house() as house:
        poll_slices.read(house, source, stopping=is_stopping)


@app.task
def count_period(starts: str, ends: str) -> None:
    """Count a period that somebody asked for, and keep what they see."""
    with _house() as house:
        period_counts.carry_out(house, date.fromisoformat(starts), date.fromisoformat(ends))


@app.task
def tick() -> None:
    """Record the runs that the schedule says are due."""
    with _house() as house:
        ticking.tick(house)


@app.task
def chore(name: str) -> None:
    """Do a chore of the schedule, if it is still due."""
    with _house() as house:
        ticking.chore(house, name)


@app.task
def deliver() -> None:
    """Send the mails that are due."""
    with _house() as house:
        ticking.deliver(house)


@app.task
def sweep() -> None:
    """Leave a sign of life, put right what dead workers left, hint at what waits."""
    with _house() as house:
        ticking.sweep(house)


@app.task
def watch() -> None:
    """Take in what offices put into the watched inboxes; while a run works, the next look does."""
    with _house() as house, suppress(leases.Busy):
        inbox.watch(house)
