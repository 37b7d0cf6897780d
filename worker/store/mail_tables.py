"""Tables of the mails: what is to go out, what went, what it told, and what holds them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Date,
    Float,
    LargeBinary,
    Text,
)
from sqlmodel import Field

from worker.store.rows import Instant, StoredRow, table_of, text


class OutboxRow(StoredRow):
    """One mail to one recipient. ``dedupe_key`` is made of its kind, recipient and day, so that
    nothing can prepare it twice.

    ``state`` is a value of ``outbox.MailState``. ``token`` only grows: whoever settles the mail
    with an older one was overtaken. ``lease_until`` is in seconds since 1970 by the database's
    clock. ``recipient`` is a mail address, or ``unit:<code>`` where the office has no mail.
    """

    __tablename__ = "outbox"
    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(sa_type=Text, unique=True)
    kind: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text, index=True)
    day: date = Field(sa_type=Date)
    payload: bytes = Field(sa_type=LargeBinary)  # JSON: subject, text, html
    message_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    created_at: datetime = Field(sa_type=Instant)
    next_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    attempts: int = 0
    token: int = 0
    lease_until: float = Field(default=0.0, sa_type=Float)
    reply: str = text()  # what the server said, or what went wrong
    run_id: str = text()


class ToldRow(StoredRow):
    """Which round (``open#n``) of a discrepancy, or which silence of a source, a recipient was
    told of, and by which mail."""

    __tablename__ = "told"
    item: str = Field(primary_key=True, sa_type=Text)
    recipient: str = Field(primary_key=True, sa_type=Text)
    round: int
    outbox_id: int = Field(foreign_key="outbox.id", index=True)


class MailSwitchRow(StoredRow):
    """Whether mails may go out (one row). Frozen after a restore until a person says otherwise;
    ``closed_until``: the server refused our password, so it is left alone for a while."""

    __tablename__ = "mail_switch"
    name: str = Field(primary_key=True, sa_type=Text)
    frozen: bool = False
    reason: str = text()
    by: str = text()
    at: datetime | None = Field(default=None, sa_type=Instant)
    closed_until: datetime | None = Field(default=None, sa_type=Instant)
    unsure: bool = False  # what went out since the copy that was put back is not known


outbox = table_of(OutboxRow)
told = table_of(ToldRow)
mail_switch = table_of(MailSwitchRow)
