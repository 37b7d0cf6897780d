"""Claims as columns of numbers: the normal forms that linking compares, computed once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from reconcile.claims import ENDED_BADLY, Claim, Procedure, RegisterType
from reconcile.linking.lexicon import Array, Ints, Lexicon
from reconcile.linking.owners import Owners, owned
from reconcile.policy import Owner
from reconcile.text import codes
from reconcile.text.packed import PackedTexts
from reconcile.text.vietnamese import mother_in, plain, unit_key

EVENTS = {"": 0, "birth": 1, "death": 2, "other": 3}
CLASSES = {procedure: at for at, procedure in enumerate(Procedure)}
REGISTERS = {register: at for at, register in enumerate(RegisterType)}
CIVIL_REGISTERS = frozenset(
    REGISTERS[register] for register in RegisterType if register.is_civil_status
)
_SEXES = {"": 0, "nam": 1, "nữ": 2}
#: How a dossier or row ended, as far as it says: nothing, not badly, without a result.
SILENT, ALIVE, ENDED = 0, 1, 2
#: The columns of a side, in order. Days are ordinals, 0 is unknown; names and texts are numbers
#: of the lexicon. ``owner``: the applicant may be the child or the dead; ``unnamed``: a
#: newborn that has no name yet. ``person_event`` is the same number for the dossiers of one
#: person's one event (see ``person_events``).
COLUMNS = (
    *("subject", "applicant", "mother", "father", "subject_id", "applicant_id"),
    *("unit", "receiving", "event", "procedure", "sex"),
    *("birth_year", "birth_month", "birth_day", "death_year", "death_month", "death_day"),
    *("mother_year", "received", "registered", "returned", "finished", "due", "register"),
    *("owner", "unnamed", "ended", "person_event"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: register rows, or dossiers."""

    keys: PackedTexts
    table: Ints  # one row a column of COLUMNS

    def __getattr__(self, name: str) -> Ints:
        try:
            column: Ints = self.table[_AT[name]]
        except KeyError:
            raise AttributeError(name) from None
        return column

    def __len__(self) -> int:
        return len(self.keys)

    def positions(self, keys: Iterable[str]) -> dict[str, int]:
        """Where these keys stand, those that are there."""
        wanted = frozenset(keys)
        found = self.keys.where(wanted).tolist() if wanted else []
        return {self.keys[at]: at for at in found}

    def take(self, at: Array) -> Side:
        return Side(self.keys.take(at), self.table[:, at])

    def take_table(self, at: Array) -> Side:
        """The columns alone, once for every pair: keys are not needed to compare."""
        return Side(PackedTexts.of(()), self.table[:, at])


_AT = {name: at for at, name in enumerate(COLUMNS)}


@dataclass(frozen=True, slots=True)
class Merged:
    """What stays of what is known, and what is new, in the order of their keys.

    ``order`` tells what stands at each place: known things by their place before, then new ones.
    """

    order: Array
    place: Array  # where each known thing stands now, -1: it went
    new: Array  # where each new thing stands

    @classmethod
    def of(cls, known: PackedTexts, goes: Array, added: PackedTexts) -> Merged:
        """``goes`` are places of ``known``; both are in order."""
        stays = np.delete(np.arange(len(known)), goes)
        left = known.take(stays)
        before = np.array([bisect_left(left, key) for key in added], dtype=np.int64)
        order = np.insert(stays, before, len(known) + np.arange(len(added)))
        place = np.full(len(known), -1, dtype=np.int64)
        place[stays] = np.flatnonzero(order < len(known))
        return cls(order, place, before + np.arange(len(added)))

    def texts(self, known: PackedTexts, added: PackedTexts) -> PackedTexts:
        return known.with_more(added).take(self.order)

    def table(self, known: Array, added: Array) -> Array:
        """Of columns, each of its own row."""
        table: Array = np.concatenate((known, added), axis=-1)[..., self.order]
        return table

    def side(self, known: Side, added: Side) -> Side:
        return Side(self.texts(known.keys, added.keys), self.table(known.table, added.table))


