"""Why a rule says nothing of a dossier: asked of the rule itself, never of a second description.

Each rule is tried again on the dossier as it would be with one fact changed, then with more. What
makes the rule find something was the condition that was not met; where the rule cannot be judged,
its own reason is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from reconcile.cases import Case, Link, LinkedRow, LinkState, Method
from reconcile.claims import ENDED_BADLY, ENDED_WELL, Claim, RegisterType, Role, Status
from reconcile.findings import Finding
from reconcile.judging import absence
from reconcile.judging.case_view import UNREAD, Bench, Unjudged, View, look
from reconcile.judging.judge import closed, judge_one
from reconcile.judging.rules import is_overdue
from reconcile.kinds import KINDS, Kind
from reconcile.labels import ROLES
from reconcile.labels import label as label_of


class KindAnswer(StrEnum):
    FOUND = "found"
    UNJUDGED = "unjudged"
    NOT_SO = "not_so"


@dataclass(frozen=True, slots=True)
class KindVerdict:
    """What one rule says of a dossier; ``unmet`` is the first condition that does not hold,
    ``change`` what would make it another answer. Both Vietnamese, empty where it was found."""

    kind: Kind
    label: str
    verdict: KindAnswer
    unmet: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One fact of a dossier, as it is and as it might be."""

    now: str
    then: str
    apply: Callable[[Case, Bench], tuple[Case, Bench]]


def explain(case: Case, on: Bench) -> tuple[KindVerdict, ...]:
    """What every rule says of the dossier, the most urgent kind first."""
    view = look(case, on)
    facts = tuple(_facts(view, on))
    nowhere = dict(closed(on))
    kinds = sorted(KINDS, key=lambda kind: KINDS[kind].urgency)
    return tuple(_explained(kind, view, on, facts, nowhere) for kind in kinds)


def _explained(
    kind: Kind, view: View, on: Bench, facts: tuple[WhatIf, ...], nowhere: Mapping[Kind, str]
) -> KindVerdict:
    outcome, label = judge_one(kind, view, on), KINDS[kind].label
    if isinstance(outcome, Finding):
        return KindVerdict(kind, label_of(outcome), KindAnswer.FOUND)
    if isinstance(outcome, Unjudged):
        return KindVerdict(kind, label, KindAnswer.UNJUDGED, outcome.reason, remedy_of(outcome))
    if kind in nowhere:
        change = "khai báo nguồn này và nạp dữ liệu của nó"
        return KindVerdict(kind, label, KindAnswer.UNJUDGED, nowhere[kind], change)
    for many in (1, 2, 3):
        for chosen in combinations(facts, many):
            if _finds(kind, view.case, on, chosen):
                then = "; ".join(one.then for one in chosen)
                return KindVerdict(kind, label, KindAnswer.NOT_SO, chosen[0].now, then)
    return KindVerdict(kind, label, KindAnswer.NOT_SO, "không có dữ kiện nào của loại này", "")


def _finds(kind: Kind, case: Case, on: Bench, chosen: tuple[WhatIf, ...]) -> bool:
    for one in chosen:
        case, on = one.apply(case, on)
    return isinstance(judge_one(kind, look(case, on), on), Finding)


#: What would let a rule be judged, by the reason that it gives itself.
_REMEDIES: Mapping[str, str] = {
    absence.NOT_DECLARED.reason: "công chức hộ tịch khai sổ của đơn vị đã nhập đủ đến ngày nào",
    absence.DOUBT.reason: "trả lời cặp nghi ngờ có hồ sơ này",
    absence.NO_BOOK.reason: "nạp loại sổ này",
    absence.NO_SOURCE.reason: "khai báo nguồn cần so và nạp dữ liệu của nó",
    absence.NO_SOFTWARE.reason: "nạp tệp xuất của phần mềm cho đơn vị và khoảng ngày này",
    absence.NO_LIST: "cần nguồn có danh sách; tra từng mã không chứng minh được là không có",
    absence.OUTSIDE: "nạp dữ liệu của đơn vị và thời gian này",
    UNREAD: "sửa ô không đọc được trong sổ rồi nạp lại",
}


def remedy_of(why: Unjudged) -> str:
    """What would let it be judged, and who can supply it."""
    if known := _REMEDIES.get(why.reason):
        return known
    return f"đọc lại được nguồn “{why.source}”" if why.source else "bổ sung nguồn còn thiếu"


# --- The facts that may be otherwise ---------------------------------------------------------


def _facts(view: View, on: Bench) -> Iterator[WhatIf]:
    yield from _of_the_software(view, on)
    yield from _of_the_paper(view, on)
    yield from _of_the_dates(view, on)
    yield from _of_the_others(view, on)
    yield from _of_one_side(view, on)


def _of_the_software(view: View, on: Bench) -> Iterator[WhatIf]:
    for role in view.states:
        claim, name = view.case.software[role], ROLES[role]
        now = f"{name} đang ghi “{claim.raw_status or 'chưa rõ'}”"
        if not view.pending(role):
            then = f"{name} ghi còn đang giải quyết"
            yield WhatIf(now, then, _said(role, Status.PROCESSING))
        if view.states[role] is not Status.DONE:
            yield WhatIf(now, f"{name} ghi đã xử lý xong", _said(role, Status.DONE))
        if view.states[role] is not Status.RETURNED:
            yield WhatIf(now, f"{name} ghi đã trả kết quả", _said(role, Status.RETURNED))
        if view.states[role] not in ENDED_BADLY:
            then = f"{name} ghi từ chối, rút hoặc dừng"
            yield WhatIf(now, then, _said(role, Status.WITHDRAWN))


