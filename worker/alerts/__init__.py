"""Alerts: a short digest to the head of each unit, one mail to IT when a source is
down, or when a full run differs from the runs by change.

``for_run`` gives a run the mails that are written in the transaction of its changes; ``prepare``
makes those that are due without a run; ``sending.deliver`` takes them to the mail server, or
writes them as files where the office has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from reconcile.findings import Undetermined
from reconcile.lifecycle import Change
from worker.alerts import situation
from worker.alerts.digest import TO_IT
from worker.alerts.digest_values import Message
from worker.alerts.situation import Fresh, Heads
from worker.house import House
from worker.reports.decided import Decided
from worker.reports.written import Lines
from worker.store import Posting, SourceFacts


def for_run(
    house: House,
    *,
    run_id: str,
    as_of: date,
    sources: Sequence[SourceFacts],
    lines: Lines | None,
    changes: Sequence[Change],
    undetermined: Sequence[Undetermined] | None = None,
    unjudged: Iterable[str] = (),
    covered: bool = True,
    decided: Decided | None = None,
) -> Posting | None:
    """The mails of a run that the cadence lets go now, to be written with its changes.

    None where nobody could be written to. ``lines`` are those of its findings, once they are made;
    None: it decided nothing anew. ``undetermined`` only where the run judged the whole
    office; ``decided`` is how it decided. A period of which some days were not read (``covered``)
    is no mail to a head. Nothing is sent here.
    """
    if not situation.has_readers(house):
        return None
    fresh = Fresh(run_id, lines, changes, undetermined, frozenset(unjudged), decided)
    gathered = replace(situation.gather(house, sources, fresh), as_of=as_of)
    due = situation.messages(house, gathered, asked_for=False)
    due = [one for one in due if covered or one.kind in TO_IT]
    return situation.posting(house, gathered, due, house.clock.now())


def prepare(house: House, *, asked_for: bool = True) -> int:
    """Put the mails that are due into the outbox, outside of a run; how many."""
    gathered = situation.gather(house, house.source_facts())
    due = situation.messages(house, gathered, asked_for=asked_for)
    if not due:
        return 0
    return house.store.outbox.post(situation.posting(house, gathered, due, house.clock.now()))


def would_go(house: House, heads: Heads | None = None) -> list[Message]:
    """The mails as they would go out if they were asked for now; nothing is remembered.

    ``heads``: those of these recipients alone.
    """
    gathered = situation.gather(house, house.source_facts(), heads=heads)
    found = situation.messages(house, gathered, asked_for=True)
    return [one for one in found if heads is None or one.recipient in heads.recipients]


__all__ = ["Heads", "Message", "for_run", "prepare", "would_go"]
