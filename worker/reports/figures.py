"""The figures of form II.06a for display: submitted, recounted, reconciled, and the bridge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from reconcile import labels
from reconcile.figures import Figures, Move, StatusLine, Table, rate
from reconcile.standing import Column, Treatment
from worker.reports import words
from worker.reports.facts import Submitted

Cells = tuple[int | None, ...]

#: The form's columns, in its order, then the one that the reconciliation adds.
GROUPS = (
    ("Số hồ sơ tiếp nhận", ("Tổng số", "Trực tuyến", "Trực tiếp, bưu chính", "Từ kỳ trước")),
    ("Số hồ sơ đã giải quyết", ("Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn")),
    ("Số hồ sơ đang giải quyết", ("Tổng số", "Trong hạn", "Quá hạn")),
)
ADDED = "Đã kết thúc từ kỳ trước"
RATES = ("Tỷ lệ quá hạn (1)", "Tỷ lệ quá hạn (2)")

#: Lines inside a column: the name of the field of a table, and what an official reads.
SUBLINES = (
    ("end_unknown", "Đã giải quyết quá hạn: chưa đủ căn cứ về ngày có kết quả"),
    ("undated", "Đã giải quyết đúng hạn: phần mềm không rõ ngày kết thúc"),
    ("late_typed", "Đã giải quyết đúng hạn: nhập bù, không đủ căn cứ tính hạn"),
    ("waiting", "Đang giải quyết trong hạn: chờ công dân bổ sung, nộp nghĩa vụ tài chính"),
    ("unknown", "Đang giải quyết trong hạn: chưa rõ trạng thái"),
)

PROOFS = {"registration": "đã vào sổ hộ tịch", "hand_over": "đã trả kết quả theo sổ"}

TREATMENTS = {
    Treatment.NOT_RECEIVED: "không tính là tiếp nhận",
    Treatment.IN_PROGRESS: "tính đang giải quyết, theo ngày hẹn",
    Treatment.WAITING: "tính đang giải quyết trong hạn (chờ công dân), có dòng riêng",
    Treatment.UNCLEAR: "tính đang giải quyết trong hạn, dòng “chưa rõ”",
    Treatment.RESOLVED: "tính đã giải quyết, theo ngày kết thúc xử lý",
    Treatment.WITHDRAWN: "tính đã giải quyết, đúng hạn",
}

#: The columns that a dossier moves between, in the form's order.
BUCKETS = tuple(Column)


class FormRow(msgspec.Struct, frozen=True):
    """One line of the form; None where the office submitted no such figure."""

    title: str
    cells: Cells  # the columns of GROUPS, then ADDED
    rate: float | None
    rate_of_resolved: float | None
    change: bool = False  # a line of differences: signed, without rates


class SubLine(msgspec.Struct, frozen=True):
    """A part of a column that is shown on a line of its own."""

    label: str
    recorded: int
    reconciled: int


class BridgeStep(msgspec.Struct, frozen=True):
    """One step from the submitted figures to the reconciled ones."""

    title: str
    dossiers: int | None  # how many moved in this step; None for a total
    cells: Cells  # in the order of BUCKETS
    total: bool = False


class RateRange(msgspec.Struct, frozen=True):
    """One formula of the late rate: without and with the dossiers that lack ground."""

    formula: str
    recorded: float | None
    reconciled: float | None
    low: float | None
    high: float | None
    strongest: float | None


def form_row(title: str, table: Table) -> FormRow:
    return FormRow(
        title=title,
        cells=(
            *(table.received, table.online, table.direct_post, table.carried),
            *(table.resolved, table.early, table.on_time, table.late),
            *(table.in_progress, table.in_time, table.overdue),
            table.ended_before,
        ),
        rate=table.late_rate,
        rate_of_resolved=table.late_rate_of_resolved,
    )


def submitted_row(title: str, line: Submitted) -> FormRow:
    """The office's own figures in the shape of the form; the rates by the same formulas."""
    late, resolved, overdue, received = line.late, line.resolved, line.overdue, line.received
    known = late is not None and overdue is not None and received is not None
    return FormRow(
        title=title,
        cells=(
            *(received, line.online, line.direct_post, line.carried),
            *(resolved, line.early, line.on_time, late),
            *(line.in_progress, line.in_time, overdue),
            None,
        ),
        rate=rate((late or 0) + (overdue or 0), received or 0) if known else None,
        rate_of_resolved=None if late is None or resolved is None else rate(late, resolved),
    )


