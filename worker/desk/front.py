"""The overview of a unit or of all: the numbers of page one as they are now, each with its list.

A number and its list are made by one filter. Where nothing was judged there is no number but why.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from reconcile.kinds import KINDS, Kind
from reconcile.steps import InWhoseHands, Step, part_of
from worker.alerts.digest import DIGEST
from worker.alerts.lines import who_acts
from worker.desk import pairs, runs, worklist
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.worklist import DossierPage
from worker.house import House
from worker.reports.ages import TrendRow
from worker.reports.counts import Count
from worker.reports.run_page import RunPage
from worker.reports.signs import SignRow
from worker.store import Run
from worker.store.open_work import OpenCount, OpenFilter

#: With what the numbers of today are compared.
WEEK = timedelta(days=7)
#: Lines of a page of a list.
PAGE = 50
STUCK, OVERDUE = Kind.RETURNED_STILL_PENDING, Kind.TRULY_OVERDUE


class FrontList(StrEnum):
    """A list behind a number of the overview, as its address names it."""

    STUCK = "da-tra"
    STUCK_UNIT = "da-tra-don-vi"
    STUCK_SOFTWARE = "da-tra-cong"
    STUCK_WAITS = "da-tra-cho"
    OVERDUE = "qua-han"
    NEW = "moi"
    GONE = "da-khop"
    OFFICER = "nguoi-lam"


TITLES = {
    FrontList.STUCK: "Đã trả kết quả, phần mềm chưa kết thúc",
    FrontList.STUCK_UNIT: "Đã trả, chưa kết thúc: do đơn vị xử lý",
    FrontList.STUCK_SOFTWARE: "Đã trả, chưa kết thúc: do Cổng, bộ phận CNTT xử lý",
    FrontList.STUCK_WAITS: "Đã trả, chưa kết thúc: chờ đồng bộ, cơ quan khác hoặc tạm gác",
    FrontList.OVERDUE: "Quá hạn, có kết luận",
    FrontList.NEW: "Mới phát hiện trong 7 ngày: đã trả, phần mềm chưa kết thúc",
    FrontList.GONE: "Đã khớp trong 7 ngày",
    FrontList.OFFICER: "Hồ sơ cần làm",
}


CHANGED = {
    runs.RunChange.NEW: "Việc mới phát hiện trong lượt này",
    runs.RunChange.AGAIN: "Việc phát sinh lại trong lượt này",
    runs.RunChange.GONE: "Việc đã khớp trong lượt này",
}


@dataclass(frozen=True, slots=True)
class UnitNumbers:
    """The numbers of one unit, or of all; None where it was not judged, and why.

    ``stuck`` is the sum of its three parts. ``undecided`` are overdue in the software.
    """

    unit: str  # its code; empty: all
    name: str
    stuck: int | None
    stuck_unit: int
    stuck_software: int
    stuck_waits: int
    overdue: int | None
    undecided: int | None
    why_stuck: str = ""
    why_overdue: str = ""


@dataclass(frozen=True, slots=True)
class OfficerWork:
    """So many dossiers ask something of an officer, and until when they are to be done."""

    officer: str
    count: int
    answer_by: date


@dataclass(frozen=True, slots=True)
class WeekMoves:
    """How the first number moved since a moment; None: there is nothing to compare with."""

    since: datetime
    new: int
    gone: int


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What a chair sees first. ``units`` are the lines of a district, most overdue first; empty
    where only one is in view. ``run`` None: nothing was reconciled yet."""

    run: Run | None
    all: UnitNumbers
    units: tuple[UnitNumbers, ...]
    questions: int
    movement: WeekMoves | None
    officers: tuple[OfficerWork, ...]
    mailed_on: date | None
    signs: tuple[SignRow, ...]
    trend: tuple[TrendRow, ...]
    page: RunPage | None


@dataclass(frozen=True, slots=True)
class NumberPage:
    """A page of the list behind a number; ``total`` is that number."""

    title: str
    page: DossierPage
    total: int


def front_page(house: House, actor: Actor, units: frozenset[str] | None = None) -> FrontPage:
    """The overview of these units (None: of all that the actor sees)."""
    actor.need(Right.VIEW)
    wanted = actor.within(units)
    run, page = runs.newest_with_page(house, actor, wanted)
    found = _Numbers(house, wanted, page)
    lines = sorted(
        found.by_unit(), key=lambda one: (-(one.overdue or 0) - (one.undecided or 0), one.name)
    )
    counts = found.officers()
    mailed_on = _mailed_on(house, wanted)
    return FrontPage(
        run=run,
        all=found.all(lines),
        units=tuple(lines) if len(lines) > 1 else (),
        questions=pairs.left(house, actor, wanted),
        movement=_movement(house, found),
        officers=tuple(
            OfficerWork(officer, count, _answer_by(house, count, mailed_on))
            for officer, count in sorted(counts.items())
        ),
        mailed_on=mailed_on,
        signs=_signs(house, page, wanted),
        trend=page.page.trend if page is not None and wanted is None else (),
        page=page,
    )


