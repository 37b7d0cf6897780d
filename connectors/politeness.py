"""How hard a source may be asked: so many a second, so many in a window, and not while it is down.

``Pace`` gives every question its turn and slows down while the source struggles. ``Budget`` is what
one poll may ask. ``Courtesy`` is what is remembered between polls: what was asked in this window,
and the breaker, which leaves a source alone that fails again and again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from config.sections import AskingWindow
from connectors.errors import BudgetSpent, SourceUnavailable
from reconcile.workdays import Calendar

SLACK = 0.05  # seconds a late caller may make up for
MOST_STRAIN = 16.0  # never slower than this many times
RELIEF = 0.95  # after every good answer
SLOW = 5.0  # an answer this many times slower than usual is a sign of strain
USUAL_SHARE = 0.1  # how quickly "usual" follows

CALLS = 20  # the breaker looks at so many of the last questions
MOST_FAILED = CALLS // 2  # and opens when more than half of them failed
FAILED_POLLS = 5  # or when so many polls in a row did
FIRST_REST, LONGEST_REST = timedelta(seconds=60), timedelta(minutes=10)
SPREAD = 0.25  # a rest is up to so much longer, so that not everybody comes back at once
GOOD, BAD = "+", "-"
BLOCK = 1.0  # seconds: the turns of so long are taken at an address at once


class Granted(NamedTuple):
    """So many turns in a row, the first in ``wait`` seconds; ``at_once`` of our questions may be
    under way."""

    wait: float
    turns: int
    at_once: int


class Turns(Protocol):
    """The turns at an address, which all that ask it share, in whichever process."""

    def take(self, count: int, interval: float, busy: int) -> Granted:
        """Take so many, while ``busy`` of our questions are under way."""
        ...

    def give_back(self, count: int) -> None:
        """So many were not used."""
        ...

    def leave(self) -> None:
        """None of our questions is under way any more."""
        ...


class Pace:
    """Gives every caller its turn, and lets no more ask at once than may; one for all threads
    that ask a source."""

    def __init__(self, per_second: float, budget: Budget | None = None) -> None:
        self._interval = 1 / per_second
        self._budget = budget
        self._turns = budget.turns if budget else None
        self._left = 0  # turns that were taken and not used
        self._until = 0.0  # when they are past
        self._busy = 0  # callers that have their turn and are not done
        self._at_once = 0  # as many of them as there may be
        self._asked = 0.0  # when that was said
        self._lock = threading.Condition()
        self._turn = threading.Event()  # never set: waiting for it is a pause
        self._next = 0.0
        self.strain = 1.0  # how many times slower than allowed it goes now
        self._usual = 0.0

    def begin(self) -> None:
        """Wait for one's turn; whoever has it says when it is ``done``. Raises BudgetSpent."""
        with self._lock:
            while not self._may_begin():
                self._lock.wait(BLOCK)
            self._busy += 1
            self._left -= 1
            now = time.monotonic()
            at = max(self._next, now - SLACK)
            self._next = at + self._interval * self.strain
        if at > now:
            self.pause(at - now)

    def done(self) -> None:
        """A caller's question is not under way any more."""
        with self._lock:
            self._busy -= 1
            self._lock.notify()

    def _may_begin(self) -> bool:
        """Whether there is a turn, where they are shared, and room for one more question."""
        if self._turns is None:
            return True
        now = time.monotonic()
        full = self._busy >= self._at_once
        if full and self._asked and now < self._asked + BLOCK:
            return False
        if max(self._next, now) > self._until:
            self._give_back()
        if full or not self._left:
            self._draw(self._turns, now)
        return self._left > 0 and self._busy < self._at_once

    def _draw(self, turns: Turns, now: float) -> None:
        """Have turns, unless there are some, and hear how many questions may be under way."""
        interval = self._interval * self.strain
        count = 0 if self._left else max(round(BLOCK / interval), 1)
        granted = turns.take(count, interval, self._busy)
        self._asked, self._at_once = now, granted.at_once
        if not count or not granted.at_once:
            return
        if not granted.turns and self._budget is not None:
            raise self._budget.spent()
        self._left = granted.turns
        self._next = max(self._next, time.monotonic() + granted.wait)
        self._until = self._next + self._left * interval
        self._lock.notify_all()

    def _give_back(self) -> None:
        if self._turns is not None and self._left:
            self._turns.give_back(self._left)
        self._left = 0

    def close(self) -> None:
        """What was taken and not used is for others."""
        with self._lock:
            self._give_back()
            if self._turns is not None and self._asked:
                self._turns.leave()

    def pause(self, seconds: float) -> None:
        self._turn.wait(seconds)

    def answered(self, seconds: float) -> None:
        """A good answer took so long: slower than usual is a request for mercy."""
        with self._lock:
            usual = self._usual or seconds
            struggling = seconds > SLOW * usual and seconds > 1.0
            self._usual = usual + USUAL_SHARE * (seconds - usual)
            self.strain = self._more() if struggling else max(1.0, self.strain * RELIEF)

    def refused(self) -> None:
        """The source said that it is too much, or fell over."""
        with self._lock:
            self.strain = self._more()

    def _more(self) -> float:
        return min(self.strain * 2, MOST_STRAIN)


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What is remembered between the polls of one source.

    ``failures``: polls in a row that failed. ``recent``: the last questions, oldest first, "+" for
    an answer and "-" for none. ``trips``: how often the breaker opened since the source was last
    well; until ``retry_at`` it is not asked at all, after it one poll tries. ``problem`` is the
    last failure, in Vietnamese. ``hours`` names the window and the day on which it began, in which
    ``requests`` were asked in ``seconds``.
    """

    source: str
    failures: int = 0
    recent: str = ""
    trips: int = 0
    retry_at: datetime | None = None
    problem: str = ""
    hours: str = ""
    requests: int = 0
    seconds: float = 0.0

    def is_open(self, now: datetime) -> bool:
        """The breaker is open: the source is left alone. Never for longer than the longest rest:
        what was set by a clock that ran ahead does not count."""
        longest = LONGEST_REST * (1 + SPREAD)
        return self.retry_at is not None and now < self.retry_at <= now + longest

    def failed(self, problem: str, now: datetime, spread: float) -> Courtesy:
        """After a poll that failed; ``spread`` (0 to 1) is chance."""
        failures = self.failures + 1
        after = replace(self, failures=failures, problem=problem)
        # A trial that fails opens it again at once, for longer.
        if not self.trips and failures < FAILED_POLLS and not _too_many_failed(self.recent):
            return after
        rest = min(FIRST_REST * 2**self.trips, LONGEST_REST) * (1 + SPREAD * spread)
        return replace(after, trips=self.trips + 1, retry_at=now + rest, recent="")

    def well(self) -> Courtesy:
        """After a poll, or a knock, that was answered."""
        return replace(self, failures=0, trips=0, retry_at=None, problem="")


def _too_many_failed(recent: str | Sequence[str]) -> bool:
    return len(recent) >= CALLS and list(recent).count(BAD) > MOST_FAILED


class Budget:
    """What one poll may ask, and what it asked: one for all threads of the poll."""

    def __init__(
        self,
        known: Courtesy | None = None,
        window: AskingWindow | None = None,
        day: str = "",
        over: Callable[[], bool] = lambda: False,
        turns: Turns | None = None,
        lasts: float | None = None,
    ) -> None:
        """``known`` is what was asked before, ``day`` names this very window; ``over`` says when
        nothing more is to be begun; ``turns`` are shared with whoever asks the same address;
        ``lasts`` are the seconds until then, None: as many as it takes."""
        self._over = over
        self.turns = turns
        self.lasts = lasts
        self._known = known or Courtesy("")
        self._window = window
        self._name = f"{day} {window.title}" if window else ""
        same = self._known.hours == self._name
        self._before = (self._known.requests, self._known.seconds) if same else (0, 0.0)
        self._recent = deque(self._known.recent, CALLS)
        self._lock = threading.Lock()
        self._requests = 0
        self._began: float | None = None

    @property
    def is_over(self) -> bool:
        """No further question is to be begun: its slice of time is over."""
        return self._over()

    @property
    def per_second(self) -> float | None:
        """The pace of this window, where it has one of its own."""
        return self._window.requests_per_second if self._window else None

    @property
    def title(self) -> str:
        """The hours of this window; empty where there is none."""
        return self._window.title if self._window else ""

    @property
    def limit(self) -> int | None:
        """How many questions the window allows in all."""
        return self._window.requests if self._window else None

    @property
    def left(self) -> int | None:
        """How many questions may still be asked; None: as many as are needed."""
        if self._window is None or self._window.requests is None:
            return None
        return max(self._window.requests - self._before[0] - self._requests, 0)

    def take(self) -> None:
        """Ask one more. Raises BudgetSpent, or SourceUnavailable when most of it fails."""
        with self._lock:
            if self._began is None:
                self._began = time.monotonic()
            if self.left == 0 or self._time_is_over():
                raise self.spent()
            if _too_many_failed(self._recent):
                raise SourceUnavailable(
                    f"Hơn một nửa trong {CALLS} lần hỏi gần nhất bị lỗi nên ngừng hỏi nguồn này."
                )
            self._requests += 1

    def answered(self, *, well: bool) -> None:
        with self._lock:
            self._recent.append(GOOD if well else BAD)

    def spent(self, needed: int | None = None) -> BudgetSpent:
        """What to tell when no more may be asked, or not the ``needed`` questions."""
        assert self._window is not None  # noqa: S101 - without a window there is no limit
        title, until = self._window.title, self._window.hours[1]
        if needed is not None:
            return BudgetSpent(
                f"Đọc lại toàn bộ cần khoảng {needed} lượt hỏi, khung giờ {title} chỉ còn "
                f"{self.left or 0}; sẽ đọc khi có khung giờ đủ lượt."
            )
        return BudgetSpent(
            f"Đã hỏi hết mức cho phép của khung giờ {title}; sẽ hỏi tiếp từ chỗ đang dở ở lần đọc "
            f"sau {until:%H:%M}."
        )

    def _time_is_over(self) -> bool:
        minutes = self._window.minutes if self._window else None
        return minutes is not None and self._seconds() >= minutes * 60

    def _seconds(self) -> float:
        asking = time.monotonic() - self._began if self._began is not None else 0.0
        return self._before[1] + asking

    def courtesy(self) -> Courtesy:
        """What is to be remembered of this poll so far."""
        with self._lock:
            return replace(
                self._known,
                recent="".join(self._recent),
                hours=self._name,
                requests=self._before[0] + self._requests,
                seconds=round(self._seconds(), 3),
            )


def window_at(
    windows: Sequence[AskingWindow], local: datetime, calendar: Calendar
) -> tuple[AskingWindow | None, str]:
    """The first window that holds this moment of the office's clock, and the day it began on."""
    clock, today = local.time(), local.date()
    for window in windows:
        start, end = window.hours
        if start < end:
            began = today if start <= clock < end else None
        else:  # over midnight
            began = today if clock >= start else today - timedelta(days=1) if clock < end else None
        if began is not None and calendar.is_one_of(window.days, began):
            return window, f"{began}"
    return None, ""
