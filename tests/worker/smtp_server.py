"""A real SMTP server on loopback that keeps a ledger of what it accepted and fails on demand."""

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.worker.servers import free_port

ACCEPTED = "250 2.0.0 queued"
#: Instead of a reply: the mail is queued, but the client never learns of it.
DROP, HANG = "drop", "hang"


@dataclass
class Accepted:
    """A mail that the server queued."""

    recipient: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Sink:
    """What the server does at each step, and its ledger.

    ``rcpt`` and ``data`` get the recipient and give the reply; a reply that begins with 2 accepts.
    """

    rcpt: Callable[[str], str] = lambda _recipient: "250 OK"
    data: Callable[[str], str] = lambda _recipient: ACCEPTED
    ledger: list[Accepted] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    logins: int = 0
    hangs: asyncio.Event | None = None

    @property
    def ids(self) -> Counter[str]:
        return Counter(one.message_id for one in self.ledger)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        self.asked[address] += 1
        reply = self.rcpt(address)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        [recipient] = envelope.rcpt_tos  # one recipient a transaction, always
        reply = self.data(recipient)
        if reply in (DROP, HANG) or reply.startswith("2"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.ledger.append(Accepted(recipient, message))
        if reply == DROP:
            server.transport.abort()
            return ACCEPTED
        if reply == HANG:
            await asyncio.sleep(1.5)
            return ACCEPTED
        return reply

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object
    ) -> AuthResult:
        self.logins += 1
        ok = isinstance(data, LoginPassword) and data.password == b"mat-khau-thu"
        return AuthResult(success=ok, handled=False)


@contextlib.contextmanager
def serving(sink: Sink, certificate: Path | None = None, *, auth: bool = False) -> Iterator[int]:
    """Serve until the end; the port. With a certificate STARTTLS is required."""
    port = free_port()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=context is not None,
        auth_required=auth,
        auth_require_tls=auth,
        authenticator=sink.authenticate if auth else None,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
