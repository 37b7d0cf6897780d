"""Lists in pages that shift while they are read, and what one poll of them proves.

Sorted by the last change, newest first, an edit or a new dossier moves to the front and only
pushes others on: they are seen twice, which does no harm. A dossier that is deleted or leaves
pulls the others back: one may slip over a page's edge unseen, and no count tells. So the list is
read in passes until a pass brings no dossier that must have been there all along.

While one page is being read, the next is already on its way; nothing is asked for that would not
have been asked for anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from config.office_tables import Tables
from config.sources import SourceSettings
from connectors.connector import Memory
from connectors.errors import BudgetSpent, SourceGarbled, SourceUnavailable, number
from connectors.politeness import Budget
from connectors.said import Dossiers, Understood
from reconcile.claims import Snapshot

READER = "2"  # raised when the same answer is understood in another way
MOST_PASSES = 3
MOST_PAGES = 100_000
MOST_STALE = 2  # pages in a row that bring nothing new, before the list is said to go in circles
SMALLEST_SHARE = 2  # a full reading under half of the last one is not taken

FIRST_YEAR = 1900  # a moment before it is none: "0001-01-01" is how some software says "never"
FAR = datetime(9000, 1, 1, tzinfo=UTC)  # later moments cannot be calculated with

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its dossiers by the source's own id, with the moment of their last change.

    ``before`` are the places on the pages before it, ``size`` those on this one when it is full,
    ``total`` what the source announces, if it does.
    """

    items: Mapping[str, T]
    stamps: Mapping[str, str]
    count: int
    before: int
    size: int
    last: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class FoundList(Generic[R]):
    """What was read; ``cursor`` is the newest change seen, empty where none is told.

    ``announced``: how many dossiers the source says that it has; None where it does not say.
    """

    items: tuple[R, ...]
    cursor: str
    announced: int | None = None


@dataclass(slots=True)
class _Seen(Generic[T, R]):
    """The dossiers of one list, over its passes."""

    read: Callable[[T], R]
    items: dict[str, R] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    mark: datetime | None = None  # the newest change when the reading began
    announced: int | None = None  # as the last pass began: what came later is for the next poll

    def take(self, page: Page[T]) -> int:
        """Keep a page; how many of its dossiers slipped through the pass before."""
        slipped = 0
        for name, item in page.items.items():
            stamp = moment(page.stamps[name])
            known = self.stamps.get(name)
            old = stamp is None or self.mark is None or stamp <= self.mark
            if known is None and old:
                slipped += 1
            before = moment(known or "")
            # Of one moment of change the first reading counts: a poll trusts these moments anyway.
            if known is None or stamp is None or before is None or stamp > before:
                self.items[name], self.stamps[name] = self.read(item), page.stamps[name]
        return slipped


