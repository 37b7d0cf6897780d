"""The ``[[sources]]`` of the configuration, one class a kind.

A new kind of source is a new class here, its line in ``KINDS``, and its connector.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from config.fields import (
    Address,
    Day,
    Endpoint,
    HeaderText,
    Here,
    Pattern,
    Proxy,
    SourceUrl,
    environment_name,
    with_password,
)
from config.profiles import PROFILES
from config.sections import AskingWindow, Declared, Section
from reconcile.claims import Origin, Procedure, RegisterType, Role
from reconcile.coverage import Declaration
from reconcile.policy import Owner

#: The source of papers that were scanned in the console and approved: nobody configures it.
SCANNED_SOURCE = "quet-giay"
#: The fields that ``columns`` may name: those of a Claim that a column can hold.
COLUMN_FIELDS = (
    "own_code",
    "national_code",
    "procedure_code",
    "procedure_name",
    "unit",
    "receiving_unit",
    "applicant",
    "applicant_id",
    "subject",
    "subject_id",
    "birth_date",
    "death_date",
    "mother",
    "mother_birth_year",
    "father",
    "sex",
    "channel",
    "submitted_on",
    "received_on",
    "due_on",
    "finished_on",
    "returned_on",
    "registered_on",
    "supplement_asked_on",
    "supplement_given_on",
    "apology",
    "new_due_on",
    "status",
    "signed",
    "taken_by",
    "book",
    "number",
    "page",
    "registration_kind",
    "note",
)


#: A text saved in the bytes of a legacy font; no codec of Python's.
FONT_ENCODINGS = ("tcvn3", "abc", "vni")


class SourceSettings(Section):
    """What every source has, whatever its kind."""

    ROLES: ClassVar[tuple[Role, ...]] = ()  # the first is the default; empty: must be given
    HAS_LIST: ClassVar[bool] = True  # False: asked code by code, absence proves nothing
    HAS_DETAILS: ClassVar[bool] = False  # True: people stand behind the list, asked one by one
    CLASSES: ClassVar[frozenset[Procedure] | None] = None  # it can be asked of no other; None: all

    name: str = Field(min_length=1)
    role: Role
    kind: str
    since: Day | None = None
    unit: str = ""
    origin: Origin = Origin.PAPER
    owner: Owner = Owner.MIXED
    owner_of: dict[str, Owner] = Field(default_factory=dict)  # by unit: code, name or alias
    complete_to: tuple[Declared, ...] = ()

    @property
    def follows_linked(self) -> bool:
        """It tells the status trail of its pending linked dossiers, and is asked for it."""
        return False

    @property
    def declared(self) -> tuple[Declaration, ...]:
        """The books of this source that somebody declared complete."""
        return tuple(
            Declaration(
                until=one.until,
                by=one.by,
                unit=one.unit,
                register_type=RegisterType(one.register_type),
                first_number=one.from_number,
                last_number=one.to_number,
            )
            for one in self.complete_to
        )

    @property
    def reading(self) -> str:
        """A fingerprint of the settings that decide how this source is read, and of no other."""
        facts = self.model_dump(
            mode="json",
            exclude={
                "since",
                "complete_to",
                "path",
                "inbox",
                "owner",
                "owner_of",
                *self.SECRETS,
                *_CONNECTION,
            },
        )
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if name != name.strip() or any(char in name for char in ":#/\\|\t\n"):
            raise ValueError(
                "tên nguồn không được có khoảng trắng ở đầu, cuối và các dấu : # / \\ |"
            )
        if name == SCANNED_SOURCE:
            raise ValueError(f"tên “{name}” dành cho giấy quét trên trang điều hành; đặt tên khác")
        return name

    @field_validator("complete_to", mode="before")
    @classmethod
    def _many(cls, value: Any) -> Any:
        """One day, one table or a list of tables."""
        ones = value if isinstance(value, (list, tuple)) else [value]
        return [{"until": one} if isinstance(one, (date, str)) else one for one in ones]

    @model_validator(mode="after")
    def _only_registers_are_declared(self) -> SourceSettings:
        if self.role is not Role.REGISTER and (self.complete_to or self.origin is not Origin.PAPER):
            raise ValueError('origin và complete_to chỉ dùng cho nguồn kind = "register"')
        if self.origin is Origin.SCANNED:
            raise ValueError('origin = "quet_giay" chỉ dùng cho giấy quét trên trang điều hành')
        return self


class FileSource(SourceSettings):
    """Files of a folder: an export of a software (``export``) or a register (``register``)."""

    path: Pattern
    inbox: Here | None = None  # a watched folder: files put there are moved, read and kept
    encoding: str = ""
    sheet: str = ""
    header_row: int | None = Field(default=None, ge=1)
    profile: Literal["", "igate_list", "portal_admin", "btp_hotich"] = ""
    columns: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def headings(self) -> Mapping[str, tuple[str, ...]]:
        """The headers by field: the profile's, and over them what the office says."""
        known = PROFILES[self.profile].columns if self.profile else {}
        return {**known, **self.columns}

    @property
    def statuses(self) -> str:
        """The source kind whose words for states the file uses."""
        return PROFILES[self.profile].statuses if self.profile else self.kind

    @model_validator(mode="before")
    @classmethod
    def _origin_of_the_profile(cls, value: Any) -> Any:
        """A register that the civil-status software wrote says so without being asked."""
        if isinstance(value, dict) and value.get("role") in ("register", Role.REGISTER):
            profile = PROFILES.get(str(value.get("profile", "")))
            if profile is not None and profile.origin is not None:
                return {"origin": profile.origin, **value}
        return value

    @model_validator(mode="after")
    def _profile_fits(self) -> FileSource:
        roles = PROFILES[self.profile].roles if self.profile else (self.role,)
        if self.role not in roles:
            wanted = " hoặc ".join(f'"{role.value}"' for role in roles)
            raise ValueError(f'profile = "{self.profile}" chỉ đi với role {wanted}')
        return self

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        if name.lower() in FONT_ENCODINGS:
            return name
        try:
            "".encode(name or "utf-8")
        except LookupError:
            usual = "utf-8, utf-16, cp1258, tcvn3, vni"
            raise ValueError(f"không có bảng mã này; thường dùng {usual}") from None
        return name

    @field_validator("columns", mode="before")
    @classmethod
    def _headers(cls, value: Any) -> Any:
        return _columns(value)


