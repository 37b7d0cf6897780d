"""What changed is linked as a full run would: whatever comes, goes, changes or is answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random
from zlib import crc32

import pytest

from bench import families
from bench.incremental import few_of
from bench.measure_families import told
from bench.ours import policy
from bench.planted import planted
from bench.population import Size
from bench.worlds import HARD, World, assemble
from reconcile import link
from reconcile.cases import Answer, Link
from reconcile.claims import Claim, Status
from reconcile.linking.by_people import score_pairs
from reconcile.linking.dossiers import dossiers
from reconcile.linking.fragments import Fragments, Traces
from reconcile.linking.incremental import Changed, link_changed
from reconcile.linking.linker import Answers, Known, link_all
from reconcile.linking.storing import from_bytes, to_bytes
from reconcile.policy import Policy, SizeClass
from reconcile.text.packed import PackedTexts

POLICY = Policy()


def hard(name: str, seed: int) -> tuple[World, Policy]:
    """Damaged codes, conflicts, couples, rows in both books: all that a change may meet."""
    mistakes = replace(HARD.mistakes, no_code=0.4)
    chosen = replace(HARD, dossiers=160, rows=150, mistakes=mistakes, twins=0.2, namesakes=0.2)
    return assemble(name, "hard", seed, chosen, Size(units=2, days=60)), POLICY


def kin(seed: int) -> tuple[World, Policy]:
    made = families.assemble("harsh", replace(families.HARSH, dossiers=160, units=2), seed)
    return made, policy(told(made))


WORLDS = {
    "coast": lambda: hard("coast", 31),
    "clans": lambda: hard("clans", 32),
    "planted": lambda: (planted(60, seed=21), POLICY),
    "families": lambda: kin(33),
}


FIELDS = (
    *("subject", "mother", "father", "applicant", "birth_date", "death_date", "unit"),
    *("own_code", "national_code", "received_on", "registered_on", "status", "book", "number"),
)


@dataclass
class Office:
    """What is known now, and the links as they were brought up to date so far."""

    policy: Policy
    claims: dict[str, Claim]
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    known: Known | None = None
    decided: int = 0

    def __post_init__(self) -> None:
        self.merged = dossiers(self.claims.values())
        found, self.known = link_all(self.claims.values(), self.said, self.policy)
        self.links = {one.row: one for one in found}

    @property
    def said(self) -> list[Answer]:
        return [self.answers[pair] for pair in sorted(self.answers)]

    def now(self, claims: Iterable[Claim]) -> None:
        """These are the claims now: link what changed."""
        before, was = self.claims, {one.anchor: one for one in self.merged}
        self.claims = {claim.key: claim for claim in claims}
        self.merged = dossiers(self.claims.values())
        keys = [one for one in {**before, **self.claims} if _is_row(before, self.claims, one)]
        changed = Changed(
            frozenset(key for key in keys if before.get(key) != self.claims.get(key)),
            frozenset(
                anchor
                for anchor, one in ({**was} | {one.anchor: one for one in self.merged}).items()
                if was.get(anchor) != next((m for m in self.merged if m.anchor == anchor), None)
            ),
        )
        stored = from_bytes(b"".join(to_bytes(self.known)))
        assert stored is not None
        rows = {key: claim for key, claim in self.claims.items() if claim.is_row}
        by_anchor = {one.anchor: one for one in self.merged}
        said = Answers.of(self.said, self.merged)
        more = link_changed(stored, changed, few_of(rows), few_of(by_anchor), said, self.policy)
        self.known, self.decided = more.known, len(more.links)
        for row in more.gone:
            self.links.pop(row, None)
        self.links |= {one.row: one for one in more.links}

    def check(self) -> None:
        found = [self.links[row] for row in sorted(self.links)]
        assert found == link(self.claims.values(), self.said, self.policy)


def _is_row(before: dict[str, Claim], now: dict[str, Claim], key: str) -> bool:
    return (now.get(key) or before[key]).is_row


def changed_somehow(claim: Claim, others: list[Claim], chance: Random) -> Claim:
    """The claim with one thing of another claim, or another status."""
    other = chance.choice(others)
    what = chance.choice(FIELDS)
    if what == "status":
        return replace(claim, status=chance.choice([Status.PROCESSING, Status.WITHDRAWN]))
    return replace(claim, **{what: getattr(other, what)})


def a_day(office: Office, chance: Random, reserve: list[Claim]) -> None:
    """A few things come, go, change, or are answered."""
    claims = dict(office.claims)
    for _ in range(chance.randint(1, 4)):
        what = chance.choice(["come", "come", "go", "change", "change", "answer"])
        key = chance.choice(sorted(claims))
        if what == "come" and reserve:
            one = reserve.pop()
            claims[one.key] = one
        elif what == "go" and len(claims) > 20:
            reserve.append(claims.pop(key))
        elif what == "change":
            alike = [one for one in claims.values() if one.is_row == claims[key].is_row]
            claims[key] = changed_somehow(claims[key], alike, chance)
        elif what == "answer":
            asked = [one for one in office.links.values() if one.dossier or one.rival]
            one = chance.choice(asked)
            pair = one.row, str(one.dossier or one.rival.dossier)
            if office.answers.pop(pair, None) is None:
                same = chance.random() < 0.5
                office.answers[pair] = Answer(*pair, same=same, by="vt", on="2024-04-01")
    office.now(claims.values())


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
@pytest.mark.parametrize("name", WORLDS)
def test_after_any_history_the_links_are_those_of_a_full_run(name: str, seed: int):
    made, settings = WORLDS[name]()
    chance = Random(f"{name}{seed}")
    claims = chance.sample(made.claims, len(made.claims))
    office = Office(settings, {one.key: one for one in claims[40:]})
    reserve = claims[:40]
    for _ in range(10):
        a_day(office, chance, reserve)
        office.check()


def test_one_change_touches_few_rows():
    made, settings = hard("coast", 41)
    office = Office(settings, {one.key: one for one in made.claims})
    row = next(one for one in made.rows)
    office.now(one for one in office.claims.values() if one.key != row.key)
    office.check()
    assert office.decided < len(made.rows) / 2


def test_codes_whose_checksums_clash_are_told_apart():
    """The well-known clash of CRC-32: it costs a comparison and adds nothing."""
    one, other = "plumless", "buckeroo"
    assert crc32(one.encode()) == crc32(other.encode())
    traces = Traces(PackedTexts.of([f"\x1d\x1d{one}", f"\x1d\x1d{other}"]))
    assert sorted(traces.bearing([one])) == [(0, 0), (0, 1)]
    assert Fragments(traces).clues([(7, f"\x1d\x1d{one}")]).number == {(7, 0)}


def test_a_larger_office_asks_more_of_a_pair():
    made, settings = hard("coast", 42)
    _, known = link_all(made.claims, [], settings)
    small, large = (
        score_pairs(known.ground, known.forbidden, size.prior).total
        for size in (SizeClass.UP_TO_60K, SizeClass.UP_TO_1M)
    )
    assert len(small)
    assert (small - large == 4).all()


def test_bytes_of_another_version_are_refused(monkeypatch):
    made, settings = hard("coast", 41)
    _, known = link_all(made.claims, [], settings)
    data = b"".join(to_bytes(known))
    monkeypatch.setattr("reconcile.linking.storing.FORMAT", "0 another table")
    assert from_bytes(data) is None
