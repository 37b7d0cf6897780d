"""The configuration of an office: one ``doisoat.toml``, overridden by the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from config import tomlfile
from config.building import Builder, Spot
from config.complaints import nearest
from config.environment import Environment
from config.errors import ConfigError, Problem
from config.fields import environment_name, is_loopback
from config.sections import (
    SECTIONS,
    Broker,
    Console,
    DatabaseSettings,
    IntakeLimits,
    MailSettings,
    Office,
    Oidc,
    PolicySection,
    Retention,
    ScheduleSettings,
    Service,
)
from config.sources import KINDS, FileSource, SourceSettings
from config.tomlfile import TomlFile


class Settings(BaseModel):
    """Everything an office decided, with every path made absolute."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    file: Path
    folder: Path  # relative paths are relative to it
    office: Office
    sources: tuple[SerializeAsAny[SourceSettings], ...]
    database: DatabaseSettings
    broker: Broker
    intake: IntakeLimits
    schedule: ScheduleSettings
    service: Service
    mail: MailSettings
    console: Console
    oidc: Oidc
    policy: PolicySection
    retention: Retention
    warnings: tuple[Problem, ...] = ()  # allowed, and told by `doisoat check`

    @property
    def data_dir(self) -> Path:
        """Where the product keeps what it writes."""
        return self.office.data_dir

    @property
    def uploads(self) -> Path:
        """Where files lie that persons handed in."""
        return self.office.data_dir / "nap-so"

    def source(self, name: str) -> SourceSettings | None:
        """The source of that name."""
        return next((source for source in self.sources if source.name == name), None)


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the configuration; raises ConfigError with every problem found.

    ``environ`` is the process's environment: ``DOISOAT_DATABASE__URL`` overrides a key, a
    source's key is addressed by the source's name, and secrets come from here or from a file.
    """
    file = tomlfile.read(path)
    folder = path.parent.absolute()
    builder = Builder(file, folder, Environment(environ))
    known = [*SECTIONS, "sources"]
    for key in file.data:
        if key not in known:
            builder.unknown((key,), "tệp cấu hình", known)
    sections = {
        name: builder.build(model, file.data.get(name, {}), Spot((name,), f"[{name}]", (name,)))
        for name, model in SECTIONS.items()
    }
    sources = _sources(builder, file.data.get("sources", []))
    builder.unused_variables()
    if builder.problems:
        raise ConfigError(builder.problems)
    warnings = tuple(_plain_addresses(file, sources))
    whole: dict[str, Any] = {
        "file": path.absolute(),
        "folder": folder,
        "sources": sources,
        "warnings": warnings,
    }
    return Settings.model_construct(**(whole | sections))  # every part was checked above


def _sources(builder: Builder, tables: Any) -> tuple[SourceSettings, ...]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        builder.problem(("sources",), "mỗi nguồn viết thành một bảng [[sources]]")
        return ()
    if not tables and not builder.is_torn:
        builder.problem((), "chưa khai nguồn nào; thêm ít nhất một bảng [[sources]]")
    _names_are_unique(builder, tables)
    built = [_source(builder, place, dict(table)) for place, table in enumerate(tables)]
    _inboxes_are_unique(builder, built)
    return tuple(source for source in built if source is not None)


def _inboxes_are_unique(builder: Builder, built: Sequence[SourceSettings | None]) -> None:
    """A file in a shared inbox would be of two sources."""
    seen: dict[Path, str] = {}
    for place, source in enumerate(built):
        inbox = source.inbox if isinstance(source, FileSource) else None
        if source is None or inbox is None:
            continue
        if inbox in seen:
            text = f"nguồn «{source.name}»: inbox trùng với nguồn «{seen[inbox]}»"
            builder.problem(("sources", place, "inbox"), text)
        seen.setdefault(inbox, source.name)


def _names_are_unique(builder: Builder, tables: Sequence[Mapping[str, Any]]) -> None:
    """Two names must differ in the environment too."""
    seen: dict[str, str] = {}
    for place, table in enumerate(tables):
        name = str(table.get("name", ""))
        word = environment_name(name)
        if name and word in seen:
            text = f"tên nguồn «{name}» trùng hoặc quá giống «{seen[word]}»"
            builder.problem(("sources", place, "name"), text)
        seen.setdefault(word, name)


def _source(builder: Builder, place: int, table: dict[str, Any]) -> SourceSettings | None:
    name = table.get("name")
    is_named = isinstance(name, str) and bool(name)
    spot = Spot(
        ("sources", place),
        f"nguồn «{name}»" if is_named else f"nguồn thứ {place + 1}",
        ("sources", str(name)) if is_named else (),
    )
    kind = builder.environment.text((*spot.address, "kind")) if spot.address else None
    table["kind"] = kind or table.get("kind")
    model = KINDS.get(str(table["kind"]))
    if model is None:
        _no_kind(builder, spot, table["kind"])
        return None
    if len(model.ROLES) == 1:
        table.setdefault("role", model.ROLES[0].value)
    source = builder.build(model, table, spot)
    if source and source.role not in source.ROLES:
        roles = ", ".join(f'"{role.value}"' for role in source.ROLES)
        text = f'{spot.label}: kind = "{source.kind}" chỉ đi với role {roles}'
        builder.problem((*spot.where, "role"), text)
    return source


def _no_kind(builder: Builder, spot: Spot, kind: Any) -> None:
    if spot.address:
        builder.environment.use_all(spot.address)
    if kind is not None:
        close = nearest(str(kind), KINDS)
        text = f"không có kind «{kind}»; gần nhất là «{close}» (có: {', '.join(KINDS)})"
        builder.problem((*spot.where, "kind"), f"{spot.label}: {text}")
    elif not builder.is_torn:
        builder.problem(spot.where, f"{spot.label}: kind là khóa bắt buộc, chưa có")


def _plain_addresses(file: TomlFile, sources: Sequence[SourceSettings]) -> Iterator[Problem]:
    """Addresses without encryption: allowed, and warned of by ``doisoat check``."""
    for place, source in enumerate(sources):
        for key in ("base_url", "adapter_url", "token_url"):
            url = getattr(source, key) if key in type(source).model_fields else ""
            if url.startswith("http://") or (url and is_loopback(url)):
                what = "là máy này (loopback)" if is_loopback(url) else "không mã hóa (http)"
                text = f"nguồn «{source.name}»: địa chỉ {key} {what}; chỉ dùng trong mạng tin cậy"
                yield Problem(file.name, file.lines.of(("sources", place, key)), text)
