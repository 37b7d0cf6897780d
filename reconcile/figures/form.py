"""The figures of form II.06a as values: tables, moves between columns, rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reconcile.cases import Method
from reconcile.claims import Place, Status
from reconcile.figures.standing import Column, Standing, Treatment
from reconcile.findings import Strength

Json = dict[str, object]
#: What is worth more in the late rate as published, then in the late rate of the resolved, then
#: by what is done early, last by what is still open: so that every move helps or hurts.
_WEIGHT: Mapping[Column, tuple[int, int, int, int]] = {
    Column.EARLY: (0, -1, -1, 0),
    Column.ON_TIME: (0, -1, 0, 0),
    Column.ENDED_BEFORE: (0, 0, 0, 0),
    Column.IN_TIME: (0, 0, 0, 1),
    Column.LATE: (1, 1, 0, 0),
    Column.OVERDUE: (1, 0, 0, 1),
}


def effect(before: Column, after: Column) -> str:
    """Whether a move between two different columns ``helps`` or ``hurts`` the office's figures.

    Decided by the late rate as the district publishes it; where that stays, by the late rate of
    the resolved: overdue in progress → resolved late hurts, in time → resolved on time helps.
    """
    return "helps" if _WEIGHT[after] < _WEIGHT[before] else "hurts"


def rate(part: int, whole: int) -> float | None:
    """A fraction with 6 decimals; None over 0."""
    return round(part / whole, 6) if whole else None


@dataclass(frozen=True, slots=True)
class Table:
    """One row of the form: received, resolved, in progress, and the lines inside them."""

    online: int = 0
    direct_post: int = 0
    carried: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    in_time: int = 0
    overdue: int = 0
    ended_before: int = 0
    end_unknown: int = 0  # of late
    waiting: int = 0  # of in_time
    unknown: int = 0  # of in_time
    undated: int = 0  # of on_time: "không rõ ngày"
    late_typed: int = 0  # of on_time: "nhập bù"

    @property
    def in_period(self) -> int:
        return self.online + self.direct_post

    @property
    def received(self) -> int:
        return self.in_period + self.carried

    @property
    def resolved(self) -> int:
        return self.early + self.on_time + self.late

    @property
    def in_progress(self) -> int:
        return self.in_time + self.overdue

    @property
    def late_rate(self) -> float | None:
        """(Resolved late + in progress overdue) / received: as the district publishes it."""
        return rate(self.late + self.overdue, self.received)

    @property
    def late_rate_of_resolved(self) -> float | None:
        return rate(self.late, self.resolved)

    def count(self, column: Column) -> int:
        return int(getattr(self, column.short))

    def as_json(self) -> Json:
        return {
            "received": {
                "total": self.received,
                "online": self.online,
                "direct_post": self.direct_post,
                "carried": self.carried,
            },
            "resolved": {
                "total": self.resolved,
                "early": self.early,
                "on_time": self.on_time,
                "late": self.late,
                "end_unknown": self.end_unknown,
            },
            "in_progress": {
                "total": self.in_progress,
                "in_time": self.in_time,
                "overdue": self.overdue,
                "waiting": self.waiting,
                "unknown": self.unknown,
            },
            "ended_before": self.ended_before,
            "late_rate": self.late_rate,
            "late_rate_of_resolved": self.late_rate_of_resolved,
        }


@dataclass(frozen=True, slots=True)
class Range:
    """A late rate that is not known to the point.

    ``low`` and ``high`` count the undetermined dossiers as on time and as late; ``strongest`` is
    the rate when only the two strongest kinds of proof are taken.
    """

    low: float | None
    high: float | None
    strongest: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The form's row for one unit, one class or all: recounted and after reconciliation."""

    recorded: Table = Table()
    reconciled: Table = Table()
    strongest: Table = Table()  # reconciled by the two strongest kinds of proof only
    late_by_post: int = 0
    undetermined: int = 0  # of overdue after reconciliation: quá hạn, chưa kết luận

    @property
    def late_rate_range(self) -> Range:
        table, unsure = self.reconciled, self._unsure
        worst = table.late + table.overdue
        return Range(
            rate(worst - unsure, table.received),
            rate(worst + table.late_typed, table.received),
            self.strongest.late_rate,
        )

    @property
    def late_rate_of_resolved_range(self) -> Range:
        table, open_cases = self.reconciled, self.undetermined
        whole = table.resolved + open_cases  # the undetermined may have been resolved either way
        return Range(
            rate(table.late - table.end_unknown, whole),
            rate(table.late + table.late_typed + open_cases, whole),
            self.strongest.late_rate_of_resolved,
        )

    @property
    def _unsure(self) -> int:
        return self.reconciled.end_unknown + self.undetermined

    def as_json(self) -> Json:
        return {
            "recorded": self.recorded.as_json(),
            "reconciled": self.reconciled.as_json(),
            "late_by_post": self.late_by_post,
        }


