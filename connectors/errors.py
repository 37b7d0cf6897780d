"""A source that cannot answer.

    SourceError ─ SourceUnavailable(retry_in)   timeout, 5xx, 429: retried, then incomplete
                │   └ BudgetSpent               we have asked enough for now: nobody's fault
                ├ SourceRefused                 401, 403, other 4xx: never retried; tell IT
                └ SourceGarbled(where)          schema drift, broken file: never retried; tell IT

A bad row is no error but a value (``RejectedRow``). Messages are Vietnamese, for the report; they
never hold a cell's value.
"""

from __future__ import annotations

from datetime import timedelta


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
