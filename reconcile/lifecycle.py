"""The life of a discrepancy: a finding with a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from reconcile.findings import Finding, Kind
from reconcile.policy import Policy

if TYPE_CHECKING:
    from reconcile.findings import Judgement


class State(StrEnum):
    SUSPECTED = "SUSPECTED"  # Chờ đồng bộ
    OPEN = "OPEN"  # Chưa xử lý
    ACKNOWLEDGED = "ACKNOWLEDGED"  # Đã nhận việc
    RESOLVED = "RESOLVED"  # Đã khớp
    WAIVED = "WAIVED"  # Tạm gác đến …


#: What may follow what. None is "not known before".
MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.SUSPECTED, State.OPEN}),
    State.SUSPECTED: frozenset({State.OPEN, State.RESOLVED}),
    State.OPEN: frozenset({State.ACKNOWLEDGED, State.RESOLVED, State.WAIVED}),
    State.ACKNOWLEDGED: frozenset({State.OPEN, State.RESOLVED, State.WAIVED}),
    State.RESOLVED: frozenset({State.OPEN}),
    State.WAIVED: frozenset({State.OPEN, State.RESOLVED}),
}


class IllegalMove(ValueError):
    """A discrepancy cannot go from ``before`` to ``after``."""

    def __init__(self, before: State | None, after: State) -> None:
        super().__init__(f"{before} -> {after}")
        self.before = before
        self.after = after


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What is remembered of a finding."""

    id: str
    kind: Kind
    anchor: str
    unit: str
    state: State
    first_seen: date
    procedure: str = ""  # Procedure value, for the scope
    since: date | None = None  # the day of the last change of state
    by: str = ""  # who acknowledged or waived
    reason: str = ""
    waived_until: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a history: before → after. Mails are sent off these rows."""

    id: str  # the discrepancy's
    before: State | None
    after: State
    at: datetime
    by: str  # "doisoat" or a person
    reason: str
    discrepancy: Discrepancy  # as it is after the step


#: Who moves a discrepancy when no person does.
ITSELF = "doisoat"


def advance(
    known: Mapping[str, Discrepancy] | Iterable[Discrepancy],
    judgement: Judgement,
    policy: Policy,
    now: datetime,
    as_of: date,
) -> list[Change]:
    """The steps that this judgement asks for, sorted by id; none when nothing changed.

    RESOLVED comes only by evidence of agreement: the rule was judged for that anchor and found
    nothing. A waived one that agrees is resolved, too; one whose end date is over and that is
    still found is open again.
    """
    remembered = _by_id(known)
    changes = [
        change
        for finding in judgement.findings
        if (change := _seen(remembered.get(finding.id), finding, policy, now, as_of)) is not None
    ]
    changes += [
        _step(one, State.RESOLVED, ITSELF, "các nguồn đã khớp", now=now, on=as_of)
        for one in _not_found(remembered, judgement)
        if judgement.judged(one.kind, one.anchor)
    ]
    return sorted(changes, key=lambda change: change.id)


def left_open(
    known: Mapping[str, Discrepancy] | Iterable[Discrepancy], judgement: Judgement
) -> tuple[Discrepancy, ...]:
    """Those that stay as they are because they could not be judged again, sorted by id."""
    gone = _not_found(_by_id(known), judgement)
    left = (one for one in gone if judgement.unjudged(one.kind, one.anchor))
    return tuple(sorted(left, key=lambda one: one.id))


def acknowledge(
    known: Discrepancy, by: str, *, now: datetime, on: date, reason: str = ""
) -> Change:
    """A person takes the work. Raises IllegalMove unless it is open."""
    return _step(known, State.ACKNOWLEDGED, by, reason, now=now, on=on)


def waive(
    known: Discrepancy, by: str, reason: str, *, until: date, now: datetime, on: date
) -> Change:
    """A person sets it aside until a day, with a reason ("không thuộc đơn vị tôi", …).

    Raises IllegalMove unless it is open or acknowledged, ValueError without a reason or with an
    end that is past.
    """
    if not reason.strip():
        raise ValueError("tạm gác phải có lý do")
    if until < on:
        raise ValueError("ngày hết tạm gác đã qua")
    return _step(known, State.WAIVED, by, reason, now=now, on=on, until=until)


def take_back(
    known: Discrepancy,
    by: str,
    *,
    now: datetime,
    on: date,
    reason: str = "",
    before: Discrepancy | None = None,
) -> Change:
    """A person takes back that the work was taken on, or that it was set aside.

    ``before`` is how it stood when it was set aside: who had taken it on has it again. Raises
    IllegalMove where neither is so; nobody opens by hand what the sources agree on.
    """
    if known.state not in (State.ACKNOWLEDGED, State.WAIVED):
        raise IllegalMove(known.state, State.OPEN)
    if known.state is State.WAIVED and before and before.state is State.ACKNOWLEDGED:
        again = replace(
            known,
            state=before.state,
            since=on,
            by=before.by,
            reason=before.reason,
            waived_until=None,
        )
        return Change(known.id, known.state, again.state, now, by, reason, again)
    return _step(known, State.OPEN, by, reason, now=now, on=on)


def _seen(
    known: Discrepancy | None, finding: Finding, policy: Policy, now: datetime, as_of: date
) -> Change | None:
    """What a finding asks of the discrepancy that is known by its id."""
    waits = _in_grace(finding, policy, as_of)
    if known is None:
        return _opened(finding, State.SUSPECTED if waits else State.OPEN, now, as_of)
    if known.state is State.SUSPECTED and not waits:
        return _step(known, State.OPEN, ITSELF, "hết thời gian chờ đồng bộ", now=now, on=as_of)
    if known.state is State.RESOLVED:
        return _step(known, State.OPEN, ITSELF, "phát sinh lại", now=now, on=as_of)
    if known.state is State.WAIVED and (known.waived_until is None or known.waived_until < as_of):
        return _step(known, State.OPEN, ITSELF, "hết thời gian tạm gác", now=now, on=as_of)
    return None


def _in_grace(finding: Finding, policy: Policy, as_of: date) -> bool:
    """Software pushes late: the grace runs in working days after the day of the proof."""
    if finding.grace_from is None:
        return False
    return as_of <= policy.calendar.add(finding.grace_from, policy.grace_workdays)


def _opened(finding: Finding, state: State, now: datetime, as_of: date) -> Change:
    discrepancy = Discrepancy(
        id=finding.id,
        kind=finding.kind,
        anchor=finding.anchor,
        unit=finding.unit,
        state=state,
        first_seen=as_of,
        procedure=finding.procedure.value,
        since=as_of,
    )
    return Change(finding.id, None, state, now, ITSELF, "phát hiện", discrepancy)


def _step(
    known: Discrepancy,
    after: State,
    by: str,
    reason: str,
    *,
    now: datetime,
    on: date,
    until: date | None = None,
) -> Change:
    if after not in MOVES[known.state]:
        raise IllegalMove(known.state, after)
    moved = replace(
        known,
        state=after,
        since=on,
        by="" if by == ITSELF else by,
        reason="" if by == ITSELF else reason,
        waived_until=until,
    )
    return Change(known.id, known.state, after, now, by, reason, moved)


def _not_found(known: Mapping[str, Discrepancy], judgement: Judgement) -> list[Discrepancy]:
    """Those that are not settled and that this judgement did not find."""
    found = {finding.id for finding in judgement.findings}
    return [
        one for one in known.values() if one.id not in found and one.state is not State.RESOLVED
    ]


def _by_id(known: Mapping[str, Discrepancy] | Iterable[Discrepancy]) -> dict[str, Discrepancy]:
    values = known.values() if isinstance(known, Mapping) else known
    return {one.id: one for one in values}
