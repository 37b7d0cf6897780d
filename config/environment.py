"""Settings that come from the environment: ``DOISOAT_SECTION__KEY`` and by source name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from config.fields import environment_name
from config.sections import Section


class Environment:
    """The variables of the process that are settings, and which of them were used.

    Only names with ``__`` are settings: the product has a few plain switches of its own
    (``DOISOAT_REQUIRE``) that are none.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {
            name.upper(): value
            for name, value in environ.items()
            if name.upper().startswith("DOISOAT_") and "__" in name
        }
        self._used: set[str] = set()
        self.known: list[str] = []

    def text(self, path: Sequence[str]) -> str | None:
        """The raw text of one setting, None when it is not set."""
        name = environment_name(*path)
        self.known.append(name)
        if name not in self._given:
            return None
        self._used.add(name)
        return self._given[name]

    def values(self, model: type[Section], address: Sequence[str]) -> dict[str, Any]:
        """What the environment says for the keys of a section, secrets left out."""
        found: dict[str, Any] = {}
        for key, field in model.model_fields.items():
            if key in model.SECRETS or (key == "name" and address[0] == "sources"):
                continue
            text = self.text((*address, key))
            is_empty = not text and field.annotation is not str  # "${PORT:-}" of a compose file
            if text is not None and not is_empty:
                found[key] = _parsed(text, field.annotation)
        return found

    def use_all(self, address: Sequence[str]) -> None:
        """Say nothing of the variables of a source that could not be built at all."""
        prefix = environment_name(*address) + "__"
        self._used |= {name for name in self._given if name.startswith(prefix)}

    def unused(self) -> list[str]:
        """Variables that name no setting."""
        return sorted(set(self._given) - self._used)


def _parsed(text: str, annotation: Any) -> Any:
    """Lists and tables are written as in TOML; a plain list may be words between commas."""
    if get_origin(annotation) not in (tuple, Mapping) and "Mapping" not in str(annotation):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return [part.strip() for part in text.split(",") if part.strip()]
