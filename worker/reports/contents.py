"""Decides what a report shows. ``draw_xlsx.py`` and its like only draw it.

``Contents`` holds the whole report as plain values. A run keeps it compressed, so that any past
run can be written again, byte for byte.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date

import msgspec
from msgspec.structs import replace

from reconcile import labels
from reconcile.claims import Procedure
from reconcile.figures.form import Table
from reconcile.findings import Kind
from worker import words
from worker.reports import earlier, link_lines, lists, machine
from worker.reports.dossiers import Tally
from worker.reports.facts import RunFacts, counted
from worker.reports.figures import (
    ROW_RECONCILED,
    ROW_RECOUNTED,
    ROW_SUBMITTED,
    FormRow,
    form_row,
    submitted_row,
)
from worker.reports.firstpage import FirstPage, first_page
from worker.reports.freezes import CorrectionRow, correction_rows
from worker.reports.lists import MovedRow, PairRow
from worker.reports.machine import FindingLine, RejectedLine, RunLine
from worker.reports.packing import LEVEL, Packed, PackedRows, as_json, each, keep, keep_lines, lines
from worker.reports.sampled import check_as_json
from worker.reports.signs import SIGNS, seen
from worker.reports.undecided import UndecidedRow, undecided_rows
from worker.reports.work import Desk, UnitWork, WorkRow
from worker.reports.written import Lines

FINDINGS = "findings.jsonl"
LINKS = "links.jsonl"
REJECTED = "rejected.jsonl"
STATISTICS = "statistics.json"

#: How zlib begins; no object of msgpack with fields begins so.
_COMPRESSED = b"\x78"

#: Raised when the shape of Contents changes; a report of an older shape is read by its number.
VERSION = 2


class UnitRow(msgspec.Struct, frozen=True):
    """The figures of one unit, and its three numbers."""

    unit: str
    submitted: FormRow | None
    recounted: FormRow | None
    reconciled: FormRow | None
    stuck: int | None  # None: not judged
    overdue: int | None
    undetermined: int | None  # all that could not be decided, as on page one
    work: int | None
    undetermined_overdue: int | None = None  # of ``undetermined``: quá hạn, chưa kết luận
    signs: tuple[str, ...] = ()  # of a made-up register

    @property
    def rows(self) -> tuple[FormRow, ...]:
        """The lines that there are, the submitted one first."""
        lines = (self.submitted, self.recounted, self.reconciled)
        return tuple(line for line in lines if line is not None)


class FieldRow(msgspec.Struct, frozen=True):
    """The figures of one field (lĩnh vực): a class of procedures."""

    field: str
    recounted: FormRow
    reconciled: FormRow


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
    """Everything that the files of a run say; long lists are kept compressed."""

    version: int
    run: RunLine
    files: dict[str, Packed]  # the machine-readable files but run.json, compressed
    page: FirstPage
    units: tuple[UnitRow, ...]
    unit_work: tuple[UnitWork, ...]
    moved_rows: PackedRows
    pairs: tuple[PairRow, ...]
    waiting: tuple[WaitingRow, ...]
    full_names: bool
    correction_rows: PackedRows = PackedRows(0, ())
    fields: tuple[FieldRow, ...] = ()
    undecided_rows: PackedRows = PackedRows(0, ())

    @property
    def undecided(self) -> Iterator[UndecidedRow]:
        return each(self.undecided_rows, UndecidedRow)

    @property
    def tally(self) -> Tally:
        """How many dossiers do not agree, in all units."""
        return sum((unit.tally for unit in self.unit_work), Tally())

    @property
    def dossiers(self) -> Iterator[WorkRow]:
        """One line a dossier, unit after unit."""
        return (row for unit in self.unit_work for row in unit.dossiers())

    @property
    def work(self) -> Iterator[WorkRow]:
        """Every line of work, unit after unit."""
        return (row for unit in self.unit_work for row in unit.each())

    @property
    def corrections(self) -> Iterator[CorrectionRow]:
        return each(self.correction_rows, CorrectionRow)

    @property
    def moved(self) -> Iterator[MovedRow]:
        return each(self.moved_rows, MovedRow)

    @property
    def findings(self) -> Iterator[FindingLine]:
        decoder = msgspec.json.Decoder(FindingLine)
        return (decoder.decode(line) for line in lines(self.files[FINDINGS]))

    @property
    def rejected(self) -> Iterator[RejectedLine]:
        decoder = msgspec.json.Decoder(RejectedLine)
        return (decoder.decode(line) for line in lines(self.files[REJECTED]))


def build(facts: RunFacts, lines: Lines | None = None) -> Contents:
    """What the report of one run shows, in its final order; ``lines`` are those of ``facts``."""
    lines = lines or lines_of(facts)
    desk, unit_work = lines.desk, lines.work()
    return Contents(
        version=VERSION,
        run=machine.run_line(facts),
        files=_machine_files(facts, lines),
        page=first_page(facts, sum((unit.tally for unit in unit_work), Tally())),
        units=_units(facts, desk),
        unit_work=unit_work,
        moved_rows=keep(lists.moved_rows(facts.statistics.moved, facts, desk)),
        pairs=lists.pairs(facts, desk),
        waiting=_waiting(facts, desk),
        full_names=facts.full_names,
        correction_rows=keep(correction_rows(facts, desk)),
        fields=_fields(facts),
        undecided_rows=keep(undecided_rows(facts, desk)),
    )


def lines_of(facts: RunFacts) -> Lines:
    """The lines of a run's findings, to be made."""
    return Lines(facts, Desk(facts))


