"""How hard a source may be asked: so many requests a second, fewer while it struggles."""

from __future__ import annotations

import threading
import time

SLACK = 0.05  # seconds a late caller may make up for
MOST_STRAIN = 16.0  # never slower than this many times
RELIEF = 0.95  # after every good answer
SLOW = 5.0  # an answer this many times slower than usual is a sign of strain
USUAL_SHARE = 0.1  # how quickly "usual" follows


class Pace:
    """Gives every caller its turn; one for all threads that ask a source."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._lock = threading.Lock()
        self._turn = threading.Event()  # never set: waiting for it is a pause
        self._next = 0.0
        self._strain = 1.0
        self._usual = 0.0

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = time.monotonic()
            at = max(self._next, now - SLACK)
            self._next = at + self._interval * self._strain
        if at > now:
            self.pause(at - now)

    def pause(self, seconds: float) -> None:
        self._turn.wait(seconds)

    def answered(self, seconds: float) -> None:
        """A good answer took so long: slower than usual is a request for mercy."""
        with self._lock:
            usual = self._usual or seconds
            struggling = seconds > SLOW * usual and seconds > 1.0
            self._usual = usual + USUAL_SHARE * (seconds - usual)
            self._strain = self._more() if struggling else max(1.0, self._strain * RELIEF)

    def refused(self) -> None:
        """The source said that it is too much, or fell over."""
        with self._lock:
            self._strain = self._more()

    def _more(self) -> float:
        return min(self._strain * 2, MOST_STRAIN)

    @property
    def strain(self) -> float:
        """How many times slower than allowed it goes now."""
        return self._strain
