"""Care of the database: a copy while others work, and a look at whether it is sound."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from worker.store import schema
from worker.store.engine import Database
from worker.store.errors import StoreError
from worker.store.tables import Row, change, claim, discrepancy

#: Rows held in memory at once.
BATCH = 2000


def backup(database: Database, target: Path) -> None:
    """Write a checked copy to ``target``; an existing file is never overwritten.

    Raises StoreError for PostgreSQL, which has its own tool, and where ``target`` exists.
    """
    if not database.is_sqlite:
        raise StoreError("PostgreSQL: hãy sao lưu bằng pg_dump (xem sổ tay vận hành)")
    if target.exists():
        raise StoreError(f"Tệp sao lưu đã tồn tại: {target}")
    schema.copy_sqlite(database, target)


def copy_rows(source: Connection, target: Connection) -> None:
    """Put every row of one database into another that is empty, whatever kind each is."""
    for table in Row.metadata.sorted_tables:
        rows = source.execution_options(yield_per=BATCH).execute(select(table))
        for part in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in part])


def problems(connection: Connection) -> list[str]:
    """What is wrong with the database, in Vietnamese; empty when it is sound."""
    found = _file_problems(connection) if connection.dialect.name == "sqlite" else []
    return found + _content_problems(connection) + _history_problems(connection)


def _file_problems(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    broken = [f"Tệp dữ liệu hỏng: {row}" for row in rows if row != "ok"]
    strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return broken + [f"Dòng mồ côi trong bảng {row[0]} (số {row[1]})" for row in strays]


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
    ends = select(change.c.discrepancy_id, change.c.after).where(change.c.id.in_(last)).subquery()
    query = (
        select(discrepancy.c.id)
        .outerjoin(ends, ends.c.discrepancy_id == discrepancy.c.id)
        .where(func.coalesce(ends.c.after, "") != discrepancy.c.state)
        .order_by(discrepancy.c.id)
    )
    return [f"Vụ việc {one}: trạng thái không khớp lịch sử" for one in connection.scalars(query)]
