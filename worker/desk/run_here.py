"""A run in this process, with all that it needs; and a report of what is stored.

The console hands its runs to the service (``desk.runs``); who runs here waits for the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reconcile.scope import Scope
from worker import reports
from worker.clock import pause
from worker.desk.actor import Actor, Right
from worker.house import House
from worker.run import leases, notices, story
from worker.run.file_questions import TO_DO
from worker.run.notices import Notice
from worker.run.requests import Outcome, Request, Unmasked
from worker.run.story import Tell
from worker.store import Progress

__all__ = ["TO_DO", "BusyOffice", "Outcome", "Progress", "Tell"]

#: Seconds between two looks at an office that somebody else works on.
LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class BusyOffice:
    """Another run works now; ``same``: on this very scope, so its result is the answer, too."""

    run_id: str
    same: bool


def run(
    house: House,
    actor: Actor,
    scope: Scope,
    tell: Tell,
    *,
    out: Path | None = None,
    fail_on_open: bool = False,
    wait: bool = True,
) -> Outcome | BusyOffice:
    """What came of the run, or who keeps it from beginning.

    ``wait``: for the polls; without it is decided by what is known.
    """
    actor.need(Right.RUN)
    request = Request(scope=scope, out=out, fail_on_open=fail_on_open, wait=wait)
    try:
        return story.run(house, request, tell)
    except leases.Busy as busy:
        other = house.store.runs.one(busy.run_id)
        same = other is not None and other.scope == scope and out is None
        return BusyOffice(busy.run_id, same)


def await_free(house: House) -> None:
    """Nothing; whoever works on the office is done by then."""
    while house.store.leases.holder(leases.ALL) is not None:
        pause(LOOK_EVERY)


def report(
    house: House,
    actor: Actor,
    scope: Scope,
    tell: Tell,
    *,
    out: Path | None = None,
    formats: tuple[str, ...] = reports.FORMATS,
    in_full: str = "",
) -> Outcome:
    """The report of a scope from what is stored; no source is read. Raises ``leases.Busy``.

    ``in_full``: why whole names are needed; the audit keeps it, and who asked.
    """
    actor.need(Right.RUN)
    names = Unmasked(by=actor.who, reason=in_full) if in_full else None
    request = Request(scope, trigger="report", poll=False, out=out, formats=formats, in_full=names)
    return story.run(house, request, tell)


def noticed(house: House, actor: Actor) -> list[Notice]:
    """What makes the next run count otherwise than the last."""
    actor.need(Right.RUN)
    return notices.notices(house.settings, house.store, house.clock.today())
