"""The outbox: mails as rows. They are prepared with the changes that they tell of, and settled
one by one: ``sending`` is committed before the server is spoken to, so that a mail of which nobody
knows whether it went out is found and never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from reconcile.lifecycle import State
from worker.store import audit
from worker.store.engine import Room, batches, in_parts, many, reads, upsert, writes
from worker.store.leases import seconds_now
from worker.store.mail_tables import mail_switch, outbox, told
from worker.store.tables import change

#: Nothing about a mail waits longer: neither its next try, nor its sending, nor a closed server.
LONGEST = timedelta(minutes=65)
#: In the audit: a person let an uncertain or failed mail go again.
RESENT = "mail.resent"
#: The one row of the switch.
SWITCH = "outbox"

_json = msgspec.json.Encoder().encode


class MailState(StrEnum):
    """What became of a mail to one recipient."""

    PENDING = "pending"  # waits for its turn
    SENDING = "sending"  # the server is being spoken to
    SENT = "sent"
    WRITTEN = "written"  # as a file, to be printed or sent by the office's document system
    UNCERTAIN = "uncertain"  # may have arrived: never sent again by itself
    FAILED = "failed"  # surely not arrived: refused for good, or given up


#: The recipient surely learned nothing from a mail in this state.
NOT_TOLD = frozenset({MailState.FAILED})


class Body(msgspec.Struct, frozen=True):
    """What a mail says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Post:
    """A mail to be prepared, with what it tells: items with their round, and what is over."""

    dedupe_key: str
    kind: str
    recipient: str
    day: date
    body: Body
    message_id: str
    told: Mapping[str, int] = field(default_factory=dict)
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Posting:
    """Everything about mails that is written together with the changes of a run.

    ``processed`` are the discrepancies whose changes have been dealt with. ``over`` are items that
    whoever was told of them is to be told of anew when they come again.
    """

    at: datetime
    posts: tuple[Post, ...] = ()
    processed: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox."""

    id: int
    dedupe_key: str
    kind: str
    recipient: str
    day: date
    body: Body
    message_id: str
    state: MailState
    created_at: datetime
    next_at: datetime
    settled_at: datetime | None
    attempts: int
    token: int
    reply: str


@dataclass(frozen=True, slots=True)
class Round:
    """How often a discrepancy was opened, and when and by which run the last time."""

    number: int
    at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether mails may go out. ``closed_until``: the server refused our password. ``unsure``: a
    copy was put back, and which mails went out since it was made is not known."""

    frozen: bool = False
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    closed_until: datetime | None = None
    unsure: bool = False

    def is_closed(self, now: datetime) -> bool:
        """The server is left alone now."""
        return self.closed_until is not None and now < self.closed_until <= now + LONGEST


def post(connection: Connection, posting: Posting, run_id: str = "") -> int:
    """Write a posting down inside the transaction of its changes; the number of new mails.

    A mail whose key stands there already is not prepared again.
    """
    if posting.over:
        connection.execute(delete(told).where(told.c.item.in_(sorted(posting.over))))
    made = 0
    for one in posting.posts:
        mail = _insert_new(connection, one, posting.at, run_id)
        if mail is not None:
            _tell(connection, one, mail)
            made += 1
    for part in batches(sorted(posting.processed)):
        due = (change.c.discrepancy_id.in_(part), change.c.processed_at.is_(None))
        connection.execute(update(change).where(*due).values(processed_at=posting.at))
    return made


def _insert_new(connection: Connection, one: Post, at: datetime, run_id: str) -> int | None:
    values = {
        "dedupe_key": one.dedupe_key,
        "kind": one.kind,
        "recipient": one.recipient,
        "day": one.day,
        "payload": _json(one.body),
        "message_id": one.message_id,
        "state": MailState.PENDING.value,
        "created_at": at,
        "next_at": at,
        "attempts": 0,
        "token": 0,
        "lease_until": 0.0,
        "reply": "",
        "run_id": run_id,
    }
    statement = upsert(connection, outbox).values(**values).on_conflict_do_nothing()
    found = connection.execute(statement.returning(outbox.c.id)).first()
    return None if found is None else int(found.id)


