"""What registers say of themselves: gaps in a declared book, a book that was printed, not kept.

A register that was printed from the one-stop software proves nothing (it is circular); when its
rows and their order equal the export's, letter for letter, it is suspected to be one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reconcile import codes
from reconcile.claims import Claim, Place, RegisterType, Role
from reconcile.coverage import Declaration, gaps
from reconcile.vietnamese import unit_key

#: Fewer rows than this may well be kept in the order of the software by chance.
FEWEST = 10
#: Of the rows: how many bear a code of the export, and the same names letter for letter.
ALIKE = 0.98
#: Of the export's dossiers between the first and the last row: how many the register holds.
WHOLE = 0.9
_NUMBER = re.compile(r"\s*0*(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Printed:
    """A register file that looks like a print of the one-stop software's own list."""

    source: str
    file: str
    rows: int


def printed(claims: Iterable[Claim]) -> tuple[Printed, ...]:
    """Every register file whose rows and order equal the one-stop software's."""
    by_file: dict[tuple[str, str], list[tuple[Place, Claim]]] = defaultdict(list)
    listed: dict[tuple[str, str], list[tuple[Place, Claim]]] = defaultdict(list)
    for claim in claims:
        if not claim.is_row and claim.role is not Role.ONE_STOP:
            continue
        files = by_file if claim.is_row else listed
        for place in claim.places:
            files[claim.source, place.file].append((place, claim))
    exports = [_List.of(rows) for _, rows in sorted(listed.items())]
    return tuple(
        Printed(source, file, len(rows))
        for (source, file), rows in sorted(by_file.items())
        if len(rows) >= FEWEST and any(export.equals(_in_order(rows)) for export in exports)
    )


@dataclass(frozen=True, slots=True)
class _List:
    """One export: its dossiers in order, and where each code stands."""

    dossiers: Sequence[Claim]
    at: Mapping[str, int]

    @classmethod
    def of(cls, rows: Sequence[tuple[Place, Claim]]) -> _List:
        dossiers = _in_order(rows)
        return cls(dossiers, {codes.normal(one.own_code): n for n, one in enumerate(dossiers)})

    def equals(self, rows: Sequence[Claim]) -> bool:
        """The rows are these dossiers, in this order or its reverse, typed alike."""
        found = [(row, self.at.get(codes.normal(row.own_code))) for row in rows if row.own_code]
        pairs = [(row, at) for row, at in found if at is not None]
        if len(pairs) < ALIKE * len(rows):
            return False
        places = [at for _, at in pairs]
        steps = [after - before for before, after in pairwise(places)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            return False
        alike = sum(_typed_alike(row, self.dossiers[at]) for row, at in pairs)
        units = {self.dossiers[at].unit for at in places}
        between = self.dossiers[min(places) : max(places) + 1]
        there = sum(one.unit in units for one in between)
        return alike >= ALIKE * len(pairs) and len(pairs) >= WHOLE * there


def _in_order(rows: Sequence[tuple[Place, Claim]]) -> list[Claim]:
    return [claim for _, claim in sorted(rows, key=lambda one: (one[0], one[1].key))]


def _typed_alike(row: Claim, dossier: Claim) -> bool:
    """Every name that both give is the same to the letter; a clerk's own typing seldom is."""
    pairs = ((row.subject, dossier.subject), (row.applicant, dossier.applicant))
    return row.own_code == dossier.own_code and all(a == b for a, b in pairs if a and b)


def missing_numbers(declared: Declaration, rows: Iterable[Claim]) -> tuple[tuple[int, int], ...]:
    """The numbers, as ranges, that a declared book of one source should hold and does not.

    Numbers begin again each year: only rows of the year up to which the book was declared count.
    """
    return gaps(declared, [number for row in rows for number in _number(declared, row)])


def _number(declared: Declaration, row: Claim) -> Iterable[int]:
    day = row.registered_on or row.received_on or row.returned_on
    if day is not None and day.year != declared.until.year:
        return
    if declared.register_type not in (RegisterType.NONE, row.register_type):
        return
    units = {unit_key(unit) for unit in (row.unit, row.receiving_unit) if unit}
    if declared.unit and units and unit_key(declared.unit) not in units:
        return
    if found := _NUMBER.match(row.number):
        yield int(found.group(1))
