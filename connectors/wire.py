"""What a system said over the network, made claims: the same for every polled kind.

A connector translates its own wire words into ``Said``, still as text; everything that must be
the same in all of them (days in Viet Nam, comparable units and statuses, keys) happens here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar

from config.office_tables import Tables
from config.sources import SourceSettings
from connectors import cells as read
from connectors.answers import BROKEN, ODD
from connectors.files import titles
from connectors.files.headers import words
from connectors.said import DAYS, another_person
from reconcile.claims import Claim, Place, RejectedRow, Sent, Status, made
from reconcile.text import codes

Found = TypeVar("Found")

NATIONAL = "G"  # codes that a ministry's software gave begin so
NO_VALUE = "giá trị không đúng dạng hoặc có ký tự hỏng"
NOBODY = "hồ sơ không có mã và không có tên người được đăng ký"


@dataclass(frozen=True, slots=True)
class Said:
    """What a system wrote of one dossier, as it wrote it; the fields are those of Claim.

    ``statuses`` are tried in order, the first is shown. ``procedure_hint`` is a short word of the
    software's own for the class. ``id`` is the system's own key, for a row that stands twice.
    """

    id: str = ""
    own_code: str = ""
    national_code: str = ""
    procedure_code: str = ""
    procedure_name: str = ""
    procedure_hint: str = ""
    unit: str = ""
    receiving_unit: str = ""
    applicant: str = ""
    applicant_id: str = ""
    subject: str = ""
    subject_id: str = ""
    birth_date: str = ""
    death_date: str = ""
    mother: str = ""
    mother_birth_year: str = ""
    father: str = ""
    sex: str = ""
    channel: str = ""
    submitted_on: str = ""
    received_on: str = ""
    due_on: str = ""
    finished_on: str = ""
    returned_on: str = ""
    registered_on: str = ""
    supplement_asked_on: str = ""
    supplement_given_on: str = ""
    new_due_on: str = ""
    statuses: tuple[str, ...] = ()
    taken_by: str = ""
    book: str = ""
    number: str = ""
    page: str = ""
    registration_kind: str = ""
    note: str = ""
    trail: tuple[Sent, ...] = ()


#: Fields that hold one text as a person reads it.
_TEXTS = (
    "procedure_name", "applicant", "subject", "mother", "father", "taken_by", "book", "number",
    "page", "registration_kind", "note",
)  # fmt: skip
_PARTIAL = ("birth_date", "death_date")
#: Fields that are one text.
_WORDS = tuple(one.name for one in fields(Said) if one.name not in ("id", "statuses", "trail"))
_texts_of = attrgetter(*_WORDS)


def _is_odd(text: str) -> bool:
    return text == ODD or BROKEN in text


def _is_broken(text: str) -> bool:
    return BROKEN in text


@dataclass(frozen=True, slots=True)
class Understood:
    """A dossier made a claim, still without a key; ``unread``: fields, and why they are empty."""

    id: str
    claim: Claim
    unread: tuple[tuple[str, str], ...]


class Dossiers:
    """The claims of one poll; a dossier that is told twice counts as told last."""

    def __init__(self, source: SourceSettings, tables: Tables) -> None:
        self.source = source
        self.tables = tables
        self._claims: dict[str, Claim] = {}
        self.rejected: list[RejectedRow] = []
        self._row = 0
        self._unmapped: set[str] = set()
        self._units: dict[tuple[str, date | None], str] = {}
        self._states: dict[tuple[str, ...], tuple[str, Status]] = {}
        self._unread: list[tuple[str, str]] = []

    def understood(self, said: Said) -> Understood:
        """One dossier made a claim; what cannot be read of it is told, never guessed."""
        self._unread = []
        told = _texts_of(said)
        if ODD in told or any(map(_is_broken, told)):
            said = self._without_odd(said)
        return Understood(said.id, self._claim(said), tuple(self._unread))

    def _without_odd(self, said: Said) -> Said:
        """What came and is no value is empty, and told."""
        odd = [name for name in _WORDS if _is_odd(getattr(said, name))]
        self._unread += ((name, NO_VALUE) for name in odd)
        empty: dict[str, Any] = dict.fromkeys(odd, "")
        return replace(said, **empty)

    def add(self, said: Said) -> None:
        self.take(self.understood(said))

    def take(self, one: Understood) -> None:
        """Count a dossier in, and what could not be read of it."""
        self._row += 1
        claim = one.claim
        for name, reason in one.unread:
            self._reject(name, reason, kept=True)
        if claim.raw_status and claim.status is Status.UNKNOWN:
            self._unmapped.add(claim.raw_status)
        if not (claim.own_code or claim.national_code or claim.subject):
            self._reject("", NOBODY, kept=False)
            return
        code = claim.own_code or claim.national_code
        name = codes.normal(code) or code or f"~{one.id or words(claim.subject)}"
        key = f"{self.source.name}:{name}"
        ordinal = 1
        while key in self._claims and another_person(self._claims[key], claim):
            ordinal += 1
            key = f"{self.source.name}:{name}~{ordinal}"
        self._claims[key] = read_as(claim, key)

    def extend(self, many: Iterable[Said]) -> Dossiers:
        for said in many:
            self.add(said)
        return self

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Sorted by key: the same answer gives the same snapshot."""
        return tuple(self._claims[key] for key in sorted(self._claims))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Statuses that no table knows: an official must map them."""
        return tuple(
            f"Trạng thái «{raw}» chưa có trong bảng statuses.csv, tạm coi là chưa rõ."
            for raw in sorted(self._unmapped)
        )

    def _claim(self, said: Said) -> Claim:
        days: dict[str, Any] = {name: self._day(name, getattr(said, name)) for name in DAYS}
        texts: dict[str, Any] = {
            name: read.shown(text) if (text := getattr(said, name)) else "" for name in _TEXTS
        }
        partial: dict[str, Any] = {
            name: self._partial(name, getattr(said, name)) for name in _PARTIAL
        }
        when = days["received_on"] or days["registered_on"] or days["returned_on"]
        own, national = self._codes(said, texts["note"])
        raw, status = self._status(said.statuses)
        procedure_code = read.shown(said.procedure_code)
        return made(
            key="",
            source=self.source.name,
            role=self.source.role,
            own_code=own,
            national_code=national,
            procedure=self.tables.procedures.classify(
                procedure_code, texts["procedure_name"], when, said.procedure_hint
            ),
            procedure_code=codes.procedure(procedure_code) or procedure_code,
            unit=self._unit(said.unit or self.source.unit, when),
            receiving_unit=self._unit(said.receiving_unit, when),
            applicant_id=self._id("applicant_id", said.applicant_id),
            subject_id=self._id("subject_id", said.subject_id),
            mother_birth_year=self._partial("mother_birth_year", said.mother_birth_year)[:4],
            sex=read.sex(said.sex),
            channel=read.channel(said.channel),
            status=status,
            raw_status=raw,
            places=(Place("", "", 0),),
            trail=said.trail,
            **texts,
            **partial,
            **days,
        )

    def _codes(self, said: Said, note: str) -> tuple[str, str]:
        """Both codes; the national one may stand in the subject line only."""
        own, national = read.shown(said.own_code), read.shown(said.national_code)
        if not national and note:
            found = [one for one in codes.in_text(note) if one.startswith(NATIONAL)]
            if len(found) == 1 and codes.normal(own) != found[0]:
                national = found[0]
        return own, national

    def _status(self, tries: tuple[str, ...]) -> tuple[str, Status]:
        known = self._states.get(tries)
        if known is None:
            known = self._states[tries] = status_of(self.tables, self.source.kind, tries)
        return known

    def _unit(self, said: str, when: date | None) -> str:
        """The unit's code on that day, else the text as written."""
        if not said:
            return ""
        known = self._units.get((said, when))
        if known is None:
            text, units = read.shown(said), self.tables.units
            found = units.resolve(text, when) or units.find_in(text, when)
            known = self._units[said, when] = found or titles.unit_named(text) or text
        return known

    def _day(self, name: str, typed: str) -> date | None:
        if not typed:
            return None
        found, reason = read.day(typed)
        return self._told(name, found, reason)

    def _partial(self, name: str, typed: str) -> str:
        if not typed:
            return ""
        found, reason = read.partial_date(typed)
        return self._told(name, found, reason)

    def _id(self, name: str, typed: str) -> str:
        if not typed:
            return ""
        found, reason = read.person_id(typed)
        return self._told(name, found, reason)

    def _told(self, name: str, found: Found, reason: str) -> Found:
        if reason:
            self._unread.append((name, reason))
        return found

    def _reject(self, name: str, reason: str, *, kept: bool) -> None:
        self.rejected.append(RejectedRow("", "", self._row, name, reason, kept))


#: What the row of a list tells where the people stand in the details.
_LISTED = (
    "own_code", "national_code", "procedure", "procedure_code", "unit", "received_on", "status",
    "raw_status",
)  # fmt: skip


def listed(claim: Claim) -> str:
    """What the list said of a dossier, in 32 hex digits: equal for an equal row."""
    told = "\x1f".join(f"{getattr(claim, name) or ''}" for name in _LISTED)
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def status_of(tables: Tables, kind: str, tries: Iterable[str]) -> tuple[str, Status]:
    """The software's first word, and the state that the first known word of ``tries`` means."""
    shown = [text for one in tries if one != ODD and (text := read.shown(one))]
    known = (tables.statuses.status(kind, one) for one in shown)
    found = next((status for status in known if status is not Status.UNKNOWN), Status.UNKNOWN)
    return (shown[0] if shown else ""), found


def read_as(claim: Claim, key: str) -> Claim:
    """Give a claim its key, which needs the rest of it; nobody has seen the claim yet."""
    object.__setattr__(claim, "key", key)
    return claim


assert {field.name for field in fields(Said)} > {*_TEXTS, *_PARTIAL, *DAYS}  # noqa: S101
