"""What an inspector looks at, of one period and unit: read only, never a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from reconcile.cases import Answer
from reconcile.claims import Claim
from reconcile.figures import form
from reconcile.figures.frozen import Placed
from reconcile.kinds import KINDS
from reconcile.lifecycle import State
from worker.desk import blanks, period_documents, period_page
from worker.desk.actor import Actor, Right
from worker.desk.blanks import TypedLine
from worker.desk.counted import of_units
from worker.desk.pairs import place_of
from worker.desk.period_documents import PeriodDocument
from worker.desk.period_page import RateStep
from worker.desk.periods import scope_of
from worker.house import House
from worker.reports.signs import SignRow
from worker.store.audit import Act

#: From so many dossiers ended on one day, and so many times a usual day, it is shown.
BULK, TIMES = 10, 5


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many dossiers of a day."""

    day: date
    count: int


@dataclass(frozen=True, slots=True)
class WaivedLine:
    """A discrepancy that somebody put aside."""

    unit: str
    what: str
    by: str
    since: date | None
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class AnsweredPair:
    """A pair that a person answered; codes and places, never a name."""

    key: str  # of the dossier
    code: str
    unit: str
    place: str  # where the row stands
    day: date | None


@dataclass(frozen=True, slots=True)
class InspectedBook:
    """A register that somebody declared complete."""

    unit: str
    source: str
    until: date
    vouched_by: str
    typed_by: str
    at: datetime | None  # None: it stands in the configuration
    withdrawn: str  # by whom, when, why; empty: it stands


