"""Deciding by what changed since the newest run, from what that run left behind.

What changed is found by comparing what is stored. Where what was left is lost or stands on
something else, or where it cannot be told what a change touches, all is decided anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import structlog

from reconcile.cases import Answer, Case, Dossier, Link
from reconcile.claims import Claim, Role
from reconcile.coverage import Coverage, Registers
from reconcile.judging.case_view import Bench, bench
from reconcile.judging.remembering import (
    BOOK,
    BOOK_DAY,
    CONFLICT,
    DAY,
    NAME,
    OF_CLAIMS,
    SECOND,
    SOFTWARE,
    Looking,
    Reckoned,
    books,
    by_first,
    name_of,
    of_claims,
    reckoned,
    under_day,
    under_key,
    under_name,
    under_unit,
)
from reconcile.judging.same_event import duplicates, first_of, nearby
from reconcile.judging.verdicts import Count, Grounds
from reconcile.linking import storing
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Known
from reconcile.scope import Scope
from reconcile.text.vietnamese import one_spelling
from worker.house import House
from worker.run import left_behind, linked
from worker.run.left_behind import Bytes, VerdictFile, Verdicts
from worker.run.linked import Linked
from worker.run.touching import TouchedCases, TouchedClaims, TouchedDossiers, anchors_of
from worker.store import LeftBehind
from worker.store.judged import Differing

log = structlog.get_logger(__name__)

#: From this share of changed claims on, everything is decided at once.
MOST_CHANGED = 0.2
#: What may be wrong with what was left behind.
RESCUED: tuple[type[Exception], ...] = (Exception,)


@dataclass(frozen=True, slots=True)
class Before:
    """What the newest run left behind, whole and of the same program and policy of linking."""

    row: LeftBehind
    known: Known
    file: VerdictFile
    verdicts: Verdicts
    linking: Bytes  # of which ``known`` is made

    def rest(self) -> None:
        """What was looked at need not stay in memory."""
        left_behind.rest(self.linking)
        left_behind.rest(self.verdicts.told)


@dataclass(frozen=True, slots=True)
class ByChange:
    """What was decided by change."""

    linked: Linked
    reckoned: Reckoned
    verdicts: Verdicts
    units: frozenset[str]  # the names of all units
    keys: frozenset[str]  # the claims that are other than before, or count where they did not


def before_now(house: House) -> Before | None:
    """What was left behind, where it is whole and no link in it stands on something else."""
    row = house.store.prepared.newest()
    if row is None or not row.verdicts or row.basis != linked.basis(house):
        return None
    linking, judging = left_behind.read(house, row.digest), left_behind.read(house, row.verdicts)
    if linking is None or judging is None or house.store.judged.links() != row.links:
        return None
    try:
        file, verdicts = left_behind.from_bytes(judging)
    except msgspec.MsgspecError:
        return None
    known = storing.from_bytes(linking)
    if known is None or file.linking != row.digest:
        return None
    return Before(row, known, file, verdicts, linking)


def links_of_before(
    house: House, found: Differing, answers: Sequence[Answer], dossiers: Sequence[Dossier]
) -> tuple[Linked, list[Link]] | None:
    """The stored links, where nothing that a link stands on is other than before."""
    before = before_now(house) if found.known and not found.keys else None
    if before is None or house.store.judged.files() != before.file.files:
        return None
    said = Answers.of(answers, dossiers)
    if (said.same, said.never) != (before.known.same, before.known.forbidden):
        return None
    return Linked(linked.since(house, before.row), None, ()), house.store.decisions.links()


def decide_by_change(
    house: House,
    scope: Scope,
    coverage: Coverage,
    answers: Sequence[Answer],
    found: Differing,
) -> ByChange | None:
    """What deciding everything would come to; None where all must be."""
    if not found.known or not left_behind.is_standing(scope):
        return None
    before = before_now(house)
    if before is None or before.file.basis != left_behind.basis(house, coverage):
        return None
    if scope.as_of < before.file.day:
        return None
    keys = _changed(house, before, found)
    if keys is None or len(keys) > MOST_CHANGED * found.of:
        return None
    try:
        return _Change(house, scope, coverage, before, keys, found.moved).decided(answers)
    except RESCUED as error:
        # Protects the run: all can be decided anew, and what was left behind is replaced then.
        log.error("run.prepared_differs", error=type(error).__name__)
        return None


def _changed(house: House, before: Before, found: Differing) -> frozenset[str] | None:
    """The claims that are other than before, or count where they did not; None: any may be."""
    now, then = house.store.judged.files(), before.file.files
    both = {*now} & {*then}
    if [one for one in now if one in both] != [one for one in then if one in both]:
        return None
    others = {number for number, _ in {*now} ^ {*then}}
    if others & {number for number, _ in both}:
        return None  # one that is called otherwise now
    # Where a dossier stands in its export is no evidence, unless it is the second of its code.
    stays = {key for key in found.moved if not before.known.is_row(key) and not first_of(key)}
    return (found.keys - stays) | house.store.judged.of_files(others)


class _Change:
    """One change and what it touches, step by step."""

    def __init__(
        self,
        house: House,
        scope: Scope,
        coverage: Coverage,
        before: Before,
        keys: frozenset[str],
        moved: frozenset[str],
    ) -> None:
        self.house, self.scope, self.coverage, self.before = house, scope, coverage, before
        self.keys, self.policy, self.verdicts = keys, house.policy, before.verdicts
        kinds = self.verdicts.counted.by_kind()
        self.counted = Counter({name: n for what in OF_CLAIMS for name, n in kinds[what].items()})
        self.spelled = one_spelling(name for what, name, *_ in self.counted if what == NAME)
        self.claims = TouchedClaims(house.store.search, self.spelled)
        self.dossiers = TouchedDossiers(self.claims, self.verdicts, before.known, keys, moved)

    def decided(self, answers: Sequence[Answer]) -> ByChange | None:
        base, of_before = self._base(), self._books()
        changed = self.dossiers.differing()
        how = self._linked(changed, answers)
        links = {link.row: link for link in how.again or ()}
        moved = set(filter(self.before.known.is_row, self.keys & self.dossiers.moved))
        asked = {*links, *how.gone, *moved}
        were = {one.row: one for one in self.house.store.search.links(asked)}
        self.cases = TouchedCases(self.claims, self.dossiers, self.verdicts, links, how.gone)

        cases = self._cases_of(self._touched(changed.dossiers, links, were, how.gone))
        twins = self._twins(cases, changed.dossiers)
        cases |= self._cases_of(twins.keys() - cases.keys())
        on = self._bench(cases, twins)
        cases |= self._cases_of(self._moved(of_before, on.registers) - cases.keys())
        if self._base() is not base or self._respelled():
            return None
        self._look_again(cases, self._bench(cases, twins), base)
        verdicts = self.verdicts
        telling = verdicts.telling()
        if self.scope.as_of != self.before.file.day:
            telling = (one.on(self.scope.as_of) for one in telling)
        judged_now = replace(how.how, judged=sum(case is not None for case in cases.values()))
        names = (str(name) for what, name, *_ in self.counted if what == NAME)
        units = frozenset(self.spelled.get(name, name) for name in names)
        self.before.rest()
        came_to = reckoned(telling, verdicts.counted, on, verdicts.owner)
        self.before.rest()
        return ByChange(
            replace(how, how=judged_now),
            came_to,
            verdicts,
            units,
            self.keys,
        )

    # Links

    def _linked(self, changed: Changed, answers: Sequence[Answer]) -> Linked:
        known = self.before.known
        said = Answers.by_anchors(answers, self.dossiers.anchors_of({a.dossier for a in answers}))
        count = len(changed.rows) + len(changed.dossiers)
        how = replace(linked.since(self.house, self.before.row), changed=count)
        if not count and (said.same, said.never) == (known.same, known.forbidden):
            return Linked(how, None, ())
        claims, dossiers = self.claims.rows, self.dossiers.of
        more = link_changed(known, changed, claims, dossiers, said, self.policy)
        how = replace(how, again=len(more.links))
        return Linked(how, more.known, more.links, more.gone)

    # Cases

    def _touched(
        self,
        dossiers: Collection[str],
        links: Mapping[str, Link],
        were: Mapping[str, Link],
        gone: Collection[str],
    ) -> set[str]:
        """The anchors of cases that are other than before, or that something else is said of."""
        touched = {*dossiers, *self.verdicts.due(self.scope.as_of)}
        touched |= {*self.verdicts.find([under_key(key) for key in self.keys])}
        for row in {*links, *were, *gone}:
            both = [one for one in (links.get(row), were.get(row)) if one is not None]
            if len(both) == 2 and both[0] == both[1] and row not in self.keys:
                continue
            for link in both:
                touched |= anchors_of(link) | ({link.conflict} if link.conflict else set())
        firsts = [first for key in self.keys if (first := first_of(key))]
        touched |= {*self.verdicts.find([under_key(key) for key in firsts])}
        touched |= {*self.dossiers.anchors_of(firsts).values()}
        return touched

    def _cases_of(self, anchors: Collection[str]) -> dict[str, Case | None]:
        """The cases of these anchors; None: not there any more. From here on they are counted."""
        found = self.cases.of(anchors)
        change: Counter[Count] = Counter()
        for anchor in anchors:
            if (known := self.verdicts.get(anchor)) is not None:
                change.subtract(self._of_claims(known.counts))
            if (case := found.get(anchor)) is not None:
                change.update(of_claims(case, self._as_said(case)))
        self.counted.update(change)
        for name in change:
            if not self.counted[name]:
                del self.counted[name]
        return {anchor: found.get(anchor) for anchor in anchors}

    def _of_claims(self, numbers: Iterable[int]) -> list[Count]:
        return [one for one in self.verdicts.counted.these(numbers) if one[0] in OF_CLAIMS]

    def _as_said(self, case: Case) -> dict[str, Claim]:
        keys = [*(row.claim.key for row in case.rows), *(c.key for c in case.software.values())]
        return {key: said for key in keys if (said := self.claims.said[key]) is not None}

    def _twins(
        self, cases: Mapping[str, Case | None], changed: Collection[str]
    ) -> dict[str, Claim | None]:
        """The earlier dossier of the same event, of all that a change may have given another."""
        names: set[str] = set()
        for anchor in changed:
            known, case = self.verdicts.get(anchor), cases.get(anchor)
            names |= {known.name} if known is not None else set()
            names |= {name_of(case, self.policy)} if case is not None else set()
        # A change gives another earlier dossier to those of its span and the next, and what theirs
        # may be lies one span further back.
        later = {one for name in names - {""} for one in nearby(name, 0, 1)}
        around = {one for name in later for one in nearby(name, -1, 0)}
        near = {*self.verdicts.find(list(map(under_name, around))), *changed}
        there: dict[str, Case | None] = {**self.cases.of(near - cases.keys())}
        there |= {anchor: cases[anchor] for anchor in near & cases.keys()}
        group = {case.anchor: name_of(case, self.policy) for case in there.values() if case}
        some = [case for case in there.values() if case and group[case.anchor] in around]
        earlier = duplicates(some, self.policy.duplicate_days)
        found: dict[str, Claim | None] = dict.fromkeys(changed)
        for case in some:
            if group[case.anchor] not in later:
                continue
            known, twin = self.verdicts.get(case.anchor), earlier.get(case.anchor)
            name = twin.key if twin is not None else ""
            if case.anchor in cases or known is None or known.twin != name:
                found[case.anchor] = twin
        return found

    def _bench(self, cases: Mapping[str, Case | None], twins: Mapping[str, Claim | None]) -> Bench:
        """What the rules stand on, as far as these cases ask for it."""
        kept = {
            anchor: known.twin
            for anchor in cases
            if anchor not in twins
            if (known := self.verdicts.get(anchor)) is not None and known.twin
        }
        earlier = self.claims.of(kept.values())
        found = {anchor: earlier[key] for anchor, key in kept.items() if key in earlier}
        found |= {anchor: twin for anchor, twin in twins.items() if twin is not None}
        registers = Registers(self.coverage, books(self.counted))
        conflicts = self._conflicts(cases)
        return bench(registers, self.coverage, self.scope, self.policy, conflicts, found)

    def _conflicts(self, cases: Mapping[str, Case | None]) -> dict[str, tuple[Claim, ...]]:
        rows, second = by_first(self.counted, CONFLICT), by_first(self.counted, SECOND)
        found = {}
        for anchor, case in cases.items():
            software = case.software.values() if case is not None else ()
            keys = {*rows.get(anchor, ())}
            keys |= {key for claim in software for key in second.get(claim.key, ())}
            if keys:
                claims = self.claims.of(keys)
                found[anchor] = tuple(claims[key] for key in sorted(claims))
        return found

    # What was read

    def _books(self) -> frozenset[Count]:
        return frozenset(name for name in self.counted if name[0] in (BOOK, BOOK_DAY))

    def _moved(self, of_before: frozenset[Count], registers: Registers) -> set[str]:
        """The cases of whose units or days something else is known to be read than before."""
        then, edge = self.before.file.coverage, self.policy.edge_days
        if then == self.coverage and of_before == self._books():
            return set()
        was = Grounds(Registers(then, books(of_before)), then, edge)
        now = Grounds(registers, self.coverage, edge)
        days = [(unit, on) for what, unit, *rest in self.counted if what == DAY for on in rest]
        moved = [
            under_unit(unit)
            for unit in {unit for unit, _ in days} | {""}
            if was.of_books(unit) != now.of_books(unit)
        ]
        if then != self.coverage:
            moved += [
                under_day(unit, day)
                for unit, day in ((unit, date.fromordinal(on)) for unit, on in days)
                if was.is_covered(unit, day) != now.is_covered(unit, day)
            ]
        return {*self.verdicts.find(moved)}

    def _base(self) -> Role:
        there = self.coverage.by_role(Role.ONE_STOP)
        return (
            Role.ONE_STOP if there or self.counted[SOFTWARE, Role.ONE_STOP.value] else Role.PORTAL
        )

    def _respelled(self) -> bool:
        return one_spelling(one[1] for one in self.counted if one[0] == NAME) != self.spelled

    def _look_again(self, cases: Mapping[str, Case | None], on: Bench, base: Role) -> None:
        said = {key: one for key, one in self.claims.said.items() if one is not None}
        looking = Looking(on, base, said)
        for anchor in cases:
            self.verdicts.drop(anchor)
        for case in cases.values():
            if case is not None:
                self.verdicts.put(looking.at(case))
