"""The steps from one shape of the database to the next, oldest first.

A new step: change ``tables.py``, run ``python -m worker.store.migrations "what it does"``, read the
draft that it writes to ``versions/``, and add its revision here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

#: Every revision that this version of the product knows, oldest first.
REVISIONS = tuple(f"{number:04d}" for number in range(1, 32))
HEAD = REVISIONS[-1]


def configuration(connection: Any) -> Any:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def migrate(connection: Any, revision: str = "head") -> None:
    """Bring the database behind an open transaction to that revision."""
    from alembic import command

    command.upgrade(configuration(connection), revision)
