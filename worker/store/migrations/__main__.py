"""Draft the next migration from what changed in ``tables.py``: a developer's command."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from worker.store import schema
from worker.store.engine import connect
from worker.store.migrations import REVISIONS


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = connect(f"sqlite:///{Path(folder, 'draft.db')}")
        schema.upgrade(database)
        with database.writer.begin() as connection:
            command.revision(
                schema.configuration(connection),
                message,
                autogenerate=True,
                rev_id=f"{len(REVISIONS) + 1:04}",
            )
        database.close()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
