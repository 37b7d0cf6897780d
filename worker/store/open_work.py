"""What is open now, counted and listed: one filter for a number and for the list behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    true,
)

from reconcile.kinds import Kind
from reconcile.lifecycle import State
from worker.store.engine import Room, reads
from worker.store.tables import change, discrepancy, finding, source_file, undetermined

#: Sorts what has no due date behind what has one.
NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class OpenCount:
    """So many discrepancies of a unit that are alike in all that says in whose hands they are."""

    unit: str
    kind: Kind
    state: State
    step: str
    waits: bool
    count: int


@dataclass(frozen=True, slots=True)
class OpenFilter:
    """Which discrepancies, not settled unless ``settled``; None and empty: all.

    ``parts`` are (step, state, waits) as ``OpenCount`` has them. ``since``: those that were not
    open at that moment and are now, or with ``settled`` the other way round. ``run``: those that
    a run moved by one of these ``steps``, from a state (None: new) to another.
    """

    units: frozenset[str] | None = None
    kind: Kind | None = None
    parts: tuple[tuple[str, State, bool], ...] | None = None
    kinds: tuple[Kind, ...] = ()
    leads: bool = False  # one for each dossier: that which says what is next
    since: datetime | None = None
    settled: bool | None = False  # None: whether settled or not
    run: str = ""
    steps: tuple[tuple[State | None, State], ...] = ()


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A line of a list: its key, and what a run wrote down of it (None: nothing yet)."""

    key: str
    payload: bytes | None


class OpenWork(Room):
    """Questions about what is open, answered without loading what is counted."""

    @reads
    def counts(self, connection: Connection, chosen: OpenFilter) -> list[OpenCount]:
        """How many of the chosen there are, by unit, kind, state and step."""
        columns = [discrepancy.c[name] for name in ("unit", "kind", "state", "step", "waits")]
        query = select(*columns, func.count()).where(*self._chosen(connection, chosen))
        rows = connection.execute(query.group_by(*columns))
        return [
            OpenCount(row[0], Kind(row[1]), State(row[2]), row[3], row[4], row[5]) for row in rows
        ]

    @reads
    def listed(
        self, connection: Connection, chosen: OpenFilter, after: str, limit: int
    ) -> list[ListedRow]:
        """At most so many of the chosen behind the key ``after``: by unit, in the order of the
        shelves."""
        place = (discrepancy.c.unit, discrepancy.c.shelf, discrepancy.c.id)
        keys = select(discrepancy.c.id).where(*self._chosen(connection, chosen))
        if after:
            mark = connection.execute(select(*place).where(discrepancy.c.id == after)).first()
            keys = keys.where(*_behind(place, mark or ("", 0, after)))
        # The keys come off an index alone; only the lines that are shown are opened.
        keys = keys.order_by(*place).limit(limit)
        found = list(connection.scalars(keys))
        query = select(finding.c.discrepancy_id, finding.c.payload)
        rows = connection.execute(query.where(finding.c.discrepancy_id.in_(found)))
        payloads = {key: bytes(payload) for key, payload in rows}
        return [ListedRow(key, payloads.get(key)) for key in found]

    @reads
    def undecided(self, connection: Connection, units: frozenset[str] | None) -> dict[str, int]:
        """How many dossiers the newest run called overdue and could not decide, by unit."""
        unit = undetermined.c.unit_key
        query = select(unit, func.count()).where(_of(unit, units)).group_by(unit)
        rows = connection.execute(query).all()
        return {row[0]: row[1] for row in rows}

    @reads
    def undecided_rows(
        self, connection: Connection, units: frozenset[str] | None, after: str, limit: int
    ) -> list[ListedRow]:
        """At most so many of these behind the key ``after``, the longest due first."""
        due, anchor = func.coalesce(undetermined.c.due_on, NEVER), undetermined.c.anchor
        query = select(anchor, undetermined.c.payload).where(_of(undetermined.c.unit_key, units))
        if after:
            mark = select(due).where(anchor == after).scalar_subquery()
            query = query.where(or_(due > mark, and_(due == mark, anchor > after)))
        query = query.order_by(due, anchor).limit(limit)
        return _rows(connection, query)

    @reads
    def first_change(self, connection: Connection) -> datetime | None:
        """When the first discrepancy was written down; None: none ever was."""
        query = select(change.c.at).order_by(change.c.id).limit(1)
        return connection.scalar(query)

    def _chosen(self, connection: Connection, chosen: OpenFilter) -> list[ColumnElement[bool]]:
        found = [_of(discrepancy.c.unit, chosen.units), self._counts(connection)]
        settled = discrepancy.c.state == State.RESOLVED.value
        if chosen.settled is not None:
            found.append(settled if chosen.settled else not_(settled))
        if chosen.run:
            found.append(discrepancy.c.id.in_(_moved(chosen.run, chosen.steps)))
        kinds = (chosen.kind,) if chosen.kind else chosen.kinds
        if kinds:
            found.append(discrepancy.c.kind.in_([kind.value for kind in kinds]))
        if chosen.leads:
            found.append(discrepancy.c.pile != "")
        if chosen.parts is not None:
            found.append(or_(not_(true()), *map(_is_part, chosen.parts)))
        if chosen.since is not None:
            found.append(discrepancy.c.id.in_(_other_before(chosen.since, bool(chosen.settled))))
        return found

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


def _behind(place: Sequence[Any], mark: Sequence[Any]) -> list[ColumnElement[bool]]:
    """What comes after a place in an order; the first part alone is what an index is entered by."""
    unit, shelf, name = place
    its_unit, its_shelf, its_name = mark
    return [
        unit >= its_unit,
        or_(
            unit > its_unit,
            and_(unit == its_unit, shelf > its_shelf),
            and_(unit == its_unit, shelf == its_shelf, name > its_name),
        ),
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


def _rows(connection: Connection, query: Select[Any]) -> list[ListedRow]:
    rows: Sequence[Any] = connection.execute(query).all()
    return [ListedRow(key, None if said is None else bytes(said)) for key, said in rows]
