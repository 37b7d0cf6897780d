"""People of the console: accounts, sessions, and how often somebody failed to get in.

What a browser or a person holds is never kept, only its hash. Accounts are never removed, so that
no later one can bear the name of an earlier one in the audit.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from worker.store import audit
from worker.store.act_tables import login_attempt, session, user_account
from worker.store.engine import Room, reads, writes

#: In the audit.
CREATED, CHANGED, LEFT, CAME_BACK = (
    *("account.created", "account.changed", "account.left", "account.came_back"),
)
TICKET_GIVEN, SECRET_CHOSEN = "account.ticket_given", "account.password_chosen"
SIGNED_IN, SESSIONS_ENDED = "session.opened", "account.sessions_ended"
CONFIRMED = "session.confirmed"
CODE_ASKED, CODE_ENDED = "account.code_asked", "account.code_ended"


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the console as the store knows them. ``units`` None: the whole office."""

    name: str
    full_name: str
    role: str
    units: tuple[str, ...] | None
    created_at: datetime
    created_by: str
    left_at: datetime | None = None
    chose: bool = False  # a password
    ticket_until: datetime | None = None
    sessions: int = 0
    seen_at: datetime | None = None
    asks_code: bool = False  # beside the password


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A person at a browser. ``known_at`` is when they last proved who they are."""

    account: Account
    opened_at: datetime
    seen_at: datetime
    known_at: datetime


class Accounts(Room):
    """Each act is kept in the audit in the same transaction. ``by`` is who did it."""

    @reads
    def all(self, connection: Connection) -> list[Account]:
        """Every account, by name, with its open sessions."""
        open_now = (
            select(
                session.c.account,
                func.count().label("many"),
                func.max(session.c.seen_at).label("seen"),
            )
            .group_by(session.c.account)
            .subquery()
        )
        query = (
            select(user_account, open_now.c.many, open_now.c.seen)
            .outerjoin(open_now, open_now.c.account == user_account.c.name)
            .order_by(user_account.c.name)
        )
        return [_account(row, row.many or 0, row.seen) for row in connection.execute(query)]

    @reads
    def one(self, connection: Connection, name: str) -> Account | None:
        return _one(connection, name)

    @reads
    def secret(self, connection: Connection, name: str) -> str:
        """The hash of the password of somebody who may get in; empty for anybody else."""
        query = select(user_account.c.secret).where(
            user_account.c.name == name, user_account.c.left_at.is_(None)
        )
        return connection.scalar(query) or ""

    @writes
    def add(self, connection: Connection, account: Account, ticket: str, until: datetime) -> bool:
        """Keep a new account; False where the name is, or was, somebody's."""
        known = _one(connection, account.name)
        if known is not None:
            return known == account  # the reply was lost, the act was done
        connection.execute(
            insert(user_account).values(
                name=account.name,
                full_name=account.full_name,
                role=account.role,
                units=_packed(account.units),
                secret="",
                ticket=ticket,
                ticket_until=until,
                created_at=account.created_at,
                created_by=account.created_by,
            )
        )
        told = _told(account.role, account.units)
        _note(connection, account.created_by, CREATED, account.name, told, account.created_at)
        return True

    @writes
    def change(
        self,
        connection: Connection,
        name: str,
        role: str,
        units: tuple[str, ...] | None,
        *,
        by: str,
        at: datetime,
    ) -> None:
        """Another role, other units; who is signed in begins anew with them."""
        known = _one(connection, name)
        if known is None or (known.role, known.units) == (role, units):
            return
        _set(connection, name, role=role, units=_packed(units))
        _end(connection, name)
        told = f"{_told(known.role, known.units)} → {_told(role, units)}"
        _note(connection, by, CHANGED, name, told, at)

    @writes
    def leave(self, connection: Connection, name: str, *, by: str, at: datetime) -> None:
        """They cannot get in any more, from this moment on."""
        _set(connection, name, left_at=at, ticket="", ticket_until=None)
        _end(connection, name)
        _note(connection, by, LEFT, name, "", at)

    @writes
    def come_back(self, connection: Connection, name: str, *, by: str, at: datetime) -> None:
        """They may get in again, as before."""
        _set(connection, name, left_at=None)
        _note(connection, by, CAME_BACK, name, "", at)

    @writes
    def give_ticket(
        self,
        connection: Connection,
        name: str,
        ticket: str,
        until: datetime,
        *,
        by: str,
        at: datetime,
    ) -> None:
        """A password may be chosen anew with it, once; the old one is nobody's any more, and no
        code is asked for."""
        _set(connection, name, ticket=ticket, ticket_until=until, secret="", code_secret="")
        _end(connection, name)
        _note(connection, by, TICKET_GIVEN, name, "", at)

    @reads
    def of_ticket(self, connection: Connection, ticket: str, now: datetime) -> Account | None:
        """Whose ticket it is, while it holds."""
        return _of_ticket(connection, ticket, now)

    @writes
    def redeem(
        self, connection: Connection, ticket: str, secret: str, now: datetime
    ) -> Account | None:
        """Keep the password that was chosen with a ticket, which is used up; None: it is none."""
        account = _of_ticket(connection, ticket, now)
        if account is None:  # the reply to this very act may have been lost
            done = select(user_account.c.name).where(user_account.c.secret == secret)
            return _one(connection, connection.scalar(done) or "")
        _choose(connection, account.name, secret, now)
        return account

    @writes
    def choose(self, connection: Connection, name: str, secret: str, now: datetime) -> None:
        """Keep another password; every session ends."""
        _choose(connection, name, secret, now)

    @writes
    def harden(self, connection: Connection, name: str, before: str, secret: str) -> None:
        """Keep the same password under a stronger hash."""
        query = update(user_account).where(
            user_account.c.name == name, user_account.c.secret == before
        )
        connection.execute(query.values(secret=secret))

    # Codes beside the password

    @reads
    def code(self, connection: Connection, name: str) -> tuple[str, int]:
        """The secret of somebody's codes, empty where none are asked, and the newest step used."""
        query = select(user_account.c.code_secret, user_account.c.code_step)
        found = connection.execute(query.where(user_account.c.name == name)).first()
        return (found.code_secret, found.code_step) if found else ("", 0)

    @writes
    def keep_code(
        self, connection: Connection, name: str, secret: str, step: int, *, by: str, at: datetime
    ) -> None:
        """Ask for codes of this secret from now on; empty: for none."""
        _set(connection, name, code_secret=secret, code_step=step)
        _note(connection, by, CODE_ASKED if secret else CODE_ENDED, name, "", at)

    @writes
    def use_code(self, connection: Connection, name: str, step: int) -> bool:
        """Whether the code of this step is used now, and was not before."""
        this = (user_account.c.name == name) & (user_account.c.code_step < step)
        done = connection.execute(update(user_account).where(this).values(code_step=step))
        return done.rowcount == 1

    # Sessions

    @writes
    def open_session(
        self, connection: Connection, token: str, name: str, now: datetime, *, longest: timedelta
    ) -> None:
        """Somebody is at a browser. What is over by now is removed."""
        connection.execute(delete(session).where(session.c.opened_at < now - longest))
        values = {"token": token, "account": name, "opened_at": now, "seen_at": now}
        if connection.scalar(select(session.c.token).where(session.c.token == token)):
            return
        connection.execute(insert(session).values(**values))
        _note(connection, name, SIGNED_IN, name, "", now)

    @reads
    def session(self, connection: Connection, token: str) -> OpenSession | None:
        """Whose session it is, and since when."""
        query = (
            select(user_account, session.c.opened_at, session.c.seen_at, session.c.confirmed_at)
            .join(session, session.c.account == user_account.c.name)
            .where(session.c.token == token, user_account.c.left_at.is_(None))
        )
        row = connection.execute(query).first()
        if row is None:
            return None
        known_at = max(row.opened_at, row.confirmed_at or row.opened_at)
        return OpenSession(_account(row), row.opened_at, row.seen_at, known_at)

    @writes
    def confirm(self, connection: Connection, token: str, name: str, now: datetime) -> None:
        """The password was asked for again, and was right."""
        this = update(session).where(session.c.token == token)
        connection.execute(this.values(confirmed_at=now))
        _note(connection, name, CONFIRMED, name, "", now)

    @writes
    def see(self, connection: Connection, token: str, now: datetime) -> None:
        """The session goes on."""
        query = update(session).where(session.c.token == token).values(seen_at=now)
        connection.execute(query)

    @writes
    def close_session(self, connection: Connection, token: str) -> None:
        query = delete(session).where(session.c.token == token)
        connection.execute(query)

    @writes
    def end_sessions(self, connection: Connection, name: str, *, by: str, at: datetime) -> int:
        """Whoever is signed in under this name is not any more; how many were."""
        ended = _end(connection, name)
        _note(connection, by, SESSIONS_ENDED, name, str(ended), at)
        return ended

    # Tries

    @reads
    def tries(
        self, connection: Connection, whose: Collection[str]
    ) -> dict[str, tuple[int, datetime]]:
        """How often each of these failed, and when last."""
        query = select(login_attempt).where(login_attempt.c.whose.in_(list(whose)))
        rows = connection.execute(query).all()
        return {row.whose: (row.failures, row.at) for row in rows}

    @writes
    def try_begins(
        self,
        connection: Connection,
        whose: Collection[str],
        now: datetime,
        *,
        forget_after: timedelta,
    ) -> dict[str, int]:
        """How often each has failed by now if this one does. Counted before the password is looked
        at, so that many at once count each, and no two are given the same number."""
        connection.execute(delete(login_attempt).where(login_attempt.c.at < now - forget_after))
        counts = {}
        for one in sorted(whose):
            raised = (
                update(login_attempt)
                .where(login_attempt.c.whose == one)
                .values(failures=login_attempt.c.failures + 1, at=now)
                .returning(login_attempt.c.failures)
            )
            counts[one] = connection.scalar(raised) or 1
            if counts[one] == 1:
                connection.execute(insert(login_attempt).values(whose=one, failures=1, at=now))
        return counts

    @writes
    def try_ended_well(self, connection: Connection, whose: Collection[str]) -> None:
        query = delete(login_attempt).where(login_attempt.c.whose.in_(list(whose)))
        connection.execute(query)


