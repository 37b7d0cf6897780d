"""The lines of work: each discrepancy as an official reads it, grouped and in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from reconcile import labels
from reconcile.cases import ANCHOR_ORDER
from reconcile.claims import Claim, Place, RegisterType, Role
from reconcile.findings import Finding, Strength
from reconcile.lifecycle import State
from reconcile.links import Method
from reconcile.proof import book_text
from reconcile.vietnamese import initials
from worker.reports import kinds, words
from worker.reports.facts import RunFacts, Tracked
from worker.reports.firstpage import TrendRow
from worker.reports.packing import Rows, each, keep

Natural = tuple[tuple[int, int, str], ...]


class WorkRow(msgspec.Struct, frozen=True, array_like=True):
    """One discrepancy, every cell decided; the writers only draw it."""

    id: str
    unit: str  # as it is shown
    kind: str  # Kind value
    label: str
    state: str
    waived: bool
    code: str
    national_code: str
    procedure: str
    person: str
    received_on: date | None
    due_on: date | None
    ready_on: date | None
    returned_on: date | None
    status: str
    stuck: str
    days: int
    days_late: int | None
    evidence: str
    remedy: str
    fact: str
    place: str
    first_seen: date
    closing: bool
    todo: bool
    shelf: int  # the place among the unit's lines in the order of the shelves


class UnitWork(msgspec.Struct, frozen=True):
    """The lines of one unit, the most urgent and the oldest first."""

    unit: str
    closing: int
    rows: Rows
    trend: tuple[TrendRow, ...] = ()  # open after each run, where there was more than one

    def each(self) -> Iterator[WorkRow]:
        return each(self.rows, WorkRow)


class Desk:
    """What the lines of one run share: its claims, its unit names, its day."""

    def __init__(self, facts: RunFacts) -> None:
        self.facts = facts
        self._rows: dict[Place, Claim] = {
            place: claim
            for claim in facts.claims.values()
            if claim.is_row
            for place in claim.places
        }
        self._shared: dict[str, str] = {}

    def row_at(self, places: tuple[Place, ...]) -> Claim | None:
        """The register row that stands at the first of the places."""
        return next((self._rows[place] for place in places if place in self._rows), None)

    def same(self, text: str) -> str:
        """One object for equal texts: a workbook of 100,000 lines repeats a few hundred."""
        return self._shared.setdefault(text, text)

    def unit(self, code: str) -> str:
        name = self.facts.unit_names.get(code, code)
        return self.same(words.clean(name) or "Chưa rõ đơn vị")

    def person(self, name: str, claim: Claim | None) -> str:
        """``N.V.A. (2024)``; the whole name only where the run was told so."""
        if not name:
            return ""
        shown = words.clean(name) if self.facts.full_names else initials(name)
        year = claim.birth_date[:4] if claim else ""
        return f"{shown} ({year})" if year else shown

    def line(self, tracked: Tracked, shelf: int) -> WorkRow:
        finding = tracked.finding
        claim = self.facts.claims.get(finding.anchor)
        row = self.row_at(finding.register)
        return WorkRow(
            id=finding.id,
            unit=self.unit(finding.unit),
            kind=finding.kind.value,
            label=self.same(labels.label(finding)),
            state=self._state(tracked),
            waived=tracked.state is State.WAIVED,
            code=words.clean(code_of(finding)),
            national_code=words.clean(finding.national_code),
            procedure=self.same(
                words.clean(finding.procedure_name) or labels.PROCEDURES[finding.procedure]
            ),
            person=self.person(finding.subject or finding.applicant, claim or row),
            received_on=finding.received_on,
            due_on=finding.due_on,
            ready_on=finding.registered_on,
            returned_on=finding.returned_on,
            status=self.same(words.clean(status_of(finding))),
            stuck=self.same(stuck_at(finding)),
            days=finding.days_open,
            days_late=days_late(finding, self.facts.scope.as_of),
            evidence=words.clean("; ".join((*evidence_of(finding), *self._other(finding)))),
            remedy=self.same(labels.remedy(finding)),
            fact=self.same(fact_of(finding)),
            place=words.clean(places_of(finding.register)),
            first_seen=tracked.first_seen,
            closing=kinds.is_for_closing(finding, tracked.state),
            todo=kinds.is_to_do(finding, tracked.state),
            shelf=shelf,
        )

    def _state(self, tracked: Tracked) -> str:
        """The state, and the papers that somebody noted on it."""
        papers = self.facts.papers.get(tracked.finding.id, ())
        return self.same(words.clean("; ".join((state_of(tracked), *papers))))

    def _other(self, finding: Finding) -> list[str]:
        """The other dossier of a duplicate or a conflict, or the register row that names it."""
        if not finding.other:
            return []
        claim = self.facts.claims.get(finding.other)
        if claim is not None and not claim.own_code:
            return [book_text(claim)]
        code = claim.own_code if claim else finding.other.partition(":")[2]
        return [f"hồ sơ kia: {code}"] if code else []

    def work(self) -> tuple[UnitWork, ...]:
        """Every finding as a line of work, by unit."""
        by_unit: dict[str, list[Tracked]] = {}
        for tracked in self.facts.findings:
            by_unit.setdefault(self.unit(tracked.finding.unit), []).append(tracked)
        trends = self._trends()
        return tuple(
            self._unit_work(unit, by_unit[unit], trends.get(unit, ())) for unit in sorted(by_unit)
        )

    def _trends(self) -> dict[str, tuple[TrendRow, ...]]:
        """By unit as it is shown; two codes of one unit are counted together."""
        counts: dict[str, Counter[date]] = {}
        for point in self.facts.trend:
            if point.unit:
                counts.setdefault(self.unit(point.unit), Counter())[point.on] += point.open
        return {
            unit: tuple(TrendRow(day, count[day]) for day in sorted(count))
            for unit, count in counts.items()
            if len(count) > 1
        }

    def _unit_work(self, unit: str, found: list[Tracked], trend: tuple[TrendRow, ...]) -> UnitWork:
        found = sorted(found, key=_urgency)
        shelves = [shelf_of(self.row_at(tracked.finding.register)) for tracked in found]
        walk = sorted(range(len(found)), key=lambda index: (shelves[index], index))
        places = {index: place for place, index in enumerate(walk)}
        return UnitWork(
            unit=unit,
            closing=sum(kinds.is_for_closing(one.finding, one.state) for one in found),
            rows=keep(self.line(tracked, places[index]) for index, tracked in enumerate(found)),
            trend=trend,
        )


def _urgency(tracked: Tracked) -> tuple[int, int, int, str]:
    finding = tracked.finding
    return (
        kinds.STATE_ORDER[tracked.state],
        kinds.URGENCY[finding.kind],
        -finding.days_open,
        finding.id,
    )


#: The office's own software first, then what stands behind it.
ROLES = (*ANCHOR_ORDER, Role.REGISTER)


def state_of(tracked: Tracked) -> str:
    if tracked.state is State.WAIVED:
        until = f" đến {words.day(tracked.waived_until)}" if tracked.waived_until else ""
        reason = f": {words.clean(tracked.reason)}" if tracked.reason else ""
        return f"Tạm gác{until}{reason}"
    return labels.STATES[tracked.state]


def code_of(finding: Finding) -> str:
    """The code of the one-stop software where there is one, else the next source's."""
    codes = dict(finding.codes)
    for role in ROLES:
        if codes.get(role):
            return codes[role]
    return ""


