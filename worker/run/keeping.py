"""What a run found, as the rows that the store keeps of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconcile.findings import Finding
from reconcile.lifecycle import Discrepancy
from reconcile.steps import dossiers_of, step_of, urgency
from reconcile.text import codes
from worker.reports import known
from worker.reports.contents import Contents
from worker.reports.facts import RunFacts
from worker.store.findings import FoundRows, StoredFinding, UndecidedDossier
from worker.store.piles import LaidDiscrepancy


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a run's findings, made while they are written: of 60,000 none waits in memory."""

    facts: RunFacts
    contents: Contents
    remembered: Mapping[str, Discrepancy]

    def __iter__(self) -> Iterator[StoredFinding]:
        findings = {one.finding.id: one.finding for one in self.facts.findings}
        for one in known.known(self.facts, self.contents):
            if one.row.id in self.remembered:
                yield StoredFinding(
                    discrepancy_id=one.row.id,
                    unit=self.remembered[one.row.id].unit,
                    kind=one.row.kind,
                    own_key=code_key(one.row.code),
                    national_key=code_key(one.row.national_code),
                    due_on=one.row.due_on,
                    payload=known.pack(one),
                    standing=_standing(findings[one.row.id], one.row.shelf),
                )


def _standing(finding: Finding, shelf: int) -> LaidDiscrepancy:
    """A grouped line lies beside the dossier in whose name it stands: it speaks of many."""
    step = step_of(finding)
    return LaidDiscrepancy(
        id=finding.id,
        dossier=dossiers_of(finding)[0] + ("*" if finding.members else ""),
        step=step.value,
        waits=bool(finding.waits_for),
        urgency=urgency(finding.kind, step),
        shelf=shelf,
    )


def found_rows(
    facts: RunFacts, contents: Contents, remembered: Mapping[str, Discrepancy]
) -> FoundRows:
    """All that a run found; ``remembered`` are the discrepancies once it is applied, by id."""
    return FoundRows(_Rows(facts, contents, remembered), _undecided(contents))


def only_undetermined(contents: Contents) -> FoundRows:
    """Of a run that moves nothing, or that found what stands there already."""
    return FoundRows((), _undecided(contents))


def _undecided(contents: Contents) -> dict[str, UndecidedDossier]:
    """The dossiers that the run called overdue and undecided, by anchor."""
    return {
        row.anchor: UndecidedDossier(
            row.unit_key or row.unit, row.unit, row.due_on, known.pack_undecided(row)
        )
        for row in contents.undecided
    }


def code_key(code: str) -> str:
    """The comparable form under which a finding's dossier is looked up."""
    return codes.normal(code) or code
