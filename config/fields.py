"""How single values of the configuration are written: days, times, durations, paths, addresses."""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from config import addresses
from config.folding import visible
from reconcile.text.syllables import bare
from reconcile.workdays import WEEKDAYS

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SECRET_WORDS = ("password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "mat_khau")


def parse_day(text: str) -> date | None:
    """``2024-03-31`` or ``31/03/2024``; None when it is neither."""
    text = visible(text).strip()
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _day(value: Any) -> Any:
    if isinstance(value, datetime):
        raise ValueError("phải là ngày, không kèm giờ, ví dụ 2024-03-31")
    if isinstance(value, date) or value is None:
        return value
    day = parse_day(value) if isinstance(value, str) else None
    if day is None:
        raise ValueError("không phải là ngày; viết 2024-03-31 hoặc 31/03/2024")
    return day


def _clock(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value.strip()):
        hour, minute = value.strip().split(":")
        return time(int(hour), int(minute))
    raise ValueError("không phải là giờ trong ngày; viết như 07:30")


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError("không phải là khoảng thời gian; viết như 30s, 15m, 2h, 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _hours(value: Any) -> Any:
    if isinstance(value, str) and value.count("-") == 1:
        start, end = (_clock(part) for part in value.split("-"))
        if start < end:
            return (start, end)
    if isinstance(value, tuple):
        return value
    raise ValueError('không phải là khung giờ; viết như "07:00-18:00"')


def _span(value: Any) -> Any:
    """Hours of a day, which may pass midnight."""
    if isinstance(value, str) and value.count("-") == 1:
        start, end = (_clock(part) for part in value.split("-"))
        if start != end:
            return (start, end)
    if isinstance(value, tuple):
        return value
    raise ValueError('không phải là khung giờ; viết như "07:00-18:00" hoặc "18:00-07:00"')


def _weekdays(value: Any) -> Any:
    if value == "working":
        return value
    if value == "all":
        return "all"
    names = [value] if isinstance(value, str) else value
    if isinstance(names, (list, tuple)) and names and all(name in WEEKDAYS for name in names):
        return ",".join(name for name in WEEKDAYS if name in names)
    raise ValueError('phải là "working", "all" hoặc danh sách trong: ' + ", ".join(WEEKDAYS))


def _here(value: Path, info: ValidationInfo) -> Path:
    """A relative path is relative to the configuration file."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / value.expanduser()


def _pattern(value: str) -> str:
    if not value.strip():
        raise ValueError("không được để trống")
    return value.strip().replace("\\", "/")


def has_password(url: str) -> bool:
    """Whether a secret is written into a URL, before the host or among its parameters."""
    try:
        parts = urlsplit(url)
        named = {name.lower() for name, _ in parse_qsl(parts.query)}
        return parts.password is not None or any(word in named for word in _SECRET_WORDS)
    except ValueError:
        return False


def _no_password(url: str) -> str:
    if has_password(url):
        raise ValueError(
            "không ghi mật khẩu trong URL; đặt tệp mật khẩu ở password_file bên cạnh "
            "hoặc đặt biến môi trường …__PASSWORD"
        )
    return url


def _address(url: str) -> str:
    """An http(s) address of a source, without the slash at its end."""
    _no_password(url)
    url = addresses.web(url)
    if _is_link_local(addresses.split(url).hostname or ""):
        raise ValueError("địa chỉ nội bộ của máy chủ (link-local, metadata) không được phép")
    return url


def _proxy(url: str) -> str:
    _no_password(url)
    return addresses.web(url) if url.strip() else ""


def _path(text: str) -> str:
    """A path behind an address: what cannot be sent is told now."""
    _no_password(text)
    text = visible(text).strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("đường dẫn có dấu hoặc khoảng trắng; chép lại đường dẫn đã mã hóa (%…)")
    return text


def _header(text: str) -> str:
    """A value that goes into a header of HTTP."""
    text = visible(text).strip()
    if not text.isascii():
        raise ValueError("có chữ có dấu, không gửi được; chép lại đúng giá trị nguồn đã cấp")
    return text


def _is_link_local(host: str) -> bool:
    if host.lower() in ("metadata", "metadata.google.internal"):
        return True
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    host = addresses.split(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _database(url: str, info: ValidationInfo) -> str:
    """A database URL; the file inside ``sqlite:///`` is relative to the configuration file."""
    url = _no_password(url.strip())
    if url.startswith("sqlite:///") and not url.startswith(("sqlite:////", "sqlite:///:memory:")):
        folder: Path = (info.context or {}).get("folder", Path())
        path, _, query = url.removeprefix("sqlite:///").partition("?")
        return f"sqlite:///{(folder / unquote(path)).as_posix()}" + (f"?{query}" if query else "")
    if url.startswith(("postgresql://", "postgres://")):
        addresses.split(url)
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    addresses.split(url)
    if "://" not in url:
        raise ValueError("không phải là URL; viết như sqlite:///data/doisoat.db")
    return url


def _store(url: str) -> str:
    if not url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ValueError("chỉ dùng được sqlite:///… hoặc postgresql+psycopg://…")
    return url


def _broker(url: str) -> str:
    url = _no_password(url.strip())
    if url and not url.startswith(("redis://", "rediss://", "redis+socket://", "unix://")):
        raise ValueError("chỉ dùng được redis://… hoặc rediss://…; để trống nếu không có")
    addresses.split(url)
    return url


def with_password(url: str, password: SecretStr | None) -> str:
    """The URL with its password put in, for the driver only: never print or log it."""
    parts = urlsplit(url)
    if password is None or not parts.hostname or url.startswith("sqlite"):
        return url
    secret = quote(password.get_secret_value(), safe="")
    _, _, host = parts.netloc.rpartition("@")
    user = quote(unquote(parts.username or ""), safe="")
    return parts._replace(netloc=f"{user}:{secret}@{host}").geturl()


def environment_name(*path: str) -> str:
    """The environment variable of a setting: ``DOISOAT_SOURCES__SO_GIAY__PASSWORD``."""
    return "DOISOAT_" + "__".join(_environment_word(part) for part in path)


def _environment_word(word: str) -> str:
    ascii_only = bare(word).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "_", ascii_only.upper()).strip("_")


def is_secret_name(key: str) -> bool:
    """Whether a key looks like a secret, so that it must not stand in the file."""
    key = key.lower().replace("-", "_")
    return any(word in key for word in _SECRET_WORDS) and not key.endswith(("_file", "_url"))


Day = Annotated[date, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]
Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]
Span = Annotated[tuple[time, time], BeforeValidator(_span)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Weekdays = Annotated[str, BeforeValidator(_weekdays)]
Here = Annotated[Path, AfterValidator(_here)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Address = Annotated[str, AfterValidator(_address)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Endpoint = Annotated[str, AfterValidator(_path)]
HeaderText = Annotated[str, AfterValidator(_header)]
MailAddress = Annotated[str, AfterValidator(addresses.mail)]
SourceUrl = Annotated[str, AfterValidator(_database)]
DatabaseUrl = Annotated[str, AfterValidator(_database), AfterValidator(_store)]
BrokerUrl = Annotated[str, AfterValidator(_broker)]
