"""From what is remembered, and what a run just decided, to the situation that mails speak of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from reconcile.claims import Role
from reconcile.findings import Undetermined
from reconcile.kinds import KINDS
from reconcile.lifecycle import Change, Discrepancy, State
from worker import reports
from worker.alerts import digest
from worker.alerts.digest import DIGEST, ESCALATION, FULL_RUN_DIFFERS, MailHabits
from worker.alerts.digest_values import HeldDiscrepancy, MailLine, Message, Situation, SourceState
from worker.alerts.letters import Templates, post_of
from worker.alerts.lines import line_of
from worker.house import House
from worker.reports import known as known_rows
from worker.reports import run_page
from worker.reports.decided import Decided
from worker.reports.run_page import RunPage, unpack_page
from worker.reports.written import Lines
from worker.store import PollState, Posting, Round, RunState, SourceFacts

#: Runs that are looked at together.
RUNS = 5
#: What a mail may still speak of.
_HELD = frozenset({State.SUSPECTED, State.OPEN, State.ACKNOWLEDGED, State.WAIVED})


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a run decided and has not yet written."""

    run_id: str
    lines: Lines | None  # None: it decided nothing anew
    changes: Sequence[Change]
    undetermined: Sequence[Undetermined] | None = None  # None: it did not judge the whole office
    unjudged: frozenset[str] = frozenset()  # codes of units of which nobody knows what is overdue
    decided: Decided | None = None  # how; what is stored of it is of the run before


def office_of(house: House) -> MailHabits:
    return MailHabits(
        house.settings.office.name, house.settings.mail, house.tables.units, house.tables.calendar
    )


def has_readers(house: House) -> bool:
    """Whether there is anybody whom a mail could be for."""
    return bool(house.settings.mail.it) or bool(house.tables.units)


def words_of(house: House) -> Templates:
    """The templates: the office's folder ``templates/`` stands beside its ``tables/``."""
    return Templates(house.settings.office.tables_dir.parent / "templates")


@dataclass(frozen=True, slots=True)
class Heads:
    """Some recipients, and the codes of all units whose dossiers may go to them."""

    recipients: frozenset[str]
    units: frozenset[str]


def gather(
    house: House,
    sources: Sequence[SourceFacts],
    fresh: Fresh | None = None,
    heads: Heads | None = None,
) -> Situation:
    """Read everything that decides which mails there are; nothing is written.

    ``heads``: what decides the mails of these alone.
    """
    outbox = house.store.outbox
    if heads is None:
        known = {one.id: one for one in house.store.decisions.discrepancies()}
        rounds, told_before = outbox.rounds(), outbox.told()
    else:
        known = {one.id: one for one in house.store.search.around_units(heads.units)}
        rounds, told_before = outbox.rounds(known), outbox.told(heads.recipients, known)
    first_run = outbox.first_run()
    if fresh is not None:
        known |= {step.id: step.discrepancy for step in fresh.changes}
        rounds |= _opened_now(rounds, fresh)
        first_run = fresh.run_id if first_run is None else first_run
    zone = house.clock.zone
    may_go = [
        one
        for one in known.values()
        if one.state in _HELD
        and KINDS[one.kind].mailed
        and (one.id in rounds or one.state is State.SUSPECTED)
    ]
    lines = _lines(house, [one.id for one in may_go], fresh)
    held = tuple(
        _held(one, lines[one.id], rounds.get(one.id), first_run, zone)
        for one in may_go
        if one.id in lines
    )
    now = house.clock.local()
    today = now.date()
    told = (
        _last_told(house)
        if fresh is None or fresh.undetermined is None
        else _told_now(house, fresh)
    )
    if heads is not None and told.undetermined is not None:
        names = {house.tables.units.name(code) for code in heads.units}
        theirs = {unit: count for unit, count in told.undetermined.items() if unit in names}
        told = replace(told, undetermined=theirs)
    return Situation(
        now=now,
        as_of=told.as_of or house.store.decisions.last_judged() or now.date(),
        read_at=_read_at(sources, now),
        sources=tuple(_source(house, facts) for facts in sources),
        held=held,
        undetermined=told.undetermined,
        unjudged=told.unjudged,
        differs_at=_differs_at(house, fresh),
        resolved=frozenset(one.id for one in known.values() if one.state is State.RESOLVED),
        told=told_before,
        last=outbox.last_days(DIGEST, today)
        | {f"{ESCALATION}:{to}": day for to, day in outbox.last_days(ESCALATION, today).items()},
        taken=outbox.days_taken(DIGEST, now.date()),
    )


def _held(
    one: Discrepancy, line: MailLine, opened: Round | None, first_run: str | None, zone: tzinfo
) -> HeldDiscrepancy:
    """``opened`` None: it waits for a synchronisation, and was never opened."""
    if opened is None:
        return HeldDiscrepancy(one, line, 0, one.first_seen)
    backlog = opened.number == 1 and opened.run_id == first_run
    return HeldDiscrepancy(
        one, line, opened.number, opened.at.astimezone(zone).date(), backlog=backlog
    )


