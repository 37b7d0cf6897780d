"""What the sources say: one claim a dossier and source, gathered in snapshots.

Everything here is a frozen value. Text is NFC, trimmed, with single spaces; days are
calendar days in Asia/Ho_Chi_Minh. Birth and death dates may be known in part, so they are
ISO text: ``"2024-03-05"``, ``"2024-03"``, ``"2024"`` or ``""``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any, cast


class Role(StrEnum):
    """What a source is in the life of a dossier."""

    PORTAL = "portal"  # Cổng Dịch vụ công quốc gia
    HUB = "hub"  # Phần mềm liên thông
    ONE_STOP = "one_stop"  # Phần mềm một cửa
    CIVIL_STATUS = "civil_status"  # Phần mềm hộ tịch
    REGISTER = "register"  # Sổ giấy


class Origin(StrEnum):
    """Where the rows of a register come from; it decides what they can prove."""

    PAPER = "so_giay"  # typed by the office from paper
    CIVIL_STATUS_SOFTWARE = "phan_mem_ho_tich"  # exported from the Ministry's software
    PRINTED_FROM_ONE_STOP = "xuat_tu_mot_cua"  # circular: proves nothing
    SCANNED = "quet_giay"  # returned papers that a clerk scanned and a second person approved


class Status(IntEnum):
    """TrangThaiHoSo, the ten states of a dossier (domain: VPCP), and one for the unmapped."""

    UNKNOWN = 0
    SUBMITTED = 1  # Mới đăng ký
    ACCEPTED = 2  # Được tiếp nhận
    NOT_ACCEPTED = 3  # Không được tiếp nhận
    PROCESSING = 4  # Đang xử lý
    SUPPLEMENT_ASKED = 5  # Yêu cầu bổ sung giấy tờ
    PAYMENT_ASKED = 6  # Yêu cầu thực hiện nghĩa vụ tài chính
    WITHDRAWN = 7  # Công dân yêu cầu rút hồ sơ
    STOPPED = 8  # Dừng xử lý
    DONE = 9  # Đã xử lý xong
    RETURNED = 10  # Đã trả kết quả


#: "Pending" for every rule (reconciliation model, section 4).
PENDING = frozenset(
    {
        Status.SUBMITTED,
        Status.ACCEPTED,
        Status.PROCESSING,
        Status.SUPPLEMENT_ASKED,
        Status.PAYMENT_ASKED,
    }
)
#: The office's clock runs.
RUNNING = frozenset({Status.ACCEPTED, Status.PROCESSING})
#: The software says that it is finished.
ENDED_WELL = frozenset({Status.DONE, Status.RETURNED})
#: It ended without a result.
ENDED_BADLY = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED})
ENDED = ENDED_WELL | ENDED_BADLY


class Procedure(StrEnum):
    """The class of a procedure (thủ tục): dossiers are compared by class, never by code."""

    BIRTH = "birth"  # đăng ký khai sinh
    BIRTH_LINKED = "birth_linked"  # liên thông khai sinh – thường trú – BHYT
    DEATH = "death"  # đăng ký khai tử
    DEATH_LINKED = "death_linked"  # liên thông khai tử – xóa thường trú – mai táng phí
    OTHER = "other"  # counted, never judged: copies, re-registration, land, …
    UNKNOWN = ""  # nothing said: may link to any class

    @property
    def event(self) -> str:
        """``birth``, ``death``, or the class itself: what a civil-status register records."""
        return self.removesuffix("_linked")

    @property
    def is_group(self) -> bool:
        """A linked group: registration is only its first step."""
        return self.endswith("_linked")


class RegisterType(StrEnum):
    """Which book a register row stands in; numbers of different books never compare."""

    NONE = ""  # the claim is not of a register
    TRACKING = "so_theo_doi"  # sổ theo dõi hồ sơ
    BIRTHS = "so_khai_sinh"  # sổ đăng ký khai sinh
    DEATHS = "so_khai_tu"  # sổ đăng ký khai tử
    SLIPS = "giay_quet"  # no book: returned papers, scanned stack by stack

    @property
    def is_civil_status(self) -> bool:
        return self in (RegisterType.BIRTHS, RegisterType.DEATHS)


class Channel(StrEnum):
    """How the dossier was handed in; unknown counts with direct and post."""

    ONLINE = "online"
    DIRECT = "direct"
    POST = "post"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands: file relative to the configuration (with ``/``), sheet, Excel's row."""

    file: str
    sheet: str
    row: int


