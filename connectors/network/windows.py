"""A list that is too long to be read at once: window by window of the reception date.

A window is read in passes like any list, so each is proven whole by itself, and whoever breaks off
goes on at the next one. What no window holds, for it has no reception date or an older one, is read
at the end, until as many are known as the source announces. Whether the source understands the
filter is not taken on trust: it does where the dossiers lie in their window and no half of a window
holds as much as the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from connectors.errors import SourceUnavailable
from connectors.network.paging import MOST_PAGES, MOST_PASSES, Listing, Page, moment
from connectors.politeness import Budget
from connectors.said import Understood

#: Nobody's list reaches farther back; what does is read at the end.
FIRST = date(2000, 1, 1)
#: A window takes no more than this share of a slice, and a list that takes less is read at once.
SHARE = 8
PASSES = 2  # that prove a list whole
NOTHING = "không có hồ sơ nào"
#: Days by which a reception date may lie outside of its window: of a day in another zone.
EDGE = timedelta(days=1)


class NotFiltered(Exception):
    """The source gives what was not asked for: its list can only be read as a whole."""


class ListWindow(msgspec.Struct, frozen=True):
    """The dossiers of a unit that were received on these days, both included."""

    unit: str
    starts: date
    ends: date

    def halves(self) -> tuple[ListWindow, ListWindow]:
        middle = self.starts + (self.ends - self.starts) // 2
        later = middle + timedelta(days=1)
        return ListWindow(self.unit, self.starts, middle), ListWindow(self.unit, later, self.ends)

    @property
    def title(self) -> str:
        return f"tiếp nhận {self.starts:%d/%m/%Y}–{self.ends:%d/%m/%Y}"


class Left(msgspec.Struct, frozen=True):
    """What is left of a sweep: windows, and units of which the rest is to be read.

    ``newest``: the newest change when it began. ``total``: the dossiers announced by then.
    ``known``: how many the windows held, by unit.
    """

    newest: str
    total: int
    todo: list[ListWindow]
    rest: list[str]
    known: dict[str, int]


@dataclass(frozen=True, slots=True)
class PartRead:
    """What one part of a sweep brought, what is left after it, and what it was, in Vietnamese."""

    items: tuple[Understood, ...]
    left: Left
    title: str

    @property
    def is_last(self) -> bool:
        return not self.left.todo and not self.left.rest


class Sweep:
    """Reads a list in windows, through ``page(unit, window, number)``; ``side_by_side`` does the
    same for many windows at once."""

    def __init__(
        self,
        page: Callable[[str, ListWindow | None, int], Page[Any]],
        read: Callable[[Any], Understood],
        side_by_side: Callable[
            [Iterable[ListWindow], Callable[[ListWindow], list[Understood]]],
            Generator[list[Understood]],
        ],
        today: date,
        budget: Budget,
    ) -> None:
        self._page = page
        self._read = read
        self._side_by_side = side_by_side
        self._last = today + EDGE
        self._budget = budget
        self._seconds = 0.0  # that a page took at most

    def planned(self, units: Iterable[str]) -> Left | None:
        """The whole list as windows; None where it is short enough to be read at once."""
        if self._budget.lasts is None:
            return None
        firsts = {unit: self._first(unit, None) for unit in units}
        if any(page.total is None for page in firsts.values()):
            return None
        if all(self._fits(page) for page in firsts.values()):
            return None
        stamps = [moment(stamp) for page in firsts.values() for stamp in page.stamps.values()]
        known = [one for one in stamps if one is not None and one.date() <= self._last + EDGE]
        return Left(
            newest=max(known).isoformat() if known and None not in stamps else "",
            total=sum(page.total or 0 for page in firsts.values()),
            todo=[ListWindow(unit, FIRST, self._last) for unit in firsts],
            rest=list(firsts),
            known=dict.fromkeys(firsts, 0),
        )

    def parts(self, left: Left, parallel: int) -> Iterator[PartRead]:
        """Read part after part until the slice is over. Raises SourceError, NotFiltered."""
        while not self._budget.is_over and (left.todo or left.rest):
            part = self._windows(left, parallel) if left.todo else self._rest(left)
            yield part
            left = part.left

    # Windows

    def _windows(self, left: Left, parallel: int) -> PartRead:
        """The next windows, side by side, each small enough for this slice."""
        waiting, chosen = [*left.todo], list[ListWindow]()
        while waiting and len(chosen) < parallel:
            window = waiting.pop(0)
            page = self._first(window.unit, window)
            if self._fits(page) or window.starts == window.ends:
                chosen += [window] if page.count else []
                continue
            waiting = [*self._split(window, page), *waiting]
        items: list[Understood] = []
        known = dict(left.known)
        read: list[ListWindow] = []
        with closing(self._side_by_side(chosen, self._window)) as answers:
            for window, found in zip(chosen, answers, strict=False):
                known[window.unit] += len(found)
                items += found
                read.append(window)
        waiting = [*chosen[len(read) :], *waiting]  # what the end of the slice left out
        after = Left(left.newest, left.total, waiting, left.rest, known)
        return PartRead(tuple(items), after, read[0].title if read else NOTHING)

    def _split(self, window: ListWindow, whole: Page[Any]) -> tuple[ListWindow, ListWindow]:
        halves = window.halves()
        totals = [self._first(half.unit, half).total or 0 for half in halves]
        if sum(totals) > 1.5 * (whole.total or 0):
            raise NotFiltered
        return halves

    def _window(self, window: ListWindow) -> list[Understood]:
        def page(_unit: str, number: int) -> Page[Any]:
            return self._page(window.unit, window, number)

        found = Listing(page, self._read, 0, self._last).read((window.unit,), "")
        if not all(_lies_in(one, window) for one in found.items):
            raise NotFiltered
        return list(found.items)

    def _first(self, unit: str, window: ListWindow | None) -> Page[Any]:
        began = time.monotonic()
        page = self._page(unit, window, 0)
        self._seconds = max(self._seconds, time.monotonic() - began)
        return page

    def _fits(self, first: Page[Any]) -> bool:
        """It can be read within a share of a slice."""
        lasts = self._budget.lasts or 0.0
        pages = -(-(first.total or 0) // max(first.size, 1))
        return pages * PASSES * self._seconds <= lasts / SHARE

    # What no window holds

    def _rest(self, left: Left) -> PartRead:
        unit, *others = left.rest
        found: dict[str, Understood] = {}
        for _ in range(MOST_PASSES):
            if self._found_rest(unit, left, found):
                after = Left(left.newest, left.total, [], others, left.known)
                return PartRead(tuple(found.values()), after, "chưa có ngày tiếp nhận")
        raise SourceUnavailable("Danh sách đổi liên tục trong lúc đọc, chưa đọc được trọn vẹn.")

    def _found_rest(self, unit: str, left: Left, found: dict[str, Understood]) -> bool:
        """Look through the list for what no window holds, until as many are known as there are."""
        for number in range(MOST_PAGES):
            page = self._page(unit, None, number)
            missing = (page.total or 0) - left.known[unit]
            for name, item in page.items.items():
                one = self._read(item)
                day = one.claim.received_on
                if day is None or not FIRST <= day <= self._last:
                    found[name] = one
            if len(found) >= missing or page.last:
                return True
        return False


def _lies_in(one: Understood, window: ListWindow) -> bool:
    day = one.claim.received_on
    return day is None or window.starts - EDGE <= day <= window.ends + EDGE


def left_from(text: str) -> Left | None:
    """What is left of the sweep that a poll is in; None where it is in none."""
    return msgspec.json.decode(text, type=Left) if text else None


def as_text(left: Left) -> str:
    return msgspec.json.encode(left).decode()