@dataclass(frozen=True, slots=True)
class UnitsTold:
    """What a run of the whole office said of its units, each as the report calls it."""

    undetermined: Mapping[str, int | None] | None = None  # overdue ones; None: no run has said
    unjudged: frozenset[str] = frozenset()
    as_of: date | None = None


def _told_now(house: House, fresh: Fresh) -> UnitsTold:
    name = house.tables.units.name
    waiting = Counter(name(one.unit) or one.unit for one in fresh.undetermined or ())
    return UnitsTold(waiting, frozenset(name(unit) or unit for unit in fresh.unjudged))


def _last_told(house: House) -> UnitsTold:
    """From the newest run of the whole office that had read its period.

    A run of a period of which some days were not read says nothing that could go to a head.
    """
    after = ""
    while batch := house.store.runs.behind(after, RUNS, RunState.DONE):
        for run in batch:
            told = page_of(house, run.id) if run.scope.units is None else None
            if told is not None and told.page.rated:
                return UnitsTold(
                    {unit.unit: unit.undetermined_overdue for unit in told.units},
                    frozenset(unit.unit for unit in told.units if unit.overdue is None),
                    run.scope.as_of,
                )
        after = batch[-1].id
    return UnitsTold()


def page_of(house: House, run_id: str) -> RunPage | None:
    """The first page of a run and its units' numbers; None where nothing of it is kept."""
    kept = house.store.runs.page(run_id)
    found = unpack_page(kept) if kept is not None else None
    if found is None and (packed := house.store.runs.contents(run_id)) is not None:
        found = run_page.page_of(reports.unpack(packed))  # of before pages were kept
    return found


def posting(
    house: House, gathered: Situation, messages: Sequence[Message], at: datetime
) -> Posting:
    """The messages in words, as they are written together with their changes."""
    words = words_of(house)
    mail = house.settings.mail
    shown = frozenset().union(*(message.shown for message in messages))
    return Posting(
        at=at,
        posts=tuple(post_of(message, words.body(message), mail) for message in messages),
        processed=shown,
        over=_over(gathered),
    )


def _over(at: Situation) -> frozenset[str]:
    """What was told and is true no more, and no mail says so: it is news when it comes again."""
    knows = any(FULL_RUN_DIFFERS in items for items in at.told.values())
    return frozenset({FULL_RUN_DIFFERS}) if knows and at.differs_at is None else frozenset()


def _differs_at(house: House, fresh: Fresh | None) -> datetime | None:
    """When the newest full run differed; None where it did not, or nothing could be compared."""
    newest = (fresh and fresh.decided) or house.store.prepared.newest()
    if newest is None or newest.whole_same is not False or newest.whole_at is None:
        return None
    return newest.whole_at.astimezone(house.clock.zone)


def messages(house: House, gathered: Situation, *, asked_for: bool) -> list[Message]:
    """The mails that are due; none while the outbox is frozen.

    After a restore that does not know what was sent they are made, and held: a person who is to
    decide has to see which they are.
    """
    switch = house.store.outbox.switch()
    if switch.frozen and not switch.unsure:
        return []
    return digest.compose(gathered, office_of(house), asked_for=asked_for)


def _opened_now(rounds: Mapping[str, Round], fresh: Fresh) -> dict[str, Round]:
    found: dict[str, Round] = {}
    for step in fresh.changes:
        if step.after is State.OPEN:
            before = found.get(step.id) or rounds.get(step.id)
            number = before.number + 1 if before else 1
            found[step.id] = Round(number, step.at, fresh.run_id)
    return found


def _lines(house: House, ids: Sequence[str], fresh: Fresh | None) -> dict[str, MailLine]:
    """What mails say of these discrepancies: as this run found them, else one before."""
    lines = fresh.lines if fresh else None
    kept = house.store.findings.of([one for one in ids if not lines or one not in lines.of])
    found: dict[str, MailLine] = {}
    for one in ids:
        payload = lines.payload(one) if lines and one in lines.of else kept.get(one, b"")
        if (known := known_rows.unpack(payload)) is not None:
            found[one] = line_of(known)
    return found


def _source(house: House, facts: SourceFacts) -> SourceState:
    source = house.settings.source(facts.source)
    poll = house.store.asked.of(facts.source)
    reading = poll is not None and poll.state is PollState.READING
    return SourceState(
        name=facts.source,
        role=source.role if source else Role.REGISTER,
        answered=facts.answered,
        problem=facts.problem,
        unread_since=facts.unread_since,
        rows=facts.rows,
        partly=not facts.answered and any(file.answered for file in facts.files if file.present),
        tried=bool(facts.files) and not reading,  # who is being read is not silent
        unread_at=facts.unread_at.astimezone(house.clock.zone) if facts.unread_at else None,
    )


def _read_at(sources: Sequence[SourceFacts], now: datetime) -> datetime:
    """Up to when the sources that answered were tried: the oldest of their newest readings."""
    newest = [
        max(file.tried_at for file in facts.files if file.tried_at)
        for facts in sources
        if facts.answered and any(file.tried_at for file in facts.files)
    ]
    return min(newest, default=now).astimezone(now.tzinfo)
