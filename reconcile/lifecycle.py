"""The life of a discrepancy: a finding with a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reconcile.rules import Kind


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
    State.ACKNOWLEDGED: frozenset({State.RESOLVED, State.WAIVED}),
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
