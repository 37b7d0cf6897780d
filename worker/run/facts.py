"""From what a run gathered and decided to the plain facts that its report is built from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path, PurePath

from config.sources import FileSource
from connectors.files.folder import NOTHING
from reconcile.cases import Method
from reconcile.coverage import Declaration, Uncovered
from reconcile.lifecycle import Discrepancy, State
from reconcile.scope import Scope
from reconcile.text.vietnamese import unit_key
from worker import words
from worker.house import House
from worker.reports.decided import Decided
from worker.reports.facts import (
    Confirmed,
    Movement,
    OwnFacts,
    RunFacts,
    SourceLine,
    Tracked,
    TrendPoint,
)
from worker.run import file_questions, periods, sample_checks, uneven
from worker.run.at_hand import at_hand
from worker.run.decision import Decision
from worker.run.polling import Gathered
from worker.run.submitted import submitted_in
from worker.store import Applied, SourceFacts

#: Earlier days of judgement that the trend looks back on.
TREND_DAYS = 11


def own_facts(
    house: House,
    *,
    run_id: str,
    trigger: str,
    started: datetime,
    exit_code: int,
    applied: Applied,
    gathered: Gathered,
    warned: Mapping[str, Sequence[str]],
    missing: Uncovered | None = None,
    decided: Decided | None = None,
) -> OwnFacts:
    """What a run tells of itself, whatever it decided; ``warned`` of its sources, by name.

    ``missing`` are the days of its period of which nobody spoke.
    """
    return OwnFacts(
        run_id=run_id,
        trigger=trigger,
        started=started,
        finished=house.clock.now(),
        read_at=_read_at(house, gathered),
        exit_code=exit_code,
        writes=writes(gathered, applied),
        decided=decided,
        sources=tuple(
            _source_line(house, facts, gathered, warned.get(facts.source, ()), missing)
            for facts in gathered.sources
        ),
    )


def writes(gathered: Gathered, applied: Applied) -> dict[str, int]:
    """How many rows a run wrote, by what they are of."""
    return {
        "claims": gathered.claims_written,
        "links": applied.links,
        "changes": applied.changes,
    }


def run_facts(
    house: House, own: OwnFacts, scope: Scope, gathered: Gathered, decision: Decision
) -> RunFacts:
    """Everything that the report of this run needs."""
    remembered = decision.discrepancies()
    judgement = decision.judgement
    needed = at_hand(house, decision, scope.as_of)
    freeze, opening = periods.history(house, scope, gathered, decision)
    tracked = tuple(
        Tracked(
            finding=finding,
            state=known.state if known else State.OPEN,
            first_seen=known.first_seen if known else scope.as_of,
            by=known.by if known else "",
            reason=known.reason if known else "",
            waived_until=known.waived_until if known else None,
        )
        for finding in judgement.findings
        for known in (remembered.get(finding.id),)
    )
    return RunFacts(
        run_id=own.run_id,
        trigger=own.trigger,
        office=house.settings.office.name,
        scope=scope,
        started=own.started,
        finished=own.finished,
        read_at=own.read_at,
        statistics=decision.statistics,
        exit_code=own.exit_code,
        writes=own.writes,
        sources=own.sources,
        findings=tracked,
        left_open=tuple(decision.left_open),
        links=tuple(needed.links),
        claims=needed.claims,
        written=needed.written,
        link_blocks=needed.link_blocks,
        rows_at=needed.rows_at,
        rejected=tuple(house.store.readings.rejected()),
        not_judged=judgement.not_judged,
        undetermined_overdue=judgement.undetermined_overdue,
        waiting_groups=judgement.waiting_groups,
        unit_names=_unit_names(house, decision.units, scope.as_of),
        submitted=submitted_in(house, scope),
        confirmed=_confirmed(decision),
        movements=_movements(house, decision, scope),
        trend=_trend(house, decision, scope),
        freeze=freeze,
        check=sample_checks.of_scope(house, scope),
        papers=_papers(house),
        opening=opening,
        reach=judgement.reach,
        undecided=judgement.undecided,
        suspects=tuple(decision.suspects),
        unit=_unit(house, scope, decision),
        decided=own.decided,
    )


def _unit(house: House, scope: Scope, decision: Decision) -> str:
    """The one unit that the scope is of, as it names itself; its children come with it."""
    if scope.units is None:
        return ""
    units = house.tables.units
    within = {child for code in scope.units for child in units.children(code) - {code}}
    (first, *others) = sorted(scope.units - within) or [""]
    if others or not first:
        return ""
    if units.at(first):
        return units.name(first, scope.as_of)
    of_unit = (claim.unit for claim in decision.claims if unit_key(claim.unit) == first)
    said = Counter(of_unit)
    return said.most_common(1)[0][0] if said else first


def _read_at(house: House, gathered: Gathered) -> datetime:
    """Up to when the sources were read: the oldest of their newest readings."""
    newest = [
        max(file.read_at for file in facts.files if file.read_at)
        for facts in gathered.sources
        if any(file.read_at for file in facts.files)
    ]
    return min(newest, default=house.clock.now()).astimezone(house.clock.zone)


def _source_line(
    house: House,
    facts: SourceFacts,
    gathered: Gathered,
    warned: Sequence[str],
    missing: Uncovered | None,
) -> SourceLine:
    source = house.settings.source(facts.source)
    assert source is not None  # noqa: S101 - facts were asked for by the settings' own names
    taken = gathered.intakes.get(facts.source, ())
    books = uneven.declared(house.settings, house.tables, house.store, facts.source)
    zone = house.clock.zone
    behind = uneven.uneven(facts, source.role, books, house.tables.units.name, zone)
    folder = problem = ""
    if isinstance(source, FileSource) and _is_empty(facts):
        inbox = source.inbox or PurePath(source.path).parent
        near = inbox.is_relative_to(house.settings.folder)
        folder = str(inbox.relative_to(house.settings.folder) if near else inbox)
        if source.inbox is not None and _holds_files(source.inbox):
            folder, problem = "", _not_taken_in(folder)
        else:
            problem = f"Chưa có tệp nào: chép tệp vào thư mục {folder}"
    unsaid = words.uncovered(missing) if missing and missing.role is source.role else ""
    read = [file.read_at for file in facts.files if file.read_at]
    return SourceLine(
        name=facts.source,
        role=source.role,
        kind=source.kind,
        origin=source.origin,
        complete=facts.answered and not unsaid,
        problem=problem or facts.problem or unsaid,
        missing=unsaid,
        folder=folder,
        read_at=max(read).astimezone(zone) if read else None,
        dropped=_dropped(house, facts),
        unread_since=facts.unread_at.astimezone(zone) if facts.unread_at else facts.unread_since,
        read=facts.rows,
        announced=facts.announced,
        rejected=facts.rejected,
        new=sum(intake.new for intake in taken),
        changed=sum(intake.changed for intake in taken),
        covers_from=facts.starts,
        covers_to=facts.ends,
        units=len(facts.units) or None,
        typed_by=_typed_by((*source.declared, *house.store.books.of(source.name))),
        warnings=_warned(facts, warned),
        trail_problem=facts.trail_problem,
        unread_units=behind.unread,
        uneven=behind.otherwise,
        unknown_columns=tuple(
            sorted({text for file in facts.files for text in file.unknown_columns})
        ),
    )


def _warned(facts: SourceFacts, warned: Sequence[str]) -> tuple[str, ...]:
    """What a person should know of a source's files, and what is asked of one, first."""
    asked = file_questions.questions(facts.files)
    told = {*warned, *(text for file in facts.files for text in file.warnings)} - {*asked}
    told |= {*file_questions.strays(facts.files)}
    return (*asked, *sorted(told))


