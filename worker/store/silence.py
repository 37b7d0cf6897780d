"""A connection to PostgreSQL that does not wait for ever on a server that is silently gone.

The server's own time limits do not help when the server no longer works, and TCP notices only a
machine that is gone, not a process that stands still. So after some seconds of silence the server
is asked on a line of its own: where it does not answer there either, it is dead.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from typing import Any

import psycopg

#: Seconds of silence after which the server is asked whether it is there.
SUSPECTED_AFTER = 10.0
#: Seconds of silence that no statement of ours needs: the server ends each after 60.
DEAD_AFTER = 65.0
#: The same for a migration and for a copy that is put back, whose statements may take 30 minutes.
LONG_WORK = 1860.0
GONE = "connection lost: máy chủ cơ sở dữ liệu không trả lời"


class Watched(psycopg.Connection[Any]):
    """A connection that gives up on a dead server. ``patience``: seconds that it waits for one that
    is alive."""

    patience = DEAD_AFTER
    _asked: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().wait(self._watched(gen), *args, **kwargs)
        except _Silent:
            self.pgconn.finish()  # a goodbye would not be heard
            raise psycopg.OperationalError(GONE) from None

    def _watched(self, gen: Any) -> Generator[Any, Any, Any]:
        """The same steps; psycopg wakes them every tenth of a second while nothing comes."""
        heard = time.monotonic()
        doubted = False
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready:
                    heard, doubted = time.monotonic(), False
                elif (silent := time.monotonic() - heard) > self.patience:
                    raise _Silent
                elif silent > SUSPECTED_AFTER and not doubted:
                    doubted = True
                    if not self._answers():
                        raise _Silent
                state = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _answers(self) -> bool:
        """Whether the server takes a new connection."""
        words, named = self._asked
        with contextlib.suppress(psycopg.Error):
            psycopg.Connection.connect(*words, **named).close()
            return True
        return False


class _Silent(Exception):
    """Nothing was heard for too long."""


def connect(words: tuple[Any, ...], named: dict[str, Any]) -> Watched:
    """A watched connection; the arguments are those of psycopg."""
    made = Watched.connect(*words, **named)
    made._asked = (words, named)
    return made
