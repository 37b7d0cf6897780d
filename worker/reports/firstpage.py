"""The first page: what was read, the three numbers, the figures side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from reconcile import labels
from reconcile.absence import NOT_DECLARED
from reconcile.claims import Role, Status
from reconcile.figures import Figures, Move
from reconcile.findings import Kind
from reconcile.lifecycle import State
from reconcile.registers import Sign, Suspect
from worker.reports import kinds, words
from worker.reports.checks import CheckedBlock, checked_block
from worker.reports.facts import RunFacts, SourceLine, Tracked, counted
from worker.reports.figures import (
    ROW_RECONCILED,
    ROW_RECOUNTED,
    ROW_SUBMITTED,
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

TITLE = "BÁO CÁO ĐỐI SOÁT HỒ SƠ KHAI SINH, KHAI TỬ"
FIRST_TIME = "Lần đối soát đầu tiên (chưa có ngày chốt nào sớm hơn), chưa có gì để so."
UNDECIDED_OVERDUE = "quá hạn, chưa kết luận"
SIGNS_TITLE = "Dấu hiệu cần kiểm tra"
SIGNS_NOTE = (
    "Đây chỉ là điều khác thường trong sổ, không phải kết luận; có thể có lý do chính đáng. Mở sổ "
    "gốc để kiểm tra, trước hết ở các dòng của mẫu ngẫu nhiên."
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
    dropped: int
    data_to: str  # dữ liệu đến ngày
    read_at: str  # đọc lúc
    folder: str  # where to put its files, where there is none
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
    """A number and what is to be known of it; None where it was not judged, and why."""

    label: str
    count: int | None
    note: str = ""
    where: str = ""  # in which units, where not in all of them


class SignRow(msgspec.Struct, frozen=True):
    """One sign to look at, and where it shows: never a verdict."""

    what: str
    units: tuple[tuple[str, str], ...]  # unit, what is seen there


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
    series: tuple[tuple[str, tuple[int | None, ...]], ...]  # None: not judged


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
    unit: str = ""  # the one unit that the report is of
    signs: tuple[SignRow, ...] = ()
    first_read: tuple[str, ...] = ()  # registers that were read for the first time afterwards
    rated: bool = True  # the period was read in full: rates may be told
    signable: bool = True  # there is something that somebody may answer for with a signature


def first_page(facts: RunFacts) -> FirstPage:
    statistics = facts.statistics
    own = next((line for line in facts.submitted if not line.unit), None)
    submitted = submitted_row(f"{ROW_SUBMITTED}. Đã báo cáo", own) if own else None
    unit = words.clean(facts.unit)
    counted = facts.is_counted
    rated = counted and statistics.covered
    return FirstPage(
        office=words.clean(facts.office),
        unit=unit,
        title=TITLE + (f" – {unit.upper()}" if unit else ""),
        period=_period(facts),
        as_of=f"Ngày chốt: {words.day(facts.scope.as_of)}",
        read_at=f"{_data_to(facts)}; đọc lúc {words.moment(facts.read_at)}",
        trigger=words.TRIGGERS.get(facts.trigger, facts.trigger),
        run_id=facts.run_id,
        conclusion=_conclusion(facts),
        unread=tuple(_unread(source) for source in facts.sources if not source.complete),
        sources=tuple(source_row(source) for source in facts.sources),
        headline=_headline(facts),
        always=_always(facts),
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
        not_judged=_not_judged(facts),
        warnings=_warnings(facts),
        movements=_movements(facts),
        ageing=_ageing(facts),
        trend=tuple(TrendRow(point.on, point.open) for point in facts.trend if not point.unit),
        frozen=frozen_block(facts),
        checked=checked_block(facts),
        opening=tuple(opening_lines(facts.opening, _unknown_before(facts))) if counted else (),
    )


def _movements(facts: RunFacts) -> tuple[str, ...]:
    """What changed since earlier days of judgement; nothing of a day before the first one."""
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


def _data_to(facts: RunFacts) -> str:
    """``Dữ liệu: Phần mềm một cửa đến 31/03/2024, Sổ giấy đến 28/03/2024``."""
    ends: dict[str, date | None] = {}
    for source in facts.sources:
        role = _role(source)
        known = [day for day in (ends.get(role), source.covers_to) if day]
        ends[role] = max(known, default=None)
    told = [
        f"{role} đến {words.day(day)}" if day else f"{role} chưa có" for role, day in ends.items()
    ]
    return f"Dữ liệu: {', '.join(told) or 'chưa có'}"


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
    ends, first = facts.scope.ends, _read_first(facts)
    if ends is None:
        return ()
    return tuple(
        f"Toàn bộ {source_title(source)} được đọc lần đầu ngày {words.day(first[source.name])}, sau "
        f"ngày chốt {words.number((first[source.name] - ends).days)} ngày."
        for source in facts.sources
        if source.name in first and first[source.name] > ends
    )


def _supplied(facts: RunFacts) -> Callable[[Move], bool]:
    """Whether the ground of a move came after the cut-off and after the first reading."""
    ends = facts.scope.ends
    first = _read_first(facts) if ends else {}
    rows = {place: claim for claim in facts.claims.values() for place in claim.places}

    def supplied(move: Move) -> bool:
        found = next((rows[place] for place in move.places if place in rows), None)
        if ends is None or found is None or found.read_on is None:
            return False
        return found.read_on > max(ends, first.get(found.source, ends))

    return supplied


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
        role=_role(source),
        kind=source.kind,
        complete=source.complete,
        read=source.read,
        rejected=source.rejected,
        dropped=source.dropped,
        data_to=words.day(source.covers_to),
        read_at=words.moment(source.read_at),
        folder=words.clean(source.folder),
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
    reach = facts.reach.get(wanted)
    # 0 is said only where every unit was looked at.
    open_question = reach is not None and bool(reach.unjudged or not reach.units)
    return counted(found, _left(facts, wanted) or open_question)


def _where(facts: RunFacts, wanted: Kind) -> str:
    """In which units a question was judged, where not in all, and why not in the others."""
    reach = facts.reach.get(wanted)
    if reach is None:
        return ""
    if not reach.units:
        return "chưa xét: chưa có hồ sơ nào của kỳ này"
    if not reach.unjudged:
        return ""
    of, left = len(reach.units), len(reach.unjudged)
    reasons = sorted(set(reach.unjudged.values()))
    if left == of:
        declared = ["chưa đơn vị nào khai sổ đã nhập đủ"]
        why = declared if reasons == [NOT_DECLARED.reason] else reasons
        return f"chưa xét: {'; '.join(map(words.clean, why))}"
    why = ["chưa khai sổ đã nhập đủ" if one == NOT_DECLARED.reason else one for one in reasons]
    seen = "ở" if _count(facts, wanted) else "chưa thấy ở"
    return (
        f"{seen} {of - left}/{of} đơn vị; {left} đơn vị chưa xét: "
        f"{'; '.join(map(words.clean, why))}"
    )


def _left(facts: RunFacts, wanted: Kind) -> int:
    return sum(one.kind is wanted for one in facts.left_open)


def _beside(facts: RunFacts, wanted: Kind, note: str) -> str:
    """The note of a number, and what is not in the number."""
    left = _left(facts, wanted)
    where = _where(facts, wanted)
    if where:
        note = f"{where}. {note[:1].upper()}{note[1:]}" if note and _count(facts, wanted) else where
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
        _undecided(facts),
    )


def undecided_parts(facts: RunFacts) -> tuple[int, int]:
    """Overdue and undecided, and what else could not be decided: both make one number."""
    overdue = len(facts.undetermined_overdue)
    return overdue, max(sum(facts.undecided.values()) - overdue, 0)


def _undecided(facts: RunFacts) -> Count:
    """One number for all that could not be decided, and its parts, which sum to it."""
    overdue, others = undecided_parts(facts)
    parts = [f"{words.number(overdue)} hồ sơ {UNDECIDED_OVERDUE} (có danh sách)"] if overdue else []
    if others:
        parts.append(
            f"{words.number(others)} hồ sơ, dòng sổ khác thiếu nguồn hoặc chờ xác nhận ghép"
        )
    nothing = not (overdue or others) and _nothing_seen(facts)
    return Count(
        "Chưa kết luận được",
        None if nothing else overdue + others,
        "chưa có hồ sơ nào của kỳ này để xét" if nothing else " + ".join(parts),
    )


def _nothing_seen(facts: RunFacts) -> bool:
    """Not one dossier was there to be looked at."""
    return bool(facts.reach) and not any(reach.units for reach in facts.reach.values())


def _always(facts: RunFacts) -> tuple[Count, ...]:
    """The numbers that stay on page one even at 0."""
    waived = sum(one.state is State.WAIVED for one in facts.left_open)
    waiting = len(facts.waiting_groups)
    return (
        *(Count(label, _count(facts, kind), where=_where(facts, kind)) for label, kind in ALWAYS),
        Count("Tạm gác", _of_state(facts.findings, State.WAIVED) + waived),
        Count(
            "Xong bước hộ tịch, chờ cơ quan khác",
            None if not waiting and _nothing_seen(facts) else waiting,
        ),
        _undecided(facts),
    )


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
        f"{_period(facts)}; ngày chốt {words.day(facts.scope.as_of)}; {_data_to(facts)}; "
        f"đọc lúc {words.moment(facts.read_at)}.",
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
    work = sum(one.finding.count for one in open_now)
    until = words.moment(facts.read_at)
    unread = [source_title(source) for source in facts.sources if not source.complete]
    left = words.number(len(facts.left_open))
    overdue, others = undecided_parts(facts)
    if work:
        units = len({one.finding.unit for one in open_now})
        dossiers = words.number(dossiers_of(open_now))
        where = facts.unit or f"{words.number(units)} đơn vị"
        text = (
            f"Có {dossiers} hồ sơ chưa khớp ({words.number(work)} việc cần làm) ở "
            f"{words.clean(where)}."
        )
        if overdue:
            text += f" Ngoài ra {words.number(overdue)} hồ sơ {UNDECIDED_OVERDUE}."
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


def _ageing(facts: RunFacts) -> Ageing:
    """Counts by age; a cause label (post) or an explained delay is no open work.

    Where a question was not judged everywhere and nothing was found, there are dashes.
    """
    findings = facts.findings
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
        series=tuple((name, _known(name, numbers, facts)) for name, numbers in counts.items()),
    )


def _known(name: str, numbers: Sequence[int], facts: RunFacts) -> tuple[int | None, ...]:
    kinds_ = dict(AGE_SERIES).get(name, ())
    open_question = any(_count(facts, kind) is None for kind in kinds_)
    if any(numbers) or not open_question:
        return tuple(numbers)
    return (None,) * len(numbers)


def dossiers_of(findings: Iterable[Tracked]) -> int:
    """How many different dossiers they speak of; a grouped line counts each of its own."""
    found = list(findings)
    single = {one.finding.anchor for one in found if one.finding.count == 1}
    return len(single) + sum(one.finding.count for one in found if one.finding.count > 1)


#: The days of the week as a sentence names them, Monday first.
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
SIGNS: Mapping[Sign, str] = {
    Sign.RETURN_IS_DUE: "Ngày trả trên sổ trùng đúng ngày hẹn",
    Sign.ONE_SIDED: "Mọi hồ sơ thay đổi chỉ tiêu đều có lợi cho đơn vị",
    Sign.PENDING_ONLY: "Sổ gồm gần như toàn hồ sơ đang treo trên phần mềm, xếp theo thứ tự nào cũng vậy",
    Sign.ONE_DAY: "Phần lớn dòng sổ được nhập trong một ngày",
    Sign.TYPED_LATE: "Dòng sổ được nhập lâu sau khi kỳ đã hết",
    Sign.SIGNED_ALIKE: "Dòng nào cũng có ký nhận, trong khi đơn vị khác thì không",
    Sign.DAYS_OFF: "Trả kết quả vào ngày nghỉ",
    Sign.ONE_WEEKDAY: "Trả kết quả dồn vào một ngày trong tuần",
}


def sign_rows(facts: RunFacts) -> tuple[SignRow, ...]:
    """Signs of a made-up register, each with the units where it shows, the office first."""
    found: dict[Sign, list[tuple[str, str]]] = {}
    for one in facts.suspects:
        unit = facts.unit_names.get(one.unit, one.unit)
        name = words.clean(unit) or facts.unit or "Cả cơ quan"
        entry = (name, _seen(one))
        if entry not in found.setdefault(one.sign, []):
            found[one.sign].append(entry)
    return tuple(SignRow(SIGNS[sign], tuple(found[sign])) for sign in Sign if sign in found)


def _seen(one: Suspect) -> str:
    """``366/366 dòng sổ``, and the day or the file where one tells more."""
    count = f"{words.number(one.count)}/{words.number(one.of)}"
    if one.sign is Sign.ONE_SIDED:
        hurts = one.of - one.count
        return f"{words.number(one.count)} có lợi, {words.number(hurts)} bất lợi"
    if one.sign is Sign.PENDING_ONLY:
        return f"{count} hồ sơ đang treo nằm trong tệp {words.clean(one.file)}"
    if one.sign is Sign.ONE_DAY:
        return f"{count} dòng, ngày {words.day(one.day)}"
    if one.sign is Sign.TYPED_LATE:
        return f"{count} dòng, muộn nhất sau ngày hết kỳ {words.number(one.days)} ngày"
    if one.sign is Sign.ONE_WEEKDAY and one.day:
        return f"{count} dòng, {_WEEKDAYS[one.day.weekday()]}"
    return f"{count} dòng"
