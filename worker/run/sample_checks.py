"""A risk-limiting check as its steps leave it: what was drawn and answered, what it proves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import metadata
from typing import Any

from reconcile.figures import checking, sampling
from reconcile.figures.checking import Claimed, ClaimOutcome, PlannedClaim, Seen, SeenPaper, Window
from reconcile.figures.frozen import Placed
from reconcile.scope import Scope
from reconcile.text.vietnamese import unit_key
from worker.house import House
from worker.reports import sampled
from worker.reports.facts import CheckFacts, ClaimProof, PaperAgainst
from worker.run import periods
from worker.store import Frozen
from worker.store.checks import ClaimPlan, PaperAnswer, SampleCheck, Seed


@dataclass(frozen=True, slots=True)
class ClaimNow:
    """One claim of a check: what was planned, which papers speak for it, what they prove by now.

    ``outcome`` is None before the first paper that was drawn for it is answered.
    """

    planned: PlannedClaim
    drawn: tuple[str, ...]
    unanswered: tuple[str, ...]
    outcome: ClaimOutcome | None
    against: tuple[tuple[str, int], ...] = ()  # keys that contradict, +1 too kind, -1 too harsh


@dataclass(frozen=True, slots=True)
class CheckNow:
    """A check as it stands now, with the frozen list that it speaks of."""

    check: SampleCheck
    frozen: Frozen
    placed: tuple[Placed, ...]
    window: Window
    parts: tuple[ClaimNow, ...]

    @property
    def drawn(self) -> tuple[Placed, ...]:
        """Every dossier that was drawn for any claim, in the order of the list."""
        keys = {key for part in self.parts for key in part.drawn}
        return tuple(one for one in self.placed if one.key in keys)

    @property
    def unanswered(self) -> tuple[Placed, ...]:
        return tuple(one for one in self.drawn if one.key not in self.check.papers)


def as_it_stands(house: House, check: SampleCheck) -> CheckNow:
    """A check with the frozen list that it speaks of, and what its papers prove by now."""
    frozen = _frozen(house, check)
    placed = listed(periods.unpack(frozen.payload).placed, check.plan.units)
    window = Window(check.plan.starts, frozen.as_of)
    return CheckNow(check, frozen, placed, window, _parts(check, placed, window))


def claim_as_json(part: ClaimNow) -> dict[str, Any]:
    """A claim for machines."""
    return sampled.as_json(part.planned, len(part.drawn), len(part.unanswered), part.outcome)


def of_scope(house: House, scope: Scope) -> CheckFacts | None:
    """What the newest check of exactly these figures proves; None where nothing was drawn of them.

    Of exactly the days and the cut-off, of the newest version, and of the same units.
    """
    if scope.starts is None or scope.procedures is not None:
        return None
    versions = house.store.periods.of(scope.starts, scope.ends)
    if not versions or versions[-1].as_of != scope.as_of:
        return None
    wanted = (scope.starts, scope.ends, versions[-1].number, tuple(sorted(scope.units or ())))
    drawn = [
        check
        for check in house.store.checks.all()
        if check.seed
        and (check.plan.starts, check.plan.ends, check.plan.version, check.plan.units) == wanted
    ]
    if not drawn:
        return None
    return replace(_facts(house, as_it_stands(house, drawn[-1])), earlier=len(drawn) - 1)


def _facts(house: House, now: CheckNow) -> CheckFacts:
    end, seed = now.check.end, now.check.seed
    assert seed is not None  # noqa: S101 - only of a check of which papers were drawn
    return CheckFacts(
        name=now.check.name,
        version=now.check.plan.version,
        manifest_hash=now.check.plan.manifest_hash,
        seed=seed.digits,
        witnesses=seed.witnesses,
        program=metadata.version("doisoat"),
        ended_on=end.at.astimezone(house.clock.zone).date() if end else None,
        claims=tuple(
            ClaimProof(one.planned, len(one.drawn), len(one.unanswered), one.outcome)
            for one in now.parts
        ),
        against=tuple(contradicting(now)),
    )


def contradicting(now: CheckNow) -> Iterator[PaperAgainst]:
    """The papers that contradict a claim or were not found, in the order of the list."""
    against = {key for part in now.parts for key, _ in part.against}
    for one in now.drawn:
        kept = now.check.papers.get(one.key)
        paper = paper_of(kept) if kept else None
        if paper and (one.key in against or paper.seen is Seen.MISSING):
            says = checking.place(paper, one, now.window)
            yield PaperAgainst(one, paper, says)


def listed(placed: Iterable[Placed], units: Sequence[str]) -> tuple[Placed, ...]:
    """The dossiers of a frozen list that a check of these units speaks of; no units: all."""
    chosen = frozenset(units)
    return tuple(
        one for one in placed if not chosen or one.unit in chosen or unit_key(one.unit) in chosen
    )


def result(now: CheckNow) -> dict[str, object]:
    """A check for machines: plan, seed, counts, and what each claim proves by now."""
    check = now.check
    return {
        "check": check.name,
        "period": {"from": check.plan.starts.isoformat(), "to": check.plan.ends.isoformat()},
        "version": check.plan.version,
        "manifest_sha256": check.plan.manifest_hash,
        "dossiers": len(now.placed),
        "seed": check.seed.digits if check.seed else None,
        "claims": [claim_as_json(part) for part in now.parts],
    }


def _parts(check: SampleCheck, placed: Sequence[Placed], window: Window) -> tuple[ClaimNow, ...]:
    papers = {one.key: paper_of(one) for one in check.papers.values()}
    return parts(check.plan.claims, placed, check.seed, check.counts, papers, window)


def parts(
    claims: Iterable[ClaimPlan],
    placed: Sequence[Placed],
    seed: Seed | None,
    counts: Mapping[str, int],
    papers: Mapping[str, SeenPaper],
    window: Window,
) -> tuple[ClaimNow, ...]:
    """Each claim with its papers and what they prove; nothing is proven while one is unanswered."""
    found = []
    planned = [
        checking.plan(
            placed,
            Claimed(one.claimed),
            risk=Fraction(one.risk),
            margin=Fraction(one.margin),
        )
        for one in claims
    ]
    chosen = {one.claimed: checking.population(one.claimed, placed) for one in planned}
    drawn: frozenset[str] = frozenset()
    if seed is not None:
        drawn = frozenset(
            key
            for one in planned
            for key in sampling.draw(
                chosen[one.claimed], seed.digits, counts.get(one.claimed.value, 0)
            )
        )
    for one in planned:
        whole = chosen[one.claimed]
        mine = checking.prefix(whole, seed.digits, drawn) if seed is not None else ()
        open_ = tuple(key for key in mine if key not in papers)
        outcome = None
        against: list[tuple[str, int]] = []
        if mine and not open_:
            outcome = checking.outcome(one, whole, mine, papers, window)
            against = list(checking.against(one.claimed, whole, mine, papers, window))
        found.append(ClaimNow(one, mine, open_, outcome, tuple(against)))
    return tuple(found)


def _frozen(house: House, check: SampleCheck) -> Frozen:
    name = check.period
    return next(
        one
        for one in house.store.periods.all()
        if one.name == name and one.number == check.plan.version
    )


def paper_of(kept: PaperAnswer) -> SeenPaper:
    return SeenPaper(kept.key, Seen(kept.seen), kept.registered_on, kept.returned_on)
