"""A whole run through the command line, from real workbooks to the machine's files."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.worker import office as offices
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")

MISSING = {"MISSING_IN_SOFTWARE", "MISSING_IN_ONE_STOP", "MISSING_IN_PORTAL", "NOT_IN_REGISTER"}
PERIOD = ("--period", "2024-Q1")
MACHINE_FILES = ("findings.jsonl", "links.jsonl", "statistics.json", "rejected.jsonl")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Twenty pending births; the first fifteen were handed over on paper."""
    made = make(tmp_path / "office")
    write(tmp_path / "office/inbox/motcua/a.xlsx", EXPORT, dossiers())
    write(tmp_path / "office/inbox/so-giay/so.xlsx", REGISTER, entries(dossiers()[:15]))
    return made


def test_what_was_handed_over_on_paper_is_found(office: Office):
    report = office.run(*PERIOD)
    found = [one for one in report.findings if one["kind"] == "RETURNED_STILL_PENDING"]
    assert {one["codes"]["one_stop"] for one in found} == {
        one["Mã hồ sơ"] for one in dossiers()[:15]
    }
    assert {one["method"] for one in report.links} == {"code"}
    assert report.run["exit_code"] == 0
    everyone = report.statistics["all"]
    assert everyone["recorded"]["in_progress"] == {
        "total": 20, "in_time": 0, "overdue": 20, "waiting": 0, "unknown": 0
    }  # fmt: skip
    assert everyone["reconciled"]["resolved"]["on_time"] == 15
    assert len(report.statistics["moved"]) == 15
    assert {one["effect"] for one in report.statistics["moved"]} == {"helps"}


def test_a_second_run_writes_nothing_and_says_the_same(office: Office):
    first, second = office.run(*PERIOD), office.run(*PERIOD)
    assert second.run["writes"] == {"claims": 0, "links": 0, "changes": 0}
    assert first.run["writes"]["claims"] == 35
    for name in MACHINE_FILES:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()


def test_a_row_inserted_above_changes_row_numbers_only(office: Office):
    before = office.run(*PERIOD)
    new = entries(dossiers()[15:16])
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, [*new, *entries(dossiers()[:15])])
    after = office.run(*PERIOD)
    moved = {
        one["register"]["row"]: {**one, "register": None}
        for one in after.links
        if one["dossier"]["code"] != new[0]["Mã hồ sơ"]
    }
    assert moved == {one["register"]["row"] + 1: {**one, "register": None} for one in before.links}
    assert after.run["writes"]["links"] == 1


def _empty(path: Path) -> None:
    write(path, EXPORT if "motcua" in str(path) else REGISTER, [])


def _cut(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _half_written(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200] + bytes(200))


def _a_third(path: Path) -> None:
    rows = dossiers()[:6]
    if "motcua" in str(path):
        write(path, EXPORT, rows)
    else:
        write(path, REGISTER, entries(rows[:5]))


@pytest.mark.parametrize("harm", [_empty, _cut, _half_written, _a_third])
@pytest.mark.parametrize("name", ["motcua/a.xlsx", "so-giay/so.xlsx"])
def test_a_broken_reading_opens_and_resolves_nothing(office: Office, harm, name):
    before = office.run(*PERIOD)
    harm(office.folder / "inbox" / name)
    after = office.run(*PERIOD, code=3)
    source = name.partition("/")[0]
    assert after.run["sources"][source]["complete"] is False
    assert name in after.run["sources"][source]["error"]
    assert not MISSING & after.kinds()
    assert after.run["writes"] == {"claims": 0, "links": 0, "changes": 0}
    page = (after.folder / "doi-soat.html").read_text("utf-8")
    assert "CHƯA ĐỌC ĐỦ" in page.upper()
    left = after.run.get("left_open", {})
    assert Counter(before.run["counts"]) == Counter(after.run["counts"]) + Counter(left)
    assert left["RETURNED_STILL_PENDING"] == 15
    assert "<strong>–</strong>" in page  # never 0 where 15 are known
    assert f"{sum(left.values())} việc đã biết từ trước" in page
    listed = json.loads(office.command("findings", "list", "--json").stdout or "[]")
    assert {one["state"] for one in listed} == {"OPEN"}
    assert len(listed) == len(before.findings)


def test_a_broken_first_reading_finds_nothing_missing(office: Office):
    _cut(office.folder / "inbox/motcua/a.xlsx")
    report = office.run(*PERIOD, code=3)
    assert report.findings == []


def test_a_register_row_without_dossier_is_missing_in_the_software(office: Office):
    stranger = {
        "Người được khai sinh": "Ksor Y Thoan",
        "Mã hồ sơ": "",
        "Ngày sinh": "09/01/2024",
        "Ngày nhận": "10/01/2024",
        "Ngày trả": "11/01/2024",
    }
    rows = [*entries(dossiers()[:15]), *entries(dossiers()[:1], **stranger)]
    write(office.folder / "inbox/so-giay/so.xlsx", REGISTER, rows)
    report = office.run(*PERIOD)
    (missing,) = (one for one in report.findings if one["kind"] == "MISSING_IN_SOFTWARE")
    assert missing["register"] == [{"file": "inbox/so-giay/so.xlsx", "sheet": "Trang1", "row": 17}]


def test_a_corrected_mistake_resolves_and_a_missing_file_does_not(office: Office):
    office.run(*PERIOD)
    register = office.folder / "inbox/so-giay/so.xlsx"
    write(register, REGISTER, entries(dossiers()[:14]))
    resolved = office.run(*PERIOD)
    assert len(resolved.findings) == 14
    write(register.with_name("khac.xlsx"), REGISTER, entries(dossiers()[:1]))
    register.unlink()
    assert len(office.run(*PERIOD).findings) == 14


