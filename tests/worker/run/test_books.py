"""``doisoat books``: who vouches for which register, what is missing in it, and taking it back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write

pytestmark = pytest.mark.usefixtures("either_database")

DECLARE = ("books", "declare", "--until", "31/03/2024", "--by", "Cán bộ Thử")
PERIOD = ("--period", "2024-Q1")
HEADERS = (*REGISTER, "Số thứ tự")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Twenty dossiers, three of them late without any proof, and a register of the others."""
    made = make(tmp_path / "office")
    write(made.folder / "inbox/motcua/m.xlsx", EXPORT, dossiers())
    rows = entries(dossiers()[:17])
    for number, one in enumerate(rows, start=1):
        one["Số thứ tự"] = str(number + (number > 5))  # number 6 was never typed
        one["Người được khai sinh"] = str(one["Người được khai sinh"]).upper()
    write(made.folder / "inbox/so-giay/s.xlsx", HEADERS, rows)
    return made


def test_a_declared_book_lets_lateness_be_judged_and_withdrawing_it_ends_that(
    office: Office,
) -> None:
    assert "TRULY_OVERDUE" not in office.run(*PERIOD).kinds()
    said = office.command(*DECLARE)
    assert said.exit_code == 0, said.output
    judged = office.run(*PERIOD)
    assert sum(one["kind"] == "TRULY_OVERDUE" for one in judged.findings) == 3
    assert office.command("books", "withdraw", "1", "--reason", "còn sót trang").exit_code == 0
    assert "TRULY_OVERDUE" not in office.run(*PERIOD).kinds()


def test_missing_numbers_are_listed_and_stand_on_page_one(office: Office) -> None:
    office.run(*PERIOD)
    said = office.command(*DECLARE, "--from-number", "1", "--to-number", "20")
    assert "Còn thiếu 3 số: 6, 19–20" in said.output
    (one,) = json.loads(office.command("books", "list", "--json").stdout)
    assert one["missing"] == [[6, 6], [19, 20]]
    assert "6, 19–20" in office.command("books", "list").output
    told = office.run(*PERIOD)
    (warning,) = told.run["sources"]["so-giay"]["warnings"]
    assert "còn thiếu 3 số: 6, 19–20" in warning
    assert "19–20" in (told.folder / "doi-soat.html").read_text("utf-8")


def test_what_was_declared_and_withdrawn_stays_in_the_history_and_in_the_audit(
    office: Office,
) -> None:
    office.command(*DECLARE)
    office.command(*DECLARE)  # the same once more is no second one
    office.command("books", "withdraw", "1", "--reason", "nhầm sổ")
    assert json.loads(office.command("books", "list", "--json").stdout) == []
    (one,) = json.loads(office.command("books", "list", "--all", "--json").stdout)
    assert "nhầm sổ" in one["told"]
    house = office.house()
    acts = [(act.act, act.object, act.reason) for act in house.store.audit.acts()]
    house.store.close()
    assert [act for act, _, _ in acts] == ["book.declared", "book.withdrawn"]
    assert acts[1][1:] == ("1", "nhầm sổ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*DECLARE, "--type", "so_gi_do"), "Không có loại sổ"),
        ((*DECLARE, "--from-number", "9", "--to-number", "1"), "lớn hơn"),
        ((*DECLARE, "--source", "khac"), "Không có nguồn sổ"),
        (("books", "declare", "--until", "01/01/2090", "--by", "Ai đó"), "tương lai"),
        (("books", "withdraw", "7", "--reason", "x"), "Không có khai báo số 7"),
    ],
)
def test_mistakes_are_told(office: Office, words: tuple[str, ...], said: str) -> None:
    result = office.command(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_register_that_equals_the_export_is_warned_of(office: Office) -> None:
    write(office.folder / "inbox/so-giay/s.xlsx", REGISTER, entries(dossiers()))
    run = office.run(*PERIOD)
    (warning,) = run.run["sources"]["so-giay"]["warnings"]
    assert warning.startswith("NGHI SỔ IN RA TỪ PHẦN MỀM: tệp inbox/so-giay/s.xlsx có 20 dòng")
    assert "NGHI SỔ IN RA TỪ PHẦN MỀM" in (run.folder / "doi-soat.html").read_text("utf-8")
    assert "NGHI SỔ IN RA" in office.command("check", "--offline").output
    config = office.config.read_text("utf-8")
    office.config.write_text(config + 'origin = "xuat_tu_mot_cua"\n', "utf-8")
    assert "warnings" not in office.run(*PERIOD).run["sources"]["so-giay"]


def test_a_unit_named_in_the_configuration_is_the_unit_of_the_table(tmp_path: Path) -> None:
    """Claims bear codes, a declaration a name: both are one unit."""
    from worker.run.polling import gather

    made = make(tmp_path / "office")
    (made.folder / "units.csv").write_text("code,name\n23230,Xã Thử Nghiệm\n", "utf-8")
    declared = 'complete_to = { until = 2024-03-31, by = "Cán bộ Thử", unit = "Xã Thử Nghiệm" }\n'
    made.config.write_text(made.config.read_text("utf-8") + declared, "utf-8")
    house = made.house()
    (source,) = [one for one in gather(house, {}).coverage.sources if one.declared]
    house.store.close()
    assert source.declared[0].unit == "23230"
