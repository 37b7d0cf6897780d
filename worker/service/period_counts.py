"""Countings of periods in the service: asked for, hinted at, carried out.

A counting is a row first, then a hint. Whatever becomes of the hint, the row is found by the sweep;
two that ask for the same wait for one.
"""

from __future__ import annotations

from datetime import date

import structlog

from reconcile.scope import Scope
from worker.house import House
from worker.run import leases
from worker.run import periods as freezing
from worker.run.periods import NotPossible
from worker.service import celery, queue
from worker.store import AskedCount, Lease, LeaseLost, PeriodDraft

log = structlog.get_logger(__name__)

CHANGED = " Tính lại số liệu của kỳ, xem lại rồi đề nghị."


def ask(house: House, wanted: AskedCount) -> AskedCount:
    """The counting that was recorded and hinted at, or that somebody had asked for before."""
    asked = house.store.periods.ask_count(wanted)
    hint(house, asked)
    return asked


def hint(house: House, asked: AskedCount) -> bool:
    """Tell the workers that the counting waits; that it was not taken in time is no failure."""
    days = (asked.starts.isoformat(), asked.ends.isoformat())
    return queue.send(house.settings, celery.COUNT_PERIOD, *days)


def hint_due(house: House) -> list[str]:
    """Hint at every counting that waits and that nobody carries out; the names of the periods."""
    due = house.store.periods.counts_due()
    for one in due:
        hint(house, one)
    return [one.name for one in due]


def carry_out(house: House, starts: date, ends: date) -> bool:
    """Count a period that waits for it; False when there was nothing to do here, or not now."""
    store, seconds = house.store, house.settings.service.lease.total_seconds()
    asked = store.periods.asked_count(starts, ends)
    if asked is None or (asked.freezes and store.leases.holder(leases.ALL)):
        return False  # what a run moves is not frozen: the sweep comes again
    try:
        with leases.held(store, "", house.clock, name=asked.lease, seconds=seconds) as held:
            begun = store.periods.begin_count(asked, held)
            if begun is not None:
                _count(house, begun, held)
    except leases.Busy:
        return False
    except LeaseLost:
        log.warning("period.overtaken", period=asked.name)  # whoever has it now goes on
        return False
    return begun is not None


def _count(house: House, asked: AskedCount, held: Lease) -> None:
    log.info("period.counting", period=asked.name, freezes=asked.freezes)
    try:
        if asked.freezes:
            _freeze(house, asked, held)
        else:
            _look(house, asked, held)
    except NotPossible as problem:
        told = f"{problem}{CHANGED if asked.freezes else ''}"
        house.store.periods.end_count(asked, held, problem=told)
        log.info("period.not_counted", period=asked.name)
    except (leases.Busy, LeaseLost):
        raise
    except Exception:
        # Whatever it was, it is logged and tried again a few times, each time that the sweep comes.
        log.exception("period.failed", period=asked.name, attempt=asked.attempts + 1)
    else:
        log.info("period.counted", period=asked.name)


def _look(house: House, asked: AskedCount, held: Lease) -> None:
    """Keep the figures of the period, by what is stored now, as its draft."""
    number = len(house.store.periods.of(asked.starts, asked.ends))
    kept = freezing.look(house, _scope(asked), asked.name, correct=number > 0)
    now, payload = house.clock.now(), freezing.pack(kept)
    draft = PeriodDraft(asked.starts, asked.ends, asked.name, number, now, payload)
    house.store.periods.keep_draft(draft, actor=asked.by, at=now, held=held)


def _freeze(house: House, asked: AskedCount, held: Lease) -> None:
    """Freeze what was proposed, exactly as it was seen; nothing where no proposal stands."""
    draft = house.store.periods.draft_of(asked.starts, asked.ends)
    if draft is None or not draft.by:
        house.store.periods.end_count(asked, held)
        return
    freezing.freeze(
        house,
        _scope(asked),
        asked.name,
        by=f"{draft.by}; duyệt: {asked.by}",
        reason=draft.reason,
        correct=draft.number > 0,
        seen=freezing.unpack(draft.payload),
    )
    house.store.periods.drop_draft(draft, actor=asked.by, at=house.clock.now())


def _scope(asked: AskedCount) -> Scope:
    """The whole office's, judged on the last day of a period that is over."""
    return Scope(as_of=asked.ends, starts=asked.starts, ends=asked.ends)
