"""link(): every register row with its dossier, or with nobody, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reconcile.cases import Answer, Dossier, Link, LinkState, Method, Reason
from reconcile.claims import Claim
from reconcile.linking.by_code import CERTAIN, CodeIndex, Contradicted, by_code, codes_in_row
from reconcile.linking.by_people import Comparable, Place, by_people, numbered, score_pairs
from reconcile.linking.candidates import once
from reconcile.linking.columns import REGISTERS, Merged, Side
from reconcile.linking.dossiers import dossiers
from reconcile.linking.lexicon import Array, Ints
from reconcile.linking.owners import Owners
from reconcile.policy import Policy
from reconcile.text.packed import PackedTexts, bearing, checksum, checksums, merge_order


@dataclass(frozen=True, slots=True)
class RowCodes:
    """Which rows give a code for themselves, by the checksum of the code."""

    sums: Array  # in order
    rows: PackedTexts  # whose they are

    @classmethod
    def of(cls, rows: Iterable[Claim]) -> RowCodes:
        found = {
            (checksum(code), row.key) for row in rows for one in codes_in_row(row) for code in one
        }
        ordered = sorted(found)
        sums = np.fromiter((one for one, _ in ordered), np.uint32, len(ordered))
        return cls(sums, PackedTexts.of(row for _, row in ordered))

    def giving(self, codes: Iterable[str]) -> set[str]:
        """The rows that may give one of these codes; now and then checksums clash."""
        return {self.rows[at] for at in bearing(self.sums, checksums(codes)).tolist()}

    def changed(self, gone: Collection[str], fresh: Iterable[Claim]) -> RowCodes:
        """Without what the one gave, with what the others give."""
        new = RowCodes.of(fresh)
        stays = np.delete(np.arange(len(self.rows)), self.rows.where(gone))
        sums, rows = self.sums[stays], self.rows.take(stays).with_more(new.rows)
        order = merge_order(sums, new.sums)
        return RowCodes(np.concatenate((sums, new.sums))[order], rows.take(order))


@dataclass(frozen=True, slots=True)
class SettledRows:
    """The rows whose places a code or a person filled."""

    rows: PackedTexts  # in order
    registers: Ints  # the register of each
    dossiers: Ints  # where the dossier of each stands, -1: nowhere

    @classmethod
    def of(cls, places: Mapping[str, Place], dossiers: Side) -> SettledRows:
        """Of places by row."""
        at, rows = dossiers.positions(anchor for _, anchor in places.values()), sorted(places)
        registers = np.array([places[row][0] for row in rows], dtype=np.int32)
        whose = np.array([at.get(places[row][1], -1) for row in rows], dtype=np.int32)
        return cls(PackedTexts.of(rows), registers, whose)

    def places(self) -> Array:
        """What they fill, as numbers in order."""
        there = self.dossiers >= 0
        return once(numbered(self.dossiers[there], self.registers[there]))

    def standing(self, stands: Array) -> SettledRows:
        """The same; ``stands``: where each dossier stands now, -1: nowhere."""
        dossiers = np.append(stands, -1)[self.dossiers].astype(np.int32)
        return SettledRows(self.rows, self.registers, dossiers)

    def changed(self, gone: Collection[str], fresh: SettledRows) -> SettledRows:
        """Without these rows, with the fresh ones."""
        order = Merged.of(self.rows, self.rows.where(gone), fresh.rows)
        return SettledRows(
            order.texts(self.rows, fresh.rows),
            order.table(self.registers, fresh.registers),
            order.table(self.dossiers, fresh.dossiers),
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What a run leaves for the next, which then links what changed: see ``storing``."""

    ground: Comparable  # the dossiers, and the rows that no code settled
    near: tuple[Array, Array]  # pairs of those rows that may decide one another
    settled: SettledRows  # what a code or a person settled
    forbidden: frozenset[tuple[str, str]]
    same: dict[str, str]  # row: dossier that a person said it is
    contradicted: dict[str, Contradicted]  # by row: its code is not believed
    codes: RowCodes

    def is_row(self, key: str) -> bool:
        """Whether a register row had this key."""
        return self.ground.rows.keys.find(key) >= 0 or self.settled.rows.find(key) >= 0