def numbers(house: House, actor: Actor, units: frozenset[str] | None = None) -> UnitNumbers:
    """The numbers of these units together, as the overview and the worklist have them."""
    actor.need(Right.VIEW)
    wanted = actor.within(units)
    _, page = runs.newest_with_page(house, actor, wanted)
    found = _Numbers(house, wanted, page)
    return found.all(found.by_unit())


def listed(
    house: House,
    actor: Actor,
    which: FrontList,
    units: frozenset[str] | None = None,
    *,
    officer: str = "",
    after: str = "",
) -> NumberPage:
    """A page of the list behind a number. Raises Unseen for an officer who has no work."""
    actor.need(Right.VIEW)
    chosen, total = _filter(house, which, actor.within(units), officer)
    title = f"{TITLES[which]}: {officer}" if officer else TITLES[which]
    return NumberPage(title, worklist.listed(house, chosen, PAGE, after=after), total)


def changed_by(
    house: House, actor: Actor, run: Run, change: runs.RunChange, *, after: str = ""
) -> NumberPage:
    """A page of what a run changed in the actor's units. Raises Unseen."""
    actor.need(Right.VIEW)
    if not runs.is_seen(actor, run):
        raise Unseen(run.id)
    chosen = runs.changed(run, change, actor.units)
    page = worklist.listed(house, chosen, PAGE, after=after)
    return NumberPage(CHANGED[change], page, house.store.open_work.count(chosen))


class _Numbers:
    """The counts of one moment, and what the newest run could not judge."""

    def __init__(self, house: House, units: frozenset[str] | None, page: RunPage | None) -> None:
        self.house, self.units, self.page = house, units, page
        self.work = house.store.open_work
        self.open = self.work.counts(OpenFilter(units))
        self.undecided = self.work.undecided(units)

    def by_unit(self) -> list[UnitNumbers]:
        """A line for each unit that has something, or of which a run said something."""
        codes = {one.unit for one in self.open} | self.undecided.keys() | self._told()
        return [self._of(code) for code in codes if self.units is None or code in self.units]

    def all(self, lines: Sequence[UnitNumbers]) -> UnitNumbers:
        """The sum of the lines; where the run could not judge something nowhere: no number."""
        page = self.page.page if self.page else None
        if len(lines) == 1:
            return replace(lines[0], unit="")
        stuck = _sum(one.stuck for one in lines)
        overdue = _sum(one.overdue for one in lines)
        heads: tuple[Count, ...] = page.headline if page and self.units is None else ()
        return UnitNumbers(
            unit="",
            name="",
            stuck=stuck,
            stuck_unit=sum(one.stuck_unit for one in lines),
            stuck_software=sum(one.stuck_software for one in lines),
            stuck_waits=sum(one.stuck_waits for one in lines),
            overdue=overdue,
            undecided=_sum(one.undecided for one in lines),
            why_stuck=_why(heads, 0, lines, "why_stuck"),
            why_overdue=_why(heads, 1, lines, "why_overdue"),
        )

    def officers(self) -> Counter[str]:
        """Dossiers that a unit can do something about now, by the officer who is asked."""
        found: Counter[str] = Counter()
        for one in self.open:
            if one.pile and _part(one) is InWhoseHands.UNIT:
                found[who_acts(one.kind)] += one.count
        return found

    def _told(self) -> set[str]:
        """The units of which the run said something, by code where they have one."""
        if self.page is None:
            return set()
        resolve = self.house.tables.units.resolve
        return {resolve(row.unit) or row.unit for row in self.page.units if row.recounted}

    def _of(self, code: str) -> UnitNumbers:
        name = self.house.tables.units.name(code) or "Chưa rõ đơn vị"
        said = self.page.unit(name) if self.page else None
        parts = Counter[InWhoseHands]()
        overdue = 0
        for one in self.open:
            if one.unit == code and one.kind is STUCK:
                parts[_part(one)] += one.count
            elif one.unit == code and one.kind is OVERDUE:
                overdue += one.count
        stuck = parts.total()
        not_stuck = not stuck and (said is None or said.stuck is None)
        not_overdue = not overdue and (said is None or said.overdue is None)
        undecided = self.undecided.get(code, 0)
        silent = said is None or said.undetermined_overdue is None
        # What was not read may be overdue: no judgement and nothing undecided is no zero.
        silent |= not_overdue and bool(self.page and self.page.page.unread)
        return UnitNumbers(
            unit=code,
            name=name,
            stuck=None if not_stuck else stuck,
            stuck_unit=parts[InWhoseHands.UNIT],
            stuck_software=parts[InWhoseHands.SOFTWARE],
            stuck_waits=stuck - parts[InWhoseHands.UNIT] - parts[InWhoseHands.SOFTWARE],
            overdue=None if not_overdue else overdue,
            undecided=None if silent and not undecided else undecided,
            why_stuck=self._reason(STUCK, name) if not_stuck else "",
            why_overdue=self._reason(OVERDUE, name) if not_overdue else "",
        )

    def _reason(self, kind: Kind, name: str) -> str:
        """Why the run judged the question nowhere in the unit."""
        if self.page is None:
            return "chưa đối soát lần nào"
        for row in self.page.page.not_judged:
            named = row.units.startswith("Toàn cơ quan") or f"{name} (" in row.units
            if KINDS[kind].label in row.kinds and named:
                return f"chưa xét: {row.reason}"
        if kind is OVERDUE:
            return "chưa xét: đơn vị chưa khai sổ đã nhập đủ"
        return "chưa xét: chưa có dữ liệu của đơn vị"