def _one(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(user_account).where(user_account.c.name == name)).first()
    return _account(row) if row else None


def _of_ticket(connection: Connection, ticket: str, now: datetime) -> Account | None:
    query = select(user_account).where(
        user_account.c.ticket == ticket,
        user_account.c.ticket != "",
        user_account.c.ticket_until > now,
        user_account.c.left_at.is_(None),
    )
    row = connection.execute(query).first()
    return _account(row) if row else None


def _choose(connection: Connection, name: str, secret: str, now: datetime) -> None:
    _set(connection, name, secret=secret, ticket="", ticket_until=None)
    _end(connection, name)
    _note(connection, name, SECRET_CHOSEN, name, "", now)


def _set(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(update(user_account).where(user_account.c.name == name).values(**values))


def _end(connection: Connection, name: str) -> int:
    return connection.execute(delete(session).where(session.c.account == name)).rowcount


def _note(connection: Connection, by: str, act: str, name: str, reason: str, at: datetime) -> None:
    audit.append(connection, actor=by, act=act, object=name, reason=reason, at=at)


def _account(row: Any, sessions: int = 0, seen_at: datetime | None = None) -> Account:
    return Account(
        name=row.name,
        full_name=row.full_name,
        role=row.role,
        units=None if row.units == "null" else tuple(json.loads(row.units)),
        created_at=row.created_at,
        created_by=row.created_by,
        left_at=row.left_at,
        chose=bool(row.secret),
        ticket_until=row.ticket_until,
        sessions=sessions,
        seen_at=seen_at,
        asks_code=bool(row.code_secret),
    )


def _packed(units: tuple[str, ...] | None) -> str:
    return json.dumps(units if units is None else sorted(units))


def _told(role: str, units: tuple[str, ...] | None) -> str:
    return f"{role}: {'*' if units is None else ', '.join(sorted(units))}"
