"""The columns of the workbook's tables, and its dossiers in groups; the Word list has the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconcile import labels
from reconcile.kinds import KINDS, Kind
from reconcile.steps import InWhoseHands, Step
from worker import words
from worker.reports.dossiers import PARTS, Tally
from worker.reports.sheets import SheetColumn
from worker.reports.work import UnitWork, WorkRow

TICK = "☐"
#: What nobody in the unit can do anything about now.
WAITING_PARTS = (
    InWhoseHands.AGENCY,
    InWhoseHands.SUSPECTED,
    InWhoseHands.WAIVED,
    InWhoseHands.NONE,
)
PERSON = "Người được đăng ký (viết tắt)"
PERSON_IN_FULL = "Người được đăng ký"
SIGNERS = ("NGƯỜI LẬP BIỂU", "CÔNG CHỨC LÀM CÔNG TÁC HỘ TỊCH", "THỦ TRƯỞNG ĐƠN VỊ")


def blank(_row: object) -> None:
    return None


NUMBERING = SheetColumn("STT", 4.5, blank, "center")
PLACE = SheetColumn("Tệp, trang tính, dòng", 60, lambda row: row.place, whole=True)
UNIT = SheetColumn("Đơn vị", 14, lambda row: row.unit)
#: What an answer is typed back for; not printed, as the place is not.
KEY = SheetColumn("Khóa dòng (không sửa)", 40, lambda row: row.key, whole=True)
CODE = SheetColumn("Mã hồ sơ", 22, lambda row: row.code, whole=True)
NATIONAL_CODE = SheetColumn("Mã hồ sơ liên thông", 22, lambda row: row.national_code, whole=True)


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
    SheetColumn("Xong", 5, lambda _row: TICK, "center"),
    CODE,
    NATIONAL_CODE,
    SheetColumn("Thủ tục", 12, _brief),
    SheetColumn(PERSON, 13, lambda row: row.person),
    SheetColumn("Ngày hẹn trả", 10, lambda row: row.due_on),
    SheetColumn("Số ngày quá hạn", 6.5, lambda row: row.days_late),
    SheetColumn("Trạng thái trên phần mềm", 29, lambda row: row.status),
    SheetColumn("Căn cứ (sổ, quyển, số, trang)", 31, _evidence),
    SheetColumn("Còn lệch gì khác", 24, lambda row: row.also),
    SheetColumn("Tình trạng", 12, lambda row: row.state),
    SheetColumn("Người thực hiện", 12, blank),
)

#: Pinned by the offices' support desks: Mã hồ sơ in the second column.
CLOSING = (
    NUMBERING,
    CODE,
    NATIONAL_CODE,
    SheetColumn("Thủ tục", 12, _brief),
    SheetColumn(PERSON, 13, lambda row: row.person),
    SheetColumn("Ngày tiếp nhận", 10, lambda row: row.received_on),
    SheetColumn("Ngày hẹn trả", 10, lambda row: row.due_on),
    SheetColumn("Ngày có kết quả", 10, lambda row: row.ready_on),
    SheetColumn("Ngày trả kết quả", 10, lambda row: row.returned_on),
    SheetColumn("Trạng thái trên phần mềm", 29, lambda row: row.status),
    SheetColumn("Vướng tại", 12, lambda row: row.stuck),
    SheetColumn("Căn cứ (sổ, quyển, số, trang)", 31, _evidence),
    SheetColumn("Việc cần làm", 14, _step),
    SheetColumn("Người thực hiện", 11, blank),
    SheetColumn("Kết quả", 9, blank),
)

MOVED = (
    NUMBERING,
    CODE,
    UNIT,
    SheetColumn("Chỉ tiêu theo đếm lại", 24, lambda row: row.before),
    SheetColumn("Chỉ tiêu sau đối chiếu", 24, lambda row: row.after),
    SheetColumn("Tác động", 8, lambda row: row.effect),
    SheetColumn("Ngày căn cứ", 10, lambda row: row.on),
    SheetColumn("Căn cứ (sổ, quyển, số, trang)", 31, lambda row: words.brief_book(row.book)),
    SheetColumn("Chứng minh điều gì, mức căn cứ", 40, lambda row: row.why),
    SheetColumn("Người nhập sổ", 14, lambda row: row.typed_by),
    SheetColumn("Ngày đọc", 10, lambda row: row.read_on),
    SheetColumn("Bổ sung sau kỳ", 13, lambda row: row.late_evidence),
    SheetColumn("Cách ghép", 14, lambda row: row.linked),
    SheetColumn("Người xác nhận ghép", 14, lambda row: row.confirmed),
)

PAIRS = (
    NUMBERING,
    SheetColumn("Mẹ – theo sổ (viết tắt)", 12, lambda row: row.mother_row),
    SheetColumn("Mẹ – theo phần mềm", 12, lambda row: row.mother_dossier),
    SheetColumn("Năm sinh – theo sổ", 8, lambda row: row.born_row, "center"),
    SheetColumn("Năm sinh – theo phần mềm", 8, lambda row: row.born_dossier, "center"),
    SheetColumn("Quyển số", 9, lambda row: row.book, "center"),
    SheetColumn("Trang", 7, lambda row: row.page, "center"),
    SheetColumn("Số", 7, lambda row: row.number, "center"),
    SheetColumn("Người được đăng ký – theo sổ", 11, lambda row: row.person_row),
    SheetColumn("Người được đăng ký – theo phần mềm", 11, lambda row: row.person_dossier),
    SheetColumn("Mã hồ sơ có thể là", 22, lambda row: row.code, whole=True),
    SheetColumn("Hồ sơ khác gần giống", 22, lambda row: row.rival, whole=True),
    SheetColumn("Vì sao còn nghi ngờ", 30, lambda row: row.reasons),
    SheetColumn("Đơn vị", 15, lambda row: row.unit),
    SheetColumn("Cùng một hồ sơ", 7, lambda _row: TICK, "center"),
    SheetColumn("Khác hồ sơ", 7, lambda _row: TICK, "center"),
    SheetColumn("Chưa rõ", 7, lambda _row: TICK, "center"),
)

CORRECTIONS = (
    NUMBERING,
    SheetColumn("Bản", 14, lambda row: row.version),
    CODE,
    SheetColumn("Đơn vị", 18, lambda row: row.unit),
    SheetColumn("Đếm lại: bản trước", 21, lambda row: row.was),
    SheetColumn("Đếm lại: nay", 21, lambda row: row.now),
    SheetColumn("Sau đối chiếu: bản trước", 21, lambda row: row.was_reconciled),
    SheetColumn("Sau đối chiếu: nay", 21, lambda row: row.now_reconciled),
    SheetColumn("Vì sao khác", 24, lambda row: row.cause),
    SheetColumn("Căn cứ (sổ, quyển, số, trang)", 26, lambda row: row.book),
)

REJECTED = (
    NUMBERING,
    SheetColumn("Tệp", 42, lambda row: row.file),
    SheetColumn("Trang tính", 20, lambda row: row.sheet),
    SheetColumn("Dòng", 8, lambda row: row.row),
    SheetColumn("Cột", 22, lambda row: row.column),
    SheetColumn("Lý do", 46, lambda row: row.reason),
    SheetColumn(
        "Dòng có được tính không", 16, lambda row: "Có, bỏ trống ô" if row.kept else "Không"
    ),
)

WAITING = (
    NUMBERING,
    CODE,
    SheetColumn("Đơn vị", 22, lambda row: row.unit),
    SheetColumn("Thủ tục", 22, lambda row: row.procedure),
    SheetColumn(PERSON, 14, lambda row: row.person),
    SheetColumn("Ngày đăng ký hộ tịch", 12, lambda row: row.registered_on),
    SheetColumn("Căn cứ (sổ, quyển, số, trang)", 31, lambda row: words.brief_book(row.book)),
    SheetColumn("Đang chờ", 34, lambda row: row.waits_for),
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
        place = len(Step) + list(InWhoseHands).index(InWhoseHands(row.part))
        return place, f"{capital(PARTS[InWhoseHands(row.part)])}, chưa phải làm gì ({{}} hồ sơ)"
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
}


def closing_notes(tally: Tally) -> tuple[str, ...]:
    """The whole instruction of each group, once above the list."""
    usual = {Step.END: Kind.RETURNED_STILL_PENDING, Step.HAND_OVER: Kind.DONE_NOT_HANDED_OVER}
    usual[Step.RESEND] = Kind.LOCAL_DONE_PORTAL_PENDING
    said = {step: KINDS[kind].remedy for step, kind in usual.items()}
    said[Step.END] += "; hồ sơ liên thông: xem trước bước nào đang vướng"
    said[Step.RESEND] += "; do bộ phận công nghệ thông tin thực hiện"
    return tuple(
        f"{_CLOSING_TITLES[step]}: {words.inner(text)}."
        for step, text in said.items()
        if step in tally.steps
    )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def titled(columns: Sequence[SheetColumn], *, full_names: bool) -> tuple[SheetColumn, ...]:
    """The columns; where names are written in full, no header says that they are initials."""
    if not full_names:
        return tuple(columns)
    return tuple(
        replace(one, title=PERSON_IN_FULL) if one.title == PERSON else one for one in columns
    )


#: Past due and undecided: what would decide it, and who can supply that.
UNDECIDED = (
    NUMBERING,
    SheetColumn("Mã hồ sơ", 24, lambda row: row.code),
    SheetColumn("Đơn vị", 18, lambda row: row.unit),
    SheetColumn("Thủ tục", 17, lambda row: row.procedure),
    SheetColumn(PERSON, 12, lambda row: row.person),
    SheetColumn("Ngày tiếp nhận", 10.5, lambda row: row.received_on),
    SheetColumn("Ngày hẹn trả", 10.5, lambda row: row.due_on),
    SheetColumn("Số ngày quá hạn", 8, lambda row: row.days),
    SheetColumn("Trạng thái trên phần mềm", 19, lambda row: row.status),
    SheetColumn("Sổ có tên, chưa chứng minh được", 22, lambda row: row.book),
    SheetColumn("Vì sao chưa kết luận", 24, lambda row: row.why),
    SheetColumn("Cần gì để kết luận", 34, lambda row: row.decides),
)
