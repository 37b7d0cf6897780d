"""Cells as offices type them, and as Excel changes them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import cells
from reconcile.claims import Channel

FIFTH_OF_MARCH = date(2024, 3, 5)


@pytest.mark.parametrize(
    "typed",
    [
        "05/03/2024", "5/3/2024", "05-03-2024", "05.03.2024", "5 / 3 / 2024", "05/03/24",
        "05/03/2024 08:30:00", "05/03/2024 8h30", "08:30 05/03/2024", "8 giờ 30 phút, 05/03/2024",
        "2024-03-05", "2024-03-05T00:00:00", "2024-03-05 14:00:00", "2024/03/05", "20240305",
        "20240305143000", "05032024", "ngày 05 tháng 3 năm 2024", "Ngày 05/03/2024",
        "2024-03-04T17:00:00.000+0000", "2024-03-05T00:00:00+07:00", "45356", 45356, 45356.354,
        20240305, 5032024, "05/03/2024\u00a008:30", "05–03–2024",
    ],
)  # fmt: skip
def test_a_day_in_every_usual_form(typed):
    assert cells.day(typed) == (FIFTH_OF_MARCH, "")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("31/02/2024", cells.NO_SUCH_DAY),
        ("03/15/2024", cells.SWAPPED),
        ("2024", cells.ONLY_PART),
        (2024, cells.ONLY_PART),
        ("03/2024", cells.ONLY_PART),
        ("05/03/2204", cells.ODD_YEAR),
        ("05/03/1824", cells.ODD_YEAR),
        ("chưa trả", cells.NO_DATE),
        ("hẹn lại 05/03/2024", cells.NO_DATE),
        ("05/03/2024; 07/03/2024", cells.TWO_DATES),
        ("05/03", cells.NO_DATE),
        ("45356789", cells.ODD_YEAR),
    ],
)
def test_what_is_no_day_is_empty_with_its_reason(typed, reason):
    found, said = cells.day(typed)
    assert found is None
    assert said in (reason, cells.NO_SUCH_DAY) if typed == "45356789" else said == reason


@pytest.mark.parametrize(
    "typed", [None, "", "  ", "-", "–", "/", "...", "0", 0, "01/01/0001", "00/00/0000", "N/A",
              "0001-01-01T00:00:00", "1900-01-01"]
)  # fmt: skip
def test_signs_for_nothing_are_no_mistake(typed):
    assert cells.day(typed) == (None, "")


def test_serial_numbers_of_old_apple_workbooks():
    assert cells.day(43894, date1904=True) == (FIFTH_OF_MARCH, "")


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_written_day_is_read_back(day):
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y%m%d", "%d/%m/%Y %H:%M:%S"):
        assert cells.day(day.strftime(form)) == (day, "")


@given(st.dates(date(1960, 1, 1), date(2100, 12, 31)))
def test_a_serial_number_is_read_back(day):
    serial = (day - date(1899, 12, 30)).days
    found, reason = cells.day(serial)
    assert (found == day and not reason) if day.year >= 1990 else reason == cells.ODD_YEAR


@given(st.one_of(st.none(), st.text(max_size=40), st.integers(), st.floats(allow_nan=False)))
def test_no_cell_makes_a_parser_fail(cell):
    for parse in (cells.day, cells.partial_date, cells.person_id, cells.code):
        value, reason = parse(cell)
        assert not (value and reason)
    given, reason = cells.signed(cell)
    assert not (given and reason)
    assert isinstance(cells.channel(cell), Channel)
    assert cells.sex(cell) in ("nam", "nữ", "")
    assert cells.shown(cell) == cells.shown(cells.shown(cell))


@given(st.text(alphabet="0123456789/.-: ThNgàyờnăm", max_size=24))
def test_a_reason_never_quotes_the_cell(typed):
    for parse in (cells.day, cells.partial_date, cells.person_id, cells.code):
        reason = parse(typed)[1]
        assert not any(letter.isdigit() for letter in reason.replace("9 hoặc 12", ""))


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2024", "2024"), (2024, "2024"), ("năm 1950", "1950"), ("03/2024", "2024-03"),
        ("tháng 3 năm 2024", "2024-03"), ("05/03/2024", "2024-03-05"), ("05.03.1931", "1931-03-05"),
        ("2024-03-05", "2024-03-05"), (11387, "1931-03-05"), ("-", ""),
    ],
)  # fmt: skip
def test_dates_of_people_may_be_partial(typed, value):
    assert cells.partial_date(typed) == (value, "")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("05/03/24", cells.SHORT_YEAR), ("05/13/2024", cells.SWAPPED), ("1750", cells.ODD_YEAR),
     ("không rõ", cells.NO_DATE), ("2124", cells.ODD_YEAR)],
)  # fmt: skip
def test_dates_of_people_that_cannot_be(typed, reason):
    assert cells.partial_date(typed) == ("", reason)


@pytest.mark.parametrize(
    ("typed", "value", "reason"),
    [
        ("060199001234", "060199001234", ""),
        (60199001234, "060199001234", ""),
        ("060 199 001 234", "060199001234", ""),
        ("261234567", "261234567", ""),
        ("000000001", "", ""),
        (1, "", ""),
        ("6.0199E+10", "", cells.LOST_DIGITS),
        (6.0199001234e22, "", cells.LOST_DIGITS),
        ("12345", "", cells.NO_ID),
        ("", "", ""),
    ],
)
def test_ids_that_excel_made_numbers(typed, value, reason):
    assert cells.person_id(typed) == (value, reason)


@pytest.mark.parametrize(
    ("typed", "value", "reason"),
    [
        (" H11.01-240102-0001 ", "H11.01-240102-0001", ""),
        (125, "125", ""),
        (2.40102e17, "", cells.LOST_DIGITS),
        ("2,40102E+17", "", cells.LOST_DIGITS),
        ("2024-05-01", "", cells.BECAME_DATE),
        ("-", "", ""),
    ],
)
def test_codes_and_numbers_of_books(typed, value, reason):
    assert cells.code(typed) == (value, reason)


@pytest.mark.parametrize("typed", ['"', "″", "〃", "''", "//", "nt", "NT", "n.t", "-nt-",
                                   "như trên", "Như trên", '- " -', "nt."])  # fmt: skip
def test_ditto_marks(typed):
    assert cells.is_ditto(typed)


@pytest.mark.parametrize("typed", ["", None, "/", "-", "Nam", "n", "Nguyễn Thị Thử", 11, "t"])
def test_no_ditto_marks(typed):
    assert not cells.is_ditto(typed)


@pytest.mark.parametrize(
    ("typed", "channel"),
    [
        ("Trực tuyến", Channel.ONLINE),
        ("Nộp trực tuyến qua Cổng DVC", Channel.ONLINE),
        ("Trực tiếp", Channel.DIRECT),
        ("Tại bộ phận Một cửa", Channel.DIRECT),
        ("Bưu chính công ích", Channel.POST),
        ("BCCI", Channel.POST),
        ("2", Channel.ONLINE),
        (3, Channel.POST),
        ("khác", Channel.UNKNOWN),
    ],
)
def test_channels(typed, channel):
    assert cells.channel(typed) is channel


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("đã ký", True), ("x", True), ("Thử", True), ("chưa", False), ("Chưa ký", False), ("", False),
     ("-", False), (0, False)],
)  # fmt: skip
def test_signatures(typed, expected):
    assert cells.signed(typed) == (expected, "")


def test_the_short_way_reads_text_as_the_long_way_does():
    from reconcile.text.vietnamese import to_unicode

    for typed in ("Lê Thị Thử", "LÊ THỊ THỬ", "NguyÔn V¨n An", "Nguyeãn Vaên An",
                  "Ðặng  Văn\u00a0A", "Le\u0302 Thi\u0323 Thu\u031b\u0309", "Zoë",
                  "xã Tân Hà – 05"):  # fmt: skip
        assert cells.shown(typed) == to_unicode(typed)


def test_a_day_is_the_day_in_viet_nam():
    assert cells.day("2024-12-31T17:00:00Z")[0] == date(2025, 1, 1)
    assert cells.day("2024-12-31T16:59:59Z")[0] == date(2025, 1, 1) - timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "name", "event", "read_as"),
    [
        ("05/03/24", "birth_date", "birth", "2024-03-05"),
        ("30/11/61", "birth_date", "birth", "1961-11-30"),
        ("30/11/61", "birth_date", "death", "1961-11-30"),
        ("30/11/61", "birth_date", "", "1961-11-30"),
        ("05/03/24", "birth_date", "death", ""),  # a child, or somebody of a hundred years
        ("05/03/24", "birth_date", "", ""),
        ("05/03/24", "death_date", "death", "2024-03-05"),
        ("30/12/24", "death_date", "death", ""),  # not yet come, and a hundred years ago
        ("31/02/24", "birth_date", "birth", ""),
        ("05/03/2024", "birth_date", "birth", ""),  # four digits are read elsewhere
    ],
)
def test_a_year_of_two_digits_is_the_one_that_is_possible(typed, name, event, read_as):
    assert cells.short_year(typed, name, event, date(2024, 3, 11)) == read_as
    assert cells.short_year(typed, name, event, None) == ""