def test_closing_in_the_software_resolves(office: Office):
    office.run(*PERIOD)
    closed = dossiers()
    for one in closed[:15]:
        one.update({"Trạng thái": "Đã trả kết quả", "Ngày kết thúc xử lý": one["Ngày hẹn trả"]})
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, closed)
    assert office.run(*PERIOD).findings == []
    listed = json.loads(office.command("findings", "list", "--all", "--json").stdout or "[]")
    assert {one["state"] for one in listed} == {"RESOLVED"}


def test_an_earlier_day_of_judgement_moves_nothing(office: Office):
    office.run(*PERIOD)
    report = office.run(*PERIOD, "--as-of", "05/01/2024")
    assert report.run["writes"]["changes"] == 0
    assert report.statistics["period"]["as_of"] == "2024-01-05"


def test_fail_on_open(office: Office):
    office.run(*PERIOD, "--fail-on-open", code=1)


def test_json_is_alone_on_stdout(office: Office):
    result = office.command("run", "--json", *PERIOD)
    assert json.loads(result.stdout)["counts"] == {"RETURNED_STILL_PENDING": 15}


def test_a_trial_run_remembers_nothing(office: Office):
    office.run(*PERIOD, "--dry-run")
    assert json.loads(office.command("findings", "list", "--json").stdout) == []
    assert "runs" in json.loads(office.command("status", "--json").stdout)


def test_status_tells_what_is_proven_of_each_unit(office: Office):
    other = entries(dossiers()[:3], **{"Đơn vị": "Xã Thử Lại", "Ngày nhận": "08/02/2024"})
    path = write(office.folder / "inbox/so-giay/thu-lai.xlsx", REGISTER, other)
    office.run(*PERIOD)
    office.command("books", "declare", "--until", "31/03/2024", "--by", "Cán bộ A",
                   "--unit", "Xã Thử Lại")  # fmt: skip
    path.write_bytes(path.read_bytes()[:500])
    office.run(*PERIOD, code=3)
    now = json.loads(office.command("status", "--json").stdout)["sources"]
    (book,) = [one for one in now if one["name"] == "so-giay"]
    paper = {one["unit"]: one for one in book["units"]}
    assert paper["Xã Thử Nghiệm"]["complete"] is True
    assert paper["Xã Thử Nghiệm"]["covers"] == {"from": "2024-01-01", "to": "2024-01-15"}
    assert paper["Xã Thử Nghiệm"]["declared_until"] is None
    torn = paper["Xã Thử Lại"]
    assert (torn["complete"], torn["covers"]["to"]) == (False, "2024-02-08")
    assert (torn["unread_since"] is not None, torn["declared_until"]) == (True, "2024-03-31")
    shown = office.command("status", "--units").stdout
    assert "Tệp của đơn vị chưa đọc được" in " ".join(shown.split())


def test_one_unit_only(office: Office):
    assert office.run(*PERIOD, "--unit", "xã thử nghiệm").run["counts"] == {
        "RETURNED_STILL_PENDING": 15
    }
    wrong = office.command("run", "--unit", "Xã Khác", *PERIOD)
    assert wrong.exit_code == 2
    assert "Xã Khác" in wrong.output


def test_a_past_report_is_written_again_byte_for_byte(office: Office, tmp_path: Path):
    first = office.run(*PERIOD)
    again = tmp_path / "again"
    result = office.command("report", "--run", first.run["id"], "--out", str(again))
    assert result.exit_code == 0, result.output
    for name in (*MACHINE_FILES, "doi-soat.html"):
        assert (again / name).read_bytes() == (first.folder / name).read_bytes()


def test_no_name_reaches_the_machines_files_or_the_log(office: Office, capfd):
    report = office.run(*PERIOD)
    told = "".join(path.read_text("utf-8") for path in report.folder.glob("*.json*"))
    told += (report.folder / "doi-soat.html").read_text("utf-8") + capfd.readouterr().err
    assert not [name for name in offices.PEOPLE if name in told]


BROKEN = """\
[office]
nam = "UBND xã Thử Nghiệm"

[database]
url = "sqlite:///data/d.db"
colour = 1

[[sources]]
name = "motcua"
role = "one_stop"
kind = "exprot"
path = "inbox/*.xlsx"

[policy]
grace_workdays = "một"
"""


def test_a_configuration_with_mistakes_says_all_of_them_at_once(tmp_path: Path):
    made = make(tmp_path / "office", BROKEN)
    result = made.command("check")
    assert result.exit_code == 2
    for line in ("dòng 2", "dòng 6", "dòng 11", "dòng 15"):
        assert line in result.output


def test_a_register_handed_in_by_hand_is_known_to_the_next_run(office: Office, tmp_path: Path):
    office.run(*PERIOD)
    sheet = write(tmp_path / "them.xlsx", REGISTER, entries(dossiers()[15:18]))
    result = office.command("import", str(sheet), "--json")
    assert result.exit_code == 0, result.output
    (taken,) = json.loads(result.stdout)
    assert (taken["read"], taken["new"]) == (3, 3)
    assert len(office.run(*PERIOD).findings) == 18
    assert office.command("import", str(tmp_path / "khong-co.xlsx")).exit_code == 2
    assert office.run(*PERIOD).run["sources"]["so-giay"]["complete"] is True
