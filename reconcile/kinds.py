"""Everything of a kind of finding in one place: what it needs, what it is called, who acts.

A kind stands here and has a rule in ``judging/rules.py``; every list, mail, figure and command
reads the rest from here. The labels are those of the reconciliation model, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconcile.claims import Role


class Kind(StrEnum):
    """The discrepancies that the product knows (reconciliation model, section 4)."""

    RETURNED_STILL_PENDING = "RETURNED_STILL_PENDING"
    ENDED_BUT_RETURNED = "ENDED_BUT_RETURNED"
    DONE_NOT_HANDED_OVER = "DONE_NOT_HANDED_OVER"
    LOCAL_DONE_PORTAL_PENDING = "LOCAL_DONE_PORTAL_PENDING"
    PORTAL_DONE_LOCAL_PENDING = "PORTAL_DONE_LOCAL_PENDING"
    MISSING_IN_ONE_STOP = "MISSING_IN_ONE_STOP"
    MISSING_IN_PORTAL = "MISSING_IN_PORTAL"
    MISSING_IN_SOFTWARE = "MISSING_IN_SOFTWARE"
    NOT_IN_REGISTER = "NOT_IN_REGISTER"
    DUPLICATE_DOSSIER = "DUPLICATE_DOSSIER"
    CODE_CONFLICT = "CODE_CONFLICT"
    DATE_CONFLICT = "DATE_CONFLICT"
    RETURNED_LATE = "RETURNED_LATE"
    TRULY_OVERDUE = "TRULY_OVERDUE"
    LATE_BY_POST = "LATE_BY_POST"


class Grade(StrEnum):
    """How much of a source a rule needs of a case."""

    HEARD = "heard"  # something of it that speaks of the case was read; a proof is enough of paper
    RESULT = "result"  # the rows were read, unless one that was read proves the result
    HAND_OVER = "hand_over"  # the same, of the hand-over
    BASE = "base"  # the claim that stands for the case was read: the base claim, else the row
    EVERY = "every"  # all of it that speaks of the case was read
    COMPLETE = "complete"  # the unit and the window that hold the case are proven whole
    CASE = "case"  # it depends on the case: the rule itself asks


@dataclass(frozen=True, slots=True)
class Need:
    """One source a rule needs: any of these roles, in this grade."""

    roles: tuple[Role, ...]
    grade: Grade


class Step(StrEnum):
    """What a finding asks for, in the order in which the steps of one dossier are taken.

    What may be wrong in substance is looked at before anything is ended; what only the people of
    the software can do, and what is written afterwards, comes last.
    """

    CHECK = "check"  # the software says refused or stopped, the paper says handed over
    APPROVE = "approve"  # only a clerk's own statement says so
    CODE = "code"  # one code stands for two people
    WHICH = "which"  # two dossiers for one event
    RESOLVE = "resolve"  # truly overdue
    END = "end"  # the one-stop software has not ended it
    ENTER = "enter"  # no software, or not the one-stop software, has it
    HAND_OVER = "hand_over"  # ended, and the hand-over is not confirmed
    LOOK = "look"  # the portal alone says done
    REGISTER = "register"  # the register has no entry
    RESEND = "resend"  # the one-stop software has ended it, what stands behind it does not know
    SEND = "send"  # the portal does not have it
    DATE = "date"
    EXPLAIN = "explain"
    NOTHING = "nothing"


#: What stands on the worklist that a head signs, once each dossier was looked at.
CLOSING = frozenset({Step.END, Step.HAND_OVER, Step.RESEND})


class Officer(StrEnum):
    """Who in the unit is asked to act."""

    REGISTRAR = "registrar"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class VariantWords:
    """What a variant of a kind is called; its remedy is that of the kind where it has none."""

    label: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What every room of the product has to know of one kind of finding.

    ``urgency`` ranks the kinds, the smallest first: what may be wrong in substance, then what is
    late, then what is untidy. ``missing`` holds the smallest facts that would close a finding, by
    the word that its rule says for it; a report groups a unit's work by them. ``mailed`` is False
    for a mere cause of lateness, which is shown in the figures and is nobody's work.
    """

    label: str
    remedy: str
    needs: tuple[Need, ...]
    step: Step
    urgency: int
    acts: Officer = Officer.COUNTER
    mailed: bool = True
    missing: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, VariantWords] = field(default_factory=dict)
    explains: int | None = None  # its place among the findings that a moved dossier points to
    always: tuple[int, str] | None = None  # its place and words on page one, shown even at 0

    @property
    def asks_a_book(self) -> bool:
        """Whether agreement is told by a book that somebody declared complete, and only so."""
        return _WHOLE_BOOK in self.needs


