"""The units (đơn vị) of the office, their names over time, and who answers for each.

A unit is (code or name, day): on 1 July 2025 codes and names were given to other units.
Source of the worked example: the list of units before and after that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from config import addresses
from config.csvfile import Row, TableColumn, TableReader
from config.folding import fold

COLUMNS = (
    TableColumn("code", ("mã", "mã đơn vị"), needed=True),
    TableColumn("name", ("tên", "tên đơn vị", "đơn vị"), needed=True),
    TableColumn("aliases", ("tên khác", "alias")),
    TableColumn("parent", ("mã cấp trên", "cấp trên")),
    TableColumn("successor", ("mã kế thừa", "đơn vị kế thừa", "kế thừa")),
    TableColumn("recipient", ("người nhận",)),
    TableColumn("role", ("chức vụ", "vai trò")),
    TableColumn("email", ("thư điện tử", "địa chỉ thư")),
    TableColumn("valid_from", ("từ ngày", "hiệu lực từ")),
    TableColumn("valid_to", ("đến ngày", "hiệu lực đến")),
)
_PREFIX = re.compile(
    r"^(?:uy ban nhan dan|uy ban|ubnd|bo phan tiep nhan va tra ket qua|bo phan mot cua|mot cua)\s+"
)
_LEVEL = re.compile(
    r"^(?:thi tran|thi xa|thanh pho|dac khu|phuong|huyen|quan|tinh|xa|tt|tx|tp|p|x|h|q)\s+(?=\S)"
)
_BEFORE_THE_REST = re.compile(r"\s*[,(]|\s[-–]\s")
_LONG_LEVEL = re.compile(r"^(?:thi tran|thi xa|thanh pho|dac khu|phuong|huyen|quan|tinh|xa)\s+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the digest of a unit, and while."""

    name: str
    role: str
    email: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit while it bore this code and name."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    parent: str = ""
    successor: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    recipients: tuple[Recipient, ...] = ()
    line: int = field(default=0, compare=False)

    def is_valid(self, day: date) -> bool:
        return _covers(self.valid_from, self.valid_to, day)


