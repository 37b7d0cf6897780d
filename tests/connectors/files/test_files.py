"""Which files a source has, in which order, and which readings are believed."""

from __future__ import annotations

from datetime import date

import pytest

from connectors import FileMemory, Memory
from reconcile.claims import Channel, Place, Procedure, Role, Status
from tests.connectors.books import EXPORT_HEADER, EXPORT_ROW, Office, remembered


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def dossier(number, **changes):
    row = dict(zip(EXPORT_HEADER, EXPORT_ROW, strict=True))
    row |= {"STT": number, "Mã hồ sơ": f"H11.01-240102-{number:04d}"}
    return [({**row, **changes})[name] for name in EXPORT_HEADER]


def many(count):
    return [EXPORT_HEADER, *(dossier(number) for number in range(1, count + 1))]


def test_an_exported_row_becomes_a_claim(office):
    header = [
        *EXPORT_HEADER,
        "Mã HS liên thông",
        "Hình thức nộp",
        "Ngày kết thúc xử lý",
        "Địa bàn lạ",
    ]
    row = [*EXPORT_ROW, "G22.99.09-240102-0005", "Trực tuyến", "03/01/2024 16:00:00", "x"]
    office.write("mc.xlsx", [["(Từ ngày 01/01/2024 đến ngày 31/03/2024)"], header, row])
    snapshot = office.only("export")
    (claim,) = snapshot.claims
    assert claim.key == "nguon:H11.01-240102-0001"
    assert claim.role is Role.ONE_STOP
    assert claim.national_code == "G22.99.09-240102-0005"
    assert (claim.status, claim.raw_status) == (Status.PROCESSING, "Đang xử lý")
    assert claim.procedure is Procedure.BIRTH
    assert claim.unit == "23257"
    assert claim.channel is Channel.ONLINE
    assert claim.received_on == date(2024, 1, 2)
    assert claim.finished_on == date(2024, 1, 3)
    assert claim.places == (Place("inbox/mc.xlsx", "DS", 3),)
    assert (snapshot.covers_from, snapshot.covers_to) == (date(2024, 1, 1), date(2024, 3, 31))
    assert snapshot.unknown_columns == ("STT", "Địa bàn lạ")


def test_the_status_may_be_a_number_and_unknown_words_stay_unknown(office):
    office.write("mc.xlsx", [EXPORT_HEADER, dossier(1, **{"Trạng thái": 10}),
                             dossier(2, **{"Trạng thái": "Đang bay"})])  # fmt: skip
    claims = office.only("export").claims
    assert [claim.status for claim in claims] == [Status.RETURNED, Status.UNKNOWN]
    assert claims[1].raw_status == "Đang bay"


def test_a_dossier_that_stands_twice_is_one_and_another_person_is_a_second(office):
    office.write(
        "mc.xlsx",
        [
            EXPORT_HEADER,
            dossier(1),
            dossier(1),
            dossier(1, **{"Trạng thái": "Đã trả kết quả"}),
            dossier(1, **{"Người được đăng ký": "Phạm Thị Khác"}),
            dossier(1, **{"Mã hồ sơ": "000.00.01.H11.01 – 240102-0001"}),
        ],
    )
    snapshot = office.only("export")
    keys = [(claim.key, claim.status, claim.subject) for claim in snapshot.claims]
    assert keys == [
        ("nguon:H11.01-240102-0001", Status.PROCESSING, "Lê Văn Mẫu"),
        ("nguon:H11.01-240102-0001~2", Status.PROCESSING, "Phạm Thị Khác"),
    ]
    assert snapshot.rows == 5
    assert any("lặp lại" in text for text in snapshot.warnings)


def test_the_code_of_the_subject_line_is_the_national_one(office):
    note = {"Ghi chú": "Đăng ký khai sinh (G22.99.09-240102-0005)"}
    office.write("mc.xlsx", [EXPORT_HEADER, dossier(1, **note)])
    assert office.only("export").claims[0].national_code == "G22.99.09-240102-0005"


def test_the_subject_line_names_the_procedure_where_no_column_does(office):
    header = ["Mã hồ sơ", "Trích yếu", "Trạng thái", "Ngày tiếp nhận"]
    office.write("mc.xlsx", [header, ["H11.01-240102-0001", "Đăng ký khai tử", 4, "02/01/2024"]])
    assert office.only("export").claims[0].procedure is Procedure.DEATH


def test_settings_name_columns_sheet_and_header_row(office):
    table = [["Mã hồ sơ", "Trạng thái", "Ngày tiếp nhận"], ["cũ", "cũ", "cũ"], [],
             ["Số biên lai", "Mã hồ sơ", "Bước", "Ngày vào"],
             ["BL1", "H11.01-240102-0001", "Đang xử lý", "02/01/2024"]]  # fmt: skip
    office.write("mc.xlsx", {"Bỏ": many(3), "Lấy": table})
    columns = '[sources.columns]\nstatus = "Bước"\nreceived_on = ["Ngày vào"]'
    more = f'sheet = "Lấy"\nheader_row = 4\n{columns}'
    (claim,) = office.only("export", more).claims
    assert claim.status is Status.PROCESSING
    assert claim.received_on == date(2024, 1, 2)


