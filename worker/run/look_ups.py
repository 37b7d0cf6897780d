"""A poll of one source: what it is told, whether it may ask, and what is remembered of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

import structlog

from config.sources import PolledSource, SourceSettings
from connectors import Connector, Memory
from connectors.connector import Codes
from connectors.errors import BudgetSpent, SourceError, unforeseen
from connectors.politeness import Budget, Courtesy, window_at
from connectors.said import row_digest
from reconcile.claims import PENDING, Claim, Procedure, Role, Snapshot, Status
from reconcile.text import codes
from worker.house import House
from worker.store import Lease
from worker.store.brief import BriefClaim
from worker.store.search import Search

log = structlog.get_logger(__name__)

#: Ends that both sides can agree on; a dossier that was stopped may go on.
CLOSED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.DONE, Status.RETURNED})
#: Claims that are held whole at a time.
BATCH = 5000
#: Whose dossiers are looked up at a source that has no list.
ASKING = frozenset({Role.ONE_STOP, Role.HUB})


def visit(
    house: House, connector: Connector, lease: Lease | None = None, *, sweep: bool = False
) -> Iterator[Snapshot]:
    """Ask a system once; one that cannot be asked, or is left alone, is not complete.

    What was asked, and whether it was well, is remembered for the next poll.
    """
    source = connector.source
    known = house.store.courtesy(source.name)
    if known.is_open(house.clock.now()):
        log.info("source.left_alone", source=source.name, failures=known.failures)
        yield _unread(source, _left_alone(house, known))
        return
    budget = budget_for(house, source, known)
    error: SourceError | None = None
    try:
        told = replace(memory(house, source, sweep=sweep), budget=budget)
        for snapshot in guarded(connector, told):
            house.store.keep_courtesy(budget.courtesy(), lease=lease)
            yield snapshot
    except SourceError as raised:
        error = raised
        yield _unread(source, str(error))
    house.store.keep_courtesy(_after(house, budget.courtesy(), error), lease=lease)


def fetched(connector: Connector, told: Memory) -> Iterator[Snapshot]:
    """What the source answers; an error of it is a snapshot that says so."""
    try:
        yield from guarded(connector, told)
    except SourceError as error:
        yield _unread(connector.source, str(error))


def guarded(connector: Connector, told: Memory) -> Iterator[Snapshot]:
    """As ``connector.fetch``; raises SourceError alone.

    The broad catch protects the other sources: whatever goes wrong in the reading of one ends that
    one. It is logged, counted with the failures of the source, and ``status`` shows it.
    """
    try:
        yield from connector.fetch(told)
    except SourceError:
        raise
    except Exception as error:
        raise unforeseen(error, connector.source.name) from error


def _unread(source: SourceSettings, problem: str) -> Snapshot:
    return Snapshot(source.name, source.role, complete=False, problem=problem)


def _left_alone(house: House, known: Courtesy) -> str:
    assert known.retry_at is not None  # noqa: S101 - the breaker is open
    until = known.retry_at.astimezone(house.clock.zone)
    last = f" (lần cuối: {known.problem.rstrip('.')})" if known.problem else ""
    return (
        f"Nguồn hỏng liên tiếp {known.failures} lần nên tạm ngừng hỏi{last}; "
        f"hỏi lại sau {until:%H:%M} ngày {until:%d/%m/%Y}."
    )


def told(house: House, source: str) -> str:
    """How a source is asked now, in Vietnamese: the breaker, and what this window still allows."""
    settings = house.settings.source(source)
    if not isinstance(settings, PolledSource):
        return ""
    known = house.store.courtesy(source)
    parts = []
    if known.retry_at is not None and known.is_open(house.clock.now()):
        until = known.retry_at.astimezone(house.clock.zone)
        parts.append(f"đang tạm ngừng hỏi đến {until:%H:%M} ngày {until:%d/%m/%Y}")
    elif known.failures:
        parts.append(f"hỏng liên tiếp {known.failures} lần")
    budget = budget_for(house, settings, known)
    if budget.title:
        spent = budget.courtesy()
        of = f"/{budget.limit}" if budget.limit is not None else ""
        minutes = f"{spent.seconds / 60:.0f} phút"
        parts.append(f"khung giờ {budget.title}: đã hỏi {spent.requests}{of} lượt, {minutes}")
    return "; ".join(parts)


def was_well(house: House, source: str) -> None:
    """A person tried the source and it answers: the breaker need not wait any longer."""
    known = house.store.courtesy(source)
    if known != known.well():
        house.store.keep_courtesy(known.well())


def budget_for(house: House, source: SourceSettings, known: Courtesy) -> Budget:
    """What may be asked now, after what was asked before in the same window."""
    windows = source.windows if isinstance(source, PolledSource) else ()
    window, day = window_at(windows, house.clock.local(), house.policy.calendar)
    return Budget(known, window, day)


def _after(house: House, courtesy: Courtesy, error: SourceError | None) -> Courtesy:
    if isinstance(error, BudgetSpent):
        return courtesy  # nobody's fault
    if error is None:
        return courtesy.well()
    after = courtesy.failed(str(error), house.clock.now(), secrets.randbelow(1000) / 1000)
    if after.retry_at is not None:
        log.warning("source.breaker_open", source=courtesy.source, failures=after.failures)
    return after


def memory(house: House, source: SourceSettings, *, sweep: bool = False) -> Memory:
    """What the store remembers of a source, and what this poll is to ask it."""
    known = house.store.memory(source.name)
    if not isinstance(source, PolledSource):
        return replace(known, today=house.clock.today())
    today = house.clock.today()
    due = known.swept_on is None or today - known.swept_on >= timedelta(days=source.sweep_days)
    return replace(known, today=today, sweep=sweep or due, codes=_wanted(house, source))


def _wanted(house: House, source: PolledSource) -> tuple[Codes, ...]:
    """The dossiers that the source is asked for by code; whole claims are never all in memory."""
    search = house.store.search
    if source.follows_linked:
        pending = (one.key for one in search.brief([source.name]) if _is_followed(one))
        return to_follow(_whole(search, pending), source.name)
    if source.HAS_DETAILS:
        return as_listed(
            _whole(search, (one.key for one in search.brief([source.name]))), source.name
        )
    if source.HAS_LIST:
        return ()
    asking = {one.name for one in house.settings.sources if one.role in ASKING}
    return to_ask(search.brief({*asking, source.name}), source.name, source.since)


def _whole(search: Search, keys: Iterable[str]) -> Iterator[Claim]:
    rest = iter(keys)
    while part := list(islice(rest, BATCH)):
        yield from search.claims(part)


def lists_first(sources: Iterable[SourceSettings]) -> list[str]:
    """The names in the order of polling: what is asked by code needs the codes first."""
    return [source.name for source in sorted(sources, key=lambda source: not source.HAS_LIST)]


def to_ask(
    claims: Iterable[Claim | BriefClaim], source: str, since: date | None
) -> tuple[Codes, ...]:
    """Every dossier of the office, by its codes; ``settled`` where both sides closed it alike.

    Dossiers of other fields are counted and never judged: asking for them would only be a burden.
    """
    ours: list[Claim | BriefClaim] = []
    theirs: dict[str, Status] = {}
    for claim in claims:
        if claim.source == source:
            for code in filter(None, (claim.own_code, claim.national_code)):
                theirs[codes.normal(code)] = claim.status
        elif _is_wanted(claim) and (since is None or (claim.received_on or since) >= since):
            ours.append(claim)
    found: dict[str, Codes] = {}
    for claim in ours:
        own, national = claim.own_code, claim.national_code
        names = [name for code in (own, national) if (name := codes.normal(code))]
        if names:
            known = next((theirs[name] for name in names if name in theirs), None)
            settled = claim.status in CLOSED and known is claim.status
            one = Codes(own or national, national if own else "", settled, claim.procedure)
            found.setdefault(names[0], one)
    return tuple(sorted(found.values()))


def to_follow(claims: Iterable[Claim], source: str) -> tuple[Codes, ...]:
    """The linked dossiers of a source that are still pending there, with the trail last read."""
    return tuple(
        Codes(claim.own_code, claim.national_code, procedure=claim.procedure, trail=claim.trail)
        for claim in claims
        if claim.source == source and _is_followed(claim)
    )


def as_listed(claims: Iterable[Claim], source: str) -> tuple[Codes, ...]:
    """The dossiers of a source whose details are known, with what its list said of them then."""
    return tuple(
        Codes(claim.own_code, claim.national_code, listed=row_digest(claim))
        for claim in claims
        if claim.source == source
    )


def _is_followed(claim: Claim | BriefClaim) -> bool:
    """Linked, and still pending there."""
    codes_known = bool(claim.own_code and claim.national_code)
    return codes_known and claim.status in PENDING and claim.procedure.is_group


def _is_wanted(claim: Claim | BriefClaim) -> bool:
    return claim.role in ASKING and claim.procedure is not Procedure.OTHER
