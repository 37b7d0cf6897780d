"""Dossier codes, procedure codes and citizen ids made comparable.

A dossier code (mã hồ sơ) is ``<agency>-<yyMMdd>-<number of the day>``; the number restarts every
day and keeps its leading zeros. Offices write it with or without the prefix ``000.xx.yy.`` of
the agency, with spaces, long dashes, the letter O for zero, or from the date on.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DASHES = re.compile("[\u2010-\u2015\u2212\u2043\u00ad\ufe58\ufe63\uff0d_~]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DIGIT = "[0-9O]"
#: Between the parts stands a dash, spaces, or both.
_SEP = r"(?:\s*-+\s*|\s+)"
_DOT = r"\s*\.\s*"
_CODE = re.compile(
    rf"(?<![0-9A-Z.])(?:({_DIGIT}{{3}}){_DOT}({_DIGIT}{{2}}){_DOT}({_DIGIT}{{2}}){_DOT})?"
    rf"([A-NP-Z])\s?({_DIGIT}{{2}})((?:{_DOT}{_DIGIT}{{1,3}}){{0,3}})"
    rf"{_SEP}({_DIGIT}{{6}}){_SEP}({_DIGIT}{{1,6}})(?![0-9A-Z])"
)
#: The same with every separator lost: told apart by the date in it.
_SOLID = re.compile(rf"^([A-NP-Z]{_DIGIT}{{2}})((?:{_DIGIT}|\.)*{_DIGIT}{{9}})$")
_SHORT = re.compile(
    rf"(?<![0-9A-Z.])(?:\.?{_DIGIT}{{1,3}})?-?({_DIGIT}{{6}}){_SEP}({_DIGIT}{{3,6}})(?![0-9A-Z])"
)
#: A code as software prints it needs no repair.
_PLAIN = re.compile(r"[A-NP-Z][0-9]{2}(?:\.[0-9]{1,3}){0,3}-[0-9]{6}-[0-9]{1,6}")
_SIX_DIGITS = re.compile("[0-9Oo]{6}")
_PROCEDURE = re.compile(r"\b(\d)\s*\.\s*(\d{6})(?!\d)")
#: What some software writes where the id is missing: never evidence.
_PLACEHOLDERS = frozenset({"000000001", "000000000", "123456789", "012345678", "111111111"})


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A dossier code in its parts; ``prefix`` is ``000.xx.yy`` or empty."""

    prefix: str
    agency: str
    day: str
    tail: str

    @property
    def normal(self) -> str:
        return f"{self.agency}-{self.day}-{self.tail}"

    @property
    def short(self) -> str:
        return f"{self.day}-{self.tail}"


def own(text: str) -> str:
    """The code as the source writes it, tidied for showing: NFC and single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=16_384)
def normal(text: str) -> str:
    """The comparable form of a code: ``"000.17.22.h56 – 21O531-0001"`` → ``"H56-210531-0001"``.

    A code of another shape keeps its letters and digits without spaces, in capitals. Empty when
    there is nothing code-like: no digit at all.
    """
    if _PLAIN.fullmatch(text):
        return text
    code = parse(text)
    if code is not None:
        return code.normal
    bare = re.sub(r"\s", "", _tidy(text)).strip("-.,;:/")
    if bare != (composed := unicodedata.normalize("NFC", bare)):
        return normal(composed)  # a free-standing accent that met its letter
    if not any(char.isdigit() for char in bare):
        return ""
    # O for zero, only where digits stand around it: the letters of a foreign code are kept.
    return re.sub(r"-{2,}", "-", re.sub(r"(?<=[0-9.\-])O(?=[0-9O.\-]|$)|O(?=[0-9])", "0", bare))


def parse(text: str) -> OwnCode | None:
    """The dossier code that the text consists of, or None."""
    tidy = _tidy(text).strip(" .,;:/")
    found = _CODE.search(tidy)
    if found and found.start() == 0 and found.end() == len(tidy):
        return _code(found)
    return None if "-" in tidy or " " in tidy else _solid(tidy)


@lru_cache(maxsize=16_384)
def in_text(text: str) -> list[str]:
    """The codes inside a text such as a subject line, comparable, in order, once each."""
    if not _SIX_DIGITS.search(text):
        return []
    found = (_code(match) for match in _CODE.finditer(_tidy(text)))
    return list(dict.fromkeys(code.normal for code in found if code is not None))


@lru_cache(maxsize=16_384)
def short(text: str) -> str:
    """Day and number of a code whose agency is missing: ``"-240823-0001"``; else empty."""
    tidy = _tidy(text).strip(" .,;:/")
    found = _SHORT.search(tidy)
    if not found or found.end() != len(tidy) or found.start() > 0:
        return ""
    day = _digits(found.group(1))
    return f"{day}-{_digits(found.group(2))}" if _is_day(day) else ""


def procedure(text: str) -> str:
    """The code of a procedure (mã TTHC) without the agency's suffix: ``"1.001193"``, or empty."""
    found = _PROCEDURE.search(text)
    return f"{found.group(1)}.{found.group(2)}" if found else ""


@lru_cache(maxsize=16_384)
def person_id(text: str) -> str:
    """A citizen's number (số định danh, CCCD, CMND) as 12 or 9 digits; else empty.

    A spreadsheet strips the leading zero: 11 digits are 12, 8 are 9. Placeholders are no id.
    """
    digits = text.strip()
    if not digits.isdigit():
        digits = re.sub(r"[\s.\-\u00a0'`]", "", re.sub(r"\.0$", "", digits))
    if not digits.isascii() or not digits.isdigit():
        return ""
    if len(digits) in (8, 11):
        digits = "0" + digits
    if len(digits) not in (9, 12) or digits in _PLACEHOLDERS or not digits.strip("0"):
        return ""
    return digits if digits.lstrip("0") != "1" else ""


def _tidy(text: str) -> str:
    shown = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    return _INVISIBLE.sub("", _DASHES.sub("-", shown)).upper()


def _digits(text: str) -> str:
    return text.replace("O", "0")


def _is_day(day: str) -> bool:
    return day.isdigit() and "01" <= day[2:4] <= "12" and "01" <= day[4:] <= "31"


def _code(found: re.Match[str]) -> OwnCode:
    prefix = ".".join(map(_digits, found.groups()[:3])) if found.group(1) else ""
    agency = re.sub(r"\s", "", found.group(4) + _digits(found.group(5) + found.group(6)))
    return OwnCode(prefix, agency, _digits(found.group(7)), _digits(found.group(8)))


def _solid(bare: str) -> OwnCode | None:
    """Read a code that lost its dashes, if its date shows where the parts meet."""
    found = _SOLID.match(re.sub(r"^0[0O]{2}\.\d\d\.\d\d\.(?=[A-NP-Z])", "", bare))
    if not found:
        return None
    head, rest = found.group(1), _digits(found.group(2))
    readings = [
        OwnCode("", head[0] + _digits(head[1:]) + rest[:cut], rest[cut : cut + 6], rest[cut + 6 :])
        for cut in range(len(rest) - 8)
        if _is_branch(rest[:cut]) and _is_day(rest[cut : cut + 6])
    ]
    likely = [code for code in readings if 3 <= len(code.tail) <= 6 and code.tail.isdigit()]
    return likely[0] if len(likely) == 1 else None


def _is_branch(text: str) -> bool:
    return re.fullmatch(r"(?:\.\d{1,3})*", text) is not None
