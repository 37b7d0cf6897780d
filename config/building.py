"""One section of the configuration made into its model, each mistake into a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from config.complaints import nearest, said
from config.environment import Environment
from config.errors import Problem
from config.fields import environment_name, is_secret_name
from config.line_numbers import KeyPath
from config.sections import SECTIONS, Section
from config.sources import UnknownColumns
from config.tomlfile import TomlFile

SectionT = TypeVar("SectionT", bound=Section)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a section stands in the file, how a problem names it, its name in the environment."""

    where: KeyPath
    label: str
    address: tuple[str, ...]  # empty: it has no name, so the environment cannot speak of it


class Builder:
    """Builds sections from the file and the environment; gathers problems."""

    def __init__(self, file: TomlFile, folder: Path, environment: Environment) -> None:
        self.file = file
        self.folder = folder
        self.environment = environment
        self.problems: list[Problem] = list(file.problems)

    @property
    def is_torn(self) -> bool:
        """Lines could not be read: a key that seems missing may stand in one of them."""
        return bool(self.file.problems)

    def build(self, model: type[SectionT], data: Any, spot: Spot) -> SectionT | None:
        """The section, or None with its problems noted."""
        if not isinstance(data, dict):
            self.problem(spot.where, f"{spot.label}: phải là một bảng khóa = giá trị")
            return None
        values = dict(data)
        misspelt: set[str] = set()
        for key in data:
            if key not in model.model_fields or key in model.SECRETS:
                values.pop(key)
                misspelt.add(self._wrong_key(model, key, spot))
        overrides = self.environment.values(model, spot.address) if spot.address else {}
        values |= overrides
        values |= self._secrets(model, values, spot)
        try:
            return model.model_validate(values, context={"folder": self.folder})
        except ValidationError as error:
            for one in error.errors():
                is_told = one["type"] == "missing" and (self.is_torn or one["loc"][0] in misspelt)
                if not is_told:
                    self._invalid(model, one, spot, overrides)
            return None

    def problem(self, where: KeyPath, text: str) -> None:
        self.problems.append(Problem(self.file.name, self.file.lines.of(where), text))

    def unknown(self, where: KeyPath, label: str, known: Sequence[str]) -> str:
        """A key that nothing knows; names the nearest known one, and returns it."""
        key = str(where[-1])
        close = nearest(key, known)
        home = next((name for name in SECTIONS if key in SECTIONS[name].model_fields), None)
        if home and len(where) == 1:
            hint = f"khóa này thuộc [{home}]"
        else:
            hint = f"gần nhất là «{close}»"
        self.problem(where, f"{label}: không có khóa «{key}»; {hint}")
        return close

    def unused_variables(self) -> None:
        """Variables of the environment that name no setting."""
        for variable in self.environment.unused():
            close = nearest(variable, self.environment.known)
            text = f"không có khóa hoặc nguồn nào tên như vậy; gần nhất là {close}"
            self.problems.append(Problem(f"biến môi trường {variable}", None, text))

    def _wrong_key(self, model: type[Section], key: str, spot: Spot) -> str:
        """Tell of a key that must not stand here; returns the key that was probably meant."""
        if key not in model.SECRETS and not is_secret_name(key):
            known = [name for name in model.model_fields if name not in model.SECRETS]
            return self.unknown((*spot.where, key), spot.label, known)
        name = key if key in model.SECRETS else "password"
        variable = environment_name(*spot.address, name) if spot.address else "DOISOAT_…"
        text = (
            f"{spot.label}: không ghi bí mật «{key}» trong tệp cấu hình; "
            f"dùng {name}_file hoặc biến môi trường {variable}"
        )
        self.problem((*spot.where, key), text)
        return name

    def _secrets(
        self, model: type[Section], values: Mapping[str, Any], spot: Spot
    ) -> dict[str, Any]:
        """The secrets of a section: the environment first, else the file that holds one."""
        found: dict[str, Any] = {}
        for name in model.SECRETS:
            text = self.environment.text((*spot.address, name)) if spot.address else None
            file = values.get(f"{name}_file")
            if text:
                found[name] = text
            elif isinstance(file, str) and file:
                found[name] = self._secret_of(file, (*spot.where, f"{name}_file"))
        return found

    def _secret_of(self, file: str, where: KeyPath) -> str:
        try:
            text = (self.folder / Path(file).expanduser()).read_text("utf-8-sig").strip()
            if text:
                return text
            problem = f"tệp mật khẩu «{file}» không có gì"
        except FileNotFoundError:
            problem = f"không thấy tệp mật khẩu «{file}»"
        except (OSError, UnicodeDecodeError):
            problem = f"không đọc được tệp mật khẩu «{file}»"
        self.problem(where, problem)
        return "chưa đọc được"  # a stand-in, so that one mistake is told once

    def _invalid(
        self,
        model: type[Section],
        error: Mapping[str, Any],
        spot: Spot,
        overrides: Mapping[str, Any],
    ) -> None:
        place: KeyPath = tuple(error["loc"])
        cause = error.get("ctx", {}).get("error")
        if isinstance(cause, UnknownColumns):
            for key in cause.keys:
                self.unknown((*spot.where, "columns", key), f"{spot.label} columns", cause.known)
            return
        if error["type"] == "extra_forbidden":
            known = _keys_within(model.model_fields[str(place[0])].annotation)
            self.unknown((*spot.where, *place), spot.label, known)
            return
        name = ".".join(str(part) for part in place if isinstance(part, str))
        text = f"{spot.label}: {name} {said(error)}" if name else f"{spot.label}: {said(error)}"
        if place and place[0] in overrides:
            variable = environment_name(*spot.address, str(place[0]))
            self.problems.append(Problem(f"biến môi trường {variable}", None, text))
        else:
            self.problem((*spot.where, *place), text)


def _keys_within(annotation: Any) -> list[str]:
    """The keys of the tables that stand inside a field: those of its model."""
    models = [one for one in getattr(annotation, "__args__", ()) if hasattr(one, "model_fields")]
    return [key for model in models for key in model.model_fields]
