"""The status trail (vết đồng bộ) of a linked dossier: which step is missing, in whose hands it is.

The one-stop software tells the hub of every step; the hub takes them in this order alone, so a step
that never arrived blocks all after it. Steps and their order: the hub's interface, as implementers
wrote it down (1 → 3 → 7 → 4 → 5; 2 asks for a supplement, 6 is a refusal and ends it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconcile.claims import Sent, Status, Verdict

ORDER = (1, 3, 7, 4, 5)
SUPPLEMENT, REFUSAL = 2, 6


class Why(StrEnum):
    """Why a step is not there."""

    MISSING = "missing"  # never sent, though later ones were
    NOT_TAKEN = "not_taken"  # sent, and not taken
    OUT_OF_ORDER = "out_of_order"  # sent, and the hub says that the order is wrong
    AWAITED = "awaited"  # the next one; all before it is there
    SUPPLEMENT = "supplement"  # the citizen was asked for more
    REFUSED = "refused"  # the dossier was refused: nothing follows


@dataclass(frozen=True, slots=True)
class Stuck:
    """The first step that is not there, and why."""

    step: int
    why: Why


def kept(sent: Iterable[Sent]) -> tuple[Sent, ...]:
    """One entry a step: the first time it was taken, else the last try; in the order of steps."""
    found: dict[int, Sent] = {}
    for one in sorted(sent, key=lambda one: one.on or date.min):
        before = found.get(one.step)
        if before is None or before.verdict is not Verdict.TAKEN:
            found[one.step] = one
    places: Mapping[int, int] = {step: place for place, step in enumerate((*ORDER, 2, 6))}
    return tuple(found[step] for step in sorted(found, key=lambda step: places.get(step, 99)))


def stuck(trail: Iterable[Sent], as_of: date) -> Stuck | None:
    """Where it is stuck on that day; None without a trail, or where every step is there."""
    known = {one.step: one for one in trail if one.on is None or one.on <= as_of}
    taken = {step for step, one in known.items() if one.verdict is Verdict.TAKEN}
    if not known:
        return None
    if REFUSAL in taken:
        return Stuck(REFUSAL, Why.REFUSED)
    step = next((step for step in ORDER if step not in taken), None)
    if step is None:
        return None
    if step in known:
        order = known[step].verdict is Verdict.OUT_OF_ORDER
        return Stuck(step, Why.OUT_OF_ORDER if order else Why.NOT_TAKEN)
    if any(later in known for later in ORDER[ORDER.index(step) :]):
        return Stuck(step, Why.MISSING)
    if SUPPLEMENT in taken and _newest(known.values()) == SUPPLEMENT:
        return Stuck(SUPPLEMENT, Why.SUPPLEMENT)
    return Stuck(step, Why.AWAITED)


def _newest(sent: Iterable[Sent]) -> int:
    return max(sent, key=lambda one: (one.on or date.min, one.step == SUPPLEMENT)).step


STEPS: Mapping[int, str] = {
    1: "tiếp nhận vào hệ thống",
    2: "yêu cầu bổ sung",
    3: "đủ điều kiện giải quyết",
    7: "chuyển cán bộ tư pháp",
    4: "có kết quả đăng ký",
    5: "trả kết quả",
    6: "từ chối",
}
#: Who has to act for a step to arrive.
HANDS: Mapping[int, str] = {
    1: "cán bộ một cửa",
    3: "cán bộ một cửa",
    7: "cán bộ một cửa",
    4: "công chức hộ tịch",
    5: "cán bộ trả kết quả",
}
_SAID: Mapping[Why, str] = {
    Why.MISSING: "thiếu bước {step} ({name}); phần mềm một cửa phải gửi lại, các bước sau mới đi",
    Why.NOT_TAKEN: "bước {step} ({name}) đã gửi, Phần mềm liên thông chưa nhận; {who} gửi lại",
    Why.OUT_OF_ORDER: "bước {step} ({name}) bị trả lại vì sai thứ tự; cần kỹ thuật gửi lại từ đầu",
    Why.AWAITED: "chờ bước {step} ({name}) của {who}",
    Why.SUPPLEMENT: "chờ công dân bổ sung giấy tờ",
    Why.REFUSED: "hồ sơ đã bị từ chối (bước 6)",
}
#: What the civil-status system says of it meanwhile.
_CIVIL: Mapping[Status, str] = {
    Status.SUBMITTED: "Phần mềm hộ tịch: chờ tiếp nhận",
    Status.SUPPLEMENT_ASKED: "Phần mềm hộ tịch: yêu cầu bổ sung",
    Status.PROCESSING: "Phần mềm hộ tịch: đang xử lý",
    Status.DONE: "Phần mềm hộ tịch: đã có kết quả",
    Status.NOT_ACCEPTED: "Phần mềm hộ tịch: bị từ chối",
}


def told(found: Stuck | None, civil: Status | None) -> str:
    """One line for the official; empty where neither the trail nor the civil status tells."""
    parts = []
    if found is not None:
        said = _SAID[found.why].format(
            step=found.step, name=STEPS.get(found.step, "?"), who=HANDS.get(found.step, "đơn vị")
        )
        parts.append(f"Liên thông: {said}")
    if civil is not None and civil in _CIVIL:
        parts.append(_CIVIL[civil])
    return "; ".join(parts)
