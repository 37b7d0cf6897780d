"""One dossier, one line, one instruction: the findings of a run put together by dossier.

The page, the workbook, the sheet to sign and the mails count with ``part_of`` and ``rank``, so that
they give one total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from reconcile.kinds import KINDS
from reconcile.steps import (
    CLOSING,
    ORDER,
    PLACES,
    InWhoseHands,
    Step,
    dossiers_of,
    part_of,
    step_of,
    usual_step,
)
from worker import words
from worker.reports.facts import Tracked

PARTS = {
    InWhoseHands.UNIT: "do đơn vị xử lý",
    InWhoseHands.SOFTWARE: "do Cổng, bộ phận công nghệ thông tin xử lý",
    InWhoseHands.AGENCY: "chờ cơ quan khác",
    InWhoseHands.SUSPECTED: "chờ đồng bộ",
    InWhoseHands.WAIVED: "tạm gác",
    InWhoseHands.NONE: "chỉ ghi nhận nguyên nhân",
}


def rank(step: Step, part: InWhoseHands) -> tuple[int, int]:
    """What comes first within a dossier: what can be done now, in the order of the steps."""
    now = 0 if part in (InWhoseHands.UNIT, InWhoseHands.SOFTWARE) else PLACES[part]
    return (now, ORDER[step])


@dataclass(frozen=True, slots=True)
class DossierWork:
    """The findings of one dossier, the one that says what is next first.

    ``count`` is above 1, or 0, for a grouped line: those of its dossiers that have no line.
    """

    key: str
    found: tuple[Tracked, ...]
    step: Step
    part: InWhoseHands
    count: int = 1

    @property
    def first(self) -> Tracked:
        return self.found[0]


def dossiers(findings: Iterable[Tracked]) -> list[DossierWork]:
    """The findings by dossier, in no order that means anything; each dossier stands once."""
    grouped, by_key = [], dict[str, list[Tracked]]()
    for one in findings:
        if one.finding.members:
            grouped.append(one)
        else:
            by_key.setdefault(dossiers_of(one.finding)[0], []).append(one)
    found = [_dossier(key, some) for key, some in by_key.items()]
    seen = set(by_key)
    for one in grouped:
        alone = [key for key in one.finding.members if key not in seen]
        seen.update(alone)
        found.append(_dossier(f"{one.finding.anchor}*", [one], count=len(alone)))
    return found


def _dossier(key: str, found: Sequence[Tracked], *, count: int = 1) -> DossierWork:
    ranked = sorted(found, key=_urgency)
    step, part = _standing(ranked[0])
    return DossierWork(key, tuple(ranked), step, part, count)


def _standing(one: Tracked) -> tuple[Step, InWhoseHands]:
    step = step_of(one.finding)
    return step, part_of(step, one.state, one.finding.waits_for)


def _urgency(one: Tracked) -> tuple[tuple[int, int], bool, int, int, str]:
    """What is proven outright says what is to be done, before what follows from another finding."""
    finding = one.finding
    step, part = _standing(one)
    derived = step is not usual_step(finding.kind)
    return (rank(step, part), derived, KINDS[finding.kind].urgency, -finding.days_open, finding.id)


class Tally(msgspec.Struct, frozen=True):
    """How many dossiers do not agree: each counted once, where its next step stands."""

    parts: dict[str, int] = {}
    steps: dict[str, int] = {}  # of what can be done now, by the unit or by IT

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            {**Counter(self.parts) + Counter(other.parts)},
            {**Counter(self.steps) + Counter(other.steps)},
        )

    @property
    def total(self) -> int:
        return sum(self.parts.values())

    @property
    def to_do(self) -> int:
        """What can be done now."""
        return sum(self.steps.values())

    @property
    def closing(self) -> int:
        """What stands on the worklist to sign."""
        return sum(self.steps.get(step, 0) for step in CLOSING)


class ReportedDossier(Protocol):
    """A dossier of the report, or of a mail."""

    @property
    def part(self) -> InWhoseHands: ...

    @property
    def step(self) -> Step: ...

    @property
    def count(self) -> int: ...


def tally(found: Iterable[ReportedDossier]) -> Tally:
    """Each dossier once, where its next step stands."""
    parts, steps = Counter[str](), Counter[str]()
    for one in found:
        if one.part is InWhoseHands.NONE or not one.count:
            continue
        parts[one.part.value] += one.count
        if one.part in (InWhoseHands.UNIT, InWhoseHands.SOFTWARE):
            steps[one.step.value] += one.count
    return Tally(
        {part.value: parts[part] for part in InWhoseHands if parts[part]}, _in_order(steps)
    )


def _in_order(steps: Counter[str]) -> dict[str, int]:
    return {step.value: steps[step] for step in Step if steps[step]}


def said_total(tally: Tally) -> str:
    """``115 hồ sơ chưa khớp: 86 do đơn vị xử lý, 28 do Cổng …, 1 chờ đồng bộ``."""
    if not tally.total:
        return "không có hồ sơ chưa khớp"
    text = f"{words.number(tally.total)} hồ sơ chưa khớp"
    parts = [
        f"{words.number(tally.parts[part])} {said}"
        for part, said in PARTS.items()
        if tally.parts.get(part)
    ]
    return f"{text}: {', '.join(parts)}"


_CLOSING_WORDS = {
    Step.END: "kết thúc",
    Step.HAND_OVER: "xác nhận trả",
    Step.RESEND: "chỉ vướng ở Cổng, bộ phận CNTT",
}


def said_closing(tally: Tally) -> str:
    """``410 hồ sơ: 296 kết thúc · 34 xác nhận trả · 80 chỉ vướng ở Cổng, bộ phận CNTT``."""
    parts = " · ".join(
        f"{words.number(tally.steps[step])} {said}"
        for step, said in _CLOSING_WORDS.items()
        if tally.steps.get(step)
    )
    return f"{words.number(tally.closing)} hồ sơ: {parts}" if parts else "không có hồ sơ"
