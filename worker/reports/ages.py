"""How long the discrepancies have been open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from reconcile.kinds import KINDS, Kind
from reconcile.lifecycle import State
from worker.reports.counts import count_of
from worker.reports.facts import RunFacts

AGE_BANDS = ((7, "đến 7 ngày"), (30, "8–30 ngày"), (60, "31–60 ngày"), (90, "61–90 ngày"))


AGE_OVER = "trên 90 ngày"


AGE_SERIES = (
    ("Đã trả, phần mềm chưa kết thúc", (Kind.RETURNED_STILL_PENDING,)),
    ("Quá hạn thật", (Kind.TRULY_OVERDUE,)),
)


class TrendRow(msgspec.Struct, frozen=True):
    """How many discrepancies were open after one run."""

    on: date
    open: int


class Ageing(msgspec.Struct, frozen=True):
    """How long the discrepancies have been open, in calendar days."""

    bands: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]  # None: not judged


def ageing(facts: RunFacts) -> Ageing:
    """Counts by age; a cause label (post) or an explained delay is no open work.

    Where a question was not judged everywhere and nothing was found, there are dashes.
    """
    findings = facts.findings
    names = [name for name, _ in AGE_SERIES] + ["Việc khác"]
    counts = {name: [0] * (len(AGE_BANDS) + 1) for name in names}
    for tracked in findings:
        finding = tracked.finding
        if tracked.state is State.RESOLVED or not KINDS[finding.kind].mailed:
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
    open_question = any(count_of(facts, kind) is None for kind in kinds_)
    if any(numbers) or not open_question:
        return tuple(numbers)
    return (None,) * len(numbers)
