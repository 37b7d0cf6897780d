"""The list "Quá hạn, chưa kết luận": which dossiers, since when, and what would decide them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from reconcile import labels
from reconcile.findings import Undetermined
from reconcile.judging.absence import DOUBT, NOT_DECLARED
from worker import words
from worker.reports.facts import RunFacts
from worker.reports.readings import role_title

if TYPE_CHECKING:
    from worker.reports.work import Desk

TITLE = "Quá hạn, chưa kết luận"
NOTE = (
    "Phần mềm ghi đang giải quyết, đã quá ngày hẹn, mà chưa có căn cứ để nói là đã xong hay chưa: "
    "không tính là quá hạn thật, cũng không tính là đã trả."
)
#: What ``find`` says of each reason, as short as a counter needs it.
SHORT = {NOT_DECLARED.reason: "sổ chưa khai đủ", DOUBT.reason: "còn cặp chờ xác nhận ghép"}


class UndecidedRow(msgspec.Struct, frozen=True, array_like=True):
    """One dossier that is past due and of which no complete register tells."""

    anchor: str
    code: str
    unit: str
    procedure: str
    person: str
    received_on: date | None
    due_on: date | None
    days: int | None  # calendar days past due on the day of judgement
    status: str
    why: str
    short: str
    decides: str  # what would decide it
    book: str  # where a register names it without proving anything
    unit_key: str = ""  # the unit as its claims name it


def undecided_rows(facts: RunFacts, desk: Desk) -> Iterator[UndecidedRow]:
    """As many as page one counts: by unit, the longest overdue first."""
    rows = [_row(one, facts, desk) for one in facts.undetermined_overdue]
    yield from sorted(rows, key=lambda row: (row.unit, -(row.days or 0), row.code))


def _row(one: Undetermined, facts: RunFacts, desk: Desk) -> UndecidedRow:
    as_of = facts.scope.as_of
    return UndecidedRow(
        anchor=one.anchor,
        code=words.clean(one.code),
        unit=desk.unit(one.unit),
        procedure=desk.same(labels.PROCEDURES[one.procedure]),
        person=desk.person(one.subject, facts.claims.get(one.anchor)),
        received_on=one.received_on,
        due_on=one.due_on,
        days=(as_of - one.due_on).days if one.due_on else None,
        status=words.clean(words.status_text(one.status, one.raw_status)),
        why=desk.same(words.clean(one.reason)),
        short=desk.same(words.clean(SHORT.get(one.reason, one.reason))),
        decides=_decides(one, facts),
        book=words.clean(one.book),
        unit_key=one.unit,
    )


def _decides(one: Undetermined, facts: RunFacts) -> str:
    """The smallest thing that would decide it, and who can supply it."""
    as_of = facts.scope.as_of
    named = "ghi ngày trả vào dòng sổ đã có tên, nếu đã trả; " if one.book else ""
    if one.reason == DOUBT.reason:
        return "Xác nhận cặp nghi ngờ có hồ sơ này (trang “Cặp nghi ngờ”)"
    if one.reason == NOT_DECLARED.reason:
        until = min(as_of, one.due_on + timedelta(days=3)) if one.due_on else as_of
        said = f"{named}công chức hộ tịch khai sổ đã nhập đủ ít nhất đến {words.day(until)}"
        return said[:1].upper() + said[1:]
    for source in facts.sources:
        if source.name == one.source:
            return f"Đọc lại được nguồn “{role_title(source)}”"
    return f"Bổ sung nguồn còn thiếu: {words.clean(one.reason)}"
