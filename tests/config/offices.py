"""Small offices written to a folder, for the tests of the configuration."""

from __future__ import annotations

from pathlib import Path

from config import office_tables as tables_module
from config import settings as settings_module
from config.errors import ConfigError
from config.office_tables import Tables
from config.settings import Settings

SMALL = """\
[office]
name = "UBND huyện thử"

[[sources]]
name = "motcua"
role = "one_stop"
kind = "export"
path = "inbox/motcua/*.xlsx"
"""


def load(folder: Path, text: str = SMALL, environ: dict[str, str] | None = None) -> Settings:
    (folder / "doisoat.toml").write_text(text, "utf-8")
    return settings_module.load(folder / "doisoat.toml", environ or {})


def problems(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """What the configuration is told, one line a problem."""
    try:
        load(folder, text, environ)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def tables(folder: Path, **files: str | bytes) -> Tables:
    """The tables of a small office that keeps these files in its folder of tables."""
    (folder / "tables").mkdir(exist_ok=True)
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "tables" / f"{name}.csv").write_bytes(data)
    return tables_module.load(load(folder))


def table_problems(folder: Path, **files: str | bytes) -> list[str]:
    try:
        tables(folder, **files)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []
