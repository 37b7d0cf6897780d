"""Procedures, statuses, calendar and submitted figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.office_tables import Tables
from reconcile.claims import Procedure, Status
from tests.config.offices import table_problems, tables

DAY = date(2024, 3, 1)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return tables(tmp_path_factory.mktemp("office"))


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("1.001193", "", Procedure.BIRTH),
        ("1.001193.000.00.00.H56", "", Procedure.BIRTH),
        ("2.002621.H11", "Cấp bản sao", Procedure.BIRTH_LINKED),  # the code goes first
        ("2.000635", "Đăng ký khai sinh", Procedure.OTHER),
        ("", "1.000656 - Đăng ký khai tử", Procedure.DEATH),
        ("9.999999", "Đăng ký khai tử", Procedure.DEATH),
        ("", "Đăng ký khai sinh", Procedure.BIRTH),
        ("", "ĐKKS", Procedure.BIRTH),
        ("", "Đăng ký khai sinh kết hợp nhận cha, mẹ, con", Procedure.BIRTH),
        (
            "",
            "Liên thông các thủ tục hành chính về đăng ký khai sinh, đăng ký thường trú, cấp thẻ "
            "bảo hiểm y tế cho trẻ em dưới 6 tuổi",
            Procedure.BIRTH_LINKED,
        ),
        ("", "Khai sinh - BHYT", Procedure.BIRTH_LINKED),
        ("", "LT khai tử", Procedure.DEATH_LINKED),
        ("", "Khai tử, xóa đăng ký thường trú, mai táng phí", Procedure.DEATH_LINKED),
        ("", "Trích lục khai tử", Procedure.DEATH),
        ("", "Đăng ký khai tử (kèm giấy báo tử)", Procedure.DEATH),
        ("", "Cấp bản sao trích lục khai tử", Procedure.OTHER),
        ("", "Trích lục khai sinh", Procedure.OTHER),
        ("", "Cấp bản sao giấy khai sinh", Procedure.OTHER),
        ("", "Đăng ký lại khai sinh", Procedure.OTHER),
        ("", "Cải chính hộ tịch (khai sinh)", Procedure.OTHER),
        ("", "Ghi vào sổ việc khai sinh đã giải quyết ở nước ngoài", Procedure.OTHER),
        ("", "Đăng ký khai sinh có yếu tố nước ngoài", Procedure.OTHER),
        ("", "Đăng ký khai tử lưu động", Procedure.OTHER),
        ("", "Đăng ký khai sinh cho người đã có hồ sơ, giấy tờ cá nhân", Procedure.OTHER),
        ("", "Xác nhận tình trạng hôn nhân", Procedure.OTHER),
        ("", "Cấp giấy chứng nhận quyền sử dụng đất", Procedure.OTHER),
        ("", "Hỗ trợ chi phí mai táng", Procedure.OTHER),
        ("", "Cấp giấy báo tử", Procedure.OTHER),
        ("", "Đăng ký kết hôn", Procedure.OTHER),
        ("", "", Procedure.UNKNOWN),
        ("", "Hộ tịch", Procedure.UNKNOWN),
        ("", "Đăng ký hộ tịch tại xã", Procedure.UNKNOWN),
        ("", "Khai sinh, khai tử", Procedure.UNKNOWN),
        ("", "Nguyễn Văn Khai", Procedure.UNKNOWN),
    ],
)
def test_a_procedure_is_put_in_its_class(
    shipped: Tables, code: str, name: str, expected: Procedure
) -> None:
    assert shipped.procedures.classify(code, name, DAY) is expected


def test_the_softwares_hint_stands_between_code_and_words(shipped: Tables) -> None:
    classify = shipped.procedures.classify
    assert classify("", "Hộ tịch", DAY, hint="LTKS") is Procedure.BIRTH_LINKED
    assert classify("1.000656", "", DAY, hint="LTKS") is Procedure.DEATH


def test_deadlines_come_from_the_table(shipped: Tables) -> None:
    deadline = shipped.procedures.deadline
    assert deadline("1.001193", Procedure.BIRTH, DAY) == 0
    assert deadline("2.002621", Procedure.BIRTH_LINKED, DAY) == 3
    assert deadline("2.002622", Procedure.DEATH_LINKED, DAY) is None
    assert deadline("", Procedure.DEATH, DAY) == 0


def test_the_offices_codes_replace_the_shipped_ones_by_day(tmp_path: Path) -> None:
    text = """\
