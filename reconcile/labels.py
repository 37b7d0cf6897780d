"""The words that an official reads: steps, states, sources, proofs, in Vietnamese.

What a kind is called stands with all else of the kind in ``kinds.py``. The labels of the states are
those of the reconciliation model, section 4; the names of the sources are agreed with the offices.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile import kinds
from reconcile.cases import Method
from reconcile.claims import Procedure, Role
from reconcile.findings import Finding, Strength
from reconcile.kinds import Kind, Step
from reconcile.lifecycle import State
from reconcile.steps import Pile, step_of, usual_step

#: What is wrong, by kind; a variant has a second label of its own.
KINDS: Mapping[Kind, str] = {kind: facts.label for kind, facts in kinds.KINDS.items()}
#: A finding whose step is not the usual one of its kind: ended in the one-stop software already,
#: not known there, or there in a state that is neither pending nor done.
_OTHER_REMEDIES: Mapping[Step, str] = {
    Step.RESEND: "Gửi lại trạng thái lên {where} (kiểm tra hàng đợi đồng bộ)",
    Step.ENTER: "Tìm trên phần mềm một cửa; chưa có thì nhập hồ sơ vào phần mềm",
    Step.CHECK: "Kiểm tra ngay hồ sơ giấy và trạng thái trên phần mềm một cửa",
    Step.APPROVE: "Người thứ hai mở hồ sơ giấy kiểm tra, duyệt xác nhận của công chức",
}
_WHICH_STEP = {
    "birth": "xem bước nào đang vướng (hộ tịch, cư trú hoặc BHYT)",
    "death": "xem bước nào đang vướng (hộ tịch, cư trú hoặc mai táng phí)",
}

#: What a step is called over a list of the dossiers that wait for it.
STEPS: Mapping[Step, str] = {
    Step.CHECK: "Hồ sơ phải kiểm tra ngay",
    Step.APPROVE: "Hồ sơ chờ người thứ hai duyệt",
    Step.CODE: "Hồ sơ phải sửa mã",
    Step.WHICH: "Hồ sơ nghi trùng phải kiểm tra",
    Step.RESOLVE: "Hồ sơ phải giải quyết ngay",
    Step.END: "Hồ sơ phải kết thúc trên phần mềm một cửa",
    Step.ENTER: "Hồ sơ phải nhập vào phần mềm",
    Step.HAND_OVER: "Hồ sơ phải xác nhận trả kết quả",
    Step.LOOK: "Hồ sơ phải kiểm tra với Cổng DVCQG",
    Step.REGISTER: "Hồ sơ phải ghi bổ sung vào sổ",
    Step.RESEND: "Hồ sơ chỉ vướng ở Cổng, bộ phận công nghệ thông tin xử lý",
    Step.SEND: "Hồ sơ chưa lên Cổng, bộ phận công nghệ thông tin xử lý",
    Step.DATE: "Hồ sơ phải sửa ngày",
    Step.EXPLAIN: "Hồ sơ phải giải trình, xin lỗi vì quá hạn",
    Step.NOTHING: "Chỉ ghi nhận nguyên nhân",
}
#: The same within a sentence or a narrow column.
BRIEF_STEPS: Mapping[Step, str] = {
    Step.CHECK: "kiểm tra ngay",
    Step.APPROVE: "duyệt xác nhận",
    Step.CODE: "sửa mã",
    Step.WHICH: "kiểm tra trùng",
    Step.RESOLVE: "giải quyết ngay",
    Step.END: "kết thúc",
    Step.ENTER: "nhập phần mềm",
    Step.HAND_OVER: "xác nhận trả",
    Step.LOOK: "kiểm tra với Cổng",
    Step.REGISTER: "ghi bổ sung sổ",
    Step.RESEND: "gửi lại lên Cổng",
    Step.SEND: "gửi lên Cổng",
    Step.DATE: "sửa ngày",
    Step.EXPLAIN: "giải trình",
    Step.NOTHING: "không phải làm gì",
}

#: What the piles of a clerk's table are called.
PILES: Mapping[Pile, str] = {
    Pile.END: "Kết thúc trên một cửa",
    Pile.HAND_OVER: "Xác nhận trả",
    Pile.ENTER: "Nhập vào phần mềm",
    Pile.BOOKS: "Tra sổ",
    Pile.OVERDUE: "Quá hạn: giải quyết, giải trình",
    Pile.SOFTWARE: "Chờ Cổng, CNTT",
    Pile.AGENCY: "Chờ Công an, BHXH",
    Pile.SUSPECTED: "Chờ đồng bộ",
    Pile.WAIVED: "Tạm gác",
    Pile.NOTED: "Chỉ ghi nhận nguyên nhân",
    Pile.SETTLED: "Đã khớp",
}

STATES: Mapping[State, str] = {
    State.SUSPECTED: "Chờ đồng bộ",
    State.OPEN: "Chưa xử lý",
    State.ACKNOWLEDGED: "Đã nhận việc",
    State.RESOLVED: "Đã khớp",
    State.WAIVED: "Tạm gác",
}

ROLES: Mapping[Role, str] = {
    Role.PORTAL: "Cổng DVCQG",
    Role.HUB: "Phần mềm liên thông",
    Role.ONE_STOP: "Phần mềm một cửa",
    Role.CIVIL_STATUS: "Phần mềm hộ tịch",
    Role.REGISTER: "Sổ giấy",
}
#: Within a cell of a list.
BRIEF_ROLES: Mapping[Role, str] = {
    Role.PORTAL: "Cổng",
    Role.HUB: "Liên thông",
    Role.ONE_STOP: "Một cửa",
    Role.CIVIL_STATUS: "Hộ tịch",
    Role.REGISTER: "Sổ giấy",
}
STRENGTHS: Mapping[Strength, str] = {
    Strength.CIVIL_STATUS: "Phần mềm hộ tịch, hoặc sổ hộ tịch có số, quyển, trang",
    Strength.TRACKING_BOOK: "Sổ theo dõi giấy có quyển, trang",
    Strength.TYPED_DATE: "Ngày trả nhập tay",
    Strength.APPROVED_STATEMENT: "Giấy tiếp nhận đã quét, có người thứ hai duyệt",
    Strength.STATEMENT: "Bản quét hoặc xác nhận của công chức (chưa có người thứ hai duyệt)",
}
METHODS: Mapping[Method, str] = {
    Method.OPERATOR: "Người xác nhận",
    Method.CODE: "Mã hồ sơ",
    Method.CODE_REPAIRED: "Mã hồ sơ đã sửa lỗi",
    Method.BOOK_NUMBER: "Số và quyển sổ theo dõi",
    Method.CIVIL_STATUS_NUMBER: "Số đăng ký hộ tịch",
    Method.PEOPLE: "Họ tên và ngày",
    Method.NONE: "Chưa ghép",
}
PROCEDURES: Mapping[Procedure, str] = {
    Procedure.BIRTH: "Khai sinh",
    Procedure.BIRTH_LINKED: "Liên thông khai sinh",
    Procedure.DEATH: "Khai tử",
    Procedure.DEATH_LINKED: "Liên thông khai tử",
    Procedure.OTHER: "Lĩnh vực khác",
    Procedure.UNKNOWN: "Chưa rõ thủ tục",
}
#: For the narrow column of a printed list.
BRIEF_PROCEDURES: Mapping[Procedure, str] = {
    Procedure.BIRTH: "KS",
    Procedure.BIRTH_LINKED: "KS liên thông",
    Procedure.DEATH: "KT",
    Procedure.DEATH_LINKED: "KT liên thông",
    Procedure.OTHER: "Khác",
    Procedure.UNKNOWN: "Chưa rõ",
}


def label(finding: Finding) -> str:
    """What is wrong, as its reader says it; a grouped line with its number of dossiers."""
    facts = kinds.KINDS[finding.kind]
    variant = facts.variants.get(finding.variant)
    text = variant.label if variant else facts.label
    if step_of(finding) is Step.RESEND:  # the one-stop software has ended it, whatever proves so
        text = KINDS[Kind.LOCAL_DONE_PORTAL_PENDING]
    return f"{text} ({finding.count} hồ sơ)" if finding.count > 1 else text


def remedy(finding: Finding) -> str:
    """What to do; for a linked dossier also to look which step blocks, where nobody knows it."""
    step = step_of(finding)
    if step is not usual_step(finding.kind):
        where = Role.HUB if finding.open_in == (Role.HUB,) else Role.PORTAL
        return _OTHER_REMEDIES[step].format(where=ROLES[where])
    facts = kinds.KINDS[finding.kind]
    variant = facts.variants.get(finding.variant)
    text = (variant.remedy if variant else "") or facts.remedy
    if finding.procedure.is_group and step is Step.END and not finding.stuck:
        return f"{text}; {_WHICH_STEP[finding.procedure.event]}"
    if finding.procedure.is_group and finding.variant == "hand_over_only":
        return "Tra ngày có kết quả của từng bước liên thông"
    return text
