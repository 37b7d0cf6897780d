"""Draws the pages of figures behind the first one: the units, the ages, the trend."""

from __future__ import annotations

from datetime import date
from typing import Any

from worker.reports.contents import Contents
from worker.reports.cover import SIGNERS
from worker.reports.figures import RATES, FormRow
from worker.reports.firstpage import FirstPage
from worker.reports.form import form_cells, form_header
from worker.reports.sheets import SheetWriter
from worker.reports.signs import SIGNS_TITLE

DASH = "Dấu “–”: chưa xét được ở đơn vị đó (chưa khai sổ đã nhập đủ, hoặc nguồn chưa đọc đủ)."


def draw_fields(sheet: SheetWriter, contents: Contents) -> None:
    """The form by field, its columns in the form's order, to be copied."""
    before = ("STT", "Lĩnh vực", "Số liệu")
    sheet.set_up((5, 30, 18, *[8.5] * 12, 9, 9))
    page = contents.page
    sheet.heading("SỐ LIỆU THEO LĨNH VỰC", page.under)
    top = sheet.row
    form_header(sheet, before)
    sheet.page.repeat_rows(top, sheet.row - 1)
    sheet.page.freeze_panes(sheet.row, 2)
    for number, field in enumerate(contents.fields, start=1):
        for row in (field.recounted, field.reconciled):
            sheet.page.write_number(sheet.row, 0, number, sheet.styles.order)
            sheet.page.write_string(sheet.row, 1, field.field, sheet.styles.text)
            sheet.page.write_string(sheet.row, 2, row.title, sheet.styles.text)
            form_cells(sheet, row, 3)
            sheet.down()
    sheet.down()
    for text in (page.reconciled_part, *page.notes):
        sheet.paragraph(text, sheet.styles.note)
    sheet.signatures(SIGNERS)


def draw_units(sheet: SheetWriter, contents: Contents) -> None:
    """The form by unit: submitted, recounted and reconciled, and the unit's own numbers."""
    before = ("STT", "Đơn vị", "Số liệu")
    after = (
        "Đã trả, phần mềm chưa kết thúc",
        "Quá hạn thật",
        "Chưa kết luận được",
        "Trong đó quá hạn, chưa kết luận",
    )
    sheet.set_up((5, 26, 17, *[8.5] * 12, 9, 9, 11, 9, 9, 9))
    page = contents.page
    sheet.heading("SỐ LIỆU THEO ĐƠN VỊ", page.under)
    top = sheet.row
    form_header(sheet, before)
    first = len(before) + 12 + len(RATES)
    last = first + len(after) - 1
    sheet.row -= 2
    sheet.line("Việc chưa khớp", sheet.styles.header, first, last, height=18)
    sheet.down()
    for index, title in enumerate(after, start=first):
        sheet.page.write_string(sheet.row, index, title, sheet.styles.header)
    sheet.down()
    sheet.page.repeat_rows(top, sheet.row - 1)
    sheet.page.freeze_panes(sheet.row, 2)
    header_row = sheet.row - 1
    for number, unit in enumerate(contents.units, start=1):
        for row in unit.rows or (FormRow("không có số liệu", (None,) * 12, None, None),):
            sheet.page.write_number(sheet.row, 0, number, sheet.styles.order)
            sheet.page.write_string(sheet.row, 1, unit.unit, sheet.styles.text)
            sheet.page.write_string(sheet.row, 2, row.title, sheet.styles.text)
            form_cells(sheet, row, 3)
            for index, value in enumerate(
                (unit.stuck, unit.overdue, unit.undetermined, unit.undetermined_overdue),
                start=first,
            ):
                sheet.count(value, sheet.styles.number, index)
            sheet.down()
    if contents.units:
        sheet.filter(header_row, first + len(after))
    sheet.down()
    for unit in contents.units:
        for text in unit.signs:
            sheet.paragraph(f"{SIGNS_TITLE} – {unit.unit}: {text}.", sheet.styles.note)
    for text in (DASH, *page.notes):
        sheet.paragraph(text, sheet.styles.note)
    sheet.signatures(SIGNERS)


