"""The class of a procedure (thủ tục), by its code and day, else by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from config.complaints import nearest
from config.csvfile import Row, TableColumn, TableReader
from config.folding import fold, has_words
from reconcile.claims import Procedure
from reconcile.text import codes

COLUMNS = (
    TableColumn("code", ("mã TTHC", "mã thủ tục", "mã"), needed=True),
    TableColumn("class", ("loại", "nhóm"), needed=True),
    TableColumn("name", ("tên TTHC", "thủ tục", "tên")),
    TableColumn("deadline", ("thời hạn", "hạn")),
    TableColumn("valid_from", ("từ ngày", "hiệu lực từ")),
    TableColumn("valid_to", ("đến ngày", "hiệu lực đến")),
)
_CLASSES: Mapping[str, Procedure] = {
    **{procedure.value: procedure for procedure in Procedure if procedure.value},
    "khai sinh": Procedure.BIRTH,
    "lien thong khai sinh": Procedure.BIRTH_LINKED,
    "khai tu": Procedure.DEATH,
    "lien thong khai tu": Procedure.DEATH_LINKED,
    "khac": Procedure.OTHER,
}
#: What iGate writes in eForm.data.loaiHTTP, and clerks for short.
_HINTS: Mapping[str, Procedure] = {
    "KS": Procedure.BIRTH,
    "KT": Procedure.DEATH,
    "LTKS": Procedure.BIRTH_LINKED,
    "LTKT": Procedure.DEATH_LINKED,
    "LTKH": Procedure.OTHER,
    "BS": Procedure.OTHER,
}
#: Neighbours that must never be taken for a birth or a death.
_EXCLUDED = (
    "ban sao",
    "dang ky lai",
    "cai chinh",
    "xac nhan",
    "ghi vao so",
    "ghi chu",
    "thay doi ho tich",
    "bo sung ho tich",
    "bo sung thong tin",
    "nuoc ngoai",
    "luu dong",
    "da co ho so",
    "giay to ca nhan",
)
_BIRTH = ("khai sinh", "ks", "dkks", "ltks")
_DEATH = ("khai tu", "kt", "dkkt", "ltkt")
_AFTER_BIRTH = ("thuong tru", "bhyt", "bao hiem y te", "the can cuoc")
_AFTER_DEATH = ("thuong tru", "mai tang", "mai tang phi", "tu tuat")
_LINKED = ("lien thong", "lt", "ltks", "ltkt")
#: Words that speak of births and deaths or of any paper at all: they tell no class.
_TELL_NOTHING = ("ho tich", "ho so cua", "tu phap ho tich")
#: Other fields of an office; a text that begins like a procedure counts too (_A_PROCEDURE).
_OTHER_FIELDS = (
    "dat dai",
    "quyen su dung dat",
    "thua dat",
    "ket hon",
    "nhan cha me con",
    "tinh trang hon nhan",
    "giam ho",
    "con nuoi",
    "xay dung",
    "kinh doanh",
    "chung thuc",
    "bao tro",
    "bao hiem y te",
    "bhyt",
    "tro cap",
    "mai tang",
    "thuong tru",
    "tam tru",
    "khuyet tat",
    "nguoi cao tuoi",
    "nguoi co cong",
    "ly lich",
    "moi truong",
    "lao dong",
    "giao duc",
    "bao tu",
    "trich luc",
)
_A_PROCEDURE = re.compile(
    r"^(?:thu tuc )?(?:cap|dang ky|giai quyet|tham dinh|gia han|cong nhan|chuyen|tach|phe duyet"
    r"|thu hoi|dieu chinh|dinh chinh|ho tro|chap thuan|xet|thong bao)\b(?: \w+){2,}"
)


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """One line of the table."""

    code: str  # without the agency's suffix
    procedure: Procedure
    name: str
    deadline: int | None  # working days; 0 is the same-day rule (15:00)
    valid_from: date | None
    valid_to: date | None

    def is_valid(self, day: date | None) -> bool:
        return day is None or (
            (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(slots=True)
class Procedures:
    """The table of procedures by code."""

    entries: tuple[ProcedureEntry, ...] = ()
    _by_code: dict[str, list[ProcedureEntry]] = field(default_factory=dict)
    _by_words: dict[str, Procedure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            self._by_code.setdefault(entry.code, []).append(entry)

    def classify(self, code: str, name: str, day: date | None = None, hint: str = "") -> Procedure:
        """The class by code on that day, else by the software's hint, else by the words.

        UNKNOWN: nothing was said. OTHER: something else was said, counted and never judged.
        """
        entry = self._entry(code, day) or self._entry(codes.procedure(name), day)
        if entry is not None:
            return entry.procedure
        if hint.strip().upper() in _HINTS:
            return _HINTS[hint.strip().upper()]
        if name not in self._by_words:
            self._by_words[name] = by_words(name)
        return self._by_words[name]

    def deadline(self, code: str, procedure: Procedure, day: date | None) -> int | None:
        """The working days that the table allows on a day: for the code, else for its class if
        it is one."""
        entry = self._entry(code, day)
        if entry is not None:
            return entry.deadline
        allowed = {
            one.deadline
            for one in self.entries
            if one.procedure is procedure and one.deadline is not None and one.is_valid(day)
        }
        return allowed.pop() if len(allowed) == 1 else None

    def _entry(self, code: str, day: date | None) -> ProcedureEntry | None:
        bearers = self._by_code.get(code.strip()) or self._by_code.get(codes.procedure(code), [])
        valid = [entry for entry in bearers if entry.is_valid(day)]
        # A code that is used outside its time is still that procedure, unless it changed class.
        if not valid and len({entry.procedure for entry in bearers}) == 1:
            valid = bearers
        return valid[0] if valid else None


def by_words(name: str) -> Procedure:
    """The class that a procedure's name tells; exclusion words before inclusion words."""
    text = fold(name)
    says_birth = _says(text, _BIRTH)
    says_death = _says(text, _DEATH)
    if _says(text, _EXCLUDED) or (says_birth and has_words(text, "trich luc khai sinh")):
        return Procedure.OTHER
    if says_birth and says_death:
        return Procedure.UNKNOWN  # a heading of both books
    linked = _says(text, _LINKED)
    if says_birth:
        is_group = linked or _says(text, _AFTER_BIRTH)
        return Procedure.BIRTH_LINKED if is_group else Procedure.BIRTH
    if says_death:
        is_group = linked or _says(text, _AFTER_DEATH)
        return Procedure.DEATH_LINKED if is_group else Procedure.DEATH
    if linked and _says(text, ("mai tang", "tu tuat")):
        return Procedure.DEATH_LINKED
    if linked and _says(text, ("bhyt", "bao hiem y te", "tre em duoi 6 tuoi")):
        return Procedure.BIRTH_LINKED
    return Procedure.OTHER if _says_another_field(text) else Procedure.UNKNOWN


