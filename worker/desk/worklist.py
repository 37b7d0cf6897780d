"""What does not agree, dossier by dossier: lists a page at a time, and counts that equal them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile.claims import Role
from reconcile.kinds import Kind
from reconcile.lifecycle import Discrepancy, State
from reconcile.scope import Scope
from reconcile.steps import Pile
from worker.desk import naming
from worker.desk.actor import Actor, Right
from worker.desk.discrepancies import known_of
from worker.house import House
from worker.reports import known
from worker.reports.known import KnownDiscrepancy
from worker.reports.undecided import UndecidedRow
from worker.store.open_work import OpenWork
from worker.store.piles import LatestLook, LyingDossier, Ticked, WantedDossiers

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


@dataclass(frozen=True, slots=True)
class ListedDossier:
    """One dossier, one line: the discrepancy that stands for it, and what else was found."""

    lead: Discrepancy
    known: KnownDiscrepancy | None  # of the lead, where a run wrote it down
    others: tuple[Discrepancy, ...]
    pile: Pile
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
    asked = _wanted(house, actor, wanted)
    found = house.store.piles.page(asked, limit + 1, after=after, by_book=by_book)
    shown = found[:limit]
    more = shown[-1].lead if len(found) > limit else ""
    return DossierPage(_listed(house, wanted, shown), more)


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
    return sum(house.store.piles.counts(_wanted(house, actor, wanted)).values())


def table(house: House, actor: Actor, units: frozenset[str] | None = None) -> ClerkTable:
    """How many dossiers lie on each pile; together they are all that do not agree."""
    actor.need(Right.VIEW)
    latest = _latest(house)
    asked = _wanted(house, actor, DossierFilter(units=units, piles=UNSETTLED), latest)
    piles: dict[Pile, int] = dict.fromkeys(UNSETTLED, 0)
    ticks = {Ticked.WAITS: 0, Ticked.STILL: 0}
    for (_, pile, ticked), dossiers in house.store.piles.counts(asked).items():
        if ticked is Ticked.NO:
            piles[Pile(pile)] += dossiers
        else:
            ticks[ticked] += dossiers
    return ClerkTable(
        work=tuple(PileCount(pile, piles[pile]) for pile in WORK),
        waiting=tuple(PileCount(pile, piles[pile]) for pile in WAITING),
        ticked=ticks[Ticked.WAITS],
        still=ticks[Ticked.STILL],
        judged=bool(latest.run_id),
    )


@dataclass(frozen=True, slots=True)
class UndecidedPage:
    """Some dossiers that are past due and undecided, and from where the list goes on."""

    dossiers: tuple[UndecidedRow, ...]
    next: str


def undecided(
    house: House, actor: Actor, units: frozenset[str] | None, limit: int, *, after: str = ""
) -> UndecidedPage:
    """At most ``limit`` dossiers that the newest run could not decide, the longest due first."""
    actor.need(Right.VIEW)
    found = _open_work(house).undecided_rows(actor.within(units), after, limit + 1)
    rows = (known.unpack_undecided(one.payload) for one in found[:limit] if one.payload)
    more = found[limit - 1].key if len(found) > limit else ""
    return UndecidedPage(tuple(row for row in rows if row is not None), more)


def _open_work(house: House) -> OpenWork:
    return house.store.open_work


def matching(house: House, actor: Actor, wanted: DossierFilter) -> Iterator[Discrepancy]:
    """The discrepancies themselves that a filter leaves, dossier by dossier."""
    for one in whole(house, actor, wanted):
        yield from (found for found in (one.lead, *one.others) if _is_meant(found, wanted))


def lines_of(house: House, actor: Actor, ids: Sequence[str]) -> tuple[ListedDossier, ...]:
    """The dossiers of these discrepancies as lines, in the order of the first of each."""
    by_id = house.store.piles.dossiers_of(ids)
    dossiers = list(dict.fromkeys(by_id[name] for name in ids if name in by_id))
    lying = house.store.piles.lying(dossiers)
    shown = [lying[key] for key in dossiers if key in lying and actor.sees(lying[key].unit)]
    return _listed(house, DossierFilter(), shown)


def _latest(house: House) -> LatestLook:
    """When the software was read last for a run; what was ticked before was seen by it."""
    return house.store.piles.latest([Role.ONE_STOP.value, Role.PORTAL.value])


def _listed(
    house: House, wanted: DossierFilter, shown: Sequence[LyingDossier]
) -> tuple[ListedDossier, ...]:
    found = house.store.piles.discrepancies([one.dossier for one in shown])
    told = known_of(house.store, [one.lead for one in shown])
    lines = []
    for one in shown:
        lead, *others = sorted(found[one.dossier], key=lambda each: each.id != one.lead)
        meant = (each for each in others if _is_meant(each, wanted))
        lines.append(
            ListedDossier(
                lead=lead,
                known=told.get(lead.id),
                others=tuple(meant),
                pile=Pile(one.pile),
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


def _wanted(
    house: House, actor: Actor, wanted: DossierFilter, latest: LatestLook | None = None
) -> WantedDossiers:
    """The same in the words of the store, within what the actor sees."""
    piles = wanted.piles
    latest = latest or _latest(house)
    if not piles and not wanted.states:
        piles = tuple(pile for pile in Pile if pile is not Pile.SETTLED)
    return WantedDossiers(
        units=_units(house, actor, wanted.units),
        piles=frozenset(pile.value for pile in piles),
        kinds=frozenset(kind.value for kind in wanted.kinds),
        states=frozenset(state.value for state in wanted.states),
        ticked=wanted.ticked,
        read_at=latest.read_at,
        settled_by=(latest.run_id or "-") if wanted.just_settled else "",
    )


def _units(house: House, actor: Actor, wanted: frozenset[str] | None) -> frozenset[str] | None:
    """The units of the store that are wanted and seen; None: all of them."""
    if wanted is None:
        return actor.units
    scope = Scope(house.clock.today(), units=wanted)
    known = house.store.piles.units()
    return frozenset(unit for unit in known if scope.has_unit(unit) and actor.sees(unit))
