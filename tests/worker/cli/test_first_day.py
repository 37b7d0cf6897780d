"""The silent traps of an office's first day: each is told where it is met."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from tests.worker.office import CONFIG, EXPORT, REGISTER, Office, dossiers, entries, make, write
from tests.worker.servers import free_port
from worker.cli.options import account, actor, on_behalf
from worker.desk.trial import TRIAL
from worker.run import leases

PERIOD = ("--period", "2024-01")
MESSY = tuple("Ngày ra tờ" if one == "Ngày trả" else one for one in REGISTER if one != "Ký nhận")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = make(tmp_path / "office")
    write(made.folder / "inbox/motcua/t1.xlsx", EXPORT, dossiers(6))
    return made


def messy(path: Path, first: int = 0) -> Path:
    """A register in which the day of the hand-over has a name of the office's own."""
    chosen = dossiers(12)[first : first + 4]
    rows = [{**one, "Ngày ra tờ": one["Ngày trả"]} for one in entries(chosen)]
    return write(path, MESSY, rows)


def said(office: Office, *words: str) -> str:
    return " ".join(office.command("check", "--offline", *words).output.split())


# Columns that an operator explains once


def test_a_look_prints_the_line_to_paste_and_does_not_promise_what_cannot_be(
    office: Office,
) -> None:
    path = messy(office.folder / "inbox/so-giay/so.xlsx")
    look = office.command("import", str(path), "--dry-run")
    assert look.exit_code == 3
    assert '--column "Ngày ra tờ=ngày trả kết quả"' in look.output
    assert "Không tệp nào nạp được" in look.output
    assert "Nạp thật: bỏ --dry-run" not in look.output


@pytest.mark.parametrize("field", ["returned", "returned_on", "Ngày trả kết quả", "ngày trả"])
def test_a_column_is_explained_once_for_all_later_files(office: Office, field: str) -> None:
    path = messy(office.folder / "inbox/so-giay/so.xlsx")
    look = office.command("import", str(path), "--column", f"Ngày ra tờ={field}", "--dry-run")
    assert (look.exit_code, "4 mới" in look.output) == (0, True)
    assert office.house().store.learned.all() == []  # a look remembers nothing
    taken = office.command("import", str(path), "--column", f"Ngày ra tờ={field}")
    assert taken.exit_code == 0, taken.output
    messy(office.folder / "inbox/so-giay/so-2.xlsx", first=4)
    assert len(office.run(*PERIOD).findings) == 6  # the next file is understood, too
    listed = office.command("import", "--columns").output
    assert "Ngày ra tờ" in listed
    assert "ngày trả kết quả" in listed
    assert office.command("import", "--forget", "ngay ra to").exit_code == 0
    office.run(*PERIOD, code=3)


def test_a_column_of_one_unit_is_not_that_of_another(office: Office) -> None:
    def titled(name: str, unit: str) -> Path:
        import openpyxl

        path = messy(office.folder / f"inbox/so-giay/{name}")
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        sheet.delete_cols(MESSY.index("Đơn vị") + 1)
        sheet.insert_rows(1)
        sheet["A1"] = unit
        book.save(path)
        return path

    here, there = titled("mot.xlsx", "UBND XÃ TÂN HÀ"), titled("hai.xlsx", "UBND XÃ SÔNG PHAN")
    column = ("--column", "Ngày ra tờ=returned", "--unit", "Xã Tân Hà")
    assert office.command("import", str(here), *column).exit_code == 0
    assert office.command("import", str(there)).exit_code == 3
    assert [one.unit for one in office.house().store.learned.all()] == ["tan ha"]


def test_a_column_that_is_none_of_ours_is_refused(office: Office) -> None:
    path = messy(office.folder / "inbox/so-giay/so.xlsx")
    for wrong in ("Ngày ra tờ=màu bìa", "Ngày ra tờ", "=returned"):
        assert office.command("import", str(path), "--column", wrong).exit_code == 2


# Files that were never a register


def test_check_opens_the_files_and_a_stray_note_hurts_nobody_else(office: Office) -> None:
    folder = office.folder / "inbox/so-giay"
    write(folder / "so.xlsx", REGISTER, entries(dossiers(6)))
    (folder / "ghi chu.txt").write_text("Nhớ gọi chị Hoa\nđể lấy thêm sổ tháng 3\n", "utf-8")
    report = office.run(*PERIOD)
    assert len(report.findings) == 6
    assert any("ghi chu.txt" in text for text in report.run["sources"]["so-giay"]["warnings"])
    told = said(office)
    assert "1 tệp không đọc được" in told
    assert "ghi chu.txt" in told
    # a register that was cut is another matter: rows may stand in it
    torn = folder / "so-2.xlsx"
    torn.write_bytes((folder / "so.xlsx").read_bytes()[:700])
    assert "2 tệp không đọc được" in said(office)
    office.run(*PERIOD, code=3)


def test_a_list_that_nobody_understands_is_not_a_stray_note(office: Office) -> None:
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(6)))
    text = "\n".join(f"a{n};b{n};c{n};d{n}" for n in range(9))
    (office.folder / "inbox/so-giay/la.csv").write_text(text, "utf-8")
    office.run(*PERIOD, code=3)


