"""Seals: what a person or the program wrote, so that a change made by hand is noticed.

Every row that counts has a digest. Digests are added up in groups (a number of 128 bits that
neither the order nor the number of transactions changes), the groups are rows of the table
``seal``, and the sum over all groups stands in the audit's chain, in the act that is written in
the same transaction. So a write costs what it writes, and ``problems`` compares three things: the
rows with their group, the groups with the last act, the acts with each other.

Sums are moved by differences and never taken anew: a row that was changed by hand stays noticed
however often the program writes beside it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from worker.store.act_tables import (
    audit,
    book,
    check_step,
    frozen_period,
    pair_reading,
    paper,
    sample_answer,
    seal,
)
from worker.store.audit import SEALS, append, locked_head
from worker.store.engine import batches
from worker.store.hand_tables import addition, slip_batch
from worker.store.tables import answer, change, claim, link, source_file, status_step

#: Sums are taken modulo this.
SIZE = 1 << 128
#: Who seals what no person does, and the acts of it.
ITSELF = "doisoat"
READ, DECIDED, PURGED, SEALED = SEALS

Group = tuple[str, str]

_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows that are sealed: of which table, what of them is sealed, and which group each is in.

    ``name`` gives the group of a row; ``words`` name it for a person (a number, a file, a run).
    """

    table: Any
    columns: tuple[str, ...]
    name: Callable[[Any], str]
    words: str
    single: bool = True  # each row is a group of its own


def _own_number(row: Any) -> str:
    return str(row.id)


KINDS: Mapping[str, SealedRows] = {
    "claims": SealedRows(
        claim,
        ("file_id", "key", "hash", "status", "read_on"),
        lambda row: str(row.file_id),
        "dòng đã đọc, ngày đọc lần đầu",
        single=False,
    ),
    "history": SealedRows(
        status_step,
        ("file_id", "key", "before", "before_on", "after", "day"),
        lambda row: str(row.file_id),
        "lịch sử trạng thái",
        single=False,
    ),
    "links": SealedRows(
        link, ("row", "payload"), lambda _row: "", "Liên kết sổ – hồ sơ", single=False
    ),
    "steps": SealedRows(
        change,
        ("discrepancy_id", "before", "after", "at", "by", "reason", "run_id", "payload"),
        lambda row: row.run_id or row.discrepancy_id,
        "lịch sử vụ việc",
        single=False,
    ),
    "answer": SealedRows(
        answer, ("row", "dossier", "same", "by", "day"), _own_number, "Câu trả lời cặp hồ sơ số"
    ),
    "reading": SealedRows(
        pair_reading,
        ("row", "dossier", "why", "probability", "same", "by", "at"),
        _own_number,
        "Lần trả lời cặp hồ sơ số",
    ),
    "sample": SealedRows(
        sample_answer,
        ("seed", "row", "unit", "method", "matches", "by", "at"),
        _own_number,
        "Kết quả kiểm tra mẫu số",
    ),
    "frozen": SealedRows(
        frozen_period,
        ("starts", "ends", "number", "name", "as_of", "at", "by", "reason", "payload"),
        lambda row: f"{row.name}#{row.number}",
        "Kỳ đã chốt",
    ),
    "book": SealedRows(
        book,
        (
            *("source", "until", "said_by", "unit", "register_type", "first_number"),
            *("last_number", "declared_at", "declared_by", "withdrawn_at", "withdrawn_by"),
            "reason",
        ),
        _own_number,
        "Khai báo sổ số",
    ),
    "paper": SealedRows(
        paper,
        ("discrepancy_id", "kind", "number", "day", "by", "at"),
        _own_number,
        "Văn bản ghi nhận số",
    ),
    "check": SealedRows(
        check_step,
        ("check", "number", "payload", "by", "at"),
        lambda row: f"{row.check} bước {row.number}",
        "Kiểm tra chọn mẫu",
    ),
    "addition": SealedRows(
        addition,
        (
            *("source", "file", "mark", "unit", "sheet", "row", "column", "written", "typed"),
            *("by", "at", "withdrawn_at", "withdrawn_by"),
        ),
        _own_number,
        "Ô bổ sung số",
    ),
    "slips": SealedRows(
        slip_batch,
        (
            *("unit", "day", "expected", "state", "by", "at", "closed_at", "drawn"),
            *("settled_by", "settled_at", "reason"),
        ),
        _own_number,
        "Xấp giấy quét số",
    ),
}  # fmt: skip


def digest(values: Iterable[Any]) -> int:
    """The digest of a row's content, the same on every database."""
    told = _encode([_plain(value) for value in values])
    return int.from_bytes(hashlib.blake2b(told, digest_size=16).digest(), "big")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, memoryview):
        return bytes(value)
    return value


