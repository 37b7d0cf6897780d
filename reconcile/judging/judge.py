"""Judge every case by every rule, only where it may be judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum

from reconcile.cases import Case
from reconcile.claims import Role, Status
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.findings import (
    Finding,
    Judgement,
    Kind,
    NotJudged,
    Reach,
    Undecided,
    Undetermined,
    WaitingGroup,
    parts,
)
from reconcile.judging import proof as proofs
from reconcile.judging.absence import NO_LIST, NOT_DECLARED
from reconcile.judging.case_view import Bench, Unjudged, View, ground, look, not_read
from reconcile.judging.evidence import WAITS_FOR
from reconcile.judging.needs import unmet, unopened
from reconcile.judging.rules import RULES, Outcome, is_overdue
from reconcile.judging.verdicts import CaseVerdict, Count, SaidOfCase
from reconcile.kinds import KINDS, Grade
from reconcile.labels import ROLES
from reconcile.policy import Policy
from reconcile.scope import Scope, in_scope


def judge(cases: Collection[Case], coverage: Coverage, scope: Scope, policy: Policy) -> Judgement:
    """Judge the cases of the scope on its day, in any order of cases the same."""
    on = ground(cases, coverage, scope, policy)
    verdicts = {case.anchor: verdict(case, on) for case in cases}
    counted = Counter(one for said in verdicts.values() if said for one in counts(said))
    return judgement(list(filter(None, verdicts.values())), counted, on, _Owners(cases, verdicts))


def verdict(case: Case, on: Bench) -> CaseVerdict | None:
    """What the rules say of the case; None where the run does not speak of it."""
    if not in_scope(case, on.scope) or not proofs.is_judged(case, on.policy):
        return None
    return _verdict(case, on)


def judgement(
    verdicts: Iterable[SaidOfCase],
    counted: Mapping[Count, int],
    on: Bench,
    owner: Callable[[str], Owned],
) -> Judgement:
    """What all cases come to: those ``verdicts`` that found something, and so many of each count.

    ``owner``: the verdict on the case that a dossier or row belongs to.
    """
    said = list(verdicts)
    bench = _Bench(on, counted)
    every = {
        finding.id: finding
        for one in said
        for finding in one.findings
        if on.scope.has_unit(finding.unit)
    }
    findings = _group_late_typing(every.values(), on.policy)
    memory = _Agreement(on, owner)
    undetermined = (one.undetermined for one in said if one.undetermined is not None)
    waiting = (one.waiting for one in said if one.waiting is not None)
    return Judgement(
        findings=tuple(sorted(findings, key=_order)),
        judged=memory.judged,
        unjudged=memory.unjudged,
        not_judged=bench.summary(),
        undetermined_overdue=tuple(sorted(undetermined, key=lambda one: one.anchor)),
        waiting_groups=tuple(sorted(waiting, key=lambda one: one.anchor)),
        reach=bench.reach(findings),
        undecided=bench.left_undecided(),
    )


def judge_one(kind: Kind, view: View, on: Bench) -> Outcome:
    """What the rule of this kind says of the case, where all that the kind needs was read."""
    needs = KINDS[kind].needs
    if unread := unmet(needs, view):
        return unread
    outcome = RULES[kind](view, on)
    return (unopened(needs, on) or outcome) if isinstance(outcome, Finding) else outcome


def counts(said: CaseVerdict) -> Iterator[Count]:
    """What a verdict adds to what is counted of all, in plain values."""
    unit = said.unit
    yield UNIT, unit
    left: dict[Kind, str] = {}
    for kind, why in said.unjudged:
        if why.counts:
            yield UNJUDGED, kind.value, why.source, why.reason, unit
            left[kind] = why.reason
    if said.undetermined is not None:
        left[Kind.TRULY_OVERDUE] = said.undetermined.reason
    if left:
        gravest = left.get(Kind.TRULY_OVERDUE) or next(iter(left.values()))
        yield UNDECIDED, gravest, unit
        yield from ((ASKED, gravest, unit, kind.value) for kind in left)


#: The first place of a count.
UNIT, UNJUDGED, UNDECIDED, ASKED = "unit", "unjudged", "undecided", "asked"


class _Bench:
    """What was counted of all cases, as a judgement tells it."""

    def __init__(self, on: Bench, counted: Mapping[Count, int]) -> None:
        self.on = on
        self.unjudged: dict[Kind, Counter[tuple[str, str, str]]] = {k: Counter() for k in RULES}
        self.units: set[str] = set()
        self.undecided: Counter[tuple[str, str]] = Counter()
        self.asked: dict[tuple[str, str], set[Kind]] = defaultdict(set)
        for (what, *rest), count in counted.items():
            if what == UNIT:
                self.units.update(filter(on.scope.has_unit, rest))
            elif what == UNJUDGED:
                kind, source, reason, unit = rest
                self.unjudged[Kind(kind)][source, reason, unit] += count
            elif what == UNDECIDED:
                reason, unit = rest
                self.undecided[reason, unit] += count
            elif what == ASKED:
                reason, unit, kind = rest
                self.asked[reason, unit].add(Kind(kind))

    def summary(self) -> tuple[NotJudged, ...]:
        """One line a kind, source, unit and reason; a silent source is one line for all units."""
        counted: Counter[tuple[Kind, str, str, str]] = Counter()
        silent = {source.name for source in self.on.coverage.sources if not source.answered}
        for kind, reasons in self.unjudged.items():
            for (source, reason, unit), cases in reasons.items():
                counted[kind, source, "" if source in silent else unit, reason] += cases
        for kind, source, reason in _unmet(self.on):
            counted[kind, source, "", reason] += 0
        lines = (NotJudged(*key, cases) for key, cases in counted.items())
        return tuple(sorted(lines, key=lambda one: (one.kind, one.source, one.unit, one.reason)))

    def left_undecided(self) -> tuple[Undecided, ...]:
        return tuple(
            Undecided(reason, unit, frozenset(self.asked[reason, unit]), cases)
            for (reason, unit), cases in sorted(self.undecided.items())
        )

    def reach(self, findings: Iterable[Finding]) -> dict[Kind, Reach]:
        """By kind: where it was not judged. What was found somewhere was judged there."""
        found = {(one.kind, one.unit) for one in findings}
        nowhere = dict(closed(self.on))
        reached: dict[Kind, Reach] = {}
        for kind in RULES:
            why: dict[str, str] = {}
            if KINDS[kind].asks_a_book:
                why |= {unit: NOT_DECLARED.reason for unit in self.units if self._undeclared(unit)}
            for (_, reason, unit), _cases in sorted(self.unjudged[kind].items()):
                why.setdefault(unit, reason)
            if kind in nowhere:
                why = dict.fromkeys(self.units, nowhere[kind])
            left = {unit: why[unit] for unit in sorted(why) if (kind, unit) not in found}
            reached[kind] = Reach(frozenset(self.units), left)
        return reached

    def _undeclared(self, unit: str) -> bool:
        return not self.on.registers.declared(unit)


def _verdict(case: Case, on: Bench) -> CaseVerdict:
    """What every rule says of the case."""
    view = look(case, on)
    findings: list[Finding] = []
    unjudged: list[tuple[Kind, Unjudged]] = []
    undetermined = None
    for kind in RULES:
        outcome = judge_one(kind, view, on)
        if isinstance(outcome, Finding):
            findings.append(outcome)
        elif outcome is not None:
            unjudged.append((kind, outcome))
            if kind is Kind.TRULY_OVERDUE and is_overdue(view, on) and view.proof is None:
                undetermined = _undetermined(view, outcome)
    waits = view.waits and any(map(view.pending, view.states))
    waiting = _waiting(view) if waits else None
    return CaseVerdict(view.unit, tuple(findings), tuple(unjudged), undetermined, waiting)


def _undetermined(view: View, why: Unjudged) -> Undetermined:
    base = view.base
    return Undetermined(
        anchor=view.case.anchor,
        code=base.own_code if base else "",
        unit=view.unit,
        due_on=view.due_on,
        received_on=view.received_on,
        procedure=view.procedure,
        subject=(base.subject or base.applicant) if base else "",
        status=base.status if base else Status.UNKNOWN,
        raw_status=base.raw_status if base else "",
        reason=why.reason,
        source=why.source,
        book=next((proofs.book_text(row.claim) for row in view.case.rows), ""),
    )


class Again(Enum):
    """What a second look at a dossier or row says of a known discrepancy without a finding."""

    AGREES = "agrees"
    UNJUDGED = "unjudged"
    OTHERWISE = "otherwise"  # not of this scope, or told by the finding of another


class Unowned(Enum):
    """No case owns the dossier or row."""

    UNOWNED = "unowned"


Owned = SaidOfCase | Unowned | None


class _Owners:
    """Answers whose a dossier or row is; made when it is asked first."""

    def __init__(self, cases: Collection[Case], verdicts: Mapping[str, CaseVerdict | None]) -> None:
        self._cases = cases
        self._verdicts = verdicts
        self._anchors: dict[str, str] | None = None

    def __call__(self, key: str) -> Owned:
        if self._anchors is None:
            self._anchors = {key: case.anchor for case in self._cases for key in owned(case)}
        anchor = self._anchors.get(key)
        return self._verdicts[anchor] if anchor is not None else Unowned.UNOWNED


def owned(case: Case) -> Iterator[str]:
    """The dossiers and rows that are of this case and no other."""
    yield from (row.claim.key for row in case.rows)
    yield from (claim.key for claim in case.software.values())


class _Agreement:
    """Answers, for a known discrepancy without a finding, whether that means agreement."""

    def __init__(self, on: Bench, owner: Callable[[str], Owned]) -> None:
        self._on = on
        self._owner = owner

    def judged(self, kind: Kind, anchor: str) -> bool:
        """Judged and found in agreement: every dossier or row that the anchor names."""
        return all(self._again(kind, key) is Again.AGREES for key in parts(anchor))

    def unjudged(self, kind: Kind, anchor: str) -> bool:
        """Some dossier or row that the anchor names is in the scope and could not be judged."""
        return any(self._again(kind, key) is Again.UNJUDGED for key in parts(anchor))

    def _again(self, kind: Kind, key: str) -> Again:
        said = self._owner(key)
        if isinstance(said, Unowned):
            return Again.AGREES if self._withdrawn(key) else Again.UNJUDGED
        if said is None or any(finding.kind is kind for finding in said.findings):
            return Again.OTHERWISE
        return Again.UNJUDGED if kind in said.left else Again.AGREES

    def _withdrawn(self, key: str) -> bool:
        """The row is gone from a newer complete version: evidence, if its source answered."""
        names = [name for name in self._on.sources if key.startswith((f"{name}:", f"{name}#"))]
        source = self._on.sources[max(names, key=len)] if names else None
        return source is not None and source.answered


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.unit, finding.kind.value, finding.id


def _waiting(view: View) -> WaitingGroup:
    claim = view.base or view.case.main
    proof = view.proof
    return WaitingGroup(
        anchor=view.case.anchor,
        code=claim.own_code,
        unit=view.unit,
        procedure=claim.procedure,
        subject=claim.subject or next((row.claim.subject for row in view.case.rows), ""),
        registered_on=proof.registered_on if proof else None,
        waits_for=WAITS_FOR[claim.procedure.event],
        book=proof.book if proof else "",
    )


def closed(on: Bench) -> Iterable[tuple[Kind, str]]:
    """The questions that no dossier can answer: a source they need is not there or silent."""
    for kind, facts in KINDS.items():
        for need in facts.needs:
            sources = [source for role in need.roles for source in on.coverage.by_role(role)]
            if any(source.answered or _in_part(source) for source in sources):
                continue
            if not sources:
                yield kind, f"chưa khai báo nguồn {_names(need.roles)}"
            else:
                yield kind, not_read(sources[0]).reason


def _in_part(source: SourceCoverage) -> bool:
    """Some files of it could be read, or some dossiers were heard: what they say may be judged."""
    if source.unheard is not None:
        return True
    return bool(source.silent_files) and "" not in source.silent_files


def _unmet(on: Bench) -> Iterable[tuple[Kind, str, str]]:
    """What no case tells: a source that did not answer, or that was never configured."""
    for kind, facts in KINDS.items():
        for need in facts.needs:
            sources = [source for role in need.roles for source in on.coverage.by_role(role)]
            if not sources:
                yield kind, "", f"chưa khai báo nguồn {_names(need.roles)}"
            listed = need.grade is not Grade.COMPLETE or any(source.has_list for source in sources)
            for source in sources:
                if not listed:
                    yield kind, source.name, NO_LIST
                if not source.answered:
                    yield kind, source.name, not_read(source).reason


def _names(roles: Sequence[Role]) -> str:
    return " hoặc ".join(ROLES[role] for role in roles)


def _group_late_typing(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """From some rows a unit on, what was typed in later (nhập bù) is one grouped line."""
    kept: list[Finding] = []
    typed: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        late = finding.kind is Kind.DATE_CONFLICT and finding.variant == "late_typing"
        (typed[finding.unit] if late else kept).append(finding)
    for same in typed.values():
        kept.extend([_grouped(same)] if len(same) >= policy.late_typing_rows else same)
    return kept


def _grouped(findings: Sequence[Finding]) -> Finding:
    """One line for many, in the name of the first dossier, with every place as evidence."""
    first = min(findings, key=lambda one: one.anchor)
    places = sorted({place for one in findings for place in one.register})
    members = tuple(sorted(one.anchor for one in findings))
    return replace(first, count=len(findings), members=members, register=tuple(places), late=None)
