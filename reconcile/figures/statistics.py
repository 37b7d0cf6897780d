"""Form II.06a counted twice: by the software's own rules, and after reconciliation with paper."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from reconcile.cases import Case
from reconcile.claims import Channel, Claim, Procedure, Role, Status
from reconcile.coverage import Coverage, uncovered
from reconcile.figures.form import Figures, Move, Statistics, StatusLine, Table
from reconcile.figures.frozen import Placed
from reconcile.figures.standing import (
    MOVABLE,
    Column,
    Standing,
    SubLine,
    Treatment,
    is_carried,
    is_counted,
    received,
    reconciled,
    recorded,
    treatment,
)
from reconcile.findings import STRONG, Finding, Kind, Proof, Strength, finding_id
from reconcile.judging.due import due, late_by_post
from reconcile.judging.proof import Ending, ending, procedure_of, prove
from reconcile.kinds import KINDS
from reconcile.policy import Policy
from reconcile.scope import Scope

#: The finding that a moved dossier's line points to: the first of these that there is.
_EXPLAINS = [
    kind
    for _, kind in sorted(
        (facts.explains, kind) for kind, facts in KINDS.items() if facts.explains is not None
    )
]
Found = dict[str, dict[Kind, str]]  # anchor → kind → finding id


class Line(NamedTuple):
    """Where one dossier of the base stands, in plain values: alike are one line and a number."""

    what: str  # LINE: what else is counted of a case stands beside it
    unit: str
    name: str  # its class
    channel: str  # CARRIED: received before the period
    before: str
    before_line: str
    after: str
    after_line: str
    strongest: str
    strongest_line: str
    by_post: bool
    undetermined: bool
    judged: bool
    status: int
    how: str
    by_office: bool
    counted: bool  # False: a line under the table, no more
    open_before: bool  # in progress on the eve of the period


def tabulate(
    cases: Sequence[Case],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
    findings: Iterable[Finding] | None = None,
) -> Statistics:
    """Count the dossiers of a scope as recorded and as reconciled, with every move between.

    The base is the one-stop software; the portal only where the office has none. With the
    ``findings`` of the same judgement, moves point to those that exist, and an overdue dossier
    that was not found truly overdue counts as undetermined; without them nothing was judged.
    """
    found = found_of(findings) if findings is not None else None
    place = Placing(base_of(cases, coverage), coverage, scope, policy, found)
    lines: Counter[Line] = Counter()
    moves: list[Move] = []
    for case in cases:
        line, move = place.of_case(case)
        if line is not None:
            lines[line] += 1
        if move is not None:
            moves.append(move)
    return summed(lines, moves, coverage, scope, policy)


def summed(
    lines: Mapping[Line, int],
    moves: Iterable[Move],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
) -> Statistics:
    """The figures of so many dossiers on each line, with the moves among them."""
    units: dict[str, _Tally] = defaultdict(_Tally)
    classes: dict[str, _Tally] = defaultdict(_Tally)
    statuses: Counter[tuple[Status, Treatment, bool]] = Counter()
    for line, count in lines.items():
        if line.counted:
            units[line.unit].add(line, count)
            classes[line.name].add(line, count)
        if line.how != NO_LINE:
            statuses[Status(line.status), Treatment(line.how), line.by_office] += count
    ordered = sorted(moves, key=lambda move: (move.unit, move.code, move.anchor))
    return Statistics(
        starts=scope.starts,
        ends=scope.ends,
        as_of=scope.as_of,
        all=_Tally.sum(units.values()).figures(),
        by_unit={unit: units[unit].figures() for unit in sorted(units)},
        by_class={name: classes[name].figures() for name in sorted(classes)},
        moved=tuple(move for move in ordered if move.before.column is not move.after.column),
        relined=tuple(move for move in ordered if move.before.column is move.after.column),
        statuses=tuple(StatusLine(*line, count) for line, count in sorted(statuses.items())),
        judged=sum(count for line, count in lines.items() if line.counted and line.judged),
        closing_before=sum(count for line, count in lines.items() if line.open_before),
        covered=uncovered(
            coverage, scope, edge_days=policy.edge_days, untold_days=policy.untold_days
        )
        is None,
    )


def places(
    cases: Sequence[Case],
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
    findings: Iterable[Finding] | None = None,
) -> tuple[Placed, ...]:
    """Every dossier that ``tabulate`` counts, with both of its places: what a freeze keeps."""
    found = found_of(findings) if findings is not None else None
    place = Placing(base_of(cases, coverage), coverage, scope, policy, found)
    dossiers = filter(None, map(place.dossier, cases))
    return tuple(
        _placed(place.of(one)) for one in dossiers if is_counted(one.claim, one.how, scope)
    )


def _placed(one: _Counted) -> Placed:
    return Placed(
        key=one.claim.key,
        code=one.claim.own_code,
        unit=one.claim.unit,
        procedure=one.procedure.value,
        carried=one.carried,
        online=one.claim.channel is Channel.ONLINE,
        before=one.before.column,
        before_line=one.before.line,
        after=one.after.column,
        after_line=one.after.line,
        proof=one.move.book if one.move else "",
        due_on=one.due_on,
        ended_on=one.before.ended,
    )


#: What stands in a line's first and third place.
LINE = "line"
CARRIED = "carried"
NO_LINE = ""  # under the table


class _Dossier(NamedTuple):
    """One dossier of the base software, whatever its period."""

    case: Case
    claim: Claim
    kind: str  # of its source
    how: Treatment
    procedure: Procedure


def base_of(cases: Sequence[Case], coverage: Coverage) -> Role:
    """Whose dossiers are counted: never a mixture, or received would not be the office's."""
    if coverage.by_role(Role.ONE_STOP) or any(Role.ONE_STOP in case.software for case in cases):
        return Role.ONE_STOP
    return Role.PORTAL


