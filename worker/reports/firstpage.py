"""The first page: what was read, the three numbers, the figures side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import msgspec

from reconcile import labels
from reconcile.claims import Role, Status
from reconcile.figures.form import Figures, Move
from reconcile.kinds import Kind, by_urgency
from worker import words
from worker.reports.ages import Ageing, TrendRow, ageing
from worker.reports.counts import (
    UNDECIDED_OVERDUE,
    Count,
    always,
    headline,
    undecided_parts,
)
from worker.reports.decided import told
from worker.reports.dossiers import said_closing, said_total, tally_of
from worker.reports.facts import OwnFacts, RunFacts
from worker.reports.figures import (
    ROW_RECONCILED,
    ROW_RECOUNTED,
    ROW_SUBMITTED,
    BridgeRow,
    FormRow,
    PartRow,
    RateRange,
    bridge,
    difference,
    form_row,
    rate_ranges,
    status_line,
    sublines,
    submitted_row,
)
from worker.reports.freezes import FrozenBlock, frozen_block, opening_lines
from worker.reports.readings import (
    SourceRow,
    Unread,
    read_until,
    source_row,
    source_title,
    unread,
    warnings,
)
from worker.reports.sampled import CheckBlock, check_block
from worker.reports.signs import SignRow, sign_rows
from worker.reports.to_do import is_to_do

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


TITLE = "BÁO CÁO ĐỐI SOÁT HỒ SƠ KHAI SINH, KHAI TỬ"
FIRST_TIME = "Lần đối soát đầu tiên (chưa có ngày chốt nào sớm hơn), chưa có gì để so."

#: Under every table that shows the rates.
FORMULAS = (
    "Tỷ lệ quá hạn (1) = (đã giải quyết quá hạn + đang giải quyết quá hạn) / tổng tiếp nhận; "
    "tỷ lệ quá hạn (2) = đã giải quyết quá hạn / tổng đã giải quyết."
)


class NotJudgedRow(msgspec.Struct, frozen=True):
    """One reason why something was not judged: which questions, in which units."""

    label: str  # the first question, and how many others
    kinds: tuple[str, ...]
    units: str  # each with its number of cases
    reason: str
    cases: int


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
    sublines: tuple[PartRow, ...]
    reconciled_part: str
    rates: tuple[RateRange, ...]
    effects: tuple[Count, ...]
    bridge: tuple[BridgeRow, ...]
    notes: tuple[str, ...]
    not_judged: tuple[NotJudgedRow, ...]
    warnings: tuple[str, ...]
    movements: tuple[str, ...]
    ageing: Ageing
    trend: tuple[TrendRow, ...]
    frozen: FrozenBlock | None = None
    opening: tuple[str, ...] = ()
    unit: str = ""  # the one unit that the report is of
    signs: tuple[SignRow, ...] = ()
    first_read: tuple[str, ...] = ()  # registers that were read for the first time afterwards
    rated: bool = True  # the period was read in full: rates may be told
    signable: bool = True  # there is something that somebody may answer for with a signature
    check: CheckBlock | None = None
    decided: str = ""  # how the links came about
    all_agree: bool = False  # nothing is to be done, and all was read

    @property
    def under(self) -> tuple[str, ...]:
        """What stands under the title of every list: whose it is, of which days, read when."""
        office = f"{self.office} – {self.unit}" if self.unit else self.office
        return (office, f"{self.period}. {self.as_of}.", f"{self.read_at}.")


def first_page(facts: RunFacts) -> FirstPage:
    statistics = facts.statistics
    own = next((line for line in facts.submitted if not line.unit), None)
    submitted = submitted_row(f"{ROW_SUBMITTED}. Đã báo cáo", own) if own else None
    unit = words.clean(facts.unit)
    counted = facts.is_counted
    rated = counted and statistics.covered
    open_now = _open_conclusion(facts)
    return FirstPage(
        office=words.clean(facts.office),
        unit=unit,
        title=TITLE + (f" – {unit.upper()}" if unit else ""),
        period=_period(facts),
        as_of=f"Ngày chốt: {words.day(facts.scope.as_of)}",
        read_at=read_until(facts),
        trigger=words.TRIGGERS.get(facts.trigger, facts.trigger),
        run_id=facts.run_id,
        conclusion=open_now or all_agree(facts),
        all_agree=not open_now,
        unread=tuple(unread(source) for source in facts.sources if not source.complete),
        sources=tuple(source_row(source) for source in facts.sources),
        headline=headline(facts),
        always=always(facts),
        figures=_figure_rows(submitted, statistics.all, counted=counted, rated=rated),
        sublines=sublines(statistics.all) if counted else (),
        reconciled_part=_reconciled_part(facts),
        rates=rate_ranges(statistics.all, rated=rated),
        effects=(
            Count(f"{words.MOVED}, có lợi cho đơn vị", statistics.helps if counted else None),
            Count(f"{words.MOVED}, bất lợi cho đơn vị", statistics.hurts if counted else None),
        ),
        bridge=(
            bridge(statistics.all, statistics.moved, submitted, _supplied(facts)) if rated else ()
        ),
        signs=sign_rows(facts),
        first_read=_first_read(facts),
        rated=rated,
        signable=rated,
        notes=_notes(facts),
        decided=told(facts.decided) if facts.decided else "",
        not_judged=_not_judged(facts),
        warnings=warnings(facts),
        movements=_movements(facts),
        ageing=ageing(facts),
        trend=tuple(
            TrendRow(point.on, point.open)
            for point in facts.trend
            if not point.unit and facts.looked_at
        ),
        frozen=frozen_block(facts),
        check=check_block(facts),
        opening=tuple(opening_lines(facts.opening, _unknown_before(facts))) if counted else (),
    )


def _movements(facts: RunFacts) -> tuple[str, ...]:
    """What changed since earlier days of judgement; nothing of a day before the first one."""
    if not facts.looked_at and facts.movements:
        return ("Lần này chưa xét lại được hồ sơ nào nên chưa so được với các lần trước.",)
    if not facts.movements:
        return (FIRST_TIME,)
    return tuple(
        f"So với {line.title} (tính đến ngày chốt {words.day(line.since)}): "
        f"{words.number(line.new)} việc mới phát hiện, {words.number(line.still)} còn tồn, "
        f"{words.number(line.gone)} đã khớp."
        for line in facts.movements
    )


def _reconciled_part(facts: RunFacts) -> str:
    if not facts.is_counted:
        return "Phần được đối chiếu: chưa có dữ liệu của kỳ này."
    judged, received = (
        words.number(n) for n in (facts.statistics.judged, facts.statistics.received)
    )
    return (
        f"Phần được đối chiếu – Hộ tịch: {judged} / {received}; lĩnh vực khác giữ nguyên, không "
        "đối chiếu."
    )


def _unknown_before(facts: RunFacts) -> date | None:
    """The first day of the period, where the counted software tells of nothing before it."""
    starts = [
        one.covers_from for one in facts.sources if one.role is facts.base and one.covers_from
    ]
    first = facts.scope.starts
    return first if first and starts and min(starts) >= first else None


def _read_first(facts: RunFacts) -> dict[str, date]:
    """By source, the day on which a row of it was read first."""
    first: dict[str, date] = {}
    for claim in facts.claims.values():
        if claim.is_row and claim.read_on:
            first[claim.source] = min(claim.read_on, first.get(claim.source, claim.read_on))
    return first


def _first_read(facts: RunFacts) -> tuple[str, ...]:
    """Registers that were read for the first time after the cut-off, and how long after it."""
    ends = facts.scope.ends
    if ends is None:
        return ()
    first = _read_first(facts)
    return tuple(
        f"Toàn bộ {source_title(source)} được đọc lần đầu ngày {words.day(first[source.name])}, "
        f"sau ngày chốt {words.number((first[source.name] - ends).days)} ngày."
        for source in facts.sources
        if source.name in first and first[source.name] > ends
    )


def _supplied(facts: RunFacts) -> Callable[[Move], bool]:
    """Whether the ground of a move came after the cut-off and after the first reading."""
    ends = facts.scope.ends
    if ends is None:
        return lambda _move: False
    first = _read_first(facts)
    rows = {place: claim for claim in facts.claims.values() for place in claim.places}

    def supplied(move: Move) -> bool:
        found = next((rows[place] for place in move.places if place in rows), None)
        if found is None or found.read_on is None:
            return False
        return found.read_on > max(ends, first.get(found.source, ends))

    return supplied


def _period(facts: RunFacts) -> str:
    scope = facts.scope
    if scope.starts is None and scope.ends is None:
        return "Phạm vi: toàn bộ hồ sơ đã đọc được, không chia kỳ"
    return f"Kỳ số liệu: {words.span(scope.starts, scope.ends)}"


def _figure_rows(
    submitted: FormRow | None, figures: Figures, *, counted: bool, rated: bool
) -> tuple[FormRow, ...]:
    """The submitted figure first; the recount before the reconciliation; then what differs."""
    recorded = form_row(
        f"{ROW_RECOUNTED}. Đếm lại theo phần mềm", figures.recorded, counted=counted, rated=rated
    )
    reconciled = form_row(
        f"{ROW_RECONCILED}. {words.RECONCILED_TITLE}",
        figures.reconciled,
        counted=counted,
        rated=rated,
    )
    change = difference(f"Chênh lệch {ROW_RECONCILED} so với {ROW_RECOUNTED}", recorded, reconciled)
    if submitted is None:
        return (recorded, reconciled, change)
    gap = difference(f"Chênh lệch {ROW_RECOUNTED} so với {ROW_SUBMITTED}", submitted, recorded)
    return (submitted, recorded, gap, reconciled, change)


def _notes(facts: RunFacts) -> tuple[str, ...]:
    statistics = facts.statistics
    by_post = statistics.all.late_by_post
    statuses = [status_line(line) for line in statistics.statuses if line.status in EXPLAINED]
    notes = [
        scope_note(_period(facts), facts.scope.as_of, facts),
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
        notes.append(f"Đơn vị chưa nhập số liệu đã báo cáo nên chưa có dòng {ROW_SUBMITTED}.")
    if not statistics.covered:
        notes.append(
            "Kỳ này chưa có đủ dữ liệu nên không tính tỷ lệ và không lập văn bản trình ký."
        )
    return tuple(notes)


def _not_judged(facts: RunFacts) -> tuple[NotJudgedRow, ...]:
    """One row a reason, with the units and how many dossiers and rows; they sum to page one's.

    A reason that holds for no single dossier (a source that is not there) stands without a number.
    """
    asked: dict[str, set[Kind]] = {}
    units: dict[str, Counter[str]] = {}
    for one in facts.undecided:
        asked.setdefault(one.reason, set()).update(one.kinds)
        name = words.clean(facts.unit_names.get(one.unit, one.unit)) or "Chưa rõ đơn vị"
        units.setdefault(one.reason, Counter())[name] += one.cases
    for line in facts.not_judged:
        if line.reason not in units:
            asked.setdefault(line.reason, set()).add(line.kind)
    return tuple(
        _not_judged_row(reason, asked[reason], units.get(reason, Counter()), facts)
        for reason in sorted(asked)
    )


#: More units than this are counted, not named, where they share a reason.
MOST_UNITS = 12


def _not_judged_row(
    reason: str, asked: set[Kind], units: Counter[str], facts: RunFacts
) -> NotJudgedRow:
    questions = [kind for kind in by_urgency() if kind in asked]
    named = [f"{name} ({words.number(count)})" for name, count in sorted(units.items())]
    everybody = {unit for reach in facts.reach.values() for unit in reach.units}
    if not units or 1 < len(everybody) <= len(units):
        named = ["Toàn cơ quan" + (f" ({words.number(units.total())})" if units else "")]
    elif len(named) > MOST_UNITS:
        named = [f"{len(named)} đơn vị ({words.number(units.total())})"]
    more = f" và {len(questions) - 1} loại khác" if questions[1:] else ""
    return NotJudgedRow(
        label=labels.KINDS[questions[0]] + more,
        kinds=tuple(labels.KINDS[kind] for kind in questions),
        units=", ".join(named),
        reason=words.clean(reason),
        cases=units.total(),
    )


def scope_note(period: str, as_of: date, read: OwnFacts | RunFacts) -> str:
    """The first note: of what the page is, and up to when it was read."""
    return f"{period}; ngày chốt {words.day(as_of)}; {read_until(read)}."


def _open_conclusion(facts: RunFacts) -> str:
    """One sentence for the reader in a hurry; empty only if nothing is to do and all was read."""
    open_now = [one for one in facts.findings if is_to_do(one.finding, one.state)]
    total = tally_of(facts.findings)
    unread = [source_title(source) for source in facts.sources if not source.complete]
    left = words.number(len(facts.left_open))
    overdue, others = undecided_parts(facts)
    if total.to_do:
        units = len({one.finding.unit for one in open_now})
        where = words.clean(facts.unit) if facts.unit else f"{words.number(units)} đơn vị"
        text = f"Có {said_total(total)}; ở {where}."
        if total.closing:
            text += f" Đề nghị kết thúc trên phần mềm {said_closing(total)}."
        if overdue:
            text += f" Ngoài ra {words.number(overdue)} hồ sơ {UNDECIDED_OVERDUE}."
        if facts.left_open:
            text += f" Còn {left} việc đã biết từ trước, lần này chưa xét lại được."
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
    if overdue or others:
        (overdue_text, *more) = [
            text
            for count, text in (
                (overdue, f"{words.number(overdue)} hồ sơ {UNDECIDED_OVERDUE}"),
                (others, f"{words.number(others)} hồ sơ, dòng sổ khác chưa xét được"),
            )
            if count
        ]
        return (
            f"Chưa thể kết luận: {', '.join((overdue_text, *more))}; ngoài ra chưa thấy hồ sơ cần "
            "xử lý."
        )
    return ""


def all_agree(read: OwnFacts | RunFacts) -> str:
    """The conclusion where nothing is to be done."""
    counts = {True: 0, False: 0}
    for source in read.sources:
        counts[source.role is Role.REGISTER] += source.read
    return (
        f"Không có hồ sơ cần xử lý. Đã đối chiếu {words.number(counts[False])} hồ sơ với "
        f"{words.number(counts[True])} dòng sổ; các nguồn đã đọc đủ đến "
        f"{words.moment(read.read_at)}."
    )
