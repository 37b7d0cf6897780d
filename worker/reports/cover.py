"""Draws the pages of figures: the first page, the units, the ages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from worker.reports import words
from worker.reports.contents import Contents
from worker.reports.figures import ADDED, BUCKETS, GROUPS, RATES, Cells, FormRow
from worker.reports.firstpage import Count, FirstPage
from worker.reports.sheets import ALARM_FILL, NUMBER_FORMAT, Sheet

#: The first column of the first page, twelve figures, two rates.
COVER_WIDTHS = (34, *[8.4] * 12, 9.5, 9.5)
SIGNERS = ("NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ")


def draw_first_page(sheet: Sheet, page: FirstPage) -> None:
    """The page for a chair: one look tells what was read, what is wrong, and by how much."""
    sheet.set_up(COVER_WIDTHS)
    _letterhead(sheet, page)
    _unread(sheet, page)
    _numbers(sheet, page)
    _form(sheet, page)
    _bridge(sheet, page)
    _sources(sheet, page)
    _open_questions(sheet, page)
    sheet.signatures(SIGNERS)
    sheet.page.print_area(0, 0, sheet.row, sheet.last)


def _letterhead(sheet: Sheet, page: FirstPage) -> None:
    styles = sheet.styles
    office = styles.of(bold=True, align="center", valign="vcenter", text_wrap=True, num_format="@")
    motto = styles.of(bold=True, align="center", valign="vcenter")
    sheet.line(page.office.upper(), office, 0, 4, height=20)
    sheet.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto, 7, sheet.last)
    sheet.down()
    sheet.line("Độc lập – Tự do – Hạnh phúc", motto, 7, sheet.last)
    sheet.down(2)
    sheet.line(page.title, styles.title, height=28)
    sheet.down()
    for text in (
        f"{page.period}. {page.as_of}. {page.read_at}.",
        f"Mã lần đối soát: {page.run_id} ({page.trigger})",
    ):
        sheet.line(text, styles.subtitle)
        sheet.down()
    sheet.down()
    sheet.line(
        page.conclusion,
        styles.of(bold=True, text_wrap=True, align="center", valign="vcenter", num_format="@"),
        height=sheet.height_of(page.conclusion) + 4,
    )
    sheet.down()


def _unread(sheet: Sheet, page: FirstPage) -> None:
    """A block that nobody may overlook, or one quiet line."""
    styles = sheet.styles
    sheet.down()
    if not page.unread:
        sheet.paragraph(f"Các nguồn đã đọc đủ. {page.read_at}.")
        return
    alarm = styles.of(
        bold=True,
        font_size=22,
        font_color="#FFFFFF",
        bg_color=ALARM_FILL,
        align="center",
        valign="vcenter",
    )
    line = styles.of(text_wrap=True, valign="top", border=1, num_format="@")
    sheet.line("CHƯA ĐỌC ĐỦ", alarm, height=36)
    sheet.down()
    for source in page.unread:
        sheet.paragraph(f"{source.since}\nLý do: {source.problem}", line)


def _numbers(sheet: Sheet, page: FirstPage) -> None:
    styles = sheet.styles
    label = styles.of(bold=True, font_size=13, border=1, valign="vcenter", text_wrap=True)
    big = styles.of(
        bold=True,
        font_size=24,
        border=1,
        align="center",
        valign="vcenter",
        num_format=NUMBER_FORMAT,
    )
    note = styles.of(border=1, valign="vcenter", text_wrap=True, num_format="@")
    sheet.section("I. BA CON SỐ CẦN BIẾT")
    for count in page.headline:
        _counted(sheet, count, label, big, note, height=34)
    sheet.section("II. CÁC SỐ LUÔN CÔNG BỐ, KỂ CẢ BẰNG 0")
    label = styles.of(border=1, valign="vcenter")
    plain = styles.of(
        bold=True, border=1, align="center", valign="vcenter", num_format=NUMBER_FORMAT
    )
    half = (len(page.always) + 1) // 2
    for left, right in zip_longest(page.always[:half], page.always[half:]):
        sheet.line(left.label, label, 0, 3)
        sheet.page.write_number(sheet.row, 4, left.count, plain)
        if right is not None:
            sheet.line(right.label, label, 6, 12)
            sheet.page.write_number(sheet.row, 13, right.count, plain)
        sheet.page.set_row(sheet.row, 17)
        sheet.down()


def _counted(
    sheet: Sheet, count: Count, label: Any, number: Any, note: Any, *, height: int = 0
) -> None:
    """A label, its number, and what is said of it."""
    sheet.line(count.label, label, 0, 3, height=height)
    sheet.page.merge_range(sheet.row, 4, sheet.row, 5, "", number)
    sheet.page.write_number(sheet.row, 4, count.count, number)
    sheet.line(count.note, note, 6, sheet.last)
    sheet.down()


def _form(sheet: Sheet, page: FirstPage) -> None:
    """The table of form II.06a: submitted first, recounted and reconciled below each other."""
    sheet.section("III. SỐ LIỆU THEO BIỂU II.06a/VPCP/KSTT")
    form_header(sheet, ["Số liệu"])
    for row in page.figures:
        sheet.page.write_string(sheet.row, 0, row.title, sheet.styles.text)
        form_cells(sheet, row, 1)
        sheet.page.set_row(sheet.row, 30 if len(row.title) > 42 else 16)
        sheet.down()
    sheet.down()
    for count in page.effects:
        sheet.paragraph(f"{count.label}: {words.number(count.count)}.")
    sheet.paragraph(page.reconciled_part, sheet.styles.of(bold=True, text_wrap=True))
    _rates(sheet, page)
    for line in page.sublines:
        sheet.paragraph(
            f"Trong đó, {line.label}: đếm lại {words.number(line.recorded)}, "
            f"sau đối chiếu {words.number(line.reconciled)}.",
            sheet.styles.note,
        )
    for text in page.notes:
        sheet.paragraph(text, sheet.styles.note)


def form_header(sheet: Sheet, before: Sequence[str]) -> None:
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
    titles = [*before, *(title for _, names in GROUPS for title in names), ADDED, *RATES]
    for index, title in enumerate(titles):
        sheet.page.write_string(sheet.row, index, title, style)
    sheet.page.set_row(sheet.row, 45)
    sheet.down()


def form_cells(sheet: Sheet, row: FormRow, first: int) -> None:
    """The figures of one line of the form; rates as text, for they are read, not added up."""
    at = _cells(sheet, row.cells, first, signed=row.change)
    for value in (row.rate, row.rate_of_resolved):
        sheet.page.write_string(
            sheet.row, at, "" if row.change else words.rate(value), sheet.styles.centre
        )
        at += 1


def _cells(sheet: Sheet, cells: Cells, first: int, *, signed: bool) -> int:
    styles = sheet.styles
    for index, value in enumerate(cells, start=first):
        if value is None:
            sheet.page.write_string(sheet.row, index, "–", styles.centre)
        else:
            sheet.page.write_number(
                sheet.row, index, value, styles.signed if signed else styles.number
            )
    return first + len(cells)


def _rates(sheet: Sheet, page: FirstPage) -> None:
    sheet.down()
    style = sheet.styles.header
    titles = (
        "Đếm lại",
        "Sau đối chiếu",
        "Khoảng (hồ sơ chưa đủ căn cứ tính cả hai cách)",
        "Chỉ dùng hai mức căn cứ mạnh nhất",
    )
    spans = ((1, 2), (3, 4), (5, 9), (10, 14))
    sheet.page.write_string(sheet.row, 0, "Tỷ lệ quá hạn", style)
    for (first, last), title in zip(spans, titles, strict=True):
        sheet.line(title, style, first, last)
    sheet.down()
    for rates in page.rates:
        sheet.page.write_string(sheet.row, 0, rates.formula, sheet.styles.text)
        texts = (
            words.rate(rates.recorded),
            words.rate(rates.reconciled),
            words.rate_span(rates.low, rates.high),
            words.rate(rates.strongest),
        )
        for (first, last), text in zip(spans, texts, strict=True):
            sheet.line(text, sheet.styles.centre, first, last)
        sheet.page.set_row(sheet.row, 30)
        sheet.down()
    sheet.down()


def _bridge(sheet: Sheet, page: FirstPage) -> None:
    """From the submitted to the reconciled figures, helps and hurts apart."""
    sheet.section("IV. TỪ SỐ ĐÃ BÁO CÁO ĐẾN SỐ SAU ĐỐI CHIẾU")
    styles = sheet.styles
    titles = ("Số hồ sơ", *(words.COLUMNS[column] for column in BUCKETS))
    sheet.page.write_string(sheet.row, 0, "Bước, căn cứ", styles.header)
    for index, title in enumerate(titles):
        sheet.line(title, styles.header, 1 + 2 * index, 2 + 2 * index)
    sheet.page.set_row(sheet.row, 32)
    sheet.down()
    bold = styles.of(bold=True, border=1, text_wrap=True, valign="top", font_size=10)
    for step in page.bridge:
        sheet.page.write_string(sheet.row, 0, step.title, bold if step.total else styles.text)
        cells = (step.dossiers, *step.cells)
        for index, value in enumerate(cells):
            text = _step(value, total=step.total or index == 0)
            sheet.line(text, styles.centre, 1 + 2 * index, 2 + 2 * index)
        sheet.page.set_row(sheet.row, 15 * (1 + len(step.title) // 42))
        sheet.down()


def _step(value: int | None, *, total: bool) -> str:
    if value is None:
        return ""
    return words.number(value) if total else words.signed(value)


def _sources(sheet: Sheet, page: FirstPage) -> None:
    sheet.section("V. NGUỒN ĐÃ ĐỌC")
    styles = sheet.styles
    spans = ((1, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 9), (10, 14))
    titles = (
        "Đọc đủ",
        "Đã đọc",
        "Không đọc được",
        "Mới",
        "Thay đổi",
        "Khoảng thời gian",
        "Ghi chú",
    )
    sheet.page.write_string(sheet.row, 0, "Nguồn", styles.header)
    for (first, last), title in zip(spans, titles, strict=True):
        sheet.line(title, styles.header, first, last)
    sheet.page.set_row(sheet.row, 30)
    sheet.down()
    for source in page.sources:
        name = f"{source.role} ({source.name})"
        sheet.page.write_string(sheet.row, 0, name, styles.text)
        sheet.line("Đủ" if source.complete else "CHƯA ĐỌC ĐỦ", styles.centre, 1, 2)
        for index, value in enumerate(
            (source.read, source.rejected, source.new, source.changed), start=3
        ):
            sheet.page.write_number(sheet.row, index, value, styles.number)
        sheet.line(source.covers, styles.centre, 7, 9)
        sheet.line(source.remarks, styles.text, 10, 14)
        sheet.page.set_row(sheet.row, max(16, sheet.height_of(source.remarks, 10, 14)))
        sheet.down()
    for text in page.warnings:
        sheet.paragraph(f"Lưu ý – {text}", styles.note)


def _open_questions(sheet: Sheet, page: FirstPage) -> None:
    """What was not judged, and what changed since the last run."""
    styles = sheet.styles
    if page.not_judged:
        sheet.section("VI. CHƯA KẾT LUẬN")
        spans = ((0, 2), (3, 5), (6, 12), (13, 14))
        for (first, last), title in zip(
            spans, ("Nội dung", "Đơn vị", "Vì sao", "Số hồ sơ"), strict=True
        ):
            sheet.line(title, styles.header, first, last)
        sheet.down()
        for line in page.not_judged:
            texts = (line.label, line.unit, line.reason, words.number(line.cases))
            for (first, last), text in zip(spans, texts, strict=True):
                sheet.line(text, styles.text, first, last)
            sheet.page.set_row(
                sheet.row,
                max(sheet.height_of(line.label, 0, 2), sheet.height_of(line.reason, 6, 12)),
            )
            sheet.down()
    if page.movements:
        sheet.section("VII. SO VỚI CÁC LẦN TRƯỚC")
        for text in page.movements:
            sheet.paragraph(text)


def draw_units(sheet: Sheet, contents: Contents) -> None:
    """The form by unit: submitted, recounted and reconciled, and the unit's own numbers."""
    before = ("STT", "Đơn vị", "Số liệu")
    after = ("Đã trả, phần mềm chưa kết thúc", "Quá hạn thật", "Chưa kết luận được")
    sheet.set_up((5, 26, 17, *[8.5] * 12, 9, 9, 11, 9, 9))
    page = contents.page
    sheet.heading(
        "SỐ LIỆU THEO ĐƠN VỊ", (page.office, f"{page.period}. {page.as_of}. {page.read_at}.")
    )
    top = sheet.row
    form_header(sheet, before)
    first = len(before) + 12 + len(RATES)
    sheet.row -= 1
    for index, title in enumerate(after, start=first):
        sheet.page.write_string(sheet.row, index, title, sheet.styles.header)
    sheet.down()
    sheet.page.repeat_rows(top, sheet.row - 1)
    sheet.page.freeze_panes(sheet.row, 2)
    header_row = sheet.row - 1
    number = 0
    for unit in contents.units:
        number += 1
        for row in unit.rows or (FormRow("không có số liệu", (None,) * 12, None, None),):
            sheet.page.write_number(sheet.row, 0, number, sheet.styles.number)
            sheet.page.write_string(sheet.row, 1, unit.unit, sheet.styles.text)
            sheet.page.write_string(sheet.row, 2, row.title, sheet.styles.text)
            form_cells(sheet, row, 3)
            for index, value in enumerate(
                (unit.stuck, unit.overdue, unit.undetermined), start=first
            ):
                sheet.page.write_number(sheet.row, index, value, sheet.styles.number)
            sheet.down()
    if contents.units:
        sheet.filter(header_row, first + len(after))
    sheet.down()
    for text in page.notes:
        sheet.paragraph(text, sheet.styles.note)
    sheet.signatures(SIGNERS)


