"""What holds for every answer: who may ask from where, what a browser may do with a page.

Nothing that went wrong leaves more than a number that is also in the log.
"""

from __future__ import annotations

import re
import secrets
import traceback
from collections.abc import Collection
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.console.drawing import bare
from worker.console.here import SAFE

log = structlog.get_logger(__name__)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
#: This machine, as it calls itself.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = "max-age=31536000"
#: What is told of an answer that is not a page, by its code.
TOLD = {
    404: ("Không có trang này", "Địa chỉ sai, hoặc nội dung không thuộc đơn vị của bạn."),
    405: ("Không mở được theo cách này", "Quay lại trang trước và dùng các nút trên trang."),
    413: ("Tệp quá lớn", "Chia tệp nhỏ hơn, hoặc nhờ quản trị tăng giới hạn max_file_mb."),
    422: ("Nội dung gửi lên không đúng", "Quay lại trang trước, kiểm tra các ô đã điền."),
}
#: How deep into the program the log of a failure looks.
FRAMES = 8


class TooLarge(Exception):
    """More is sent than any form of ours holds."""


class Gate:
    """The outermost of our layers: hosts, strangers' forms, headers, and the last resort."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], most: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = secrets.token_hex(4)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _add_headers(scope, MutableHeaders(scope=message), number)
            await send(message)

        refusal = self._refusal(scope, number)
        if refusal is None:
            try:
                await self._passed(scope, receive, sending)
            except TooLarge:
                title, hint = TOLD[413]
                refusal = bare("wrong_bare.html", status=413, title=title, hint=hint)
            except Exception as error:
                # The last resort: whoever asked learns a number, and the log where it happened.
                log.error("console.failed", number=number, **where(error))
                refusal = bare("failed.html", status=500, number=number)
        if refusal is not None and not begun:
            await refusal(scope, receive, sending)

    def _refusal(self, scope: Scope, number: str) -> Response | None:
        """The answer to what must not come in; None: it may."""
        headers = Headers(scope=scope)
        host = host_of(headers.get("host", ""))
        if host not in self._hosts:
            return PlainTextResponse("Địa chỉ này không phải của trang điều hành.", 400)
        if scope["scheme"] == "http" and not is_loopback(host):
            # A password must not go over the office's network for all to read.
            return bare("only_https.html", status=403)
        if scope["method"] not in SAFE and not is_from_here(scope, headers):
            return bare("forged.html", status=403, number=number)
        return None

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the application; raises TooLarge where more is sent than it takes."""
        if _size(Headers(scope=scope)) > self._most:
            await _hear_out(receive, 2 * self._most)
            raise TooLarge
        heard = 0

        async def receiving() -> Message:
            nonlocal heard
            message = await receive()
            heard += len(message.get("body", b""))
            if heard > self._most:
                raise TooLarge
            return message

        await self._app(scope, receiving, send)


def _size(headers: Headers) -> int:
    written = headers.get("content-length", "")
    return int(written) if written.isdecimal() else 0


async def _hear_out(receive: Receive, most: int) -> None:
    """What is sent is heard to its end, and forgotten: a browser that is cut off shows no page."""
    heard = 0
    while heard < most:
        message = await receive()
        heard += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def host_of(written: str) -> str:
    """The host without its port."""
    return re.sub(r":\d+$", "", written).strip("[]").lower()


def is_loopback(host: str) -> bool:
    """Whether the name is one of this machine for itself."""
    return host in LOOPBACK


def is_from_here(scope: Scope, headers: Headers) -> bool:
    """Whether a page of this console sent it: the browser says so, by one of two headers."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    # An older browser. (Where we ask for no referrer, newer ones write the origin as "null".)
    origin = headers.get("origin")
    if origin is None:
        return True  # no browser: then the token alone decides
    parts = urlsplit(origin)
    return parts.scheme == scope["scheme"] and parts.netloc == headers.get("host")


def where(error: BaseException) -> dict[str, object]:
    """The kind of an error and the way to it, without its words: they may be a person's."""
    way = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {
        "error": type(error).__name__,
        "way": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in way],
    }


def _add_headers(scope: Scope, headers: MutableHeaders, number: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = number
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = ONE_YEAR
    if scope["path"].startswith("/static/"):
        headers["Cache-Control"] = "public, max-age=86400"
    else:
        headers["Cache-Control"] = "no-store"
