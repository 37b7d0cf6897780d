"""What a source wrote, made claims: the same for every source, whether file or network.

A connector reads its own cells or wire words into values of Claim's fields; ``Claims`` settles what
must be the same in all of them (procedure, unit, status, codes in a note) and gives each its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from operator import attrgetter
from typing import Any

from rapidfuzz import fuzz

from config.office_tables import Tables
from config.sources import SourceSettings
from connectors import cells as read
from connectors.files import table_titles
from connectors.files.headers import name_words, words
from connectors.network.answers import BROKEN, ODD
from reconcile.claims import Claim, Place, Procedure, RejectedRow, Sent, Status, made, row_key
from reconcile.text import codes, vietnamese

#: The fields that hold a whole day.
DAYS = (
    "submitted_on",
    "received_on",
    "due_on",
    "finished_on",
    "returned_on",
    "registered_on",
    "supplement_asked_on",
    "supplement_given_on",
    "new_due_on",
)
#: Names less alike than this (of 100) are two people.
ANOTHER_PERSON = 70.0
NATIONAL = "G"  # codes that a ministry's software gave begin so
NO_VALUE = "giá trị không đúng dạng hoặc có ký tự hỏng"
NOBODY = "hồ sơ không có mã và không có tên người được đăng ký"


class Claims:
    """The one maker of claims: those of one reading by their keys, in the order they came.

    ``values`` are what was read of one dossier or row: values of Claim's fields by name, where a
    field that was not read is left out. They belong to the maker, which settles them in place.
    """

    def __init__(self, source: SourceSettings, tables: Tables, statuses: str) -> None:
        self.source = source
        self.tables = tables
        self.statuses = statuses  # whose words the states are, in statuses.csv
        self.by_key: dict[str, Claim] = {}
        self.repeated = 0  # dossiers that came again
        self.twins = 0  # rows of a register that say the same as one before them
        self._ordinals: dict[str, int] = {}  # how often a row's content stood there, by its key
        self._units: dict[tuple[str, date | None], str] = {}
        self._procedures: dict[tuple[str, str, date | None, str], Procedure] = {}
        self._procedure_codes: dict[str, str] = {}
        self._states: dict[tuple[str, ...], tuple[str, Status]] = {}

    # What must be the same for every source

    def procedure(self, values: Mapping[str, Any], name: str, hint: str = "") -> Procedure:
        """The class on that day by the code, else the software's hint, else the name's words."""
        asked = values.get("procedure_code", ""), name, day_of(values), hint
        known = self._procedures.get(asked)
        if known is None:
            known = self._procedures[asked] = self.tables.procedures.classify(*asked)
        return known

    def unit(self, text: str, when: date | None) -> str:
        """The unit's code on that day, else the text as written."""
        if not text:
            return ""
        known = self._units.get((text, when))
        if known is None:
            units = self.tables.units
            found = units.resolve(text, when) or units.find_in(text, when)
            known = self._units[text, when] = found or table_titles.unit_named(text) or text
        return known

    def state(self, tries: tuple[str, ...]) -> tuple[str, Status]:
        """The software's first word, and the state that the first known word of ``tries`` means."""
        known = self._states.get(tries)
        if known is None:
            states = (self.tables.statuses.status(self.statuses, one) for one in tries)
            found = next((one for one in states if one is not Status.UNKNOWN), Status.UNKNOWN)
            known = self._states[tries] = (tries[0] if tries else ""), found
        return known

    def settle(self, values: dict[str, Any], statuses: tuple[str, ...]) -> None:
        """What follows from a value and the office's tables alone; ``statuses`` are tried in
        order."""
        values["source"], values["role"] = self.source.name, self.source.role
        values["raw_status"], values["status"] = self.state(statuses)
        if code := values.get("procedure_code"):
            known = self._procedure_codes.get(code)
            if known is None:  # the code without the agency's suffix
                known = self._procedure_codes[code] = codes.procedure(code) or code
            values["procedure_code"] = known
        if year := values.get("mother_birth_year"):
            values["mother_birth_year"] = year[:4]
        if receiving := values.get("receiving_unit"):
            values["receiving_unit"] = self.unit(receiving, day_of(values))

    # Keys

    def add_dossier(self, values: dict[str, Any], nameless: Callable[[], str]) -> str:
        """Count in a dossier of a software, of which its code is the key; the key.

        ``nameless`` names one without any code. What comes again counts as it came last, but a code
        that clearly stands for two people stands for two dossiers.
        """
        code = values.get("own_code") or values.get("national_code") or ""
        name = codes.normal(code) or code or f"~{nameless()}"
        key, ordinal = f"{self.source.name}:{name}", 1
        while (known := self.by_key.get(key)) is not None and another_person(known, values):
            ordinal += 1
            key = f"{self.source.name}:{name}~{ordinal}"
        claim = made(key=key, **values)
        if known is None:
            self.by_key[key] = claim
        else:
            self.repeated += 1
            if replace(claim, places=known.places) != known:
                self.by_key[key] = claim
        return key

    def add_row(self, values: dict[str, Any]) -> str:
        """Count in a row of a register, of which its content is the key; the key."""
        key = self._row_key(values.get)
        self.by_key[key] = made(key=key, **values)
        return key

    def rekey_rows(self) -> None:
        """Give every row its key anew: something that is part of it changed."""
        claims = list(self.by_key.values())
        self.by_key.clear()
        self._ordinals.clear()
        self.twins = 0
        for claim in claims:
            key = self._row_key(attributes(claim))
            self.by_key[key] = replace(claim, key=key)

    def _row_key(self, value: Callable[[str], Any]) -> str:
        parts = row_parts(value)
        key = row_key(self.source.name, parts, 1)
        ordinal = self._ordinals[key] = self._ordinals.get(key, 0) + 1
        self.twins += ordinal > 1
        return key if ordinal == 1 else row_key(self.source.name, parts, ordinal)


