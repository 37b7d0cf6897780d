"""What papers drawn at random say of frozen figures, dossier by dossier.

The list is the frozen one; a paper is what a checker found in the books for one dossier of it. The
formulas stand in ``sampling.py`` beside this; here stands which dossiers a claim speaks of, what a
paper says of one, and when it contradicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from reconcile.figures import sampling
from reconcile.figures.frozen import Placed
from reconcile.figures.sampling import Interval
from reconcile.figures.standing import Column, SubLine
from reconcile.judging.due import Timeliness, pace


class Claimed(StrEnum):
    """What a check can prove of frozen figures; each is proven with a risk of its own."""

    LATE_RATE = "late_rate"  # the rate after reconciliation lies within a margin
    MOVED = "moved"  # of the dossiers that were moved, few stand wrongly
    STILL_OPEN = "still_open"  # of those left in progress, few had ended by the paper


class Seen(StrEnum):
    """What the checker met when looking for one dossier."""

    FOUND = "found"  # with a day of registration or of hand-over
    PENDING = "pending"  # the paper is there, and not finished
    MISSING = "missing"  # not found, torn, or without a day


@dataclass(frozen=True, slots=True)
class SeenPaper:
    """What was found for one dossier; the days as they stand in the book."""

    key: str
    seen: Seen
    registered_on: date | None = None
    returned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The period of the frozen figures: its first day, and the day of judgement."""

    starts: date
    as_of: date


@dataclass(frozen=True, slots=True)
class PlannedClaim:
    """One claim of a plan: of how many dossiers, how sure, and how many papers it takes.

    ``margin`` is a fraction of the list. ``papers``: if none, one or two contradict.
    """

    claimed: Claimed
    size: int
    reported: int  # how many of them are late after reconciliation; only of the rate
    risk: Fraction
    margin: Fraction
    papers: tuple[int, ...]

    @property
    def allowed(self) -> int:
        """The most contradictions that still lie within the margin."""
        return int(self.margin * self.size)


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What the papers prove of one claim by now.

    ``interval`` is of the rate of late dossiers for LATE_RATE, else of the rate of wrong ones.
    ``needed``: how many papers it would take if no further one contradicts; not fewer than drawn.
    """

    planned: PlannedClaim
    drawn: int
    too_kind: int
    too_harsh: int
    missing: int
    interval: Interval
    proven: bool
    needed: int

    @property
    def count_all(self) -> bool:
        """True where so many papers are needed that the whole list should be counted."""
        return not self.proven and self.needed >= sampling.COUNT_ALL * self.planned.size


def manifest(placed: Iterable[Placed]) -> str:
    """The frozen list as text, a line a dossier, sorted: all that a paper is later held against.

    Key, unit, column before, column after, due date, the software's end; parted by tabs.
    """
    lines = sorted("\t".join(_fields(one)) for one in placed)
    return "".join(f"{line}\n" for line in lines)


def listed(text: str) -> tuple[Placed, ...]:
    """The dossiers of a manifest. Raises ValueError where a line is none."""
    return tuple(map(_of_line, text.splitlines()))


def manifest_hash(text: str) -> str:
    """The SHA-256 that is published before the seed is thrown, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def population(claimed: Claimed, placed: Iterable[Placed]) -> dict[str, Placed]:
    """The dossiers that a claim speaks of, by key."""
    return {one.key: one for one in placed if _speaks_of(claimed, one)}


def plan(
    placed: Sequence[Placed], claimed: Claimed, *, risk: Fraction, margin: Fraction
) -> PlannedClaim:
    """How many papers a claim takes. Raises ValueError where it speaks of no dossier."""
    chosen = population(claimed, placed)
    if not chosen:
        raise ValueError(f"no dossier: {claimed}")
    size = len(chosen)
    allowed, side = int(margin * size), _side(claimed, risk)
    return PlannedClaim(
        claimed=claimed,
        size=size,
        reported=sum(is_late(one.after) for one in chosen.values()),
        risk=risk,
        margin=margin,
        papers=tuple(sampling.papers_needed(size, allowed, found, side) for found in range(3)),
    )


def is_late(column: Column) -> bool:
    """True for resolved late and for overdue in progress: the numerator of the late rate."""
    return column in (Column.LATE, Column.OVERDUE)


def place(paper: SeenPaper, placed: Placed, window: Window) -> Column | None:
    """The column in which the paper alone puts the dossier; None where the paper is missing.

    A registration is the end of processing. A hand-over proves only that it had ended by then, so
    an earlier end of the software stays.
    """
    if paper.seen is Seen.MISSING:
        return None
    end = paper.registered_on
    if end is None and paper.returned_on is not None:
        end = min(paper.returned_on, placed.ended_on or paper.returned_on)
    if paper.seen is Seen.PENDING or end is None or end > window.as_of:
        if placed.before.is_open:
            return placed.before  # a clock that stands is not started again by the paper
        overdue = placed.due_on is not None and placed.due_on < window.as_of
        return Column.OVERDUE if overdue else Column.IN_TIME
    if end < window.starts:
        return Column.ENDED_BEFORE
    return _PACES[pace(end, placed.due_on)]


