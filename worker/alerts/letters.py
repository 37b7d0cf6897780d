"""A message put in words: subject, plain text and HTML from templates, and the mail itself.

An office replaces a template by a file of the same name in its folder ``templates/``, beside
``tables/``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from email.header import Header
from email.message import Message as Letter
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import structlog
from jinja2.sandbox import ImmutableSandboxedEnvironment

from config.sections import MailSettings
from worker import words
from worker.alerts import titles
from worker.alerts.digest_values import Message
from worker.store import Body, Mail, Post

log = structlog.get_logger(__name__)

#: Lines of a mail end like those of the wire.
WIRE = compat32.clone(linesep="\r\n")
#: The domain of a Message-ID where the office has no sender of its own.
NO_DOMAIN = "doisoat.invalid"


class Templates:
    """The templates of an office over those that ship with the product."""

    def __init__(self, folder: Path | None = None) -> None:
        self._shipped = _environment(jinja2.PackageLoader("worker.alerts"))
        self._own = None
        if folder is not None and folder.is_dir():
            own = [jinja2.FileSystemLoader(folder), jinja2.PackageLoader("worker.alerts")]
            self._own = _environment(jinja2.ChoiceLoader(own))

    def body(self, message: Message) -> Body:
        """The message in words. A template that the office broke gives way to the shipped one."""
        if self._own is not None:
            try:
                return _body(self._own, message)
            except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
                log.warning("mail.template_broken", kind=message.kind, problem=_where(error))
        return _body(self._shipped, message)

    def problems(self, messages: Iterable[Message]) -> list[str]:
        """What is wrong with the office's own templates, in Vietnamese."""
        found: dict[str, None] = {}
        for message in messages:
            if self._own is None:
                break
            try:
                _body(self._own, message)
            except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
                found[f"mẫu thư “{message.kind}”: {_where(error)}"] = None
        return list(found)


def trial(office: str) -> Body:
    """What a test mail says: nothing of any dossier."""
    said = (
        f"Đây là thư thử của phần mềm đối soát hồ sơ, {office}. Nếu đọc được thư này thì đường gửi "
        "thư dùng được. Không cần trả lời."
    )
    return Body(f"[Đối soát hồ sơ] Thư thử của {one_line(office)}", said, f"<p>{escape(said)}</p>")


def _environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=jinja2.select_autoescape(("html.j2",), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        day=lambda value: f"{value:%d/%m/%Y}",
        two=titles.two,
        of_dossiers=titles.of_dossiers,
        number=words.number,
        moment=titles.moment,
        brief_moment=titles.brief_moment,
        first_large=lambda text: text[:1].upper() + text[1:],
        joined=titles.joined,
    )
    return environment


def _body(environment: jinja2.Environment, message: Message) -> Body:
    def render(part: str) -> str:
        return environment.get_template(f"{message.kind}.{part}.j2").render(m=message.says)

    return Body(one_line(render("subject")), render("txt"), render("html"))


def _where(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.name or ''} dòng {error.lineno}: {error.message}"
    return str(error)


def one_line(text: str) -> str:
    """A header is one line, whatever a unit or a template is called."""
    return " ".join(words.clean(text).split())


def key_of(message: Message) -> str:
    """The same mail has the same key, so that it cannot be prepared twice."""
    parts = (message.kind, message.recipient.lower(), message.day.isoformat(), message.detail)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def post_of(message: Message, body: Body, mail: MailSettings) -> Post:
    """The message as the outbox keeps it."""
    key = key_of(message)
    domain = mail.sender.rpartition("@")[2] or NO_DOMAIN
    return Post(
        dedupe_key=key,
        kind=message.kind,
        recipient=message.recipient,
        day=message.day,
        body=body,
        message_id=f"<{key[:32]}@{domain}>",
        told=message.told,
        over=message.over,
    )


def envelope(mail: Mail | Post, sent: datetime, settings: MailSettings) -> Letter:
    """The mail as it goes over the wire: the same mail is the same bytes, whenever it is tried."""
    letter: Letter[Any, Any] = MIMEMultipart(
        "alternative", boundary=f"=_{mail.dedupe_key[:32]}", policy=WIRE
    )
    letter["Subject"] = _encoded("Subject", mail.body.subject)
    sender = one_line(settings.sender)
    if sender:
        letter["From"] = formataddr((one_line(settings.sender_name), sender))
    if "@" in mail.recipient:
        letter["To"] = one_line(mail.recipient)
    letter["Date"] = format_datetime(sent)
    letter["Message-ID"] = mail.message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter["X-Entity-Ref-ID"] = mail.dedupe_key[:32]
    letter["Content-Language"] = "vi"
    if settings.idempotency_header:
        letter[one_line(settings.idempotency_header)] = mail.dedupe_key[:32]
    letter.attach(MIMEText(mail.body.text, "plain", "utf-8", policy=WIRE))
    letter.attach(MIMEText(mail.body.html, "html", "utf-8", policy=WIRE))
    return letter


def _encoded(name: str, text: str) -> Header:
    """A header beyond ASCII.

    Python's newer policies write each word on its own and lose spaces between two encoded ones.
    """
    return Header(one_line(text), "utf-8", header_name=name)


def draft(mail: Mail | Post, sent: datetime, settings: MailSettings) -> bytes:
    """The mail as a file that a mail program opens ready to be sent."""
    letter = envelope(mail, sent, settings)
    letter["X-Unsent"] = "1"
    return letter.as_bytes()


def sent_at(created: datetime, zone: ZoneInfo) -> datetime:
    """The date that a mail bears: when it was prepared, by the office's clock, whole seconds."""
    return created.astimezone(zone).replace(microsecond=0)


def file_name(mail: Mail | Post, day: date | None = None) -> str:
    """``2026-11-23-digest-tanminh``: a name for a mail that becomes a file."""
    who = mail.recipient.removeprefix("unit:").partition("@")[0]
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in who)
    return f"{day or mail.day:%Y-%m-%d}-{mail.kind}-{safe.strip('.')}-{mail.dedupe_key[:6]}"
