"""JSON as it comes over the wire: marks and doubled keys told apart, values as wide as software
writes them.

A field that is declared a flag arrives as "false", a number as text, a code as a number. What can
be read is read; what has no shape of a value at all is ``ODD``, one rejected value and no more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from config.folding import fold

Answer = TypeVar("Answer")

#: One value, whatever the software made of it.
Scalar = str | int | float | bool | None
#: Stands where something came that is no single value; ``said.Dossiers`` tells it.
ODD = "(không đúng dạng)"
#: No number of ours is longer; a text of thousands of digits is none.
MOST_DIGITS = 30
LONGEST_NUMBER = 10**MOST_DIGITS
BOM = b"\xef\xbb\xbf"
BROKEN = "\ufffd"  # stands for what was no character
MOST_BROKEN = 20
#: A whole pair is kept; half of one is no character.
HALF = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
#: A number that no machine holds.
ENDLESS = re.compile(r"([:\[,]\s*)-?(?:\d{300,}(?:\.\d+)?|\d+(?:\.\d+)?[eE]\+?\d{3,})(?=\s*[,}\]])")

#: Fields in which an answer says how it went, and words of a session that is over.
_STATES = ("status", "code", "statusCode", "error_code", "errorCode", "httpStatus", "error")
_MESSAGES = ("message", "error_description", "errorMessage", "description", "detail", "title")
_CODES_OF_OVER = frozenset(
    ("401", "unauthorized", "invalid token", "token expired", "expired token", "invalid grant",
     "unauthenticated", "access denied")
)  # fmt: skip
_WORDS_OF_OVER = (
    "token expired", "expired token", "invalid token", "token khong hop le", "token het han",
    "token da het han", "phien lam viec", "phien dang nhap", "het phien", "session expired",
    "unauthorized", "chua dang nhap", "dang nhap lai", "full authentication is required",
)  # fmt: skip
_LONGEST_REFUSAL = 4096


class Doubled(Exception):
    """An object names a key twice: nobody can say which of the two values holds."""


def decoded(body: bytes | str, kind: type[Answer]) -> Answer:
    """The answer as that shape.

    Raises Doubled, and ValueError (which msgspec's errors are) where it is no JSON of that shape.
    """
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    content = content.removeprefix(BOM)
    try:
        return _decoded(content, kind)
    except ValueError:
        mended = _mended(content)
        if mended == content:
            raise
    return _decoded(mended, kind)


def _decoded(content: bytes, kind: type[Answer]) -> Answer:
    try:
        found = msgspec.json.decode(content, type=kind)
        if _keys(content) > _keys(msgspec.json.encode(msgspec.json.decode(content))):
            raise Doubled
    except (RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None
    return found


def _mended(content: bytes) -> bytes:
    """Single values that no parser takes, made values that are told as broken: a number without
    end, half a character, a byte that is no UTF-8. Many of those are another code: nothing of it
    is believed."""
    text = content.decode("utf-8", "replace")
    if text.count(BROKEN) - content.count(BROKEN.encode()) > MOST_BROKEN:
        return content
    text = HALF.sub(lambda found: found[1] or BROKEN, text)
    return ENDLESS.sub(r"\1[]", text).encode()


def _keys(content: bytes) -> int:
    """How many keys there are; inside a text a quote is escaped, so no text looks like one."""
    return msgspec.json.format(content, indent=-1).count(b'":')


def says_over(body: bytes) -> bool:
    """A short answer that says, with HTTP 200, that the session is over."""
    if len(body) > _LONGEST_REFUSAL:
        return False
    try:
        said = decoded(body, dict[str, Any])
    except (ValueError, Doubled):
        return False
    states = {fold(told(said[name])) for name in _STATES if name in said}
    if states & _CODES_OF_OVER:
        return True
    messages = " ".join(fold(told(said[name])) for name in (*_STATES, *_MESSAGES) if name in said)
    return any(word in messages for word in _WORDS_OF_OVER)


def told(value: Any) -> str:
    """One value as text; ``ODD`` where it is none."""
    if value.__class__ is str:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}" if abs(value) < LONGEST_NUMBER else ODD
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value}"
    return ODD


_YES = frozenset(("true", "1", "yes", "y", "t", "co", "dung", "x"))
_NO = frozenset(("false", "0", "no", "n", "f", "khong", "sai"))


def flag(value: Any) -> bool | None:
    """Yes or no, as a flag, a number or a word; None where it says neither."""
    said = fold(told(value))
    return True if said in _YES else False if said in _NO else None


def whole(value: Any) -> int | None:
    """A whole number, also as text; None where it is none."""
    said = told(value).strip()
    digits = said.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        return None
    return int(said)


def seconds(value: Any, otherwise: float) -> float:
    """A time to live, also as text; ``otherwise`` where it is no time."""
    try:
        found = float(told(value))
    except ValueError:
        return otherwise
    return found if 0 < found < 10**8 else otherwise


def inside(text: Any) -> Any:
    """What JSON inside a text says; anything else as it is. Raises ValueError."""
    if not isinstance(text, str) or not text.strip():
        return text
    try:
        return decoded(text, Any)
    except Doubled:
        raise ValueError("doubled keys") from None


def mapping(said: Any) -> Mapping[str, Any]:
    """An object, or JSON of one inside text; empty where it is neither."""
    try:
        said = inside(said)
    except ValueError:
        return {}
    return said if isinstance(said, Mapping) else {}
