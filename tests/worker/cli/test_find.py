"""A clerk types a code or a name and gets one answer; papers and reasons are noted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from tests.worker.making import NOW, discrepancy, step
from tests.worker.office import EXPORT, PEOPLE, REGISTER, Office, dossiers, entries, make, write
from worker.store import Paper, Store
from worker.store.decisions import Decisions
from worker.store.readings import Readings
from worker.store.runs import Runs
from worker.store.tables import finding, run, undetermined

pytestmark = pytest.mark.usefixtures("either_database")

KNOWN = dossiers(6)


@pytest.fixture
def office(made_once) -> Office:
    """Six births; five handed over on paper, the sixth only in the software and in time."""

    def reconciled(folder: Path) -> None:
        office = make(folder)
        write(folder / "inbox/motcua/a.xlsx", EXPORT, KNOWN)
        write(folder / "inbox/so-giay/a.xlsx", REGISTER, entries(KNOWN[:5]))
        office.run("--as-of", "2024-02-10")

    return made_once(reconciled)


def said(office: Office, *words: str, code: int = 0) -> str:
    result = office.command(*words)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    "text", [KNOWN[2]["Mã hồ sơ"], PEOPLE[2], "phung gia bao", "  PHÙNG   gia bảo "]
)
def test_one_answer_says_what_where_and_what_to_do(office: Office, text: str) -> None:
    told = said(office, "find", text)
    assert KNOWN[2]["Mã hồ sơ"] in told
    assert "Đã trả kết quả, phần mềm chưa kết thúc" in told
    assert "Phần mềm một cửa: Đang xử lý" in told
    assert "Sổ giấy: Sổ theo dõi" in told
    assert "Kết thúc trên phần mềm" in told
    for other in (*KNOWN[:2], *KNOWN[3:]):
        assert other["Mã hồ sơ"] not in told


def test_a_name_is_answered_in_initials(office: Office) -> None:
    assert PEOPLE[2] not in said(office, "find", KNOWN[2]["Mã hồ sơ"])


def test_accents_that_are_typed_count(office: Office) -> None:
    said(office, "find", "Phụng Gia Báo", code=2)


def test_what_agrees_is_said_to_agree(office: Office) -> None:
    found = json.loads(office.command("find", KNOWN[2]["Mã hồ sơ"], "--json").stdout)
    assert [one["kind"] for one in found[0]["findings"]] == ["RETURNED_STILL_PENDING"]
    done = KNOWN[2] | {
        "Trạng thái": "Đã trả kết quả",
        "Ngày kết thúc xử lý": KNOWN[2]["Ngày hẹn trả"],
    }
    rows = [*KNOWN[:2], done, *KNOWN[3:]]
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, rows)
    office.run("--as-of", "2024-02-11")
    assert "không thấy gì lệch" in said(office, "find", KNOWN[2]["Mã hồ sơ"])


def test_a_run_that_judged_less_hides_nothing(office: Office) -> None:
    """A run of another field, and a torn file: what is known of a dossier is told as before."""
    code = KNOWN[2]["Mã hồ sơ"]
    before = said(office, "find", code)
    office.run("--as-of", "2024-02-10", "--procedure", "death")
    assert said(office, "find", code) == before
    register = office.folder / "inbox/so-giay/a.xlsx"
    register.write_bytes(register.read_bytes()[:500])
    office.run("--as-of", "2024-02-10", code=3)
    assert said(office, "find", code) == before
    assert code in said(office, "findings", "list")
    assert "Kết thúc trên phần mềm" in said(office, "findings", "show", code)


def test_the_software_of_one_dossier_is_one_answer(office: Office) -> None:
    config = office.config.read_text("utf-8")
    portal = config[config.index("[[sources]]") :].split("[[sources]]")[1]
    portal = portal.replace("one_stop", "portal").replace("motcua", "cong")
    office.config.write_text(f"{config}\n[[sources]]{portal}", "utf-8")
    (office.folder / "inbox/cong").mkdir()
    write(office.folder / "inbox/cong/a.xlsx", EXPORT, KNOWN)
    office.run("--as-of", "2024-02-10")
    [one] = json.loads(office.command("find", KNOWN[2]["Mã hồ sơ"], "--json").stdout)
    assert [source["role"] for source in one["sources"]] == ["one_stop", "portal", "register"]


def test_nothing_found_says_what_to_try(office: Office) -> None:
    assert "doisoat status" in said(office, "find", "H11.99-990101-0001", code=2)


def test_a_row_without_a_dossier_is_found_by_its_name(office: Office) -> None:
    config = office.config.read_text("utf-8")
    office.config.write_text(config.replace("[office]", "[office]\nsince = 2023-07-10"), "utf-8")
    many = dossiers(20)
    write(office.folder / "inbox/motcua/a.xlsx", EXPORT, many)
    loose = entries(many)[9] | {
        "Mã hồ sơ": "",
        "Người được khai sinh": "Ma Thị Lẻ",
        "Ngày sinh": "02/11/2023",
    }
    write(office.folder / "inbox/so-giay/a.xlsx", REGISTER, [*entries(KNOWN[:5]), loose])
    office.run("--as-of", "2024-02-11")
    assert "Có trong sổ, chưa nhập phần mềm" in said(office, "find", "Ma Thị Lẻ")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--not-ours",), "không thuộc đơn vị tôi"),
        (("--ticket", "45"), "đã báo kỹ thuật, phiếu số 45"),
        (("--ticket", "45", "--reason", "hẹn sửa"), "đã báo kỹ thuật, phiếu số 45; hẹn sửa"),
    ],
)
def test_the_usual_reasons_are_one_word_away(
    office: Office, words: tuple[str, ...], reason: str
) -> None:
    code = KNOWN[0]["Mã hồ sơ"]
    said(office, "findings", "waive", code, "--until", "2099-12-31", *words)
    known = json.loads(office.command("findings", "list", "--json", "--state", "WAIVED").stdout)
    assert [one["reason"] for one in known] == [reason]


def test_waiving_without_a_reason_is_refused(office: Office) -> None:
    code = KNOWN[0]["Mã hồ sơ"]
    told = said(office, "findings", "waive", code, "--until", "2099-12-31", code=2)
    assert "phải có lý do" in told


def test_a_paper_is_noted_with_number_and_day_and_moves_no_figure(office: Office) -> None:
    before = office.run("--as-of", "2024-02-10")
    words = ("--kind", "xin-loi", "--number", "12/XL", "--on", "05/02/2024")
    said(office, "findings", "note", KNOWN[0]["Mã hồ sơ"], *words)
    assert "văn bản xin lỗi số 12/XL ngày 05/02/2024" in said(
        office, "findings", "show", KNOWN[0]["Mã hồ sơ"]
    )
    after = office.run("--as-of", "2024-02-10")
    assert after.statistics == before.statistics
    assert after.findings == before.findings
    page = (after.folder / "doi-soat.html").read_text("utf-8")
    assert "Chưa xử lý; văn bản xin lỗi số 12/XL ngày 05/02/2024" in page
    gone = ("findings", "note", KNOWN[0]["Mã hồ sơ"], *words, "--take-back")
    assert "đã bỏ" in said(office, *gone)
    assert "12/XL" not in said(office, "findings", "show", KNOWN[0]["Mã hồ sơ"])
    assert "không ghi văn bản xin lỗi" in said(office, *gone, code=2)


def test_papers_stand_in_the_order_in_which_they_were_noted(store: Store) -> None:
    store.decisions.apply(None, [step(discrepancy("1")), step(discrepancy("2"))])
    one, two = discrepancy("1").id, discrepancy("2").id
    noted = [
        Paper(one, "xin-loi", "1", date(2024, 2, 5), "An", NOW),
        Paper(two, "rut", "2", date(2024, 2, 6), "An", NOW),
        Paper(one, "bo-sung", "3", date(2024, 2, 4), "Bình", NOW),
    ]
    for paper in noted:
        store.papers.add(paper)
    assert store.papers.of() == noted
    assert store.papers.of(one) == [noted[0], noted[2]]


def test_a_row_that_was_not_judged_is_not_called_missing(office: Office) -> None:
    loose = entries(KNOWN)[5] | {"Mã hồ sơ": "", "Người được khai sinh": "Ma Thị Lẻ"}
    write(office.folder / "inbox/so-giay/a.xlsx", REGISTER, [*entries(KNOWN[:5]), loose])
    office.run("--as-of", "2024-02-11")
    assert "chưa kết luận là thiếu" in said(office, "find", "Ma Thị Lẻ")


def test_an_office_that_was_upgraded_says_that_it_must_run_once(office: Office) -> None:
    """Until then no row tells what is wrong, and nothing is called right."""
    store = office.house().store
    with store.database.writer.begin() as connection:
        for table in (finding, undetermined):
            connection.execute(delete(table))
        connection.execute(update(run).values(kept_rows=False))
    told = said(office, "find", KNOWN[2]["Mã hồ sơ"])
    assert "xem: doisoat findings show" in told
    assert "chạy doisoat run một lần sau khi nâng cấp" in said(office, "find", PEOPLE[5])
    assert "không thấy gì lệch" not in said(office, "find", PEOPLE[5])
    assert "chạy doisoat run một lần" in said(office, "findings", "list")
    assert "chạy doisoat run một lần" in said(
        office, "findings", "show", KNOWN[2]["Mã hồ sơ"], code=2
    )


def test_nothing_that_is_asked_loads_every_claim_or_opens_a_report(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = ((Readings, "claims"), (Runs, "contents"))
    for room, name in (*everything, (Decisions, "links"), (Decisions, "changes")):

        def refuse(*_: object, name: str = name, **more: object) -> None:
            assert more, f"{name} was asked for all"

        monkeypatch.setattr(room, name, refuse)
    said(office, "find", KNOWN[2]["Mã hồ sơ"])
    said(office, "find", PEOPLE[2])
    said(office, "findings", "list")
    said(office, "review", "list")
    said(office, "status")