def _machine_files(facts: RunFacts, lines: Lines) -> dict[str, Packed]:
    told = facts.statistics.as_json()
    if facts.check:
        told = {**told, "check": check_as_json(facts.check)}
    figures = msgspec.json.encode(told)
    return {
        FINDINGS: keep_lines(lines.for_scripts()),
        LINKS: (
            link_lines.blocks(facts.links, facts.claims)
            if facts.link_blocks is None
            else facts.link_blocks
        ),
        REJECTED: keep_lines(as_json(machine.rejected_lines(facts.rejected))),
        STATISTICS: zlib.compress(msgspec.json.format(figures, indent=2) + b"\n", LEVEL),
    }


def pack(contents: Contents) -> bytes:
    """The contents as a run keeps them, the same bytes for the same contents.

    Not compressed as a whole: the long lists inside are, and the store does it once more.
    """
    return msgspec.msgpack.encode(contents)


def unpack(packed: bytes) -> Contents:
    """The contents of a past run; raises ``msgspec.DecodeError`` for another version's."""
    if packed.startswith(_COMPRESSED):  # as runs kept them before version 0011 of the database
        packed = zlib.decompress(packed)
    contents = msgspec.msgpack.decode(packed, type=Contents)
    return contents if contents.version >= VERSION else _brought_up(contents)


def _brought_up(contents: Contents) -> Contents:
    units = contents.units
    if not earlier.knows_overdue(contents.page):
        units = tuple(replace(unit, overdue=unit.overdue or None) for unit in units)
    return replace(
        contents,
        page=earlier.first_page(contents.page),
        units=tuple(replace(unit, undetermined_overdue=unit.undetermined) for unit in units),
        unit_work=earlier.unit_work(contents.unit_work),
    )


