"""The sections of ``doisoat.toml`` and what stands in each, with its defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from config import addresses
from config.fields import (
    BrokerUrl,
    Clock,
    DatabaseUrl,
    Day,
    Duration,
    Here,
    Hours,
    MailAddress,
    Span,
    Weekdays,
    is_loopback,
    with_password,
)
from reconcile.claims import Procedure
from reconcile.policy import Policy, SizeClass


class Section(BaseModel):
    """One ``[section]``: frozen, and an unknown key is an error.

    ``SECRETS`` are fields that only the environment or a ``<name>_file`` may fill.
    """

    # Only the kinds of source that an office has are asked to check anything.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)
    SECRETS: ClassVar[tuple[str, ...]] = ()


class Office(Section):
    """The office (đơn vị) that runs the product."""

    name: str = Field(min_length=1, max_length=150)  # it stands in titles of files: 255 at most
    data_dir: Here = Path("data")
    tables_dir: Here = Path("tables")
    timezone: str = "Asia/Ho_Chi_Minh"
    period_rule: Literal["calendar", "nd09"] = "calendar"
    since: Day | None = None

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("không phải là múi giờ; viết như Asia/Ho_Chi_Minh") from None
        return name


class DatabaseSettings(Section):
    """Where everything is kept."""

    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    url: DatabaseUrl = "sqlite:///data/doisoat.db"
    password_file: Here | None = None
    password: SecretStr | None = None

    @property
    def connect_url(self) -> str:
        """The URL for the driver, password included: never print or log it."""
        return with_password(self.url, self.password)


class Broker(Section):
    """The message broker of the workers; an empty address means none."""

    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    url: BrokerUrl = ""
    password_file: Here | None = None
    password: SecretStr | None = None

    @property
    def connect_url(self) -> str:
        """The URL for the client, password included: never print or log it."""
        return with_password(self.url, self.password)


class IntakeLimits(Section):
    """How large a file may be, and what reading it may cost (a child process reads it)."""

    max_file_mb: int = Field(default=100, ge=1)
    max_upload_mb: int = Field(default=25, ge=1)
    max_unpacked_mb: int = Field(default=1000, ge=1)
    child_memory_mb: int = Field(default=1024, ge=128)
    child_seconds: int = Field(default=120, ge=1)


class ScheduleSettings(Section):
    """When the service works by itself."""

    every: Duration = timedelta(minutes=15)
    hours: Hours = (time(7, 0), time(18, 0))
    days: Weekdays = "working"
    at: Clock = time(7, 30)
    sweep_at: Clock = time(1, 0)
    care_at: Clock = time(3, 0)
    report_day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"


class Service(Section):
    """The workers, and how the service tells of its health."""

    processes: int = Field(default=2, ge=2, le=32)
    lease: Duration = timedelta(seconds=60)
    sweep: Duration = timedelta(seconds=30)
    slice: Duration = timedelta(minutes=5)
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=8069, ge=0, le=65535)
    alive_url: str = ""

    @field_validator("alive_url")
    @classmethod
    def _web(cls, url: str) -> str:
        return addresses.web(url) if url.strip() else ""


class MailSettings(Section):
    """The mail server and the habits of the digest; no host: digests are written as files."""

    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Here | None = None
    username: str = ""
    password_file: Here | None = None
    password: SecretStr | None = None
    sender: str = ""
    sender_name: str = "Đối soát hồ sơ"
    it: tuple[MailAddress, ...] = ()
    days: Weekdays = "mon"
    at: Clock = time(7, 30)
    on_overdue: bool = True
    first_after_days: int = Field(default=0, ge=0)
    remind_every_days: int = Field(default=7, ge=1)
    answer_within_days: int = Field(default=2, ge=0)
    dossiers_per_day: int = Field(default=10, ge=1)
    contact: str = ""
    escalation: bool = False
    escalation_to: tuple[MailAddress, ...] = ()
    idempotency_header: str = ""

    @model_validator(mode="before")
    @classmethod
    def _named_sender(cls, value: Any) -> Any:
        """``Đối soát hồ sơ <a@b.vn>``, as mail programs write it, is a name and an address."""
        written = value.get("sender") if isinstance(value, dict) else None
        found = re.fullmatch(r'\s*"?([^<>"]*?)"?\s*<\s*([^<>\s]+)\s*>\s*', written or "")
        if not isinstance(written, str) or found is None:
            return value
        named = {"sender_name": found[1].strip()} if found[1].strip() else {}
        return {**named, **value, "sender": found[2]}

    @field_validator("sender")
    @classmethod
    def _one_address(cls, address: str) -> str:
        return addresses.mail(address) if address else address

    @model_validator(mode="after")
    def _sender_when_host(self) -> MailSettings:
        if self.host and not self.sender:
            raise ValueError("có host thì phải có sender (địa chỉ gửi thư)")
        if self.escalation and not self.escalation_to:
            raise ValueError("escalation = true thì phải có escalation_to")
        return self


class Console(Section):
    """The web console."""

    host: str = "127.0.0.1"
    port: int = Field(default=8068, ge=0, le=65535)
    hosts: tuple[str, ...] = ()  # further names under which browsers ask for it
    certificate: Here | None = None
    private_key: Here | None = None
    idle_minutes: int = Field(default=30, ge=1)
    session_hours: int = Field(default=8, ge=1)
    admin_code: bool = False  # administrators give a code of their telephone beside the password

    @model_validator(mode="after")
    def _pair(self) -> Console:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate và private_key phải cùng có hoặc cùng không")
        return self


class Oidc(Section):
    """Signing in to the console with accounts of the province (OpenID Connect); empty: none.

    ``password`` is the secret that the provider gave the console.
    """

    SECRETS: ClassVar[tuple[str, ...]] = ("password",)

    issuer: str = ""
    client_id: str = ""
    password_file: Here | None = None
    password: SecretStr | None = None
    claim: str = "preferred_username"  # what names the account of the console
    title: str = "tài khoản của tỉnh"
    ca_file: Here | None = None

    @field_validator("issuer")
    @classmethod
    def _web(cls, url: str) -> str:
        return addresses.web(url) if url.strip() else ""

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        if self.issuer and not (self.client_id and self.password):
            raise ValueError("có issuer thì phải có client_id và password_file")
        if self.issuer.startswith("http://") and not is_loopback(self.issuer):
            raise ValueError("issuer phải là địa chỉ https")
        return self


_CORE = Policy()  # the preset of the core is the only place where its numbers stand


class PolicySection(Section):
    """The numbers an office may tune; their meaning stands in reconcile/policy.py."""

    link_auto: float = Field(default=_CORE.linking.auto, gt=0.5, lt=1)
    link_review: float = Field(default=_CORE.linking.review, gt=0, lt=1)
    link_margin: float = Field(default=_CORE.linking.margin, ge=0)
    link_size: SizeClass = _CORE.linking.size
    grace_workdays: int = Field(default=_CORE.grace_workdays, ge=0)
    edge_days: int = Field(default=_CORE.edge_days, ge=0)
    untold_days: int = Field(default=_CORE.untold_days, ge=0)
    stale_after_days: int = Field(default=_CORE.stale_after_days, ge=1)
    post_allowance_days: int = Field(default=_CORE.post_allowance_days, ge=0)
    post_working_days: bool = _CORE.post_working_days
    late_typing_rows: int = Field(default=_CORE.late_typing_rows, ge=1)
    duplicate_days: int = Field(default=_CORE.duplicate_days, ge=0)
    apology_is_on_time: bool = _CORE.apology_is_on_time
    same_day_until: Clock = _CORE.same_day_until
    group_scope: tuple[Procedure, ...] = tuple(sorted(_CORE.group_scope))
    judged: tuple[Procedure, ...] = tuple(sorted(_CORE.judged))
    #: One pair whose answer is known stands among so many doubtful ones; 0: none.
    control_pairs: int = Field(default=8, ge=0)
    #: Of so many pairs one is read by two people; 0: none, 1: each.
    second_readers: int = Field(default=8, ge=0)

    @model_validator(mode="after")
    def _order(self) -> PolicySection:
        if self.link_review >= self.link_auto:
            raise ValueError("link_review phải nhỏ hơn link_auto")
        return self


class Retention(Section):
    """How long what is kept; after it ``doisoat db purge`` removes it."""

    originals_days: int = Field(default=90, ge=1)
    runs_days: int = Field(default=730, ge=1)
    discrepancies_days: int = Field(default=730, ge=1)
    mask_after_days: int = Field(default=365, ge=1)
    audit_days: int = Field(default=1825, ge=1)
    logs_days: int = Field(default=90, ge=1)
    backups_daily: int = Field(default=7, ge=1)
    backups_weekly: int = Field(default=4, ge=0)


class AskingWindow(Section):
    """Hours in which a source may be asked only so much (giờ hành chính, ban đêm).

    ``hours`` may pass midnight: the window is then that of the day on which it began. ``requests``
    and ``minutes`` are all that may be asked, and how long, within one window; None: no limit.
    """

    hours: Span
    days: Weekdays = "all"
    requests_per_second: float | None = Field(default=None, gt=0)
    requests: int | None = Field(default=None, ge=1)
    minutes: int | None = Field(default=None, ge=1)

    @property
    def title(self) -> str:
        """``07:00-18:00``, as it is told and remembered."""
        return "-".join(f"{clock:%H:%M}" for clock in self.hours)


class Declared(Section):
    """A register declared complete (sổ đã nhập đủ)."""

    until: Day
    by: str = ""
    unit: str = ""
    register_type: Literal["", "so_theo_doi", "so_khai_sinh", "so_khai_tu"] = ""
    from_number: int | None = Field(default=None, ge=0)
    to_number: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _order(self) -> Declared:
        first, last = self.from_number, self.to_number
        if first is not None and last is not None and first > last:
            raise ValueError("from_number phải không lớn hơn to_number")
        return self


SECTIONS: Mapping[str, type[Section]] = {
    "office": Office,
    "database": DatabaseSettings,
    "broker": Broker,
    "intake": IntakeLimits,
    "schedule": ScheduleSettings,
    "service": Service,
    "mail": MailSettings,
    "console": Console,
    "oidc": Oidc,
    "policy": PolicySection,
    "retention": Retention,
}
