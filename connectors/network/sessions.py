"""Logging in: once for all who ask, again once when the session ends, and never in a loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors.errors import SourceError, SourceGarbled, SourceRefused

EARLY = 0.9  # a session is renewed before its time is over
NOT_ALLOWED = (
    "Đăng nhập được nhưng nguồn vẫn không cho đọc; kiểm tra quyền của tài khoản với đơn vị "
    "quản trị nguồn."
)


UNUSABLE = "Nguồn cấp phiên đăng nhập (token) rỗng hoặc có ký tự lạ, không dùng được."


class SessionOver(Exception):
    """The source wants us to log in (again): 401, a login page, a redirect, its own code."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One session; ``number`` tells which."""

    number: int
    token: str


class Session:
    """The session of one poll. A login that failed is not tried again: accounts get locked."""

    def __init__(self, login: Callable[[], tuple[str, float]]) -> None:
        """``login`` gives the token and the seconds that it lives."""
        self._login = login
        self._lock = threading.Lock()
        self._ticket: Ticket | None = None
        self._until = 0.0
        self._number = 0
        self._useless = 0  # sessions in a row that were over before they were of use
        self._failed: SourceError | None = None

    def ticket(self) -> Ticket:
        """The session to use now. Raises SourceError when there is none to be had."""
        with self._lock:
            if self._failed is not None:
                raise self._failed
            if self._ticket is None or time.monotonic() >= self._until:
                self._ticket = self._renewed()
            return self._ticket

    def works(self, ticket: Ticket) -> None:
        """It was of use."""
        if ticket.number == self._number:
            self._useless = 0

    def over(self, ticket: Ticket) -> None:
        """The source ended it. Whoever notices first has it renewed, for all."""
        with self._lock:
            if self._ticket is None or ticket.number != self._number:
                return
            self._useless += 1
            if self._useless > 1:
                self._failed = SourceRefused(NOT_ALLOWED)
                raise self._failed
            self._ticket = None

    def _renewed(self) -> Ticket:
        try:
            token, seconds = self._login()
        except SessionOver:
            self._failed = SourceRefused("Nguồn từ chối đăng nhập; kiểm tra tài khoản, mật khẩu.")
            raise self._failed from None
        except SourceError as error:
            self._failed = error
            raise
        if not token or not token.isascii() or not token.isprintable():
            self._failed = SourceGarbled(UNUSABLE, "token")
            raise self._failed
        self._number += 1
        self._until = time.monotonic() + seconds * EARLY
        return Ticket(self._number, token)
