"""The line at the head of every page: how far the data reach, and nothing of another unit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.simulators import district
from tests.simulators.dossiers import COMMUNES
from tests.worker.office import Office
from worker.desk import standing_data
from worker.desk.actor import Actor, OfficeRole, at_the_shell


def test_a_file_that_could_not_be_read_is_told_to_its_unit_and_to_the_office_alone(tmp_path: Path):
    truth = district.build(tmp_path / "huyen", size=120)  # one commune's file is cut off
    office = Office(truth.folder)
    assert office.command("run", "--period", "2024-Q1").exit_code == 3
    house = office.house()

    def told(units: frozenset[str] | None) -> tuple[str, ...]:
        return standing_data.reach(house, Actor("x", OfficeRole.OFFICER, units)).unread

    cut = truth.cut_unit
    others = [code for code, _ in COMMUNES if code != cut]
    assert any("Sổ giấy" in line for line in told(None))
    assert [told(frozenset({code})) for code in others] == [()] * len(others)
    # Of the commune itself nothing was ever read, so no file is known to be its own.
    own = standing_data.reach(house, Actor("x", OfficeRole.OFFICER, frozenset({cut})))
    paper = next(one for one in own.sources if one.title == "Sổ giấy")
    assert paper.until is None
    assert paper.unread

    whole = standing_data.reach(house, at_the_shell("x"))
    one_stop = whole.sources[0]
    assert (one_stop.title, one_stop.until) == ("Phần mềm một cửa", date(2024, 3, 31))
    assert whole.read_at is not None
    assert whole.read_at.utcoffset() == house.clock.local().utcoffset()


def test_nothing_was_read_yet(tmp_path: Path):
    truth = district.build(tmp_path / "huyen", size=20)
    house = Office(truth.folder).house()
    found = standing_data.reach(house, at_the_shell("x"))
    assert found.read_at is None
    assert {one.until for one in found.sources} == {None}
