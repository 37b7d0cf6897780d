"""Programs that read by themselves: a token for each, of some units, made and ended by a person."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from worker.desk import naming
from worker.desk.actor import Actor, OfficeRole, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.store.api_tokens import ApiToken, ApiTokens

#: Before the secret, so that a token is known for one wherever it turns up.
PREFIX = "doisoat_"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made; ``secret`` is shown this once and kept nowhere."""

    id: int
    secret: str


def make(house: House, actor: Actor, name: str, units: Sequence[str] = ()) -> NewToken:
    """A new token for a program, of these units (none named: the whole office). Raises Refused."""
    actor.need(Right.ACCOUNTS)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Refused("Ghi tên phần mềm hoặc nơi sẽ dùng mã này.")
    within = actor.within(naming.units_of(house, units) if units else None)
    secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
    number = _tokens(house).make(_hashed(secret), name, within, by=actor.who, at=house.clock.now())
    return NewToken(number, secret)


def end(house: House, actor: Actor, number: int) -> None:
    """The token lets nobody in any more. Raises Unseen where there is no such one."""
    actor.need(Right.ACCOUNTS)
    if not _tokens(house).end(number, by=actor.who, at=house.clock.now()):
        raise Unseen(str(number))


def all_of(house: House, actor: Actor) -> list[ApiToken]:
    """Every token, the newest first; no secret is known of any."""
    actor.need(Right.ACCOUNTS)
    return _tokens(house).all()


def whose(house: House, secret: str) -> Actor | None:
    """Who reads with this token, as a viewer of its units; None: nobody."""
    if not secret.startswith(PREFIX):
        return None
    found = _tokens(house).of(_hashed(secret))
    return None if found is None else Actor(f"api:{found.id}", OfficeRole.VIEWER, found.units)


def _hashed(secret: str) -> str:
    """A secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _tokens(house: House) -> ApiTokens:
    return house.store.tokens
