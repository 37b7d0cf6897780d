"""What a change touches, asked of the store few at a time: claims, dossiers, links and cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import reconcile
from reconcile.cases import Case, Dossier, Link
from reconcile.claims import Claim
from reconcile.judging.remembering import under_key
from reconcile.linking.dossiers import codes_of, together
from reconcile.linking.fragments import Trace
from reconcile.linking.incremental import Changed
from reconcile.linking.linker import Known
from worker.run.left_behind import Verdicts
from worker.store.readings import in_one_spelling
from worker.store.search import Search

K = TypeVar("K")
V = TypeVar("V")
#: Codes that one question names.
FEW = 200


class OnDemand(Mapping[K, V]):
    """What the store tells, of ``keys`` at once and of each other one when it is asked for first.

    ``ask`` gives of some keys those that are there.
    """

    def __init__(self, ask: Callable[[Collection[K]], Mapping[K, V]], keys: Collection[K]) -> None:
        self._ask = ask
        self._found: dict[K, V | None] = {**dict.fromkeys(keys), **ask(keys)}

    def __getitem__(self, key: K) -> V:
        if key not in self._found:
            self._found[key] = self._ask([key]).get(key)
        if (found := self._found[key]) is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[K]:
        return (key for key, one in self._found.items() if one is not None)

    def __len__(self) -> int:
        return sum(one is not None for one in self._found.values())


def named_claims(search: Search, keys: Collection[str]) -> OnDemand[str, Claim]:
    """The claims by key, those of ``keys`` at once."""
    return OnDemand(lambda some: {one.key: one for one in search.claims(some)}, keys)


@dataclass
class TouchedClaims:
    """The claims of now, each loaded when it is asked for first; ``said`` as their sources say."""

    search: Search
    spelled: Mapping[str, str]
    said: dict[str, Claim | None] = field(default_factory=dict)
    now: dict[str, Claim] = field(default_factory=dict)

    def of(self, keys: Iterable[str]) -> dict[str, Claim]:
        """Of these keys the claims that are there."""
        wanted = sorted(set(keys))
        missing = [key for key in wanted if key not in self.said]
        if missing:
            found = self.search.claims_as_said(missing)
            self.said |= dict.fromkeys(missing) | {one.key: one for one in found}
            self.now |= {one.key: one for one in in_one_spelling(found, self.spelled)}
        return {key: self.now[key] for key in wanted if key in self.now}

    def rows(self, keys: Iterable[str]) -> dict[str, Claim]:
        return {key: one for key, one in self.of(keys).items() if one.is_row}

    def software(self, keys: Iterable[str]) -> dict[str, Claim]:
        return {key: one for key, one in self.of(keys).items() if not one.is_row}


@dataclass
class TouchedDossiers:
    """The dossiers of now: those that ``changed`` may have put together otherwise, and the rest
    as they are remembered. Rows that only ``moved`` are evidence of another place, and linked as
    they were."""

    claims: TouchedClaims
    verdicts: Verdicts
    known: Known
    changed: Collection[str]
    moved: frozenset[str]

    def __post_init__(self) -> None:
        self.before = self._owning(self.changed)
        self.fresh = {one.anchor: one for one in reconcile.dossiers(self._connected())}
        there = (claim.key for one in self.fresh.values() for claim in one.claims)
        self.before |= self._owning(there)

    def _owning(self, keys: Iterable[str]) -> set[str]:
        """The dossiers of before that hold one of these claims."""
        wanted = {*keys}
        found = self.verdicts.find([under_key(key) for key in wanted])
        return {anchor for anchor in found if wanted & {*self._software_of(anchor)}}

    def _software_of(self, anchor: str) -> list[str]:
        known = self.verdicts.get(anchor)
        return [key for key in known.owned if not self.known.is_row(key)] if known else []

    def _connected(self) -> list[Claim]:
        """Every claim of software that shares a code with what changed, or did, in turn."""
        members = [key for anchor in self.before for key in self._software_of(anchor)]
        claims = self.claims.software((*self.changed, *members))
        codes = {code for anchor in self.before for code in self._codes_of_known(anchor)}
        codes |= {code for one in claims.values() for code in codes_of(one)}
        asked: set[str] = set()
        while more := sorted(codes - asked)[:FEW]:
            asked |= {*more}
            found = self.claims.software(self.claims.search.bearing(more))
            claims |= found
            codes |= {code for one in found.values() for code in codes_of(one)}
        return list(claims.values())

    def _codes_of_known(self, anchor: str) -> list[str]:
        at = self.known.ground.dossiers.keys.find(anchor)
        if at < 0:
            return []
        return list(filter(None, Trace.codes_of(self.known.ground.dossier_traces.lines[at])))

    def differing(self) -> Changed:
        """What is other than linking knows it."""
        there = frozenset(self.claims.rows(self.changed))
        rows = there | frozenset(filter(self.known.is_row, self.changed))
        found = set()
        for anchor in {*self.before, *self.fresh}:
            one, was = self.fresh.get(anchor), set(self._software_of(anchor))
            now = {claim.key for claim in one.claims} if one else set()
            if now != was or any(key in self.changed for key in now):
                found.add(anchor)
        return Changed(rows - {*self.moved}, frozenset(found))

    def of(self, anchors: Collection[str]) -> dict[str, Dossier]:
        """Of these anchors the dossiers that are there."""
        found = {anchor: self.fresh[anchor] for anchor in anchors if anchor in self.fresh}
        others = {
            anchor: keys
            for anchor in anchors
            if anchor not in found and anchor not in self.before
            if (keys := self._software_of(anchor))
        }
        claims = self.claims.of(key for keys in others.values() for key in keys)
        for anchor, keys in others.items():
            found[anchor] = together(claims[key] for key in keys)
        return found

    def anchors_of(self, keys: Collection[str]) -> dict[str, str]:
        """By key of a dossier: the anchor that it belongs to."""
        fresh = {claim.key: one.anchor for one in self.fresh.values() for claim in one.claims}
        found = {key: fresh[key] for key in keys if key in fresh}
        left = [key for key in keys if key not in found]
        for anchor in self.verdicts.find([under_key(key) for key in left]):
            if anchor not in self.before:
                found |= dict.fromkeys({*left} & {*self._software_of(anchor)}, anchor)
        return found


@dataclass
class TouchedCases:
    """The cases of now, by the links of now."""

    claims: TouchedClaims
    dossiers: TouchedDossiers
    verdicts: Verdicts
    links: Mapping[str, Link]  # those that were decided anew
    gone: Collection[str]  # rows

    def __post_init__(self) -> None:
        self.pointing: dict[str, set[str]] = {}
        for link in self.links.values():
            for anchor in anchors_of(link):
                self.pointing.setdefault(anchor, set()).add(link.row)

    def of(self, anchors: Collection[str]) -> dict[str, Case]:
        """Of these anchors the cases that are there."""
        dossiers = self.dossiers.of(anchors)
        rows = {row for anchor in anchors for row in self._rows_of(anchor)} - {*self.gone}
        claims = self.claims.rows(rows)
        stored = self.claims.search.links(sorted(rows - self.links.keys()))
        links = {**{one.row: one for one in stored}, **self.links}
        software = [claim for one in dossiers.values() for claim in one.claims]
        found = reconcile.cases(
            [*claims.values(), *software],
            [links[row] for row in sorted(claims)],
            [dossiers[anchor] for anchor in sorted(dossiers)],
        )
        return {case.anchor: case for case in found if case.anchor in anchors}

    def _rows_of(self, anchor: str) -> set[str]:
        known = self.verdicts.get(anchor)
        rows = {*known.owned, *known.doubtful} if known else set()
        before = set(filter(self.dossiers.known.is_row, (*rows, anchor)))
        return before | self.pointing.get(anchor, set())


def anchors_of(link: Link) -> set[str]:
    """The cases that a link makes: of the dossier, of its rival, of the row alone."""
    rival = link.rival.dossier if link.rival else None
    return {anchor for anchor in (link.row, link.dossier, rival) if anchor is not None}
