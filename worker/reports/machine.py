"""The lines of the machine-readable files; field order is the order of keys in the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from reconcile import labels
from reconcile.claims import Claim, Place, RejectedRow
from reconcile.findings import Finding
from reconcile.links import Link, Rival
from worker.reports.counts import undecided_parts
from worker.reports.decided import as_json as decided_as_json
from worker.reports.facts import RunFacts, SourceLine, Tracked
from worker.reports.readings import warnings
from worker.reports.sampled import check_as_json


class PlaceLine(msgspec.Struct, frozen=True):
    file: str
    sheet: str
    row: int


class RecordedLine(msgspec.Struct, frozen=True):
    status: int
    raw: str
    read_at: date | None


class LinkOf(msgspec.Struct, frozen=True):
    method: str
    probability: float


class FindingLine(msgspec.Struct, frozen=True):
    """One line of findings.jsonl: the contract's keys first, then what was added."""

    id: str
    kind: str
    unit: str
    procedure: str
    open_in: tuple[str, ...]
    codes: dict[str, str]
    recorded: dict[str, RecordedLine]
    register: tuple[PlaceLine, ...]
    proof: str | None
    received_on: date | None
    due_on: date | None
    returned_on: date | None
    registered_on: date | None
    late: bool | None
    days_open: int
    link: LinkOf
    state: str
    first_seen: date
    remedy: str
    national_code: str
    strength: str | None
    variant: str
    missing_fact: str
    waits_for: str
    book: str
    weak: bool
    count: int
    other: str
    stuck: str | msgspec.UnsetType = msgspec.UNSET  # only where it is known


class DossierOf(msgspec.Struct, frozen=True):
    source: str
    code: str


class RivalOf(msgspec.Struct, frozen=True):
    code: str
    probability: float


class ReasonLine(msgspec.Struct, frozen=True):
    field: str
    level: str
    weight: float


class LinkLine(msgspec.Struct, frozen=True):
    """One line of links.jsonl: one place of one register row."""

    register: PlaceLine
    dossier: DossierOf | None
    method: str
    probability: float
    decision: str
    rival: RivalOf | None
    reasons: tuple[ReasonLine, ...]


class RejectedLine(msgspec.Struct, frozen=True):
    """One line of rejected.jsonl; never a cell's value."""

    file: str
    sheet: str
    row: int
    column: str
    reason: str
    kept: bool


class WindowOf(msgspec.Struct, frozen=True):
    from_: date | None = msgspec.field(name="from")
    to: date | None


class SourceOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """What run.json says of one source; the last three only where there are any."""

    role: str
    kind: str
    read: int
    rejected: int
    new: int
    changed: int
    complete: bool
    covers: WindowOf
    error: str | None
    unread_since: str | None
    announced: int | None = None  # what the source says that it has, against ``read``
    warnings: tuple[str, ...] = ()
    trail_error: str | None = None
    data_to: date | None = None
    read_at: str | None = None
    dropped: int = 0  # rows among ``rejected`` that do not count; the rest are cells


class ScopeOf(msgspec.Struct, frozen=True):
    from_: date | None = msgspec.field(name="from")
    to: date | None
    as_of: date
    units: tuple[str, ...] | None
    procedures: tuple[str, ...] | None


class NotJudgedOf(msgspec.Struct, frozen=True):
    kind: str
    source: str
    unit: str
    reason: str
    cases: int


class SignOf(msgspec.Struct, frozen=True):
    """A sign of a made-up register: to be looked at, never a verdict."""

    sign: str
    unit: str
    count: int
    of: int


class RunLine(msgspec.Struct, frozen=True):
    """run.json, but for the paths, which are known once the files are written."""

    id: str
    trigger: str
    scope: ScopeOf
    started: str
    finished: str
    exit_code: int
    sources: dict[str, SourceOf]
    counts: dict[str, int]
    open: int
    undetermined_overdue: int
    writes: dict[str, int]
    not_judged: tuple[NotJudgedOf, ...]
    #: By kind: known from before, still open, and this time not judged.
    left_open: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    #: All that could not be decided, and its parts; ``overdue`` is ``undetermined_overdue``.
    undetermined: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    #: By kind: the units in which it was not judged and nothing was found.
    not_judged_in: dict[str, tuple[str, ...]] | msgspec.UnsetType = msgspec.UNSET
    signs: tuple[SignOf, ...] = ()
    rated: bool = True  # False: some days of the period were not read, so there is no rate
    warnings: tuple[str, ...] = ()
    #: What papers drawn at random prove of these figures; only where there is a check of them.
    check: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    decided: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET  # how the links came about