def found_of(findings: Iterable[Finding]) -> Found:
    """By anchor: the finding of each kind."""
    found: Found = defaultdict(dict)
    for finding in findings:
        found[finding.anchor].setdefault(finding.kind, finding.id)
    return found


def explaining(found: Found, anchor: str) -> str | None:
    """The finding that a move of this dossier points to."""
    kinds = found.get(anchor, {})
    return next((kinds[kind] for kind in _EXPLAINS if kind in kinds), None)


class _Counted(NamedTuple):
    """One dossier of the base, with both of its places in the form."""

    claim: Claim
    procedure: Procedure
    carried: bool
    before: Standing
    after: Standing
    strongest: Standing
    by_post: bool
    undetermined: bool
    move: Move | None
    due_on: date | None


@dataclass(slots=True)
class _Tally:
    """Counts of one row of the form while it is being added up."""

    channels: Counter[Channel | None] = field(default_factory=Counter)
    before: Counter[tuple[Column, SubLine]] = field(default_factory=Counter)
    after: Counter[tuple[Column, SubLine]] = field(default_factory=Counter)
    strongest: Counter[tuple[Column, SubLine]] = field(default_factory=Counter)
    by_post: int = 0
    undetermined: int = 0

    def add(self, one: Line, count: int) -> None:
        self.channels[None if one.channel == CARRIED else Channel(one.channel)] += count
        self.before[Column(one.before), SubLine(one.before_line)] += count
        self.after[Column(one.after), SubLine(one.after_line)] += count
        self.strongest[Column(one.strongest), SubLine(one.strongest_line)] += count
        self.by_post += one.by_post * count
        self.undetermined += one.undetermined * count

    @staticmethod
    def sum(parts: Iterable[_Tally]) -> _Tally:
        whole = _Tally()
        for part in parts:
            whole.channels += part.channels
            whole.before += part.before
            whole.after += part.after
            whole.strongest += part.strongest
            whole.by_post += part.by_post
            whole.undetermined += part.undetermined
        return whole

    def figures(self) -> Figures:
        return Figures(
            recorded=self._table(self.before),
            reconciled=self._table(self.after),
            strongest=self._table(self.strongest),
            late_by_post=self.by_post,
            undetermined=self.undetermined,
        )

    def _table(self, counts: Mapping[tuple[Column, SubLine], int]) -> Table:
        numbers: Counter[str] = Counter()
        for (column, line), count in counts.items():
            numbers[column.short] += count
            if line is not SubLine.NONE:
                numbers[line.value] += count
        online, carried = self.channels[Channel.ONLINE], self.channels[None]
        return Table(
            online=online,
            # An unknown channel counts as in person or by post.
            direct_post=self.channels.total() - online - carried,
            carried=carried,
            **numbers,
        )


