"""How much a page asks of the database."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event

from worker.desk.accounts import SEEN


@contextlib.contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement of every database of this process meanwhile, in their order.

    But for the one that keeps, beside a page and at most once a minute, that a session is used.
    """
    found: list[str] = []
    lock = threading.Lock()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.current_thread().name == SEEN:
            return
        with lock:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)
