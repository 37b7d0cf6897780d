"""Units of one source that are not equally read are told; equal ones take one line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from reconcile.claims import Role
from tests.worker.making import NOW, TODAY, broken, dossier, snapshot
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.run import uneven
from worker.store import Store

PERIOD = ("--period", "2024-01")
UNITS = ("Xã Một", "Xã Hai", "Xã Ba", "Xã Bốn", "Xã Năm", "Xã Sáu", "Xã Bảy")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Seven communes, each with a register file of its own."""
    made = make(tmp_path / "office")
    write(made.folder / "inbox/motcua/t1.xlsx", EXPORT, dossiers(7))
    for number, unit in enumerate(UNITS):
        rows = entries(dossiers(7)[number : number + 1], **{"Đơn vị": unit})
        write(register(made, unit), REGISTER, rows)
    return made


def register(office: Office, unit: str) -> Path:
    return office.folder / f"inbox/so-giay/{unit}.xlsx"


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:500])


def said_by_check(office: Office) -> str:
    found = json.loads(office.command("check", "--offline", "--json").stdout)
    return "\n".join(one["said"] for one in found if "so-giay" in one["what"])


def first_page(office: Office, report: Path) -> str:
    book = openpyxl.load_workbook(report / "doi-soat.xlsx", read_only=True)
    rows = book.worksheets[0].iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


def test_equal_units_take_no_line(office: Office) -> None:
    report = office.run(*PERIOD)
    assert "Theo đơn vị" not in first_page(office, report.folder)
    assert "Chưa đọc được" not in said_by_check(office)
    assert "Xã Một" not in office.command("status").stdout


def test_a_unit_that_was_not_read_is_named_with_its_hour_everywhere(office: Office) -> None:
    office.run(*PERIOD)
    tear(register(office, "Xã Hai"))
    report = office.run(*PERIOD, code=3)
    page = (report.folder / "doi-soat.html").read_text("utf-8")
    for text in (first_page(office, report.folder), page, said_by_check(office)):
        assert "Chưa đọc được từ " in text
        assert ": Xã Hai." in text
        assert "6 đơn vị còn lại của nguồn vẫn đọc đủ." in text
    shown = office.command("status").stdout
    assert "so-giay: Chưa đọc được từ " in shown
    assert f"giờ {report.run['started'][14:16]} phút" in shown  # since what hour
    assert "T" in report.run["sources"]["so-giay"]["unread_since"]


def test_many_units_are_counted_and_the_rest_is_one_command_away(office: Office) -> None:
    office.run(*PERIOD)
    for unit in UNITS[:6]:
        tear(register(office, unit))
    report = office.run(*PERIOD, code=3)
    said = "Xã Ba, Xã Bốn, Xã Hai, Xã Một và 2 đơn vị khác."
    assert said in first_page(office, report.folder)
    assert said in said_by_check(office)


def test_when_nothing_of_a_source_was_read_the_source_says_it_alone(office: Office) -> None:
    office.run(*PERIOD)
    for unit in UNITS:
        tear(register(office, unit))
    report = office.run(*PERIOD, code=3)
    assert "đơn vị còn lại" not in first_page(office, report.folder)
    assert "Chưa đọc được từ" not in said_by_check(office)


def test_a_file_that_was_never_read_is_of_nobody_known(office: Office) -> None:
    tear(register(office, "Xã Hai"))
    report = office.run(*PERIOD, code=3)
    said = "Có 1 tệp chưa đọc được lần nào nên chưa rõ là của đơn vị nào."
    assert said in first_page(office, report.folder)
    assert said in said_by_check(office)


def test_books_that_are_not_declared_while_others_are(office: Office) -> None:
    office.run(*PERIOD)
    for unit in UNITS[:5]:
        until = "31/01/2024" if unit != "Xã Một" else "15/01/2024"
        office.command("books", "declare", "--until", until, "--by", "Cán bộ A", "--unit", unit)
    page = first_page(office, office.run(*PERIOD).folder)
    assert "Sổ khai đã nhập đủ chỉ đến ngày 15/01/2024 (Xã Một)." in page
    assert "Sổ chưa khai đã nhập đủ: Xã Bảy, Xã Sáu." in page
    assert "Sổ chưa khai đã nhập đủ: Xã Bảy, Xã Sáu." in said_by_check(office)


def told(store: Store) -> uneven.Uneven:
    return uneven.uneven(store.readings.coverage_facts("motcua"), Role.ONE_STOP, (), str)


def test_an_export_that_ends_earlier_than_the_others(store: Store) -> None:
    for unit, ends in (("A", date(2024, 3, 31)), ("B", date(2024, 2, 29))):
        rows = [dossier(ord(unit), unit=unit, file=f"{unit}.xlsx")]
        one = snapshot(rows, file=f"{unit}.xlsx", covers_from=date(2024, 1, 1), covers_to=ends)
        store.claims.take_in(one, at=NOW, on=TODAY)
    assert told(store) == uneven.Uneven((), ("Mới có dữ liệu đến ngày 29/02/2024 (B).",))


def test_a_register_that_stopped_long_ago_is_told_and_one_that_began_late_is_not(
    store: Store,
) -> None:
    first, last = date(2024, 1, 2), date(2024, 3, 29)
    for unit, days in (("A", (first, last)), ("B", (first, date(2024, 2, 1))), ("C", (last, last))):
        rows = [
            dossier(10 * ord(unit) + number, unit=unit, file=f"{unit}.xlsx", received_on=day)
            for number, day in enumerate(days)
        ]
        store.claims.take_in(snapshot(rows, file=f"{unit}.xlsx"), at=NOW, on=TODAY)
    assert told(store).otherwise == ("Mới có dữ liệu đến ngày 01/02/2024 (B).",)


def test_days_of_rows_are_no_period_and_differ_by_chance(store: Store) -> None:
    for unit, day in (("A", date(2024, 3, 28)), ("B", date(2024, 3, 9))):
        rows = [
            dossier(ord(unit) * number, unit=unit, file=f"{unit}.xlsx", received_on=received)
            for number, received in enumerate((date(2024, 3, 1), day), start=1)
        ]
        store.claims.take_in(snapshot(rows, file=f"{unit}.xlsx"), at=NOW, on=TODAY)
    assert told(store) == uneven.Uneven()


def test_a_system_that_is_down_is_down_for_all_its_units(store: Store) -> None:
    whole = snapshot([dossier(1, unit="A"), dossier(2, unit="B")], file="")
    store.claims.take_in(whole, at=NOW, on=TODAY)
    store.claims.take_in(broken(whole), at=NOW, on=TODAY)
    assert told(store) == uneven.Uneven()
