"""What a cell says of a hand-over: given, not yet given, or nothing that anybody can be sure of.

The column where the receiver signs, and the column of the day, hold more than signatures and days:
"Chưa đến nhận", an unticked box, "hẹn 20/01", "vắng". A sentence that says "not yet" is no
signature; one that says neither is told, and then the row is not judged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reconcile.text.syllables import bare, is_syllable

UNCLEAR = "không rõ đã nhận hay chưa"
AGAINST_DAY = "có ngày trả nhưng ô ký nhận ghi là chưa nhận"

_STEPS = (
    r"đến|tới|nhận|ký|lấy|trả|giao|phát|có|xong|liên|về|thấy|được|ra|hoàn|xử|giải|làm|in|trình|ai"
)
#: A word at the beginning says "not yet"; further on it must speak of a step, for it may be a name.
_NOT_YET = (
    r"^(?:chưa|không|ko|chờ|đợi|đang|sẽ|vắng|hẹn|lưu|tồn|dự kiến)\b",
    rf"\bchưa (?:{_STEPS})\b",
    r"\bkhông (?:đến|tới|nhận|lấy|có mặt|có ai|có nhà|liên lạc)\b",
    r"\bvắng (?:mặt|nhà)\b",
    r"\bhẹn (?:lại|đến|ngày|trả|nhận|lấy|tuần|mai|chiều|sáng|\d)",
    r"\bđang (?:xử lý|giải quyết|chờ|làm|trình|in|ký)\b",
    r"\b(?:chờ|đợi) (?:ký|trả|nhận|kết quả|kq|công an|xác minh|dân|người)\b",
    r"\bcòn (?:ở|tại|lưu|giữ|tồn)\b",
    r"\bsẽ (?:đến|tới|nhận|lấy|trả)\b",
)
_GIVEN = (
    r"^(?:đã|rồi|ký|nhận|giao|có|xong|ok|yes|true|đủ)\b",
    r"\bđã (?:ký|nhận|giao|trả|lấy|phát|gửi|chuyển|xong)\b",
    r"\brồi$",
    r"\b(?:bưu điện|bưu chính|bcci|vnpost|bưu tá|ủy quyền|uỷ quyền|nhận thay|nhận hộ|ký thay)\b",
    r"^(?:ông|bà|anh|chị|em|cô|chú|bác|con|cháu|mẹ|cha|bố|ba|má|vợ|chồng|người nhà|chính chủ)\b",
)
#: Family names, for a name that is typed without capitals.
_FAMILIES = frozenset(
    (
        "nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ",
        "hồ", "ngô", "dương", "lý", "đào", "đoàn", "vương", "trịnh", "trương", "đinh", "lâm",
        "phùng", "mai", "tô", "hà", "tạ", "châu", "cao", "thái", "lưu", "quách", "tăng", "triệu",
        "kiều", "nông",
    )
)  # fmt: skip
_TICKED, _OPEN = "☑☒✅🗹", "☐□▢❏❑◻⬜○◯⬚"
_EMPTY_BRACKETS = re.compile(r"[\[(]\s*[\])]")
_FULL_BRACKETS = re.compile(r"[\[(]\s*[xXvV✓✔√]\s*[\])]")
_BOX = re.compile(rf"([{_TICKED}{_OPEN}])\s*([^{_TICKED}{_OPEN}]*)")
_TICKS = frozenset(("x", "v", "✓", "✔", "√", "✗", "✘", "×", "1", "+", "t", "y", "c"))
_NOTHING = frozenset(("0", "false", "no", "n", "k"))
#: What the form itself prints where somebody is to sign.
_PRINTED = re.compile(r"\(\s*ký.*\)|ký,? (?:và )?ghi rõ .*|họ (?:và )?tên,? chữ ký")
_A_DAY = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}(?:\s*[/.\-]\s*\d{2,4})?|\d{4}-\d\d-\d\d.*")


@lru_cache(maxsize=8_192)
def not_yet(said: str) -> bool:
    """The text says in words, or by an open box, that nothing was handed over."""
    return _verdict(said) is False


@lru_cache(maxsize=8_192)
def signature(said: str) -> tuple[bool, str]:
    """Somebody signed; the reason where nobody can tell. ``said`` is not blank."""
    given = _verdict(said)
    if given is None:
        return False, UNCLEAR
    return given, ""


def _verdict(said: str) -> bool | None:
    """Given, not yet, or None: neither can be read in it, or both."""
    text = " ".join(unicodedata.normalize("NFC", said).split())
    text = _FULL_BRACKETS.sub("☑", _EMPTY_BRACKETS.sub("☐", text))
    if boxes := _BOX.findall(text):
        ticked = [label.strip() for box, label in boxes if box in _TICKED]
        if not ticked:
            return False
        text = " ".join(ticked).strip()
        if not text:
            return True
    low = text.casefold()
    if low in _TICKS or _A_DAY.fullmatch(low):
        return True
    if low in _NOTHING or _PRINTED.fullmatch(low):
        return False
    no, yes = _finds(_NO, _NO_PLAIN, low), _finds(_YES, _YES_PLAIN, low)
    if no or yes:
        return None if no and yes else yes
    return True if _is_name(text) else None


def _is_name(text: str) -> bool:
    """Words of letters alone: each with a capital, or a family name first."""
    names = [word.strip(".,;") for word in re.sub(r"\(.*?\)", " ", text).split()]
    if not names or len(names) > 7 or not all(name.isalpha() for name in names if name):
        return False
    if all(name[:1].isupper() for name in names if name):
        return True
    low = [name.casefold() for name in names]
    return low[0] in _FAMILIES and len(low) > 1 and all(map(is_syllable, low))


def _finds(pattern: re.Pattern[str], plain: re.Pattern[str], text: str) -> bool:
    """A text typed without any accent is compared without accents, any other as it is written."""
    tidy = " ".join(re.sub(r"[^\w/]+", " ", text).split())
    return bool((plain if bare(tidy) == tidy else pattern).search(tidy))


_NO, _YES = re.compile("|".join(_NOT_YET)), re.compile("|".join(_GIVEN))
_NO_PLAIN, _YES_PLAIN = re.compile(bare(_NO.pattern)), re.compile(bare(_YES.pattern))
