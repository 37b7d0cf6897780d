"""What a connector read is taken in: stored, logged, and told where it cannot be stored."""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy.exc import DataError

from connectors.errors import unforeseen
from reconcile.claims import Snapshot
from worker.house import House
from worker.store import FileStanding, Lease, PollStep, Taken

log = structlog.get_logger(__name__)


def take_in(
    house: House,
    snapshot: Snapshot,
    lease: Lease | None,
    word: FileStanding = FileStanding.ASKED,
    step: PollStep | None = None,
    by: str = "",
) -> Taken:
    """Store a snapshot, and with it how far the poll is; what it brought.

    ``by``: the person who takes it in, who can put it back whole.
    """
    try:
        intake = _stored(house, snapshot, lease, word, step, by)
    except (ValueError, TypeError, OverflowError, DataError) as error:
        # Protects the other sources and files: what cannot be stored is not taken in, and told.
        if not snapshot.complete:
            raise
        problem = str(unforeseen(error, snapshot.source, snapshot.file))
        told = replace(snapshot, complete=False, problem=problem, claims=(), rejected=())
        intake = _stored(house, told, lease, word, step, by)
    log.info(
        "snapshot.taken_in",
        source=snapshot.source,
        file=snapshot.file,
        complete=intake.complete,
        problem=intake.problem,
        read=intake.read,
        rejected=intake.rejected,
        new=intake.new,
        changed=intake.changed,
        gone=intake.gone,
        doubt=intake.doubt,
        kept=intake.kept,
        unknown_columns=list(snapshot.unknown_columns),
    )
    return intake


def _stored(
    house: House,
    snapshot: Snapshot,
    lease: Lease | None,
    word: FileStanding,
    step: PollStep | None,
    by: str,
) -> Taken:
    now, today = house.clock.now(), house.clock.today()
    if by:
        intakes = house.store.intakes
        return intakes.take(snapshot, by=by, at=now, on=today, lease=lease, word=word)
    return house.store.claims.take_in(snapshot, at=now, on=today, lease=lease, word=word, step=step)
