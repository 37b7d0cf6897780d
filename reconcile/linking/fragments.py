"""What a damaged code or a register number adds to a pair: never enough alone, often decisive.

A code that lost the part before its first dash, or has one digit wrong, and the book and number
under which both sides filed the dossier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from reconcile import codes
from reconcile.cases import Dossier
from reconcile.claims import Claim, RegisterType, Role
from reconcile.linking.dossiers import codes_of
from reconcile.vietnamese import unit_key

#: Bits: date and number of the code, with and without the unit that must bear it; one digit
#: wrong; only the number of the day; a whole code of the same agency that is another.
SHORT_IN_UNIT, SHORT, MISTYPED, TAIL, OTHER_CODE = 20.0, 12.0, 10.0, 5.0, -5.0
#: The same register, unit, year, book and number.
SAME_NUMBER = 22.0
_TAIL = re.compile(r"^\D{0,3}(\d{3,6})$")


@dataclass(frozen=True, slots=True)
class Clues:
    """Bits by position of row and dossier, from codes and from numbers."""

    code: dict[tuple[int, int], float] = field(default_factory=dict)
    number: dict[tuple[int, int], float] = field(default_factory=dict)

    def pairs(self) -> list[tuple[int, int]]:
        return sorted(set(self.code) | set(self.number))


class Fragments:
    """Dossiers by the parts of their codes, and by their numbers in the registers."""

    def __init__(self, dossiers: Sequence[Dossier], rows: Iterable[Claim]) -> None:
        self._dossiers = dossiers
        wanted = {part for row in rows for text in _texts(row) for part in _wanted(text)}
        self._by_part: dict[str, list[int]] = {}
        self._by_number: dict[tuple[str, ...], list[int]] = {}
        for at, dossier in enumerate(dossiers):
            for code in self._codes(at) if wanted else ():
                for part in _parts(code):
                    if part in wanted:
                        self._by_part.setdefault(part, []).append(at)
            for claim in dossier.claims:
                for number in _numbers(claim):
                    self._by_number.setdefault(number, []).append(at)

    def _codes(self, at: int) -> list[str]:
        claims = self._dossiers[at].claims
        return list(dict.fromkeys(code for claim in claims for code in codes_of(claim)))

    def _units(self, at: int) -> set[str]:
        return {unit_key(claim.unit) for claim in self._dossiers[at].claims if claim.unit}

    def clues(self, rows: Iterable[tuple[int, Claim]]) -> Clues:
        """What the rows (position and claim) that no whole code settled still tell."""
        clues = Clues()
        for at, row in rows:
            for text in _texts(row):
                for dossier in self._bearing(text):
                    bits = self.weigh(text, row, dossier)
                    if bits > 0:
                        pair = (at, dossier)
                        clues.code[pair] = max(bits, clues.code.get(pair, 0.0))
            for number in _numbers(row):
                for dossier in self._by_number.get(number, ()):
                    clues.number[at, dossier] = SAME_NUMBER
        return clues

    def weigh(self, text: str, row: Claim, dossier: int) -> float:
        """What the code as written says of the dossier, in bits."""
        known = self._codes(dossier)
        short = codes.short(text)
        if short:
            if not any(code.endswith("-" + short) for code in known):
                return 0.0
            in_unit = bool(row.unit) and unit_key(row.unit) in self._units(dossier)
            return SHORT_IN_UNIT if in_unit else SHORT
        tail = _TAIL.match(text.strip())
        if tail:
            return TAIL if any(code.endswith("-" + tail.group(1)) for code in known) else 0.0
        whole = codes.normal(text)
        if any(_mistyped(whole, code) for code in known):
            return MISTYPED
        agency = whole.split("-")[0]
        return OTHER_CODE if any(code.split("-")[0] == agency for code in known) else 0.0

    def _bearing(self, text: str) -> list[int]:
        return sorted({at for part in _wanted(text) for at in self._by_part.get(part, ())})


def weigh_seen(
    fragments: Fragments, rows: Mapping[int, Claim], pairs: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int, float]]:
    """What codes say of pairs found otherwise: the tail of a code, or quite another code."""
    for row, dossier in pairs:
        claim = rows[row]
        bits = [fragments.weigh(text, claim, dossier) for text in _texts(claim)]
        if bits:
            yield row, dossier, max(bits, key=abs)


def _texts(row: Claim) -> list[str]:
    return [text for text in (row.own_code, row.national_code) if text]


def _wanted(text: str) -> list[str]:
    """The parts by which dossiers are found that the text may mean."""
    short = codes.short(text)
    return [f"*-{short}"] if short else _parts(codes.normal(text))


def _parts(code: str) -> list[str]:
    """Three halves of a code: one wrong digit leaves at least one of them whole."""
    parts = code.split("-")
    if len(parts) != 3:
        return []
    agency, day, tail = parts
    return [f"{agency}-{day}-*", f"{agency}-*-{tail}", f"*-{day}-{tail}"]


def _mistyped(one: str, other: str) -> bool:
    """One sign wrong, lost, doubled or two of them swapped; or only zeros of the number lost."""
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return True
    a, b = one.split("-"), other.split("-")
    return len(a) == len(b) == 3 and a[:2] == b[:2] and a[2].lstrip("0") == b[2].lstrip("0")


def _numbers(claim: Claim) -> Iterator[tuple[str, ...]]:
    """The keys of a claim's register number: receipt and registration are different spaces."""
    if not claim.number:
        return
    number = re.sub(r"\D.*$", "", claim.number.strip()).lstrip("0")
    unit = unit_key(claim.unit) if claim.unit else ""
    if not number or not unit:
        return
    book = claim.book.partition("/")[0]
    space = _space(claim)
    day = claim.received_on if space == "receipt" else claim.registered_on or claim.finished_on
    written = re.search(r"(?:19|20)\d\d", claim.book) or re.search(
        r"/((?:19|20)\d\d)", claim.number
    )
    when = written.group(0).strip("/") if written else str(day.year) if day else ""
    if when:
        yield space, unit, when, re.sub(r"\D", "", book).lstrip("0"), number


def _space(claim: Claim) -> str:
    if claim.register_type is RegisterType.NONE and claim.role is not Role.CIVIL_STATUS:
        return "receipt"
    if claim.register_type is RegisterType.TRACKING:
        return "receipt"
    return claim.procedure.event or claim.register_type.value
