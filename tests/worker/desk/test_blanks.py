"""Cells that could not be read: what a person types counts, is told, and is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reconcile.claims import Claim, Snapshot
from tests.worker.desk.test_intake import CLERK, NEIGHBOUR, OWN, handed_in, office, taken
from tests.worker.office import REGISTER, Office, dossiers, entries, write
from worker.desk import blanks, intake, uploads
from worker.desk.actor import Unseen
from worker.desk.blanks import FileBlanks
from worker.desk.refused import Refused
from worker.house import House

__all__ = ["office"]

pytestmark = pytest.mark.usefixtures("either_database")

SOURCE = "so-giay"
WRONG, RIGHT = "31/02/2024", "05/02/2024"
#: The row that cannot be read in full, as Excel counts.
ROW = 3


def rows(count: int = 6, day: str = WRONG) -> list[dict[str, Any]]:
    found = entries(dossiers(count))
    found[ROW - 2]["Ngày trả"] = day
    return found


def sheet(folder: Path, of: Sequence[dict[str, Any]]) -> Path:
    return write(folder / "so.xlsx", REGISTER, of)


def waiting(house: House, folder: Path) -> int:
    number = handed_in(house, CLERK, sheet(folder, rows()))
    uploads.look(house, CLERK, number)
    return number


def mark_of(house: House, number: int) -> str:
    found = uploads.seen(house, number)
    assert found is not None
    (cell,) = found.blanks
    assert (cell.row, cell.column, cell.written, cell.unit) == (ROW, "Ngày trả", WRONG, OWN)
    return cell.mark


def filed(house: House, folder: Path) -> str:
    """The name under which a file is read that was taken in with such a cell."""
    number = taken(house, CLERK, sheet(folder, rows()))
    return intake.taken(house, CLERK, number).path


def filled(house: House, file: str, typed: str = RIGHT) -> FileBlanks:
    found = blanks.of_file(house, CLERK, SOURCE, file)
    mark = found.cells[0].mark
    blanks.fill(house, CLERK, SOURCE, file, found.cells, {mark: typed})
    return blanks.of_file(house, CLERK, SOURCE, file)


def read_again(house: House, content: Path | None = None) -> Snapshot:
    """What the next run reads of the file; ``content`` lies there by then."""
    reader = intake.reader(house, intake.receiving(house, SOURCE))
    memory = house.store.readings.memory(SOURCE)
    (file,) = [one for one in memory.files if "nap-so" in one]
    if content is not None:
        path = reader.path_of(file)
        assert path is not None
        path.write_bytes(content.read_bytes())
    (found,) = (one for one in reader.fetch(memory) if one.file == file)
    return found


def third(claims: Sequence[Claim]) -> Claim:
    return next(one for one in claims if one.places[0].row == ROW)


def test_a_cell_is_filled_before_the_file_is_taken_in(office: Office, tmp_path: Path):
    house = office.house()
    number = waiting(house, tmp_path)
    uploads.fill(house, CLERK, number, {mark_of(house, number): RIGHT})
    found = uploads.look(house, CLERK, number)
    assert (found.blank_count, [one.typed for one in found.blanks]) == (0, [RIGHT])
    uploads.take(house, CLERK, number)
    assert third(house.store.readings.claims()).returned_on == date(2024, 2, 5)
    assert house.store.readings.rejected() == []


def test_the_unit_is_chosen_afterwards_and_the_cell_stays_filled(office: Office, tmp_path: Path):
    house = office.house()
    number = waiting(house, tmp_path)
    uploads.fill(house, CLERK, number, {mark_of(house, number): RIGHT})
    house.store.intakes.note(number, unit="")
    uploads.choose_unit(house, CLERK, number, OWN)
    assert uploads.look(house, CLERK, number).blank_count == 0


def test_a_file_that_was_taken_in_is_read_again_with_it(office: Office, tmp_path: Path):
    house = office.house()
    file = filed(house, tmp_path)
    assert third(house.store.readings.claims()).returned_on is None
    assert read_again(house).unchanged
    found = filled(house, file)
    assert [one.typed for one in found.filled.values()] == [RIGHT]
    again = read_again(house)
    assert not again.unchanged
    claim = third(again.claims)
    assert (claim.returned_on, claim.unread) == (date(2024, 2, 5), ())
    (told,) = blanks.told_of(house, claim)
    assert told.startswith("Ngày trả kết quả do người gõ tay")
    assert "can-bo ngày" in told
    assert RIGHT not in told


def test_another_row_above_changes_nothing(office: Office, tmp_path: Path):
    house = office.house()
    file = filed(house, tmp_path)
    filled(house, file)
    more = rows()
    more.insert(0, entries(dossiers(20))[-1])
    claims = read_again(house, sheet(tmp_path, more)).claims
    typed = [one for one in claims if one.typed]
    assert [(one.places[0].row, one.returned_on) for one in typed] == [(ROW + 1, date(2024, 2, 5))]


@pytest.mark.parametrize(("day", "read"), [("07/02/2024", date(2024, 2, 7)), ("30/02/2024", None)])
def test_what_the_file_says_later_counts(
    office: Office, tmp_path: Path, day: str, read: date | None
):
    house = office.house()
    file = filed(house, tmp_path)
    filled(house, file)
    claims = read_again(house, sheet(tmp_path, rows(day=day))).claims
    assert third(claims).returned_on == read
    assert not any(one.typed for one in claims)
    found = blanks.of_file(house, CLERK, SOURCE, file)
    assert found.filled == {}
    assert [(one.written, one.typed) for one in found.superseded] == [(WRONG, RIGHT)]


def test_it_is_taken_back_and_typed_anew(office: Office, tmp_path: Path):
    house = office.house()
    file = filed(house, tmp_path)
    before = read_again(house).fingerprint
    found = filled(house, file)
    (one,) = found.filled.values()
    blanks.take_back(house, CLERK, [one.id])
    assert read_again(house).fingerprint == before
    with pytest.raises(Refused, match="đã được rút lại"):
        blanks.take_back(house, CLERK, [one.id])
    again = filled(house, file, "06/02/2024")
    again = filled(house, file, "08/02/2024")
    assert [one.typed for one in again.filled.values()] == ["08/02/2024"]
    lines = blanks.typed_in(house, CLERK)
    assert [(line.typed, bool(line.withdrawn_by)) for line in lines] == [
        ("08/02/2024", False),
        ("06/02/2024", True),
        (RIGHT, True),
    ]


@pytest.mark.parametrize("typed", [WRONG, "chưa rõ", "-", "1" * 70])
def test_what_is_no_value_is_refused_where_it_was_typed(office: Office, tmp_path: Path, typed: str):
    house = office.house()
    file = filed(house, tmp_path)
    with pytest.raises(Refused, match=f"dòng {ROW}, cột “Ngày trả”"):
        filled(house, file, typed)
    assert house.store.typed_cells.all() == []


def test_another_unit_neither_sees_nor_fills_nor_takes_back(office: Office, tmp_path: Path):
    house = office.house()
    file = filed(house, tmp_path)
    found = filled(house, file)
    with pytest.raises(Unseen):
        blanks.of_file(house, NEIGHBOUR, SOURCE, file)
    (mark,) = found.filled
    with pytest.raises(Unseen):
        blanks.fill(house, NEIGHBOUR, SOURCE, file, found.cells, {mark: RIGHT})
    with pytest.raises(Unseen):
        blanks.take_back(house, NEIGHBOUR, [found.filled[mark].id])
    with pytest.raises(Unseen):
        blanks.fill(house, CLERK, SOURCE, file, found.cells, {"returned_on.khac": RIGHT})


def test_rows_that_are_all_alike_are_filled_one_by_one(office: Office, tmp_path: Path):
    house = office.house()
    twice = rows()
    twice.insert(ROW - 2, twice[ROW - 2])
    number = taken(house, CLERK, sheet(tmp_path, twice))
    file = intake.taken(house, CLERK, number).path
    found = filled(house, file)
    assert [bool(one.typed) for one in found.cells] == [False, True]


def test_a_change_by_hand_is_noticed(office: Office, tmp_path: Path):
    house = office.house()
    filled(house, filed(house, tmp_path))
    assert house.store.upkeep.verify() == []
    house.store.database.write(
        lambda connection: connection.execute(text("UPDATE addition SET typed = '01/01/2024'"))
    )
    assert any("Ô bổ sung số" in one for one in house.store.upkeep.verify())


def test_the_audit_tells_where_and_not_what(office: Office, tmp_path: Path):
    house = office.house()
    filled(house, filed(house, tmp_path))
    query = text("SELECT actor, reason FROM audit WHERE act = 'addition.typed'")
    (act,) = house.store.database.read(lambda connection: list(connection.execute(query)))
    assert act == ("can-bo", f"Trang1, dòng {ROW}, cột Ngày trả")
