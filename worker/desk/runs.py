"""Runs: asked for, cancelled, followed; the past ones, and how each stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import EllipsisType
from typing import TYPE_CHECKING

from reconcile.lifecycle import State
from reconcile.scope import Scope, period
from worker import words
from worker.desk.actor import Actor, OfficeRole, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.standing_data import title_of
from worker.house import House
from worker.run import look_ups, progress
from worker.run.exits import NOT_READ_IN_FULL
from worker.run.progress import RunPart, RunProgress
from worker.service.schedule import BEAT
from worker.store import Run, RunState
from worker.store.open_work import OpenFilter

if TYPE_CHECKING:
    from worker.reports.run_page import RunPage

__all__ = ["Run", "RunPart", "RunProgress", "RunState"]

STATES = {
    RunState.QUEUED: "đang chờ",
    RunState.RUNNING: "đang chạy",
    RunState.DONE: "xong",
    RunState.FAILED: "không xong",
    RunState.CANCELLED: "đã hủy",
    RunState.QUARANTINED: "gác lại sau nhiều lần hỏng",
}
#: Runs of a page of the list.
PAGE = 20


@dataclass(frozen=True, slots=True)
class AskedRun:
    """The run that will answer. ``shared``: somebody asked for the same before; ``reached``: the
    workers heard of it at once; ``served``: a service is there that will carry it out."""

    run_id: str
    shared: bool
    reached: bool
    served: bool


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as a list shows it; days and hours are the store's, words are Vietnamese."""

    run: Run
    asked_by: str
    state: str
    period: str
    units: str

    @property
    def id(self) -> str:
        return self.run.id

    @property
    def is_whole(self) -> bool:
        """Every source answered in full."""
        return self.run.state is RunState.DONE and self.run.exit_code != NOT_READ_IN_FULL


@dataclass(frozen=True, slots=True)
class PastRuns:
    """A page of the runs, newest first; ``after`` begins the next one, empty at the end."""

    runs: tuple[PastRun, ...]
    after: str


@dataclass(frozen=True, slots=True)
class RunNow:
    """A run as it stands: its parts, and how far each is."""

    past: PastRun
    progress: RunProgress
    is_over: bool


def start(
    house: House, actor: Actor, scope: Scope, *, fail_on_open: bool = False, wait: bool = True
) -> AskedRun:
    """The run that was recorded for this scope, or that somebody had asked for before.

    It is carried out by the service; without one it waits. ``wait``: for the systems to be read;
    else it decides by what is known of them. Raises Refused, and Unseen for units
    that are not the actor's.
    """
    actor.need(Right.RUN)
    _need_scope(actor, scope)
    trigger = "cli" if actor.role is OfficeRole.SHELL else "console"
    from worker.run.requests import Request  # only whoever starts a run loads what carries it out
    from worker.service import queue

    request = Request(scope=scope, trigger=trigger, fail_on_open=fail_on_open, wait=wait)
    asked = queue.ask(house, request, by=actor.who)
    reached = queue.hint(house.settings, asked.run_id)
    return AskedRun(asked.run_id, asked.shared, reached, is_served(house))


def is_served(house: House) -> bool:
    """Whether a service showed a sign of life that is not too old and did not stop since."""
    schedule = house.store.schedule
    last = None if schedule.is_stopped(BEAT) else schedule.last_beat(BEAT)
    return last is not None and last.age < 2 * house.settings.service.sweep.total_seconds()


def cancel(house: House, actor: Actor, run_id: str) -> RunState:
    """The state of the run after its wish was taken back. Raises Unseen for one nobody queued."""
    actor.need(Right.RUN)
    run = seen(house, actor, run_id)
    _need_scope(actor, run.scope)
    from worker.service import queue

    state = queue.cancel(house, run_id, by=actor.who)
    if state is None:
        raise Unseen(run_id)
    return state


def kept(house: House) -> str:
    """What stays of what was being read when a run was broken off: a sentence, in Vietnamese."""
    read = look_ups.kept(house)
    return f"Phần đã đọc được giữ lại ({read}), sẽ đọc tiếp từ đó." if read else ""


def is_being_read(problem: str) -> bool:
    """Whether that is why a source was not read in full: it is being read."""
    return problem.startswith(look_ups.BEING_READ)


