"""The house: what one process needs to work, built once and handed to whoever asks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import config.office_tables
import config.settings
from config.office_tables import Tables
from config.settings import Settings
from connectors import Connector, open_connectors
from reconcile.policy import Policy
from worker.clock import Clock
from worker.store import NoDatabase, Store, StoreLost, nothing_at

if TYPE_CHECKING:
    from connectors.files.learned import Heading

#: In the data folder: here was a database once. Its words are for whoever finds it.
MARKER = ".da-co-co-so-du-lieu"
_WORDS = (
    "Cơ quan này đã có cơ sở dữ liệu. Tệp này giữ cho chương trình không lặng lẽ lập cơ sở dữ\n"
    "liệu trống khi cơ sở dữ liệu cũ bị mất. Không xóa.\n"
)
#: What an office has in its data folder once it has worked.
_TRACES = ("reports/*/*", "backups/*.db*", "alerts/*", MARKER)


@dataclass(frozen=True)
class House:
    """Settings, tables, store, connectors and clock of one office."""

    settings: Settings
    tables: Tables
    store: Store
    policy: Policy
    clock: Clock

    @cached_property
    def connectors(self) -> tuple[Connector, ...]:
        """Of the configured sources, in their order; opened by whoever reads sources first."""
        return tuple(open_connectors(self.settings, self.tables, learned(self.store)))


def open_house(config_file: Path, environ: Mapping[str, str]) -> House:
    """Read the configuration and open the store.

    Raises ConfigError (all problems at once) and StoreError (schema too old or too new, lost).
    """
    settings = config.settings.load(config_file, environ)
    tables = config.office_tables.load(settings)
    store = open_store(settings)
    return House(
        settings=settings,
        tables=tables,
        store=store,
        policy=config.office_tables.policy(settings, tables),
        clock=Clock(settings.office.timezone),
    )


def open_store(settings: Settings, *, make: bool = True) -> Store:
    """The office's store, of which only the configured sources count; a fresh office gets one.

    Raises StoreLost where there is none and the office has worked before, and what ``Store.open``
    raises.
    """
    worked = has_worked(settings)
    try:
        store = Store.open(
            settings.database.connect_url,
            upgrade_if_missing=make and not worked,
            sources=frozenset(source.name for source in settings.sources),
        )
    except NoDatabase:
        if worked:
            raise StoreLost(settings.database.url, newest_copy(settings)) from None
        raise
    mark(settings)
    return store


def is_lost(settings: Settings) -> bool:
    """Whether there is no database, or an empty one, in an office that has worked."""
    return nothing_at(settings.database.connect_url) and has_worked(settings)


def refuse_lost(settings: Settings) -> None:
    """Raises StoreLost where it is."""
    if is_lost(settings):
        raise StoreLost(settings.database.url, newest_copy(settings))


def new_store(settings: Settings) -> Store:
    """An empty store, whatever the office had before: a person said so."""
    return Store.open(settings.database.connect_url)


def has_worked(settings: Settings) -> bool:
    """Whether the data folder holds what only an office has that had a database."""
    folder = settings.office.data_dir
    return any(any(folder.glob(pattern)) for pattern in _TRACES)


def mark(settings: Settings) -> None:
    """Leave the note that there was a database; a folder that cannot be written has none."""
    note = settings.office.data_dir / MARKER
    if note.exists():
        return
    with contextlib.suppress(OSError):
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.write_text(_WORDS, "utf-8")


def newest_copy(settings: Settings) -> Path | None:
    """The newest copy of the database that the program knows of, by the day in its name."""
    return max(_copies(settings), key=lambda path: (path.parent.name, path.name), default=None)


def _copies(settings: Settings) -> Iterator[Path]:
    folder = settings.office.data_dir / "backups"
    daily = list(folder.glob("doisoat-????-??-??.db"))
    yield from daily or (path for path in folder.glob("*.db*") if path.is_file())


def learned(store: Store) -> tuple[Heading, ...]:
    """The headers that persons explained, as the connectors take them."""
    from connectors.files.learned import Heading

    return tuple(
        Heading(one.source, one.unit, one.header, one.field) for one in store.learned.all()
    )
