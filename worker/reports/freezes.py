"""What a report says of a frozen period, of its corrections, and of what it carried over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from reconcile.figures.frozen import Cause, Difference, Placed
from worker import words
from worker.reports.facts import Freeze, Opening, RunFacts, Version
from worker.reports.figures import FormRow, difference, form_row

if TYPE_CHECKING:
    from worker.reports.work import Desk

CAUSES = {
    Cause.ADDED: "phần mềm mới có hồ sơ này",
    Cause.GONE: "phần mềm không còn hồ sơ này",
    Cause.UNIT: "chuyển đơn vị",
    Cause.INTAKE: "đổi cách tiếp nhận hoặc đổi kỳ tiếp nhận",
    Cause.SOFTWARE: "phần mềm đổi trạng thái hoặc ngày",
    Cause.PROOF: "căn cứ trên sổ thay đổi",
}
NOT_CORRECTED = "Chưa đính chính"
HANDED_OVER = "Chuyển kỳ"


class FrozenBlock(msgspec.Struct, frozen=True):
    """The block of page one: when, by whom, what each version says, what differs now."""

    title: str
    lines: tuple[str, ...]
    rows: tuple[FormRow, ...]
    differs: bool  # the data say something else than the newest version


class CorrectionRow(msgspec.Struct, frozen=True, array_like=True):
    """One dossier that stands elsewhere than a version of the period says."""

    version: str
    code: str
    unit: str
    was: str  # as recounted; empty where it was not there
    now: str
    was_reconciled: str
    now_reconciled: str
    cause: str
    book: str


def frozen_block(facts: RunFacts) -> FrozenBlock | None:
    """What page one says of the freeze; None where the period is not frozen."""
    freeze = facts.freeze
    if freeze is None:
        return None
    first, last = freeze.versions[0], freeze.versions[-1]
    figures = facts.statistics.all
    now = (
        form_row("Hiện nay: đếm lại", figures.recorded),
        form_row("Hiện nay: sau đối chiếu", figures.reconciled),
    )
    rows = [row for version in freeze.versions for row in _version_rows(version)]
    rows += [
        difference(f"Hiện nay so với {title(last.number)}: {what}", before, after)
        for what, before, after in zip(
            ("đếm lại", "sau đối chiếu"), _version_rows(last), now, strict=True
        )
    ]
    return FrozenBlock(
        title=f"Kỳ {words.clean(freeze.name)} đã chốt {_when(first.at)}, người chốt: "
        f"{words.clean(first.by)}. Số liệu đã chốt không bị thay; mọi thay đổi về sau là đính "
        "chính có số.",
        lines=tuple(_lines(freeze)),
        rows=tuple(rows),
        differs=bool(freeze.since) or freeze.submitted_changed,
    )


def title(number: int) -> str:
    return f"đính chính số {number}" if number else "bản chốt"


def _version_rows(version: Version) -> tuple[FormRow, FormRow]:
    name = title(version.number)
    name = name[:1].upper() + name[1:]
    return (
        form_row(f"{name}: đếm lại", version.recorded),
        form_row(f"{name}: sau đối chiếu", version.reconciled),
    )


def _lines(freeze: Freeze) -> Iterator[str]:
    for version in freeze.versions:
        said = f"Lý do: {words.clean(version.reason)}." if version.reason else ""
        if version.number:
            yield (
                f"Đính chính số {version.number}, {_when(version.at)}, người lập: "
                f"{words.clean(version.by)}: {words.number(len(version.changes))} hồ sơ khác bản "
                f"trước. {said}"
            ).strip()
        elif said:
            yield said
        if version.unread:
            yield (
                f"Khi lập {title(version.number)} còn nguồn chưa đọc đủ: "
                f"{words.clean(', '.join(version.unread))}."
            )
    last = title(freeze.versions[-1].number)
    if freeze.since:
        yield (
            f"Từ {last} đến nay có {words.number(len(freeze.since))} hồ sơ đứng ở chỗ khác, chưa "
            "thành đính chính; từng hồ sơ ở trang “Đính chính”."
        )
    else:
        yield f"Số liệu hiện nay không khác {last}."
    if freeze.submitted_changed:
        yield f"Số liệu đã báo cáo (submitted.csv) khác với lúc lập {last}."


def _when(at: datetime) -> str:
    return f"lúc {words.moment(at)}"


def opening_lines(opening: Opening | None, unknown_before: date | None = None) -> Iterator[str]:
    """Carried over against every closing balance that is known, also where they agree.

    ``unknown_before``: the data begin on that day, so nothing was carried over that is known.
    """
    if opening is None:
        return
    if unknown_before is not None and not opening.carried and opening.frozen is None:
        said = f", đơn vị đã báo cáo {words.number(opening.submitted)}" if opening.submitted else ""
        yield (
            f"Từ kỳ trước chuyển sang: chưa có dữ liệu trước {words.day(unknown_before)}, chưa so "
            f"được với số tồn cuối kỳ trước{said}."
        )
        return
    carried = words.number(opening.carried)
    for what, closing in (
        ("đếm lại", opening.recount),
        ("đơn vị đã báo cáo", opening.submitted),
        (f"đã chốt (kỳ {words.clean(opening.frozen_name)})", opening.frozen),
    ):
        if closing is None:
            continue
        gap = opening.carried - closing
        said = f"lệch {words.signed(gap)}" if gap else "khớp"
        yield (
            f"Từ kỳ trước chuyển sang {carried} hồ sơ; tồn cuối kỳ trước {what} "
            f"{words.number(closing)} hồ sơ: {said}."
        )
    if opening.gaps:
        yield (
            f"{words.number(len(opening.gaps))} hồ sơ làm nên chênh lệch với số tồn đã chốt; từng "
            "hồ sơ ở trang “Đính chính”."
        )


def correction_rows(facts: RunFacts, desk: Desk) -> Iterator[CorrectionRow]:
    """Every difference of every version, then what is not corrected yet, then the hand-over."""
    if facts.freeze is not None:
        for version in facts.freeze.versions:
            name = f"Đính chính số {version.number}"
            yield from _rows(name, version.changes, desk)
        yield from _rows(NOT_CORRECTED, facts.freeze.since, desk)
    if facts.opening is not None:
        for gap in facts.opening.gaps:
            said = (
                "kỳ trước chốt còn tồn, kỳ này không có"
                if gap.now is None
                else "kỳ này chuyển sang, kỳ trước chốt không còn tồn"
            )
            yield _row(HANDED_OVER, gap, said, desk)


def _rows(name: str, found: Iterable[Difference], desk: Desk) -> Iterator[CorrectionRow]:
    for one in found:
        yield _row(name, one, CAUSES[one.cause], desk)


def _row(name: str, one: Difference, cause: str, desk: Desk) -> CorrectionRow:
    proof = one.one.proof or (one.was.proof if one.was else "")
    return CorrectionRow(
        version=name,
        code=words.clean(one.one.code),
        unit=desk.unit(one.one.unit),
        was=_place(one.was, reconciled=False),
        now=_place(one.now, reconciled=False),
        was_reconciled=_place(one.was, reconciled=True),
        now_reconciled=_place(one.now, reconciled=True),
        cause=cause,
        book=words.clean(proof),
    )


def _place(one: Placed | None, *, reconciled: bool) -> str:
    if one is None:
        return "không có"
    column = words.COLUMNS[one.after if reconciled else one.before]
    return f"{column} (từ kỳ trước)" if one.carried and not reconciled else column
