"""What pydantic found wrong, said in Vietnamese."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

_BY_TYPE: Mapping[str, str] = {
    "string_type": "phải là chữ, đặt trong ngoặc kép",
    "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "int_parsing_size": "là số quá lớn",
    "float_type": "phải là số",
    "float_parsing": "phải là số",
    "finite_number": "phải là số hữu hạn",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "tuple_type": "phải là danh sách, viết trong [ ]",
    "list_type": "phải là danh sách, viết trong [ ]",
    "dict_type": "phải là một bảng khóa = giá trị",
    "mapping_type": "phải là một bảng khóa = giá trị",
    "model_type": "phải là một bảng khóa = giá trị",
    "model_attributes_type": "phải là một bảng khóa = giá trị",
    "path_type": "phải là đường dẫn, đặt trong ngoặc kép",
    "string_too_short": "không được để trống",
    "date_type": "không phải là ngày; viết 2024-03-31 hoặc 31/03/2024",
}
_BOUNDS: tuple[tuple[str, str, str], ...] = (
    ("greater_than_equal", "ge", "phải từ {} trở lên"),
    ("greater_than", "gt", "phải lớn hơn {}"),
    ("less_than_equal", "le", "phải từ {} trở xuống"),
    ("less_than", "lt", "phải nhỏ hơn {}"),
)


def said(error: Mapping[str, Any]) -> str:
    """One error of pydantic as the words after the name of the key."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return "là khóa bắt buộc, chưa có"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        allowed = str(context["expected"]).replace(" or ", ", ").replace("'", '"')
        given = error["input"]
        wrong = f"; «{given}» không dùng được" if isinstance(given, str) and len(given) < 40 else ""
        return f"phải là một trong: {allowed}{wrong}"
    for name, bound, words in _BOUNDS:
        if kind == name:
            return words.format(_number(context[bound]))
    return _BY_TYPE.get(kind, "có giá trị không hợp lệ")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like ``word``."""
    return max(sorted(known), key=lambda one: difflib.SequenceMatcher(None, word, one).ratio())


def _number(value: Any) -> str:
    return str(value).replace(".", ",")
