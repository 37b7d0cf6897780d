"""Decides what a report shows. The writers (xlsx.py, html.py) only draw it.

``Contents`` holds the whole report as plain values. A run keeps it compressed, so that any past
run can be written again, byte for byte.
"""

from __future__ import annotations

import zlib
from collections import Counter
from datetime import date

import msgspec

from reconcile import labels
from worker.reports import lists, machine, words
from worker.reports.facts import RunFacts
from worker.reports.figures import FormRow, form_row, submitted_row
from worker.reports.firstpage import FirstPage, first_page
from worker.reports.lists import MovedRow, PairRow, Sample
from worker.reports.machine import FindingLine, LinkLine, RejectedLine, RunLine
from worker.reports.work import Desk, WorkRow

#: Raised when the shape of Contents changes; a report of an older shape is read by its number.
VERSION = 1


class UnitRow(msgspec.Struct, frozen=True):
    """The figures of one unit, and its three numbers."""

    unit: str
    submitted: FormRow | None
    recounted: FormRow | None
    reconciled: FormRow | None
    stuck: int
    overdue: int
    undetermined: int
    work: int

    @property
    def rows(self) -> tuple[FormRow, ...]:
        """The lines that there are, the submitted one first."""
        lines = (self.submitted, self.recounted, self.reconciled)
        return tuple(line for line in lines if line is not None)


class WaitingRow(msgspec.Struct, frozen=True):
    """A linked dossier that waits for another agency: shown, asked of nobody here."""

    code: str
    unit: str
    procedure: str
    person: str
    registered_on: date | None
    waits_for: str
    book: str


class Contents(msgspec.Struct, frozen=True):
    """Everything that the files of a run say."""

    version: int
    run: RunLine
    findings: tuple[FindingLine, ...]
    links: tuple[LinkLine, ...]
    statistics: msgspec.Raw
    rejected: tuple[RejectedLine, ...]
    page: FirstPage
    units: tuple[UnitRow, ...]
    work: tuple[WorkRow, ...]
    moved: tuple[MovedRow, ...]
    pairs: tuple[PairRow, ...]
    sample: Sample
    waiting: tuple[WaitingRow, ...]
    full_names: bool


def build(facts: RunFacts) -> Contents:
    """What the report of one run shows, in its final order."""
    desk = Desk(facts)
    work = desk.lines()
    remedies = {row.id: row.remedy for row in work}
    lines = [
        machine.finding_line(tracked, facts, remedies[tracked.finding.id])
        for tracked in facts.findings
    ]
    lines.sort(key=lambda line: (line.unit, line.kind, line.id))
    return Contents(
        version=VERSION,
        run=machine.run_line(facts),
        findings=tuple(lines),
        links=tuple(machine.link_lines(facts.links, facts.claims)),
        statistics=msgspec.Raw(msgspec.json.encode(facts.statistics.as_json())),
        rejected=machine.rejected_lines(facts.rejected),
        page=first_page(facts),
        units=_units(facts, work, desk),
        work=work,
        moved=lists.moved_rows(facts.statistics.moved, facts, desk),
        pairs=lists.pairs(facts, desk),
        sample=lists.sample(facts, desk),
        waiting=_waiting(facts, desk),
        full_names=facts.full_names,
    )


def pack(contents: Contents) -> bytes:
    """The contents as a run keeps them: compressed JSON, the same bytes for the same contents."""
    return zlib.compress(msgspec.json.encode(contents), 6)


def unpack(packed: bytes) -> Contents:
    """The contents of a past run; raises ``msgspec.ValidationError`` for another version's."""
    return msgspec.json.decode(zlib.decompress(packed), type=Contents)


def _units(facts: RunFacts, work: tuple[WorkRow, ...], desk: Desk) -> tuple[UnitRow, ...]:
    """Every unit that has figures or work, by name."""
    counts: dict[str, Counter[str]] = {}
    for row in work:
        counts.setdefault(row.unit, Counter())[row.kind] += 1
    figures = {desk.unit(code): found for code, found in facts.statistics.by_unit.items()}
    submitted = {desk.unit(line.unit): line for line in facts.submitted if line.unit}
    undetermined = Counter(desk.unit(one.unit) for one in facts.undetermined_overdue)
    return tuple(
        UnitRow(
            unit=name,
            submitted=(
                submitted_row("(1) Đã báo cáo", submitted[name]) if name in submitted else None
            ),
            recounted=form_row("(2) Đếm lại", figures[name].recorded) if name in figures else None,
            reconciled=(
                form_row("(3) Sau đối chiếu", figures[name].reconciled) if name in figures else None
            ),
            stuck=counts.get(name, Counter())["RETURNED_STILL_PENDING"],
            overdue=counts.get(name, Counter())["TRULY_OVERDUE"],
            undetermined=undetermined[name],
            work=counts.get(name, Counter()).total(),
        )
        for name in sorted({*figures, *counts, *undetermined, *submitted})
    )


def _waiting(facts: RunFacts, desk: Desk) -> tuple[WaitingRow, ...]:
    rows = [
        WaitingRow(
            code=words.clean(group.code),
            unit=desk.unit(group.unit),
            procedure=labels.PROCEDURES[group.procedure],
            person=desk.person(group.subject, None),
            registered_on=group.registered_on,
            waits_for=words.clean(group.waits_for),
            book=words.clean(group.book),
        )
        for group in facts.waiting_groups
    ]
    return tuple(sorted(rows, key=lambda row: (row.unit, row.code)))