@dataclass(slots=True)
class Units:
    """The table of units; empty when the office keeps none."""

    all: tuple[Unit, ...] = ()
    _by_code: dict[str, list[Unit]] = field(default_factory=dict)
    _by_name: dict[str, list[Unit]] = field(default_factory=dict)
    _longest_first: list[tuple[str, bool]] = field(default_factory=list)
    _edges: list[date] = field(default_factory=list)
    _resolved: dict[tuple[str, int, bool], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        edges: set[date] = set()
        for unit in self.all:
            self._by_code.setdefault(unit.code.upper(), []).append(unit)
            for spelling in _spellings(unit):
                bearers = self._by_name.setdefault(spelling, [])
                if unit not in bearers:
                    bearers.append(unit)
            edges |= {day for day in (unit.valid_from, unit.valid_to) if day}
        names = sorted(self._by_name, key=lambda name: (-len(name.split()), -len(name), name))
        self._longest_first = [(name, bool(_LONG_LEVEL.match(name))) for name in names]
        self._edges = sorted(edges)

    def __bool__(self) -> bool:
        return bool(self.all)

    def resolve(self, text: str, day: date | None = None) -> str | None:
        """The code of the unit that a text names on a day; None when the table does not tell.

        A name that nobody bears on that day, but one unit at another time, is that unit's:
        people go on using old names, and software renames old dossiers.
        """
        return self._remembered(text, day, anywhere=False)

    def find_in(self, text: str, day: date | None = None) -> str | None:
        """As resolve, but the name may stand anywhere: a title row, a sheet or file name."""
        return self._remembered(text, day, anywhere=True)

    def at(self, code: str, day: date | None = None) -> Unit | None:
        """The unit that bears a code on a day; without a day the latest one."""
        bearers = self._by_code.get(code.upper(), [])
        if day is not None:
            return next((unit for unit in bearers if unit.is_valid(day)), None)
        return max(bearers, key=lambda unit: unit.valid_from or date.min, default=None)

    def name(self, code: str, day: date | None = None) -> str:
        """The unit's name on a day, else any it bore, else the text itself."""
        unit = self.at(code, day) or self.at(code)
        return unit.name if unit else code

    def children(self, code: str) -> frozenset[str]:
        """The code with every unit under it, at any time."""
        found, fresh = {code}, {code}
        while fresh:
            fresh = {unit.code for unit in self.all if unit.parent in fresh} - found
            found |= fresh
        return frozenset(found)

    def answering(self, code: str, known_on: date | None, day: date) -> Unit | None:
        """Who answers on ``day`` for the unit that bore ``code`` on ``known_on``.

        None: a dissolved unit whose successor is not listed ("chưa xác định đơn vị kế thừa").
        """
        unit = self.at(code, known_on) if known_on else self.at(code)
        for _ in range(len(self.all) + 1):
            if unit is None or unit.is_valid(day):
                return unit
            if unit.valid_from and day < unit.valid_from:
                return unit  # asked of a time before it was there: it answers for its past
            unit = self.at(unit.successor, day) or self.at(unit.successor)
        return None

    def recipients(self, code: str, known_on: date | None, day: date) -> tuple[Recipient, ...]:
        """Who gets the digest of that unit on ``day``."""
        unit = self.answering(code, known_on, day)
        return tuple(
            person
            for person in (unit.recipients if unit else ())
            if person.email and _covers(person.valid_from, person.valid_to, day)
        )

    def _remembered(self, text: str, day: date | None, *, anywhere: bool) -> str | None:
        if not self.all or not text:
            return None
        epoch = -1 if day is None else sum(_epoch_steps(self._edges, day))
        key = (text, epoch, anywhere)
        if key not in self._resolved:
            self._resolved[key] = self._found(text, day, anywhere=anywhere)
        return self._resolved[key]

    def _found(self, text: str, day: date | None, *, anywhere: bool) -> str | None:
        code = text.strip().upper().removesuffix(".0")
        if code in self._by_code:
            return self._by_code[code][0].code
        if bearers := self._bearers(text):
            return _chosen(bearers, day)
        if named := self._named_in(fold(text), day, anywhere=anywhere):
            return named.pop() if len(named) == 1 else None
        before = _BEFORE_THE_REST.split(text)[0]
        return None if anywhere else _chosen(self._bearers(before), day)

    def _bearers(self, text: str) -> Sequence[Unit]:
        """The units that the text names as a whole, whatever stands before the name."""
        folded = fold(text)
        bare = _PREFIX.sub("", folded)
        for spelling in (folded, bare, _LEVEL.sub("", bare)):
            if spelling in self._by_name:
                return self._by_name[spelling]
        return ()

    def _named_in(self, text: str, day: date | None, *, anywhere: bool) -> set[str | None]:
        """The units named inside a text, None for a name that several bear.

        "huyện …, xã …" names the commune alone.
        """
        text = f" {text} "
        codes: set[str | None] = set()
        for name, has_level in self._longest_first:
            if (anywhere or has_level) and f" {name} " in text:
                codes.add(_chosen(self._by_name[name], day))
                text = text.replace(f" {name} ", " | ")
        below = {code: self.children(code) for code in codes if code}
        return {
            code
            for code in codes
            if not any(other in below.get(code or "", ()) for other in codes if other != code)
        }


def build(sheet: TableReader) -> Units:
    """The units of a table; problems are noted in the sheet."""
    units: dict[tuple[str, str, str, str], Unit] = {}
    last: tuple[str, str, str, str] | None = None
    for row in sheet.rows:
        key = (row["code"], fold(row["name"]), row["parent"], row["successor"])
        if last and row["code"] in ("", last[0]) and not row["name"]:
            key = last  # a further recipient of the unit above
        elif not row["code"] or not row["name"]:
            row.problem("thiếu mã (code) hoặc tên (name) của đơn vị")
            continue
        units[key] = _merged(units.get(key), row)
        last = key
    _check(sheet, list(units.values()))
    return Units(tuple(units.values()))


def _merged(unit: Unit | None, row: Row) -> Unit:
    """A line added to its unit: a new recipient, a longer validity, more aliases."""
    start, end = row.validity()
    people = _recipients(row, start, end)
    aliases = tuple(part.strip() for part in re.split(r"[|;,]", row["aliases"]) if part.strip())
    if unit is None:
        return Unit(
            row["code"],
            row["name"],
            aliases,
            row["parent"],
            row["successor"],
            start,
            end,
            people,
            row.line,
        )
    return replace(
        unit,
        aliases=tuple(dict.fromkeys((*unit.aliases, *aliases))),
        recipients=unit.recipients + people,
        valid_from=min(unit.valid_from, start) if unit.valid_from and start else None,
        valid_to=max(unit.valid_to, end) if unit.valid_to and end else None,
    )


def _recipients(row: Row, start: date | None, end: date | None) -> tuple[Recipient, ...]:
    email = row["email"]
    try:
        email = addresses.mail(email) if email else ""
    except ValueError as wrong:
        row.problem(f"cột email: «{email}» {wrong}")
        return ()
    if not (email or row["recipient"]):
        return ()
    return (Recipient(row["recipient"], row["role"], email, start, end),)


def _check(sheet: TableReader, units: Sequence[Unit]) -> None:
    codes = {unit.code for unit in units}
    for unit in units:
        for column, code in (("parent", unit.parent), ("successor", unit.successor)):
            if code and code not in codes:
                sheet.problem(unit.line, f"cột {column}: không có đơn vị mã «{code}» trong bảng")
        if unit.code in _ancestors(unit, units):
            sheet.problem(unit.line, f"đơn vị «{unit.code}» là cấp trên của chính mình")
    for unit, other in _same_code(units):
        if _overlap(unit, other):
            sheet.problem(
                other.line,
                f"mã «{other.code}» đã dùng cho đơn vị khác (dòng {unit.line}) cùng thời gian; "
                "ghi valid_from, valid_to để tách",
            )


def _same_code(units: Sequence[Unit]) -> Iterator[tuple[Unit, Unit]]:
    seen: dict[str, list[Unit]] = {}
    for unit in units:
        for earlier in seen.setdefault(unit.code, []):
            yield earlier, unit
        seen[unit.code].append(unit)


def _ancestors(unit: Unit, units: Iterable[Unit]) -> set[str]:
    """The codes above a unit. A unit of another time may bear the same code: not followed."""
    parents = {one.code: one.parent for one in units if _overlap(one, unit)}
    found: set[str] = set()
    code = unit.parent
    while code and code not in found:
        found.add(code)
        code = parents.get(code, "")
    return found


def _overlap(one: Unit, other: Unit) -> bool:
    start = max(one.valid_from or date.min, other.valid_from or date.min)
    end = min(one.valid_to or date.max, other.valid_to or date.max)
    return start <= end


def _covers(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)


def _epoch_steps(edges: Iterable[date], day: date) -> Iterator[int]:
    """Two days of one epoch see the same units: the first and the last day are both inside."""
    return ((edge < day) + (edge <= day) for edge in edges)


def _spellings(unit: Unit) -> Iterator[str]:
    for name in (unit.name, *unit.aliases):
        folded = fold(name)
        if folded:
            yield from dict.fromkeys((folded, _bare(folded)))


def _bare(folded: str) -> str:
    """The name without "UBND" and without its level: ``ubnd xa tan minh`` → ``tan minh``."""
    name = _PREFIX.sub("", folded)
    return _LEVEL.sub("", name)


def _chosen(bearers: Sequence[Unit], day: date | None) -> str | None:
    """The code of those that bear a name: on that day, else ever; None when several do."""
    now = {unit.code for unit in bearers if day is None or unit.is_valid(day)}
    codes = now or {unit.code for unit in bearers}
    return codes.pop() if len(codes) == 1 else None
