"""Whether the random histories of deciding by change find what may be wrong with it.

``python -m bench.histories [--postgres] [histories [bug…]]`` plants one bug after the other into
deciding by change and lets the state machine of ``tests/worker/run/history.py`` look for it; the
first time nothing is planted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import tests.conftest  # noqa: F401 - databases lie in memory where there is room
from bench.report import table
from reconcile.cases import Case, Link
from reconcile.figures.statistics import LINE
from reconcile.judging import verdicts
from reconcile.judging.remembering import name_of
from reconcile.judging.verdicts import Counted
from reconcile.linking import incremental
from reconcile.policy import Policy
from tests.worker.conftest import Databases, migrated, pg_database, short_folder, sqlite_database
from tests.worker.run.history import History, alone
from tests.worker.servers import postgres
from worker.run import at_hand, by_change
from worker.store import upgrade

Patch = pytest.MonkeyPatch
#: Plants something.
Bug = Callable[[Patch], None]
STEPS = 10
_Change = by_change._Change


@dataclass
class Searched:
    """How long histories went well: so many, so many steps in all, of which so many were decided
    by change; ``wrong`` is what ended them."""

    histories: int = 0
    steps: int = 0
    by_change: int = 0
    wrong: str = ""


# One bug each


def nothing(_: Patch) -> None:
    """Nothing is planted: whatever is found here is a fault of the product."""


def a_due_day_passes(patch: Patch) -> None:
    """Nobody waits for the day on which a dossier is due."""
    right = verdicts._turns

    def turns(claim: Any, policy: Policy) -> Iterator[date]:
        return right(replace(claim, due_on=None, new_due_on=None), policy)

    patch.setattr(verdicts, "_turns", turns)


def a_code_that_went(patch: Patch) -> None:
    """Rows that bear the code of a dossier that is gone stay linked to it."""

    def codes(moved: Any) -> set[str]:
        lines = (moved.traces.lines[at] for at in moved.new.tolist())
        return {code for line in lines for code in incremental.Trace.codes_of(line) if code}

    patch.setattr(incremental._Moved, "codes", codes)


def a_person_who_went(patch: Patch) -> None:
    """Rows that are like a dossier that is gone stay linked to it."""

    def link_changed(known: Any, changed: Any, rows: Any, dossiers: Any, *more: Any) -> Any:
        there = frozenset(dossiers(changed.dossiers))
        return incremental.link_changed(
            known, replace(changed, dossiers=there), rows, dossiers, *more
        )

    patch.setattr(by_change, "link_changed", link_changed)


def a_coverage_shrinks(patch: Patch) -> None:
    """Only what is newly read touches a case, not what is no longer known to be read."""
    right = by_change.Grounds

    class Grown(right):  # type: ignore[misc,valid-type]
        def is_covered(self, unit: str, day: date) -> Any:
            return _Growth(super().is_covered(unit, day))

    patch.setattr(by_change, "Grounds", Grown)


def a_book_shrinks(patch: Patch) -> None:
    """Only a book that is declared anew touches a case, not one whose declaration is taken back."""
    right = by_change.Grounds

    class Grown(right):  # type: ignore[misc,valid-type]
        def of_books(self, unit: str) -> Any:
            return _Growth(window is not None for _, window in super().of_books(unit))

    patch.setattr(by_change, "Grounds", Grown)


class _Growth(tuple[bool, ...]):
    """What was known differs from what is only where something is known now that was not."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __ne__(self, other: object) -> bool:
        return any(now and not was for was, now in zip(self, tuple(other), strict=True))  # type: ignore[arg-type]


def a_tally_stays(patch: Patch) -> None:
    """A case that changed is added anew to the form, and its old line is not taken away."""
    right = Counted.take_back

    def take_back(counted: Counted, numbers: Collection[int]) -> None:
        right(counted, [one for one in numbers if counted.names[one][0] != LINE])

    patch.setattr(Counted, "take_back", take_back)


def a_twin_stays(patch: Patch) -> None:
    """The later dossier of an event is not looked at again when the earlier one changes."""
    right = _Change._twins

    def twins(change: Any, cases: Mapping[str, Case | None], changed: Collection[str]) -> Any:
        return {one: twin for one, twin in right(change, cases, changed).items() if one in cases}

    patch.setattr(_Change, "_twins", twins)


def an_earlier_dossier_stays(patch: Patch) -> None:
    """A dossier that repeats none any more keeps the earlier one of its event."""
    right = _Change._twins

    def twins(change: Any, cases: Mapping[str, Case | None], changed: Collection[str]) -> Any:
        names = {one: case and name_of(case, change.policy) for one, case in cases.items()}
        found = right(change, cases, changed)
        return {one: twin for one, twin in found.items() if twin or names.get(one)}

    patch.setattr(_Change, "_twins", twins)


