"""Frozen periods (kỳ đã chốt): the figures as a person froze them, and every correction since."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from worker.store import audit, leases, seals
from worker.store.act_tables import frozen_period, period_count, period_draft
from worker.store.engine import Room, reads, upsert, writes
from worker.store.errors import Overtaken
from worker.store.leases import Lease
from worker.store.tables import lease

#: In the audit: figures were frozen, figures were corrected.
FROZEN, CORRECTED = "period.frozen", "period.corrected"
#: … were proposed to be frozen or corrected, and were not.
PROPOSED, TURNED_DOWN = "period.proposed", "period.turned_down"
#: The lease of a counting is called so, its days behind it.
PERIOD = "period:"
#: A counting that ended its worker this often is asked for no more.
MOST_ATTEMPTS = 5
GIVEN_UP = f"Đã thử {MOST_ATTEMPTS} lần, lần nào cũng dừng giữa chừng. Xem nhật ký, rồi tính lại."


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


@dataclass(frozen=True, slots=True)
class AskedCount:
    """A counting of a period that ``by`` asked the workers for.

    ``freezes``: what was proposed is to be kept, and ``by`` approves it. With a ``problem`` it came
    to nothing and waits for nobody.
    """

    starts: date
    ends: date
    name: str
    freezes: bool
    by: str
    at: datetime
    attempts: int = 0
    problem: str = ""

    @property
    def lease(self) -> str:
        """The name of the lease under which it is carried out."""
        return f"{PERIOD}{self.starts}:{self.ends}"


class Periods(Room):
    """The frozen periods: only ever added to; and what of them is looked at or asked for."""

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
        self,
        connection: Connection,
        draft: PeriodDraft,
        *,
        actor: str,
        at: datetime,
        held: Lease | None = None,
    ) -> None:
        """Keep how a period looks now in place of how it looked before; a proposal is an act.

        ``held``: it was counted under this lease, and nobody waits for that any more.
        """
        leases.guard(connection, held)
        _forget(connection, draft)
        _forget_count(connection, draft, failed=held is None)
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
        _forget_count(connection, draft, failed=bool(reason))
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

    def draft_of(self, starts: date | None, ends: date | None) -> PeriodDraft | None:
        """The figures of this period as somebody looked at them; None: nobody did."""
        return next(
            (one for one in self.drafts() if (one.starts, one.ends) == (starts, ends)), None
        )

    @writes
    def ask_count(self, connection: Connection, asked: AskedCount) -> AskedCount:
        """Ask for a counting; who asks while one of the period waits is given that one."""
        values = asdict(asked)
        query = upsert(connection, period_count).values(**values)
        connection.execute(
            query.on_conflict_do_update(
                index_elements=["starts", "ends"], set_=values, where=period_count.c.problem != ""
            )
        )
        found = connection.execute(select(period_count).where(*_days(period_count, asked))).one()
        return AskedCount(**found._mapping)

    @reads
    def asked_count(
        self, connection: Connection, starts: date | None, ends: date | None
    ) -> AskedCount | None:
        """The counting of this period that waits, goes on or came to nothing; None: of none."""
        days = (period_count.c.starts == starts, period_count.c.ends == ends)
        found = connection.execute(select(period_count).where(*days)).first()
        return None if found is None else AskedCount(**found._mapping)

    @reads
    def counts_due(self, connection: Connection) -> list[AskedCount]:
        """The countings that wait and that nobody carries out."""
        query = select(period_count).where(period_count.c.problem == "").order_by(period_count.c.at)
        found = [AskedCount(**row._mapping) for row in connection.execute(query)]
        working = set(connection.scalars(select(lease.c.name).where(leases.stands(connection))))
        return [one for one in found if one.lease not in working]

    @writes
    def begin_count(
        self, connection: Connection, asked: AskedCount, held: Lease
    ) -> AskedCount | None:
        """The counting as it is carried out, its attempt counted before the work; None: there is
        nothing to do any more. Raises LeaseLost."""
        leases.guard(connection, held)
        this = _days(period_count, asked)
        found = connection.execute(
            select(period_count).where(*this, period_count.c.problem == "")
        ).first()
        if found is None:
            return None
        worn = found.attempts >= MOST_ATTEMPTS
        values = {"problem": GIVEN_UP} if worn else {"attempts": found.attempts + 1}
        connection.execute(update(period_count).where(*this).values(**values))
        return None if worn else AskedCount(**found._mapping)

    @writes
    def end_count(
        self, connection: Connection, asked: AskedCount, held: Lease, *, problem: str = ""
    ) -> None:
        """Nobody waits for the counting any more, or it came to nothing. Raises LeaseLost."""
        leases.guard(connection, held)
        this = _days(period_count, asked)
        if problem:
            connection.execute(update(period_count).where(*this).values(problem=problem))
        else:
            connection.execute(delete(period_count).where(*this))

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


def _days(table: Table, of: PeriodDraft | AskedCount) -> tuple[Any, ...]:
    return table.c.starts == of.starts, table.c.ends == of.ends


def _forget(connection: Connection, draft: PeriodDraft) -> None:
    connection.execute(delete(period_draft).where(*_days(period_draft, draft)))


def _forget_count(connection: Connection, draft: PeriodDraft, *, failed: bool) -> None:
    """Its counting is over; ``failed``: only one that came to nothing."""
    query = delete(period_count).where(*_days(period_count, draft))
    connection.execute(query.where(period_count.c.problem != "") if failed else query)


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
