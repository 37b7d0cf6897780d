"""A poll of one source: what it is told, whether it may ask, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from datetime import timedelta

from config.sources import PolledSource, SourceSettings
from connectors import Connector, Memory
from connectors.connector import Codes
from connectors.errors import SourceError, unforeseen
from connectors.network.paging import fingerprint
from connectors.politeness import Budget, Courtesy, window_at
from connectors.said import row_digest
from reconcile.claims import PENDING, Claim, Snapshot
from worker.house import House
from worker.store import AskedFor, HostTurns, LookUps, Poll, PollState, StoreError
from worker.words import number

#: What is being read of a source without a list, in Vietnamese.
BY_CODE = "từng mã hồ sơ"
#: Why a source is not whole while its poll goes on; how far it is follows.
BEING_READ = "Đang đọc"


def fetched(connector: Connector, told: Memory) -> Generator[Snapshot]:
    """What the source answers; an error of it is a snapshot that says so."""
    try:
        yield from guarded(connector, told)
    except SourceError as error:
        source = connector.source
        yield Snapshot(source.name, source.role, complete=False, problem=str(error))


def guarded(connector: Connector, told: Memory) -> Generator[Snapshot]:
    """As ``connector.fetch``; raises SourceError, and StoreError, alone.

    The broad catch protects the other sources: whatever goes wrong in the reading of one ends that
    one. It is logged, counted with the failures of the source, and ``status`` shows it.
    """
    try:
        yield from connector.fetch(told)
    except (SourceError, StoreError):
        raise
    except Exception as error:
        raise unforeseen(error, connector.source.name) from error


def left_alone(house: House, known: Courtesy) -> str:
    """Why the source is not asked now, and when it will be again."""
    assert known.retry_at is not None  # noqa: S101 - the breaker is open
    until = known.retry_at.astimezone(house.clock.zone)
    last = f" (lần cuối: {known.problem.rstrip('.')})" if known.problem else ""
    return (
        f"Nguồn hỏng liên tiếp {known.failures} lần nên tạm ngừng hỏi{last}; "
        f"hỏi lại sau {until:%H:%M} ngày {until:%d/%m/%Y}."
    )


def told(house: House, source: str) -> str:
    """How a source is asked now, in Vietnamese: how far its poll is, the breaker, and what this
    window still allows."""
    settings = house.settings.source(source)
    if not isinstance(settings, PolledSource):
        return ""
    known = house.store.asked.courtesy(source)
    poll = house.store.asked.of(source)
    parts = []
    if poll is not None and poll.state is PollState.READING:
        if source in house.store.asked.at_work():
            parts.append(f"đang đọc: {how_far(house, poll)}".removesuffix(": "))
        else:
            parts.append(f"chờ đọc tiếp: {so_far(poll)}".removesuffix(": "))
    elif poll is not None and poll.state is PollState.PAUSED and (far := so_far(poll)):
        parts.append(f"tạm dừng, {far}")
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
    known = house.store.asked.courtesy(source)
    if known != known.well():
        house.store.asked.keep_courtesy(known.well())


def budget_for(
    house: House,
    source: SourceSettings,
    known: Courtesy,
    over: Callable[[], bool] = lambda: False,
) -> Budget:
    """What may be asked now, after what was asked before in the same window."""
    lasts = house.settings.service.slice.total_seconds()
    if not isinstance(source, PolledSource):
        return Budget(known, over=over)
    window, day = window_at(source.windows, house.clock.local(), house.policy.calendar)
    name = f"{day} {window.title}" if window else ""
    turns = HostTurns(
        house.store.database,
        address=source.host,
        source=source.name,
        at_once=source.max_parallel,
        lasts=float(source.page_seconds),
        hours=name,
        most=window.requests if window else None,
    )
    return Budget(known, window, day, over, turns, lasts)


def how_far(house: House, poll: Poll) -> str:
    """How far a poll is, and about when it is through: ``đã hỏi 1.240/4.917, xong khoảng 14 giờ
    20``; empty where it is not known how much there is to read."""
    told, left = so_far(poll), poll.seconds_left
    if not told or left is None:
        return told
    ends = house.clock.local() + timedelta(seconds=left)
    today = ends.date() == house.clock.today()
    day = "" if today else f" ngày {ends:%d/%m/%Y}"
    return f"{told}, xong khoảng {ends.hour} giờ {ends:%M}{day}"


def so_far(poll: Poll) -> str:
    """How far a poll is: ``đã hỏi 1.240/4.917``; empty where its whole is not known."""
    if not poll.total:
        return ""
    verb = "hỏi" if poll.part == BY_CODE else "đọc"
    return f"đã {verb} {number(poll.done)}/{number(poll.total)}"


def kept(house: House) -> str:
    """What stays of the readings that did not come to their end: ``cong đã hỏi 1.240/4.917``;
    empty where there is none."""
    polls = house.store.asked.all().values()
    unended = [one for one in polls if one.state is PollState.READING and one.done]
    return ", ".join(f"{one.source} {so_far(one)}" for one in unended)


def memory(house: House, source: SourceSettings, *, sweep: bool = False) -> Memory:
    """What the store remembers of a source with a list, and what this poll is to ask it."""
    known, today = house.store.readings.memory(source.name), house.clock.today()
    if not isinstance(source, PolledSource):
        return replace(known, today=today)
    wanted: tuple[Codes, ...] = ()
    if source.follows_linked:
        wanted = to_follow(house.store.asked.said_by(source.name, pending=True))
    elif source.HAS_DETAILS:
        wanted = as_listed(house.store.asked.said_by(source.name))
    return replace(known, today=today, sweep=sweep, codes=wanted)


def is_sweep_due(house: House, source: SourceSettings) -> bool:
    """Everything is to be read again: some days went by, or it is understood in another way now."""
    if not isinstance(source, PolledSource):
        return False
    known = house.store.readings.memory(source.name)
    since = known.swept_on
    if since is None or house.clock.today() - since >= timedelta(days=source.sweep_days):
        return True
    read = known.files.get("")
    return read is None or read.fingerprint != fingerprint(source, house.tables)


def to_ask(house: House, source: SourceSettings, poll: Poll, limit: int) -> LookUps:
    """Whom this poll is still to ask for, at most so many of them, the worthiest first."""
    wanted = AskedFor(
        source.name, poll.round, poll.sweep, source.since, source.CLASSES, house.store.sources
    )
    return house.store.asked.to_ask(wanted, limit)


def to_follow(claims: Iterable[Claim]) -> tuple[Codes, ...]:
    """The linked dossiers that are still pending, with the trail last read."""
    return tuple(
        Codes(claim.own_code, claim.national_code, procedure=claim.procedure, trail=claim.trail)
        for claim in claims
        if claim.own_code
        and claim.national_code
        and claim.status in PENDING
        and claim.procedure.is_group
    )


def as_listed(claims: Iterable[Claim]) -> tuple[Codes, ...]:
    """The dossiers whose details are known, with what the list said of them then."""
    return tuple(
        Codes(claim.own_code, claim.national_code, listed=row_digest(claim)) for claim in claims
    )
