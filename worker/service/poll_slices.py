"""Polls in the service: hinted at, read slice by slice, and what follows when one is over.

A poll is a row first, then a hint. Whatever becomes of the hint, the row is found by the sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconcile.scope import Scope
from worker.house import House
from worker.run import slices
from worker.run.requests import Request
from worker.service import celery, queue
from worker.store import Poll, PollState

#: What asks for the run that judges what a poll brought.
TRIGGER = "schedule:read"


def read(house: House, source: str, *, stopping: Callable[[], bool] = lambda: False) -> Poll | None:
    """Read a source for one slice; its poll after it, None when there was nothing to do here."""
    poll = slices.work_on(house, source, stopping=stopping)
    if poll is None or stopping():
        return poll
    if poll.state is PollState.READING:
        hint(house, [source])
        return poll
    if poll.brought.writes and not house.store.queue.is_awaited(source):
        _judge(house)
    queue.hint_next(house)
    return poll


def _judge(house: House) -> None:
    """Nobody waits for what was read: a run of its own says what it means."""
    scope = Scope(as_of=house.clock.today())
    request = Request(scope, trigger=TRIGGER, poll=False, formats=("json",))
    queue.ask(house, request)


def hint(house: House, sources: Iterable[str]) -> None:
    """Tell the workers that these sources are to be read; that it was not taken is no failure."""
    limit = celery.longest_slice(house.settings)
    for source in sources:
        queue.send(house.settings, celery.READ_SOURCE, source, limit=limit)


def hint_due(house: House) -> list[str]:
    """Hint at every source that is to be read and that nobody reads; their names."""
    due = house.store.asked.due()
    hint(house, due)
    return due
