"""What the page of a period shows: how ready it is, its form in three rows, its bridge, its lists.

Every number is a list: a cell of the form, a step of the bridge, a difference has its dossiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from reconcile.claims import Role
from reconcile.figures import form
from reconcile.figures.form import Table
from reconcile.figures.frozen import Difference, Placed, differences, tables_of
from reconcile.figures.standing import Column
from reconcile.scope import Scope
from worker.desk import pairs
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.counted import CountedPeriod, counted, is_of, moved_since
from worker.desk.period_documents import signs_of
from worker.desk.periods import draft_of, scope_of
from worker.desk.refused import Refused
from worker.desk.standing_data import called
from worker.house import House
from worker.reports.facts import SubmittedFigures
from worker.reports.figures import FormRow, difference, form_row, submitted_row
from worker.reports.freezes import CAUSES, title
from worker.reports.signs import SignRow
from worker.run.decision import missing_days
from worker.run.polling import Gathered, gather
from worker.run.submitted import submitted_in
from worker.run.uneven import declared, declared_until
from worker.store import Frozen, PeriodDraft
from worker.words import COLUMNS, EFFECTS, inner, uncovered

#: Lines of a page of a list.
PAGE = 100
#: Which dossiers stand in a cell of the form, by the cell's name, in the form's order.
CELLS: Mapping[str, Callable[[Placed, Column], bool]] = {
    "received": lambda _one, _at: True,
    "online": lambda one, _at: one.intake == "online",
    "direct_post": lambda one, _at: one.intake == "direct_post",
    "carried": lambda one, _at: one.intake == "carried",
    "resolved": lambda _one, at: at in (Column.EARLY, Column.ON_TIME, Column.LATE),
    "early": lambda _one, at: at is Column.EARLY,
    "on_time": lambda _one, at: at is Column.ON_TIME,
    "late": lambda _one, at: at is Column.LATE,
    "in_progress": lambda _one, at: at.is_open,
    "in_time": lambda _one, at: at is Column.IN_TIME,
    "overdue": lambda _one, at: at is Column.OVERDUE,
    "ended_before": lambda _one, at: at is Column.ENDED_BEFORE,
}


@dataclass(frozen=True, slots=True)
class ReadyPart:
    """One thing that is asked before figures are frozen: whether it is well, and where it stands.

    ``goes_to`` names the page that lists it: ``data``, ``books``, ``pairs``, ``typed``, ``sent``.
    """

    text: str
    well: bool
    goes_to: str


@dataclass(frozen=True, slots=True)
class RateStep:
    """Dossiers that the paper moves from one column to another; what that does to both rates."""

    title: str
    before: Column
    after: Column
    dossiers: int
    rate: str
    rate_of_resolved: str


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """One unit's reconciled figures."""

    unit: str
    name: str
    row: FormRow


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A frozen version: what it is called, by whom, when, why."""

    title: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A dossier that stands elsewhere now than in the newest frozen version."""

    code: str
    unit: str
    cause: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """All that the page of a period shows. ``recounted`` is None where nothing was looked at."""

    name: str
    starts: date
    ends: date
    parts: tuple[ReadyPart, ...]
    missing: str  # of which days nobody speaks; empty: of none
    shown: str  # which figures these are: "bản chốt", "tính lúc …"
    submitted: FormRow | None
    recounted: FormRow | None
    reconciled: FormRow | None
    against_submitted: FormRow | None
    gains: Mapping[str, tuple[int, int]]  # by cell: dossiers that come to it and leave it
    bridge: tuple[RateStep, ...]
    by_unit: tuple[UnitFigures, ...]
    versions: tuple[VersionLine, ...]
    changed: tuple[ChangedLine, ...]
    looked_at: datetime | None  # when the draft was made
    proposed_by: str
    reason: str
    number: int  # of the next version: 0 freezes, more is a correction
    unread: tuple[str, ...]
    signs: tuple[SignRow, ...] | None  # None: no run of the period, or it is not kept

    @property
    def ready(self) -> bool:
        return not self.missing and all(part.well for part in self.parts)


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A dossier of a cell: where it stands by the software, and after reconciliation."""

    key: str
    code: str
    unit: str
    due_on: date | None
    before: str
    after: str
    proof: str


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """A page of a cell's dossiers; ``total`` is the cell, ``after`` begins the next one."""

    lines: tuple[PlacedLine, ...]
    total: int
    after: str


