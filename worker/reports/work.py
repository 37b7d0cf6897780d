"""The lines of work: each discrepancy as an official reads it, dossier by dossier, in order.

The first line of a dossier (``lead``) stands for it: it has the one instruction, and ``also`` names
what else was found. The lines behind it are its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from reconcile import labels
from reconcile.cases import ANCHOR_ORDER, Method
from reconcile.claims import Claim, Place, RegisterType, Role
from reconcile.findings import Finding, Kind, Strength
from reconcile.judging.proof import book_text
from reconcile.kinds import KINDS
from reconcile.lifecycle import State
from reconcile.steps import InWhoseHands, Step
from reconcile.text.vietnamese import initials
from worker import words
from worker.reports.ages import TrendRow
from worker.reports.dossiers import DossierWork, Tally
from worker.reports.facts import RunFacts, Tracked
from worker.reports.packing import PackedRows, each
from worker.reports.to_do import is_for_closing, is_to_do

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
    # The defaults are for the reports of version 1, which ``earlier`` brings up.
    lead: bool = True  # the line that stands for the dossier; the others are its reasons
    count: int = 1  # dossiers: 1, or those of a grouped line that have no line of their own
    step: str = Step.NOTHING  # what is next for the dossier
    part: str = InWhoseHands.UNIT  # in whose hands the dossier is
    also: str = ""  # what else was found, on the leading line
    brief: str = ""  # the procedure in a narrow column
    shelf_mark: str = ""  # the evidence in a narrow column


class UnitWork(msgspec.Struct, frozen=True):
    """The lines of one unit, the most urgent and the oldest first."""

    unit: str
    closing: int
    rows: PackedRows
    trend: tuple[TrendRow, ...] = ()  # open after each run, where there was more than one
    tally: Tally = Tally()

    def dossiers(self) -> Iterator[WorkRow]:
        """One line a dossier."""
        return (row for row in self.each() if row.lead)

    def each(self) -> Iterator[WorkRow]:
        return each(self.rows, WorkRow)


class Desk:
    """What the lines of one run share: its claims, its unit names, its day."""

    def __init__(self, facts: RunFacts) -> None:
        self.facts = facts
        self._rows = facts.rows_at if facts.rows_at is not None else _rows_at(facts.claims)
        self._shared: dict[str, str] = {}

    def row_of(self, finding: Finding) -> Claim | None:
        """The register row that is the first ground of a finding."""
        return self.row_at(finding.register)

    def row_at(self, places: tuple[Place, ...]) -> Claim | None:
        """The register row that stands at the first of the places."""
        spots = ((place.file, place.sheet, place.row) for place in places)
        found = next((self._rows[at] for at in spots if at in self._rows), None)
        return None if found is None else self.facts.claims.get(found)

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

    def line(self, dossier: DossierWork, tracked: Tracked, shelf: int) -> WorkRow:
        finding = tracked.finding
        lead = tracked is dossier.first
        claim = self.facts.claims.get(finding.anchor)
        row = self.row_of(finding)
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
            closing=lead and is_for_closing(finding, tracked.state),
            todo=is_to_do(finding, tracked.state),
            shelf=shelf,
            lead=lead,
            count=dossier.count if lead else 0,
            step=dossier.step.value,
            part=dossier.part.value,
            also=self.same(also(dossier)) if lead else "",
            brief=labels.BRIEF_PROCEDURES[finding.procedure],
            shelf_mark=words.clean("; ".join((*_marks(finding), *self._other(finding)))),
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


def _rows_at(claims: Mapping[str, Claim]) -> dict[tuple[str, str, int], str]:
    rows = (claim for claim in claims.values() if claim.is_row)
    return {
        (place.file, place.sheet, place.row): claim.key for claim in rows for place in claim.places
    }


def also(dossier: DossierWork) -> str:
    """The other findings of the dossier; one that asks for nothing is a cause and is named, too."""
    if not dossier.found[1:]:
        return ""
    first = labels.label(dossier.first.finding)
    others = (labels.label(one.finding) for one in dossier.found[1:])
    return "; ".join(dict.fromkeys(text for text in others if text != first))


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
    """``Một cửa: Đã xử lý xong; Cổng: Đang xử lý``; one word for all that say the same."""
    said = dict(finding.recorded)
    alike: dict[str, list[str]] = {}
    for role in ROLES:
        if role in said:
            text = words.status_text(said[role].status, said[role].raw)
            alike.setdefault(text, []).append(labels.BRIEF_ROLES[role])
    return "; ".join(f"{', '.join(roles)}: {text}" for text, roles in alike.items())


def stuck_at(finding: Finding) -> str:
    """Where the dossier is stuck and in whose hands it is; for a linked one, at which step."""
    if finding.waits_for:
        return "; ".join(filter(None, (f"Chờ {finding.waits_for}", finding.stuck)))
    open_in = ", ".join(labels.BRIEF_ROLES[role] for role in ROLES if role in finding.open_in)
    return ". ".join(filter(None, (open_in, finding.stuck)))


def fact_of(finding: Finding) -> str:
    """The smallest missing fact that would close it, else what there is to do."""
    known = KINDS[finding.kind].missing.get(finding.missing_fact, finding.missing_fact)
    return words.clean(known) or labels.remedy(finding) or labels.label(finding)


#: Weak proof says so on every line; strong proof speaks for itself by its book and page.
_WEAK = frozenset({Strength.TYPED_DATE, Strength.APPROVED_STATEMENT, Strength.STATEMENT})
_BRIEF_STRENGTHS = {
    Strength.TYPED_DATE: "ngày nhập tay",
    Strength.APPROVED_STATEMENT: "giấy quét đã duyệt",
    Strength.STATEMENT: "lời khai chờ duyệt",
}
_BY_CODE = frozenset({Method.CODE, Method.NONE})


def evidence_of(finding: Finding) -> list[str]:
    """The book with number and page; a weak proof and a link that is not by code say so."""
    parts = [_book(finding)] if finding.book else []
    if finding.strength in _WEAK:
        parts.append(words.inner(labels.STRENGTHS[finding.strength]))
    if finding.register and finding.method not in _BY_CODE:
        parts.append(f"ghép theo {words.inner(labels.METHODS[finding.method])}")
    if finding.kind is Kind.MISSING_IN_SOFTWARE:
        parts += [_typed_at(place) for place in finding.register[:1]]
    return parts


def _marks(finding: Finding) -> Iterator[str]:
    """The evidence in few letters; the list says once what they mean (``EVIDENCE_LEGEND``)."""
    if finding.book:
        star = "*" if finding.register and finding.method not in _BY_CODE else ""
        yield words.brief_book(_book(finding)) + star
    if finding.strength in _WEAK:
        yield _BRIEF_STRENGTHS[finding.strength]
    if finding.kind is Kind.MISSING_IN_SOFTWARE:
        yield from (_typed_at(place) for place in finding.register[:1])


def _book(finding: Finding) -> str:
    """The book of a proof; a row that proves nothing says what is missing in it."""
    if finding.kind is Kind.TRULY_OVERDUE:
        return f"{finding.book}: có tên, chưa ghi ngày trả"
    return finding.book


def _typed_at(place: Place) -> str:
    """Where the row stands in the file: all there is to find it by where it has no code."""
    return f"tệp {place.file.rpartition('/')[2]}, trang tính {place.sheet}, dòng {place.row}"


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
    RegisterType.SLIPS: 4,
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