def _is_empty(facts: SourceFacts) -> bool:
    """Whether a source has no file; what else went wrong with it is told in its own words."""
    if facts.problem and not facts.problem.startswith(NOTHING):
        return False
    return not any(one.present and one.path for one in facts.files)


def _not_taken_in(folder: str) -> str:
    """What to do about files that wait in an inbox, where none was ever taken in."""
    return (
        f"Tệp trong thư mục {folder} chưa được nạp: đóng tệp nếu đang mở, rồi nạp bằng doisoat "
        "import --inbox"
    )


def _holds_files(folder: Path) -> bool:
    """Whether a file waits there; locks and hidden files are none."""
    return folder.is_dir() and any(
        path.is_file() and not path.name.startswith((".", "~$")) for path in folder.iterdir()
    )


def _dropped(house: House, facts: SourceFacts) -> int:
    """Rows that do not count at all, of the files that are there."""
    if not facts.rejected:
        return 0
    there = {file.path for file in facts.files if file.present}
    rows = house.store.readings.rejected(facts.source)
    return len(
        {(one.file, one.sheet, one.row) for one in rows if not one.kept and one.file in there}
    )


def _typed_by(declared: Iterable[Declaration]) -> dict[str, str]:
    """Who answers for the rows of each unit; ``""`` for every unit."""
    found: dict[str, dict[str, None]] = {}
    for one in declared:
        if one.by:
            found.setdefault(unit_key(one.unit) if one.unit else "", {})[one.by] = None
    return {unit: ", ".join(names) for unit, names in found.items()}


