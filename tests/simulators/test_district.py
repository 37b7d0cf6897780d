"""The invented district is what its truth says it is."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from python_calamine import CalamineWorkbook

from config import office_tables, settings
from reconcile.claims import PENDING, Status
from reconcile.text import codes, vietnamese
from tests.simulators import clerk
from tests.simulators.district import Truth, build
from tests.simulators.dossiers import AS_OF, COMMUNES, Dossier, Story
from tests.simulators.world import invent

SMALL = 500


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return build(tmp_path_factory.mktemp("district"), seed=7, size=SMALL)


@pytest.fixture(scope="module")
def quarter() -> tuple[Dossier, ...]:
    """A quarter in its usual size, not written to disk."""
    return invent(Random(2024), 4000)


def _cells(district: Truth, file: str, sheet: str) -> list[list[object]]:
    book = CalamineWorkbook.from_path(str(district.folder / file))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_the_same_seed_writes_the_same_files(district: Truth, tmp_path: Path) -> None:
    again = build(tmp_path, seed=7, size=SMALL)
    assert again.dossiers == district.dossiers
    assert again.rows == district.rows
    for path in sorted(tmp_path.rglob("*")):
        if path.is_file():
            twin = district.folder / path.relative_to(tmp_path)
            assert path.read_bytes() == twin.read_bytes(), path.name


def test_another_seed_is_another_district() -> None:
    assert invent(Random(1), 50) != invent(Random(2), 50)


def test_the_office_is_ready_to_run(district: Truth) -> None:
    loaded = settings.load(district.config, {})
    units = office_tables.load(loaded).units
    assert [source.name for source in loaded.sources] == ["motcua", "cong", "so-giay", "ho-tich"]
    assert units.resolve("UBND xã Sông Trà", AS_OF) == "90102"
    assert units.find_in("UBND XÃ TÂN HÒA", AS_OF) == "90103"
    assert len(units.children("901")) == len(COMMUNES) + 1
    declared = {one.unit for source in loaded.sources for one in source.declared}
    assert district.cut_unit not in declared


def test_every_story_is_told(quarter: tuple[Dossier, ...]) -> None:
    told = Counter(one.story for one in quarter)
    assert {story for story in Story if not told[story]} == set()
    assert told[Story.STUCK] > 100


def test_every_dossier_stands_once_in_the_one_stops_list(district: Truth) -> None:
    cells = _cells(district, "inbox/motcua/ho-so-quy-1-2024.xlsx", "Danh sách hồ sơ")
    listed = [row[1] for row in cells if str(row[1]).startswith("H99.")]
    assert sorted(listed) == sorted(one.code for one in district.dossiers if one.in_one_stop)
    assert len(set(listed)) == len(listed)


def test_every_row_stands_where_the_truth_says(district: Truth) -> None:
    by_code = {one.code or one.national_code: one for one in district.dossiers}
    sheets: dict[tuple[str, str], list[list[object]]] = {}
    for row in district.readable_rows():
        place = (row.file, row.sheet)
        if place not in sheets:
            sheets[place] = _cells(district, *place)
        cells = sheets[place][row.row - 1]
        if row.sheet == "Sổ theo dõi" and row.dossier:
            assert cells[0] == by_code[row.dossier].tracking_number
        elif row.dossier:
            assert cells[0] == by_code[row.dossier].register_number


def test_a_code_by_hand_is_still_the_code(district: Truth) -> None:
    by_place = {(row.file, row.sheet, row.row): row for row in district.readable_rows()}
    plain = 0
    for (file, sheet, number), row in by_place.items():
        if row.code_was == "plain":
            typed = _cells(district, file, sheet)[number - 1][1] if plain < 20 else row.dossier
            assert codes.normal(str(typed)) == codes.normal(row.dossier)
            plain += 1
    assert plain > 50
    assert {row.code_was for row in district.rows} == {"plain", "repairable", "lost", "none"}


def test_one_communes_file_is_cut_off(district: Truth) -> None:
    path = district.folder / district.cut_file
    assert path.stat().st_size > 1000
    assert not zipfile.is_zipfile(path)
    cut = path.read_bytes()
    district.repair()
    assert zipfile.is_zipfile(path)
    path.write_bytes(cut)
    assert {row.unit for row in district.rows if row.file == district.cut_file} == {
        district.cut_unit
    }


def test_what_is_truly_overdue_has_no_proof_anywhere(quarter: tuple[Dossier, ...]) -> None:
    for one in quarter:
        if one.story is Story.OVERDUE:
            assert one.ended_on is None
            assert one.due_on < AS_OF
            assert one.status is Status.PROCESSING


@pytest.mark.parametrize("story", [Story.STUCK, Story.STUCK_LATE, Story.WAITING, Story.FRESH])
def test_what_is_stuck_was_handed_over_and_is_pending(
    quarter: tuple[Dossier, ...], story: Story
) -> None:
    told = [one for one in quarter if one.story is story]
    assert told
    for one in told:
        assert one.status in PENDING
        assert one.returned_on is not None
        assert one.registered_on is not None
        assert one.received_on <= one.registered_on <= one.returned_on <= AS_OF
        assert (one.registered_on > one.due_on) == (story is Story.STUCK_LATE)


def test_what_is_late_behind_a_good_date_hurts(quarter: tuple[Dossier, ...]) -> None:
    for one in quarter:
        if one.story is Story.HIDDEN_LATE:
            assert one.finished_on is not None
            assert one.registered_on is not None
            assert one.finished_on <= one.due_on < one.registered_on


def test_there_are_twins_and_namesakes(quarter: tuple[Dossier, ...]) -> None:
    births, names = Counter(), Counter()
    for one in quarter:
        if one.subject is not None and one.story is not Story.DUPLICATE:
            names[one.unit, one.subject.name] += 1
            if one.mother is not None:
                births[one.mother, one.subject.born] += 1
    assert sum(count == 2 for count in births.values()) > 5
    assert sum(count >= 2 for count in names.values()) > 20


def test_nobody_has_a_real_id(quarter: tuple[Dossier, ...]) -> None:
    for one in quarter:
        people = (one.applicant, one.subject, one.mother, one.father)
        assert all(who.id.startswith("099") for who in people if who is not None and who.id)


@pytest.mark.parametrize("name", ["Nguyễn Văn Hòa", "Đặng Thị Mỹ Ngọc", "Trương Ngọc Huỳnh Uyên"])
def test_the_legacy_font_is_read_back(name: str) -> None:
    assert vietnamese.to_unicode(clerk.to_tcvn3(name), clerk.VN_TIME) == name