def _why(heads: Sequence[Count], place: int, lines: Sequence[UnitNumbers], name: str) -> str:
    """Why there is no number, or in how many units there is one."""
    reasons: list[str] = [getattr(one, name) for one in lines]
    left = [reason for reason in reasons if reason]
    note = (heads[place].note if len(heads) > place else "").partition(".")[0]
    if note.startswith(("chưa xét", "ở ", "chưa thấy ở")):
        return note
    if not left:
        return "" if lines else "chưa đối soát lần nào"
    if len(left) == len(lines):
        return left[0]
    return f"ở {len(lines) - len(left)}/{len(lines)} đơn vị; còn lại {left[0]}"


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known_ = [value for value in values if value is not None]
    return sum(known_) if known_ else None


def _part(one: OpenCount) -> InWhoseHands:
    return part_of(Step(one.step), one.state, "-" if one.waits else "")


def _filter(
    house: House, which: FrontList, units: frozenset[str] | None, officer: str
) -> tuple[OpenFilter, int]:
    """The filter of a list, the same that its number was counted with, and the number."""
    hands = _HANDS.get(which)
    if which is FrontList.OFFICER:
        kinds = tuple(kind for kind in Kind if who_acts(kind) == officer)
        if not kinds:
            raise Unseen(officer)
        chosen = OpenFilter(units, kinds=kinds, leads=True)
    elif which is FrontList.NEW or which is FrontList.GONE:
        gone = which is FrontList.GONE
        chosen = OpenFilter(units, (STUCK,), since=_week_ago(house), settled=gone)
    else:
        chosen = OpenFilter(units, (OVERDUE if which is FrontList.OVERDUE else STUCK,))
    counts = house.store.open_work.counts(chosen)
    if hands is None:
        return chosen, sum(one.count for one in counts)
    counts = [one for one in counts if _part(one) in hands]
    parts = {(one.step, one.state, one.waits) for one in counts}
    return replace(chosen, parts=tuple(sorted(parts))), sum(one.count for one in counts)


#: In whose hands the lines of a list are, where that is what chooses them.
_HANDS = {
    FrontList.STUCK_UNIT: frozenset({InWhoseHands.UNIT}),
    FrontList.STUCK_SOFTWARE: frozenset({InWhoseHands.SOFTWARE}),
    FrontList.STUCK_WAITS: (frozenset(InWhoseHands) - {InWhoseHands.UNIT, InWhoseHands.SOFTWARE}),
    FrontList.OFFICER: frozenset({InWhoseHands.UNIT}),
}


def _week_ago(house: House) -> datetime:
    """The beginning of the day a week before today, at the office."""
    return house.clock.local().replace(hour=0, minute=0, second=0, microsecond=0) - WEEK


def _movement(house: House, found: _Numbers) -> WeekMoves | None:
    """What came and went within a week; nothing before the product saw a first time."""
    since, first = _week_ago(house), found.work.first_change()
    if first is None or first >= since:
        return None
    new = OpenFilter(found.units, (STUCK,), since=since)
    gone = replace(new, settled=True)
    return WeekMoves(since, found.work.count(new), found.work.count(gone))


def _mailed_on(house: House, units: frozenset[str] | None) -> date | None:
    """The day of the newest mail to a head of these units."""
    today = house.clock.today()
    last = house.store.outbox.last_days(DIGEST, today)
    table = house.tables.units
    people = {
        person.email
        for unit in table.all
        if units is None or unit.code in units
        for person in table.recipients(unit.code, today, today)
    }
    return max((day for to, day in last.items() if to in people), default=None)


def _answer_by(house: House, count: int, mailed_on: date | None) -> date:
    """As the mail says it: working days enough for the work, from the mail or from today on."""
    mail = house.settings.mail
    days = max(mail.answer_within_days, math.ceil(count / mail.dossiers_per_day))
    return house.tables.calendar.add(mailed_on or house.clock.today(), days)


def _signs(house: House, page: RunPage | None, units: frozenset[str] | None) -> tuple[SignRow, ...]:
    """What looks unusual in the registers of these units: where to look, never a verdict."""
    if page is None:
        return ()
    if units is None:
        return page.page.signs
    names = {house.tables.units.name(code) for code in units}
    found = (
        SignRow(sign.what, tuple(one for one in sign.units if one[0] in names))
        for sign in page.page.signs
    )
    return tuple(sign for sign in found if sign.units)
