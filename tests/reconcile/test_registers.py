"""A register that equals the export row by row is suspected; gaps in a declared book are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from reconcile.claims import Claim, Place, RegisterType, Role
from reconcile.coverage import Declaration
from reconcile.registers import Printed, missing_numbers, printed

NAMES = ("Lò Thị Mận", "Đinh Quốc Thái", "Phùng Gia Bảo", "Nông Thảo Vy", "Vi Đức Khang")


def export(count: int = 30) -> list[Claim]:
    return [
        Claim(
            key=f"mc:{n}",
            source="mc",
            role=Role.ONE_STOP,
            own_code=f"H11.01-240102-{n:04}",
            unit="Xã Một" if n % 2 else "Xã Hai",
            subject=NAMES[n % 5],
            places=(Place("mc.xlsx", "DS", n + 5),),
        )
        for n in range(count)
    ]


def register(dossiers: list[Claim]) -> list[Claim]:
    return [
        replace(
            one,
            key=f"so#{at}",
            source="so",
            role=Role.REGISTER,
            register_type=RegisterType.TRACKING,
            places=(Place("so.xlsx", "Sổ", at + 3),),
        )
        for at, one in enumerate(dossiers)
    ]


def retyped(rows: list[Claim]) -> list[Claim]:
    return [replace(row, subject=row.subject.upper()) if n % 9 == 0 else row
            for n, row in enumerate(rows)]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "make", "suspected"),
    [
        ("all of it", register, True),
        ("one unit's part", lambda dossiers: register([d for d in dossiers if d.unit == "Xã Một"]),
         True),
        ("the other way round", lambda dossiers: register(dossiers[::-1]), True),
        ("too few to tell", lambda dossiers: register(dossiers[:9]), False),
        ("another order", lambda dossiers: register(dossiers[15:] + dossiers[:15]), False),
        ("typed by a hand", lambda dossiers: retyped(register(dossiers)), False),
        ("only some of them", lambda dossiers: register(dossiers[::3]), False),
        ("rows of its own", lambda dossiers: register(dossiers) + [
            replace(row, key=f"x{n}", own_code="", places=(Place("so.xlsx", "Sổ", 90 + n),))
            for n, row in enumerate(register(dossiers[:2]))], False),
    ],
)  # fmt: skip
def test_a_register_that_equals_the_export(
    what: str, make: Callable[[list[Claim]], list[Claim]], suspected: bool
) -> None:
    dossiers = export()
    rows = make(dossiers)
    found = printed([*dossiers, *rows])
    assert found == ((Printed("so", "so.xlsx", len(rows)),) if suspected else ()), what


def test_each_file_is_looked_at_by_itself() -> None:
    dossiers = export()
    paper = [
        replace(row, key=f"p{row.key}", places=(Place("giay.xlsx", "Sổ", row.places[0].row),))
        for row in retyped(register(dossiers))
    ]
    assert [one.file for one in printed([*dossiers, *register(dossiers), *paper])] == ["so.xlsx"]


def row(number: str, day: date = date(2024, 2, 1), unit: str = "Xã Một") -> Claim:
    return Claim(
        key=f"so#{number}{day}{unit}",
        source="so",
        role=Role.REGISTER,
        register_type=RegisterType.BIRTHS,
        unit=unit,
        number=number,
        registered_on=day,
    )


BOOK = Declaration(date(2024, 3, 31), "Cán bộ Thử", "Xã Một", RegisterType.BIRTHS, 1, 8)


def test_numbers_are_read_as_they_are_typed() -> None:
    rows = [row("01"), row("2"), row("3/2024"), row(" 005 "), row("")]
    assert missing_numbers(BOOK, rows) == ((4, 4), (6, 8))


def test_other_years_units_and_books_fill_no_gap() -> None:
    rows = [
        row("1", date(2023, 5, 5)),
        row("2", unit="Xã Hai"),
        replace(row("3"), register_type=RegisterType.DEATHS),
    ]
    assert missing_numbers(BOOK, rows) == ((1, 8),)
    assert missing_numbers(replace(BOOK, unit=""), rows) == ((1, 1), (3, 8))
