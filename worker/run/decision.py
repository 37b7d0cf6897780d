"""Everything that is decided of what is known, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import reconcile
from reconcile.cases import Answer, Case, Link
from reconcile.claims import Claim
from reconcile.coverage import Coverage, Uncovered, silenced, uncovered
from reconcile.figures.form import Statistics
from reconcile.findings import Judgement
from reconcile.judging import registers
from reconcile.judging.registers import Suspect
from reconcile.judging.verdicts import Verdicts
from reconcile.kinds import KINDS
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.scope import Scope
from worker.house import House
from worker.run.judged import judge_now, leave_verdicts
from worker.run.linked import Linked, leave_behind, link_now
from worker.run.polling import Tell, quiet
from worker.run.stages import stage
from worker.store import Lease, Progress

#: States in which somebody has to do something.
TO_BE_DONE = frozenset({State.OPEN, State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that was decided of what is known, before anything is written."""

    claims: Sequence[Claim]
    answers: Sequence[Answer]
    links: Sequence[Link]
    cases: Sequence[Case]
    judgement: Judgement
    statistics: Statistics
    known: Mapping[str, Discrepancy]
    changes: Sequence[Change]
    left_open: Sequence[Discrepancy] = ()  # known, and this time not judged
    suspects: Sequence[Suspect] = ()  # signs of a made-up register
    linked: Linked | None = None  # how the links came about, and what is left behind of it
    verdicts: Verdicts | None = None  # to be left behind
    read: Coverage | None = None  # upon which they stand

    def leave_behind(self, house: House, lease: Lease | None) -> None:
        """Keep what the next run need not do again; what was decided is stored by now."""
        if self.linked is not None:
            leave_behind(house, self.linked, lease=lease)
        if self.verdicts is not None and self.read is not None:
            leave_verdicts(house, self.read, self.verdicts)

    def discrepancies(self) -> dict[str, Discrepancy]:
        """What is remembered of each finding once the changes are applied, by id."""
        return {**self.known, **{step.id: step.discrepancy for step in self.changes}}

    def still_open(self) -> int:
        """How many findings somebody has to do something about."""
        remembered = self.discrepancies()
        return sum(
            finding.id in remembered
            and remembered[finding.id].state in TO_BE_DONE
            and KINDS[finding.kind].mailed
            for finding in self.judgement.findings
        )


def decide(
    house: House, scope: Scope, coverage: Coverage, tell: Tell = quiet, *, whole: bool = False
) -> Decision:
    """Compare everything known. What it reads, it reads before it judges.

    ``whole``: link everything anew, and say whether linking what changed comes to the same.
    """
    tell(Progress("Lấy dữ liệu đã biết"))
    with stage("load"):
        claims = house.store.readings.claims()
        answers = house.store.answers.all()
        known = {one.id: one for one in house.store.decisions.discrepancies(scope)}
    tell(Progress("Ghép dòng sổ với hồ sơ", total=sum(claim.is_row for claim in claims)))
    with stage("link"):
        dossiers = reconcile.dossiers(claims)
        linked = link_now(house, claims, dossiers, answers, whole=whole)
        links = linked.links
    tell(Progress("Đối chiếu, xét từng hồ sơ", total=len(claims)))
    # Of a period of which nobody speaks nothing is judged.
    coverage = silenced(coverage, missing_days(house, scope, coverage))
    with stage("judge"):
        cases = reconcile.cases(claims, links, dossiers)
        judgement, verdicts, same = judge_now(house, cases, coverage, scope, whole=whole)
        linked = linked.judged(verdicts.anew if verdicts else len(cases), same)
    with stage("count"):
        statistics = reconcile.tabulate(cases, coverage, scope, house.policy, judgement.findings)
        changes = reconcile.advance(
            known, judgement, house.policy, now=house.clock.now(), as_of=scope.as_of
        )
        left = reconcile.left_open(known, judgement)
        signs = (
            registers.suspects(cases, statistics.moved, coverage, scope, house.policy)
            if statistics.covered
            else ()
        )
    return Decision(
        claims,
        answers,
        links,
        cases,
        judgement,
        statistics,
        known,
        changes,
        left,
        signs,
        linked,
        verdicts,
        coverage,
    )


def missing_days(house: House, scope: Scope, coverage: Coverage) -> Uncovered | None:
    """The days of the period of which the counted software does not speak."""
    policy = house.policy
    return uncovered(coverage, scope, edge_days=policy.edge_days, untold_days=policy.untold_days)
