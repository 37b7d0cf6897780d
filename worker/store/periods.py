"""Frozen periods (kỳ đã chốt): the figures as a person froze them, and every correction since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from worker.store import audit, seals
from worker.store.act_tables import frozen_period, period_draft
from worker.store.engine import Room, reads, writes
from worker.store.errors import Overtaken

#: In the audit: figures were frozen, figures were corrected.
FROZEN, CORRECTED = "period.frozen", "period.corrected"
#: … were proposed to be frozen or corrected, and were not.
PROPOSED, TURNED_DOWN = "period.proposed", "period.turned_down"


@dataclass(frozen=True, slots=True)
class Frozen:
    """One version of a period's figures; ``number`` 0 is the freeze, 1, 2, … are corrections.

    ``payload`` is what ``worker/run/periods.py`` keeps of it.
    """

    starts: date
    ends: date
    number: int
    name: str  # as it was asked for: "2024-Q1"
    as_of: date
    at: datetime
    by: str
    reason: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class PeriodDraft:
    """The figures of a period as somebody looked at them; ``by`` is who proposes to keep them."""

    starts: date
    ends: date
    name: str
    number: int
    at: datetime
    payload: bytes
    by: str = ""
    reason: str = ""


class Periods(Room):
    """The frozen periods: only ever added to."""

    @writes
    def add(self, connection: Connection, version: Frozen) -> None:
        """Keep a version and say so in the audit, in one transaction.

        Raises Overtaken unless its number is the next one of its period: somebody else was first.
        """
        if version.number != _next_number(connection, version.starts, version.ends):
            raise Overtaken(version.name)
        values = {name: getattr(version, name) for name in _COLUMNS}
        try:
            connection.execute(insert(frozen_period).values(**values))
        except IntegrityError as error:
            raise Overtaken(version.name) from error
        moved = seals.SealMoves()
        this = (
            frozen_period.c.starts == version.starts,
            frozen_period.c.ends == version.ends,
            frozen_period.c.number == version.number,
        )
        moved.add_rows("frozen", seals.rows_of(connection, "frozen", *this))
        seals.keep(
            connection,
            moved,
            actor=version.by,
            act=CORRECTED if version.number else FROZEN,
            object=f"{version.name}#{version.number}",
            reason=version.reason,
            at=version.at,
        )

    @writes
    def keep_draft(
        self, connection: Connection, draft: PeriodDraft, *, actor: str, at: datetime
    ) -> None:
        """Keep how a period looks now in place of how it looked before; a proposal is an act."""
        _forget(connection, draft)
        names = ("starts", "ends", "name", "number", "at", "by", "reason", "payload")
        values = {name: getattr(draft, name) for name in names}
        connection.execute(insert(period_draft).values(**values))
        if draft.by:
            _tell(connection, draft, PROPOSED, actor, at, draft.reason)

    @writes
    def drop_draft(
        self,
        connection: Connection,
        draft: PeriodDraft,
        *,
        actor: str,
        at: datetime,
        reason: str = "",
    ) -> None:
        """Forget a draft; with a reason: the proposal was turned down."""
        _forget(connection, draft)
        if reason:
            _tell(connection, draft, TURNED_DOWN, actor, at, reason)

    @reads
    def drafts(self, connection: Connection) -> list[PeriodDraft]:
        """Every draft that no version has overtaken, by period."""
        kept = select(func.count()).where(
            frozen_period.c.starts == period_draft.c.starts,
            frozen_period.c.ends == period_draft.c.ends,
        )
        query = select(period_draft).where(period_draft.c.number == kept.scalar_subquery())
        query = query.order_by(period_draft.c.starts, period_draft.c.ends)
        return [
            PeriodDraft(
                row.starts, row.ends, row.name, row.number, row.at, row.payload, row.by,
                row.reason,
            )
            for row in connection.execute(query)
        ]  # fmt: skip

    def of(self, starts: date | None, ends: date | None) -> list[Frozen]:
        """The versions of exactly this period, the freeze first; none where it is not frozen."""
        query = select(frozen_period).where(
            frozen_period.c.starts == starts, frozen_period.c.ends == ends
        )
        return self._found(query.order_by(frozen_period.c.number))

    def ending(self, day: date) -> list[Frozen]:
        """The newest version of each period that ends on this day, the shortest period first."""
        query = select(frozen_period).where(frozen_period.c.ends == day)
        found = self._found(query.order_by(frozen_period.c.starts.desc(), frozen_period.c.number))
        return list({one.starts: one for one in found}.values())

    def all(self) -> list[Frozen]:
        """Every version of every period, by period and number."""
        order = (frozen_period.c.starts, frozen_period.c.ends, frozen_period.c.number)
        return self._found(select(frozen_period).order_by(*order))

    @reads
    def _found(self, connection: Connection, query: Any) -> list[Frozen]:
        return [
            Frozen(**{name: getattr(row, name) for name in _COLUMNS})
            for row in connection.execute(query)
        ]


_COLUMNS = ("starts", "ends", "number", "name", "as_of", "at", "by", "reason", "payload")


def _forget(connection: Connection, draft: PeriodDraft) -> None:
    this = (period_draft.c.starts == draft.starts) & (period_draft.c.ends == draft.ends)
    connection.execute(delete(period_draft).where(this))


def _tell(
    connection: Connection, draft: PeriodDraft, act: str, actor: str, at: datetime, reason: str
) -> None:
    name = f"{draft.name}#{draft.number}"
    audit.append(connection, actor=actor, act=act, object=name, reason=reason, at=at)


def _next_number(connection: Connection, starts: date, ends: date) -> int:
    query = select(func.count()).where(
        frozen_period.c.starts == starts, frozen_period.c.ends == ends
    )
    return int(connection.execute(query).scalar_one())