def test_two_files_beside_the_pattern_are_told_in_whole_sentences(tmp_path: Path) -> None:
    office = make(tmp_path / "office", CONFIG.replace("so-giay/*", "so-giay/*.xlsx"))
    for name in ("so-2.csv", "so-3.csv"):
        (office.folder / "inbox/so-giay" / name).write_text("STT;Ngày trả\n1;02/01/2024\n", "utf-8")
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(6)))
    shown = office.command("run", *PERIOD)
    assert (shown.exit_code, "so-2.csv" in shown.output, "so-3.csv" in shown.output) == (
        3, True, True,
    )  # fmt: skip
    assert ".;" not in shown.output
    assert "chuyển tệp đi nơi khác; inbox/so-giay/so-3.csv" in shown.output
    # neither of the two is broken
    assert "Việc cần làm: xem lý do ở trên" in shown.output


# Units


def test_case_is_no_difference_in_the_name_of_a_unit(office: Office) -> None:
    rows = dossiers(6)
    for row in rows[:3]:
        row["Đơn vị xử lý"] = "UBND XÃ TÂN ĐỨC"
    for row in rows[3:]:
        row["Đơn vị xử lý"] = "UBND Xã Tân Đức"
    write(office.folder / "inbox/motcua/t1.xlsx", EXPORT, rows)
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(rows))
    report = office.run(*PERIOD)
    assert set(report.statistics["by_unit"]) == {"UBND Xã Tân Đức"}
    assert {one["unit"] for one in report.findings} == {"UBND Xã Tân Đức"}


def test_without_a_table_of_units_nobody_gets_a_mail_and_that_is_told(office: Office) -> None:
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(6)))
    office.run(*PERIOD)
    assert "Chưa có bảng đơn vị: không ai nhận thư" in said(office)
    assert "Không có người nhận" in office.command("alerts", "preview").output
    lines = office.command("units").stdout.splitlines()
    assert lines[0].startswith("code,name,aliases,parent")
    assert lines[1].startswith("DV01,Xã Thử Nghiệm,")
    out = office.folder / "tables" / "units.csv"
    out.parent.mkdir()
    out.write_text("")
    assert office.command("units", "--out", str(out)).exit_code == 2  # never over another
    out.unlink()
    assert office.command("units", "--out", str(out)).exit_code == 0
    assert "Chưa gặp đơn vị nào" in office.command("units").output
    assert "chưa có người nhận thư: Xã Thử Nghiệm" in said(office)


# What the office submitted

HEADER = 'Kỳ,Đơn vị,Lĩnh vực,Tiếp nhận: tổng số,Tiếp nhận: trực tuyến,"Tiếp nhận: trực tiếp, bưu chính",Tiếp nhận: từ kỳ trước\n'  # noqa: E501


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2024-Q1,,Hộ tịch,10,,,\n", "chỉ dùng kèm dòng tổng"),
        ("2024-Q1,Xã Tân Minhh,,10,,,\n", "«Xã Tân Minhh»; có phải «Xã Tân Minh»?"),
        ("2024-Q1,,,20,,,\n2024-Q1,,Hộ tịchh,10,,,\n", "«Hộ tịchh»; có phải «Hộ tịch»?"),
        ("2024-Q1,,,20,5,5,5\n", "tiếp nhận: tổng số 20 khác tổng các phần 5 + 5 + 5 = 15"),
        ("2024-Q1,,,20,,,\n2024-Q1,,Hộ tịch,30,,,\n", "các lĩnh vực cộng lại 30, hơn dòng tổng 20"),
        ("2024-Q1,,,20,,,\n2024-Q1,,,21,,,\n", "đã có ở một dòng trên"),
    ],
)  # fmt: skip
def test_what_is_submitted_is_used_or_refused_with_its_line(
    office: Office, line: str, told: str
) -> None:
    tables = office.folder / "tables"
    tables.mkdir()
    (tables / "units.csv").write_text("code,name\n01,Xã Tân Minh\n", "utf-8")
    (tables / "submitted.csv").write_text(HEADER + line, "utf-8")
    shown = said(office)
    assert told in shown
    assert "tables/submitted.csv, dòng" in shown


# Accounts, brackets, trials, two runs at once


def test_the_audit_names_the_account_whatever_the_environment_says(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "chu-tich-xa")
    assert "chu-tich-xa" not in actor()
    assert on_behalf("Trần Văn Vụ") == f"{account()}, thay mặt Trần Văn Vụ"
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(6)))
    office.run(*PERIOD)
    asked = ("report", "--full-names", "--reason", "đoàn kiểm tra", *PERIOD)
    assert office.command(*asked).exit_code == 0
    (act,) = office.house().store.audit.acts()
    assert act.actor == f"cli:{account()}"
    # whole names lie in a folder that lets nobody else in
    assert (office.folder / "data/reports" / act.object).stat().st_mode & 0o077 == 0


