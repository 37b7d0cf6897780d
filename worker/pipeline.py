"""The story of a run: poll the sources, reconcile, remember, publish.

Gather, decide, act: all reads come first, one pure decision follows, all writes come last.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

import reconcile
from connectors import Connector
from reconcile.cases import Case
from reconcile.claims import Claim, Snapshot
from reconcile.coverage import Coverage, SourceCoverage
from reconcile.figures import Statistics
from reconcile.judging import Judgement
from reconcile.lifecycle import Change, Discrepancy, State
from reconcile.links import Answer, Link
from reconcile.rules import LABEL_ONLY
from reconcile.scope import Scope
from reconcile.vietnamese import unit_key
from worker import alerts, asking, leases, reports
from worker.house import House
from worker.reports.contents import Contents
from worker.reports.facts import RunFacts
from worker.store import Applied, Intake, Lease, Posting, Progress, SourceFacts
from worker.telling import run_facts

log = structlog.get_logger(__name__)

DONE, STILL_OPEN, COULD_NOT_RUN, NOT_READ_IN_FULL = 0, 1, 2, 3

#: Told of each step, for a progress bar: what is being done and where it stands.
Tell = Callable[[Progress], None]


#: The last step: what was decided is remembered by then.
WRITING = "Viết báo cáo"
#: In the audit: a report with whole names was written.
FULL_NAMES = "report.full_names"


def quiet(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Unmasked:
    """Who wants a report with whole names, and why: it is audited before anything is written."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an operator, a schedule or a program asks for."""

    scope: Scope
    trigger: str = "cli"
    poll: bool = True
    sweep: bool = False  # read polled sources again from the beginning
    out: Path | None = None  # default: <data_dir>/reports/<run id>/
    formats: tuple[str, ...] = reports.FORMATS
    fail_on_open: bool = False
    in_full: Unmasked | None = None  # the files hold whole names; the run itself never does


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources brought in this run, and what is known of all of them."""

    intakes: Mapping[str, tuple[Intake, ...]]  # by source
    sources: tuple[SourceFacts, ...]
    coverage: Coverage

    @property
    def claims_written(self) -> int:
        return sum(intake.writes for taken in self.intakes.values() for intake in taken)


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

    def discrepancies(self) -> dict[str, Discrepancy]:
        """What is remembered of each finding once the changes are applied, by id."""
        return {**self.known, **{step.id: step.discrepancy for step in self.changes}}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended and where its report lies."""

    run_id: str
    exit_code: int
    folder: Path
    files: Mapping[str, str]  # name -> sha256
    contents: Contents
    applied: Applied = field(default_factory=Applied)
    claims_written: int = 0
    backdated: bool = False  # judged before the newest day judged: it moved nothing


def run(house: House, request: Request, tell: Tell = quiet) -> Outcome:
    """Poll, reconcile, remember, publish, under the lease of the office.

    Raises ``leases.Busy`` while another run works, StoreError, OSError for the report's folder.
    """
    run_id = new_run_id(house)
    with leases.held(house.store, run_id, house.clock) as lease:
        started = house.clock.now()
        house.store.begin_run(run_id, request.trigger, request.scope, at=started)
        told = _remembering(house, run_id, tell)
        try:
            return _run(house, request, run_id, started, lease, told)
        except BaseException as error:
            house.store.fail_run(run_id, at=house.clock.now(), problem=type(error).__name__)
            raise


def carry_out(
    house: House, request: Request, run_id: str, lease: Lease, tell: Tell = quiet
) -> Outcome:
    """The story of a run whose row is there already, for whoever holds its lease."""
    told = _remembering(house, run_id, tell)
    return _run(house, request, run_id, house.clock.now(), lease, told)


