"""The house: what one process needs to work, built once and handed to whoever asks."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import config.office_tables
import config.settings
from config.errors import ConfigError
from config.office_tables import Tables
from config.settings import Settings
from config.sources import RegisterSource
from connectors import Connector, open_connectors
from reconcile.claims import Origin, Role
from reconcile.policy import Policy
from worker.clock import Clock
from worker.store import (
    SLIPS,
    NoDatabase,
    SourceFacts,
    Store,
    StoreError,
    StoreLost,
    nothing_at,
)

if TYPE_CHECKING:
    from connectors.files.additions import Addition
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
        # Approved papers are read by nobody: their rows come from the page of scans.
        others = tuple(one for one in self.settings.sources if one.name != SLIPS)
        configured = self.settings.model_copy(update={"sources": others})
        return tuple(open_connectors(configured, self.tables, *told_of_files(self.store)))

    def source_facts(self) -> list[SourceFacts]:
        """How each configured source was read and what it covers, in their order."""
        return self.store.readings.coverage_facts_of([one.name for one in self.settings.sources])

    def close(self) -> None:
        """Give back what was opened; asked again, it opens anew."""
        self.store.close()


def open_house(config_file: Path, environ: Mapping[str, str]) -> House:
    """Read the configuration and open the store.

    Raises ConfigError (all problems at once) and StoreError (schema too old or too new, lost).
    """
    settings = config.settings.load(config_file, environ)
    tables = config.office_tables.load(settings)
    return furnished(settings, tables, open_store(settings))


def furnished(settings: Settings, tables: Tables, store: Store) -> House:
    """The house over an open store, with what people told it of the sources."""
    configured = [one for one in settings.sources if one.origin is not Origin.SCANNED]
    settings = settings.model_copy(update={"sources": tuple(configured)})
    return House(
        settings=with_slips(settings, store),
        tables=tables,
        store=store,
        policy=config.office_tables.policy(settings, tables),
        clock=Clock(settings.office.timezone),
    )


def with_slips(settings: Settings, store: Store) -> Settings:
    """The settings, with the source of approved papers while there are any.

    Nobody configures it, and no connector reads it: its rows come from the page where they are
    scanned.
    """
    if not store.slips.are_approved():
        return settings
    slips = RegisterSource.model_construct(
        name=SLIPS, role=Role.REGISTER, kind="register", origin=Origin.SCANNED, path=""
    )
    return settings.model_copy(update={"sources": (*settings.sources, slips)})


def _told(store: Store) -> object:
    """The newest act in the audit: what people told of files and papers stands there."""
    return store.audit.head()


class HouseClosed(Exception):
    """The house cannot be opened now: its configuration has mistakes, or the store cannot be used.

    The cause is the error that says so.
    """


class KeptHouse:
    """A house that stays open while nothing changes that it was read from: for whoever asks often.

    What the office changes in its configuration, its tables or its secrets counts at the next
    asking, as does a column that somebody explained.
    """

    def __init__(self, config_file: Path, environ: Mapping[str, str]) -> None:
        self._file, self._environ = config_file, environ
        self._lock = threading.Lock()
        self._kept: tuple[House, object, object] | None = None

    def house(self) -> House:
        """The house as it is configured now. Raises HouseClosed."""
        try:
            house, told, signs = self._opened()
            told_now = _told(house.store)  # not under the lock: the store may take its time
            if told_now == told:
                return house
            house = furnished(house.settings, house.tables, house.store)
        except (ConfigError, StoreError) as error:
            raise HouseClosed from error
        with self._lock:
            if self._kept is not None and self._kept[2] == signs:
                self._kept = (house, told_now, signs)
        return house

    def _opened(self) -> tuple[House, object, object]:
        with self._lock:
            if self._kept is None or self._kept[2] != self._signs(self._kept[0]):
                self.close()
                house = open_house(self._file, self._environ)
                self._kept = (house, _told(house.store), self._signs(house))
            return self._kept

    def close(self) -> None:
        """Give the connections back; whoever still works on the house finishes with their own."""
        if self._kept is not None:
            self._kept[0].store.close()
            self._kept = None

    def _signs(self, house: House) -> object:
        """What tells that a file it was read from, or the database file, is another one by now."""
        settings, database = house.settings, house.store.database
        keepers = (settings.database, settings.broker, settings.mail, settings.oidc)
        secrets = (
            getattr(keeper, "password_file", None) for keeper in (*keepers, *settings.sources)
        )
        tables = sorted(settings.office.tables_dir.glob("*"))
        files = [_sign(path) for path in (self._file, *tables, *secrets) if path]
        if database.is_sqlite:
            files.append(_sign(database.file, content=False))
        return files


def _sign(path: Path, *, content: bool = True) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return (path, found.st_ino, *((found.st_mtime_ns, found.st_size) if content else ()))


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
            sources=frozenset({SLIPS, *(source.name for source in settings.sources)}),
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


def told_of_files(store: Store) -> tuple[tuple[Heading, ...], tuple[Addition, ...]]:
    """What persons told of files, as the connectors take it: headers, and cells."""
    return learned(store), additions(store)


def additions(store: Store) -> tuple[Addition, ...]:
    """What persons typed for cells that could not be read, as the connectors take it."""
    from connectors.files.additions import Addition

    return tuple(
        Addition(one.source, one.file, one.mark, one.typed) for one in store.typed_cells.standing()
    )


def learned(store: Store) -> tuple[Heading, ...]:
    """The headers that persons explained, as the connectors take them."""
    from connectors.files.learned import Heading

    return tuple(
        Heading(one.source, one.unit, one.header, one.field) for one in store.learned.all()
    )