def _unit_names(house: House, units: Iterable[str], day: date) -> dict[str, str]:
    named = {unit: house.tables.units.name(unit, day) for unit in sorted(units) if unit}
    return {unit: name for unit, name in named.items() if name and name != unit}


def _confirmed(decision: Decision) -> dict[str, Confirmed]:
    links = decision.links_of({answer.row for answer in decision.answers if answer.same})
    by_operator = {link.row for link in links if link.method is Method.OPERATOR}
    return {
        answer.row: Confirmed(answer.by, date.fromisoformat(answer.on))
        for answer in decision.answers
        if answer.same and answer.row in by_operator
    }


def _papers(house: House) -> dict[str, tuple[str, ...]]:
    """The papers that people noted, by the discrepancy that they bear on."""
    found: dict[str, tuple[str, ...]] = {}
    for one in house.store.papers.of():
        said = words.paper(one.kind, one.number, one.day)
        found[one.discrepancy_id] = (*found.get(one.discrepancy_id, ()), said)
    return found


def _movements(house: House, decision: Decision, scope: Scope) -> tuple[Movement, ...]:
    """New, still there and gone since the run before and since the start of the quarter."""
    now_open = {finding.id for finding in decision.judgement.findings}
    now_open |= {one.id for one in decision.left_open}
    first_seen = {one.id: one.first_seen for one in decision.discrepancies().values()}
    before = next(iter(house.store.runs.judged_days(scope.as_of, 1)), None)
    quarter = date(scope.as_of.year, 3 * ((scope.as_of.month - 1) // 3) + 1, 1)
    # Of a day on which nothing had been judged yet nothing can be said.
    known_then = house.store.runs.judged_days(quarter + timedelta(days=1), 1)
    found = []
    for since, title in (
        (before, "lần đối soát trước"),
        (quarter if known_then else None, "đầu quý"),
    ):
        if since is None or since >= scope.as_of:
            continue
        gone = sum(
            one.state is State.RESOLVED and one.since is not None and one.since > since
            for one in decision.discrepancies().values()
        )
        new = sum(first_seen.get(name, scope.as_of) > since for name in now_open)
        found.append(Movement(since, title, new=new, still=len(now_open) - new, gone=gone))
    return tuple(found)


def _trend(house: House, decision: Decision, scope: Scope) -> tuple[TrendPoint, ...]:
    """How many were open after each earlier day of judgement and now: in all, then by unit."""
    days = house.store.runs.judged_days(scope.as_of, TREND_DAYS)
    remembered = decision.discrepancies().values()
    then = {day: Counter(one.unit for one in remembered if _was_open(one, day)) for day in days}
    then[scope.as_of] = Counter(finding.unit for finding in decision.judgement.findings)
    then[scope.as_of].update(one.unit for one in decision.left_open)
    units = sorted({unit for counts in then.values() for unit in counts if unit})
    return (
        *(TrendPoint(day, counts.total()) for day, counts in then.items()),
        *(TrendPoint(day, counts[unit], unit) for unit in units for day, counts in then.items()),
    )


def _was_open(one: Discrepancy, day: date) -> bool:
    ended = one.since if one.state is State.RESOLVED else None
    return one.first_seen <= day and (ended is None or ended > day)
