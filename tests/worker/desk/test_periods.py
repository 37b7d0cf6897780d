"""A period is looked at, proposed by one person and kept by another, exactly as it was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worker.counting import approved, carried_out, counted
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.desk import period_page, periods
from worker.desk.actor import Actor, OfficeRole, at_the_shell
from worker.desk.refused import Refused
from worker.house import House
from worker.run import leases
from worker.service import period_counts
from worker.store.periods import MOST_ATTEMPTS

pytestmark = pytest.mark.usefixtures("either_database")

PERIOD = "2024-01"
AN, BINH = Actor("An", OfficeRole.APPROVER), Actor("Bình", OfficeRole.APPROVER)


@pytest.fixture
def office(made_once) -> Office:
    """Sixteen births of January, eight of them handed over on paper."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        known = dossiers(16)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, known)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known[:8]))
        office.run("--period", PERIOD)

    return made_once(reconciled)


def proposed(house: House) -> None:
    counted(house, AN, PERIOD)
    periods.propose(house, AN, PERIOD, "Báo cáo số 45")


def refused(text: str) -> object:
    return pytest.raises(Refused, match=text)


def test_what_one_person_proposed_another_one_keeps(office: Office) -> None:
    house = office.house()
    proposed(house)
    seen = period_page.figures(house, AN, PERIOD).reconciled
    approved(house, BINH, PERIOD)
    (version,) = house.store.periods.all()
    assert (version.number, version.by) == (0, "An; duyệt: Bình")
    assert period_page.figures(house, AN, PERIOD).reconciled == seen
    assert house.store.periods.drafts() == []
    assert house.store.upkeep.verify() == []


def test_nobody_approves_alone_or_nothing(office: Office) -> None:
    house = office.house()
    with refused("không có đề nghị"):  # type: ignore[attr-defined]
        periods.approve(house, BINH, PERIOD)
    with refused("Chưa xem số liệu"):  # type: ignore[attr-defined]
        periods.propose(house, AN, PERIOD, "Báo cáo")
    proposed(house)
    with refused("không tự duyệt"):  # type: ignore[attr-defined]
        periods.approve(house, AN, PERIOD)


def test_figures_that_changed_meanwhile_are_not_kept(office: Office) -> None:
    proposed(office.house())
    write(office.folder / "inbox/so-giay/b.xlsx", REGISTER, entries(dossiers(16)[8:12]))
    office.run("--period", PERIOD)
    house = office.house()
    approved(house, BINH, PERIOD)
    now = periods.count_now(house, AN, PERIOD)
    assert now
    assert "số liệu vừa thay đổi" in now.asked.problem
    assert house.store.periods.all() == []
    counted(house, AN, PERIOD)
    assert periods.count_now(house, AN, PERIOD) is None


def test_who_asks_for_the_same_waits_for_one_counting(office: Office) -> None:
    house = office.house()
    assert not periods.ask_to_count(house, AN, PERIOD), "no service is there"
    periods.ask_to_count(house, BINH, PERIOD)
    assert [one.by for one in house.store.periods.counts_due()] == [AN.who]
    now = periods.count_now(house, BINH, PERIOD)
    assert now
    assert (now.goes_on, now.served, now.is_over) == (False, False, False)
    carried_out(house)
    assert periods.count_now(house, BINH, PERIOD) is None
    (draft,) = house.store.periods.drafts()
    assert draft.by == "", "a counting proposes nothing"
    days = (draft.starts, draft.ends)
    assert not period_counts.carry_out(house, *days), "a hint that comes twice finds nothing"


def test_what_is_being_kept_is_not_touched_meanwhile(office: Office) -> None:
    house = office.house()
    proposed(house)
    periods.approve(house, BINH, PERIOD)
    for act in (
        lambda: periods.ask_to_count(house, AN, PERIOD),
        lambda: periods.propose(house, AN, PERIOD, "Báo cáo khác"),
        lambda: periods.turn_down(house, BINH, PERIOD, "còn thiếu"),
    ):
        with refused("đang được tính hoặc đang được chốt"):  # type: ignore[attr-defined]
            act()
    (asked,) = house.store.periods.counts_due()
    with leases.held(house.store, "", house.clock):
        assert not period_counts.carry_out(house, asked.starts, asked.ends)
        now = periods.count_now(house, AN, PERIOD)
        assert now
        assert now.waits_for_run
    with leases.held(house.store, "", house.clock, name=asked.lease):
        assert house.store.periods.counts_due() == []
        assert not period_counts.carry_out(house, asked.starts, asked.ends)
    assert house.store.periods.all() == []
    carried_out(house)
    assert [one.reason for one in house.store.periods.all()] == ["Báo cáo số 45"]


def test_a_counting_whose_worker_always_dies_is_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_args: object, **_more: object) -> None:
        raise MemoryError

    house = office.house()
    periods.ask_to_count(house, AN, PERIOD)
    with monkeypatch.context() as patched:
        patched.setattr("worker.run.periods.look", dies)
        for _ in range(MOST_ATTEMPTS + 1):
            carried_out(house)
    now = periods.count_now(house, AN, PERIOD)
    assert now
    assert now.is_over
    assert "Đã thử 5 lần" in now.asked.problem
    counted(house, AN, PERIOD)
    assert len(house.store.periods.drafts()) == 1


def test_a_correction_lists_each_dossier_first(office: Office) -> None:
    house = office.house()
    proposed(house)
    approved(house, BINH, PERIOD)
    write(office.folder / "inbox/so-giay/b.xlsx", REGISTER, entries(dossiers(16)[8:12]))
    office.run("--period", PERIOD)
    house = office.house()
    counted(house, AN, PERIOD)
    page = period_page.figures(house, AN, PERIOD)
    assert (page.number, len(page.changed)) == (1, 4)
    periods.propose(house, AN, PERIOD, "sổ nhập thêm")
    approved(house, BINH, PERIOD)
    assert [one.number for one in house.store.periods.all()] == [0, 1]


def test_a_version_kept_at_the_command_line_overtakes_the_draft(office: Office) -> None:
    house = office.house()
    proposed(house)
    seen = periods.counted(house, at_the_shell("root"), PERIOD)
    periods.keep(house, at_the_shell("root"), PERIOD, "Báo cáo", seen=seen)
    page = period_page.figures(house, AN, PERIOD)
    assert (page.shown, page.proposed_by, page.looked_at) == ("bản chốt", "", None)


def test_a_cell_is_its_list_for_every_cell_and_side(office: Office) -> None:
    house = office.house()
    proposed(house)
    page = period_page.figures(house, AN, PERIOD)
    assert page.recounted
    assert page.reconciled
    for side, row in (("before", page.recounted), ("after", page.reconciled)):
        for cell, count in zip(period_page.CELLS, row.cells, strict=True):
            listed = period_page.dossiers(house, AN, PERIOD, cell=cell, side=side)
            assert (len(listed.lines), listed.total) == (count, count), (side, cell)
    for cell, (more, less) in page.gains.items():
        sides = (("in", more), ("out", less))
        for side, count in sides:
            assert period_page.dossiers(house, AN, PERIOD, cell=cell, side=side).total == count
    last = page.bridge[-1]
    moved = period_page.dossiers(
        house, AN, PERIOD, cell="received", came_from=last.before, goes_to=last.after
    )
    assert moved.total == last.dossiers
