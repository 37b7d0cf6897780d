"""The links of every row, decided in full, and how a run says that its links came about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from reconcile.cases import Link
from reconcile.linking import storing
from reconcile.linking.linker import Known
from worker.house import House
from worker.reports.decided import Decided
from worker.run.program import PROGRAM
from worker.store import LeftBehind


@dataclass(frozen=True, slots=True)
class Linked:
    """How links came about, and what is left behind for the next run.

    ``again`` are those that were decided anew, ``gone`` the rows that are no longer there; None:
    all were decided. ``known`` is None where nothing is other than what is left there already.
    """

    how: Decided
    known: Known | None
    again: Sequence[Link] | None = None
    gone: frozenset[str] = frozenset()


def unchanged(house: House) -> Decided | None:
    """How a run decided that found everything as the run before it did."""
    row = house.store.prepared.newest()
    return since(house, row) if row is not None else None


def since(house: House, row: LeftBehind) -> Decided:
    """How a run decides that goes on from what another left behind."""
    whole_at = row.whole_at.astimezone(house.clock.zone) if row.whole_at else None
    return Decided(False, 0, 0, whole_at, row.whole_same)


def basis(house: House) -> str:
    """A digest of everything that every link stands on."""
    told = msgspec.json.encode((PROGRAM, house.policy.linking, storing.FORMAT), enc_hook=str)
    return hashlib.blake2b(told, digest_size=16).hexdigest()