def _run(
    house: House, request: Request, run_id: str, started: datetime, lease: Lease, tell: Tell
) -> Outcome:
    intakes = (
        poll(house, house.connectors, tell, lease, sweep=request.sweep) if request.poll else {}
    )
    gathered = gather(house, intakes)
    decision = decide(house, request.scope, gathered.coverage, tell)
    newest = house.store.last_judged()
    backdated = newest is not None and request.scope.as_of < newest
    tell(Progress("Ghi nhớ kết quả"))
    applied = house.store.apply(
        decision.links,
        () if backdated else decision.changes,
        run_id=run_id,
        judged=None if backdated else request.scope.as_of,
        lease=lease,
        posting=None if backdated else _mails(house, request, run_id, gathered, decision),
    )
    tell(Progress(WRITING))
    exit_code = exit_code_of(house, request, gathered, decision)
    facts = run_facts(
        house,
        run_id=run_id,
        trigger=request.trigger,
        scope=request.scope,
        started=started,
        exit_code=exit_code,
        applied=applied,
        gathered=gathered,
        decision=decision,
    )
    contents = reports.build(facts)
    folder = request.out or house.settings.office.data_dir / "reports" / run_id
    shown = _in_full(house, request.in_full, facts) if request.in_full else contents
    files = reports.write(shown, folder, request.formats)
    house.store.finish_run(
        run_id,
        at=house.clock.now(),
        exit_code=exit_code,
        summary=reports.run_json(contents, files).decode(),
        contents=reports.pack(contents),
        lease=lease,
    )
    log.info(
        "run.finished",
        run=run_id,
        exit_code=exit_code,
        claims_written=gathered.claims_written,
        links_written=applied.links,
        changes_written=applied.changes,
        findings=len(decision.judgement.findings),
    )
    return Outcome(
        run_id, exit_code, folder, files, contents, applied, gathered.claims_written, backdated
    )


def _in_full(house: House, asked: Unmasked, facts: RunFacts) -> Contents:
    """The report with whole names, to be written and not to be kept."""
    seq = house.store.audit.append(
        actor=asked.by,
        act=FULL_NAMES,
        object=facts.run_id,
        reason=asked.reason,
        at=house.clock.now(),
    )
    # The reason stands in the audit alone: a person wrote it, it may name somebody.
    log.info("report.full_names", run=facts.run_id, by=asked.by, audit=seq)
    return reports.build(replace(facts, full_names=True))


def poll(
    house: House,
    connectors: Iterable[Connector],
    tell: Tell = quiet,
    lease: Lease | None = None,
    *,
    sweep: bool = False,
) -> dict[str, tuple[Intake, ...]]:
    """Read what is new in every source and take it in; a broken source stops no other."""
    by_name = {connector.source.name: connector for connector in connectors}
    order = asking.lists_first(connector.source for connector in by_name.values())
    return {
        name: tuple(_poll_one(house, by_name[name], tell, lease, sweep=sweep)) for name in order
    }


def _poll_one(
    house: House, connector: Connector, tell: Tell, lease: Lease | None, *, sweep: bool
) -> Iterable[Intake]:
    source = connector.source.name
    seen: list[str] = []
    tell(Progress("Đọc nguồn", source))
    for snapshot in asking.visit(house, connector, lease, sweep=sweep):
        intake = _take_in(house, snapshot, lease)
        seen.append(snapshot.file)
        tell(Progress("Đọc nguồn", source, done=len(seen)))
        yield intake
    house.store.finish_poll(source, seen, lease=lease)


def _take_in(house: House, snapshot: Snapshot, lease: Lease | None) -> Intake:
    intake = house.store.take_in(
        snapshot,
        at=house.clock.now(),
        on=house.clock.today(),
        lease=lease,
    )
    log.info(
        "snapshot.taken_in",
        source=snapshot.source,
        file=snapshot.file,
        complete=intake.complete,
        problem=intake.problem,
        read=intake.read,
        rejected=intake.rejected,
        new=intake.new,
        changed=intake.changed,
        gone=intake.gone,
        unknown_columns=list(snapshot.unknown_columns),
    )
    return intake


