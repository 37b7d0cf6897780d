"""The workbook: what stands where, that text stays text, that people stay initials."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest

from reconcile.claims import Place, RejectedRow
from reconcile.findings import Kind
from reconcile.lifecycle import State
from tests.worker.reports_sample import UNITS, sample_facts
from worker.reports import build, write
from worker.reports.draw_xlsx import draw
from worker.reports.sheets import sheet_name

CLOSING_COLUMNS = [
    "STT",
    "Mã hồ sơ",
    "Mã hồ sơ liên thông",
    "Thủ tục",
    "Người được đăng ký (viết tắt)",
    "Ngày tiếp nhận",
    "Ngày hẹn trả",
    "Ngày có kết quả",
    "Ngày trả kết quả",
    "Trạng thái trên phần mềm",
    "Vướng tại",
    "Căn cứ (sổ, quyển, số, trang)",
    "Việc cần làm",
    "Người thực hiện",
    "Kết quả",
]
HOSTILE = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1", "＠A1"),
    *("<r><t>x</t></r>", '=HYPERLINK("http://x")', "{=1+1}", "\x00=1", "http://x.vn", "0012"),
)


def drawn(facts):
    file = io.BytesIO()
    draw(build(facts), file)
    return file.getvalue()


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def facts():
    return sample_facts(90)


@pytest.fixture(scope="module")
def book(facts):
    return opened(drawn(facts))


def texts(sheet):
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def header_row(sheet, first="STT"):
    return next(row for row in sheet.iter_rows() if row[0].value == first)


def body(sheet):
    """The numbered rows of a sheet's table."""
    start = header_row(sheet)[0].row + 1
    rows = sheet.iter_rows(min_row=start)
    return [row for row in rows if isinstance(row[0].value, int)]


def test_the_first_page_names_the_source_that_was_not_read_and_since_when(book):
    page = texts(book["Tổng hợp"])
    assert "CHƯA ĐỌC ĐỦ" in page
    assert any(
        "Chưa đọc đủ Cổng DVCQG (dvcqg) từ 08 giờ 10 phút ngày 01/04/2024." in text
        and "mới đọc được 7 trên 12 trang" in text
        for text in page
    )


def test_when_all_was_read_no_block_alarms():
    page = texts(opened(drawn(sample_facts(20, silent=False)))["Tổng hợp"])
    assert "CHƯA ĐỌC ĐỦ" not in page
    assert any(text.startswith("Các nguồn đã đọc đủ.") for text in page)


def test_the_three_numbers_count_every_state(book, facts):
    page = book["Tổng hợp"]
    shown = {row[0].value: row[4].value for row in page.iter_rows() if row[4].value is not None}
    of = {kind: sum(one.finding.kind is kind for one in facts.findings) for kind in Kind}
    assert shown["Đã trả kết quả nhưng phần mềm chưa kết thúc"] == of[Kind.RETURNED_STILL_PENDING]
    assert shown["Quá hạn thật"] == of[Kind.TRULY_OVERDUE]
    assert shown["Chưa kết luận được"] == 12


def test_numbers_that_inspectors_look_for_stand_there_even_at_zero():
    page = texts(opened(drawn(sample_facts(0)))["Tổng hợp"])
    for label in (
        "Đang giải quyết quá hạn, chưa có căn cứ đã xong",
        "Có trong sổ, chưa nhập phần mềm",
        "Phần mềm ghi đã trả kết quả, sổ không có",
        "Phần mềm ghi từ chối, rút, dừng nhưng sổ ghi đã trả kết quả",
        "Tạm gác",
        "Chưa kết luận được",
    ):
        assert label in page


def test_the_form_shows_submitted_first_then_recounted_then_reconciled(book):
    # The bridge below repeats the titles of the form: the first of each is the form's.
    rows = {row[0].value: row for row in reversed(list(book["Tổng hợp"].iter_rows()))}
    submitted = [cell.value for cell in rows["A. Đã báo cáo"][1:13]]
    recounted = [cell.value for cell in rows["B. Đếm lại theo phần mềm"][1:13]]
    assert submitted[0] == recounted[0] == 4917
    assert recounted == [4917, 246, 2180, 2491, 3503, 905, 865, 1733, 1414, 827, 587, 0]
    title = "C. Sau đối chiếu (đề nghị điều chỉnh – chưa thay số liệu đã báo cáo)"
    assert rows[title][1].value == 4917
    names = ("A. Đã báo cáo", "B. Đếm lại theo phần mềm", title)
    places = [rows[name][0].row for name in names]
    assert places == sorted(places)
    assert rows["B. Đếm lại theo phần mềm"][13].value == "47,18%"
    page = " ".join(texts(book["Tổng hợp"]))
    assert "Hộ tịch: 1.318 / 4.917; lĩnh vực khác giữ nguyên, không đối chiếu." in page
    assert "8 – Dừng xử lý: 7 hồ sơ" in page
    assert "theo quy định của đơn vị" in page


def test_nothing_calls_our_column_right(book):
    for sheet in book:
        for text in texts(sheet):
            assert "chính xác" not in text.casefold()
            assert "trễ hẹn" not in text.casefold()