def a_conflict_stays(patch: Patch) -> None:
    """The dossier whose code a changed row bears for another person is not looked at again."""
    right = _Change._touched

    def touched(
        change: Any,
        dossiers: Collection[str],
        links: Mapping[str, Link],
        were: Mapping[str, Link],
        gone: Collection[str],
    ) -> set[str]:
        both = (
            {row: replace(link, conflict=None) for row, link in some.items()}
            for some in (links, were)
        )
        return right(change, dossiers, *both, gone)

    patch.setattr(_Change, "_touched", touched)


def a_spelling_stays(patch: Patch) -> None:
    """A unit that begins or ceases to be spelled in two ways is called as before."""
    patch.setattr(_Change, "_respelled", lambda _: False)


def a_moved_row_stays(patch: Patch) -> None:
    """A row that says the same at another place is as it was."""
    right = by_change._changed

    def changed(house: Any, before: Any, found: Any) -> Any:
        keys = right(house, before, found)
        return keys if keys is None else keys - found.moved

    patch.setattr(by_change, "_changed", changed)


def a_moved_row_keeps_its_line(patch: Patch) -> None:
    """A line that names the place of a row is taken from the run before, whatever stands there."""
    patch.setattr(at_hand, "_places", lambda *_: set())


def a_day_is_read_unseen(patch: Patch) -> None:
    """No case is asked whether something else is known to be read of its unit and days."""
    patch.setattr(_Change, "_moved", lambda *_: set())


def numbers_are_not_left_behind(patch: Patch) -> None:
    """What a case looked at again counts is not left behind, so that it is never taken away."""
    put = by_change.Verdicts.put

    def planted(them: Any, look: Any) -> None:
        put(them, look)
        kept = them.fresh[look.anchor]
        them.fresh[look.anchor] = replace(kept, remembered=replace(kept.remembered, counts=()))

    patch.setattr(by_change.Verdicts, "put", planted)


BUGS: tuple[Bug, ...] = (
    nothing,
    a_due_day_passes,
    a_person_who_went,
    a_coverage_shrinks,
    a_book_shrinks,
    a_tally_stays,
    a_twin_stays,
    an_earlier_dossier_stays,
    a_conflict_stays,
    a_spelling_stays,
    a_moved_row_stays,
    a_code_that_went,
    a_day_is_read_unseen,
    numbers_are_not_left_behind,
    a_moved_row_keeps_its_line,
)


def search(folder: Path, databases: Databases, histories: int, steps: int = STEPS) -> Searched:
    """Histories until one goes wrong, at most so many, the same ones each time."""
    found = Searched()

    class Here(History):
        def __init__(self) -> None:
            found.histories += not found.wrong
            super().__init__(folder, databases)

        def _check(self) -> None:
            found.steps += not found.wrong
            try:
                super()._check()
            except Exception as error:
                found.wrong = found.wrong or type(error).__name__
                raise
            finally:
                found.by_change += self.by_change and not found.wrong

    try:
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=histories,
                stateful_step_count=steps,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception:
        if not found.wrong:
            raise
    return found


@contextmanager
def databases_of(kind: str) -> Iterator[Databases]:
    """Databases ready for use, of this kind, as many as are asked for."""
    with short_folder() as folder:
        if kind == "sqlite":
            template = folder / "doisoat.db"
            upgrade(f"sqlite:///{template}")
            yield partial(sqlite_database, template)
            return
        with postgres(folder) as server:
            yield partial(pg_database, server.url(), migrated(server.url()))


def planted(kind: str, histories: int, names: Collection[str] = ()) -> list[list[str]]:
    """Each bug, or those named: whether it is found, after how many histories and steps."""
    lines = []
    with databases_of(kind) as databases, short_folder() as folder:
        for plant in (one for one in BUGS if not names or one.__name__ in names):
            with alone() as patch:
                plant(patch)
                found = search(folder, databases, histories)
            told = "found" if found.wrong else "NOT FOUND"
            told += f" ({found.wrong})" if found.wrong not in ("", "AssertionError") else ""
            about = (plant.__doc__ or "").strip()
            lines.append([about, told, *map(str, (found.histories, found.steps, found.by_change))])
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


if __name__ == "__main__":
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    asked = argparse.ArgumentParser()
    asked.add_argument("--postgres", dest="kind", action="store_const", const="postgres")
    asked.add_argument("histories", type=int, nargs="?", default=20)
    asked.add_argument("bugs", nargs="*")
    asked.set_defaults(kind="sqlite")
    told = asked.parse_args()
    head = [f"planted, {told.kind}", "", "histories", "steps", "by change"]
    print("\n".join(table(head, planted(told.kind, told.histories, told.bugs))))
