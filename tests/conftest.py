"""What every test shares: Hypothesis draws the same examples in every run, no source is ever
written to, and what the tests leave behind is searched for persons at the end.

A failure must be the change's, not the day's. ``HYPOTHESIS_PROFILE=wide`` looks further.
"""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.simulators import web

pytest.register_assert_rewrite("tests.worker.console.served")
pytest_plugins = ["tests.canary", "tests.browser.chromium", "tests.thrift"]

# Hundreds of children are started: where bytecode may not be kept, each compiles everything anew,
# which is 3 s of the 4.5 s that a command then takes to begin.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

#: Thousands of small databases are made and thrown away: in memory where there is room for them.
MEMORY, ROOM = "/dev/shm", 4 << 30


def room() -> str:
    """The folder under which the tests leave their files."""
    with contextlib.suppress(OSError):
        there = os.statvfs(MEMORY)
        if not there.f_flag & os.ST_NOEXEC and there.f_bavail * there.f_frsize > ROOM:
            return MEMORY
    return "/tmp"


os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", room())

#: The files that take longest are begun first, so that no worker is alone at the end. Those that
#: mostly wait (for leases, for processes that start) stand apart: another one computes meanwhile.
LONGEST = (
    *("test_faults", "test_schema", "test_matrix", "test_run", "test_intake_pages"),
    *("test_by_change", "test_lost_replies", "test_credentials", "test_worklist_page"),
    *("test_long_polls", "test_reuse", "test_samples", "test_reporting", "test_pairs"),
    *("test_workers", "test_overview", "test_check", "test_polling", "test_crash", "test_care"),
    *("test_serving", "test_periods", "test_contract", "test_seals", "test_sending"),
    *("test_inbox", "test_demo", "test_histories", "test_supervisor"),
)

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def no_source_is_written_to(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, the ledgers of all simulators of this process hold no write."""
    web.WRITES.clear()
    yield
    if request.node.get_closest_marker("writes") is None:
        assert web.WRITES == []


def pytest_collection_finish() -> None:
    """What was loaded and collected stays to the end: nobody need look through it for garbage."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; pytest-xdist keeps this order with --no-loadscope-reorder."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
