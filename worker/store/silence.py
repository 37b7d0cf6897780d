"""Since what hour a file, or a polled source, could not be read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from worker.store.tables import source_file


def keep_hour(connection: Connection, source: str, path: str, at: datetime) -> None:
    """Beside the day of its silence a file keeps the hour of it, and loses both when it answers.

    Called after every attempt; where nothing changes no row is written.
    """
    file = source_file.c
    began = and_(file.silent_since.is_not(None), file.silent_at.is_(None))
    ended = and_(file.silent_since.is_(None), file.silent_at.is_not(None))
    this = (file.source == source) & (file.path == path)
    for (since,) in connection.execute(select(file.silent_since).where(this, or_(began, ended))):
        hour = None if since is None else at
        connection.execute(update(source_file).where(this).values(silent_at=hour))
