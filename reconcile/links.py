"""The decision that a register row and a dossier are one, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How a link was found, strongest first."""

    OPERATOR = "operator"  # a person said so: applied before any rule
    CODE = "code"
    CODE_REPAIRED = "code_repaired"
    BOOK_NUMBER = "book_number"
    CIVIL_STATUS_NUMBER = "civil_status_number"
    PEOPLE = "people"
    NONE = "none"


class LinkState(StrEnum):
    AUTO = "auto"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of why: ``họ tên người được đăng ký``, ``khớp, khác dấu``, weight in bits."""

    field: str  # Vietnamese, as an official reads it
    level: str  # Vietnamese
    weight: float


@dataclass(frozen=True, slots=True)
class Rival:
    """The best other dossier for the same row."""

    dossier: str  # claim key
    probability: float


@dataclass(frozen=True, slots=True)
class Link:
    """What was decided for one register row (a claim of role ``register``).

    ``dossier`` is the claim key of the dossier's anchor (one-stop, else portal, hub,
    civil_status); on ``review`` the best candidate, on ``none`` it is None.
    ``conflict`` is the anchor of the dossier that bears the row's code but clearly another
    person: no link by that code, finding CODE_CONFLICT.
    """

    row: str
    dossier: str | None
    method: Method
    probability: float
    decision: LinkState
    rival: Rival | None = None
    reasons: tuple[Reason, ...] = ()
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of a pair: kept for ever, applied before any rule."""

    row: str
    dossier: str
    same: bool
    by: str
    on: str  # ISO day
