"""Whether a file is a newer version of another, and what its silence takes back.

A name proves nothing: another commune's book may be saved where this one's was. A newer version
speaks of the same rows, of no other unit, register or window; and where it does not speak, its
silence says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconcile.claims import Claim, RegisterType
from reconcile.text import codes
from reconcile.text.vietnamese import name_key, plain, plain_key, unit_key

#: Of the rows known from a file so many must come again in a newer version: one in …
COME_AGAIN = 2


class Doubt(StrEnum):
    """Why a file under a known name is not taken for a newer version."""

    UNIT = "unit"  # it speaks of other units
    REGISTER = "register"  # of another register
    WINDOW = "window"  # of other days
    ROWS = "rows"  # fewer than half of the known rows come again
    PART = "part"  # a newer version, but rows are gone of which it does not speak


@dataclass(frozen=True, slots=True)
class VersionVerdict:
    """What follows from laying one file over another.

    ``doubt`` is None for a newer version. Of its silent rows ``gone`` were corrected or withdrawn,
    ``held`` are rows of which it does not speak.
    """

    doubt: Doubt | None
    gone: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spoken:
    """Of which units (comparable names), registers and days a file speaks; empty: it names none."""

    units: frozenset[str]
    registers: frozenset[RegisterType]
    starts: date | None
    ends: date | None

    @classmethod
    def by(
        cls, rows: Sequence[Claim], starts: date | None = None, ends: date | None = None
    ) -> Spoken:
        """What rows speak of; a window that the file itself announces goes before their days."""
        days = [day for row in rows for day in _days(row)]
        return cls(
            frozenset(unit_key(row.unit) for row in rows if row.unit),
            frozenset(row.register_type for row in rows),
            starts or min(days, default=None),
            ends or max(days, default=None),
        )

    def other_than(self, before: Spoken) -> Doubt | None:
        """In what it has nothing in common with what was spoken of before."""
        if self.units and before.units and not self.units & before.units:
            return Doubt.UNIT
        if self.registers and before.registers and not self.registers & before.registers:
            return Doubt.REGISTER
        apart = _after(self.starts, before.ends) or _after(before.starts, self.ends)
        return Doubt.WINDOW if apart else None

    def of(self, row: Claim) -> bool:
        """Whether a row lies inside of what is spoken of; what a row does not tell is inside."""
        if row.unit and self.units and unit_key(row.unit) not in self.units:
            return False
        if self.registers and row.register_type not in self.registers:
            return False
        days = list(_days(row))
        if not days or self.starts is None or self.ends is None:
            return True
        return any(self.starts <= day <= self.ends for day in days)


def judge(
    again: Sequence[Claim],
    silent: Sequence[Claim],
    fresh: Sequence[Claim],
    *,
    before: tuple[date | None, date | None] = (None, None),
    now: tuple[date | None, date | None] = (None, None),
) -> VersionVerdict:
    """Whether a file that lies where another lay is its newer version.

    ``again`` are the rows that both hold, ``silent`` those that only the older one held, ``fresh``
    those that only the newer one holds; ``before`` and ``now`` the windows that the files announce.
    A row that was corrected comes again: its code, its person or its number tells.
    """
    if not silent:
        return VersionVerdict(None)
    corrected = _corrected(silent, fresh)
    spoken = Spoken.by([*again, *fresh], *now)
    doubt = spoken.other_than(Spoken.by([*again, *silent], *before))
    if doubt is None and (len(again) + len(corrected)) * COME_AGAIN < len(again) + len(silent):
        doubt = Doubt.ROWS
    if doubt is not None:
        return VersionVerdict(doubt)
    held = {row.key for row in silent if row.key not in corrected and not spoken.of(row)}
    return VersionVerdict(None, frozenset(row.key for row in silent) - held, frozenset(held))


def _corrected(silent: Iterable[Claim], fresh: Sequence[Claim]) -> frozenset[str]:
    """The silent rows that stand in the newer file in other words, each in a row of its own."""
    standing: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, row in enumerate(fresh):
        for mark in _marks(row):
            standing[mark].append(at)
    taken: set[int] = set()
    found: set[str] = set()
    for row in silent:
        places = (at for mark in _marks(row) for at in standing.get(mark, ()))
        free = next((at for at in places if at not in taken), None)
        if free is not None:
            taken.add(free)
            found.add(row.key)
    return frozenset(found)


def _marks(row: Claim) -> Iterator[tuple[str, ...]]:
    """By what a person would say that two rows are the same entry, the surest first."""
    for code in (row.own_code, row.national_code):
        if code:
            yield "code", codes.normal(code) or plain(code)
    name = plain_key(name_key(row.subject or row.applicant))
    if name and (when := row.birth_date or row.death_date):
        yield "person", name, when
    if row.number and row.is_row:
        book = (row.register_type.value, unit_key(row.unit), plain(row.book))
        yield "number", *book, plain(row.number)


def _days(row: Claim) -> Iterator[date]:
    for day in (row.received_on, row.registered_on, row.returned_on, row.finished_on):
        if day is not None:
            yield day


def _after(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day > other
