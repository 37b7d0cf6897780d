"""Addresses as people type them: of the web, of a broker or database, of mail.

A typo is one Vietnamese sentence, never an error of the standard library. A name with accents is
sent as every server knows it (IDNA): ``lan@xã-tân-hà.vn`` as ``lan@xn--…``.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from config.folding import visible

NOT_WEB = "không phải là địa chỉ; viết như https://apiigate.tinh.gov.vn"
NOT_MAIL = "không phải là địa chỉ thư; viết như cntt@huyen.example.vn"
PLAIN_MAIL = (
    "có dấu hoặc ký tự lạ ở phần trước @, máy chủ thư không gửi được; hãy viết địa chỉ không dấu"
)
LONGEST_MAIL, LONGEST_LOCAL = 254, 64
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
ACCENTED = re.compile(r"[^\x00-\x7f]")
LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
UNSAFE = re.compile(r"[\s\"<>\\^`{|}]")


def split(url: str) -> SplitResult:
    """The parts of a URL; raises ValueError, in Vietnamese, where it has none."""
    try:
        parts = urlsplit(url)
        _, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{NOT_WEB} (tên máy hoặc cổng không đúng)") from None
    if port == 0:
        raise ValueError("cổng phải từ 1 đến 65535")
    return parts


def web(url: str) -> str:
    """An http(s) address as it is sent, without the slash at its end. Raises ValueError."""
    url = visible(url).strip()
    parts = split(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or UNSAFE.search(url):
        raise ValueError(NOT_WEB)
    known = domain(host)
    if known is None:
        raise ValueError(f"{NOT_WEB} (tên máy «{host}» không đúng)")
    if known != host.lower():
        user, at, _ = parts.netloc.rpartition("@")
        port = f":{parts.port}" if parts.port else ""
        url = parts._replace(netloc=f"{user}{at}{known}{port}").geturl()
    if not url.isascii():
        raise ValueError("phần sau tên máy có dấu; chép lại địa chỉ đã mã hóa (%…) từ trình duyệt")
    return url.rstrip("/")


def mail(address: str) -> str:
    """A mail address as it is sent. Raises ValueError."""
    address = visible(address).strip()
    local, at, name = address.rpartition("@")
    if not at or not name or not LOCAL.fullmatch(ACCENTED.sub("a", local)):
        raise ValueError(NOT_MAIL)
    if not local.isascii():
        raise ValueError(PLAIN_MAIL)
    known = domain(name)
    if known is None or ":" in known:
        raise ValueError(NOT_MAIL)
    if "." not in known.removesuffix("."):  # half a name: a server would take it for its own
        raise ValueError(NOT_MAIL)
    if len(local) > LONGEST_LOCAL or len(local) + len(known) >= LONGEST_MAIL:
        raise ValueError(NOT_MAIL)
    return f"{local}@{known}"


def domain(name: str) -> str | None:
    """A host as every server knows it, or an address of numbers; None where it is neither."""
    try:
        return str(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    try:
        plain = name.lower() if name.isascii() else name.encode("idna").decode().lower()
    except UnicodeError:
        return None
    labels = plain.removesuffix(".").split(".")
    if len(plain) > LONGEST_MAIL or not all(LABEL.fullmatch(label) for label in labels):
        return None
    return plain