def test_brackets_are_text(office: Office) -> None:
    odd = "Xã [/cũ] [bold]"
    rows = dossiers(6, **{"Đơn vị xử lý": odd})
    write(office.folder / "inbox/motcua/t1.xlsx", EXPORT, rows)
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(rows))
    shown = office.command("run", *PERIOD)
    assert (shown.exit_code, odd in shown.output) == (0, True)
    for words in (("findings", "list"), ("status", "--units"), ("check", "--offline")):
        assert office.command(*words).exception is None or office.command(*words).exit_code in (
            0,
            2,
        )
    assert odd in office.command("findings", "list").output


def test_what_a_killed_trial_left_is_swept_by_the_next(office: Office) -> None:
    data = office.folder / "data"
    office.command("run", *PERIOD, "--dry-run")
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    left = data / f"{TRIAL}{dead}-abc"
    left.mkdir(parents=True)
    (left / "trial.db").write_bytes(b"x")
    other = data / f"{TRIAL}{os.getppid()}-abc"
    other.mkdir()
    assert office.command("run", *PERIOD, "--dry-run").exit_code in (0, 3)
    assert (left.exists(), other.exists()) == (False, True)
    assert [path.name for path in data.glob(f"{TRIAL}*")] == [other.name]


def test_a_run_of_one_unit_waits_for_another_run_and_writes_its_own(office: Office) -> None:
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, entries(dossiers(6)))
    office.run(*PERIOD)
    house = office.house()
    freed = threading.Event()
    with leases.held(house.store, "luot-khac", house.clock):
        out = office.folder / "d"
        answers: list[int] = []
        words = ("run", *PERIOD, "--unit", "Xã Thử Nghiệm", "--out", str(out))

        def run() -> None:
            answers.append(office.command(*words).exit_code)
            freed.set()

        waiting = threading.Thread(target=run)
        waiting.start()
        assert not freed.wait(2)
        assert not out.exists()
    waiting.join()
    assert answers == [0]
    assert json.loads((out / "run.json").read_text("utf-8"))["scope"]["units"]


def test_a_long_name_in_an_inbox_is_that_files_own_affair(tmp_path: Path) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from worker.clock import StoppedClock
    from worker.intake import inbox

    office = make(tmp_path / "office", CONFIG + 'inbox = "hop-nhan"\n')
    box = office.folder / "hop-nhan"
    box.mkdir()
    long = "s" * 241 + ".xlsx"  # 246 bytes: with the note's ending, more than a name may have
    write(box / "so.xlsx", REGISTER, entries(dossiers(12)[6:]))
    write(box / long, REGISTER, entries(dossiers(6)))
    house, found = office.house(), []
    for turn in range(3):
        at = datetime(2024, 4, 1, 1, 0, tzinfo=UTC) + timedelta(seconds=10 * turn)
        found += inbox.watch(replace(house, clock=StoppedClock(at=at)))
    assert sorted((one.name, one.outcome) for one in found) == [
        ("so.xlsx", "done"), (long, "done"),
    ]  # fmt: skip


def test_an_inbox_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    from worker.intake import inbox

    office = make(tmp_path / "office", CONFIG + 'inbox = "hop-nhan"\n')
    box = office.folder / "hop-nhan"
    box.mkdir()
    (box / "processing").write_text("somebody's file")
    (left,) = inbox.watch(office.house())
    assert (left.outcome, "không ghi được" in left.said) == ("left", True)


def test_a_file_that_waits_in_an_inbox_is_not_asked_for_again(tmp_path: Path) -> None:
    empty = make(tmp_path / "empty", CONFIG + 'inbox = "hop-nhan"\n').command("run", *PERIOD)
    assert "Chưa có tệp nào: chép tệp vào thư mục hop-nhan" in empty.output
    office = make(tmp_path / "office", CONFIG + 'inbox = "hop-nhan"\n')
    (office.folder / "hop-nhan").mkdir()
    write(office.folder / "hop-nhan/so.xlsx", REGISTER, entries(dossiers(6)))
    (office.folder / "hop-nhan/.~lock.so.xlsx#").write_text("open", "utf-8")
    shown = office.command("run", *PERIOD)
    assert (shown.exit_code, "vào thư mục hop-nhan" in shown.output) == (3, False)
    assert "Tệp trong thư mục hop-nhan chưa được nạp: đóng tệp nếu đang mở" in shown.output


def test_check_names_a_table_of_the_configuration_as_it_is_written(tmp_path: Path) -> None:
    mail = f'\n[mail]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\n'
    mail += 'sender = "doisoat@x.example"\n'
    office = make(tmp_path / "office", CONFIG + mail)
    shown = office.command("check").output
    assert "[mail]" in shown
    assert "\\[" not in shown


def test_a_name_too_long_for_the_files_is_told_by_check(tmp_path: Path) -> None:
    long = CONFIG.replace("UBND xã Thử Nghiệm", "Xã " + "d" * 220)
    office = make(tmp_path / "office", long)
    assert office.command("check", "--offline").exit_code == 2
    assert "name" in said(office)