@dataclass(slots=True)
class SealMoves:
    """By how much each group moves in one transaction."""

    counts: Counter[Group] = field(default_factory=Counter)
    sums: dict[Group, int] = field(default_factory=dict)

    def add(self, group: Group, value: int) -> None:
        self.counts[group] += 1
        self.sums[group] = (self.sums.get(group, 0) + value) % SIZE

    def take(self, group: Group, value: int) -> None:
        self.counts[group] -= 1
        self.sums[group] = (self.sums.get(group, 0) - value) % SIZE

    def groups(self) -> list[Group]:
        """Those that another sum or count stands for now, sorted."""
        return sorted(one for one in self.sums if self.sums[one] or self.counts[one])

    def add_rows(self, kind: str, rows: Iterable[Any]) -> None:
        """Rows that were written, as they stand in the table."""
        for group, value in _told(kind, rows):
            self.add(group, value)

    def take_rows(self, kind: str, rows: Iterable[Any]) -> None:
        """Rows that are about to be removed or changed, as they stand in the table."""
        for group, value in _told(kind, rows):
            self.take(group, value)


def _told(kind: str, rows: Iterable[Any]) -> Iterator[tuple[Group, int]]:
    known = KINDS[kind]
    for row in rows:
        yield (kind, known.name(row)), digest(getattr(row, name) for name in known.columns)


def rows_of(connection: Connection, kind: str, *where: Any) -> Any:
    """The rows of a kind with all that is sealed of them."""
    known = KINDS[kind]
    names = dict.fromkeys((*(("id",) if "id" in known.table.c else ()), *known.columns))
    query = select(*(known.table.c[name] for name in names)).where(*where)
    return connection.execute(query.execution_options(yield_per=5000))


def in_parts(column: Any, keys: Collection[Any]) -> Iterator[Any]:
    """Conditions that together name these keys."""
    wanted = sorted(keys)
    for part in batches(wanted):
        yield column.in_(part)


def taken_in(
    connection: Connection,
    file_id: int,
    day: date,
    *,
    new: Iterable[Any],
    changed: Sequence[Any],
    gone: Sequence[str],
    steps: Iterable[Mapping[str, Any]],
    into: SealMoves,
) -> None:
    """Tell ``into`` what an intake moves; before it writes, for it looks at what was there.

    ``new`` and ``changed`` are rows as ``codec`` makes them, ``steps`` as they are inserted.
    """
    group = ("claims", str(file_id))
    for row in (*new, *changed):
        into.add(group, digest((file_id, row.key, row.hash, row.status, day)))
    for part in in_parts(claim.c.key, {*gone, *(row.key for row in changed)}):
        into.take_rows("claims", rows_of(connection, "claims", claim.c.file_id == file_id, part))
    for step in steps:
        values = (step[name] for name in KINDS["history"].columns)
        into.add(("history", str(file_id)), digest(values))


def linked(before: Iterable[tuple[str, bytes]], after: Iterable[tuple[str, bytes]]) -> SealMoves:
    """What it means for the seals that links were replaced: (row, payload) each."""
    moved = SealMoves()
    for row, payload in before:
        moved.take(("links", ""), digest((row, payload)))
    for row, payload in after:
        moved.add(("links", ""), digest((row, payload)))
    return moved


def stepped(steps: Iterable[Mapping[str, Any]], into: SealMoves) -> SealMoves:
    """Steps of discrepancies as they are inserted."""
    names = KINDS["steps"].columns
    for step in steps:
        group = ("steps", step["run_id"] or step["discrepancy_id"])
        into.add(group, digest(step[name] for name in names))
    return into


def keep(
    connection: Connection,
    moved: SealMoves,
    *,
    actor: str,
    act: str,
    object: str,  # noqa: A002
    at: datetime,
    reason: str = "",
    again: bool = False,
) -> None:
    """Write the groups down, and the act that holds their sum; at the end of a transaction.

    Nothing moved is no act, unless the sum is to be told ``again``.
    """
    groups = moved.groups()
    if not groups and not again:
        return
    total = last_total(connection)
    for kind in {kind for kind, _ in groups}:
        total += _move(connection, kind, {name for of, name in groups if of == kind}, moved)
    append(
        connection,
        actor=actor,
        act=act,
        object=object,
        reason=reason,
        at=at,
        digest=f"{total % SIZE:032x}",
    )


