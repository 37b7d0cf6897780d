"""The calendar of what each source proves, week by week; declared books at the desk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.worker.office import CONFIG, EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.desk import books, coverage
from worker.desk.actor import Actor, OfficeRole, Unseen, at_the_shell
from worker.desk.coverage import Covered
from worker.desk.refused import Refused
from worker.house import House

pytestmark = pytest.mark.usefixtures("either_database")

OWN, OTHER = "901", "902"
CLERK = Actor("can-bo", OfficeRole.OFFICER, frozenset({OWN}))
SHELL = at_the_shell("cli:it")
#: Mondays: the dossiers were received, and the papers typed, from 1 to 20 January 2024.
FIRST = date(2024, 1, 1)
NUMBERED = (*REGISTER, "Số thứ tự")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = make(tmp_path / "office", CONFIG)
    (made.folder / "tables").mkdir()
    table = "code,name\n901,Xã Thử Nghiệm\n902,Xã Bên Kia\n"
    (made.folder / "tables/units.csv").write_text(table, "utf-8-sig")
    write(made.folder / "inbox/motcua/hs.xlsx", EXPORT, dossiers())
    rows = [{**row, "Số thứ tự": str(n)} for n, row in enumerate(entries(dossiers()), start=1)]
    write(made.folder / "inbox/so-giay/so.xlsx", NUMBERED, rows[:5] + rows[6:])
    made.run("--as-of", "2024-03-31")
    return made


def weeks(house: House, source: str, who: Actor = SHELL) -> dict[str, str]:
    """One letter a week by unit: P proven, p partial, a dot for silence."""
    marks = {Covered.PROVEN: "P", Covered.PARTIAL: "p", Covered.SILENT: "."}
    found = coverage.calendar(house, who, source, FIRST, weeks=5)
    return {row.unit: "".join(marks[one] for one in row.weeks) for row in found.rows}


def test_a_software_proves_the_weeks_that_its_export_holds_whole(office: Office):
    assert weeks(office.house(), "motcua") == {OWN: "PPp..", OTHER: "....."}


def test_a_book_of_paper_proves_a_week_once_it_was_declared_complete(office: Office):
    house = office.house()
    assert weeks(house, "so-giay") == {OWN: "ppp..", OTHER: "....."}
    said = books.wanted(house, CLERK, until=date(2024, 1, 14), by="Hộ tịch", unit=OWN)
    number = books.declare(house, CLERK, "so-giay", said)
    assert weeks(house, "so-giay") == {OWN: "PPp..", OTHER: "....."}
    books.withdraw(house, CLERK, number, reason="nhầm")
    assert weeks(house, "so-giay")[OWN] == "ppp.."


def test_a_cell_opens_its_files_and_no_cell_of_another_unit(office: Office):
    house = office.house()
    (file,) = coverage.files_of(house, CLERK, "so-giay", OWN, FIRST)
    assert (file.name, file.rows, file.starts) == ("so.xlsx", 19, FIRST)
    assert coverage.files_of(house, CLERK, "so-giay", OWN, date(2024, 1, 29)) == []
    assert weeks(house, "so-giay", CLERK).keys() == {OWN}
    with pytest.raises(Unseen):
        coverage.files_of(house, CLERK, "so-giay", OTHER, FIRST)


def test_a_declaration_is_looked_at_before_it_is_made(office: Office):
    house = office.house()
    said = books.wanted(
        house, CLERK, until=date(2024, 1, 31), by="Hộ tịch", unit="Xã Thử Nghiệm", first=1, last=20
    )
    found = books.check(house, "so-giay", said)
    assert (books.gaps(found.missing), found.last_row_on) == ("1 số: 6", date(2024, 1, 20))
    assert "20/01/2024, trước ngày khai đủ 31/01/2024" in found.warning
    early = books.wanted(house, CLERK, until=date(2024, 1, 20), by="Hộ tịch", unit=OWN)
    assert books.check(house, "so-giay", early).warning == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"until": date(2999, 1, 1)}, "tương lai"),
        ({"by": " "}, "ai cam kết"),
        ({"first": 5, "last": 3}, "lớn hơn"),
        ({"register_type": "giay_quet"}, "Không có loại sổ"),
        ({"unit": "Xã Lạ"}, "Bảng đơn vị không có"),
    ],
)
def test_what_cannot_be_declared(office: Office, words: dict[str, object], told: str):
    asked = {"until": FIRST, "by": "Hộ tịch", "unit": OWN} | words
    with pytest.raises(Refused, match=told):
        books.wanted(office.house(), CLERK, **asked)  # type: ignore[arg-type]


def test_a_book_of_another_unit_is_not_there(office: Office):
    house = office.house()
    with pytest.raises(Unseen):
        books.wanted(house, CLERK, until=FIRST, by="Hộ tịch", unit=OTHER)
    said = books.wanted(house, SHELL, until=FIRST, by="Hộ tịch", unit=OTHER)
    number = books.declare(house, SHELL, "so-giay", said)
    assert books.declared(house, CLERK) == []
    with pytest.raises(Unseen):
        books.withdraw(house, CLERK, number, reason="nhầm")
