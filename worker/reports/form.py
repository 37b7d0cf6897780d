"""Draws the columns of form II.06a, on the first page and by unit."""

from __future__ import annotations

from collections.abc import Sequence

from worker import words
from worker.reports.figures import ADDED, GROUPS, RATES, Cells, FormRow
from worker.reports.sheets import SheetWriter


def form_header(sheet: SheetWriter, before: Sequence[str]) -> None:
    """The two header rows of the form."""
    style = sheet.styles.header
    at = len(before)
    for index in range(at):
        sheet.page.write_blank(sheet.row, index, None, style)
    for group, titles in GROUPS:
        sheet.line(group, style, at, at + len(titles) - 1)
        at += len(titles)
    sheet.page.write_blank(sheet.row, at, None, style)
    sheet.line("Tỷ lệ quá hạn", style, at + 1, at + 2)
    sheet.page.set_row(sheet.row, 18)
    sheet.down()
    names = [*before, *(title for _, columns in GROUPS for title in columns), ADDED, *RATES]
    for index, title in enumerate(names):
        sheet.page.write_string(sheet.row, index, title, style)
    sheet.page.set_row(sheet.row, 45)
    sheet.down()


def form_cells(sheet: SheetWriter, row: FormRow, first: int) -> None:
    """The figures of one line of the form; rates as text, for they are read, not added up."""
    at = _cells(sheet, row.cells, first, signed=row.change)
    for value in (row.rate, row.rate_of_resolved):
        sheet.page.write_string(
            sheet.row, at, "" if row.change else words.rate(value), sheet.styles.centre
        )
        at += 1


def _cells(sheet: SheetWriter, cells: Cells, first: int, *, signed: bool) -> int:
    styles = sheet.styles
    for index, value in enumerate(cells, start=first):
        style = styles.centre if value is None else styles.signed if signed else styles.number
        sheet.count(value, style, index)
    return first + len(cells)