def figures(
    house: House, actor: Actor, name: str, units: frozenset[str] | None = None
) -> PeriodFigures:
    """The figures of a period for these units: of its draft, else of its newest version."""
    actor.need(Right.VIEW)
    scope, wanted = scope_of(house, name), actor.within(units)
    versions, draft, found = _newest(house, scope)
    groups = [one for one in found.groups if is_of(one[0], wanted)] if found else []
    gathered = gather(house, {})
    missing = missing_days(house, scope, gathered.coverage)
    sent = _sent(house, scope, wanted)
    submitted = submitted_row("", sent) if sent else None
    before, after = tables_of(groups) if found else (None, None)
    changed = _differences(versions, draft, wanted)
    recounted = form_row("", before) if before else None
    late = len(found.typed_after(house, scope.ends, wanted)) if found else None
    return PeriodFigures(
        name=name,
        starts=scope.starts or scope.as_of,
        ends=scope.ends or scope.as_of,
        parts=tuple(_parts(house, actor, scope, wanted, gathered, late, sent=sent is not None)),
        missing=uncovered(missing) if missing else "",
        shown=_shown(house, draft, versions),
        submitted=submitted,
        recounted=recounted,
        reconciled=form_row("", after) if after else None,
        against_submitted=difference("", submitted, recounted) if submitted and recounted else None,
        gains={cell: _gains(groups, cell) for cell in CELLS},
        bridge=tuple(_bridge(groups, before)) if before else (),
        by_unit=tuple(_by_unit(house, groups)),
        versions=tuple(_version(house, one) for one in versions),
        changed=tuple(_changed(house, one) for one in changed),
        looked_at=draft.at.astimezone(house.clock.zone) if draft else None,
        proposed_by=draft.by if draft else "",
        reason=draft.reason if draft else "",
        number=len(versions),
        unread=found.kept.unread if found else (),
        signs=signs_of(house, scope, wanted),
    )


def dossiers(
    house: House,
    actor: Actor,
    name: str,
    units: frozenset[str] | None = None,
    *,
    cell: str,
    side: str = "after",
    came_from: str = "",
    goes_to: str = "",
    typed_late: bool = False,
    typed_on: date | None = None,
    unit: str = "",
    moved: bool = False,
    by_hand: bool = False,
    ended_on: date | None = None,
    after: str = "",
) -> PlacedPage:
    """A page of the dossiers of one cell behind the key ``after``, by unit and code: together
    exactly as many as the cell says.

    ``side``: "before" as recounted, "after" as reconciled, "in" and "out" those that reconciling
    brings to the cell and takes from it. ``came_from``, ``goes_to``: of one step of the bridge.
    ``unit``: of that one without its children; ``moved``: those that stand elsewhere;
    ``typed_late``: by a row read after the period, ``typed_on`` on that day; ``by_hand``: by rows
    typed from paper alone; ``ended_on``: ended by the software then.
    """
    actor.need(Right.VIEW)
    if cell not in CELLS or side not in ("before", "after", "in", "out"):
        raise Unseen(cell)
    scope, wanted = scope_of(house, name), actor.within(units)
    found = counted_in(house, scope)
    if found is None:
        raise Unseen(name)
    chosen = [one for one in found.placed if is_of(one, wanted) and _stands(one, cell, side)]
    if came_from or goes_to:
        chosen = [
            one
            for one in chosen
            if one.before is not one.after and (one.before, one.after) == (came_from, goes_to)
        ]
    if typed_late or typed_on:
        late = found.typed_after(house, scope.ends, wanted)
        chosen = [x for x in chosen if x.key in late and typed_on in (None, late[x.key])]
    if unit:
        chosen = [one for one in chosen if one.unit == unit]
    if moved:
        chosen = [one for one in chosen if one.before is not one.after]
    if by_hand:
        hand = found.by_hand(house, wanted)
        chosen = [one for one in chosen if one.key in hand]
    if ended_on:
        chosen = [one for one in chosen if one.ended_on == ended_on]
    start = next((at + 1 for at, one in enumerate(chosen) if one.key == after), 0)
    shown = chosen[start : start + PAGE]
    more = shown[-1].key if start + PAGE < len(chosen) else ""
    return PlacedPage(tuple(_line(house, one) for one in shown), len(chosen), more)


