"""Tokens of programs that may read: hashed, of some units, ended by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from worker.store import audit
from worker.store.act_tables import api_token
from worker.store.engine import Room, reads, writes

#: In the audit.
MADE, ENDED = "token.made", "token.ended"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program that may read, and who let it; ``units`` None: the whole office."""

    id: int
    name: str
    units: frozenset[str] | None
    made_by: str
    made_at: datetime
    ended_by: str
    ended_at: datetime | None


class ApiTokens(Room):
    """The tokens, one method a question or an act."""

    @writes
    def make(
        self,
        connection: Connection,
        hashed: str,
        name: str,
        units: frozenset[str] | None,
        *,
        by: str,
        at: datetime,
    ) -> int:
        """Keep a new one; its number."""
        kept = msgspec.json.encode(None if units is None else sorted(units)).decode()
        values = {"hash": hashed, "name": name, "units": kept, "made_by": by, "made_at": at}
        made = insert(api_token).values(**values, ended_by="").returning(api_token.c.id)
        number = int(connection.execute(made).scalar_one())
        audit.append(connection, actor=by, act=MADE, object=str(number), reason=name, at=at)
        return number

    @writes
    def end(self, connection: Connection, number: int, *, by: str, at: datetime) -> bool:
        """Nobody reads with it any more; False where that was so, or there is none."""
        live = (api_token.c.id == number, api_token.c.ended_at.is_(None))
        done = connection.execute(update(api_token).where(*live).values(ended_by=by, ended_at=at))
        if done.rowcount != 1:
            return False
        audit.append(connection, actor=by, act=ENDED, object=str(number), reason="", at=at)
        return True

    @reads
    def all(self, connection: Connection) -> list[ApiToken]:
        """Every token, the newest first."""
        query = select(api_token).order_by(api_token.c.id.desc())
        return [_token(row) for row in connection.execute(query).all()]

    @reads
    def of(self, connection: Connection, hashed: str) -> ApiToken | None:
        """The live token with this hash."""
        query = select(api_token).where(api_token.c.hash == hashed, api_token.c.ended_at.is_(None))
        found = connection.execute(query).first()
        return None if found is None else _token(found)


def _token(row: Any) -> ApiToken:
    units = msgspec.json.decode(row.units, type=list[str] | None)
    return ApiToken(
        id=row.id,
        name=row.name,
        units=None if units is None else frozenset(units),
        made_by=row.made_by,
        made_at=row.made_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )
