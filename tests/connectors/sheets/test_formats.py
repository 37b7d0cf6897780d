"""The same three dossiers in every format that offices hand over."""

from __future__ import annotations

import struct
import unicodedata
from datetime import date

import openpyxl
import pytest

from tests.connectors.books import Office

HEADER = ["Mã hồ sơ", "Trạng thái", "Ngày tiếp nhận", "Chủ hồ sơ", "Ghi chú"]
ROWS = [
    ["H11.01-240102-0001", "Đang xử lý", "02/01/2024", "Lê Thị Thử", "một; hai, ba"],
    ["H11.01-240102-0002", "Đã trả kết quả", "03/01/2024", "Nguyễn Văn Mẫu", ""],
    ["H11.01-240102-0003", "Đã xử lý xong", "04/01/2024", "Đặng Thị Ước", ""],
]
EXPECTED = [
    (2, "H11.01-240102-0001", "Lê Thị Thử", date(2024, 1, 2)),
    (3, "H11.01-240102-0002", "Nguyễn Văn Mẫu", date(2024, 1, 3)),
    (4, "H11.01-240102-0003", "Đặng Thị Ước", date(2024, 1, 4)),
]


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def said(snapshot):
    assert snapshot.complete, snapshot.problem
    return [
        (claim.places[0].row, claim.own_code, claim.applicant, claim.received_on)
        for claim in snapshot.claims
    ]


def csv(delimiter, end="\r\n"):
    lines = [HEADER, *ROWS]
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in line] for line in lines]
    return end.join(delimiter.join(line) for line in quoted) + end


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_in_its_delimiters_and_encodings(office, delimiter, encoding):
    office.text("mc.csv", csv(delimiter), encoding)
    assert said(office.only("export")) == EXPECTED


def windows_1258(text):
    """Composed letters that the code page lacks become base letter and tone mark."""
    out = bytearray()
    for char in unicodedata.normalize("NFC", text):
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = _apart(char)
            out += base.encode("cp1258") + tone.encode("cp1258")
    return bytes(out)


def _apart(char):
    marks = unicodedata.normalize("NFD", char)
    tone = next(mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", marks.replace(tone, "")), tone


def test_csv_in_windows_1258(office):
    office.text("mc.csv", windows_1258(csv(";")))
    assert said(office.only("export")) == EXPECTED
    assert said(office.only("export", 'encoding = "cp1258"')) == EXPECTED


def test_csv_in_the_bytes_of_a_legacy_font(office):
    text = (
        "M· hå s¬;Tr¹ng th¸i;Ngµy tiÕp nhËn;Chñ hå s¬\n"
        "H11.01-240102-0001;§ang xö lý;02/01/2024;NguyÔn V¨n MÉu\n"
    )
    office.text("mc.csv", text.encode("cp1252"))
    assert said(office.only("export"))[0][2] == "Nguyễn Văn Mẫu"


def test_a_line_that_names_its_separator(office):
    office.text("mc.csv", "sep=|\r\n" + csv("|"))
    assert [row for row, *_ in said(office.only("export"))] == [3, 4, 5]


def test_line_breaks_inside_quotes_do_not_shift_the_row_numbers(office):
    office.text("mc.csv", 'Mã hồ sơ,Trạng thái,"Ngày tiếp\nnhận",Chủ hồ sơ\n\n'
                          'H11.01-240102-0001,4,02/01/2024,"Lê Thị\nThử"\n')  # fmt: skip
    assert said(office.only("export")) == [
        (3, "H11.01-240102-0001", "Lê Thị Thử", date(2024, 1, 2))
    ]


def html():
    head = "".join(f"<th>{cell}</th>" for cell in HEADER)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    return f"<html><body><table><tr>{head}</tr>{body}</table></body></html>"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [("", "utf-8"), ('<meta charset="utf-8">', "utf-8"), ("", "utf-16"), ("", "utf-8-sig")],
)
def test_a_page_that_calls_itself_xls(office, head, encoding):
    office.text("mc.xls", html().replace("<body>", f"{head}<body>"), encoding)
    snapshot = office.only("export")
    assert said(snapshot) == EXPECTED
    assert snapshot.warnings == ("Nội dung tệp là trang web (HTML), khác với đuôi tên tệp.",)


def test_spans_of_a_page_keep_the_columns_in_place(office):
    office.text(
        "mc.xls",
        "<table><tr><td rowspan=2>Mã hồ sơ</td><td colspan=2>Ngày</td><td rowspan=2>Trạng thái</td>"
        "</tr><tr><td>Tiếp nhận</td><td>Hẹn trả</td></tr>"
        "<tr><td>H11.01-240102-0001</td><td>02/01/2024</td><td>03/01/2024</td><td>4</td></tr></table>",
    )
    (claim,) = office.only("export").claims
    assert (claim.received_on, claim.due_on) == (date(2024, 1, 2), date(2024, 1, 3))
    assert claim.places[0].row == 3