def _units(facts: RunFacts, desk: Desk) -> tuple[UnitRow, ...]:
    """Every unit that has figures or work, by name."""
    counts: dict[str, Counter[Kind]] = {}
    for tracked in facts.findings:
        finding = tracked.finding
        counts.setdefault(desk.unit(finding.unit), Counter())[finding.kind] += 1
    left: dict[str, Counter[Kind]] = {}
    for one in facts.left_open:
        left.setdefault(desk.unit(one.unit), Counter())[one.kind] += 1

    looked_at, unjudged = _judged(facts, desk)

    def count(unit: str, *wanted: Kind) -> int | None:
        found, known = (of.get(unit, Counter[Kind]()) for of in (counts, left))
        open_question = unit not in looked_at or any(unit in unjudged[kind] for kind in wanted)
        return counted(
            sum(found[kind] for kind in wanted),
            sum(known[kind] for kind in wanted) or (bool(facts.reach) and open_question),
        )

    figures = {desk.unit(code): found for code, found in facts.statistics.by_unit.items()}
    submitted = {desk.unit(line.unit): line for line in facts.submitted if line.unit}
    overdue = Counter(desk.unit(one.unit) for one in facts.undetermined_overdue)
    undecided = Counter(overdue)
    for group in facts.undecided:
        undecided[desk.unit(group.unit)] += group.cases
    if facts.undecided:  # the overdue ones are among them
        undecided -= overdue
    signs = _signs(facts, desk)

    def unsure(unit: str, of: Counter[str]) -> int | None:
        return counted(of[unit], bool(facts.reach) and unit not in looked_at)

    rated = facts.is_counted and facts.statistics.covered

    def row(letter: str, what: str, table: Table) -> FormRow:
        return form_row(f"{letter}. {what}", table, counted=facts.is_counted, rated=rated)

    return tuple(
        UnitRow(
            unit=name,
            submitted=(
                submitted_row(f"{ROW_SUBMITTED}. Đã báo cáo", submitted[name])
                if name in submitted
                else None
            ),
            recounted=(
                row(ROW_RECOUNTED, "Đếm lại", figures[name].recorded) if name in figures else None
            ),
            reconciled=(
                row(ROW_RECONCILED, "Sau đối chiếu", figures[name].reconciled)
                if name in figures
                else None
            ),
            stuck=count(name, Kind.RETURNED_STILL_PENDING),
            overdue=count(name, Kind.TRULY_OVERDUE),
            undetermined=unsure(name, undecided),
            undetermined_overdue=unsure(name, overdue),
            work=count(name, *Kind),
            signs=tuple(signs.get(name, ())),
        )
        for name in sorted({*figures, *counts, *left, *undecided, *submitted, *looked_at})
    )


def _judged(facts: RunFacts, desk: Desk) -> tuple[set[str], dict[Kind, set[str]]]:
    """The units that were looked at, and by kind those where it was not judged, as shown."""
    reach = facts.reach
    looked_at = {desk.unit(unit) for one in reach.values() for unit in one.units}
    unjudged = {
        kind: {desk.unit(unit) for unit in reach[kind].unjudged} if kind in reach else set[str]()
        for kind in Kind
    }
    return looked_at, unjudged


def _signs(facts: RunFacts, desk: Desk) -> dict[str, list[str]]:
    """What is to be looked at in the registers of each unit."""
    found: dict[str, list[str]] = {}
    for one in facts.suspects:
        if one.unit:
            said = f"{SIGNS[one.sign]} ({seen(one)})"
            found.setdefault(desk.unit(one.unit), []).append(said)
    return found


def _fields(facts: RunFacts) -> tuple[FieldRow, ...]:
    """The form by class of procedure: what is reconciled first, the rest as it was counted."""
    names = {one: one.value or "unknown" for one in Procedure}
    found = facts.statistics.by_class
    counted_ = facts.is_counted
    rated = counted_ and facts.statistics.covered
    return tuple(
        FieldRow(
            field=labels.PROCEDURES[one],
            recounted=form_row(
                f"{ROW_RECOUNTED}. Đếm lại", found[name].recorded, counted=counted_, rated=rated
            ),
            reconciled=form_row(
                f"{ROW_RECONCILED}. Sau đối chiếu",
                found[name].reconciled,
                counted=counted_,
                rated=rated,
            ),
        )
        for one, name in names.items()
        if name in found
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
