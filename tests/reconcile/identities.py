"""The identities of form II.06a, so that figures prove themselves sound."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from reconcile.figures.form import Figures, Move, Statistics
from reconcile.figures.standing import Column


def identities(found: Statistics) -> list[str]:
    """Every identity of the form that does not hold, in Vietnamese; none on sound figures."""
    units: dict[str, list[Move]] = defaultdict(list)
    classes: dict[str, list[Move]] = defaultdict(list)
    for move in found.moved:
        units[move.unit].append(move)
        classes[move.procedure].append(move)
    rows: list[tuple[str, Figures, Iterable[Move]]] = [("Toàn bộ", found.all, found.moved)]
    rows += [(unit, figures, units[unit]) for unit, figures in found.by_unit.items()]
    rows += [(name, figures, classes[name]) for name, figures in found.by_class.items()]
    problems = [text for name, figures, moves in rows for text in _broken(name, figures, moves)]
    for name, parts in (("đơn vị", found.by_unit), ("loại thủ tục", found.by_class)):
        if sum(figures.recorded.received for figures in parts.values()) != found.received:
            problems.append(f"Cộng theo {name} khác tổng số")
    return problems


def _broken(name: str, figures: Figures, moves: Iterable[Move]) -> list[str]:
    """The identities that one row of the form violates."""
    recorded, reconciled = figures.recorded, figures.reconciled
    problems = []
    for title, table in (("đếm lại", recorded), ("sau đối chiếu", reconciled)):
        if table.received != table.resolved + table.in_progress + table.ended_before:
            problems.append(f"{name}, {title}: tiếp nhận khác đã giải quyết cộng đang giải quyết")
        if (
            table.end_unknown > table.late
            or table.waiting + table.unknown > table.in_time
            or table.undated + table.late_typed > table.on_time
        ):
            problems.append(f"{name}, {title}: dòng riêng lớn hơn cột chứa nó")
    if recorded.ended_before:
        problems.append(f"{name}, đếm lại: có hồ sơ đã kết thúc từ kỳ trước")
    if (recorded.online, recorded.direct_post, recorded.carried) != (
        reconciled.online,
        reconciled.direct_post,
        reconciled.carried,
    ):
        problems.append(f"{name}: số tiếp nhận trước và sau đối chiếu khác nhau")
    change: Counter[Column] = Counter()
    for move in moves:
        change[move.before.column] -= 1
        change[move.after.column] += 1
    for column in Column:
        if reconciled.count(column) - recorded.count(column) != change[column]:
            problems.append(f"{name}: chênh lệch cột {column.value} không khớp danh sách hồ sơ")
    return problems
