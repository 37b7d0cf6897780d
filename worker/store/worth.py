"""The dossiers that a source without a list is asked for, in the order of their worth.

First those of which it was never asked, then what is pending, then what changed in the office's own
software since it was asked, then what it was asked longest ago. What both sides closed alike is
asked for in a sweep alone. Everything here is one question to the database: nobody loads the claims
of an office to find out whom to ask next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSON

from connectors.connector import Codes
from reconcile.claims import PENDING, Claim, Procedure, Role, Status
from worker.store.codec import Loader
from worker.store.polls import HeardOf
from worker.store.tables import claim, heard, source_file
from worker.store.versions import FileStanding

#: Ends that both sides can agree on; a dossier that was stopped may go on.
CLOSED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.DONE, Status.RETURNED})
#: Whose dossiers are looked up at a source that has no list.
ASKING = frozenset({Role.ONE_STOP, Role.HUB})
#: Classes of dossiers that are counted and never judged: asking for them would only be a burden.
UNASKED = (Procedure.OTHER.value,)


@dataclass(frozen=True, slots=True)
class LookUp:
    """A dossier to ask for, and what is remembered of it once it was."""

    codes: Codes
    heard: HeardOf


@dataclass(frozen=True, slots=True)
class LookUps:
    """What a source is still to be asked in this poll: how many in all, and the worthiest."""

    count: int
    first: tuple[LookUp, ...]


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Whom to ask for, in which poll: ``sources`` are those whose dossiers count, None: all."""

    source: str
    round: int
    everything: bool
    since: date | None
    classes: frozenset[Procedure] | None = None  # that the source can be asked of, None: all
    sources: frozenset[str] | None = None


def unheard(connection: Connection, source: str, round_: int) -> frozenset[str]:
    """The keys of what a source said in earlier polls and was not asked for again in this one."""
    asked = select(heard.c.key, heard.c.national_key)
    asked = asked.where(heard.c.source == source, heard.c.round == round_)
    again = {code for row in connection.execute(asked) for code in row if code}
    known = select(claim.c.key, claim.c.own_key, claim.c.national_key).join(source_file)
    rows = connection.execute(known.where(source_file.c.source == source))
    return frozenset(key for key, *codes in rows if again.isdisjoint(codes))


def claims_of(connection: Connection, source: str, *, pending: bool) -> list[Claim]:
    """What a polled source said, by key; only of dossiers with both codes that are pending."""
    query = select(claim.c.payload, claim.c.read_on).join(source_file)
    query = query.where(source_file.c.source == source).order_by(claim.c.key)
    if pending:
        states = [int(status) for status in PENDING]
        query = query.where(
            claim.c.status.in_(states), claim.c.own_key != "", claim.c.national_key != ""
        )
    loader = Loader()
    return [loader.load(row.payload, row.read_on, ()) for row in connection.execute(query)]


class _Coded(msgspec.Struct, gc=False):
    """What of a stored claim is asked with."""

    own_code: str = ""
    national_code: str = ""
    procedure: Procedure = Procedure.UNKNOWN


_coded = msgspec.json.Decoder(_Coded).decode


def to_ask(connection: Connection, wanted: AskedFor, limit: int) -> LookUps:
    """The dossiers that this poll has not asked for yet, at most so many of them."""
    ours = _ours(connection, wanted)
    known = and_(heard.c.source == wanted.source, heard.c.key == ours.c.asked)
    pending = ours.c.status.in_([int(status) for status in PENDING])
    worth = case(
        (heard.c.key.is_(None), 0),
        (pending, 1),
        (heard.c.said != ours.c.hash, 2),
        else_=3,
    )
    left = or_(heard.c.key.is_(None), heard.c.round < wanted.round)
    chosen = select(ours).select_from(ours.outerjoin(heard, known)).where(left)
    if not wanted.everything:
        chosen = chosen.where(~_settled(connection, wanted.source, ours))
    counted = select(func.count()).select_from(chosen.subquery())
    query = chosen.order_by(worth, heard.c.at, ours.c.asked).limit(limit)
    found = [_look_up(row) for row in connection.execute(query)] if limit else []
    return LookUps(int(connection.execute(counted).scalar_one()), tuple(found))


