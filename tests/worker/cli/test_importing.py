"""``doisoat import``: a register is looked at before it is taken in, and taken in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker.office import REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return make(tmp_path / "office")


def stored(office: Office) -> list[dict[str, object]]:
    found = json.loads(office.command("status", "--json").stdout)
    return [source for source in found["sources"] if source["read"]]


def test_a_look_says_how_each_column_is_understood_and_writes_nothing(
    office: Office, tmp_path: Path
) -> None:
    rows = entries(dossiers(3), **{"Màu bìa": "xanh"})
    rows[1]["Ngày trả"] = "31/02/2024"
    sheet = write(tmp_path / "so [1].xlsx", (*REGISTER, "Màu bìa"), rows)
    result = office.command("import", str(sheet), "--dry-run")
    assert result.exit_code == 0, result.output
    for said in ("ngày trả kết quả", "CHƯA HIỂU", "tiêu đề ở dòng 1", "3 mới", "chưa ghi gì cả"):
        assert said in result.output
    assert "ô ở cột «Ngày trả» để trống: ngày không có thật" in result.output
    assert "31/02/2024" not in result.output  # a cell's value is nobody's business here
    assert stored(office) == []


def test_a_look_tells_what_is_new_and_what_is_known(office: Office, tmp_path: Path) -> None:
    office.command("import", str(write(tmp_path / "so.xlsx", REGISTER, entries(dossiers(5)))))
    sheet = write(tmp_path / "so.xlsx", REGISTER, entries(dossiers(7)))
    (told,) = json.loads(office.command("import", str(sheet), "--dry-run", "--json").stdout)
    assert (told["read"], told["new"], told["same"], told["gone"]) == (7, 2, 5, 0)
    assert told["tables"][0]["columns"][1]["field"] == "own_code"
    assert stored(office)[0]["read"] == 5


def test_a_file_that_cannot_be_taken_is_named_and_the_others_are_taken(
    office: Office, tmp_path: Path
) -> None:
    good = write(tmp_path / "so.xlsx", REGISTER, entries(dossiers(3)))
    bad = tmp_path / "hong.xlsx"
    bad.write_bytes(b"PK\x03\x04")
    for words in (("--dry-run",), ()):
        result = office.command("import", str(good), str(bad), *words)
        assert result.exit_code == 3, result.output
        assert "hong.xlsx" in result.output
        assert "bị cắt giữa chừng" in result.output
    assert stored(office)[0]["read"] == 3
