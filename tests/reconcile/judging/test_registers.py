"""A register that equals the export row by row is suspected; gaps in a declared book are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconcile.cases import Case, LinkedRow
from reconcile.claims import Claim, Place, Procedure, RegisterType, Role, Status
from reconcile.coverage import Coverage, Declaration, SourceCoverage
from reconcile.figures.form import Move
from reconcile.figures.standing import Column, Standing
from reconcile.findings import Strength
from reconcile.judging.registers import Printed, Sign, missing_numbers, printed, suspects
from reconcile.links import Link, LinkState, Method
from reconcile.policy import Policy
from reconcile.scope import Scope

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


# --- Signs of a register that was made up --------------------------------------------------------

POLICY = Policy()
SCOPE = Scope(as_of=date(2024, 3, 31), starts=date(2024, 1, 1), ends=date(2024, 3, 31))
COVERAGE = Coverage((SourceCoverage("so", Role.REGISTER, "register", answered=True),))
MONDAY = date(2024, 1, 8)


def kept(count: int = 40, unit: str = "Xã Một", start: int = 0) -> list[Case]:
    """An honest commune: two dossiers a workday, most returned a day early or late, most ended."""
    days = [day for n in range(90) if (day := MONDAY + timedelta(n)).weekday() < 5]
    return [
        entered(
            start + n,
            unit,
            received=days[n // 2],
            due=days[n // 2 + 3],
            returned=days[n // 2 + 2 + n % 3],
            pending=n % 5 == 0,
        )
        for n in range(count)
    ]


def entered(
    n: int,
    unit: str,
    *,
    received: date,
    due: date,
    returned: date,
    pending: bool,
    read: date = date(2024, 3, 1),
    signed: bool = False,
    file: str = "so.xlsx",
) -> Case:
    """A dossier and its row of the tracking book."""
    dossier = Claim(
        key=f"mc:{n}",
        source="mc",
        role=Role.ONE_STOP,
        own_code=f"H11.01-240102-{n:04}",
        procedure=Procedure.BIRTH,
        unit=unit,
        received_on=received,
        due_on=due,
        finished_on=None if pending else returned,
        status=Status.PROCESSING if pending else Status.DONE,
    )
    row = replace(
        dossier,
        key=f"so#{n}",
        source="so",
        role=Role.REGISTER,
        register_type=RegisterType.TRACKING,
        finished_on=None,
        status=Status.UNKNOWN,
        returned_on=returned,
        read_on=read,
        signed=signed,
        places=(Place(file, "Sổ", n + 2),),
    )
    link = Link(row.key, dossier.key, Method.CODE, 1.0, LinkState.AUTO)
    return Case(dossier.key, {Role.ONE_STOP: dossier}, (LinkedRow(row, link),))


def changed(cases: list[Case], each: Callable[[Case, Claim], Claim]) -> list[Case]:
    """The same cases, each row told otherwise."""
    return [
        replace(case, rows=tuple(LinkedRow(each(case, row.claim), row.link) for row in case.rows))
        for case in cases
    ]


def signs(cases: list[Case]) -> set[Sign]:
    return {one.sign for one in suspects(cases, (), COVERAGE, SCOPE, POLICY)}


def test_a_register_that_was_kept_shows_no_sign() -> None:
    assert signs(kept() + kept(40, "Xã Hai", 100)) == set()


def due_day(case: Case, row: Claim) -> Claim:
    return replace(row, returned_on=case.main.due_on)


def saturday(_case: Case, row: Claim) -> Claim:
    return replace(row, returned_on=row.returned_on + timedelta(5 - row.returned_on.weekday()))


def tuesday(_case: Case, row: Claim) -> Claim:
    return replace(row, returned_on=row.returned_on + timedelta(1 - row.returned_on.weekday()))


def in_april(_case: Case, row: Claim) -> Claim:
    return replace(row, read_on=date(2024, 4, 20)) if int(row.key[3:]) else row


def all_signed(_case: Case, row: Claim) -> Claim:
    return replace(row, signed=row.unit == "Xã Một")


@pytest.mark.parametrize(
    ("each", "found"),
    [
        (due_day, {Sign.RETURN_IS_DUE}),
        (saturday, {Sign.DAYS_OFF, Sign.ONE_WEEKDAY}),
        (tuesday, {Sign.ONE_WEEKDAY}),
        (in_april, {Sign.ONE_DAY, Sign.TYPED_LATE}),
        (all_signed, {Sign.SIGNED_ALIKE}),
    ],
)
def test_what_was_typed_to_please_shows_a_sign(each, found: set[Sign]) -> None:
    assert signs(changed(kept(), each) + kept(40, "Xã Hai", 100)) == found


def test_a_register_of_pending_dossiers_only_is_told_in_any_order() -> None:
    honest = kept(60)
    pending = [case for case in kept(115) if case.main.status is Status.PROCESSING]
    assert len(pending) == 23
    shuffled = sorted(pending, key=lambda case: case.anchor[::-1])
    assert Sign.PENDING_ONLY in signs(shuffled)
    # The same dossiers in a register that holds the others, too, are what every register holds.
    assert Sign.PENDING_ONLY not in signs(honest)


def test_one_day_of_typing_tells_nothing_of_a_register_read_for_the_first_time() -> None:
    def read(_case: Case, row: Claim) -> Claim:
        return replace(row, read_on=date(2026, 11, 29))

    assert signs(changed(kept(), read)) == set()


def test_a_handful_of_rows_may_look_like_anything() -> None:
    assert signs(changed(kept(POLICY.suspicion.rows - 1), due_day)) == set()


def test_what_is_due_on_the_day_of_reception_is_returned_on_it_by_everybody() -> None:
    same_day = [
        entered(n, "Xã Một", received=day, due=day, returned=day, pending=False)
        for n in range(40)
        if (day := MONDAY + timedelta(7 * (n // 8) + n % 5))
    ]
    assert signs(same_day) == set()


LATE, TIMELY = Standing(Column.OVERDUE), Standing(Column.ON_TIME)
HELPS = Move(
    "H11", "Xã Nhỏ", "birth", LATE, TIMELY, "hand_over", MONDAY, Strength.TYPED_DATE, "", (),
    Method.CODE, 1.0, "mc:500",
)  # fmt: skip
HURTS = replace(HELPS, before=TIMELY, after=LATE)


@pytest.mark.parametrize(
    ("count", "each", "moved", "found"),
    [
        (3, due_day, [HELPS, HELPS], {Sign.FEW_ALIKE}),
        (1, due_day, [HELPS, HELPS], set()),  # one row is alike with nothing
        (3, saturday, [HELPS, HELPS], set()),  # not all on the promised day
        (3, due_day, [HELPS, HELPS, HURTS], set()),  # it does not only please
        (3, due_day, [], set()),  # it moves nothing
    ],
)
def test_a_few_rows_that_are_alike_and_please_are_worth_a_look(count, each, moved, found) -> None:
    small = changed(kept(count, "Xã Nhỏ", 500), each)
    cases = [*small, *kept(40, "Xã Hai", 100)]
    told = suspects(cases, moved, COVERAGE, SCOPE, POLICY)
    assert {one.sign for one in told if one.unit == "Xã Nhỏ"} == found
    assert not [one for one in told if not one.unit], "the office has rows enough to judge by"
