"""Frozen figures (chốt số liệu): each counted dossier with its places, and what changed since.

A period that was frozen never changes silently: what the data say later is told dossier by
dossier, and becomes a numbered correction (đính chính số 1, 2, …) only when a person says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconcile.figures.form import Table
from reconcile.figures.standing import Column, SubLine


@dataclass(frozen=True, slots=True)
class Placed:
    """One received dossier of a period, with both of its places in the form."""

    key: str  # of its claim
    code: str
    unit: str
    procedure: str  # Procedure value, empty when unknown
    carried: bool
    online: bool
    before: Column  # as recounted
    before_line: SubLine
    after: Column  # as reconciled
    after_line: SubLine
    proof: str = ""  # the book that moved it
    due_on: date | None = None  # by which its pace was counted
    ended_on: date | None = None  # by the software, as it was counted

    @property
    def intake(self) -> str:
        """The column in which it was received; of what is carried over the channel counts not."""
        return "carried" if self.carried else "online" if self.online else "direct_post"


class Cause(StrEnum):
    """Why a dossier stands elsewhere than when the period was frozen."""

    ADDED = "added"  # the software names it only now
    GONE = "gone"  # the software names it no more
    UNIT = "unit"  # another unit answers for it
    INTAKE = "intake"  # another channel, or carried over and not received, or the reverse
    SOFTWARE = "software"  # what the software says of its end
    PROOF = "proof"  # what the paper proves


@dataclass(frozen=True, slots=True)
class Difference:
    """One dossier that stands elsewhere now; ``was`` or ``now`` is None where it was not there."""

    was: Placed | None
    now: Placed | None

    @property
    def one(self) -> Placed:
        """The dossier as it is last known."""
        found = self.now or self.was
        if found is None:
            raise ValueError("a difference speaks of a dossier")
        return found

    @property
    def cause(self) -> Cause:
        was, now = self.was, self.now
        if was is None:
            return Cause.ADDED
        if now is None:
            return Cause.GONE
        for cause, before, after in (
            (Cause.UNIT, was.unit, now.unit),
            (Cause.INTAKE, was.intake, now.intake),
            (Cause.SOFTWARE, (was.before, was.before_line), (now.before, now.before_line)),
        ):
            if before != after:
                return cause
        return Cause.PROOF


def differences(was: Iterable[Placed], now: Iterable[Placed]) -> tuple[Difference, ...]:
    """Every dossier that stands elsewhere, or in one of the two only, by unit and code.

    Another book for the same two places is no difference of figures.
    """
    then, today = _by_key(was), _by_key(now)
    found = (Difference(then.get(key), today.get(key)) for key in {**then, **today})
    changed = (one for one in found if _figures(one.was) != _figures(one.now))
    return tuple(sorted(changed, key=lambda one: (one.one.unit, one.one.code, one.one.key)))


def handed_over(closing: Iterable[Placed], now: Iterable[Placed]) -> tuple[Difference, ...]:
    """What the last period closed with but this one does not carry, and the reverse.

    In progress at the end of the last period, as recounted, is what this one must carry over.
    """
    left = [one for one in closing if one.before.is_open]
    carried = {one.key: one for one in now if one.carried}
    keys = {one.key for one in left}
    gaps = [Difference(one, None) for one in left if one.key not in carried]
    gaps += [Difference(None, one) for one in carried.values() if one.key not in keys]
    return tuple(sorted(gaps, key=lambda one: (one.one.unit, one.one.code, one.one.key)))


def tables(placed: Iterable[Placed]) -> tuple[Table, Table]:
    """The two tables that these dossiers add up to: as recounted, as reconciled."""
    return tables_of((one, 1) for one in placed)


def tables_of(counted: Iterable[tuple[Placed, int]]) -> tuple[Table, Table]:
    """The same of dossiers that each stand for so many."""
    intake: Counter[str] = Counter()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for one, many in counted:
        intake[one.intake] += many
        _count(before, one.before, one.before_line, many)
        _count(after, one.after, one.after_line, many)
    return Table(**intake, **before), Table(**intake, **after)


def alike(placed: Iterable[Placed]) -> list[tuple[Placed, int]]:
    """One dossier for all that are counted alike in one unit, and how many they are."""
    first: dict[object, Placed] = {}
    many: Counter[object] = Counter()
    for one in placed:
        counts = (one.unit, one.intake, one.before, one.before_line, one.after, one.after_line)
        first.setdefault(counts, one)
        many[counts] += 1
    return [(one, many[counts]) for counts, one in first.items()]


def _count(counts: Counter[str], column: Column, line: SubLine, many: int) -> None:
    counts[column.short] += many
    if line is not SubLine.NONE:
        counts[line.value] += many


def _by_key(placed: Iterable[Placed]) -> Mapping[str, Placed]:
    return {one.key: one for one in placed}


def _figures(one: Placed | None) -> tuple[object, ...] | None:
    """All that decides where a dossier is counted."""
    if one is None:
        return None
    return (
        *(one.unit, one.procedure, one.intake),
        *(one.before, one.before_line, one.after, one.after_line),
    )