code;class;name;deadline;valid_from;valid_to
1.001193;khác;Mã này đổi nghĩa;;01/01/2026;
1.001193;khai sinh;;trong ngày;;31/12/2025
7.000001;birth_linked;Mã của tỉnh;4 ngày;;
"""
    procedures = tables(tmp_path, procedures=text.encode("utf-8-sig")).procedures
    assert procedures.classify("1.001193", "", DAY) is Procedure.BIRTH
    assert procedures.classify("1.001193", "", date(2026, 2, 1)) is Procedure.OTHER
    assert procedures.classify("7.000001", "", DAY) is Procedure.BIRTH_LINKED
    assert procedures.classify("1.000656", "", DAY) is Procedure.DEATH
    assert procedures.deadline("7.000001", Procedure.BIRTH_LINKED, DAY) == 4


def test_mistakes_of_several_tables_are_told_at_once(tmp_path: Path) -> None:
    told = table_problems(
        tmp_path,
        procedures="code,class,name,deadline\n1.9,brith,,\n,birth,,\n1.8,birth,,mai\n",
        statuses="kind,raw,status,ii06a\nigat,x,4,\nigate,x,11,\nigate,,4,\nigate,y,4,resolvd\n",
        calendar="date,kind,note\n2026-02-30,off,\n2026-02-03,nửa ngày,\n",
        submitted="period,unit,field,received_total\n2024-Q5,,,1\n2024-Q1,,,nhiều\n",
    )
    assert len(told) == 11
    assert [one.split(":")[0] for one in told] == [
        *(f"tables/calendar.csv, dòng {line}" for line in (2, 3)),
        *(f"tables/procedures.csv, dòng {line}" for line in (2, 3, 4)),
        *(f"tables/statuses.csv, dòng {line}" for line in (2, 3, 4, 5)),
        *(f"tables/submitted.csv, dòng {line}" for line in (2, 3)),
    ]
    assert "«birth»" in told[2]


@pytest.mark.parametrize(
    ("kind", "raw", "status"),
    [
        ("export", "Đang xử lý", Status.PROCESSING),
        ("export", "ĐANG XỬ LÝ (quá hạn)", Status.PROCESSING),
        ("export", "Đã trả kết quả đúng hạn", Status.RETURNED),
        ("export", "da xu ly xong", Status.DONE),
        ("export", "4", Status.PROCESSING),
        ("export", "10.0", Status.RETURNED),
        ("export", "4 - Đang xử lý", Status.PROCESSING),
        ("export", "9. Đang xử lý", Status.UNKNOWN),  # the number and the word disagree
        ("export", "Quá hạn", Status.UNKNOWN),
        ("export", "", Status.UNKNOWN),
        ("export", "11", Status.UNKNOWN),
        ("dvcqg", "9", Status.DONE),
        ("igate", "4", Status.UNKNOWN),  # iGate numbers its states itself: by name only
        ("igate", "Có kết quả", Status.DONE),
        ("opencps", "releasing", Status.DONE),
        ("opencps", "processing_200", Status.PROCESSING),
        ("opencps", "interoperating", Status.UNKNOWN),
        ("dvclt", "7", Status.PROCESSING),
        ("dvclt", "6", Status.NOT_ACCEPTED),
        ("hotich", "4", Status.DONE),
    ],
)
def test_a_status_is_read_by_source_kind(
    shipped: Tables, kind: str, raw: str, status: Status
) -> None:
    assert shipped.statuses.status(kind, raw) is status


def test_the_ten_official_labels_are_known_to_every_kind(shipped: Tables) -> None:
    labels = (
        *("Mới đăng ký", "Được tiếp nhận", "Không được tiếp nhận", "Đang xử lý"),
        *("Yêu cầu bổ sung giấy tờ", "Yêu cầu thực hiện nghĩa vụ tài chính"),
        *("Công dân yêu cầu rút hồ sơ", "Dừng xử lý", "Đã xử lý xong", "Đã trả kết quả"),
    )
    for number, label in enumerate(labels, start=1):
        assert shipped.statuses.status("igate", label) == number


def test_the_offices_statuses_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    text = "kind,raw,status,ii06a\nexport,Dừng xử lý,8,resolved\nexport,Đã giải quyết,10,\n"
    statuses = tables(tmp_path, statuses=text).statuses
    assert statuses.status("export", "Đã giải quyết") is Status.RETURNED
    assert statuses.status("igate", "Đã giải quyết") is Status.DONE
    assert statuses.ii06a == {("export", Status.STOPPED): "resolved"}


def test_swapped_days_and_the_offices_own_days(tmp_path: Path, shipped: Tables) -> None:
    calendar = shipped.calendar
    assert not calendar.is_workday(date(2026, 1, 2))
    assert calendar.is_workday(date(2026, 1, 10))
    assert not calendar.is_workday(date(2024, 4, 29))
    assert calendar.is_workday(date(2024, 5, 4))
    assert not calendar.is_workday(date(2024, 2, 12))  # Tết
    assert not calendar.is_workday(date(2024, 3, 2))  # a plain Saturday
    assert calendar.is_workday(date(2024, 3, 1))
    own = "date,off|work,note\n01/03/2024,nghỉ,\n02/03/2024,làm bù,\n2026-01-02,work,\n"
    calendar = tables(tmp_path, calendar=own).calendar
    assert not calendar.is_workday(date(2024, 3, 1))
    assert calendar.is_workday(date(2024, 3, 2))
    assert calendar.is_workday(date(2026, 1, 2))


def test_the_submitted_figures_are_read_as_the_office_writes_them(tmp_path: Path) -> None:
    text = (
        "period;unit;field;received_total;resolved_late\n2024-Q1;;;4.917;1733\n2024-03;Xã A;;5;\n"
    )
    first, second = tables(tmp_path, submitted=text).submitted
    assert (first.period, first.received_total, first.resolved_late) == ("2024-Q1", 4917, 1733)
    assert (second.unit, second.received_total, second.resolved_late) == ("Xã A", 5, None)


def test_tables_may_stand_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("code,name\n01,Xã Một\n", "utf-8")
    assert tables(tmp_path).units.resolve("Xã Một", DAY) == "01"


def test_a_table_that_is_no_table_is_one_clear_problem(tmp_path: Path) -> None:
    assert "UTF-8" in table_problems(tmp_path, units="Xã".encode("utf-16"))[0]
    assert "thiếu cột" in table_problems(tmp_path, units="mã\n01\n")[0]
    assert "nhiều ô" in table_problems(tmp_path, units="code,name\n01,Xã A, B\n")[0]


def test_the_fingerprints_change_with_what_they_speak_of(tmp_path: Path) -> None:
    def prints(**files: str) -> tuple[str, str]:
        read = tables(tmp_path, **files)
        return read.fingerprint, read.reading

    units = "code,name,email\n01,Xã Một,{}\n"
    base = prints(units=units.format("a@x.vn"))
    assert prints(units=units.format("a@x.vn").replace(",", ";")) == base
    other_head = prints(units=units.format("b@x.vn"))
    assert (other_head[0] == base[0], other_head[1] == base[1]) == (False, True)
    other_name = prints(units=units.format("b@x.vn").replace("Một", "Hai"))
    assert (other_name[0] == other_head[0], other_name[1] == other_head[1]) == (False, False)
