"""The lines of a report's findings, each made anew only where what it is made of is another.

The row that a run keeps of a finding holds both of its lines, the one that people read and the one
that scripts read. What nothing touched since is taken from there.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from reconcile.steps import Step, dossiers_of, step_of
from worker import words
from worker.reports.ages import TrendRow
from worker.reports.dossiers import DossierWork, dossiers, rank, tally
from worker.reports.facts import MadeRow, RunFacts, Tracked
from worker.reports.machine import finding_line
from worker.reports.packing import keep
from worker.reports.work import Desk, Natural, UnitWork, WorkRow, also, evidence_of, shelf_of


class WrittenFinding(msgspec.Struct, frozen=True, gc=False):
    """What a run writes of a finding: ``row`` for people, ``line`` for scripts, and for the first
    of its dossier where it stands in the books. As ``known.KnownDiscrepancy``, its line unread."""

    row: WorkRow
    line: msgspec.Raw
    books: Natural
    step: Step
    evidence: str
    dossiers: tuple[str, ...]


#: Dossiers whose rows are in memory at once.
AT_ONCE = 1_000
_json = msgspec.json.Encoder().encode
_parts = msgspec.msgpack.Encoder().encode
_written = msgspec.json.Decoder(WrittenFinding).decode


class Lines:
    """The lines of one run's findings, by id, once ``work`` was asked for.

    ``of`` holds those that are other than the row that a run before kept.
    """

    def __init__(self, facts: RunFacts, desk: Desk) -> None:
        self.facts, self.desk = facts, desk
        self.of: dict[str, WrittenFinding] = {}
        self.made_of: dict[str, bytes] = {}
        self._for_scripts: dict[str, bytes] = {}

    def work(self) -> tuple[UnitWork, ...]:
        """Every finding as a line of work: a dossier stands in the unit that has the next step."""
        by_unit: dict[str, list[DossierWork]] = {}
        for dossier in dossiers(self.facts.findings):
            by_unit.setdefault(self.desk.unit(dossier.first.finding.unit), []).append(dossier)
        trends, found = self._trends(), list[UnitWork]()
        for units in _together(by_unit):
            written = self.facts.written(_ids(by_unit[unit] for unit in units))
            found += (
                self._unit_work(unit, by_unit[unit], trends.get(unit, ()), written)
                for unit in units
            )
        return tuple(found)

    def for_scripts(self) -> Iterator[bytes]:
        """The lines of findings.jsonl, by unit, kind and id."""

        def order(tracked: Tracked) -> tuple[str, str, str]:
            finding = tracked.finding
            return (finding.unit, finding.kind.value, finding.id)

        return (self._for_scripts[one.finding.id] for one in sorted(self.facts.findings, key=order))

    def payload(self, name: str) -> bytes:
        """What the row of a finding holds."""
        return _json(self.of[name])

    def _trends(self) -> dict[str, tuple[TrendRow, ...]]:
        """By unit as it is shown; two codes of one unit are counted together."""
        counts: dict[str, Counter[date]] = {}
        for point in self.facts.trend:
            if point.unit:
                counts.setdefault(self.desk.unit(point.unit), Counter())[point.on] += point.open
        return {
            unit: tuple(TrendRow(day, count[day]) for day in sorted(count))
            for unit, count in counts.items()
            if len(count) > 1
        }

    def _unit_work(
        self,
        unit: str,
        found: list[DossierWork],
        trend: tuple[TrendRow, ...],
        written: Mapping[str, MadeRow],
    ) -> UnitWork:
        found = sorted(found, key=_urgency)
        before = [
            [self._before(dossier, one, written) for one in dossier.found] for dossier in found
        ]
        books = [
            kept[0].books if kept[0] else shelf_of(self.desk.row_of(dossier.first.finding))
            for dossier, kept in zip(found, before, strict=True)
        ]
        walk = sorted(range(len(found)), key=lambda index: (books[index], index))
        places = {index: place for place, index in enumerate(walk)}
        counted = tally(found)
        rows = [
            self._line(dossier, tracked, kept, places[index], books[index])
            for index, dossier in enumerate(found)
            for tracked, kept in zip(dossier.found, before[index], strict=True)
        ]
        return UnitWork(
            unit=unit, closing=counted.closing, tally=counted, rows=keep(rows), trend=trend
        )

    def _before(
        self, dossier: DossierWork, tracked: Tracked, written: Mapping[str, MadeRow]
    ) -> WrittenFinding | None:
        """What a run before wrote of the finding, where it would be made of the same now."""
        finding, lead = tracked.finding, tracked is dossier.first
        made_of = hashlib.blake2b(
            _parts(
                (
                    tracked,
                    (dossier.count, also(dossier)) if lead else (),
                    (dossier.step, dossier.part, self.desk.unit(finding.unit)),
                    self.facts.papers.get(finding.id, ()),
                    (self.facts.scope.as_of, self.facts.scope.as_of_given),
                )
            ),
            digest_size=16,
        ).digest()
        self.made_of[finding.id] = made_of
        then, payload = written.get(finding.id, (b"", b""))
        return _written(payload) if then == made_of else None

    def _line(
        self,
        dossier: DossierWork,
        tracked: Tracked,
        before: WrittenFinding | None,
        shelf: int,
        books: Natural,
    ) -> WorkRow:
        name, now = tracked.finding.id, before
        if now is None:
            now = self._anew(dossier, tracked, shelf, books)
        elif now.row.shelf != shelf:
            row = msgspec.structs.replace(now.row, shelf=shelf)
            now = msgspec.structs.replace(now, row=row)
        if now is not before:
            self.of[name] = now
        self._for_scripts[name] = bytes(now.line)
        return now.row

    def _anew(
        self, dossier: DossierWork, tracked: Tracked, shelf: int, books: Natural
    ) -> WrittenFinding:
        row, finding = self.desk.line(dossier, tracked, shelf), tracked.finding
        return WrittenFinding(
            row,
            line=msgspec.Raw(_json(finding_line(tracked, self.facts))),
            books=books if tracked is dossier.first else (),
            step=step_of(finding),
            evidence=words.clean("; ".join(evidence_of(finding))),
            dossiers=dossiers_of(finding),
        )


def _together(by_unit: Mapping[str, list[DossierWork]]) -> Iterator[list[str]]:
    """The units in order, so many at once that their rows are asked for in few questions."""
    units, count = list[str](), 0
    for unit in sorted(by_unit):
        units.append(unit)
        count += len(by_unit[unit])
        if count >= AT_ONCE:
            yield units
            units, count = [], 0
    yield units


def _ids(some: Iterable[list[DossierWork]]) -> list[str]:
    return [one.finding.id for found in some for dossier in found for one in dossier.found]


def _urgency(dossier: DossierWork) -> tuple[tuple[int, int], int, str]:
    finding = dossier.first.finding
    return (rank(dossier.step, dossier.part), -finding.days_open, finding.id)
