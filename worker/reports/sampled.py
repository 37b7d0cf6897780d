"""How the result of a risk-limiting check is said: on the screen and in a report."""

from __future__ import annotations

from fractions import Fraction

from reconcile.figures.checking import Claimed, ClaimOutcome, PlannedClaim
from worker import words

CLAIMS = {
    Claimed.LATE_RATE: "Tỷ lệ quá hạn sau đối chiếu",
    Claimed.MOVED: "Hồ sơ thay đổi chỉ tiêu bị xếp sai",
    Claimed.STILL_OPEN: "Hồ sơ còn đang giải quyết nhưng giấy đã xong",
}
#: What a contradiction means for the office.
WAYS = {1: "giấy bất lợi hơn số liệu", -1: "giấy có lợi hơn số liệu"}


def span(outcome: ClaimOutcome) -> str:
    """``[43,50 %; 45,50 %]``."""
    return f"[{_rate(outcome.interval.low)}; {_rate(outcome.interval.high)}]"


def verdict(planned: PlannedClaim, outcome: ClaimOutcome) -> str:
    """Whether the margin is reached, and what else it would take."""
    if outcome.proven:
        return "đạt"
    if outcome.count_all:
        return "chưa đạt; nên kiểm đếm toàn bộ"
    more = words.number(outcome.needed - outcome.drawn)
    return f"chưa đạt mức {margin(planned)}; cần thêm {more} phiếu nếu không có phiếu nào trái nữa"


def margin(planned: PlannedClaim) -> str:
    """``±1 điểm`` of a rate, ``5 %`` of a list."""
    value = f"{float(planned.margin * 100):g}".replace(".", ",")
    return f"±{value} điểm" if planned.claimed is Claimed.LATE_RATE else f"{value} %"


def sentence(planned: PlannedClaim, outcome: ClaimOutcome, *, seed: str, manifest_hash: str) -> str:
    """What page one says of a claim, with its population, its seed, its list and its risk."""
    wrong = outcome.too_kind + outcome.too_harsh
    drawn = f"{words.number(outcome.drawn)}/{words.number(planned.size)}"
    missing = f", {words.number(outcome.missing)} không tìm thấy giấy" if outcome.missing else ""
    risk = f"{float(planned.risk * 100):g}".replace(".", ",")
    head = (
        f"Đã rút ngẫu nhiên {drawn} hồ sơ theo số gieo công khai {seed} (danh sách chốt trước, "
        f"mã băm {manifest_hash[:16]}…); {words.number(wrong)} hồ sơ khác sổ gốc{missing}. "
    )
    if planned.claimed is Claimed.LATE_RATE:
        low, high = _rate(outcome.interval.low), _rate(outcome.interval.high)
        said = (
            f"Với rủi ro không quá {risk} %, tỷ lệ quá hạn sau đối chiếu nằm trong khoảng "
            f"{low} – {high}."
        )
    else:
        most = words.number(int(outcome.interval.high * planned.size))
        said = (
            f"Với rủi ro không quá {risk} %, {words.inner(CLAIMS[planned.claimed])} nhiều nhất "
            f"{most}/{words.number(planned.size)}."
        )
    reached = "" if outcome.proven else f" {verdict(planned, outcome).capitalize()}."
    return f"{head}{said}{reached} Kết luận này không thay số liệu đã báo cáo."


def _rate(value: Fraction) -> str:
    return words.rate(float(value))