def difference(title: str, before: FormRow, after: FormRow) -> FormRow:
    """After less before, column by column; nothing where either is not known."""
    return FormRow(title, _less(after.cells, before.cells), None, None, change=True)


def sublines(figures: Figures) -> tuple[SubLine, ...]:
    """Every line inside a column that is not 0 on both sides."""
    found = (
        SubLine(label, getattr(figures.recorded, name), getattr(figures.reconciled, name))
        for name, label in SUBLINES
    )
    return tuple(line for line in found if line.recorded or line.reconciled)


def rate_ranges(figures: Figures) -> tuple[RateRange, ...]:
    """Both formulas of the late rate, each as a range."""
    both = (
        (
            "(1) (đã giải quyết quá hạn + đang giải quyết quá hạn) / tổng tiếp nhận",
            figures.recorded.late_rate,
            figures.reconciled.late_rate,
            figures.late_rate_range,
        ),
        (
            "(2) đã giải quyết quá hạn / tổng đã giải quyết",
            figures.recorded.late_rate_of_resolved,
            figures.reconciled.late_rate_of_resolved,
            figures.late_rate_of_resolved_range,
        ),
    )
    return tuple(
        RateRange(formula, recorded, reconciled, span.low, span.high, span.strongest)
        for formula, recorded, reconciled, span in both
    )


def status_line(line: StatusLine) -> str:
    """``8 – Dừng xử lý: 12 hồ sơ, tính … (quy tắc mặc định)``."""
    rule = "theo quy định của đơn vị" if line.by_office else "quy tắc mặc định"
    return (
        f"{int(line.status)} – {words.STATUSES[line.status]}: {words.number(line.count)} hồ sơ, "
        f"{TREATMENTS[line.treatment]} ({rule})"
    )


def why(move: Move) -> str:
    """What is proven, and the strength of the proof: the reason of a step in the bridge."""
    strength = words.inner(labels.STRENGTHS[move.strength])
    return f"{PROOFS.get(move.proof, move.proof)}; căn cứ: {strength}"


def bridge(
    figures: Figures, moved: Iterable[Move], submitted: FormRow | None
) -> tuple[BridgeStep, ...]:
    """đã báo cáo → ± đếm lại → − / + by reason and strength, helps and hurts apart → đối chiếu.

    What the moved lines do not explain is shown as such, never smoothed over.
    """
    recorded, reconciled = _buckets(figures.recorded), _buckets(figures.reconciled)
    steps: list[BridgeStep] = []
    if submitted is not None:
        before = _of_form(submitted)
        steps.append(BridgeStep("(1) Đã báo cáo", None, before, total=True))
        steps.append(BridgeStep("± đếm lại theo phần mềm", None, _less(recorded, before)))
    steps.append(BridgeStep("(2) Đếm lại theo phần mềm", None, recorded, total=True))
    groups: dict[tuple[str, str], list[Move]] = {}
    for move in moved:
        groups.setdefault((move.effect, why(move)), []).append(move)
    explained: Cells = (0,) * len(BUCKETS)
    for (effect, reason), moves in sorted(groups.items()):
        cells = _deltas(moves)
        explained = tuple((a or 0) + b for a, b in zip(explained, cells, strict=True))
        steps.append(BridgeStep(f"{words.EFFECTS[effect]}: {reason}", len(moves), cells))
    rest = _less(_less(reconciled, recorded), explained)
    if any(rest):
        steps.append(BridgeStep("Chênh lệch chưa giải thích được", None, rest))
    steps.append(BridgeStep(f"(3) {words.RECONCILED_TITLE}", None, reconciled, total=True))
    return tuple(steps)


def _buckets(table: Table) -> Cells:
    return tuple(table.count(column) for column in BUCKETS)


def _of_form(row: FormRow) -> Cells:
    """The cells of a form line that are buckets: no totals, no channels."""
    return (*row.cells[5:8], *row.cells[9:11], None)


def _deltas(moves: Sequence[Move]) -> tuple[int, ...]:
    cells = dict.fromkeys(BUCKETS, 0)
    for move in moves:
        cells[move.before.column] -= 1
        cells[move.after.column] += 1
    return tuple(cells.values())


def _less(after: Cells, before: Cells) -> Cells:
    return tuple(
        None if a is None or b is None else a - b for a, b in zip(after, before, strict=True)
    )