@dataclass(frozen=True, slots=True)
class Move:
    """One dossier that a proof put elsewhere, with everything needed to open the proof."""

    code: str
    unit: str
    procedure: str  # Procedure value, empty when unknown
    before: Standing
    after: Standing
    proof: str  # registration | hand_over: what decided
    proven_on: date
    strength: Strength
    book: str
    places: tuple[Place, ...]
    method: Method
    probability: float
    anchor: str
    finding: str | None = None  # id
    row: str = ""  # the key of the register row that stands at the first of the places
    source: str = ""  # its
    read_on: date | None = None  # when it was read first

    @property
    def effect(self) -> str:
        """``helps`` or ``hurts``; empty for a change of line inside one column."""
        before, after = self.before.column, self.after.column
        return effect(before, after) if before is not after else ""

    def as_json(self) -> Json:
        return {
            "code": self.code,
            "unit": self.unit,
            "from": self.before.column.value,
            "to": self.after.column.value,
            "effect": self.effect,
            "proof": self.proof,
            "finding": self.finding,
            "line_from": self.before.line.value,
            "line_to": self.after.line.value,
            "proven_on": self.proven_on.isoformat(),
            "strength": self.strength.value,
            "register": [
                {"file": place.file, "sheet": place.sheet, "row": place.row}
                for place in self.places
            ],
        }


@dataclass(frozen=True, slots=True, order=True)
class BridgeStep:
    """So many dossiers went from one column to another, by one kind and strength of proof."""

    effect: str
    before: Column
    after: Column
    proof: str
    strength: Strength
    count: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """How many dossiers of the software stand at a status, and what the form did with them."""

    status: Status
    treatment: Treatment
    by_office: bool  # the office's own rule, not the default
    count: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Form II.06a for one scope: recounted from the software, and after reconciliation.

    ``relined`` are dossiers that stay in their column but change the line inside it (late, now
    without a known end). ``judged`` counts the received dossiers of the classes that are
    reconciled at all; the others stay as counted.
    """

    starts: date | None
    ends: date | None
    as_of: date
    all: Figures
    by_unit: Mapping[str, Figures]
    by_class: Mapping[str, Figures]
    moved: tuple[Move, ...]
    relined: tuple[Move, ...]
    statuses: tuple[StatusLine, ...]
    judged: int
    closing_before: int  # in progress on the day before the period, by the same recount
    covered: bool = True  # False: of some days of the period nothing was read, so no rate is told

    @property
    def helps(self) -> int:
        columns = Counter((move.before.column, move.after.column) for move in self.moved)
        return sum(n for (before, after), n in columns.items() if effect(before, after) == "helps")

    @property
    def hurts(self) -> int:
        return len(self.moved) - self.helps

    @property
    def opening_difference(self) -> int:
        """Carried over, less the last period's closing balance; shown when it is not 0."""
        return self.all.recorded.carried - self.closing_before if self.starts else 0

    def bridge(self, unit: str | None = None) -> tuple[BridgeStep, ...]:
        """The way from recorded to reconciled, by effect, columns, kind and strength of proof."""
        steps = Counter(
            BridgeStep(
                move.effect, move.before.column, move.after.column, move.proof, move.strength
            )
            for move in self.moved
            if unit is None or move.unit == unit
        )
        return tuple(
            BridgeStep(s.effect, s.before, s.after, s.proof, s.strength, count)
            for s, count in sorted(steps.items())
        )

    @property
    def received(self) -> int:
        return self.all.recorded.received

    def as_json(self) -> Json:
        """The object of ``statistics.json``; no rate of a period that was not read in full."""

        def told(figures: Figures) -> Json:
            return figures.as_json() if self.covered else _unrated(figures.as_json())

        return {
            "period": {
                "from": self.starts.isoformat() if self.starts else None,
                "to": self.ends.isoformat() if self.ends else None,
                "as_of": self.as_of.isoformat(),
            },
            "all": told(self.all),
            "by_unit": {unit: told(self.by_unit[unit]) for unit in sorted(self.by_unit)},
            "by_class": {name: told(self.by_class[name]) for name in sorted(self.by_class)},
            "moved": [move.as_json() for move in self.moved],
        }


def _unrated(figures: Json) -> Json:
    rates = dict.fromkeys(("late_rate", "late_rate_of_resolved"))
    return {
        name: {**table, **rates} if isinstance(table, dict) else table
        for name, table in figures.items()
    }
