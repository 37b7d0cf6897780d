"""Draws the workbook ``doi-soat.xlsx``; what it shows was decided in contents.py.

The same contents give the same bytes: no clock, no chance, a fixed date of creation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, BinaryIO

import xlsxwriter

from worker.reports import words
from worker.reports.contents import Contents
from worker.reports.cover import SIGNERS as TWO_SIGNERS
from worker.reports.cover import draw_first_page
from worker.reports.pages import draw_ages, draw_fields, draw_units
from worker.reports.sheets import FONT, Column, Sheet, Styles, sheet_name
from worker.reports.undecided import NOTE as UNDECIDED_NOTE
from worker.reports.undecided import TITLE as UNDECIDED_TITLE
from worker.reports.worksheet import LinesWorksheet

CREATED = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
#: With more units than this, one sheet with a filter is easier to find one's way in.
MOST_UNIT_SHEETS = 60
TICK = "☐"
PERSON = "Người được đăng ký (viết tắt)"
PERSON_IN_FULL = "Người được đăng ký"
SIGNERS = ("NGƯỜI LẬP BIỂU", "CÔNG CHỨC LÀM CÔNG TÁC HỘ TỊCH", "THỦ TRƯỞNG ĐƠN VỊ")


def _blank(_row: object) -> None:
    return None


NUMBERING = Column("STT", 5, _blank, "center")
PLACE = Column("Tệp, trang tính, dòng", 40, lambda row: row.place)
UNIT = Column("Đơn vị", 18, lambda row: row.unit)
#: What an answer is typed back for; not printed, as the place is not.
KEY = Column("Khóa dòng (không sửa)", 26, lambda row: row.key)

#: One line of work in a unit's sheet.
WORK = (
    NUMBERING,
    Column("Mã hồ sơ", 18, lambda row: row.code),
    Column("Mã hồ sơ liên thông", 18, lambda row: row.national_code),
    Column("Nội dung lệch", 19, lambda row: row.label),
    Column("Thủ tục", 14, lambda row: row.procedure),
    Column(PERSON, 11, lambda row: row.person),
    Column("Ngày hẹn trả", 10.5, lambda row: row.due_on),
    Column("Số ngày quá hạn", 7, lambda row: row.days_late),
    Column("Số ngày tồn", 7, lambda row: row.days),
    Column("Trạng thái trên phần mềm", 19, lambda row: row.status),
    Column("Vướng tại", 13, lambda row: row.stuck),
    Column("Căn cứ (sổ, quyển, số, trang)", 24, lambda row: row.evidence),
    Column("Việc cần làm", 30, lambda row: row.remedy),
    Column("Tình trạng", 11, lambda row: row.state),
    Column("Người thực hiện", 12, _blank),
)

#: Pinned by the offices' support desks: Mã hồ sơ in the second column.
CLOSING = (
    NUMBERING,
    Column("Mã hồ sơ", 17, lambda row: row.code),
    Column("Mã hồ sơ liên thông", 17, lambda row: row.national_code),
    Column("Thủ tục", 14, lambda row: row.procedure),
    Column(PERSON, 11, lambda row: row.person),
    Column("Ngày tiếp nhận", 10.5, lambda row: row.received_on),
    Column("Ngày hẹn trả", 10.5, lambda row: row.due_on),
    Column("Ngày có kết quả", 10.5, lambda row: row.ready_on),
    Column("Ngày trả kết quả", 10.5, lambda row: row.returned_on),
    Column("Trạng thái trên phần mềm", 19, lambda row: row.status),
    Column("Vướng tại", 13, lambda row: row.stuck),
    Column("Căn cứ (sổ, quyển, số, trang)", 24, lambda row: row.evidence),
    Column("Việc cần làm", 30, lambda row: row.remedy),
    Column("Người thực hiện", 11, _blank),
    Column("Kết quả", 10, _blank),
)

TODO = (
    NUMBERING,
    Column("Xong", 6, lambda _row: TICK, "center"),
    Column("Căn cứ (sổ, quyển, số, trang)", 28, lambda row: row.evidence),
    Column("Mã hồ sơ", 18, lambda row: row.code),
    Column("Mã hồ sơ liên thông", 18, lambda row: row.national_code),
    Column(PERSON, 12, lambda row: row.person),
    Column("Nội dung lệch", 22, lambda row: row.label),
    Column("Trạng thái trên phần mềm", 20, lambda row: row.status),
    Column("Việc cần làm", 30, lambda row: row.remedy),
    Column("Người thực hiện", 12, _blank),
)

MOVED = (
    NUMBERING,
    Column("Mã hồ sơ", 18, lambda row: row.code),
    Column("Đơn vị", 15, lambda row: row.unit),
    Column("Cột đếm lại", 17, lambda row: row.before),
    Column("Cột sau đối chiếu", 17, lambda row: row.after),
    Column("Tác động", 9, lambda row: row.effect),
    Column("Ngày căn cứ", 10.5, lambda row: row.on),
    Column("Căn cứ (sổ, quyển, số, trang)", 22, lambda row: row.book),
    Column("Chứng minh điều gì, mức căn cứ", 20, lambda row: row.why),
    Column("Người nhập sổ", 12, lambda row: row.typed_by),
    Column("Ngày đọc", 10.5, lambda row: row.read_on),
    Column("Bổ sung sau kỳ", 12, lambda row: row.late_evidence),
    Column("Cách ghép", 15, lambda row: row.linked),
    Column("Người xác nhận ghép", 14, lambda row: row.confirmed),
)

PAIRS = (
    NUMBERING,
    Column("Mẹ – theo sổ (viết tắt)", 12, lambda row: row.mother_row),
    Column("Mẹ – theo phần mềm", 12, lambda row: row.mother_dossier),
    Column("Năm sinh – theo sổ", 8, lambda row: row.born_row, "center"),
    Column("Năm sinh – theo phần mềm", 8, lambda row: row.born_dossier, "center"),
    Column("Quyển số", 9, lambda row: row.book, "center"),
    Column("Trang", 7, lambda row: row.page, "center"),
    Column("Số", 7, lambda row: row.number, "center"),
    Column("Người được đăng ký – theo sổ", 11, lambda row: row.person_row),
    Column("Người được đăng ký – theo phần mềm", 11, lambda row: row.person_dossier),
    Column("Mã hồ sơ có thể là", 18, lambda row: row.code),
    Column("Hồ sơ khác gần giống", 18, lambda row: row.rival),
    Column("Vì sao còn nghi ngờ", 30, lambda row: row.reasons),
    Column("Đơn vị", 15, lambda row: row.unit),
    Column("Cùng một hồ sơ", 7, lambda _row: TICK, "center"),
    Column("Khác hồ sơ", 7, lambda _row: TICK, "center"),
    Column("Chưa rõ", 7, lambda _row: TICK, "center"),
)

SAMPLE = (
    NUMBERING,
    Column("Mã hồ sơ", 20, lambda row: row.code),
    Column("Đơn vị", 18, lambda row: row.unit),
    Column("Căn cứ (sổ, quyển, số, trang)", 30, lambda row: row.book),
    Column("Ngày trên sổ (theo bản nhập)", 11, lambda row: row.on),
    Column(PERSON, 12, lambda row: row.person),
    Column("Cách ghép", 20, lambda row: row.linked),
    Column("Sổ gốc ghi", 22, _blank),
    Column("Khớp / Không", 10, _blank),
    Column("Người kiểm tra ký", 16, _blank),
)

CORRECTIONS = (
    NUMBERING,
    Column("Bản", 14, lambda row: row.version),
    Column("Mã hồ sơ", 25, lambda row: row.code),
    Column("Đơn vị", 18, lambda row: row.unit),
    Column("Đếm lại: bản trước", 21, lambda row: row.was),
    Column("Đếm lại: nay", 21, lambda row: row.now),
    Column("Sau đối chiếu: bản trước", 21, lambda row: row.was_reconciled),
    Column("Sau đối chiếu: nay", 21, lambda row: row.now_reconciled),
    Column("Vì sao khác", 24, lambda row: row.cause),
    Column("Căn cứ (sổ, quyển, số, trang)", 26, lambda row: row.book),
)

REJECTED = (
    NUMBERING,
    Column("Tệp", 42, lambda row: row.file),
    Column("Trang tính", 20, lambda row: row.sheet),
    Column("Dòng", 8, lambda row: row.row),
    Column("Cột", 22, lambda row: row.column),
    Column("Lý do", 46, lambda row: row.reason),
    Column("Dòng có được tính không", 16, lambda row: "Có, bỏ trống ô" if row.kept else "Không"),
)

#: Past due and undecided: what would decide it, and who can supply that.
UNDECIDED = (
    NUMBERING,
    Column("Mã hồ sơ", 24, lambda row: row.code),
    Column("Đơn vị", 18, lambda row: row.unit),
    Column("Thủ tục", 17, lambda row: row.procedure),
    Column(PERSON, 12, lambda row: row.person),
    Column("Ngày tiếp nhận", 10.5, lambda row: row.received_on),
    Column("Ngày hẹn trả", 10.5, lambda row: row.due_on),
    Column("Số ngày quá hạn", 8, lambda row: row.days),
    Column("Trạng thái trên phần mềm", 19, lambda row: row.status),
    Column("Sổ có tên, chưa chứng minh được", 22, lambda row: row.book),
    Column("Vì sao chưa kết luận", 24, lambda row: row.why),
    Column("Cần gì để kết luận", 34, lambda row: row.decides),
)

WAITING = (
    NUMBERING,
    Column("Mã hồ sơ", 22, lambda row: row.code),
    Column("Đơn vị", 22, lambda row: row.unit),
    Column("Thủ tục", 22, lambda row: row.procedure),
    Column(PERSON, 14, lambda row: row.person),
    Column("Ngày đăng ký hộ tịch", 12, lambda row: row.registered_on),
    Column("Căn cứ (sổ, quyển, số, trang)", 30, lambda row: row.book),
    Column("Đang chờ", 34, lambda row: row.waits_for),
)


def titled(columns: Sequence[Column], *, full_names: bool) -> tuple[Column, ...]:
    """The columns; where names are written in full, no header says that they are initials."""
    if not full_names:
        return tuple(columns)
    return tuple(
        replace(one, title=PERSON_IN_FULL) if one.title == PERSON else one for one in columns
    )


class Workbook:
    """One workbook being drawn: its formats and the names its sheets have taken."""

    def __init__(self, book: Any, contents: Contents) -> None:
        self.book = book
        self.contents = contents
        self.styles = Styles(book)
        self._taken: set[str] = set()

    def sheet(self, name: str, columns: int) -> Sheet:
        page = self.book.add_worksheet(sheet_name(name, self._taken), LinesWorksheet)
        return Sheet(page, self.styles, columns)

    def listing(
        self,
        name: str,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Any],
        *,
        notes: Sequence[str] = (),
        place: bool = True,
        beside: Sequence[Column] = (),
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


def draw(contents: Contents, file: BinaryIO) -> None:
    """Write the workbook into ``file``; row by row, so that its size costs no memory."""
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
    workbook = Workbook(book, contents)
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
    draw_ages(book, workbook.sheet("Thời gian tồn", 6), page)
    book.close()


def _closing(workbook: Workbook) -> None:
    workbook.listing(
        "Danh sách kết thúc",
        "DANH SÁCH HỒ SƠ ĐỀ NGHỊ KẾT THÚC TRÊN PHẦN MỀM",
        CLOSING,
        (row for row in workbook.contents.work if row.closing),
        notes=(
            "Mỗi hồ sơ do người có trách nhiệm kiểm tra và thực hiện; ghi ngày trả thực tế vào ghi "
            "chú, không sửa lùi ngày của hệ thống.",
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
    """Grouped by unit and by the smallest missing fact, in the order of the shelves."""
    columns = (*titled(TODO, full_names=workbook.contents.full_names), PLACE)
    sheet = workbook.sheet("Việc cần làm", len(columns))
    sheet.set_up([column.width for column in columns], printed=len(TODO))
    page = workbook.contents.page
    sheet.heading(
        "VIỆC CẦN LÀM, XẾP THEO SỔ – QUYỂN – TRANG",
        (
            page.office,
            "Mỗi nhóm là một điều còn thiếu; mở một quyển sổ có thể giải quyết nhiều hồ sơ.",
        ),
    )
    sheet.header(columns)
    count = 0
    for unit in workbook.contents.unit_work:
        rows = [row for row in unit.each() if row.todo]
        rows.sort(key=lambda row: (row.fact, row.shelf))
        for fact, found in groupby(rows, key=lambda row: row.fact):
            items = list(found)
            count += len(items)
            title = f"{unit.unit} – {fact} ({words.number(len(items))} hồ sơ)"
            sheet.line(title, workbook.styles.group)
            sheet.down()
            sheet.table(columns, items)
    if not count:
        sheet.paragraph("Không có việc cần làm.")
    sheet.page.print_area(0, 0, max(sheet.row, 1), len(TODO) - 1)


def _unit_sheets(workbook: Workbook) -> None:
    """A sheet a unit, or one sheet with a filter where there are too many units."""
    units = workbook.contents.unit_work
    if len(units) <= MOST_UNIT_SHEETS:
        for unit in units:
            course = words.course((point.on, point.open) for point in unit.trend)
            workbook.listing(
                unit.unit,
                f"HỒ SƠ CHƯA KHỚP – {unit.unit}",
                WORK,
                unit.each(),
                notes=(f"Số việc còn mở sau mỗi lần đối soát: {course}.",) if course else (),
            )
        return
    columns = (WORK[0], WORK[1], UNIT, *WORK[2:])
    workbook.listing("Theo đơn vị", "HỒ SƠ CHƯA KHỚP THEO ĐƠN VỊ", columns, workbook.contents.work)


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
    )
    sample = contents.sample
    workbook.listing(
        "Mẫu ngẫu nhiên",
        "MẪU NGẪU NHIÊN ĐỂ KIỂM TRA VỚI SỔ GỐC",
        SAMPLE,
        sample.rows,
        notes=(
            f"Mã mẫu ngẫu nhiên: {sample.seed}. Lấy từ {words.number(sample.population)} dòng "
            "sổ đã ghép; mỗi đơn vị ít nhất 30 dòng hoặc 5%. Cùng mã cho cùng mẫu.",
            "Ghi “Khớp” hoặc “Không” vào cột “Khớp / Không” rồi nạp lại tệp này bằng lệnh doisoat "
            "sample import; tỷ lệ sai ghi ở báo cáo lần sau.",
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