def _said(role: Role, status: Status) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        claim = case.software[role]
        ended = claim.finished_on or on.as_of if status in ENDED_WELL else None
        now = replace(claim, status=status, finished_on=ended, returned_on=None)
        return replace(case, software={**case.software, role: now}), on

    return apply


def _of_the_paper(view: View, on: Bench) -> Iterator[WhatIf]:
    if view.proof is not None:
        yield WhatIf("sổ đã chứng minh có kết quả", "sổ không có dòng chứng minh", _no_rows)
        return
    if view.case.rows:
        yield WhatIf("sổ có dòng của hồ sơ này", "sổ không có dòng nào của hồ sơ này", _no_rows)
    source = next((one for one in on.coverage.by_role(Role.REGISTER) if one.answered), None)
    if source is None:
        return
    has_row = bool(view.case.rows)
    now = "dòng sổ chưa ghi ngày trả dùng được" if has_row else "sổ chưa có dòng của hồ sơ này"
    name, due = source.name, view.due_on or on.as_of
    yield WhatIf(now, "sổ có dòng ghi đã trả kết quả", _row(name, min(due, on.as_of), view))
    if due < on.as_of:
        then = "sổ có dòng ghi đã trả kết quả sau ngày hẹn"
        yield WhatIf(now, then, _row(name, on.as_of, view))


def _row(source: str, on_day: date, view: View) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        row = Claim(
            key=f"{source}#?",
            source=source,
            role=Role.REGISTER,
            unit=view.unit,
            register_type=RegisterType.TRACKING,
            returned_on=on_day,
            signed=True,
        )
        link = Link(row.key, case.anchor, Method.CODE, 1.0, LinkState.AUTO)
        return replace(case, rows=(*case.rows, LinkedRow(row, link))), on

    return apply


def _no_rows(case: Case, on: Bench) -> tuple[Case, Bench]:
    software = dict(case.software)
    software.pop(Role.CIVIL_STATUS, None)
    return (replace(case, software=software, rows=()) if software else case), on


def _of_the_dates(view: View, on: Bench) -> Iterator[WhatIf]:
    base, proof = view.base, view.proof
    if base is None:
        return
    if not is_overdue(view, on) and (view.due_on is None or view.due_on >= on.as_of):
        now = f"chưa quá ngày hẹn {view.due_on:%d/%m/%Y}" if view.due_on else "chưa có ngày hẹn"
        yield WhatIf(now, "quá ngày hẹn trả", _due(base.role, on.as_of - timedelta(1)))
    ended = (proof.registered_on or proof.returned_on) if proof else None
    if ended and view.due_on and ended <= view.due_on:
        now = f"kết quả có ngày {ended:%d/%m/%Y}, không sau ngày hẹn {view.due_on:%d/%m/%Y}"
        yield WhatIf(now, "kết quả có sau ngày hẹn", _due(base.role, ended - timedelta(1)))
    if view.case.rows and base.received_on:
        now = "ngày trên sổ và trên phần mềm không mâu thuẫn"
        then = "ngày trả trong sổ trước ngày tiếp nhận"
        yield WhatIf(now, then, _returned(base.received_on - timedelta(5)))


def _due(role: Role, day: date) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        claim = replace(case.software[role], due_on=day, new_due_on=None)
        return replace(case, software={**case.software, role: claim}), on

    return apply


def _returned(day: date) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        if not case.rows:
            return case, on
        first, *rest = case.rows
        row = replace(first, claim=replace(first.claim, returned_on=day, registered_on=None))
        return replace(case, rows=(row, *rest)), on

    return apply


def _of_the_others(view: View, _on: Bench) -> Iterator[WhatIf]:
    """What another dossier or row would have to say."""
    main = view.case.main

    def conflict(case: Case, on: Bench) -> tuple[Case, Bench]:
        return case, replace(on, conflicts={**on.conflicts, case.anchor: (main,)})

    def twice(case: Case, on: Bench) -> tuple[Case, Bench]:
        return case, replace(on, duplicates={**on.duplicates, case.anchor: main})

    yield WhatIf("không người nào khác mang mã này", "mã này cũng ghi cho một người khác", conflict)
    yield WhatIf("không có hồ sơ thứ hai cho việc này", "có hồ sơ thứ hai cho cùng việc", twice)


def _of_one_side(view: View, on: Bench) -> Iterator[WhatIf]:
    """What stands in one software and not in another."""
    software = view.case.software
    for role in (Role.ONE_STOP, Role.PORTAL):
        name = ROLES[role]
        if role in software and (len(software) > 1 or view.case.rows):
            yield WhatIf(f"hồ sơ có trên {name}", f"{name} không có hồ sơ này", _without(role))
        source = next((one for one in on.coverage.by_role(role) if one.answered), None)
        if role not in software and source is not None and view.base is not None:
            now = f"hồ sơ không có trên {name}"
            yield WhatIf(now, f"{name} có hồ sơ này", _with(role, source.name))


def _without(role: Role) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        rest = dict(case.software)
        rest.pop(role)
        return (replace(case, software=rest) if rest or case.rows else case), on

    return apply


def _with(role: Role, source: str) -> Callable[[Case, Bench], tuple[Case, Bench]]:
    def apply(case: Case, on: Bench) -> tuple[Case, Bench]:
        like = replace(case.main, key=f"{source}:?", source=source, role=role)
        return replace(case, software={**case.software, role: like}), on

    return apply
