"""Files that break parsers: each is one clear Vietnamese problem, and the others go on."""

from __future__ import annotations

import io
import os
import random
import resource
import stat
import zipfile
from pathlib import Path

import pytest

from connectors.files.workbook import PROBLEMS, Limits
from tests.connectors.books import EXPORT_HEADER, EXPORT_ROW, Office, write_xlsx
from tests.connectors.sheets.test_formats import biff, compound, csv, html

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="DS" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{}" Target="{}"/></Relationships>'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>'
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def package(sheet, **more):
    """A workbook made by hand, with this XML as its only sheet."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | more).items():
            archive.writestr(name, content)
    return out.getvalue()


def cell(reference):
    row = "".join(filter(str.isdigit, reference))
    return f'<row r="{row}"><c r="{reference}"><v>1</v></c></row>'


def good():
    out = io.BytesIO()
    write_xlsx(out, {"DS": [EXPORT_HEADER, *([EXPORT_ROW] * 400)]})
    return out.getvalue()


def good_then_far():
    """A first sheet that is read and sent, then one that kills the reader."""
    out = io.BytesIO()
    write_xlsx(out, {"DS": [EXPORT_HEADER, *([EXPORT_ROW] * 4000)], "DS2": [EXPORT_HEADER]})
    far = SHEET.format(cell("A1") + cell("XFD1048576"))
    with zipfile.ZipFile(out) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | {"xl/worksheets/sheet2.xml": far}).items():
            archive.writestr(name, content)
    return out.getvalue()


def cut_inside_sheet():
    """A zip that is whole around a sheet that ends in the middle of a row."""
    whole = SHEET.format("".join(cell(f"A{row}") for row in range(1, 50)))
    return package(whole[: len(whole) // 2])


def renamed_entry(flag):
    """Mark every entry of the directory as encrypted."""
    content = bytearray(good())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= flag
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def document():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return out.getvalue()


def entries(count):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"xl/{number}", "")
    return out.getvalue()


ZOO = {
    "empty": (b"", "empty"),
    "blank text": (b" \r\n\t\n", "empty"),
    "far cell, 512 GB": (package(SHEET.format(cell("A1") + cell("XFD1048576"))), "too_big"),
    "200,000 rows far": (package(SHEET.format(cell("A1") + cell("XFD200000"))), "too_big"),
    "a good sheet, then a far cell": (good_then_far(), "too_big"),
    "string bomb": (
        package(SHEET.format(""), **{"xl/sharedStrings.xml": "<sst>" + "A" * (300 << 20)}),
        "bomb",
    ),
    "many entries": (entries(2001), "bomb"),
    "truncated zip": (good()[:-600], "cut"),
    "half of a workbook": (good()[: len(good()) // 2], "cut"),
    "half-written sheet": (cut_inside_sheet(), "cut"),
    "flipped bytes": (good()[:2000] + b"\xff" * 40 + good()[2040:], "broken"),
    "billion laughs": (package(LAUGHS + SHEET.format(cell("A1"))), "entities"),
    "outside entity": (package(OUTSIDE + SHEET.format(cell("A1"))), "entities"),
    "password": (compound("EncryptedPackage", os.urandom(5000)), "encrypted"),
    "encrypted entries": (renamed_entry(1), "encrypted"),
    "binary workbook": (package(SHEET.format(""), **{"xl/workbook.bin": "x"}), "xlsb"),
    "a document": (document(), "not_workbook"),
    "path outside": (package(SHEET.format(""), **{"../../x": "x"}), "not_workbook"),
    "broken xls": (compound("Workbook", biff([["a"] * 3] * 9)[:60] + os.urandom(4000)), None),
    "xls cut": (compound("Workbook", biff([["a"] * 3] * 900))[:3000], None),
    "csv cut in a row": (csv(";").encode()[:-30], "cut"),
    "csv cut in quotes": ((csv(";") + 'H11;"mở').encode(), "cut"),
    "csv cut in a letter": (csv(";").encode() + "Đặ".encode()[:-1], "cut"),
    "page cut": (html().encode()[:-40], "cut"),
    "xml 2003 cut": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "cut",
    ),
    "xml 2003 with entities": (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "entities",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, None),
    "a program": (b"\x7fELF" + bytes(4000), None),
    "a text": ("Kính gửi ông bà,\nTôi xin gửi báo cáo.\n".encode(), None),
    "too many columns": (
        package(SHEET.format('<row r="1"><c r="A1"><v>1</v></c><c r="ZZ1"><v>1</v></c></row>')),
        "too_many_columns",
    ),
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """Every hostile file and one good one, read in one poll."""
    office = Office(tmp_path_factory.mktemp("zoo"))
    for name, (content, _) in ZOO.items():
        office.text(f"{name}.xlsx", content)
    office.text("xx good.xlsx", good())
    snapshots = office.read("export")
    return {one.file.removeprefix("inbox/").removesuffix(".xlsx"): one for one in snapshots}


@pytest.mark.parametrize("name", ZOO)
def test_a_hostile_file_is_one_clear_problem(zoo, name):
    snapshot = zoo[name]
    code = ZOO[name][1]
    assert not snapshot.complete
    assert snapshot.claims == ()
    assert snapshot.problem
    if code is not None:
        start = PROBLEMS[code].partition("{}")[0]
        assert snapshot.problem.startswith(start)


def test_the_other_files_are_read_all_the_same(zoo):
    assert zoo["xx good"].complete
    assert zoo["xx good"].rows == 400


def test_what_is_no_regular_file_is_not_opened(tmp_path):
    office = Office(tmp_path)
    office.text("a.xlsx", good())
    (office.inbox / "link.xlsx").symlink_to(office.inbox / "a.xlsx")
    (office.inbox / "dead.xlsx").symlink_to(office.inbox / "nowhere")
    os.mkfifo(office.inbox / "pipe.xlsx")
    problems = {one.file: one.problem for one in office.read("export")}
    assert problems == {
        "inbox/a.xlsx": "",
        "inbox/link.xlsx": PROBLEMS["link"],
        "inbox/dead.xlsx": PROBLEMS["link"],
        "inbox/pipe.xlsx": PROBLEMS["not_file"],
    }


def test_a_file_above_the_limit_is_not_read(tmp_path):
    office = Office(tmp_path)
    office.text("a.csv", b"x" * ((1 << 20) + 1))
    (snapshot,) = office.read("export", head="[intake]\nmax_file_mb = 1")
    assert snapshot.problem == "Tệp lớn hơn 1 MB."


def test_columns_that_are_missing_or_wrong_are_named(tmp_path):
    office = Office(tmp_path)
    office.write("a.xlsx", [["Mã hồ sơ", "Bước", "Ngày vào", "Chủ hồ sơ"], ["H1", "x", "y", "z"]])
    office.write("b.xlsx", [["Tên tệp", "Dung lượng"], ["a", 1]])
    first, second = office.read("export")
    assert "thiếu cột trạng thái; ngày tiếp nhận" in first.problem
    assert "«Bước», «Ngày vào»" in first.problem
    assert "mã hồ sơ; trạng thái; ngày tiếp nhận" in second.problem
    assert not first.complete
    assert not second.complete


def test_a_register_without_proof_columns_says_which_would_do(tmp_path):
    office = Office(tmp_path)
    office.write("a.xlsx", [["Mã hồ sơ", "Người yêu cầu", "Ngày nhận"], ["H1", "A", "02/01/2024"]])
    problem = office.only().problem
    assert "ngày trả kết quả hoặc ký nhận hoặc ngày đăng ký" in problem


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path):
    from connectors.errors import SourceGarbled
    from connectors.files import workbook

    path = Office(tmp_path).text("a.csv", csv(";"))
    with workbook.opened(path, Limits()) as file:
        before = workbook.digest(file)
        path.write_text(csv(";") + "mới", encoding="utf-8")
        with pytest.raises(SourceGarbled, match="thay đổi"):
            list(workbook.read(file, before, Limits()))


def test_mutated_workbooks_never_hurt_the_reader(tmp_path):
    office = Office(tmp_path)
    rng = random.Random(20240331)
    whole = good()
    for number in range(24):
        content = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        office.text(f"{number:02d}.xlsx", bytes(content))
    for snapshot in office.read("export"):
        assert snapshot.complete or snapshot.problem
        assert snapshot.rows in (0, 400) or not snapshot.complete or snapshot.rejected


def test_the_reader_leaves_no_process_and_no_open_file(tmp_path):
    office = Office(tmp_path)
    office.text("a.xlsx", good())
    office.text("b.xlsx", ZOO["far cell, 512 GB"][0])
    office.read("export")
    before = open_files()
    office.read("export")
    assert open_files() == before
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1 << 20  # kilobytes: 1 GB


def open_files():
    """How many files this process holds; nothing where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else None


def test_files_keep_their_modes_and_times(tmp_path):
    office = Office(tmp_path)
    path = office.text("a.xlsx", good())
    path.chmod(0o400)
    before = path.stat()
    assert office.only("export").complete
    after = path.stat()
    assert (stat.S_IMODE(after.st_mode), after.st_mtime_ns) == (0o400, before.st_mtime_ns)
