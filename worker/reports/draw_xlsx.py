"""Draws the workbook ``doi-soat.xlsx``; what it shows was decided in contents.py.

The same contents give the same bytes: no clock, no chance, a fixed date of creation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

import xlsxwriter

from reconcile import labels
from reconcile.steps import Step
from worker import words
from worker.reports.contents import Contents
from worker.reports.cover import SIGNERS as TWO_SIGNERS
from worker.reports.cover import draw_first_page
from worker.reports.dossiers import PARTS, said_closing, said_total
from worker.reports.list_columns import (
    CLOSING,
    CORRECTIONS,
    KEY,
    MOVED,
    NUMBERING,
    PAIRS,
    PLACE,
    REJECTED,
    SIGNERS,
    UNDECIDED,
    WAITING,
    WAITING_PARTS,
    WORK,
    Group,
    capital,
    closing_groups,
    closing_notes,
    groups,
    titled,
)
from worker.reports.packing import PackedRows
from worker.reports.pages import draw_ages, draw_fields, draw_units
from worker.reports.quick_rows import LinesWorksheet
from worker.reports.sheets import FONT, SheetColumn, SheetWriter, Styles, sheet_name
from worker.reports.undecided import NOTE as UNDECIDED_NOTE
from worker.reports.undecided import TITLE as UNDECIDED_TITLE
from worker.reports.work import UnitWork

CREATED = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
#: With more units than this, one sheet with a filter is easier to find one's way in.
MOST_UNIT_SHEETS = 60


class Workbook:
    """One workbook being drawn: its formats and the names its sheets have taken."""

    def __init__(self, book: Any, contents: Contents) -> None:
        self.book = book
        self.contents = contents
        self.styles = Styles(book)
        self._taken: set[str] = set()

    def sheet(self, name: str, columns: int) -> SheetWriter:
        page = self.book.add_worksheet(sheet_name(name, self._taken), LinesWorksheet)
        return SheetWriter(page, self.styles, columns)

    def listing(
        self,
        name: str,
        title: str,
        columns: Sequence[SheetColumn],
        rows: Iterable[Any],
        *,
        notes: Sequence[str] = (),
        place: bool = True,
        beside: Sequence[SheetColumn] = (),
        signers: Sequence[str] = (),
        empty: str = "Không có.",
    ) -> None:
        """A sheet that is one table with a title, filters, and where wanted the signatures.

        ``place`` adds file, sheet and row in a column that is not printed; ``beside`` others.
        """
        printed = len(columns)
        columns = titled(columns, full_names=self.contents.full_names)
        columns = (*columns, *((PLACE,) if place else ()), *beside)
        sheet = self.sheet(name, len(columns))
        sheet.set_up([column.width for column in columns], printed=printed)
        page = self.contents.page
        sheet.heading(title, (*page.under, *notes))
        header_row = sheet.row
        sheet.header(columns)
        if sheet.table(columns, rows):
            sheet.filter(header_row, len(columns))
        else:
            sheet.paragraph(empty)
        if signers:
            sheet.signatures(signers)
        sheet.page.print_area(0, 0, max(sheet.row, 1), printed - 1)

    def grouped(
        self,
        name: str,
        title: str,
        columns: Sequence[SheetColumn],
        found: Iterable[Group],
        *,
        notes: Sequence[str] = (),
        signers: Sequence[str] = (),
        empty: str = "Không có.",
    ) -> None:
        """A sheet with one table in groups, numbered through; the place stands beside it."""
        printed = len(columns)
        columns = (*titled(columns, full_names=self.contents.full_names), PLACE)
        sheet = self.sheet(name, len(columns))
        sheet.set_up([column.width for column in columns], printed=printed)
        page = self.contents.page
        sheet.heading(title, (page.office, f"{page.period}. {page.as_of}. {page.read_at}.", *notes))
        sheet.header(columns, height=42)
        count = 0
        for said, rows in found:
            sheet.band(said)
            count += sheet.table(columns, rows, start=count + 1)
        if not count:
            sheet.paragraph(empty)
        if signers:
            sheet.signatures(signers)
        sheet.page.print_area(0, 0, max(sheet.row, 1), printed - 1)


def draw(contents: Contents, file: BinaryIO) -> None:
    """Write the workbook into ``file``; row by row, so that its size costs no memory."""
    workbook = _begun(contents, file)
    page = contents.page
    draw_first_page(workbook.sheet("Tổng hợp", 15), page)
    if contents.fields:
        draw_fields(workbook.sheet("Lĩnh vực", 17), contents)
    draw_units(workbook.sheet("Đơn vị", 21), contents)
    _closing(workbook)
    _undecided(workbook)
    _todo(workbook)
    _unit_sheets(workbook)
    _inspector(workbook)
    draw_ages(workbook.book, workbook.sheet("Thời gian tồn", 6), page)
    workbook.book.close()


def draw_lists(contents: Contents, file: BinaryIO) -> None:
    """Write the lists alone, without figures: what a unit works through."""
    workbook = _begun(contents, file)
    _closing(workbook)
    _undecided(workbook)
    _unit_sheets(workbook)
    workbook.book.close()


def _begun(contents: Contents, file: BinaryIO) -> Workbook:
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            # What somebody types into an empty cell looks like the rest.
            "default_format_properties": {"font_name": FONT, "font_size": 11},
        },
    )
    book.set_properties(
        {
            "title": contents.page.title,
            "author": "",
            "company": contents.page.office,
            "created": CREATED,
        }
    )
    return Workbook(book, contents)


def _closing(workbook: Workbook) -> None:
    """What is ended on the software once it is signed, by unit and by instruction."""
    contents = workbook.contents
    workbook.grouped(
        "Danh sách kết thúc",
        "DANH SÁCH HỒ SƠ ĐỀ NGHỊ KẾT THÚC TRÊN PHẦN MỀM",
        CLOSING,
        (group for unit in contents.unit_work for group in closing_groups(unit)),
        notes=(
            f"{capital(said_closing(contents.tally))}. Mỗi hồ sơ do người có trách nhiệm kiểm tra "
            "và thực hiện.",
            *closing_notes(contents.tally),
            words.EVIDENCE_LEGEND,
        ),
        signers=SIGNERS,
    )


def _undecided(workbook: Workbook) -> None:
    """Past due, and no complete register tells: as many as page one counts."""
    workbook.listing(
        UNDECIDED_TITLE,
        UNDECIDED_TITLE.upper(),
        UNDECIDED,
        workbook.contents.undecided,
        notes=(UNDECIDED_NOTE,),
        place=False,
    )


def _todo(workbook: Workbook) -> None:
    """How many dossiers wait for which step, by unit: the lists stand in the units' sheets."""
    contents = workbook.contents
    page, total = contents.page, contents.tally
    steps = [step for step in Step if step in total.steps]
    waiting = [part for part in WAITING_PARTS if part in total.parts]
    columns = (
        NUMBERING,
        SheetColumn("Đơn vị", 24, lambda unit: unit.unit),
        *(SheetColumn(labels.STEPS[step], 11, _count_of(step, "steps")) for step in steps),
        *(SheetColumn(capital(PARTS[part]), 9, _count_of(part, "parts")) for part in waiting),
        SheetColumn("Cộng hồ sơ chưa khớp", 11, lambda unit: unit.tally.total),
    )
    sheet = workbook.sheet("Việc cần làm", max(len(columns), 8))
    sheet.set_up([column.width for column in columns] + [9] * (8 - len(columns)))
    sheet.heading(
        "VIỆC CẦN LÀM THEO ĐƠN VỊ",
        (
            page.office,
            f"{page.period}. {page.as_of}. {page.read_at}.",
            f"{capital(said_total(total))}.",
            "Mỗi hồ sơ đếm một lần, ở việc phải làm trước. Danh sách ở trang của từng đơn vị, xếp "
            "theo việc, rồi theo sổ – quyển – trang.",
        ),
    )
    if not total.total:
        sheet.paragraph("Không có việc cần làm.")
        return
    sheet.header(columns, height=75)
    units = [unit for unit in contents.unit_work if unit.tally.total]
    sheet.table(columns, units)
    if len(units) > 1:
        every = UnitWork("Cộng", total.closing, PackedRows(0, ()), tally=total)
        sheet.table(columns, [every], start=len(units) + 1)