def link(
    claims: Iterable[Claim],
    answers: Sequence[Answer],
    policy: Policy,
    merged: Sequence[Dossier] | None = None,
) -> list[Link]:
    """Decide for every register row which dossier it speaks of, sorted by row.

    The whole office at once; the order of what is given never matters. Persons' answers come
    first, then codes, then numbers and people together. ``merged`` are the ``dossiers`` of the
    same claims, where somebody has put them together already.
    """
    return link_all(claims, answers, policy, merged)[0]


def link_all(
    claims: Iterable[Claim],
    answers: Sequence[Answer],
    policy: Policy,
    merged: Sequence[Dossier] | None = None,
) -> tuple[list[Link], Known]:
    """As ``link``, and what ``link_changed`` needs to link what changes later."""
    given = list(claims)
    rows = sorted((claim for claim in given if claim.is_row), key=lambda claim: claim.key)
    known = dossiers(given) if merged is None else merged
    said = Answers.of(answers, known)
    owners = Owners(policy.linking.owners)
    settled = settle(rows, CodeIndex.of(known), owners, said)
    left = [row for row in rows if row.key not in settled.links]
    ground = Comparable.of(left, known, owners)
    places = SettledRows.of(settled.places, ground.dossiers)
    scored = score_pairs(ground, said.never, policy.linking.size.prior)
    outcome = by_people(ground, scored, places.places(), policy.linking)
    kept = Known(
        ground,
        outcome.near,
        places,
        said.never,
        said.same,
        settled.contradicted,
        RowCodes.of(rows),
    )
    return merge(settled, outcome.links), kept


@dataclass(frozen=True, slots=True)
class Answers:
    """What persons answered, by the anchors of today."""

    same: dict[str, str]  # row: dossier
    never: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, answers: Iterable[Answer], known: Sequence[Dossier]) -> Answers:
        """As ``by_anchors``, by all dossiers."""
        return cls.by_anchors(
            answers, {claim.key: one.anchor for one in known for claim in one.claims}
        )

    @classmethod
    def by_anchors(cls, answers: Iterable[Answer], anchor: Mapping[str, str]) -> Answers:
        """The newest answer on each pair counts; of two dossiers for one row, the newest."""
        last: dict[tuple[str, str], Answer] = {}
        for answer in sorted(answers, key=lambda a: (a.on, a.row, a.dossier, a.same, a.by)):
            if answer.dossier in anchor:
                last.pop((answer.row, anchor[answer.dossier]), None)
                last[answer.row, anchor[answer.dossier]] = answer
        same = {row: dossier for (row, dossier), answer in last.items() if answer.same}
        return cls(same, frozenset(pair for pair, answer in last.items() if not answer.same))


@dataclass(slots=True)
class Settled:
    """Links that need no people: answers and codes; and the codes that something contradicts."""

    links: dict[str, Link] = field(default_factory=dict)
    contradicted: dict[str, Contradicted] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)  # by row

    def add(self, row: Claim, link_: Link) -> None:
        self.links[row.key] = link_
        if link_.decision is LinkState.AUTO and link_.dossier is not None:
            self.places[row.key] = REGISTERS[row.register_type], link_.dossier


def settle(rows: Iterable[Claim], index: CodeIndex, owners: Owners, said: Answers) -> Settled:
    """The rows that a person or a code settles."""
    settled = Settled()
    for row in rows:
        if row.key in said.same:
            settled.add(row, _answered(row.key, said.same[row.key]))
            continue
        found = by_code(row, index, owners, said.never)
        if isinstance(found, Contradicted):
            settled.contradicted[row.key] = found
        elif found is not None:
            settled.add(row, found)
    return settled


def merge(settled: Settled, found: Iterable[Link]) -> list[Link]:
    """All links, sorted by row; a code that is not believed stays visible whatever people say."""
    links = dict(settled.links)
    for one in found:
        links[one.row] = one
        code = settled.contradicted.get(one.row)
        if code is not None:
            sure = one.decision is LinkState.AUTO and one.dossier == code.conflict
            conflict = None if sure else code.conflict
            reasons = (code.reason, *one.reasons)
            links[one.row] = replace(one, conflict=conflict, reasons=reasons)
    return [links[key] for key in sorted(links)]


def _answered(row: str, dossier: str) -> Link:
    reasons = (Reason("người trả lời", "xác nhận là một hồ sơ", 0.0),)
    return Link(row, dossier, Method.OPERATOR, CERTAIN, LinkState.AUTO, None, reasons)