def _tell(connection: Connection, one: Post, mail: int) -> None:
    """Remember what this mail tells its recipient for the first time, and forget what is over."""
    for part in batches(sorted(one.over | one.told.keys())):
        mine = (told.c.recipient == one.recipient, told.c.item.in_(part))
        connection.execute(delete(told).where(*mine))
    rows = [
        {"item": item, "recipient": one.recipient, "round": number, "outbox_id": mail}
        for item, number in sorted(one.told.items())
    ]
    many(connection, insert(told), rows)


class Outbox(Room):
    """The mails of a store, one method a question or an act; of discrepancies that count."""

    # What a digest is made of

    @reads
    def rounds(
        self, connection: Connection, ids: Collection[str] | None = None
    ) -> dict[str, Round]:
        """How often each discrepancy was opened, by id; read off the changes. None: of all."""
        opened = and_(
            change.c.after == State.OPEN.value,
            # Who gives the work back opens nothing that was not open before.
            func.coalesce(change.c.before, "") != State.ACKNOWLEDGED.value,
        )
        columns = (change.c.discrepancy_id, change.c.at, change.c.run_id)
        query = select(*columns).where(opened).order_by(change.c.id)
        found: dict[str, Round] = {}
        for row in in_parts(connection, query, change.c.discrepancy_id, ids):
            before = found.get(row.discrepancy_id)
            number = before.number + 1 if before else 1
            found[row.discrepancy_id] = Round(number, row.at, row.run_id)
        return found

    @reads
    def first_run(self, connection: Connection) -> str | None:
        """The run that opened the first discrepancies; None while there are none."""
        query = select(change.c.run_id).order_by(change.c.id).limit(1)
        found = connection.execute(query).first()
        return None if found is None else str(found.run_id)

    @reads
    def told(
        self, connection: Connection, to: Collection[str] | None = None, items: Collection[str] = ()
    ) -> dict[str, dict[str, int]]:
        """Which round of each item each recipient was told of: recipient → item → round.

        ``to`` None: whoever it is; else these recipients, and whoever was told of these items.
        """
        query = select(told.c.recipient, told.c.item, told.c.round)
        rows = list(in_parts(connection, query, told.c.recipient, to))
        if to is not None:
            rows += in_parts(connection, query, told.c.item, items)
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row.recipient, {})[row.item] = row.round
        return found

    @reads
    def last_days(self, connection: Connection, kind: str, today: date) -> dict[str, date]:
        """The day of the last mail of a kind that each recipient got, or may have got, to today."""
        query = (
            select(outbox.c.recipient, func.max(outbox.c.day).label("day"))
            .where(
                outbox.c.kind == kind,
                outbox.c.day <= today,  # a clock that ran ahead must not silence the product
                outbox.c.state.not_in([one.value for one in NOT_TOLD]),
            )
            .group_by(outbox.c.recipient)
        )
        rows = connection.execute(query).all()
        return {row.recipient: row.day for row in rows}

    @reads
    def days_taken(self, connection: Connection, kind: str, day: date) -> frozenset[str]:
        """Who has a mail of that kind and day already, whatever became of it."""
        query = select(outbox.c.recipient).where(outbox.c.kind == kind, outbox.c.day == day)
        return frozenset(connection.scalars(query).all())

    @writes
    def post(self, connection: Connection, posting: Posting) -> int:
        """Write a posting down in a transaction of its own; the number of new mails."""
        return post(connection, posting)

    # Sending

    def mails(self, *states: MailState) -> list[Mail]:
        """The mails in these states, or all, oldest first."""
        query = select(outbox).order_by(outbox.c.id)
        if states:
            query = query.where(outbox.c.state.in_([state.value for state in states]))
        return self._mails(query)

    def newest(self, limit: int, before: int | None = None) -> list[Mail]:
        """At most so many mails of those prepared before another one, the newest first."""
        query = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        return self._mails(query if before is None else query.where(outbox.c.id < before))

    def last_to(self, recipient: str, kind: str) -> Mail | None:
        """The last mail of a kind that a recipient got, or may have got."""
        got = outbox.c.state.not_in([one.value for one in NOT_TOLD])
        query = select(outbox).where(outbox.c.recipient == recipient, outbox.c.kind == kind, got)
        return next(iter(self._mails(query.order_by(outbox.c.id.desc()).limit(1))), None)

    @reads
    def _mails(self, connection: Connection, query: Any) -> list[Mail]:
        rows = connection.execute(query).all()
        return [_mail(row) for row in rows]

    @reads
    def counts(self, connection: Connection) -> dict[MailState, int]:
        """How many mails there are in each state that occurs."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        rows = connection.execute(query).all()
        return {MailState(state): count for state, count in rows}

    def due(self, now: datetime) -> list[Mail]:
        """The pending mails whose turn has come, oldest first.

        No pause is longer than ``LONGEST``: one that is was set by a clock that ran ahead.
        """
        waiting = self.mails(MailState.PENDING)
        return [mail for mail in waiting if not now < mail.next_at <= now + LONGEST]

    @writes
    def claim(self, connection: Connection, mail: Mail, *, seconds: float) -> Mail | None:
        """Take a pending mail and commit that it is being sent; None when it is not ours."""
        waiting = (
            outbox.c.id == mail.id,
            outbox.c.state == MailState.PENDING.value,
            outbox.c.token == mail.token,
        )
        values = {
            "state": MailState.SENDING.value,
            "token": mail.token + 1,
            "attempts": mail.attempts + 1,
            "lease_until": seconds_now(connection) + seconds,
        }
        taken = connection.execute(update(outbox).where(*waiting).values(**values))
        if taken.rowcount != 1:
            return None
        query = select(outbox).where(outbox.c.id == mail.id)
        return _mail(connection.execute(query).one())

    @writes
    def settle(
        self,
        connection: Connection,
        mail: Mail,
        state: MailState,
        *,
        at: datetime,
        reply: str = "",
        next_at: datetime | None = None,
    ) -> bool:
        """Say what became of a claimed mail; False when it was taken from us meanwhile.

        What a mail that surely failed would have told is forgotten: it is news again.
        """
        ours = (outbox.c.id == mail.id, outbox.c.token == mail.token)
        values: dict[str, Any] = {"state": state.value, "reply": reply, "lease_until": 0.0}
        if next_at is not None:
            values["next_at"] = next_at
        if state is not MailState.PENDING:
            values["settled_at"] = at
        done = connection.execute(
            update(outbox).where(*ours, outbox.c.state == MailState.SENDING.value).values(**values)
        )
        if done.rowcount == 1 and state in NOT_TOLD:
            connection.execute(delete(told).where(told.c.outbox_id == mail.id))
        return done.rowcount == 1

    def find_lost(self, *, at: datetime) -> int:
        """Mails whose sender died while it sent them: uncertain from now on."""
        # Most of the time there is none, and looking is no write.
        return self._give_up_lost(at) if self.mails(MailState.SENDING) else 0

    @writes
    def _give_up_lost(self, connection: Connection, at: datetime) -> int:
        now = seconds_now(connection)
        lost = (
            outbox.c.state == MailState.SENDING.value,
            (outbox.c.lease_until < now) | (outbox.c.lease_until > now + LONGEST.total_seconds()),
        )
        values = {"state": MailState.UNCERTAIN.value, "settled_at": at, "reply": LOST}
        return connection.execute(update(outbox).where(*lost).values(**values)).rowcount

    @writes
    def resend(self, connection: Connection, ids: Collection[int], *, at: datetime, by: str) -> int:
        """A person decided that uncertain or failed mails go out again; how many."""
        chosen = (
            outbox.c.id.in_(list(ids)),
            outbox.c.state.in_([MailState.UNCERTAIN.value, MailState.FAILED.value]),
        )
        values = {
            "state": MailState.PENDING.value,
            "next_at": at,
            "created_at": at,  # the day that it may be tried begins anew
            "settled_at": None,
            "attempts": 0,
            "reply": "",
        }
        again = update(outbox).where(*chosen).values(**values).returning(outbox.c.id)
        moved = [str(one) for one in sorted(connection.scalars(again))]
        for one in moved:
            audit.append(connection, actor=by, act=RESENT, object=one, reason="", at=at)
        return len(moved)

    # The switch

    @reads
    def switch(self, connection: Connection) -> Switch:
        query = select(mail_switch).where(mail_switch.c.name == SWITCH)
        found = connection.execute(query).first()
        if found is None:
            return Switch()
        return Switch(
            found.frozen, found.reason, found.by, found.at, found.closed_until, found.unsure
        )

    @writes
    def freeze(
        self, connection: Connection, reason: str, *, by: str, at: datetime, unsure: bool = False
    ) -> None:
        """Let no mail out until a person says otherwise: what a restore does."""
        freeze(connection, reason, by=by, at=at, unsure=unsure)

    @writes
    def unfreeze(
        self, connection: Connection, *, by: str, at: datetime, resend: bool = False
    ) -> int:
        """Let mails out again; how many were waiting.

        After a restore they may have gone out before it: they count as uncertain unless the
        person says that they are to be sent.
        """
        free = {"frozen": False, "reason": "", "by": by, "at": at, "unsure": False}
        _write_switch(connection, free)
        open_ = outbox.c.state.in_([MailState.PENDING.value, MailState.SENDING.value])
        if resend:
            count = select(func.count()).select_from(outbox).where(open_)
            return int(connection.execute(count).scalar_one())
        values = {"state": MailState.UNCERTAIN.value, "settled_at": at, "reply": RESTORED}
        return connection.execute(update(outbox).where(open_).values(**values)).rowcount

    @writes
    def close_until(self, connection: Connection, moment: datetime | None) -> None:
        """Leave the mail server alone until then: it refused our password."""
        _write_switch(connection, {"closed_until": moment})


#: Why a mail is uncertain.
LOST = "tiến trình gửi dừng giữa chừng; không rõ thư đã đi chưa"
RESTORED = "dữ liệu được khôi phục từ bản sao lưu; không rõ thư đã đi chưa"


def freeze(
    connection: Connection, reason: str, *, by: str, at: datetime, unsure: bool = False
) -> None:
    """Hold every mail back, in the transaction of what is the reason for it."""
    _write_switch(
        connection, {"frozen": True, "reason": reason, "by": by, "at": at, "unsure": unsure}
    )


def _write_switch(connection: Connection, values: dict[str, Any]) -> None:
    first = {"name": SWITCH, "frozen": False, "reason": "", "by": "", "unsure": False}
    made = upsert(connection, mail_switch).values(**first).on_conflict_do_nothing()
    connection.execute(made)
    row = mail_switch.c.name == bindparam("its_name")
    connection.execute(update(mail_switch).where(row).values(**values), {"its_name": SWITCH})


def _mail(row: Any) -> Mail:
    return Mail(
        id=row.id,
        dedupe_key=row.dedupe_key,
        kind=row.kind,
        recipient=row.recipient,
        day=row.day,
        body=msgspec.json.decode(row.payload, type=Body),
        message_id=row.message_id,
        state=MailState(row.state),
        created_at=row.created_at,
        next_at=row.next_at,
        settled_at=row.settled_at,
        attempts=row.attempts,
        token=row.token,
        reply=row.reply,
    )
