"""The configuration of an office: one ``doisoat.toml``, overridden by the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.environment import Environment
from config.errors import ConfigError, Problem
from config.fields import environment_name, is_loopback, is_secret_name
from config.lines import KeyLines, KeyPath
from config.messages import nearest, said
from config.sections import (
    Broker,
    Console,
    Database,
    Intake,
    Mail,
    Office,
    PolicySection,
    Retention,
    Schedule,
    Section,
)
from config.sources import KINDS, SourceSettings, UnknownColumns
from reconcile.policy import Linking, Policy

if TYPE_CHECKING:
    from config.tables import Tables

SECTIONS: Mapping[str, type[Section]] = {
    "office": Office,
    "database": Database,
    "broker": Broker,
    "intake": Intake,
    "schedule": Schedule,
    "mail": Mail,
    "console": Console,
    "policy": PolicySection,
    "retention": Retention,
}


class Settings(BaseModel):
    """Everything an office decided, with every path made absolute."""

    model_config = ConfigDict(frozen=True)

    file: Path
    folder: Path  # relative paths are relative to it
    office: Office
    sources: tuple[SourceSettings, ...]
    database: Database = Field(default_factory=Database)
    broker: Broker = Field(default_factory=Broker)
    intake: Intake = Field(default_factory=Intake)
    schedule: Schedule = Field(default_factory=Schedule)
    mail: Mail = Field(default_factory=Mail)
    console: Console = Field(default_factory=Console)
    policy: PolicySection = Field(default_factory=PolicySection)
    retention: Retention = Field(default_factory=Retention)
    warnings: tuple[Problem, ...] = ()  # allowed, and told by `doisoat check`

    @property
    def data_dir(self) -> Path:
        """Where the product keeps what it writes."""
        return self.office.data_dir

    @property
    def database_url(self) -> str:
        """The store's URL for the driver, password included: never print or log it."""
        return self.database.connect_url

    def source(self, name: str) -> SourceSettings | None:
        """The source of that name."""
        return next((source for source in self.sources if source.name == name), None)

    def policy_for(self, tables: Tables) -> Policy:
        """The numbers of the core, with the office's calendar and its columns of form II.06a."""
        numbers = self.policy
        return Policy(
            calendar=tables.calendar,
            linking=Linking(
                auto=numbers.link_auto, review=numbers.link_review, margin=numbers.link_margin
            ),
            grace_workdays=numbers.grace_workdays,
            edge_days=numbers.edge_days,
            post_allowance_days=numbers.post_allowance_days,
            post_working_days=numbers.post_working_days,
            late_typing_rows=numbers.late_typing_rows,
            duplicate_days=numbers.duplicate_days,
            apology_is_on_time=numbers.apology_is_on_time,
            same_day_until=numbers.same_day_until,
            group_scope=frozenset(numbers.group_scope),
            ii06a=dict(tables.statuses.ii06a),
            judged=frozenset(numbers.judged),
            since=self.office.since,
        )


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the configuration; raises ConfigError with every problem found.

    ``environ`` is the process's environment: ``DOISOAT_DATABASE__URL`` overrides a key, a
    source's key is addressed by the source's name, and secrets come from here or from a file.
    """
    return _Loading(path, Environment(environ)).settings()


class _Loading:
    """One reading of the configuration: gathers problems instead of stopping at the first."""

    def __init__(self, path: Path, environment: Environment) -> None:
        self.path = path
        self.folder = path.parent.absolute()
        self.environment = environment
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.lines = KeyLines("")
        self.syntax_is_broken = False

    def settings(self) -> Settings:
        data = self._parsed(self._text())
        known = [*SECTIONS, "sources"]
        for key in data:
            if key not in known:
                self._unknown((key,), key, "tệp cấu hình", known)
        parts = {name: self._section(name, data.get(name, {})) for name in SECTIONS}
        sources = self._sources(data.get("sources", []))
        for name in self.environment.unused():
            self._unused(name)
        if self.problems:
            raise ConfigError(self.problems)
        return Settings(
            file=self.path.absolute(),
            folder=self.folder,
            sources=tuple(sources),
            warnings=tuple(self.warnings),
            **parts,
        )

    # Reading the file

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            text = "không thấy tệp cấu hình; chạy «doisoat init THƯ_MỤC» để tạo"
        except UnicodeDecodeError:
            text = "tệp không ở bảng mã UTF-8; lưu lại với UTF-8"
        except OSError as error:
            text = f"không mở được tệp ({error.strerror})"
        raise ConfigError([Problem(self.path.name, None, text)])

    def _parsed(self, text: str) -> dict[str, Any]:
        """The parsed file. A line that is no TOML is one problem, and the rest is read on."""
        lines = text.splitlines()
        for _ in range(20):
            try:
                data = tomllib.loads("\n".join(lines))
            except tomllib.TOMLDecodeError as error:
                number = self._syntax(str(error), len(lines))
                if not self._may_go_on(lines, number):
                    raise ConfigError(self.problems) from None
                lines[number - 1] = ""
            else:
                self.lines = KeyLines("\n".join(lines))
                return data
        raise ConfigError(self.problems)

    def _syntax(self, message: str, last_line: int) -> int:
        place = re.search(r"at line (\d+), column (\d+)", message)
        number = min(int(place[1]), last_line) if place else last_line
        why = next((words for key, words in _SYNTAX if key in message), "sai cú pháp TOML")
        self.problems.append(Problem(self.path.name, number, why))
        self.syntax_is_broken = True
        return number

    def _may_go_on(self, lines: Sequence[str], number: int) -> bool:
        """Only a plain ``key = value`` line may be left out without changing the others."""
        line = lines[number - 1] if number else ""
        return bool(re.match(r"\s*[\w.\"'-]+\s*=", line)) and line.count('"""') == 0

    # Sections and sources

    def _section(self, name: str, data: Any) -> Section:
        model = SECTIONS[name]
        built = self._build(model, data, (name,), f"[{name}]", (name,))
        return built if built is not None else model.model_construct()

    def _sources(self, tables: Any) -> list[SourceSettings]:
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self._problem(("sources",), "mỗi nguồn viết thành một bảng [[sources]]")
            return []
        if not tables and not self.syntax_is_broken:
            self._problem((), "chưa khai nguồn nào; thêm ít nhất một bảng [[sources]]")
        self._names_are_unique(tables)
        built = (self._source(place, dict(table)) for place, table in enumerate(tables))
        return [source for source in built if source is not None]

    def _names_are_unique(self, tables: Sequence[Mapping[str, Any]]) -> None:
        seen: dict[str, str] = {}
        for place, table in enumerate(tables):
            name = str(table.get("name", ""))
            word = environment_name(name)
            if name and word in seen:
                text = f"tên nguồn «{name}» trùng hoặc quá giống «{seen[word]}»"
                self._problem(("sources", place, "name"), text)
            seen.setdefault(word, name)

    def _source(self, place: int, table: dict[str, Any]) -> SourceSettings | None:
        where: KeyPath = ("sources", place)
        name = table.get("name")
        label = f"nguồn «{name}»" if isinstance(name, str) and name else f"nguồn thứ {place + 1}"
        address = ("sources", name) if isinstance(name, str) and name else ()
        kind = self.environment.text((*address, "kind")) if address else None
        kind = kind or table.get("kind")
        if kind is None or kind not in KINDS:
            self._unknown_kind(where, label, kind)
            if address:
                self.environment.use_all(address)
            return None
        model = KINDS[kind]
        table["kind"] = kind
        if "role" not in table and (len(model.ROLES) == 1):
            table["role"] = model.ROLES[0].value
        source = self._build(model, table, where, label, address)
        if isinstance(source, SourceSettings):
            self._role_fits(source, where, label)
            self._warn_of_plain_addresses(source, where, label)
            return source
        return None

    def _unknown_kind(self, where: KeyPath, label: str, kind: Any) -> None:
        if kind is None:
            if not self.syntax_is_broken:
                self._problem(where, f"{label}: thiếu khóa bắt buộc kind")
            return
        close = nearest(str(kind), KINDS)
        text = f"{label}: không có kind «{kind}»; gần nhất là «{close}» (có: {', '.join(KINDS)})"
        self._problem((*where, "kind"), text)

    def _role_fits(self, source: SourceSettings, where: KeyPath, label: str) -> None:
        if source.role not in source.ROLES:
            roles = ", ".join(f'"{role.value}"' for role in source.ROLES)
            text = f'{label}: kind = "{source.kind}" chỉ đi với role {roles}'
            self._problem((*where, "role"), text)

    def _warn_of_plain_addresses(self, source: SourceSettings, where: KeyPath, label: str) -> None:
        for key in ("base_url", "adapter_url", "token_url"):
            url = getattr(source, key, "") if key in type(source).model_fields else ""
            if url.startswith("http://"):
                what = "là máy này (loopback)" if is_loopback(url) else "không mã hóa (http)"
                line = self.lines.of((*where, key))
                text = f"{label}: địa chỉ {key} {what}; chỉ dùng trong mạng nội bộ tin cậy"
                self.warnings.append(Problem(self.path.name, line, text))

    # One model

    def _build(
        self,
        model: type[Section],
        data: Any,
        where: KeyPath,
        label: str,
        address: tuple[str, ...],
    ) -> Section | None:
        """The model from the file and the environment, or None with its problems noted."""
        if not isinstance(data, dict):
            self._problem(where, f"{label}: phải là một bảng khóa = giá trị")
            return None
        values = dict(data)
        for key in data:
            if key not in model.model_fields or key in model.SECRETS:
                values.pop(key)
                self._wrong_key(model, key, where, label, address)
        from_environment = self.environment.values(model, address) if address else {}
        values |= from_environment
        values |= self._secrets(model, values, where, address)
        try:
            return model.model_validate(values, context={"folder": self.folder})
        except ValidationError as error:
            for one in error.errors():
                self._invalid(model, one, where, label, address, from_environment)
            return None

    def _wrong_key(
        self, model: type[Section], key: str, where: KeyPath, label: str, address: tuple[str, ...]
    ) -> None:
        if key in model.SECRETS or is_secret_name(key):
            name = key if key in model.SECRETS else "password"
            variable = environment_name(*address, name) if address else "DOISOAT_…"
            text = (
                f"{label}: không ghi bí mật «{key}» trong tệp cấu hình; "
                f"dùng {name}_file hoặc biến môi trường {variable}"
            )
            self._problem((*where, key), text)
            return
        known = [name for name in model.model_fields if name not in model.SECRETS]
        self._unknown((*where, key), key, label, known)

    def _secrets(
        self, model: type[Section], values: dict[str, Any], where: KeyPath, address: tuple[str, ...]
    ) -> dict[str, Any]:
        """The secrets of a section: the environment first, else the file that holds one."""
        found: dict[str, Any] = {}
        for name in model.SECRETS:
            text = self.environment.text((*address, name)) if address else None
            file = values.get(f"{name}_file")
            if text:
                found[name] = text
            elif isinstance(file, str) and file:
                found[name] = self._secret_of(file, (*where, f"{name}_file"))
        return found

    def _secret_of(self, file: str, where: KeyPath) -> str:
        problem = ""
        try:
            text = (self.folder / Path(file).expanduser()).read_text("utf-8-sig").strip("\r\n \t")
            if text:
                return text
            problem = f"tệp mật khẩu «{file}» không có gì"
        except FileNotFoundError:
            problem = f"không thấy tệp mật khẩu «{file}»"
        except (OSError, UnicodeDecodeError):
            problem = f"không đọc được tệp mật khẩu «{file}»"
        self._problem(where, problem)
        return "chưa đọc được"  # a stand-in, so that one mistake is told once

    # Problems

    def _invalid(
        self,
        model: type[Section],
        error: Mapping[str, Any],
        where: KeyPath,
        label: str,
        address: tuple[str, ...],
        from_environment: Mapping[str, Any],
    ) -> None:
        place: KeyPath = tuple(error["loc"])
        if error["type"] == "missing" and self.syntax_is_broken:
            return  # its line may be the one that could not be read
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, UnknownColumns):
            for key in cause.keys:
                self._unknown((*where, "columns", key), key, f"{label} columns", cause.known)
            return
        if error["type"] == "extra_forbidden":
            parent = model.model_fields[str(place[0])].annotation
            self._unknown((*where, *place), str(place[-1]), label, _keys_within(parent))
            return
        name = ".".join(str(part) for part in place if isinstance(part, str))
        text = f"{label}: {name} {said(error)}" if name else f"{label}: {said(error)}"
        if place and place[0] in from_environment:
            variable = environment_name(*address, str(place[0]))
            self.problems.append(Problem(f"biến môi trường {variable}", None, text))
        else:
            self._problem((*where, *place), text)

    def _unknown(self, where: KeyPath, key: str, label: str, known: Sequence[str]) -> None:
        home = next((name for name in SECTIONS if key in SECTIONS[name].model_fields), None)
        if home and key not in known and len(where) == 1:
            hint = f"khóa này thuộc [{home}]"
        else:
            hint = f"gần nhất là «{nearest(key, known)}»"
        self._problem(where, f"{label}: không có khóa «{key}»; {hint}")

    def _unused(self, variable: str) -> None:
        known = self.environment.known
        hint = f"; gần nhất là {nearest(variable, known)}" if known else ""
        text = f"không có khóa hoặc nguồn nào tên như vậy{hint}"
        self.problems.append(Problem(f"biến môi trường {variable}", None, text))

    def _problem(self, where: KeyPath, text: str) -> None:
        self.problems.append(Problem(self.path.name, self.lines.of(where), text))