def follow(
    house: House,
    run_id: str,
    tell: Callable[[Run, RunProgress], None],
    *,
    patience: float | None = None,
    give_up: float | None = None,
) -> Run | None:
    """The run as it was last seen; until then ``tell`` hears of each of its steps."""

    from worker.service import queue

    def told(found: Run) -> None:
        tell(found, _standing(house, found))

    return queue.follow(house.store, run_id, told, patience=patience, give_up=give_up)


def seen(house: House, actor: Actor, run_id: str) -> Run:
    """The run of this id. Raises Unseen where it speaks of units that are not the actor's."""
    run = house.store.runs.one(run_id)
    if run is None or not is_seen(actor, run):
        raise Unseen(run_id)
    return run


def is_seen(actor: Actor, run: Run) -> bool:
    """Whether the run is there for the actor: of the whole office, or of a unit of theirs."""
    units = run.scope.units
    return actor.units is None or units is None or not units.isdisjoint(actor.units)


def as_it_is(house: House, actor: Actor, run_id: str) -> RunNow:
    """The run as it stands now, of the actor's units. Raises Unseen."""
    run = seen(house, actor, run_id)
    stands = _standing(house, run)
    if actor.units is not None:
        names = {house.tables.units.name(unit) or unit for unit in actor.units} | actor.units
        parts = tuple(part for part in stands.units if part.name in names)
        stands = RunProgress(stands.sources, parts, stands.left)
    over = run.state not in (RunState.QUEUED, RunState.RUNNING)
    (past,) = _told(house, [run])
    return RunNow(past, stands, over)


def past(house: House, actor: Actor, *, after: str = "", limit: int = PAGE) -> PastRuns:
    """The runs that the actor sees, newest first, behind the run ``after``."""
    found: list[Run] = []
    while len(found) <= limit:
        batch = house.store.runs.behind(after, limit + 1)
        found += [run for run in batch if is_seen(actor, run)]
        if len(batch) <= limit:
            break
        after = batch[-1].id
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else ""
    return PastRuns(tuple(_told(house, shown)), more)


def newest(
    house: House, actor: Actor, of: frozenset[str] | EllipsisType | None = ...
) -> Run | None:
    """The newest run that came to its end and that the actor sees.

    ``of``: that spoke of all these units, None: of the whole office.
    """
    after = ""
    while batch := house.store.runs.behind(after, PAGE, RunState.DONE):
        for run in batch:
            if is_seen(actor, run) and (of is ... or _speaks_of(run, of)):
                return run
        after = batch[-1].id
    return None


def newest_with_page(
    house: House, actor: Actor, units: frozenset[str] | None
) -> tuple[Run | None, RunPage | None]:
    """The newest run that spoke of all these units, else the newest that the actor sees, and what
    its page one says; None where there is none, or it is not kept."""
    from worker.alerts.situation import page_of  # loads what mails are made of

    run = newest(house, actor, units) or newest(house, actor)
    return run, page_of(house, run.id) if run is not None else None


def _speaks_of(run: Run, units: frozenset[str] | None) -> bool:
    if run.scope.units is None:
        return True
    return units is not None and units <= run.scope.units


def newest_done(house: House, actor: Actor) -> Run:
    """As ``newest``. Raises Refused where there is none."""
    found = newest(house, actor)
    if found is None:
        raise Refused("Chưa có lượt đối soát nào.", "Chạy: doisoat run")
    return found


def _standing(house: House, run: Run) -> RunProgress:
    return progress.standing(house.store, house.settings, run, house.clock.now())


def _told(house: House, found: list[Run]) -> list[PastRun]:
    who = house.store.search.asked_by([run.id for run in found])
    return [
        PastRun(
            run=run,
            asked_by=who.get(run.id) or words.TRIGGERS.get(run.trigger, run.trigger),
            state=STATES[run.state],
            period=_period(run.scope),
            units=_units(house, run.scope),
        )
        for run in found
    ]


def _period(scope: Scope) -> str:
    if scope.starts is None and scope.ends is None:
        return "toàn bộ hồ sơ đã đọc được"
    return words.span(scope.starts, scope.ends)


def _units(house: House, scope: Scope) -> str:
    if scope.units is None:
        return "toàn cơ quan"
    return ", ".join(sorted(house.tables.units.name(unit) or unit for unit in scope.units))