def run_line(facts: RunFacts) -> RunLine:
    """Who started the run, what it covered, what it counted."""
    counts: dict[str, int] = {}
    for tracked in facts.findings:
        counts[tracked.finding.kind.value] = counts.get(tracked.finding.kind.value, 0) + 1
    scope = facts.scope
    return RunLine(
        id=facts.run_id,
        trigger=facts.trigger,
        scope=ScopeOf(
            from_=scope.starts,
            to=scope.ends,
            as_of=scope.as_of,
            units=None if scope.units is None else tuple(sorted(scope.units)),
            procedures=None if scope.procedures is None else tuple(sorted(scope.procedures)),
        ),
        started=facts.started.isoformat(),
        finished=facts.finished.isoformat(),
        exit_code=facts.exit_code,
        sources={source.name: source_of(source) for source in facts.sources},
        counts=dict(sorted(counts.items())),
        open=sum(tracked.state.value in ("OPEN", "ACKNOWLEDGED") for tracked in facts.findings),
        undetermined_overdue=len(facts.undetermined_overdue),
        writes=dict(facts.writes),
        not_judged=tuple(
            NotJudgedOf(line.kind.value, line.source, line.unit, line.reason, line.cases)
            for line in facts.not_judged
        ),
        left_open=dict(sorted(Counter(one.kind.value for one in facts.left_open).items()))
        or msgspec.UNSET,
        undetermined=_undetermined(facts),
        not_judged_in={
            kind.value: tuple(sorted(reach.unjudged))
            for kind, reach in sorted(facts.reach.items())
            if reach.unjudged
        }
        or msgspec.UNSET,
        signs=tuple(SignOf(one.sign.value, one.unit, one.count, one.of) for one in facts.suspects),
        rated=facts.is_counted and facts.statistics.covered,
        warnings=warnings(facts),
        check=check_as_json(facts.check) if facts.check else msgspec.UNSET,
        decided=decided_as_json(facts.decided) if facts.decided else msgspec.UNSET,
    )


def _undetermined(facts: RunFacts) -> dict[str, int]:
    overdue, others = undecided_parts(facts)
    return {"total": overdue + others, "overdue": overdue, "others": others}


def source_of(source: SourceLine) -> SourceOf:
    return SourceOf(
        role=source.role.value,
        kind=source.kind,
        read=source.read,
        rejected=source.rejected,
        new=source.new,
        changed=source.changed,
        complete=source.complete,
        covers=WindowOf(source.covers_from, source.covers_to),
        error=source.problem or None,
        unread_since=source.unread_since.isoformat() if source.unread_since else None,
        announced=source.announced,
        warnings=source.warnings,
        trail_error=source.trail_problem or None,
        data_to=source.covers_to,
        read_at=source.read_at.isoformat() if source.read_at else None,
        dropped=source.dropped,
    )


def finding_line(tracked: Tracked, facts: RunFacts) -> FindingLine:
    """A finding as scripts read it: no names, no ids of people."""
    finding = tracked.finding
    return FindingLine(
        id=finding.id,
        kind=finding.kind.value,
        unit=finding.unit,
        procedure=finding.procedure.value,
        open_in=tuple(role.value for role in finding.open_in),
        codes={role.value: code for role, code in finding.codes},
        recorded=_recorded(finding, facts),
        register=_places(finding.register),
        proof=finding.proof,
        received_on=finding.received_on,
        due_on=finding.due_on,
        returned_on=finding.returned_on,
        registered_on=finding.registered_on,
        late=finding.late,
        days_open=finding.days_open,
        link=LinkOf(finding.method.value, round(finding.probability, 4)),
        state=tracked.state.value,
        first_seen=tracked.first_seen,
        remedy=labels.remedy(finding),
        national_code=finding.national_code,
        strength=finding.strength.value if finding.strength else None,
        variant=finding.variant,
        missing_fact=finding.missing_fact,
        waits_for=finding.waits_for,
        stuck=finding.stuck or msgspec.UNSET,
        book=finding.book,
        weak=finding.weak,
        count=finding.count,
        other=finding.other,
    )


def _recorded(finding: Finding, facts: RunFacts) -> dict[str, RecordedLine]:
    as_of = facts.scope.as_of if facts.scope.as_of_given else None
    return {
        role.value: RecordedLine(int(said.status), said.raw, as_of or said.read_on)
        for role, said in finding.recorded
    }


def _places(places: Iterable[Place]) -> tuple[PlaceLine, ...]:
    return tuple(PlaceLine(place.file, place.sheet, place.row) for place in places)


def link_line(place: Place, link: Link, claims: Mapping[str, Claim]) -> LinkLine:
    """What was decided for the register row at a place."""
    return LinkLine(
        register=PlaceLine(place.file, place.sheet, place.row),
        dossier=_dossier(link.dossier, claims) if link.dossier else None,
        method=link.method.value,
        probability=round(link.probability, 4),
        decision=link.decision.value,
        rival=_rival(link.rival, claims) if link.rival else None,
        reasons=tuple(
            ReasonLine(reason.field, reason.level, round(reason.weight, 4))
            for reason in link.reasons
        ),
    )


def _dossier(key: str, claims: Mapping[str, Claim]) -> DossierOf:
    claim = claims.get(key)
    if claim is not None:
        return DossierOf(claim.source, claim.own_code)
    source, _, code = key.partition(":")
    return DossierOf(source, code)


def _rival(rival: Rival, claims: Mapping[str, Claim]) -> RivalOf:
    return RivalOf(_dossier(rival.dossier, claims).code, round(rival.probability, 4))


def rejected_lines(rejected: Iterable[RejectedRow]) -> Iterator[RejectedLine]:
    for bad in sorted(rejected):
        yield RejectedLine(bad.file, bad.sheet, bad.row, bad.column, bad.reason, bad.kept)