def contradiction(claimed: Claimed, placed: Placed, says: Column) -> int:
    """0 where the paper agrees, +1 where we were too kind, -1 where we were too harsh."""
    if claimed is Claimed.LATE_RATE:
        return is_late(says) - is_late(placed.after)
    if claimed is Claimed.MOVED:
        return int(says is not placed.after)
    return int(not says.is_open)


def prefix(keys: Iterable[str], seed: str, drawn: frozenset[str]) -> tuple[str, ...]:
    """The keys with the lowest lots that were all drawn: only these speak for their list.

    What was drawn for another claim counts as far as nothing before it is left out.
    """
    known = tuple(keys)
    lots = sampling.draw(known, seed, len(known))
    for count, key in enumerate(lots):
        if key not in drawn:
            return lots[:count]
    return lots


def outcome(
    planned: PlannedClaim,
    chosen: Mapping[str, Placed],
    drawn: Sequence[str],
    papers: Mapping[str, SeenPaper],
    window: Window,
) -> ClaimOutcome:
    """What the papers prove of a claim. Raises KeyError where one that was drawn has no answer."""
    ways = [way for _, way in against(planned.claimed, chosen, drawn, papers, window)]
    kind, harsh = sum(way > 0 for way in ways), sum(way < 0 for way in ways)
    missing = sum(papers[key].seen is Seen.MISSING for key in drawn)
    interval, proven = _proves(planned, len(drawn), kind, harsh, missing)
    side = _side(planned.claimed, planned.risk)
    needed = max(
        sampling.papers_needed(planned.size, planned.allowed + less, found + missing, side)
        for found, less in ((kind, harsh), (harsh, kind))
    )
    return ClaimOutcome(
        planned=planned,
        drawn=len(drawn),
        too_kind=kind,
        too_harsh=harsh,
        missing=missing,
        interval=interval,
        proven=proven,
        needed=max(needed, len(drawn)),
    )


def against(
    claimed: Claimed,
    chosen: Mapping[str, Placed],
    drawn: Iterable[str],
    papers: Mapping[str, SeenPaper],
    window: Window,
) -> Iterable[tuple[str, int]]:
    """The drawn dossiers whose paper contradicts: +1 where we were too kind, -1 too harsh."""
    for key in drawn:
        says = place(papers[key], chosen[key], window)
        way = contradiction(claimed, chosen[key], says) if says is not None else 0
        if way:
            yield key, way


def _proves(
    planned: PlannedClaim, drawn: int, kind: int, harsh: int, missing: int
) -> tuple[Interval, bool]:
    size = planned.size
    if planned.claimed is Claimed.LATE_RATE:
        interval = sampling.interval(
            size,
            planned.reported,
            drawn,
            too_kind=kind,
            too_harsh=harsh,
            missing=missing,
            risk=planned.risk,
        )
        return interval, interval.within(Fraction(planned.reported, size), planned.margin)
    most = sampling.bound(size, drawn, kind + missing, planned.risk)
    return Interval(Fraction(kind, size), Fraction(most, size)), most <= planned.allowed


def _side(claimed: Claimed, risk: Fraction) -> Fraction:
    """The risk of one side: only a rate has two."""
    return risk / 2 if claimed is Claimed.LATE_RATE else risk


def _speaks_of(claimed: Claimed, one: Placed) -> bool:
    if claimed is Claimed.LATE_RATE:
        return True
    if claimed is Claimed.MOVED:
        return one.before is not one.after
    return one.after.is_open


def _fields(one: Placed) -> tuple[str, ...]:
    days = (day.isoformat() if day else "" for day in (one.due_on, one.ended_on))
    return (one.key, one.unit, one.before.value, one.after.value, *days)


def _of_line(line: str) -> Placed:
    key, unit, before, after, due_on, ended_on = line.split("\t")
    return Placed(
        key=key,
        code="",
        unit=unit,
        procedure="",
        carried=False,
        online=False,
        before=Column(before),
        before_line=SubLine.NONE,
        after=Column(after),
        after_line=SubLine.NONE,
        due_on=date.fromisoformat(due_on) if due_on else None,
        ended_on=date.fromisoformat(ended_on) if ended_on else None,
    )


_PACES = {
    Timeliness.EARLY: Column.EARLY,
    Timeliness.ON_TIME: Column.ON_TIME,
    Timeliness.LATE: Column.LATE,
}
