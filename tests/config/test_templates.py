"""The register templates of ``init``: our own reader takes them as they are."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from config import office_tables, scaffold, templates
from config.settings import load
from config.sources import FileSource
from connectors import Memory, open_connectors
from connectors.files import sample_row
from connectors.files.there import matching
from reconcile.claims import Procedure, RegisterType, Snapshot

REGISTERS = {
    "so-theo-doi.xlsx": RegisterType.TRACKING,
    "so-khai-sinh.xlsx": RegisterType.BIRTHS,
    "so-khai-tu.xlsx": RegisterType.DEATHS,
}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    scaffold.write(tmp_path)
    return tmp_path


def read(office: Path, name: str) -> Snapshot:
    """What the reader says of a template that somebody put into the inbox."""
    shutil.copy(office / "mau-so" / name, office / "inbox/so-giay" / name)
    settings = load(office / "doisoat.toml", {})
    connectors = open_connectors(settings, office_tables.load(settings))
    register = next(one for one in connectors if one.source.kind == "register")
    (snapshot,) = register.fetch(Memory())
    return snapshot


def typed(office: Path, name: str, *changes: dict[str, Any], sample: bool = True) -> Snapshot:
    """A template with lines below the sample: the sample's cells with these changes."""
    book = openpyxl.load_workbook(office / "mau-so" / name)
    sheet = book.active
    fields = templates.TEMPLATES[name].fields
    places = {field.header: place for place, field in enumerate(fields, start=1)}
    for line, change in enumerate(changes, start=5):
        for field in fields:
            value = change.get(field.header, field.sample) or None
            sheet.cell(line, places[field.header], value)
    if not sample:
        sheet.delete_rows(4)
    book.save(office / "mau-so" / name)
    return read(office, name)


@pytest.mark.parametrize("name", REGISTERS)
def test_the_sample_row_is_left_out_and_told(office: Path, name: str) -> None:
    real = {"Mã hồ sơ": "H11.20-240105-0007", "Ghi chú": ""}
    snapshot = typed(office, name, real)
    assert snapshot.complete, snapshot.problem
    assert [claim.own_code for claim in snapshot.claims] == ["H11.20-240105-0007"]
    assert snapshot.rows == 1
    (left,) = snapshot.rejected
    assert (left.row, left.kept, left.reason) == (4, False, sample_row.SAMPLE_ROW)


@pytest.mark.parametrize("name", REGISTERS)
def test_a_template_that_nobody_typed_into_says_so(office: Path, name: str) -> None:
    snapshot = read(office, name)
    assert not snapshot.complete
    assert snapshot.problem == "Tệp không có dòng dữ liệu nào ngoài dòng mẫu của biểu mẫu."


@pytest.mark.parametrize("name", REGISTERS)
def test_a_sample_that_differs_in_any_one_cell_is_an_entry(office: Path, name: str) -> None:
    """Each column in turn, filled otherwise or emptied: somebody may have typed over it."""
    fields = [field for field in templates.TEMPLATES[name].fields if field.header != "Ghi chú"]
    other = [
        {field.header: date(2024, 2, 3) if isinstance(field.sample, date) else "Khác"}
        for field in fields
        if field.width != templates.DAY or field.sample
    ]
    emptied = [{field.header: ""} for field in fields if field.sample]
    noted = [{"Ghi chú": ""}, {"Ghi chú": f"{templates.SAMPLE_NOTE}."}]
    changes = [*other, *emptied, *noted]
    snapshot = typed(office, name, *changes)
    told = [one for one in snapshot.rejected if one.reason == sample_row.SAMPLE_ROW]
    assert [one.row for one in told] == [4]
    assert snapshot.rows == len(changes)


def test_the_sample_is_known_after_excel_or_a_clerk_moved_it(office: Path) -> None:
    """Columns in another order, one of ours taken out, one of theirs put in, days as text."""
    fields = [one for one in templates.TEMPLATES["so-khai-sinh.xlsx"].fields if one.sample]
    headers = [one.header for one in reversed(fields)]
    sample = [
        f"{one.sample:%d/%m/%Y}" if isinstance(one.sample, date) else one.sample
        for one in reversed(fields)
    ]
    book = openpyxl.Workbook()
    real = [*sample]
    real[headers.index("Mã hồ sơ")] = "H11.20-240105-0007"
    for row in ([*headers, "Của tôi"], sample, [*real, "x"]):
        book.active.append(row)
    path = office / "mau-so/so-khai-sinh.xlsx"
    path.unlink()
    book.save(path)
    snapshot = read(office, path.name)
    assert [claim.own_code for claim in snapshot.claims] == ["H11.20-240105-0007"]
    assert [one.row for one in snapshot.rejected] == [2]


@pytest.mark.parametrize("name", REGISTERS)
def test_a_line_like_the_sample_is_read_whole(office: Path, name: str) -> None:
    snapshot = typed(office, name, {"Ghi chú": "sổ cũ"}, sample=False)
    assert snapshot.complete, snapshot.problem
    assert (snapshot.rejected, snapshot.rows) == ((), 1)
    assert [one for one in snapshot.unknown_columns if one != "STT"] == []
    (claim,) = snapshot.claims
    assert claim.register_type is REGISTERS[name]
    assert "Mẫu" in claim.subject
    assert (claim.book, claim.number, claim.page) == ("01/2024", "01", "01")
    assert claim.own_code.startswith("MAU-")
    assert claim.unit == "Xã Mẫu"


def test_each_book_says_what_it_is_kept_for(office: Path) -> None:
    (tracking,) = typed(office, "so-theo-doi.xlsx", {"Ghi chú": ""}).claims
    assert tracking.procedure is Procedure.BIRTH
    assert (tracking.received_on, tracking.returned_on) == (date(2024, 1, 2), date(2024, 1, 3))
    assert tracking.signed
    assert (tracking.birth_date, tracking.mother_birth_year) == ("2023-12-25", "1995")


def test_a_template_is_not_in_the_inbox(office: Path) -> None:
    settings = load(office / "doisoat.toml", {})
    for source in settings.sources:
        assert isinstance(source, FileSource)
        assert matching(str(settings.folder / source.path)) == []


def test_numbers_are_typed_as_text_and_days_as_days(office: Path) -> None:
    sheet = openpyxl.load_workbook(office / "mau-so/so-khai-sinh.xlsx").active
    kinds = {sheet.cell(3, place).value: sheet.cell(5, place).number_format for place in (1, 2, 4)}
    assert kinds == {"Số đăng ký": "@", "Quyển số": "@", "Ngày đăng ký": "dd/mm/yyyy"}


@pytest.mark.usefixtures("in_earnest")
def test_the_same_template_has_the_same_bytes(tmp_path: Path) -> None:
    for template in templates.TEMPLATES.values():
        templates.write(template, tmp_path / "a.xlsx")
        templates.write(template, tmp_path / "b.xlsx")
        assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
        (tmp_path / "a.xlsx").unlink()
        (tmp_path / "b.xlsx").unlink()


def test_a_register_that_was_begun_is_not_touched(office: Path) -> None:
    begun = office / "mau-so/so-khai-tu.xlsx"
    begun.write_bytes("của tôi".encode())
    assert scaffold.write(office) == []
    assert begun.read_bytes() == "của tôi".encode()
