"""Runs that are handed to the workers: asked for, hinted at, followed, cancelled, carried out.

A run is a row first, then a hint. Whatever becomes of the hint, the row is found by the sweep.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog
from kombu.exceptions import OperationalError

from config.settings import Settings
from worker.clock import pause
from worker.house import House
from worker.run import leases, polling, story
from worker.run.requests import Request
from worker.service import celery
from worker.store import (
    ENDED,
    Awaited,
    Lease,
    LeaseLost,
    Order,
    Progress,
    Run,
    RunState,
    Store,
    StoreError,
    Wish,
)

log = structlog.get_logger(__name__)

#: Seconds to wait for a start, and for the broker to take a hint, before a person is answered.
PATIENCE = 3.0
HINT_PATIENCE = 2.0
#: Seconds without anybody at work after which a started run is no longer followed.
GIVE_UP = 120.0
#: Seconds by which a limit that can be caught lies behind one that cannot: none is caught.
LAST_WORD = 60.0


class Cancelled(Exception):
    """A person asked that the run be stopped."""


class Stopping(Exception):
    """The service shuts down; the run begins again when it is back."""


class Work(msgspec.Struct, frozen=True):
    """What a run is to do beside its scope, as it stands in the queue."""

    poll: bool
    sweep: bool
    formats: tuple[str, ...]
    fail_on_open: bool
    wait: bool = True


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The run that will answer; ``shared`` when somebody had asked for the same before."""

    run_id: str
    shared: bool


def wish(house: House, request: Request, *, by: str = "") -> Wish:
    """The request as the store records it; equal wishes have the same key."""
    work = Work(request.poll, request.sweep, request.formats, request.fail_on_open, request.wait)
    told = msgspec.json.encode(work)
    key = hashlib.sha256(msgspec.json.encode(request.scope, order="deterministic") + told)
    return Wish(
        run_id=story.new_run_id(house),
        key=key.hexdigest(),
        trigger=request.trigger,
        scope=request.scope,
        request=told.decode(),
        asked_by=by,
    )


def ask(house: House, request: Request, *, by: str = "") -> RecordedRun:
    """Record the run. Nothing is sent yet: see ``hint``."""
    wanted = wish(house, request, by=by)
    run_id = house.store.queue.ask(wanted, at=house.clock.now())
    return RecordedRun(run_id, shared=run_id != wanted.run_id)


def hint(settings: Settings, run_id: str, *, patience: float = HINT_PATIENCE) -> bool:
    """Tell the workers that the run waits; False when the broker did not take it in time.

    That is no failure: the sweep finds the run.
    """
    return send(settings, celery.RECONCILE_RUN, run_id, patience=patience)


def send(
    settings: Settings,
    task: str,
    *ids: str,
    patience: float = HINT_PATIENCE,
    limit: float | None = None,
) -> bool:
    """Hint at any task; False when the broker did not take it in time.

    ``limit``: seconds after which it is ended by force, where they are its own.
    """
    limits = {} if limit is None else {"time_limit": limit, "soft_time_limit": limit + LAST_WORD}
    taken = threading.Event()

    def try_it() -> None:
        try:
            celery.application(settings).send_task(task, args=list(ids), **limits)
        except (OperationalError, OSError) as error:
            log.warning("hint.not_sent", task=task, ids=ids, error=type(error).__name__)
        else:
            taken.set()

    sender = threading.Thread(target=try_it, name="hint", daemon=True)
    sender.start()
    sender.join(patience)
    return taken.is_set()


def cancel(house: House, run_id: str, *, by: str) -> RunState | None:
    """Take a wish back; the state of the run after it, None for a run that nobody queued."""
    return house.store.queue.cancel(run_id, by, at=house.clock.now())


def follow(
    store: Store,
    run_id: str,
    tell: Callable[[Run], None],
    *,
    patience: float | None = None,
    give_up: float | None = None,
) -> Run | None:
    """Tell of a run until it ends; the run as it was last seen.

    Returns early with a run that is still QUEUED after ``patience`` (else PATIENCE) seconds, or
    RUNNING where its worker is gone and none took it up in ``give_up`` (else GIVE_UP) seconds.
    None: there is no such run.
    """
    begun = alive = time.monotonic()
    patience = PATIENCE if patience is None else patience
    while (found := store.runs.one(run_id)) is not None and found.state not in ENDED:
        tell(found)
        now = time.monotonic()
        if found.state is RunState.QUEUED and now - begun > patience and not found.problem:
            return found
        if store.leases.holder(leases.ALL) is not None or store.asked.at_work():
            alive = now
        elif now - alive > (GIVE_UP if give_up is None else give_up):
            return store.runs.one(run_id)  # it may have ended between the two looks
        pause(0.2)
    return found


