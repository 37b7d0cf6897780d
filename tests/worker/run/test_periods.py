"""A frozen period never differs silently: corrections are numbered, dossiers are named."""

from __future__ import annotations

import getpass
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from tests.worker.making import NOW
from tests.worker.office import EXPORT, REGISTER, Office, dossiers, entries, make, write
from worker.cli import doisoat
from worker.reports import unpack
from worker.reports.draw_xlsx import draw
from worker.run import periods
from worker.store import Frozen, Overtaken, Store

pytestmark = pytest.mark.usefixtures("either_database")

VERSION = Frozen(
    starts=date(2024, 1, 1),
    ends=date(2024, 3, 31),
    number=0,
    name="2024-Q1",
    as_of=date(2024, 3, 31),
    at=NOW,
    by="cli:an",
    reason="Báo cáo số 45",
    payload=b"figures",
)


@pytest.fixture
def office(made_once) -> Office:
    """Eight births of January, four of them handed over on paper."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        known = dossiers(8)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, known)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known[:4]))
        office.run("--period", "2024-01")

    return made_once(reconciled)


def said(office: Office, *words: str, code: int = 0) -> str:
    result = office.command(*words)
    assert result.exit_code == code, result.output
    return result.output


def shown(office: Office, name: str) -> dict[str, object]:
    result = office.command("periods", "show", name, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def contents_of(office: Office, *words: str):
    """What the newest report of these words holds."""
    said(office, "report", "--out", str(office.folder / "again"), *words)
    house = office.house()
    packed = house.store.runs.contents(house.store.runs.newest()[0].id)
    house.store.close()
    assert packed is not None
    return unpack(packed)


def change(office: Office) -> None:
    """One dossier is ended in the software now, one is gone, a fifth one is proven by paper."""
    known = dossiers(8)
    known[7] |= {"Trạng thái": "Đã trả kết quả", "Ngày kết thúc xử lý": known[7]["Ngày hẹn trả"]}
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, [*known[:6], known[7]])
    write(office.folder / "inbox/so-giay/a.xlsx", REGISTER, entries(known[:5]))
    office.run("--period", "2024-01")


# The store


def test_versions_are_only_added_and_in_their_order(store: Store) -> None:
    store.periods.add(VERSION)
    with pytest.raises(Overtaken):
        store.periods.add(VERSION)
    with pytest.raises(Overtaken):
        store.periods.add(replace(VERSION, number=2))
    correction = replace(VERSION, number=1, payload=b"others", reason="Sót hồ sơ")
    store.periods.add(correction)
    assert store.periods.of(VERSION.starts, VERSION.ends) == [VERSION, correction]
    assert store.periods.of(VERSION.starts, date(2024, 4, 1)) == []
    assert store.periods.ending(VERSION.ends) == [correction]
    assert store.periods.all() == [VERSION, correction]


def test_each_version_is_an_act_of_the_audit(store: Store) -> None:
    store.periods.add(VERSION)
    store.periods.add(replace(VERSION, number=1, reason="Sót hồ sơ", by="cli:binh"))
    acts = [(act.actor, act.act, act.object, act.reason) for act in store.audit.acts()]
    assert acts == [
        ("cli:an", "period.frozen", "2024-Q1#0", "Báo cáo số 45"),
        ("cli:binh", "period.corrected", "2024-Q1#1", "Sót hồ sơ"),
    ]


# The office

FREEZE = ("periods", "freeze", "--yes", "--reason", "Báo cáo số 45")


def test_a_period_is_frozen_once_and_corrected_only_where_something_changed(
    office: Office,
) -> None:
    assert "chưa chốt" in said(office, "periods", "correct", "2024-01", "--reason", "x", code=2)
    assert "Đã chốt kỳ 2024-01" in said(office, *FREEZE, "2024-01")
    assert "đã chốt ngày" in said(office, *FREEZE, "2024-01", code=2)
    told = said(office, "periods", "correct", "2024-01", "--reason", "x", code=2)
    assert "không khác bản gần nhất" in told
    change(office)
    assert "đính chính số 1" in said(office, "periods", "correct", "2024-01", "--reason", "Sót")
    assert "đính chính số 1" in said(office, "periods", "list")


def test_a_period_that_is_not_over_cannot_be_frozen(office: Office) -> None:
    assert "chưa kết thúc" in said(office, *FREEZE, "2099", code=2)


def test_what_was_frozen_stays_and_every_difference_is_a_dossier(office: Office) -> None:
    said(office, *FREEZE, "2024-01")
    before = shown(office, "2024-01")
    assert before["since"] == []
    change(office)
    after = shown(office, "2024-01")
    assert after["versions"] == before["versions"]
    codes = [one["Mã hồ sơ"] for one in dossiers(8)]
    causes = {step["code"]: step["cause"] for step in after["since"]}
    assert causes == {codes[4]: "proof", codes[6]: "gone", codes[7]: "software"}


def test_the_report_shows_the_frozen_figures_the_corrections_and_what_differs_now(
    office: Office,
) -> None:
    said(office, "periods", "freeze", "--yes", "2024-01", "--reason", "Báo cáo số 12")
    quiet = contents_of(office, "--period", "2024-01")
    assert quiet.page.frozen is not None
    assert not quiet.page.frozen.differs
    change(office)
    said(office, "periods", "correct", "2024-01", "--reason", "Nộp sổ muộn")
    write(office.folder / "inbox/so-giay/a.xlsx", REGISTER, entries(dossiers(8)[:6]))
    office.run("--period", "2024-01")
    contents = contents_of(office, "--period", "2024-01")
    block = contents.page.frozen
    assert block is not None
    assert block.differs
    rows = {row.title: row for row in block.rows}
    assert rows["Bản chốt: đếm lại"].cells[0] == 8
    assert rows["Đính chính số 1: đếm lại"].cells[0] == 7
    now = rows["Hiện nay so với đính chính số 1: sau đối chiếu"].cells
    assert sum(now[5:8]) == 1  # one more is resolved: the sixth row of the register
    assert now[0] == 0
    versions = [row.version for row in contents.corrections]
    assert versions == ["Đính chính số 1"] * 3 + ["Chưa đính chính"]
    files = office.folder / "again"
    text = (files / "doi-soat.html").read_text("utf-8")
    assert "Nộp sổ muộn" in text
    assert "Đính chính số 1: sau đối chiếu" in text
    sheet = openpyxl.load_workbook(files / "doi-soat.xlsx")["Đính chính"]
    assert "Chưa đính chính" in {cell.value for cell in sheet["B"]}


def test_a_report_of_one_unit_or_another_day_is_not_compared(office: Office) -> None:
    said(office, *FREEZE, "2024-01")
    for words in (("--unit", "Xã Thử Nghiệm"), ("--as-of", "2024-01-20")):
        assert contents_of(office, "--period", "2024-01", *words).page.frozen is None


def february(office: Office) -> None:
    """A list of February arrives, with one dossier that was received and ended in it."""
    day = "20/02/2024"
    days = {"Ngày tiếp nhận": day, "Ngày hẹn trả": day, "Ngày kết thúc xử lý": day}
    ended = {"Mã hồ sơ": "H11.20-240220-9000", "Trạng thái": "Đã trả kết quả"}
    rows = dossiers(1, **days, **ended)
    write(office.folder / "inbox/motcua/thang-2.xlsx", EXPORT, rows)
    office.run("--period", "2024-02")


def test_what_is_carried_over_is_held_against_the_frozen_closing_balance(office: Office) -> None:
    """January closed with eight open; one of them is gone from the software in February."""
    known = dossiers(8)
    said(office, *FREEZE, "2024-01")
    february(office)
    agreed = contents_of(office, "--period", "2024-02")
    assert any("đã chốt (kỳ 2024-01) 8 hồ sơ: khớp" in line for line in agreed.page.opening)
    # not the last by its day: of that one the new file would not speak at all
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, [*known[:6], known[7]])
    office.run("--period", "2024-02")
    contents = contents_of(office, "--period", "2024-02")
    said_of = " ".join(contents.page.opening)
    assert "đã chốt (kỳ 2024-01) 8 hồ sơ: lệch −1" in said_of
    assert "đếm lại 7 hồ sơ: khớp" in said_of  # the recount alone would have hidden it
    (gap,) = contents.corrections
    assert (gap.version, gap.code) == ("Chuyển kỳ", known[6]["Mã hồ sơ"])


def test_what_the_office_submitted_of_the_last_period_is_held_against_it_too(
    office: Office,
) -> None:
    (office.folder / "tables").mkdir(exist_ok=True)
    (office.folder / "tables/submitted.csv").write_text(
        "period,unit,field,in_progress_total\n2024-01,,,9\n", "utf-8"
    )
    february(office)
    (line,) = [
        line
        for line in contents_of(office, "--period", "2024-02").page.opening
        if "đơn vị đã báo cáo" in line
    ]
    assert line.endswith("9 hồ sơ: lệch −1.")


def test_a_source_that_was_not_read_is_told_with_the_freeze(office: Office) -> None:
    (office.folder / "inbox/so-giay/a.xlsx").write_bytes(b"PK broken")
    office.run("--period", "2024-01", code=3)
    assert "chưa đọc đủ (so-giay)" in said(office, *FREEZE, "2024-01")
    house = office.house()
    (version,) = house.store.periods.all()
    house.store.close()
    assert periods.unpack(version.payload).unread == ("so-giay",)


def test_the_same_report_again_has_the_same_cells(office: Office) -> None:
    """What people freeze later does not reach into a run that was kept."""
    report = office.run("--period", "2024-01")
    house = office.house()
    packed = house.store.runs.contents(report.run["id"])
    house.store.close()
    said(office, *FREEZE, "2024-01")
    change(office)
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        draw(unpack(packed), file)
    assert files[0].getvalue() == files[1].getvalue()
    again = office.folder / "again"
    said(office, "report", "--run", report.run["id"], "--out", str(again))
    for name in ("doi-soat.html", "findings.jsonl", "statistics.json", "trinh-ky.docx"):
        assert (again / name).read_bytes() == (report.folder / name).read_bytes(), name
    assert (again / "doi-soat.xlsx").read_bytes() == files[0].getvalue()


def test_a_freeze_asks_for_its_ground_shows_the_figures_and_asks_once(office: Office) -> None:
    assert "--reason" in said(office, "periods", "freeze", "2024-01", code=2)
    assert "căn cứ" in said(office, "periods", "freeze", "2024-01", "--reason", "  ", code=2)
    words = ["periods", "freeze", "2024-01", "--reason", "BC 45", "--config", str(office.config)]
    no = CliRunner().invoke(doisoat, words, input="n\n")
    assert no.exit_code == 2
    for told in ("Tiếp nhận", "trong đó quá hạn", "Chốt kỳ 2024-01 với số liệu này?"):
        assert told in no.output
    assert office.house().store.periods.all() == []
    yes = CliRunner().invoke(doisoat, words, input="y\n")
    assert yes.exit_code == 0, yes.output
    assert len(office.house().store.periods.all()) == 1


def test_who_froze_is_the_account_and_the_person(office: Office) -> None:
    said(office, *FREEZE, "2024-01", "--by", "Trần Văn Vụ")
    account = getpass.getuser()
    (version,) = office.house().store.periods.all()
    assert version.by == f"{account}, thay mặt Trần Văn Vụ"
    assert version.by in said(office, "periods", "list")


def test_the_row_of_the_form_is_one_line_of_eleven_numbers_that_add_up(office: Office) -> None:
    assert "chưa chốt" in said(office, "periods", "row", "2024-01", code=2)
    said(office, "periods", "freeze", "2024-01", "--reason", "BC 45", "--yes")
    for words, index in (((), "recorded"), (("--reconciled",), "reconciled")):
        result = office.command("periods", "row", "2024-01", *words)
        assert result.exit_code == 0, result.output
        (line,) = result.stdout.splitlines()
        cells = [int(cell) for cell in line.split("\t")]
        table = shown(office, "2024-01")["versions"][0][index]
        received, resolved, left = (table[n] for n in ("received", "resolved", "in_progress"))
        assert cells == [
            *(received[n] for n in ("total", "online", "direct_post", "carried")),
            *(resolved[n] for n in ("total", "early", "on_time", "late")),
            *(left[n] for n in ("total", "in_time", "overdue")),
        ]
        assert cells[0] == sum(cells[1:4]) == cells[4] + cells[8] == 8
