"""What is open now, counted and listed: one filter for a number and for the list behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from worker.store.act_tables import tick
from worker.store.engine import Room, in_parts, reads
from worker.store.tables import RunState, change, discrepancy, run, source_file, undetermined

#: Sorts what has no due date behind what has one.
NEVER = date(9999, 12, 31)
_decode = msgspec.json.Decoder(Discrepancy).decode


class Ticked(StrEnum):
    """What a clerk's tick means by now."""

    NO = "no"
    WAITS = "waits"  # the software was not read since
    STILL = "still"  # it was, and it says what it said


@dataclass(frozen=True, slots=True)
class OpenCount:
    """So many discrepancies that are alike in all that says in whose hands they are; ``pile`` is
    empty on those that do not stand for their dossier."""

    unit: str
    kind: Kind
    state: State
    step: str
    waits: bool
    pile: str
    count: int


@dataclass(frozen=True, slots=True)
class OpenFilter:
    """Which discrepancies, not settled unless ``settled`` (None: either); None and empty: all.

    ``parts`` are (step, state, waits) as ``OpenCount`` has them. ``leads``: one for each dossier,
    that which says what is next; ``piles``: those that lie there. ``dossier_kinds`` and
    ``dossier_states``: of a dossier with such a discrepancy, whichever it is. ``ticked``, as it is
    to be understood where the software was last read for a run at ``read_at``. ``since``: those
    that were not open at that moment and are now, or with ``settled`` the other way round. ``run``:
    those that a run moved by one of these ``steps``, from a state (None: new) to another.
    ``settled_by``: of a dossier of which that run found something to agree.
    """

    units: frozenset[str] | None = None
    kinds: tuple[Kind, ...] = ()
    parts: tuple[tuple[str, State, bool], ...] | None = None
    leads: bool = False
    piles: frozenset[str] = frozenset()
    dossier_kinds: frozenset[Kind] = frozenset()
    dossier_states: frozenset[State] = frozenset()
    ticked: Ticked | None = None
    read_at: datetime | None = None
    since: datetime | None = None
    settled: bool | None = False
    run: str = ""
    steps: tuple[tuple[State | None, State], ...] = ()
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of a list: a discrepancy, the dossier that it is of, and who ticked it."""

    dossier: str
    id: str
    unit: str
    pile: str
    ticked_by: str
    ticked_at: datetime | None


@dataclass(frozen=True, slots=True)
class UndecidedLine:
    """A line of the undecided: its key, and what the run wrote down of it."""

    key: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class LatestLook:
    """The newest run, empty where there was none, and when it had read the software."""

    run_id: str
    read_at: datetime | None


#: What is urgent and old first; or by the books of each unit.
_ORDERS = {
    True: (discrepancy.c.unit, discrepancy.c.shelf, discrepancy.c.id),
    False: (discrepancy.c.urgency, discrepancy.c.first_seen, discrepancy.c.id),
}
_GROUPS = [discrepancy.c[name] for name in ("unit", "kind", "state", "step", "waits", "pile")]
_LINE = [discrepancy.c[name] for name in ("dossier", "id", "unit", "pile")]
_ITS_TICK = and_(tick.c.discrepancy_id == discrepancy.c.id, tick.c.step == discrepancy.c.step)
#: The same, gone through tick by tick: they are few.
_EACH_TICK = and_(
    tick.c.discrepancy_id + literal("") == discrepancy.c.id, tick.c.step == discrepancy.c.step
)


class OpenWork(Room):
    """Questions about what is open, answered without loading what is counted."""

    @reads
    def counts(self, connection: Connection, chosen: OpenFilter) -> list[OpenCount]:
        """How many of the chosen there are, by all that says in whose hands they are."""
        found = self._counted(connection, chosen, ticks=chosen.ticked not in (None, Ticked.NO))
        if chosen.ticked is Ticked.NO:
            # Ticks are few: those that there are are taken from the whole.
            whole = replace(chosen, ticked=None)
            ticked = self._counted(connection, whole, ticks=True)
            found = self._counted(connection, whole) - ticked
        return [
            OpenCount(unit, Kind(kind), State(state), step, waits, pile, count)
            for (unit, kind, state, step, waits, pile), count in found.items()
        ]

    def count(self, chosen: OpenFilter) -> int:
        """How many of the chosen there are."""
        return sum(one.count for one in self.counts(chosen))

    @reads
    def page(
        self,
        connection: Connection,
        chosen: OpenFilter,
        limit: int,
        *,
        after: str = "",
        by_book: bool = False,
    ) -> list[OpenLine]:
        """At most ``limit`` of the chosen behind the one whose id is ``after``: what is urgent and
        old first, or by the books of each unit."""
        order = _ORDERS[by_book]
        few = chosen.units is None and len(chosen.piles) not in range(1, 4)
        keys = self._chosen(connection, [discrepancy.c.id], chosen, in_order=few)
        if after:
            mark = select(*order).where(discrepancy.c.id == after)
            last = connection.execute(mark).first()
            if last is None:
                return []
            keys = keys.where(tuple_(*order) > tuple_(*map(literal, last)))
        # The keys come off an index alone; only the lines that are shown are opened.
        found = list(connection.scalars(keys.order_by(*order).limit(limit)))
        lines = {one.id: one for one in _lines(connection, discrepancy.c.id, found)}
        return [lines[key] for key in found]

    @reads
    def leads(self, connection: Connection, dossiers: Collection[str]) -> dict[str, OpenLine]:
        """The discrepancy that stands for each of these dossiers, by its key."""
        these = (discrepancy.c.pile != "", self._counts(connection))
        found = _lines(connection, discrepancy.c.dossier, dossiers, *these)
        return {one.dossier: one for one in found}

    @reads
    def discrepancies(
        self, connection: Connection, dossiers: Collection[str]
    ) -> dict[str, list[Discrepancy]]:
        """Every discrepancy of these dossiers, the one that stands for it first."""
        found: dict[str, list[Discrepancy]] = {}
        query = select(discrepancy.c.dossier, discrepancy.c.payload).order_by(
            discrepancy.c.pile == "", discrepancy.c.urgency, discrepancy.c.id
        )
        for row in in_parts(connection, query, discrepancy.c.dossier, dossiers):
            found.setdefault(row.dossier, []).append(_decode(row.payload))
        return found

    @reads
    def dossiers_of(self, connection: Connection, ids: Collection[str]) -> dict[str, str]:
        """The dossier of each of these discrepancies."""
        query = select(discrepancy.c.id, discrepancy.c.dossier)
        return {row.id: row.dossier for row in in_parts(connection, query, discrepancy.c.id, ids)}

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

    @reads
    def undecided(self, connection: Connection, units: frozenset[str] | None) -> dict[str, int]:
        """How many dossiers the newest run called overdue and could not decide, by unit."""
        unit = undetermined.c.unit_key
        query = select(unit, func.count()).where(_of(unit, units)).group_by(unit)
        return {row[0]: row[1] for row in connection.execute(query)}

    @reads
    def undecided_rows(
        self, connection: Connection, units: frozenset[str] | None, after: str, limit: int
    ) -> list[UndecidedLine]:
        """At most so many of these behind the key ``after``, the longest due first."""
        due, anchor = func.coalesce(undetermined.c.due_on, NEVER), undetermined.c.anchor
        query = select(anchor, undetermined.c.payload).where(_of(undetermined.c.unit_key, units))
        if after:
            mark = select(due).where(anchor == after).scalar_subquery()
            query = query.where(or_(due > mark, and_(due == mark, anchor > after)))
        query = query.order_by(due, anchor).limit(limit)
        return [UndecidedLine(*row) for row in connection.execute(query)]

    @reads
    def first_change(self, connection: Connection) -> datetime | None:
        """When the first discrepancy was written down; None: none ever was."""
        query = select(change.c.at).order_by(change.c.id).limit(1)
        return connection.scalar(query)

    def _counted(
        self, connection: Connection, chosen: OpenFilter, *, ticks: bool = False
    ) -> Counter[tuple[Any, ...]]:
        """``ticks``: only those that were ticked."""
        query = self._chosen(connection, [*_GROUPS, func.count()], chosen, ticks=ticks, whole=True)
        rows = connection.execute(query.group_by(*_GROUPS))
        return Counter({tuple(row[:-1]): row[-1] for row in rows})

    def _chosen(
        self,
        connection: Connection,
        columns: Sequence[Any],
        chosen: OpenFilter,
        *,
        ticks: bool = False,
        whole: bool = False,
        in_order: bool = False,
    ) -> Select[Any]:
        """``ticks``: only those that were ticked. ``whole``: all of them are gone through, which an
        index of the groups is there for; ``in_order``: the first few of very many, in the order of
        their index and not by their pile."""
        beside = _moved_or_beside(chosen)
        by_groups = ticks or (whole and chosen.units is None and not beside)
        kind = discrepancy.c.kind + literal("") if by_groups else discrepancy.c.kind
        pile = discrepancy.c.pile + literal("") if by_groups or in_order else discrepancy.c.pile
        query = select(*columns).select_from(discrepancy)
        if ticks:
            query = query.join(tick, _EACH_TICK)
        elif chosen.ticked is not None:
            query = query.join(tick, _ITS_TICK, isouter=chosen.ticked is Ticked.NO)
        query = query.where(_of(discrepancy.c.unit, chosen.units), self._counts(connection))
        settled = discrepancy.c.state == State.RESOLVED.value
        if chosen.settled is not None:
            query = query.where(settled if chosen.settled else not_(settled))
        if chosen.kinds:
            query = query.where(kind.in_([one.value for one in chosen.kinds]))
        if chosen.leads or chosen.piles:
            query = query.where(pile.in_(sorted(chosen.piles)) if chosen.piles else pile != "")
        if chosen.parts is not None:
            query = query.where(or_(not_(true()), *map(_is_part, chosen.parts)))
        if chosen.ticked is not None:
            query = query.where(_is_ticked(chosen.ticked, chosen.read_at))
        return query.where(*beside)

    def _counts(self, connection: Connection) -> ColumnElement[bool]:
        """What stands behind the anchor is of sources that count; most often every source does."""
        if self.sources is None:
            return true()
        known = connection.scalars(select(source_file.c.source).distinct())
        strays = [name for name in known if name not in self.sources]
        anchor = discrepancy.c.anchor
        begins = [f"{name}{mark}" for name in strays for mark in ":#"]
        return and_(
            true(),
            *(not_(anchor.startswith(one, autoescape=True)) for one in begins),
            *(not_(anchor.contains(f"|{one}", autoescape=True)) for one in begins),
        )


def _moved_or_beside(chosen: OpenFilter) -> list[ColumnElement[bool]]:
    """What is asked of the history, and of the other discrepancies of the dossier."""
    found: list[ColumnElement[bool]] = []
    if chosen.run:
        found.append(discrepancy.c.id.in_(_moved(chosen.run, chosen.steps)))
    if chosen.since is not None:
        found.append(discrepancy.c.id.in_(_other_before(chosen.since, bool(chosen.settled))))
    if chosen.dossier_kinds or chosen.dossier_states:
        found.append(discrepancy.c.dossier.in_(_with(chosen)))
    if chosen.settled_by:
        agreed = _moved(chosen.settled_by, tuple((one, State.RESOLVED) for one in State))
        its = select(discrepancy.c.dossier).where(discrepancy.c.id.in_(agreed))
        found.append(discrepancy.c.dossier.in_(its))
    return found


def _with(chosen: OpenFilter) -> Select[Any]:
    """The dossiers with a discrepancy of the kinds and states that are wanted."""
    other = discrepancy.alias()
    query = select(other.c.dossier)
    if chosen.dossier_kinds:
        query = query.where(other.c.kind.in_(sorted(chosen.dossier_kinds)))
    if chosen.dossier_states:
        return query.where(other.c.state.in_(sorted(chosen.dossier_states)))
    return query.where(other.c.state != State.RESOLVED.value)


def _is_ticked(ticked: Ticked, read_at: datetime | None) -> ColumnElement[bool]:
    if ticked is Ticked.NO:
        return tick.c.at.is_(None)
    still = false() if read_at is None else tick.c.at < read_at
    return still if ticked is Ticked.STILL else not_(still)


def _lines(
    connection: Connection, column: Any, keys: Collection[str], *where: ColumnElement[bool]
) -> list[OpenLine]:
    """The lines of the discrepancies with these keys in a column."""
    query = select(*_LINE, tick.c.by, tick.c.at)
    query = query.select_from(discrepancy.outerjoin(tick, _ITS_TICK)).where(*where)
    return [
        OpenLine(row.dossier, row.id, row.unit, row.pile, row.by or "", row.at)
        for row in in_parts(connection, query, column, keys)
    ]


def _other_before(moment: datetime, settled: bool) -> Select[Any]:
    """Discrepancies whose first change since then began on the other side of being settled."""
    earlier = change.alias()
    is_first = not_(
        exists(earlier.c.id).where(
            earlier.c.discrepancy_id == change.c.discrepancy_id,
            earlier.c.at >= moment,
            earlier.c.id < change.c.id,
        )
    )
    before = func.coalesce(change.c.before, State.RESOLVED.value)
    was_settled = before == State.RESOLVED.value
    side = not_(was_settled) if settled else was_settled
    return select(change.c.discrepancy_id).where(change.c.at >= moment, side, is_first)


def _moved(run_id: str, steps: Collection[tuple[State | None, State]]) -> Select[Any]:
    """The discrepancies that a run moved by one of these steps."""
    taken = [
        and_(
            change.c.before.is_(None) if before is None else change.c.before == before.value,
            change.c.after == after.value,
        )
        for before, after in steps
    ]
    return select(change.c.discrepancy_id).where(change.c.run_id == run_id, or_(*taken))


def _is_part(part: tuple[str, State, bool]) -> ColumnElement[bool]:
    step, state, waits = part
    return and_(
        discrepancy.c.step == step,
        discrepancy.c.state == state.value,
        discrepancy.c.waits == waits,
    )


def _of(column: Any, units: Collection[str] | None) -> ColumnElement[bool]:
    return true() if units is None else column.in_(sorted(units))
