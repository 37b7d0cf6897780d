"""What every test would pay for anew, though it is about something else: done once, or for little.

A new SQLite file is a copy of the first one instead of every migration; a password is kept with
next to no work; the process that parses tables waits for the next test. Tests that are about one
of these ask for ``in_earnest``. Processes that tests start do everything as the product does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest


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


@pytest.fixture(scope="session", autouse=True)
def earnest() -> Iterator[list[tuple[object, str, object]]]:
    """As the product has them: what is done for little meanwhile."""
    from argon2 import PasswordHasher

    from connectors.files.workbook import Parsers
    from worker.desk import passwords
    from worker.store import schema

    waiting: SimpleQueue = SimpleQueue()
    end = Parsers.__exit__

    def wait_together(parsers: Parsers) -> None:
        parsers._waiting = waiting

    instead = (
        (schema, "migrate_sqlite", FirstFile(schema.migrate_sqlite)),
        (passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
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