def _line(house: House, one: Placed) -> PlacedLine:
    return PlacedLine(
        one.key,
        one.code,
        house.tables.units.name(one.unit) or one.unit,
        one.due_on,
        COLUMNS[one.before],
        COLUMNS[one.after],
        one.proof,
    )


def counted_in(house: House, scope: Scope) -> CountedPeriod | None:
    """The counted dossiers of a period: of its draft, else of its newest version; None: of none."""
    return _newest(house, scope)[2]


def _newest(
    house: House, scope: Scope
) -> tuple[list[Frozen], PeriodDraft | None, CountedPeriod | None]:
    """The versions of a period, its draft, and what is shown of it."""
    versions = house.store.periods.of(scope.starts, scope.ends)
    draft = draft_of(house, scope)
    payload = draft.payload if draft else versions[-1].payload if versions else None
    return versions, draft, counted(payload) if payload else None


def _differences(
    versions: Sequence[Frozen], draft: PeriodDraft | None, units: frozenset[str] | None
) -> list[Difference]:
    """What stands elsewhere in the draft than in the newest version, of these units."""
    if not (versions and draft):
        return []
    keys = moved_since(versions[-1].payload, draft.payload)
    was, now = (
        [one for one in counted(payload).kept.placed if one.key in keys and is_of(one, units)]
        for payload in (versions[-1].payload, draft.payload)
    )
    return list(differences(was, now))


def row_to_copy(
    house: House,
    actor: Actor,
    name: str,
    units: frozenset[str] | None = None,
    *,
    reconciled: bool = False,
) -> str:
    """One line of form II.06a, parted by tabs, without rates: of the newest frozen version."""
    actor.need(Right.VIEW)
    scope = scope_of(house, name)
    versions = house.store.periods.of(scope.starts, scope.ends)
    if not versions:
        raise Refused(f"Kỳ {name} chưa chốt.", "Chốt kỳ rồi chép.")
    wanted = actor.within(units)
    groups = (one for one in counted(versions[-1].payload).groups if is_of(one[0], wanted))
    *cells, _ended_before = form_row("", tables_of(groups)[reconciled]).cells
    return "\t".join(str(cell) for cell in cells)


def _shown(house: House, draft: PeriodDraft | None, versions: Sequence[Frozen]) -> str:
    if draft:
        return f"số liệu tính lúc {draft.at.astimezone(house.clock.zone):%H:%M %d/%m/%Y}, chưa chốt"
    return title(versions[-1].number) if versions else ""


def _sent(house: House, scope: Scope, units: frozenset[str] | None) -> SubmittedFigures | None:
    """The submitted line of exactly these units: the office's, or that of a unit with its parts."""
    lines = submitted_in(house, scope)
    if units is None:
        return next((one for one in lines if not one.unit), None)
    return next((x for x in lines if x.unit and house.tables.units.children(x.unit) == units), None)


def _parts(
    house: House,
    actor: Actor,
    scope: Scope,
    units: frozenset[str] | None,
    gathered: Gathered,
    late: int | None,
    *,
    sent: bool,
) -> Iterable[ReadyPart]:
    assert scope.ends is not None  # noqa: S101 - a period has days
    for source, facts in zip(house.settings.sources, gathered.sources, strict=True):
        name = called(house, source.name)
        if not facts.answered:
            yield ReadyPart(f"{name} chưa đọc đủ", False, "data")
        elif source.role is not Role.REGISTER and facts.ends and facts.ends < scope.ends:
            yield ReadyPart(f"{name} mới có đến {facts.ends:%d/%m/%Y}", False, "data")
    done, of = _declared(house, scope.ends, units, gathered)
    if of:
        yield ReadyPart(f"khai sổ đã nhập đủ: {done}/{of} đơn vị", done == of, "books")
    open_pairs = pairs.left(house, actor, units)
    yield ReadyPart(f"cặp chờ xác nhận: {open_pairs}", not open_pairs, "pairs")
    if late is not None:
        yield ReadyPart(f"hồ sơ có dòng sổ nhập sau kỳ: {late}", True, "typed")
    yield ReadyPart("đã nhập số liệu đã báo cáo" if sent else "chưa nhập số liệu đã báo cáo", sent,
                    "sent")  # fmt: skip


