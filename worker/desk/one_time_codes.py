"""Codes of six digits that change every half minute (TOTP, RFC 6238), as telephones show them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

#: Seconds that a code holds, and its digits: what every application on a telephone expects.
STEP, DIGITS = 30, 6
#: So many codes before and after this moment's are good, for clocks differ.
AROUND = 1


def code_at(secret: str, step: int) -> str:
    """The code of a step; ``secret`` is base32."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, typed: str, now: datetime, used: int) -> int | None:
    """The step whose code was typed; None where it is none of now, or was used before."""
    wanted = "".join(typed.split())
    this = int(now.timestamp()) // STEP
    found = None
    for step in range(this - AROUND, this + AROUND + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), wanted.encode()) and step > used:
            found = step
    return found


def secret_from(seed: bytes) -> str:
    """The secret that such a seed makes, in base32."""
    return base64.b32encode(seed[:20]).decode()


def address(secret: str, account: str, office: str) -> str:
    """What an application on a telephone opens."""
    query = urlencode({"secret": secret, "issuer": office}, quote_via=quote)
    return f"otpauth://totp/{quote(office)}:{quote(account)}?{query}"
