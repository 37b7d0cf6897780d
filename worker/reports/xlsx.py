"""Draws the workbook ``doi-soat.xlsx``; what it shows was decided in contents.py.

The same contents give the same bytes: no clock, no chance, a fixed date of creation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

import xlsxwriter

from reconcile import labels
from reconcile.findings import Kind
from reconcile.steps import Step
from worker.reports import words
from worker.reports.contents import Contents
from worker.reports.cover import SIGNERS as TWO_SIGNERS
from worker.reports.cover import draw_first_page
from worker.reports.dossiers import PARTS, Part, Tally, said_closing, said_total
from worker.reports.packing import Rows
from worker.reports.pages import draw_ages, draw_fields, draw_units
from worker.reports.sheets import FONT, Column, Sheet, Styles, sheet_name
from worker.reports.work import UnitWork, WorkRow
from worker.reports.worksheet import LinesWorksheet

CREATED = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
#: With more units than this, one sheet with a filter is easier to find one's way in.
MOST_UNIT_SHEETS = 60
TICK = "☐"
#: What nobody in the unit can do anything about now.
WAITING_PARTS = (Part.AGENCY, Part.SUSPECTED, Part.WAIVED, Part.NONE)
PERSON = "Người được đăng ký (viết tắt)"
PERSON_IN_FULL = "Người được đăng ký"
SIGNERS = ("NGƯỜI LẬP BIỂU", "CÔNG CHỨC LÀM CÔNG TÁC HỘ TỊCH", "THỦ TRƯỞNG ĐƠN VỊ")


def _blank(_row: object) -> None:
    return None


NUMBERING = Column("STT", 4.5, _blank, "center")
PLACE = Column("Tệp, trang tính, dòng", 60, lambda row: row.place, whole=True)
UNIT = Column("Đơn vị", 14, lambda row: row.unit)
#: What an answer is typed back for; not printed, as the place is not.
KEY = Column("Khóa dòng (không sửa)", 40, lambda row: row.key, whole=True)
CODE = Column("Mã hồ sơ", 22, lambda row: row.code, whole=True)
NATIONAL_CODE = Column("Mã hồ sơ liên thông", 22, lambda row: row.national_code, whole=True)


def _brief(row: WorkRow) -> str:
    return row.brief or row.procedure


def _evidence(row: WorkRow) -> str:
    return row.shelf_mark or row.evidence


def _step(row: WorkRow) -> str:
    step = labels.BRIEF_STEPS[Step(row.step)]
    return step[:1].upper() + step[1:]


#: One dossier in a unit's sheet; what is to be done stands in the heading of its group.
WORK = (
    NUMBERING,
    Column("Xong", 5, lambda _row: TICK, "center"),
    CODE,
    NATIONAL_CODE,
    Column("Thủ tục", 12, _brief),
    Column(PERSON, 13, lambda row: row.person),
    Column("Ngày hẹn trả", 10, lambda row: row.due_on),
    Column("Số ngày quá hạn", 6.5, lambda row: row.days_late),
    Column("Trạng thái trên phần mềm", 29, lambda row: row.status),
    Column("Căn cứ (sổ, quyển, số, trang)", 31, _evidence),
    Column("Còn lệch gì khác", 24, lambda row: row.also),
    Column("Tình trạng", 12, lambda row: row.state),
    Column("Người thực hiện", 12, _blank),
)

#: Pinned by the offices' support desks: Mã hồ sơ in the second column.
CLOSING = (
    NUMBERING,
    CODE,
    NATIONAL_CODE,
    Column("Thủ tục", 12, _brief),
    Column(PERSON, 13, lambda row: row.person),
    Column("Ngày tiếp nhận", 10, lambda row: row.received_on),
    Column("Ngày hẹn trả", 10, lambda row: row.due_on),
    Column("Ngày có kết quả", 10, lambda row: row.ready_on),
    Column("Ngày trả kết quả", 10, lambda row: row.returned_on),
    Column("Trạng thái trên phần mềm", 29, lambda row: row.status),
    Column("Vướng tại", 12, lambda row: row.stuck),
    Column("Căn cứ (sổ, quyển, số, trang)", 31, _evidence),
    Column("Việc cần làm", 14, _step),
    Column("Người thực hiện", 11, _blank),
    Column("Kết quả", 9, _blank),
)

MOVED = (
    NUMBERING,
    CODE,
    UNIT,
    Column("Chỉ tiêu theo đếm lại", 24, lambda row: row.before),
    Column("Chỉ tiêu sau đối chiếu", 24, lambda row: row.after),
    Column("Tác động", 8, lambda row: row.effect),
    Column("Ngày căn cứ", 10, lambda row: row.on),
    Column("Căn cứ (sổ, quyển, số, trang)", 31, lambda row: words.brief_book(row.book)),
    Column("Chứng minh điều gì, mức căn cứ", 40, lambda row: row.why),
    Column("Người nhập sổ", 14, lambda row: row.typed_by),
    Column("Ngày đọc", 10, lambda row: row.read_on),
    Column("Bổ sung sau kỳ", 13, lambda row: row.late_evidence),
    Column("Cách ghép", 14, lambda row: row.linked),
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
    Column("Mã hồ sơ có thể là", 22, lambda row: row.code, whole=True),
    Column("Hồ sơ khác gần giống", 22, lambda row: row.rival, whole=True),
    Column("Vì sao còn nghi ngờ", 30, lambda row: row.reasons),
    Column("Đơn vị", 15, lambda row: row.unit),
    Column("Cùng một hồ sơ", 7, lambda _row: TICK, "center"),
    Column("Khác hồ sơ", 7, lambda _row: TICK, "center"),
    Column("Chưa rõ", 7, lambda _row: TICK, "center"),
)

SAMPLE = (
    NUMBERING,
    CODE,
    Column("Đơn vị", 18, lambda row: row.unit),
    Column("Căn cứ (sổ, quyển, số, trang)", 31, lambda row: words.brief_book(row.book)),
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
    CODE,
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

WAITING = (
    NUMBERING,
    CODE,
    Column("Đơn vị", 22, lambda row: row.unit),
    Column("Thủ tục", 22, lambda row: row.procedure),
    Column(PERSON, 14, lambda row: row.person),
    Column("Ngày đăng ký hộ tịch", 12, lambda row: row.registered_on),
    Column("Căn cứ (sổ, quyển, số, trang)", 31, lambda row: words.brief_book(row.book)),
    Column("Đang chờ", 34, lambda row: row.waits_for),
)


Group = tuple[str, list[WorkRow]]


def groups(rows: Iterable[WorkRow]) -> list[Group]:
    """The dossiers by what is to be done with them, each group in the order of the shelves.

    What nobody can do anything about now comes last, by what it waits for.
    """
    found: dict[tuple[int, str], list[WorkRow]] = {}
    for row in rows:
        place, title = _group_of(row)
        found.setdefault((place, title), []).append(row)
    return [
        (title.format(words.number(sum(row.count for row in some))), _on_shelves(some))
        for (_, title), some in sorted(found.items(), key=lambda item: item[0][0])
    ]


def _group_of(row: WorkRow) -> tuple[int, str]:
    """Where a dossier's group stands, and what it says: the whole instruction, once."""
    if row.part in WAITING_PARTS:
        place = len(Step) + list(Part).index(Part(row.part))
        return place, f"{capital(PARTS[Part(row.part)])}, chưa phải làm gì ({{}} hồ sơ)"
    said = f"{row.label} ({{}} hồ sơ). Việc cần làm: {words.inner(row.remedy)}"
    return list(Step).index(Step(row.step)), said