_REGISTERS = (Role.REGISTER, Role.CIVIL_STATUS)
_PROGRAMS = (Role.ONE_STOP, Role.PORTAL)
_BASE = Need(_PROGRAMS, Grade.BASE)
_ONE_STOP = Need((Role.ONE_STOP,), Grade.HEARD)
_PORTAL = Need((Role.PORTAL,), Grade.HEARD)
_PAPER = Need(_REGISTERS, Grade.HEARD)
_RESULT = Need(_REGISTERS, Grade.RESULT)
_WHOLE_ONE_STOP = Need((Role.ONE_STOP,), Grade.COMPLETE)
_WHOLE_BOOK = Need((Role.REGISTER,), Grade.COMPLETE)

KINDS: Mapping[Kind, KindFacts] = {
    Kind.RETURNED_STILL_PENDING: KindFacts(
        label="Đã trả kết quả, phần mềm chưa kết thúc",
        remedy=(
            "Kết thúc trên phần mềm một cửa; ghi ngày trả thực tế vào ghi chú; "
            "không sửa lùi ngày của hệ thống"
        ),
        needs=(_PAPER, Need(_PROGRAMS, Grade.HEARD)),
        step=Step.END,
        urgency=2,
        missing={
            "end_in_software": "Trạng thái kết thúc trên phần mềm",
            "return_date": "Ngày trả kết quả trong sổ",
        },
        variants={
            "registered_only": VariantWords("Đã vào sổ hộ tịch, phần mềm chưa kết thúc"),
            "undated": VariantWords(
                "Đã trả kết quả (chưa rõ ngày trả), phần mềm chưa kết thúc",
                "Tra ngày trả kết quả trong sổ; kết thúc trên phần mềm một cửa; "
                "ghi ngày trả thực tế vào ghi chú; không sửa lùi ngày của hệ thống",
            ),
        },
        explains=0,
    ),
    Kind.ENDED_BUT_RETURNED: KindFacts(
        label="Phần mềm ghi từ chối/rút/dừng, sổ ghi đã trả kết quả",
        remedy="Kiểm tra ngay hồ sơ giấy và trạng thái trên phần mềm",
        needs=(_RESULT, _BASE),
        step=Step.CHECK,
        urgency=0,
        missing={"true_outcome": "Kết quả thực tế của hồ sơ: đã trả hay đã dừng"},
        always=(3, "Phần mềm ghi từ chối, rút, dừng nhưng sổ ghi đã trả kết quả"),
    ),
    Kind.DONE_NOT_HANDED_OVER: KindFacts(
        label="Đã trả kết quả, phần mềm chưa xác nhận trả",
        remedy="Xác nhận trả kết quả trên phần mềm một cửa",
        needs=(Need(_REGISTERS, Grade.HAND_OVER), _BASE),
        step=Step.HAND_OVER,
        urgency=8,
        missing={"hand_over_confirmed": "Xác nhận trả kết quả trên phần mềm"},
        explains=3,
    ),
    Kind.LOCAL_DONE_PORTAL_PENDING: KindFacts(
        label="Một cửa đã kết thúc, Cổng DVCQG chưa cập nhật",
        remedy="Gửi lại trạng thái lên Cổng DVCQG (kiểm tra hàng đợi đồng bộ)",
        needs=(_ONE_STOP, Need((Role.PORTAL, Role.HUB), Grade.HEARD)),
        step=Step.RESEND,
        urgency=9,
        missing={"portal_status": "Trạng thái mới trên Cổng DVCQG"},
    ),
    Kind.PORTAL_DONE_LOCAL_PENDING: KindFacts(
        label="Cổng DVCQG báo đã xong, một cửa chưa kết thúc (cần kiểm tra)",
        remedy=(
            "Kiểm tra hồ sơ; nếu đã có kết quả thì kết thúc, nếu chưa thì sửa trạng thái trên Cổng"
        ),
        needs=(_ONE_STOP, _PORTAL, _PAPER),
        step=Step.LOOK,
        urgency=10,
        missing={"paper_proof": "Dòng sổ chứng minh đã trả kết quả"},
    ),
    Kind.MISSING_IN_ONE_STOP: KindFacts(
        label="Có trên Cổng DVCQG, không có trên phần mềm một cửa",
        remedy="Nhập hồ sơ vào phần mềm một cửa",
        needs=(_WHOLE_ONE_STOP, Need((Role.PORTAL, Role.HUB), Grade.COMPLETE)),
        step=Step.ENTER,
        urgency=5,
        missing={"one_stop_entry": "Hồ sơ trên phần mềm một cửa"},
    ),
    Kind.MISSING_IN_PORTAL: KindFacts(
        label="Có trên phần mềm một cửa, chưa đồng bộ lên Cổng DVCQG",
        remedy="Gửi hồ sơ lên Cổng DVCQG",
        needs=(_WHOLE_ONE_STOP, Need((Role.PORTAL,), Grade.COMPLETE)),
        step=Step.SEND,
        urgency=6,
        missing={"portal_entry": "Hồ sơ trên Cổng DVCQG"},
    ),
    Kind.MISSING_IN_SOFTWARE: KindFacts(
        label="Có trong sổ, chưa nhập phần mềm",
        remedy="Nhập hồ sơ vào phần mềm",
        needs=(Need((Role.REGISTER,), Grade.BASE), Need(_PROGRAMS, Grade.COMPLETE)),
        step=Step.ENTER,
        urgency=4,
        missing={"dossier_code": "Mã hồ sơ trên phần mềm"},
        always=(1, "Có trong sổ, chưa nhập phần mềm"),
    ),
    Kind.NOT_IN_REGISTER: KindFacts(
        label="Phần mềm ghi đã trả kết quả, sổ không có",
        remedy="Ghi bổ sung vào sổ, hoặc giải trình",
        needs=(_BASE, _WHOLE_BOOK),
        step=Step.REGISTER,
        urgency=7,
        acts=Officer.REGISTRAR,
        missing={"register_entry": "Số, quyển, trang trong sổ"},
        variants={
            "not_in_civil_register": VariantWords(
                "Kết thúc trên phần mềm, không có trong sổ hộ tịch"
            )
        },
        always=(2, "Phần mềm ghi đã trả kết quả, sổ không có"),
    ),
    Kind.DUPLICATE_DOSSIER: KindFacts(
        label="Nghi trùng: hai hồ sơ cho một việc",
        remedy="Rút một hồ sơ sau khi kiểm tra",
        needs=(_ONE_STOP,),
        step=Step.WHICH,
        urgency=12,
        missing={"which_dossier": "Hồ sơ nào trong hai hồ sơ là đúng"},
    ),
    Kind.CODE_CONFLICT: KindFacts(
        label="Một mã hồ sơ ghi cho hai người",
        remedy="Sửa mã hồ sơ ghi sai",
        needs=(Need(_PROGRAMS, Grade.EVERY),),
        step=Step.CODE,
        urgency=3,
        missing={"right_code": "Mã hồ sơ đúng của từng người"},
    ),
    Kind.DATE_CONFLICT: KindFacts(
        label="Ngày trên sổ và trên phần mềm mâu thuẫn",
        remedy="Sửa ngày ghi sai",
        # The dates of one row may contradict each other whatever the software says.
        needs=(Need(_REGISTERS, Grade.EVERY), Need(_PROGRAMS, Grade.CASE)),
        step=Step.DATE,
        urgency=11,
        acts=Officer.REGISTRAR,
        missing={"right_date": "Ngày đúng theo hồ sơ giấy"},
        variants={
            "late_typing": VariantWords(
                "Nhập bù: ngày trả trước ngày tiếp nhận",
                "Hồ sơ nhập bù: ghi đúng ngày tiếp nhận trên giấy vào ghi chú",
            ),
            "returned_before_received": VariantWords(
                "Ngày trên phần mềm mâu thuẫn: kết thúc trước ngày tiếp nhận"
            ),
            "after_read": VariantWords("Ngày ghi sau ngày đọc sổ, phần mềm"),
            "lateness_swapped": VariantWords(
                "Ngày trên sổ và trên phần mềm mâu thuẫn: đúng hạn và quá hạn đổi chỗ"
            ),
        },
        explains=1,
    ),
    Kind.RETURNED_LATE: KindFacts(
        label="Giải quyết xong quá hạn",
        remedy="Giải trình; gửi văn bản xin lỗi nếu chưa có",
        needs=(_RESULT, _BASE),
        step=Step.EXPLAIN,
        urgency=13,
        acts=Officer.REGISTRAR,
        missing={
            "registration_date": "Ngày đăng ký trong sổ hộ tịch",
            "result_date": "Ngày có kết quả của các bước liên thông",
            "apology": "Văn bản xin lỗi (số, ngày)",
            "explanation": "Giải trình nguyên nhân quá hạn",
        },
        variants={
            "hand_over_only": VariantWords(
                "Trả sau ngày hẹn, chưa rõ ngày có kết quả", "Tra ngày đăng ký trong sổ hộ tịch"
            )
        },
        explains=2,
    ),
    Kind.TRULY_OVERDUE: KindFacts(
        label="Đang giải quyết quá hạn, chưa có căn cứ đã xong",
        remedy="Giải quyết ngay",
        needs=(_BASE, _WHOLE_BOOK),
        step=Step.RESOLVE,
        urgency=1,
        acts=Officer.REGISTRAR,
        missing={"result": "Kết quả giải quyết"},
        always=(0, "Đang giải quyết quá hạn, chưa có căn cứ đã xong"),
    ),
    Kind.LATE_BY_POST: KindFacts(
        label="Quá hạn, trong khoảng thời gian luân chuyển bưu chính",
        remedy="",
        needs=(_RESULT, _BASE),
        step=Step.NOTHING,
        urgency=14,
        mailed=False,
    ),
}


def by_urgency() -> list[Kind]:
    """Every kind, the most urgent first."""
    return sorted(KINDS, key=lambda kind: KINDS[kind].urgency)