def _move(connection: Connection, kind: str, names: set[str], moved: SealMoves) -> int:
    """Move the groups of a kind; by how much the sum over all groups moves."""
    known: dict[str, tuple[int, int]] = {}
    for part in in_parts(seal.c.name, names):
        query = select(seal.c.name, seal.c.count, seal.c.value).where(seal.c.kind == kind, part)
        rows = connection.execute(query)
        known |= {name: (count, int(value, 16)) for name, count, value in rows}
    total = 0
    new, changed, empty = [], [], []
    for name in sorted(names):
        count, value = known.get(name, (0, 0))
        total -= _weight(kind, name, count, value)
        count += moved.counts[kind, name]
        value = (value + moved.sums[kind, name]) % SIZE
        total += _weight(kind, name, count, value)
        if not count and not value:
            empty.append({"its_name": name})
        elif name in known:
            changed.append({"its_name": name, "to_count": count, "to_value": f"{value:032x}"})
        else:
            new.append({"kind": kind, "name": name, "count": count, "value": f"{value:032x}"})
    this = (seal.c.kind == kind) & (seal.c.name == bindparam("its_name"))
    if new:
        connection.execute(insert(seal), new)
    if changed:
        values: dict[str, Any] = {"count": bindparam("to_count"), "value": bindparam("to_value")}
        connection.execute(update(seal).where(this).values(values), changed)
    if empty:
        connection.execute(delete(seal).where(this), empty)
    return total


def _weight(kind: str, name: str, count: int, value: int) -> int:
    """What one group adds to the sum over all; nothing where it is empty."""
    return digest((kind, name, count, f"{value:032x}")) if count or value else 0


def last_total(connection: Connection) -> int:
    """The sum over all groups as the last act that moved it says; held until the end."""
    locked_head(connection)
    return _last_total(connection)


def _last_total(connection: Connection) -> int:
    query = select(audit.c.digest).where(audit.c.digest != "").order_by(audit.c.seq.desc())
    return int(connection.execute(query.limit(1)).scalar() or "0", 16)


def last_sealed_at(connection: Connection) -> datetime | None:
    """When the newest act was done that holds the sum over all groups; None: there is none."""
    query = select(audit.c.at).where(audit.c.digest != "").order_by(audit.c.seq.desc())
    return connection.execute(query.limit(1)).scalar()


def first_sealed_at(connection: Connection) -> datetime | None:
    """When what was there before seals was taken as it is, at an upgrade; None where never."""
    query = select(func.max(audit.c.at)).where(audit.c.act == SEALED)
    return connection.execute(query).scalar()


def as_it_is(connection: Connection, kinds: Iterable[str] = KINDS) -> SealMoves:
    """Every row that is there, as if it were new: what a first seal holds."""
    moved = SealMoves()
    for kind in kinds:
        moved.add_rows(kind, rows_of(connection, kind))
    return moved


def problems(connection: Connection) -> list[str]:
    """What is not as it was written, in Vietnamese, by number, file or run; empty: all is."""
    query = select(seal.c.kind, seal.c.name, seal.c.count, seal.c.value)
    stored = {
        (kind, name): (count, int(value, 16))
        for kind, name, count, value in connection.execute(query)
    }
    total = sum(_weight(*group, *said) for group, said in stored.items()) % SIZE
    found = []
    if total != _last_total(connection):
        found.append("Dấu niêm phong: bảng dấu không khớp nhật ký thao tác, đã bị sửa")
    actual = as_it_is(connection)
    files = _files(connection)
    for group in sorted(stored.keys() | set(actual.sums)):
        count, value = stored.get(group, (0, 0))
        is_now = actual.counts[group]
        if (count, value) != (is_now, actual.sums.get(group, 0)):
            found.append(_told_of(group, count, is_now, files))
    return found


def _files(connection: Connection) -> dict[str, str]:
    query = select(source_file.c.id, source_file.c.source, source_file.c.path)
    return {
        str(row.id): f"Nguồn {row.source}" + (f", tệp {row.path}" if row.path else "")
        for row in connection.execute(query)
    }


def _told_of(group: Group, was: int, now: int, files: Mapping[str, str]) -> str:
    kind, name = group
    known = KINDS[kind]
    if known.single:
        fate = "đã bị xóa" if now < was else "không do chương trình ghi" if now > was else ""
        return f"{known.words} {name}: {fate or 'đã bị sửa'}"
    if kind in ("claims", "history"):
        where = f"{files.get(name, f'Tệp số {name}')}: {known.words}"
    elif kind == "steps":
        where = f"Lượt hoặc vụ việc {name}: {known.words}"
    else:
        where = known.words
    if now < was:
        return f"{where}: thiếu {was - now} dòng"
    return f"{where}: thừa {now - was} dòng" if now > was else f"{where}: đã bị sửa"
