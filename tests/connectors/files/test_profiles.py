"""Files as three programs write them are read with nothing but the profile's name."""

from __future__ import annotations

import pytest

from config import office_tables
from config.errors import ConfigError
from config.settings import load
from connectors import Memory, open_connectors
from reconcile.claims import Origin, RegisterType, Status
from tests.connectors.books import UNITS, write_xlsx
from tests.connectors.sheets.test_formats import windows_1258

IGATE = (
    ("code", "nationCode", "procedure.code", "agency.name", "applicant.data.fullname",
     "acceptedDate", "appointmentDate", "dossierStatus.name"),
    ("H11.01-240102-0001", "G22.99.01-240102-0009", "1.001193", "Xã Tân Hà", "Lê Thị Thử",
     "2024-01-01T17:00:00.000+0000", "2024-01-03T10:00:00.000+0700", "Đang xử lý"),
)  # fmt: skip
IGATE_WORDS = (
    ("STT", "Số hồ sơ", "Tên thủ tục", "Cơ quan thực hiện", "Chủ hồ sơ", "Ngày tiếp nhận",
     "Ngày hẹn trả", "Trạng thái"),
    ("1", "H11.01-240102-0001", "Đăng ký khai sinh", "Xã Tân Hà", "Lê Thị Thử",
     "02/01/2024 08:00", "03/01/2024", "Đang xử lý"),
)  # fmt: skip
PORTAL = (
    ("MaHoSo", "MaTTHC", "TenTTHC", "DonViXuLy", "ChuHoSo", "NgayTiepNhan", "NgayHenTra",
     "TrangThaiHoSo"),
    ("H11.01-240102-0001", "1.001193", "Đăng ký khai sinh", "Xã Tân Hà", "Lê Thị Thử",
     "20240102081500", "20240103170000", "4"),
)  # fmt: skip
HOTICH = (
    ("soDangKy", "quyenSo", "trangSo", "ngayDangKy", "nksHoTen", "nksNgaySinh", "meHoTen",
     "maHoSoMCDT"),
    ("12", "01/2024", "12", "02/01/2024", "LÊ VĂN MẪU", "01.01.2024", "LÊ THỊ THỬ",
     "H11.01-240102-0001"),
)  # fmt: skip


def read(folder, role, kind, profile, name, content, more=""):
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "units.csv").write_text(UNITS, encoding="utf-8")
    path = folder / "inbox" / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        write_xlsx(path, {"DS": content})
    (folder / "doisoat.toml").write_text(
        f'[office]\nname = "UBND huyện Mẫu"\n[[sources]]\nname = "nguon"\nrole = "{role}"\n'
        f'kind = "{kind}"\npath = "inbox/*"\nprofile = "{profile}"\n{more}\n',
        encoding="utf-8",
    )
    settings = load(folder / "doisoat.toml", {})
    (connector,) = open_connectors(settings, office_tables.load(settings))
    (snapshot,) = connector.fetch(Memory())
    assert snapshot.complete, snapshot.problem
    assert snapshot.rejected == ()
    (claim,) = snapshot.claims
    return settings.sources[0], claim


def page(rows):
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<html><meta charset="utf-8"><table>{body}</table></html>'.encode()


def xml2003(rows):
    cells = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>"
        for row in rows
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="DS"><Table>{cells}</Table></Worksheet></Workbook>'
    ).encode()


def csv(rows):
    return "\n".join(";".join(row) for row in rows) + "\n"


FORMS = {
    "a.xlsx": lambda rows: rows,
    "html.xls": page,
    "xml.xls": xml2003,
    "utf8.csv": lambda rows: csv(rows).encode("utf-8-sig"),
    "utf16.csv": lambda rows: csv(rows).encode("utf-16"),
    "cp1258.csv": lambda rows: windows_1258(csv(rows)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [IGATE, IGATE_WORDS], ids=["fields", "words"])
def test_the_list_of_igate(tmp_path, form, rows):
    _, claim = read(tmp_path, "one_stop", "export", "igate_list", form, FORMS[form](rows))
    assert (claim.own_code, claim.unit, claim.applicant, claim.status) == (
        "H11.01-240102-0001", "23257", "Lê Thị Thử", Status.PROCESSING,
    )  # fmt: skip
    assert (f"{claim.received_on}", f"{claim.due_on}") == ("2024-01-02", "2024-01-03")


@pytest.mark.parametrize("form", FORMS)
def test_the_admin_page_of_the_portal(tmp_path, form):
    _, claim = read(tmp_path, "portal", "export", "portal_admin", form, FORMS[form](PORTAL))
    assert (claim.own_code, claim.procedure.value, claim.status) == (
        "H11.01-240102-0001", "birth", Status.PROCESSING,
    )  # fmt: skip
    assert (f"{claim.received_on}", f"{claim.due_on}") == ("2024-01-02", "2024-01-03")


@pytest.mark.parametrize("form", FORMS)
def test_the_civil_status_software(tmp_path, form):
    source, claim = read(tmp_path, "register", "register", "btp_hotich", form, FORMS[form](HOTICH))
    assert source.origin is Origin.CIVIL_STATUS_SOFTWARE
    assert claim.register_type is RegisterType.BIRTHS
    assert (claim.number, claim.book, claim.page) == ("12", "01/2024", "12")
    assert (claim.subject, claim.mother, claim.birth_date) == (
        "LÊ VĂN MẪU", "LÊ THỊ THỬ", "2024-01-01",
    )  # fmt: skip
    assert f"{claim.registered_on}" == "2024-01-02"


def test_the_office_stands_over_the_profile(tmp_path):
    rows = [["Mã riêng", *PORTAL[0][1:]], list(PORTAL[1])]
    more = 'columns = { own_code = "Mã riêng" }'
    _, claim = read(tmp_path, "portal", "export", "portal_admin", "a.xlsx", rows, more)
    assert claim.own_code == "H11.01-240102-0001"


def test_an_origin_that_is_given_stands(tmp_path):
    more = 'origin = "so_giay"'
    source, _ = read(tmp_path, "register", "register", "btp_hotich", "a.xlsx", HOTICH, more)
    assert source.origin is Origin.PAPER


def test_a_profile_of_another_role_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="chỉ đi với role"):
        read(tmp_path, "one_stop", "export", "portal_admin", "a.xlsx", PORTAL)
