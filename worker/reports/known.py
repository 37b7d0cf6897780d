"""What a person and a script read of one discrepancy, as its row in the store keeps it."""

from __future__ import annotations

import msgspec

from reconcile.steps import Step
from worker.reports.machine import FindingLine
from worker.reports.undecided import UndecidedRow
from worker.reports.work import Natural, WorkRow


class KnownDiscrepancy(msgspec.Struct, frozen=True, gc=False):
    """A discrepancy as people and as scripts read it, and where it stands in the books.

    The rest is of the finding alone, where ``row`` speaks of its dossier; the defaults are for
    rows of before they held it.
    """

    row: WorkRow
    line: FindingLine
    books: Natural = ()
    step: Step | None = None
    evidence: str = ""
    dossiers: tuple[str, ...] = ()  # the keys of those it speaks of


_encode = msgspec.json.Encoder().encode
_known = msgspec.json.Decoder(KnownDiscrepancy).decode
_undecided = msgspec.json.Decoder(UndecidedRow).decode


def pack_undecided(row: UndecidedRow) -> bytes:
    return _encode(row)


def unpack(payload: bytes) -> KnownDiscrepancy | None:
    """None for what another version of the program wrote in another shape."""
    try:
        return _known(payload)
    except msgspec.MsgspecError:
        return None


def unpack_undecided(payload: bytes) -> UndecidedRow | None:
    """None for what another version of the program wrote in another shape."""
    try:
        return _undecided(payload)
    except msgspec.MsgspecError:
        return None
