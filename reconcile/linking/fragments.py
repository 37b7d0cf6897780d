"""What a damaged code or a register number adds to a pair: never enough alone, often decisive.

A code that lost the part before its first dash, or has one digit wrong, and the book and number
under which both sides filed the dossier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz.distance import OSA

from reconcile.cases import Dossier
from reconcile.claims import Claim, RegisterType, Role
from reconcile.linking.candidates import equal_keys, in_order
from reconcile.linking.columns import Merged
from reconcile.linking.dossiers import codes_of
from reconcile.linking.lexicon import Array
from reconcile.text import codes
from reconcile.text.packed import PackedTexts, checksum, merge_order
from reconcile.text.vietnamese import unit_key

#: Bits: the whole code; date and number of it, with and without the unit that must bear it; one
#: digit wrong; only the number of the day; a whole code of the same province that is another.
WHOLE_CODE = 28.0
SHORT_IN_UNIT, SHORT, MISTYPED, TAIL, OTHER_CODE = 20.0, 12.0, 10.0, 5.0, -5.0
#: The same register, unit, year, book and number.
SAME_NUMBER = 22.0
#: Agency, day and number of a code, one of them left out; or the whole code alone.
Part = tuple[str, ...]
#: Separators of a trace's line: between its parts, and between the texts of a part.
_NEXT, _AND = "\x1d", "\x1e"
_TAIL = re.compile(r"^\D{0,3}(\d{3,6})$")


@dataclass(frozen=True, slots=True)
class Clues:
    """By position of row and dossier: the bits of codes, and whose number is the same."""

    code: dict[tuple[int, int], float] = field(default_factory=dict)
    number: set[tuple[int, int]] = field(default_factory=set)

    def pairs(self) -> list[tuple[int, int]]:
        return sorted(self.number.union(self.code))


class Traces:
    """The dossiers' traces, and which of them bear a code, a part of one or a number."""

    def __init__(self, lines: PackedTexts, index: tuple[Array, Array] | None = None) -> None:
        self.lines = lines
        self._index = index  # checksums in order, and whose they are

    def bearing(self, texts: Sequence[str]) -> list[tuple[int, int]]:
        """Text (its position) and dossier that may bear it; now and then checksums clash."""
        if not texts:
            return []
        sums, whose = self.index()
        wanted = np.fromiter(map(checksum, texts), np.uint32, len(texts))
        which, at = equal_keys(wanted, np.arange(len(wanted)), sums, whose)
        return list(zip(which.tolist(), at.tolist(), strict=True))

    def index(self) -> tuple[Array, Array]:
        """Made when first asked for: rows whose codes are whole never do."""
        if self._index is None:
            self._index = in_order(*_entries(enumerate(self.lines)))
        return self._index

    def merged(self, order: Merged, fresh: Sequence[str]) -> Traces:
        """Those that stay, each where it stands now, and new ones beside them."""
        sums, whose = self.index()
        there = order.place[whose] >= 0
        sums, whose = sums[there], order.place[whose[there]].astype(np.int32)
        more = in_order(*_entries(zip(order.new.tolist(), fresh, strict=True)))
        both = merge_order(sums, more[0])
        index = np.concatenate((sums, more[0]))[both], np.concatenate((whose, more[1]))[both]
        return Traces(order.texts(self.lines, PackedTexts.of(fresh)), index)


def _entries(lines: Iterable[tuple[int, str]]) -> tuple[Array, Array]:
    """Checksums of all by which dossiers may be found, and whose they are."""
    found = [(at, text) for at, line in lines for text in _keys(line)]
    sums = np.fromiter((checksum(text) for _, text in found), np.uint32, len(found))
    return sums, np.fromiter((at for at, _ in found), np.int32, len(found))


def _keys(line: str) -> Iterator[str]:
    """Everything by which a dossier's trace may be found."""
    for code in Trace.codes_of(line):
        if code:
            yield code
            yield from map(_joined, _parts(code))
    if not line.endswith(_NEXT):
        yield from Trace.read(line).numbers


class Fragments:
    """What codes and numbers of rows say of dossiers. Both sides come as lines of ``Trace``."""

    def __init__(self, dossiers: Traces) -> None:
        self._dossiers = dossiers

    def clues(self, rows: Iterable[tuple[int, str]]) -> Clues:
        """What the rows (position and trace) that no whole code settled still tell."""
        clues = Clues()
        read = [(at, Trace.read(line)) for at, line in rows]
        asked = [
            (at, row, text, _joined(part))
            for at, row in read
            for text in row.codes
            for part in _wanted(text)
        ]
        for which, dossier in self._dossiers.bearing([part for *_, part in asked]):
            at, row, text, _ = asked[which]
            bits = self.weigh(text, row, dossier)
            if bits > 0:
                pair = (at, dossier)
                clues.code[pair] = max(bits, clues.code.get(pair, 0.0))
        numbered = [(at, number) for at, row in read for number in row.numbers]
        for which, dossier in self._dossiers.bearing([number for _, number in numbered]):
            at, number = numbered[which]
            if number in Trace.read(self._dossiers.lines[dossier]).numbers:
                clues.number.add((at, dossier))
        return clues

    def weigh(self, text: str, row: Trace, dossier: int) -> float:
        """What the code as written says of the dossier, in bits."""
        known = Trace.read(self._dossiers.lines[dossier])
        short = codes.short(text)
        if short:
            if not any(code.endswith("-" + short) for code in known.codes):
                return 0.0
            return SHORT_IN_UNIT if set(row.units) & set(known.units) else SHORT
        tail = _TAIL.match(text.strip())
        if tail:
            return TAIL if any(code.endswith("-" + tail.group(1)) for code in known.codes) else 0.0
        whole = codes.normal(text)
        if whole in known.codes:
            return WHOLE_CODE
        if any(_mistyped(whole, code) for code in known.codes):
            return MISTYPED
        province = _province(whole)
        return OTHER_CODE if province and province in map(_province, known.codes) else 0.0


