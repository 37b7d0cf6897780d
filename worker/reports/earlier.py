"""Reports that the version before kept, brought to today's shape.

Version 1 had a line a finding, not a dossier, no next step, and nought where nobody had judged.
What it did not keep is worked out from what it did; nothing is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from reconcile.findings import Kind
from reconcile.labels import KINDS, STATES
from reconcile.lifecycle import State
from reconcile.steps import InWhoseHands, Step, part_of, usual_step
from worker.reports.counts import Count
from worker.reports.dossiers import rank, tally
from worker.reports.firstpage import FirstPage
from worker.reports.packing import keep
from worker.reports.work import UnitWork, WorkRow

_OVERDUE = KINDS[Kind.TRULY_OVERDUE]


@dataclass(frozen=True, slots=True)
class LedDossier:
    """A dossier by its leading line."""

    part: InWhoseHands
    step: Step
    count: int


def unit_work(units: Iterable[UnitWork]) -> tuple[UnitWork, ...]:
    """The work of the units, each dossier once, with what is next for it."""
    return tuple(map(_by_dossier, units))


def first_page(page: FirstPage) -> FirstPage:
    """The page with a dash where it had said 0 of a question that was not judged everywhere."""
    why = {kind: row.reason for row in page.not_judged for kind in row.kinds}
    return replace(
        page,
        headline=tuple(_known(count, why) for count in page.headline),
        always=tuple(_known(count, why) for count in page.always),
    )


def knows_overdue(page: FirstPage) -> bool:
    """Whether 0 truly overdue was found out, not only never asked."""
    return not any(_OVERDUE in row.kinds for row in page.not_judged)


def _known(count: Count, why: dict[str, str]) -> Count:
    kind = _OVERDUE if count.label == "Quá hạn thật" else count.label
    if count.count == 0 and kind in why:
        return replace(count, count=None, note=f"chưa xét: {why[kind]}")
    return count


def _by_dossier(unit: UnitWork) -> UnitWork:
    rows = [_with_step(row) for row in unit.each()]
    leads: dict[str, WorkRow] = {}
    for row in rows:
        key = row.code or row.national_code or row.id
        leads[key] = min(leads.get(key, row), row, key=_rank)
    first = {row.id for row in leads.values()}
    led = [
        row if row.id in first else replace(row, lead=False, count=0, closing=False) for row in rows
    ]
    counted = tally(
        LedDossier(InWhoseHands(row.part), Step(row.step), row.count) for row in led if row.lead
    )
    closing = sum(row.closing for row in led)
    return replace(unit, rows=keep(led), tally=counted, closing=closing)


def _with_step(row: WorkRow) -> WorkRow:
    step = usual_step(Kind(row.kind))
    state = State.WAIVED if row.waived else State.OPEN
    if row.state.startswith(STATES[State.SUSPECTED]):
        state = State.SUSPECTED
    return replace(row, step=step.value, part=part_of(step, state, "").value)


def _rank(row: WorkRow) -> tuple[int, int]:
    return rank(Step(row.step), InWhoseHands(row.part))