def _on_shelves(rows: list[WorkRow]) -> list[WorkRow]:
    return sorted(rows, key=lambda row: row.shelf)


def closing_groups(unit: UnitWork) -> list[Group]:
    """The dossiers of a unit that are ended once somebody signed for it, by instruction."""
    found: dict[Step, list[WorkRow]] = {}
    for row in unit.dossiers():
        if row.closing:
            found.setdefault(Step(row.step), []).append(row)
    return [
        (
            f"{unit.unit} – {_CLOSING_TITLES[step]} ({words.number(len(rows))} hồ sơ)",
            _on_shelves(rows),
        )
        for step in _CLOSING_TITLES
        if (rows := found.get(step))
    ]


_CLOSING_TITLES = {
    Step.END: "Kết thúc",
    Step.HAND_OVER: "Xác nhận trả",
    Step.RESEND: "Gửi lại lên Cổng",
    Step.NOTHING: "Kết thúc",  # the lines of a report of version 1
}


def closing_notes(tally: Tally) -> tuple[str, ...]:
    """The whole instruction of each group, once above the list."""
    usual = {Step.END: Kind.RETURNED_STILL_PENDING, Step.HAND_OVER: Kind.DONE_NOT_HANDED_OVER}
    usual[Step.RESEND] = Kind.LOCAL_DONE_PORTAL_PENDING
    said = {step: labels.REMEDIES[kind] for step, kind in usual.items()}
    said[Step.END] += "; hồ sơ liên thông: xem trước bước nào đang vướng"
    said[Step.RESEND] += "; do bộ phận công nghệ thông tin thực hiện"
    return tuple(
        f"{_CLOSING_TITLES[step]}: {words.inner(text)}."
        for step, text in said.items()
        if step in tally.steps
    )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
        sheet.heading(title, (page.office, f"{page.period}. {page.as_of}. {page.read_at}.", *notes))
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
        columns: Sequence[Column],
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
    draw_units(workbook.sheet("Đơn vị", 20), contents)
    _closing(workbook)
    _todo(workbook)
    _unit_sheets(workbook)
    _inspector(workbook)
    draw_ages(book, workbook.sheet("Thời gian tồn", 6), page)
    book.close()


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


def _todo(workbook: Workbook) -> None:
    """How many dossiers wait for which step, by unit: the lists stand in the units' sheets."""
    contents = workbook.contents
    page, total = contents.page, contents.tally
    steps = [step for step in Step if step in total.steps]
    waiting = [part for part in WAITING_PARTS if part in total.parts]
    columns = (
        NUMBERING,
        Column("Đơn vị", 24, lambda unit: unit.unit),
        *(Column(labels.STEPS[step], 11, _count_of(step, "steps")) for step in steps),
        *(Column(capital(PARTS[part]), 9, _count_of(part, "parts")) for part in waiting),
        Column("Cộng hồ sơ chưa khớp", 11, lambda unit: unit.tally.total),
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
        every = UnitWork("Cộng", total.closing, Rows(0, ()), tally=total)
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


def _drawn_from(contents: Contents) -> str:
    if contents.run.scope.units:
        return "của mỗi đơn vị được chọn"
    return "của toàn cơ quan (mẫu riêng của một đơn vị: lập báo cáo với --unit)"


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
    sample = contents.sample
    workbook.listing(
        "Mẫu ngẫu nhiên",
        "MẪU NGẪU NHIÊN ĐỂ KIỂM TRA VỚI SỔ GỐC",
        SAMPLE,
        sample.rows,
        notes=(
            f"Mã mẫu ngẫu nhiên: {sample.seed}. Lấy từ {words.number(sample.population)} dòng sổ "
            f"đã ghép {_drawn_from(contents)}: ít nhất 30 dòng hoặc 5%. Cùng mã cho cùng mẫu.",
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