def side(groups: Iterable[tuple[str, Sequence[Claim]]], lexicon: Lexicon, owners: Owners) -> Side:
    """The columns of each group of claims (a dossier's, or one row), the first that says it."""
    keys, lines = [], []
    for key, claims in groups:
        keys.append(key)
        lines.append(_line(claims, lexicon, owners))
    table = np.array(lines, dtype=np.int32).reshape(len(lines), len(COLUMNS))
    return Side(PackedTexts.of(keys), np.ascontiguousarray(table.T))


def _line(claims: Sequence[Claim], lexicon: Lexicon, owners: Owners) -> list[int]:
    if len(claims) == 1:
        return _values(claims[0], lexicon, owners)
    lines = [_values(claim, lexicon, owners) for claim in claims]
    # Parts of one date belong together: they come from the same claim.
    merged = list(lines[0])
    for line in lines[1:]:
        for start, stop in _TOGETHER:
            if not merged[start]:
                merged[start:stop] = line[start:stop]
    if merged[_AT["subject"]]:  # some claim names the child or the dead
        merged[_AT["owner"]] = merged[_AT["unnamed"]] = 0
    return merged


_DATES = {_AT["birth_year"]: 3, _AT["death_year"]: 3}
_TOGETHER = [
    (at, at + _DATES.get(at, 1))
    for at, name in enumerate(COLUMNS)
    if not name.endswith(("_month", "_day"))
]


def _values(claim: Claim, lexicon: Lexicon, owners: Owners) -> list[int]:
    name, text = lexicon.name, lexicon.texts.number
    owner = owners.of(claim)
    if owner is Owner.SUBJECT:
        claim = owned(claim)
    mother = claim.mother or (mother_in(claim.subject) if claim.subject else "")
    unit = text(unit_key(claim.unit)) if claim.unit else 0
    subject = name(claim.subject)
    return [
        subject,
        name(claim.applicant),
        name(mother),
        name(claim.father),
        text(codes.person_id(claim.subject_id)) if claim.subject_id else 0,
        text(codes.person_id(claim.applicant_id)) if claim.applicant_id else 0,
        unit,
        text(unit_key(claim.receiving_unit)) if claim.receiving_unit else unit,
        EVENTS.get(event_of(claim), 3),
        CLASSES[claim.procedure],
        _SEXES.get(claim.sex.casefold(), 0),
        *parts_of(claim.birth_date),
        *parts_of(claim.death_date),
        _year(claim.mother_birth_year),
        *map(_ordinal, (claim.received_on or claim.submitted_on, claim.registered_on)),
        *map(_ordinal, (claim.returned_on, claim.finished_on, claim.due_on)),
        REGISTERS[claim.register_type],
        int(owner is Owner.MIXED and not claim.subject and bool(claim.applicant)),
        int(bool(claim.subject) and not subject),
        how_it_ended(claim),
        0,
    ]


def how_it_ended(claim: Claim) -> int:
    """Whether the dossier was refused, withdrawn or stopped; a row tells it in its note."""
    if claim.is_row:
        return ENDED if _GIVEN_UP.search(plain(claim.note)) else SILENT
    return ENDED if claim.status in ENDED_BADLY else ALIVE if claim.status else SILENT


#: "Rút hồ sơ", "từ chối", "dừng xử lý"; not "rút ngắn thời gian".
_GIVEN_UP = re.compile(r"\b(?:rut (?:hs|ho so|don)|xin rut|tu choi|dung (?:xu ly|giai quyet))\b")


def event_of(claim: Claim) -> str:
    """Birth or death: by the procedure's class, else by the book that the row stands in."""
    if claim.procedure is not Procedure.UNKNOWN:
        return claim.procedure.event
    by_book = {RegisterType.BIRTHS: "birth", RegisterType.DEATHS: "death"}
    return by_book.get(claim.register_type, "death" if claim.death_date else "")


def parts_of(iso: str) -> tuple[int, int, int]:
    """Year, month and day of an ISO date that may be known in part."""
    parts = iso.split("-") if iso else []
    numbers = [int(part) if part.isdigit() else 0 for part in parts[:3]]
    year, month, day = (*numbers, 0, 0, 0)[:3]
    return year, month, day


def _year(text: str) -> int:
    digits = text.strip()[-4:]
    return int(digits) if len(digits) == 4 and digits.isdigit() else 0


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0