class Listing(Generic[T, R]):
    """Reads the lists of a source, one a unit, through ``page(unit, number)``.

    ``read`` makes of a dossier on a page what is kept of it.
    """

    def __init__(
        self,
        page: Callable[[str, int], Page[T]],
        read: Callable[[T], R],
        overlap_days: int,
        today: date | None,
        budget: Budget | None = None,
    ) -> None:
        self._page = page
        self._read = read
        self._budget = budget
        self._overlap = timedelta(days=overlap_days)
        # A change "in 2099" must not carry the cursor away.
        self._latest = today + timedelta(days=2) if today else date.max

    def read(self, units: Iterable[str], since: str) -> FoundList[R]:
        """Everything, or what changed after ``since`` less the overlap. Raises SourceError."""
        after = moment(since)
        floor = after - self._overlap if after else None
        items: dict[str, R] = {}
        newest: list[datetime | None] = [after] if after else []
        totals: list[int | None] = []
        for unit in units:
            seen = self._list(unit, floor)
            items |= seen.items
            totals.append(seen.announced)
            newest += [one for one in map(moment, seen.stamps.values()) if self._credible(one)]
        known = [one for one in newest if one is not None]
        whole = known and len(known) == len(newest)  # one without its time: no cursor at all
        return FoundList(
            tuple(items[name] for name in sorted(items)),
            max(known).isoformat() if whole else "",
            sum(one or 0 for one in totals) if None not in totals else None,
        )

    def _credible(self, stamp: datetime | None) -> bool:
        return stamp is None or stamp.date() <= self._latest

    def _list(self, unit: str, floor: datetime | None) -> _Seen[T, R]:
        seen: _Seen[T, R] = _Seen(self._read)
        short = False
        for turn in range(MOST_PASSES):
            slipped = self._pass(unit, floor, seen, first=not turn)
            short = floor is None and len(seen.items) < (seen.announced or 0)
            if turn and not slipped and not short:
                return seen
        if short:
            raise SourceGarbled(
                f"Nguồn báo có {number(seen.announced or 0)} hồ sơ nhưng chỉ đưa ra "
                f"{number(len(seen.items))}.",
                "total",
            )
        raise SourceUnavailable("Danh sách đổi liên tục trong lúc đọc, chưa đọc được trọn vẹn.")

    def _pass(self, unit: str, floor: datetime | None, seen: _Seen[T, R], *, first: bool) -> int:
        """Read to the end, or to what did not change since; how many had slipped through."""
        slipped = stale = 0
        met: set[str] = set()
        with closing(self._pages(unit, floor, first=first)) as pages:
            for turn, page in enumerate(pages):
                stale = 0 if page.items.keys() - met else stale + 1
                if stale >= MOST_STALE and not page.last:
                    raise SourceUnavailable(
                        "Nguồn đưa đi đưa lại những hồ sơ đã có, danh sách không có trang cuối; "
                        "chưa đọc đủ."
                    )
                met |= page.items.keys()
                if turn == 0:
                    seen.announced = page.total
                if first and turn == 0:
                    stamps = map(moment, page.stamps.values())
                    credible = (one for one in stamps if one and self._credible(one))
                    seen.mark = max(credible, default=None)
                slipped += seen.take(page)
        return slipped

    def _pages(self, unit: str, floor: datetime | None, *, first: bool) -> Generator[Page[T]]:
        """The pages that are needed, each asked for while the one before it is being read."""
        with ThreadPoolExecutor(1) as thread:
            page = self._page(unit, 0)
            for turn in range(1, MOST_PAGES):
                _check(page, floor)
                if first and turn == 1 and floor is None:
                    self._fits(page)
                if page.last or _is_older(page, floor):
                    yield page
                    return
                following = thread.submit(copy_context().run, self._page, unit, turn)
                yield page
                page = following.result()
        raise SourceGarbled("Danh sách của nguồn không có trang cuối.", "last")

    def _fits(self, first: Page[T]) -> None:
        """A list that cannot be read to its end within the budget is not begun."""
        left = self._budget.left if self._budget else None
        if left is None or first.total is None or first.last:
            return
        needed = 2 * -(-first.total // max(first.size, 1)) - 1  # two passes, less this page
        if self._budget is not None and needed > left:
            raise self._budget.spent(needed)


def _check(page: Page[Any], floor: datetime | None) -> None:
    """The page is whole: full, or the last one and where the source says that it ends.

    Where everything is read and the source announces how many there are, a short page in between
    is no loss yet: it may leave out what this account may not see. The count at the end tells.
    """
    counted = floor is None and page.total is not None and page.count > 0
    if not page.last and page.count < page.size and not counted:
        raise SourceGarbled("Một trang thiếu dòng mà không phải trang cuối.", "content")
    if page.last and page.total is not None and page.before + page.count < page.total:
        raise SourceGarbled("Danh sách kết thúc sớm hơn tổng số mà nguồn báo.", "last")


def _is_older(page: Page[Any], floor: datetime | None) -> bool:
    """Everything on it, and so on the pages behind it, was last changed before ``floor``."""
    stamps = [moment(stamp) for stamp in page.stamps.values()]
    return floor is not None and bool(stamps) and all(one and one < floor for one in stamps)


def moment(text: str) -> datetime | None:
    """An aware moment; None where it is not told or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or found.year < FIRST_YEAR:
        return None
    return found if found.year < FAR.year else FAR


EMPTY = (
    "Nguồn trả lời danh sách không có hồ sơ nào nên không dùng; kiểm tra mã đơn vị và quyền của "
    "tài khoản."
)


@dataclass(frozen=True, slots=True)
class ListPoll:
    """One poll of a source with a list: everything again, or only what changed."""

    source: SourceSettings
    fingerprint: str
    since: str  # empty: everything
    before: int | None  # dossiers that the last full reading had
    today: date | None
    last: str = ""  # where an ordinary poll would go on instead; empty: it cannot

    def snapshot(
        self, dossiers: Dossiers, cursor: str, announced: int | None = None, part: str = ""
    ) -> Snapshot:
        """What was read; a full reading of nothing, or half of the last one, is not believed.

        ``part`` names the part of the list that was read, where it is not the whole.
        """
        claims = dossiers.claims
        whole = not self.since and not part
        snapshot = Snapshot(
            source=self.source.name,
            role=self.source.role,
            fingerprint=self.fingerprint,
            rows=len(claims),
            covers_from=self.source.since if whole else None,
            covers_to=self.today,
            claims=claims,
            rejected=tuple(dossiers.rejected),
            warnings=dossiers.warnings,
            partial=not whole,
            swept=whole,
            cursor=cursor,
            announced=announced,
            part=part,
        )
        if whole and not claims:
            return replace(snapshot, complete=False, problem=EMPTY, cursor="", swept=False)
        return self.shrunk(len(claims)) if whole and self.is_shrunk(len(claims)) else snapshot

    def is_shrunk(self, count: int) -> bool:
        """The source has suddenly less than half of what it had."""
        return bool(self.before) and count * SMALLEST_SHARE < (self.before or 0)

    def shrunk(self, count: int) -> Snapshot:
        """What is said instead of so little."""
        return Snapshot(
            source=self.source.name,
            role=self.source.role,
            rows=count,
            complete=False,
            problem=f"Nguồn chỉ còn {number(count)} hồ sơ, lần trước có "
            f"{number(self.before or 0)}; có thể bị thiếu nên không dùng.",
        )


def polled(source: SourceSettings, tables: Tables, memory: Memory) -> ListPoll:
    """Whether to read everything: asked to, never read before, or read in another way since."""
    print_ = fingerprint(source, tables)
    known = memory.files.get("")
    same = known is not None and known.fingerprint == print_
    since = memory.cursor if same and not memory.sweep else ""
    last = memory.cursor if same else ""
    return ListPoll(source, print_, since, known.rows if known else None, memory.today, last)


@dataclass(frozen=True, slots=True)
class Read:
    """A list as it was read, and the poll that it belongs to."""

    poll: ListPoll
    found: FoundList[Understood]

    def snapshot(
        self, dossiers: Dossiers, understood: Iterable[Understood], cursor: str | None = None
    ) -> Snapshot:
        """The snapshot of the list, as the connector understood it."""
        for one in understood:
            dossiers.take(one)
        cursor = self.found.cursor if cursor is None else cursor
        return self.poll.snapshot(dossiers, cursor, self.found.announced)


def read_list(
    listing: Listing[Any, Understood],
    units: Iterable[str],
    source: SourceSettings,
    tables: Tables,
    memory: Memory,
) -> Read:
    """Read a source's list: everything, or what changed. Raises SourceError.

    A sweep that our own budget does not allow now waits; what changed is read all the same.
    """
    poll = polled(source, tables, memory)
    asked = tuple(units)
    try:
        return Read(poll, listing.read(asked, poll.since))
    except BudgetSpent:
        if poll.since or not poll.last:
            raise
        poll = replace(poll, since=poll.last)
        return Read(poll, listing.read(asked, poll.since))


def fingerprint(source: SourceSettings, tables: Tables) -> str:
    """Of everything that decides how an answer is understood."""
    parts = (READER, source.reading, tables.reading)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