def day_of(values: Mapping[str, Any]) -> date | None:
    """The day on which tables are asked about a dossier."""
    return values.get("received_on") or values.get("registered_on") or values.get("returned_on")


def national_in_note(values: dict[str, Any], found: Iterable[str]) -> None:
    """Take the one national code among those that stand in a note or subject line."""
    foreign = [code for code in found if code.startswith(NATIONAL)]
    if len(foreign) == 1 and codes.normal(values.get("own_code", "")) != foreign[0]:
        values["national_code"] = foreign[0]


def another_person(claim: Claim, values: Mapping[str, Any]) -> bool:
    """True where two dossiers with one code clearly speak of two people."""
    names = (claim.subject, values.get("subject", ""))
    if not all(names):
        names = (claim.applicant, values.get("applicant", ""))
    return all(names) and fuzz.token_sort_ratio(*map(words, names)) < ANOTHER_PERSON


def attributes(claim: Claim) -> Callable[[str], Any]:
    """The value of a claim's field, by name."""
    return lambda name: getattr(claim, name)


def row_parts(value: Callable[[str], Any]) -> tuple[str, ...]:
    """What makes a register row this row: everything that a person would recognise it by.

    ``value`` gives a field of the row by name.
    """
    people = (value("subject"), value("applicant"), value("mother"), value("father"))
    days = (value("received_on"), value("due_on"), value("returned_on"), value("registered_on"))
    code = value("own_code") or value("national_code") or ""
    return (
        value("register_type").value,
        vietnamese.unit_key(value("unit")),
        words(value("book") or ""),
        words(value("number") or ""),
        codes.normal(code) or words(code),
        *[name_words(one) if one else "" for one in people],
        value("birth_date") or "",
        value("death_date") or "",
        *[day.isoformat() if day else "" for day in days],
    )


# Over the network


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


_PARTIAL = ("birth_date", "death_date")
_IDS = ("applicant_id", "subject_id")
#: Fields that hold one text as a person reads it.
_TEXTS = (
    "own_code", "national_code", "procedure_code", "procedure_name", "receiving_unit", "applicant",
    "subject", "mother", "father", "taken_by", "book", "number", "page", "registration_kind",
    "note",
)  # fmt: skip
#: Fields that are one text.
_WORDS = tuple(one.name for one in fields(Said) if one.name not in ("id", "statuses", "trail"))
_texts_of = attrgetter(*_WORDS)
NOWHERE = (Place("", "", 0),)


def _readers() -> Iterable[tuple[Sequence[str], Callable[[str], tuple[Any, str]]]]:
    """How fields are read of which a text may be no value; in the order of what is told."""
    yield DAYS, read.day
    yield _PARTIAL, read.partial_date
    yield _IDS, read.person_id
    yield ("mother_birth_year",), read.partial_date


