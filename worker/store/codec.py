"""Claims as bytes and back: compact, readable in a database shell, and quick to load.

The bytes are JSON of the fields that differ from their default, so a field added later changes no
stored hash. ``read_on`` and ``places`` stand beside, in columns: they are not part of the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, make_dataclass
from datetime import date
from operator import attrgetter
from typing import Any, cast, get_type_hints

import msgspec

from reconcile.claims import Claim, Place

#: Text and days that many claims share; one copy of each is kept while loading.
SHARED = [
    "source",
    "procedure_code",
    "procedure_name",
    "unit",
    "receiving_unit",
    "birth_date",
    "death_date",
    "mother_birth_year",
    "sex",
    "submitted_on",
    "received_on",
    "due_on",
    "finished_on",
    "returned_on",
    "registered_on",
    "supplement_asked_on",
    "supplement_given_on",
    "new_due_on",
    "raw_status",
    "taken_by",
    "book",
    "page",
    "registration_kind",
]
BESIDE = ("read_on", "places")

_DEFAULTS = {
    field.name: "" if field.default is MISSING else field.default
    for field in fields(Claim)
    if field.name not in BESIDE
}
_HINTS = get_type_hints(Claim)


def _content(names: list[str]) -> Any:
    """A claim's content with its fields in this order; defaults are left out of the bytes."""
    columns = [(name, _HINTS[name], _DEFAULTS[name]) for name in names]
    return msgspec.defstruct("Content", columns, omit_defaults=True, gc=False)


# Written in the order of the claim's own fields: the hash must not change with SHARED.
_Written = _content(list(_DEFAULTS))
_encode = msgspec.json.Encoder().encode
_values = attrgetter(*_DEFAULTS)

# Values of one group are compared by equality while loading, so it holds only text and days:
# False, 0 and Status.UNKNOWN are equal, but not the same.
_OWN = [name for name in _DEFAULTS if name not in SHARED]
_decode = msgspec.json.Decoder(_content(_OWN + SHARED)).decode
_OWN_COUNT = len(_OWN)
# A frozen class takes 10 µs to fill its fields, one with the same slots that is not frozen takes 1:
# a claim is born as the one and given the class of the other.
_Unfrozen = make_dataclass("_Unfrozen", [*_OWN, *SHARED, *BESIDE], slots=True)


@dataclass(frozen=True, slots=True)
class Stored:
    """A claim as the table holds it."""

    key: str
    hash: bytes
    payload: bytes
    status: int
    sheet: str
    row: int


def store(claims: Iterable[Claim]) -> list[Stored]:
    """Every claim of one file as the table holds it."""
    return [_store(claim) for claim in claims]


def _store(claim: Claim) -> Stored:
    payload = _encode(_Written(*_values(claim)))
    place = claim.places[0] if claim.places else Place("", "", 0)
    return Stored(
        key=claim.key,
        hash=hashlib.blake2b(payload, digest_size=16).digest(),
        payload=payload,
        status=int(claim.status),
        sheet=place.sheet,
        row=place.row,
    )


class Loader:
    """Makes claims of stored bytes; equal text is one object, which halves the memory."""

    def __init__(self) -> None:
        self._seen: dict[Any, Any] = {}

    def load(self, payload: bytes, read_on: date, places: tuple[Place, ...]) -> Claim:
        content = msgspec.structs.astuple(_decode(payload))
        shared = content[_OWN_COUNT:]
        once = self._seen.setdefault
        claim: Any = _Unfrozen(
            *content[:_OWN_COUNT], *map(once, shared, shared), once(read_on, read_on), places
        )
        claim.__class__ = Claim
        return cast("Claim", claim)

    def place(self, file: str, sheet: str, row: int) -> Place:
        return Place(file, self._seen.setdefault(sheet, sheet), row)
