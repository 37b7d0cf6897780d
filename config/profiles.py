"""Ready profiles for files that software writes: key ``profile`` of a file source.

The screens of these programs do not publish the headings of their exports, and offices change
them. So a profile knows for certain only the field names of each program's own interface (sources
in the specification of the field: iGate 2, DongBoHoSoMC of the national portal, the result of the
civil-status system); Vietnamese headings are recognised by their words as in any other file, and
what is still not understood the office names in ``columns``, which stands over the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconcile.claims import Origin, Role

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a source of this profile need not say again."""

    roles: tuple[Role, ...]  # what such a file can be
    statuses: str  # the source kind whose words for states it uses
    columns: Columns
    origin: Origin | None = None  # of a register


IGATE_LIST = Profile(
    roles=(Role.ONE_STOP,),
    statuses="igate",
    columns={
        "own_code": ("code",),
        "national_code": ("nationCode",),
        "procedure_code": ("procedure.code",),
        "procedure_name": ("procedure.translate.name", "procedure.name"),
        "unit": ("agency.name",),
        "applicant": ("applicant.data.fullname",),
        "applicant_id": ("applicant.data.identityNumber",),
        "channel": ("applyMethod.name",),
        "submitted_on": ("appliedDate",),
        "received_on": ("acceptedDate",),
        "due_on": ("appointmentDate",),
        "finished_on": ("completedDate",),
        "returned_on": ("returnedDate",),
        "status": ("dossierStatus.name",),
    },
)
PORTAL_ADMIN = Profile(
    roles=(Role.PORTAL,),
    statuses="dvcqg",
    columns={
        "own_code": ("MaHoSo",),
        "procedure_code": ("MaTTHC",),
        "procedure_name": ("TenTTHC",),
        "unit": ("DonViXuLy",),
        "applicant": ("ChuHoSo",),
        "channel": ("KenhThucHien",),
        "submitted_on": ("NgayNopHoSo",),
        "received_on": ("NgayTiepNhan",),
        "due_on": ("NgayHenTra",),
        "finished_on": ("NgayKetThucXuLy",),
        "returned_on": ("NgayTra",),
        "status": ("TrangThaiHoSo",),
        "note": ("TrichYeuHoSo",),
    },
)
BTP_HOTICH = Profile(
    roles=(Role.REGISTER, Role.CIVIL_STATUS),
    statuses="hotich",
    origin=Origin.CIVIL_STATUS_SOFTWARE,
    columns={
        "own_code": ("maHoSoMCDT",),
        "national_code": ("maHoSoLT",),
        "number": ("soDangKy",),
        "book": ("quyenSo",),
        "page": ("trangSo",),
        "registered_on": ("ngayDangKy",),
        "registration_kind": ("loaiDangKy",),
        "subject": ("nksHoTen", "nktHoTen"),
        "birth_date": ("nksNgaySinh", "nktNgaySinh"),
        "sex": ("nksGioiTinh",),
        "death_date": ("nktNgayChet",),
        "subject_id": ("soDinhDanh",),
        "mother": ("meHoTen",),
        "mother_birth_year": ("meNgaySinh",),
        "father": ("chaHoTen",),
        "applicant": ("nycHoTen",),
        "applicant_id": ("nycSoGiayToTuyThan", "nycSoGiayTo"),
    },
)
PROFILES: Mapping[str, Profile] = {
    "igate_list": IGATE_LIST,
    "portal_admin": PORTAL_ADMIN,
    "btp_hotich": BTP_HOTICH,
}
