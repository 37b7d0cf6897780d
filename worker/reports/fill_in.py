"""The worklist that people fill in and give back: one sheet, the columns of the support desks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from worker.reports.list_columns import CLOSING, PLACE, SIGNERS
from worker.reports.quick_rows import LinesWorksheet
from worker.reports.sheets import SheetWriter, Styles
from worker.reports.work import WorkRow

SHEET = "Việc cần làm"


def write(
    file: Path, *, title: str, unit: str, notes: Sequence[str], rows: Iterable[WorkRow]
) -> None:
    """Write the list; the place in the file stands in a column that is not printed."""
    columns = (*CLOSING, PLACE)
    with xlsxwriter.Workbook(
        str(file),
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    ) as book:
        sheet = SheetWriter(book.add_worksheet(SHEET, LinesWorksheet), Styles(book), len(columns))
        sheet.set_up([column.width for column in columns], printed=len(CLOSING))
        sheet.heading(title, (unit, *notes))
        sheet.header(columns)
        sheet.table(columns, rows)
        sheet.signatures(SIGNERS)
        sheet.page.print_area(0, 0, max(sheet.row, 1), len(CLOSING) - 1)
