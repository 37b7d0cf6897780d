"""The numbers of page one: none is 0 where something was not judged."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from reconcile.judging.absence import NOT_DECLARED
from reconcile.kinds import KINDS, Kind
from reconcile.lifecycle import State
from worker import words
from worker.reports.facts import RunFacts, Tracked, counted

#: The kinds whose number stays on page one even at 0, with its words.
ALWAYS = [
    (words_, kind)
    for (_, words_), kind in sorted(
        (facts.always, kind) for kind, facts in KINDS.items() if facts.always is not None
    )
]


UNDECIDED_OVERDUE = "quá hạn, chưa kết luận"


class Count(msgspec.Struct, frozen=True):
    """A number and what is to be known of it; None where it was not judged, and why."""

    label: str
    count: int | None
    note: str = ""
    where: str = ""  # in which units, where not in all of them


def count_of(facts: RunFacts, wanted: Kind) -> int | None:
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
        none = "đơn vị chưa" if of == 1 else "chưa đơn vị nào"
        declared = [f"{none} khai sổ đã nhập đủ"]
        why = declared if reasons == [NOT_DECLARED.reason] else reasons
        return f"chưa xét: {'; '.join(map(words.clean, why))}"
    why = ["chưa khai sổ đã nhập đủ" if one == NOT_DECLARED.reason else one for one in reasons]
    seen = "ở" if count_of(facts, wanted) else "chưa thấy ở"
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
        note = (
            f"{where}. {note[:1].upper()}{note[1:]}" if note and count_of(facts, wanted) else where
        )
    if not left:
        return note
    more = f"{words.number(left)} hồ sơ đã biết từ trước, lần này chưa xét lại được"
    more = f"ngoài ra {more}" if count_of(facts, wanted) else more
    return f"{note}; {more}" if note else more


def _of_state(findings: Sequence[Tracked], state: State) -> int:
    return sum(tracked.finding.count for tracked in findings if tracked.state is state)


def headline(facts: RunFacts) -> tuple[Count, ...]:
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
            count_of(facts, Kind.RETURNED_STILL_PENDING),
            _beside(
                facts,
                Kind.RETURNED_STILL_PENDING,
                f"trong đó {', '.join(parts)}" if parts else "",
            ),
        ),
        Count(
            "Quá hạn thật",
            count_of(facts, Kind.TRULY_OVERDUE),
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
    return overdue, max(sum(one.cases for one in facts.undecided) - overdue, 0)


def _undecided(facts: RunFacts) -> Count:
    """One number for all that could not be decided, and its parts, which sum to it."""
    overdue, others = undecided_parts(facts)
    parts = [f"{words.number(overdue)} hồ sơ {UNDECIDED_OVERDUE} (có danh sách)"] if overdue else []
    if others:
        parts.append(
            f"{words.number(others)} hồ sơ, dòng sổ khác thiếu nguồn hoặc chờ xác nhận ghép"
        )
    nothing = not (overdue or others) and nothing_seen(facts)
    return Count(
        "Chưa kết luận được",
        None if nothing else overdue + others,
        "chưa có hồ sơ nào của kỳ này để xét" if nothing else " + ".join(parts),
    )


def nothing_seen(facts: RunFacts) -> bool:
    """Not one dossier was there to be looked at."""
    return bool(facts.reach) and not any(reach.units for reach in facts.reach.values())


def always(facts: RunFacts) -> tuple[Count, ...]:
    """The numbers that stay on page one even at 0."""
    waived = sum(one.state is State.WAIVED for one in facts.left_open)
    waiting = len(facts.waiting_groups)
    return (
        *(Count(label, count_of(facts, kind), where=_where(facts, kind)) for label, kind in ALWAYS),
        Count("Tạm gác", _of_state(facts.findings, State.WAIVED) + waived),
        Count(
            "Xong bước hộ tịch, chờ cơ quan khác",
            waiting if waiting or facts.looked_at else None,
        ),
        _undecided(facts),
    )
