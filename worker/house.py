"""The house: what one process needs to work, built once and handed to whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import config.settings
import config.tables
from config.settings import Settings
from config.tables import Tables
from connectors import Connector, open_connectors
from connectors.learned import Heading
from reconcile.policy import Policy
from worker.clock import Clock
from worker.store import Store


@dataclass(frozen=True, slots=True)
class House:
    """Settings, tables, store, connectors and clock of one office."""

    settings: Settings
    tables: Tables
    store: Store
    connectors: tuple[Connector, ...]
    policy: Policy
    clock: Clock


def open_house(config_file: Path, environ: Mapping[str, str]) -> House:
    """Read the configuration and open the store.

    Raises ConfigError (all problems at once) and StoreError (schema too old or too new).
    """
    settings = config.settings.load(config_file, environ)
    tables = config.tables.load(settings)
    store = Store.open(settings.database.connect_url)
    return House(
        settings=settings,
        tables=tables,
        store=store,
        connectors=tuple(open_connectors(settings, tables, learned(store))),
        policy=settings.policy_for(tables),
        clock=Clock(settings.office.timezone),
    )


def learned(store: Store) -> tuple[Heading, ...]:
    """The headers that persons explained, as the connectors take them."""
    return tuple(
        Heading(one.source, one.unit, one.header, one.field) for one in store.learned.all()
    )
