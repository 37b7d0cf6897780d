"""Every header that the contract names, as offices write it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.files.header_words import LABELS
from connectors.files.headers import (
    NEEDED_EXPORT,
    NEEDED_REGISTER,
    find,
    is_numbering,
    meaning,
    missing,
    name_words,
    words,
)
from reconcile.text import vietnamese
from reconcile.text.vietnamese import to_unicode

BOTH = {
    "own_code": "Mã hồ sơ · Số hồ sơ · Mã HS",
    "national_code": "Mã hồ sơ quốc gia · Mã hồ sơ DVCQG · Mã HS liên thông",
    "procedure_name": "Tên TTHC · Thủ tục · Nội dung hồ sơ",
    "unit": "Đơn vị",
    "subject": "Người được đăng ký",
    "birth_date": "Ngày sinh",
    "death_date": "Ngày chết · Ngày mất",
    "mother": "Họ tên mẹ",
    "mother_birth_year": "Năm sinh mẹ · Ngày sinh mẹ · Năm sinh của mẹ",
    "father": "Họ tên cha",
    "sex": "Giới tính",
    "subject_id": "Số định danh cá nhân",
    "applicant_id": "Số định danh · Số CCCD",
    "channel": "Hình thức nộp · Hình thức tiếp nhận",
    "supplement_asked_on": "Ngày yêu cầu bổ sung",
    "supplement_given_on": "Ngày bổ sung",
    "apology": "Văn bản xin lỗi",
    "new_due_on": "Ngày hẹn lại",
    "note": "Ghi chú",
}
EXPORT = BOTH | {
    "procedure_code": "Mã TTHC · Mã thủ tục",
    "unit": "Đơn vị xử lý · Đơn vị · Cơ quan giải quyết",
    "applicant": "Chủ hồ sơ · Người nộp",
    "applicant_id": "Số định danh · Số CCCD · CMND/CCCD",
    "subject": "Người được đăng ký · Họ tên trẻ · Họ tên người chết",
    "submitted_on": "Ngày nộp",
    "received_on": "Ngày tiếp nhận",
    "due_on": "Ngày hẹn trả",
    "finished_on": "Ngày kết thúc xử lý",
    "returned_on": "Ngày trả kết quả",
    "status": "Trạng thái · Tình trạng",
    "note": "Ghi chú · Trích yếu",
}
REGISTER = BOTH | {
    "unit": "Đơn vị · Xã/thị trấn · Cơ quan chủ trì giải quyết",
    "applicant": "Họ tên người nộp · Người yêu cầu · Tên cá nhân, tổ chức",
    "subject": "Họ tên người được khai sinh · Họ tên người được khai tử · Người được đăng ký"
    " · Họ tên người được khai sinh, khai tử",
    "received_on": "Nhận hồ sơ · Ngày nhận",
    "due_on": "Hẹn trả kết quả · Ngày hẹn trả",
    "returned_on": "Trả kết quả · Ngày trả · Ngày nhận kết quả",
    "signed": "Ký nhận · Bên nhận · Bên nhận (Ký tên)",
    "book": "Quyển số",
    "number": "Số thứ tự · Số đăng ký · Số",
    "page": "Trang số",
    "registration_kind": "Loại đăng ký",
    "registered_on": "Ngày đăng ký",
    "taken_by": "Phương thức nhận kết quả",
}
CASES = [
    (register, field, header)
    for register, table in ((False, EXPORT), (True, REGISTER))
    for field, headers in table.items()
    for header in headers.split(" · ")
]
WAYS = {
    "as it is": str,
    "capitals": str.upper,
    "without accents": words,
    "line breaks": lambda text: text.replace(" ", "\n"),
    "wide": lambda text: f"  {text.replace(' ', '   ')} ",
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "with a remark": lambda text: f"{text} (*)",
    "with the form of the day": lambda text: f"{text}\n(ghi rõ)",
}


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(("register", "field", "header"), CASES)
def test_a_header_of_the_contract_is_recognised(register, field, header, way):
    if header == "Số" and way == "with the form of the day":
        field = ""  # too short to be found inside other words
    assert meaning((words(WAYS[way](header)),), register)[0] == field


@pytest.mark.parametrize(
    "header",
    [
        "STT", "TT", "Số lượng hồ sơ", "Số lượng hồ sơ (bộ)", "Tổng số hồ sơ", "Địa chỉ chủ hồ sơ",
        "Số điện thoại người nộp", "Dân tộc của mẹ", "Nơi cư trú của cha", "Bên giao (Ký tên)",
        "Người nhận hồ sơ, Địa bàn phát sinh", "Cán bộ tiếp nhận", "Số ngày quá hạn",
        "Lý do trả hồ sơ", "Thời hạn giải quyết", "Họ tên cha, mẹ", "Người tiếp nhận",
        "Số CCCD của mẹ", "Lĩnh vực", "Quan hệ với người được khai sinh", "Nơi sinh",
    ],
)  # fmt: skip
@pytest.mark.parametrize("register", [False, True])
def test_a_header_that_only_sounds_alike_is_none(register, header):
    assert meaning((words(header),), register)[0] == ""


@pytest.mark.parametrize(
    ("group", "header", "field"),
    [
        ("Ngày, tháng, năm", "Nhận hồ sơ", "received_on"),
        ("Ngày, tháng, năm", "Hẹn trả kết quả", "due_on"),
        ("Ngày, tháng, năm", "Ngày nhận kết quả", "returned_on"),
        ("Trả kết quả", "Bên nhận (Ký tên)", "signed"),
        ("Trả kết quả", "Bên giao (Ký tên)", ""),
        ("Trả kết quả", "Ngày", "returned_on"),
        ("Mẹ", "Họ tên", "mother"),
        ("Mẹ", "Năm sinh", "mother_birth_year"),
        ("Mẹ", "Dân tộc", ""),
        ("Cha", "Họ và tên", "father"),
        ("Cha", "Năm sinh", ""),
        ("Người nộp hồ sơ", "Họ tên", "applicant"),
        ("Người nộp hồ sơ", "Số CCCD", "applicant_id"),
        ("Người được khai sinh", "Họ, chữ đệm, tên", "subject"),
        ("Người được khai sinh", "Ngày sinh", "birth_date"),
        ("Người được khai sinh", "Số định danh", "subject_id"),
        ("Người được khai tử", "Giới tính", "sex"),
        ("Người mẹ", "Số định danh cá nhân", ""),
        ("Người nhận kết quả", "Ký nhận", "signed"),
        ("Thông tin hồ sơ", "Mã hồ sơ", "own_code"),
    ],
)
def test_a_sub_header_goes_before_its_group_and_a_person_binds(group, header, field):
    assert meaning((words(group), words(header)), True)[0] == field


def test_a_register_has_no_status_and_an_export_no_signature():
    assert meaning((words("Trạng thái"),), True)[0] == ""
    assert meaning((words("Ký nhận"),), False)[0] == ""


def row(number, *cells):
    return (number, [cell or None for cell in cells])


FORM_2018 = [
    row(1, "ỦY BAN NHÂN DÂN", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    row(2, "XÃ TÂN HÀ"),
    row(3, "SỔ THEO DÕI HỒ SƠ"),
    row(5, "STT", "Mã hồ sơ", "Tên TTHC", "Số lượng hồ sơ (bộ)", "Tên cá nhân, tổ chức",
        "Địa chỉ, số điện thoại", "Cơ quan chủ trì giải quyết", "Ngày, tháng, năm", "", "",
        "Phương thức nhận kết quả", "Trả kết quả", "", "Ghi chú"),
    row(6, "", "", "", "", "", "", "", "Nhận hồ sơ", "Hẹn trả kết quả", "Ngày nhận kết quả", "",
        "Bên giao (Ký tên)", "Bên nhận (Ký tên)", ""),
    row(7, *(f"({number})" for number in range(1, 15))),
    row(8, 1, "H11.01-240102-0001", "Khai sinh", 1, "Lê Thị Thử", "Thôn 1", "UBND xã Tân Hà",
        "2024-01-02", "2024-01-02", "2024-01-03", "Trực tiếp", "", "Thử", ""),
]  # fmt: skip
FORM_2018_FIELDS = {
    "own_code": 1, "procedure_name": 2, "applicant": 4, "unit": 6, "received_on": 7, "due_on": 8,
    "returned_on": 9, "taken_by": 10, "signed": 12, "note": 13,
}  # fmt: skip


def test_the_form_of_2018_with_its_two_row_header():
    header = find(FORM_2018, register=True)
    assert dict(header.index) == FORM_2018_FIELDS
    assert (header.first_row, header.last_row) == (5, 6)
    assert header.label("returned_on") == "Ngày, tháng, năm – Ngày nhận kết quả"
    assert "Số lượng hồ sơ (bộ)" in header.unknown
    assert missing(header, NEEDED_REGISTER) == ()


def test_merges_that_the_file_tells_lead_to_the_same_header():
    merges = [(5, 7, 5, 9), (5, 11, 5, 12), (1, 0, 1, 2), (3, 0, 3, 13), (5, 1, 6, 1)]
    assert dict(find(FORM_2018, True, merges).index) == FORM_2018_FIELDS


def test_a_one_row_header_does_not_swallow_the_data_below_it():
    rows = [row(1, "Họ tên người được khai sinh", "Ngày đăng ký", "Họ tên mẹ"),
            row(2, "Lê Văn Mẫu", "hôm qua", "Lê Thị Thử")]  # fmt: skip
    assert find(rows, register=True).last_row == 1


def test_a_setting_outweighs_the_words():
    rows = [row(1, "Mã biên nhận", "Mã hồ sơ", "Trạng thái", "Ngày tiếp nhận")]
    header = find(rows, False, overrides={"own_code": ("MA BIEN NHAN",)})
    assert header.index["own_code"] == 0
    assert "Mã hồ sơ" in header.unknown


def test_the_header_row_of_the_settings_is_taken():
    rows = [row(1, "Mã hồ sơ", "Trạng thái", "Ngày tiếp nhận"), row(3, "Mã hồ sơ", "Trạng thái")]
    assert find(rows, False, header_row=3).first_row == 3


def test_missing_columns_are_named():
    header = find([row(1, "Mã hồ sơ", "Chủ hồ sơ", "Ngày hẹn trả")], register=False)
    assert missing(header, NEEDED_EXPORT) == (("status",), ("received_on",))


def test_two_columns_for_one_field_leave_the_better_one():
    header = find([row(1, "Đơn vị", "Đơn vị xử lý", "Mã hồ sơ", "Trạng thái")], register=False)
    assert header.index["unit"] == 1
    assert header.unknown == ("Đơn vị",)


def test_a_text_without_any_header_has_none():
    assert find([row(1, "Danh mục"), row(2, "Một", "Hai")], register=True) is None


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["(1)", "(2)", "(3)", None, "(5)"], True),
        ([1, 2, 3, 4], True),
        (["A", "B", "1", "2", "3"], True),
        (["(1)", "(2)", "(3)=(1)+(2)"], True),
        ([1, "H11", 3], False),
        ([1, 2], False),
        ([3, 2, 1], False),
    ],
)
def test_the_numbering_row(cells, expected):
    assert is_numbering(cells) is expected


def test_every_field_has_a_label_for_messages():
    from config.sources import COLUMN_FIELDS

    assert set(LABELS) == set(COLUMN_FIELDS)


LETTERS = "aáàảãạăâđeêioôơuưyAĂÂĐNnhg Th.-\u0301\u0300\u00ad\u200bÐ¨©µ1"


@given(st.text(LETTERS, max_size=24))
@example("Nguyễn Văn An")
@example("NguyÔn V¨n An")
@example("Hoà  Thị\u00a0Lê")
def test_the_short_way_of_a_name_gives_the_same_words(name):
    shown = to_unicode(name)
    for _ in range(2):  # once while its syllables are learnt, once when they are known
        assert name_words(shown) == words(shown)


@given(st.text(LETTERS, max_size=24), st.sampled_from([None, ".VnTime", "VNI-Times"]))
@example("Nguyễn Văn\u00a0An", ".VnTime")
def test_the_short_way_to_unicode_is_the_long_way(text, font):
    shown = vietnamese._shown(text, font)
    while shown != (again := vietnamese._shown(shown, None)):
        shown = again
    if not text.isascii():
        assert to_unicode(text, font) == shown
