"""The kinds of sources and the connector of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.office_tables import Tables
from config.settings import Settings
from config.sources import FileSource
from connectors.connector import Connector
from connectors.dvclt import DvcltConnector
from connectors.dvcqg import DvcqgConnector
from connectors.files.additions import Addition
from connectors.files.export import ExportConnector
from connectors.files.folder import FileConnector, FileSettings
from connectors.files.learned import Heading
from connectors.files.register import RegisterConnector
from connectors.files.workbook import Limits
from connectors.hotich import HotichConnector
from connectors.igate import IgateConnector
from connectors.opencps import OpencpsConnector
from connectors.sql import SqlConnector

#: A new kind of source: its settings in config/sources.py, its connector, and its line here.
FILE_KINDS: Mapping[str, type[FileConnector]] = {
    "export": ExportConnector,
    "register": RegisterConnector,
}
SYSTEMS: Mapping[str, Callable[[Any, Tables], Connector]] = {
    "igate": IgateConnector,
    "dvcqg": DvcqgConnector,
    "opencps": OpencpsConnector,
    "dvclt": DvcltConnector,
    "hotich": HotichConnector,
    "sql": SqlConnector,
}


def open_connectors(
    settings: Settings,
    tables: Tables,
    learned: tuple[Heading, ...] = (),
    additions: tuple[Addition, ...] = (),
) -> list[Connector]:
    """The connectors of the configured sources, in the order of the configuration.

    ``learned``: headers that persons explained; ``additions``: what they typed for cells.
    """
    limits = settings.intake
    intake = FileSettings(
        folder=settings.folder,
        tables=tables,
        limits=Limits(
            file_megabytes=limits.max_file_mb,
            unpacked_megabytes=limits.max_unpacked_mb,
            memory_megabytes=limits.child_memory_mb,
            seconds=limits.child_seconds,
        ),
        closes_on_14th=settings.office.period_rule == "nd09",
        learned=learned,
        additions=additions,
        patterns=tuple(one.path for one in settings.sources if isinstance(one, FileSource)),
        uploads=settings.uploads,
    )
    return [
        FILE_KINDS[source.kind](source, intake)
        if isinstance(source, FileSource)
        else SYSTEMS[source.kind](source, tables)
        for source in settings.sources
    ]
