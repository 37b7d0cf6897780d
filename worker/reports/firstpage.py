"""The first page: what was read, the three numbers, the figures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconcile import labels
from reconcile.claims import Role, Status
from reconcile.figures import Figures
from reconcile.findings import Kind
from reconcile.lifecycle import State
from worker.reports import kinds, words
from worker.reports.checks import CheckedBlock, checked_block
from worker.reports.dossiers import said_closing, said_total, tally_of
from worker.reports.facts import RunFacts, SourceLine, Tracked, counted
from worker.reports.figures import (
    BridgeStep,
    FormRow,
    RateRange,
    SubLine,
    bridge,
    difference,
    form_row,
    rate_ranges,
    status_line,
    sublines,
    submitted_row,
)
from worker.reports.freezes import FrozenBlock, frozen_block, opening_lines

#: Statuses whose column is a question of practice: always explained under the table.
EXPLAINED = frozenset(
    {
        Status.UNKNOWN,
        Status.SUBMITTED,
        Status.NOT_ACCEPTED,
        Status.SUPPLEMENT_ASKED,
        Status.PAYMENT_ASKED,
        Status.WITHDRAWN,
        Status.STOPPED,
    }
)

LATENESS = (
    "Cách tính hạn: so theo ngày, không tính giờ. Kết thúc trước ngày hẹn là trước hạn; đúng ngày "
    "hẹn hoặc không có ngày hẹn là đúng hạn; sau ngày hẹn là quá hạn. Hồ sơ đang giải quyết là quá "
    "hạn khi ngày hẹn trước ngày chốt. Hồ sơ kết thúc sau ngày chốt vẫn tính là đang giải quyết."
)

ALWAYS = (
    ("Đang giải quyết quá hạn, chưa có căn cứ đã xong", Kind.TRULY_OVERDUE),
    ("Có trong sổ, chưa nhập phần mềm", Kind.MISSING_IN_SOFTWARE),
    ("Phần mềm ghi đã trả kết quả, sổ không có", Kind.NOT_IN_REGISTER),
    ("Phần mềm ghi từ chối, rút, dừng nhưng sổ ghi đã trả kết quả", Kind.ENDED_BUT_RETURNED),
)

#: Under every table that shows the rates.
FORMULAS = (
    "Tỷ lệ quá hạn (1) = (đã giải quyết quá hạn + đang giải quyết quá hạn) / tổng tiếp nhận; "
    "tỷ lệ quá hạn (2) = đã giải quyết quá hạn / tổng đã giải quyết."
)


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


class Unread(msgspec.Struct, frozen=True):
    """A source that was not read in full: the block nobody may overlook."""

    source: str
    since: str
    problem: str
    units: tuple[str, ...] = ()  # whose files could not be read, where others' could


class Count(msgspec.Struct, frozen=True):
    label: str
    count: int | None  # None: not judged, and known ones are still open
    note: str = ""


class NotJudgedRow(msgspec.Struct, frozen=True):
    """One reason why something was not judged: which questions, in which units."""

    label: str  # the first question, and how many others
    kinds: tuple[str, ...]
    units: str  # each with its number of cases
    reason: str
    cases: int


class Ageing(msgspec.Struct, frozen=True):
    """How long the discrepancies have been open, in calendar days."""

    bands: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]


class TrendRow(msgspec.Struct, frozen=True):
    """How many discrepancies were open after one run."""

    on: date
    open: int


class FirstPage(msgspec.Struct, frozen=True):
    office: str
    title: str
    period: str
    as_of: str
    read_at: str
    trigger: str
    run_id: str
    conclusion: str
    unread: tuple[Unread, ...]
    sources: tuple[SourceRow, ...]
    headline: tuple[Count, ...]
    always: tuple[Count, ...]
    figures: tuple[FormRow, ...]
    sublines: tuple[SubLine, ...]
    reconciled_part: str
    rates: tuple[RateRange, ...]
    effects: tuple[Count, ...]
    bridge: tuple[BridgeStep, ...]
    notes: tuple[str, ...]
    not_judged: tuple[NotJudgedRow, ...]
    warnings: tuple[str, ...]
    movements: tuple[str, ...]
    ageing: Ageing
    trend: tuple[TrendRow, ...]
    frozen: FrozenBlock | None = None
    checked: CheckedBlock | None = None
    opening: tuple[str, ...] = ()


def first_page(facts: RunFacts) -> FirstPage:
    statistics = facts.statistics
    own = next((line for line in facts.submitted if not line.unit), None)
    submitted = submitted_row("(1) Đã báo cáo", own) if own else None
    return FirstPage(
        office=words.clean(facts.office),
        title="BÁO CÁO ĐỐI SOÁT HỒ SƠ KHAI SINH, KHAI TỬ",
        period=_period(facts),
        as_of=f"Ngày chốt: {words.day(facts.scope.as_of)}",
        read_at=f"Số liệu đọc đến {words.moment(facts.read_at)}",
        trigger=words.TRIGGERS.get(facts.trigger, facts.trigger),
        run_id=facts.run_id,
        conclusion=_conclusion(facts),
        unread=tuple(_unread(source) for source in facts.sources if not source.complete),
        sources=tuple(source_row(source) for source in facts.sources),
        headline=_headline(facts),
        always=_always(facts),
        figures=_figure_rows(submitted, statistics.all),
        sublines=sublines(statistics.all),
        reconciled_part=(
            f"Phần được đối chiếu – Hộ tịch: {words.number(statistics.judged)} / "
            f"{words.number(statistics.received)}; lĩnh vực khác giữ nguyên, không đối chiếu."
        ),
        rates=rate_ranges(statistics.all),
        effects=(
            Count("Hồ sơ chuyển cột có lợi cho đơn vị", statistics.helps),
            Count("Hồ sơ chuyển cột bất lợi cho đơn vị", statistics.hurts),
        ),
        bridge=bridge(statistics.all, statistics.moved, submitted),
        notes=_notes(facts),
        not_judged=_not_judged(facts),
        warnings=_warnings(facts),
        movements=tuple(
            f"So với {line.title} ({words.day(line.since)}): {words.number(line.new)} mới phát "
            f"sinh, {words.number(line.still)} còn tồn, {words.number(line.gone)} đã khớp."
            for line in facts.movements
        ),
        ageing=_ageing(facts.findings),
        trend=tuple(TrendRow(point.on, point.open) for point in facts.trend if not point.unit),
        frozen=frozen_block(facts),
        checked=checked_block(facts),
        opening=tuple(opening_lines(facts.opening)),
    )


def _period(facts: RunFacts) -> str:
    scope = facts.scope
    if scope.starts is None and scope.ends is None:
        return "Phạm vi: toàn bộ hồ sơ đã đọc được, không chia kỳ"
    return f"Kỳ số liệu: {words.span(scope.starts, scope.ends)}"


def source_title(source: SourceLine) -> str:
    return f"{_role(source)} ({words.clean(source.name)})"


def _role(source: SourceLine) -> str:
    if source.role is Role.REGISTER:
        return words.REGISTERS.get(source.origin, labels.ROLES[source.role])
    return labels.ROLES[source.role]


def _unread(source: SourceLine) -> Unread:
    since = f" từ {words.moment(source.unread_since)}" if source.unread_since else ""
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
        role=_role(source),
        kind=source.kind,
        complete=source.complete,
        read=source.read,
        rejected=source.rejected,
        new=source.new,
        changed=source.changed,
        covers=words.span(source.covers_from, source.covers_to),
        remarks=words.clean("; ".join(remarks)),
        uneven=tuple(map(words.clean, source.uneven)),
    )


def _warnings(facts: RunFacts) -> tuple[str, ...]:
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


def _count(facts: RunFacts, wanted: Kind) -> int | None:
    found = sum(
        tracked.finding.count
        for tracked in facts.findings
        if tracked.finding.kind is wanted and tracked.state is not State.RESOLVED
    )
    return counted(found, _left(facts, wanted))


def _left(facts: RunFacts, wanted: Kind) -> int:
    return sum(one.kind is wanted for one in facts.left_open)


def _beside(facts: RunFacts, wanted: Kind, note: str) -> str:
    """The note of a number, and what is not in the number."""
    left = _left(facts, wanted)
    if not left:
        return note
    more = f"{words.number(left)} hồ sơ đã biết từ trước, lần này chưa xét lại được"
    more = f"ngoài ra {more}" if _count(facts, wanted) else more
    return f"{note}; {more}" if note else more


def _of_state(findings: Sequence[Tracked], state: State) -> int:
    return sum(tracked.finding.count for tracked in findings if tracked.state is state)


def _headline(facts: RunFacts) -> tuple[Count, ...]:
    """The three numbers of a chair. What is waived or waits is in them, never left out."""
    stuck = [
        tracked for tracked in facts.findings if tracked.finding.kind is Kind.RETURNED_STILL_PENDING
    ]
    parts = [
        f"{words.number(_of_state(stuck, state))} {text}"
        for state, text in ((State.SUSPECTED, "chờ đồng bộ"), (State.WAIVED, "tạm gác"))
        if _of_state(stuck, state)
    ]
    pairs = sum(link.decision.value == "review" for link in facts.links)
    return (
        Count(
            "Đã trả kết quả nhưng phần mềm chưa kết thúc",
            _count(facts, Kind.RETURNED_STILL_PENDING),
            _beside(
                facts,
                Kind.RETURNED_STILL_PENDING,
                f"trong đó {', '.join(parts)}" if parts else "",
            ),
        ),
        Count(
            "Quá hạn thật",
            _count(facts, Kind.TRULY_OVERDUE),
            _beside(
                facts,
                Kind.TRULY_OVERDUE,
                "đang giải quyết quá hạn, sổ đã nhập đủ và không có căn cứ đã xong",
            ),
        ),
        Count(
            "Chưa kết luận được",
            len(facts.undetermined_overdue),
            "đang giải quyết quá hạn, chưa đủ sổ để kết luận; ngoài ra "
            f"{words.number(pairs)} dòng sổ nghi ngờ chờ xác nhận ghép",
        ),
    )


def _always(facts: RunFacts) -> tuple[Count, ...]:
    """The numbers that stay on page one even at 0."""
    waived = sum(one.state is State.WAIVED for one in facts.left_open)
    return (
        *(Count(label, _count(facts, kind)) for label, kind in ALWAYS),
        Count("Tạm gác", _of_state(facts.findings, State.WAIVED) + waived),
        Count("Chưa kết luận (không đủ nguồn)", sum(row.cases for row in _not_judged(facts))),
        Count("Xong bước hộ tịch, chờ cơ quan khác", len(facts.waiting_groups)),
    )


def _figure_rows(submitted: FormRow | None, figures: Figures) -> tuple[FormRow, ...]:
    """The submitted figure first; the recount before the reconciliation; then what differs."""
    recorded = form_row("(2) Đếm lại theo phần mềm", figures.recorded)
    reconciled = form_row(f"(3) {words.RECONCILED_TITLE}", figures.reconciled)
    change = difference("Chênh lệch (3) so với (2)", recorded, reconciled)
    if submitted is None:
        return (recorded, reconciled, change)
    gap = difference("Chênh lệch (2) so với (1)", submitted, recorded)
    return (submitted, recorded, gap, reconciled, change)


def _notes(facts: RunFacts) -> tuple[str, ...]:
    statistics = facts.statistics
    by_post = statistics.all.late_by_post
    statuses = [status_line(line) for line in statistics.statuses if line.status in EXPLAINED]
    notes = [
        f"{_period(facts)}; ngày chốt {words.day(facts.scope.as_of)}; "
        f"đọc đến {words.moment(facts.read_at)}.",
        LATENESS,
        FORMULAS,
        "Trạng thái trên phần mềm được tính như sau: " + ("; ".join(statuses) or "không có") + ".",
    ]
    if statistics.opening_difference and facts.opening is None:
        notes.append(
            f"Số từ kỳ trước chuyển sang lệch {words.signed(statistics.opening_difference)} so với "
            f"số tồn cuối kỳ trước đếm lại ({words.number(statistics.closing_before)})."
        )
    if by_post:
        notes.append(
            f"{words.number(by_post)} hồ sơ quá hạn trong khoảng thời gian luân chuyển bưu chính "
            "giữa các cơ quan: chỉ ghi nhận nguyên nhân, không thay đổi cột nào."
        )
    if statistics.relined:
        notes.append(
            f"{words.number(len(statistics.relined))} hồ sơ giữ nguyên cột, chỉ chuyển dòng riêng "
            "trong cột theo căn cứ trên sổ."
        )
    if not any(not line.unit for line in facts.submitted):
        notes.append("Đơn vị chưa nhập số liệu đã báo cáo nên chưa có dòng (1).")
    return tuple(notes)


def _not_judged(facts: RunFacts) -> tuple[NotJudgedRow, ...]:
    """One row for a reason and the questions it leaves open, whatever the number of units.

    A case that several rules could not judge counts once: the largest count of a unit is taken.
    """
    open_in: dict[tuple[str, str], dict[Kind, int]] = {}
    for line in facts.not_judged:
        open_in.setdefault((line.reason, line.unit), {})[line.kind] = line.cases
    rows: dict[tuple[str, tuple[Kind, ...]], list[tuple[str, int]]] = {}
    for (reason, unit), counts in open_in.items():
        name = words.clean(facts.unit_names.get(unit, unit)) or "Toàn cơ quan"
        asked = tuple(kind for kind in kinds.URGENCY if kind in counts)
        rows.setdefault((reason, asked), []).append((name, max(counts.values())))
    return tuple(
        NotJudgedRow(
            label=labels.KINDS[asked[0]] + (f" và {len(asked) - 1} loại khác" if asked[1:] else ""),
            kinds=tuple(labels.KINDS[kind] for kind in asked),
            units=", ".join(
                f"{name} ({words.number(count)})" if count else name
                for name, count in sorted(units)
            ),
            reason=words.clean(reason),
            cases=sum(count for _, count in units),
        )
        for (reason, asked), units in sorted(rows.items())
    )


def _conclusion(facts: RunFacts) -> str:
    """One sentence for the reader in a hurry; "nothing to do" only if all was read."""
    open_now = [one for one in facts.findings if kinds.is_to_do(one.finding, one.state)]
    total = tally_of(facts.findings)
    until = words.moment(facts.read_at)
    unread = [source_title(source) for source in facts.sources if not source.complete]
    left = words.number(len(facts.left_open))
    if total.to_do:
        units = len({one.finding.unit for one in open_now})
        text = f"Có {said_total(total)}; ở {words.number(units)} đơn vị."
        if total.closing:
            text += f" Đề nghị kết thúc trên phần mềm {said_closing(total)}."
        if facts.left_open:
            text += f" Ngoài ra {left} việc đã biết từ trước, lần này chưa xét lại được."
        return text + (" Còn nguồn chưa đọc đủ, xem khung bên dưới." if unread else "")
    if unread:
        seen = (
            f"{left} việc đã biết từ trước vẫn để mở, chưa xét lại được."
            if facts.left_open
            else "với dữ liệu đã đọc chưa thấy hồ sơ cần xử lý."
        )
        return f"Chưa thể kết luận: còn thiếu dữ liệu của {', '.join(unread)}; {seen}"
    if facts.left_open:
        return f"Chưa thể kết luận: {left} việc đã biết từ trước vẫn để mở, chưa xét lại được."
    read = {True: 0, False: 0}
    for source in facts.sources:
        read[source.role is Role.REGISTER] += source.read
    return (
        f"Không có hồ sơ cần xử lý. Đã đối chiếu {words.number(read[False])} hồ sơ với "
        f"{words.number(read[True])} dòng sổ; các nguồn đã đọc đủ đến {until}."
    )


AGE_BANDS = ((7, "đến 7 ngày"), (30, "8–30 ngày"), (60, "31–60 ngày"), (90, "61–90 ngày"))
AGE_OVER = "trên 90 ngày"
AGE_SERIES = (
    ("Đã trả, phần mềm chưa kết thúc", (Kind.RETURNED_STILL_PENDING,)),
    ("Quá hạn thật", (Kind.TRULY_OVERDUE,)),
)


def _ageing(findings: Sequence[Tracked]) -> Ageing:
    """Counts by age; a cause label (post) or an explained delay is no open work."""
    names = [name for name, _ in AGE_SERIES] + ["Việc khác"]
    counts = {name: [0] * (len(AGE_BANDS) + 1) for name in names}
    for tracked in findings:
        finding = tracked.finding
        if tracked.state is State.RESOLVED or finding.kind is Kind.LATE_BY_POST:
            continue
        name = next((name for name, aged in AGE_SERIES if finding.kind in aged), "Việc khác")
        band = sum(finding.days_open > limit for limit, _ in AGE_BANDS)
        counts[name][band] += finding.count
    return Ageing(
        bands=(*(text for _, text in AGE_BANDS), AGE_OVER),
        series=tuple((name, tuple(numbers)) for name, numbers in counts.items()),
    )