def _is_odd(text: str) -> bool:
    return text == ODD or BROKEN in text


def _is_broken(text: str) -> bool:
    return BROKEN in text


@dataclass(frozen=True, slots=True)
class Understood:
    """A dossier's values, still without a key; ``unread``: fields, and why they are empty."""

    id: str
    values: dict[str, Any]
    unread: tuple[tuple[str, str], ...]

    @property
    def claim(self) -> Claim:
        """As a claim that has no key yet."""
        return made(key="", **self.values)


class Dossiers:
    """The dossiers of one poll of a system, as claims."""

    def __init__(self, source: SourceSettings, tables: Tables) -> None:
        self.source = source
        self.rejected: list[RejectedRow] = []
        self._claims = Claims(source, tables, source.kind)
        self._row = 0
        self._unmapped: set[str] = set()

    def understood(self, said: Said) -> Understood:
        """The values of one dossier; what cannot be read of it is named, never guessed."""
        unread: list[tuple[str, str]] = []
        texts = _texts_of(said)
        if ODD in texts or any(map(_is_broken, texts)):  # what came and is no value is empty
            odd = [name for name in _WORDS if _is_odd(getattr(said, name))]
            unread += ((name, NO_VALUE) for name in odd)
            empty: dict[str, Any] = dict.fromkeys(odd, "")
            said = replace(said, **empty)
        return Understood(said.id, self._values(said, unread), tuple(unread))

    def _values(self, said: Said, unread: list[tuple[str, str]]) -> dict[str, Any]:
        claims = self._claims
        values: dict[str, Any] = {"places": NOWHERE, "trail": said.trail}
        for names, checked in _readers():
            for name in names:
                if text := getattr(said, name):
                    values[name], reason = checked(text)
                    if reason:
                        unread.append((name, reason))
        for name in _TEXTS:
            if text := getattr(said, name):
                values[name] = read.shown(text)
        values["sex"], values["channel"] = read.sex(said.sex), read.channel(said.channel)
        shown = (read.shown(one) for one in said.statuses if one != ODD)
        claims.settle(values, tuple(filter(None, shown)))
        name = values.get("procedure_name", "")
        values["procedure"] = claims.procedure(values, name, said.procedure_hint)
        unit = read.shown(said.unit or self.source.unit)
        values["unit"] = claims.unit(unit, day_of(values))
        if (note := values.get("note")) and not values.get("national_code"):
            national_in_note(values, codes.in_text(note))
        return values

    def add(self, said: Said) -> None:
        self.take(self.understood(said))

    def take(self, one: Understood) -> None:
        """Count a dossier in, and what could not be read of it."""
        self._row += 1
        values = one.values
        for name, reason in one.unread:
            self._reject(name, reason, kept=True)
        if values["raw_status"] and values["status"] is Status.UNKNOWN:
            self._unmapped.add(values["raw_status"])
        if any(map(values.get, ("own_code", "national_code", "subject"))):
            self._claims.add_dossier(values, lambda: one.id or words(values.get("subject", "")))
        else:
            self._reject("", NOBODY, kept=False)

    def extend(self, many: Iterable[Said]) -> Dossiers:
        for said in many:
            self.add(said)
        return self

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Sorted by key: the same answer gives the same snapshot."""
        by_key = self._claims.by_key
        return tuple(by_key[key] for key in sorted(by_key))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Statuses that no table knows: an official must map them."""
        return tuple(
            f"Trạng thái «{raw}» chưa có trong bảng statuses.csv, tạm coi là chưa rõ."
            for raw in sorted(self._unmapped)
        )

    def _reject(self, name: str, reason: str, *, kept: bool) -> None:
        self.rejected.append(RejectedRow("", "", self._row, name, reason, kept))


#: What the row of a list holds where the people stand in the details.
_LISTED = (
    "own_code", "national_code", "procedure", "procedure_code", "unit", "received_on", "status",
    "raw_status",
)  # fmt: skip


def row_digest(claim: Claim) -> str:
    """What the list wrote of a dossier, in 32 hex digits: equal for an equal row."""
    row = "\x1f".join(f"{getattr(claim, name) or ''}" for name in _LISTED)
    return hashlib.blake2b(row.encode(), digest_size=16).hexdigest()
