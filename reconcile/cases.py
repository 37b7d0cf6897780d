"""A case: the claims that speak of one real dossier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconcile.claims import Claim, Role
from reconcile.links import Link, LinkState

#: Which software claim names the case, best first (contract: "dossier is the one-stop's if any").
ANCHOR_ORDER = (Role.ONE_STOP, Role.PORTAL, Role.HUB, Role.CIVIL_STATUS)


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
