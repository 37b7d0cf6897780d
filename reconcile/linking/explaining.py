"""Why a pair was linked, in words that an official reads."""

from __future__ import annotations

from functools import lru_cache

from reconcile.cases import Method, Reason
from reconcile.linking.dates import Nearby
from reconcile.linking.fragments import MISTYPED, WHOLE_CODE
from reconcile.linking.names import Given, Level
from reconcile.linking.scoring import (
    APPLICANT_ID_SLIP,
    AT,
    CLASS_OTHER,
    FIELDS,
    SUBJECT_ID_SLIP,
    Scored,
)

_FIELD_WORDS = {
    "code": "mã hồ sơ",
    "number": "số trong sổ",
    "subject": "họ tên người được đăng ký",
    "subject_id": "số định danh người được đăng ký",
    "birth": "ngày sinh",
    "death": "ngày chết",
    "mother": "họ tên mẹ",
    "mother_year": "năm sinh của mẹ",
    "father": "họ tên cha",
    "applicant": "họ tên người nộp",
    "applicant_id": "số định danh người nộp",
    "time": "ngày nhận, ngày đăng ký",
    "unit": "đơn vị",
    "procedure": "thủ tục",
    "status": "trạng thái",
    "sex": "giới tính",
}
_NAME_WORDS = {
    Level.EQUAL: "khớp",
    Level.BARE: "khớp, một bên không dấu",
    Level.SHORT: "khớp, thiếu hoặc viết tắt họ, chữ đệm",
    Level.ACCENTS: "khớp, khác dấu",
    Level.SLIP: "gần khớp, sai một vài chữ",
    Level.PART: "khớp họ và tên, khác chữ đệm",
    Level.OTHER: "khác",
    Level.MISSING: "khớp với người ở vai khác",
}
_DATE_WORDS = {
    Nearby.EQUAL: "khớp",
    Nearby.SWAPPED: "đảo ngày và tháng",
    Nearby.MONTH: "khớp tháng và năm",
    Nearby.YEAR: "khớp năm",
    Nearby.DAY_OFF: "lệch một ngày",
    Nearby.DIGIT: "sai một chữ số",
    Nearby.YEAR_DIGIT: "năm sai một chữ số",
    Nearby.PART: "khớp một phần",
    Nearby.YEAR_OFF: "năm sai một chữ số",
    Nearby.OTHER: "khác",
}


def reasons(scored: Scored, pair: int) -> tuple[Reason, ...]:
    """One line for each field that weighs something, in the order of the fields."""
    weights = scored.weights[:, pair].tolist()
    levels = {
        "subject": scored.given[pair] * 16 + scored.subject[pair],
        "mother": scored.mother[pair],
        "father": scored.father[pair],
        "applicant": scored.applicant[pair],
        "birth": scored.birth[pair],
        "death": scored.death[pair],
    }
    return tuple(
        _reason(name, int(levels.get(name, 0)), weight)
        for name, weight in zip(FIELDS, weights, strict=True)
        if weight
    )


@lru_cache(maxsize=65_536)
def _reason(name: str, level: int, weight: float) -> Reason:
    return Reason(_FIELD_WORDS[name], _level(name, level, weight), round(weight, 2))


def method(scored: Scored, pair: int, civil: bool) -> Method:
    """By what the pair was found, the strongest clue first."""
    code, number = (scored.weights[AT[name], pair] for name in ("code", "number"))
    if code >= WHOLE_CODE:
        return Method.CODE
    if code >= MISTYPED:
        return Method.CODE_REPAIRED
    if number > 0:
        return Method.CIVIL_STATUS_NUMBER if civil else Method.BOOK_NUMBER
    return Method.PEOPLE


def _level(name: str, level: int, weight: float) -> str:
    if name == "subject" and level // 16 in (Given.NEAR, Given.OTHER):
        return "khác tên"
    if name == "applicant" and level % 16 == Level.OTHER and weight > 0:
        return "là vợ hoặc chồng của người nộp trong hồ sơ, theo hồ sơ khai sinh của đơn vị"
    if name in ("subject", "mother", "father", "applicant"):
        if level % 16 == Level.OTHER and weight > 0:
            return _NAME_WORDS[Level.MISSING]
        return _NAME_WORDS[Level(level % 16)]
    if name in ("birth", "death"):
        return _DATE_WORDS[Nearby(level)]
    if name == "code" and weight >= WHOLE_CODE:
        return "khớp"
    if name == "status":
        return "đã rút, bị từ chối hoặc dừng xử lý"
    if name == "procedure" and weight < 0:
        return "khác loại thủ tục" if weight <= CLASS_OTHER else "một bên liên thông, một bên không"
    if name == "code":
        return "khớp một phần hoặc sai một chữ số" if weight > 0 else "khác"
    if name == "time":
        return "phù hợp" if weight >= 3 else "gần phù hợp" if weight > 0 else "không phù hợp"
    if name in ("subject_id", "applicant_id") and weight in (APPLICANT_ID_SLIP, SUBJECT_ID_SLIP):
        return "gần khớp, sai một chữ số"
    return "khớp" if weight > 0 else "khác"
