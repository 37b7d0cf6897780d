"""What page one says of each source: read or not, up to which day, and when."""

from __future__ import annotations

from datetime import date

import msgspec

from reconcile import labels
from reconcile.claims import Role
from worker import words
from worker.reports.facts import OwnFacts, RunFacts, SourceLine


class SourceRow(msgspec.Struct, frozen=True):
    name: str
    role: str
    kind: str
    complete: bool
    read: int
    rejected: int
    new: int
    changed: int
    covers: str
    remarks: str
    uneven: tuple[str, ...] = ()  # which units are behind the others
    dropped: int = 0  # rows among ``rejected`` that do not count; the rest are cells left empty
    data_to: str = ""  # dữ liệu đến ngày
    read_at: str = ""  # đọc lúc
    folder: str = ""  # where to put its files, where there is none
    missing: str = ""  # of which days of the period it does not speak


class Unread(msgspec.Struct, frozen=True):
    """A source that was not read in full: the block nobody may overlook."""

    source: str
    since: str
    problem: str
    units: tuple[str, ...] = ()  # whose files could not be read, where others' could


def blanks(source: SourceRow) -> str:
    """``96 ô để trống, 0 dòng bị bỏ``: no row is lost by a bad cell."""
    cells, rows = source.rejected - source.dropped, source.dropped
    return f"{words.number(max(cells, 0))} ô để trống, {words.number(rows)} dòng bị bỏ"


def source_title(source: SourceLine) -> str:
    return f"{role_title(source)} ({words.clean(source.name)})"


def role_title(source: SourceLine) -> str:
    if source.role is Role.REGISTER:
        return words.REGISTERS.get(source.origin, labels.ROLES[source.role])
    return labels.ROLES[source.role]


def unread(source: SourceLine) -> Unread:
    since = f" từ {words.moment(source.unread_since)}" if source.unread_since else ""
    if source.missing:
        return Unread(
            source=source_title(source),
            since=f"{words.clean(source.missing)}. Chưa kết luận gì về những ngày này.",
            problem="Tệp đã nạp không có những ngày này; xuất lại cho đủ kỳ rồi chạy lại.",
            units=tuple(map(words.clean, source.unread_units)),
        )
    return Unread(
        source=source_title(source),
        since=(
            f"Chưa đọc đủ {source_title(source)}{since}. Từ thời điểm đó chưa kết luận hồ sơ "
            "thiếu, đã khớp hay quá hạn theo nguồn này."
        ),
        problem=words.clean(source.problem) or "Không rõ nguyên nhân.",
        units=tuple(map(words.clean, source.unread_units)),
    )


def source_row(source: SourceLine) -> SourceRow:
    remarks = []
    if source.role is Role.REGISTER:
        remarks.append(words.ORIGINS[source.origin])
    if source.announced is not None:
        remarks.append(
            f"nguồn báo có {words.number(source.announced)}, đã có {words.number(source.read)}"
        )
    unused = [name for name in source.unknown_columns if name.strip().casefold() != "stt"]
    if unused:
        remarks.append("cột không dùng: " + ", ".join(unused))
    return SourceRow(
        name=words.clean(source.name),
        role=role_title(source),
        kind=source.kind,
        complete=source.complete,
        read=source.read,
        rejected=source.rejected,
        dropped=source.dropped,
        data_to=words.day(source.covers_to),
        read_at=words.moment(source.read_at),
        folder=words.clean(source.folder),
        missing=words.clean(source.missing),
        new=source.new,
        changed=source.changed,
        covers=words.span(source.covers_from, source.covers_to),
        remarks=words.clean("; ".join(remarks)),
        uneven=tuple(map(words.clean, source.uneven)),
    )


def warnings(facts: RunFacts) -> tuple[str, ...]:
    return tuple(
        words.clean(f"{source_title(source)}: {text}")
        for source in facts.sources
        for text in (*source.warnings, *_trail(source))
    )


def _trail(source: SourceLine) -> tuple[str, ...]:
    if not source.trail_problem:
        return ()
    problem = source.trail_problem.rstrip(".")
    return (
        f"nhật ký liên thông chưa đọc được ({problem}); hồ sơ và trạng thái vẫn đọc đủ, riêng "
        "cột “Vướng tại” có thể thiếu.",
    )


def read_until(facts: OwnFacts | RunFacts) -> str:
    """``Dữ liệu: Phần mềm một cửa đến 31/03/2024; đọc lúc …``, the hour of reading last."""
    return f"{_data_to(facts)}; đọc lúc {words.moment(facts.read_at)}"


def _data_to(facts: OwnFacts | RunFacts) -> str:
    """``Dữ liệu: Phần mềm một cửa đến 31/03/2024, Sổ giấy đến 28/03/2024``."""
    ends: dict[str, date | None] = {}
    read: set[str] = set()
    for source in facts.sources:
        role = role_title(source)
        known = [day for day in (ends.get(role), source.covers_to) if day]
        ends[role] = max(known, default=None)
        read |= {role} if source.read else set()
    told = [
        f"{role} đến {words.day(day)}"
        if day
        else f"{role} {'không ghi ngày tiếp nhận' if role in read else 'chưa có'}"
        for role, day in ends.items()
    ]
    return f"Dữ liệu: {', '.join(told) or 'chưa có'}"
