"""Draws the first page of the workbook: the page for a chair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from worker import words
from worker.reports import sampled
from worker.reports.counts import Count
from worker.reports.figures import BUCKETS, NO_RATES, RANGE, STEP_RATES, STRONGEST
from worker.reports.firstpage import FirstPage
from worker.reports.form import form_cells, form_header
from worker.reports.readings import blanks
from worker.reports.sheets import ALARM_FILL, NUMBER_FORMAT, SheetWriter
from worker.reports.signs import SIGNS_NOTE, SIGNS_TITLE

#: The first column of the first page, twelve figures, two rates.
COVER_WIDTHS = (34, *[8.4] * 12, 9.5, 9.5)
SIGNERS = ("NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ")


def draw_first_page(sheet: SheetWriter, page: FirstPage) -> None:
    """The page for a chair: one look tells what was read, what is wrong, and by how much."""
    sheet.set_up(COVER_WIDTHS)
    _letterhead(sheet, page)
    _unread(sheet, page)
    _check_said(sheet, page)
    _numbers(sheet, page)
    _signs(sheet, page)
    # A table of figures is not torn from its header; a full first page ends before the numbers.
    breaks = [sheet.row] if page.signs else []
    _always(sheet, page)
    breaks = breaks or [sheet.row]
    _form(sheet, page)
    breaks += [sheet.row] if page.bridge else []
    _bridge(sheet, page)
    sheet.page.set_h_pagebreaks(breaks)
    _frozen(sheet, page)
    _check(sheet, page)
    _sources(sheet, page)
    _open_questions(sheet, page)
    sheet.signatures(SIGNERS)
    sheet.page.print_area(0, 0, sheet.row, sheet.last)


def _letterhead(sheet: SheetWriter, page: FirstPage) -> None:
    styles = sheet.styles
    office = styles.of(bold=True, align="center", valign="vcenter", text_wrap=True, num_format="@")
    motto = styles.of(bold=True, align="center", valign="vcenter")
    sheet.line(page.office.upper(), office, 0, 4, height=20)
    sheet.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto, 7, sheet.last)
    sheet.down()
    if page.unit:
        sheet.line(page.unit.upper(), office, 0, 4, height=20)
    sheet.line("Độc lập - Tự do - Hạnh phúc", motto, 7, sheet.last)
    sheet.down()
    sheet.line(page.title, styles.title, height=28)
    sheet.down()
    for text in (
        f"{page.period}. {page.as_of}.",
        f"{page.read_at}.",
        f"Mã lần đối soát: {page.run_id} ({page.trigger})",
    ):
        sheet.line(text, styles.subtitle, height=sheet.height_of(text))
        sheet.down()
    sheet.down()
    sheet.line(
        page.conclusion,
        styles.of(bold=True, text_wrap=True, align="center", valign="vcenter", num_format="@"),
        height=sheet.height_of(page.conclusion) + 4,
    )
    sheet.down()


def _unread(sheet: SheetWriter, page: FirstPage) -> None:
    """A block that nobody may overlook, or one quiet line."""
    styles = sheet.styles
    sheet.down()
    if not page.unread:
        sheet.paragraph("Các nguồn đã đọc đủ.")
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
        sheet.paragraph("\n".join((source.since, f"Lý do: {source.problem}", *source.units)), line)


def _numbers(sheet: SheetWriter, page: FirstPage) -> None:
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
    sheet.numbered("BA CON SỐ CẦN BIẾT")
    for count in page.headline:
        _counted(sheet, count, label, big, note, height=max(34, sheet.height_of(count.note, 6)))


def _always(sheet: SheetWriter, page: FirstPage) -> None:
    styles = sheet.styles
    note = styles.of(border=1, valign="vcenter", text_wrap=True, num_format="@")
    sheet.numbered("CÁC SỐ LUÔN CÔNG BỐ, KỂ CẢ BẰNG 0")
    label = styles.of(border=1, valign="vcenter", text_wrap=True)
    plain = styles.of(
        bold=True, border=1, align="center", valign="vcenter", num_format=NUMBER_FORMAT
    )
    for count in page.always:
        sheet.line(count.label, label, 0, 5)
        sheet.count(count.count, plain, 6)
        said = count.where or count.note
        sheet.line(said, note, 7, sheet.last)
        sheet.page.set_row(
            sheet.row, max(17, sheet.height_of(said, 7), sheet.height_of(count.label, 0, 5))
        )
        sheet.down()


def _signs(sheet: SheetWriter, page: FirstPage) -> None:
    """What looks unusual in the registers, by unit: to be looked at, no verdict."""
    if not page.signs:
        return
    styles = sheet.styles
    sheet.numbered(SIGNS_TITLE.upper())
    sheet.paragraph(SIGNS_NOTE, styles.note)
    sheet.line("Dấu hiệu", styles.header, 0, 3)
    sheet.line("Ở đâu, bao nhiêu", styles.header, 4, sheet.last)
    sheet.down()
    for sign in page.signs:
        where = "; ".join(f"{unit}: {seen}" for unit, seen in sign.units)
        sheet.line(sign.what, styles.text, 0, 3)
        sheet.line(where, styles.text, 4, sheet.last)
        sheet.page.set_row(
            sheet.row, max(16, sheet.height_of(sign.what, 0, 3), sheet.height_of(where, 4))
        )
        sheet.down()


def _counted(
    sheet: SheetWriter, count: Count, label: Any, number: Any, note: Any, *, height: int = 0
) -> None:
    """A label, its number, and what is said of it."""
    sheet.line(count.label, label, 0, 3, height=height)
    sheet.page.merge_range(sheet.row, 4, sheet.row, 5, "", number)
    sheet.count(count.count, number, 4)
    sheet.line(count.note, note, 6, sheet.last)
    sheet.down()


def _form(sheet: SheetWriter, page: FirstPage) -> None:
    """The table of form II.06a: submitted first, recounted and reconciled below each other."""
    sheet.numbered("SỐ LIỆU THEO BIỂU II.06a/VPCP/KSTT")
    form_header(sheet, ["Số liệu"])
    for row in page.figures:
        sheet.page.write_string(sheet.row, 0, row.title, sheet.styles.text)
        form_cells(sheet, row, 1)
        sheet.page.set_row(sheet.row, 30 if len(row.title) > 42 else 16)
        sheet.down()
    sheet.down()
    effects = (f"{count.label}: {words.number(count.count)}." for count in page.effects)
    sheet.paragraph(" ".join(effects))
    sheet.paragraph(page.reconciled_part, sheet.styles.of(bold=True, text_wrap=True))
    _rates(sheet, page)
    for line in page.sublines:
        sheet.paragraph(
            f"Trong đó, {line.label}: đếm lại {words.number(line.recorded)}, "
            f"sau đối chiếu {words.number(line.reconciled)}.",
            sheet.styles.note,
        )
    for text in (*page.opening, *page.first_read, *page.notes):
        sheet.paragraph(text, sheet.styles.note)


def _frozen(sheet: SheetWriter, page: FirstPage) -> None:
    """The frozen figures and every correction, and what the data say now."""
    if page.frozen is None:
        return
    sheet.numbered("SỐ LIỆU ĐÃ CHỐT VÀ CÁC ĐÍNH CHÍNH")
    sheet.paragraph(page.frozen.title, sheet.styles.of(bold=True, text_wrap=True, num_format="@"))
    for text in page.frozen.lines:
        sheet.paragraph(text)
    sheet.down()
    form_header(sheet, ["Số liệu"])
    for row in page.frozen.rows:
        sheet.page.write_string(sheet.row, 0, row.title, sheet.styles.text)
        form_cells(sheet, row, 1)
        sheet.page.set_row(sheet.row, 30 if len(row.title) > 42 else 16)
        sheet.down()


def _check_said(sheet: SheetWriter, page: FirstPage) -> None:
    """What papers drawn at random prove of the figures: one sentence a claim."""
    if page.check is None:
        return
    style = sheet.styles.of(bold=True, text_wrap=True, valign="top", num_format="@")
    for text in page.check.said:
        sheet.paragraph(text, style)


def _check(sheet: SheetWriter, page: FirstPage) -> None:
    """The claims, the papers that contradict, and from where all can be computed again."""
    if page.check is None:
        return
    sheet.numbered(sampled.TITLE)
    _table(sheet, sampled.CLAIM_HEADS, map(sampled.claim_cells, page.check.claims), _CLAIM_SPANS)
    sheet.down()
    if page.check.against:
        sheet.paragraph(sampled.AGAINST_TITLE, sheet.styles.of(bold=True))
        rows = map(sampled.against_cells, page.check.against)
        _table(sheet, sampled.AGAINST_HEADS, rows, _AGAINST_SPANS)
        sheet.down()
    for text in page.check.notes:
        sheet.paragraph(text, sheet.styles.note)


#: The columns of the sheet that each cell of the two tables takes.
_CLAIM_SPANS = (
    *((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)),
)
_AGAINST_SPANS = ((0, 0), (1, 3), (4, 6), (7, 10), (11, 14))


def _table(
    sheet: SheetWriter,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    spans: Sequence[tuple[int, int]],
) -> None:
    lines = [(heads, sheet.styles.header, 32), *((row, sheet.styles.text, 16) for row in rows)]
    for texts, style, least in lines:
        for (first, last), text in zip(spans, texts, strict=True):
            if first == last:
                sheet.page.write_string(sheet.row, first, text, style)
            else:
                sheet.line(text, style, first, last)
        heights = (
            sheet.height_of(text, first, last)
            for (first, last), text in zip(spans, texts, strict=True)
        )
        sheet.page.set_row(sheet.row, max(least, *heights))
        sheet.down()


def _rates(sheet: SheetWriter, page: FirstPage) -> None:
    if not page.rates:
        sheet.paragraph(NO_RATES, sheet.styles.of(bold=True, text_wrap=True))
        return
    sheet.down()
    style = sheet.styles.header
    titles = (
        "Đếm lại",
        "Sau đối chiếu",
        RANGE,
        STRONGEST,
    )
    spans = ((1, 2), (3, 4), (5, 9), (10, 14))
    sheet.page.write_string(sheet.row, 0, "Tỷ lệ quá hạn", style)
    for (first, last), title in zip(spans, titles, strict=True):
        sheet.line(title, style, first, last)
    sheet.page.set_row(sheet.row, 32)
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
        sheet.page.set_row(sheet.row, sheet.height_of(rates.formula, 0, 0))
        sheet.down()
    sheet.down()


def _bridge(sheet: SheetWriter, page: FirstPage) -> None:
    """From the submitted to the reconciled figures, helps and hurts apart."""
    if not page.bridge:
        return
    sheet.numbered("TỪ SỐ ĐÃ BÁO CÁO ĐẾN SỐ SAU ĐỐI CHIẾU")
    styles = sheet.styles
    titles = ("Số hồ sơ", *(words.COLUMNS[column] for column in BUCKETS), *STEP_RATES)
    spans = _bridge_spans()
    sheet.page.write_string(sheet.row, 0, "Bước, căn cứ", styles.header)
    for (first, last), title in zip(spans, titles, strict=True):
        sheet.line(title, styles.header, first, last)
    sheet.page.set_row(sheet.row, 60)
    sheet.down()
    bold = styles.of(bold=True, border=1, text_wrap=True, valign="top", font_size=10)
    for step in page.bridge:
        sheet.page.write_string(sheet.row, 0, step.title, bold if step.total else styles.text)
        dossiers = "" if step.dossiers is None else words.number(step.dossiers)
        moved = (_step(value, total=step.total) for value in step.cells)
        texts = (dossiers, *moved, step.rate, step.rate_of_resolved)
        for (first, last), text in zip(spans, texts, strict=True):
            sheet.line(text, styles.centre, first, last)
        sheet.page.set_row(sheet.row, sheet.height_of(step.title, 0, 0))
        sheet.down()


def _bridge_spans() -> tuple[tuple[int, int], ...]:
    """The columns of the sheet that each cell of the bridge takes."""
    buckets = [(2 + 2 * n, 3 + 2 * n) for n in range(len(BUCKETS) - 1)]
    return ((1, 1), *buckets, (12, 12), (13, 13), (14, 14))


def _step(value: int | None, *, total: bool) -> str:
    return words.number(value) if total or value is None else words.signed(value)


def _sources(sheet: SheetWriter, page: FirstPage) -> None:
    sheet.numbered("NGUỒN ĐÃ ĐỌC")
    styles = sheet.styles
    spans = ((1, 2), (3, 4), (5, 6), (7, 7), (8, 8), (9, 10), (11, 12), (13, 14))
    titles = (
        "Đọc đủ",
        "Dữ liệu đến ngày",
        "Đọc lúc",
        "Đã đọc",
        "Mới, thay đổi",
        "Ô để trống, dòng bị bỏ",
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
        texts = (
            "Đủ" if source.complete else "CHƯA ĐỌC ĐỦ",
            source.data_to or "–",
            source.read_at or "–",
            words.number(source.read),
            f"{words.number(source.new)}, {words.number(source.changed)}",
            blanks(source),
            source.covers or "–",
            source.remarks,
        )
        for (first, last), text in zip(spans, texts, strict=True):
            sheet.line(text, styles.centre if last < 13 else styles.text, first, last)
        heights = (
            sheet.height_of(text, first, last)
            for (first, last), text in zip(spans, texts, strict=True)
        )
        sheet.page.set_row(sheet.row, max(16, sheet.height_of(name, 0, 0), *heights))
        sheet.down()
        if source.uneven:
            sheet.paragraph(f"Theo đơn vị: {' '.join(source.uneven)}", styles.text)
    for text in page.warnings:
        sheet.paragraph(f"Lưu ý – {text}", styles.note)


def _open_questions(sheet: SheetWriter, page: FirstPage) -> None:
    """What was not judged, and what changed since the last run."""
    styles = sheet.styles
    if page.not_judged:
        sheet.numbered("CHƯA KẾT LUẬN")
        spans = ((0, 2), (3, 8), (9, 13), (14, 14))
        titles = ("Vì sao", "Loại việc chưa kết luận", "Đơn vị (số hồ sơ)", "Số hồ sơ")
        for (first, last), title in zip(spans, titles, strict=True):
            sheet.line(title, styles.header, first, last)
        sheet.down()
        for line in page.not_judged:
            texts = (
                line.reason,
                "; ".join(line.kinds),
                line.units,
                words.number(line.cases or None),
            )
            for (first, last), text in zip(spans, texts, strict=True):
                sheet.line(text, styles.text if first < 14 else styles.centre, first, last)
            sheet.page.set_row(
                sheet.row,
                max(
                    sheet.height_of(text, first, last)
                    for (first, last), text in zip(spans, texts, strict=True)
                ),
            )
            sheet.down()
    if page.movements:
        sheet.numbered("SO VỚI CÁC LẦN TRƯỚC")
        for text in page.movements:
            sheet.paragraph(text)
