"""Registers that somebody declared complete, and the numbers missing in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.sources import RegisterSource
from reconcile.claims import RegisterType
from reconcile.coverage import Declaration
from reconcile.judging.registers import NumberedRow, missing_numbers
from reconcile.text.vietnamese import unit_key
from worker import words
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.desk.standing_data import titles
from worker.house import House
from worker.run import warnings
from worker.store import SLIPS

TYPES = tuple(kind.value for kind in RegisterType if kind and kind is not RegisterType.SLIPS)


@dataclass(frozen=True, slots=True)
class StandingBook:
    """A declared book as it stands: ``id`` None where the configuration declares it."""

    id: int | None
    source: str
    declaration: Declaration
    stands: bool
    missing: tuple[tuple[int, int], ...]
    declared_by: str = ""
    declared_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BookCheck:
    """What the rows say of a declaration: its missing numbers, and the day of the last row."""

    title: str
    missing: tuple[tuple[int, int], ...]
    last_row_on: date | None
    warning: str  # Vietnamese; empty: nothing speaks against it


def declared(house: House, actor: Actor, *, everything: bool = False) -> list[StandingBook]:
    """The declared books of the actor's units; with ``everything`` those taken back, too.

    The configuration's come first.
    """
    actor.need(Right.VIEW)
    found = [
        StandingBook(None, source.name, said, True, ())
        for source in house.settings.sources
        for said in source.declared
    ]
    found += [
        StandingBook(
            id=one.id,
            source=one.source,
            declaration=one.declaration,
            stands=one.stands,
            missing=(),
            declared_by=one.declared_by,
            declared_at=one.declared_at,
            withdrawn_by=one.withdrawn_by,
            withdrawn_at=one.withdrawn_at,
            reason=one.reason,
        )
        for one in house.store.books.all()
    ]
    seen = [
        one
        for one in found
        if (one.stands or everything) and actor.sees(_code(house, one.declaration))
    ]
    return _with_missing(house, seen)


def _with_missing(house: House, books: Sequence[StandingBook]) -> list[StandingBook]:
    numbered = {one.source for one in books if _has_numbers(one.declaration)}
    rows = {source: house.store.books.rows(source) for source in sorted(numbered)}
    return [
        StandingBook(
            **{name: getattr(one, name) for name in StandingBook.__slots__ if name != "missing"},
            missing=_missing(rows, one.source, one.declaration),
        )
        for one in books
    ]


def _missing(
    rows: Mapping[str, Sequence[NumberedRow]], source: str, said: Declaration
) -> tuple[tuple[int, int], ...]:
    return missing_numbers(said, rows[source]) if _has_numbers(said) else ()


def _has_numbers(said: Declaration) -> bool:
    return said.first_number is not None and said.last_number is not None


def _code(house: House, said: Declaration) -> str:
    return house.tables.units.resolve(said.unit, said.until) or said.unit


@dataclass(frozen=True, slots=True)
class BookLine:
    """A declared book in words."""

    id: int | None
    title: str
    numbers: str
    missing: str
    by: str
    at: datetime | None


def shown(house: House, actor: Actor) -> list[BookLine]:
    """The declared books that stand, of the actor's units, in words."""
    return [
        BookLine(
            one.id,
            warnings.title(house, one.declaration),
            _numbers(one.declaration),
            gaps(one.missing),
            one.declared_by,
            one.declared_at.astimezone(house.clock.zone) if one.declared_at else None,
        )
        for one in declared(house, actor)
    ]


def _numbers(said: Declaration) -> str:
    return f"{said.first_number} – {said.last_number}" if _has_numbers(said) else ""


def title(house: House, said: Declaration) -> str:
    """A declared book as an official names it."""
    return warnings.title(house, said)


def gaps(missing: Sequence[tuple[int, int]]) -> str:
    """The missing numbers in words; empty: none is."""
    return warnings.ranges(missing) if missing else ""


def registers(house: House) -> list[tuple[str, str]]:
    """Name and title of the sources whose books may be declared."""
    return [
        (one.name, title)
        for one, title in zip(house.settings.sources, titles(house).values(), strict=True)
        if isinstance(one, RegisterSource) and one.name != SLIPS
    ]


