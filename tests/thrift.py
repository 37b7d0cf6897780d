"""What every test would pay for anew, though it is about something else: done once, or for little.

A new SQLite file is a copy of the first one instead of every migration; a password is kept with
next to no work; the process that parses tables waits for the next test; a template is drawn and a
statement compiled once for all. Tests that are about one of these ask for ``in_earnest``. Processes
that tests start do everything as the product does it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine


class FirstFile:
    """Migrates the first new SQLite file, and makes each other one a copy of it."""

    def __init__(self, migrate: Callable[..., None]) -> None:
        self._migrate, self._content = migrate, b""

    def __call__(self, database) -> None:
        from worker.store import engine, schema

        if schema.exists(database):
            self._migrate(database)
        elif self._content:
            engine.make_private(database.file)
            database.file.write_bytes(self._content)
        else:
            self._migrate(database)
            self._content = database.file.read_bytes()


class FirstTemplate:
    """Draws each template of a register once; later ones are the same bytes, as is promised."""

    def __init__(self, write: Callable[..., None]) -> None:
        self._write, self._drawn = write, dict[str, bytes]()

    def __call__(self, template, path) -> None:
        if template.title in self._drawn:
            with path.open("xb") as file:
                file.write(self._drawn[template.title])
        else:
            self._write(template, path)
            self._drawn[template.title] = path.read_bytes()


class SharedStatements:
    """Makes engines as SQLAlchemy does; those of one dialect keep their compiled SQL together."""

    def __init__(self, create_engine: Callable[..., Engine]) -> None:
        self._create, self._compiled = create_engine, defaultdict[type, dict](dict)

    def __call__(self, *given, **named) -> Engine:
        engine = self._create(*given, **named)
        engine._compiled_cache = self._compiled[type(engine.dialect)]
        return engine


@pytest.fixture(scope="session", autouse=True)
def earnest() -> Iterator[list[tuple[object, str, object]]]:
    """As the product has them: what is done for little meanwhile."""
    from argon2 import PasswordHasher
    from sqlalchemy.engine.default import DefaultDialect

    from config import templates
    from connectors.files.workbook import Parsers
    from worker.desk import passwords
    from worker.store import engine, schema

    waiting: SimpleQueue = SimpleQueue()
    end = Parsers.__exit__

    def wait_together(parsers: Parsers) -> None:
        parsers._waiting = waiting

    instead = (
        (schema, "migrate_sqlite", FirstFile(schema.migrate_sqlite)),
        (passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        (templates, "write", FirstTemplate(templates.write)),
        (engine, "create_engine", SharedStatements(engine.create_engine)),
        (DefaultDialect, "__hash__", lambda dialect: hash(type(dialect))),
        (DefaultDialect, "__eq__", lambda dialect, other: type(dialect) is type(other)),
        (Parsers, "__init__", wait_together),
        (Parsers, "__exit__", lambda *_: None),
    )
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in instead]
    with pytest.MonkeyPatch.context() as patch:
        for one in instead:
            patch.setattr(*one)
        yield kept
        end(Parsers())


@pytest.fixture
def in_earnest(earnest: list[tuple[object, str, object]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is spared for this test."""
    from connectors.files.workbook import Parsers

    together = Parsers()
    for one in earnest:
        monkeypatch.setattr(*one)
    together.__exit__()  # those that waited