def _says(text: str, any_of: tuple[str, ...]) -> bool:
    return any(has_words(text, words) for words in any_of)


def _says_another_field(text: str) -> bool:
    if _says(text, _OTHER_FIELDS):
        return True
    return not _says(text, _TELL_NOTHING) and _A_PROCEDURE.match(text) is not None


def build(defaults: TableReader, own: TableReader | None) -> Procedures:
    """The shipped table with the office's lines over it: its codes replace ours."""
    ours = _entries(own) if own else []
    theirs = {entry.code for entry in ours}
    shipped = [entry for entry in _entries(defaults) if entry.code not in theirs]
    return Procedures(tuple(ours + shipped))


def _entries(sheet: TableReader) -> list[ProcedureEntry]:
    entries = (_entry_of(row) for row in sheet.rows)
    return [entry for entry in entries if entry is not None]


def _entry_of(row: Row) -> ProcedureEntry | None:
    start, end = row.validity()
    deadline = _deadline(row)
    procedure = _CLASSES.get(row["class"]) or _CLASSES.get(fold(row["class"]))
    if not row["code"]:
        row.problem("thiếu mã thủ tục (code)")
        return None
    if procedure is None:
        known = [name for name, one in _CLASSES.items() if name == one.value]
        close = nearest(row["class"], known)
        row.problem(
            f"cột class: không có loại «{row['class']}»; gần nhất là «{close}» "
            f"(có: {', '.join(known)})"
        )
        return None
    code = codes.procedure(row["code"]) or row["code"]
    return ProcedureEntry(code, procedure, row["name"], deadline, start, end)


def _deadline(row: Row) -> int | None:
    """``same_day`` (trong ngày) or working days: ``3``, ``3 ngày``; empty: not fixed."""
    text = fold(row["deadline"])
    if not text:
        return None
    if text in ("same day", "trong ngay", "0"):
        return 0
    if days := re.fullmatch(r"(\d{1,3})(?: ?(?:d|ngay|ngay lam viec))?", text):
        return int(days[1])
    row.problem(f"cột deadline: «{row['deadline']}» không đọc được; viết same_day hoặc số ngày")
    return None
