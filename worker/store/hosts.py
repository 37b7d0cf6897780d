"""What is asked of one address: how often, and how many questions are under way there at once.

All that ask it, in whichever process, take their turns and their share of the questions here, so
that together they ask no more than one alone might. Nothing is locked while a question is under
way: a share is granted for as long as the questions last that may begin under it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, Text, delete, insert, select, update
from sqlmodel import Field

from connectors.politeness import Granted
from worker.store.engine import Room, upsert, writes
from worker.store.leases import SLACK, seconds_now
from worker.store.rows import StoredRow, table_of
from worker.store.tables import host

#: Seconds: no turn is farther away.
FARTHEST = 120.0


class HostShareRow(StoredRow):
    """How many questions of a source may be under way at an address, as it was granted at ``at``
    (seconds since 1970 by the database's clock) for so long; ``most`` is what the source allows."""

    __tablename__ = "host_share"
    address: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    most: int
    share: int
    at: float = Field(sa_type=Float)
    lasts: float = Field(sa_type=Float)


host_share = table_of(HostShareRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTurns(Room):
    """The turns of a source at an address. It may have ``at_once`` questions under way, each of
    which ``lasts`` so many seconds at most; in these ``hours`` all together may ask ``most``."""

    address: str
    source: str
    at_once: int
    lasts: float
    hours: str = ""
    most: int | None = None

    @writes
    def take(self, connection: Connection, count: int, interval: float, busy: int) -> Granted:
        """Take so many turns in a row, and a share of the questions that may be under way.

        ``busy`` of ours are under way now. Who gets no share gets no turns.
        """
        return _granted(connection, self, count, interval, busy)

    @writes
    def give_back(self, connection: Connection, count: int) -> None:
        """Turns that were taken and not used do not count."""
        if self.most is None:
            return
        this = (host.c.address == self.address) & (host.c.hours == self.hours)
        connection.execute(update(host).where(this).values(requests=host.c.requests - count))

    @writes
    def leave(self, connection: Connection) -> None:
        """None of our questions is under way any more."""
        connection.execute(delete(host_share).where(*self._mine()))

    def _mine(self) -> tuple[Any, ...]:
        return (host_share.c.address == self.address, host_share.c.source == self.source)


def _granted(
    connection: Connection, at: HostTurns, count: int, interval: float, busy: int
) -> Granted:
    row = _host(connection, at.address, "")
    # A turn that lies far ahead was set by a clock that ran ahead.
    first = max(row.turn if row.turn <= row.now + FARTHEST else row.now, row.now)
    wait = first - row.now
    share = _share(connection, at, row.now, wait + count * interval, busy)
    if not share:
        return Granted(0.0, 0, 0)
    if at.most is not None and count:
        asked = _host(connection, at.address, at.hours).requests
        _forget_windows(connection, at)
        count = max(min(count, at.most - asked), 0)
        _set(connection, at.address, at.hours, requests=asked + count)
    _set(connection, at.address, "", turn=first + count * interval)
    return Granted(wait, count, share)


def _share(connection: Connection, at: HostTurns, now: float, ahead: float, busy: int) -> int:
    """How many questions of this source may be under way, for as long as its turns last and the
    questions after them."""
    this = host_share.c.address == at.address
    rows = connection.execute(select(host_share).where(this)).all()
    live = [one for one in rows if one.at - SLACK <= now < one.at + one.lasts]
    mine = next((one for one in live if one.source == at.source), None)
    others = [one for one in live if one is not mine]
    share = fair_share(
        min((at.at_once, *(one.most for one in others))),
        mine.share if mine else 0,
        [one.share for one in others],
    )
    ends = now + ahead + at.lasts + SLACK
    if mine is not None:
        ends = max(ends, mine.at + mine.lasts)
    values = {"most": at.at_once, "share": max(share, busy), "at": now, "lasts": ends - now}
    gone = {one.source for one in rows} - {one.source for one in live} | {at.source}
    connection.execute(delete(host_share).where(this, host_share.c.source.in_(sorted(gone))))
    row = {"address": at.address, "source": at.source, **values}
    connection.execute(insert(host_share).values(**row))
    return share


def fair_share(most: int, mine: int, others: Iterable[int]) -> int:
    """How many of the ``most`` questions at an address are one's own, beside the shares of others.

    Who has a share leaves one to each that has none, and no more than its part to itself; who has
    none takes what is free.
    """
    shares = list(others)
    free = most - sum(shares) - (shares.count(0) if mine else 0)
    return max(min(free, math.ceil(most / (1 + len(shares)))), 0)


def _forget_windows(connection: Connection, at: HostTurns) -> None:
    """These hours of other days are past."""
    same = host.c.hours.endswith(at.hours.partition(" ")[2])
    other = (host.c.hours != "") & (host.c.hours != at.hours)
    connection.execute(delete(host).where(host.c.address == at.address, same, other))


def _host(connection: Connection, address: str, hours: str) -> Any:
    """The row of an address, or of a window of it, locked until the end."""
    empty = {"address": address, "hours": hours, "turn": 0.0, "requests": 0}
    connection.execute(upsert(connection, host).values(**empty).on_conflict_do_nothing())
    query = select(host, seconds_now(connection).label("now"))
    this = (host.c.address == address) & (host.c.hours == hours)
    return connection.execute(query.where(this).with_for_update(of=host)).one()


def _set(connection: Connection, address: str, hours: str, **values: Any) -> None:
    this = (host.c.address == address) & (host.c.hours == hours)
    connection.execute(update(host).where(this).values(**values))
