"""Registers that somebody vouches for, and what their rows say against it, in Vietnamese."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from config.sources import FileSource, SourceSettings
from reconcile.claims import Origin, Role
from reconcile.coverage import Coverage, Declaration
from reconcile.judging import registers
from reconcile.judging.proof import REGISTERS
from reconcile.judging.registers import Printed
from worker.house import House

MOST_RANGES = 10


def warnings(house: House, coverage: Coverage, as_of: date) -> dict[str, list[str]]:
    """What the rows tell of their sources: a book printed, not kept; with gaps; an old export."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in coverage.sources:
        configured = house.settings.source(source.name)
        if text := old(configured, source.ends, as_of, house.policy.stale_after_days):
            found[source.name].append(text)
    for one in registers.printed(house.store.search.in_order_of_exports(registers.FEWEST)):
        known = coverage.of(one.source)
        if known is not None and known.origin is not Origin.PRINTED_FROM_ONE_STOP:
            found[one.source].append(suspicion(one))
    for source in coverage.sources:
        numbered = [
            one for one in source.declared if None not in (one.first_number, one.last_number)
        ]
        rows = house.store.books.rows(source.name) if numbered else []
        for declared in numbered:
            if missing := registers.missing_numbers(declared, rows):
                found[source.name].append(f"{title(house, declared)} còn thiếu {ranges(missing)}.")
    return found


def old(source: SourceSettings | None, ends: date | None, on: date, after_days: int) -> str:
    """That an export of a software is older than so many days; empty where it is not.

    A register ends with its last row, and a system that is asked tells of today.
    """
    if not isinstance(source, FileSource) or source.role is Role.REGISTER or ends is None:
        return ""
    age = (on - ends).days
    if age <= after_days:
        return ""
    return (
        f"số liệu xuất chỉ đến ngày {ends:%d/%m/%Y}, cách {on:%d/%m/%Y} {age} ngày; xuất tệp mới "
        "rồi chạy lại"
    )


def suspicion(one: Printed) -> str:
    """What is suspected of a register file, and what to do."""
    return (
        f"NGHI SỔ IN RA TỪ PHẦN MỀM: tệp {one.file} có {one.rows} dòng giống hệt và cùng thứ tự "
        "với tệp xuất của phần mềm một cửa, nên không chứng minh được gì. Nếu đúng, khai "
        'origin = "xuat_tu_mot_cua"; nếu không, đối chiếu với sổ gốc.'
    )


def title(house: House, declared: Declaration) -> str:
    """A declared book as an official names it."""
    kind = REGISTERS.get(declared.register_type, "Sổ")
    unit = f" của {house.tables.units.name(declared.unit)}" if declared.unit else ""
    by = f", {declared.by} cam kết" if declared.by else ""
    return f"{kind}{unit} khai đã nhập đủ đến {declared.until:%d/%m/%Y}{by}"


def ranges(missing: Sequence[tuple[int, int]]) -> str:
    """``"5 số: 3–4, 7, 9–10"``; a long list is cut, its count is whole."""
    count = sum(last - first + 1 for first, last in missing)
    shown = [f"{a}" if a == b else f"{a}–{b}" for a, b in missing[:MOST_RANGES]]
    return f"{count} số: {', '.join(shown)}" + (", …" if len(missing) > MOST_RANGES else "")