def take_in_files(
    house: House, connectors: Iterable[Connector], lease: Lease | None = None
) -> list[Intake]:
    """Take in single files that somebody hands over; what else the source has stays as it is."""
    taken: list[Intake] = []
    for connector in connectors:
        memory = house.store.memory(connector.source.name)
        taken += [_take_in(house, snapshot, lease) for snapshot in connector.fetch(memory)]
    return taken


def gather(house: House, intakes: Mapping[str, tuple[Intake, ...]]) -> Gathered:
    """What is known of every configured source now, whatever was polled in this run."""
    facts = tuple(house.store.coverage_facts(source.name) for source in house.settings.sources)
    return Gathered(intakes, facts, Coverage(tuple(_coverage(house, one) for one in facts)))


def _coverage(house: House, facts: SourceFacts) -> SourceCoverage:
    source = house.settings.source(facts.source)
    assert source is not None  # noqa: S101 - facts were asked for by the settings' own names
    units = {unit_key(unit) for unit in facts.units if unit} | {
        unit for unit in facts.units if unit
    }
    return SourceCoverage(
        name=source.name,
        role=source.role,
        kind=source.kind,
        origin=source.origin,
        since=source.since or house.settings.office.since,
        answered=facts.answered,
        silent_files=facts.silent_files,
        problem=facts.problem,
        unread_since=facts.unread_since,
        starts=facts.starts,
        ends=facts.ends,
        units=frozenset(units) or None,
        has_list=source.HAS_LIST,
        declared=tuple(
            replace(one, unit=house.tables.units.resolve(one.unit, one.until) or one.unit)
            for one in (*source.declared, *house.store.books.of(source.name))
        ),
    )


def decide(house: House, scope: Scope, coverage: Coverage, tell: Tell = quiet) -> Decision:
    """Compare everything known. Pure, but for the three reads on its first lines."""
    tell(Progress("Lấy dữ liệu đã biết"))
    claims = house.store.claims()
    answers = house.store.answers()
    known = {one.id: one for one in house.store.discrepancies(scope)}
    tell(Progress("Ghép dòng sổ với hồ sơ", total=sum(claim.is_row for claim in claims)))
    dossiers = reconcile.dossiers(claims)
    links = reconcile.link(claims, answers, house.policy, dossiers)
    tell(Progress("Đối chiếu, xét từng hồ sơ", total=len(claims)))
    cases = reconcile.cases(claims, links, dossiers)
    judgement = reconcile.judge(cases, coverage, scope, house.policy)
    statistics = reconcile.tabulate(cases, coverage, scope, house.policy, judgement.findings)
    changes = reconcile.advance(
        known, judgement, house.policy, now=house.clock.now(), as_of=scope.as_of
    )
    return Decision(claims, answers, links, cases, judgement, statistics, known, changes)


def _mails(
    house: House, request: Request, run_id: str, gathered: Gathered, decision: Decision
) -> Posting | None:
    """The mails that this run gives rise to, written with its changes; sent later, by others."""
    return alerts.for_run(
        house,
        run_id=run_id,
        as_of=request.scope.as_of,
        sources=gathered.sources,
        findings=decision.judgement.findings,
        changes=decision.changes,
    )


def exit_code_of(house: House, request: Request, gathered: Gathered, decision: Decision) -> int:
    """3 outranks 1: what was not read may hide what is open."""
    if not all(source.answered for source in gathered.sources):
        return NOT_READ_IN_FULL
    remembered = decision.discrepancies()
    states = Counter(
        remembered[finding.id].state
        for finding in decision.judgement.findings
        if finding.id in remembered and finding.kind not in LABEL_ONLY
    )
    still_open = states[State.OPEN] + states[State.ACKNOWLEDGED]
    return STILL_OPEN if request.fail_on_open and still_open else DONE


def new_run_id(house: House) -> str:
    """``2024-04-01-073000-3f2a``: sorts by time, unique among processes."""
    return f"{house.clock.local():%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"


def _remembering(house: House, run_id: str, tell: Tell) -> Tell:
    """Progress goes to the store too, so that others can follow the run."""

    def told(progress: Progress) -> None:
        house.store.report_progress(run_id, progress)
        tell(progress)

    return told
