"""Lines written at once are, byte for byte, what XlsxWriter writes cell by cell."""

import io
from datetime import date, datetime

import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from bench.workbook import cell_by_cell
from worker.reports.quick_rows import LinesWorksheet
from worker.reports.sheets import Cell

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    (
        "Đang xử lý",
        " trước",
        "sau ",
        "a & b < c > d",
        "_x0041_",
        "\ufffe",
        '"',
        "a\nb",
        "\x1f",
        "\xa0",
    )
)
CELLS = st.none() | TEXTS | st.integers(0, 10**9) | st.dates(date(1900, 1, 1), date(2100, 1, 1))
LINES = st.lists(st.lists(CELLS, min_size=2, max_size=5), max_size=5)
HEIGHTS = (15, 28, 41)


def drawn(lines: list[list[Cell]], *, at_once: bool) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"created": datetime(2024, 1, 1)})  # noqa: DTZ001 - as XlsxWriter asks
        page = book.add_worksheet("Trang", LinesWorksheet if at_once else None)
        formats = [book.add_format({"num_format": "@"}), book.add_format({"bold": True})]
        page.set_column(0, 3, 12)
        page.merge_range(0, 0, 0, 2, "", formats[1])
        page.write_string(0, 0, "Tiêu đề", formats[1])
        for row, cells in enumerate(lines, start=2):
            points = HEIGHTS[row % 3]
            styles = [formats[(row + at) % 2] for at in range(len(cells))]
            if at_once:
                page.write_line(row, points, cells, styles)
            else:
                cell_by_cell(page, row, points, cells, styles)
                page.set_row(row, points)
        page.write_string(len(lines) + 2, 1, "Người lập", formats[0])
        page.set_row(len(lines) + 2, 30)
        page.autofilter(1, 0, len(lines) + 1, 1)
    return file.getvalue()


@given(LINES)
@example([["x" * 40_000, "😀" * 20_000]])
@example([["giống nhau", "giống nhau"], ["giống nhau", None]])
def test_the_bytes_are_those_of_cell_by_cell(lines):
    assert drawn(lines, at_once=True) == drawn(lines, at_once=False)
