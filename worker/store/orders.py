"""Which registers stand in the order of an export: found by place alone, without loading either."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from reconcile.claims import Role
from worker.store.readings import newest_first
from worker.store.tables import claim, source_file

BATCH = 1000


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
    files = [file.id for file in newest_first(connection, sources)]
    of_role = select(source_file.c.id, source_file.c.role).where(source_file.c.id.in_(files))
    roles = {row.id: row.role for row in connection.execute(of_role)}
    exports = [file for file in files if roles[file] == Role.ONE_STOP.value]
    found: set[int] = set()
    for file in (file for file in files if roles[file] == Role.REGISTER.value):
        count = select(func.count()).where(claim.c.file_id == file, claim.c.own_key != "")
        if exports and (connection.scalar(count) or 0) >= fewest:
            same = _in_order(connection, file, exports)
            found |= {file, *same} if same else set()
    return sorted(connection.scalars(select(claim.c.key).where(claim.c.file_id.in_(found))))


def _in_order(connection: Connection, file: int, exports: Iterable[int]) -> set[int]:
    """The exports whose order the codes of a register keep, all of them."""
    other = claim.alias()
    query = (
        select(claim.c.sheet, claim.c.row, other.c.file_id, other.c.sheet, other.c.row)
        .join(other, other.c.own_key == claim.c.own_key)
        .where(claim.c.file_id == file, claim.c.own_key != "", other.c.file_id.in_(list(exports)))
        .order_by(claim.c.sheet, claim.c.row, other.c.file_id)
    )
    orders: dict[int, _Order] = {}
    broken: set[int] = set()
    before: set[tuple[str, int, int]] = set()
    for part in connection.execute(query).partitions(BATCH):
        for sheet, row, export, its_sheet, its_row in part:
            if (sheet, row, export) in before:
                continue  # the export bears the code twice
            before = {(sheet, row, export)} | {one for one in before if one[:2] == (sheet, row)}
            if export not in broken and not orders.setdefault(export, _Order()).meet(
                (its_sheet, its_row)
            ):
                broken.add(export)
        if orders and broken >= orders.keys():
            break
    return orders.keys() - broken
