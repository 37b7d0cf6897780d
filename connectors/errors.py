"""A source that cannot answer.

    SourceError ─ SourceUnavailable(retry_in)   timeout, 5xx, 429: retried, then incomplete
                │   └ BudgetSpent               we have asked enough for now: nobody's fault
                ├ Unforeseen(kind, place)       a bug of ours: ends this source or file alone
                ├ SourceRefused                 401, 403, other 4xx: never retried; tell IT
                └ SourceGarbled(where)          schema drift, broken file: never retried; tell IT

A bad row is no error but a value (``RejectedRow``). Messages are Vietnamese, for the report; they
never hold a cell's value.
"""

from __future__ import annotations

import traceback
from datetime import timedelta
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
HOME = Path(__file__).parent.parent


def number(count: int) -> str:
    """A count as it is written in Vietnamese: 4.917."""
    return f"{count:,}".replace(",", ".")


class SourceError(Exception):
    """A source did not answer as it should; the message tells an official what happened."""


class SourceUnavailable(SourceError):
    """It may answer later; ``retry_in`` is what the source itself asked for."""

    def __init__(self, message: str, retry_in: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_in = retry_in


class BudgetSpent(SourceUnavailable):
    """All that may be asked in this window was asked; the next poll goes on."""


class SourceRefused(SourceError):
    """It will not answer us as we are: wrong password, no right, wrong address."""


class SourceGarbled(SourceError):
    """It answered with something that cannot be understood; ``where`` is a file, sheet or field."""

    def __init__(self, message: str, where: str = "", *, no_table: bool = False) -> None:
        super().__init__(message)
        self.where = where
        self.no_table = no_table  # a file in which nothing looks like a list


class Unforeseen(SourceError):
    """Something that nobody thought of went wrong while one source, or one file, was read."""

    def __init__(self, kind: str, place: str) -> None:
        super().__init__(
            f"Lỗi ngoài dự kiến khi đọc ({kind} ở {place}); các nguồn khác vẫn được đọc. Xem nhật "
            "ký, dòng source.unforeseen, và báo cho người hỗ trợ phần mềm."
        )


def unforeseen(error: Exception, source: str, file: str = "") -> Unforeseen:
    """What to tell of an error that nobody foresaw; its type and place are logged, no value is."""
    kind, place = type(error).__name__, where(error)
    log.error("source.unforeseen", source=source, file=file, error=kind, place=place)
    return Unforeseen(kind, place)


def where(error: BaseException) -> str:
    """The last line of our own code that an error passed: ``connectors/igate.py:190``."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if Path(one.filename).is_relative_to(HOME)]
    own = [one for one in ours if "site-packages" not in one.filename] or frames[-1:]
    if not own:
        return "?"
    path = Path(own[-1].filename)
    shown = path.relative_to(HOME) if path.is_relative_to(HOME) else path.name
    return f"{shown}:{own[-1].lineno}"
