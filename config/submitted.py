"""The figures of form II.06a as the office submitted them (số liệu đã báo cáo)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.csvfile import Row, TableColumn, TableReader
from config.folding import fold
from config.units import Units

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
    TableColumn("period", ("kỳ", "kỳ báo cáo"), needed=True),
    TableColumn("unit", ("đơn vị",)),
    TableColumn("field", ("lĩnh vực",)),
    *(TableColumn(name, (header,)) for name, header in NUMBERS),
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


#: Fields (lĩnh vực) of the form; a line of a field is a part of the line without one.
FIELDS = (
    "Hộ tịch", "Quốc tịch", "Chứng thực", "Tư pháp", "Nuôi con nuôi", "Cư trú",
    "Đăng ký thường trú", "Bảo hiểm y tế", "Bảo hiểm xã hội", "Bảo trợ xã hội", "Người có công",
    "Lao động", "Việc làm", "Y tế", "Giáo dục", "Đất đai", "Môi trường", "Xây dựng", "Giao thông",
    "Công thương", "Nông nghiệp", "Tài chính", "Đăng ký kinh doanh", "Văn hóa", "Thể thao",
    "Tôn giáo", "Nội vụ", "Thi đua khen thưởng", "Khác", "Lĩnh vực khác",
    "Liên thông khai sinh", "Liên thông khai tử", "Khai sinh", "Khai tử",
)  # fmt: skip
#: Of the form: the total, its parts, and which part an office may leave out.
SUMS = (
    ("received_total", ("received_online", "received_direct_post", "received_carried"), ""),
    ("resolved_total", ("resolved_early", "resolved_on_time", "resolved_late"), "resolved_early"),
    ("in_progress_total", ("in_progress_in_time", "in_progress_overdue"), ""),
    ("received_total", ("resolved_total", "in_progress_total"), ""),
)
_NAMES = dict(NUMBERS)


def build(own: TableReader | None, units: Units | None = None) -> tuple[Submitted, ...]:
    """The submitted lines, in the order of the table, their units as codes of ``units.csv``.

    A unit or a field that nobody knows is a problem, and so is a line of a field that belongs to no
    total; figures that do not add up are as they were sent, and are noted.
    """
    rows = own.rows if own else []
    read = [(row, line) for row in rows if (line := _line(row, units)) is not None]
    totals = {(line.period, line.unit): line for _, line in read if not line.field}
    seen: set[tuple[str, str, str]] = set()
    for row, line in read:
        key = (line.period, line.unit, fold(line.field))
        if key in seen:
            row.problem("kỳ, đơn vị, lĩnh vực này đã có ở một dòng trên")
        seen.add(key)
        if line.field and (line.period, line.unit) not in totals:
            row.problem(
                "số liệu theo lĩnh vực chỉ dùng kèm dòng tổng (lĩnh vực để trống) của cùng kỳ, "
                "cùng đơn vị; thêm dòng tổng, hoặc bỏ dòng này"
            )
        for text in _sums(line):
            row.note(text)
    for (period, unit), total in totals.items():
        parts = [
            line for _, line in read if line.field and (line.period, line.unit) == (period, unit)
        ]
        for row, _ in ((row, line) for row, line in read if line is total):
            for text in _fields(total, parts):
                row.note(text)
    return tuple(line for _, line in read)


def _sums(line: Submitted) -> Iterator[str]:
    """Which totals of a line are not the sum of their parts."""
    for total, parts, may_lack in SUMS:
        values = [getattr(line, name) for name in parts if name != may_lack or getattr(line, name)]
        said = getattr(line, total)
        if said is None or None in values or said == sum(values):
            continue
        told = " + ".join(map(_shown, values))
        yield f"{_NAMES[total]} {_shown(said)} khác tổng các phần {told} = {_shown(sum(values))}"


def _fields(total: Submitted, parts: Sequence[Submitted]) -> Iterator[str]:
    """Where the fields of a total hold more than it does."""
    for name, label in NUMBERS:
        values = [value for part in parts if (value := getattr(part, name)) is not None]
        said = getattr(total, name)
        if said is not None and sum(values) > said:
            parted = _shown(sum(values))
            yield f"{label}: các lĩnh vực cộng lại {parted}, hơn dòng tổng {_shown(said)}"


def _shown(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _line(row: Row, units: Units | None) -> Submitted | None:
    period = row["period"].upper().replace("/", "-")
    if not _PERIOD.fullmatch(period):
        row.problem(
            f"cột period: «{row['period']}» không đọc được; viết 2024-Q1, 2024-03 hoặc 2024"
        )
        return None
    numbers = {name: _number(row, name) for name, _ in NUMBERS}
    unit, field = row["unit"], row["field"]
    if unit and units:
        code = units.resolve(unit)
        if code is None:
            row.problem(f"cột unit: bảng đơn vị không có «{unit}»{_nearest(unit, units)}")
            return None
        unit = code
    if field and fold(field) not in {fold(one) for one in FIELDS}:
        near = difflib.get_close_matches(field, FIELDS, n=1)
        hint = f"; có phải «{near[0]}»?" if near else f". Có: {', '.join(FIELDS)}"
        row.problem(f"cột field: không biết lĩnh vực «{field}»{hint}")
        return None
    return Submitted(period, unit, field, **numbers)


def _nearest(unit: str, units: Units) -> str:
    near = difflib.get_close_matches(unit, [one.name for one in units.all], n=1)
    return f"; có phải «{near[0]}»?" if near else ""


def _number(row: Row, name: str) -> int | None:
    """``4917`` or ``4.917``: a dot between thousands."""
    text = row[name]
    if not text:
        return None
    if not re.fullmatch(r"\d+|\d{1,3}(?:[. ]\d{3})+", text):
        row.problem(f"cột {name}: «{text}» không phải là số hồ sơ")
        return None
    return int(re.sub(r"\D", "", text))
