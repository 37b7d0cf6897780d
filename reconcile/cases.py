"""A case: the claims that speak of one real dossier, and the links that brought them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconcile.claims import Claim, Role

#: Which software claim names the case, best first (contract: "dossier is the one-stop's if any").
ANCHOR_ORDER = (Role.ONE_STOP, Role.PORTAL, Role.HUB, Role.CIVIL_STATUS)


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


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A register row that was linked to the case, and how."""

    claim: Claim
    link: Link


@dataclass(frozen=True, slots=True)
class Case:
    """The claims that speak of one real dossier.

    ``software`` holds at most one claim a role, by role. ``rows`` holds the register rows whose
    link is decided ``auto`` (or by a person); ``doubtful`` those in review with this dossier as
    the best candidate: they prove nothing, but they forbid "missing" and "truly overdue".
    A register row that is linked to no dossier (``none``, or ``review`` and not yet answered) is
    a case of its own with ``software`` empty; its link tells which of the two.
    """

    anchor: str
    software: dict[Role, Claim]
    rows: tuple[LinkedRow, ...] = ()
    doubtful: tuple[LinkedRow, ...] = ()

    def __getitem__(self, role: Role) -> Claim | None:
        return self.software.get(role)

    @property
    def main(self) -> Claim:
        """The claim that names the case: the anchor's."""
        for role in ANCHOR_ORDER:
            if role in self.software:
                return self.software[role]
        return (self.rows or self.doubtful)[0].claim


@dataclass(frozen=True, slots=True)
class Dossier:
    """The software claims that share their codes: what a register row can be linked to."""

    anchor: str
    claims: tuple[Claim, ...]


def cases(
    claims: Iterable[Claim], links: Sequence[Link], dossiers: Sequence[Dossier]
) -> list[Case]:
    """Every claim in its case, sorted by anchor. A row without a dossier stands alone.

    ``dossiers`` are those of the same claims, put together by their codes.
    """
    by_key = {claim.key: claim for claim in claims if claim.is_row}
    linked: dict[str, list[LinkedRow]] = {}
    doubtful: dict[str, list[LinkedRow]] = {}
    alone: list[Case] = []
    for link in links:
        row = LinkedRow(by_key[link.row], link)
        if link.dossier is not None and link.decision is LinkState.AUTO:
            linked.setdefault(link.dossier, []).append(row)
            continue
        if link.decision is LinkState.REVIEW:
            # Doubt touches both candidates: neither may be called missing or truly overdue.
            for dossier in {link.dossier, link.rival.dossier if link.rival else None} - {None}:
                doubtful.setdefault(str(dossier), []).append(row)
        alone.append(Case(anchor=link.row, software={}, rows=(row,)))
    found = [
        Case(
            anchor=dossier.anchor,
            software={claim.role: claim for claim in reversed(dossier.claims)},
            rows=tuple(linked.get(dossier.anchor, ())),
            doubtful=tuple(doubtful.get(dossier.anchor, ())),
        )
        for dossier in dossiers
    ]
    return sorted(found + alone, key=lambda case: case.anchor)