def draw_ages(book: Any, sheet: SheetWriter, page: FirstPage) -> None:
    """How long the work has been waiting, and how it went from run to run."""
    sheet.set_up((34, *[14] * 5), fit=False)
    sheet.heading(
        "THỜI GIAN TỒN CỦA CÁC VIỆC CHƯA KHỚP", (page.office, f"{page.as_of}. Tính theo ngày lịch.")
    )
    styles = sheet.styles
    header = sheet.row
    for index, title in enumerate(("Loại việc", *page.ageing.bands)):
        sheet.page.write_string(header, index, title, styles.header)
    sheet.down()
    for name, numbers in page.ageing.series:
        sheet.page.write_string(sheet.row, 0, name, styles.text)
        for index, value in enumerate(numbers, start=1):
            sheet.count(value, styles.number, index)
        sheet.down()
    sheet.down()
    if any(any(numbers) for _, numbers in page.ageing.series):
        sheet.page.insert_chart(sheet.row, 0, _age_chart(book, sheet.page.name, header, page))
        sheet.down(20)
    else:
        sheet.paragraph("Không có việc chưa khớp nào để vẽ biểu đồ.")
    if len(page.trend) > 1:
        _trend(book, sheet, page)


def excel_day(value: date) -> int:
    """The day as the number that Excel counts."""
    return (value - date(1899, 12, 30)).days


#: Shades that stay apart on a black-and-white printer.
SHADES = ("#1F4E79", "#C55A11", "#A6A6A6")


def _age_chart(book: Any, name: str, header: int, page: FirstPage) -> Any:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    last = len(page.ageing.bands)
    for index, (title, numbers) in enumerate(page.ageing.series):
        row = header + 1 + index
        chart.add_series(
            {
                "name": title,
                "categories": [name, header, 1, header, last],
                "values": [name, row, 1, row, last],
                "categories_data": list(page.ageing.bands),
                "values_data": [value or 0 for value in numbers],
                "fill": {"color": SHADES[index]},
            }
        )
    _dress(chart, "Số việc chưa khớp theo thời gian tồn")
    return chart


def _trend(book: Any, sheet: SheetWriter, page: FirstPage) -> None:
    sheet.page.set_h_pagebreaks([sheet.row + 1])
    sheet.section("Số việc còn mở sau mỗi lần đối soát")
    sheet.page.write_string(sheet.row, 0, "Ngày", sheet.styles.header)
    sheet.page.write_string(sheet.row, 1, "Còn mở", sheet.styles.header)
    sheet.down()
    first = sheet.row
    for point in page.trend:
        sheet.page.write_datetime(sheet.row, 0, point.on, sheet.styles.day)
        sheet.page.write_number(sheet.row, 1, point.open, sheet.styles.number)
        sheet.down()
    chart = book.add_chart({"type": "line"})
    name, last = sheet.page.name, sheet.row - 1
    chart.add_series(
        {
            "name": "Còn mở",
            "categories": [name, first, 0, last, 0],
            "values": [name, first, 1, last, 1],
            "categories_data": [excel_day(point.on) for point in page.trend],
            "values_data": [point.open for point in page.trend],
            "line": {"color": SHADES[0], "width": 2.25},
            "marker": {"type": "circle"},
        }
    )
    _dress(chart, "Số việc còn mở sau mỗi lần đối soát", days=True)
    sheet.down()
    sheet.page.insert_chart(sheet.row, 0, chart)


def _dress(chart: Any, title: str, *, days: bool = False) -> None:
    """Fonts, legend and axes. ``days``: a label for each day of a run, not for each week."""
    font = {"name": "Times New Roman", "size": 11}
    chart.set_title({"name": title, "name_font": {**font, "size": 13, "bold": True}})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_x_axis({"num_font": font, "num_format": "dd/mm/yyyy", "text_axis": days})
    chart.set_y_axis(
        {
            "num_font": font,
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            "min": 0,
        }
    )
    chart.set_size({"width": 760, "height": 380})