@dataclass(frozen=True, slots=True)
class NamesSeen:
    """That somebody was shown whole names."""

    number: int
    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that the page shows; counts are None where nobody counted the period."""

    name: str
    starts: date
    ends: date
    shown: str
    worse: tuple[RateStep, ...] | None
    by_hand: int | None
    moved: int | None
    typed_late: tuple[DayCount, ...] | None
    bulk: tuple[DayCount, ...] | None
    signs: tuple[SignRow, ...] | None  # None: the newest run of the period is not kept
    waived: tuple[WaivedLine, ...]
    pairs_by: tuple[tuple[str, int, int], ...]  # who, how many the same, how many another
    books: tuple[InspectedBook, ...]
    typed: tuple[TypedLine, ...]  # cells that a person filled, whatever the period
    documents: tuple[PeriodDocument, ...]


def inspect(
    house: House, actor: Actor, name: str, units: frozenset[str] | None = None
) -> Inspection:
    """What there is to look at in a period, of these units or all that the actor sees."""
    actor.need(Right.INSPECT)
    scope, wanted = scope_of(house, name), actor.within(units)
    found = period_page.figures(house, actor, name, units)
    known = period_page.counted_in(house, scope)
    moved = of_units(known.moved, wanted) if known else ()
    late = known.typed_after(house, scope.ends, wanted) if known else {}
    return Inspection(
        name=name,
        starts=found.starts,
        ends=found.ends,
        shown=found.shown,
        worse=tuple(step for step in found.bridge if _hurts(step)) if known else None,
        by_hand=len(known.by_hand(house, wanted)) if known else None,
        moved=len(moved) if known else None,
        typed_late=_days(Counter(late.values())) if known else None,
        bulk=tuple(_bulk(of_units(known.placed, wanted))) if known else None,
        signs=found.signs,
        waived=tuple(_waived(house, wanted)),
        pairs_by=tuple(_pairs_by(house, wanted)),
        books=tuple(_books(house, wanted)),
        typed=tuple(blanks.typed_in(house, actor, units)),
        documents=period_documents.newest(house, actor, scope),
    )


def answered_pairs(
    house: House, actor: Actor, who: str, *, same: bool, units: frozenset[str] | None = None
) -> tuple[AnsweredPair, ...]:
    """The pairs that a person answered so and that count, the newest answer first."""
    actor.need(Right.INSPECT)
    given = [
        one for one in _answers(house, actor.within(units)) if one.by == who and one.same is same
    ]
    keys = {key for one in given for key in (one.row, one.dossier)}
    claims = {claim.key: claim for claim in house.store.search.claims(keys)}
    given.sort(key=lambda one: one.on, reverse=True)
    return tuple(
        _answered(house, one, claims.get(one.row), claims.get(one.dossier)) for one in given
    )


def _answered(house: House, one: Answer, row: Claim | None, dossier: Claim | None) -> AnsweredPair:
    unit = dossier.unit if dossier else ""
    return AnsweredPair(
        one.dossier,
        dossier.own_code if dossier else "",
        house.tables.units.name(unit) or unit,
        place_of(row) if row else "",
        date.fromisoformat(one.on) if one.on else None,
    )


def who_saw_names(
    house: House, actor: Actor, *, before: int = 0, limit: int = 50
) -> tuple[NamesSeen, ...]:
    """Who was shown whole names, the newest first; of the whole office, for who sees it whole."""
    actor.need(Right.INSPECT)
    if actor.units is not None:
        return ()
    acts = house.store.audit.names_seen(before, limit)
    return tuple(_seen(house, one) for one in acts)


_WHAT = {
    "pair.names_seen": "Xem một cặp hồ sơ",
    "report.full_names": "Báo cáo ghi đủ họ tên",
}


def _seen(house: House, act: Act) -> NamesSeen:
    what = _WHAT.get(act.act, "Xem họ tên của một hồ sơ")
    return NamesSeen(act.seq, act.at.astimezone(house.clock.zone), act.actor, what)


def _hurts(step: RateStep) -> bool:
    return form.effect(step.before, step.after) == "hurts"


def _days(counts: Counter[date]) -> tuple[DayCount, ...]:
    return tuple(DayCount(day, count) for day, count in sorted(counts.items()))


def _bulk(placed: Iterable[Placed]) -> Iterable[DayCount]:
    """Days on which the software ended many times what it ends on a usual day."""
    counts = Counter(one.ended_on for one in placed if one.ended_on)
    usual = median(counts.values()) if counts else 0
    for day, count in sorted(counts.items()):
        if count >= BULK and count >= TIMES * usual:
            yield DayCount(day, count)


def _waived(house: House, units: frozenset[str] | None) -> Iterable[WaivedLine]:
    for one in house.store.search.in_state(State.WAIVED, units):
        unit = house.tables.units.name(one.unit) or one.unit
        what = KINDS[one.kind].label
        yield WaivedLine(unit, what, one.by, one.since, one.waived_until, one.reason)


def _pairs_by(house: House, units: frozenset[str] | None) -> Iterable[tuple[str, int, int]]:
    """Of the pairs that people answered and that count: who said how often the same, another."""
    given = _answers(house, units)
    same = Counter(one.by for one in given if one.same)
    other = Counter(one.by for one in given if not one.same)
    for who in sorted({*same, *other}):
        yield who, same[who], other[who]


def _answers(house: House, units: frozenset[str] | None) -> list[Answer]:
    """What people said of pairs and what counts, of dossiers of these units."""
    given = house.store.answers.all()
    if units is None:
        return given
    claims = house.store.search.claims({one.dossier for one in given})
    mine = {claim.key for claim in claims if claim.unit in units}
    return [one for one in given if one.dossier in mine]


def _books(house: House, units: frozenset[str] | None) -> Iterable[InspectedBook]:
    resolve, name = house.tables.units.resolve, house.tables.units.name
    zone = house.clock.zone
    for book in house.store.books.all():
        said = book.declaration
        unit = resolve(said.unit, said.until) or said.unit
        if units is not None and unit and unit not in units:
            continue
        gone = ""
        if book.withdrawn_at:
            on = book.withdrawn_at.astimezone(zone)
            gone = f"{book.withdrawn_by}, {on:%d/%m/%Y}: {book.reason}"
        at = book.declared_at.astimezone(zone)
        yield InspectedBook(
            name(unit) if unit else "Mọi đơn vị",
            book.source,
            said.until,
            said.by,
            book.declared_by,
            at,
            gone,
        )
    for source in house.settings.sources:
        for declared in source.declared:
            unit = resolve(declared.unit, declared.until) or declared.unit
            if units is None or not unit or unit in units:
                yield InspectedBook(
                    name(unit) if unit else "Mọi đơn vị",
                    source.name,
                    declared.until,
                    declared.by,
                    "tệp cấu hình",
                    None,
                    "",
                )
