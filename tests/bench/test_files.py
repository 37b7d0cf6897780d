"""Worlds on disk: legacy fonts, workbooks an office could have, flat files for the peers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from viparse.normalize.encodings import CHARMAPS
from viparse.normalize.tables import convert

from bench.families import HARSH as HARSH_FAMILIES
from bench.families import assemble as assemble_families
from bench.family_files import write as write_families
from bench.files import write_world
from bench.legacy import Font, encode
from bench.population import Size
from bench.tables import load_claims, load_pairs, save, save_pairs
from bench.worlds import HARD, Preset, World, assemble

LETTERS = "àảãáạ ằẳẵắặ ầẩẫấậ èẻẽéẹ ềểễếệ ìỉĩíị òỏõóọ ồổỗốộ ờởỡớợ ùủũúụ ừửữứự ỳỷỹýỵ ăâđêôơư ĂÂĐÊÔƠƯ"
NAMES = (
    LETTERS,
    "Nguyễn Văn An",
    "Đặng Minh Đức",
    "Huỳnh Thị Tuyết",
    "Vũ Mỹ Hương",
    "Lỗ Quỳnh Hoãn",
)


@pytest.fixture(scope="module")
def world() -> World:
    return assemble("coast", "hard", 3, Preset(150, 120, HARD.mistakes), Size(3, 200))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("font", [Font.TCVN3, Font.VNI])
def test_legacy_text_reads_back_with_another_library(name: str, font: Font) -> None:
    charmap = CHARMAPS["vni" if font is Font.VNI else "tcvn3"]
    if font is Font.VNI:  # two letters that the other library has no VNI form for
        name = name.replace("ẳ", "").replace("ỵ", "")
    assert convert(encode(name, font), charmap) == name


def test_a_workbook_row_stands_where_its_claim_says(world: World, tmp_path: Path) -> None:
    write_world(world, tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert len(truth) == len(world.rows)
    for claim in world.written[::7]:
        place = claim.places[0]
        sheet = load_workbook(tmp_path / place.file)[place.sheet]
        cells = [cell.value for cell in sheet[place.row]]
        assert claim.number in cells
        shown = encode(claim.subject, world.fonts[claim.key]) if claim.key in world.fonts else None
        assert (shown or claim.subject) in cells


def test_a_font_is_named_in_some_cells_and_kept_silent_in_others(
    world: World, tmp_path: Path
) -> None:
    write_world(world, tmp_path)
    named = set()
    for claim in world.written:
        if claim.key in world.fonts:
            place = claim.places[0]
            sheet = load_workbook(tmp_path / place.file)[place.sheet]
            named.add(sheet.cell(place.row, 1).font.name in set(Font))
    assert named == {True, False}


def test_flat_files_give_the_same_claims_back(world: World, tmp_path: Path) -> None:
    save(world, tmp_path)
    assert load_claims(tmp_path / "dossiers.jsonl") == world.dossiers
    assert load_claims(tmp_path / "rows.jsonl") == world.rows
    assert load_claims(tmp_path / "rows.clean.jsonl") == world.written


def test_pairs_come_back(tmp_path: Path) -> None:
    save_pairs(tmp_path / "pairs", [("row", "dossier", 12.34567)])
    assert [pair.bits for pair in load_pairs(tmp_path / "pairs")] == [12.3457]


@pytest.mark.parametrize("clean", [False, True])
def test_a_family_row_stands_in_its_workbook_as_it_was_typed(tmp_path: Path, clean: bool) -> None:
    families = assemble_families("harsh", replace(HARSH_FAMILIES, dossiers=200, units=3), 2)
    write_families(families, tmp_path, clean=clean)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert len(truth) == len(families.rows)
    typed = families.right_cells if clean else families.cells
    seen = 0
    for claim in families.rows[::9]:
        place = claim.places[0]
        sheet = load_workbook(tmp_path / place.file)[place.sheet]
        cells = [cell.value for cell in sheet[place.row]]
        assert typed[claim.key]["subject"] in cells
        if typed[claim.key]["birth_date"]:
            assert typed[claim.key]["birth_date"] in cells
            seen += 1
    assert seen