def test_files_come_by_the_periods_end_then_by_name(office):
    def titled(text):
        return [[text], *many(2)]

    office.write("a.xlsx", titled("Từ ngày 01/01/2024 đến ngày 31/03/2024"))
    office.write("b.xlsx", titled("Từ ngày 01/01/2024 đến ngày 29/02/2024"))
    office.write("d.xlsx", titled("DANH SÁCH"))
    office.write("c.xlsx", titled("DANH SÁCH"))
    names = [one.file.rpartition("/")[2] for one in office.read("export")]
    assert names == ["c.xlsx", "d.xlsx", "b.xlsx", "a.xlsx"]
    memory = remembered(office.read("export"))
    again = office.read("export", memory=memory)
    assert [one.file.rpartition("/")[2] for one in again] == names
    assert all(one.unchanged and not one.claims for one in again)
    assert [one.covers_to for one in again][-1] == date(2024, 3, 31)


def test_an_unchanged_file_is_not_parsed_and_a_changed_setting_reads_it_anew(office):
    office.write("mc.xlsx", many(2))
    first = office.read("export")
    memory = remembered(first)
    (again,) = office.read("export", memory=memory)
    assert (again.unchanged, again.rows, again.fingerprint) == (True, 2, first[0].fingerprint)
    (other,) = office.read("export", more='unit = "Xã Tân Hà"', memory=memory)
    assert not other.unchanged
    (office.folder / "units.csv").write_text("code,name\n1,Xã Tân Hà\n", encoding="utf-8")
    (other,) = office.read("export", memory=memory)
    assert other.claims[0].unit == "1"


def test_another_deadline_of_completeness_reads_nothing_anew(office):
    office.write(
        "so.xlsx", [["STT", "Mã hồ sơ", "Ngày trả"], [1, "H11.01-240102-0001", "02/01/2024"]]
    )
    memory = remembered(office.read())
    (again,) = office.read(more="since = 2024-01-01\ncomplete_to = 2024-03-31", memory=memory)
    assert again.unchanged


@pytest.mark.parametrize(("rows", "believed"), [(10, True), (5, True), (4, False), (0, False)])
def test_a_reading_that_suddenly_shrinks_is_not_believed(office, rows, believed):
    office.write("mc.xlsx", many(rows))
    memory = Memory({"inbox/mc.xlsx": FileMemory("another", 10)})
    (snapshot,) = office.read("export", memory=memory)
    assert snapshot.complete is believed
    assert bool(snapshot.claims) is believed
    assert snapshot.rows == rows
    if not believed:
        assert ("10 dòng" in snapshot.problem) is (rows > 0)


def test_no_file_at_all_is_one_incomplete_snapshot(office):
    (snapshot,) = office.read("export", more='path = "inbox/*.xlsx"')
    assert (snapshot.complete, snapshot.file) == (False, "")
    assert "inbox/*.xlsx" in snapshot.problem


def test_names_in_capitals_match_and_lock_files_do_not(office):
    office.write("SO.XLSX", many(1))
    office.write("~$SO.xlsx", many(1))
    office.write(".so.xlsx", many(1))
    office.text("ghi chú.txt", "không đọc")
    (office.inbox / "thu muc.xlsx").mkdir()
    snapshots = office.read("export", more='path = "inbox/*.xlsx"')
    assert [one.file for one in snapshots] == ["inbox/SO.XLSX"]


def test_files_outside_the_folder_have_a_relative_name(office, tmp_path_factory):
    other = tmp_path_factory.mktemp("chia-se")
    Office(other).write("mc.xlsx", many(1))
    (snapshot,) = office.read("export", more=f'path = "{other.as_posix()}/inbox/*.xlsx"')
    assert snapshot.file == f"../{other.name}/inbox/mc.xlsx"


def test_a_summary_sheet_is_passed_over_and_said_so(office):
    office.write("mc.xlsx", {"Tổng hợp": [["Đơn vị", "Số lượng", "Ghi chú"], ["Xã Tân Hà", 3]],
                             "DS": many(2), "Trống": []})  # fmt: skip
    snapshot = office.only("export")
    assert snapshot.complete
    assert len(snapshot.claims) == 2
    assert snapshot.warnings == ("Trang tính «Tổng hợp» không phải bảng hồ sơ, bỏ qua.",)


def test_a_second_list_that_lacks_a_column_makes_the_reading_incomplete(office):
    other = [["Mã hồ sơ", "Chủ hồ sơ", "Ngày tiếp nhận"], ["H11.01-240102-0009", "A", "02/01/2024"]]
    office.write("mc.xlsx", {"DS": many(2), "DS2": other})
    snapshot = office.only("export")
    assert not snapshot.complete
    assert snapshot.claims == ()
    assert "«DS2»" in snapshot.problem
    assert "trạng thái" in snapshot.problem


def test_formulas_that_nobody_calculated_are_reported(office):
    import openpyxl

    book = openpyxl.Workbook()
    for row in many(1):
        book.active.append(row)
    book.active["I2"] = '="Đang "&"xử lý"'
    book.save(office.path("mc.xlsx"))
    snapshot = office.only("export")
    assert any("1 ô công thức" in text for text in snapshot.warnings)
    assert snapshot.claims[0].status is Status.UNKNOWN