def _declared(
    house: House, ends: date, units: frozenset[str] | None, gathered: Gathered
) -> tuple[int, int]:
    """Units that declared all of their registers complete to the period's end, and all units."""
    known: dict[str, bool] = {}
    for source, facts in zip(house.settings.sources, gathered.sources, strict=True):
        if source.role is not Role.REGISTER:
            continue
        books = declared(house.settings, house.tables, house.store, source.name)
        for one in facts.by_unit():
            if units is None or one.unit in units:
                until = declared_until(books, one.unit)
                known[one.unit] = known.get(one.unit, True) and until is not None and until >= ends
    return sum(known.values()), len(known)


def _stands(one: Placed, cell: str, side: str) -> bool:
    holds = CELLS[cell]
    before, after = holds(one, one.before), holds(one, one.after)
    return {
        "before": before,
        "after": after,
        "in": after and not before,
        "out": before and not after,
    }[side]


def _gains(groups: Iterable[tuple[Placed, int]], cell: str) -> tuple[int, int]:
    sides = [(many, _stands(one, cell, "in"), _stands(one, cell, "out")) for one, many in groups]
    return sum(many * came for many, came, _ in sides), sum(many * left for many, _, left in sides)


def _bridge(groups: Sequence[tuple[Placed, int]], recounted: Table) -> Iterable[RateStep]:
    """Helps and hurts apart, and what each step moves in both rates, one after the other."""
    moved: Counter[tuple[str, str, str]] = Counter()
    for one, many in groups:
        if one.before is not one.after:
            effect = form.effect(one.before, one.after)
            moved[effect, one.before.value, one.after.value] += many
    at = recounted
    for (effect, before, after), count in sorted(moved.items()):
        then = _moved(at, Column(before), Column(after), count)
        yield RateStep(
            f"{EFFECTS[effect]}: {_named(before)} → {_named(after)}",
            Column(before),
            Column(after),
            count,
            _points(at.late_rate, then.late_rate),
            _points(at.late_rate_of_resolved, then.late_rate_of_resolved),
        )
        at = then


def _named(column: str) -> str:
    return inner(COLUMNS[Column(column)])


def _moved(table: Table, before: Column, after: Column, count: int) -> Table:
    less, more = before.short, after.short
    return replace(
        table, **{less: getattr(table, less) - count, more: getattr(table, more) + count}
    )


def _points(before: float | None, after: float | None) -> str:
    """``−1,25`` points of a hundred; "0" where a step moves nothing."""
    if before is None or after is None:
        return "–"
    points = round(100 * (after - before), 2)
    return f"{points:+.2f}".replace(".", ",").replace("-", "−") if points else "0"


def _by_unit(house: House, groups: Iterable[tuple[Placed, int]]) -> Iterable[UnitFigures]:
    found: dict[str, list[tuple[Placed, int]]] = {}
    for one in groups:
        found.setdefault(one[0].unit, []).append(one)
    for unit, group in sorted(found.items()):
        name = house.tables.units.name(unit) or unit
        yield UnitFigures(unit, name, form_row(name, tables_of(group)[1]))


def _version(house: House, one: Frozen) -> VersionLine:
    at = one.at.astimezone(house.clock.zone)
    return VersionLine(title(one.number), at, one.by, one.reason)


def _changed(house: House, one: Difference) -> ChangedLine:
    unit = house.tables.units.name(one.one.unit) or one.one.unit
    return ChangedLine(
        one.one.code,
        unit,
        CAUSES[one.cause],
        COLUMNS[one.was.after] if one.was else "không có",
        COLUMNS[one.now.after] if one.now else "không có",
    )