def draw_ages(book: Any, sheet: Sheet, page: FirstPage) -> None:
    """How long the work has been waiting, and how it went from run to run."""
    sheet.set_up((34, *[14] * 5))
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
            sheet.page.write_number(sheet.row, index, value, styles.number)
        sheet.down()
    sheet.down()
    if any(any(numbers) for _, numbers in page.ageing.series):
        sheet.page.insert_chart(sheet.row, 0, _age_chart(book, sheet.page.name, header, page))
        sheet.down(20)
    else:
        sheet.paragraph("Không có việc chưa khớp nào để vẽ biểu đồ.")
    if len(page.trend) > 1:
        _trend(book, sheet, page)


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
                "values_data": list(numbers),
                "fill": {"color": SHADES[index]},
            }
        )
    _dress(chart, "Số việc chưa khớp theo thời gian tồn")
    return chart


def _trend(book: Any, sheet: Sheet, page: FirstPage) -> None:
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
            "line": {"color": SHADES[0], "width": 2.25},
            "marker": {"type": "circle"},
        }
    )
    _dress(chart, "Số việc còn mở sau mỗi lần đối soát")
    sheet.down()
    sheet.page.insert_chart(sheet.row, 0, chart)


def _dress(chart: Any, title: str) -> None:
    font = {"name": "Times New Roman", "size": 11}
    chart.set_title({"name": title, "name_font": {**font, "size": 13, "bold": True}})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_x_axis({"num_font": font, "num_format": "dd/mm/yyyy"})
    chart.set_y_axis(
        {
            "num_font": font,
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            "min": 0,
        }
    )
    chart.set_size({"width": 760, "height": 380})
