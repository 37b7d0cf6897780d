"""The kinds of sources and the connector of each."""

from __future__ import annotations

from config.office_tables import Tables
from config.settings import Settings
from config.sources import (
    DvcltSource,
    DvcqgSource,
    FileSource,
    HotichSource,
    IgateSource,
    OpencpsSource,
    SqlSource,
)
from connectors.connector import Connector
from connectors.dvclt import DvcltConnector
from connectors.dvcqg import DvcqgConnector
from connectors.files.connector import FileSettings
from connectors.files.export import ExportConnector
from connectors.files.learned import Heading
from connectors.files.register import RegisterConnector
from connectors.files.workbook import Limits
from connectors.hotich import HotichConnector
from connectors.igate import IgateConnector
from connectors.opencps import OpencpsConnector
from connectors.sql import SqlConnector

FILE_KINDS = {"export": ExportConnector, "register": RegisterConnector}


def open_connectors(
    settings: Settings, tables: Tables, learned: tuple[Heading, ...] = ()
) -> list[Connector]:
    """The connectors of the configured sources, in the order of the configuration.

    ``learned``: headers that persons explained.
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
        patterns=tuple(one.path for one in settings.sources if isinstance(one, FileSource)),
        uploads=settings.uploads,
    )
    opened: list[Connector] = []
    for source in settings.sources:
        match source:
            case FileSource():
                opened.append(FILE_KINDS[source.kind](source, intake))
            case IgateSource():
                opened.append(IgateConnector(source, tables))
            case DvcqgSource():
                opened.append(DvcqgConnector(source, tables))
            case OpencpsSource():
                opened.append(OpencpsConnector(source, tables))
            case DvcltSource():
                opened.append(DvcltConnector(source, tables))
            case HotichSource():
                opened.append(HotichConnector(source, tables))
            case SqlSource():
                opened.append(SqlConnector(source, tables))
    return opened
