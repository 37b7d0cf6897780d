"""The figures of form II.06a as the office submitted them (số liệu đã báo cáo)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.csvfile import Column, Row, Sheet

NUMBERS = (
    ("received_total", "tiếp nhận: tổng số"),
    ("received_online", "tiếp nhận: trực tuyến"),
    ("received_direct_post", "tiếp nhận: trực tiếp, bưu chính"),
    ("received_carried", "tiếp nhận: từ kỳ trước"),
    ("resolved_total", "đã giải quyết: tổng số"),
    ("resolved_early", "đã giải quyết: trước hạn"),
    ("resolved_on_time", "đã giải quyết: đúng hạn"),
    ("resolved_late", "đã giải quyết: quá hạn"),
    ("in_progress_total", "đang giải quyết: tổng số"),
    ("in_progress_in_time", "đang giải quyết: trong hạn"),
    ("in_progress_overdue", "đang giải quyết: quá hạn"),
)
COLUMNS = (
    Column("period", ("kỳ", "kỳ báo cáo"), needed=True),
    Column("unit", ("đơn vị",)),
    Column("field", ("lĩnh vực",)),
    *(Column(name, (header,)) for name, header in NUMBERS),
)
_PERIOD = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|6M|9M))?")


@dataclass(frozen=True, slots=True)
class Submitted:
    """One line of the form as it was sent; None where the office entered nothing."""

    period: str  # "2024-Q1", "2024-03", "2024"
    unit: str  # empty: the whole office
    field: str  # empty: every field
    received_total: int | None = None
    received_online: int | None = None
    received_direct_post: int | None = None
    received_carried: int | None = None
    resolved_total: int | None = None
    resolved_early: int | None = None
    resolved_on_time: int | None = None
    resolved_late: int | None = None
    in_progress_total: int | None = None
    in_progress_in_time: int | None = None
    in_progress_overdue: int | None = None


def build(own: Sheet | None) -> tuple[Submitted, ...]:
    """The submitted lines, in the order of the table."""
    lines = (_line(row) for row in (own.rows if own else ()))
    return tuple(line for line in lines if line is not None)


def _line(row: Row) -> Submitted | None:
    period = row["period"].upper().replace("/", "-")
    if not _PERIOD.fullmatch(period):
        row.problem(
            f"cột period: «{row['period']}» không đọc được; viết 2024-Q1, 2024-03 hoặc 2024"
        )
        return None
    numbers = {name: _number(row, name) for name, _ in NUMBERS}
    return Submitted(period, row["unit"], row["field"], **numbers)


def _number(row: Row, name: str) -> int | None:
    """``4917`` or ``4.917``: a dot between thousands."""
    text = row[name]
    if not text:
        return None
    if not re.fullmatch(r"\d+|\d{1,3}(?:[. ]\d{3})+", text):
        row.problem(f"cột {name}: «{text}» không phải là số hồ sơ")
        return None
    return int(re.sub(r"\D", "", text))
