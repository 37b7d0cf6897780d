"""The comparable forms under which a claim is looked up: its codes and the names in it.

They are made of the payload alone, so that whoever writes a payload can write them beside it. They
are no part of the content: no hash and no seal holds them.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from reconcile.claims import Role
from reconcile.text import codes
from reconcile.text.vietnamese import name_key, plain_key

#: The columns, in the order of ``Keys``.
COLUMNS = ("own_key", "national_key", "name_key", "noted_keys")


class _Named(msgspec.Struct, gc=False):
    """What of a stored claim bears codes and names."""

    role: Role
    own_code: str = ""
    national_code: str = ""
    applicant: str = ""
    subject: str = ""
    mother: str = ""
    procedure_name: str = ""
    note: str = ""


_decode = msgspec.json.Decoder(_Named).decode


class Keys(NamedTuple):
    """``name_key`` holds each name without accents between spaces; ``noted_keys`` so each code that
    only the text of a software's claim names."""

    own_key: str
    national_key: str
    name_key: str
    noted_keys: str


def keys_of(payload: bytes) -> Keys:
    """The keys of a stored claim."""
    said = _decode(payload)
    names = dict.fromkeys(filter(None, (said.subject, said.applicant, said.mother)))
    noted: dict[str, None] = {}
    if said.role is not Role.REGISTER and (said.procedure_name or said.note):
        noted = dict.fromkeys(codes.in_text(said.procedure_name) + codes.in_text(said.note))
    return Keys(
        own_key=codes.normal(said.own_code) if said.own_code else "",
        national_key=codes.normal(said.national_code) if said.national_code else "",
        name_key="|".join(f" {searched(name)} " for name in names),
        noted_keys=f" {' '.join(noted)} " if noted else "",
    )


def searched(name: str) -> str:
    """A name as it is looked up: comparable, without accents."""
    return plain_key(name_key(name))
