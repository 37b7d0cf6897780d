"""What does not agree, dossier by dossier: lists a page at a time, and counts that equal them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from reconcile.claims import Role
from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from reconcile.scope import Scope
from reconcile.steps import Pile
from worker.desk import naming, runs
from worker.desk.actor import Actor, Right
from worker.desk.discrepancies import known_of
from worker.house import House
from worker.reports import known
from worker.reports.firstpage import NotJudgedRow
from worker.reports.known import KnownDiscrepancy
from worker.reports.undecided import UndecidedRow
from worker.store.open_work import LatestLook, OpenFilter, OpenLine, Ticked

__all__ = ["Ticked"]

#: What somebody in the unit can do now, in the order in which a clerk takes them up.
WORK = (Pile.END, Pile.HAND_OVER, Pile.ENTER, Pile.BOOKS, Pile.OVERDUE)
#: What waits for others, or for a day.
WAITING = (Pile.SOFTWARE, Pile.AGENCY, Pile.SUSPECTED, Pile.WAIVED)
#: All that counts as "chưa khớp": the total of the report, the mail and the pages.
UNSETTLED = (*WORK, *WAITING)
#: What is asked at once where a list is gone through to its end.
PART = 500


@dataclass(frozen=True, slots=True)
class DossierFilter:
    """Which dossiers; what is empty leaves none out but what is settled.

    ``units`` are codes or comparable names, their children included (``naming.units_of``).
    """

    units: frozenset[str] | None = None
    kinds: frozenset[Kind] = frozenset()
    states: frozenset[State] = frozenset()
    piles: tuple[Pile, ...] = ()
    ticked: Ticked | None = None
    just_settled: bool = False  # found to agree by the newest run


#: Every dossier that is not settled.
ANY = DossierFilter()


@dataclass(frozen=True, slots=True)
class ListedDossier:
    """One dossier, one line: the discrepancy that stands for it, or for which it is listed, and
    what else was found; ``pile`` None: another one stands for it."""

    lead: Discrepancy
    known: KnownDiscrepancy | None  # of the lead, where a run wrote it down
    others: tuple[Discrepancy, ...]
    pile: Pile | None
    unit: str  # as it is shown
    ticked_by: str
    ticked_at: datetime | None

    @property
    def code(self) -> str:
        return self.known.row.code if self.known else ""


@dataclass(frozen=True, slots=True)
class DossierPage:
    """Some lines of a list, and from where it goes on; empty: that was all."""

    dossiers: tuple[ListedDossier, ...]
    next: str


@dataclass(frozen=True, slots=True)
class PileCount:
    """How many dossiers lie on a pile, without those that were ticked."""

    pile: Pile
    count: int


@dataclass(frozen=True, slots=True)
class ClerkTable:
    """A clerk's table: each unsettled dossier lies on one pile, or was ticked."""

    work: tuple[PileCount, ...]
    waiting: tuple[PileCount, ...]
    ticked: int  # and the software was not read since
    still: int  # ticked, and the software says what it said
    judged: bool  # some run looked: before it, no number says anything

    @property
    def total(self) -> int:
        piles = (*self.work, *self.waiting)
        return sum(one.count for one in piles) + self.ticked + self.still


def page(
    house: House,
    actor: Actor,
    wanted: DossierFilter,
    limit: int,
    *,
    after: str = "",
    by_book: bool = False,
) -> DossierPage:
    """At most ``limit`` dossiers behind ``after``: the most urgent first, or by book and page."""
    actor.need(Right.VIEW)
    chosen = _chosen(house, actor, wanted)
    return listed(house, chosen, limit, after=after, by_book=by_book, wanted=wanted)


def listed(
    house: House,
    chosen: OpenFilter,
    limit: int,
    *,
    after: str = "",
    by_book: bool = True,
    wanted: DossierFilter = ANY,
) -> DossierPage:
    """At most ``limit`` of what is chosen behind ``after``; ``wanted`` is what else of each dossier
    is told."""
    found = house.store.open_work.page(chosen, limit + 1, after=after, by_book=by_book)
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else ""
    return DossierPage(_lines(house, wanted, shown), more)


def whole(
    house: House, actor: Actor, wanted: DossierFilter, *, by_book: bool = False
) -> Iterator[ListedDossier]:
    """Every dossier of the list, read a part at a time."""
    after = ""
    while True:
        part = page(house, actor, wanted, PART, after=after, by_book=by_book)
        yield from part.dossiers
        if not part.next:
            return
        after = part.next


def count(house: House, actor: Actor, wanted: DossierFilter) -> int:
    """How many dossiers the list has."""
    actor.need(Right.VIEW)
    return house.store.open_work.count(_chosen(house, actor, wanted))


def table(house: House, actor: Actor, units: frozenset[str] | None = None) -> ClerkTable:
    """How many dossiers lie on each pile; together they are all that do not agree."""
    actor.need(Right.VIEW)
    latest, work = _latest(house), house.store.open_work
    chosen = _chosen(house, actor, DossierFilter(units=units, piles=UNSETTLED), latest)
    ticks = {
        ticked: work.counts(replace(chosen, ticked=ticked))
        for ticked in (Ticked.WAITS, Ticked.STILL)
    }
    piles = Counter[Pile]()
    for one in work.counts(chosen):
        piles[Pile(one.pile)] += one.count
    for one in chain.from_iterable(ticks.values()):
        piles[Pile(one.pile)] -= one.count
    waits, still = (sum(one.count for one in found) for found in ticks.values())
    return ClerkTable(
        work=tuple(PileCount(pile, piles[pile]) for pile in WORK),
        waiting=tuple(PileCount(pile, piles[pile]) for pile in WAITING),
        ticked=waits,
        still=still,
        judged=bool(latest.run_id),
    )


