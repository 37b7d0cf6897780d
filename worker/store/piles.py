"""On which pile each dossier lies: one of its discrepancies stands for it, and is found by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby, islice
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from reconcile.judging.same_event import parts
from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from reconcile.steps import PLACES, Step, part_of, pile_of, urgency, usual_step
from worker.store.act_tables import tick
from worker.store.engine import Room, in_parts, reads
from worker.store.tables import RunState, change, discrepancy, run, source_file

BATCH = 500
_decode = msgspec.json.Decoder(Discrepancy).decode
#: What a run writes of where a discrepancy stands among those of its dossier.
STANDING = ("dossier", "step", "waits", "urgency", "shelf")


@dataclass(frozen=True, slots=True)
class LaidDiscrepancy:
    """Where a run puts a discrepancy; ``shelf`` is its place in the order of the books."""

    id: str
    dossier: str
    step: str
    waits: bool
    urgency: int
    shelf: int


def usual(kind: Kind, anchor: str) -> dict[str, Any]:
    """What stands on a discrepancy until a run has written it down."""
    step = usual_step(kind)
    return {"dossier": parts(anchor)[0], "step": step.value, "urgency": urgency(kind, step)}


def alone(one: Discrepancy) -> str:
    """The pile of a discrepancy as long as its dossier has no other: ``settle`` tells whether."""
    return pile_of(usual_step(one.kind), one.state, "").value


def keep(connection: Connection, found: Sequence[LaidDiscrepancy]) -> set[str]:
    """Write what a run found of each, where it is other than before; whose dossiers it touches."""
    columns = (discrepancy.c.id, *(discrepancy.c[name] for name in STANDING))
    query = select(*columns).where(discrepancy.c.id.in_([one.id for one in found]))
    known = {row.id: tuple(row)[1:] for row in connection.execute(query)}
    new = [one for one in found if known.get(one.id, ()) != _values(one)]
    if not new:
        return set()
    connection.execute(
        update(discrepancy)
        .where(discrepancy.c.id == bindparam("its_id"))
        .values({name: bindparam(f"to_{name}") for name in STANDING}),
        [
            {"its_id": one.id} | {f"to_{name}": getattr(one, name) for name in STANDING}
            for one in new
        ],
    )
    return {one.dossier for one in new} | {known[one.id][0] for one in new if one.id in known}


def _values(one: LaidDiscrepancy) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in STANDING)


def settle(connection: Connection, dossiers: Collection[str] | None = None) -> None:
    """Choose anew the discrepancy that stands for each of these dossiers (None: for every one)."""
    columns = [discrepancy.c[name] for name in ("id", "kind", "state", "pile", *STANDING)]
    query = select(*columns).order_by(discrepancy.c.dossier, discrepancy.c.id)
    for part in _parts(dossiers):
        rows = connection.execute(query.where(discrepancy.c.dossier.in_(part)) if part else query)
        moved = [
            one
            for _, same in groupby(rows.all(), key=lambda row: row.dossier)
            for one in _chosen(list(same))
        ]
        if moved:
            connection.execute(
                update(discrepancy)
                .where(discrepancy.c.id == bindparam("its_id"))
                .values(pile=bindparam("to_pile")),
                moved,
            )


def settle_of(connection: Connection, ids: Iterable[str]) -> None:
    """The same for the dossiers of these discrepancies."""
    query = select(discrepancy.c.dossier)
    settle(connection, {row.dossier for row in in_parts(connection, query, discrepancy.c.id, ids)})


def _chosen(same: Sequence[Any]) -> Iterator[dict[str, str]]:
    """Of the discrepancies of one dossier those whose pile is other than it was."""
    first = min(same, key=_place)
    for row in same:
        pile = _pile(row) if row is first else ""
        if row.pile != pile:
            yield {"its_id": row.id, "to_pile": pile}


def _place(row: Any) -> tuple[bool, int, int, str]:
    """What can be done now before what waits, in the order of the steps; the settled last."""
    state = State(row.state)
    part = part_of(Step(row.step), state, "-" if row.waits else "")
    waits = PLACES[part] if PLACES[part] > 1 else 0
    return (state is State.RESOLVED, waits, row.urgency, row.id)


def _pile(row: Any) -> str:
    return pile_of(Step(row.step), State(row.state), "-" if row.waits else "").value


def _parts(names: Collection[str] | None) -> Iterator[list[str] | None]:
    if names is None:
        yield None
        return
    rest = iter(sorted(names))
    while part := list(islice(rest, BATCH)):
        yield part


# --- Lists and counts ------------------------------------------------------------------------


class Ticked(StrEnum):
    """What a clerk's tick means by now."""

    NO = "no"
    WAITS = "waits"  # the software was not read since
    STILL = "still"  # it was, and it says what it said


