"""Pairs that people are asked about, and who answered what of them.

Doubts and controls lie in one list and are answered by one door: what is not told apart here
cannot be told apart by who answers. Only an answer to a doubt counts for the links.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from reconcile.cases import Link
from reconcile.linking.controls import AskedPair, Pair, WhyAsked, lot
from worker.store import pair_answers, seals
from worker.store.act_tables import pair_reading
from worker.store.engine import Room, reads, writes
from worker.store.tables import asked_pair

BATCH = 500

_json = msgspec.json.Encoder().encode
_link = msgspec.json.Decoder(Link).decode


@dataclass(frozen=True, slots=True)
class WaitingPair:
    """A pair that waits for somebody's answer; ``link`` is in the state of a doubt."""

    link: Link
    unit: str
    why: WhyAsked
    lot: str  # its place in the queue
    probability: float  # of the link when the pair was first asked
    waits: bool  # an answer waits for a second person

    @property
    def pair(self) -> Pair:
        return self.link.row, str(self.link.dossier)


@dataclass(frozen=True, slots=True)
class PairReading:
    """What one person answered of a pair."""

    row: str
    dossier: str
    why: WhyAsked
    probability: float
    same: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for pairs: ``units`` None for all; ``approves``: may be the second person."""

    who: str
    units: Collection[str] | None = None
    approves: bool = True


@dataclass(frozen=True, slots=True)
class AskedRows:
    """What a run leaves to be asked: every doubt, new controls; ``units`` by row.

    Of so many pairs (``second_readers``) one is read by two people; 0: none. ``void`` are controls
    that lost what made their answer known.
    """

    doubts: Sequence[Link]
    controls: Sequence[AskedPair]
    units: Mapping[str, str]
    void: Collection[Pair] = ()
    second_readers: int = 0


class Pairs(Room):
    """The pairs of an office."""

    @reads
    def waiting(
        self,
        connection: Connection,
        reader: Reader,
        *,
        after: str = "",
        limit: int | None = None,
        row: str = "",
    ) -> list[WaitingPair]:
        """The pairs that wait for this reader, behind ``after`` in the queue; ``row``: of that."""
        query = _for(reader).where(asked_pair.c.lot > after).order_by(asked_pair.c.lot)
        if row:
            query = query.where(asked_pair.c.row == row)
        return [_waiting(found) for found in connection.execute(query.limit(limit))]

    @reads
    def count(self, connection: Connection, reader: Reader) -> int:
        """How many ``waiting`` there are."""
        inner = _for(reader).subquery()
        query = select(func.count()).select_from(inner)
        return int(connection.execute(query).scalar_one())

    @reads
    def asked(self, connection: Connection, row: str) -> list[WaitingPair]:
        """Every pair of a row that people are asked about, whoever answered it already."""
        query = select(asked_pair).where(asked_pair.c.row == row).order_by(asked_pair.c.dossier)
        return [_waiting(one) for one in connection.execute(query)]

    @reads
    def at(self, connection: Connection, lot: str) -> WaitingPair | None:
        """The pair at that place of the queue, whoever answered it."""
        query = select(asked_pair).where(asked_pair.c.lot == lot)
        found = connection.execute(query).first()
        return None if found is None else _waiting(found)

    @reads
    def controls(self, connection: Connection) -> tuple[list[WaitingPair], list[WaitingPair]]:
        """The controls that nobody answered yet, and those that somebody did."""
        query = select(asked_pair).where(asked_pair.c.why != WhyAsked.DOUBTFUL.value)
        read = _counts(connection)
        found = [_waiting(one) for one in connection.execute(query)]
        return (
            [one for one in found if one.pair not in read],
            [one for one in found if one.pair in read],
        )

    @reads
    def readings(self, connection: Connection, row: str = "") -> list[PairReading]:
        """What each person answered and did not take back, in the order of answering."""
        query = _standing(row).order_by(pair_reading.c.id)
        return [
            PairReading(
                one.row, one.dossier, WhyAsked(one.why), one.probability, one.same, one.by,
                one.at,
            )
            for one in connection.execute(query)
        ]  # fmt: skip

    @writes
    def read(
        self,
        connection: Connection,
        of: WaitingPair,
        *,
        same: bool,
        by: str,
        at: datetime,
        day: str,
        waits: bool = False,
    ) -> bool:
        """Keep what a person answered; whether it counts as an answer by now.

        ``waits``: not before a second person says the same. A second reader who says otherwise
        overturns nothing, and what is answered of a control never counts for the links.
        """
        before = _of_pair(connection, of.pair)
        moved = _say(connection, of, by, at, same=same)
        agreed = _agreed(connection, of.pair)
        waiting = (waits or of.waits) and agreed is None
        _wait(connection, of.pair, waits=waiting)
        said = agreed or (same, by)
        differs = any(one.same != same and one.by != by for one in before)
        settled = not waiting and (agreed is not None or not differs)
        if of.why is WhyAsked.DOUBTFUL and settled:
            pair_answers.say(connection, of.pair, *said, day, moved)
        what = "pair.same" if same else "pair.other"
        seals.keep(connection, moved, actor=by, act=what, object=of.lot[:16], at=at)
        return settled

    @writes
    def take_back(
        self,
        connection: Connection,
        asked: WaitingPair,
        *,
        of: str,
        by: str,
        at: datetime,
        day: str,
    ) -> bool:
        """Undo what one person (``of``) answered of a pair; False where nothing was.

        What another person said of it stands, if it is one thing.
        """
        before = _of_pair(connection, asked.pair)
        rest = {one.same: one.by for one in before if one.by != of}
        if all(one.by != of for one in before):
            return False
        moved = _say(connection, asked, of, at, same=None)
        _wait(connection, asked.pair, waits=False)
        if asked.why is WhyAsked.DOUBTFUL:
            if len(rest) == 1:
                ((same, who),) = rest.items()
                pair_answers.say(connection, asked.pair, same, who, day, moved)
            else:
                pair_answers.say(connection, asked.pair, None, by, day, moved)
        what = "pair.taken_back"
        seals.keep(connection, moved, actor=by, act=what, object=asked.lot[:16], at=at)
        return True


def keep(connection: Connection, found: AskedRows) -> None:
    """Make the asked pairs those of a run: doubts that are gone go, controls stay.

    A settled doubt stays while a second person is still to read it, with what was asked of it.
    """
    known = {(one.row, one.dossier): one for one in connection.execute(select(asked_pair))}
    doubts = {(one.row, str(one.dossier)): one for one in found.doubts}
    read = _counts(connection)
    gone = [
        pair
        for pair, row in known.items()
        if pair not in doubts
        and row.why == WhyAsked.DOUBTFUL.value
        and not 0 < read.get(pair, 0) < row.readers
    ]
    old = [pair for pair in known if pair in doubts or pair in found.void]
    removed = [*gone, *old]
    for start in range(0, len(removed), BATCH):
        part = removed[start : start + BATCH]
        these = tuple_(asked_pair.c.row, asked_pair.c.dossier).in_(part)
        connection.execute(delete(asked_pair).where(these))
    new = [_values(one, WhyAsked.DOUBTFUL, found, known.get(pair)) for pair, one in doubts.items()]
    new += [_values(one.link, one.why, found, None) for one in found.controls]
    for start in range(0, len(new), BATCH):
        connection.execute(insert(asked_pair), new[start : start + BATCH])


def fill(connection: Connection) -> None:
    """The doubts of a database that had no asked pairs, before the next run; of no unit yet."""
    rows = connection.exec_driver_sql("SELECT payload FROM link WHERE decision = 'review'")
    links = [_link(one.payload) for one in rows]
    asked = AskedRows([one for one in links if one.dossier], (), {})
    new = [_values(one, WhyAsked.DOUBTFUL, asked, None) for one in asked.doubts]
    if new:
        connection.execute(insert(asked_pair), new)


def _values(one: Link, why: WhyAsked, found: AskedRows, before: Any) -> dict[str, Any]:
    place = lot(one.row, str(one.dossier))
    twice = found.second_readers and int(place[-8:], 16) % found.second_readers == 0
    return {
        "row": one.row,
        "dossier": one.dossier,
        "unit": found.units.get(one.row, ""),
        "why": why.value,
        "lot": place,
        "probability": before.probability if before else one.probability,
        "readers": before.readers if before else 2 if twice else 1,
        "waits": bool(before and before.waits),
        "payload": _json(one),
    }


def _waiting(row: Any) -> WaitingPair:
    return WaitingPair(
        _link(row.payload), row.unit, WhyAsked(row.why), row.lot, row.probability, row.waits
    )


def _standing(row: str = "") -> Any:
    """The newest answer of each person to each pair, but for those taken back."""
    newest = select(func.max(pair_reading.c.id)).group_by(
        pair_reading.c.row, pair_reading.c.dossier, pair_reading.c.by
    )
    if row:
        newest = newest.where(pair_reading.c.row == row)
    return select(pair_reading).where(
        pair_reading.c.id.in_(newest), pair_reading.c.same.is_not(None)
    )


def _for(reader: Reader) -> Any:
    """The pairs that wait for a reader: too few read them, and this one did not.

    One whose answer waits goes to who approves, until two said the same.
    """
    said = _standing().subquery()
    mine = func.sum(case((said.c.by == reader.who, 1), else_=0)).label("mine")
    same = func.sum(case((said.c.same.is_(True), 1), else_=0)).label("same")
    count = func.count().label("count")
    grouped = select(said.c.row, said.c.dossier, mine, same, count)
    told = grouped.group_by(said.c.row, said.c.dossier).subquery()
    read = func.coalesce(told.c.count, 0)
    to_second = and_(asked_pair.c.waits, or_(read < 2, and_(told.c.same > 0, told.c.same < read)))
    few = and_(~asked_pair.c.waits, read < asked_pair.c.readers)
    same_pair = and_(told.c.row == asked_pair.c.row, told.c.dossier == asked_pair.c.dossier)
    query = select(asked_pair).outerjoin(told, same_pair)
    query = query.where(func.coalesce(told.c.mine, 0) == 0)
    query = query.where(or_(few, to_second) if reader.approves else few)
    if reader.units is not None:
        query = query.where(asked_pair.c.unit.in_(sorted(reader.units)))
    return query


def _say(
    connection: Connection, of: WaitingPair, by: str, at: datetime, *, same: bool | None
) -> seals.SealMoves:
    values = {
        "row": of.link.row, "dossier": of.link.dossier, "why": of.why.value,
        "probability": of.probability, "same": same, "by": by, "at": at,
    }  # fmt: skip
    added = insert(pair_reading).values(**values).returning(pair_reading.c.id)
    made = connection.execute(added).scalar_one()
    moved = seals.SealMoves()
    moved.add_rows("reading", seals.rows_of(connection, "reading", pair_reading.c.id == made))
    return moved


def _of_pair(connection: Connection, pair: Pair) -> Sequence[Any]:
    query = _standing(pair[0]).where(pair_reading.c.dossier == pair[1])
    return connection.execute(query.order_by(pair_reading.c.id)).all()


def _agreed(connection: Connection, pair: Pair) -> tuple[bool, str] | None:
    """What two people said alike of a pair, and their names; None: no two did."""
    said: dict[bool, list[str]] = {}
    for one in _of_pair(connection, pair):
        said.setdefault(one.same, []).append(one.by)
    return next(((same, ", ".join(who)) for same, who in said.items() if len(who) > 1), None)


def _counts(connection: Connection) -> dict[Pair, int]:
    said = _standing().subquery()
    query = select(said.c.row, said.c.dossier, func.count().label("n"))
    query = query.group_by(said.c.row, said.c.dossier)
    return {(one.row, one.dossier): one.n for one in connection.execute(query)}


def _wait(connection: Connection, pair: Pair, *, waits: bool) -> None:
    this = and_(asked_pair.c.row == pair[0], asked_pair.c.dossier == pair[1])
    connection.execute(update(asked_pair).where(this).values(waits=waits))
