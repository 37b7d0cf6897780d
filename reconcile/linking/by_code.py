"""Links that a code settles: equal after repair of form, and nothing on the papers against it.

A code is a witness, not a judge. Where the procedure's class, the people, a date or the dossier's
end contradict it, it settles nothing: the row goes on to ``people``, the code as one field among
others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconcile.cases import Dossier, Link, LinkState, Method, Reason
from reconcile.claims import Claim
from reconcile.linking.candidates import DAYS_AROUND
from reconcile.linking.columns import ENDED, event_of, how_it_ended
from reconcile.linking.dossiers import codes_of
from reconcile.linking.fragments import WHOLE_CODE
from reconcile.linking.owners import Owners
from reconcile.linking.same_person import Persons, compare
from reconcile.text import codes
from reconcile.text.vietnamese import unit_key

#: The probability that is printed for links by code; people score theirs.
CERTAIN = 1.0
_CODE_EQUAL = Reason("mã hồ sơ", "khớp", WHOLE_CODE)
_WORDS = {
    Persons.AGREE: Reason("người trong hồ sơ", "khớp", 6.0),
    Persons.SILENT: Reason("người trong hồ sơ", "không có gì để so", 0.0),
}
#: Why a code is not believed.
_ANOTHER_CLASS = "là mã của hồ sơ khác loại thủ tục"
_GIVEN_UP = "là mã của hồ sơ đã rút, bị từ chối hoặc dừng xử lý"
_ANOTHER_TIME = "là mã của hồ sơ nhận vào ngày khác"
_AGAINST = {
    Persons.DOUBTFUL: "là mã của hồ sơ cùng gia đình hoặc cùng tên, có điều không khớp",
    Persons.DIFFER: "là mã của hồ sơ mang tên người khác",
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


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A code that a dossier bears and that is not believed: why, and whether by another person."""

    reason: Reason
    conflict: str | None  # the dossier's anchor, where it clearly is another person's


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
    row: Claim,
    index: CodeIndex,
    owners: Owners,
    never: frozenset[tuple[str, str]] = frozenset(),
) -> Link | Contradicted | None:
    """The link that the row's code settles, or why it does not; None when no dossier bears it."""
    for wanted in codes_in_row(row):
        bearing = [index.dossiers[at] for at in index.bearing(wanted)]
        found = [dossier for dossier in bearing if (row.key, dossier.anchor) not in never]
        if found:
            return _decide(row, found, owners)
    return None


def _decide(row: Claim, found: list[Dossier], owners: Owners) -> Link | Contradicted | None:
    judged = [(*_against(row, dossier, owners), dossier) for dossier in found]
    for level in (Persons.AGREE, Persons.SILENT):
        fitting = [one for persons, why, one in judged if persons is level and not why]
        fitting = _of_one_unit(row, fitting)
        if len(fitting) == 1 and _days_apart(row, fitting[0]) == 0:
            reasons = (_CODE_EQUAL, _WORDS[level])
            anchor = fitting[0].anchor
            return Link(row.key, anchor, Method.CODE, CERTAIN, LinkState.AUTO, None, reasons)
        if fitting:
            return None  # several dossiers, or another day: what else is known tells which
    _, why, dossier = judged[0]
    conflict = dossier.anchor if all(one is Persons.DIFFER for one, _, _ in judged) else None
    return Contradicted(not_believed(why), conflict)


def not_believed(why: str) -> Reason:
    """The reason that an official reads."""
    return Reason("mã hồ sơ", why, 0.0)


def _against(row: Claim, dossier: Dossier, owners: Owners) -> tuple[Persons, str]:
    """What the people say, and what speaks against the code; empty if nothing does."""
    persons = compare(row, dossier, owners)
    events = event_of(row), next(filter(None, map(event_of, dossier.claims)), "")
    if all(events) and events[0] != events[1]:
        return persons, _ANOTHER_CLASS
    ended = next(filter(None, map(how_it_ended, dossier.claims)), 0)
    if ended == ENDED and how_it_ended(row) != ENDED:
        return persons, _GIVEN_UP
    if _days_apart(row, dossier) > DAYS_AROUND:
        return persons, _ANOTHER_TIME
    return persons, _AGAINST.get(persons, "")


def _days_apart(row: Claim, dossier: Dossier) -> int:
    """Days between reception on paper and in the software; 0 where one of them is not told."""
    days = [claim.received_on for claim in dossier.claims if claim.received_on]
    if not days or row.received_on is None:
        return 0
    return min(abs((row.received_on - day).days) for day in days)


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