def _keys_within(annotation: Any) -> list[str]:
    """The keys of the table that stands inside a field: those of its model."""
    for inner in getattr(annotation, "__args__", ()):
        if isinstance(inner, type) and issubclass(inner, Section):
            return list(inner.model_fields)
    return ["?"]


#: What the standard parser says in English, in words that help.
_SYNTAX: tuple[tuple[str, str], ...] = (
    ("Cannot overwrite a value", "khóa này đã khai ở trên, hoặc trùng tên bảng"),
    ("Cannot declare", "bảng này đã khai ở trên; mỗi bảng chỉ khai một lần"),
    ("Cannot mutate", "bảng hoặc danh sách này đã khai ở trên"),
    ("Expected '=' after a key", "thiếu dấu = sau tên khóa"),
    ("Unescaped '\\'", "dấu \\ trong ngoặc kép phải viết \\\\, hoặc dùng dấu / hay ngoặc đơn '…'"),
    ("Unterminated string", "thiếu dấu ngoặc kép đóng"),
    ("Illegal character '\\n'", "thiếu dấu ngoặc kép đóng"),
    ("Unclosed array", "thiếu dấu ] đóng danh sách"),
    ("Invalid value", "giá trị không hợp lệ: chữ phải đặt trong ngoặc kép"),
    ("Expected newline or end of document", "thừa chữ sau giá trị"),
    ("Expected ']'", "thiếu dấu ] đóng tên bảng"),
)
