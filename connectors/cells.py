"""What stands in one cell, made a value: days, partial dates, ids, codes, names.

A cell that cannot be understood is no error: its value is empty and the reason is told, in
Vietnamese and without the cell's content. Values repeat, so every parser remembers its answers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from config.folding import visible
from connectors.files import hand_over
from connectors.files.headers import words
from connectors.sheets.messages import FAULTS, UNCALCULATED, Cell
from reconcile.claims import Channel
from reconcile.text import codes
from reconcile.text.syllables import is_syllable
from reconcile.text.vietnamese import to_unicode

VIETNAM = timezone(timedelta(hours=7))  # no summer time since 1975
FIRST_YEAR, LAST_YEAR = 1990, 2100  # of what a software or a register of today records
FIRST_BIRTH = 1850
SERIAL_1900 = date(1899, 12, 30)  # Excel's day 0; its false 29/02/1900 lies before our time
SERIAL_1904 = date(1904, 1, 1)
MOST_NUMBER = 10**40
SERIALS = range(20_000, 75_000)  # 1954 … 2105

NO_DATE = "ngày không đọc được"
NO_SUCH_DAY = "ngày không có thật"
SWAPPED = "ngày không có thật; có thể ngày và tháng bị đảo"
ODD_YEAR = "năm vô lý"
ONLY_PART = "thiếu ngày hoặc tháng"
SHORT_YEAR = "năm chỉ có hai chữ số"
MAYBE_SWAPPED = (
    "Excel có thể đã đảo ngày và tháng của ô này (các ô ngày thật đều đến ngày 12, các ô chữ đều "
    "sau ngày 12); hãy đối chiếu sổ rồi gõ lại cả cột dạng dd/mm/yyyy"
)
TWO_DATES = "một ô có hai ngày khác nhau"
LOST_DIGITS = "Excel đã làm tròn, mất chữ số; hãy định dạng cột là văn bản và nhập lại"
BECAME_DATE = "Excel đã đổi thành ngày; hãy định dạng cột là văn bản và nhập lại"
NO_ID = "số định danh không đủ 9 hoặc 12 chữ số"
FAULT = "ô báo lỗi công thức của Excel; hãy sửa công thức rồi lưu lại"
NOT_CALCULATED = "ô công thức chưa được tính; hãy mở bằng Excel và lưu lại"

Read = tuple[str, str]  # the value, or empty and the reason
ReadDay = tuple[date | None, str]

CLOCK = (
    r"\d{1,2}\s*(?:[:hg]|giờ)\s*(?:\d{1,2}(?:[:.']\d{1,2}(?:\.\d+)?)?)?\s*(?:phút|p|am|pm|sa|ch)?"
)
DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[/.\-–]\s*(\d{1,2})\s*[/.\-–]\s*(\d{4}|\d{2})(?!\d)")
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[/.\-–]\s*(\d{1,2})\s*[/.\-–]\s*(\d{1,2})(?!\d)")
IN_WORDS = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})", re.IGNORECASE)
WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)")
COMPACT = re.compile(r"(\d{8})(?:\d{4}|\d{6})?")
MONTH_YEAR = re.compile(r"(?:tháng\s*)?(\d{1,2})\s*(?:[/.\-–]|năm)\s*(\d{4})", re.IGNORECASE)
YEAR = re.compile(r"(?:năm\s*)?(\d{4})", re.IGNORECASE)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?)?")
#: What people write before a number: "CCCD: 0600…", "Số CMND 264…".
ID_LABEL = re.compile(
    r"^\W*(?:(?:số|so|thẻ|the|cccd|cmnd|cmt|cc|cm|ddcn|đdcn|căn cước(?: công dân)?|"
    r"can cuoc(?: cong dan)?|định danh|dinh danh|cá nhân|ca nhan)[\s.:/#-]*)+",
    re.IGNORECASE,
)
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_BESIDE = rf"ngày|lúc|hồi|vào|sáng|trưa|chiều|tối|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|{CLOCK}"
_GIVEN = (
    r"(?:đã\s+)?(?:trả|giao|phát|nhận|lấy|ký nhận|ký)|kết quả|kq|giấy|xong|rồi|"
    r"cho (?:công dân|người dân|dân)|công dân|người dân"
)


def _harmless(words: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?:{words}{'|' if words else ''}{_BESIDE}|[\s,;:()])+", re.IGNORECASE)


#: Words beside a date that change nothing; any other word may ("hẹn lại", "chưa trả").
HARMLESS = _harmless()
#: Words that only say again what the column is for.
SAID_AGAIN = {
    "returned_on": _harmless(_GIVEN),
    "due_on": _harmless(r"hẹn(?:\s+trả)?|trả|kết quả|kq"),
    "new_due_on": _harmless(r"hẹn(?:\s+(?:trả|lại))?|trả|kết quả|kq"),
    "received_on": _harmless(r"(?:đã\s+)?(?:tiếp\s+)?nhận|hồ sơ|hs"),
    "registered_on": _harmless(r"(?:đã\s+)?(?:đăng ký|vào sổ)"),
    "finished_on": _harmless(r"(?:đã\s+)?(?:xong|hoàn thành|kết thúc|giải quyết)"),
}
#: Days that prove something: "chưa trả" is an answer there, not a day that cannot be read.
PROVING = frozenset({"returned_on", "finished_on", "registered_on"})
#: What people and software write where there is nothing.
BLANK = frozenset(
    ("", "-", "--", "---", "–", "—", "/", ".", "..", "...", "…", "x", "null", "none", "n/a")
)
#: A line to write on, as forms print it: "……", "____".
DOTTED = frozenset(".…_-–—~=·• ")
DOTS = re.compile(r"[\s.…_\-–—~=·•]+")
#: Dates that mean "no date" in the software that wrote them.
NO_DAY = frozenset(
    ("0", "00/00/0000", "0000-00-00", "01/01/0001", "1/1/0001", "0001-01-01", "1900-01-01",
     "01/01/1900", "1/1/1900", "1900-01-00", "00/01/1900", "1899-12-31", "1899-12-30",
     "1970-01-01", "01/01/1970")
)  # fmt: skip
DITTO_MARKS = r"""["”“″〃]{1,2}|''|’’|‘‘|´´|,,|//|\\\\|-?n\.?\s?t\.?-?|như trên(?: nt)?"""
DITTO = re.compile(rf"[-–—\s]*(?:{DITTO_MARKS})[-–—\s.]*", re.IGNORECASE)


def is_blank(cell: Cell) -> bool:
    """Nothing, or a sign that stands for nothing."""
    if cell.__class__ is not str:
        return cell is None
    if cell in BLANK or cell.strip().casefold() in BLANK:
        return True
    return not cell[:1].isalnum() and DOTS.fullmatch(visible(cell)) is not None


def is_ditto(cell: Cell) -> bool:
    """A mark for "the same as above": ``"``, ``〃``, ``//``, ``nt``, ``như trên``."""
    return isinstance(cell, str) and len(cell) <= 12 and DITTO.fullmatch(cell.strip()) is not None


def text(cell: Cell) -> str:
    """The cell as a person reads it."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else str(cell)
    if isinstance(cell, int) and abs(cell) > MOST_NUMBER:
        return ""  # no number that an office writes; telling its digits would take for ever
    typed = str(cell)
    return (typed if typed.isprintable() else visible(typed)).strip()


#: Words that need no reading: composed Vietnamese syllables. Few, and they repeat.
_PLAIN_WORDS: set[str] = set()
_MOST_WORDS = 200_000


def shown(cell: Cell) -> str:
    """The cell's text as people see it: ``to_unicode``, with a short way for ordinary words."""
    if cell is None or (cell.__class__ is str and cell[:1] == "#" and fault(cell)):
        return ""
    if cell.__class__ is str:
        typed = cell if cell.isprintable() else visible(cell)
    else:
        typed = text(cell)
    parts = typed.split()
    if typed.isascii():
        return " ".join(parts)
    for word in parts:
        if word not in _PLAIN_WORDS and not _is_plain(word):
            return to_unicode(typed)
    return " ".join(parts)


@lru_cache(maxsize=8_192)
def repeated(cell: Cell) -> str:
    """As shown, for columns of few texts that come again and again: each is kept once."""
    return shown(cell)


def _is_plain(word: str) -> bool:
    """No legacy font and no look-alike can be in such a word."""
    if word.isascii():
        return True
    if not (unicodedata.is_normalized("NFC", word) and is_syllable(word.casefold())):
        return False
    if len(_PLAIN_WORDS) < _MOST_WORDS:
        _PLAIN_WORDS.add(word)
    return True


@lru_cache(maxsize=65_536)
def day(cell: Cell, date1904: bool = False) -> ReadDay:
    """A day of office work: day, month and year are all needed; times of day are dropped."""
    if is_blank(cell):
        return None, ""
    if isinstance(cell, float | int):
        return _number_day(_real(cell), date1904)
    return _text_day(str(cell), date1904)


def day_in(column: str) -> Callable[..., ReadDay]:
    """How the days of this column are read: words that only repeat its header are no doubt."""
    harmless = SAID_AGAIN.get(column)
    if harmless is None:
        return day
    proves = column in PROVING

    @lru_cache(maxsize=16_384)
    def read(cell: Cell, date1904: bool = False) -> ReadDay:
        found, reason = day(cell, date1904)
        if found is not None or not reason or cell.__class__ is not str or fault(cell):
            return found, reason
        said = visible(cell)
        if proves and hand_over.not_yet(said):
            return None, ""
        return _text_day(said, date1904, harmless=harmless)

    return read


@lru_cache(maxsize=65_536)
def partial_date(cell: Cell, date1904: bool = False) -> Read:
    """A birth or death date as ISO text; "2024" and "2024-03" where only that is known."""
    if is_blank(cell):
        return "", ""
    shown = text(cell)
    if year := YEAR.fullmatch(shown):
        return _checked_year(int(year[1]))
    if (month := MONTH_YEAR.fullmatch(shown)) and 1 <= int(month[1]) <= 12:
        value, reason = _checked_year(int(month[2]))
        return (f"{value}-{int(month[1]):02d}" if value else ""), reason
    short = DAY_FIRST.search(shown)
    if short and len(short[3]) == 2:
        return "", SHORT_YEAR  # a child of this century, or somebody of the last
    found, reason = _any_day(cell, date1904)
    if found is None:
        return "", reason
    return _checked_year(found.year)[0] and found.isoformat(), _checked_year(found.year)[1]


def short_year(cell: Cell, name: str, event: str, known: date | None) -> str:
    """The one date that a year of two digits can mean, as ISO; empty where two are possible.

    ``known`` is a day on which the date had come. A child whose birth is registered is hardly a
    hundred years old; the dead may be of either century.
    """
    typed = DAY_FIRST.search(text(cell))
    if typed is None or len(typed[3]) != 2 or known is None:
        return ""
    both = [_day_of(int(typed[1]), int(typed[2]), 100 * n + int(typed[3]), 1900) for n in (20, 19)]
    possible = [day for day, _ in both if day is not None and day <= known]
    if event == "birth" or name == "death_date":
        possible = [day for day in possible if known.year - day.year < 100][:1]
    return possible[0].isoformat() if len(possible) == 1 else ""


@lru_cache(maxsize=8_192)
def person_id(cell: Cell) -> Read:
    """A citizen's number; 11 digits get back the zero that Excel took."""
    if is_blank(cell):
        return "", ""
    shown = text(cell)
    if isinstance(cell, float) or SCIENTIFIC.fullmatch(shown):
        return "", LOST_DIGITS
    found = codes.person_id(shown) or codes.person_id(ID_LABEL.sub("", shown))
    if found or not shown.strip("0 1"):
        return found, ""  # a placeholder such as 000000001 is no mistake of this row
    digits = sum(letter.isdecimal() for letter in shown)
    return "", "" if digits in (9, 12) else NO_ID


@lru_cache(maxsize=8_192)
def code(cell: Cell) -> Read:
    """A dossier code, book or number as the source writes it."""
    if is_blank(cell):
        return "", ""
    typed = text(cell)
    if reason := fault(cell):
        return "", reason
    if typed[:1].isdigit():  # else nothing that Excel made of it
        if SCIENTIFIC.fullmatch(typed) or (isinstance(cell, float) and "e" in typed):
            return "", LOST_DIGITS
        if ISO_DATE.fullmatch(typed):
            return "", BECAME_DATE
    return shown(cell), ""


CHANNELS = (
    (Channel.POST, ("buu chinh", "bcci", "buu dien", "bc cong ich")),
    (Channel.ONLINE, ("truc tuyen", "online", "qua mang", "dvc", "dich vu cong", "dien tu", "web")),
    (Channel.DIRECT, ("truc tiep", "tai quay", "tai bo phan", "mot cua", "tai cho")),
)
#: KenhThucHien of the national portal, where an export gives the number.
CHANNEL_NUMBERS = {"1": Channel.DIRECT, "2": Channel.ONLINE, "3": Channel.POST}


@lru_cache(maxsize=1_024)
def channel(cell: Cell) -> Channel:
    """How the dossier was handed in; anything else counts with direct and post."""
    said = words(text(cell))
    for one, marks in CHANNELS:
        if any(mark in said for mark in marks):
            return one
    return CHANNEL_NUMBERS.get(said, Channel.UNKNOWN)


SEXES = {"nam": "nam", "trai": "nam", "m": "nam", "male": "nam", "be trai": "nam"}
SEXES |= {"nu": "nữ", "gai": "nữ", "f": "nữ", "female": "nữ", "be gai": "nữ"}


@lru_cache(maxsize=256)
def sex(cell: Cell) -> str:
    return SEXES.get(words(text(cell)), "")


@lru_cache(maxsize=16_384)
def signed(cell: Cell) -> tuple[bool, str]:
    """Somebody put something where the receiver signs; "chưa đến nhận" is no signature."""
    if is_blank_but_x(cell):
        return False, ""
    if reason := fault(cell):
        return False, reason
    if isinstance(cell, float | int):
        is_day = math.isfinite(cell) and int(cell) in SERIALS
        return cell == 1 or is_day, "" if cell in (0, 1) or is_day else hand_over.UNCLEAR
    return hand_over.signature(text(cell))


def fault(cell: Cell) -> str:
    """Why nothing can be read where Excel itself shows an error; empty where it shows none."""
    if cell.__class__ is not str or cell[:1] != "#" or cell.strip().upper() not in FAULTS:
        return ""
    return NOT_CALCULATED if cell == UNCALCULATED else FAULT


def is_blank_but_x(cell: Cell) -> bool:
    """As is_blank, but a cross is how many tick "đã ký"."""
    return is_blank(cell) and text(cell).casefold() != "x"


def _any_day(cell: Cell, date1904: bool) -> ReadDay:
    """A day of any time, for people's dates."""
    if isinstance(cell, float | int) and 0 < cell < 1e5:
        return _serial(float(cell), date1904), ""
    if isinstance(cell, float | int):
        return _number_day(_real(cell), date1904, FIRST_BIRTH)
    return _text_day(str(cell), date1904, FIRST_BIRTH)


def _checked_year(year: int) -> Read:
    return (str(year), "") if FIRST_BIRTH <= year <= LAST_YEAR else ("", ODD_YEAR)


def _real(number: float) -> float:
    """As a float; a number that is none too long for one is no day of ours."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _number_day(number: float, date1904: bool, first_year: int = FIRST_YEAR) -> ReadDay:
    if number == 0:
        return None, ""
    if not math.isfinite(number):
        return None, NO_DATE
    if int(number) in SERIALS:
        return _plausible(_serial(number, date1904), first_year)
    if number.is_integer() and 10**6 <= number < 10**8:
        return _compact(f"{int(number):08d}", first_year)
    if number.is_integer() and 10**13 <= number < 10**14:
        return _compact(str(int(number))[:8], first_year)
    return None, ONLY_PART if 1900 <= number <= LAST_YEAR else NO_DATE


def _serial(number: float, date1904: bool) -> date:
    return (SERIAL_1904 if date1904 else SERIAL_1900) + timedelta(days=int(number))


def _text_day(
    typed: str,
    date1904: bool,
    first_year: int = FIRST_YEAR,
    harmless: re.Pattern[str] = HARMLESS,
) -> ReadDay:
    shown = " ".join(visible(typed).replace("\u00ad", "").split())
    if shown.split("T")[0].split(" ")[0] in NO_DAY:
        return None, ""
    if ISO_DATE.fullmatch(shown):  # how date cells arrive
        year, month, number = map(int, shown[:10].split("-"))
        return _day_of(number, month, year, first_year)
    if WITH_ZONE.fullmatch(shown):
        return _zoned(shown, first_year)
    if re.fullmatch(r"\d{5}(?:[.,]\d+)?", shown):
        return _number_day(float(shown.replace(",", ".")), date1904, first_year)
    if compact := COMPACT.fullmatch(shown):
        return _compact(compact[1], first_year)
    return _written(shown, first_year, harmless)


def _written(shown: str, first_year: int, harmless: re.Pattern[str]) -> ReadDay:
    """Day, month and year with signs or words between, perhaps with a time of day."""
    forms: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str, str]]], ...] = (
        (IN_WORDS, lambda m: (m[1], m[2], m[3])),
        (YEAR_FIRST, lambda m: (m[3], m[2], m[1])),
        (DAY_FIRST, lambda m: (m[1], m[2], m[3] if len(m[3]) == 4 else f"20{m[3]}")),
    )
    for pattern, parts in forms:
        found = list(pattern.finditer(shown))
        if not found:
            continue
        if len({parts(one) for one in found}) > 1:
            return None, TWO_DATES
        rest = pattern.sub(" ", shown).strip()
        if rest and not harmless.fullmatch(rest):
            return None, NO_DATE
        number, month, year = map(int, parts(found[0]))
        return _day_of(number, month, year, first_year)
    part = MONTH_YEAR.fullmatch(shown) or YEAR.fullmatch(shown)
    return None, ONLY_PART if part else NO_DATE


def _zoned(shown: str, first_year: int) -> ReadDay:
    """A moment with its zone: the day in Viet Nam, which is the next one for 17:00 UTC."""
    try:
        moment = datetime.fromisoformat(shown).astimezone(VIETNAM)
    except (ValueError, OverflowError):  # there is no day after 31/12/9999
        return None, NO_SUCH_DAY
    return _plausible(moment.date(), first_year)


def _compact(digits: str, first_year: int) -> ReadDay:
    """yyyymmdd, else ddmmyyyy; a leap of the year tells which."""
    year = int(digits[:4])
    if first_year <= year <= LAST_YEAR and "01" <= digits[4:6] <= "12":
        return _day_of(int(digits[6:]), int(digits[4:6]), year, first_year)
    return _day_of(int(digits[:2]), int(digits[2:4]), int(digits[4:]), first_year)


def _day_of(number: int, month: int, year: int, first_year: int) -> ReadDay:
    try:
        return _plausible(date(year, month, number), first_year)
    except ValueError:
        swapped = 12 < month <= 31 and 1 <= number <= 12
        return None, SWAPPED if swapped else NO_SUCH_DAY


def _plausible(found: date, first_year: int) -> ReadDay:
    if first_year <= found.year <= LAST_YEAR:
        return found, ""
    return None, ODD_YEAR
