"""The care of a database: copies, what is kept too long, and whether it is sound (the file, its
contents, what it says of the past)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select

from worker.store import audit, copying, retention, schema, seals
from worker.store.engine import Room, reads
from worker.store.retention import Purged, Terms
from worker.store.rows import StoredRow
from worker.store.tables import change, claim, discrepancy


class Upkeep(Room):
    """What is done for the database as a whole."""

    @reads
    def revision(self, connection: Connection) -> str:
        return schema.revision(connection)

    def backup(self, target: Path) -> None:
        """Write a checked copy while others go on working: a SQLite file, whatever this is."""
        copying.copy_of(self.database, target)

    def purge(self, terms: Terms, now: datetime, *, trial: bool = False) -> Purged:
        """Remove what is kept too long; a trial only counts."""
        return retention.purge(self.database, terms, now, trial=trial)

    @reads
    def copy_to(self, connection: Connection, other: Room) -> None:
        """Put everything into another, empty store: for a trial that is thrown away."""
        other.database.write(lambda target: copying.refill(connection, target))

    @reads
    def sealed_since(self, connection: Connection) -> datetime | None:
        """When what was there before seals was taken as it is; None: they were there first."""
        return seals.first_sealed_at(connection)

    @reads
    def verify(self, connection: Connection) -> list[str]:
        """What is wrong with the database, in Vietnamese; empty when it is sound."""
        return problems(connection)


def problems(connection: Connection) -> list[str]:
    """What is wrong with a database of this version, in Vietnamese; empty when it is sound."""
    found = _file_problems(connection) if connection.dialect.name == "sqlite" else []
    misshapen = _shape_problems(connection)
    if misshapen:
        return found + misshapen  # its contents cannot be read
    found += _content_problems(connection) + _history_problems(connection)
    return found + audit.problems(connection) + seals.problems(connection)


def _file_problems(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    broken = [f"Tệp dữ liệu hỏng: {row}" for row in rows if row != "ok"]
    strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return broken + [f"Dòng mồ côi trong bảng {row[0]} (số {row[1]})" for row in strays]


def _shape_problems(connection: Connection) -> list[str]:
    """Tables and columns that its revision promises and that are not there."""
    seen = inspect(connection)
    there = set(seen.get_table_names())
    found = []
    for table in StoredRow.metadata.sorted_tables:
        if table.name not in there:
            found.append(f"Thiếu bảng {table.name}")
            continue
        columns = {column["name"] for column in seen.get_columns(table.name)}
        found += [
            f"Bảng {table.name} thiếu cột {column.name}"
            for column in table.columns
            if column.name not in columns
        ]
    return found


def _content_problems(connection: Connection) -> list[str]:
    """Stored claims that are no longer what was read: their hash tells."""
    query = select(claim.c.key, claim.c.hash, claim.c.payload).execution_options(yield_per=5000)
    bad = sum(
        hashlib.blake2b(payload, digest_size=16).digest() != bytes(content)
        for _, content, payload in connection.execute(query)
    )
    return [f"{bad} bản ghi nguồn không còn đúng nội dung đã đọc"] if bad else []


def _history_problems(connection: Connection) -> list[str]:
    """Discrepancies whose state is not the one that their last step led to."""
    last = select(func.max(change.c.id)).group_by(change.c.discrepancy_id)
    columns = (change.c.discrepancy_id, change.c.after, change.c.payload)
    ends = select(*columns).where(change.c.id.in_(last)).subquery()
    query = (
        select(discrepancy.c.id, discrepancy.c.state, ends.c.after)
        .outerjoin(ends, ends.c.discrepancy_id == discrepancy.c.id)
        .where(
            (func.coalesce(ends.c.after, "") != discrepancy.c.state)
            | (ends.c.payload != discrepancy.c.payload)
        )
        .order_by(discrepancy.c.id)
    )
    return [
        f"Vụ việc {one.id}: "
        + ("trạng thái" if one.state != (one.after or "") else "nội dung")
        + " không khớp lịch sử"
        for one in connection.execute(query)
    ]
