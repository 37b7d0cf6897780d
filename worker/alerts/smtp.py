"""One mail to one recipient over SMTP, with every phase told apart.

Until the last dot of the message was on its way nothing can have been accepted, and the mail may
be tried again. From then on only the server's own reply says what became of it; without that
reply nobody knows, and the mail is not sent again by itself (RFC 5321, 6.1; RFC 1047).
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from config.fields import is_loopback
from config.sections import MailSettings

#: Seconds: for every answer, and for the answer to the last dot (fewer doubts).
TIMEOUT, AFTER_DATA = 60.0, 300.0


class MailUnavailable(Exception):
    """The mail server cannot be used now; nothing was accepted, everything may be tried again.

    ``closed``: it refused our password, so it is left alone for a while.
    """

    def __init__(self, problem: str, *, closed: bool = False) -> None:
        super().__init__(problem)
        self.closed = closed


class Fate(StrEnum):
    """What became of one mail."""

    SENT = "sent"
    RETRY = "retry"  # surely not accepted; later perhaps
    REFUSED = "refused"  # surely not accepted, and never will be
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Result:
    """``reply`` is the server's, or what went wrong; it holds no mail address."""

    fate: Fate
    reply: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait for an answer."""

    answer: float = TIMEOUT
    after_data: float = AFTER_DATA
    #: For greeting, encryption and sign-in together: a server that drips answers each byte in time.
    sign_in: float = 3 * TIMEOUT


PATIENT = Waits()


class Connection:
    """An open connection to the mail server, encrypted and signed in as the settings say."""

    def __init__(self, server: smtplib.SMTP, patience: Waits) -> None:
        self._server = server
        self._patience = patience

    def send(self, sender: str, recipient: str, letter: bytes) -> Result:
        """Send one mail, as it was composed, to one recipient; raises nothing but bugs."""
        try:
            recipient.encode("ascii")
            refused = self._introduce(sender, recipient)
            if refused is not None:
                return refused
            self._server.send(_dotted(letter))
        except UnicodeEncodeError:
            return Result(Fate.REFUSED, "địa chỉ thư có chữ ngoài bảng ASCII")
        except (OSError, smtplib.SMTPException) as error:
            return Result(Fate.RETRY, _said(error))
        return self._finish()

    def _introduce(self, sender: str, recipient: str) -> Result | None:
        """MAIL, RCPT and DATA; None when the server waits for the message."""
        code, words = self._server.mail(sender)
        if code != 250:
            return self._start_anew(Result(Fate.RETRY, _reply(code, words)))
        code, words = self._server.rcpt(recipient)
        if code not in (250, 251):
            return self._start_anew(_refused(code, words))
        code, words = self._server.docmd("DATA")
        return None if code == 354 else self._start_anew(_refused(code, words))

    def _start_anew(self, result: Result) -> Result:
        """Clear the transaction for the next mail; a dead line shows at the next command."""
        try:
            self._server.rset()
        except (OSError, smtplib.SMTPException):
            self._server.close()
        return result

    def _finish(self) -> Result:
        """The last dot, and the only answer that counts."""
        try:
            if self._server.sock is not None:
                self._server.sock.settimeout(self._patience.after_data)
            self._server.send(b".\r\n")
            code, words = self._server.getreply()
            if self._server.sock is not None:
                self._server.sock.settimeout(self._patience.answer)
        except (OSError, smtplib.SMTPException) as error:
            self._server.close()
            return Result(Fate.UNCERTAIN, _said(error))
        if code == 250:
            return Result(Fate.SENT, _reply(code, words))
        if 400 <= code < 600:
            return _refused(code, words)
        return Result(Fate.UNCERTAIN, _reply(code, words))

    @property
    def is_open(self) -> bool:
        return self._server.sock is not None


@contextmanager
def opened(settings: MailSettings, patience: Waits = PATIENT) -> Iterator[Connection]:
    """A line to the mail server. Raises MailUnavailable: no connection, no TLS, no sign-in."""
    try:
        server = _connected(settings, patience)
    except smtplib.SMTPAuthenticationError as error:
        said = f"máy chủ thư từ chối đăng nhập: {_said(error)}"
        raise MailUnavailable(said, closed=True) from error
    except ssl.SSLError as error:
        said = f"chứng thư của máy chủ thư không dùng được: {error.reason or 'lỗi TLS'}"
        raise MailUnavailable(said) from error
    except smtplib.SMTPNotSupportedError as error:
        said = f"máy chủ thư không hỗ trợ điều [mail] yêu cầu (mã hóa, đăng nhập): {_said(error)}"
        raise MailUnavailable(said) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailUnavailable(f"không nối được máy chủ thư: {_said(error)}") from error
    try:
        yield Connection(server, patience)
    finally:
        _say_goodbye(server)


def knock(settings: MailSettings, patience: Waits = Waits(10.0, 10.0, 20.0)) -> str:
    """What is wrong with the mail server, in Vietnamese; empty when it lets us in.

    Greets, encrypts and signs in as for a mail, and sends none.
    """
    try:
        with opened(settings, patience):
            return ""
    except MailUnavailable as error:
        return str(error)


def _connected(settings: MailSettings, patience: Waits) -> smtplib.SMTP:
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=patience.answer, context=_tls(settings))
    else:
        server = smtplib.SMTP(timeout=patience.answer)
    # Whom the certificate must name; the class takes it only where it connects by itself, and
    # then nobody could end a greeting that never ends.
    server._host = settings.host  # type: ignore[attr-defined]
    try:
        with _at_most(server, patience.sign_in):
            _greet(server, settings)
    except BaseException:
        server.close()
        raise
    return server


def _greet(server: smtplib.SMTP, settings: MailSettings) -> None:
    server.connect(settings.host, settings.port)
    server.ehlo_or_helo_if_needed()
    if settings.security == "starttls":
        # Never without encryption: a server that does not offer it is an error.
        server.starttls(context=_tls(settings))
        server.ehlo()
    if settings.username:
        _sign_in(server, settings)


@contextmanager
def _at_most(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Raises TimeoutError once this takes longer, however the server keeps us waiting."""
    over = threading.Event()

    def end() -> None:
        over.set()
        if server.sock is not None:
            with suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, end)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        watch.cancel()


