"""One case as the rules look at it: on the day of judgement, with what may be judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from reconcile.cases import ANCHOR_ORDER, Case
from reconcile.claims import PENDING, Claim, Origin, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, Registers, SourceCoverage
from reconcile.findings import Proof
from reconcile.judging import proof as proofs
from reconcile.judging.due import due
from reconcile.judging.same_event import Conflicts, Duplicates, conflicts, duplicates
from reconcile.policy import Policy
from reconcile.scope import Scope, status_at

UNREAD = "ô ngày trả, ngày đăng ký hoặc ký nhận trong sổ có chữ nhưng không đọc được"

#: The software whose states are compared, in the order in which one stands for the dossier.
SOFTWARE = (Role.ONE_STOP, Role.PORTAL, Role.HUB)

_CIRCULAR = Origin.PRINTED_FROM_ONE_STOP


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why a rule says nothing of a case: nothing opens, nothing resolves.

    ``source`` is its name in the configuration, empty where no single source is the cause.
    ``reason`` is Vietnamese, for the first page. ``counts`` is False where the office has no such
    source or book at all: the first page says that once, not for every dossier.
    """

    source: str
    reason: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Bench:
    """What one run stands on: the day, the coverage, the policy, the books."""

    scope: Scope
    coverage: Coverage
    policy: Policy
    registers: Registers
    sources: Mapping[str, SourceCoverage]
    silent_proof: Unjudged | None  # a source of proof that was not read in full
    conflicts: Conflicts  # by anchor: what bears the dossier's code and another person
    duplicates: Duplicates  # by anchor of the later dossier: the earlier one

    @property
    def as_of(self) -> date:
        return self.scope.as_of


@dataclass(frozen=True, slots=True)
class View:
    """A case with its proof and its states; everything dated later than the day is left out."""

    case: Case
    proof: Proof | None
    procedure: Procedure
    base: Claim | None  # the one-stop's claim, else the portal's, else the hub's
    states: Mapping[Role, Status]  # of the software, on the day of judgement
    unheard: Mapping[Role, Unjudged]  # software whose state may not be judged
    any_unheard: Unjudged | None  # the first of them
    row_unheard: Unjudged | None
    unit: str  # the resolving unit
    state: Status  # of the base claim, UNKNOWN without one
    books: frozenset[RegisterType]  # in which the case has a row
    waits: bool  # a linked group with only the registration proven: xong bước hộ tịch
    due_on: date | None  # decides between on time and late, as the base claim tells it

    @property
    def received_on(self) -> date | None:
        claim = self.base or self.case.main
        return claim.received_on

    @property
    def receiving_unit(self) -> str:
        """The unit that received the dossier and hands the result over."""
        claims = claims_of(self.case)
        return next((claim.receiving_unit for claim in claims if claim.receiving_unit), self.unit)

    def pending(self, role: Role) -> bool:
        return self.states.get(role) in PENDING and role not in self.unheard


def ground(cases: Collection[Case], coverage: Coverage, scope: Scope, policy: Policy) -> Bench:
    """Look everything up once that does not depend on the single case."""
    registers = Registers(coverage, (row.claim for case in cases for row in case.rows))
    twins = duplicates(cases, policy.duplicate_days)
    return bench(registers, coverage, scope, policy, conflicts(cases), twins)


def bench(
    registers: Registers,
    coverage: Coverage,
    scope: Scope,
    policy: Policy,
    conflicting: Conflicts,
    twins: Duplicates,
) -> Bench:
    """What a run stands on, where that is known."""
    silent = registers.silent or next(
        (source for source in coverage.by_role(Role.CIVIL_STATUS) if not source.answered), None
    )
    return Bench(
        scope=scope,
        coverage=coverage,
        policy=policy,
        registers=registers,
        sources={source.name: source for source in coverage.sources},
        silent_proof=not_read(silent) if silent else None,
        conflicts=conflicting,
        duplicates=twins,
    )


def look(case: Case, on: Bench) -> View:
    """See the case as it was known on the day of judgement."""
    software = case.software
    states: dict[Role, Status] = {}
    unheard: dict[Role, Unjudged] = {}
    base: Claim | None = None
    for role in SOFTWARE:
        claim = software.get(role)
        if claim is None:
            continue
        base = base or claim
        states[role] = status_at(claim, on.as_of)
        source = on.sources.get(claim.source)
        if source is None or not source.hears(claim.key):
            unheard[role] = not_read(source, claim.source)
        elif states[role] is Status.UNKNOWN:
            unheard[role] = Unjudged(claim.source, "trạng thái chưa rõ, chưa có trong bảng ánh xạ")
    proof = proofs.prove(case, on.coverage, on.scope) if _may_prove(case) else None
    return View(
        case=case,
        proof=proof,
        procedure=proofs.procedure_of(case),
        base=base,
        states=states,
        unheard=unheard,
        any_unheard=next(iter(unheard.values())) if unheard else None,
        row_unheard=_row_unheard(case, on)
        or (_unread(case, on) if proof is None and base is not None else None),
        unit=_unit(case, base),
        state=states[base.role] if base else Status.UNKNOWN,
        books=frozenset({row.claim.register_type for row in case.rows}),
        waits=base is not None
        and proof is not None
        and not proofs.result_proven(base.procedure, proof, on.policy),
        due_on=due(base).day(on.policy) if base else None,
    )


def not_read(source: SourceCoverage | None, name: str = "") -> Unjudged:
    """The source was not read in full: the sentence that page one shows."""
    if source is None:
        return Unjudged(name, "nguồn không còn trong cấu hình")
    since = f" từ ngày {source.unread_since:%d/%m/%Y}" if source.unread_since else ""
    return Unjudged(source.name, f"chưa đọc đủ nguồn{since}")


def claims_of(case: Case) -> list[Claim]:
    """Every claim of the case, the one that names it first."""
    software = [case.software[role] for role in ANCHOR_ORDER if role in case.software]
    return [*software, *(row.claim for row in case.rows)]


def _unit(case: Case, base: Claim | None) -> str:
    if base is not None and base.unit:
        return base.unit
    return next((claim.unit for claim in claims_of(case) if claim.unit), "")


def _may_prove(case: Case) -> bool:
    return bool(case.rows) or Role.CIVIL_STATUS in case.software


def _unread(case: Case, on: Bench) -> Unjudged | None:
    """Something stands where a proof would, and nobody could read it: no proof is not none."""
    for row in case.rows:
        source = on.sources.get(row.claim.source)
        if row.claim.unread and (source is None or source.origin is not _CIRCULAR):
            return Unjudged(row.claim.source, UNREAD)
    return None


def _row_unheard(case: Case, on: Bench) -> Unjudged | None:
    for row in case.rows:
        source = on.sources.get(row.claim.source)
        if source is not None and (source.answered or source.origin is _CIRCULAR):
            continue
        if not proofs.heard(row.claim, source):
            return not_read(source, row.claim.source)
    return None