@dataclass(frozen=True, slots=True)
class WantedDossiers:
    """Which dossiers a list is of; what is empty, or None, leaves none out.

    ``units`` are those of the discrepancy that stands for the dossier. ``kinds`` and ``states``:
    with such a discrepancy, whichever stands for it. ``read_at`` is when the software was last read
    for a run: it parts the ticks.
    """

    units: frozenset[str] | None = None
    piles: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    ticked: Ticked | None = None
    read_at: datetime | None = None
    settled_by: str = ""  # a run: what it found to agree


@dataclass(frozen=True, slots=True)
class LyingDossier:
    """A dossier on its pile; ``lead`` is the discrepancy that stands for it."""

    dossier: str
    lead: str
    unit: str
    pile: str
    ticked_by: str
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LatestLook:
    """The newest run, empty where there was none, and when it had read the software."""

    run_id: str
    read_at: datetime | None


_ORDERS = {
    True: (discrepancy.c.unit, discrepancy.c.shelf, discrepancy.c.id),
    False: (discrepancy.c.urgency, discrepancy.c.first_seen, discrepancy.c.id),
}


class Piles(Room):
    """Lists of dossiers, a page at a time, and their counts; ``sources`` are those that count."""

    @reads
    def page(
        self,
        connection: Connection,
        wanted: WantedDossiers,
        limit: int,
        *,
        after: str = "",
        by_book: bool = False,
    ) -> list[LyingDossier]:
        """At most ``limit`` dossiers behind the one for which ``after`` stands, in their order:
        what is most urgent and oldest first, or by the books of each unit."""
        order = _ORDERS[by_book]
        columns = [discrepancy.c[name] for name in ("dossier", "id", "unit", "pile")]
        query = self._chosen(connection, [*columns, *_TICKED], wanted, in_order=True)
        if after:
            last = connection.execute(select(*order).where(discrepancy.c.id == after)).first()
            if last is None:
                return []
            query = query.where(tuple_(*order) > tuple_(*map(literal, last)))
        found = connection.execute(query.order_by(*order).limit(limit))
        return [_lying(row) for row in found]

    @reads
    def lying(self, connection: Connection, dossiers: Collection[str]) -> dict[str, LyingDossier]:
        """Where each of these dossiers lies, by its key."""
        columns = [discrepancy.c[name] for name in ("dossier", "id", "unit", "pile")]
        query = self._chosen(connection, [*columns, *_TICKED], WantedDossiers())
        rows = in_parts(connection, query, discrepancy.c.dossier, dossiers)
        return {row.dossier: _lying(row) for row in rows}

    @reads
    def counts(
        self, connection: Connection, wanted: WantedDossiers
    ) -> dict[tuple[str, str, Ticked], int]:
        """How many dossiers by unit, pile and tick."""
        groups = (discrepancy.c.unit, discrepancy.c.pile)
        ticked = case(
            (_before(wanted.read_at), Ticked.STILL.value), else_=Ticked.WAITS.value
        ).label("ticked")
        found: dict[tuple[str, str, Ticked], int] = {}
        if wanted.ticked in (None, Ticked.NO):
            every = replace(wanted, ticked=None)
            query = self._chosen(connection, [*groups, func.count()], every, ticks=False)
            for unit, pile, count in connection.execute(query.group_by(*groups)):
                found[unit, pile, Ticked.NO] = count
        # Ticks are few: those that there are are taken from the whole.
        query = self._chosen(
            connection, [*groups, ticked, func.count()], replace(wanted, ticked=None)
        ).where(tick.c.at.is_not(None))
        for unit, pile, told, count in connection.execute(query.group_by(*groups, ticked)):
            if (unit, pile, Ticked.NO) in found:
                found[unit, pile, Ticked.NO] -= count
            if wanted.ticked in (None, Ticked(told)):
                found[unit, pile, Ticked(told)] = count
        return {key: count for key, count in found.items() if count}

    @reads
    def discrepancies(
        self, connection: Connection, dossiers: Collection[str]
    ) -> dict[str, list[Discrepancy]]:
        """Every discrepancy of these dossiers, the one that stands for it first."""
        found: dict[str, list[Discrepancy]] = {}
        columns = (discrepancy.c.dossier, discrepancy.c.payload)
        query = select(*columns).order_by(
            discrepancy.c.pile == "", discrepancy.c.urgency, discrepancy.c.id
        )
        for row in in_parts(connection, query, discrepancy.c.dossier, dossiers):
            found.setdefault(row.dossier, []).append(_decode(row.payload))
        return found

    @reads
    def dossiers_of(self, connection: Connection, ids: Collection[str]) -> dict[str, str]:
        """The dossier of each of these discrepancies."""
        query = select(discrepancy.c.id, discrepancy.c.dossier)
        rows = in_parts(connection, query, discrepancy.c.id, ids)
        return {row.id: row.dossier for row in rows}

    @reads
    def latest(self, connection: Connection, roles: Sequence[str]) -> LatestLook:
        """The newest run that came to its end, and when it had read the first of these roles."""
        ended = select(run.c.id, run.c.finished).where(run.c.state == RunState.DONE.value)
        ended = ended.order_by(run.c.started.desc(), run.c.id.desc()).limit(1)
        newest = select(source_file.c.role, func.max(source_file.c.read_at))
        newest = newest.where(source_file.c.read_at.is_not(None)).group_by(source_file.c.role)
        last = connection.execute(ended).first()
        read = {row.role: row[1] for row in connection.execute(newest)}
        at = next((read[role] for role in roles if role in read), None)
        if last is None:
            return LatestLook("", None)
        seen = at is not None and last.finished is not None and at <= last.finished
        return LatestLook(last.id, at if seen else None)

    @reads
    def units(self, connection: Connection) -> list[str]:
        """Every unit that a discrepancy stands in, sorted."""
        query = select(discrepancy.c.unit).distinct().order_by(discrepancy.c.unit)
        return list(connection.scalars(query))

    def _chosen(
        self,
        connection: Connection,
        columns: Sequence[Any],
        wanted: WantedDossiers,
        *,
        ticks: bool = True,
        in_order: bool = False,
    ) -> Select[Any]:
        """``in_order``: the first few of very many, which are found in the order of their index
        and not by their pile."""
        pile: ColumnElement[str] = discrepancy.c.pile
        if in_order and wanted.units is None and len(wanted.piles) not in range(1, 4):
            pile = discrepancy.c.pile + literal("")
        its = and_(tick.c.discrepancy_id == discrepancy.c.id, tick.c.step == discrepancy.c.step)
        beside = discrepancy.outerjoin(tick, its) if ticks else discrepancy
        query = select(*columns).select_from(beside)
        query = query.where(pile.in_(wanted.piles) if wanted.piles else pile != "")
        if wanted.units is not None:
            query = query.where(discrepancy.c.unit.in_(wanted.units))
        if wanted.kinds or wanted.states:
            query = query.where(discrepancy.c.dossier.in_(_with(wanted)))
        if wanted.settled_by:
            settled = select(change.c.discrepancy_id).where(
                change.c.run_id == wanted.settled_by, change.c.after == State.RESOLVED.value
            )
            agreed = select(discrepancy.c.dossier).where(discrepancy.c.id.in_(settled))
            query = query.where(discrepancy.c.dossier.in_(agreed))
        if wanted.ticked is Ticked.NO:
            query = query.where(tick.c.at.is_(None))
        elif wanted.ticked is not None:
            still = _before(wanted.read_at)
            query = query.where(
                tick.c.at.is_not(None), still if wanted.ticked is Ticked.STILL else not_(still)
            )
        return query.where(*self._counting(connection))

    def _counting(self, connection: Connection) -> list[Any]:
        """Conditions that leave out what stands behind sources that do not count."""
        if self.sources is None:
            return []
        stored = connection.scalars(select(source_file.c.source).distinct())
        gone = sorted(name for name in stored if name not in self.sources)
        return [
            not_(
                or_(
                    discrepancy.c.anchor.startswith(f"{name}{end}", autoescape=True),
                    discrepancy.c.anchor.contains(f"|{name}{end}", autoescape=True),
                )
            )
            for name in gone
            for end in ":#"
        ]


_TICKED = (tick.c.by, tick.c.at)


def _lying(row: Any) -> LyingDossier:
    return LyingDossier(row.dossier, row.id, row.unit, row.pile, row.by or "", row.at)


def _with(wanted: WantedDossiers) -> Select[Any]:
    """The dossiers with a discrepancy of the kinds and states that are wanted."""
    query = select(discrepancy.c.dossier)
    if wanted.kinds:
        query = query.where(discrepancy.c.kind.in_(wanted.kinds))
    if wanted.states:
        return query.where(discrepancy.c.state.in_(wanted.states))
    return query.where(discrepancy.c.state != State.RESOLVED.value)


def _before(read_at: datetime | None) -> ColumnElement[bool]:
    return false() if read_at is None else tick.c.at < read_at
