"""The words that an official reads: kinds, remedies, states, sources, proofs, in Vietnamese.

The labels of kinds and states are those of the reconciliation model, section 4; the names of the
sources are those agreed with the offices.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile.claims import Procedure, Role
from reconcile.findings import Finding, Kind, Strength
from reconcile.lifecycle import State
from reconcile.links import Method
from reconcile.steps import Step, step_of, usual_step

KINDS: Mapping[Kind, str] = {
    Kind.RETURNED_STILL_PENDING: "Đã trả kết quả, phần mềm chưa kết thúc",
    Kind.ENDED_BUT_RETURNED: "Phần mềm ghi từ chối/rút/dừng, sổ ghi đã trả kết quả",
    Kind.DONE_NOT_HANDED_OVER: "Đã trả kết quả, phần mềm chưa xác nhận trả",
    Kind.LOCAL_DONE_PORTAL_PENDING: "Một cửa đã kết thúc, Cổng DVCQG chưa cập nhật",
    Kind.PORTAL_DONE_LOCAL_PENDING: (
        "Cổng DVCQG báo đã xong, một cửa chưa kết thúc (cần kiểm tra)"
    ),
    Kind.MISSING_IN_ONE_STOP: "Có trên Cổng DVCQG, không có trên phần mềm một cửa",
    Kind.MISSING_IN_PORTAL: "Có trên phần mềm một cửa, chưa đồng bộ lên Cổng DVCQG",
    Kind.MISSING_IN_SOFTWARE: "Có trong sổ, chưa nhập phần mềm",
    Kind.NOT_IN_REGISTER: "Phần mềm ghi đã trả kết quả, sổ không có",
    Kind.DUPLICATE_DOSSIER: "Nghi trùng: hai hồ sơ cho một việc",
    Kind.CODE_CONFLICT: "Một mã hồ sơ ghi cho hai người",
    Kind.DATE_CONFLICT: "Ngày trên sổ và trên phần mềm mâu thuẫn",
    Kind.RETURNED_LATE: "Giải quyết xong quá hạn",
    Kind.TRULY_OVERDUE: "Đang giải quyết quá hạn, chưa có căn cứ đã xong",
    Kind.LATE_BY_POST: "Quá hạn, trong khoảng thời gian luân chuyển bưu chính",
}
#: A second label of the same kind, by the finding's variant.
VARIANTS: Mapping[tuple[Kind, str], str] = {
    (Kind.RETURNED_STILL_PENDING, "registered_only"): ("Đã vào sổ hộ tịch, phần mềm chưa kết thúc"),
    (Kind.RETURNED_STILL_PENDING, "undated"): (
        "Đã trả kết quả (chưa rõ ngày trả), phần mềm chưa kết thúc"
    ),
    (Kind.RETURNED_LATE, "hand_over_only"): "Trả sau ngày hẹn, chưa rõ ngày có kết quả",
    (Kind.NOT_IN_REGISTER, "not_in_civil_register"): (
        "Kết thúc trên phần mềm, không có trong sổ hộ tịch"
    ),
    (Kind.DATE_CONFLICT, "late_typing"): "Nhập bù: ngày trả trước ngày tiếp nhận",
    (Kind.DATE_CONFLICT, "returned_before_received"): (
        "Ngày trên phần mềm mâu thuẫn: kết thúc trước ngày tiếp nhận"
    ),
    (Kind.DATE_CONFLICT, "after_read"): "Ngày ghi sau ngày đọc sổ, phần mềm",
    (Kind.DATE_CONFLICT, "lateness_swapped"): (
        "Ngày trên sổ và trên phần mềm mâu thuẫn: đúng hạn và quá hạn đổi chỗ"
    ),
}
REMEDIES: Mapping[Kind, str] = {
    Kind.RETURNED_STILL_PENDING: (
        "Kết thúc trên phần mềm một cửa; ghi ngày trả thực tế vào ghi chú; "
        "không sửa lùi ngày của hệ thống"
    ),
    Kind.ENDED_BUT_RETURNED: "Kiểm tra ngay hồ sơ giấy và trạng thái trên phần mềm",
    Kind.DONE_NOT_HANDED_OVER: "Xác nhận trả kết quả trên phần mềm một cửa",
    Kind.LOCAL_DONE_PORTAL_PENDING: (
        "Gửi lại trạng thái lên Cổng DVCQG (kiểm tra hàng đợi đồng bộ)"
    ),
    Kind.PORTAL_DONE_LOCAL_PENDING: (
        "Kiểm tra hồ sơ; nếu đã có kết quả thì kết thúc, nếu chưa thì sửa trạng thái trên Cổng"
    ),
    Kind.MISSING_IN_ONE_STOP: "Nhập hồ sơ vào phần mềm một cửa",
    Kind.MISSING_IN_PORTAL: "Gửi hồ sơ lên Cổng DVCQG",
    Kind.MISSING_IN_SOFTWARE: "Nhập hồ sơ vào phần mềm",
    Kind.NOT_IN_REGISTER: "Ghi bổ sung vào sổ, hoặc giải trình",
    Kind.DUPLICATE_DOSSIER: "Rút một hồ sơ sau khi kiểm tra",
    Kind.CODE_CONFLICT: "Sửa mã hồ sơ ghi sai",
    Kind.DATE_CONFLICT: "Sửa ngày ghi sai",
    Kind.RETURNED_LATE: "Giải trình; gửi văn bản xin lỗi nếu chưa có",
    Kind.TRULY_OVERDUE: "Giải quyết ngay",
    Kind.LATE_BY_POST: "",
}
_VARIANT_REMEDIES: Mapping[tuple[Kind, str], str] = {
    (Kind.RETURNED_STILL_PENDING, "undated"): (
        "Tra ngày trả kết quả trong sổ; kết thúc trên phần mềm một cửa; "
        "ghi ngày trả thực tế vào ghi chú; không sửa lùi ngày của hệ thống"
    ),
    (Kind.RETURNED_LATE, "hand_over_only"): "Tra ngày đăng ký trong sổ hộ tịch",
    (Kind.DATE_CONFLICT, "late_typing"): (
        "Hồ sơ nhập bù: ghi đúng ngày tiếp nhận trên giấy vào ghi chú"
    ),
}
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

#: The smallest missing fact that would close a finding; the report groups a unit's work by it.
MISSING_FACTS: Mapping[str, str] = {
    "end_in_software": "Trạng thái kết thúc trên phần mềm",
    "return_date": "Ngày trả kết quả trong sổ",
    "true_outcome": "Kết quả thực tế của hồ sơ: đã trả hay đã dừng",
    "hand_over_confirmed": "Xác nhận trả kết quả trên phần mềm",
    "portal_status": "Trạng thái mới trên Cổng DVCQG",
    "paper_proof": "Dòng sổ chứng minh đã trả kết quả",
    "one_stop_entry": "Hồ sơ trên phần mềm một cửa",
    "portal_entry": "Hồ sơ trên Cổng DVCQG",
    "dossier_code": "Mã hồ sơ trên phần mềm",
    "register_entry": "Số, quyển, trang trong sổ",
    "which_dossier": "Hồ sơ nào trong hai hồ sơ là đúng",
    "right_code": "Mã hồ sơ đúng của từng người",
    "right_date": "Ngày đúng theo hồ sơ giấy",
    "registration_date": "Ngày đăng ký trong sổ hộ tịch",
    "result_date": "Ngày có kết quả của các bước liên thông",
    "apology": "Văn bản xin lỗi (số, ngày)",
    "explanation": "Giải trình nguyên nhân quá hạn",
    "result": "Kết quả giải quyết",
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
    text = VARIANTS.get((finding.kind, finding.variant), KINDS[finding.kind])
    if step_of(finding) is Step.RESEND:  # the one-stop software has ended it, whatever proves so
        text = KINDS[Kind.LOCAL_DONE_PORTAL_PENDING]
    return f"{text} ({finding.count} hồ sơ)" if finding.count > 1 else text


def remedy(finding: Finding) -> str:
    """What to do; for a linked dossier also to look which step blocks, where nobody knows it."""
    step = step_of(finding)
    if step is not usual_step(finding.kind):
        where = Role.HUB if finding.open_in == (Role.HUB,) else Role.PORTAL
        return _OTHER_REMEDIES[step].format(where=ROLES[where])
    text = _VARIANT_REMEDIES.get((finding.kind, finding.variant), REMEDIES[finding.kind])
    if finding.procedure.is_group and step is Step.END and not finding.stuck:
        return f"{text}; {_WHICH_STEP[finding.procedure.event]}"
    if finding.procedure.is_group and finding.variant == "hand_over_only":
        return "Tra ngày có kết quả của từng bước liên thông"
    return text