class ExportSource(FileSource):
    """Rows exported from a software."""

    kind: Literal["export"]
    ROLES = (Role.ONE_STOP, Role.PORTAL, Role.HUB, Role.CIVIL_STATUS)


class RegisterSource(FileSource):
    """A register (sổ) typed in Excel."""

    kind: Literal["register"]
    ROLES = (Role.REGISTER,)


class PolledSource(SourceSettings):
    """A system that is asked over the network."""

    ADDRESS: ClassVar[str] = "base_url"  # the key that says where
    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    username: str = ""
    password_file: Here | None = None
    password: SecretStr | None = None
    max_parallel: int = Field(default=4, ge=1, le=64)
    requests_per_second: float = Field(default=5.0, gt=0)
    page_seconds: int = Field(default=60, ge=1)
    sweep_days: int = Field(default=7, ge=1)
    windows: tuple[AskingWindow, ...] = ()
    ca_file: Here | None = None
    proxy: Proxy = ""

    @property
    def host(self) -> str:
        """The host and port that it is asked at: others may be asked there, too."""
        return urlsplit(str(getattr(self, self.ADDRESS))).netloc

    @model_validator(mode="after")
    def _a_user_has_a_password(self) -> PolledSource:
        if self.username and self.password is None:
            raise ValueError(
                "có username nhưng chưa có mật khẩu; đặt password_file hoặc biến môi trường "
                + environment_name("sources", self.name, "password")
            )
        return self


class IgateSource(PolledSource):
    """VNPT iGate 2."""

    kind: Literal["igate"]
    ROLES = (Role.ONE_STOP,)
    SECRETS: ClassVar[tuple[str, ...]] = ("password", "client_secret")

    base_url: Address
    token_url: Address
    grant: Literal["password", "client_credentials"] = "password"
    client_id: str = Field(min_length=1)
    client_secret_file: Here | None = None
    client_secret: SecretStr | None = None
    agencies: tuple[str, ...] = ()
    page_size: int = Field(default=50, ge=1, le=1000)
    overlap_days: int = Field(default=3, ge=0)
    date_filter: str = "%Y-%m-%dT%H:%M:%S.000Z"  # how accepted-from and -to are written, in UTC
    trail: bool = False
    trail_path: Endpoint = "ad/api/lienthongDVCLT/getLog"
    trail_api: str = "capNhatTrangThaiHoSoDVCLTHoTich"

    @property
    def follows_linked(self) -> bool:
        return self.trail


