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
from worker.reports.written import Lines
from worker.store.findings import FoundRows, StoredFinding, UndecidedDossier
from worker.store.piles import LaidDiscrepancy


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of findings that are other than before, made while they are written."""

    lines: Lines
    remembered: Mapping[str, Discrepancy]

    def __iter__(self) -> Iterator[StoredFinding]:
        for tracked in self.lines.facts.findings:
            finding = tracked.finding
            if finding.id in self.lines.of and finding.id in self.remembered:
                row = self.lines.of[finding.id].row
                yield StoredFinding(
                    discrepancy_id=finding.id,
                    unit=self.remembered[finding.id].unit,
                    kind=row.kind,
                    own_key=code_key(row.code),
                    national_key=code_key(row.national_code),
                    due_on=row.due_on,
                    payload=self.lines.payload(finding.id),
                    standing=_standing(finding, row.shelf),
                    made_of=self.lines.made_of[finding.id],
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
    lines: Lines, contents: Contents, remembered: Mapping[str, Discrepancy], *, whole: bool
) -> FoundRows:
    """All that a run found; ``remembered`` are the discrepancies once it is applied, by id.

    ``whole``: it is what there is in the office.
    """
    found = frozenset(one.finding.id for one in lines.facts.findings) if whole else None
    return FoundRows(_Rows(lines, remembered), _undecided(contents), standing=found)


def only_undetermined(contents: Contents, *, moved: bool = False) -> FoundRows:
    """Of a run that moves nothing, or that found what stands there already.

    ``moved``: it decided anew, so that no row says any longer what it would be made of now.
    """
    return FoundRows((), _undecided(contents), standing=frozenset() if moved else None)


def _undecided(contents: Contents) -> dict[str, UndecidedDossier]:
    """The dossiers that the run called overdue and undecided, by anchor."""
    return {
        row.anchor: UndecidedDossier(
            row.unit_key or row.unit, row.due_on, known.pack_undecided(row)
        )
        for row in contents.undecided
    }


def code_key(code: str) -> str:
    """The comparable form under which a finding's dossier is looked up."""
    return codes.normal(code) or code
