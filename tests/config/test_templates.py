"""The register templates of ``init``: our own reader takes them as they are."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from config import scaffold, tables, templates
from config.settings import load
from config.sources import FileSource
from connectors import Memory, open_connectors
from connectors.finding import matching
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
    connectors = open_connectors(settings, tables.load(settings))
    register = next(one for one in connectors if one.source.kind == "register")
    (snapshot,) = register.fetch(Memory())
    return snapshot


@pytest.mark.parametrize("name", REGISTERS)
def test_the_sample_row_is_read_whole_and_nothing_is_rejected(office: Path, name: str) -> None:
    snapshot = read(office, name)
    assert snapshot.complete, snapshot.problem
    assert (snapshot.rejected, snapshot.rows) == ((), 1)
    assert [one for one in snapshot.unknown_columns if one != "STT"] == []
    (claim,) = snapshot.claims
    assert claim.register_type is REGISTERS[name]
    assert "Mẫu" in claim.subject
    assert (claim.book, claim.number, claim.page) == ("01/2024", "01", "01")
    assert claim.own_code.startswith("MAU-")
    assert claim.note == templates.SAMPLE_NOTE
    assert claim.unit == "Xã Mẫu"


def test_each_book_says_what_it_is_kept_for(office: Path) -> None:
    (tracking,) = read(office, "so-theo-doi.xlsx").claims
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
