"""One case as the rules look at it: on the day of judgement, with what may be judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from reconcile import proof as proofs
from reconcile.cases import ANCHOR_ORDER, Case
from reconcile.claims import PENDING, Claim, Origin, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, Registers, SourceCoverage
from reconcile.due import due
from reconcile.findings import Proof
from reconcile.pairs import Conflicts, Duplicates, conflicts, duplicates
from reconcile.policy import Policy
from reconcile.scope import Scope, status_at

#: The software whose states are compared, in the order in which one stands for the dossier.
SOFTWARE = (Role.ONE_STOP, Role.PORTAL, Role.HUB)
REFUSED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED})


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Why a rule says nothing of a case: nothing opens, nothing resolves.

    ``source`` is its name in the configuration, empty where no single source is the cause.
    ``reason`` is Vietnamese, for the first page.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
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
    row_unheard: Unjudged | None

    @property
    def state(self) -> Status:
        """The state of the base claim."""
        return self.states[self.base.role] if self.base else Status.UNKNOWN

    @property
    def any_unheard(self) -> Unjudged | None:
        return next(iter(self.unheard.values()), None)

    @property
    def received_on(self) -> date | None:
        claim = self.base or self.case.main
        return claim.received_on

    @property
    def unit(self) -> str:
        """The resolving unit."""
        return next((claim.unit for claim in self._claims() if claim.unit), "")

    @property
    def receiving_unit(self) -> str:
        """The unit that received the dossier and hands the result over."""
        claims = self._claims()
        return next((claim.receiving_unit for claim in claims if claim.receiving_unit), self.unit)

    def due_on(self, policy: Policy) -> date | None:
        """The day that decides between on time and late, as the base claim tells it."""
        return due(self.base).day(policy) if self.base else None

    def pending(self, role: Role) -> bool:
        return self.states.get(role) in PENDING and role not in self.unheard

    def is_waiting_group(self, policy: Policy) -> bool:
        """A linked group with only the registration proven: xong bước hộ tịch."""
        return (
            self.proof is not None
            and self.base is not None
            and not proofs.result_proven(self.base.procedure, self.proof, policy)
        )

    def has_book(self, kind: RegisterType) -> bool:
        return any(row.claim.register_type is kind for row in self.case.rows)

    def _claims(self) -> Iterable[Claim]:
        first = [self.base] if self.base else []
        others = [self.case.software[role] for role in ANCHOR_ORDER if role in self.case.software]
        return [*first, *others, *(row.claim for row in self.case.rows)]


def ground(cases: Collection[Case], coverage: Coverage, scope: Scope, policy: Policy) -> Ground:
    """Look everything up once that does not depend on the single case."""
    rows = (row.claim for case in cases for row in case.rows)
    registers = Registers(coverage, rows)
    silent = registers.silent or next(
        (source for source in coverage.by_role(Role.CIVIL_STATUS) if not source.answered), None
    )
    return Ground(
        scope=scope,
        coverage=coverage,
        policy=policy,
        registers=registers,
        sources={source.name: source for source in coverage.sources},
        silent_proof=not_read(silent) if silent else None,
        conflicts=conflicts(cases),
        duplicates=duplicates(cases, policy.duplicate_days),
    )


def look(case: Case, on: Ground) -> View:
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
        if not proofs.heard(claim, source):
            unheard[role] = not_read(source, claim.source)
        elif states[role] is Status.UNKNOWN:
            unheard[role] = Unjudged(claim.source, "trạng thái chưa rõ, chưa có trong bảng ánh xạ")
    return View(
        case=case,
        proof=proofs.prove(case, on.coverage, on.scope) if _may_prove(case) else None,
        procedure=proofs.procedure_of(case),
        base=base,
        states=states,
        unheard=unheard,
        row_unheard=_row_unheard(case, on),
    )


def not_read(source: SourceCoverage | None, name: str = "") -> Unjudged:
    """The source was not read in full: the sentence that page one shows."""
    if source is None:
        return Unjudged(name, "nguồn không còn trong cấu hình")
    since = f" từ ngày {source.unread_since:%d/%m/%Y}" if source.unread_since else ""
    return Unjudged(source.name, f"chưa đọc đủ nguồn{since}")


def _may_prove(case: Case) -> bool:
    return bool(case.rows) or Role.CIVIL_STATUS in case.software


def _row_unheard(case: Case, on: Ground) -> Unjudged | None:
    for row in case.rows:
        source = on.sources.get(row.claim.source)
        if source is not None and source.origin is Origin.PRINTED_FROM_ONE_STOP:
            continue
        if not proofs.heard(row.claim, source):
            return not_read(source, row.claim.source)
    return None