@dataclass(frozen=True, slots=True)
class UndecidedPage:
    """Some dossiers that are past due and undecided, and from where the list goes on.

    ``every``: all that the newest run could not decide, these among them, None where it did not
    say; ``reasons`` why, where all of the office is in view: together as many.
    """

    dossiers: tuple[UndecidedRow, ...]
    next: str
    every: int | None
    reasons: tuple[NotJudgedRow, ...]


def undecided(
    house: House, actor: Actor, units: frozenset[str] | None, limit: int, *, after: str = ""
) -> UndecidedPage:
    """At most ``limit`` dossiers that the newest run could not decide, the longest due first."""
    actor.need(Right.VIEW)
    found = house.store.open_work.undecided_rows(actor.within(units), after, limit + 1)
    rows = (known.unpack_undecided(one.payload) for one in found[:limit])
    more = found[limit - 1].key if len(found) > limit else ""
    every, reasons = _undecided_in_all(house, actor, actor.within(units))
    return UndecidedPage(tuple(row for row in rows if row is not None), more, every, reasons)


def _undecided_in_all(
    house: House, actor: Actor, units: frozenset[str] | None
) -> tuple[int | None, tuple[NotJudgedRow, ...]]:
    _, page = runs.newest_with_page(house, actor, units)
    if page is None:
        return None, ()
    if units is None:
        return page.page.headline[2].count, tuple(one for one in page.page.not_judged if one.cases)
    names = {house.tables.units.name(code) for code in units}
    told = [one.undetermined for one in page.units if one.unit in names]
    known = [count for count in told if count is not None]
    return sum(known) if known else None, ()


def matching(house: House, actor: Actor, wanted: DossierFilter) -> Iterator[Discrepancy]:
    """The discrepancies themselves that a filter leaves, dossier by dossier."""
    for one in whole(house, actor, wanted):
        yield from (found for found in (one.lead, *one.others) if _is_meant(found, wanted))


def lines_of(house: House, actor: Actor, ids: Sequence[str]) -> tuple[ListedDossier, ...]:
    """The dossiers of these discrepancies as lines, in the order of the first of each."""
    by_id = house.store.open_work.dossiers_of(ids)
    dossiers = list(dict.fromkeys(by_id[name] for name in ids if name in by_id))
    leads = house.store.open_work.leads(dossiers)
    shown = [leads[key] for key in dossiers if key in leads and actor.sees(leads[key].unit)]
    return _lines(house, ANY, shown)


def _latest(house: House) -> LatestLook:
    """When the software was read last for a run; what was ticked before was seen by it."""
    return house.store.open_work.latest([Role.ONE_STOP.value, Role.PORTAL.value])


def _lines(
    house: House, wanted: DossierFilter, shown: Sequence[OpenLine]
) -> tuple[ListedDossier, ...]:
    found = house.store.open_work.discrepancies({one.dossier for one in shown})
    told = known_of(house.store, [one.id for one in shown])
    lines = []
    for one in shown:
        lead, *others = sorted(found[one.dossier], key=lambda each: each.id != one.id)
        meant = (each for each in others if _is_meant(each, wanted))
        lines.append(
            ListedDossier(
                lead=lead,
                known=told.get(lead.id),
                others=tuple(meant),
                pile=Pile(one.pile) if one.pile else None,
                unit=naming.unit_name(house, one.unit),
                ticked_by=one.ticked_by,
                ticked_at=one.ticked_at,
            )
        )
    return tuple(lines)


def _is_meant(one: Discrepancy, wanted: DossierFilter) -> bool:
    if wanted.kinds and one.kind not in wanted.kinds:
        return False
    if wanted.states:
        return one.state in wanted.states
    return one.state is not State.RESOLVED or Pile.SETTLED in wanted.piles


def _chosen(
    house: House, actor: Actor, wanted: DossierFilter, latest: LatestLook | None = None
) -> OpenFilter:
    """The same in the words of the store, within what the actor sees."""
    latest = latest or _latest(house)
    either = bool(wanted.piles or wanted.states)
    return OpenFilter(
        units=_units(house, actor, wanted.units),
        leads=True,
        piles=frozenset(pile.value for pile in wanted.piles),
        dossier_kinds=wanted.kinds,
        dossier_states=wanted.states,
        ticked=wanted.ticked,
        read_at=latest.read_at,
        settled=None if either else False,
        settled_by=(latest.run_id or "-") if wanted.just_settled else "",
    )


def _units(house: House, actor: Actor, wanted: frozenset[str] | None) -> frozenset[str] | None:
    """The units of the store that are wanted and seen; None: all of them."""
    if wanted is None:
        return actor.units
    scope = Scope(house.clock.today(), units=wanted)
    known = house.store.open_work.units()
    return frozenset(unit for unit in known if scope.has_unit(unit) and actor.sees(unit))