def test_the_closing_list_has_the_support_desk_s_columns_and_signatures(book, facts):
    sheet = book["Danh sách kết thúc"]
    header = [cell.value for cell in header_row(sheet)]
    assert header == [*CLOSING_COLUMNS, "Tệp, trang tính, dòng"]
    assert header[1] == "Mã hồ sơ"
    assert "$O$" in sheet.print_area
    signed = texts(sheet)
    for title in ("NGƯỜI LẬP BIỂU", "CÔNG CHỨC LÀM CÔNG TÁC HỘ TỊCH", "THỦ TRƯỞNG ĐƠN VỊ"):
        assert title in signed
    closing = {
        dict(one.finding.codes)["one_stop"]
        for one in facts.findings
        if one.finding.kind
        in (
            Kind.RETURNED_STILL_PENDING,
            Kind.DONE_NOT_HANDED_OVER,
            Kind.LOCAL_DONE_PORTAL_PENDING,
        )
        and one.state in (State.OPEN, State.ACKNOWLEDGED)
        and not one.finding.waits_for
    }
    assert {row[1].value for row in body(sheet)} == closing


def test_dates_are_dates_in_vietnamese_form(book):
    row = body(book["Danh sách kết thúc"])[0]
    assert isinstance(row[5].value, datetime)
    assert row[5].number_format == "dd/mm/yyyy"
    assert row[5].font.name == "Times New Roman"


def test_each_sheet_prints_on_a4_landscape_with_repeated_headers_and_page_numbers(book):
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert "Trang &P/&N" in "".join(
            part.text or "" for part in (sheet.oddFooter.left, sheet.oddFooter.right)
        )
    for name in ("Đơn vị", "Danh sách kết thúc", "Việc cần làm", "Hồ sơ thay đổi chỉ tiêu"):
        assert book[name].print_title_rows
        assert book[name].freeze_panes
    assert book["Hồ sơ thay đổi chỉ tiêu"].auto_filter.ref


def shelf(evidence):
    """Book and page out of the text that an official reads."""
    book, page = re.search(r"q\.(\d+).*tr\.(\d+)", evidence).groups()
    return int(book), int(page)


def test_the_instruction_stands_over_its_group_and_not_in_its_rows(book):
    sheet = book[UNITS["X01"]]
    start = header_row(sheet)[0].row + 1
    assert "Việc cần làm" not in [cell.value for cell in header_row(sheet)]
    titles, found = [], []
    for row in sheet.iter_rows(min_row=start):
        if isinstance(row[0].value, str):
            titles.append(row[0].value)
            found.append([])
        elif isinstance(row[0].value, int):
            assert row[1].value == "☐"
            found[-1].append(row)
    assert len(set(titles)) == len(titles)
    ending = [title for title in titles if "Việc cần làm: kết thúc trên phần mềm" in title]
    assert ending
    for title, group in zip(titles, found, strict=True):
        assert f"({len(group)} hồ sơ)" in title
        marks = [shelf(row[9].value) for row in group if "Sổ TD" in (row[9].value or "")]
        assert marks == sorted(marks)
    assert any(len(group) > 2 for group in found)


def test_the_sheets_of_the_units_hold_each_dossier_once(book, facts):
    contents = build(facts)
    listed = [row[2].value for name in UNITS.values() for row in body(book[name])]
    dossiers = [row for row in contents.dossiers if row.count]
    assert len(listed) == len(dossiers)
    summary = book["Việc cần làm"]
    numbers = [row for row in body(summary) if row[1].value != "Cộng"]
    assert sum(row[-1].value for row in numbers) == contents.tally.total


def test_no_code_is_broken_over_two_lines(book):
    for sheet in ("Danh sách kết thúc", UNITS["X01"], "Hồ sơ thay đổi chỉ tiêu", "Cặp nghi ngờ"):
        header = header_row(book[sheet])
        for place in [n for n, cell in enumerate(header) if str(cell.value).startswith("Mã hồ sơ")]:
            for row in body(book[sheet]):
                assert not row[place].alignment.wrap_text
                assert row[place].alignment.shrink_to_fit


def test_moved_dossiers_keep_links_by_people_behind_links_by_code(book, facts):
    rows = body(book["Hồ sơ thay đổi chỉ tiêu"])
    assert len(rows) == len(facts.statistics.moved)
    ways = [row[12].value for row in rows]
    people = [way in ("Họ tên và ngày", "Người xác nhận") for way in ways]
    assert people == sorted(people)
    assert any(people)
    confirmed = [row[13].value for row in rows if row[12].value == "Người xác nhận"]
    assert set(confirmed) == {"Lê Thị Kiểm, 02/04/2024"}
    late = {row[10].value.date(): row[11].value for row in rows}
    assert late[date(2024, 4, 1)] is None
    assert late[date(2024, 4, 15)] == "bổ sung ngày 15/04/2024"


