"""People of the console: accounts, sessions, and how often somebody failed to get in.

What a browser or a person holds is never kept, only its hash. Accounts are never removed, so that
no later one can bear the name of an earlier one in the audit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from worker.store import audit
from worker.store.act_tables import login_attempt, session, user_account
from worker.store.engine import Database

#: In the audit.
CREATED, CHANGED, LEFT, CAME_BACK = (
    *("account.created", "account.changed", "account.left", "account.came_back"),
)
TICKET_GIVEN, SECRET_CHOSEN = "account.ticket_given", "account.password_chosen"
SIGNED_IN, SESSIONS_ENDED = "session.opened", "account.sessions_ended"
CONFIRMED = "session.confirmed"


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


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A person at a browser. ``known_at`` is when they last proved who they are."""

    account: Account
    opened_at: datetime
    seen_at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Accounts:
    """Each act is kept in the audit in the same transaction. ``by`` is who did it."""

    database: Database

    def all(self) -> list[Account]:
        """Every account, by name, with its open sessions."""
        return self.database.read(_all)

    def one(self, name: str) -> Account | None:
        return self.database.read(lambda connection: _one(connection, name))

    def secret(self, name: str) -> str:
        """The hash of the password of somebody who may get in; empty for anybody else."""
        query = select(user_account.c.secret).where(
            user_account.c.name == name, user_account.c.left_at.is_(None)
        )
        return self.database.read(lambda connection: connection.scalar(query)) or ""

    def add(self, account: Account, ticket: str, until: datetime) -> bool:
        """Keep a new account; False where the name is, or was, somebody's."""

        def act(connection: Connection) -> bool:
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

        return self.database.write(act)

    def change(
        self, name: str, role: str, units: tuple[str, ...] | None, *, by: str, at: datetime
    ) -> None:
        """Another role, other units; who is signed in begins anew with them."""

        def act(connection: Connection) -> None:
            known = _one(connection, name)
            if known is None or (known.role, known.units) == (role, units):
                return
            _set(connection, name, role=role, units=_packed(units))
            _end(connection, name)
            told = f"{_told(known.role, known.units)} → {_told(role, units)}"
            _note(connection, by, CHANGED, name, told, at)

        self.database.write(act)

    def leave(self, name: str, *, by: str, at: datetime) -> None:
        """They cannot get in any more, from this moment on."""

        def act(connection: Connection) -> None:
            _set(connection, name, left_at=at, ticket="", ticket_until=None)
            _end(connection, name)
            _note(connection, by, LEFT, name, "", at)

        self.database.write(act)

    def come_back(self, name: str, *, by: str, at: datetime) -> None:
        """They may get in again, as before."""

        def act(connection: Connection) -> None:
            _set(connection, name, left_at=None)
            _note(connection, by, CAME_BACK, name, "", at)

        self.database.write(act)

    def give_ticket(
        self, name: str, ticket: str, until: datetime, *, by: str, at: datetime
    ) -> None:
        """A password may be chosen anew with it, once; the old one is nobody's any more."""

        def act(connection: Connection) -> None:
            _set(connection, name, ticket=ticket, ticket_until=until, secret="")
            _end(connection, name)
            _note(connection, by, TICKET_GIVEN, name, "", at)

        self.database.write(act)

    def of_ticket(self, ticket: str, now: datetime) -> Account | None:
        """Whose ticket it is, while it holds."""
        return self.database.read(lambda connection: _of_ticket(connection, ticket, now))

    def redeem(self, ticket: str, secret: str, now: datetime) -> Account | None:
        """Keep the password that was chosen with a ticket, which is used up; None: it is none."""

        def act(connection: Connection) -> Account | None:
            account = _of_ticket(connection, ticket, now)
            if account is None:  # the reply to this very act may have been lost
                done = select(user_account.c.name).where(user_account.c.secret == secret)
                return _one(connection, connection.scalar(done) or "")
            _choose(connection, account.name, secret, now)
            return account

        return self.database.write(act)

    def choose(self, name: str, secret: str, now: datetime) -> None:
        """Keep another password; every session ends."""
        self.database.write(lambda connection: _choose(connection, name, secret, now))

    def harden(self, name: str, before: str, secret: str) -> None:
        """Keep the same password under a stronger hash."""
        query = update(user_account).where(
            user_account.c.name == name, user_account.c.secret == before
        )
        self.database.write(lambda connection: connection.execute(query.values(secret=secret)))

    # Sessions

    def open_session(self, token: str, name: str, now: datetime, *, longest: timedelta) -> None:
        """Somebody is at a browser. What is over by now is removed."""

        def act(connection: Connection) -> None:
            connection.execute(delete(session).where(session.c.opened_at < now - longest))
            values = {"token": token, "account": name, "opened_at": now, "seen_at": now}
            if connection.scalar(select(session.c.token).where(session.c.token == token)):
                return
            connection.execute(insert(session).values(**values))
            _note(connection, name, SIGNED_IN, name, "", now)

        self.database.write(act)

    def session(self, token: str) -> OpenSession | None:
        """Whose session it is, and since when."""
        query = (
            select(user_account, session.c.opened_at, session.c.seen_at, session.c.confirmed_at)
            .join(session, session.c.account == user_account.c.name)
            .where(session.c.token == token, user_account.c.left_at.is_(None))
        )
        row = self.database.read(lambda connection: connection.execute(query).first())
        if row is None:
            return None
        known_at = max(row.opened_at, row.confirmed_at or row.opened_at)
        return OpenSession(_account(row), row.opened_at, row.seen_at, known_at)

    def confirm(self, token: str, name: str, now: datetime) -> None:
        """The password was asked for again, and was right."""

        def act(connection: Connection) -> None:
            this = update(session).where(session.c.token == token)
            connection.execute(this.values(confirmed_at=now))
            _note(connection, name, CONFIRMED, name, "", now)

        self.database.write(act)

    def see(self, token: str, now: datetime) -> None:
        """The session goes on."""
        query = update(session).where(session.c.token == token).values(seen_at=now)
        self.database.write(lambda connection: connection.execute(query))

    def close_session(self, token: str) -> None:
        query = delete(session).where(session.c.token == token)
        self.database.write(lambda connection: connection.execute(query))

    def end_sessions(self, name: str, *, by: str, at: datetime) -> int:
        """Whoever is signed in under this name is not any more; how many were."""

        def act(connection: Connection) -> int:
            ended = _end(connection, name)
            _note(connection, by, SESSIONS_ENDED, name, str(ended), at)
            return ended

        return self.database.write(act)

    # Tries

    def tries(self, whose: Iterable[str]) -> dict[str, tuple[int, datetime]]:
        """How often each of these failed, and when last."""
        query = select(login_attempt).where(login_attempt.c.whose.in_(list(whose)))
        rows = self.database.read(lambda connection: connection.execute(query).all())
        return {row.whose: (row.failures, row.at) for row in rows}

    def try_begins(self, whose: Iterable[str], now: datetime, *, forget_after: timedelta) -> None:
        """Counted before the password is looked at, so that many at once count each."""

        def act(connection: Connection) -> None:
            connection.execute(delete(login_attempt).where(login_attempt.c.at < now - forget_after))
            for one in sorted(whose):
                raised = (
                    update(login_attempt)
                    .where(login_attempt.c.whose == one)
                    .values(failures=login_attempt.c.failures + 1, at=now)
                )
                if not connection.execute(raised).rowcount:
                    connection.execute(insert(login_attempt).values(whose=one, failures=1, at=now))

        self.database.write(act)

    def try_ended_well(self, whose: Iterable[str]) -> None:
        query = delete(login_attempt).where(login_attempt.c.whose.in_(list(whose)))
        self.database.write(lambda connection: connection.execute(query))


def _all(connection: Connection) -> list[Account]:
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
    )


def _packed(units: tuple[str, ...] | None) -> str:
    return json.dumps(units if units is None else sorted(units))


def _told(role: str, units: tuple[str, ...] | None) -> str:
    return f"{role}: {'*' if units is None else ', '.join(sorted(units))}"