def wanted(
    house: House,
    actor: Actor,
    *,
    until: date,
    by: str,
    unit: str = "",
    register_type: str = "",
    first: int | None = None,
    last: int | None = None,
) -> Declaration:
    """What a person declares, with the unit's code. Raises Refused, Unseen for others' units."""
    actor.need(Right.INTAKE)
    if register_type and register_type not in TYPES:
        raise Refused(f"Không có loại sổ “{register_type}”. Có: {', '.join(TYPES)}.")
    if first is not None and last is not None and first > last:
        raise Refused("Từ số (--from-number) lớn hơn đến số (--to-number).")
    if not by.strip():
        raise Refused("Phải ghi ai cam kết (--by): tên, chức vụ.")
    if until > house.clock.today():
        raise Refused("Ngày (--until) ở tương lai: không ai biết trước sổ sẽ nhập đủ.")
    of = _unit(house, unit, until)
    if not actor.sees(of):
        raise Unseen(unit)
    return Declaration(until, by.strip(), of, RegisterType(register_type), first, last)


def _unit(house: House, text: str, on: date) -> str:
    """The unit's code on that day; without a table of units the text as it is."""
    if not text or not house.tables.units:
        return text
    found = house.tables.units.resolve(text, on)
    if found is None:
        raise Refused(f"Bảng đơn vị không có “{text}” vào ngày {words.day(on)}.")
    return found


def source_of(house: House, name: str | None) -> str:
    """The register source of that name, or the only one. Raises Refused."""
    known = [one.name for one in house.settings.sources if isinstance(one, RegisterSource)]
    if name is None and len(known) == 1:
        return known[0]
    if name is None or name not in known:
        lacking = f"Không có nguồn sổ “{name}”." if name else "Có nhiều nguồn sổ."
        raise Refused(f"{lacking} Dùng --source với một trong: {', '.join(known)}")
    return name


def check(house: House, source: str, said: Declaration) -> BookCheck:
    """What the rows that were taken in say of a declaration, before it is made."""
    rows = house.store.books.rows(source)
    missing = _missing({source: rows}, source, said)
    days = [row.day for row in rows if row.day and _is_of(row, said)]
    last = max((day for day in days if day <= said.until), default=None)
    return BookCheck(warnings.title(house, said), missing, last, _warning(said, last))


def _is_of(row: NumberedRow, said: Declaration) -> bool:
    units = {unit_key(unit) for unit in (row.unit, row.receiving_unit) if unit}
    kinds = (RegisterType.NONE, row.register_type)
    return said.register_type in kinds and (not said.unit or unit_key(said.unit) in units)


def _warning(said: Declaration, last: date | None) -> str:
    if last is None:
        return "Chưa nạp dòng nào của sổ này: khai đủ khi chưa nạp thì mọi hồ sơ thành “không có”."
    if last < said.until:
        return (
            f"Dòng mới nhất đã nạp là ngày {words.day(last)}, trước ngày khai đủ "
            f"{words.day(said.until)}: chắc chắn từ đó đến nay sổ không có thêm dòng nào?"
        )
    return ""


def declare(house: House, actor: Actor, source: str, said: Declaration) -> int:
    """The number of the declaration, which stands from the next run on."""
    actor.need(Right.INTAKE)
    return house.store.books.declare(source, said, by=actor.who, at=house.clock.now())


def withdraw(house: House, actor: Actor, number: int, *, reason: str) -> None:
    """A declaration is taken back; it stays in the history. Raises Refused."""
    actor.need(Right.INTAKE)
    known = next((one for one in house.store.books.all() if one.id == number), None)
    if known is not None and not actor.sees(_code(house, known.declaration)):
        raise Unseen(str(number))
    if not reason.strip():
        raise Refused("Phải ghi vì sao rút lại.")
    done = house.store.books.withdraw(
        number, by=actor.who, at=house.clock.now(), reason=reason.strip()
    )
    if not done:
        raise Refused(f"Không có khai báo số {number} đang hiệu lực.", "Xem: doisoat books list")