def test_doubtful_pairs_show_people_first_and_no_probability(book):
    sheet = book["Cặp nghi ngờ"]
    header = [cell.value for cell in header_row(sheet)]
    assert [title.split(" – ")[0].split(" (")[0] for title in header[1:8]] == [
        "Mẹ", "Mẹ", "Năm sinh", "Năm sinh", "Quyển số", "Trang", "Số",
    ]  # fmt: skip
    assert header[14:17] == ["Cùng một hồ sơ", "Khác hồ sơ", "Chưa rõ"]
    assert body(sheet)
    assert not any("0.41" in text or "0,41" in text for text in texts(sheet))


def test_many_units_share_one_sheet():
    units = {f"X{n:03}": f"UBND xã Thử {n}" for n in range(61)}
    book = opened(drawn(sample_facts(400, units=units)))
    assert "Theo đơn vị" in book.sheetnames
    assert body(book["Theo đơn vị"])
    assert not [name for name in book.sheetnames if name.startswith("UBND xã Thử")]


def test_sheet_names_are_safe_and_unique():
    taken = set()
    long = "Ủy ban nhân dân thị trấn Tân Nghĩa, huyện Hàm Tân"
    names = [sheet_name(text, taken) for text in (long, long, "a/b[c]:*?\\", "'x'", "", "History")]
    assert names[0] != names[1]
    assert all(0 < len(name) <= 31 for name in names)
    assert not any(set(name) & set("[]:*?/\\") for name in names)
    assert not any(name.startswith("'") or name.endswith("'") for name in names)
    assert sheet_name("HISTORY", taken) != "HISTORY"


def hostile_facts():
    """Every text that comes from data, as bad as it can be."""
    facts = sample_facts(48)
    bad = [HOSTILE[n % len(HOSTILE)] for n in range(48)]
    findings, claims = [], dict(facts.claims)
    for text, one in zip(bad, facts.findings, strict=True):
        finding = replace(
            one.finding,
            codes=tuple((role, text) for role, _ in one.finding.codes),
            national_code=text,
            recorded=tuple((role, replace(said, raw=text)) for role, said in one.finding.recorded),
            book=text,
            procedure_name=text,
            subject=text,
            waits_for=text,
            missing_fact=text,
            register=tuple(Place(text, text, 1) for _ in one.finding.register),
        )
        findings.append(replace(one, finding=finding, reason=text))
    for text, (key, claim) in zip(bad * 3, facts.claims.items(), strict=False):
        claims[key] = replace(
            claim, own_code=text, subject=text, mother=text, book=text, page=text, number=text
        )
    return replace(
        facts,
        office="=1+1",
        findings=tuple(findings),
        claims=claims,
        unit_names=dict(zip(UNITS, HOSTILE, strict=False)),
        rejected=tuple(RejectedRow(text, text, 1, text, text, True) for text in HOSTILE),
        sources=tuple(
            replace(one, name=text, problem=text, warnings=HOSTILE, unknown_columns=HOSTILE)
            for one, text in zip(facts.sources, HOSTILE, strict=False)
        ),
    )


def test_no_formula_comes_from_data():
    data = drawn(hostile_facts())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                xml = archive.read(name).decode()
                assert "<f>" not in xml, name
                assert "<f " not in xml, name
                assert "<r><t>" not in xml, name
                assert "hyperlink" not in xml, name
    book = opened(data)
    seen = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"{sheet.title}!{cell.coordinate}"
                if isinstance(cell.value, str):
                    seen.add(cell.value.strip())
    assert {"=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "<r><t>x</t></r>", "0012"} <= seen


def test_data_cells_stay_text_even_when_somebody_edits_them():
    rows = body(opened(drawn(hostile_facts()))["Dòng không đọc được"])
    assert {row[1].number_format for row in rows} == {"@"}


def test_no_file_names_a_person_in_full(facts, tmp_path):
    write(build(facts), tmp_path)
    people = {claim.subject for claim in facts.claims.values()}
    people |= {claim.mother for claim in facts.claims.values()}
    for path in tmp_path.iterdir():
        text = path.read_bytes().decode(errors="replace")
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                text = " ".join(archive.read(name).decode() for name in archive.namelist())
        assert not [person for person in people if person in text], path.name


def test_full_names_only_on_request(facts):
    book = opened(drawn(replace(facts, full_names=True)))
    shown = {row[4].value for row in body(book["Danh sách kết thúc"])}
    people = {claim.subject for claim in facts.claims.values()}
    assert shown
    assert all(name.rsplit(" (", 1)[0] in people for name in shown)


def test_the_same_facts_give_the_same_bytes(facts):
    assert drawn(facts) == drawn(sample_facts(90))


def test_charts_have_something_to_draw(facts):
    with zipfile.ZipFile(io.BytesIO(drawn(facts))) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 2
        xml = archive.read("xl/charts/chart1.xml").decode()
    assert "<c:numCache>" in xml
    assert "8–30 ngày" in xml
    empty = replace(sample_facts(0), trend=())
    with zipfile.ZipFile(io.BytesIO(drawn(empty))) as archive:
        assert not [name for name in archive.namelist() if name.startswith("xl/charts/")]