def xml2003(rows):
    def line(row):
        cells = (f'<Cell><Data ss:Type="{kind}">{text}</Data></Cell>' for kind, text in row)
        return f"<Row>{''.join(cells)}</Row>"

    lines = "".join(map(line, rows))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="s1">'
        '<Font ss:FontName=".VnTime"/></Style></Styles>'
        f'<Worksheet ss:Name="DS"><Table>{lines}</Table></Worksheet></Workbook>'
    )


def test_xml_spreadsheet_2003(office):
    rows = [
        [("String", cell) for cell in HEADER],
        *([("String", cell) for cell in row] for row in ROWS),
    ]
    rows[1][2] = ("DateTime", "2024-01-02T00:00:00.000")
    office.text("mc.xls", xml2003(rows))
    assert said(office.only("export")) == EXPECTED


def test_xml_spreadsheet_skips_hidden_rows_and_fonts(office):
    content = xml2003([[("String", cell) for cell in HEADER[:4]]]).replace(
        "</Table>",
        '<Row ss:Index="5" ss:Hidden="1">'
        '<Cell><Data ss:Type="String">H11.01-240102-0001</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="Number">45293</Data></Cell>'
        '<Cell ss:StyleID="s1"><Data ss:Type="String">NguyÔn V¨n MÉu</Data></Cell></Row></Table>',
    )
    office.text("mc.xls", content)
    snapshot = office.only("export")
    assert said(snapshot) == [(5, "H11.01-240102-0001", "Nguyễn Văn Mẫu", date(2024, 1, 2))]
    assert "1 dòng ẩn (5)" in snapshot.warnings[-1]


def biff(rows, hidden=(), legacy=()):
    """A minimal .xls stream (BIFF8): one sheet of text cells, the legacy ones in .VnTime."""

    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    name = b"\x02\x00DS"
    head = record(0x0809, begin)
    styles = b"".join(
        record(0x0031, bytes(14) + struct.pack("<BB", len(font), 0) + font)
        for font in (b"Arial", b"Arial", b"Arial", b"Arial", b".VnTime")
    )
    # Font number 4 is left out of the numbering: the fifth font is number 5.
    styles += b"".join(record(0x00E0, struct.pack("<H", font) + bytes(18)) for font in (0, 5))
    sheet_at = len(head) + len(styles) + 4 + 6 + len(name) + 4
    bound = record(0x0085, struct.pack("<IH", sheet_at, 0) + name)
    book = head + styles + bound + record(0x000A, b"")
    lines = b"".join(
        record(0x0208, struct.pack("<HHHHHHHH", row, 0, 9, 255, 0, 0, 0x20, 0)) for row in hidden
    )
    cells = b"".join(
        record(
            0x0204, struct.pack("<HHHHB", row, column, 0, len(cell), 1) + cell.encode("utf-16-le")
        )
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
        if cell
    )
    size = record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    sheet = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + size + lines + cells
    )
    return book + sheet + record(0x000A, b"")


def compound(name, stream):
    """An OLE file with one stream of at least 4,096 bytes."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\x00")
    sectors = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table = struct.pack("<128I", *(chain + [0xFFFFFFFF] * 128)[:128])
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *([0xFFFFFFFF] * 108))

    def entry(label, kind, child, start, size):
        text = label.encode("utf-16-le")
        length = len(text) + 2 if text else 0
        name = text.ljust(64, b"\x00") + struct.pack("<HBB", length, kind, 1)
        siblings = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
        return name + siblings + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, 0xFFFFFFFF, 2, len(stream))
    folder += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    return header + table + folder + stream


def test_an_old_xls(office):
    office.text("mc.xls", compound("Workbook", biff([HEADER, *ROWS])))
    assert said(office.only("export")) == EXPECTED


def test_an_old_xls_with_hidden_rows_and_a_legacy_font(office):
    rows = [HEADER, *ROWS, ["H11.01-240102-0004", "4", "05/01/2024", "lª v¨n bèn", ""]]
    content = biff(rows, hidden=(1, 2), legacy={(4, 3)})
    office.text("mc.xls", compound("Workbook", content))
    snapshot = office.only("export")
    assert snapshot.claims[-1].applicant == "lê văn bốn"
    assert snapshot.warnings == ("Trang tính «DS» có 2 dòng ẩn (2-3), vẫn được đọc.",)


def test_an_xlsx_that_calls_itself_xls(office):
    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    book.save(office.path("a.xlsx"))
    office.path("a.xlsx").rename(office.path("mc.xls"))
    snapshot = office.only("export")
    assert said(snapshot) == EXPECTED
    assert "Excel (.xlsx)" in snapshot.warnings[0]


def test_dates_of_a_workbook_that_counts_from_1904(office):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(HEADER)
    book.active.append(["H11.01-240102-0001", "4", date(2024, 1, 2), "A", ""])
    book.active.append(["H11.01-240102-0002", "4", 43831, "A", ""])  # a serial without a format
    book.save(office.path("mc.xlsx"))
    assert [one[3] for one in said(office.only("export"))] == [date(2024, 1, 2)] * 2
