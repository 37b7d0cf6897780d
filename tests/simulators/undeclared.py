"""An office whose communes declared no book complete; and one whose registers were made up.

The district of ``district.py`` on disk, as on its first day with the product: nobody has said yet
that a book is typed in full. ``falsify`` puts in the place of every register one that was typed to
please: the pending dossiers of the export in another order, each returned on its due day.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import xlsxwriter

from reconcile.claims import PENDING
from tests.simulators import district
from tests.simulators.district import Truth
from tests.simulators.dossiers import Dossier

SEED = 4242
SIZE = 778
HEADERS = (
    *("STT", "Mã hồ sơ", "Tên TTHC", "Đơn vị", "Họ tên người nộp", "Ngày nhận", "Hẹn trả kết quả"),
    *("Trả kết quả", "Ký nhận"),
)


def build(folder: Path, seed: int = SEED, size: int = SIZE) -> Truth:
    """Every file whole, and no book declared."""
    truth = district.build(folder, seed=seed, size=size)
    truth.repair()
    text = truth.config.read_text("utf-8")
    bare = re.sub(r"^complete_to = \[.*?^\]\n", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "complete_to" not in bare
    truth.config.write_text(bare, "utf-8")
    return truth


def pending(truth: Truth) -> list[Dossier]:
    """What the one-stop software shows as pending, of the fields that are judged."""
    return [one for one in truth.dossiers if one.code and one.is_vital and one.status in PENDING]


def falsify(truth: Truth, seed: int = SEED) -> list[Dossier]:
    """Instead of every register a made-up one; returns the dossiers that it holds."""
    for path in (*truth.folder.glob("inbox/so-giay/*"), *truth.folder.glob("inbox/ho-tich/*")):
        path.unlink()
    typed = pending(truth)
    Random(seed).shuffle(typed)
    with xlsxwriter.Workbook(str(truth.folder / "inbox/so-giay/so-theo-doi.xlsx")) as book:
        sheet = book.add_worksheet("Sổ theo dõi")
        sheet.write_row(0, 0, HEADERS)
        for at, one in enumerate(typed, start=1):
            due = f"{one.due_on:%d/%m/%Y}"
            received = f"{one.received_on:%d/%m/%Y}"
            who = one.applicant.name
            row = (at, one.code, one.procedure_name, one.unit_name, who, received, due, due, "x")
            sheet.write_row(at, 0, row)
    return typed
