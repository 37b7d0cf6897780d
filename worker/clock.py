"""The only place that knows what time it is; everybody else is told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of the machine; days are days of the office's zone."""

    zone_name: str = "Asia/Ho_Chi_Minh"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)

    def local(self) -> datetime:
        """This moment as the office's wall clock shows it (aware)."""
        return self.now().astimezone(self.zone)

    def today(self) -> date:
        """The calendar day at the office."""
        return self.local().date()


@dataclass(frozen=True, slots=True)
class StoppedClock(Clock):
    """A clock that always shows one moment: for tests and for the demo."""

    at: datetime = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at.astimezone(UTC)


def pause(seconds: float) -> None:
    """Wait before an effort is repeated."""
    time.sleep(seconds)
