"""Dossiers: the software claims that share their codes, put together before rows are linked.

A dossier (hồ sơ) has at least two codes: the one-stop's own and the national one. A source says
a dossier once, so two claims of one source never meet in a dossier, whatever codes they share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reconcile.cases import ANCHOR_ORDER, Dossier
from reconcile.claims import Claim, Role
from reconcile.text import codes

_RANK = {role: rank for rank, role in enumerate(ANCHOR_ORDER)}


def dossiers(claims: Iterable[Claim]) -> list[Dossier]:
    """Merge the software claims by their codes; sorted by anchor, the order given never matters."""
    software = sorted(
        (claim for claim in claims if claim.role in _RANK),
        key=lambda claim: (_RANK[claim.role], claim.key),
    )
    groups = _Groups()
    for claim in software:
        groups.add(claim)
    return sorted(groups.dossiers(), key=lambda dossier: dossier.anchor)


def together(claims: Iterable[Claim]) -> Dossier:
    """The dossier of which these claims speak."""
    ordered = sorted(claims, key=lambda claim: (_RANK[claim.role], claim.key))
    return Dossier(ordered[0].key, tuple(ordered))


def codes_of(claim: Claim) -> list[str]:
    """Every code that the claim carries, comparable, the own code first, once each."""
    return list(dict.fromkeys(_codes(claim)))


def _codes(claim: Claim) -> Iterator[str]:
    if claim.own_code and (own := codes.normal(claim.own_code)):
        yield own
    if claim.national_code and (national := codes.normal(claim.national_code)):
        yield national
    for text in (claim.procedure_name, claim.note):
        if text:
            yield from codes.in_text(text)


@dataclass(slots=True)
class _Groups:
    """Groups under way: which codes lead to which group, and the claims of each."""

    by_code: dict[str, list[int]] = field(default_factory=dict)
    members: list[list[Claim]] = field(default_factory=list)
    merged_into: list[int] = field(default_factory=list)

    def add(self, claim: Claim) -> None:
        """Put the claim with the groups that share a code and have no claim of its role."""
        own = codes_of(claim)
        target = self._new(claim)
        sharing = self._sharing(own)
        for at in sorted(sharing, key=lambda at: self._nearness(at, claim)) if sharing else ():
            if self._find(at) != self._find(target) and self._may_meet(at, target):
                target = self._merge(self._find(at), self._find(target))
        for code in own:
            self.by_code.setdefault(code, []).append(self._find(target))

    def dossiers(self) -> Iterator[Dossier]:
        for at, claims in enumerate(self.members):
            if self.merged_into[at] == at:
                yield together(claims)

    def _new(self, claim: Claim) -> int:
        self.members.append([claim])
        self.merged_into.append(len(self.members) - 1)
        return len(self.members) - 1

    def _sharing(self, own: list[str]) -> set[int]:
        return {self._find(at) for code in own for at in self.by_code.get(code, ())}

    def _nearness(self, at: int, claim: Claim) -> tuple[bool, bool, str]:
        """The same code letter for letter, then the same subject, then the lower key."""
        known = self.members[at]
        texts = {text for one in known for text in (one.own_code, one.national_code) if text}
        same_text = bool(texts & {claim.own_code, claim.national_code})
        same_subject = any(one.subject and one.subject == claim.subject for one in known)
        return (not same_text, not same_subject, min(one.key for one in known))

    def _may_meet(self, one: int, other: int) -> bool:
        roles: list[Role] = [claim.role for claim in self.members[self._find(one)]]
        return not any(claim.role in roles for claim in self.members[self._find(other)])

    def _merge(self, into: int, gone: int) -> int:
        self.members[into].extend(self.members[gone])
        self.members[gone] = []
        self.merged_into[gone] = into
        return into

    def _find(self, at: int) -> int:
        while self.merged_into[at] != at:
            at = self.merged_into[at]
        return at