@dataclass(frozen=True, slots=True)
class Trace:
    """What is left of codes and numbers on one row or dossier; kept as one line of text.

    A dossier's codes are comparable forms, a row's are as written: they are still to be read.
    """

    codes: tuple[str, ...]
    units: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> Trace:
        if line == _NO_TRACE:
            return EMPTY
        codes_, units, numbers = line.split(_NEXT)
        return cls(_split(codes_), _split(units), _split(numbers))

    @staticmethod
    def codes_of(line: str) -> list[str]:
        """The codes alone, without reading the rest."""
        return line.partition(_NEXT)[0].split(_AND)

    @classmethod
    def of_dossier(cls, dossier: Dossier) -> str:
        claims = dossier.claims
        own = dict.fromkeys(code for claim in claims for code in codes_of(claim))
        units = dict.fromkeys(unit_key(claim.unit) for claim in claims if claim.unit)
        return _line(own, units, (number for claim in claims for number in _numbers(claim)))

    @classmethod
    def of_row(cls, row: Claim) -> str:
        texts = [codes.own(text) for text in (row.own_code, row.national_code) if text]
        texts = texts or [*codes.in_text(row.procedure_name), *codes.in_text(row.note)]
        numbers = list(_numbers(row))
        if not texts and not numbers:
            return _NO_TRACE
        return _line(texts, [unit_key(row.unit)] if row.unit else (), numbers)


def _line(*parts: Iterable[str]) -> str:
    return _NEXT.join(_AND.join(part) for part in parts)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(_AND)) if text else ()


_NO_TRACE = _NEXT * 2
EMPTY = Trace((), (), ())


def telling(lines: PackedTexts) -> dict[int, str]:
    """The traces that tell anything, by their place."""
    found = np.flatnonzero(lines.sizes() > len(_NO_TRACE)).tolist()
    return {at: lines[at] for at in found}


def weigh_seen(
    fragments: Fragments, rows: Mapping[int, str], pairs: Iterable[tuple[int, int]]
) -> Iterator[float]:
    """What codes say of pairs found otherwise: the tail of a code, or quite another code."""
    traces = {at: Trace.read(line) for at, line in rows.items()}
    for row, dossier in pairs:
        yield max(
            (fragments.weigh(text, traces[row], dossier) for text in traces[row].codes), key=abs
        )


def _wanted(text: str) -> list[Part]:
    """The parts by which dossiers are found that the text may mean."""
    short = codes.short(text)
    if short:
        day, _, tail = short.partition("-")
        return [("", day, tail)]
    whole = codes.normal(text)
    return [*_parts(whole), (whole,)] if whole else []


def _parts(code: str) -> list[Part]:
    """Three halves of a code: one wrong digit leaves at least one of them whole."""
    pieces = code.split("-")
    if len(pieces) != 3:
        return []
    agency, day, tail = pieces
    return [(agency, day, ""), (agency, "", tail), ("", day, tail)]


def _joined(part: Part) -> str:
    """A part as one text: no whole code looks like it."""
    return _AND.join(part)


def _province(code: str) -> str:
    """Who numbers such codes: the province or ministry before the first dot; empty if none."""
    return code.split("-", maxsplit=1)[0].split(".", maxsplit=1)[0] if code.count("-") == 2 else ""


def _mistyped(one: str, other: str) -> bool:
    """One sign wrong, lost, doubled or two of them swapped; or only zeros of the number lost."""
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return True
    a, b = one.split("-"), other.split("-")
    return len(a) == len(b) == 3 and a[:2] == b[:2] and a[2].lstrip("0") == b[2].lstrip("0")


def _numbers(claim: Claim) -> Iterator[str]:
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
        volume = re.sub(r"\D", "", book).lstrip("0")
        yield f"{space} {unit} {when} {volume} {number}"


def _space(claim: Claim) -> str:
    if claim.register_type is RegisterType.NONE and claim.role is not Role.CIVIL_STATUS:
        return "receipt"
    if claim.register_type is RegisterType.TRACKING:
        return "receipt"
    return claim.procedure.event or claim.register_type.value