def _count_of(name: str, field: str) -> Callable[[UnitWork], int | None]:
    return lambda unit: getattr(unit.tally, field).get(name) or None


def _unit_sheets(workbook: Workbook) -> None:
    """A sheet a unit, or one sheet where there are too many units."""
    units = workbook.contents.unit_work
    if len(units) <= MOST_UNIT_SHEETS:
        for unit in units:
            course = words.course((point.on, point.open) for point in unit.trend)
            workbook.grouped(
                unit.unit,
                f"HỒ SƠ CHƯA KHỚP – {unit.unit}",
                WORK,
                groups(unit.dossiers()),
                notes=(
                    f"{capital(said_total(unit.tally))}. {words.EVIDENCE_LEGEND}",
                    *((f"Số việc còn mở sau mỗi lần đối soát: {course}.",) if course else ()),
                ),
            )
        return
    workbook.grouped(
        "Theo đơn vị",
        "HỒ SƠ CHƯA KHỚP THEO ĐƠN VỊ",
        WORK,
        (
            (f"{unit.unit} – {title}", rows)
            for unit in units
            for title, rows in groups(unit.dossiers())
        ),
    )


def _inspector(workbook: Workbook) -> None:
    """What an inspector opens first: what moved, what is doubtful, what to look up."""
    contents = workbook.contents
    workbook.listing(
        "Hồ sơ thay đổi chỉ tiêu",
        "HỒ SƠ THAY ĐỔI CHỈ TIÊU SAU ĐỐI CHIẾU",
        MOVED,
        contents.moved,
        notes=(
            "Ghép theo mã, theo số sổ đứng trước; ghép theo nhân thân và do người xác nhận đứng "
            "sau. Cột “Người nhập sổ” để trống khi đơn vị chưa khai.",
        ),
    )
    workbook.listing(
        "Cặp nghi ngờ",
        "DÒNG SỔ CHƯA GHÉP ĐƯỢC CHẮC CHẮN, CẦN NGƯỜI XÁC NHẬN",
        PAIRS,
        contents.pairs,
        notes=(
            "Xem họ tên đầy đủ: doisoat review show KHÓA. Trả lời: doisoat review confirm KHÓA "
            "MÃ-HỒ-SƠ (cùng một hồ sơ) hoặc doisoat review reject KHÓA MÃ-HỒ-SƠ (khác hồ sơ); khóa "
            "ở cột cuối, không in.",
        ),
        beside=(KEY,),
    )
    if contents.page.frozen or len(contents.correction_rows):
        workbook.listing(
            "Đính chính",
            "HỒ SƠ KHÁC VỚI SỐ LIỆU ĐÃ CHỐT",
            CORRECTIONS,
            contents.corrections,
            notes=(
                "Mỗi dòng là một hồ sơ làm thay đổi số liệu đã chốt. “Chưa đính chính”: dữ liệu "
                "nay khác bản gần nhất, chưa có người lập đính chính. “Chuyển kỳ”: khác với số tồn "
                "cuối kỳ trước đã chốt.",
            ),
            place=False,
            signers=TWO_SIGNERS,
        )
    if contents.waiting:
        workbook.listing(
            "Chờ cơ quan khác",
            "HỒ SƠ LIÊN THÔNG ĐÃ XONG BƯỚC HỘ TỊCH, CHỜ CƠ QUAN KHÁC",
            WAITING,
            contents.waiting,
            place=False,
        )
    workbook.listing(
        "Dòng không đọc được",
        "DÒNG VÀ Ô KHÔNG ĐỌC ĐƯỢC",
        REJECTED,
        contents.rejected,
        notes=("Không ghi nội dung ô vì có thể là dữ liệu cá nhân.",),
        place=False,
    )
