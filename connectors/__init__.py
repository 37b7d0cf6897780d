"""Gathering: one file a kind of source, each reads only.

``open_connectors`` gives the connectors of an office. This module stays light: the child process
that parses workbooks imports it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.office_tables import Tables
    from config.settings import Settings
    from connectors.connector import Connector, FileMemory, Memory
    from connectors.files.additions import Addition
    from connectors.files.learned import Heading

__all__ = ["Connector", "FileMemory", "Memory", "open_connectors"]


def open_connectors(
    settings: Settings,
    tables: Tables,
    learned: tuple[Heading, ...] = (),
    additions: tuple[Addition, ...] = (),
) -> list[Connector]:
    """The connectors of the configured sources, in the order of the configuration."""
    from connectors.registry import open_connectors

    return open_connectors(settings, tables, learned, additions)


def __getattr__(name: str) -> object:
    if name in __all__:
        from connectors import connector

        return getattr(connector, name)
    raise AttributeError(name)