def status_of(finding: Finding) -> str:
    """``Một cửa: Đang xử lý; Cổng: Được tiếp nhận``: the raw words of each software."""
    said = dict(finding.recorded)
    return "; ".join(
        f"{labels.ROLES[role]}: {words.status_text(said[role].status, said[role].raw)}"
        for role in ROLES
        if role in said
    )


def stuck_at(finding: Finding) -> str:
    """Where the dossier is stuck and in whose hands it is; for a linked one, at which step."""
    if finding.waits_for:
        return "; ".join(filter(None, (f"Chờ {finding.waits_for}", finding.stuck)))
    open_in = ", ".join(labels.ROLES[role] for role in ROLES if role in finding.open_in)
    return ". ".join(filter(None, (open_in, finding.stuck)))


def fact_of(finding: Finding) -> str:
    """The smallest missing fact that would close it, else what there is to do."""
    known = labels.MISSING_FACTS.get(finding.missing_fact, finding.missing_fact)
    return words.clean(known) or labels.remedy(finding) or labels.label(finding)


#: Weak proof says so on every line; strong proof speaks for itself by its book and page.
_WEAK = frozenset({Strength.TYPED_DATE, Strength.STATEMENT})
_BY_CODE = frozenset({Method.CODE, Method.NONE})


def evidence_of(finding: Finding) -> list[str]:
    """The book with number and page; a weak proof and a link that is not by code say so."""
    parts = [finding.book] if finding.book else []
    if finding.strength in _WEAK:
        parts.append(words.inner(labels.STRENGTHS[finding.strength]))
    if finding.register and finding.method not in _BY_CODE:
        parts.append(f"ghép theo {words.inner(labels.METHODS[finding.method])}")
    return parts


def places_of(places: tuple[Place, ...]) -> str:
    return "; ".join(f"{place.file} › {place.sheet} › dòng {place.row}" for place in places)


def days_late(finding: Finding, as_of: date) -> int | None:
    """Calendar days after the due date, to the proven end or to the day of judgement."""
    if finding.due_on is None:
        return None
    end = finding.registered_on or finding.returned_on or as_of
    return max((end - finding.due_on).days, 0)


_SHELVES: Mapping[RegisterType, int] = {
    RegisterType.TRACKING: 0,
    RegisterType.BIRTHS: 1,
    RegisterType.DEATHS: 2,
    RegisterType.NONE: 3,
}


def shelf_of(row: Claim | None) -> Natural:
    """Where the row stands in the office's shelves; what has no row comes last."""
    if row is None:
        return ((9, 0, ""),)
    return (
        (_SHELVES[row.register_type], 0, ""),
        *words.natural(row.book),
        *words.natural(row.page),
        *words.natural(row.number),
    )
