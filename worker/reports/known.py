"""What a person and a script read of one discrepancy, as its row in the store keeps it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from worker.reports.contents import Contents
from worker.reports.facts import RunFacts
from worker.reports.machine import FindingLine, finding_line
from worker.reports.undecided import UndecidedRow
from worker.reports.work import WorkRow


class KnownDiscrepancy(msgspec.Struct, frozen=True, gc=False):
    """A discrepancy as people and as scripts read it."""

    row: WorkRow
    line: FindingLine


_encode = msgspec.json.Encoder().encode
_known = msgspec.json.Decoder(KnownDiscrepancy).decode
_undecided = msgspec.json.Decoder(UndecidedRow).decode


def known(facts: RunFacts, contents: Contents) -> Iterator[KnownDiscrepancy]:
    """What the report of a run says of each of its findings, one after another."""
    tracked = {one.finding.id: one for one in facts.findings}
    for row in contents.work:
        yield KnownDiscrepancy(row, finding_line(tracked[row.id], facts))


def pack_undecided(row: UndecidedRow) -> bytes:
    return _encode(row)


def pack(one: KnownDiscrepancy) -> bytes:
    return _encode(one)


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
