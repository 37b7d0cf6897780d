"""The figures of form II.06a for display: submitted, recounted, reconciled, and the bridge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from reconcile import labels
from reconcile.figures.form import Figures, Move, StatusLine, Table, rate
from reconcile.figures.standing import Column, Treatment
from worker import words
from worker.reports.facts import SubmittedFigures

Cells = tuple[int | None, ...]

#: The form's columns, in its order, then the one that the reconciliation adds.
GROUPS = (
    ("Số hồ sơ tiếp nhận", ("Tổng số", "Trực tuyến", "Trực tiếp, bưu chính", "Từ kỳ trước")),
    ("Số hồ sơ đã giải quyết", ("Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn")),
    ("Số hồ sơ đang giải quyết", ("Tổng số", "Trong hạn", "Quá hạn")),
)
ADDED = "Đã kết thúc từ kỳ trước"
STEP_RATES = ("Làm đổi tỷ lệ (1), điểm %", "Làm đổi tỷ lệ (2), điểm %")
#: Never the lower end alone: it counts dossiers that nobody knows of as on time.
RANGE = "Khoảng: thấp nhất nếu mọi hồ sơ chưa rõ đều đúng hạn, cao nhất nếu đều quá hạn"
STRONGEST = "Chỉ dùng hai mức căn cứ mạnh nhất (sổ hộ tịch; sổ theo dõi có quyển, trang)"
NO_RATES = "Chưa đọc đủ dữ liệu của kỳ nên không tính tỷ lệ quá hạn."
RATES = ("Tỷ lệ quá hạn (1)", "Tỷ lệ quá hạn (2)")

#: The rows of every table of figures, as they are called in sentences.
ROW_SUBMITTED, ROW_RECOUNTED, ROW_RECONCILED = "A", "B", "C"

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


class PartRow(msgspec.Struct, frozen=True):
    """A part of a column that is shown on a line of its own."""

    label: str
    recorded: int
    reconciled: int


class BridgeRow(msgspec.Struct, frozen=True):
    """One step from the submitted figures to the reconciled ones."""

    title: str
    dossiers: int | None  # how many moved in this step; None for a total
    cells: Cells  # in the order of BUCKETS
    total: bool = False
    rate: str = ""  # what it moves in rate (1), in points of a hundred; a total: the rate itself
    rate_of_resolved: str = ""  # the same of rate (2)


class RateRange(msgspec.Struct, frozen=True):
    """One formula of the late rate: without and with the dossiers that lack ground."""

    formula: str
    recorded: float | None
    reconciled: float | None
    low: float | None
    high: float | None
    strongest: float | None


def form_row(title: str, table: Table, *, counted: bool = True, rated: bool = True) -> FormRow:
    """One line of the form: dashes where nothing could be counted, no rate where not all was."""
    if not counted:
        return FormRow(title, (None,) * 12, None, None)
    return FormRow(
        title=title,
        cells=(
            *(table.received, table.online, table.direct_post, table.carried),
            *(table.resolved, table.early, table.on_time, table.late),
            *(table.in_progress, table.in_time, table.overdue),
            table.ended_before,
        ),
        rate=table.late_rate if rated else None,
        rate_of_resolved=table.late_rate_of_resolved if rated else None,
    )


def submitted_row(title: str, line: SubmittedFigures) -> FormRow:
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


def sublines(figures: Figures) -> tuple[PartRow, ...]:
    """Every line inside a column that is not 0 on both sides."""
    found = (
        PartRow(label, getattr(figures.recorded, name), getattr(figures.reconciled, name))
        for name, label in SUBLINES
    )
    return tuple(line for line in found if line.recorded or line.reconciled)


def rate_ranges(figures: Figures, *, rated: bool = True) -> tuple[RateRange, ...]:
    """Both formulas of the late rate, each as a range; none of a period not read in full."""
    if not rated:
        return ()
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


def change_of_rate(before: float | None, after: float | None) -> str:
    """``−22,11``, ``+1,30``, ``0``: points of a hundred; a dash where either is not known."""
    if before is None or after is None:
        return "–"
    points = round(after * 100 - before * 100, 2)
    if not points:
        return "0"
    return ("+" if points > 0 else "−") + f"{abs(points):.2f}".replace(".", ",")


def why(move: Move) -> str:
    """What is proven, and the strength of the proof: the reason of a step in the bridge."""
    strength = words.inner(labels.STRENGTHS[move.strength])
    return f"{PROOFS.get(move.proof, move.proof)}; căn cứ: {strength}"


#: What a step of the bridge is called when its ground was read after the cut-off.
SUPPLIED = "bổ sung sau ngày chốt"


def bridge(
    figures: Figures,
    moved: Iterable[Move],
    submitted: FormRow | None,
    supplied: Callable[[Move], bool] = lambda _move: False,
) -> tuple[BridgeRow, ...]:
    """đã báo cáo → ± đếm lại → − / + by reason and strength, helps and hurts apart → đối chiếu.

    Each step says what it moves in both rates, one after the other; ``supplied`` grounds stand
    apart. What the moved lines do not explain is shown as such, never smoothed over.
    """
    recorded, reconciled = _buckets(figures.recorded), _buckets(figures.reconciled)
    received = figures.recorded.received
    steps: list[BridgeRow] = []
    if submitted is not None:
        before = _of_form(submitted)
        shown = (words.rate(submitted.rate), words.rate(submitted.rate_of_resolved))
        steps.append(BridgeRow(f"{ROW_SUBMITTED}. Đã báo cáo", None, before, True, *shown))
        steps.append(BridgeRow("± đếm lại theo phần mềm", None, _less(recorded, before)))
    steps.append(_total(f"{ROW_RECOUNTED}. Đếm lại theo phần mềm", recorded, received))
    groups: dict[tuple[str, bool, str], list[Move]] = {}
    for move in moved:
        groups.setdefault((move.effect, supplied(move), why(move)), []).append(move)
    at: Cells = recorded
    for (effect, is_late, reason), moves in sorted(groups.items()):
        cells = _deltas(moves)
        title = f"{words.EFFECTS[effect]}: {reason}"
        title += f"; {SUPPLIED}" if is_late else ""
        steps.append(_step(title, len(moves), cells, at, received))
        at = _plus(at, cells)
    rest = _less(reconciled, at)
    if any(rest):
        steps.append(_step("Chênh lệch chưa giải thích được", None, rest, at, received))
    title = f"{ROW_RECONCILED}. {words.RECONCILED_TITLE}"
    steps.append(_total(title, reconciled, received))
    return tuple(steps)


def _total(title: str, cells: Cells, received: int) -> BridgeRow:
    rates = (words.rate(one) for one in _rates(cells, received))
    return BridgeRow(title, None, cells, True, *rates)


def _step(title: str, dossiers: int | None, cells: Cells, at: Cells, received: int) -> BridgeRow:
    pairs = zip(_rates(at, received), _rates(_plus(at, cells), received), strict=True)
    moved = (change_of_rate(before, after) for before, after in pairs)
    return BridgeRow(title, dossiers, cells, False, *moved)


def _rates(cells: Cells, received: int) -> tuple[float | None, float | None]:
    """Both rates of a line of the bridge, unrounded."""
    count = dict(zip(BUCKETS, (value or 0 for value in cells), strict=True))
    late = count[Column.LATE]
    resolved = count[Column.EARLY] + count[Column.ON_TIME] + late
    return (
        (late + count[Column.OVERDUE]) / received if received else None,
        late / resolved if resolved else None,
    )


def _plus(cells: Cells, more: Cells) -> Cells:
    return tuple((a or 0) + (b or 0) for a, b in zip(cells, more, strict=True))


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