class Verdict(StrEnum):
    """What the hub answered when it was told of a step."""

    TAKEN = "taken"
    OUT_OF_ORDER = "out_of_order"
    NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """A step of a linked dossier that the one-stop software told the hub of (1 to 7)."""

    step: int
    on: date | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of one dossier (hồ sơ), or one register row, at one reading."""

    key: str  # "<source>:<own code>"; for a register row "<source>#<content hash>.<ordinal>"
    source: str  # the source's name in the configuration
    role: Role
    own_code: str = ""  # as the source writes it, trimmed
    national_code: str = ""  # as the source writes it
    procedure: Procedure = Procedure.UNKNOWN
    procedure_code: str = ""
    procedure_name: str = ""
    unit: str = ""  # resolving unit: a code of units.csv, else as the source names it
    receiving_unit: str = ""  # empty: the same
    applicant: str = ""
    applicant_id: str = ""
    subject: str = ""  # the child, the deceased
    subject_id: str = ""
    birth_date: str = ""  # ISO, may be partial
    death_date: str = ""  # ISO, may be partial
    mother: str = ""
    mother_birth_year: str = ""
    father: str = ""
    sex: str = ""  # "nam" | "nữ" | ""
    channel: Channel = Channel.UNKNOWN
    submitted_on: date | None = None
    received_on: date | None = None
    due_on: date | None = None
    finished_on: date | None = None  # ngày kết thúc xử lý
    returned_on: date | None = None  # ngày trả kết quả
    registered_on: date | None = None  # ngày đăng ký (civil-status register)
    supplement_asked_on: date | None = None
    supplement_given_on: date | None = None
    apology: str = ""  # văn bản xin lỗi: number and date as written
    new_due_on: date | None = None  # ngày hẹn lại
    status: Status = Status.UNKNOWN
    raw_status: str = ""
    signed: bool = False  # ký nhận / bên nhận is filled
    taken_by: str = ""  # phương thức nhận kết quả
    register_type: RegisterType = RegisterType.NONE
    book: str = ""  # quyển số
    number: str = ""  # số thứ tự in the tracking book; số đăng ký in the civil-status book
    page: str = ""
    registration_kind: str = ""  # mới, lại, quá hạn
    note: str = ""
    unread: tuple[str, ...] = ()  # of a row: what would prove something, stands there, is no value
    typed: tuple[str, ...] = ()  # "<field>.<mark>" of each cell that a person typed in its place
    trail: tuple[Sent, ...] = ()  # vết đồng bộ of a pending linked dossier, where it can be read
    read_on: date | None = None  # the day on which this content was first read
    places: tuple[Place, ...] = ()  # every place that holds this row, sorted

    @property
    def is_row(self) -> bool:
        """A register row, not a dossier of a software."""
        return self.role is Role.REGISTER


_Unfrozen = make_dataclass(
    "_Unfrozen",
    [
        (one.name, Any, field() if one.default is MISSING else field(default=one.default))
        for one in fields(Claim)
    ],
    slots=True,
)


def made(**said: Any) -> Claim:
    """``Claim(**said)``, for many: a frozen class takes ten times as long to fill its fields.

    So a claim is born of a class with the same slots, and given its own.
    """
    claim: Any = _Unfrozen(**said)
    claim.__class__ = Claim
    return cast("Claim", claim)


@dataclass(frozen=True, slots=True, order=True)
class RejectedRow:
    """A row or cell that could not be read. Never holds the cell's value: it is personal data.

    ``column`` is the header as the file writes it, empty for a whole row. ``kept`` tells that
    the row counts all the same, with that cell empty.
    """

    file: str
    sheet: str
    row: int
    column: str
    reason: str  # in Vietnamese
    kept: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one poll of one source saw; for files, one file.

    A snapshot that is not complete is never taken in: its rows change nothing. ``unchanged``: the
    fingerprint is the one already taken in, nothing was read again. ``rows`` counts data rows.

    For a polled source: ``partial``, only what changed or was asked for, so what is not in it is
    not gone; ``more_to_come``, the poll goes on in the next snapshot and the source has not yet
    answered in full; ``swept``, with this one everything was read again; ``cursor``, from where
    the next poll goes on; ``asked``, the own codes of the dossiers that were asked for one by one;
    ``left``, of a list that is read part by part, which parts are left; ``part``, which one this
    is, in Vietnamese, ``total`` how many dossiers all of them hold.
    """

    source: str
    role: Role
    file: str = ""  # relative path; empty for a polled source
    sha256: str = ""
    fingerprint: str = ""  # of the content and of everything that decides how it is read
    unchanged: bool = False
    rows: int = 0
    covers_from: date | None = None  # the window that the source itself announced
    covers_to: date | None = None
    complete: bool = True  # the source answered in full
    problem: str = ""  # in Vietnamese; why it is not complete
    no_table: bool = False  # not complete, and nothing in it looks like a list: a stray note
    claims: tuple[Claim, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()  # in Vietnamese: hidden rows, circular register, …
    partial: bool = False
    more_to_come: bool = False
    swept: bool = False
    cursor: str = ""
    announced: int | None = None  # how many dossiers the source itself says that it has
    trail_problem: str = ""  # in Vietnamese; why the status trail could not be read with it
    asked: tuple[str, ...] = ()
    left: str = ""
    part: str = ""
    total: int | None = None


def row_key(source: str, normal_parts: Sequence[str], ordinal: int) -> str:
    """The key of a register row: a hash of its normalised content and its ordinal among equals.

    ``normal_parts`` are register type, unit, book, number, code, names and dates, each already
    comparable. File, sheet and row are evidence, never identity: a row inserted above must ask
    nobody anew.
    """
    digest = hashlib.sha256("\x1f".join(normal_parts).encode()).hexdigest()[:20]
    return f"{source}#{digest}.{ordinal}"
