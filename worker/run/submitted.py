"""The figures of a period as the office submitted them (``submitted.csv``)."""

from __future__ import annotations

from reconcile.scope import Scope, period
from worker.house import House
from worker.reports.facts import SubmittedFigures


def submitted_in(house: House, scope: Scope) -> tuple[SubmittedFigures, ...]:
    """What the office entered for exactly this period, all fields together."""
    rule = house.settings.office.period_rule
    return tuple(
        SubmittedFigures(
            unit=line.unit,
            received=line.received_total,
            online=line.received_online,
            direct_post=line.received_direct_post,
            carried=line.received_carried,
            resolved=line.resolved_total,
            early=line.resolved_early,
            on_time=line.resolved_on_time,
            late=line.resolved_late,
            in_progress=line.in_progress_total,
            in_time=line.in_progress_in_time,
            overdue=line.in_progress_overdue,
        )
        for line in house.tables.submitted
        if not line.field and period(line.period, rule) == (scope.starts, scope.ends)
    )