class DvcqgSource(PolledSource):
    """Cổng Dịch vụ công quốc gia, through the data-sharing adapter of the province."""

    kind: Literal["dvcqg"]
    ROLES = (Role.PORTAL,)
    HAS_LIST = False

    adapter_url: Address
    auth_endpoint: Endpoint = "/XrdAdapter/RestService/forward/mapi/login"
    share_endpoint: Endpoint = "/XrdAdapter/RestService/forward/mapi/g"
    dstcode: HeaderText = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
    dstcode_in: Literal["query", "header"] = "query"
    madonvi: str = Field(min_length=1)
    session_minutes: int = Field(default=10, ge=1)
    fields: Mapping[str, str] = Field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.adapter_url


class OpencpsSource(PolledSource):
    """OpenCPS version 2."""

    kind: Literal["opencps"]
    ROLES = (Role.ONE_STOP,)

    base_url: Address
    group_id: HeaderText = Field(min_length=1, coerce_numbers_to_str=True)
    api_path: Endpoint = "/o/rest/v2"
    page_size: int = Field(default=50, ge=1, le=1000)
    overlap_days: int = Field(default=3, ge=0)


class DvcltSource(PolledSource):
    """The hub of linked services (Phần mềm dịch vụ công liên thông)."""

    kind: Literal["dvclt"]
    ROLES = (Role.HUB,)
    HAS_DETAILS = True

    base_url: Address
    token_path: Endpoint
    list_path: Endpoint
    detail_path: Endpoint = "/api/lienthongdvclt/hosolienthong/{id}"


class HotichSource(PolledSource):
    """The civil-status system of the Ministry of Justice, asked for some codes at a time."""

    kind: Literal["hotich"]
    ROLES = (Role.CIVIL_STATUS,)
    HAS_LIST = False
    CLASSES = frozenset(
        {Procedure.BIRTH, Procedure.BIRTH_LINKED, Procedure.DEATH, Procedure.DEATH_LINKED}
    )

    base_url: Address
    path: Endpoint
    province: str = Field(min_length=1, coerce_numbers_to_str=True)
    batch: int = Field(default=3, ge=1, le=3)


class SqlSource(SourceSettings):
    """A read-only view in a database of the office."""

    kind: Literal["sql"]
    ROLES = (Role.ONE_STOP, Role.PORTAL, Role.HUB, Role.CIVIL_STATUS)
    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    url: SourceUrl
    password_file: Here | None = None
    password: SecretStr | None = None
    query: str = ""
    view: str = ""
    columns: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def connect_url(self) -> str:
        """The URL for the driver, password included: never print or log it."""
        return with_password(self.url, self.password)

    @field_validator("columns", mode="before")
    @classmethod
    def _headers(cls, value: Any) -> Any:
        return _columns(value)

    @model_validator(mode="after")
    def _query_or_view(self) -> SqlSource:
        if bool(self.query) == bool(self.view):
            raise ValueError("phải có đúng một trong hai khóa query và view")
        return self


#: Keys that say where and how politely a source is asked, not how its answer is read.
_CONNECTION = frozenset(
    {
        "base_url",
        "adapter_url",
        "url",
        "token_url",
        "grant",
        "username",
        "password_file",
        "client_id",
        "client_secret_file",
        "proxy",
        "ca_file",
        "max_parallel",
        "requests_per_second",
        "page_seconds",
        "sweep_days",
        "windows",
        "page_size",
        "overlap_days",
        "date_filter",
        "session_minutes",
    }
)

_KINDS: tuple[tuple[str, type[SourceSettings]], ...] = (
    ("export", ExportSource),
    ("register", RegisterSource),
    ("igate", IgateSource),
    ("opencps", OpencpsSource),
    ("sql", SqlSource),
    ("dvcqg", DvcqgSource),
    ("dvclt", DvcltSource),
    ("hotich", HotichSource),
)
KINDS: Mapping[str, type[SourceSettings]] = dict(_KINDS)


def _columns(value: Any) -> Any:
    """``own_code = "Mã biên nhận"`` or several headers in a list, by field."""
    if not isinstance(value, Mapping):
        return value
    unknown = [key for key in value if key not in COLUMN_FIELDS]
    if unknown:
        raise UnknownColumns(unknown)
    return {key: [one] if isinstance(one, str) else one for key, one in value.items()}


class UnknownColumns(ValueError):
    """``columns`` names fields that do not exist; each becomes a problem of its own."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__("columns có tên trường không biết")
        self.keys = keys
        self.known = COLUMN_FIELDS