def _look_up(row: Any) -> LookUp:
    said = _coded(row.payload)
    own, national = said.own_code, said.national_code
    codes = Codes(own or national, national if own else "", procedure=said.procedure)
    return LookUp(codes, HeardOf(row.asked, row.national_key, bytes(row.hash)))


def _ours(connection: Connection, wanted: AskedFor) -> Subquery:
    """The office's own dossiers as their newest reading says, each once, with a code to ask by."""
    newest = _readings(connection, wanted)
    mine = [
        newest.c.age == 1,
        or_(newest.c.procedure.is_(None), newest.c.procedure.not_in(UNASKED)),
    ]
    if wanted.classes is not None:
        mine.append(newest.c.procedure.in_(sorted(one.value for one in wanted.classes)))
    if wanted.since is not None:
        early = newest.c.received_on < wanted.since.isoformat()
        mine.append(or_(newest.c.received_on.is_(None), ~early))
    number = func.row_number().over(partition_by=newest.c.asked, order_by=newest.c.key)
    once = select(newest, number.label("number")).where(*mine).subquery()
    return select(once).where(once.c.number == 1).subquery()


def _readings(connection: Connection, wanted: AskedFor) -> Subquery:
    """What every file says of a dossier; of age 1 is what counts."""
    asked = func.coalesce(func.nullif(claim.c.own_key, ""), claim.c.national_key)
    procedure, received = (_said(connection, name) for name in ("procedure", "received_on"))
    age = func.row_number().over(partition_by=claim.c.key, order_by=_newest_first(connection))
    rows = (
        select(
            *(claim.c[name] for name in ("key", "hash", "payload", "status")),
            claim.c.own_key,
            claim.c.national_key,
            asked.label("asked"),
            procedure.label("procedure"),
            received.label("received_on"),
            age.label("age"),
        )
        .join(source_file)
        .where(
            source_file.c.role.in_(sorted(role.value for role in ASKING)),
            source_file.c.source != wanted.source,
            source_file.c.standing != FileStanding.REPLACED.value,
            asked != "",
        )
    )
    if wanted.sources is not None:
        rows = rows.where(source_file.c.source.in_(sorted(wanted.sources)))
    return rows.subquery()


def _newest_first(connection: Connection) -> list[ColumnElement[Any]]:
    """As ``readings.claims`` chooses: by the announced end, then by file name, letter by letter."""
    path: Any = source_file.c.path
    if connection.dialect.name == "postgresql":
        path = path.collate("C")
    return [
        func.coalesce(source_file.c.covers_to, date.min).desc(),
        case((source_file.c.lay_as == "", 0), else_=1),
        path.desc(),
        source_file.c.id,
    ]


def _said(connection: Connection, name: str) -> ColumnElement[Any]:
    """A field of a claim's payload as text; NULL where it has its default."""
    if connection.dialect.name == "sqlite":
        return func.json_extract(cast(claim.c.payload, String), f"$.{name}")
    said: ColumnElement[Any] = cast(func.convert_from(claim.c.payload, "UTF8"), JSON)[name].astext
    return said


def _settled(connection: Connection, source: str, ours: Subquery) -> ColumnElement[bool]:
    """The dossier is closed, and the source closed it alike when it was last heard."""
    theirs = claim.alias("theirs")
    file = select(source_file.c.id).where(source_file.c.source == source).scalar_subquery()
    pairs = [
        and_(mine != "", their == mine)
        for mine in (ours.c.own_key, ours.c.national_key)
        for their in (theirs.c.own_key, theirs.c.national_key)
    ]
    alike = and_(theirs.c.file_id == file, theirs.c.status == ours.c.status)
    agrees = or_(*(exists().where(alike, pair) for pair in pairs))
    return and_(ours.c.status.in_([int(status) for status in CLOSED]), agrees)