def _need_scope(actor: Actor, scope: Scope) -> None:
    """Raises Unseen where the scope reaches beyond the actor's units."""
    if actor.units is None:
        return
    if scope.units is None or not scope.units <= actor.units:
        raise Unseen("scope")


@dataclass(frozen=True, slots=True)
class SourceForPeriod:
    """How far a source reaches into a period; ``gap`` says what is missing, empty: nothing."""

    title: str
    starts: date | None
    ends: date | None
    gap: str


@dataclass(frozen=True, slots=True)
class RunNews:
    """What a run changed in the actor's units: discrepancies, not runs of a machine."""

    new: int
    again: int
    gone: int
    still: int


def periods(house: House) -> list[tuple[str, str]]:
    """The periods that are offered: how a person writes them, and their days; empty: everything."""
    today = house.clock.today()
    rule = house.settings.office.period_rule
    quarter = (today.month - 1) // 3 + 1
    before = (today.year, quarter - 1) if quarter > 1 else (today.year - 1, 4)
    names = (
        (f"{today:%Y-%m}", f"Tháng {today:%m/%Y}"),
        (f"{today.year}-Q{quarter}", f"Quý {quarter}/{today.year}"),
        (f"{before[0]}-Q{before[1]}", f"Quý {before[1]}/{before[0]}"),
        (f"{today.year}", f"Năm {today.year}"),
    )
    found = [("", "Toàn bộ hồ sơ đã có")]
    for name, title in names:
        days = period(name, rule)
        found.append((name, f"{title} ({words.day(days.starts)}–{words.day(days.ends)})"))
    return found


def covered(house: House, actor: Actor, scope: Scope) -> list[SourceForPeriod]:
    """What each source has of the scope's days, before anything is run; of the actor's units."""
    found = []
    for source, facts in zip(house.settings.sources, house.source_facts(), strict=True):
        starts, ends = facts.starts, facts.ends
        if actor.units is not None:
            theirs = [one for one in facts.by_unit() if actor.sees(one.unit)]
            starts = min((one.starts for one in theirs if one.starts), default=None)
            ends = max((one.ends for one in theirs if one.ends), default=None)
        gap = _gap(scope, starts, ends, house.clock.today(), has_rows=bool(facts.rows))
        found.append(SourceForPeriod(title_of(source), starts, ends, gap))
    return found


def _gap(
    scope: Scope, starts: date | None, ends: date | None, today: date, *, has_rows: bool
) -> str:
    if ends is None:
        return "" if has_rows else "chưa có dữ liệu: nạp tệp trước"
    if scope.starts and ends < scope.starts:
        return "kỳ này chưa có dữ liệu: nạp tệp trước"
    if scope.ends and starts and starts > scope.ends:
        return f"dữ liệu chỉ bắt đầu từ {words.day(starts)}, sau kỳ này"
    last = min(scope.ends, today) if scope.ends else None
    if last and ends < last:
        return f"mới có đến {words.day(ends)}, thiếu đến {words.day(last)}"
    return ""


class RunChange(StrEnum):
    """What a run did with a discrepancy, as the address of its list names it."""

    NEW = "moi"
    AGAIN = "phat-sinh-lai"
    GONE = "da-khop"


_OPENED = (State.OPEN, State.SUSPECTED)
_STEPS: dict[RunChange, tuple[tuple[State | None, State], ...]] = {
    RunChange.NEW: tuple((None, after) for after in _OPENED),
    RunChange.AGAIN: tuple((State.RESOLVED, after) for after in _OPENED),
    RunChange.GONE: tuple(
        (before, State.RESOLVED) for before in State if before is not State.RESOLVED
    ),
}


def changed(run: Run, change: RunChange, units: frozenset[str] | None) -> OpenFilter:
    """The filter of what a run changed so: its number and its list are made by it."""
    return OpenFilter(units, settled=None, run=run.id, steps=_STEPS[change])


def news(house: House, actor: Actor, run: Run) -> RunNews:
    """What the run changed. Raises Unseen for a run that is not the actor's."""
    if not is_seen(actor, run):
        raise Unseen(run.id)
    count = house.store.open_work.count
    new, again, gone = (count(changed(run, one, actor.units)) for one in RunChange)
    return RunNews(new, again, gone, max(count(OpenFilter(actor.units)) - new - again, 0))
