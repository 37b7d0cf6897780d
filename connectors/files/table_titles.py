"""What the rows above a header, the sheet's and the file's name say: period, book, unit."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from connectors.files.headers import words
from reconcile.claims import RegisterType
from reconcile.text.vietnamese import to_unicode

#: Dates keep their signs through ``words`` as spaces: "Từ ngày 01/01/2024" → "tu ngay 01 01 2024".
DAY = r"(\d{1,2}) (\d{1,2}) (\d{4})"
IN_WORDS = re.compile(r"(\d{1,2}) thang (\d{1,2}) nam (\d{4})")
SPAN = re.compile(rf"\b(?:tu )?(?:ngay )?{DAY} (?:den|toi)?(?: het)?(?: ngay)? ?{DAY}\b")
UNTIL = re.compile(rf"\b(?:tinh )?den(?: het)?(?: ngay)? {DAY}\b")
FROM = re.compile(r"\btu (?:ngay )?\d")
QUARTER = re.compile(r"\bquy (iv|iii|ii|i|[1-4]) (?:nam )?(\d{4})\b")
MONTH = re.compile(r"(?<!ngay )(?<!\d )\bthang (\d{1,2}) (?:nam )?(\d{4})\b")
HALF = re.compile(r"\b(6|9) thang(?: dau nam)? (?:nam )?(\d{4})\b")
YEAR = re.compile(r"\bnam (\d{4})\b")
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
#: A text that names a unit of its own: the office as it calls itself.
UNIT = re.compile(
    r"(?:(?:ủy|uỷ)\s+ban\s+nhân\s+dân|ubnd)\s+\S.*|(?:xã|phường|thị\s*trấn|đặc\s*khu|tt\.?)\s+\S.*",
    re.IGNORECASE,
)
#: A period only where its number follows: Năm Căn and Quý Sơn are places.
PERIOD = r"(?:năm|tháng)(?=\s*\d)|quý(?=\s*(?:iv|i{1,3}|[1-4])\b)"
UNIT_END = re.compile(
    rf"\s*(?:[-–,;(]|\b(?:{PERIOD}|(?:từ ngày|sổ|độc lập)\b)|\d{{4}}).*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DayWindow:
    """A window of days, both ends inside; ``start`` may be unknown ("tính đến ngày …")."""

    start: date | None
    end: date


def period(texts: list[str], closes_on_14th: bool = False) -> DayWindow | None:
    """The window that a title announces: in days first, else as month, quarter or year.

    ``closes_on_14th``: the office's reporting periods run from the 15th to the 14th.
    """
    said = [re.sub(IN_WORDS, r"\1 \2 \3", words(text)) for text in texts]
    for one in said:
        for found in SPAN.finditer(one):
            start, end = _day(*found.groups()[:3]), _day(*found.groups()[3:])
            if start and end and start <= end:
                return DayWindow(start, end)
    for one in said:
        months = _months(one)
        if months:
            return _of_months(*months, closes_on_14th)
    for one in said:
        until = None if FROM.search(one) else UNTIL.search(one)
        last = _day(*until.groups()) if until else None
        if last:
            return DayWindow(None, last)
    return None


def _months(said: str) -> tuple[int, int, int] | None:
    """Year, first and last month of the period in a title."""
    if found := QUARTER.search(said):
        quarter = ROMAN.get(found[1]) or int(found[1])
        return int(found[2]), 3 * quarter - 2, 3 * quarter
    if found := HALF.search(said):
        return int(found[2]), 1, int(found[1])
    month = MONTH.search(said)
    if month and 1 <= int(month[1]) <= 12:
        return int(month[2]), int(month[1]), int(month[1])
    # "ngày … tháng … năm 2024" is the day on which somebody signed.
    year = YEAR.search(said)
    if year and "thang" not in said:
        return int(year[1]), 1, 12
    return None


def _of_months(year: int, first: int, last: int, closes_on_14th: bool) -> DayWindow | None:
    if not 1990 <= year <= 2100:
        return None
    if closes_on_14th:
        before = date(year, first, 1) - timedelta(days=1)
        return DayWindow(before.replace(day=15), date(year, last, 14))
    return DayWindow(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _day(number: str, month: str, year: str) -> date | None:
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None


def register_type(texts: list[str]) -> RegisterType:
    """The book that a title, sheet or file name names; NONE when it names none."""
    for said in map(words, texts):
        if "theo doi" in said or "tiep nhan ho so" in said or "tiep nhan va tra" in said:
            return RegisterType.TRACKING
        births, deaths = "khai sinh" in said, "khai tu" in said
        if births is not deaths:
            return RegisterType.BIRTHS if births else RegisterType.DEATHS
    return RegisterType.NONE


def by_columns(fields: frozenset[str], titled: RegisterType) -> RegisterType:
    """The book by its columns; a title decides where they fit both.

    A civil-status book has no appointment; a sổ theo dõi has no registration.
    """
    if titled is RegisterType.TRACKING:
        return titled
    if fields & {"due_on", "received_on"} and "registered_on" not in fields:
        return RegisterType.TRACKING
    if titled is not RegisterType.NONE:
        return titled
    if "registered_on" not in fields or fields & {"due_on", "received_on"}:
        return RegisterType.TRACKING
    if "death_date" in fields and "mother" not in fields:
        return RegisterType.DEATHS
    if "death_date" not in fields and fields & {"mother", "birth_date"}:
        return RegisterType.BIRTHS
    return RegisterType.NONE


@lru_cache(maxsize=4096)
def unit_named(text: str) -> str:
    """The unit that a title, sheet or file name calls itself; empty when it is no unit's name."""
    shown = to_unicode(text.replace("_", " "))
    if not UNIT.fullmatch(shown):
        return ""
    return UNIT_END.sub("", shown).strip(" .:")
