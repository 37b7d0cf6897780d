"""The watched inbox: each file once, never a half one, nothing lost, and a note beside it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.worker.office import CONFIG, REGISTER, Office, dossiers, entries, make, write
from worker.clock import StoppedClock
from worker.house import House
from worker.intake import inbox, quarantine
from worker.intake.inbox import Handled

pytestmark = pytest.mark.usefixtures("either_database")

START = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
WATCHED = CONFIG + 'inbox = "hop-nhan"\n'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = make(tmp_path / "office", WATCHED)
    (made.folder / "hop-nhan").mkdir()
    return made


@pytest.fixture
def house(office: Office) -> Iterator[House]:
    opened = office.house()
    yield replace(opened, clock=StoppedClock(at=START))
    opened.store.close()


def drop(house: House, name: str, rows: int = 3, first: int = 0) -> Path:
    chosen = dossiers(20)[first : first + rows]
    return write(house.settings.folder / "hop-nhan" / name, REGISTER, entries(chosen))


def look(house: House, times: int = 3, apart: int = 10, begin: int = 0) -> list[Handled]:
    """Look again and again, some seconds apart."""
    found: list[Handled] = []
    for turn in range(times):
        at = START + timedelta(seconds=begin + turn * apart)
        found += inbox.watch(replace(house, clock=StoppedClock(at=at)))
    return found


def known(house: House) -> list[str]:
    return sorted(claim.own_code for claim in house.store.readings.claims())


def box(house: House) -> list[str]:
    """Files that still wait."""
    return [path.name for path, _ in inbox.waiting(house.settings.folder / "hop-nhan")]


def test_a_file_is_taken_once_it_stayed_the_same_for_two_looks(house: House) -> None:
    drop(house, "so.xlsx")
    assert look(house, 2) == []
    (one,) = look(house, 1, begin=20)
    assert (one.outcome, one.name, len(known(house))) == ("done", "so.xlsx", 3)
    assert one.place.parent.parent.name == "2024-04-01"
    assert box(house) == []
    note = one.place.with_name("so.xlsx" + inbox.NOTE).read_text("utf-8-sig")
    assert "Kết quả: ĐÃ NẠP" in note
    assert "Số dòng: 3 (3 mới" in note
    assert look(house, 5, begin=30) == []


def test_looks_too_near_to_each_other_do_not_count(house: House) -> None:
    drop(house, "so.xlsx")
    assert look(house, times=10, apart=1) == []
    assert box(house) == ["so.xlsx"]


def test_a_file_that_grows_is_waited_for(house: House) -> None:
    path = drop(house, "so.xlsx")
    whole = path.read_bytes()
    for at, size in enumerate((1000, 2000, 3000)):
        path.write_bytes(whole[:size])
        assert look(house, 2, begin=at * 20) == []
    path.write_bytes(whole)
    assert [one.outcome for one in look(house, 3, begin=100)] == ["done"]
    assert len(known(house)) == 3


def test_a_clock_that_went_back_does_not_hasten_anything(house: House) -> None:
    drop(house, "so.xlsx")
    look(house, 2)
    assert look(house, 1, begin=-7200) == []
    assert look(house, 1, begin=-7190) == []


@pytest.mark.parametrize(
    "name", ["~$so.xlsx", ".so.xlsx", "so.xlsx.part", "so.xlsx.TMP", "so.crdownload", "Thumbs.db"]
)
def test_what_is_nobodys_file_is_left(house: House, name: str) -> None:
    (house.settings.folder / "hop-nhan" / name).write_bytes(b"x")
    assert look(house, 4) == []
    assert (house.settings.folder / "hop-nhan" / name).exists()


def test_links_pipes_and_folders_are_left(house: House, tmp_path: Path) -> None:
    folder = house.settings.folder / "hop-nhan"
    secret = write(tmp_path / "secret.xlsx", REGISTER, entries(dossiers(2)))
    (folder / "link.xlsx").symlink_to(secret)
    os.mkfifo(folder / "pipe.xlsx")
    (folder / "more.xlsx").mkdir()
    assert look(house, 4) == []
    assert secret.exists()
    assert known(house) == []


def test_a_workbook_left_open_waits_until_it_is_closed(house: House) -> None:
    path = drop(house, "so.xlsx")
    lock = path.with_name("~$so.xlsx")
    lock.write_bytes(b"x")
    (one,) = look(house, 3)
    assert (one.outcome, one.place) == ("left", path)
    assert "đang mở" in one.said
    lock.unlink()
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert [one.outcome for one in look(house, 1, begin=30)] == ["left"]
    assert [one.outcome for one in look(house, 1, begin=40)] == ["done"]


def test_the_same_content_is_taken_once_whatever_its_name(house: House) -> None:
    path = drop(house, "so.xlsx")
    shutil.copy(path, path.with_name("ban sao.xlsx"))
    outcomes = {one.name: one.outcome for one in look(house, 3)}
    assert sorted(outcomes.values()) == ["done", "duplicate"]
    assert len(known(house)) == 3
    (again,) = (house.settings.folder / "hop-nhan").glob("duplicate/*/*/*.txt")
    assert "giống hệt tệp" in again.read_text("utf-8-sig")


def test_a_newer_version_replaces_the_older_one(house: House) -> None:
    drop(house, "so.xlsx", rows=6)
    look(house, 3)
    drop(house, "so.xlsx", rows=5, first=1)
    (one,) = look(house, 3, begin=60)
    assert one.intake is not None
    assert (one.intake.gone, one.intake.same) == (1, 5)
    assert len(known(house)) == 5


def test_names_of_two_systems_are_one_file(house: House) -> None:
    for form, rows in (("NFD", 6), ("NFC", 5)):
        drop(house, unicodedata.normalize(form, "sổ hộ tịch.xlsx"), rows=rows)
        look(house, 3, begin=rows * 100)
    assert len(known(house)) == 5
    assert [facts.path for facts in house.store.readings.coverage_facts("so-giay").files] == [
        "hop-nhan/sổ hộ tịch.xlsx"
    ]


def test_a_broken_file_is_kept_with_its_reason_and_changes_nothing(house: House) -> None:
    drop(house, "so.xlsx", rows=6)
    look(house, 3)
    (house.settings.folder / "hop-nhan/so.xlsx").write_bytes(b"PK\x03\x04")
    (one,) = look(house, 3, begin=60)
    assert one.outcome == "quarantine"
    assert one.place.read_bytes() == b"PK\x03\x04"
    note = one.place.with_name("so.xlsx" + inbox.NOTE).read_text("utf-8-sig")
    assert "Lý do: Tệp bị cắt giữa chừng" in note
    assert "Việc cần làm:" in note
    assert len(known(house)) == 6
    assert house.store.readings.coverage_facts("so-giay").answered


def test_half_of_the_rows_is_not_believed(house: House) -> None:
    drop(house, "so.xlsx", rows=10)
    look(house, 3)
    drop(house, "so.xlsx", rows=2)
    (one,) = look(house, 3, begin=60)
    assert one.outcome == "quarantine"
    assert "lần trước có 10 dòng" in one.said
    assert len(known(house)) == 10


def test_a_note_names_rows_and_columns_and_no_value(house: House) -> None:
    rows = entries(dossiers(3))
    rows[1]["Ngày trả"] = "31/02/2024"
    write(house.settings.folder / "hop-nhan/so.xlsx", REGISTER, rows)
    (one,) = look(house, 3)
    note = one.place.with_name("so.xlsx" + inbox.NOTE).read_text("utf-8-sig")
    assert "1 ô ở cột «Ngày trả» để trống: ngày không có thật (trang tính «Trang1», dòng 3)" in note
    assert "31/02/2024" not in note
    assert all(str(row["Người được khai sinh"]) not in note for row in rows)


@pytest.mark.parametrize("crash", ["moved", "taken", "noted", "empty"])
def test_what_a_crash_left_in_the_middle_is_found_at_the_next_look(
    house: House, crash: str
) -> None:
    """Killed after the move; after the rows were kept; after the note; before the move."""
    path = drop(house, "so.xlsx")
    folder = path.parent / "processing/20240401-080000-abc"
    folder.mkdir(parents=True)
    if crash != "empty":
        path.rename(folder / path.name)
    if crash in ("taken", "noted"):
        (connector,) = [one for one in house.connectors if one.source.name == "so-giay"]
        snapshot = connector.read_as(folder / path.name, "hop-nhan/so.xlsx", {})
        house.store.claims.take_in(snapshot, at=START, on=START.date())
    if crash == "noted":
        (folder / ("so.xlsx" + inbox.NOTE)).write_text("dở dang")
    handled = look(house, 3)
    assert [one.outcome for one in handled] == ["done"]
    assert len(known(house)) == 3
    assert list((path.parent / "processing").iterdir()) == []
    assert len(list((path.parent / "done").glob("*/*/so.xlsx"))) == 1


def test_a_poll_goes_on_hearing_what_came_through_the_inbox(office: Office, house: House) -> None:
    write(office.folder / "inbox/motcua/m.xlsx", ("Mã hồ sơ", "Trạng thái", "Ngày tiếp nhận"),
          dossiers(5))  # fmt: skip
    drop(house, "so.xlsx", rows=4)
    look(house, 3)
    run = office.run().run  # nothing lies in inbox/so-giay
    told = run["sources"]["so-giay"]
    assert (told["complete"], told["read"], told["new"]) == (True, 4, 0)
    assert len(office.run().findings) >= 4


def test_while_a_run_works_files_wait(house: House) -> None:
    from worker.run import leases

    drop(house, "so.xlsx")
    look(house, 2)
    with leases.held(house.store, "", house.clock), pytest.raises(leases.Busy):
        look(house, 1, begin=20)
    assert box(house) == ["so.xlsx"]
    assert [one.outcome for one in look(house, 1, begin=40)] == ["done"]


def test_the_command_empties_the_inbox(office: Office, house: House) -> None:
    assert "không có tệp nào" in office.command("import", "--inbox").output
    drop(house, "so.xlsx")
    inbox.watch(replace(house, clock=StoppedClock(at=START)))
    inbox.watch(replace(house, clock=StoppedClock(at=START + timedelta(seconds=10))))
    result = office.command("import", "--inbox", "--json")
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout)
    assert (one["outcome"], one["intake"]["new"]) == ("done", 3)


def test_without_an_inbox_the_command_says_what_to_set(tmp_path: Path) -> None:
    plain = make(tmp_path / "plain", CONFIG)
    result = plain.command("import", "--inbox")
    assert result.exit_code == 2
    assert "inbox" in result.output
    assert plain.command("import").exit_code == 2


def test_two_sources_never_share_an_inbox(tmp_path: Path) -> None:
    shared = CONFIG.replace('kind = "export"', 'kind = "export"\ninbox = "hop-nhan"')
    made = make(tmp_path / "shared", shared + 'inbox = "hop-nhan"\n')
    assert "inbox trùng với nguồn «motcua»" in made.command("check", "--offline").output


# What waits in quarantine


def waiting(house: House) -> list[tuple[str, str]]:
    return [(one.name, one.reason) for one in quarantine.waiting(house.settings, house.store)]


def spoil(house: House, name: str) -> None:
    (house.settings.folder / "hop-nhan" / name).write_bytes(b"PK\x03\x04")


def test_check_and_status_tell_of_a_file_in_quarantine(office: Office, house: House) -> None:
    spoil(house, "so.xlsx")
    look(house, 3)
    [(name, reason)] = waiting(house)
    assert (name, reason.startswith("Tệp bị cắt giữa chừng")) == ("so.xlsx", True)
    shown = " ".join(office.command("status").stdout.split())
    assert "Hộp nhận: 1 tệp chưa nạp được" in shown
    assert f"«so.xlsx» (nguồn so-giay, 08:00 ngày 01/04/2024): {reason}" in shown
    assert "bỏ lại vào hộp nhận" in shown
    found = json.loads(office.command("check", "--offline", "--json").stdout)
    (line,) = [one for one in found if one["what"] == "Hộp nhận"]
    assert (line["well"], "«so.xlsx»" in line["said"]) == (False, True)
    assert line["to_do"].startswith("Sửa tệp")
    sources = json.loads(office.command("status", "--json").stdout)["sources"]
    told = {one["name"]: [each["file"] for each in one["quarantined"]] for one in sources}
    assert told == {"motcua": [], "so-giay": ["so.xlsx"]}


def test_a_mended_file_waits_no_longer_and_neither_does_a_removed_one(house: House) -> None:
    for name in ("mot.xlsx", "hai.xlsx"):
        spoil(house, name)
    look(house, 3)
    assert len(waiting(house)) == 2
    drop(house, "mot.xlsx")
    look(house, 3, begin=60)
    assert [name for name, _ in waiting(house)] == ["hai.xlsx"]
    (left,) = quarantine.waiting(house.settings, house.store)
    shutil.rmtree((house.settings.folder / left.place).parent)
    assert waiting(house) == []


def test_the_newest_files_are_named_and_the_rest_is_counted(house: House) -> None:
    for turn in range(5):
        spoil(house, f"so-{turn}.xlsx")
        look(house, 3, begin=60 * turn)
    told = quarantine.told(quarantine.waiting(house.settings, house.store))
    assert told[0].startswith("5 tệp")
    assert [line.partition("»")[0] for line in told[1:4]] == [
        "«so-4.xlsx",
        "«so-3.xlsx",
        "«so-2.xlsx",
    ]
    assert told[-1] == "và 2 tệp cũ hơn"


def test_a_workbook_open_in_libreoffice_is_left(house: House) -> None:
    path = drop(house, "so.xlsx")
    lock = path.with_name(".~lock.so.xlsx#")
    lock.write_text("x")
    assert {one.outcome for one in look(house, 3)} == {"left"}
    lock.unlink()
    assert [one.outcome for one in look(house, 1, begin=60)] == ["done"]


def test_a_stalled_copy_that_goes_on_is_no_longer_in_quarantine(house: House) -> None:
    path = drop(house, "so.xlsx")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (one,) = look(house, 3)
    assert one.outcome == "quarantine"
    one.place.write_bytes(whole)  # the copier still has it open
    (again,) = look(house, 3, begin=60)
    assert again.outcome == "done"
    assert not list(path.parent.glob("quarantine/*/*"))