def carry_out(
    house: House, run_id: str, *, stopping: Callable[[], bool] = lambda: False
) -> RunState | None:
    """Do the work of a recorded run, if it is still to be done and nobody else does it.

    The state it was left in; None when there was nothing to do here.
    """
    known = house.store.runs.one(run_id)
    if known is None or known.state in ENDED:
        return None
    seconds = house.settings.service.lease.total_seconds()
    try:
        with leases.held(house.store, run_id, house.clock, seconds=seconds) as lease:
            order = house.store.queue.take(run_id, lease, at=house.clock.now())
            state = None if order is None else _work(house, order, lease, stopping)
    except leases.Busy as busy:
        log.info("run.waits", run=run_id, behind=busy.run_id)
        return None
    if not stopping():
        hint_next(house)
    return state


def hint_next(house: House) -> str | None:
    """Hint at the run that may begin now; its id."""
    due = house.store.queue.due()
    if due is not None:
        hint(house.settings, due)
    return due


def _work(
    house: House, order: Order, lease: Lease, stopping: Callable[[], bool]
) -> RunState | None:
    work = msgspec.json.decode(order.request, type=Work)
    request = Request(
        scope=order.scope,
        trigger=order.trigger,
        poll=work.poll,
        sweep=work.sweep,
        formats=work.formats,
        fail_on_open=work.fail_on_open,
        wait=work.wait,
    )
    queue = house.store.queue
    if order.awaited is None:
        log.info("run.started", run=order.run_id, trigger=order.trigger, attempt=order.attempts)
    else:
        log.info("run.goes_on", run=order.run_id, attempt=order.attempts)
    try:
        watching = _watching(house, order, stopping)
        said = _read(house, request, order, lease, watching)
        if said is None:
            log.info("run.waits_for_polls", run=order.run_id)
            return RunState.RUNNING
        story.carry_out(house, request, order.run_id, lease, watching, said)
    except Cancelled:
        queue.end_cancelled(order.run_id, lease, at=house.clock.now())
        log.info("run.cancelled", run=order.run_id)
        return RunState.CANCELLED
    except Stopping:
        queue.give_back(order.run_id, lease, counts=False)
        log.info("run.given_back", run=order.run_id)
        return RunState.QUEUED
    except LeaseLost:
        # This process slept beyond its lease; whoever has the run now goes on with it.
        log.warning("run.overtaken", run=order.run_id)
        return None
    except Exception as error:
        # Whatever it was, it is logged, counted and tried again a few times.
        log.exception("run.failed", run=order.run_id, attempt=order.attempts)
        queue.give_back(order.run_id, lease, counts=True, problem=_told(error))
        return RunState.QUEUED
    return RunState.DONE


def _read(
    house: House, request: Request, order: Order, lease: Lease, tell: story.Tell
) -> polling.Brought | None:
    """What the sources brought; None while they are being read, and the run waits for that.

    A run that does not wait decides by what is known of the systems.
    """
    if not request.poll:
        return {}
    awaited = order.awaited
    if awaited is None:
        files = polling.read_files(house, tell, lease)
        rounds = polling.ask(house, sweep=request.sweep, by=order.trigger)
        if not rounds or not request.wait:
            return files
        awaited = Awaited(dict(rounds), files)
    elif not polling.ask_on(house, awaited.rounds):
        return {**awaited.files, **polling.brought(house, awaited.rounds)}
    house.store.queue.park(order.run_id, lease, awaited)
    house.store.runs.report_progress(order.run_id, Progress(polling.READING))
    return None


def _watching(house: House, order: Order, stopping: Callable[[], bool]) -> story.Tell:
    """At each step the run looks whether it is still wanted; what is decided is not broken off."""

    def look(progress: Progress) -> None:
        if progress.step == story.WRITING:
            return
        if stopping():
            raise Stopping(order.run_id)
        if house.store.queue.is_cancelled(order.run_id):
            raise Cancelled(order.run_id)

    return look


def _told(error: Exception) -> str:
    """What a person reads of a failed try: our own words, or only the kind of the error."""
    return str(error) if isinstance(error, StoreError) else f"Lỗi {type(error).__name__}"
