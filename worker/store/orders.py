"""Which registers stand in the order of an export: found by place alone, without loading either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from reconcile.claims import Role
from worker.store.readings import newest_first
from worker.store.tables import claim

#: Rows with a code that a register is looked at first: hardly one that was kept needs more.
FIRST = 12


@dataclass(slots=True)
class _Order:
    """Whether the places of an export were met rising or falling alone."""

    last: tuple[str, int] | None = None
    rises: bool = True
    falls: bool = True

    def meet(self, place: tuple[str, int]) -> bool:
        """Whether there still is an order once this place was met."""
        if self.last is not None:
            self.rises = self.rises and place > self.last
            self.falls = self.falls and place < self.last
        self.last = place
        return self.rises or self.falls


def alike(connection: Connection, sources: Collection[str] | None, fewest: int) -> list[str]:
    """The keys of the register rows and dossiers of files that stand in one order, sorted.

    A file of fewer rows than ``fewest`` may do so by chance.
    """
    files = newest_first(connection, sources)
    exports = [file.id for file in files if file.role == Role.ONE_STOP.value]
    found: set[int] = set()
    for file in (file.id for file in files if file.role == Role.REGISTER.value):
        if exports and _in_order(connection, file, exports, first=FIRST):
            count = select(func.count()).where(claim.c.file_id == file, claim.c.own_key != "")
            same = _in_order(connection, file, exports)
            if same and (connection.scalar(count) or 0) >= fewest:
                found |= {file, *same}
    return sorted(connection.scalars(select(claim.c.key).where(claim.c.file_id.in_(found))))


def _in_order(
    connection: Connection, file: int, exports: Sequence[int], *, first: int | None = None
) -> set[int]:
    """The exports whose order the codes of a register keep, all of them or the ``first`` few.

    ``exports`` are the newest first: what stands in a newer one, too, counts there alone.
    """
    other, its = claim.alias(), [claim.c.own_key, claim.c.sheet, claim.c.row]
    coded = select(*its).where(claim.c.file_id == file, claim.c.own_key != "")
    rows = coded.order_by(claim.c.sheet, claim.c.row).limit(first).subquery()
    query = (
        select(rows.c.sheet, rows.c.row, other.c.key, other.c.file_id, other.c.sheet, other.c.row)
        .join(other, other.c.own_key == rows.c.own_key)
        .where(other.c.file_id.in_(list(exports)))
        .order_by(rows.c.sheet, rows.c.row)
    )
    age = {export: place for place, export in enumerate(exports)}
    orders: dict[int, _Order] = {}
    broken: set[int] = set()
    for _, same in groupby(connection.execute(query), key=lambda one: one[:2]):
        for export, place in _counting(same, age):
            if not orders.setdefault(export, _Order()).meet(place):
                broken.add(export)
        if orders and broken >= orders.keys():
            break
    return orders.keys() - broken


def _counting(
    rows: Iterable[Sequence[Any]], age: Mapping[int, int]
) -> Iterator[tuple[int, tuple[str, int]]]:
    """Where one code stands, by export; an export that bears it twice says nothing of an order."""
    newest: dict[str, tuple[int, tuple[str, int]]] = {}
    for _, _, key, export, sheet, row in sorted(rows, key=lambda one: age[one[3]]):
        newest.setdefault(key, (export, (sheet, row)))
    twice = Counter(export for export, _ in newest.values())
    return (one for one in newest.values() if twice[one[0]] == 1)