def _sign_in(server: smtplib.SMTP, settings: MailSettings) -> None:
    if settings.security == "none" and not is_loopback(f"//{settings.host}"):
        raise MailUnavailable("không gửi mật khẩu trên đường không mã hóa (security = none)")
    password = settings.password.get_secret_value() if settings.password else ""
    server.login(settings.username, password)


def _tls(settings: MailSettings) -> ssl.SSLContext:
    """Certificates are verified, host name and all; an internal authority by its file."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _say_goodbye(server: smtplib.SMTP) -> None:
    if server.sock is None:
        return
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def _refused(code: int, words: bytes) -> Result:
    """5xx is for good, everything else may pass."""
    return Result(Fate.REFUSED if 500 <= code < 600 else Fate.RETRY, _reply(code, words))


def _dotted(message: bytes) -> bytes:
    """The message with its dots doubled and ending in a line break (RFC 5321, 4.5.2)."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." + line if line[:1] == b"." else line) + b"\r\n" for line in lines)


def _reply(code: int, words: bytes) -> str:
    return f"{code} {_without_addresses(words.decode('utf-8', 'replace'))}".strip()


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        return _reply(error.smtp_code, raw if isinstance(raw, bytes) else str(raw).encode())
    if isinstance(error, TimeoutError):
        return "máy chủ thư không trả lời kịp"
    if isinstance(error, ConnectionRefusedError):
        return "máy chủ thư không nhận kết nối ở cổng này"
    if isinstance(error, socket.gaierror):
        return "không tìm thấy tên máy chủ thư"
    return _without_addresses(str(error)) or type(error).__name__


def _without_addresses(text: str) -> str:
    """Servers repeat the recipient; the log and the status page need not."""
    words = ("***" if "@" in word else word for word in text.split())
    return " ".join(words)[:200]
