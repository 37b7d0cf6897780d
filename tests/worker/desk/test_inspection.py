"""The ceremony end to end on the invented communes of the published quarter."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from reconcile.figures import checking
from reconcile.figures.checking import Seen, SeenPaper, Window
from reconcile.figures.frozen import Placed
from reconcile.figures.standing import Column
from tests.simulators.quarter import COMMUNES, build
from tests.simulators.quarter_files import write
from tests.worker.office import CONFIG, Office, make
from worker.reports.check_sheets import FIRST, NAME, PENDING, SECOND
from worker.run import periods

PERIOD, SEED = "2024-Q1", "27182818284590452353"
STARTS, ENDS = date(2024, 1, 1), date(2024, 3, 31)
#: Five points, of a list of some hundreds.
MARGIN = ("--margin", "5", "--moved", "0")


@pytest.fixture
def office(made_once) -> Office:
    """The births and deaths of the ten communes; the quarter is frozen."""

    def frozen(folder: Path) -> None:
        office = make(folder, CONFIG.replace("inbox/motcua/*", "inbox/motcua/*.xlsx"))
        for name in ("motcua", "so-giay"):
            (folder / "inbox" / name).rmdir()
        write([one for one in build() if one.is_civil and one.unit in COMMUNES], folder / "inbox")
        office.command("run", "--period", PERIOD, "--out", str(folder / "out" / "first"))
        done = office.command("periods", "freeze", PERIOD, "--reason", "Báo cáo", "--yes")
        assert done.exit_code == 0, done.output

    return made_once(frozen)


def listed(office: Office) -> dict[str, Placed]:
    (version,) = office.house().store.periods.all()
    return {one.key: one for one in periods.unpack(version.payload).placed}


def day_of(one: Placed) -> date | None:
    """A day in the book that agrees with the frozen column; None: not yet handed over."""
    if one.after.is_open:
        return None
    days = [one.ended_on, STARTS - timedelta(1), *(STARTS + timedelta(n) for n in range(91))]
    window = Window(STARTS, ENDS)
    return next(
        day
        for day in days
        if day and checking.place(SeenPaper(one.key, Seen.FOUND, day), one, window) is one.after
    )


def planted(known: dict[str, Placed], count: int) -> frozenset[str]:
    """So many dossiers that we call in time and whose book, secretly, says late."""
    kind = sorted(
        one.key
        for one in known.values()
        if one.after in (Column.EARLY, Column.ON_TIME) and one.due_on and one.due_on < ENDS
    )
    return frozenset(random.Random(16).sample(kind, count))


def look_up(office: Office, out: Path, known: dict[str, Placed], wrong: frozenset[str]) -> int:
    """Fill in every sheet by the books, and type it back; how many dossiers."""
    found = 0
    for path in sorted(out.glob("phieu*.xlsx")):
        book = openpyxl.load_workbook(path)
        sheet = book[NAME]
        head = next(row for row in sheet.iter_rows() if row[0].value == "STT")
        columns = {cell.value: cell.column for cell in head}
        for row in range(head[0].row + 1, sheet.max_row + 1):
            key = sheet.cell(row, columns["Khóa"]).value
            if not key:
                continue
            found += 1
            due, day = known[key].due_on, day_of(known[key])
            if key in wrong:
                assert due is not None
                day = max(due + timedelta(1), STARTS)
            if day is None:
                sheet.cell(row, columns["Kết quả tìm"]).value = PENDING
            else:
                sheet.cell(row, columns["Ngày vào sổ"]).value = f"{day:%d/%m/%Y}"
        for row in sheet.iter_rows(max_row=head[0].row):
            for label, who in ((FIRST, "Lê Tra"), (SECOND, "Phạm Soát")):
                if str(row[0].value).startswith(label):
                    row[0].value = f"{label} {who}"
        book.save(path)
        done = office.command("sample", "import", str(path), "--period", PERIOD)
        assert done.exit_code == 0, done.output
    return found


def inspected(office: Office, wrong: frozenset[str]) -> dict[str, object]:
    """Draw and look up until it is proven, or the program says to count all."""
    known = listed(office)
    for words in (
        ("plan", PERIOD, *MARGIN),
        ("seed", PERIOD, SEED, "--witness", "Bà Nguyễn Thanh Tra"),
    ):
        done = office.command("sample", *words)
        assert done.exit_code == 0, done.output
    for look in range(9):
        out = office.folder / f"phieu-{look}"
        assert office.command("sample", "show", PERIOD, "--out", str(out)).exit_code == 0
        assert look_up(office, out, known, wrong) > 0
        told = json.loads(office.command("sample", "show", PERIOD, "--json").stdout)
        (rate,) = told["claims"]
        if rate["proven"] or rate["count_all"]:
            return dict(rate)
        more = str(rate["papers_needed"] - rate["drawn"])
        assert office.command("sample", "draw", PERIOD, "--more", more).exit_code == 0
    raise AssertionError("nine looks and no end")


def test_honest_figures_are_certified_with_the_papers_that_were_planned(office: Office) -> None:
    rate = inspected(office, frozenset())
    assert (rate["too_kind"], rate["too_harsh"], rate["proven"]) == (0, 0, True)
    assert rate["drawn"] == rate["papers_planned"][0]
    low, high = rate["interval"]
    true = rate["reported_late"] / rate["dossiers"]
    assert true - 0.05 <= low <= true <= high <= true + 0.05


def test_figures_that_are_wrong_beyond_the_margin_are_not(office: Office) -> None:
    known = listed(office)
    wrong = planted(known, len(known) // 10)  # ten points, of five allowed
    rate = inspected(office, wrong)
    assert rate["too_kind"] > 0
    assert rate["proven"] is False
    true = (rate["reported_late"] + len(wrong)) / rate["dossiers"]
    assert rate["interval"][0] <= true <= rate["interval"][1]
    shown = " ".join(office.command("sample", "show", PERIOD).output.split())
    assert "ngày trên giấy sau hạn trả, số liệu tính trong hạn" in shown


def test_the_sheets_tell_the_place_of_what_agrees_as_of_what_moved(office: Office) -> None:
    known = listed(office)
    linked = {link.dossier for link in office.house().store.decisions.links()}
    for words in (("plan", PERIOD, *MARGIN), ("seed", PERIOD, SEED, "--witness", "Bà An")):
        office.command("sample", *words)
    out = office.folder / "phieu"
    office.command("sample", "show", PERIOD, "--out", str(out))
    placed: dict[str, str] = {}
    for path in out.glob("phieu*.xlsx"):
        rows = list(openpyxl.load_workbook(path)[NAME].iter_rows(values_only=True))
        placed |= {str(row[8]): str(row[3] or "") for row in rows if isinstance(row[0], int)}
    agree = [key for key in placed if key in linked and known[key].before is known[key].after]
    assert agree
    assert all(placed[key] for key in agree)
