"""The stages of a run: how long each took, and the collector kept out of their way.

Where the time goes is IT's first question, so every stage logs its seconds.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Log ``run.stage`` with its seconds of wall clock once the stage is done."""
    begun = time.monotonic()
    yield
    log.info("run.stage", stage=name, seconds=round(time.monotonic() - begun, 2))


#: Objects that may be made before the collector looks at the young ones. A run makes millions of
#: values and hardly a cycle: Python's 700 cost a seventh of its time, half a million a fiftieth.
YOUNG = 2_000_000


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Let the garbage collector look for cycles seldom, while a run works."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
