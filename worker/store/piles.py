"""On which pile each dossier lies: one of its discrepancies stands for it, and is found by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from reconcile.judging.same_event import parts
from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from reconcile.steps import PLACES, Step, part_of, pile_of, urgency, usual_step
from worker.store.engine import in_parts
from worker.store.tables import discrepancy

BATCH = 500
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
