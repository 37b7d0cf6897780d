"""Links that a code settles: equal after repair of form, and no other person behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconcile.cases import Dossier
from reconcile.claims import Claim
from reconcile.linking.dossiers import codes_of
from reconcile.linking.same_person import Persons, compare
from reconcile.links import Link, LinkState, Method, Reason, Rival
from reconcile.text import codes
from reconcile.text.vietnamese import unit_key

#: Probabilities that are printed for links by code; people score theirs.
CERTAIN, NEARLY = 1.0, 0.9
_CODE_EQUAL = Reason("mã hồ sơ", "khớp", 30.0)
_WORDS = {
    Persons.AGREE: Reason("người trong hồ sơ", "khớp", 6.0),
    Persons.SILENT: Reason("người trong hồ sơ", "không có gì để so", 0.0),
    Persons.DOUBTFUL: Reason("người trong hồ sơ", "cùng gia đình, khác tên", -6.0),
    Persons.NAMESAKE: Reason("người trong hồ sơ", "cùng tên, mọi điều khác đều không khớp", -6.0),
    Persons.DIFFER: Reason("người trong hồ sơ", "là người khác", -30.0),
}


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """Which dossiers bear a code."""

    dossiers: Sequence[Dossier]
    by_code: dict[str, list[int]]

    @classmethod
    def of(cls, dossiers: Sequence[Dossier]) -> CodeIndex:
        by_code: dict[str, list[int]] = {}
        for at, dossier in enumerate(dossiers):
            for code in sorted({code for claim in dossier.claims for code in codes_of(claim)}):
                by_code.setdefault(code, []).append(at)
        return cls(dossiers, by_code)

    def bearing(self, wanted: Iterable[str]) -> list[int]:
        return sorted({at for code in wanted for at in self.by_code.get(code, ())})


def codes_in_row(row: Claim) -> Iterator[list[str]]:
    """The codes that the row gives for itself, the surest place first."""
    for text in (row.own_code, row.national_code):
        if text:
            whole = codes.normal(text)
            yield [whole] if whole else []
            yield codes.in_text(text)
    for text in (row.procedure_name, row.note):
        yield codes.in_text(text)


def by_code(
    row: Claim, index: CodeIndex, never: frozenset[tuple[str, str]] = frozenset()
) -> Link | None:
    """The link, conflict or doubt that the row's code settles; None when no dossier bears it."""
    for wanted in codes_in_row(row):
        bearing = [index.dossiers[at] for at in index.bearing(wanted)]
        found = [dossier for dossier in bearing if (row.key, dossier.anchor) not in never]
        if found:
            return _decide(row, found)
    return None


def _decide(row: Claim, found: list[Dossier]) -> Link:
    judged = [(compare(row, dossier), dossier) for dossier in found]
    for level in (Persons.AGREE, Persons.SILENT):
        fitting = [dossier for persons, dossier in judged if persons is level]
        fitting = _of_one_unit(row, fitting)
        if len(fitting) == 1:
            return _link(row, fitting[0], LinkState.AUTO, level)
        if fitting:
            return _link(row, fitting[0], LinkState.REVIEW, level, fitting[1])
    for level in (Persons.NAMESAKE, Persons.DOUBTFUL):
        doubtful = [dossier for persons, dossier in judged if persons is level]
        if doubtful:
            other = doubtful[1] if len(doubtful) > 1 else None
            return _link(row, doubtful[0], LinkState.REVIEW, level, other)
    reasons = (_CODE_EQUAL, _WORDS[Persons.DIFFER])
    conflict = found[0].anchor
    return Link(row.key, None, Method.NONE, 0.0, LinkState.NONE, None, reasons, conflict)


def _of_one_unit(row: Claim, fitting: list[Dossier]) -> list[Dossier]:
    """Where several dossiers bear the code, those letter for letter, else those of the unit."""
    if len(fitting) < 2:
        return fitting
    texts = {codes.own(text) for text in (row.own_code, row.national_code) if text}
    exact = [
        dossier
        for dossier in fitting
        if any({c.own_code, c.national_code} & texts for c in dossier.claims)
    ]
    if len(exact) == 1:
        return exact
    unit = unit_key(row.unit) if row.unit else ""
    near = [d for d in fitting if unit and any(unit_key(c.unit) == unit for c in d.claims)]
    return near or fitting


def _link(
    row: Claim, dossier: Dossier, decision: LinkState, level: Persons, other: Dossier | None = None
) -> Link:
    probability = CERTAIN if decision is LinkState.AUTO else NEARLY if other is None else 0.5
    rival = None if other is None else Rival(other.anchor, probability)
    reasons = (_CODE_EQUAL, _WORDS[level])
    return Link(row.key, dossier.anchor, Method.CODE, probability, decision, rival, reasons)
