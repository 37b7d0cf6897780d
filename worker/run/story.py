"""The story of a run: have the sources read, reconcile, remember, publish.

Gather, decide, act: all reads come first, one pure decision follows, all writes come last. What is
asked over the network is asked before, and outside of, the lease of the office.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
import structlog
from structlog.contextvars import bound_contextvars

from reconcile.coverage import Uncovered
from reconcile.kinds import KINDS, Kind
from reconcile.lifecycle import Change
from worker import alerts, reports
from worker.house import House
from worker.reports.contents import Contents
from worker.reports.decided import Decided
from worker.reports.facts import OwnFacts, RunFacts, nothing_written
from worker.reports.written import Lines
from worker.run import doubts, keeping, leases, polling, reuse, warnings
from worker.run.decision import TO_BE_DONE, Decision, decide, missing_days
from worker.run.exits import DONE, NOT_READ_IN_FULL, STILL_OPEN
from worker.run.facts import own_facts, run_facts, writes
from worker.run.left_behind import is_standing
from worker.run.linked import unchanged
from worker.run.polling import Gathered, Tell, gather, quiet, take_in_files
from worker.run.requests import FULL_NAMES, Outcome, Request, Unmasked
from worker.run.stages import seldom_collecting, stage
from worker.store import Applied, Lease, Progress
from worker.store.findings import FoundRows
from worker.store.judged import Differing

__all__ = [
    "Outcome",
    "Request",
    "Tell",
    "Unmasked",
    "carry_out",
    "decide",
    "new_run_id",
    "run",
    "take_in_files",
]

log = structlog.get_logger(__name__)

#: The last step: what was decided is remembered by then.
WRITING = "Viết báo cáo"
UNCHANGED = "Không có gì thay đổi, dùng lại kết quả đã có"


@dataclass(frozen=True, slots=True)
class Begun:
    """A run at work: what was asked of it, and under which lease it writes."""

    run_id: str
    request: Request
    started: datetime
    lease: Lease
    backdated: bool  # judged before the newest day judged: it moves nothing
    found: Differing  # what changed since the newest run, when it began to decide


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that found everything as it is now, and what its report says."""

    run_id: str
    fingerprint: str
    contents: Contents


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to: ``contents`` are kept, ``shown`` are written to its files."""

    contents: Contents
    shown: Contents
    applied: Applied
    fingerprint: str
    same_as: str = ""  # the run whose decision this is, where nothing had changed
    leaves: bool = False  # the next run goes on from here


def run(house: House, request: Request, tell: Tell = quiet) -> Outcome:
    """Read, reconcile, remember, publish, in this process.

    Raises ``leases.Busy`` while another run works, StoreError, OSError for the report's folder.
    """
    run_id, started = new_run_id(house), house.clock.now()
    with bound_contextvars(run=run_id), seldom_collecting():
        with leases.held(house.store, run_id, house.clock) as lease:
            rounds = _asked(house, request) if request.wait else {}
            if not rounds:
                return _begun(house, request, run_id, started, lease, tell)
            files = polling.read_files(house, tell, lease)
        with stage("poll"):
            polling.read_here(house, rounds, tell)
            while polling.ask_on(house, rounds):
                polling.read_here(house, rounds, tell)
        said = {**files, **polling.brought(house, rounds)}
        with leases.waited_for(house.store, run_id, house.clock) as lease:
            return _begun(house, request, run_id, started, lease, tell, said)


def _asked(house: House, request: Request) -> polling.Rounds:
    return polling.ask(house, sweep=request.sweep, by=request.trigger) if request.poll else {}


def _begun(
    house: House,
    request: Request,
    run_id: str,
    started: datetime,
    lease: Lease,
    tell: Tell,
    said: polling.Brought | None = None,
) -> Outcome:
    """From here on others can see the run; one that is broken off is marked as such."""
    house.store.runs.begin(run_id, request.trigger, request.scope, at=started)
    told = _remembering(house, run_id, tell)
    try:
        return _run(house, request, run_id, started, lease, told, said)
    except BaseException as error:
        house.store.runs.fail(run_id, at=house.clock.now(), problem=type(error).__name__)
        raise


def carry_out(
    house: House,
    request: Request,
    run_id: str,
    lease: Lease,
    tell: Tell = quiet,
    said: polling.Brought | None = None,
) -> Outcome:
    """The story of a run whose row is there already, for whoever holds its lease.

    ``said``: what its sources brought, where they were read before; None: the files are read now.
    """
    told = _remembering(house, run_id, tell)
    known = house.store.runs.one(run_id)
    started = known.started if known else house.clock.now()
    with bound_contextvars(run=run_id), seldom_collecting():
        return _run(house, request, run_id, started, lease, told, said)


def _run(
    house: House,
    request: Request,
    run_id: str,
    started: datetime,
    lease: Lease,
    tell: Tell,
    said: polling.Brought | None,
) -> Outcome:
    with stage("read"):
        if said is None:
            said = polling.read_files(house, tell, lease) if request.poll else {}
        gathered = gather(house, said)
    backdated = _is_backdated(house, request)
    with stage("compare"):
        found = house.store.judged.differing()
        started_as = Begun(run_id, request, started, lease, backdated, found)
        earlier = _earlier(house, request, gathered, found)
    if earlier is not None:
        tell(Progress(UNCHANGED))
        ended = _decided_before(house, started_as, gathered, earlier)
    else:
        ended = _decided_now(house, started_as, gathered, tell)
    tell(Progress(WRITING))
    folder = request.out or house.settings.office.data_dir / "reports" / run_id
    if request.in_full is not None:
        # Whole names are for whoever asked; the folder lets nobody else in, whatever the files say.
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    with stage("write"):
        files = reports.write(ended.shown, folder, request.formats)
    with stage("keep"):
        house.store.runs.finish(
            run_id,
            at=house.clock.now(),
            exit_code=ended.contents.run.exit_code,
            summary=reports.run_json(ended.contents, files).decode(),
            contents=reports.pack(ended.contents),
            page=reports.pack_page(ended.contents),
            fingerprint=ended.fingerprint,
            lease=lease,
        )
        if ended.leaves:
            house.store.prepared.keep_reported(run_id, lease=lease)
    log.info(
        "run.finished",
        run=run_id,
        exit_code=ended.contents.run.exit_code,
        claims_written=gathered.claims_written,
        links_written=ended.applied.links,
        changes_written=ended.applied.changes,
        findings=sum(ended.contents.run.counts.values()),
        same_as=ended.same_as,
    )
    return Outcome(
        run_id,
        ended.contents.run.exit_code,
        folder,
        files,
        ended.contents,
        ended.applied,
        gathered.claims_written,
        started_as.backdated,
        ended.same_as,
    )


def _is_backdated(house: House, request: Request) -> bool:
    newest = house.store.decisions.last_judged()
    return newest is not None and request.scope.as_of < newest


def _decided_now(house: House, begun: Begun, gathered: Gathered, tell: Tell) -> Ended:
    """Decide, remember what changed, and tell what the report shows."""
    scope = begun.request.scope
    with stage("decide"):
        decision = decide(
            house,
            scope,
            gathered.coverage,
            tell,
            found=begun.found,
            whole=begun.request.sweep,
            lease=begun.lease,
        )
    with stage("contents"):
        missing = missing_days(house, scope, gathered.coverage)
        exit_code = exit_code_of(begun.request, gathered, decision.still_open(), missing)
        warned = warnings.warnings(house, gathered.coverage, scope.as_of)
        how = decision.linked.how
        own = _own(house, begun, gathered, Applied(), exit_code, warned, how)
        asked = doubts.asked_rows(house, decision)
        facts = run_facts(house, own, scope, gathered, decision)
        facts = replace(facts, controls=doubts.as_doubts(house, asked))
        lines = reports.lines_of(facts)
        contents = reports.build(facts, lines)
    tell(Progress("Ghi nhớ kết quả"))
    with stage("apply"):
        changes = () if begun.backdated else decision.changes
        found = (
            keeping.only_undetermined(contents, moved=True)
            if begun.backdated
            else keeping.found_rows(
                lines, contents, decision.discrepancies(), whole=is_standing(scope)
            )
        )
        found = replace(found, asked=asked)
        applied = _apply(house, begun, gathered, decision, lines, changes, found, how)
        decision.leave_behind(begun.lease)
    with stage("contents"):
        # Only now it is known when the run was done, and what it wrote.
        facts = replace(facts, finished=house.clock.now(), writes=writes(gathered, applied))
        contents = reports.done(contents, facts)
        in_full = begun.request.in_full
        shown = _in_full(house, in_full, facts) if in_full else contents
    known = decision.known if begun.backdated else decision.discrepancies()
    same = reuse.fingerprint(
        house, scope, gathered.coverage, known.values(), decision.answers, begun.found.said
    )
    return Ended(contents, shown, applied, same, leaves=decision.left is not None)


def _decided_before(house: House, begun: Begun, gathered: Gathered, earlier: Earlier) -> Ended:
    """Nothing that decides has changed: the earlier run's contents are this run's, too."""
    found = keeping.only_undetermined(earlier.contents)
    how = unchanged(house)
    applied = _apply(house, begun, gathered, None, None, (), found, how)
    missing = missing_days(house, begun.request.scope, gathered.coverage)
    still_open = _still_open(begun.request, earlier.contents)
    exit_code = exit_code_of(begun.request, gathered, still_open, missing)
    warned = {name: line.warnings for name, line in earlier.contents.run.sources.items()}
    own = _own(house, begun, gathered, applied, exit_code, warned, how)
    contents = reports.again(earlier.contents, own)
    return Ended(contents, contents, applied, earlier.fingerprint, same_as=earlier.run_id)


def _earlier(
    house: House, request: Request, gathered: Gathered, found: Differing
) -> Earlier | None:
    """The newest run that found everything as it is now. Whole names are never kept to be found."""
    if request.in_full is not None or request.sweep:
        return None  # the nightly run decides in full, to compare
    if found.keys and is_standing(request.scope):
        return None  # the newest decision was another, and this one goes on from there
    known = house.store.decisions.discrepancies(request.scope)
    answers = house.store.answers.all()
    same = reuse.fingerprint(house, request.scope, gathered.coverage, known, answers, found.said)
    stored = house.store.runs.same_contents(same)
    if stored is None:
        return None
    run_id, packed = stored
    try:
        return Earlier(run_id, same, reports.unpack(packed))
    except msgspec.MsgspecError:
        log.warning("run.contents_unreadable", of=run_id)
        return None


def _apply(
    house: House,
    begun: Begun,
    gathered: Gathered,
    decision: Decision | None,
    lines: Lines | None,
    changes: Sequence[Change],
    found: FoundRows,
    decided: Decided | None,
) -> Applied:
    """Remember what was decided, and with it the mails that it gives rise to; others send them."""
    links, ended = decision.to_store() if decision else (None, None)
    judgement = decision.judgement if decision else None
    scope, as_of = begun.request.scope, begun.request.scope.as_of
    reach = judgement.reach.get(Kind.TRULY_OVERDUE) if judgement else None
    posting = None
    if not begun.backdated:
        posting = alerts.for_run(
            house,
            run_id=begun.run_id,
            as_of=as_of,
            sources=gathered.sources,
            lines=lines,
            changes=changes,
            undetermined=(
                judgement.undetermined_overdue if judgement and scope.units is None else None
            ),
            unjudged=reach.unjudged if reach else (),
            covered=missing_days(house, scope, gathered.coverage) is None,
            decided=decided,
        )
    return house.store.decisions.apply(
        links,
        changes,
        run_id=begun.run_id,
        judged=None if begun.backdated else as_of,
        lease=begun.lease,
        posting=posting,
        found=found,
        ended=ended,
    )


def _own(
    house: House,
    begun: Begun,
    gathered: Gathered,
    applied: Applied,
    exit_code: int,
    warned: Mapping[str, Sequence[str]],
    decided: Decided | None,
) -> OwnFacts:
    return own_facts(
        house,
        run_id=begun.run_id,
        trigger=begun.request.trigger,
        started=begun.started,
        exit_code=exit_code,
        applied=applied,
        gathered=gathered,
        warned=warned,
        decided=decided,
        missing=missing_days(house, begun.request.scope, gathered.coverage),
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
    return reports.build(replace(facts, full_names=True, written=nothing_written))


def exit_code_of(
    request: Request, gathered: Gathered, still_open: int, missing: Uncovered | None = None
) -> int:
    """3 outranks 1: what was not read may hide what is open."""
    if missing is not None or not all(source.answered for source in gathered.sources):
        return NOT_READ_IN_FULL
    return STILL_OPEN if request.fail_on_open and still_open else DONE


def _still_open(request: Request, contents: Contents) -> int:
    """As ``Decision.still_open``, from the lines of an earlier run; counted where it is asked."""
    if not request.fail_on_open:
        return 0
    return sum(
        line.state in TO_BE_DONE and KINDS[Kind(line.kind)].mailed for line in contents.findings
    )


def new_run_id(house: House) -> str:
    """``2024-04-01-073000-3f2a``: sorts by time, unique among processes."""
    return f"{house.clock.local():%Y-%m-%d-%H%M%S}-{secrets.token_hex(2)}"


def _remembering(house: House, run_id: str, tell: Tell) -> Tell:
    """Progress goes to the store too, so that others can follow the run."""

    def told(progress: Progress) -> None:
        house.store.runs.report_progress(run_id, progress)
        tell(progress)

    return told
