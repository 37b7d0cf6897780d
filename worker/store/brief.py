"""Claims in brief: what says whether a dossier is to be asked for, without the rest of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec
from sqlalchemy import Connection, select

from reconcile.claims import Procedure, Role, Status
from worker.store.readings import BATCH, newest_first
from worker.store.tables import claim


class BriefClaim(msgspec.Struct, gc=False):
    """A dossier of a software: its codes, its procedure, when it came, how it stands."""

    key: str
    source: str
    role: Role
    own_code: str = ""
    national_code: str = ""
    procedure: Procedure = Procedure.UNKNOWN
    received_on: date | None = None
    status: Status = Status.UNKNOWN


_decode = msgspec.json.Decoder(BriefClaim).decode


def brief(connection: Connection, sources: Collection[str]) -> list[BriefClaim]:
    """The claims of these sources that count, sorted by key: a dossier as its newest reading."""
    found: dict[str, BriefClaim] = {}
    query = select(claim.c.key, claim.c.payload)
    for file in newest_first(connection, sources):
        rows = connection.execute(query.where(claim.c.file_id == file.id))
        for part in rows.partitions(BATCH):
            for key, payload in part:
                if key not in found:
                    found[key] = _decode(payload)
    return [found[key] for key in sorted(found)]