@dataclass(frozen=True)
class Placing:
    """Puts one counted dossier in both of its places."""

    base: Role
    coverage: Coverage
    scope: Scope
    policy: Policy
    found: Found | None

    @cached_property
    def _eve(self) -> Scope | None:
        """All that was received by the eve of the period; None: it has no beginning."""
        if self.scope.starts is None:
            return None
        day = self.scope.starts - timedelta(days=1)
        return replace(self.scope, as_of=day, starts=None, ends=day)

    def dossier(self, case: Case) -> _Dossier | None:
        """The dossier of the base software, whatever its period; None: the scope has none."""
        claim = case[self.base]
        if claim is None or not self.scope.has_unit(claim.unit):
            return None
        procedure = procedure_of(case)
        if not self.scope.has_procedure(procedure, claim.procedure_code):
            return None
        source = self.coverage.of(claim.source)
        kind = source.kind if source is not None else ""
        return _Dossier(case, claim, kind, treatment(claim, kind, self.policy), procedure)

    def of_case(self, case: Case) -> tuple[Line | None, Move | None]:
        """Where the case is counted, and its move."""
        one = self.dossier(case)
        if one is None:
            return None, None
        open_before = self._was_open(one)
        if is_counted(one.claim, one.how, self.scope):
            placed = self.of(one)
            return self._line(one, placed, open_before), placed.move
        # What the form does not count as received, though it lies in the period by its date.
        listed = one.how is Treatment.NOT_RECEIVED and is_counted(
            one.claim, Treatment.IN_PROGRESS, self.scope
        )
        if not listed and not open_before:
            return None, None
        return self._line(one, None, open_before, listed=listed), None

    def _line(
        self, one: _Dossier, at: _Counted | None, open_before: bool, *, listed: bool = True
    ) -> Line:
        nowhere = ("",) * 7
        places = (
            (
                CARRIED if at.carried else at.claim.channel.value,
                *(at.before.column.value, at.before.line.value),
                *(at.after.column.value, at.after.line.value),
                *(at.strongest.column.value, at.strongest.line.value),
            )
            if at is not None
            else nowhere
        )
        return Line(
            LINE,
            one.claim.unit,
            one.procedure.value or "unknown",
            *places,
            by_post=at is not None and at.by_post,
            undetermined=at is not None and at.undetermined,
            judged=one.procedure in self.policy.judged,
            status=int(one.claim.status),
            how=one.how.value if listed else NO_LINE,
            by_office=(one.kind, one.claim.status) in self.policy.ii06a,
            counted=at is not None,
            open_before=open_before,
        )

    def _was_open(self, one: _Dossier) -> bool:
        """In progress on the eve of the period: what the period should have been handed."""
        eve = self._eve
        return (
            eve is not None
            and is_counted(one.claim, one.how, eve)
            and recorded(one.claim, one.how, eve, self.policy).column.is_open
        )

    def of(self, one: _Dossier) -> _Counted:
        claim, scope, policy = one.claim, self.scope, self.policy
        before = recorded(claim, one.how, scope, policy)
        after = strongest = before
        move = promised = None
        proof, end = self._proven(one)
        if proof is not None and end is not None:
            promised = _paper_due(one.case, proof, end, policy)
            after = reconciled(claim, before, end, scope, policy, paper_due=promised)
            strongest = after if end.strength in STRONG else before
            if (after.column, after.line) != (before.column, before.line):
                move = self._move(one, before, after, proof, end)
        overdue = after.column is Column.OVERDUE and one.procedure in policy.judged
        return _Counted(
            claim=claim,
            procedure=one.procedure,
            carried=is_carried(claim, scope),
            before=before,
            after=after,
            strongest=strongest,
            by_post=self._by_post(claim, after),
            undetermined=overdue and not self._has(one.case.anchor, Kind.TRULY_OVERDUE),
            move=move,
            due_on=promised if promised and _typed_late(claim, end) else due(claim).day(policy),
        )

    def _proven(self, one: _Dossier) -> tuple[Proof | None, Ending | None]:
        """The paper's proof, where this dossier may be moved by one at all."""
        case = one.case
        if (
            one.procedure not in self.policy.judged
            or one.claim.status not in MOVABLE
            or not (case.rows or Role.CIVIL_STATUS in case.software)
        ):
            return None, None
        proof = prove(case, self.coverage, self.scope)
        end = ending(case, proof, self.policy) if proof is not None else None
        if end is None or end.strength is Strength.STATEMENT:
            return None, None  # no day is proven; or by a clerk's own word, which moves no figure
        return proof, end

    def _by_post(self, claim: Claim, after: Standing) -> bool:
        return (
            after.column is Column.LATE
            and after.line is SubLine.NONE
            and after.ended is not None
            and late_by_post(claim, after.ended, self.policy)
        )

    def _has(self, anchor: str, kind: Kind) -> bool:
        return self.found is not None and kind in self.found.get(anchor, {})

    def _finding(self, anchor: str, before: Standing, after: Standing) -> str | None:
        if self.found is not None:
            return explaining(self.found, anchor)
        if before.column.is_open:
            return finding_id(Kind.RETURNED_STILL_PENDING, anchor)
        if (before.column is Column.LATE) != (after.column is Column.LATE):
            return finding_id(Kind.DATE_CONFLICT, anchor)
        return None

    def _move(
        self, one: _Dossier, before: Standing, after: Standing, proof: Proof, end: Ending
    ) -> Move:
        at = {place: row.claim for row in one.case.rows for place in row.claim.places}
        row = next((at[place] for place in proof.places if place in at), None)
        return Move(
            code=one.claim.own_code,
            unit=one.claim.unit,
            procedure=one.procedure.value,
            before=before,
            after=after,
            proof="registration" if end.exact else "hand_over",
            proven_on=end.on,
            strength=end.strength,
            book=end.book,
            places=proof.places,
            method=proof.method,
            probability=proof.probability,
            anchor=one.case.anchor,
            finding=self._finding(one.case.anchor, before, after),
            row=row.key if row else "",
            source=row.source if row else "",
            read_on=row.read_on if row else None,
        )


def _typed_late(claim: Claim, end: Ending | None) -> bool:
    """True where the paper had ended before the software knew the dossier (nhập bù)."""
    day = received(claim)
    return end is not None and day is not None and end.on < day


def _paper_due(case: Case, proof: Proof, end: Ending, policy: Policy) -> date | None:
    """What the paper itself promised, by a proving row that holds its own day of reception."""
    for row in case.rows:
        claim = row.claim
        if claim.key in proof.rows and claim.received_on and claim.received_on <= end.on:
            promised = due(claim).day(policy)
            if promised is not None:
                return promised
    return None
