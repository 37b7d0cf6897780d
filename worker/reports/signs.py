"""Signs of a made-up register on page one: where to look, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reconcile.judging.registers import Sign, Suspect
from worker import words
from worker.reports.facts import RunFacts

SIGNS_TITLE = "Dấu hiệu cần kiểm tra"


SIGNS_NOTE = (
    "Đây chỉ là điều khác thường trong sổ, không phải kết luận; có thể có lý do chính đáng. Mở sổ "
    "gốc để kiểm tra, trước hết ở các dòng của mẫu ngẫu nhiên."
)


#: The days of the week as a sentence names them, Monday first.
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


SIGNS: Mapping[Sign, str] = {
    Sign.RETURN_IS_DUE: "Ngày trả trên sổ trùng đúng ngày hẹn",
    Sign.FEW_ALIKE: "Chỉ vài dòng sổ, dòng nào cũng trả đúng ngày hẹn và có lợi cho đơn vị; ít quá "
    "nên chưa phải dấu hiệu, nên mở sổ gốc xem cả",
    Sign.ONE_SIDED: "Mọi hồ sơ thay đổi chỉ tiêu đều có lợi cho đơn vị",
    Sign.PENDING_ONLY: "Sổ gồm gần như toàn hồ sơ đang treo trên phần mềm, dù xếp thứ tự khác",
    Sign.ONE_DAY: "Phần lớn dòng sổ được nhập trong một ngày",
    Sign.TYPED_LATE: "Dòng sổ được nhập lâu sau khi kỳ đã hết",
    Sign.SIGNED_ALIKE: "Dòng nào cũng có ký nhận, trong khi đơn vị khác thì không",
    Sign.DAYS_OFF: "Trả kết quả vào ngày nghỉ",
    Sign.ONE_WEEKDAY: "Trả kết quả dồn vào một ngày trong tuần",
}


class SignRow(msgspec.Struct, frozen=True):
    """One sign to look at, and where it shows: never a verdict."""

    what: str
    units: tuple[tuple[str, str], ...]  # unit, what is seen there


def sign_rows(facts: RunFacts) -> tuple[SignRow, ...]:
    """Signs of a made-up register, each with the units where it shows, the office first."""
    found: dict[Sign, list[tuple[str, str]]] = {}
    for one in facts.suspects:
        unit = facts.unit_names.get(one.unit, one.unit)
        name = words.clean(unit) or facts.unit or "Cả cơ quan"
        entry = (name, seen(one))
        if entry not in found.setdefault(one.sign, []):
            found[one.sign].append(entry)
    return tuple(SignRow(SIGNS[sign], tuple(found[sign])) for sign in Sign if sign in found)


def seen(one: Suspect) -> str:
    """``366/366 dòng sổ``, and the day or the file where one tells more."""
    count = f"{words.number(one.count)}/{words.number(one.of)}"
    if one.sign is Sign.ONE_SIDED:
        hurts = one.of - one.count
        return f"{words.number(one.count)} có lợi, {words.number(hurts)} bất lợi"
    if one.sign is Sign.PENDING_ONLY:
        return f"{count} hồ sơ đang treo nằm trong tệp {words.clean(one.file)}"
    if one.sign is Sign.ONE_DAY:
        return f"{count} dòng, ngày {words.day(one.day)}"
    if one.sign is Sign.TYPED_LATE:
        return f"{count} dòng, muộn nhất sau ngày hết kỳ {words.number(one.days)} ngày"
    if one.sign is Sign.ONE_WEEKDAY and one.day:
        return f"{count} dòng, {_WEEKDAYS[one.day.weekday()]}"
    return f"{count} dòng"
